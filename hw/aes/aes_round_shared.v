// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    One round of the AES cipher (FIPS-197 5.1) of LANES blocks that have bytes in common.
//             Behind SubBytes a round is linear: what the common bytes make of a column is there
//             once, and a lane adds what its own bytes make.
// Parameters: LANES, COMMON (bytes of the state that are the same in all lanes: bit 15 the first).
// Latency:    1 cycle; nothing moves without `valid`; with `idle` the stage leaves zeros.
// Throughput: LANES blocks a cycle.
(* keep_hierarchy = "yes" *)
module aes_round_shared #(
    parameter        LANES  = 4,
    parameter [15:0] COMMON = 16'hfffc
) (
    input  wire                 clk,
    input  wire                 valid,
    input  wire                 idle,
    input  wire [128*LANES-1:0] state,    // of the common bytes lane 0's are taken
    input  wire [127:0]         key,
    output wire [128*LANES-1:0] next
);

    `include "aes_sbox.vh"

    // SubBytes makes 8'h63 of the 0 that stands for a byte of the other kind, and MixColumns leaves
    // a column of them as it is: each part of a sum has it where the other has a byte.
    localparam [31:0] ZERO = 32'h63636363;

    genvar j, n;
    generate
        for (j = 0; j < 4; j = j + 1) begin : column
            // The bytes that ShiftRows brings together
            localparam A = 4 * j;
            localparam B = (4 * j + 5) % 16;
            localparam C = (4 * j + 10) % 16;
            localparam D = (4 * j + 15) % 16;
            localparam SHARED = COMMON[15-A] && COMMON[15-B] && COMMON[15-C] && COMMON[15-D];

            wire [31:0] common = sub_mix(COMMON[15-A] ? state[127-8*A -: 8] : 8'd0,
                                         COMMON[15-B] ? state[127-8*B -: 8] : 8'd0,
                                         COMMON[15-C] ? state[127-8*C -: 8] : 8'd0,
                                         COMMON[15-D] ? state[127-8*D -: 8] : 8'd0)
                               ^ key[127-32*j -: 32];

            if (SHARED) begin : once
                reg [31:0] after;

                always @(posedge clk)
                    if (valid)
                        after <= idle ? 32'd0 : common;

                for (n = 0; n < LANES; n = n + 1) begin : lane
                    assign next[128*n+127-32*j -: 32] = after;
                end
            end else begin : apart
                for (n = 0; n < LANES; n = n + 1) begin : lane
                    localparam TOP = 128 * n + 127;
                    reg [31:0] after;

                    always @(posedge clk)
                        if (valid) begin
                            if (idle)
                                after <= 32'd0;
                            else
                                after <= common ^ ZERO
                                       ^ sub_mix(COMMON[15-A] ? 8'd0 : state[TOP-8*A -: 8],
                                                 COMMON[15-B] ? 8'd0 : state[TOP-8*B -: 8],
                                                 COMMON[15-C] ? 8'd0 : state[TOP-8*C -: 8],
                                                 COMMON[15-D] ? 8'd0 : state[TOP-8*D -: 8]);
                        end

                    assign next[TOP-32*j -: 32] = after;
                end
            end
        end
    endgenerate

    wire unused = &{1'b0, state};

`ifdef PROVE_AES_ROUND_SHARED
    `include "aes_round_shared.vh"
`endif

endmodule

`resetall
