// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none
`include "espalier_regs.vh"

// Purpose:    Outbound, beside out_verdict: the ACQUIRE events of policies that have no SA. A policy
//             is told of once in a while and not with every packet that it drops.
// Parameters: ROW_W (bits by which policies are told apart: r_row's highest and its low ones),
//             PERIOD (log2 of the cycles after which one is told anew: 2^20 are 4 ms at 250 MHz).
// Latency:    2 cycles.
// Throughput: one packet a cycle.
module out_acquire #(
    parameter ROW_W  = 14,
    parameter PERIOD = 20
) (
    input  wire         clk,
    input  wire         rst,

    input  wire         s_valid,
    input  wire [15:0]  s_row,
    input  wire [31:0]  s_serial,

    output reg          ev_valid,
    output wire [119:0] ev              // kind, slot, SPI, detail (event_entry)
);

    localparam TURN_W = 8;

    // When a row was told of last: the number of the period. After a reset the table may say
    // anything, which can cost a row its first period.
    reg [TURN_W-1:0]        told [0:(1<<ROW_W)-1];
    reg [PERIOD+TURN_W-1:0] now;
    wire [TURN_W-1:0]       turn = now[PERIOD +: TURN_W];

    reg              valid_1;
    reg [15:0]       row_1;
    wire [ROW_W-1:0] at   = {s_row[15], s_row[ROW_W-2:0]};
    wire [ROW_W-1:0] at_1 = {row_1[15], row_1[ROW_W-2:0]};
    reg [31:0]       serial_1;
    reg [TURN_W-1:0] told_1;
    reg [15:0]       last_row;
    reg [31:0]       last_serial;
    wire             again = ev_valid && row_1 == last_row;
    wire             tell  = valid_1 && told_1 != turn && !again;

    assign ev = {`ESPL_EVENT_ACQUIRE, last_row, last_serial, 64'd0};

    always @(posedge clk) begin
        now      <= now + 1'b1;
        valid_1  <= s_valid;
        ev_valid <= tell;
        if (s_valid) begin
            row_1    <= s_row;
            serial_1 <= s_serial;
            told_1   <= told[at];
        end
        if (tell) begin
            told[at_1] <= turn;
            last_row    <= row_1;
            last_serial <= serial_1;
        end
        if (rst) begin
            now      <= 0;
            valid_1  <= 1'b0;
            ev_valid <= 1'b0;
        end
    end

endmodule

`resetall
