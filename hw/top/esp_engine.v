// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    Espalier's engine, card-free: four Ethernet streams, an AXI4-Lite page, one clock.
//                 plain, host0 > lan side > outbound > wan side > cipher, host1
//                 cipher, host1 > wan side > inbound > lan side > plain, host0
// Parameters: SLOT_W (bits of an SA slot: 4,096 SAs each way), WINDOW_MAX (packets of the largest
//             replay window), SEQ_START (see out_sequence), POLICY_ROWS, EXACT_BUCKETS and
//             NEIGH_BUCKETS (of four cells, in each of two banks), NEXTHOPS, MAX_FRAME (bytes on
//             plain, without FCS: 9,000 of IP and a tag), CLOCK_KHZ (nominal, for the host to read).
// Throughput: one beat a cycle and direction.
// Reset:      rst, and the host's CONTROL.reset, destroy every key and clear every table; frames
//             are taken again when that is done (STATUS.ready).
// irq:        the line of the event queue: up while there are events and the host wants to know.
module esp_engine #(
    parameter SLOT_W         = 12,
    parameter [63:0] SEQ_START = 64'd0,
    parameter WINDOW_MAX     = 4096,
    parameter POLICY_ROWS    = 512,
    parameter EXACT_BUCKETS  = 1024,
    parameter NEIGH_BUCKETS  = 1024,
    parameter NEXTHOPS       = 1024,
    parameter MAX_FRAME      = 9018,
    parameter CLOCK_KHZ      = 250000
) (
    input  wire         clk,
    input  wire         rst,

    input  wire [511:0] s_axis_plain_tdata,
    input  wire [63:0]  s_axis_plain_tkeep,
    input  wire         s_axis_plain_tvalid,
    output wire         s_axis_plain_tready,
    input  wire         s_axis_plain_tlast,
    input  wire         s_axis_plain_tuser,

    input  wire [511:0] s_axis_cipher_tdata,
    input  wire [63:0]  s_axis_cipher_tkeep,
    input  wire         s_axis_cipher_tvalid,
    output wire         s_axis_cipher_tready,
    input  wire         s_axis_cipher_tlast,
    input  wire         s_axis_cipher_tuser,

    input  wire [511:0] s_axis_host0_tdata,
    input  wire [63:0]  s_axis_host0_tkeep,
    input  wire         s_axis_host0_tvalid,
    output wire         s_axis_host0_tready,
    input  wire         s_axis_host0_tlast,
    input  wire         s_axis_host0_tuser,

    input  wire [511:0] s_axis_host1_tdata,
    input  wire [63:0]  s_axis_host1_tkeep,
    input  wire         s_axis_host1_tvalid,
    output wire         s_axis_host1_tready,
    input  wire         s_axis_host1_tlast,
    input  wire         s_axis_host1_tuser,

    output wire [511:0] m_axis_plain_tdata,
    output wire [63:0]  m_axis_plain_tkeep,
    output wire         m_axis_plain_tvalid,
    input  wire         m_axis_plain_tready,
    output wire         m_axis_plain_tlast,

    output wire [511:0] m_axis_cipher_tdata,
    output wire [63:0]  m_axis_cipher_tkeep,
    output wire         m_axis_cipher_tvalid,
    input  wire         m_axis_cipher_tready,
    output wire         m_axis_cipher_tlast,

    output wire [511:0] m_axis_host0_tdata,
    output wire [63:0]  m_axis_host0_tkeep,
    output wire         m_axis_host0_tvalid,
    input  wire         m_axis_host0_tready,
    output wire         m_axis_host0_tlast,

    output wire [511:0] m_axis_host1_tdata,
    output wire [63:0]  m_axis_host1_tkeep,
    output wire         m_axis_host1_tvalid,
    input  wire         m_axis_host1_tready,
    output wire         m_axis_host1_tlast,

    input  wire [11:0]  s_axil_awaddr,
    input  wire         s_axil_awvalid,
    output wire         s_axil_awready,
    input  wire [31:0]  s_axil_wdata,
    input  wire [3:0]   s_axil_wstrb,
    input  wire         s_axil_wvalid,
    output wire         s_axil_wready,
    output wire [1:0]   s_axil_bresp,
    output wire         s_axil_bvalid,
    input  wire         s_axil_bready,
    input  wire [11:0]  s_axil_araddr,
    input  wire         s_axil_arvalid,
    output wire         s_axil_arready,
    output wire [31:0]  s_axil_rdata,
    output wire [1:0]   s_axil_rresp,
    output wire         s_axil_rvalid,
    input  wire         s_axil_rready,

    output wire         irq
);

    // What ESP adds to a packet: outer IPv6 and UDP header, SPI, sequence number and IV, up to 3
    // bytes of padding with its length and the next header, ICV; and a next hop may add a tag
    localparam ESP_ADDS      = 40 + 8 + 16 + 5 + 16 + 4;
    localparam MAX_OUTER     = MAX_FRAME + ESP_ADDS;
    localparam BYTE_COUNTERS = 10;

    // AES-GCM-16 and AES-GMAC with 128- and 256-bit keys
    localparam [31:0] CAP_ALG  = 32'd15;
    // tunnel and transport mode, ESP in UDP, IPv4 and IPv6, ESN, lifetimes, events, outer header,
    // TFC, VLAN, update, parity
    localparam [31:0] CAP_MODE = 32'h1fff;

    // ------------------------------------------------------------ the host's part

    wire         core_rst, ready, out_swept, in_swept;
    wire [`ESPL_SA_ENTRY_RESERVED*32-1:0] entry;
    wire [15:0]  row;
    wire         row_used;
    wire         sa_out_add, sa_out_update, sa_out_retire, sa_out_wipe, sa_out_pw_we;
    wire         sa_in_add, sa_in_update, sa_in_retire, sa_in_wipe, sa_in_pw_we;
    wire [3:0]   pw_idx;
    wire [127:0] pw_power;
    wire         policy_set, policy_clear, policy_act, policy_done, exact_set, exact_act;
    wire         neigh_we, nexthop_we;
    wire [48:0]  plain_mac, cipher_mac, engine_mac;
    wire         out_clear, out_query, out_ack, in_clear, in_query, in_ack;
    wire [511:0] out_state, in_state;
    wire         out_ev_valid, in_ev_valid;
    wire [7:0]   out_ev_kind, in_ev_kind;
    wire [15:0]  out_ev_slot, in_ev_slot;
    wire [31:0]  out_ev_spi, in_ev_spi;
    wire [63:0]  out_ev_detail, in_ev_detail;
    wire [2:0]   out_ev_lost, in_ev_lost;
    wire [`ESPL_CNT_SPAN-1:0]   event_one;
    wire [BYTE_COUNTERS*14-1:0] event_len;

    csr #(
        .SLOT_W(SLOT_W), .POLICY_ROWS(POLICY_ROWS), .EXACT_BUCKETS(EXACT_BUCKETS),
        .NEIGH_BUCKETS(NEIGH_BUCKETS),
        .NEXTHOPS(NEXTHOPS), .WINDOW(WINDOW_MAX), .MAX_FRAME(MAX_FRAME), .CLOCK_KHZ(CLOCK_KHZ),
        .BYTE_COUNTERS(BYTE_COUNTERS), .CAP_ALG(CAP_ALG), .CAP_MODE(CAP_MODE)
    ) host (
        .clk(clk), .rst(rst), .core_rst(core_rst), .swept(out_swept && in_swept), .ready(ready),
        .s_axil_awaddr(s_axil_awaddr), .s_axil_awvalid(s_axil_awvalid),
        .s_axil_awready(s_axil_awready), .s_axil_wdata(s_axil_wdata), .s_axil_wstrb(s_axil_wstrb),
        .s_axil_wvalid(s_axil_wvalid), .s_axil_wready(s_axil_wready), .s_axil_bresp(s_axil_bresp),
        .s_axil_bvalid(s_axil_bvalid), .s_axil_bready(s_axil_bready),
        .s_axil_araddr(s_axil_araddr), .s_axil_arvalid(s_axil_arvalid),
        .s_axil_arready(s_axil_arready), .s_axil_rdata(s_axil_rdata), .s_axil_rresp(s_axil_rresp),
        .s_axil_rvalid(s_axil_rvalid), .s_axil_rready(s_axil_rready),
        .entry(entry), .row(row), .sa_out_add(sa_out_add),
        .sa_out_update(sa_out_update), .sa_out_retire(sa_out_retire),
        .sa_out_wipe(sa_out_wipe), .sa_out_pw_we(sa_out_pw_we), .sa_in_add(sa_in_add),
        .sa_in_update(sa_in_update),
        .sa_in_retire(sa_in_retire), .sa_in_wipe(sa_in_wipe), .sa_in_pw_we(sa_in_pw_we),
        .pw_idx(pw_idx), .pw_power(pw_power), .policy_set(policy_set), .policy_clear(policy_clear),
        .policy_act(policy_act), .policy_done(policy_done), .exact_set(exact_set),
        .exact_act(exact_act), .neigh_we(neigh_we),
        .nexthop_we(nexthop_we), .row_used(row_used), .plain_mac(plain_mac),
        .cipher_mac(cipher_mac), .engine_mac(engine_mac), .out_clear(out_clear),
        .out_query(out_query), .out_ack(out_ack), .out_state(out_state), .in_clear(in_clear),
        .in_query(in_query), .in_ack(in_ack), .in_state(in_state),
        .out_ev_valid(out_ev_valid), .out_ev_kind(out_ev_kind), .out_ev_slot(out_ev_slot),
        .out_ev_spi(out_ev_spi), .out_ev_detail(out_ev_detail), .out_ev_lost(out_ev_lost),
        .in_ev_valid(in_ev_valid), .in_ev_kind(in_ev_kind), .in_ev_slot(in_ev_slot),
        .in_ev_spi(in_ev_spi), .in_ev_detail(in_ev_detail), .in_ev_lost(in_ev_lost), .irq(irq),
        .event_one(event_one), .event_len(event_len)
    );

    // ------------------------------------------------------------ the ports

    wire [511:0] lan_tdata;
    wire [63:0]  lan_tkeep;
    wire         lan_tvalid, lan_tready, lan_tlast;
    wire [511:0] wan_tdata;
    wire [63:0]  wan_tkeep;
    wire         wan_tvalid, wan_tready, wan_tlast;
    wire [511:0] seal_tdata;
    wire [63:0]  seal_tkeep;
    wire         seal_tvalid, seal_tready, seal_tlast;
    wire [511:0] open_tdata;
    wire [63:0]  open_tkeep;
    wire         open_tvalid, open_tready, open_tlast;
    wire [511:0] out_up_tdata;
    wire [63:0]  out_up_tkeep;
    wire         out_up_tvalid, out_up_tready, out_up_tlast;
    wire [511:0] in_up_tdata;
    wire [63:0]  in_up_tkeep;
    wire         in_up_tvalid, in_up_tready, in_up_tlast;
    wire [511:0] wan_up_tdata;
    wire [63:0]  wan_up_tkeep;
    wire         wan_up_tvalid, wan_up_tready, wan_up_tlast;
    wire         lan_from_host, wan_from_host;
    wire [13:0]  lan_len, wan_len;
    wire         plain_rx, plain_tx, cipher_rx, cipher_tx, host0_rx, host0_tx, host1_rx, host1_tx;

    engine_side #(.MAX_FRAME(MAX_FRAME)) lan_side (
        .clk(clk), .rst(rst), .core_rst(core_rst), .ready(ready), .engine_mac(engine_mac),
        .s_axis_port_tdata(s_axis_plain_tdata), .s_axis_port_tkeep(s_axis_plain_tkeep),
        .s_axis_port_tvalid(s_axis_plain_tvalid), .s_axis_port_tready(s_axis_plain_tready),
        .s_axis_port_tlast(s_axis_plain_tlast),
        .s_axis_port_tuser(s_axis_plain_tuser),
        .s_axis_host_tdata(s_axis_host0_tdata), .s_axis_host_tkeep(s_axis_host0_tkeep),
        .s_axis_host_tvalid(s_axis_host0_tvalid), .s_axis_host_tready(s_axis_host0_tready),
        .s_axis_host_tlast(s_axis_host0_tlast),
        .s_axis_host_tuser(s_axis_host0_tuser),
        .m_axis_port_tdata(m_axis_plain_tdata), .m_axis_port_tkeep(m_axis_plain_tkeep),
        .m_axis_port_tvalid(m_axis_plain_tvalid), .m_axis_port_tready(m_axis_plain_tready),
        .m_axis_port_tlast(m_axis_plain_tlast),
        .m_axis_host_tdata(m_axis_host0_tdata), .m_axis_host_tkeep(m_axis_host0_tkeep),
        .m_axis_host_tvalid(m_axis_host0_tvalid), .m_axis_host_tready(m_axis_host0_tready),
        .m_axis_host_tlast(m_axis_host0_tlast),
        .m_axis_engine_tdata(lan_tdata), .m_axis_engine_tkeep(lan_tkeep),
        .m_axis_engine_tvalid(lan_tvalid), .m_axis_engine_tready(lan_tready),
        .m_axis_engine_tlast(lan_tlast), .m_len(lan_len),
        .m_from_host(lan_from_host),
        .s_axis_out_tdata(open_tdata), .s_axis_out_tkeep(open_tkeep),
        .s_axis_out_tvalid(open_tvalid), .s_axis_out_tready(open_tready),
        .s_axis_out_tlast(open_tlast),
        .s_axis_up0_tdata(out_up_tdata), .s_axis_up0_tkeep(out_up_tkeep),
        .s_axis_up0_tvalid(out_up_tvalid), .s_axis_up0_tready(out_up_tready),
        .s_axis_up0_tlast(out_up_tlast),
        .s_axis_up1_tdata(in_up_tdata), .s_axis_up1_tkeep(in_up_tkeep),
        .s_axis_up1_tvalid(in_up_tvalid), .s_axis_up1_tready(in_up_tready),
        .s_axis_up1_tlast(in_up_tlast),
        .cnt_port_rx(plain_rx), .cnt_port_rx_len(event_len[0*14 +: 14]),
        .cnt_port_drop_error(event_one[`ESPL_CNT_PLAIN_DROP_ERROR]),
        .cnt_port_drop_runt(event_one[`ESPL_CNT_PLAIN_DROP_RUNT]),
        .cnt_port_drop_oversize(event_one[`ESPL_CNT_PLAIN_DROP_OVERSIZE]),
        .cnt_port_tx(plain_tx), .cnt_port_tx_len(event_len[1*14 +: 14]),
        .cnt_host_rx(host0_rx), .cnt_host_rx_len(event_len[4*14 +: 14]),
        .cnt_host_drop_error(event_one[`ESPL_CNT_HOST0_DROP_ERROR]),
        .cnt_host_drop_runt(event_one[`ESPL_CNT_HOST0_DROP_RUNT]),
        .cnt_host_drop_oversize(event_one[`ESPL_CNT_HOST0_DROP_OVERSIZE]),
        .cnt_host_tx(host0_tx), .cnt_host_tx_len(event_len[5*14 +: 14]),
        .cnt_host_drop_full(event_one[`ESPL_CNT_HOST0_DROP_FULL])
    );

    engine_side #(.MAX_FRAME(MAX_OUTER)) wan_side (
        .clk(clk), .rst(rst), .core_rst(core_rst), .ready(ready), .engine_mac(engine_mac),
        .s_axis_port_tdata(s_axis_cipher_tdata), .s_axis_port_tkeep(s_axis_cipher_tkeep),
        .s_axis_port_tvalid(s_axis_cipher_tvalid), .s_axis_port_tready(s_axis_cipher_tready),
        .s_axis_port_tlast(s_axis_cipher_tlast),
        .s_axis_port_tuser(s_axis_cipher_tuser),
        .s_axis_host_tdata(s_axis_host1_tdata), .s_axis_host_tkeep(s_axis_host1_tkeep),
        .s_axis_host_tvalid(s_axis_host1_tvalid), .s_axis_host_tready(s_axis_host1_tready),
        .s_axis_host_tlast(s_axis_host1_tlast),
        .s_axis_host_tuser(s_axis_host1_tuser),
        .m_axis_port_tdata(m_axis_cipher_tdata), .m_axis_port_tkeep(m_axis_cipher_tkeep),
        .m_axis_port_tvalid(m_axis_cipher_tvalid), .m_axis_port_tready(m_axis_cipher_tready),
        .m_axis_port_tlast(m_axis_cipher_tlast),
        .m_axis_host_tdata(m_axis_host1_tdata), .m_axis_host_tkeep(m_axis_host1_tkeep),
        .m_axis_host_tvalid(m_axis_host1_tvalid), .m_axis_host_tready(m_axis_host1_tready),
        .m_axis_host_tlast(m_axis_host1_tlast),
        .m_axis_engine_tdata(wan_tdata), .m_axis_engine_tkeep(wan_tkeep),
        .m_axis_engine_tvalid(wan_tvalid), .m_axis_engine_tready(wan_tready),
        .m_axis_engine_tlast(wan_tlast), .m_len(wan_len),
        .m_from_host(wan_from_host),
        .s_axis_out_tdata(seal_tdata), .s_axis_out_tkeep(seal_tkeep),
        .s_axis_out_tvalid(seal_tvalid), .s_axis_out_tready(seal_tready),
        .s_axis_out_tlast(seal_tlast),
        .s_axis_up0_tdata(wan_up_tdata), .s_axis_up0_tkeep(wan_up_tkeep),
        .s_axis_up0_tvalid(wan_up_tvalid), .s_axis_up0_tready(wan_up_tready),
        .s_axis_up0_tlast(wan_up_tlast),
        .s_axis_up1_tdata(512'd0), .s_axis_up1_tkeep(64'd0), .s_axis_up1_tvalid(1'b0),
        .s_axis_up1_tready(), .s_axis_up1_tlast(1'b0),
        .cnt_port_rx(cipher_rx), .cnt_port_rx_len(event_len[2*14 +: 14]),
        .cnt_port_drop_error(event_one[`ESPL_CNT_CIPHER_DROP_ERROR]),
        .cnt_port_drop_runt(event_one[`ESPL_CNT_CIPHER_DROP_RUNT]),
        .cnt_port_drop_oversize(event_one[`ESPL_CNT_CIPHER_DROP_OVERSIZE]),
        .cnt_port_tx(cipher_tx), .cnt_port_tx_len(event_len[3*14 +: 14]),
        .cnt_host_rx(host1_rx), .cnt_host_rx_len(event_len[6*14 +: 14]),
        .cnt_host_drop_error(event_one[`ESPL_CNT_HOST1_DROP_ERROR]),
        .cnt_host_drop_runt(event_one[`ESPL_CNT_HOST1_DROP_RUNT]),
        .cnt_host_drop_oversize(event_one[`ESPL_CNT_HOST1_DROP_OVERSIZE]),
        .cnt_host_tx(host1_tx), .cnt_host_tx_len(event_len[7*14 +: 14]),
        .cnt_host_drop_full(event_one[`ESPL_CNT_HOST1_DROP_FULL])
    );

    // A frame and its bytes are counted by one event.
    assign event_one[`ESPL_CNT_PLAIN_RX_FRAMES +: 2]  = {2{plain_rx}};
    assign event_one[`ESPL_CNT_PLAIN_TX_FRAMES +: 2]  = {2{plain_tx}};
    assign event_one[`ESPL_CNT_CIPHER_RX_FRAMES +: 2] = {2{cipher_rx}};
    assign event_one[`ESPL_CNT_CIPHER_TX_FRAMES +: 2] = {2{cipher_tx}};
    assign event_one[`ESPL_CNT_HOST0_RX_FRAMES +: 2]  = {2{host0_rx}};
    assign event_one[`ESPL_CNT_HOST0_TX_FRAMES +: 2]  = {2{host0_tx}};
    assign event_one[`ESPL_CNT_HOST1_RX_FRAMES +: 2]  = {2{host1_rx}};
    assign event_one[`ESPL_CNT_HOST1_TX_FRAMES +: 2]  = {2{host1_tx}};

    // Places of the map that hold no counter
    assign event_one[`ESPL_CNT_OUT_ENCRYPTED-1:`ESPL_CNT_HOST1_DROP_FULL+1] = 0;
    assign event_one[`ESPL_CNT_IN_DECRYPTED-1:`ESPL_CNT_OUT_TABLE_ERRORS+1]    = 0;

    // ------------------------------------------------------------ the two directions

    engine_outbound #(
        .SLOT_W(SLOT_W), .SEQ_START(SEQ_START), .POLICY_ROWS(POLICY_ROWS),
        .EXACT_BUCKETS(EXACT_BUCKETS), .NEXTHOPS(NEXTHOPS)
    ) outbound (
        .clk(clk), .core_rst(core_rst), .swept(out_swept),
        .s_axis_tdata(lan_tdata), .s_axis_tkeep(lan_tkeep),
        .s_axis_tvalid(lan_tvalid), .s_axis_tready(lan_tready),
        .s_axis_tlast(lan_tlast), .s_len(lan_len),
        .s_from_host(lan_from_host),
        .m_axis_cipher_tdata(seal_tdata), .m_axis_cipher_tkeep(seal_tkeep),
        .m_axis_cipher_tvalid(seal_tvalid), .m_axis_cipher_tready(seal_tready),
        .m_axis_cipher_tlast(seal_tlast),
        .m_axis_host_tdata(out_up_tdata), .m_axis_host_tkeep(out_up_tkeep),
        .m_axis_host_tvalid(out_up_tvalid), .m_axis_host_tready(out_up_tready),
        .m_axis_host_tlast(out_up_tlast),
        .plain_mac(plain_mac), .cipher_mac(cipher_mac), .engine_mac(engine_mac), .entry(entry),
        .row(row), .sa_add(sa_out_add), .sa_update(sa_out_update),
        .sa_retire(sa_out_retire),
        .sa_wipe(sa_out_wipe),
        .pw_we(sa_out_pw_we), .pw_idx(pw_idx), .pw_power(pw_power), .policy_set(policy_set),
        .policy_clear(policy_clear), .policy_act(policy_act), .policy_done(policy_done),
        .exact_set(exact_set), .exact_act(exact_act), .nexthop_we(nexthop_we),
        .row_used(row_used), .cfg_clear(out_clear),
        .cfg_query(out_query), .cfg_ack(out_ack), .cfg_state(out_state),
        .ev_valid(out_ev_valid), .ev_kind(out_ev_kind), .ev_slot(out_ev_slot), .ev_spi(out_ev_spi),
        .ev_detail(out_ev_detail), .ev_lost(out_ev_lost),
        .event_one(event_one[`ESPL_CNT_OUT_TABLE_ERRORS:`ESPL_CNT_OUT_ENCRYPTED]),
        .event_len(event_len[8*14 +: 14])
    );

    engine_inbound #(
        .SLOT_W(SLOT_W), .WINDOW_MAX(WINDOW_MAX), .NEIGH_BUCKETS(NEIGH_BUCKETS),
        .NEXTHOPS(NEXTHOPS)
    ) inbound (
        .clk(clk), .core_rst(core_rst), .swept(in_swept),
        .s_axis_tdata(wan_tdata), .s_axis_tkeep(wan_tkeep),
        .s_axis_tvalid(wan_tvalid), .s_axis_tready(wan_tready),
        .s_axis_tlast(wan_tlast), .s_len(wan_len),
        .s_from_host(wan_from_host),
        .m_axis_host1_tdata(wan_up_tdata), .m_axis_host1_tkeep(wan_up_tkeep),
        .m_axis_host1_tvalid(wan_up_tvalid), .m_axis_host1_tready(wan_up_tready),
        .m_axis_host1_tlast(wan_up_tlast),
        .m_axis_plain_tdata(open_tdata), .m_axis_plain_tkeep(open_tkeep),
        .m_axis_plain_tvalid(open_tvalid), .m_axis_plain_tready(open_tready),
        .m_axis_plain_tlast(open_tlast),
        .m_axis_host0_tdata(in_up_tdata), .m_axis_host0_tkeep(in_up_tkeep),
        .m_axis_host0_tvalid(in_up_tvalid), .m_axis_host0_tready(in_up_tready),
        .m_axis_host0_tlast(in_up_tlast),
        .plain_mac(plain_mac), .cipher_mac(cipher_mac), .engine_mac(engine_mac), .entry(entry),
        .row(row), .sa_add(sa_in_add), .sa_update(sa_in_update),
        .sa_retire(sa_in_retire),
        .sa_wipe(sa_in_wipe),
        .pw_we(sa_in_pw_we), .pw_idx(pw_idx), .pw_power(pw_power), .neigh_we(neigh_we),
        .nexthop_we(nexthop_we), .row_used(row_used), .cfg_clear(in_clear), .cfg_query(in_query),
        .cfg_ack(in_ack), .cfg_state(in_state),
        .ev_valid(in_ev_valid), .ev_kind(in_ev_kind), .ev_slot(in_ev_slot), .ev_spi(in_ev_spi),
        .ev_detail(in_ev_detail), .ev_lost(in_ev_lost),
        .event_one(event_one[`ESPL_CNT_SPAN-1:`ESPL_CNT_IN_DECRYPTED]),
        .event_len(event_len[9*14 +: 14])
    );

endmodule

`resetall
