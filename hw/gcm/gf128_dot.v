// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    z = a0*b0 + a1*b1 + a2*b2 + a3*b3 in GF(2^128), elements written as GCM does (the
//             first bit, most significant here, is x^0). The four share one reduction: adding
//             comes first.
// Latency:    3 cycles: factors, small products, result; at most 3 levels of LUT between them.
// Throughput: one sum of four products a cycle.
module gf128_dot (
    input  wire         clk,
    input  wire         rst,
    input  wire         s_valid,
    input  wire [511:0] s_a,       // a0 lowest
    input  wire [511:0] s_b,
    output wire         m_valid,
    output reg  [127:0] m_z
);

    reg [2:0] valid;
    assign m_valid = valid[2];

    // Limb n of all four elements side by side, at [64 * n +: 64]: what follows does to the four at
    // once what it would do to one.
    wire [511:0] a, b;

    genvar n;
    generate
        for (n = 0; n < 8; n = n + 1) begin : limb
            assign a[64*n +: 64] = {s_a[384 + 16*n +: 16], s_a[256 + 16*n +: 16],
                                    s_a[128 + 16*n +: 16], s_a[16*n +: 16]};
            assign b[64*n +: 64] = {s_b[384 + 16*n +: 16], s_b[256 + 16*n +: 16],
                                    s_b[128 + 16*n +: 16], s_b[16*n +: 16]};
        end
    endgenerate

    // Karatsuba: at each of three levels the low half, the high half and their sum
    wire [27*31-1:0] p;

    genvar i, j, k;
    generate
        for (i = 0; i < 3; i = i + 1) begin : half
            wire [255:0] ha, hb;
            if (i < 2) begin : part
                assign ha = a[256*i +: 256];
                assign hb = b[256*i +: 256];
            end else begin : total
                assign ha = a[255:0] ^ a[511:256];
                assign hb = b[255:0] ^ b[511:256];
            end

            for (j = 0; j < 3; j = j + 1) begin : quarter
                wire [127:0] qa, qb;
                if (j < 2) begin : part
                    assign qa = ha[128*j +: 128];
                    assign qb = hb[128*j +: 128];
                end else begin : total
                    assign qa = ha[127:0] ^ ha[255:128];
                    assign qb = hb[127:0] ^ hb[255:128];
                end

                for (k = 0; k < 3; k = k + 1) begin : eighth
                    wire [63:0] la, lb;
                    if (k < 2) begin : part
                        assign la = qa[64*k +: 64];
                        assign lb = qb[64*k +: 64];
                    end else begin : total
                        assign la = qa[63:0] ^ qa[127:64];
                        assign lb = qb[63:0] ^ qb[127:64];
                    end

                    gf128_leaf leaf (
                        .clk  (clk),
                        .take (s_valid),
                        .sum  (valid[0]),
                        .a    (la),
                        .b    (lb),
                        .p    (p[31*(9*i + 3*j + k) +: 31])
                    );
                end
            end
        end
    endgenerate

    wire [127:0] z;
    gf128_fold fold (.p(p), .z(z));

    always @(posedge clk) begin
        if (valid[1])
            m_z <= z;
        valid <= {valid[1:0], s_valid};
        if (rst)
            valid <= 3'd0;
    end

endmodule

`resetall
