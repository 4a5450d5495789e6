// SPDX-License-Identifier: Apache-2.0
// Included into the shell's box_250mhz.sv: the one plugin of the 250 MHz box.

generate
    if (USE_PHYS_FUNC == 0 || NUM_PHYS_FUNC != 2 || NUM_CMAC_PORT != 2)
        error_espalier_needs_use_phys_func_and_two_functions_and_ports stop ();
endgenerate

assign mod_rst_done[15:1] = {15{1'b1}};     // no other plugin is waited for
wire unused_resets = &{1'b0, mod_rstn[15:1]};

espalier_250mhz espalier_inst (
    .s_axil_awvalid(axil_espalier_awvalid),
    .s_axil_awaddr(axil_espalier_awaddr),
    .s_axil_awready(axil_espalier_awready),
    .s_axil_wvalid(axil_espalier_wvalid),
    .s_axil_wdata(axil_espalier_wdata),
    .s_axil_wready(axil_espalier_wready),
    .s_axil_bvalid(axil_espalier_bvalid),
    .s_axil_bresp(axil_espalier_bresp),
    .s_axil_bready(axil_espalier_bready),
    .s_axil_arvalid(axil_espalier_arvalid),
    .s_axil_araddr(axil_espalier_araddr),
    .s_axil_arready(axil_espalier_arready),
    .s_axil_rvalid(axil_espalier_rvalid),
    .s_axil_rdata(axil_espalier_rdata),
    .s_axil_rresp(axil_espalier_rresp),
    .s_axil_rready(axil_espalier_rready),
    .s_axis_qdma_h2c_tvalid(s_axis_qdma_h2c_tvalid),
    .s_axis_qdma_h2c_tdata(s_axis_qdma_h2c_tdata),
    .s_axis_qdma_h2c_tkeep(s_axis_qdma_h2c_tkeep),
    .s_axis_qdma_h2c_tlast(s_axis_qdma_h2c_tlast),
    .s_axis_qdma_h2c_tuser_size(s_axis_qdma_h2c_tuser_size),
    .s_axis_qdma_h2c_tuser_src(s_axis_qdma_h2c_tuser_src),
    .s_axis_qdma_h2c_tuser_dst(s_axis_qdma_h2c_tuser_dst),
    .s_axis_qdma_h2c_tready(s_axis_qdma_h2c_tready),
    .m_axis_qdma_c2h_tvalid(m_axis_qdma_c2h_tvalid),
    .m_axis_qdma_c2h_tdata(m_axis_qdma_c2h_tdata),
    .m_axis_qdma_c2h_tkeep(m_axis_qdma_c2h_tkeep),
    .m_axis_qdma_c2h_tlast(m_axis_qdma_c2h_tlast),
    .m_axis_qdma_c2h_tuser_size(m_axis_qdma_c2h_tuser_size),
    .m_axis_qdma_c2h_tuser_src(m_axis_qdma_c2h_tuser_src),
    .m_axis_qdma_c2h_tuser_dst(m_axis_qdma_c2h_tuser_dst),
    .m_axis_qdma_c2h_tready(m_axis_qdma_c2h_tready),
    .m_axis_adap_tx_250mhz_tvalid(m_axis_adap_tx_250mhz_tvalid),
    .m_axis_adap_tx_250mhz_tdata(m_axis_adap_tx_250mhz_tdata),
    .m_axis_adap_tx_250mhz_tkeep(m_axis_adap_tx_250mhz_tkeep),
    .m_axis_adap_tx_250mhz_tlast(m_axis_adap_tx_250mhz_tlast),
    .m_axis_adap_tx_250mhz_tuser_size(m_axis_adap_tx_250mhz_tuser_size),
    .m_axis_adap_tx_250mhz_tuser_src(m_axis_adap_tx_250mhz_tuser_src),
    .m_axis_adap_tx_250mhz_tuser_dst(m_axis_adap_tx_250mhz_tuser_dst),
    .m_axis_adap_tx_250mhz_tready(m_axis_adap_tx_250mhz_tready),
    .s_axis_adap_rx_250mhz_tvalid(s_axis_adap_rx_250mhz_tvalid),
    .s_axis_adap_rx_250mhz_tdata(s_axis_adap_rx_250mhz_tdata),
    .s_axis_adap_rx_250mhz_tkeep(s_axis_adap_rx_250mhz_tkeep),
    .s_axis_adap_rx_250mhz_tlast(s_axis_adap_rx_250mhz_tlast),
    .s_axis_adap_rx_250mhz_tuser_size(s_axis_adap_rx_250mhz_tuser_size),
    .s_axis_adap_rx_250mhz_tuser_src(s_axis_adap_rx_250mhz_tuser_src),
    .s_axis_adap_rx_250mhz_tuser_dst(s_axis_adap_rx_250mhz_tuser_dst),
    .s_axis_adap_rx_250mhz_tready(s_axis_adap_rx_250mhz_tready),
    .mod_rstn(mod_rstn[0]),
    .mod_rst_done(mod_rst_done[0]),
    .axil_aclk(axil_aclk),
    .axis_aclk(axis_aclk)
);
