// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The host's way in: an AXI4-Lite slave for one 4 KiB page, turned into single accesses
//             of 32-bit words. The page's registers are whole words: a write that does not strobe
//             all four bytes is answered SLVERR and changes nothing. Everything else is answered
//             OKAY.
// Parameters: RD_LATENCY (cycles from rd_en until rd_data is true).
// Throughput: one access at a time each way; a read answers RD_LATENCY + 2 cycles after its
//             address.
module csr_axil #(
    parameter RD_LATENCY = 3
) (
    input  wire        clk,
    input  wire        rst,

    input  wire [11:0] s_axil_awaddr,
    input  wire        s_axil_awvalid,
    output wire        s_axil_awready,
    input  wire [31:0] s_axil_wdata,
    input  wire [3:0]  s_axil_wstrb,
    input  wire        s_axil_wvalid,
    output wire        s_axil_wready,
    output reg  [1:0]  s_axil_bresp,
    output reg         s_axil_bvalid,
    input  wire        s_axil_bready,
    input  wire [11:0] s_axil_araddr,
    input  wire        s_axil_arvalid,
    output wire        s_axil_arready,
    output reg  [31:0] s_axil_rdata,
    output wire [1:0]  s_axil_rresp,
    output reg         s_axil_rvalid,
    input  wire        s_axil_rready,

    output reg         wr_en,
    output reg  [9:0]  wr_word,
    output reg  [31:0] wr_data,
    output reg         rd_en,
    output reg  [9:0]  rd_word,
    input  wire [31:0] rd_data
);

    localparam OKAY = 2'd0, SLVERR = 2'd2;

    // A write is taken when both its halves are there and the last answer has gone.
    wire take = s_axil_awvalid && s_axil_wvalid && !s_axil_bvalid;

    assign s_axil_awready = take;
    assign s_axil_wready  = take;

    reg [RD_LATENCY-1:0] rd_wait;    // one bit walks from rd_en to rd_data

    assign s_axil_arready = rd_wait == 0 && !rd_en && !s_axil_rvalid;
    assign s_axil_rresp   = OKAY;

    always @(posedge clk) begin
        wr_en <= take && &s_axil_wstrb;
        if (take) begin
            wr_word      <= s_axil_awaddr[11:2];
            wr_data      <= s_axil_wdata;
            s_axil_bresp <= &s_axil_wstrb ? OKAY : SLVERR;
        end
        s_axil_bvalid <= take || (s_axil_bvalid && !s_axil_bready);

        rd_en <= s_axil_arvalid && s_axil_arready;
        if (s_axil_arvalid && s_axil_arready)
            rd_word <= s_axil_araddr[11:2];
        rd_wait <= {rd_wait[RD_LATENCY-2:0], rd_en};
        if (rd_wait[RD_LATENCY-1])
            s_axil_rdata <= rd_data;
        s_axil_rvalid <= rd_wait[RD_LATENCY-1] || (s_axil_rvalid && !s_axil_rready);

        if (rst) begin
            wr_en         <= 1'b0;
            rd_en         <= 1'b0;
            rd_wait       <= 0;
            s_axil_bvalid <= 1'b0;
            s_axil_rvalid <= 1'b0;
        end
    end

endmodule

`resetall
