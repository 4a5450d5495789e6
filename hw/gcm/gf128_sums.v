// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The factors of gf128_dot's small products: four elements cut into bytes, and Karatsuba's
//             sums of those, four times over, 324 bytes in all. They are kept as bit planes: plane j
//             has bit j of all bytes, a lane for each, so that a simulation multiplies all
//             bytes at once, as the hardware does.
// Latency:    1 cycle, under `take`.
// Throughput: four elements a cycle.
//
// Byte k of element q is in lane {k2, k1, k3, q1, q0, k0}. Above these 64 lanes are the sums over one
// bit of k after the other, and the sums of those: over k2 (b) and k1 (c), both (d), then k3 (e and
// the upper byte of d), then over k0, in neighbouring lanes (x with e, b and c with d).
module gf128_sums (
    input  wire         clk,
    input  wire         take,
    input  wire [511:0] s,         // element 0 lowest
    output reg  [383:0] p0, p1, p2, p3, p4, p5, p6, p7
);

    `include "gf128_planes.vh"
    localparam [63:0] M8 = 64'h00ff_00ff_00ff_00ff;

    function [383:0] sums(input [63:0] x);
        reg [31:0] b, c;
        reg [15:0] d;
        reg [63:0] bc, dd, e;
        begin
            b    = x[63:32] ^ x[31:0];
            c    = {x[63:48] ^ x[47:32], x[31:16] ^ x[15:0]};
            bc   = {c, b};
            d    = b[31:16] ^ b[15:0];
            dd   = {40'd0, d[15:8] ^ d[7:0], d};
            e    = low(x ^ (x >> 8), bc ^ (bc >> 8), M8, 8);
            sums = {low(bc ^ (bc >> 1), dd ^ (dd >> 1), M1, 1),
                    low(x ^ (x >> 1), e ^ (e >> 1), M1, 1), dd, e, bc, x};
        end
    endfunction

    always @(posedge clk)
        if (take) begin : planes
            reg [63:0] s0, s1, s2, s3, s4, s5, s6, s7;
            reg [63:0] t0, t1, t2, t3, t4, t5, t6, t7;
            reg [63:0] u0, u1, u2, u3, u4, u5, u6, u7;
            reg [63:0] v0, v1, v2, v3, v4, v5, v6, v7;

            // even and odd bytes of each element
            s0 = low(s[63:0],    s[127:64],  M8, 8);    s1 = high(s[63:0],    s[127:64],  M8, 8);
            s2 = low(s[191:128], s[255:192], M8, 8);    s3 = high(s[191:128], s[255:192], M8, 8);
            s4 = low(s[319:256], s[383:320], M8, 8);    s5 = high(s[319:256], s[383:320], M8, 8);
            s6 = low(s[447:384], s[511:448], M8, 8);    s7 = high(s[447:384], s[511:448], M8, 8);

            // into planes
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

            p0 <= sums(v0);
            p1 <= sums(v1);
            p2 <= sums(v2);
            p3 <= sums(v3);
            p4 <= sums(v4);
            p5 <= sums(v5);
            p6 <= sums(v6);
            p7 <= sums(v7);
        end

endmodule

`resetall
