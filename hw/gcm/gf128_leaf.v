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

    // A last Karatsuba step: low bytes, high bytes, their sums; four polynomials side by side again,
    // each in 16 bits, so that one operation of a simulator serves them all.
    localparam [63:0] BYTES = 64'h00ff_00ff_00ff_00ff;
    localparam [63:0] ONES  = 64'h0001_0001_0001_0001;

    reg [63:0] a_lo, a_hi, a_sum;
    reg [63:0] b_lo, b_hi, b_sum;

    wire [63:0] al = a & BYTES;
    wire [63:0] ah = (a >> 8) & BYTES;
    wire [63:0] bl = b & BYTES;
    wire [63:0] bh = (b >> 8) & BYTES;

    function [14:0] products(input [63:0] x, input [63:0] y);
        integer    i;
        reg [63:0] all;
        reg [63:0] mask;    // bit i of each y, eight times: wires
        begin
            all = 64'd0;
            for (i = 0; i < 8; i = i + 1) begin
                mask = (y >> i) & ONES;
                mask = mask | mask << 1;
                mask = mask | mask << 2;
                mask = mask | mask << 4;
                all  = all ^ ((x & mask) << i);
            end
            all      = all ^ (all >> 32);
            products = all[30:16] ^ all[14:0];
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
