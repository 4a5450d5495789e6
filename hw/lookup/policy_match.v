// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Which row of the policy table a packet meets first. The key is cut into CHUNKS pieces
//             of 9 bits; each has a memory that holds, for each of its 512 values, which rows it
//             agrees with. The rows that all pieces agree with match; the lowest wins.
// Parameters: ROWS (a power of two, at least 64), CHUNKS (pieces of the key).
// Latency:    5 cycles from lk_valid to m_valid.
// Throughput: one lookup a cycle, also while a row is written through the memories' second port.
module policy_match #(
    parameter ROWS   = 512,
    parameter CHUNKS = 34
) (
    input  wire                    clk,
    input  wire                    rst,

    input  wire                    lk_valid,
    input  wire [CHUNKS*9-1:0]     lk_key,
    output reg                     m_valid,
    output reg                     m_hit,
    output reg  [$clog2(ROWS)-1:0] m_row,

    // One address of a row's rewriting takes two cycles: read, then write with the row's bit
    // replaced
    input  wire                    up_read,
    input  wire                    up_write,
    input  wire [8:0]              up_addr,
    input  wire [$clog2(ROWS)-1:0] up_row,
    input  wire [CHUNKS-1:0]       up_bits,     // with up_write: does the row agree, a bit a chunk
    input  wire                    put_in,      // the row takes part from now on
    input  wire                    take_out     // it does not any more
);

    localparam AW     = $clog2(ROWS);
    localparam GROUPS = ROWS / 16;

    // Cycle 1: address; 2: memories; 3: what all pieces agree with; 4: first of every 16; 5: of all
    reg                    addr_valid, word_valid, match_valid, first_valid;
    reg  [CHUNKS*9-1:0]    key_addr;
    reg  [CHUNKS*ROWS-1:0] words;
    reg  [ROWS-1:0]        enabled;
    reg  [ROWS-1:0]        match;
    reg  [GROUPS-1:0]      any16;
    reg  [GROUPS*4-1:0]    first16;

    wire [ROWS-1:0]        up_mask = {{(ROWS-1){1'b0}}, 1'b1} << up_row;
    wire                   updating = up_read || up_write;

    genvar c;
    generate
        for (c = 0; c < CHUNKS; c = c + 1) begin : chunk
            reg [ROWS-1:0] rows [0:511];
            reg [ROWS-1:0] old;

            always @(posedge clk) begin
                if (addr_valid)
                    words[c*ROWS +: ROWS] <= rows[key_addr[c*9 +: 9]];
                if (updating) begin
                    if (up_write)
                        rows[up_addr] <= up_bits[c] ? old | up_mask : old & ~up_mask;
                    else
                        old <= rows[up_addr];
                end
            end
        end
    endgenerate

    // 64 rows at a time: what a simulator does in one operation
    function [63:0] agreed;
        input integer part;
        integer i;
        begin
            agreed = enabled[part*64 +: 64];
            for (i = 0; i < CHUNKS; i = i + 1)
                agreed = agreed & words[i*ROWS + part*64 +: 64];
        end
    endfunction

    function [3:0] lowest;
        input [15:0] bits;
        reg   [15:0] low;
        begin
            low    = bits & (~bits + 16'd1);
            lowest = {|(low & 16'hff00), |(low & 16'hf0f0), |(low & 16'hcccc), |(low & 16'haaaa)};
        end
    endfunction

    integer p, g, f;

    always @(posedge clk) begin
        if (lk_valid)
            key_addr <= lk_key;
        if (word_valid)
            for (p = 0; p < ROWS / 64; p = p + 1)
                match[p*64 +: 64] <= agreed(p);
        if (match_valid)
            for (g = 0; g < GROUPS; g = g + 1) begin
                any16[g]          <= |match[g*16 +: 16];
                first16[g*4 +: 4] <= lowest(match[g*16 +: 16]);
            end
        if (first_valid) begin
            m_hit <= |any16;
            for (f = GROUPS - 1; f >= 0; f = f - 1)
                if (any16[f])
                    m_row <= {f[AW-5:0], first16[f*4 +: 4]};
        end
        if (put_in)
            enabled <= enabled | up_mask;
        if (take_out)
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
            enabled     <= 0;
        end
    end

endmodule

`resetall
