// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Both directions: would this packet be beyond its SA's lifetime, and does it reach a
//             soft limit? Exact, for a packet a cycle also of one SA, whose limits may be others
//             than those of the packet in front (RFC 4301 4.4.2.1, lifetime of this SA).
// Latency:    limits and length at a, the SA's counters a cycle later at b, the answer at c.
// Throughput: a packet a cycle.
//
// What the packet just in front (at b when this one is at a) does to the counters is known at c
// only. So everything is compared twice, for the counters without that packet (0) and with it (1),
// and its fate chooses. Numbers are not added up and then compared: what the packets add is taken
// from the limit, while the counters are still being read.
module lifetime (
    input  wire         clk,

    input  wire         a_valid,
    input  wire [255:0] a_limits,      // soft, hard packets; soft, hard bytes; 0: none
    input  wire [13:0]  a_len,

    input  wire         b_valid,
    input  wire [63:0]  b_packets,     // as they were before the packet in front
    input  wire [63:0]  b_bytes,

    input  wire         c_front,       // the packet in front is counted, in the same SA
    output wire         c_soft_packets,    // with this packet the counter reaches the limit
    output wire         c_soft_bytes,
    output wire         c_hard_packets,    // with this packet it would be beyond
    output wire         c_hard_bytes
);

`ifdef PROVE_LIFETIME_FREE
    // In the proofs of its users it may answer anything
    (* anyseq *) wire [3:0] answer;
`else
    wire [63:0] soft_packets, hard_packets, soft_bytes, hard_bytes;
    assign {soft_packets, hard_packets, soft_bytes, hard_bytes} = a_limits;

    // ---- a: the limits without what the packets add; a limit may be less than that (`under`)

    reg  [13:0] len_front;
    reg         soft_p_on, hard_p_on, soft_b_on, hard_b_on;
    reg  [63:0] soft_p_0, soft_p_1, hard_p_0, hard_p_1;    // by one and two, by none and one
    reg  [63:0] soft_b;
    reg  [64:0] soft_b_0, soft_b_1, soft_b_front, hard_b_0, hard_b_1;

    always @(posedge clk)
        if (a_valid) begin
            len_front    <= a_len;
            soft_p_on    <= soft_packets != 64'd0;
            hard_p_on    <= hard_packets != 64'd0;
            soft_b_on    <= soft_bytes != 64'd0;
            hard_b_on    <= hard_bytes != 64'd0;
            soft_p_0     <= soft_packets - 64'd1;
            soft_p_1     <= soft_packets - 64'd2;
            hard_p_0     <= hard_packets;
            hard_p_1     <= hard_packets - 64'd1;
            soft_b       <= soft_bytes;
            soft_b_0     <= {1'b0, soft_bytes} - {51'd0, a_len};
            soft_b_1     <= {1'b0, soft_bytes} - {51'd0, a_len} - {51'd0, len_front};
            soft_b_front <= {1'b0, soft_bytes} - {51'd0, len_front};
            hard_b_0     <= {1'b0, hard_bytes} - {51'd0, a_len};
            hard_b_1     <= {1'b0, hard_bytes} - {51'd0, a_len} - {51'd0, len_front};
        end

    // ---- b: against the counters

    reg soft_high_0, soft_high_1, soft_low_0, soft_low_1;       // packets, in halves
    reg soft_bytes_0, soft_bytes_1;
    reg hard_packets_0, hard_packets_1, hard_bytes_0, hard_bytes_1;

    always @(posedge clk)
        if (b_valid) begin
            soft_high_0    <= soft_p_on && b_packets[63:32] == soft_p_0[63:32];
            soft_high_1    <= soft_p_on && b_packets[63:32] == soft_p_1[63:32];
            soft_low_0     <= b_packets[31:0] == soft_p_0[31:0];
            soft_low_1     <= b_packets[31:0] == soft_p_1[31:0];
            hard_packets_0 <= hard_p_on && b_packets >= hard_p_0;
            hard_packets_1 <= hard_p_on && b_packets >= hard_p_1;
            soft_bytes_0   <= soft_b_on && b_bytes < soft_b
                           && (soft_b_0[64] || b_bytes >= soft_b_0[63:0]);
            soft_bytes_1   <= soft_b_on && !soft_b_front[64] && b_bytes < soft_b_front[63:0]
                           && (soft_b_1[64] || b_bytes >= soft_b_1[63:0]);
            hard_bytes_0   <= hard_b_on && (hard_b_0[64] || b_bytes > hard_b_0[63:0]);
            hard_bytes_1   <= hard_b_on && (hard_b_1[64] || b_bytes > hard_b_1[63:0]);
        end

    wire [3:0] answer = c_front
        ? {soft_high_1 && soft_low_1, soft_bytes_1, hard_packets_1, hard_bytes_1}
        : {soft_high_0 && soft_low_0, soft_bytes_0, hard_packets_0, hard_bytes_0};
`endif

    assign {c_soft_packets, c_soft_bytes, c_hard_packets, c_hard_bytes} = answer;

`ifdef PROVE_LIFETIME
    `include "lifetime.vh"
`endif

endmodule

`resetall
