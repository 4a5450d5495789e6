// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    What the host wrote into one table and may read again, and which rows are in use.
//             Keys and salts never come here (csr_mailbox leaves them out).
// Parameters: ROWS, WORDS (powers of two).
// Latency:    3 cycles from rd_en to rd_used and rd_data.
// Throughput: one read and one write a cycle.
module csr_shadow #(
    parameter ROWS  = 1024,
    parameter WORDS = 32
) (
    input  wire                     clk,
    input  wire                     rst,
    output wire                     swept,

    input  wire                     rd_en,
    input  wire [$clog2(ROWS)-1:0]  rd_row,
    input  wire [$clog2(WORDS)-1:0] rd_word,
    output reg                      rd_used,
    output reg  [31:0]              rd_data,

    input  wire [$clog2(ROWS)-1:0]  wr_row,
    input  wire                     wr_en,      // a word
    input  wire [$clog2(WORDS)-1:0] wr_word,
    input  wire [31:0]              wr_data,
    input  wire                     use_en,     // whether the row is in use
    input  wire                     use_value
);

    wire                    sweep_en;
    wire [$clog2(ROWS)-1:0] sweep_row;
    wire                    is_used;

    table_sweep #(.ROWS(ROWS)) sweep (
        .clk(clk), .rst(rst), .sweep_en(sweep_en), .sweep_row(sweep_row), .swept(swept)
    );

    table_memory #(.WIDTH(1), .ROWS(ROWS)) used (
        .clk     (clk),
        .wr_en   (sweep_en || use_en),
        .wr_row  (sweep_en ? sweep_row : wr_row),
        .wr_data (!sweep_en && use_value),
        .rd_en   (rd_en),
        .rd_row  (rd_row),
        .rd_bad  (),
        .rd_data (is_used)
    );

    // The words of a row that is not in use are never shown, so they need no sweep. Two stand side
    // by side: large memories are 72 bits wide.
    reg         rd_1, rd_2;
    reg         odd_1, odd_2;      // which of the two was asked for
    wire [63:0] pair;

    // Registered here: a deep memory has multiplexers behind it
    always @(posedge clk) begin
        rd_1 <= rd_en;
        rd_2 <= rd_1;
        if (rd_en)
            odd_1 <= rd_word[0];
        if (rd_1)
            odd_2 <= odd_1;
        if (rd_2) begin
            rd_used <= is_used;
            rd_data <= odd_2 ? pair[63:32] : pair[31:0];
        end
    end

    table_memory #(.WIDTH(64), .ROWS(ROWS * WORDS / 2), .LANES(2)) words (
        .clk     (clk),
        .wr_en   ({wr_en && wr_word[0], wr_en && !wr_word[0]}),
        .wr_row  ({wr_row, wr_word[$clog2(WORDS)-1:1]}),
        .wr_data (wr_data),
        .rd_en   (rd_en),
        .rd_row  ({rd_row, rd_word[$clog2(WORDS)-1:1]}),
        .rd_bad  (),
        .rd_data (pair)
    );

endmodule

`resetall
