// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    The engine's counters, 64 bits each. An event adds one in a small register of its
//             own; a walk over all of them moves what has gathered into one memory of totals, so
//             wide adders and wide multiplexers are needed once only.
// Parameters: BYTE_COUNTERS (of the map; their order is that of `amount`).
// Latency:    an event is in its total 131 cycles later at most; a read takes 2 cycles.
// Throughput: an event a cycle for every counter.
// A read gives one half of a total; the driver reads high, low, high.
module csr_counters #(
    parameter BYTE_COUNTERS = 10
) (
    input  wire                      clk,
    input  wire                      rst,
    output wire                      swept,

    input  wire [`ESPL_CNT_SPAN-1:0] event_one,     // counter n: one event
    input  wire [BYTE_COUNTERS*14-1:0] event_len, // lengths for the byte counters

    input  wire                      rd_en,
    input  wire [7:0]                rd_word,       // counter and half, low first
    output reg  [31:0]               rd_data
);

    localparam N             = `ESPL_CNT_SPAN;
    localparam WALK_W        = 7;              // a round of the walk is 128 counters
    localparam SUM_W         = WALK_W + 14;    // what a round can gather

    generate
        if (N > (1 << WALK_W))
            error_more_counters_than_the_walk_is_long stop ();
    endgenerate

    // What an event of counter n adds: its length where bytes are counted, else 1.
    function [SUM_W-1:0] amount;
        input integer                 n;
        input [BYTE_COUNTERS*14-1:0]  len;
        case (n)
        `ESPL_CNT_PLAIN_RX_BYTES:      amount = {{WALK_W{1'b0}}, len[0*14 +: 14]};
        `ESPL_CNT_PLAIN_TX_BYTES:      amount = {{WALK_W{1'b0}}, len[1*14 +: 14]};
        `ESPL_CNT_CIPHER_RX_BYTES:     amount = {{WALK_W{1'b0}}, len[2*14 +: 14]};
        `ESPL_CNT_CIPHER_TX_BYTES:     amount = {{WALK_W{1'b0}}, len[3*14 +: 14]};
        `ESPL_CNT_HOST0_RX_BYTES:      amount = {{WALK_W{1'b0}}, len[4*14 +: 14]};
        `ESPL_CNT_HOST0_TX_BYTES:      amount = {{WALK_W{1'b0}}, len[5*14 +: 14]};
        `ESPL_CNT_HOST1_RX_BYTES:      amount = {{WALK_W{1'b0}}, len[6*14 +: 14]};
        `ESPL_CNT_HOST1_TX_BYTES:      amount = {{WALK_W{1'b0}}, len[7*14 +: 14]};
        `ESPL_CNT_OUT_ENCRYPTED_BYTES: amount = {{WALK_W{1'b0}}, len[8*14 +: 14]};
        `ESPL_CNT_IN_DECRYPTED_BYTES:  amount = {{WALK_W{1'b0}}, len[9*14 +: 14]};
        default:                       amount = 1;
        endcase
    endfunction

    // Walking goes on for one round after the last event, then rests.
    localparam PLACES = 1 << WALK_W;
    localparam EIGHTS = PLACES / 8;

    reg [PLACES*32-1:0] sums;       // SUM_W bits of every 32: gathered since the walk was there
    reg [WALK_W:0]      to_go;      // steps until everything is in its total
    reg [WALK_W-1:0]    walk;
    reg [PLACES-1:0]    here;       // the same, a bit for each counter
    reg                 sweeping;   // the first round after a reset clears the totals
    reg                 walking;    // to_go is not 0
    wire                any     = |event_one;
    wire [N-1:0]        left    = walking ? here[N-1:0] : {N{1'b0}};

    // ---- what gathers: the sum that is taken away begins anew with the event of that cycle. Eight
    // at a time: most eights have neither an event nor the walk in most cycles.

    wire [PLACES-1:0] touched = {{PLACES-N{1'b0}}, event_one | left};
    integer g, o;

    always @(posedge clk) begin
        if (any || walking)
            for (o = 0; o < EIGHTS; o = o + 1)
                if (|touched[8*o +: 8])
                    for (g = 8*o; g < 8*o + 8 && g < N; g = g + 1)
                        if (touched[g])
                            sums[g*32 +: SUM_W] <=
                                (left[g] ? {SUM_W{1'b0}} : sums[g*32 +: SUM_W])
                              + (event_one[g] ? amount(g, event_len) : {SUM_W{1'b0}});
        if (rst)
            sums <= 0;
    end

    // ---- the eight where the walk is, then one of them, then into its total

    reg [8*32-1:0]      eight;
    reg [WALK_W-1:0]    walk_1, picked_at;
    reg                 valid_1, picked_valid;
    reg                 clear_1, picked_clear;
    reg [SUM_W-1:0]     picked;
    reg [63:0]          totals [0:PLACES-1];
    reg [63:0]          old_total;
    integer             k;

    assign swept = !sweeping && !clear_1 && !picked_clear;

    always @(posedge clk) begin
        if (walking) begin
            walk   <= walk + 1'b1;
            here   <= {here[PLACES-2:0], here[PLACES-1]};
            walk_1 <= walk;
            for (k = 0; k < 8; k = k + 1)
                eight[k*32 +: SUM_W] <= sums[{walk[WALK_W-1:3], k[2:0], 5'd0} +: SUM_W];
        end
        if (any) begin
            to_go   <= 1 << WALK_W;
            walking <= 1'b1;
        end else if (walking) begin
            to_go   <= to_go - 1'b1;
            walking <= to_go != 1;
        end
        if (walking && &walk)
            sweeping <= 1'b0;
        valid_1 <= walking && (sweeping || {25'd0, walk} < N);
        clear_1 <= sweeping;

        picked_valid <= valid_1;
        picked_clear <= clear_1;
        if (valid_1) begin
            picked    <= eight[{walk_1[2:0], 5'd0} +: SUM_W];
            picked_at <= walk_1;
            old_total <= totals[walk_1];
        end

        if (picked_valid)
            totals[picked_at] <= picked_clear ? 64'd0 : old_total + {{(64-SUM_W){1'b0}}, picked};

        if (rst) begin
            walk         <= 0;
            here         <= 1;
            to_go        <= 1 << WALK_W;
            walking      <= 1'b1;
            sweeping     <= 1'b1;
            valid_1      <= 1'b0;
            picked_valid <= 1'b0;
            clear_1      <= 1'b1;
            picked_clear <= 1'b1;
        end
    end

    // The host's read
    reg        half;
    reg        rd_total;
    reg [63:0] total;

    always @(posedge clk) begin
        rd_total <= rd_en;
        if (rd_en) begin
            total <= totals[rd_word[7:1]];
            half  <= rd_word[0];
        end
        if (rd_total)
            rd_data <= half ? total[63:32] : total[31:0];
        if (rst)
            rd_total <= 1'b0;
    end

endmodule

`resetall
