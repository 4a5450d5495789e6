// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The engine as a Vitis RTL kernel: user_managed, so all of s_axi_control is the
//             register page; eight streams, a frame a packet; the event queue's interrupt.
//             plain and cipher go to MACs, host0 and host1 to whoever moves frames from and to the
//             host, since an XRT shell has no netdevs (link_*.cfg).
// Parameters: CLOCK_KHZ (nominal, for the host to read; package.tcl sets the platform's).
// Not built:  needs Vitis; elaborated and linted here.
module espalier #(
    parameter CLOCK_KHZ = 300000
) (
    input  wire         ap_clk,
    input  wire         ap_rst_n,
    output wire         interrupt,

    input  wire         s_axi_control_awvalid,
    input  wire [11:0]  s_axi_control_awaddr,
    output wire         s_axi_control_awready,
    input  wire         s_axi_control_wvalid,
    input  wire [31:0]  s_axi_control_wdata,
    input  wire [3:0]   s_axi_control_wstrb,
    output wire         s_axi_control_wready,
    output wire         s_axi_control_bvalid,
    output wire [1:0]   s_axi_control_bresp,
    input  wire         s_axi_control_bready,
    input  wire         s_axi_control_arvalid,
    input  wire [11:0]  s_axi_control_araddr,
    output wire         s_axi_control_arready,
    output wire         s_axi_control_rvalid,
    output wire [31:0]  s_axi_control_rdata,
    output wire [1:0]   s_axi_control_rresp,
    input  wire         s_axi_control_rready,

    input  wire [511:0] s_axis_plain_tdata,
    input  wire [63:0]  s_axis_plain_tkeep,
    input  wire         s_axis_plain_tvalid,
    input  wire         s_axis_plain_tlast,
    output wire         s_axis_plain_tready,
    output wire [511:0] m_axis_plain_tdata,
    output wire [63:0]  m_axis_plain_tkeep,
    output wire         m_axis_plain_tvalid,
    output wire         m_axis_plain_tlast,
    input  wire         m_axis_plain_tready,
    input  wire [511:0] s_axis_cipher_tdata,
    input  wire [63:0]  s_axis_cipher_tkeep,
    input  wire         s_axis_cipher_tvalid,
    input  wire         s_axis_cipher_tlast,
    output wire         s_axis_cipher_tready,
    output wire [511:0] m_axis_cipher_tdata,
    output wire [63:0]  m_axis_cipher_tkeep,
    output wire         m_axis_cipher_tvalid,
    output wire         m_axis_cipher_tlast,
    input  wire         m_axis_cipher_tready,
    input  wire [511:0] s_axis_host0_tdata,
    input  wire [63:0]  s_axis_host0_tkeep,
    input  wire         s_axis_host0_tvalid,
    input  wire         s_axis_host0_tlast,
    output wire         s_axis_host0_tready,
    output wire [511:0] m_axis_host0_tdata,
    output wire [63:0]  m_axis_host0_tkeep,
    output wire         m_axis_host0_tvalid,
    output wire         m_axis_host0_tlast,
    input  wire         m_axis_host0_tready,
    input  wire [511:0] s_axis_host1_tdata,
    input  wire [63:0]  s_axis_host1_tkeep,
    input  wire         s_axis_host1_tvalid,
    input  wire         s_axis_host1_tlast,
    output wire         s_axis_host1_tready,
    output wire [511:0] m_axis_host1_tdata,
    output wire [63:0]  m_axis_host1_tkeep,
    output wire         m_axis_host1_tvalid,
    output wire         m_axis_host1_tlast,
    input  wire         m_axis_host1_tready
);

    reg [1:0] reset = 2'b11;            // the shell's reset, on its way through the chip

    always @(posedge ap_clk)
        reset <= {reset[0], !ap_rst_n};

    esp_engine #(.CLOCK_KHZ(CLOCK_KHZ)) engine (
        .clk(ap_clk), .rst(reset[1]),
        .s_axis_plain_tdata(s_axis_plain_tdata), .s_axis_plain_tkeep(s_axis_plain_tkeep),
        .s_axis_plain_tvalid(s_axis_plain_tvalid), .s_axis_plain_tready(s_axis_plain_tready),
        .s_axis_plain_tlast(s_axis_plain_tlast), .s_axis_plain_tuser(1'b0),
        .m_axis_plain_tdata(m_axis_plain_tdata), .m_axis_plain_tkeep(m_axis_plain_tkeep),
        .m_axis_plain_tvalid(m_axis_plain_tvalid), .m_axis_plain_tready(m_axis_plain_tready),
        .m_axis_plain_tlast(m_axis_plain_tlast),
        .s_axis_cipher_tdata(s_axis_cipher_tdata), .s_axis_cipher_tkeep(s_axis_cipher_tkeep),
        .s_axis_cipher_tvalid(s_axis_cipher_tvalid), .s_axis_cipher_tready(s_axis_cipher_tready),
        .s_axis_cipher_tlast(s_axis_cipher_tlast), .s_axis_cipher_tuser(1'b0),
        .m_axis_cipher_tdata(m_axis_cipher_tdata), .m_axis_cipher_tkeep(m_axis_cipher_tkeep),
        .m_axis_cipher_tvalid(m_axis_cipher_tvalid), .m_axis_cipher_tready(m_axis_cipher_tready),
        .m_axis_cipher_tlast(m_axis_cipher_tlast),
        .s_axis_host0_tdata(s_axis_host0_tdata), .s_axis_host0_tkeep(s_axis_host0_tkeep),
        .s_axis_host0_tvalid(s_axis_host0_tvalid), .s_axis_host0_tready(s_axis_host0_tready),
        .s_axis_host0_tlast(s_axis_host0_tlast), .s_axis_host0_tuser(1'b0),
        .m_axis_host0_tdata(m_axis_host0_tdata), .m_axis_host0_tkeep(m_axis_host0_tkeep),
        .m_axis_host0_tvalid(m_axis_host0_tvalid), .m_axis_host0_tready(m_axis_host0_tready),
        .m_axis_host0_tlast(m_axis_host0_tlast),
        .s_axis_host1_tdata(s_axis_host1_tdata), .s_axis_host1_tkeep(s_axis_host1_tkeep),
        .s_axis_host1_tvalid(s_axis_host1_tvalid), .s_axis_host1_tready(s_axis_host1_tready),
        .s_axis_host1_tlast(s_axis_host1_tlast), .s_axis_host1_tuser(1'b0),
        .m_axis_host1_tdata(m_axis_host1_tdata), .m_axis_host1_tkeep(m_axis_host1_tkeep),
        .m_axis_host1_tvalid(m_axis_host1_tvalid), .m_axis_host1_tready(m_axis_host1_tready),
        .m_axis_host1_tlast(m_axis_host1_tlast),
        .s_axil_awvalid(s_axi_control_awvalid),
        .s_axil_awaddr(s_axi_control_awaddr),
        .s_axil_awready(s_axi_control_awready),
        .s_axil_wvalid(s_axi_control_wvalid),
        .s_axil_wdata(s_axi_control_wdata),
        .s_axil_wstrb(s_axi_control_wstrb),
        .s_axil_wready(s_axi_control_wready),
        .s_axil_bvalid(s_axi_control_bvalid),
        .s_axil_bresp(s_axi_control_bresp),
        .s_axil_bready(s_axi_control_bready),
        .s_axil_arvalid(s_axi_control_arvalid),
        .s_axil_araddr(s_axi_control_araddr),
        .s_axil_arready(s_axi_control_arready),
        .s_axil_rvalid(s_axi_control_rvalid),
        .s_axil_rdata(s_axi_control_rdata),
        .s_axil_rresp(s_axi_control_rresp),
        .s_axil_rready(s_axi_control_rready),
        .irq(interrupt)
    );

endmodule

`resetall
