// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    A queue of WIDTH-bit words between two stages, first word falls through.
// Parameters: WIDTH (bits a word), DEPTH (words, a power of two, at least 4).
// Latency:    3 cycles from an empty queue's input to its output (the memory's two and the write).
// Throughput: one word in and one out a cycle.
// Not for:    whole frames that may be taken back (axis_ingress).
module axis_fifo #(
    parameter WIDTH = 8,
    parameter DEPTH = 16
) (
    input  wire                     clk,
    input  wire                     rst,

    input  wire [WIDTH-1:0]         s_data,
    input  wire                     s_valid,
    output wire                     s_ready,

    output wire [WIDTH-1:0]         m_data,
    output wire                     m_valid,
    input  wire                     m_ready,

    output reg  [$clog2(DEPTH):0]   level   // words taken and not yet given
);

    localparam AW = $clog2(DEPTH);

    generate
        if (DEPTH < 4 || (DEPTH & (DEPTH - 1)) != 0)
            error_depth_is_not_a_power_of_two_of_at_least_4 stop ();
    endgenerate

    reg [WIDTH-1:0] mem [0:DEPTH-1];
    reg [AW:0]      wr_ptr;
    reg [AW:0]      wr_last;    // one less
    reg [AW:0]      rd_ptr;
    reg             some;       // the memory holds a word that is not fetched yet

    wire push = s_valid && s_ready;
    wire pop  = m_valid && m_ready;

    // Both sums beside the handshakes, which may come late
    wire [AW:0] level_up   = level + 1'b1;
    wire [AW:0] level_down = level - 1'b1;

    assign s_ready = !level[AW];     // never more than DEPTH

    // Two registers behind the memory: a fetch fills whichever is free or about to be.
    reg [WIDTH-1:0] fetch_data;
    reg             fetch_valid;
    reg [WIDTH-1:0] out_data;
    reg             out_valid;

    wire out_free   = !out_valid || m_ready;
    wire fetch_free = !fetch_valid || out_free;
    wire fetch      = some && fetch_free;

    assign m_data  = out_data;
    assign m_valid = out_valid;

    always @(posedge clk) begin
        if (push)
            mem[wr_ptr[AW-1:0]] <= s_data;
        if (fetch)
            fetch_data <= mem[rd_ptr[AW-1:0]];
        if (out_free && fetch_valid)
            out_data <= fetch_data;

        // Compared beside the fetch and not before it: m_ready is two LUTs from the memory
        some        <= push || (fetch ? rd_ptr != wr_last : some);
        if (push) begin
            wr_ptr  <= wr_ptr + 1'b1;
            wr_last <= wr_ptr;
        end
        if (fetch)
            rd_ptr  <= rd_ptr + 1'b1;
        if (push != pop)
            level   <= push ? level_up : level_down;
        fetch_valid <= fetch || (fetch_valid && !out_free);
        out_valid   <= (out_free && fetch_valid) || (out_valid && !m_ready);

        if (rst) begin
            wr_ptr      <= 0;
            wr_last     <= {AW+1{1'b1}};
            rd_ptr      <= 0;
            some        <= 1'b0;
            level       <= 0;
            fetch_valid <= 1'b0;
            out_valid   <= 1'b0;
        end
    end

`ifdef PROVE_AXIS_FIFO
    `include "axis_fifo.vh"
`endif

endmodule

`resetall
