// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Puts the 27 small products of gf128_dot together and reduces the 255-bit result by
//             GCM's polynomial (SP 800-38D 6.3).
// Latency:    1 cycle, under `take`; XOR only.
module gf128_fold (
    input  wire         clk,
    input  wire         take,
    input  wire [127:0] p0, p1, p2, p3, p4, p5, p6, p7,   // in bit planes (gf128_products)
    output reg  [127:0] z
);

    `include "gf128_planes.vh"
    localparam [63:0] M8  = 64'h00ff_00ff_00ff_00ff;
    localparam [63:0] M16 = 64'h0000_ffff_0000_ffff;

    // Out of the planes: byte u of word i of the eight is that of lane 8 * u + i. Then words 0, 2, 1,
    // 3 (and 4, 6, 5, 7) have a byte each of the same product: products 2 * n and 2 * n + 1 at
    // [64 * n +: 64], in the order of the bytes u = 0, 4; 2, 6; 1, 5; 3, 7.
    function [511:0] products(input [63:0] s0, input [63:0] s1, input [63:0] s2, input [63:0] s3,
                              input [63:0] s4, input [63:0] s5, input [63:0] s6, input [63:0] s7);
        reg [63:0] t0, t1, t2, t3, t4, t5, t6, t7;
        reg [63:0] u0, u1, u2, u3, u4, u5, u6, u7;
        reg [63:0] v0, v1, v2, v3, v4, v5, v6, v7;
        begin
            t0 = low(s0, s1, M1, 1);            t1 = high(s0, s1, M1, 1);
            t2 = low(s2, s3, M1, 1);            t3 = high(s2, s3, M1, 1);
            t4 = low(s4, s5, M1, 1);            t5 = high(s4, s5, M1, 1);
            t6 = low(s6, s7, M1, 1);            t7 = high(s6, s7, M1, 1);
            u0 = low(t0, t2, M2, 2);            u2 = high(t0, t2, M2, 2);
            u1 = low(t1, t3, M2, 2);            u3 = high(t1, t3, M2, 2);
            u4 = low(t4, t6, M2, 2);            u6 = high(t4, t6, M2, 2);
            u5 = low(t5, t7, M2, 2);            u7 = high(t5, t7, M2, 2);
            v0 = low(u0, u4, M4, 4);            v4 = high(u0, u4, M4, 4);
            v1 = low(u1, u5, M4, 4);            v5 = high(u1, u5, M4, 4);
            v2 = low(u2, u6, M4, 4);            v6 = high(u2, u6, M4, 4);
            v3 = low(u3, u7, M4, 4);            v7 = high(u3, u7, M4, 4);
            products = {bytes4(v4, v6, v5, v7), bytes4(v0, v2, v1, v3)};
        end
    endfunction

    function [255:0] bytes4(input [63:0] b0, input [63:0] b1, input [63:0] b2, input [63:0] b3);
        reg [63:0] even_lo, even_hi, odd_lo, odd_hi;
        begin
            even_lo = low(b0, b1, M8, 8);
            even_hi = low(b2, b3, M8, 8);
            odd_lo  = high(b0, b1, M8, 8);
            odd_hi  = high(b2, b3, M8, 8);
            bytes4  = {high(odd_lo, odd_hi, M16, 16), low(odd_lo, odd_hi, M16, 16),
                       high(even_lo, even_hi, M16, 16), low(even_lo, even_hi, M16, 16)};
        end
    endfunction

    // Karatsuba: low, high and middle product of half size make a product, three times over. Every
    // vector stays within 64 bits, which is what a simulation handles fast.
    function [63:0] join16(input [31:0] lo, input [31:0] hi, input [31:0] sum);
        join16 = {32'd0, lo} ^ {16'd0, sum ^ lo ^ hi, 16'd0} ^ {hi, 32'd0};
    endfunction

    function [127:0] join32(input [63:0] lo, input [63:0] hi, input [63:0] sum);
        reg [63:0] inner;
        begin
            inner  = sum ^ lo ^ hi;
            join32 = {hi ^ {32'd0, inner[63:32]}, lo ^ {inner[31:0], 32'd0}};
        end
    endfunction

    // The product as four words. The first bit of a block is x^0 and the most significant here, so
    // the product stands one bit too low, and x^128 and up are in its lower half.
    function [127:0] reduce(input [63:0] r0, input [63:0] r1, input [63:0] r2, input [62:0] r3);
        reg [63:0] s0, s1, s2, s3, t1;
        begin
            s0 = {r0[62:0], 1'b0};
            s1 = {r1[62:0], r0[63]};
            s2 = {r2[62:0], r1[63]};
            s3 = {r3, r2[63]};

            // x^128 = 1 + x + x^2 + x^7: the lower half comes back shifted right by 0, 1, 2 and 7,
            // and what falls off its end (of s0) comes back a second time, by way of s1's first bits
            t1     = s1 ^ (s0 << 63) ^ (s0 << 62) ^ (s0 << 57);
            reduce = {s3 ^ t1 ^ (t1 >> 1) ^ (t1 >> 2) ^ (t1 >> 7),
                      s2 ^ s0 ^ {t1[0], s0[63:1]} ^ {t1[1:0], s0[63:2]} ^ {t1[6:0], s0[63:7]}};
        end
    endfunction

    always @(posedge clk)
        if (take) begin : fold
            reg [511:0] m, n;                   // from x and bc; from e and dd
            reg [127:0] lo, hi, sum, inner;     // products of 64 x 64 bits

            m = products(p0[63:0], p1[63:0], p2[63:0], p3[63:0],
                         p4[63:0], p5[63:0], p6[63:0], p7[63:0]);
            n = products(p0[127:64], p1[127:64], p2[127:64], p3[127:64],
                         p4[127:64], p5[127:64], p6[127:64], p7[127:64]);

            lo  = join32(join16(m[31:0],    m[95:64],   m[319:288]),
                         join16(m[63:32],   m[127:96],  m[383:352]),
                         join16(m[287:256], m[351:320], n[287:256]));
            hi  = join32(join16(m[159:128], m[223:192], m[447:416]),
                         join16(m[191:160], m[255:224], m[511:480]),
                         join16(m[415:384], m[479:448], n[415:384]));
            sum = join32(join16(n[31:0],    n[95:64],   n[191:160]),
                         join16(n[63:32],   n[127:96],  n[255:224]),
                         join16(n[159:128], n[223:192], n[351:320]));
            inner = sum ^ lo ^ hi;

            z <= reduce(lo[63:0], lo[127:64] ^ inner[63:0], hi[63:0] ^ inner[127:64], hi[126:64]);
        end

endmodule

`resetall
