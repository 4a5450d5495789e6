// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    The engine's counters, 64 bits each. An event adds one in a small register of its
//             own; a walk over all of them moves what has gathered into one memory of totals, so
//             wide adders and wide multiplexers are needed once only.
// Parameters: BYTE_COUNTERS (of the map; their order is that of `amount`).
// Latency:    an event is in its total 130 cycles later at most; a read takes 2 cycles.
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
    reg [N*32-1:0]   sums;          // SUM_W bits of every 32: gathered since the walk was there
    reg [WALK_W:0]   to_go;         // steps until everything is in its total
    reg [WALK_W-1:0] walk;
    reg              sweeping;      // the first round after a reset clears the totals
    wire             walking = to_go != 0;
    wire             any     = |event_one;

    reg [63:0]       totals [0:(1 << WALK_W)-1];
    reg [63:0]       old_total;
    reg [SUM_W-1:0]  picked;
    reg [WALK_W-1:0] picked_at;
    reg              picked_valid;
    reg              picked_clear;

    assign swept = !sweeping && !picked_clear;

    integer g;

    // `sums` lives in this block only, so it is a variable of it: picked first, then added to.
    always @(posedge clk) begin
        if (walking)
            for (g = 0; g < N; g = g + 1)
                if (walk == g[WALK_W-1:0]) begin
                    picked              <= sums[g*32 +: SUM_W];
                    sums[g*32 +: SUM_W] = 0;
                end
        if (any)
            for (g = 0; g < N; g = g + 1)
                if (event_one[g])
                    sums[g*32 +: SUM_W] = sums[g*32 +: SUM_W] + amount(g, event_len);
        if (rst)
            sums = 0;
    end

    always @(posedge clk) begin
        if (walking) begin
            walk      <= walk + 1'b1;
            picked_at <= walk;
            old_total <= totals[walk];
        end
        if (any)
            to_go <= 1 << WALK_W;
        else if (walking)
            to_go <= to_go - 1'b1;
        if (to_go == 1)
            sweeping <= 1'b0;
        picked_valid <= walking && (sweeping || {25'd0, walk} < N);
        picked_clear <= sweeping;
        if (picked_valid)
            totals[picked_at] <= picked_clear ? 64'd0 : old_total + {{(64-SUM_W){1'b0}}, picked};

        if (rst) begin
            walk         <= 0;
            to_go        <= 1 << WALK_W;
            sweeping     <= 1'b1;
            picked_valid <= 1'b0;
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
