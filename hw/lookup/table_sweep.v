// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    After a reset, names every row of a table once, to be written with zeros. The table
//             is fit for use when `swept`.
// Parameters: ROWS (a power of two).
// Latency:    ROWS cycles from the end of rst.
module table_sweep #(
    parameter ROWS = 1024
) (
    input  wire                    clk,
    input  wire                    rst,

    output wire                    sweep_en,
    output wire [$clog2(ROWS)-1:0] sweep_row,
    output wire                    swept
);

    localparam AW = $clog2(ROWS);

    reg [AW:0] count;

    assign swept     = count[AW];
    assign sweep_en  = !swept;
    assign sweep_row = count[AW-1:0];

    always @(posedge clk) begin
        if (!swept)
            count <= count + 1'b1;
        if (rst)
            count <= 0;
    end

endmodule

`resetall
