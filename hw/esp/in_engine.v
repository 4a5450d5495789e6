// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    The inbound path, cipher to plain: its stages wired in the order in which a packet
//             meets them. Frames that enter are whole and contiguous (axis_ingress), so a frame's
//             first beats may be on their way while the others still come.
// Parameters: SLOT_W (bits of an SA slot), WINDOW_MAX (see in_replay), FRAME (beats that wait for
//             their turn), HOLD (slots of 64 bytes that wait for their verdict); both must hold the
//             longest frame, powers of two; QUIET (2^QUIET cycles between two events of a kind that
//             anybody can cause).
// Throughput: one beat a cycle from cipher, whatever the frames' sizes and SAs.
module in_engine #(
    parameter SLOT_W     = 10,
    parameter WINDOW_MAX = 4096,
    parameter FRAME      = 512,
    parameter HOLD       = 512,
    parameter QUIET      = 20
) (
    input  wire              clk,
    input  wire              rst,

    input  wire [47:0]       plain_mac,
    input  wire [47:0]       cipher_mac,
    input  wire              cipher_mac_set,
    input  wire [47:0]       engine_mac,
    input  wire              engine_mac_set,

    input  wire [511:0]      s_axis_tdata,
    input  wire [63:0]       s_axis_tkeep,
    input  wire              s_axis_tvalid,
    output wire              s_axis_tready,
    input  wire              s_axis_tlast,
    input  wire [13:0]       s_len,        // of the frame, with its first beat
    input  wire              s_from_host,

    output wire [511:0]      m_axis_host1_tdata,
    output wire [63:0]       m_axis_host1_tkeep,
    output wire              m_axis_host1_tvalid,
    input  wire              m_axis_host1_tready,
    output wire              m_axis_host1_tlast,

    output wire [511:0]      m_axis_plain_tdata,
    output wire [63:0]       m_axis_plain_tkeep,
    output wire              m_axis_plain_tvalid,
    input  wire              m_axis_plain_tready,
    output wire              m_axis_plain_tlast,

    output wire [511:0]      m_axis_host0_tdata,
    output wire [63:0]       m_axis_host0_tkeep,
    output wire              m_axis_host0_tvalid,
    input  wire              m_axis_host0_tready,
    output wire              m_axis_host0_tlast,

    output wire              sa_rd_en,
    output wire [SLOT_W-1:0] sa_rd_slot,
    input  wire              sa_rd_ok,
    input  wire [31:0]       sa_rd_spi,
    input  wire [31:0]       sa_rd_salt,
    input  wire [255:0]      sa_rd_key,
    input  wire              sa_rd_key256,
    input  wire [127:0]      sa_rd_dst,
    input  wire              sa_rd_family,
    input  wire              sa_rd_esn,
    input  wire              sa_rd_gmac,
    input  wire              sa_rd_bad,

    output wire              sa_ck_en,
    output wire [SLOT_W-1:0] sa_ck_slot,
    input  wire              sa_ck_ok,
    input  wire [6:0]        sa_ck_blocks,
    input  wire [255:0]      sa_ck_limits,
    input  wire [15:0]       sa_ck_nexthop,
    input  wire              sa_ck_transport,
    input  wire              sa_ck_ecn_off,
    input  wire              sa_ck_decap_dscp,
    input  wire [15:0]       sa_ck_csum_delta,
    input  wire              sa_ck_sel_check,
    input  wire              sa_ck_sel_family,
    input  wire [127:0]      sa_ck_sel_src,
    input  wire [127:0]      sa_ck_sel_dst,
    input  wire [7:0]        sa_ck_sel_src_len,
    input  wire [7:0]        sa_ck_sel_dst_len,
    input  wire [7:0]        sa_ck_sel_proto,
    input  wire [15:0]       sa_ck_sel_sport_first,
    input  wire [15:0]       sa_ck_sel_sport_last,
    input  wire [15:0]       sa_ck_sel_dport_first,
    input  wire [15:0]       sa_ck_sel_dport_last,
    input  wire              sa_ck_bad,

    output wire              hp_en,
    output wire [SLOT_W-1:0] hp_slot,
    input  wire [2047:0]     hp_data,

    output wire              neigh_lk_valid,
    output wire              neigh_lk_family,
    output wire [127:0]      neigh_lk_addr,
    input  wire              neigh_r_valid,
    input  wire              neigh_r_hit,
    input  wire [15:0]       neigh_r_nexthop,

    output wire              nh_rd_en,
    output wire [15:0]       nh_rd_index,
    input  wire              nh_rd_ok,
    input  wire [47:0]       nh_rd_mac,
    input  wire              nh_rd_vlan_set,
    input  wire [15:0]       nh_rd_vlan,

    input  wire              cfg_clear,
    input  wire              cfg_query,
    input  wire [SLOT_W-1:0] cfg_slot,
    output wire              cfg_ack,
    output wire [63:0]       cfg_seq,
    output wire [63:0]       cfg_window,
    output wire [63:0]       cfg_packets,
    output wire [63:0]       cfg_bytes,
    output wire [31:0]       cfg_auth_failed,
    output wire [31:0]       cfg_replayed,
    output wire [31:0]       cfg_bad_padding,
    output wire [31:0]       cfg_bad_selector,

    // Events, as one of the map's event_entry (hw/csr/event_merge.v)
    output wire              ev_valid,
    output wire [7:0]        ev_kind,
    output wire [15:0]       ev_slot,
    output wire [31:0]       ev_spi,
    output wire [63:0]       ev_detail,
    output wire [2:0]        ev_lost,      // events lost in this cycle

    output wire              cnt_in_decrypted,
    output wire [13:0]       cnt_in_decrypted_len,
    output wire              cnt_in_host_mac,
    output wire              cnt_in_host_not_esp,
    output wire              cnt_in_host_fragment,
    output wire              cnt_in_host_options,
    output wire              cnt_in_host_ike,
    output wire              cnt_in_host_spi,
    output wire              cnt_in_drop_keepalive,
    output wire              cnt_in_drop_no_sa,
    output wire              cnt_in_table_errors,
    output wire              cnt_in_drop_malformed,
    output wire              cnt_in_drop_auth,
    output wire              cnt_in_drop_replay,
    output wire              cnt_in_drop_padding,
    output wire              cnt_in_drop_selector,
    output wire              cnt_in_drop_inner,
    output wire              cnt_in_drop_lifetime,
    output wire              cnt_in_drop_dummy,
    output wire [4:0]        cnt_in_late,      // IN_LATE_64 in [0] to IN_LATE_MORE
    output wire              cnt_in_drop_loop,
    output wire              cnt_in_inner_host_route,
    output wire              cnt_in_inner_host_ttl
);

    // ---- what is it

    wire [511:0] beat_data;
    wire         beat_valid, beat_ready;
    wire         v_valid, v_ready, v_host, v_esp, v_from_host;
    wire [2:0]   v_shape;
    wire [13:0]  v_last, v_ct;
    wire [31:0]  v_spi, v_seq;
    wire [63:0]  v_iv;
    wire [127:0] v_dst;
    wire [7:0]   v_slots;

    in_classify #(.DEPTH(FRAME)) classify (
        .clk(clk), .rst(rst),
        .s_axis_tdata(s_axis_tdata), .s_axis_tkeep(s_axis_tkeep), .s_axis_tvalid(s_axis_tvalid),
        .s_axis_tready(s_axis_tready), .s_axis_tlast(s_axis_tlast), .s_len(s_len), .s_from_host(s_from_host),
        .cipher_mac(cipher_mac), .cipher_mac_set(cipher_mac_set),
        .engine_mac(engine_mac), .engine_mac_set(engine_mac_set),
        .m_data(beat_data), .m_data_valid(beat_valid), .m_data_ready(beat_ready),
        .m_valid(v_valid), .m_ready(v_ready), .m_host(v_host), .m_esp(v_esp), .m_last(v_last),
        .m_shape(v_shape), .m_from_host(v_from_host), .m_spi(v_spi), .m_seq(v_seq), .m_iv(v_iv),
        .m_dst(v_dst), .m_ct(v_ct), .m_slots(v_slots),
        .cnt_in_host_mac(cnt_in_host_mac), .cnt_in_host_not_esp(cnt_in_host_not_esp),
        .cnt_in_host_fragment(cnt_in_host_fragment), .cnt_in_host_options(cnt_in_host_options),
        .cnt_in_host_ike(cnt_in_host_ike), .cnt_in_drop_keepalive(cnt_in_drop_keepalive),
        .cnt_in_drop_malformed(cnt_in_drop_malformed), .cnt_in_drop_loop(cnt_in_drop_loop)
    );

    // ---- whose is it

    wire         j_valid, j_ready, j_host, j_esp, j_esn, j_gmac, j_key256, at_en;
    wire [2:0]   j_shape;
    wire [13:0]  j_last, j_ct;
    wire [31:0]  j_spi;
    wire [63:0]  j_seq, at_behind;
    wire [95:0]  j_nonce;
    wire [255:0] j_key;
    wire [7:0]   j_slots;
    wire         hold_valid, hold_ready;
    wire         refused, wrong, vanished, unknown_valid;
    wire [31:0]  unknown_spi;
    wire [SLOT_W-1:0] at_slot;

    in_lookup #(.SLOT_W(SLOT_W), .HOLD(HOLD), .QUIET(QUIET)) lookup (
        .clk(clk), .rst(rst),
        .s_valid(v_valid), .s_ready(v_ready), .s_host(v_host), .s_esp(v_esp), .s_last(v_last),
        .s_shape(v_shape), .s_from_host(v_from_host), .s_spi(v_spi), .s_seq(v_seq), .s_iv(v_iv),
        .s_dst(v_dst), .s_ct(v_ct), .s_slots(v_slots),
        .rd_en(sa_rd_en), .rd_slot(sa_rd_slot), .rd_ok(sa_rd_ok), .rd_spi(sa_rd_spi),
        .rd_salt(sa_rd_salt), .rd_key(sa_rd_key), .rd_key256(sa_rd_key256),
        .rd_dst(sa_rd_dst), .rd_family(sa_rd_family), .rd_esn(sa_rd_esn), .rd_gmac(sa_rd_gmac),
        .rd_bad(sa_rd_bad),
        .at_en(at_en), .at_slot(at_slot), .at_behind(at_behind),
        .m_valid(j_valid), .m_ready(j_ready), .m_host(j_host), .m_esp(j_esp), .m_last(j_last),
        .m_shape(j_shape), .m_spi(j_spi), .m_seq(j_seq), .m_esn(j_esn), .m_gmac(j_gmac),
        .m_nonce(j_nonce), .m_key(j_key), .m_key256(j_key256), .m_ct(j_ct), .m_slots(j_slots),
        .beat_done(beat_valid && beat_ready), .hold_pop(hold_valid && hold_ready),
        .ev_valid(unknown_valid), .ev_spi(unknown_spi),
        .cnt_in_host_spi(cnt_in_host_spi), .cnt_in_drop_no_sa(refused),
        .cnt_in_table_errors(wrong)
    );

    // ---- into the crypto

    wire              c_valid, c_sop, c_eop, c_key256, c_gmac, c_aad96, c_v6, c_vlan, icv_valid;
    wire [511:0]      c_data;
    wire [13:0]       c_len;
    wire [255:0]      c_key;
    wire [95:0]       c_nonce, c_aad;
    wire [63:0]       c_seq;
    wire [SLOT_W-1:0] c_slot;
    wire [319:0]      c_outer;
    wire [15:0]       c_tci;
    wire [127:0]      icv;

    in_issue #(.SLOT_W(SLOT_W)) issue (
        .clk(clk), .rst(rst),
        .s_data(beat_data), .s_data_valid(beat_valid), .s_data_ready(beat_ready),
        .j_valid(j_valid), .j_ready(j_ready), .j_host(j_host), .j_esp(j_esp), .j_last(j_last),
        .j_shape(j_shape), .j_spi(j_spi), .j_seq(j_seq), .j_esn(j_esn), .j_gmac(j_gmac),
        .j_nonce(j_nonce), .j_key(j_key), .j_key256(j_key256), .j_ct(j_ct), .j_slots(j_slots),
        .m_axis_host1_tdata(m_axis_host1_tdata), .m_axis_host1_tkeep(m_axis_host1_tkeep),
        .m_axis_host1_tvalid(m_axis_host1_tvalid), .m_axis_host1_tready(m_axis_host1_tready),
        .m_axis_host1_tlast(m_axis_host1_tlast),
        .c_valid(c_valid), .c_sop(c_sop), .c_eop(c_eop), .c_data(c_data), .c_len(c_len),
        .c_key(c_key), .c_key256(c_key256), .c_gmac(c_gmac), .c_nonce(c_nonce), .c_aad(c_aad),
        .c_aad96(c_aad96), .c_slot(c_slot), .c_seq(c_seq), .c_v6(c_v6), .c_outer(c_outer),
        .c_vlan(c_vlan), .c_tci(c_tci), .icv_valid(icv_valid), .icv(icv)
    );

    wire         g_valid, g_sop, g_eop;
    wire [511:0] g_data;
    wire [127:0] g_tag, g_icv;

    gcm_core #(.DECRYPT(1), .SLOT_W(SLOT_W)) gcm (
        .clk(clk), .rst(rst),
        .s_valid(c_valid), .s_sop(c_sop), .s_eop(c_eop), .s_data(c_data), .s_len(c_len),
        .s_key(c_key), .s_key256(c_key256), .s_gmac(c_gmac), .s_nonce(c_nonce), .s_aad(c_aad),
        .s_aad96(c_aad96), .s_slot(c_slot),
        .hp_en(hp_en), .hp_slot(hp_slot), .hp_data(hp_data),
        .m_valid(g_valid), .m_sop(g_sop), .m_eop(g_eop), .m_data(g_data), .m_tag(g_tag)
    );

    // ---- waiting, while it is judged

    wire         hold_eop, hold_forward;
    wire [511:0] hold_data;

    in_hold #(.DEPTH(HOLD)) hold (
        .clk(clk), .rst(rst),
        .s_valid(g_valid), .s_eop(g_eop), .s_data(g_data), .s_tag(g_tag), .s_icv(g_icv),
        .m_valid(hold_valid), .m_ready(hold_ready), .m_eop(hold_eop), .m_data(hold_data),
        .m_forward(hold_forward)
    );

    // What goes with a packet from its check to its route: is the SA's row wrong; its next hop, tag, transport mode,
    // family, length, header, sum and checksum
    localparam INFO_W = 1 + 16 + 17 + 1 + 1 + 14 + 320 + 19 + 18;

    wire              t_valid, t_sa_ok, t_sa_bad, t_tag_ok, t_pad_ok, t_dummy, t_inner_ok, t_sel_ok;
    wire [SLOT_W-1:0] t_slot;
    wire [63:0]       t_seq;
    wire [6:0]        t_blocks;
    wire [31:0]       t_spi;
    wire [255:0]      t_limits;
    wire [13:0]       t_bytes;
    wire [INFO_W-1:0] t_info;

    assign t_info[406] = t_sa_bad;

    in_check #(.SLOT_W(SLOT_W), .DEPTH(64)) check (
        .clk(clk), .rst(rst),
        .i_sop(c_valid && c_sop), .i_slot(c_slot), .i_spi(c_aad[95:64]), .i_seq(c_seq),
        .i_ct(c_len), .i_v6(c_v6), .i_outer(c_outer), .i_vlan(c_vlan), .i_tci(c_tci),
        .i_icv_valid(icv_valid), .i_icv(icv),
        .s_valid(g_valid), .s_sop(g_sop), .s_eop(g_eop), .s_data(g_data), .s_tag(g_tag),
        .s_icv(g_icv),
        .ck_en(sa_ck_en), .ck_slot(sa_ck_slot), .ck_ok(sa_ck_ok), .ck_blocks(sa_ck_blocks),
        .ck_limits(sa_ck_limits),
        .ck_nexthop(sa_ck_nexthop), .ck_transport(sa_ck_transport), .ck_ecn_off(sa_ck_ecn_off),
        .ck_decap_dscp(sa_ck_decap_dscp), .ck_csum_delta(sa_ck_csum_delta),
        .ck_sel_check(sa_ck_sel_check),
        .ck_sel_family(sa_ck_sel_family), .ck_sel_src(sa_ck_sel_src),
        .ck_sel_dst(sa_ck_sel_dst), .ck_sel_src_len(sa_ck_sel_src_len),
        .ck_sel_dst_len(sa_ck_sel_dst_len), .ck_sel_proto(sa_ck_sel_proto),
        .ck_sel_sport_first(sa_ck_sel_sport_first), .ck_sel_sport_last(sa_ck_sel_sport_last),
        .ck_sel_dport_first(sa_ck_sel_dport_first), .ck_sel_dport_last(sa_ck_sel_dport_last),
        .ck_bad(sa_ck_bad), .m_sa_bad(t_sa_bad), .m_valid(t_valid), .m_slot(t_slot), .m_seq(t_seq), .m_blocks(t_blocks), .m_sa_ok(t_sa_ok),
        .m_spi(t_spi), .m_limits(t_limits),
        .m_tag_ok(t_tag_ok), .m_pad_ok(t_pad_ok), .m_dummy(t_dummy), .m_inner_ok(t_inner_ok),
        .m_sel_ok(t_sel_ok), .m_bytes(t_bytes),
        .m_nexthop(t_info[405:390]), .m_vlan(t_info[389]),
        .m_tci(t_info[388:373]), .m_transport(t_info[372]),
        .m_v6(t_info[371]), .m_len(t_info[370:357]), .m_head(t_info[356:37]),
        .m_sum(t_info[36:18]), .m_l4(t_info[17:0])
    );

    wire              p_valid, p_pass, history_ev_valid;
    wire [119:0]      history_ev;
    wire [2:0]        history_ev_lost;
    wire [INFO_W-1:0] p_info;

    in_replay #(.SLOT_W(SLOT_W), .INFO_W(INFO_W), .WINDOW_MAX(WINDOW_MAX)) history (
        .clk(clk), .rst(rst),
        .s_valid(t_valid), .s_slot(t_slot), .s_spi(t_spi), .s_seq(t_seq), .s_blocks(t_blocks),
        .s_limits(t_limits), .s_sa_ok(t_sa_ok && !t_sa_bad), .s_tag_ok(t_tag_ok), .s_pad_ok(t_pad_ok),
        .s_dummy(t_dummy), .s_inner_ok(t_inner_ok), .s_sel_ok(t_sel_ok), .s_len(t_bytes),
        .s_info(t_info),
        .m_valid(p_valid), .m_pass(p_pass), .m_info(p_info),
        .at_en(at_en), .at_slot(at_slot), .at_behind(at_behind),
        .cnt_in_decrypted(cnt_in_decrypted), .cnt_in_decrypted_len(cnt_in_decrypted_len),
        .cnt_in_drop_no_sa(vanished), .cnt_in_drop_auth(cnt_in_drop_auth),
        .cnt_in_drop_replay(cnt_in_drop_replay), .cnt_in_drop_padding(cnt_in_drop_padding),
        .cnt_in_drop_inner(cnt_in_drop_inner), .cnt_in_drop_selector(cnt_in_drop_selector),
        .cnt_in_drop_lifetime(cnt_in_drop_lifetime), .cnt_in_drop_dummy(cnt_in_drop_dummy),
        .cnt_in_late(cnt_in_late), .ev_valid(history_ev_valid), .ev(history_ev),
        .ev_lost(history_ev_lost),
        .cfg_clear(cfg_clear), .cfg_query(cfg_query), .cfg_slot(cfg_slot), .cfg_ack(cfg_ack),
        .cfg_seq(cfg_seq), .cfg_window(cfg_window), .cfg_packets(cfg_packets),
        .cfg_bytes(cfg_bytes), .cfg_auth_failed(cfg_auth_failed), .cfg_replayed(cfg_replayed),
        .cfg_bad_padding(cfg_bad_padding), .cfg_bad_selector(cfg_bad_selector)
    );

    // ---- what is told of them

    wire [119:0] unknown = {`ESPL_EVENT_NO_SA, 16'd0, unknown_spi, 64'd0};

    event_merge #(.FLOWS(2)) events (
        .clk(clk), .rst(rst), .s_valid({unknown_valid, history_ev_valid}),
        .s_event({unknown, history_ev}), .s_lost({3'd0, history_ev_lost}), .m_valid(ev_valid),
        .m_event({ev_kind, ev_slot, ev_spi, ev_detail}),
        .m_ready(1'b1), .m_lost(ev_lost)
    );

    // An SA can be unknown when its packet comes, or be deleted while the packet is in the crypto; and
    // its row can be wrong at either time
    count_both no_sa (
        .clk(clk), .rst(rst), .one_a(refused), .one_b(vanished && !p_info[406]),
        .one(cnt_in_drop_no_sa)
    );
    count_both errors (
        .clk(clk), .rst(rst), .one_a(wrong), .one_b(vanished && p_info[406]),
        .one(cnt_in_table_errors)
    );

    // ---- out

    wire         o_valid, o_pass, o_host, o_transport, o_v6, o_vlan;
    wire [13:0]  o_last;
    wire [463:0] o_front;
    wire [17:0]  o_l4;

    in_route route (
        .clk(clk), .rst(rst), .plain_mac(plain_mac), .engine_mac(engine_mac),
        .s_valid(p_valid), .s_pass(p_pass), .s_nexthop(p_info[405:390]),
        .s_vlan(p_info[389]), .s_tci(p_info[388:373]), .s_transport(p_info[372]),
        .s_v6(p_info[371]), .s_len(p_info[370:357]),
        .s_head(p_info[356:37]), .s_sum(p_info[36:18]), .s_l4(p_info[17:0]),
        .lk_valid(neigh_lk_valid), .lk_family(neigh_lk_family), .lk_addr(neigh_lk_addr),
        .r_valid(neigh_r_valid), .r_hit(neigh_r_hit), .r_nexthop(neigh_r_nexthop),
        .nh_en(nh_rd_en), .nh_index(nh_rd_index), .nh_ok(nh_rd_ok), .nh_mac(nh_rd_mac),
        .nh_vlan_set(nh_rd_vlan_set), .nh_vlan(nh_rd_vlan),
        .m_valid(o_valid), .m_pass(o_pass), .m_host(o_host), .m_transport(o_transport),
        .m_v6(o_v6), .m_vlan(o_vlan), .m_last(o_last), .m_front(o_front), .m_l4(o_l4),
        .cnt_in_inner_host_route(cnt_in_inner_host_route),
        .cnt_in_inner_host_ttl(cnt_in_inner_host_ttl)
    );

    in_deliver #(.DEPTH(HOLD)) deliver (
        .clk(clk), .rst(rst),
        .o_valid(o_valid), .o_pass(o_pass), .o_host(o_host), .o_transport(o_transport),
        .o_v6(o_v6), .o_vlan(o_vlan), .o_last(o_last), .o_front(o_front), .o_l4(o_l4),
        .h_valid(hold_valid), .h_ready(hold_ready), .h_eop(hold_eop), .h_data(hold_data),
        .h_forward(hold_forward),
        .m_axis_plain_tdata(m_axis_plain_tdata), .m_axis_plain_tkeep(m_axis_plain_tkeep),
        .m_axis_plain_tvalid(m_axis_plain_tvalid), .m_axis_plain_tready(m_axis_plain_tready),
        .m_axis_plain_tlast(m_axis_plain_tlast),
        .m_axis_host0_tdata(m_axis_host0_tdata), .m_axis_host0_tkeep(m_axis_host0_tkeep),
        .m_axis_host0_tvalid(m_axis_host0_tvalid), .m_axis_host0_tready(m_axis_host0_tready),
        .m_axis_host0_tlast(m_axis_host0_tlast)
    );

endmodule

`resetall
