// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Next hops: index to destination MAC and tag, for the frame's last step before a port.
//             Row 0 means the host, and the mailbox does not let it be set; a row that was
//             never set is not ok.
// Parameters: ROWS (a power of two; with row 0).
// Latency:    2 cycles.
// Throughput: one read a cycle. One instance a reader, all written together.
module nexthop_table #(
    parameter ROWS = 1024
) (
    input  wire                    clk,
    input  wire                    rst,
    output wire                    swept,

    input  wire                    rd_en,
    input  wire [15:0]             rd_index,
    output wire                    rd_ok,
    output wire [47:0]             rd_mac,
    output wire                    rd_vlan_set, // frames carry this tag, or none when its VID is 0
    output wire [15:0]             rd_vlan,     // TCI (IEEE 802.1Q)

    input  wire                    wr_en,
    input  wire [$clog2(ROWS)-1:0] wr_row,
    input  wire                    wr_used,
    input  wire [47:0]             wr_mac,
    input  wire                    wr_vlan_set,
    input  wire [15:0]             wr_vlan
);

    localparam AW    = $clog2(ROWS);
    localparam ROW_W = 1 + 1 + 16 + 48;

    wire          sweep_en;
    wire [AW-1:0] sweep_row;

    // The mailbox refuses an index beyond the table; should one come, it is none, like row 0.
    wire          beyond = {1'b0, rd_index} >= ROWS[16:0];

    table_sweep #(.ROWS(ROWS)) sweep (
        .clk(clk), .rst(rst), .sweep_en(sweep_en), .sweep_row(sweep_row), .swept(swept)
    );

    table_memory #(.WIDTH(ROW_W), .ROWS(ROWS)) hops (
        .clk     (clk),
        .wr_en   (sweep_en || wr_en),
        .wr_row  (sweep_en ? sweep_row : wr_row),
        .wr_data (sweep_en || !wr_used ? {ROW_W{1'b0}} : {1'b1, wr_vlan_set, wr_vlan, wr_mac}),
        .rd_en   (rd_en),
        .rd_row  (beyond ? {AW{1'b0}} : rd_index[AW-1:0]),
        .rd_bad  (),
        .rd_data ({rd_ok, rd_vlan_set, rd_vlan, rd_mac})
    );

endmodule

`resetall
