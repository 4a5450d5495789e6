// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Cells found by an exact address: neighbours, and exact policies. Two banks of buckets
//             of four cells; the address says which bucket of each bank (address_hash), and any of
//             the eight cells may be the address's. The host places the entries, and moves them.
// Parameters: BUCKETS (of a bank, a power of two up to 65,536), PAYLOAD (bits of a cell beside its
//             address), PARITY (see table_memory).
// Latency:    5 cycles from lk_valid to r_valid.
// Throughput: one lookup a cycle, answers in order. A cell is written whole in one cycle.
module address_cells #(
    parameter BUCKETS = 1024,
    parameter PAYLOAD = 16,
    parameter PARITY  = 0
) (
    input  wire                       clk,
    input  wire                       rst,
    output wire                       swept,

    input  wire                       lk_valid,
    input  wire                       lk_family,
    input  wire [127:0]               lk_addr,
    output reg                        r_valid,
    output reg  [7:0]                 r_hit,        // cell n: bank n / 4, place n % 4
    output wire [7:0]                 r_bad,        // it has a parity error: hit or not, who knows
    output reg  [8*PAYLOAD-1:0]       r_payload,

    // When the cells are read: for what is kept beside them
    output wire                       at_en,
    output wire [2*$clog2(BUCKETS)-1:0] at_buckets, // of bank 1, of bank 0

    input  wire                       wr_en,
    input  wire [$clog2(BUCKETS)+2:0] wr_cell,      // bank, bucket, place
    input  wire                       wr_used,
    input  wire                       wr_family,
    input  wire [127:0]               wr_addr,
    input  wire [PAYLOAD-1:0]         wr_payload
);

    localparam AW    = $clog2(BUCKETS);
    localparam WIDTH = 1 + 1 + 128 + PAYLOAD;

    wire          sweep_en;
    wire [AW-1:0] sweep_row;

    table_sweep #(.ROWS(BUCKETS)) sweep (
        .clk(clk), .rst(rst), .sweep_en(sweep_en), .sweep_row(sweep_row), .swept(swept)
    );

    // Cycle 1: the key; 2: its hash; 3 and 4: the eight cells; 5: the verdict
    reg            key_valid, hash_valid, row_valid, cell_valid;
    reg            key_family, hash_family, row_family, cell_family;
    reg  [127:0]   key_addr, hash_addr, row_addr, cell_addr;
    wire [2*AW-1:0] hash;

    assign at_en      = hash_valid;
    assign at_buckets = hash;

    address_hash #(.AW(AW)) buckets (
        .clk(clk), .valid(key_valid), .addr(key_addr), .bucket0(hash[AW-1:0]),
        .bucket1(hash[2*AW-1:AW])
    );

    wire [WIDTH-1:0] wr_data = sweep_en || !wr_used
                               ? {WIDTH{1'b0}} : {1'b1, wr_family, wr_addr, wr_payload};
    wire [AW-1:0]    wr_row  = sweep_en ? sweep_row : wr_cell[AW+1:2];

    genvar n;
    generate
        for (n = 0; n < 8; n = n + 1) begin : place
            localparam [2:0]  SELF = n;
            wire              mine = {wr_cell[AW+2], wr_cell[1:0]} == SELF;
            wire [WIDTH-1:0]  found;

            table_memory #(.WIDTH(WIDTH), .ROWS(BUCKETS), .PARITY(PARITY)) cells (
                .clk     (clk),
                .wr_en   (sweep_en || (wr_en && mine)),
                .wr_row  (wr_row),
                .wr_data (wr_data),
                .rd_en   (hash_valid),
                .rd_row  (hash[n/4*AW +: AW]),
                .rd_data (found),
                .rd_bad  (r_bad[n])
            );

            always @(posedge clk)
                if (cell_valid) begin
                    r_hit[n] <= found[WIDTH-1 -: 130] == {1'b1, cell_family, cell_addr};
                    r_payload[n*PAYLOAD +: PAYLOAD] <= found[PAYLOAD-1:0];
                end
        end
    endgenerate

    always @(posedge clk) begin
        if (lk_valid) begin
            key_family <= lk_family;
            key_addr   <= lk_addr;
        end
        if (key_valid) begin
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
