// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Two streams into one, a frame at a time, in turn when both have one.
// Latency:    1 cycle.
// Throughput: one beat a cycle, also from frame to frame.
// Not for:    inputs with long gaps inside their frames: the other input waits.
module axis_arb (
    input  wire         clk,
    input  wire         rst,

    input  wire [511:0] s0_axis_tdata,
    input  wire [63:0]  s0_axis_tkeep,
    input  wire         s0_axis_tvalid,
    output wire         s0_axis_tready,
    input  wire         s0_axis_tlast,
    input  wire [13:0]  s0_len,          // of the frame, with its first beat

    input  wire [511:0] s1_axis_tdata,
    input  wire [63:0]  s1_axis_tkeep,
    input  wire         s1_axis_tvalid,
    output wire         s1_axis_tready,
    input  wire         s1_axis_tlast,
    input  wire [13:0]  s1_len,

    output reg  [511:0] m_axis_tdata,
    output reg  [63:0]  m_axis_tkeep,
    output reg          m_axis_tvalid,
    input  wire         m_axis_tready,
    output reg          m_axis_tlast,
    output reg  [13:0]  m_len,
    output reg          m_from           // which input, with every beat of the frame
);

    reg  in_frame;      // a frame is under way
    reg  turn;          // the input of the frame under way, or of the last one

    wire pick  = in_frame ? turn : (s0_axis_tvalid && s1_axis_tvalid) ? !turn : s1_axis_tvalid;
    wire free  = !m_axis_tvalid || m_axis_tready;
    wire valid = pick ? s1_axis_tvalid : s0_axis_tvalid;
    wire last  = pick ? s1_axis_tlast : s0_axis_tlast;

    assign s0_axis_tready = free && !pick;
    assign s1_axis_tready = free && pick;

    always @(posedge clk) begin
        if (free)
            m_axis_tvalid <= valid;
        if (free && valid) begin
            m_axis_tdata <= pick ? s1_axis_tdata : s0_axis_tdata;
            m_axis_tkeep <= pick ? s1_axis_tkeep : s0_axis_tkeep;
            m_axis_tlast <= last;
            m_len        <= pick ? s1_len : s0_len;
            m_from       <= pick;
            turn         <= pick;
            in_frame     <= !last;
        end
        if (rst) begin
            m_axis_tvalid <= 1'b0;
            in_frame      <= 1'b0;
            turn          <= 1'b0;
        end
    end

`ifdef PROVE_AXIS_ARB
    `include "axis_arb.vh"
`endif

endmodule

`resetall
