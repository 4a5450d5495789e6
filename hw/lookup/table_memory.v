// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The rows of a table: written whole in one cycle, so that a packet sees a change whole
//             or not at all.
// Parameters: WIDTH (bits a row), ROWS (a power of two), PARITY (1: a bit for each 64 of a row,
//             beside them). From 4,096 rows on the memory is UltraRAM.
// Latency:    2 cycles from rd_en to rd_data (address registered, output registered), 3 to rd_bad
//             (the row has a parity error); each then stands until the next read.
// Throughput: one read and one write a cycle. A read in the cycle of a write gives either row,
//             whole.
module table_memory #(
    parameter WIDTH  = 32,
    parameter ROWS   = 1024,
    parameter PARITY = 0
) (
    input  wire                    clk,

    input  wire                    wr_en,
    input  wire [$clog2(ROWS)-1:0] wr_row,
    input  wire [WIDTH-1:0]        wr_data,

    input  wire                    rd_en,
    input  wire [$clog2(ROWS)-1:0] rd_row,
    output wire [WIDTH-1:0]        rd_data,
    output wire                    rd_bad
);

    localparam PARTS = (WIDTH + 63) / 64;
    localparam FULL  = PARITY != 0 ? WIDTH + PARTS : WIDTH;
    localparam STYLE = ROWS >= 4096 ? "ultra" : "auto";

    generate
        if (ROWS < 2 || (ROWS & (ROWS - 1)) != 0)
            error_rows_is_not_a_power_of_two stop ();
    endgenerate

    (* ram_style = STYLE *)
    reg  [FULL-1:0]         rows [0:ROWS-1];
    reg  [FULL-1:0]         word;
    reg  [$clog2(ROWS)-1:0] row_reg;
    reg                     rd_reg;

    assign rd_data = word[WIDTH-1:0];

    function [PARTS-1:0] parity;
        input [WIDTH-1:0]    bits;
        reg   [PARTS*64-1:0] padded;
        integer              n;
        begin
            padded            = 0;
            padded[WIDTH-1:0] = bits;
            for (n = 0; n < PARTS; n = n + 1)
                parity[n] = ^padded[n*64 +: 64];
        end
    endfunction

    always @(posedge clk) begin
        rd_reg <= rd_en;
        if (rd_en)
            row_reg <= rd_row;
        if (rd_reg)
            word <= rows[row_reg];
    end

    generate
        if (PARITY != 0) begin : checked
            reg given, bad;

            assign rd_bad = bad;
            always @(posedge clk) begin
                given <= rd_reg;
                if (given)
                    bad <= parity(word[WIDTH-1:0]) != word[FULL-1:WIDTH];
                if (wr_en)
                    rows[wr_row] <= {parity(wr_data), wr_data};
            end
        end else begin : unchecked
            assign rd_bad = 1'b0;
            always @(posedge clk)
                if (wr_en)
                    rows[wr_row] <= wr_data;
        end
    endgenerate

endmodule

`resetall
