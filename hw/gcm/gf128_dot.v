// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    z = a0*b0 + a1*b1 + a2*b2 + a3*b3 in GF(2^128), elements written as GCM does (the
//             first bit, most significant here, is x^0). The four share one reduction: adding
//             comes first. Karatsuba four times over: at each level the low half, the high half and
//             their sum, down to 81 products of bytes for each of the four.
// Latency:    3 cycles: factors, small products, result; at most 3 levels of LUT between them.
// Throughput: one sum of four products a cycle.
module gf128_dot (
    input  wire         clk,
    input  wire         rst,
    input  wire         s_valid,
    input  wire [511:0] s_a,       // a0 lowest
    input  wire [511:0] s_b,
    output wire         m_valid,
    output wire [127:0] m_z
);

    reg [2:0] valid;
    assign m_valid = valid[2];

    always @(posedge clk) begin
        valid <= {valid[1:0], s_valid};
        if (rst)
            valid <= 3'd0;
    end

    wire [383:0] a0, a1, a2, a3, a4, a5, a6, a7;
    wire [383:0] b0, b1, b2, b3, b4, b5, b6, b7;
    wire [127:0] p0, p1, p2, p3, p4, p5, p6, p7;

    gf128_sums sums_a (
        .clk(clk), .take(s_valid), .s(s_a),
        .p0(a0), .p1(a1), .p2(a2), .p3(a3), .p4(a4), .p5(a5), .p6(a6), .p7(a7)
    );

    gf128_sums sums_b (
        .clk(clk), .take(s_valid), .s(s_b),
        .p0(b0), .p1(b1), .p2(b2), .p3(b3), .p4(b4), .p5(b5), .p6(b6), .p7(b7)
    );

    gf128_products products (
        .clk(clk), .take(valid[0]),
        .a0(a0), .a1(a1), .a2(a2), .a3(a3), .a4(a4), .a5(a5), .a6(a6), .a7(a7),
        .b0(b0), .b1(b1), .b2(b2), .b3(b3), .b4(b4), .b5(b5), .b6(b6), .b7(b7),
        .p0(p0), .p1(p1), .p2(p2), .p3(p3), .p4(p4), .p5(p5), .p6(p6), .p7(p7)
    );

    gf128_fold fold (
        .clk(clk), .take(valid[1]),
        .p0(p0), .p1(p1), .p2(p2), .p3(p3), .p4(p4), .p5(p5), .p6(p6), .p7(p7),
        .z(m_z)
    );

endmodule

`resetall
