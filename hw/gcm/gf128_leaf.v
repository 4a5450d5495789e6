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

    // A last Karatsuba step: low bytes, high bytes, their sums; four polynomials side by side again
    reg [31:0] a_lo, a_hi, a_sum;
    reg [31:0] b_lo, b_hi, b_sum;

    wire [31:0] al = {a[55:48], a[39:32], a[23:16], a[7:0]};
    wire [31:0] ah = {a[63:56], a[47:40], a[31:24], a[15:8]};
    wire [31:0] bl = {b[55:48], b[39:32], b[23:16], b[7:0]};
    wire [31:0] bh = {b[63:56], b[47:40], b[31:24], b[15:8]};

    function [14:0] products(input [31:0] x, input [31:0] y);
        integer i;
        begin
            products = 15'd0;
            for (i = 0; i < 8; i = i + 1)
                products = products ^ ((({7'd0, x[7:0]}   & {15{y[i]}})
                                      ^ ({7'd0, x[15:8]}  & {15{y[8 + i]}})
                                      ^ ({7'd0, x[23:16]} & {15{y[16 + i]}})
                                      ^ ({7'd0, x[31:24]} & {15{y[24 + i]}})) << i);
        end
    endfunction

    function [30:0] put(input [14:0] lo, input [14:0] hi, input [14:0] sums);
        put = {hi, 1'b0, lo} ^ {8'd0, sums ^ lo ^ hi, 8'd0};
    endfunction

    always @(posedge clk) begin
        if (take) begin
            a_lo  <= al;
            a_hi  <= ah;
            a_sum <= al ^ ah;
            b_lo  <= bl;
            b_hi  <= bh;
            b_sum <= bl ^ bh;
        end
        if (sum)
            p <= put(products(a_lo, b_lo), products(a_hi, b_hi), products(a_sum, b_sum));
    end

endmodule

`resetall
