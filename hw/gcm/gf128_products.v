// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The small products of gf128_dot: 324 pairs of bytes, in bit planes (gf128_sums), are
//             multiplied; the four elements' products are added up; and Karatsuba's first step joins
//             three products of bytes to one of 16 bits, of which there are 27.
// Latency:    1 cycle, under `take`.
// Throughput: four products of 128 bits a cycle.
//
// p<j> has bit j of all bytes of the 27 products: bytes 0, 2, 1, 3 of a product in neighbouring
// lanes, in lane 8 * u + 4 * member of half `set` what came from byte u of a word of gf128_sums: of
// x (0) and bc (1) in the lower half, of e (0) and dd (1) in the upper one.
module gf128_products (
    input  wire         clk,
    input  wire         take,
    input  wire [383:0] a0, a1, a2, a3, a4, a5, a6, a7,
    input  wire [383:0] b0, b1, b2, b3, b4, b5, b6, b7,
    output reg  [127:0] p0, p1, p2, p3, p4, p5, p6, p7
);

    `include "gf128_planes.vh"

    // The sum over the four elements, of two words at once: of each byte's lanes {q1, q0, k0} two are
    // left, those of `u` in the lower half of the byte, those of `v` in the upper
    function [63:0] across(input [63:0] u, input [63:0] v);
        reg [63:0] both;
        begin
            both   = low(u ^ (u >> 4), v ^ (v >> 4), M4, 4);
            across = (both ^ (both >> 2)) & M2;
        end
    endfunction

    // Behind the products of the low and the high bytes Karatsuba's middle one
    function [63:0] middle(input [63:0] ends, input [63:0] sum);
        middle = ends | ((ends ^ (ends >> 1) ^ sum) & M1 & M2) << 2;
    endfunction

    function [127:0] share(input [383:0] c);
        reg [63:0] sum;
        begin
            sum   = across(c[319:256], c[383:320]);
            share = {middle(across(c[191:128], c[255:192]), sum >> 1),
                     middle(across(c[63:0], c[127:64]), sum)};
        end
    endfunction

    // Bit j of the four bytes of a product: of its ends' bits j and j + 8, and the middle in between
    function [63:0] place(input [63:0] c, input [63:0] c8);
        place = c ^ (c8 & M2) << 2 ^ ((c8 >> 1) & (M2 ^ (M1 & M2)));
    endfunction

    always @(posedge clk)
        if (take) begin : multiply
            reg [127:0] c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14;

            c0  = share(a0 & b0);
            c1  = share((a0 & b1) ^ (a1 & b0));
            c2  = share((a0 & b2) ^ (a1 & b1) ^ (a2 & b0));
            c3  = share((a0 & b3) ^ (a1 & b2) ^ (a2 & b1) ^ (a3 & b0));
            c4  = share((a0 & b4) ^ (a1 & b3) ^ (a2 & b2) ^ (a3 & b1) ^ (a4 & b0));
            c5  = share((a0 & b5) ^ (a1 & b4) ^ (a2 & b3) ^ (a3 & b2) ^ (a4 & b1) ^ (a5 & b0));
            c6  = share((a0 & b6) ^ (a1 & b5) ^ (a2 & b4)
                        ^ (a3 & b3) ^ (a4 & b2) ^ (a5 & b1) ^ (a6 & b0));
            c7  = share((a0 & b7) ^ (a1 & b6) ^ (a2 & b5) ^ (a3 & b4)
                        ^ (a4 & b3) ^ (a5 & b2) ^ (a6 & b1) ^ (a7 & b0));
            c8  = share((a1 & b7) ^ (a2 & b6) ^ (a3 & b5)
                        ^ (a4 & b4) ^ (a5 & b3) ^ (a6 & b2) ^ (a7 & b1));
            c9  = share((a2 & b7) ^ (a3 & b6) ^ (a4 & b5) ^ (a5 & b4) ^ (a6 & b3) ^ (a7 & b2));
            c10 = share((a3 & b7) ^ (a4 & b6) ^ (a5 & b5) ^ (a6 & b4) ^ (a7 & b3));
            c11 = share((a4 & b7) ^ (a5 & b6) ^ (a6 & b5) ^ (a7 & b4));
            c12 = share((a5 & b7) ^ (a6 & b6) ^ (a7 & b5));
            c13 = share((a6 & b7) ^ (a7 & b6));
            c14 = share(a7 & b7);

            p0 <= {place(c0[127:64], c8[127:64]),       place(c0[63:0], c8[63:0])};
            p1 <= {place(c1[127:64], c9[127:64]),       place(c1[63:0], c9[63:0])};
            p2 <= {place(c2[127:64], c10[127:64]),      place(c2[63:0], c10[63:0])};
            p3 <= {place(c3[127:64], c11[127:64]),      place(c3[63:0], c11[63:0])};
            p4 <= {place(c4[127:64], c12[127:64]),      place(c4[63:0], c12[63:0])};
            p5 <= {place(c5[127:64], c13[127:64]),      place(c5[63:0], c13[63:0])};
            p6 <= {place(c6[127:64], c14[127:64]),      place(c6[63:0], c14[63:0])};
            p7 <= {place(c7[127:64], 64'd0),            place(c7[63:0], 64'd0)};
        end

endmodule

`resetall
