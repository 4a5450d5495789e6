// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    One stream into two: each frame goes whole to the output that s_choice names with its
//             first beat (0 or 1; with later beats it is not looked at).
// Latency:    1 cycle: the beat waits in one register for both, so that neither the choice nor the
//             outputs' readiness goes on in the same cycle.
// Throughput: one beat a cycle; a stalled output stalls the input only for its own frames.
module axis_switch (
    input  wire         clk,
    input  wire         rst,

    input  wire [511:0] s_axis_tdata,
    input  wire [63:0]  s_axis_tkeep,
    input  wire         s_axis_tvalid,
    output wire         s_axis_tready,
    input  wire         s_axis_tlast,
    input  wire [13:0]  s_len,           // of the frame, with its first beat
    input  wire         s_choice,

    output wire [511:0] m0_axis_tdata,
    output wire [63:0]  m0_axis_tkeep,
    output reg          m0_axis_tvalid,
    input  wire         m0_axis_tready,
    output wire         m0_axis_tlast,

    output wire [511:0] m1_axis_tdata,
    output wire [63:0]  m1_axis_tkeep,
    output reg          m1_axis_tvalid,
    input  wire         m1_axis_tready,
    output wire         m1_axis_tlast,

    output reg  [13:0]  m_len            // of either
);

    reg         in_frame;      // a frame is under way
    reg         way;           // where it goes
    reg [511:0] data;
    reg [63:0]  keep;
    reg         last;

    wire pick = in_frame ? way : s_choice;
    wire free = (!m0_axis_tvalid || m0_axis_tready) && (!m1_axis_tvalid || m1_axis_tready);

    assign s_axis_tready = free;

    assign m0_axis_tdata = data;
    assign m0_axis_tkeep = keep;
    assign m0_axis_tlast = last;
    assign m1_axis_tdata = data;
    assign m1_axis_tkeep = keep;
    assign m1_axis_tlast = last;

    always @(posedge clk) begin
        if (free) begin
            m0_axis_tvalid <= s_axis_tvalid && !pick;
            m1_axis_tvalid <= s_axis_tvalid && pick;
        end
        if (free && s_axis_tvalid) begin
            data     <= s_axis_tdata;
            keep     <= s_axis_tkeep;
            last     <= s_axis_tlast;
            m_len    <= s_len;
            way      <= pick;
            in_frame <= !s_axis_tlast;
        end
        if (rst) begin
            m0_axis_tvalid <= 1'b0;
            m1_axis_tvalid <= 1'b0;
            in_frame       <= 1'b0;
        end
    end

`ifdef PROVE_AXIS_SWITCH
    `include "axis_switch.vh"
`endif

endmodule

`resetall
