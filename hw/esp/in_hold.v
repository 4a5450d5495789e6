// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound: where plaintext waits for its verdict. Room in it is given out as credits
//             before a packet starts (in_lookup), so the crypto never has to stop.
// Parameters: DEPTH (slots of 64 bytes, a power of two).
// Throughput: a slot in and one out a cycle.
// Invariant 2 is asserted here, beside and independent of the path that makes the verdict: each
// packet's tag is compared once more where it leaves the core, and a slot may be forwarded only
// when its packet's was right.
module in_hold #(
    parameter DEPTH = 512
) (
    input  wire         clk,
    input  wire         rst,

    input  wire         s_valid,      // from gcm_core (flow)
    input  wire         s_eop,
    input  wire [511:0] s_data,
    input  wire [127:0] s_tag,        // with s_eop; for the assertion only
    input  wire [127:0] s_icv,

    output wire         m_valid,
    input  wire         m_ready,
    output wire         m_eop,
    output wire [511:0] m_data,
    input  wire         m_forward     // this slot leaves the engine; for the assertion only
);

    wire room;

    axis_fifo #(.WIDTH(1 + 512), .DEPTH(DEPTH)) fifo (
        .clk(clk), .rst(rst),
        .s_data({s_eop, s_data}), .s_valid(s_valid), .s_ready(room),
        .m_data({m_eop, m_data}), .m_valid(m_valid), .m_ready(m_ready),
        .level()
    );

`ifdef VERILATOR
    localparam AW = $clog2(DEPTH);

    reg [DEPTH-1:0] right;            // a bit a packet, in the order of arrival
    reg [AW-1:0]    come, gone;

    always @(posedge clk) begin
        if (s_valid && s_eop) begin
            right[come] <= (s_tag ^ s_icv) == 128'd0;
            come        <= come + 1'b1;
        end
        if (m_valid && m_ready && m_eop)
            gone <= gone + 1'b1;
        if (!rst) begin
            assert (room || !s_valid);
            assert (!m_forward || (m_valid && come != gone && right[gone]));
        end
        if (rst) begin
            come <= {AW{1'b0}};
            gone <= {AW{1'b0}};
        end
    end
`else
    wire unused = &{1'b0, room, s_tag, s_icv, m_forward};
`endif

`ifdef PROVE_IN_HOLD
    `include "in_hold.vh"
`endif

endmodule

`resetall
