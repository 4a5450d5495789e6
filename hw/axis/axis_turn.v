// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Whose frame is next where two streams meet and what they give is always taken: both
//             readies are registers, so that no path leads from one stream to the other, nor from
//             behind the two back to them.
// Latency:    room goes before ready by a cycle. A stream that comes when the other had the last
//             turn waits for one more.
// Throughput: one beat a cycle, also from frame to frame; in turn when both have one.
// Not for:    inputs with long gaps inside their frames: the other input waits.
module axis_turn (
    input  wire clk,
    input  wire rst,

    input  wire room,           // for the beat that may come in the next cycle

    input  wire s0_axis_tvalid,
    output reg  s0_axis_tready,
    input  wire s0_axis_tlast,
    input  wire s1_axis_tvalid,
    output reg  s1_axis_tready,
    input  wire s1_axis_tlast
);

    reg  in_frame;              // a frame is under way
    reg  turn;                  // the input of the frame under way, or of the last one

    wire valid     = turn ? s1_axis_tvalid : s0_axis_tvalid;
    wire other     = turn ? s0_axis_tvalid : s1_axis_tvalid;
    wire last      = turn ? s1_axis_tlast : s0_axis_tlast;
    wire moves     = valid && (s0_axis_tready || s1_axis_tready);
    wire gives     = other && (moves ? last : !valid && !in_frame);
    wire next_turn = turn != gives;

    always @(posedge clk) begin
        turn           <= next_turn;
        s0_axis_tready <= room && !next_turn;
        s1_axis_tready <= room && next_turn;
        if (moves)
            in_frame <= !last;
        if (rst) begin
            turn           <= 1'b0;
            in_frame       <= 1'b0;
            s0_axis_tready <= 1'b0;
            s1_axis_tready <= 1'b0;
        end
    end

`ifdef PROVE_AXIS_TURN
    `include "axis_turn.vh"
`endif

endmodule

`resetall
