// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Some rows of policy_match: which of them a packet meets, and the first of each 16.
// Parameters: CHUNKS (pieces of a key that are compared), PORTS (with four columns for two pieces),
//             PARTS (of 64 rows).
// Latency:    3 cycles from addr_valid to what it says.
// Throughput: one lookup and one write a cycle.
// A module of its own so that a tool reads and maps it once, however many rows there are.
module policy_tile #(
    parameter CHUNKS = 30,
    parameter PORTS  = 2,
    parameter PARTS  = 4
) (
    input  wire                              clk,
    input  wire                              rst,

    // Cycle 1: the memories are read; 2: what all pieces agree with; 3: the first of every 16
    input  wire                              addr_valid,
    input  wire                              word_valid,
    input  wire                              match_valid,
    input  wire [(CHUNKS+2*PORTS)*9-1:0]     key,
    output reg  [PARTS-1:0]                  bad,        // of what was read, a bit is wrong
    output reg  [PARTS*4-1:0]                any16,
    output reg  [PARTS*16-1:0]               first16,    // 4 bits each

    input  wire [PARTS-1:0]                  wr_en,
    input  wire [8:0]                        wr_addr,
    input  wire [(CHUNKS+4*PORTS)*65-1:0]    wr_data,    // 64 rows and their parity a column

    input  wire [5:0]                        row,        // of the part
    input  wire [PARTS-1:0]                  put_in,     // it takes part from now on
    input  wire [PARTS-1:0]                  take_out    // it does not any more
);

    localparam COLUMNS = CHUNKS + 4 * PORTS;
    localparam LANE    = 65;                     // 64 rows and their parity
    localparam WIDE    = PARTS * LANE;

    reg [COLUMNS*WIDE-1:0] words;
    reg [PARTS*64-1:0]     enabled;
    reg [PARTS*64-1:0]     match;
    reg [PARTS*16-1:0]     odd;                  // of four rows each, over all columns
    reg [PARTS-1:0]        odd_parity;

    genvar c;
    generate
        for (c = 0; c < COLUMNS; c = c + 1) begin : column
            // which piece addresses it
            localparam PIECE = c < CHUNKS ? c : CHUNKS + (c - CHUNKS) / 2;

            reg [WIDE-1:0] rows [0:511];
            integer g;

            always @(posedge clk) begin
                if (addr_valid)
                    words[c*WIDE +: WIDE] <= rows[key[PIECE*9 +: 9]];
                for (g = 0; g < PARTS; g = g + 1)
                    if (wr_en[g])
                        rows[wr_addr][g*LANE +: LANE] <= wr_data[c*LANE +: LANE];
            end
        end
    endgenerate

    // 64 rows at a time: what a simulator does in one operation
    function [63:0] agreed;
        input integer part;
        integer       i;
        reg [63:0]    h1, h0, ge, le;
        begin
            agreed = enabled[part*64 +: 64];
            for (i = 0; i < CHUNKS; i = i + 1)
                agreed = agreed & words[i*WIDE + part*LANE +: 64];
            for (i = CHUNKS; i < COLUMNS; i = i + 4) begin
                h1     = words[i*WIDE + part*LANE +: 64];
                h0     = words[(i+1)*WIDE + part*LANE +: 64];
                ge     = words[(i+2)*WIDE + part*LANE +: 64];
                le     = words[(i+3)*WIDE + part*LANE +: 64];
                agreed = agreed & ((h1 & h0) | (h0 & ge) | (h1 & le));
            end
        end
    endfunction

    function [15:0] oddness;
        input integer part;
        integer       i;
        reg [63:0]    rows_odd;
        begin
            rows_odd = 64'd0;
            for (i = 0; i < COLUMNS; i = i + 1)
                rows_odd = rows_odd ^ words[i*WIDE + part*LANE +: 64];
            oddness = rows_odd[63:48] ^ rows_odd[47:32] ^ rows_odd[31:16] ^ rows_odd[15:0];
        end
    endfunction

    function parity;
        input integer part;
        integer       i;
        begin
            parity = 1'b0;
            for (i = 0; i < COLUMNS; i = i + 1)
                parity = parity ^ words[i*WIDE + part*LANE + 64];
        end
    endfunction

    // Which is the first: the last one, when none before it is
    function [1:0] lowest4;
        input [2:0] bits;
        lowest4 = {!bits[0] && !bits[1], !bits[0] && (bits[1] || !bits[2])};
    endfunction

    function [3:0] lowest;
        input [14:0] bits;
        reg   [1:0]  four;
        begin
            four   = lowest4({|bits[11:8], |bits[7:4], |bits[3:0]});
            lowest = {four, four[1] ? four[0] ? lowest4(bits[14:12]) : lowest4(bits[10:8])
                                    : four[0] ? lowest4(bits[6:4]) : lowest4(bits[2:0])};
        end
    endfunction

    integer p, q, f, n;

    // A block a stage: a simulation then needs no second copy of what one stage hands to the next.
    always @(posedge clk)
        if (word_valid)
            for (p = 0; p < PARTS; p = p + 1) begin
                match[p*64 +: 64] <= agreed(p);
                odd[p*16 +: 16]   <= oddness(p);
                odd_parity[p]     <= parity(p);
            end

    always @(posedge clk)
        if (match_valid) begin
            for (q = 0; q < PARTS; q = q + 1)
                bad[q] <= ^odd[q*16 +: 16] ^ odd_parity[q];
            for (f = 0; f < PARTS * 4; f = f + 1) begin
                any16[f]          <= |match[f*16 +: 16];
                first16[f*4 +: 4] <= lowest(match[f*16 +: 15]);
            end
        end

    always @(posedge clk) begin
        if ((put_in | take_out) != 0)
            for (n = 0; n < PARTS * 64; n = n + 1)
                if ((put_in[n/64] || take_out[n/64]) && row == n[5:0])
                    enabled[n] <= put_in[n/64];
        if (rst)
            enabled <= 0;
    end

endmodule

`resetall
