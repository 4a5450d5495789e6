// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The rows of a table: written whole in one cycle, so that a packet sees a change whole
//             or not at all; or lane by lane, by who hides the row until it is whole.
// Parameters: WIDTH (bits a row), ROWS (a power of two), LANES (equal parts of a row, written each
//             by itself), PARITY (1: a bit for each 192 of a lane, beside them). A wide memory of
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
    localparam PART  = 192;
    localparam PARTS = (LANE + PART - 1) / PART;   // of a lane, each with its parity
    localparam LAST  = LANE - PART * (PARTS - 1);
    localparam FIRST = PARTS > 1 ? PART : LAST;
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

    // Of wr_data itself: a simulation would copy a wide argument in every cycle.
    function [PARTS-1:0] fresh_parity;
        input   unused;
        integer n;
        begin
            fresh_parity[PARTS-1] = ^wr_data[LANE-1 -: LAST];
            for (n = 0; n < PARTS - 1; n = n + 1)
                fresh_parity[n] = ^wr_data[n*PART +: FIRST];
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

    genvar k, n;
    generate
        if (PARITY != 0) begin : checked
            reg             given;
            reg [CHECK-1:0] word_parity;
            reg [CHECK-1:0] odd;
            integer         p;

            assign rd_bad = odd != 0;

            always @(posedge clk) begin
                if (rd_reg)
                    {word_parity, word} <= rows[row_reg];
                for (p = 0; p < LANES; p = p + 1)
                    if (wr_en[p])
                        rows[wr_row][WIDTH+p*PARTS +: PARTS] <= fresh_parity(1'b0);
                given <= rd_reg;
            end

            for (k = 0; k < LANES; k = k + 1) begin : lane
                for (n = 0; n < PARTS; n = n + 1) begin : part
                    localparam BITS = n < PARTS - 1 ? PART : LAST;

                    always @(posedge clk)
                        if (given)
                            odd[k*PARTS+n] <= ^word[k*LANE+n*PART +: BITS] ^ word_parity[k*PARTS+n];
                end
            end
        end else begin : unchecked
            assign rd_bad = 1'b0;
            always @(posedge clk)
                if (rd_reg)
                    word <= rows[row_reg];
        end
    endgenerate

`ifdef PROVE_TABLE_MEMORY
    `include "table_memory.vh"
`endif

endmodule

`resetall
