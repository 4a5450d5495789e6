// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    64 rows of policy_match: which of them a packet meets, and the first of each 16.
// Parameters: CHUNKS (pieces of a key that are compared), PORTS (with four columns for two pieces).
// Latency:    3 cycles from lk_valid to what it says.
// Throughput: one lookup and one write a cycle.
// A module of its own so that a tool reads and maps it once, however many rows there are.
module policy_tile #(
    parameter CHUNKS = 30,
    parameter PORTS  = 2
) (
    input  wire                              clk,
    input  wire                              rst,

    // Cycle 1: the memories are read; 2: what all pieces agree with; 3: the first of every 16
    input  wire                              addr_valid,
    input  wire                              word_valid,
    input  wire                              match_valid,
    input  wire [(CHUNKS+2*PORTS)*9-1:0]     key,
    output reg                               bad,        // of what was read, a bit is wrong
    output reg  [3:0]                        any16,
    output reg  [15:0]                       first16,    // 4 bits each

    input  wire                              wr_en,
    input  wire [8:0]                        wr_addr,
    input  wire [(CHUNKS+4*PORTS)*65-1:0]    wr_data,    // 64 rows and their parity a column

    input  wire [5:0]                        row,
    input  wire                              put_in,     // it takes part from now on
    input  wire                              take_out    // it does not any more
);

    localparam COLUMNS = CHUNKS + 4 * PORTS;

    reg [COLUMNS*64-1:0] words;
    reg [COLUMNS-1:0]    parities;
    reg [63:0]           enabled;
    reg [63:0]           match;
    reg [63:0]           odd;              // of each row, over all columns
    reg                  odd_parity;

    genvar c;
    generate
        for (c = 0; c < COLUMNS; c = c + 1) begin : column
            // which piece addresses it
            localparam PIECE = c < CHUNKS ? c : CHUNKS + (c - CHUNKS) / 2;

            reg [64:0] rows [0:511];

            always @(posedge clk) begin
                if (addr_valid)
                    {parities[c], words[c*64 +: 64]} <= rows[key[PIECE*9 +: 9]];
                if (wr_en)
                    rows[wr_addr] <= wr_data[c*65 +: 65];
            end
        end
    endgenerate

    // All rows at a time: what a simulator does in one operation
    function [63:0] agreed;
        input      unused;
        integer    i;
        reg [63:0] h1, h0, ge, le;
        begin
            agreed = enabled;
            for (i = 0; i < CHUNKS; i = i + 1)
                agreed = agreed & words[i*64 +: 64];
            for (i = CHUNKS; i < COLUMNS; i = i + 4) begin
                h1     = words[i*64 +: 64];
                h0     = words[(i+1)*64 +: 64];
                ge     = words[(i+2)*64 +: 64];
                le     = words[(i+3)*64 +: 64];
                agreed = agreed & ((h1 & h0) | (h0 & ge) | (h1 & le));
            end
        end
    endfunction

    function [63:0] oddness;
        input   unused;
        integer i;
        begin
            oddness = 64'd0;
            for (i = 0; i < COLUMNS; i = i + 1)
                oddness = oddness ^ words[i*64 +: 64];
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

    integer f;

    // A block a stage: a simulation then needs no second copy of what one stage hands to the next.
    always @(posedge clk)
        if (word_valid) begin
            match      <= agreed(1'b0);
            odd        <= oddness(1'b0);
            odd_parity <= ^parities;
        end

    always @(posedge clk)
        if (match_valid) begin
            bad <= ^odd ^ odd_parity;
            for (f = 0; f < 4; f = f + 1) begin
                any16[f]          <= |match[f*16 +: 16];
                first16[f*4 +: 4] <= lowest(match[f*16 +: 16]);
            end
        end

    always @(posedge clk) begin
        if (put_in)
            enabled[row] <= 1'b1;
        if (take_out)
            enabled[row] <= 1'b0;
        if (rst)
            enabled <= 64'd0;
    end

endmodule

`resetall
