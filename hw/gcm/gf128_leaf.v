// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    One of the 27 small products into which gf128_dot takes a large one apart: four pairs
//             of 16-bit polynomials are multiplied and the products are added up.
// Latency:    2 cycles (the factors, the sum), each under its own valid.
// Throughput: four products a cycle.
module gf128_leaf (
    input  wire        clk,
    input  wire        take,   // factors into their register
    input  wire        sum,    // the sum of the products into its register, a cycle later
    input  wire [63:0] a,      // four polynomials side by side
    input  wire [63:0] b,
    output reg  [30:0] p
);

    reg [63:0] fa, fb;

    integer    i;
    reg [31:0] acc;
    always @(*) begin
        acc = 32'd0;
        for (i = 0; i < 16; i = i + 1)
            acc = acc ^ ((({16'd0, fa[15:0]}  & {32{fb[i]}})
                        ^ ({16'd0, fa[31:16]} & {32{fb[16 + i]}})
                        ^ ({16'd0, fa[47:32]} & {32{fb[32 + i]}})
                        ^ ({16'd0, fa[63:48]} & {32{fb[48 + i]}})) << i);
    end

    always @(posedge clk) begin
        if (take) begin
            fa <= a;
            fb <= b;
        end
        if (sum)
            p <= acc[30:0];
    end

endmodule

`resetall
