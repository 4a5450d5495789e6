// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Round ROUND of LANES blocks that share a key, and meanwhile the key of the next
//             round. A 128-bit key has 10 rounds only: its blocks enter in round 4, of which they
//             take nothing but the sum with its key, so that both sizes end together, in the round
//             that has no MixColumns.
// Parameters: LANES (blocks side by side), ROUND (1 to 13).
// Latency:    1 cycle.
// Throughput: LANES blocks a cycle, a key each cycle.
module aes_stage #(
    parameter LANES = 4,
    parameter ROUND = 1
) (
    input  wire                 clk,
    input  wire                 valid,
    input  wire [128*LANES-1:0] state,
    input  wire                 key256,
    input  wire [127:0]         older,        // the previous round's key
    input  wire [127:0]         newer,        // this round's key
    input  wire [128*LANES-1:0] enter,        // added in round 4

    output wire [128*LANES-1:0] next_state,
    output reg                  next_key256,
    output wire [127:0]         next_older,
    output wire [127:0]         next_newer
);

    // Rcon[n] of FIPS-197 5.2 is x^(n-1) in GF(2^8)
    function [7:0] rcon(input integer n);
        rcon = n <= 8 ? 8'd1 << (n - 1) : n == 9 ? 8'h1b : 8'h36;
    endfunction

    // What this stage makes is the key of round ROUND + 1: with 256 bits that is key ROUND + 1,
    // and the even ones rotate; with 128 bits it is key ROUND - 3.
    localparam       EVEN    = (ROUND + 1) % 2 == 0;
    localparam [7:0] RCON256 = EVEN ? rcon((ROUND + 1) / 2) : 8'd0;
    localparam [7:0] RCON128 = ROUND > 3 ? rcon(ROUND - 3) : 8'd0;

    // The blocks differ in their last two bytes. ShiftRows brings these into the first two columns,
    // and only behind round 2 is each byte of a block its own.
    genvar lane;
    generate
        if (ROUND <= 2) begin : shared
            aes_round_shared #(.LANES(LANES), .COMMON(ROUND == 1 ? 16'hfffc : 16'h00ff)) round_i (
                .clk   (clk),
                .valid (valid),
                .idle  (!key256),
                .state (state),
                .key   (newer),
                .next  (next_state)
            );
        end else begin : apart
            for (lane = 0; lane < LANES; lane = lane + 1) begin : lanes
                wire [127:0] key = ROUND == 4 ? newer ^ enter[128*lane +: 128] : newer;

                aes_round #(.IDLE(ROUND == 3)) round_i (
                    .clk   (clk),
                    .valid (valid),
                    .idle  (!key256),
                    .state (state[128*lane +: 128]),
                    .key   (key),
                    .next  (next_state[128*lane +: 128])
                );
            end
        end
    endgenerate

    aes_key_step #(.WAIT(ROUND < 4)) step (
        .clk        (clk),
        .valid      (valid),
        .key256     (key256),
        .rotate     (EVEN || !key256),
        .rcon       (key256 ? RCON256 : RCON128),
        .older      (older),
        .newer      (newer),
        .next_older (next_older),
        .next_newer (next_newer)
    );

    always @(posedge clk)
        if (valid)
            next_key256 <= key256;

    wire unused = &{1'b0, enter};

endmodule

`resetall
