// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The MAC addresses of plain, cipher and the engine itself. A port without one takes
//             frames for any destination.
module csr_ports (
    input  wire        clk,
    input  wire        rst,

    input  wire        wr_en,
    input  wire [1:0]  wr_port,
    input  wire [48:0] wr_value,      // set, MAC
    input  wire [1:0]  rd_port,
    output wire [48:0] rd_value,

    output reg  [48:0] plain,
    output reg  [48:0] cipher,
    output reg  [48:0] engine
);

    assign rd_value = rd_port == 2'd0 ? plain : rd_port == 2'd1 ? cipher : engine;

    always @(posedge clk) begin
        if (wr_en && wr_port == 2'd0)
            plain <= wr_value;
        if (wr_en && wr_port == 2'd1)
            cipher <= wr_value;
        if (wr_en && wr_port == 2'd2)
            engine <= wr_value;
        if (rst) begin
            plain  <= 49'd0;
            cipher <= 49'd0;
            engine <= 49'd0;
        end
    end

endmodule

`resetall
