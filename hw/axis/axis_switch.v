// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    One stream into two: each frame goes whole to the output that s_choice names with its
//             first beat (0 or 1; with later beats it is not looked at).
// Latency:    none, the payload is only fanned out.
// Throughput: one beat a cycle; a stalled output stalls the input only for its own frames.
module axis_switch (
    input  wire         clk,
    input  wire         rst,

    input  wire [511:0] s_axis_tdata,
    input  wire [63:0]  s_axis_tkeep,
    input  wire         s_axis_tvalid,
    output wire         s_axis_tready,
    input  wire         s_axis_tlast,
    input  wire         s_choice,

    output wire [511:0] m0_axis_tdata,
    output wire [63:0]  m0_axis_tkeep,
    output wire         m0_axis_tvalid,
    input  wire         m0_axis_tready,
    output wire         m0_axis_tlast,

    output wire [511:0] m1_axis_tdata,
    output wire [63:0]  m1_axis_tkeep,
    output wire         m1_axis_tvalid,
    input  wire         m1_axis_tready,
    output wire         m1_axis_tlast
);

    reg  in_frame;      // a frame is under way
    reg  way;           // where it goes

    wire pick = in_frame ? way : s_choice;

    assign m0_axis_tdata  = s_axis_tdata;
    assign m0_axis_tkeep  = s_axis_tkeep;
    assign m0_axis_tlast  = s_axis_tlast;
    assign m0_axis_tvalid = s_axis_tvalid && !pick;

    assign m1_axis_tdata  = s_axis_tdata;
    assign m1_axis_tkeep  = s_axis_tkeep;
    assign m1_axis_tlast  = s_axis_tlast;
    assign m1_axis_tvalid = s_axis_tvalid && pick;

    assign s_axis_tready = pick ? m1_axis_tready : m0_axis_tready;

    always @(posedge clk) begin
        if (s_axis_tvalid)
            way <= pick;
        if (s_axis_tvalid && s_axis_tready)
            in_frame <= !s_axis_tlast;
        if (rst)
            in_frame <= 1'b0;
    end

`ifdef PROVE_AXIS_SWITCH
    `include "axis_switch.vh"
`endif

endmodule

`resetall
