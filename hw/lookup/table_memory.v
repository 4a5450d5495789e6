// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The rows of a table: written whole in one cycle, so that a packet sees a change whole
//             or not at all.
// Parameters: WIDTH (bits a row), ROWS (a power of two).
// Latency:    2 cycles from rd_en to rd_data (address registered, output registered); the row then
//             stands until the next read.
// Throughput: one read and one write a cycle. A read in the cycle of a write gives either row,
//             whole.
module table_memory #(
    parameter WIDTH = 32,
    parameter ROWS  = 1024
) (
    input  wire                    clk,

    input  wire                    wr_en,
    input  wire [$clog2(ROWS)-1:0] wr_row,
    input  wire [WIDTH-1:0]        wr_data,

    input  wire                    rd_en,
    input  wire [$clog2(ROWS)-1:0] rd_row,
    output reg  [WIDTH-1:0]        rd_data
);

    generate
        if (ROWS < 2 || (ROWS & (ROWS - 1)) != 0)
            error_rows_is_not_a_power_of_two stop ();
    endgenerate

    reg [WIDTH-1:0]        rows [0:ROWS-1];
    reg [$clog2(ROWS)-1:0] row_reg;
    reg                    rd_reg;

    always @(posedge clk) begin
        rd_reg <= rd_en;
        if (rd_en)
            row_reg <= rd_row;
        if (rd_reg)
            rd_data <= rows[row_reg];
        if (wr_en)
            rows[wr_row] <= wr_data;
    end

endmodule

`resetall
