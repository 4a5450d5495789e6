// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The engine as a plugin of OpenNIC shell's 250 MHz user box: port 0 is plain and PCIe
//             function 0 its netdev (host0), port 1 is cipher and function 1 its netdev (host1).
//             Registers: the 4 KiB page at the box's beginning (BAR 2, 0x100000; the driver's ID
//             table, driver/bus/pci_ids.c, says the same).
// Not built:  needs Vivado and the shell; elaborated and linted against the shell's port list.
module espalier_250mhz (
    input  wire             s_axil_awvalid,
    input  wire [31:0]      s_axil_awaddr,
    output wire             s_axil_awready,
    input  wire             s_axil_wvalid,
    input  wire [31:0]      s_axil_wdata,
    output wire             s_axil_wready,
    output wire             s_axil_bvalid,
    output wire [1:0]       s_axil_bresp,
    input  wire             s_axil_bready,
    input  wire             s_axil_arvalid,
    input  wire [31:0]      s_axil_araddr,
    output wire             s_axil_arready,
    output wire             s_axil_rvalid,
    output wire [31:0]      s_axil_rdata,
    output wire [1:0]       s_axil_rresp,
    input  wire             s_axil_rready,

    input  wire [1:0]       s_axis_qdma_h2c_tvalid,
    input  wire [1023:0]    s_axis_qdma_h2c_tdata,
    input  wire [127:0]     s_axis_qdma_h2c_tkeep,
    input  wire [1:0]       s_axis_qdma_h2c_tlast,
    input  wire [31:0]      s_axis_qdma_h2c_tuser_size,
    input  wire [31:0]      s_axis_qdma_h2c_tuser_src,
    input  wire [31:0]      s_axis_qdma_h2c_tuser_dst,
    output wire [1:0]       s_axis_qdma_h2c_tready,

    output wire [1:0]       m_axis_qdma_c2h_tvalid,
    output wire [1023:0]    m_axis_qdma_c2h_tdata,
    output wire [127:0]     m_axis_qdma_c2h_tkeep,
    output wire [1:0]       m_axis_qdma_c2h_tlast,
    output wire [31:0]      m_axis_qdma_c2h_tuser_size,
    output wire [31:0]      m_axis_qdma_c2h_tuser_src,
    output wire [31:0]      m_axis_qdma_c2h_tuser_dst,
    input  wire [1:0]       m_axis_qdma_c2h_tready,

    output wire [1:0]       m_axis_adap_tx_250mhz_tvalid,
    output wire [1023:0]    m_axis_adap_tx_250mhz_tdata,
    output wire [127:0]     m_axis_adap_tx_250mhz_tkeep,
    output wire [1:0]       m_axis_adap_tx_250mhz_tlast,
    output wire [31:0]      m_axis_adap_tx_250mhz_tuser_size,
    output wire [31:0]      m_axis_adap_tx_250mhz_tuser_src,
    output wire [31:0]      m_axis_adap_tx_250mhz_tuser_dst,
    input  wire [1:0]       m_axis_adap_tx_250mhz_tready,

    input  wire [1:0]       s_axis_adap_rx_250mhz_tvalid,
    input  wire [1023:0]    s_axis_adap_rx_250mhz_tdata,
    input  wire [127:0]     s_axis_adap_rx_250mhz_tkeep,
    input  wire [1:0]       s_axis_adap_rx_250mhz_tlast,
    input  wire [31:0]      s_axis_adap_rx_250mhz_tuser_size,
    input  wire [31:0]      s_axis_adap_rx_250mhz_tuser_src,
    input  wire [31:0]      s_axis_adap_rx_250mhz_tuser_dst,
    output wire [1:0]       s_axis_adap_rx_250mhz_tready,

    input  wire             mod_rstn,
    output wire             mod_rst_done,
    input  wire             axil_aclk,
    input  wire             axis_aclk
);

    // tuser_src and tuser_dst are one bit an end: PCIe functions from bit 0, ports from bit 6
    localparam [15:0] FUNCTION_0 = 16'h0001, FUNCTION_1 = 16'h0002;
    localparam [15:0] PORT_0     = 16'h0040, PORT_1     = 16'h0080;
    // The longest outer frame, 9,014 and what ESP adds, is 143 beats
    localparam        DEPTH      = 256;

    wire        axil_rst, axis_rst;
    wire [11:0] awaddr, araddr;
    wire        awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid, rready;
    wire [31:0] wdata, rdata;
    wire [1:0]  bresp, rresp;
    wire [511:0] plain_tdata;
    wire [63:0]  plain_tkeep;
    wire         plain_tvalid, plain_tready, plain_tlast;
    wire [511:0] cipher_tdata;
    wire [63:0]  cipher_tkeep;
    wire         cipher_tvalid, cipher_tready, cipher_tlast;
    wire [511:0] host0_tdata;
    wire [63:0]  host0_tkeep;
    wire         host0_tvalid, host0_tready, host0_tlast;
    wire [511:0] host1_tdata;
    wire [63:0]  host1_tkeep;
    wire         host1_tvalid, host1_tready, host1_tlast;

    onic_reset reset (
        .axil_aclk(axil_aclk), .axis_aclk(axis_aclk), .mod_rstn(mod_rstn),
        .mod_rst_done(mod_rst_done), .axil_rst(axil_rst), .axis_rst(axis_rst)
    );

    axil_cross #(.ADDR_W(12)) registers (
        .s_clk(axil_aclk), .s_rst(axil_rst),
        .s_axil_awvalid(s_axil_awvalid), .s_axil_awaddr(s_axil_awaddr),
        .s_axil_awready(s_axil_awready), .s_axil_wvalid(s_axil_wvalid),
        .s_axil_wdata(s_axil_wdata), .s_axil_wready(s_axil_wready),
        .s_axil_bvalid(s_axil_bvalid), .s_axil_bresp(s_axil_bresp),
        .s_axil_bready(s_axil_bready), .s_axil_arvalid(s_axil_arvalid),
        .s_axil_araddr(s_axil_araddr), .s_axil_arready(s_axil_arready),
        .s_axil_rvalid(s_axil_rvalid), .s_axil_rdata(s_axil_rdata),
        .s_axil_rresp(s_axil_rresp), .s_axil_rready(s_axil_rready),
        .m_clk(axis_aclk), .m_rst(axis_rst),
        .m_axil_awaddr(awaddr), .m_axil_awvalid(awvalid), .m_axil_awready(awready),
        .m_axil_wdata(wdata), .m_axil_wvalid(wvalid), .m_axil_wready(wready),
        .m_axil_bresp(bresp), .m_axil_bvalid(bvalid), .m_axil_bready(bready),
        .m_axil_araddr(araddr), .m_axil_arvalid(arvalid), .m_axil_arready(arready),
        .m_axil_rdata(rdata), .m_axil_rresp(rresp), .m_axil_rvalid(rvalid), .m_axil_rready(rready)
    );

    // The shell has no interrupt for user logic: events are polled
    wire irq;

    esp_engine #(.CLOCK_KHZ(250000)) engine (
        .clk(axis_aclk), .rst(axis_rst),
        .s_axis_plain_tdata(s_axis_adap_rx_250mhz_tdata[512*0 +: 512]),
        .s_axis_plain_tkeep(s_axis_adap_rx_250mhz_tkeep[64*0 +: 64]),
        .s_axis_plain_tvalid(s_axis_adap_rx_250mhz_tvalid[0]), .s_axis_plain_tready(s_axis_adap_rx_250mhz_tready[0]),
        .s_axis_plain_tlast(s_axis_adap_rx_250mhz_tlast[0]), .s_axis_plain_tuser(1'b0),
        .s_axis_cipher_tdata(s_axis_adap_rx_250mhz_tdata[512*1 +: 512]),
        .s_axis_cipher_tkeep(s_axis_adap_rx_250mhz_tkeep[64*1 +: 64]),
        .s_axis_cipher_tvalid(s_axis_adap_rx_250mhz_tvalid[1]), .s_axis_cipher_tready(s_axis_adap_rx_250mhz_tready[1]),
        .s_axis_cipher_tlast(s_axis_adap_rx_250mhz_tlast[1]), .s_axis_cipher_tuser(1'b0),
        .s_axis_host0_tdata(s_axis_qdma_h2c_tdata[512*0 +: 512]),
        .s_axis_host0_tkeep(s_axis_qdma_h2c_tkeep[64*0 +: 64]),
        .s_axis_host0_tvalid(s_axis_qdma_h2c_tvalid[0]), .s_axis_host0_tready(s_axis_qdma_h2c_tready[0]),
        .s_axis_host0_tlast(s_axis_qdma_h2c_tlast[0]), .s_axis_host0_tuser(1'b0),
        .s_axis_host1_tdata(s_axis_qdma_h2c_tdata[512*1 +: 512]),
        .s_axis_host1_tkeep(s_axis_qdma_h2c_tkeep[64*1 +: 64]),
        .s_axis_host1_tvalid(s_axis_qdma_h2c_tvalid[1]), .s_axis_host1_tready(s_axis_qdma_h2c_tready[1]),
        .s_axis_host1_tlast(s_axis_qdma_h2c_tlast[1]), .s_axis_host1_tuser(1'b0),
        .m_axis_plain_tdata(plain_tdata), .m_axis_plain_tkeep(plain_tkeep),
        .m_axis_plain_tvalid(plain_tvalid), .m_axis_plain_tready(plain_tready), .m_axis_plain_tlast(plain_tlast),
        .m_axis_cipher_tdata(cipher_tdata), .m_axis_cipher_tkeep(cipher_tkeep),
        .m_axis_cipher_tvalid(cipher_tvalid), .m_axis_cipher_tready(cipher_tready), .m_axis_cipher_tlast(cipher_tlast),
        .m_axis_host0_tdata(host0_tdata), .m_axis_host0_tkeep(host0_tkeep),
        .m_axis_host0_tvalid(host0_tvalid), .m_axis_host0_tready(host0_tready), .m_axis_host0_tlast(host0_tlast),
        .m_axis_host1_tdata(host1_tdata), .m_axis_host1_tkeep(host1_tkeep),
        .m_axis_host1_tvalid(host1_tvalid), .m_axis_host1_tready(host1_tready), .m_axis_host1_tlast(host1_tlast),
        .s_axil_awaddr(awaddr), .s_axil_awvalid(awvalid), .s_axil_awready(awready),
        .s_axil_wdata(wdata), .s_axil_wstrb(4'hf), .s_axil_wvalid(wvalid), .s_axil_wready(wready),
        .s_axil_bresp(bresp), .s_axil_bvalid(bvalid), .s_axil_bready(bready),
        .s_axil_araddr(araddr), .s_axil_arvalid(arvalid), .s_axil_arready(arready),
        .s_axil_rdata(rdata), .s_axil_rresp(rresp), .s_axil_rvalid(rvalid), .s_axil_rready(rready),
        .irq(irq)
    );

    onic_sized #(.DEPTH(DEPTH)) to_plain (
        .clk(axis_aclk), .rst(axis_rst),
        .s_axis_tdata(plain_tdata), .s_axis_tkeep(plain_tkeep), .s_axis_tvalid(plain_tvalid),
        .s_axis_tready(plain_tready), .s_axis_tlast(plain_tlast),
        .m_axis_tdata(m_axis_adap_tx_250mhz_tdata[512*0 +: 512]),
        .m_axis_tkeep(m_axis_adap_tx_250mhz_tkeep[64*0 +: 64]),
        .m_axis_tvalid(m_axis_adap_tx_250mhz_tvalid[0]), .m_axis_tready(m_axis_adap_tx_250mhz_tready[0]),
        .m_axis_tlast(m_axis_adap_tx_250mhz_tlast[0]),
        .m_axis_tuser_size(m_axis_adap_tx_250mhz_tuser_size[16*0 +: 16])
    );

    onic_sized #(.DEPTH(DEPTH)) to_cipher (
        .clk(axis_aclk), .rst(axis_rst),
        .s_axis_tdata(cipher_tdata), .s_axis_tkeep(cipher_tkeep), .s_axis_tvalid(cipher_tvalid),
        .s_axis_tready(cipher_tready), .s_axis_tlast(cipher_tlast),
        .m_axis_tdata(m_axis_adap_tx_250mhz_tdata[512*1 +: 512]),
        .m_axis_tkeep(m_axis_adap_tx_250mhz_tkeep[64*1 +: 64]),
        .m_axis_tvalid(m_axis_adap_tx_250mhz_tvalid[1]), .m_axis_tready(m_axis_adap_tx_250mhz_tready[1]),
        .m_axis_tlast(m_axis_adap_tx_250mhz_tlast[1]),
        .m_axis_tuser_size(m_axis_adap_tx_250mhz_tuser_size[16*1 +: 16])
    );

    onic_sized #(.DEPTH(DEPTH)) to_host0 (
        .clk(axis_aclk), .rst(axis_rst),
        .s_axis_tdata(host0_tdata), .s_axis_tkeep(host0_tkeep), .s_axis_tvalid(host0_tvalid),
        .s_axis_tready(host0_tready), .s_axis_tlast(host0_tlast),
        .m_axis_tdata(m_axis_qdma_c2h_tdata[512*0 +: 512]),
        .m_axis_tkeep(m_axis_qdma_c2h_tkeep[64*0 +: 64]),
        .m_axis_tvalid(m_axis_qdma_c2h_tvalid[0]), .m_axis_tready(m_axis_qdma_c2h_tready[0]),
        .m_axis_tlast(m_axis_qdma_c2h_tlast[0]),
        .m_axis_tuser_size(m_axis_qdma_c2h_tuser_size[16*0 +: 16])
    );

    onic_sized #(.DEPTH(DEPTH)) to_host1 (
        .clk(axis_aclk), .rst(axis_rst),
        .s_axis_tdata(host1_tdata), .s_axis_tkeep(host1_tkeep), .s_axis_tvalid(host1_tvalid),
        .s_axis_tready(host1_tready), .s_axis_tlast(host1_tlast),
        .m_axis_tdata(m_axis_qdma_c2h_tdata[512*1 +: 512]),
        .m_axis_tkeep(m_axis_qdma_c2h_tkeep[64*1 +: 64]),
        .m_axis_tvalid(m_axis_qdma_c2h_tvalid[1]), .m_axis_tready(m_axis_qdma_c2h_tready[1]),
        .m_axis_tlast(m_axis_qdma_c2h_tlast[1]),
        .m_axis_tuser_size(m_axis_qdma_c2h_tuser_size[16*1 +: 16])
    );

    assign m_axis_adap_tx_250mhz_tuser_src = {FUNCTION_1, FUNCTION_0};
    assign m_axis_adap_tx_250mhz_tuser_dst = {PORT_1, PORT_0};
    assign m_axis_qdma_c2h_tuser_src       = {PORT_1, PORT_0};
    assign m_axis_qdma_c2h_tuser_dst       = {FUNCTION_1, FUNCTION_0};

    // Where a frame comes from is known by its stream; the engine counts its bytes itself
    wire unused = &{1'b0, irq,
                    s_axis_qdma_h2c_tuser_size, s_axis_qdma_h2c_tuser_src, s_axis_qdma_h2c_tuser_dst,
                    s_axis_adap_rx_250mhz_tuser_size, s_axis_adap_rx_250mhz_tuser_src,
                    s_axis_adap_rx_250mhz_tuser_dst};

endmodule

`resetall
