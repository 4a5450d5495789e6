// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    One round of the AES cipher (FIPS-197 5.1) as one pipeline stage of one block.
// Parameters: IDLE (1: with `idle` the stage leaves zeros), LAST (1: the final round, which has no
//             MixColumns).
// Latency:    1 cycle; nothing moves, and a simulation does no work, without `valid`.
// Throughput: a block a cycle.
(* keep_hierarchy = "yes" *)
module aes_round #(
    parameter IDLE = 0,
    parameter LAST = 0
) (
    input  wire         clk,
    input  wire         valid,
    input  wire         idle,
    input  wire [127:0] state,
    input  wire [127:0] key,
    output reg  [127:0] next
);

    `include "aes_sbox.vh"

    // A column after the round: of the bytes that ShiftRows brings together
    function [31:0] column(input [7:0] a, input [7:0] b, input [7:0] c, input [7:0] d);
        column = LAST != 0 ? sub(a, b, c, d) : sub_mix(a, b, c, d);
    endfunction

    wire [31:0] c0 = state[127:96];
    wire [31:0] c1 = state[95:64];
    wire [31:0] c2 = state[63:32];
    wire [31:0] c3 = state[31:0];

    always @(posedge clk)
        if (valid) begin
            if (IDLE != 0 && idle)
                next <= 128'd0;
            else
                next <= {column(c0[31:24], c1[23:16], c2[15:8], c3[7:0]) ^ key[127:96],
                         column(c1[31:24], c2[23:16], c3[15:8], c0[7:0]) ^ key[95:64],
                         column(c2[31:24], c3[23:16], c0[15:8], c1[7:0]) ^ key[63:32],
                         column(c3[31:24], c0[23:16], c1[15:8], c2[7:0]) ^ key[31:0]};
        end

`ifdef PROVE_AES_ROUND
    `include "aes_round.vh"
`endif

endmodule

`resetall
