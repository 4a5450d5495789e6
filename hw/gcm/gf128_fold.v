// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Puts the 27 small products of gf128_dot together and reduces the 255-bit result by
//             GCM's polynomial (SP 800-38D 6.3).
// Latency:    none, combinational: XOR only.
module gf128_fold (
    input  wire [27*31-1:0] p,   // product n at [31 * n +: 31]
    output wire [127:0]     z
);

    // Karatsuba three times over: low, high and middle product of half size make a product. Every
    // vector stays within 64 bits, which is what a simulation handles fast.
    wire [575:0] mid;   // 9 products of 32 x 32 bits, 64 bits each

    genvar n;
    generate
        for (n = 0; n < 9; n = n + 1) begin : level1
            wire [30:0] lo    = p[31*(3*n + 0) +: 31];
            wire [30:0] hi    = p[31*(3*n + 1) +: 31];
            wire [30:0] inner = p[31*(3*n + 2) +: 31] ^ lo ^ hi;
            assign mid[64*n +: 64] = {33'd0, lo} ^ {17'd0, inner, 16'd0} ^ {1'd0, hi, 32'd0};
        end
    endgenerate

    wire [383:0] top;   // 3 products of 64 x 64 bits, 128 bits each

    generate
        for (n = 0; n < 3; n = n + 1) begin : level2
            wire [63:0] lo    = mid[64*(3*n + 0) +: 64];
            wire [63:0] hi    = mid[64*(3*n + 1) +: 64];
            wire [63:0] inner = mid[64*(3*n + 2) +: 64] ^ lo ^ hi;
            assign top[128*n +: 64]      = lo ^ {inner[31:0], 32'd0};
            assign top[128*n + 64 +: 64] = hi ^ {32'd0, inner[63:32]};
        end
    endgenerate

    wire [63:0] inner_lo = top[319:256] ^ top[63:0]   ^ top[191:128];
    wire [63:0] inner_hi = top[383:320] ^ top[127:64] ^ top[255:192];

    // The product as four words. The first bit of a block is x^0 and the most significant here, so
    // the product stands one bit too low, and x^128 and up are in its lower half.
    wire [63:0] r0 = top[63:0];
    wire [63:0] r1 = top[127:64]  ^ inner_lo;
    wire [63:0] r2 = top[191:128] ^ inner_hi;
    wire [62:0] r3 = top[254:192];

    wire [63:0] s0 = {r0[62:0], 1'b0};
    wire [63:0] s1 = {r1[62:0], r0[63]};
    wire [63:0] s2 = {r2[62:0], r1[63]};
    wire [63:0] s3 = {r3, r2[63]};

    // x^128 = 1 + x + x^2 + x^7: the lower half comes back shifted right by 0, 1, 2 and 7, and what
    // falls off its end (of s0) comes back a second time, by way of s1's first bits
    wire [63:0] t1 = s1 ^ (s0 << 63) ^ (s0 << 62) ^ (s0 << 57);

    assign z = {s3 ^ t1 ^ (t1 >> 1) ^ (t1 >> 2) ^ (t1 >> 7),
                s2 ^ s0 ^ {t1[0], s0[63:1]} ^ {t1[1:0], s0[63:2]} ^ {t1[6:0], s0[63:7]}};

endmodule

`resetall
