// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    The outbound path with its tables: policies, outbound SAs, next hops behind cipher.
// Parameters: sizes of the tables; SEQ_START (see out_sequence).
// event_one:  the counters of the map from OUT_ENCRYPTED on, in its order.
module engine_outbound #(
    parameter SLOT_W        = 10,
    parameter [63:0] SEQ_START = 64'd0,
    parameter POLICY_ROWS   = 512,
    parameter EXACT_BUCKETS = 1024,
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
    output wire [511:0] m_axis_cipher_tdata,
    output wire [63:0]  m_axis_cipher_tkeep,
    output wire         m_axis_cipher_tvalid,
    input  wire         m_axis_cipher_tready,
    output wire         m_axis_cipher_tlast,
    output wire [511:0] m_axis_host_tdata,
    output wire [63:0]  m_axis_host_tkeep,
    output wire         m_axis_host_tvalid,
    input  wire         m_axis_host_tready,
    output wire         m_axis_host_tlast,

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
    input  wire         policy_set,
    input  wire         policy_clear,
    input  wire         policy_act,
    output wire         policy_done,
    input  wire         exact_set,
    input  wire         exact_act,
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

    localparam BASE   = `ESPL_CNT_OUT_ENCRYPTED;
    localparam EVENTS = `ESPL_CNT_OUT_TABLE_ERRORS + 1 - BASE;

    // ------------------------------------------------------------ the path

    wire policy_lk_valid, policy_lk_family, policy_lk_opaque, policy_r_valid, policy_r_hit,
         policy_r_opaque, policy_r_slot_ok, sa_rd_en, sa_rd_ok, sa_rd_key256, sa_rd_family,
         sa_rd_esn, sa_rd_encap, hp_en, nh_rd_en, nh_rd_ok, nh_rd_vlan_set, policy_r_bad, sa_rd_bad,
         hp_bad;
    wire [1:0] policy_r_action, policy_r_bad_kind;
    wire [7:0] policy_lk_proto, sa_rd_ttl;
    wire [10:0] sa_rd_outer;
    wire [15:0] policy_lk_sport, policy_lk_dport, sa_rd_sport, sa_rd_dport,
                sa_rd_nexthop, nh_rd_index, policy_r_row, nh_rd_vlan;
    wire [31:0] policy_r_shape, policy_r_serial, sa_rd_spi, sa_rd_salt;
    wire [47:0] nh_rd_mac;
    wire [127:0] policy_lk_src, policy_lk_dst, sa_rd_src, sa_rd_dst;
    wire [255:0] sa_rd_key;
    wire [2047:0] hp_data;
    wire        sa_rd_transport, sa_rd_gmac;
    wire [255:0] sa_rd_limits;
    wire [SLOT_W-1:0] policy_r_slot, sa_rd_slot, hp_slot;
    wire        done;
    wire [63:0] cfg_seq, cfg_packets, cfg_bytes;

    wire              path_ev_valid, table_ev_valid, err_valid;
    wire [119:0]      path_ev, table_ev;
    wire [2:0]        path_ev_lost;
    wire [SLOT_W-1:0] err_slot;

    out_engine #(.SLOT_W(SLOT_W), .SEQ_START(SEQ_START)) path (
        .clk(clk), .rst(core_rst), .s_axis_tdata(s_axis_tdata), .s_axis_tkeep(s_axis_tkeep),
        .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready), .s_axis_tlast(s_axis_tlast),
        .s_len(s_len), .s_from_host(s_from_host), .m_axis_cipher_tdata(m_axis_cipher_tdata),
        .m_axis_cipher_tkeep(m_axis_cipher_tkeep), .m_axis_cipher_tvalid(m_axis_cipher_tvalid),
        .m_axis_cipher_tready(m_axis_cipher_tready), .m_axis_cipher_tlast(m_axis_cipher_tlast),
        .m_axis_host_tdata(m_axis_host_tdata), .m_axis_host_tkeep(m_axis_host_tkeep),
        .m_axis_host_tvalid(m_axis_host_tvalid), .m_axis_host_tready(m_axis_host_tready),
        .m_axis_host_tlast(m_axis_host_tlast), .policy_lk_valid(policy_lk_valid),
        .policy_lk_family(policy_lk_family), .policy_lk_src(policy_lk_src),
        .policy_lk_dst(policy_lk_dst), .policy_lk_proto(policy_lk_proto),
        .policy_lk_sport(policy_lk_sport), .policy_lk_dport(policy_lk_dport),
        .policy_lk_opaque(policy_lk_opaque), .policy_r_valid(policy_r_valid),
        .policy_r_hit(policy_r_hit), .policy_r_opaque(policy_r_opaque),
        .policy_r_action(policy_r_action), .policy_r_slot_ok(policy_r_slot_ok),
        .policy_r_slot(policy_r_slot), .policy_r_shape(policy_r_shape),
        .policy_r_row(policy_r_row), .policy_r_serial(policy_r_serial),
        .policy_r_bad(policy_r_bad), .sa_rd_en(sa_rd_en),
        .sa_rd_slot(sa_rd_slot), .sa_rd_ok(sa_rd_ok), .sa_rd_spi(sa_rd_spi),
        .sa_rd_salt(sa_rd_salt), .sa_rd_key(sa_rd_key), .sa_rd_key256(sa_rd_key256),
        .sa_rd_src(sa_rd_src), .sa_rd_dst(sa_rd_dst), .sa_rd_family(sa_rd_family),
        .sa_rd_esn(sa_rd_esn), .sa_rd_encap(sa_rd_encap), .sa_rd_sport(sa_rd_sport),
        .sa_rd_dport(sa_rd_dport),
        .sa_rd_nexthop(sa_rd_nexthop), .sa_rd_ttl(sa_rd_ttl),
        .sa_rd_outer(sa_rd_outer), .sa_rd_transport(sa_rd_transport), .sa_rd_gmac(sa_rd_gmac),
        .sa_rd_limits(sa_rd_limits), .sa_rd_bad(sa_rd_bad), .hp_en(hp_en), .hp_slot(hp_slot),
        .hp_data(hp_data), .nh_rd_en(nh_rd_en), .nh_rd_index(nh_rd_index), .nh_rd_ok(nh_rd_ok),
        .nh_rd_mac(nh_rd_mac), .nh_rd_vlan_set(nh_rd_vlan_set), .nh_rd_vlan(nh_rd_vlan),
        .plain_mac_set(plain_mac[48]), .plain_mac(plain_mac[47:0]),
        .engine_mac_set(engine_mac[48]), .engine_mac(engine_mac[47:0]),
        .cipher_mac(cipher_mac[47:0]), .cfg_clear(cfg_clear), .cfg_query(cfg_query),
        .cfg_slot(row[SLOT_W-1:0]), .cfg_ack(cfg_ack), .cfg_seq(cfg_seq),
        .cfg_packets(cfg_packets), .cfg_bytes(cfg_bytes),
        .ev_valid(path_ev_valid), .ev_kind(path_ev[119:112]), .ev_slot(path_ev[111:96]),
        .ev_spi(path_ev[95:64]), .ev_detail(path_ev[63:0]), .ev_lost(path_ev_lost),
        .cnt_out_encrypted(done), .cnt_out_encrypted_len(event_len),
        .cnt_out_host_mac(event_one[`ESPL_CNT_OUT_HOST_MAC-BASE]),
        .cnt_out_host_not_ip(event_one[`ESPL_CNT_OUT_HOST_NOT_IP-BASE]),
        .cnt_out_host_no_policy(event_one[`ESPL_CNT_OUT_HOST_NO_POLICY-BASE]),
        .cnt_out_host_bypass(event_one[`ESPL_CNT_OUT_HOST_BYPASS-BASE]),
        .cnt_out_host_fragment(event_one[`ESPL_CNT_OUT_HOST_FRAGMENT-BASE]),
        .cnt_out_host_options(event_one[`ESPL_CNT_OUT_HOST_OPTIONS-BASE]),
        .cnt_out_host_ttl(event_one[`ESPL_CNT_OUT_HOST_TTL-BASE]),
        .cnt_out_host_mtu(event_one[`ESPL_CNT_OUT_HOST_MTU-BASE]),
        .cnt_out_drop_discard(event_one[`ESPL_CNT_OUT_DROP_DISCARD-BASE]),
        .cnt_out_drop_bad_header(event_one[`ESPL_CNT_OUT_DROP_BAD_HEADER-BASE]),
        .cnt_out_drop_no_sa(event_one[`ESPL_CNT_OUT_DROP_NO_SA-BASE]),
        .cnt_out_drop_no_nexthop(event_one[`ESPL_CNT_OUT_DROP_NO_NEXTHOP-BASE]),
        .cnt_out_drop_seq_end(event_one[`ESPL_CNT_OUT_DROP_SEQ_END-BASE]),
        .cnt_out_drop_lifetime(event_one[`ESPL_CNT_OUT_DROP_LIFETIME-BASE]),
        .cnt_out_drop_loop(event_one[`ESPL_CNT_OUT_DROP_LOOP-BASE]),
        .cnt_out_table_errors(event_one[`ESPL_CNT_OUT_TABLE_ERRORS-BASE])
    );

    assign event_one[`ESPL_CNT_OUT_ENCRYPTED-BASE]       = done;
    assign event_one[`ESPL_CNT_OUT_ENCRYPTED_BYTES-BASE] = done;
    assign cfg_state = {256'd0, cfg_bytes[31:0], cfg_bytes[63:32], cfg_packets[31:0],
                        cfg_packets[63:32], 64'd0, cfg_seq[31:0], cfg_seq[63:32]};

    // ------------------------------------------------------------ events, with those of the tables

    wire              policy_err = policy_r_valid && policy_r_bad;

    table_events table_errors (
        .clk(clk), .rst(core_rst), .sa_err(err_valid), .sa_slot({{(16-SLOT_W){1'b0}}, err_slot}),
        .policy_err(policy_err && policy_r_bad_kind != 2'd0), .policy_kind(policy_r_bad_kind),
        .policy_row(policy_r_row), .ev_valid(table_ev_valid), .ev(table_ev)
    );

    event_merge #(.FLOWS(2)) events (
        .clk(clk), .rst(core_rst), .s_valid({table_ev_valid, path_ev_valid}),
        .s_event({table_ev, path_ev}), .s_lost({3'd0, path_ev_lost}), .m_valid(ev_valid),
        .m_event({ev_kind, ev_slot, ev_spi, ev_detail}), .m_ready(1'b1), .m_lost(ev_lost)
    );

    // ------------------------------------------------------------ its tables

    wire         sa_swept, policy_swept, nexthop_swept;
    wire [31:0]  p_flags = entry[`ESPL_POLICY_ENTRY_FLAGS*32 +: 32];
    wire [31:0]  p_slot  = entry[`ESPL_POLICY_ENTRY_SA_SLOT*32 +: 32];
    wire [31:0]  p_proto = entry[`ESPL_POLICY_ENTRY_PROTO*32 +: 32];
    wire [31:0]  s_flags = entry[`ESPL_SA_ENTRY_FLAGS*32 +: 32];
    wire [31:0]  s_sizes = entry[`ESPL_SA_ENTRY_SIZES*32 +: 32];
    wire [31:0]  s_extra = entry[`ESPL_SA_ENTRY_EXTRA*32 +: 32];    // TFC in the low half
    wire         s_gmac  = s_flags[`ESPL_SA_ENTRY_FLAGS_ALG] == `ESPL_ALG_GMAC_128
                        || s_flags[`ESPL_SA_ENTRY_FLAGS_ALG] == `ESPL_ALG_GMAC_256;
    wire [127:0] src_value, src_mask, dst_value, dst_mask;

    assign swept = sa_swept && policy_swept && nexthop_swept;

    sa_words #(.WORDS(4)) words_src_value (
        .words(entry[`ESPL_POLICY_ENTRY_SRC_VALUE*32 +: 128]), .number(src_value)
    );
    sa_words #(.WORDS(4)) words_src_mask (
        .words(entry[`ESPL_POLICY_ENTRY_SRC_MASK*32 +: 128]), .number(src_mask)
    );
    sa_words #(.WORDS(4)) words_dst_value (
        .words(entry[`ESPL_POLICY_ENTRY_DST_VALUE*32 +: 128]), .number(dst_value)
    );
    sa_words #(.WORDS(4)) words_dst_mask (
        .words(entry[`ESPL_POLICY_ENTRY_DST_MASK*32 +: 128]), .number(dst_mask)
    );

    policy_table #(.ROWS(POLICY_ROWS), .BUCKETS(EXACT_BUCKETS), .SLOT_W(SLOT_W)) policies (
        .clk(clk), .rst(core_rst), .swept(policy_swept),
        .lk_valid(policy_lk_valid), .lk_family(policy_lk_family), .lk_src(policy_lk_src),
        .lk_dst(policy_lk_dst), .lk_proto(policy_lk_proto), .lk_sport(policy_lk_sport),
        .lk_dport(policy_lk_dport), .lk_opaque(policy_lk_opaque), .r_valid(policy_r_valid),
        .r_hit(policy_r_hit), .r_opaque(policy_r_opaque), .r_action(policy_r_action),
        .r_slot_ok(policy_r_slot_ok), .r_slot(policy_r_slot), .r_shape(policy_r_shape),
        .r_row(policy_r_row), .r_serial(policy_r_serial), .r_bad(policy_r_bad),
        .r_bad_kind(policy_r_bad_kind),
        .row_set(policy_set), .row_clear(policy_clear), .row_act(policy_act),
        .row_done(policy_done), .row(row[$clog2(POLICY_ROWS)-1:0]),
        .cell_set(exact_set), .cell_act(exact_act), .cell_at(row[$clog2(EXACT_BUCKETS)+2:0]),
        .cell_used(row_used),
        .value({p_flags[`ESPL_POLICY_ENTRY_FLAGS_FAMILY], src_value, dst_value,
                p_proto[`ESPL_POLICY_ENTRY_PROTO_VALUE]}),
        .mask({1'b1, src_mask, dst_mask, p_proto[`ESPL_POLICY_ENTRY_PROTO_MASK]}),
        .sport(entry[`ESPL_POLICY_ENTRY_SPORT*32 +: 32]),
        .dport(entry[`ESPL_POLICY_ENTRY_DPORT*32 +: 32]),
        .order({entry[`ESPL_POLICY_ENTRY_PRIORITY*32 +: 32],
                entry[`ESPL_POLICY_ENTRY_SERIAL*32 +: 32]}),
        .action(p_flags[`ESPL_POLICY_ENTRY_FLAGS_ACTION]),
        .slot_ok(p_flags[`ESPL_POLICY_ENTRY_FLAGS_ACTION] == `ESPL_ACTION_PROTECT && !p_slot[31]),
        .slot(p_slot[SLOT_W-1:0]),
        .shape_we(sa_add || sa_update), .shape_slot(row[SLOT_W-1:0]),
        .shape({s_extra[13:0], s_gmac && s_flags[`ESPL_SA_ENTRY_FLAGS_ESN],
                s_flags[`ESPL_SA_ENTRY_FLAGS_MODE] == `ESPL_MODE_TRANSPORT,
                s_sizes[`ESPL_SA_ENTRY_SIZES_MTU]})
    );

    sa_out_table #(.SLOT_W(SLOT_W)) sas (
        .clk(clk), .rst(core_rst), .swept(sa_swept),
        .rd_en(sa_rd_en), .rd_slot(sa_rd_slot), .rd_ok(sa_rd_ok), .rd_spi(sa_rd_spi),
        .rd_salt(sa_rd_salt), .rd_key(sa_rd_key), .rd_key256(sa_rd_key256), .rd_src(sa_rd_src),
        .rd_dst(sa_rd_dst), .rd_family(sa_rd_family), .rd_esn(sa_rd_esn), .rd_encap(sa_rd_encap),
        .rd_sport(sa_rd_sport), .rd_dport(sa_rd_dport), .rd_nexthop(sa_rd_nexthop),
        .rd_ttl(sa_rd_ttl), .rd_outer(sa_rd_outer), .rd_transport(sa_rd_transport),
        .rd_gmac(sa_rd_gmac), .rd_limits(sa_rd_limits), .hp_en(hp_en), .hp_slot(hp_slot),
        .hp_data(hp_data),
        .rd_bad(sa_rd_bad), .hp_bad(hp_bad),
        .lost(policy_err && policy_r_bad_kind == 2'd0), .lost_slot(policy_r_slot),
        .err_valid(err_valid), .err_slot(err_slot),
        .add(sa_add), .update(sa_update), .retire(sa_retire), .wipe(sa_wipe),
        .slot(row[SLOT_W-1:0]), .entry(entry),
        .pw_we(pw_we), .pw_idx(pw_idx), .pw_power(pw_power)
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
