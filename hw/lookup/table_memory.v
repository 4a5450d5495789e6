// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The rows of a table: written whole in one cycle, so that a packet sees a change whole
//             or not at all; or lane by lane, by who hides the row until it is whole.
// Parameters: WIDTH (bits a row), ROWS (a power of two), LANES (equal parts of a row, written each
//             by itself), PARITY (1: a bit for each 64 of a lane, beside them). A wide memory of
//             4,096 rows or more is UltraRAM.
// Latency:    2 cycles from rd_en to rd_data (address registered, output registered), 3 to rd_bad
//             (the row has a parity error); each then stands until the next read.
// Throughput: one read and one write a cycle. A read in the cycle of a write gives either row,
//             whole.
module table_memory #(
    parameter WIDTH  = 32,
    parameter ROWS   = 1024,
    parameter LANES  = 1,
    parameter PARITY = 0
) (
    input  wire                    clk,

    input  wire [LANES-1:0]        wr_en,
    input  wire [$clog2(ROWS)-1:0] wr_row,
    input  wire [WIDTH/LANES-1:0]  wr_data,   // of each lane that is written

    input  wire                    rd_en,
    input  wire [$clog2(ROWS)-1:0] rd_row,
    output wire [WIDTH-1:0]        rd_data,
    output wire                    rd_bad
);

    localparam LANE  = WIDTH / LANES;
    localparam PARTS = (LANE + 63) / 64;       // of a lane, each with its parity
    localparam CHECK = PARITY != 0 ? LANES * PARTS : 0;
    localparam STYLE = ROWS >= 4096 && WIDTH >= 24 ? "ultra" : "auto";

    generate
        if (ROWS < 2 || (ROWS & (ROWS - 1)) != 0)
            error_rows_is_not_a_power_of_two stop ();
        if (WIDTH % LANES != 0)
            error_a_row_is_not_made_of_equal_lanes stop ();
    endgenerate

    (* ram_style = STYLE *)
    reg  [WIDTH+CHECK-1:0]  rows [0:ROWS-1];
    reg  [WIDTH-1:0]        word;
    reg  [$clog2(ROWS)-1:0] row_reg;
    reg                     rd_reg;

    assign rd_data = word;

    function [PARTS-1:0] parity;
        input [LANE-1:0]     bits;
        reg   [PARTS*64-1:0] padded;
        integer              n;
        begin
            padded           = 0;
            padded[LANE-1:0] = bits;
            for (n = 0; n < PARTS; n = n + 1)
                parity[n] = ^padded[n*64 +: 64];
        end
    endfunction

    integer l;

    always @(posedge clk) begin
        rd_reg <= rd_en;
        if (rd_en)
            row_reg <= rd_row;
        for (l = 0; l < LANES; l = l + 1)
            if (wr_en[l])
                rows[wr_row][l*LANE +: LANE] <= wr_data;
    end

    generate
        if (PARITY != 0) begin : checked
            reg                   given, bad;
            reg [CHECK-1:0]       word_parity;
            integer               k;

            assign rd_bad = bad;

            always @(posedge clk) begin
                if (rd_reg)
                    {word_parity, word} <= rows[row_reg];
                for (k = 0; k < LANES; k = k + 1)
                    if (wr_en[k])
                        rows[wr_row][WIDTH+k*PARTS +: PARTS] <= parity(wr_data);
                given <= rd_reg;
                if (given)
                    bad <= wrong(word, word_parity);
            end
        end else begin : unchecked
            assign rd_bad = 1'b0;
            always @(posedge clk)
                if (rd_reg)
                    word <= rows[row_reg];
        end
    endgenerate

    function wrong;
        input [WIDTH-1:0]       bits;
        input [LANES*PARTS-1:0] parities;
        integer                 k;
        begin
            wrong = 1'b0;
            for (k = 0; k < LANES; k = k + 1)
                wrong = wrong | (parity(bits[k*LANE +: LANE]) != parities[k*PARTS +: PARTS]);
        end
    endfunction

endmodule

`resetall
