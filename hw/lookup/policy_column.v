// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    64 rows of the policy table. The key is cut into CHUNKS pieces of 9 bits; each has a
//             memory that holds, for each of its 512 values, which of the 64 rows it agrees with. The
//             rows that all pieces agree with match; the lowest wins.
// Parameters: CHUNKS (pieces of the key).
// Latency:    5 cycles from lk_valid to m_valid.
// Throughput: one lookup a cycle, also while a row is written through the memories' second port.
// Why so:     64 bits x 512 is what a block RAM holds, and what one operation of a simulator handles.
module policy_column #(
    parameter CHUNKS = 33
) (
    input  wire                clk,
    input  wire                rst,

    input  wire                lk_valid,
    input  wire [CHUNKS*9-1:0] lk_key,
    output reg                 m_valid,
    output reg                 m_hit,
    output reg  [5:0]          m_row,

    // One address of a row's rewriting takes two cycles: read, then write with the row's bit replaced
    input  wire                up_read,
    input  wire                up_write,
    input  wire [8:0]          up_addr,
    input  wire [5:0]          up_row,
    input  wire [CHUNKS-1:0]   up_bits,    // with up_write: does the row agree, a bit a chunk
    input  wire                enable,     // the row takes part from now on
    input  wire                disable_row // it does not any more
);

    // First set bit of 16, as {any, index}
    function [4:0] first16;
        input [15:0] bits;
        reg   [15:0] low;
        begin
            low = bits & (~bits + 16'd1);
            first16[0] = |(low & 16'haaaa);
            first16[1] = |(low & 16'hcccc);
            first16[2] = |(low & 16'hf0f0);
            first16[3] = |(low & 16'hff00);
            first16[4] = |bits;
        end
    endfunction

    // Cycle 1: address; 2: memories; 3: agreement of all pieces; 4: first of every 16; 5: first of all
    reg                  addr_valid, word_valid, match_valid, first_valid;
    reg  [CHUNKS*9-1:0]  key_addr;
    reg  [CHUNKS*64-1:0] words;
    reg  [63:0]          enabled;
    reg  [63:0]          match;
    reg  [4:0]           first0, first1, first2, first3;
    wire [63:0]          up_mask = 64'd1 << up_row;

    genvar c;
    generate
        for (c = 0; c < CHUNKS; c = c + 1) begin : chunk
            reg [63:0] rows [0:511];
            reg [63:0] old;

            always @(posedge clk) begin
                if (addr_valid)
                    words[c*64 +: 64] <= rows[key_addr[c*9 +: 9]];
                if (up_read)
                    old <= rows[up_addr];
                if (up_write)
                    rows[up_addr] <= up_bits[c] ? old | up_mask : old & ~up_mask;
            end
        end
    endgenerate

    function [63:0] agreed;
        input [63:0]          from;
        input [CHUNKS*64-1:0] all;
        integer i;
        begin
            agreed = from;
            for (i = 0; i < CHUNKS; i = i + 1)
                agreed = agreed & all[i*64 +: 64];
        end
    endfunction

    always @(posedge clk) begin
        if (lk_valid)
            key_addr <= lk_key;
        if (word_valid)
            match <= agreed(enabled, words);
        if (match_valid) begin
            first0 <= first16(match[15:0]);
            first1 <= first16(match[31:16]);
            first2 <= first16(match[47:32]);
            first3 <= first16(match[63:48]);
        end
        if (first_valid) begin
            m_hit <= first0[4] || first1[4] || first2[4] || first3[4];
            m_row <= first0[4] ? {2'd0, first0[3:0]} : first1[4] ? {2'd1, first1[3:0]}
                   : first2[4] ? {2'd2, first2[3:0]} : {2'd3, first3[3:0]};
        end
        if (enable)
            enabled <= enabled | up_mask;
        if (disable_row)
            enabled <= enabled & ~up_mask;

        addr_valid  <= lk_valid;
        word_valid  <= addr_valid;
        match_valid <= word_valid;
        first_valid <= match_valid;
        m_valid     <= first_valid;

        if (rst) begin
            addr_valid  <= 1'b0;
            word_valid  <= 1'b0;
            match_valid <= 1'b0;
            first_valid <= 1'b0;
            m_valid     <= 1'b0;
            enabled     <= 64'd0;
        end
    end

endmodule

`resetall
