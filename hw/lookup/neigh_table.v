// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The neighbours behind plain: inner destination address to next hop, exact. The cells
//             are those of address_cells: an address is in one of them, or in none.
// Parameters: BUCKETS (of four cells, in each of two banks; a power of two up to 65,536).
// Latency:    6 cycles from lk_valid to r_valid.
// Throughput: one lookup a cycle, answers in order.
// A cell is written whole in one cycle.
module neigh_table #(
    parameter BUCKETS = 1024
) (
    input  wire                       clk,
    input  wire                       rst,
    output wire                       swept,

    input  wire                       lk_valid,
    input  wire                       lk_family,
    input  wire [127:0]               lk_addr,
    output reg                        r_valid,
    output reg                        r_hit,
    output reg  [15:0]                r_nexthop,

    input  wire                       wr_en,
    input  wire [$clog2(BUCKETS)+2:0] wr_cell,    // bank, bucket, place
    input  wire                       wr_used,
    input  wire                       wr_family,
    input  wire [127:0]               wr_addr,
    input  wire [15:0]                wr_nexthop
);

    wire         found_valid;
    wire [7:0]   found_hit;
    wire [127:0] found_hops;

    address_cells #(.BUCKETS(BUCKETS), .PAYLOAD(16)) cells (
        .clk(clk), .rst(rst), .swept(swept),
        .lk_valid(lk_valid), .lk_family(lk_family), .lk_addr(lk_addr),
        .r_valid(found_valid), .r_hit(found_hit), .r_bad(), .r_payload(found_hops),
        .at_en(), .at_buckets(),
        .wr_en(wr_en), .wr_cell(wr_cell), .wr_used(wr_used), .wr_family(wr_family),
        .wr_addr(wr_addr), .wr_payload(wr_nexthop)
    );

    reg [15:0] picked;      // at most one hits
    integer    n;

    always @(*) begin
        picked = 16'd0;
        for (n = 0; n < 8; n = n + 1)
            picked = picked | (found_hops[n*16 +: 16] & {16{found_hit[n]}});
    end

    always @(posedge clk) begin
        if (found_valid) begin
            r_hit     <= |found_hit;
            r_nexthop <= picked;
        end
        r_valid <= found_valid;
        if (rst)
            r_valid <= 1'b0;
    end

endmodule

`resetall
