// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    A register slice: cuts every path of a stream, tready's too, with one beat of
//             reserve.
// Latency:    1 cycle.
// Throughput: one beat a cycle.
// Not for:    places where only the forward path is long: a plain register is half of this.
module axis_reg (
    input  wire         clk,
    input  wire         rst,

    input  wire [511:0] s_axis_tdata,
    input  wire [63:0]  s_axis_tkeep,
    input  wire         s_axis_tvalid,
    output wire         s_axis_tready,
    input  wire         s_axis_tlast,

    output reg  [511:0] m_axis_tdata,
    output reg  [63:0]  m_axis_tkeep,
    output reg          m_axis_tvalid,
    input  wire         m_axis_tready,
    output reg          m_axis_tlast
);

    // The beat that came in when the output stalled
    reg [511:0] held_data;
    reg [63:0]  held_keep;
    reg         held_last;
    reg         held;

    wire take = s_axis_tvalid && s_axis_tready;
    wire free = !m_axis_tvalid || m_axis_tready;

    assign s_axis_tready = !held;

    always @(posedge clk) begin
        if (free) begin
            m_axis_tvalid <= take || held;
            held          <= 1'b0;
        end else if (take) begin
            held <= 1'b1;
        end
        if (take && !free) begin
            held_data <= s_axis_tdata;
            held_keep <= s_axis_tkeep;
            held_last <= s_axis_tlast;
        end
        if (free && (take || held)) begin
            m_axis_tdata <= held ? held_data : s_axis_tdata;
            m_axis_tkeep <= held ? held_keep : s_axis_tkeep;
            m_axis_tlast <= held ? held_last : s_axis_tlast;
        end
        if (rst) begin
            m_axis_tvalid <= 1'b0;
            held          <= 1'b0;
        end
    end

`ifdef PROVE_AXIS_REG
    `include "axis_reg.vh"
`endif

endmodule

`resetall
