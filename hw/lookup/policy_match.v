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
//             What lookups read lies in tiles of 256 rows (policy_tile).
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
    localparam TILE    = PARTS < 4 ? PARTS : 4;  // parts of a tile
    localparam COLUMNS = CHUNKS + 4 * PORTS;
    localparam LANE    = 65;                     // 64 rows and their parity
    localparam GROUPS  = ROWS / 16;

    // Cycle 1: address; 2 to 4: the tiles; 5: the first of all rows
    reg                     addr_valid, word_valid, match_valid, first_valid;
    reg  [(CHUNKS+2*PORTS)*9-1:0] key_addr;
    wire [PARTS-1:0]        bad;
    wire [GROUPS-1:0]       any16;
    wire [GROUPS*4-1:0]     first16;

    reg  [8:0]              old_addr, wr_addr;
    reg  [AW-7:0]           old_group, wr_group;
    reg                     wr_en;
    reg  [COLUMNS*LANE-1:0] fresh;
    reg  [5:0]              row_reg;
    reg  [PARTS-1:0]        put_reg, take_reg;
    wire [63:0]             up_mask  = 64'd1 << up_row;
    wire [PARTS-1:0]        wr_part  = {{(PARTS-1){1'b0}}, wr_en} << wr_group;

    always @(posedge clk) begin
        if (up_read) begin
            old_addr  <= up_addr;
            old_group <= up_group;
        end
        if (up_write) begin
            wr_addr  <= old_addr;
            wr_group <= old_group;
        end
        wr_en    <= up_write;
        row_reg  <= row[5:0];
        put_reg  <= {{(PARTS-1){1'b0}}, put_in} << row[AW-1:6];
        take_reg <= {{(PARTS-1){1'b0}}, take_out} << row[AW-1:6];
        if (rst) begin
            wr_en    <= 1'b0;
            put_reg  <= 0;
            take_reg <= 0;
        end
    end

    genvar c, t;
    generate
        for (c = 0; c < COLUMNS; c = c + 1) begin : column
            (* ram_style = "ultra" *)
            reg [LANE-1:0] copy [0:PARTS*512-1];
            reg [LANE-1:0] old;

            always @(posedge clk) begin
                if (up_read)
                    old <= copy[{up_group, up_addr}];
                if (up_write)
                    fresh[c*LANE +: LANE] <= up_clear ? 65'd0 : up_keep ? old
                        : {old[64] ^ up_bits[c] ^ |(old[63:0] & up_mask),
                           up_bits[c] ? old[63:0] | up_mask : old[63:0] & ~up_mask};
                if (wr_en)
                    copy[{wr_group, wr_addr}] <= fresh[c*LANE +: LANE];
            end
        end

        for (t = 0; t < PARTS; t = t + TILE) begin : tile
            policy_tile #(.CHUNKS(CHUNKS), .PORTS(PORTS), .PARTS(TILE)) search (
                .clk(clk), .rst(rst), .addr_valid(addr_valid), .word_valid(word_valid),
                .match_valid(match_valid), .key(key_addr), .bad(bad[t +: TILE]),
                .any16(any16[t*4 +: TILE*4]), .first16(first16[t*16 +: TILE*16]),
                .wr_en(wr_part[t +: TILE]), .wr_addr(wr_addr), .wr_data(fresh), .row(row_reg),
                .put_in(put_reg[t +: TILE]), .take_out(take_reg[t +: TILE])
            );
        end
    endgenerate

    integer e;

    // A block a stage: a simulation then needs no second copy of what one stage hands to the next.
    always @(posedge clk)
        if (lk_valid)
            key_addr <= lk_key;

    always @(posedge clk)
        if (first_valid) begin
            m_bad <= |bad;
            m_hit <= |any16;
            for (e = GROUPS - 1; e >= 0; e = e - 1)
                if (any16[e])
                    m_row <= {e[AW-5:0], first16[e*4 +: 4]};
        end

    always @(posedge clk) begin
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
        end
    end

endmodule

`resetall
