// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    One side of the engine: an Ethernet port and the host's netdev that belongs to it
//             (plain and host0, or cipher and host1). Frames from the port, and those the host
//             sends to the engine's own MAC, go to the side's crypto path; the host's other frames
//             leave by the port.
// Parameters: MAX_FRAME (bytes, without FCS), DEPTH (beats of each port's buffer, a power of two).
// Throughput: one beat a cycle each way.
// A host that does not take its frames loses them, counted; a port that does not makes all wait.
module engine_side #(
    parameter MAX_FRAME = 9018,
    parameter DEPTH     = 512
) (
    input  wire         clk,
    input  wire         rst,          // of the ports' outsides
    input  wire         core_rst,     // of everything between them
    input  wire         ready,        // frames are taken
    input  wire [48:0]  engine_mac,   // set, MAC

    // The port and the host, from outside
    input  wire [511:0] s_axis_port_tdata,
    input  wire [63:0]  s_axis_port_tkeep,
    input  wire         s_axis_port_tvalid,
    output wire         s_axis_port_tready,
    input  wire         s_axis_port_tlast,
    input  wire         s_axis_port_tuser,
    input  wire [511:0] s_axis_host_tdata,
    input  wire [63:0]  s_axis_host_tkeep,
    input  wire         s_axis_host_tvalid,
    output wire         s_axis_host_tready,
    input  wire         s_axis_host_tlast,
    input  wire         s_axis_host_tuser,
    output wire [511:0] m_axis_port_tdata,
    output wire [63:0]  m_axis_port_tkeep,
    output wire         m_axis_port_tvalid,
    input  wire         m_axis_port_tready,
    output wire         m_axis_port_tlast,
    output wire [511:0] m_axis_host_tdata,
    output wire [63:0]  m_axis_host_tkeep,
    output wire         m_axis_host_tvalid,
    input  wire         m_axis_host_tready,
    output wire         m_axis_host_tlast,

    // The engine: what it takes, what it sends by the port, and what two paths give to the host
    output wire [511:0] m_axis_engine_tdata,
    output wire [63:0]  m_axis_engine_tkeep,
    output wire         m_axis_engine_tvalid,
    input  wire         m_axis_engine_tready,
    output wire         m_axis_engine_tlast,
    output wire [13:0]  m_len,        // of the frame, with its first beat
    output wire         m_from_host,
    input  wire [511:0] s_axis_out_tdata,
    input  wire [63:0]  s_axis_out_tkeep,
    input  wire         s_axis_out_tvalid,
    output wire         s_axis_out_tready,
    input  wire         s_axis_out_tlast,
    input  wire [511:0] s_axis_up0_tdata,
    input  wire [63:0]  s_axis_up0_tkeep,
    input  wire         s_axis_up0_tvalid,
    output wire         s_axis_up0_tready,
    input  wire         s_axis_up0_tlast,
    input  wire [511:0] s_axis_up1_tdata,
    input  wire [63:0]  s_axis_up1_tkeep,
    input  wire         s_axis_up1_tvalid,
    output wire         s_axis_up1_tready,
    input  wire         s_axis_up1_tlast,

    output wire         cnt_port_rx,
    output wire [13:0]  cnt_port_rx_len,
    output wire         cnt_port_drop_error,
    output wire         cnt_port_drop_runt,
    output wire         cnt_port_drop_oversize,
    output wire         cnt_port_tx,
    output wire [13:0]  cnt_port_tx_len,
    output wire         cnt_host_rx,
    output wire [13:0]  cnt_host_rx_len,
    output wire         cnt_host_drop_error,
    output wire         cnt_host_drop_runt,
    output wire         cnt_host_drop_oversize,
    output wire         cnt_host_tx,
    output wire [13:0]  cnt_host_tx_len,
    output wire         cnt_host_drop_full
);

    // ------------------------------------------------------------ in

    wire [511:0] port_tdata;
    wire [63:0]  port_tkeep;
    wire         port_tvalid, port_tready, port_tlast;
    wire [13:0]  port_len;

    axis_ingress #(.DEPTH(DEPTH), .MAX_FRAME(MAX_FRAME)) port_in (
        .clk(clk), .rst(rst), .enable(ready),
        .s_axis_tdata(s_axis_port_tdata), .s_axis_tkeep(s_axis_port_tkeep),
        .s_axis_tvalid(s_axis_port_tvalid), .s_axis_tready(s_axis_port_tready),
        .s_axis_tlast(s_axis_port_tlast),
        .s_axis_tuser(s_axis_port_tuser),
        .m_axis_tdata(port_tdata), .m_axis_tkeep(port_tkeep),
        .m_axis_tvalid(port_tvalid), .m_axis_tready(port_tready),
        .m_axis_tlast(port_tlast), .m_len(port_len),
        .cnt_rx(cnt_port_rx), .cnt_rx_len(cnt_port_rx_len), .cnt_drop_error(cnt_port_drop_error),
        .cnt_drop_runt(cnt_port_drop_runt), .cnt_drop_oversize(cnt_port_drop_oversize)
    );

    wire [511:0] host_tdata;
    wire [63:0]  host_tkeep;
    wire         host_tvalid, host_tready, host_tlast;
    wire [13:0]  host_len;

    axis_ingress #(.DEPTH(DEPTH), .MAX_FRAME(MAX_FRAME)) host_in (
        .clk(clk), .rst(rst), .enable(ready),
        .s_axis_tdata(s_axis_host_tdata), .s_axis_tkeep(s_axis_host_tkeep),
        .s_axis_tvalid(s_axis_host_tvalid), .s_axis_tready(s_axis_host_tready),
        .s_axis_tlast(s_axis_host_tlast),
        .s_axis_tuser(s_axis_host_tuser),
        .m_axis_tdata(host_tdata), .m_axis_tkeep(host_tkeep),
        .m_axis_tvalid(host_tvalid), .m_axis_tready(host_tready),
        .m_axis_tlast(host_tlast), .m_len(host_len),
        .cnt_rx(cnt_host_rx), .cnt_rx_len(cnt_host_rx_len), .cnt_drop_error(cnt_host_drop_error),
        .cnt_drop_runt(cnt_host_drop_runt), .cnt_drop_oversize(cnt_host_drop_oversize)
    );

    // ------------------------------------------------------------ of the host: to port or engine

    wire [47:0] host_dst = {host_tdata[7:0], host_tdata[15:8], host_tdata[23:16], host_tdata[31:24],
                            host_tdata[39:32], host_tdata[47:40]};
    wire        to_engine = {1'b1, host_dst} == engine_mac;

    wire [511:0] through_tdata;
    wire [63:0]  through_tkeep;
    wire         through_tvalid, through_tready, through_tlast;
    wire [511:0] inject_tdata;
    wire [63:0]  inject_tkeep;
    wire         inject_tvalid, inject_tready, inject_tlast;
    wire [13:0]  switched_len;

    axis_switch host_switch (
        .clk(clk), .rst(core_rst), .s_choice(to_engine),
        .s_axis_tdata(host_tdata), .s_axis_tkeep(host_tkeep),
        .s_axis_tvalid(host_tvalid), .s_axis_tready(host_tready),
        .s_axis_tlast(host_tlast), .s_len(host_len),
        .m0_axis_tdata(through_tdata), .m0_axis_tkeep(through_tkeep),
        .m0_axis_tvalid(through_tvalid), .m0_axis_tready(through_tready),
        .m0_axis_tlast(through_tlast),
        .m1_axis_tdata(inject_tdata), .m1_axis_tkeep(inject_tkeep),
        .m1_axis_tvalid(inject_tvalid), .m1_axis_tready(inject_tready),
        .m1_axis_tlast(inject_tlast), .m_len(switched_len)
    );

    axis_arb engine_arb (
        .clk(clk), .rst(core_rst),
        .s0_axis_tdata(port_tdata), .s0_axis_tkeep(port_tkeep),
        .s0_axis_tvalid(port_tvalid), .s0_axis_tready(port_tready),
        .s0_axis_tlast(port_tlast), .s0_len(port_len),
        .s1_axis_tdata(inject_tdata), .s1_axis_tkeep(inject_tkeep),
        .s1_axis_tvalid(inject_tvalid), .s1_axis_tready(inject_tready),
        .s1_axis_tlast(inject_tlast), .s1_len(switched_len),
        .m_axis_tdata(m_axis_engine_tdata), .m_axis_tkeep(m_axis_engine_tkeep),
        .m_axis_tvalid(m_axis_engine_tvalid), .m_axis_tready(m_axis_engine_tready),
        .m_axis_tlast(m_axis_engine_tlast), .m_len(m_len),
        .m_from(m_from_host)
    );

    // ------------------------------------------------------------ out

    axis_egress #(.DEPTH(DEPTH), .MAX_FRAME(MAX_FRAME), .DROP(0)) port_out (
        .clk(clk), .rst(rst), .flush(core_rst),
        .s0_axis_tdata(s_axis_out_tdata), .s0_axis_tkeep(s_axis_out_tkeep),
        .s0_axis_tvalid(s_axis_out_tvalid), .s0_axis_tready(s_axis_out_tready),
        .s0_axis_tlast(s_axis_out_tlast),
        .s1_axis_tdata(through_tdata), .s1_axis_tkeep(through_tkeep),
        .s1_axis_tvalid(through_tvalid), .s1_axis_tready(through_tready),
        .s1_axis_tlast(through_tlast),
        .m_axis_tdata(m_axis_port_tdata), .m_axis_tkeep(m_axis_port_tkeep),
        .m_axis_tvalid(m_axis_port_tvalid), .m_axis_tready(m_axis_port_tready),
        .m_axis_tlast(m_axis_port_tlast),
        .cnt_tx(cnt_port_tx), .cnt_tx_len(cnt_port_tx_len), .cnt_drop_full()
    );

    axis_egress #(.DEPTH(DEPTH), .MAX_FRAME(MAX_FRAME), .DROP(1)) host_out (
        .clk(clk), .rst(rst), .flush(core_rst),
        .s0_axis_tdata(s_axis_up0_tdata), .s0_axis_tkeep(s_axis_up0_tkeep),
        .s0_axis_tvalid(s_axis_up0_tvalid), .s0_axis_tready(s_axis_up0_tready),
        .s0_axis_tlast(s_axis_up0_tlast),
        .s1_axis_tdata(s_axis_up1_tdata), .s1_axis_tkeep(s_axis_up1_tkeep),
        .s1_axis_tvalid(s_axis_up1_tvalid), .s1_axis_tready(s_axis_up1_tready),
        .s1_axis_tlast(s_axis_up1_tlast),
        .m_axis_tdata(m_axis_host_tdata), .m_axis_tkeep(m_axis_host_tkeep),
        .m_axis_tvalid(m_axis_host_tvalid), .m_axis_tready(m_axis_host_tready),
        .m_axis_tlast(m_axis_host_tlast),
        .cnt_tx(cnt_host_tx), .cnt_tx_len(cnt_host_tx_len), .cnt_drop_full(cnt_host_drop_full)
    );

endmodule

`resetall
