// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    GHASH (SP 800-38D 6.4) of packets that come four blocks a cycle, each packet under an
//             H of its own.
// Latency:    6 cycles from the packet's last slot to m_hash.
// Throughput: four blocks a cycle, packets of any length back to back.
//
// A slot's four products are summed at once. While more than 16 blocks are left, the sum is what
// the blocks so far are worth four slots (16 blocks) further on, and is added to the first block
// there: four cycles are just what the multiplier takes. In the last four slots the blocks are
// multiplied by H to the number of blocks left, counted from the end of the packet, and those sums
// make the hash. So nothing waits for a product and nothing is left to combine.
module ghash (
    input  wire          clk,
    input  wire          rst,

    input  wire          s_valid,   // the slots of a packet are contiguous
    input  wire          s_first,   // the packet's first slot
    input  wire [4:0]    s_behind,  // blocks behind the first one of this slot; 16 stands for more
    input  wire [511:0]  s_blocks,  // the first block lowest; beyond the packet's end zero
    input  wire [2047:0] s_powers,  // H^1 lowest, up to H^16

    input  wire [127:0]  m_mask,    // added to the hash; taken in 5 cycles after the first slot
    output reg  [127:0]  m_hash     // 6 cycles after a slot: complete if it was the last
);

    localparam LATENCY = 4;         // operands, factors, products, result

    // What a slot takes along: stage n is n + 1 cycles after its arrival
    reg [1:0]       valid;
    reg [LATENCY:0] first;
    reg [LATENCY:0] ending;         // at most 16 blocks left: counts for the hash

    always @(posedge clk) begin
        first  <= {first[LATENCY-1:0],  s_first};
        ending <= {ending[LATENCY-1:0], !s_behind[4]};
        valid  <= {valid[0], s_valid};
        if (rst)
            valid <= 2'b00;
    end

    wire [511:0] powers;
    ghash_powers powers_i (
        .clk    (clk),
        .group  (s_valid),
        .pick   (valid[0]),
        .minus1 (s_behind[4] ? 4'd15 : s_behind[3:0]),
        .powers (s_powers),
        .picked (powers)
    );

    // Sums come back from the fifth slot of a packet on
    wire [127:0] sum;
    wire         sum_valid;
    reg  [511:0] blocks;
    reg  [511:0] operands;
    reg  [2:0]   slot;              // number of the slot in `blocks`, 4 stands for more

    always @(posedge clk) begin
        if (s_valid) begin
            blocks <= s_blocks;
            slot   <= s_first ? 3'd0 : slot + {2'd0, !slot[2]};
        end
        if (valid[0]) begin
            operands[511:128] <= blocks[511:128];
            operands[127:0]   <= blocks[127:0] ^ (slot[2] ? sum : 128'd0);
        end
    end

    gf128_dot dot (
        .clk     (clk),
        .rst     (rst),
        .s_valid (valid[1]),
        .s_a     (operands),
        .s_b     (powers),
        .m_valid (sum_valid),
        .m_z     (sum)
    );

    always @(posedge clk)
        if (sum_valid)
            m_hash <= (first[LATENCY] ? m_mask : m_hash) ^ (ending[LATENCY] ? sum : 128'd0);

endmodule

`resetall
