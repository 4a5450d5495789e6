// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The shadows of all tables behind one port; `table_is` picks the one that is worked
//             on.
// Parameters: sizes of the tables.
// Latency:    2 cycles from rd_en; a row is in bits as wide as the largest table's.
module csr_shadows #(
    parameter SLOT_W        = 10,
    parameter POLICY_ROWS   = 512,
    parameter EXACT_BUCKETS = 1024,
    parameter NEIGH_BUCKETS = 1024,
    parameter NEXTHOPS      = 1024
) (
    input  wire        clk,
    input  wire        rst,
    output wire        swept,

    input  wire [2:0]  table_is,
    input  wire        rd_en,
    input  wire [15:0] rd_row,
    input  wire [5:0]  rd_word,
    output wire        rd_used,
    output wire [31:0] rd_data,
    input  wire [15:0] wr_row,        // for use_en too
    input  wire        wr_en,
    input  wire [5:0]  wr_word,
    input  wire [31:0] wr_data,
    input  wire        use_en,
    input  wire        use_value
);

    // In the order of the operations' codes
    localparam SA_OUT = 3'd0, SA_IN = 3'd1, POLICY = 3'd2, NEIGH = 3'd3, NEXTHOP = 3'd4,
               EXACT = 3'd6;

    localparam NEIGH_W = $clog2(NEIGH_BUCKETS) + 3;
    localparam EXACT_W = $clog2(EXACT_BUCKETS) + 3;

    wire        out_swept, in_swept, policy_swept, neigh_swept, nexthop_swept, exact_swept;
    wire        out_used, in_used, policy_used, neigh_used, nexthop_used, exact_used;
    wire [31:0] out_data, in_data, policy_data, neigh_data, nexthop_data, exact_data;

    assign swept = out_swept && in_swept && policy_swept && neigh_swept && nexthop_swept
                && exact_swept;

    assign rd_used = table_is == SA_OUT ? out_used : table_is == SA_IN ? in_used
                   : table_is == POLICY ? policy_used : table_is == NEIGH ? neigh_used
                   : table_is == EXACT ? exact_used : table_is == NEXTHOP && nexthop_used;
    assign rd_data = table_is == SA_OUT ? out_data : table_is == SA_IN ? in_data
                   : table_is == POLICY ? policy_data : table_is == NEIGH ? neigh_data
                   : table_is == EXACT ? exact_data : nexthop_data;

    csr_shadow #(.ROWS(1 << SLOT_W), .WORDS(64)) sa_out (
        .clk(clk), .rst(rst), .swept(out_swept),
        .rd_en(rd_en && table_is == SA_OUT), .rd_row(rd_row[SLOT_W-1:0]), .rd_word(rd_word),
        .rd_used(out_used), .rd_data(out_data), .wr_row(wr_row[SLOT_W-1:0]),
        .wr_en(wr_en && table_is == SA_OUT), .wr_word(wr_word), .wr_data(wr_data),
        .use_en(use_en && table_is == SA_OUT), .use_value(use_value)
    );

    csr_shadow #(.ROWS(1 << SLOT_W), .WORDS(64)) sa_in (
        .clk(clk), .rst(rst), .swept(in_swept),
        .rd_en(rd_en && table_is == SA_IN), .rd_row(rd_row[SLOT_W-1:0]), .rd_word(rd_word),
        .rd_used(in_used), .rd_data(in_data), .wr_row(wr_row[SLOT_W-1:0]),
        .wr_en(wr_en && table_is == SA_IN), .wr_word(wr_word), .wr_data(wr_data),
        .use_en(use_en && table_is == SA_IN), .use_value(use_value)
    );

    csr_shadow #(.ROWS(POLICY_ROWS), .WORDS(32)) policy (
        .clk(clk), .rst(rst), .swept(policy_swept),
        .rd_en(rd_en && table_is == POLICY), .rd_row(rd_row[$clog2(POLICY_ROWS)-1:0]),
        .rd_word(rd_word[4:0]), .rd_used(policy_used), .rd_data(policy_data),
        .wr_row(wr_row[$clog2(POLICY_ROWS)-1:0]),
        .wr_en(wr_en && table_is == POLICY), .wr_word(wr_word[4:0]), .wr_data(wr_data),
        .use_en(use_en && table_is == POLICY), .use_value(use_value)
    );

    csr_shadow #(.ROWS(8 * NEIGH_BUCKETS), .WORDS(8)) neigh (
        .clk(clk), .rst(rst), .swept(neigh_swept),
        .rd_en(rd_en && table_is == NEIGH), .rd_row(rd_row[NEIGH_W-1:0]),
        .rd_word(rd_word[2:0]), .rd_used(neigh_used), .rd_data(neigh_data),
        .wr_row(wr_row[NEIGH_W-1:0]),
        .wr_en(wr_en && table_is == NEIGH), .wr_word(wr_word[2:0]), .wr_data(wr_data),
        .use_en(use_en && table_is == NEIGH), .use_value(use_value)
    );

    csr_shadow #(.ROWS(8 * EXACT_BUCKETS), .WORDS(32)) exact (
        .clk(clk), .rst(rst), .swept(exact_swept),
        .rd_en(rd_en && table_is == EXACT), .rd_row(rd_row[EXACT_W-1:0]), .rd_word(rd_word[4:0]),
        .rd_used(exact_used), .rd_data(exact_data), .wr_row(wr_row[EXACT_W-1:0]),
        .wr_en(wr_en && table_is == EXACT), .wr_word(wr_word[4:0]), .wr_data(wr_data),
        .use_en(use_en && table_is == EXACT), .use_value(use_value)
    );

    csr_shadow #(.ROWS(NEXTHOPS), .WORDS(4)) nexthop (
        .clk(clk), .rst(rst), .swept(nexthop_swept),
        .rd_en(rd_en && table_is == NEXTHOP), .rd_row(rd_row[$clog2(NEXTHOPS)-1:0]),
        .rd_word(rd_word[1:0]), .rd_used(nexthop_used), .rd_data(nexthop_data),
        .wr_row(wr_row[$clog2(NEXTHOPS)-1:0]),
        .wr_en(wr_en && table_is == NEXTHOP), .wr_word(wr_word[1:0]), .wr_data(wr_data),
        .use_en(use_en && table_is == NEXTHOP), .use_value(use_value)
    );

endmodule

`resetall
