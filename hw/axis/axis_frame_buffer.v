// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The memory of axis_ingress and axis_egress: a queue of beats whose reader sees a
//             frame only when its last beat has been written, so that the writer may still forget
//             it. What is only known then, the writer's note, the reader sees with the first beat.
// Parameters: WIDTH (bits a beat), DEPTH (beats, a power of two, at least 4), NOTE_W (bits a note).
// Latency:    4 cycles from the committing write to the frame's first beat.
// Throughput: one beat in and one out a cycle; no gap inside a frame but for the reader's own.
// Not for:    a writer that does not watch `level`: nothing here refuses a write.
module axis_frame_buffer #(
    parameter WIDTH  = 8,
    parameter DEPTH  = 512,
    parameter NOTE_W = 1
) (
    input  wire                   clk,
    input  wire                   rst,

    input  wire [WIDTH-1:0]       wr_data,
    input  wire                   wr_en,
    input  wire                   wr_commit,  // with wr_en: the frame ends and may be read
    input  wire [NOTE_W-1:0]      wr_note,    // with the commit: of the frame
    input  wire                   wr_forget,  // what was written since the last commit is no more
    output wire [$clog2(DEPTH):0] level,      // beats written and not fetched

    output wire [WIDTH-1:0]       m_data,
    output wire [NOTE_W-1:0]      m_note,     // with a frame's first beat
    output wire                   m_valid,
    input  wire                   m_ready
);

    localparam AW = $clog2(DEPTH);

    generate
        if (DEPTH < 4 || (DEPTH & (DEPTH - 1)) != 0)
            error_depth_is_not_a_power_of_two_of_at_least_4 stop ();
    endgenerate

    reg [WIDTH-1:0]  mem [0:DEPTH-1];
    reg [NOTE_W-1:0] notes [0:DEPTH-1];     // where the frame's first beat is in mem
    reg [AW:0]      wr_ptr;     // next beat
    reg [AW:0]      end_ptr;    // behind the last whole frame
    reg [AW:0]      end_last;   // one less
    reg [AW:0]      rd_ptr;
    reg             some;       // beats to read, as of the last cycle's end_ptr

    wire [AW:0] wr_next = wr_ptr + {{AW{1'b0}}, 1'b1};

    assign level = wr_ptr - rd_ptr;

    // Two registers behind the memory, as in axis_fifo
    reg [WIDTH-1:0]  fetch_data;
    reg [NOTE_W-1:0] fetch_note;
    reg              fetch_valid;
    reg [WIDTH-1:0]  out_data;
    reg [NOTE_W-1:0] out_note;
    reg              out_valid;

    wire out_free   = !out_valid || m_ready;
    wire fetch_free = !fetch_valid || out_free;
    wire fetch      = some && fetch_free;

    assign m_data  = out_data;
    assign m_note  = out_note;
    assign m_valid = out_valid;

    always @(posedge clk) begin
        if (wr_en) begin
            mem[wr_ptr[AW-1:0]] <= wr_data;
            wr_ptr              <= wr_next;
        end
        if (wr_en && wr_commit) begin
            notes[end_ptr[AW-1:0]] <= wr_note;
            end_ptr                <= wr_next;
            end_last               <= wr_ptr;
        end else if (wr_forget) begin
            wr_ptr <= end_ptr;
        end

        if (fetch) begin
            fetch_data <= mem[rd_ptr[AW-1:0]];
            fetch_note <= notes[rd_ptr[AW-1:0]];
        end
        if (out_free && fetch_valid) begin
            out_data <= fetch_data;
            out_note <= fetch_note;
        end

        some        <= rd_ptr != (fetch ? end_last : end_ptr);
        if (fetch)
            rd_ptr <= rd_ptr + {{AW{1'b0}}, 1'b1};
        fetch_valid <= fetch || (fetch_valid && !out_free);
        out_valid   <= (out_free && fetch_valid) || (out_valid && !m_ready);

        if (rst) begin
            wr_ptr      <= 0;
            end_ptr     <= 0;
            end_last    <= {AW+1{1'b1}};
            rd_ptr      <= 0;
            some        <= 1'b0;
            fetch_valid <= 1'b0;
            out_valid   <= 1'b0;
        end
    end

`ifdef VERILATOR
    always @(posedge clk)
        if (!rst && wr_en)
            assert (level != DEPTH[AW:0]);
`endif

`ifdef PROVE_AXIS_FRAME_BUFFER
    `include "axis_frame_buffer.vh"
`endif

endmodule

`resetall
