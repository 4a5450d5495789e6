// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Which row of the policy table a packet meets first. The key is cut into pieces of 9
//             bits; for each there are columns: memories that hold, for each of the piece's 512
//             values, a bit a row. The rows that all pieces agree with match; the lowest wins.
//             A piece that is compared has one column. A port has two pieces and four columns, so
//             that any range fits into a row: of its high byte (and whether it can be seen) H1 H0,
//             of its low byte GE and LE. A row agrees when
//                 H = 11 the high byte alone decides: between, no port seen, any port
//                     01 it is that of the first port (or of both ends), and GE
//                     10 it is that of the last port, and LE
// Parameters: ROWS (a power of two, at least 64), CHUNKS (pieces that are compared), PORTS.
// Latency:    5 cycles from lk_valid to m_valid.
// Throughput: one lookup a cycle, also while a row is written: columns have a second copy, folded
//             into the depth of an UltraRAM, from which a row's neighbours are read for writing.
// Parity:     a bit for 64 rows of a column. m_bad: of what this lookup read, a bit is wrong; the
//             writer may then copy all columns anew. A change of a row keeps a wrong parity wrong.
module policy_match #(
    parameter ROWS   = 512,
    parameter CHUNKS = 30,
    parameter PORTS  = 2
) (
    input  wire                             clk,
    input  wire                             rst,

    input  wire                             lk_valid,
    input  wire [(CHUNKS+2*PORTS)*9-1:0]    lk_key,      // the pieces compared, low; then the ports'
    output reg                              m_valid,
    output reg                              m_hit,
    output reg                              m_bad,
    output reg  [$clog2(ROWS)-1:0]          m_row,

    // One address of 64 rows a cycle: up_read names it, and a cycle later up_write says what; that is
    // true after another 2
    input  wire                             up_read,
    input  wire [8:0]                       up_addr,
    input  wire [$clog2(ROWS)-7:0]          up_group,    // row / 64
    input  wire                             up_write,
    input  wire                             up_clear,    // with up_write: zeros (after a reset)
    input  wire                             up_keep,     // as the copy has it
    input  wire [5:0]                       up_row,      // else this row of the 64 gets
    input  wire [CHUNKS+4*PORTS-1:0]        up_bits,     // this bit, a column each

    input  wire [$clog2(ROWS)-1:0]          row,
    input  wire                             put_in,      // the row takes part from now on
    input  wire                             take_out     // it does not any more
);

    localparam AW      = $clog2(ROWS);
    localparam PARTS   = ROWS / 64;
    localparam COLUMNS = CHUNKS + 4 * PORTS;
    localparam LANE    = 65;                     // 64 rows and their parity
    localparam WIDE    = PARTS * LANE;
    localparam GROUPS  = ROWS / 16;

    // Cycle 1: address; 2: memories; 3: what all pieces agree with; 4: first of every 16; 5: of all
    reg                     addr_valid, word_valid, match_valid, first_valid;
    reg  [(CHUNKS+2*PORTS)*9-1:0] key_addr;
    reg  [COLUMNS*WIDE-1:0] words;
    reg  [ROWS-1:0]         enabled;
    reg  [ROWS-1:0]         match;
    reg  [ROWS-1:0]         odd;                 // of each row of 64, over all columns
    reg  [PARTS-1:0]        odd_parity;
    reg  [PARTS-1:0]        bad;
    reg  [GROUPS-1:0]       any16;
    reg  [GROUPS*4-1:0]     first16;

    reg  [8:0]              old_addr, wr_addr;
    reg  [AW-7:0]           old_group, wr_group;
    reg                     wr_en;
    wire [63:0]             up_mask  = 64'd1 << up_row;

    always @(posedge clk) begin
        if (up_read) begin
            old_addr  <= up_addr;
            old_group <= up_group;
        end
        if (up_write) begin
            wr_addr  <= old_addr;
            wr_group <= old_group;
        end
        wr_en <= up_write;
        if (rst)
            wr_en <= 1'b0;
    end

    genvar c;
    generate
        for (c = 0; c < COLUMNS; c = c + 1) begin : column
            // which piece addresses it
            localparam PIECE = c < CHUNKS ? c : CHUNKS + (c - CHUNKS) / 2;

            reg [WIDE-1:0] rows [0:511];
            (* ram_style = "ultra" *)
            reg [LANE-1:0] copy [0:PARTS*512-1];
            reg [LANE-1:0] old;
            reg [LANE-1:0] fresh;
            integer g;

            always @(posedge clk) begin
                if (addr_valid)
                    words[c*WIDE +: WIDE] <= rows[key_addr[PIECE*9 +: 9]];
                if (up_read)
                    old <= copy[{up_group, up_addr}];
                if (up_write)
                    fresh <= up_clear ? 65'd0 : up_keep ? old
                           : {old[64] ^ up_bits[c] ^ |(old[63:0] & up_mask),
                              up_bits[c] ? old[63:0] | up_mask : old[63:0] & ~up_mask};
                if (wr_en) begin
                    copy[{wr_group, wr_addr}] <= fresh;
                    for (g = 0; g < PARTS; g = g + 1)
                        if (wr_group == g[AW-7:0])
                            rows[wr_addr][g*LANE +: LANE] <= fresh;
                end
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

    function [63:0] oddness;
        input integer part;
        integer       i;
        begin
            oddness = 64'd0;
            for (i = 0; i < COLUMNS; i = i + 1)
                oddness = oddness ^ words[i*WIDE + part*LANE +: 64];
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

    function [3:0] lowest;
        input [15:0] bits;
        reg   [15:0] low;
        begin
            low    = bits & (~bits + 16'd1);
            lowest = {|(low & 16'hff00), |(low & 16'hf0f0), |(low & 16'hcccc), |(low & 16'haaaa)};
        end
    endfunction

    integer p, q, f, e;

    // A block a stage: a simulation then needs no second copy of what one stage hands to the next.
    always @(posedge clk)
        if (lk_valid)
            key_addr <= lk_key;

    always @(posedge clk)
        if (word_valid)
            for (p = 0; p < PARTS; p = p + 1) begin
                match[p*64 +: 64] <= agreed(p);
                odd[p*64 +: 64]   <= oddness(p);
                odd_parity[p]     <= parity(p);
            end

    always @(posedge clk)
        if (match_valid) begin
            for (q = 0; q < PARTS; q = q + 1)
                bad[q] <= ^odd[q*64 +: 64] ^ odd_parity[q];
            for (f = 0; f < GROUPS; f = f + 1) begin
                any16[f]          <= |match[f*16 +: 16];
                first16[f*4 +: 4] <= lowest(match[f*16 +: 16]);
            end
        end

    always @(posedge clk)
        if (first_valid) begin
            m_bad <= |bad;
            m_hit <= |any16;
            for (e = GROUPS - 1; e >= 0; e = e - 1)
                if (any16[e])
                    m_row <= {e[AW-5:0], first16[e*4 +: 4]};
        end

    always @(posedge clk) begin
        if (put_in)
            enabled[row] <= 1'b1;
        if (take_out)
            enabled[row] <= 1'b0;

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
