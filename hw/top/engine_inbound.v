// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    The inbound path with its tables: inbound SAs, neighbours and next hops behind plain.
// Parameters: sizes of the tables.
// event_one:  the counters of the map from IN_DECRYPTED on, in its order.
module engine_inbound #(
    parameter SLOT_W        = 10,
    parameter WINDOW_MAX    = 4096,
    parameter NEIGH_BUCKETS = 1024,
    parameter NEXTHOPS      = 1024
) (
    input  wire         clk,
    input  wire         core_rst,
    output wire         swept,

    input  wire [511:0] s_axis_tdata,
    input  wire [63:0]  s_axis_tkeep,
    input  wire         s_axis_tvalid,
    output wire         s_axis_tready,
    input  wire         s_axis_tlast,
    input  wire [13:0]  s_len,         // of the frame, with its first beat
    input  wire         s_from_host,
    output wire [511:0] m_axis_host1_tdata,
    output wire [63:0]  m_axis_host1_tkeep,
    output wire         m_axis_host1_tvalid,
    input  wire         m_axis_host1_tready,
    output wire         m_axis_host1_tlast,
    output wire [511:0] m_axis_plain_tdata,
    output wire [63:0]  m_axis_plain_tkeep,
    output wire         m_axis_plain_tvalid,
    input  wire         m_axis_plain_tready,
    output wire         m_axis_plain_tlast,
    output wire [511:0] m_axis_host0_tdata,
    output wire [63:0]  m_axis_host0_tkeep,
    output wire         m_axis_host0_tvalid,
    input  wire         m_axis_host0_tready,
    output wire         m_axis_host0_tlast,

    input  wire [48:0]  plain_mac,     // set, MAC
    input  wire [48:0]  cipher_mac,
    input  wire [48:0]  engine_mac,

    // The mailbox's change, and its question about SA `row`
    input  wire [`ESPL_SA_ENTRY_RESERVED*32-1:0] entry,    // word n in [32n +: 32]
    input  wire [15:0]  row,
    input  wire         sa_add,
    input  wire         sa_update,
    input  wire         sa_retire,
    input  wire         sa_wipe,
    input  wire         pw_we,
    input  wire [3:0]   pw_idx,
    input  wire [127:0] pw_power,
    input  wire         neigh_we,
    input  wire         nexthop_we,
    input  wire         row_used,
    input  wire         cfg_clear,
    input  wire         cfg_query,
    output wire         cfg_ack,
    output wire [511:0] cfg_state,     // words SEQ_HI to BAD_SELECTOR of a sa_info, first in [31:0]

    output wire         ev_valid,      // events (csr_events)
    output wire [7:0]   ev_kind,
    output wire [15:0]  ev_slot,
    output wire [31:0]  ev_spi,
    output wire [63:0]  ev_detail,
    output wire [2:0]   ev_lost,

    output wire [EVENTS-1:0] event_one,
    output wire [13:0]  event_len
);

    localparam BASE   = `ESPL_CNT_IN_DECRYPTED;
    localparam EVENTS = `ESPL_CNT_SPAN - BASE;

    // ------------------------------------------------------------ the path

    wire sa_rd_bad, sa_ck_bad, hp_bad;
    wire sa_rd_en, sa_rd_ok, sa_rd_key256, sa_rd_family, sa_rd_esn, sa_rd_gmac;
    wire sa_ck_en, sa_ck_ok, sa_ck_transport, sa_ck_ecn_off, sa_ck_decap_dscp, sa_ck_sel_check,
         sa_ck_sel_family, hp_en, neigh_lk_valid, neigh_lk_family, neigh_r_valid, neigh_r_hit,
         nh_rd_en, nh_rd_ok, nh_rd_vlan_set;
    wire [7:0] sa_ck_sel_src_len, sa_ck_sel_dst_len, sa_ck_sel_proto;
    wire [6:0] sa_ck_blocks;
    wire [15:0] sa_ck_nexthop, sa_ck_csum_delta, nh_rd_vlan, sa_ck_sel_sport_first, sa_ck_sel_sport_last,
                sa_ck_sel_dport_first, sa_ck_sel_dport_last, neigh_r_nexthop, nh_rd_index;
    wire [31:0] sa_rd_spi, sa_rd_salt;
    wire [47:0] nh_rd_mac;
    wire [127:0] sa_rd_dst, sa_ck_sel_src, sa_ck_sel_dst, neigh_lk_addr;
    wire [255:0] sa_rd_key;
    wire [2047:0] hp_data;
    wire [SLOT_W-1:0] sa_rd_slot, sa_ck_slot, hp_slot;
    wire        done;
    wire [63:0] cfg_seq, cfg_window, cfg_packets, cfg_bytes;
    wire [31:0] cfg_auth_failed, cfg_replayed, cfg_bad_padding, cfg_bad_selector;

    in_engine #(.SLOT_W(SLOT_W), .WINDOW_MAX(WINDOW_MAX)) path (
        .clk(clk), .rst(core_rst), .plain_mac(plain_mac[47:0]), .cipher_mac(cipher_mac[47:0]),
        .cipher_mac_set(cipher_mac[48]), .engine_mac(engine_mac[47:0]),
        .engine_mac_set(engine_mac[48]), .s_axis_tdata(s_axis_tdata), .s_axis_tkeep(s_axis_tkeep),
        .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready), .s_axis_tlast(s_axis_tlast),
        .s_len(s_len), .s_from_host(s_from_host), .m_axis_host1_tdata(m_axis_host1_tdata),
        .m_axis_host1_tkeep(m_axis_host1_tkeep), .m_axis_host1_tvalid(m_axis_host1_tvalid),
        .m_axis_host1_tready(m_axis_host1_tready), .m_axis_host1_tlast(m_axis_host1_tlast),
        .m_axis_plain_tdata(m_axis_plain_tdata), .m_axis_plain_tkeep(m_axis_plain_tkeep),
        .m_axis_plain_tvalid(m_axis_plain_tvalid), .m_axis_plain_tready(m_axis_plain_tready),
        .m_axis_plain_tlast(m_axis_plain_tlast), .m_axis_host0_tdata(m_axis_host0_tdata),
        .m_axis_host0_tkeep(m_axis_host0_tkeep), .m_axis_host0_tvalid(m_axis_host0_tvalid),
        .m_axis_host0_tready(m_axis_host0_tready), .m_axis_host0_tlast(m_axis_host0_tlast),
        .sa_rd_en(sa_rd_en), .sa_rd_slot(sa_rd_slot), .sa_rd_ok(sa_rd_ok), .sa_rd_spi(sa_rd_spi),
        .sa_rd_salt(sa_rd_salt), .sa_rd_key(sa_rd_key), .sa_rd_key256(sa_rd_key256),
        .sa_rd_dst(sa_rd_dst), .sa_rd_family(sa_rd_family), .sa_rd_esn(sa_rd_esn),
        .sa_rd_gmac(sa_rd_gmac), .sa_rd_bad(sa_rd_bad), .sa_ck_bad(sa_ck_bad),
        .sa_ck_en(sa_ck_en),
        .sa_ck_slot(sa_ck_slot), .sa_ck_ok(sa_ck_ok), .sa_ck_blocks(sa_ck_blocks),
        .sa_ck_limits(sa_ck_limits),
        .sa_ck_nexthop(sa_ck_nexthop), .sa_ck_transport(sa_ck_transport),
        .sa_ck_ecn_off(sa_ck_ecn_off), .sa_ck_decap_dscp(sa_ck_decap_dscp),
        .sa_ck_csum_delta(sa_ck_csum_delta), .sa_ck_sel_check(sa_ck_sel_check),
        .sa_ck_sel_family(sa_ck_sel_family), .sa_ck_sel_src(sa_ck_sel_src),
        .sa_ck_sel_dst(sa_ck_sel_dst), .sa_ck_sel_src_len(sa_ck_sel_src_len),
        .sa_ck_sel_dst_len(sa_ck_sel_dst_len), .sa_ck_sel_proto(sa_ck_sel_proto),
        .sa_ck_sel_sport_first(sa_ck_sel_sport_first), .sa_ck_sel_sport_last(sa_ck_sel_sport_last),
        .sa_ck_sel_dport_first(sa_ck_sel_dport_first), .sa_ck_sel_dport_last(sa_ck_sel_dport_last),
        .hp_en(hp_en), .hp_slot(hp_slot), .hp_data(hp_data), .neigh_lk_valid(neigh_lk_valid),
        .neigh_lk_family(neigh_lk_family), .neigh_lk_addr(neigh_lk_addr),
        .neigh_r_valid(neigh_r_valid), .neigh_r_hit(neigh_r_hit),
        .neigh_r_nexthop(neigh_r_nexthop), .nh_rd_en(nh_rd_en), .nh_rd_index(nh_rd_index),
        .nh_rd_ok(nh_rd_ok), .nh_rd_mac(nh_rd_mac), .nh_rd_vlan_set(nh_rd_vlan_set),
        .nh_rd_vlan(nh_rd_vlan), .cfg_clear(cfg_clear), .cfg_query(cfg_query),
        .cfg_slot(row[SLOT_W-1:0]), .cfg_ack(cfg_ack), .cfg_seq(cfg_seq), .cfg_window(cfg_window),
        .cfg_packets(cfg_packets), .cfg_bytes(cfg_bytes), .cfg_auth_failed(cfg_auth_failed),
        .cfg_replayed(cfg_replayed), .cfg_bad_padding(cfg_bad_padding),
        .cfg_bad_selector(cfg_bad_selector),
        .ev_valid(path_ev_valid), .ev_kind(path_ev[119:112]), .ev_slot(path_ev[111:96]),
        .ev_spi(path_ev[95:64]), .ev_detail(path_ev[63:0]), .ev_lost(path_ev_lost), .cnt_in_decrypted(done),
        .cnt_in_decrypted_len(event_len), .cnt_in_host_mac(event_one[`ESPL_CNT_IN_HOST_MAC-BASE]),
        .cnt_in_host_not_esp(event_one[`ESPL_CNT_IN_HOST_NOT_ESP-BASE]),
        .cnt_in_host_fragment(event_one[`ESPL_CNT_IN_HOST_FRAGMENT-BASE]),
        .cnt_in_host_options(event_one[`ESPL_CNT_IN_HOST_OPTIONS-BASE]),
        .cnt_in_host_ike(event_one[`ESPL_CNT_IN_HOST_IKE-BASE]),
        .cnt_in_host_spi(event_one[`ESPL_CNT_IN_HOST_SPI-BASE]),
        .cnt_in_drop_keepalive(event_one[`ESPL_CNT_IN_DROP_KEEPALIVE-BASE]),
        .cnt_in_drop_no_sa(event_one[`ESPL_CNT_IN_DROP_NO_SA-BASE]),
        .cnt_in_table_errors(event_one[`ESPL_CNT_IN_TABLE_ERRORS-BASE]),
        .cnt_in_drop_malformed(event_one[`ESPL_CNT_IN_DROP_MALFORMED-BASE]),
        .cnt_in_drop_auth(event_one[`ESPL_CNT_IN_DROP_AUTH-BASE]),
        .cnt_in_drop_replay(event_one[`ESPL_CNT_IN_DROP_REPLAY-BASE]),
        .cnt_in_drop_padding(event_one[`ESPL_CNT_IN_DROP_PADDING-BASE]),
        .cnt_in_drop_selector(event_one[`ESPL_CNT_IN_DROP_SELECTOR-BASE]),
        .cnt_in_drop_inner(event_one[`ESPL_CNT_IN_DROP_INNER-BASE]),
        .cnt_in_drop_lifetime(event_one[`ESPL_CNT_IN_DROP_LIFETIME-BASE]),
        .cnt_in_drop_dummy(event_one[`ESPL_CNT_IN_DROP_DUMMY-BASE]),
        .cnt_in_late(event_one[`ESPL_CNT_IN_LATE_MORE-BASE:`ESPL_CNT_IN_LATE_64-BASE]),
        .cnt_in_drop_loop(event_one[`ESPL_CNT_IN_DROP_LOOP-BASE]),
        .cnt_in_inner_host_route(event_one[`ESPL_CNT_IN_INNER_HOST_ROUTE-BASE]),
        .cnt_in_inner_host_ttl(event_one[`ESPL_CNT_IN_INNER_HOST_TTL-BASE])
    );

    assign event_one[`ESPL_CNT_IN_DECRYPTED-BASE]       = done;
    assign event_one[`ESPL_CNT_IN_DECRYPTED_BYTES-BASE] = done;
    assign cfg_state = {128'd0, cfg_bad_selector, cfg_bad_padding, cfg_replayed, cfg_auth_failed,
                        cfg_bytes[31:0], cfg_bytes[63:32], cfg_packets[31:0], cfg_packets[63:32],
                        cfg_window[31:0], cfg_window[63:32], cfg_seq[31:0], cfg_seq[63:32]};

    // ------------------------------------------------------------ events, with those of the tables

    wire              path_ev_valid, table_ev_valid, err_valid;
    wire [119:0]      path_ev, table_ev;
    wire [2:0]        path_ev_lost;
    wire [SLOT_W-1:0] err_slot;

    table_events table_errors (
        .clk(clk), .rst(core_rst), .sa_err(err_valid), .sa_slot({{(16-SLOT_W){1'b0}}, err_slot}),
        .policy_err(1'b0), .policy_kind(2'd0), .policy_row(16'd0),
        .ev_valid(table_ev_valid), .ev(table_ev)
    );

    event_merge #(.FLOWS(2)) events (
        .clk(clk), .rst(core_rst), .s_valid({table_ev_valid, path_ev_valid}),
        .s_event({table_ev, path_ev}), .s_lost({3'd0, path_ev_lost}), .m_valid(ev_valid),
        .m_event({ev_kind, ev_slot, ev_spi, ev_detail}), .m_ready(1'b1), .m_lost(ev_lost)
    );

    // ------------------------------------------------------------ its tables

    wire         sa_swept, neigh_swept, nexthop_swept;
    wire [31:0]  n_flags = entry[`ESPL_NEIGH_ENTRY_FLAGS*32 +: 32];
    wire [127:0] n_addr;

    assign swept = sa_swept && neigh_swept && nexthop_swept;

    wire [255:0] sa_ck_limits;

    sa_in_table #(.SLOT_W(SLOT_W)) sas (
        .clk(clk), .rst(core_rst), .swept(sa_swept),
        .rd_en(sa_rd_en), .rd_slot(sa_rd_slot), .rd_ok(sa_rd_ok), .rd_spi(sa_rd_spi),
        .rd_salt(sa_rd_salt), .rd_key(sa_rd_key), .rd_key256(sa_rd_key256), .rd_dst(sa_rd_dst),
        .rd_family(sa_rd_family), .rd_esn(sa_rd_esn), .rd_gmac(sa_rd_gmac),
        .ck_en(sa_ck_en), .ck_slot(sa_ck_slot),
        .ck_ok(sa_ck_ok),
        .ck_blocks(sa_ck_blocks), .ck_nexthop(sa_ck_nexthop), .ck_transport(sa_ck_transport),
        .ck_ecn_off(sa_ck_ecn_off), .ck_decap_dscp(sa_ck_decap_dscp),
        .ck_csum_delta(sa_ck_csum_delta), .ck_limits(sa_ck_limits),
        .ck_sel_check(sa_ck_sel_check), .ck_sel_family(sa_ck_sel_family), .ck_sel_src(sa_ck_sel_src), .ck_sel_dst(sa_ck_sel_dst),
        .ck_sel_src_len(sa_ck_sel_src_len), .ck_sel_dst_len(sa_ck_sel_dst_len),
        .ck_sel_proto(sa_ck_sel_proto), .ck_sel_sport_first(sa_ck_sel_sport_first),
        .ck_sel_sport_last(sa_ck_sel_sport_last), .ck_sel_dport_first(sa_ck_sel_dport_first),
        .ck_sel_dport_last(sa_ck_sel_dport_last), .hp_en(hp_en), .hp_slot(hp_slot),
        .hp_data(hp_data),
        .rd_bad(sa_rd_bad), .ck_bad(sa_ck_bad), .hp_bad(hp_bad),
        .err_valid(err_valid), .err_slot(err_slot),
        .add(sa_add), .update(sa_update), .retire(sa_retire), .wipe(sa_wipe),
        .slot(row[SLOT_W-1:0]), .entry(entry),
        .pw_we(pw_we), .pw_idx(pw_idx), .pw_power(pw_power)
    );

    sa_words #(.WORDS(4)) addr_words (
        .words(entry[`ESPL_NEIGH_ENTRY_ADDR*32 +: 128]), .number(n_addr)
    );

    // Cells of outer destinations are kept for the host only.
    neigh_table #(.BUCKETS(NEIGH_BUCKETS)) neighbours (
        .clk(clk), .rst(core_rst), .swept(neigh_swept),
        .lk_valid(neigh_lk_valid), .lk_family(neigh_lk_family), .lk_addr(neigh_lk_addr),
        .r_valid(neigh_r_valid), .r_hit(neigh_r_hit), .r_nexthop(neigh_r_nexthop),
        .wr_en(neigh_we), .wr_cell(row[$clog2(NEIGH_BUCKETS)+2:0]),
        .wr_used(row_used && !n_flags[`ESPL_NEIGH_ENTRY_FLAGS_DEV]),
        .wr_family(n_flags[`ESPL_NEIGH_ENTRY_FLAGS_FAMILY]), .wr_addr(n_addr),
        .wr_nexthop(entry[`ESPL_NEIGH_ENTRY_NEXTHOP*32 +: 16])
    );

    wire [31:0] hop_hi = entry[`ESPL_NEXTHOP_ENTRY_MAC_HI*32 +: 32];

    nexthop_table #(.ROWS(NEXTHOPS)) nexthops (
        .clk(clk), .rst(core_rst), .swept(nexthop_swept),
        .rd_en(nh_rd_en), .rd_index(nh_rd_index), .rd_ok(nh_rd_ok), .rd_mac(nh_rd_mac),
        .rd_vlan_set(nh_rd_vlan_set), .rd_vlan(nh_rd_vlan),
        .wr_en(nexthop_we), .wr_row(row[$clog2(NEXTHOPS)-1:0]), .wr_used(row_used),
        .wr_mac({hop_hi[`ESPL_NEXTHOP_ENTRY_MAC_HI_MAC],
                 entry[`ESPL_NEXTHOP_ENTRY_MAC_LO*32 +: 32]}),
        .wr_vlan_set(hop_hi[`ESPL_NEXTHOP_ENTRY_MAC_HI_VLAN_SET]),
        .wr_vlan(entry[`ESPL_NEXTHOP_ENTRY_VLAN*32 +: 16])
    );

endmodule

`resetall
