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

    function [30:0] products(input [63:0] x, input [63:0] y);
        integer i;
        begin
            products = 31'd0;
            for (i = 0; i < 16; i = i + 1)
                products = products ^ ((({15'd0, x[15:0]}  & {31{y[i]}})
                                      ^ ({15'd0, x[31:16]} & {31{y[16 + i]}})
                                      ^ ({15'd0, x[47:32]} & {31{y[32 + i]}})
                                      ^ ({15'd0, x[63:48]} & {31{y[48 + i]}})) << i);
        end
    endfunction

    always @(posedge clk) begin
        if (take) begin
            fa <= a;
            fb <= b;
        end
        if (sum)
            p <= products(fa, fb);
    end

endmodule

`resetall
