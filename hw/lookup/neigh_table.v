// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The neighbours behind plain: inner destination address to next hop, exact. Two banks,
//             each asked at a bucket of its own; the host places the entries (and moves them).
// Parameters: PER_BANK (cells a bank, a power of two up to 65,536).
// Latency:    5 cycles from lk_valid to r_valid.
// Throughput: one lookup a cycle, answers in order.
// A cell is written whole in one cycle.
module neigh_table #(
    parameter PER_BANK = 1024
) (
    input  wire                      clk,
    input  wire                      rst,
    output wire                      swept,

    input  wire                      lk_valid,
    input  wire                      lk_family,
    input  wire [127:0]              lk_addr,
    output reg                       r_valid,
    output reg                       r_hit,
    output reg  [15:0]               r_nexthop,

    input  wire                      wr_en,
    input  wire [$clog2(PER_BANK):0] wr_cell,    // bank, then bucket
    input  wire                      wr_used,
    input  wire                      wr_family,
    input  wire [127:0]              wr_addr,
    input  wire [15:0]               wr_nexthop
);

    localparam AW    = $clog2(PER_BANK);
    localparam WIDTH = 1 + 1 + 128 + 16;

    generate
        if (PER_BANK > 65536)
            error_a_bucket_is_wider_than_half_of_the_crc stop ();
    endgenerate

    // CRC-32C of the address in wire order: reflected, seeded with ones, without a final inversion.
    // The banks take different bits of one CRC, which are independent of each other. Two seeds
    // would not do: their CRCs differ by a constant, and what collides in one bank collides in the
    // other.
    // Each bit of a CRC is the parity of some bits of what it is taken over: which ones is worked out
    // here, so that a lookup is one tree of XORs a bit.
    localparam [31:0] POLY = 32'h82f63b78;

    function [31:0] step;      // one bit of zero through the register
        input [31:0] crc;
        step = {1'b0, crc[31:1]} ^ (POLY & {32{crc[0]}});
    endfunction

    function [31:0] after_ones; // what the seed alone leaves behind 128 bits
        input integer unused;
        integer       k;
        begin
            after_ones = 32'hffffffff;
            for (k = 0; k < 128; k = k + 1)
                after_ones = step(after_ones);
        end
    endfunction

    function [127:0] parity_of; // the bits of an address that bit `n` of its CRC is the parity of
        input [4:0]   n;
        integer       t;
        reg [31:0]    effect;   // of the t-th bit on the whole CRC; bytes go in lowest bit first
        begin
            effect = POLY;
            for (t = 127; t >= 0; t = t - 1) begin
                parity_of[120 - 8 * (t / 8) + t % 8] = effect[n];
                effect = step(effect);
            end
        end
    endfunction

    localparam [31:0] SEED = after_ones(0);

    genvar n;
    reg  [127:0]    key_addr;
    wire [2*AW-1:0] buckets;    // of bank 1, of bank 0
    generate
        for (n = 0; n < 2 * AW; n = n + 1) begin : bucket_bit
            localparam          PICK = n < AW ? n : 16 + n - AW;
            localparam [4:0]    BIT  = PICK[4:0];
            localparam [127:0]  BITS = parity_of(BIT);
            assign buckets[n] = ^(key_addr & BITS) ^ SEED[BIT];
        end
    endgenerate

    wire          sweep_en;
    wire [AW-1:0] sweep_row;

    table_sweep #(.ROWS(PER_BANK)) sweep (
        .clk(clk), .rst(rst), .sweep_en(sweep_en), .sweep_row(sweep_row), .swept(swept)
    );

    // Cycle 1: the key; 2: its hash; 3 and 4: the two cells; 5: the verdict
    reg         key_valid, hash_valid, row_valid, cell_valid;
    reg         key_family, hash_family, row_family, cell_family;
    reg [127:0] hash_addr, row_addr, cell_addr;
    reg [2*AW-1:0] hash;        // of bank 1, of bank 0

    wire [WIDTH-1:0] cell0;
    wire [WIDTH-1:0] cell1;
    wire [WIDTH-1:0] wr_data = sweep_en || !wr_used
                               ? {WIDTH{1'b0}} : {1'b1, wr_family, wr_addr, wr_nexthop};
    wire [AW-1:0]    wr_row  = sweep_en ? sweep_row : wr_cell[AW-1:0];

    table_memory #(.WIDTH(WIDTH), .ROWS(PER_BANK)) bank0 (
        .clk     (clk),
        .wr_en   (sweep_en || (wr_en && !wr_cell[AW])),
        .wr_row  (wr_row),
        .wr_data (wr_data),
        .rd_en   (hash_valid),
        .rd_row  (hash[AW-1:0]),
        .rd_data (cell0)
    );

    table_memory #(.WIDTH(WIDTH), .ROWS(PER_BANK)) bank1 (
        .clk     (clk),
        .wr_en   (sweep_en || (wr_en && wr_cell[AW])),
        .wr_row  (wr_row),
        .wr_data (wr_data),
        .rd_en   (hash_valid),
        .rd_row  (hash[AW +: AW]),
        .rd_data (cell1)
    );

    wire hit0 = cell0[WIDTH-1 -: 130] == {1'b1, cell_family, cell_addr};
    wire hit1 = cell1[WIDTH-1 -: 130] == {1'b1, cell_family, cell_addr};

    always @(posedge clk) begin
        if (lk_valid) begin
            key_family <= lk_family;
            key_addr   <= lk_addr;
        end
        if (key_valid) begin
            hash        <= buckets;
            hash_family <= key_family;
            hash_addr   <= key_addr;
        end
        if (hash_valid) begin
            row_family <= hash_family;
            row_addr   <= hash_addr;
        end
        if (row_valid) begin
            cell_family <= row_family;
            cell_addr   <= row_addr;
        end
        if (cell_valid) begin
            r_hit     <= hit0 || hit1;
            r_nexthop <= hit0 ? cell0[15:0] : cell1[15:0];
        end
        key_valid  <= lk_valid;
        hash_valid <= key_valid;
        row_valid  <= hash_valid;
        cell_valid <= row_valid;
        r_valid    <= cell_valid;

        if (rst) begin
            key_valid  <= 1'b0;
            hash_valid <= 1'b0;
            row_valid  <= 1'b0;
            cell_valid <= 1'b0;
            r_valid    <= 1'b0;
        end
    end

endmodule

`resetall
