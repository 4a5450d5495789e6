// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound: the mailbox's clear and query of an SA's history. A query looks twice: at
//             the SA's row, then at the block before the top's, whose word the row does not hold.
//             The newest 64 numbers are turned into a list, a bit a cycle.
// Parameters: BLOCKS (see replay_relation).
// Packets may come between the two looks: the answer is what was true at the first, but that a
// number of the older block that came since may show.
module replay_answer #(
    parameter BLOCKS = 64,
    parameter BW     = $clog2(BLOCKS)
) (
    input  wire        clk,
    input  wire        rst,

    input  wire        cfg_clear,
    input  wire        cfg_query,
    output reg         cfg_ack,
    output reg  [63:0] cfg_window,

    output wire        ask,          // a cycle without a packet is wanted,
    output wire        ask_clear,    // to clear the row,
    output wire        ask_older,    // for the second look,
    output wire [BW-1:0] ask_place,  // at this block
    input  wire        taken,

    input  wire        done,         // what was asked for is at c
    input  wire [63:0] done_top,
    input  wire [63:0] done_map,
    input  wire        done_older,   // the second look: the block is an older one still,
    input  wire [63:0] done_word     // with this word
);

    localparam IDLE = 2'd0, LOOK = 2'd1, OLDER = 2'd2, TURN = 2'd3;

    reg [1:0]  state;
    reg        sent;
    reg [63:0] top, ring;
    reg [63:0] top_since;
    reg        older;
    reg [63:0] word;
    reg [6:0]  bits_left;            // and three cycles before them
    reg [5:0]  place;

    wire [57:0] block  = top[63:6] - 58'd1;
    reg [57:0] moved;                // blocks, since the first look
    reg         there;               // the word is that block's still
    wire [63:0] newest = ~({64{1'b1}} << top[5:0]) << 1 | 64'd1;    // places of the top's block

    assign ask       = !sent && (state == OLDER || (state == IDLE && !cfg_ack &&
                                                    (cfg_clear || cfg_query)));
    assign ask_clear = state == IDLE && cfg_clear;
    assign ask_older = state == OLDER;
    assign ask_place = block[BW-1:0];

    always @(posedge clk) begin
        cfg_ack <= 1'b0;
        if (taken)
            sent <= 1'b1;
        if (state == IDLE && taken)
            state <= LOOK;
        if (done) begin
            sent  <= 1'b0;
            if (state == LOOK && cfg_clear) begin
                state   <= IDLE;
                cfg_ack <= 1'b1;
            end else if (state == LOOK) begin
                state <= OLDER;
                top   <= done_top;
                ring  <= done_map;
            end else begin
                state     <= TURN;
                top_since <= done_top;
                older     <= done_older;
                word      <= done_word;
                place     <= top[5:0];
                bits_left <= 7'd67;
            end
        end
        if (state == TURN) begin
            bits_left <= bits_left - 7'd1;
            moved     <= top_since[63:6] - top[63:6];
            there     <= older && moved[57:BW] == {(58-BW){1'b0}};
            if (bits_left == 7'd65)
                ring <= ring | (there ? word & ~newest : 64'd0);
            if (bits_left <= 7'd64) begin
                cfg_window <= {ring[place], cfg_window[63:1]};
                place      <= place - 6'd1;
            end
            if (bits_left == 7'd1) begin
                state   <= IDLE;
                cfg_ack <= 1'b1;
            end
        end
        if (rst) begin
            state   <= IDLE;
            sent    <= 1'b0;
            cfg_ack <= 1'b0;
        end
    end

    wire unused = &{1'b0, block[57:BW], moved[BW-1:0], top_since[5:0]};

endmodule

`resetall
