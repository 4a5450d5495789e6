// SPDX-License-Identifier: Apache-2.0
// Included into the shell's box_250mhz.sv: the box's whole address space, 1 MiB, is the plugin's, so
// there is no crossbar. Beyond the register page it answers DECERR (axil_cross).

wire        axil_espalier_awvalid;
wire [31:0] axil_espalier_awaddr;
wire        axil_espalier_awready;
wire        axil_espalier_wvalid;
wire [31:0] axil_espalier_wdata;
wire        axil_espalier_wready;
wire        axil_espalier_bvalid;
wire [1:0]  axil_espalier_bresp;
wire        axil_espalier_bready;
wire        axil_espalier_arvalid;
wire [31:0] axil_espalier_araddr;
wire        axil_espalier_arready;
wire        axil_espalier_rvalid;
wire [31:0] axil_espalier_rdata;
wire [1:0]  axil_espalier_rresp;
wire        axil_espalier_rready;

box_250mhz_address_map address_map_inst (
    .s_axil_awvalid(s_axil_awvalid),
    .s_axil_awaddr(s_axil_awaddr),
    .s_axil_awready(s_axil_awready),
    .s_axil_wvalid(s_axil_wvalid),
    .s_axil_wdata(s_axil_wdata),
    .s_axil_wready(s_axil_wready),
    .s_axil_bvalid(s_axil_bvalid),
    .s_axil_bresp(s_axil_bresp),
    .s_axil_bready(s_axil_bready),
    .s_axil_arvalid(s_axil_arvalid),
    .s_axil_araddr(s_axil_araddr),
    .s_axil_arready(s_axil_arready),
    .s_axil_rvalid(s_axil_rvalid),
    .s_axil_rdata(s_axil_rdata),
    .s_axil_rresp(s_axil_rresp),
    .s_axil_rready(s_axil_rready),
    .m_axil_espalier_awvalid(axil_espalier_awvalid),
    .m_axil_espalier_awaddr(axil_espalier_awaddr),
    .m_axil_espalier_awready(axil_espalier_awready),
    .m_axil_espalier_wvalid(axil_espalier_wvalid),
    .m_axil_espalier_wdata(axil_espalier_wdata),
    .m_axil_espalier_wready(axil_espalier_wready),
    .m_axil_espalier_bvalid(axil_espalier_bvalid),
    .m_axil_espalier_bresp(axil_espalier_bresp),
    .m_axil_espalier_bready(axil_espalier_bready),
    .m_axil_espalier_arvalid(axil_espalier_arvalid),
    .m_axil_espalier_araddr(axil_espalier_araddr),
    .m_axil_espalier_arready(axil_espalier_arready),
    .m_axil_espalier_rvalid(axil_espalier_rvalid),
    .m_axil_espalier_rdata(axil_espalier_rdata),
    .m_axil_espalier_rresp(axil_espalier_rresp),
    .m_axil_espalier_rready(axil_espalier_rready)
);
