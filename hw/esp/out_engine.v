// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The outbound path, plain to cipher: its stages and the core wired together.
//                 out_classify > out_issue > out_resolve, out_sequence > out_encap, out_header
//                 > gcm_core > out_checksum > out_emit
// Parameters: SLOT_W (bits of an SA slot), SEQ_LAST, SEQ_START (see out_sequence).
// Latency:    about 61 cycles from a frame's second beat to its ESP frame's first, of them 10 the
//             policy table's; with UDP over IPv6 the packet's slots more.
// Throughput: one beat a cycle on m_axis_cipher whenever there are packets: a packet never has more
//             slots in the core than beats on the wire.
// Ports:      s_axis takes whole good frames without gaps (axis_ingress, axis_arb), s_len with the
//             first beat, s_from_host with every one: the frame came from host0, for the engine's
//             MAC. policy_*, sa_*,
//             nh_*, hp_* go to the tables (hw/README.md). cipher_mac is the source address of what
//             leaves by cipher.
module out_engine #(
    parameter        SLOT_W    = 10,
    parameter [63:0] SEQ_LAST  = 64'h0000_0000_ffff_ffff,
    parameter [63:0] SEQ_START = 64'd0
) (
    input  wire              clk,
    input  wire              rst,

    input  wire [511:0]      s_axis_tdata,
    input  wire [63:0]       s_axis_tkeep,
    input  wire              s_axis_tvalid,
    output wire              s_axis_tready,
    input  wire              s_axis_tlast,
    input  wire [13:0]       s_len,
    input  wire              s_from_host,

    output wire [511:0]      m_axis_cipher_tdata,
    output wire [63:0]       m_axis_cipher_tkeep,
    output wire              m_axis_cipher_tvalid,
    input  wire              m_axis_cipher_tready,
    output wire              m_axis_cipher_tlast,

    output wire [511:0]      m_axis_host_tdata,
    output wire [63:0]       m_axis_host_tkeep,
    output wire              m_axis_host_tvalid,
    input  wire              m_axis_host_tready,
    output wire              m_axis_host_tlast,

    // policy_table
    output wire              policy_lk_valid,
    output wire              policy_lk_family,
    output wire [127:0]      policy_lk_src,
    output wire [127:0]      policy_lk_dst,
    output wire [7:0]        policy_lk_proto,
    output wire [15:0]       policy_lk_sport,
    output wire [15:0]       policy_lk_dport,
    output wire              policy_lk_opaque,
    input  wire              policy_r_valid,
    input  wire              policy_r_hit,
    input  wire              policy_r_opaque,
    input  wire [1:0]        policy_r_action,
    input  wire              policy_r_slot_ok,
    input  wire [SLOT_W-1:0] policy_r_slot,
    input  wire [31:0]       policy_r_shape,
    input  wire [15:0]       policy_r_row,
    input  wire [31:0]       policy_r_serial,
    input  wire              policy_r_bad,

    // sa_out_table
    output wire              sa_rd_en,
    output wire [SLOT_W-1:0] sa_rd_slot,
    input  wire              sa_rd_ok,
    input  wire [31:0]       sa_rd_spi,
    input  wire [31:0]       sa_rd_salt,
    input  wire [255:0]      sa_rd_key,
    input  wire              sa_rd_key256,
    input  wire [127:0]      sa_rd_src,
    input  wire [127:0]      sa_rd_dst,
    input  wire              sa_rd_family,
    input  wire              sa_rd_esn,
    input  wire              sa_rd_encap,
    input  wire [15:0]       sa_rd_sport,
    input  wire [15:0]       sa_rd_dport,
    input  wire [15:0]       sa_rd_nexthop,
    input  wire [7:0]        sa_rd_ttl,
    input  wire [10:0]       sa_rd_outer,
    input  wire              sa_rd_transport,
    input  wire              sa_rd_gmac,
    input  wire              sa_rd_bad,
    input  wire [255:0]      sa_rd_limits,
    output wire              hp_en,
    output wire [SLOT_W-1:0] hp_slot,
    input  wire [2047:0]     hp_data,

    // nexthop_table
    output wire              nh_rd_en,
    output wire [15:0]       nh_rd_index,
    input  wire              nh_rd_ok,
    input  wire [47:0]       nh_rd_mac,
    input  wire              nh_rd_vlan_set,
    input  wire [15:0]       nh_rd_vlan,

    // Addresses
    input  wire              plain_mac_set,
    input  wire [47:0]       plain_mac,
    input  wire              engine_mac_set,
    input  wire [47:0]       engine_mac,
    input  wire [47:0]       cipher_mac,

    // Dynamic state of the SAs, for the mailbox
    input  wire              cfg_clear,
    input  wire              cfg_query,
    input  wire [SLOT_W-1:0] cfg_slot,
    output wire              cfg_ack,
    output wire [63:0]       cfg_seq,
    output wire [63:0]       cfg_packets,
    output wire [63:0]       cfg_bytes,

    // Events, as one of the map's event_entry (hw/csr/event_merge.v)
    output wire              ev_valid,
    output wire [7:0]        ev_kind,
    output wire [15:0]       ev_slot,
    output wire [31:0]       ev_spi,
    output wire [63:0]       ev_detail,
    output wire [2:0]        ev_lost,      // events lost in this cycle

    output wire              cnt_out_encrypted,
    output wire [13:0]       cnt_out_encrypted_len,
    output wire              cnt_out_host_mac,
    output wire              cnt_out_host_not_ip,
    output wire              cnt_out_host_no_policy,
    output wire              cnt_out_host_bypass,
    output wire              cnt_out_host_fragment,
    output wire              cnt_out_host_options,
    output wire              cnt_out_host_ttl,
    output wire              cnt_out_host_mtu,
    output wire              cnt_out_drop_discard,
    output wire              cnt_out_drop_bad_header,
    output wire              cnt_out_drop_no_sa,
    output wire              cnt_out_drop_no_nexthop,
    output wire              cnt_out_drop_seq_end,
    output wire              cnt_out_drop_lifetime,
    output wire              cnt_out_drop_loop,
    output wire              cnt_out_table_errors
);

    localparam FLOW_DEPTH = 512;            // slots that fit in out_emit
    localparam CREDITS    = FLOW_DEPTH - 4; // a header leaves after its last slot

    // ---- classify

    wire [511:0]      frame_data;
    wire [5:0]        frame_bytes;
    wire              frame_last, frame_valid, frame_ready;
    wire              v_valid, v_ready, v_host, v_protect, v_family, v_tagged, v_transport,
                      v_long_aad, v_single;
    wire [SLOT_W-1:0] v_slot;
    wire [13:0]       v_len, v_text;
    wire [7:0]        v_slots, v_beats, v_cycles;
    wire              policy_no_sa, policy_bad, want_valid;
    wire [15:0]       want_row;
    wire [31:0]       want_serial;

    out_classify #(.SLOT_W(SLOT_W)) classify (
        .clk(clk), .rst(rst), .s_axis_tdata(s_axis_tdata), .s_axis_tkeep(s_axis_tkeep),
        .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready), .s_axis_tlast(s_axis_tlast),
        .s_len(s_len), .s_from_host(s_from_host), .plain_mac_set(plain_mac_set), .plain_mac(plain_mac),
        .engine_mac_set(engine_mac_set), .engine_mac(engine_mac), .lk_valid(policy_lk_valid),
        .lk_family(policy_lk_family), .lk_src(policy_lk_src), .lk_dst(policy_lk_dst),
        .lk_proto(policy_lk_proto), .lk_sport(policy_lk_sport), .lk_dport(policy_lk_dport),
        .lk_opaque(policy_lk_opaque), .r_valid(policy_r_valid), .r_hit(policy_r_hit),
        .r_opaque(policy_r_opaque), .r_action(policy_r_action),
        .r_slot_ok(policy_r_slot_ok), .r_slot(policy_r_slot), .r_shape(policy_r_shape),
        .r_row(policy_r_row), .r_serial(policy_r_serial), .r_bad(policy_r_bad),
        .m_data(frame_data), .m_bytes(frame_bytes), .m_last(frame_last), .m_valid(frame_valid), .m_ready(frame_ready),
        .v_valid(v_valid), .v_ready(v_ready), .v_host(v_host), .v_protect(v_protect),
        .v_slot(v_slot), .v_family(v_family), .v_tagged(v_tagged), .v_transport(v_transport),
        .v_long_aad(v_long_aad), .v_len(v_len), .v_text(v_text), .v_slots(v_slots),
        .v_beats(v_beats), .v_cycles(v_cycles), .v_single(v_single), .w_valid(want_valid), .w_row(want_row),
        .w_serial(want_serial), .cnt_out_host_mac(cnt_out_host_mac),
        .cnt_out_host_not_ip(cnt_out_host_not_ip),
        .cnt_out_host_no_policy(cnt_out_host_no_policy), .cnt_out_host_bypass(cnt_out_host_bypass),
        .cnt_out_host_fragment(cnt_out_host_fragment), .cnt_out_host_options(cnt_out_host_options),
        .cnt_out_host_ttl(cnt_out_host_ttl), .cnt_out_host_mtu(cnt_out_host_mtu),
        .cnt_out_drop_discard(cnt_out_drop_discard),
        .cnt_out_drop_bad_header(cnt_out_drop_bad_header), .cnt_out_drop_no_sa(policy_no_sa),
        .cnt_out_drop_loop(cnt_out_drop_loop), .cnt_out_table_errors(policy_bad)
    );

    // ---- issue: from here to out_emit nothing waits

    wire              start, slot_valid, slot_sop, slot_eop;
    wire [511:0]      slot_beat;
    wire              start_family, start_tagged, start_transport, start_long_aad;
    wire [SLOT_W-1:0] start_slot;
    wire [13:0]       start_len, start_text;
    wire              credit_drop, credit_emit;

    out_issue #(.SLOT_W(SLOT_W), .CREDITS(CREDITS)) issue (
        .clk(clk), .rst(rst), .s_data(frame_data), .s_bytes(frame_bytes), .s_last(frame_last),
        .s_valid(frame_valid), .s_ready(frame_ready), .v_valid(v_valid), .v_ready(v_ready),
        .v_host(v_host), .v_protect(v_protect), .v_slot(v_slot), .v_family(v_family),
        .v_tagged(v_tagged), .v_transport(v_transport), .v_long_aad(v_long_aad), .v_len(v_len),
        .v_text(v_text), .v_slots(v_slots), .v_beats(v_beats), .v_cycles(v_cycles),
        .v_single(v_single), .m_axis_host_tdata(m_axis_host_tdata), .m_axis_host_tkeep(m_axis_host_tkeep),
        .m_axis_host_tvalid(m_axis_host_tvalid), .m_axis_host_tready(m_axis_host_tready),
        .m_axis_host_tlast(m_axis_host_tlast), .m_start(start), .m_slot(start_slot),
        .m_family(start_family), .m_tagged(start_tagged), .m_transport(start_transport),
        .m_long_aad(start_long_aad), .m_len(start_len), .m_text(start_text), .m_valid(slot_valid),
        .m_sop(slot_sop), .m_eop(slot_eop), .m_beat(slot_beat), .credit_a(credit_drop),
        .credit_b(credit_emit)
    );

    // ---- resolve and sequence

    wire              seq_valid, seq_esn, seq_ok, seq_end, seq_over, seq_given;
    wire [SLOT_W-1:0] seq_slot;
    wire [13:0]       seq_len;
    wire [63:0]       seq;

    wire              t_family, t_tagged, t_transport;
    wire [13:0]       t_len, t_text;
    wire              p_start, p_drop, p_family, p_tagged, p_transport, p_key256, p_gmac, p_outer6,
                      p_esn, p_encap, p_vlan_set, resolve_no_sa, row_bad;
    wire [SLOT_W-1:0] p_slot;
    wire [13:0]       p_len, p_text;
    wire [31:0]       p_spi, p_salt;
    wire [127:0]      p_src, p_dst;
    wire [255:0]      p_key;
    wire [15:0]       p_sport, p_dport, p_vlan;
    wire [7:0]        p_ttl;
    wire [10:0]       p_outer;
    wire [47:0]       p_mac;

    out_resolve #(.SLOT_W(SLOT_W)) resolve (
        .clk(clk), .rst(rst), .s_start(start), .s_slot(start_slot), .s_family(start_family),
        .s_tagged(start_tagged), .s_transport(start_transport), .s_long_aad(start_long_aad),
        .s_len(start_len), .s_text(start_text), .sa_rd_en(sa_rd_en), .sa_rd_slot(sa_rd_slot),
        .sa_rd_ok(sa_rd_ok), .sa_rd_spi(sa_rd_spi), .sa_rd_salt(sa_rd_salt), .sa_rd_key(sa_rd_key),
        .sa_rd_key256(sa_rd_key256), .sa_rd_src(sa_rd_src), .sa_rd_dst(sa_rd_dst),
        .sa_rd_family(sa_rd_family), .sa_rd_esn(sa_rd_esn), .sa_rd_encap(sa_rd_encap),
        .sa_rd_sport(sa_rd_sport), .sa_rd_dport(sa_rd_dport), .sa_rd_nexthop(sa_rd_nexthop),
        .sa_rd_ttl(sa_rd_ttl), .sa_rd_outer(sa_rd_outer), .sa_rd_transport(sa_rd_transport),
        .sa_rd_gmac(sa_rd_gmac), .sa_rd_bad(sa_rd_bad), .nh_rd_en(nh_rd_en), .nh_rd_index(nh_rd_index),
        .nh_rd_ok(nh_rd_ok), .nh_rd_mac(nh_rd_mac), .nh_rd_vlan_set(nh_rd_vlan_set),
        .nh_rd_vlan(nh_rd_vlan), .seq_valid(seq_valid), .seq_slot(seq_slot), .seq_len(seq_len),
        .seq_esn(seq_esn), .seq_ok(seq_ok), .seq_end(seq_end), .seq_over(seq_over),
        .t_family(t_family),
        .t_tagged(t_tagged), .t_transport(t_transport), .t_len(t_len), .t_text(t_text),
        .m_start(p_start), .m_drop(p_drop), .m_slot(p_slot), .m_family(p_family),
        .m_tagged(p_tagged), .m_transport(p_transport), .m_len(p_len), .m_text(p_text),
        .m_spi(p_spi), .m_salt(p_salt), .m_key(p_key), .m_key256(p_key256), .m_gmac(p_gmac),
        .m_outer6(p_outer6), .m_src(p_src), .m_dst(p_dst), .m_esn(p_esn), .m_encap(p_encap),
        .m_sport(p_sport), .m_dport(p_dport), .m_ttl(p_ttl), .m_outer(p_outer), .m_mac(p_mac),
        .m_vlan_set(p_vlan_set), .m_vlan(p_vlan), .cnt_out_drop_no_sa(resolve_no_sa),
        .cnt_out_drop_no_nexthop(cnt_out_drop_no_nexthop),
        .cnt_out_drop_seq_end(cnt_out_drop_seq_end),
        .cnt_out_drop_lifetime(cnt_out_drop_lifetime), .cnt_out_table_errors(row_bad)
    );

    wire              seq_ev_valid;
    wire [119:0]      seq_ev;
    wire [2:0]        seq_ev_lost;

    out_sequence #(.SLOT_W(SLOT_W), .SEQ_LAST(SEQ_LAST), .SEQ_START(SEQ_START)) sequence_numbers (
        .clk(clk), .rst(rst), .s_valid(seq_valid), .s_slot(seq_slot), .s_len(seq_len),
        .s_esn(seq_esn), .s_spi(sa_rd_spi), .s_limits(sa_rd_limits), .s_ok(seq_ok),
        .m_valid(seq_given), .m_end(seq_end), .m_over(seq_over), .m_seq(seq),
        .ev_valid(seq_ev_valid), .ev(seq_ev), .ev_lost(seq_ev_lost),
        .cfg_clear(cfg_clear),
        .cfg_query(cfg_query), .cfg_slot(cfg_slot), .cfg_ack(cfg_ack), .cfg_seq(cfg_seq),
        .cfg_packets(cfg_packets), .cfg_bytes(cfg_bytes)
    );

    // ---- encapsulate, encrypt, and out

    out_seal #(.SLOT_W(SLOT_W), .DEPTH(FLOW_DEPTH)) seal (
        .clk(clk), .rst(rst), .s_valid(slot_valid), .s_sop(slot_sop), .s_eop(slot_eop),
        .s_beat(slot_beat), .t_family(t_family), .t_tagged(t_tagged), .t_transport(t_transport),
        .t_len(t_len), .t_text(t_text), .p_start(p_start), .p_drop(p_drop), .p_slot(p_slot),
        .p_family(p_family), .p_tagged(p_tagged), .p_transport(p_transport), .p_len(p_len),
        .p_text(p_text), .p_spi(p_spi), .p_salt(p_salt), .p_key(p_key), .p_key256(p_key256),
        .p_gmac(p_gmac), .p_outer6(p_outer6), .p_src(p_src), .p_dst(p_dst), .p_esn(p_esn),
        .p_encap(p_encap), .p_sport(p_sport), .p_dport(p_dport), .p_ttl(p_ttl), .p_outer(p_outer),
        .p_mac(p_mac), .p_vlan_set(p_vlan_set), .p_vlan(p_vlan), .p_seq(seq),
        .cipher_mac(cipher_mac), .hp_en(hp_en), .hp_slot(hp_slot), .hp_data(hp_data),
        .m_axis_tdata(m_axis_cipher_tdata), .m_axis_tkeep(m_axis_cipher_tkeep),
        .m_axis_tvalid(m_axis_cipher_tvalid), .m_axis_tready(m_axis_cipher_tready),
        .m_axis_tlast(m_axis_cipher_tlast), .credit_drop(credit_drop), .credit_emit(credit_emit),
        .cnt_out_encrypted(cnt_out_encrypted), .cnt_out_encrypted_len(cnt_out_encrypted_len)
    );

    // ---- what is told of all that

    wire         acquire_valid;
    wire [119:0] acquire;

    out_acquire acquires (
        .clk(clk), .rst(rst), .s_valid(want_valid), .s_row(want_row), .s_serial(want_serial),
        .ev_valid(acquire_valid), .ev(acquire)
    );

    event_merge #(.FLOWS(2)) events (
        .clk(clk), .rst(rst), .s_valid({acquire_valid, seq_ev_valid}), .s_event({acquire, seq_ev}),
        .s_lost({3'd0, seq_ev_lost}), .m_valid(ev_valid),
        .m_event({ev_kind, ev_slot, ev_spi, ev_detail}), .m_ready(1'b1), .m_lost(ev_lost)
    );

    // A policy without an SA, and a slot whose SA has gone since, are one reason; so are a policy and
    // an SA with an error.
    count_both no_sa (
        .clk(clk), .rst(rst), .one_a(policy_no_sa), .one_b(resolve_no_sa), .one(cnt_out_drop_no_sa)
    );
    count_both table_errors (
        .clk(clk), .rst(rst), .one_a(policy_bad), .one_b(row_bad), .one(cnt_out_table_errors)
    );

    wire unused = &{1'b0, seq_given};

`ifdef VERILATOR
    // Invariant 6: every frame that enters is told in one counter. What is inside is bounded, so
    // that frames that are never told, or told twice, are found after a few hundred.
    wire        enters  = s_axis_tvalid && s_axis_tready;
    reg         entering;               // a frame's first beat is in and its last is not
    wire        entered = enters && !entering;
    wire [16:0] told    = {cnt_out_encrypted, cnt_out_host_mac, cnt_out_host_not_ip,
                           cnt_out_host_no_policy, cnt_out_host_bypass, cnt_out_host_fragment,
                           cnt_out_host_options, cnt_out_host_ttl, cnt_out_host_mtu,
                           cnt_out_drop_discard, cnt_out_drop_bad_header, cnt_out_drop_no_sa,
                           cnt_out_drop_no_nexthop, cnt_out_drop_seq_end, cnt_out_drop_lifetime,
                           cnt_out_drop_loop, cnt_out_table_errors};
    reg  [3:0]  told_sum;
    reg  [15:0] frames_inside;
    integer     n;

    always @* begin
        told_sum = 4'd0;
        for (n = 0; n < 17; n = n + 1)
            told_sum = told_sum + {3'd0, told[n]};
    end

    always @(posedge clk) begin
        frames_inside <= frames_inside + {15'd0, entered} - {12'd0, told_sum};
        if (enters)
            entering <= !s_axis_tlast;
        if (rst) begin
            frames_inside <= 16'd0;
            entering      <= 1'b0;
        end else
            assert (frames_inside <= 16'd320);
    end
`endif

endmodule

`resetall
