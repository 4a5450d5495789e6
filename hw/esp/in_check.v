// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, after decryption: everything that can be said of a packet without its SA's
//             history. Tag, padding, inner header and selector are judged side by side, the new
//             headers are made beside them, and all meet 9 cycles after the packet's last slot;
//             in_replay makes the verdict of them.
// Parameters: SLOT_W (bits of an SA slot), DEPTH (packets that can be in the crypto).
// Latency:    9 cycles. Throughput: a slot a cycle (flow).
module in_check #(
    parameter SLOT_W = 10,
    parameter DEPTH  = 512
) (
    input  wire              clk,
    input  wire              rst,

    input  wire              i_sop,        // from in_issue: a packet enters the core
    input  wire [SLOT_W-1:0] i_slot,
    input  wire [31:0]       i_spi,
    input  wire [63:0]       i_seq,
    input  wire [13:0]       i_ct,
    input  wire              i_v6,         // its outer header
    input  wire [319:0]      i_outer,
    input  wire              i_vlan,
    input  wire [15:0]       i_tci,
    input  wire              i_icv_valid,  // and its ICV as it was on the wire
    input  wire [127:0]      i_icv,

    input  wire              s_valid,      // from gcm_core
    input  wire              s_sop,
    input  wire              s_eop,
    input  wire [511:0]      s_data,
    input  wire [127:0]      s_tag,
    output wire [127:0]      s_icv,        // what the tag must be, with s_eop

    output wire              ck_en,        // sa_in_table
    output wire [SLOT_W-1:0] ck_slot,
    input  wire              ck_ok,
    input  wire [6:0]        ck_blocks,
    input  wire [255:0]      ck_limits,
    input  wire [15:0]       ck_nexthop,
    input  wire              ck_transport,
    input  wire              ck_ecn_off,
    input  wire              ck_decap_dscp,
    input  wire [15:0]       ck_csum_delta,
    input  wire              ck_sel_check,
    input  wire              ck_sel_family,
    input  wire [127:0]      ck_sel_src,
    input  wire [127:0]      ck_sel_dst,
    input  wire [7:0]        ck_sel_src_len,
    input  wire [7:0]        ck_sel_dst_len,
    input  wire [7:0]        ck_sel_proto,
    input  wire [15:0]       ck_sel_sport_first,
    input  wire [15:0]       ck_sel_sport_last,
    input  wire [15:0]       ck_sel_dport_first,
    input  wire [15:0]       ck_sel_dport_last,
    input  wire              ck_bad,       // a cycle later: the row has a parity error

    output reg               m_valid,
    output reg  [SLOT_W-1:0] m_slot,
    output reg  [63:0]       m_seq,
    output reg  [6:0]        m_blocks,     // of the SA's replay window
    output reg  [31:0]       m_spi,
    output reg  [255:0]      m_limits,     // the SA's lifetimes
    output reg               m_sa_ok,
    output reg               m_sa_bad,     // nobody knows what the SA says
    output reg               m_tag_ok,
    output reg               m_pad_ok,
    output reg               m_dummy,
    output reg               m_inner_ok,
    output wire              m_sel_ok,
    output reg  [13:0]       m_bytes,      // that count for the SA's lifetime
    output reg  [15:0]       m_nexthop,    // what goes on to in_route: the SA's next hop,
    output reg               m_vlan,       //     the frame's tag,
    output reg  [15:0]       m_tci,
    output wire              m_transport,  //     and what in_rewrite has made
    output wire              m_v6,
    output wire [13:0]       m_len,
    output wire [319:0]      m_head,
    output wire [18:0]       m_sum,
    output wire [17:0]       m_l4
);

    localparam [7:0] NEXT_IPV4 = 8'd4;
    localparam [7:0] NEXT_IPV6 = 8'd41;
    localparam [7:0] NEXT_NONE = 8'd59;
    localparam       SIDE_W    = SLOT_W + 32 + 64 + 1 + 16;

    // What the core does not carry
    wire              side_room, side_valid, icv_room, icv_valid;
    wire [SIDE_W-1:0] side;
    wire [13:0]       ct;
    wire              outer_v6;
    wire [319:0]      outer;
    wire              sop = s_valid && s_sop;
    wire              eop = s_valid && s_eop;

    axis_fifo #(.WIDTH(SIDE_W + 14 + 1 + 320), .DEPTH(DEPTH)) side_fifo (
        .clk(clk), .rst(rst),
        .s_data({i_slot, i_spi, i_seq, i_vlan, i_tci, i_ct, i_v6, i_outer}), .s_valid(i_sop),
        .s_ready(side_room),
        .m_data({side, ct, outer_v6, outer}), .m_valid(side_valid), .m_ready(sop),
        .level()
    );

    axis_fifo #(.WIDTH(128), .DEPTH(DEPTH)) icv_fifo (
        .clk(clk), .rst(rst),
        .s_data(i_icv), .s_valid(i_icv_valid), .s_ready(icv_room),
        .m_data(s_icv), .m_valid(icv_valid), .m_ready(eop),
        .level()
    );

    assign ck_en   = sop;
    assign ck_slot = side[SIDE_W-1 -: SLOT_W];

    // The row is here 2 cycles after the packet's first slot, and whether to believe it in 3
    reg sop_1, sop_2, sop_3;

    always @(posedge clk) begin
        sop_1 <= sop;
        sop_2 <= sop_1;
        sop_3 <= sop_2;
        if (rst)
            {sop_1, sop_2, sop_3} <= 3'b000;
    end

    // Cycle 7: trailer and inner header
    wire         h_valid, h_transport, h_v6, h_seen;
    wire [319:0] h_head;
    wire [7:0]   h_outer_tos, h_proto;
    wire [31:0]  h_word;
    wire [15:0]  h_udp_sum, h_tcp_sum;
    wire         t_valid, t_tag_ok, t_pad_ok, t_ip_ok, t_transport, t_v6, t_ecn_lost;
    wire [13:0]  t_payload;
    wire [7:0]   t_next;
    wire [16:0]  t_len;

    in_trailer trailer (
        .clk(clk), .rst(rst),
        .s_valid(s_valid), .s_sop(s_sop), .s_data(s_data), .s_ct(ct),
        .m_ok(t_pad_ok), .m_payload(t_payload), .m_next(t_next)
    );

    in_inner inner (
        .clk(clk), .rst(rst), .s_valid(sop), .s_data(s_data), .s_v6(outer_v6), .s_outer(outer),
        .ck_transport(ck_transport),
        .h_valid(h_valid), .h_transport(h_transport), .h_v6(h_v6), .h_head(h_head),
        .h_outer_tos(h_outer_tos), .h_proto(h_proto), .h_seen(h_seen), .h_word(h_word),
        .h_udp_sum(h_udp_sum), .h_tcp_sum(h_tcp_sum), .m_ok(t_ip_ok), .m_len(t_len)
    );

    // All 128 bits, always, in the same time: a tag is right or wrong, never nearly right
    reg  tag_same, tag_valid;

    always @(posedge clk) begin
        tag_valid <= eop;
        if (eop)
            tag_same <= s_tag == s_icv;
        if (rst)
            tag_valid <= 1'b0;
    end

    gcm_delay #(.WIDTH(1), .CYCLES(6)) tag (
        .clk(clk), .rst(rst), .s_valid(tag_valid), .s_data(tag_same),
        .m_valid(t_valid), .m_data(t_tag_ok)
    );

    // Cycle 8: what goes beside; does what the trailer says agree with the header?
    wire [SLOT_W-1:0] u_slot;
    wire [31:0]       u_spi;
    wire [63:0]       u_seq;
    wire              u_vlan, u_sa_ok, u_sa_bad;
    wire [15:0]       u_tci, u_nexthop;
    wire [6:0]        u_blocks;
    wire [255:0]      u_limits;
    reg               u_valid, u_tag_ok, u_pad_ok, u_dummy, u_next_ok, u_fits, u_ip_ok;
    reg  [13:0]       u_bytes;

    gcm_delay #(.WIDTH(SIDE_W), .CYCLES(8)) beside (
        .clk(clk), .rst(rst), .s_valid(sop), .s_data(side),
        .m_valid(), .m_data({u_slot, u_spi, u_seq, u_vlan, u_tci})
    );

    gcm_delay #(.WIDTH(1 + 7 + 16 + 256), .CYCLES(6)) row (
        .clk(clk), .rst(rst), .s_valid(sop_2), .s_data({ck_ok, ck_blocks, ck_nexthop, ck_limits}),
        .m_valid(), .m_data({u_sa_ok, u_blocks, u_nexthop, u_limits})
    );

    gcm_delay #(.WIDTH(1), .CYCLES(5)) parity (
        .clk(clk), .rst(rst), .s_valid(sop_3), .s_data(ck_bad), .m_valid(), .m_data(u_sa_bad)
    );

    always @(posedge clk) begin
        u_valid <= t_valid;
        if (t_valid) begin
            u_tag_ok  <= t_tag_ok;
            u_pad_ok  <= t_pad_ok;
            u_dummy   <= t_next == NEXT_NONE;          // RFC 4303 2.6
            u_next_ok <= t_transport || t_next == (t_v6 ? NEXT_IPV6 : NEXT_IPV4);
            u_fits    <= t_transport || t_len <= {3'b0, t_payload};
            u_ip_ok   <= t_ip_ok && !t_ecn_lost;
            u_bytes   <= t_transport ? t_payload : t_len[13:0];
        end
        m_valid <= u_valid;
        if (u_valid) begin
            {m_slot, m_spi, m_seq, m_vlan, m_tci}    <= {u_slot, u_spi, u_seq, u_vlan, u_tci};
            {m_sa_ok, m_blocks, m_nexthop, m_limits} <= {u_sa_ok, u_blocks, u_nexthop, u_limits};
            m_sa_bad   <= u_sa_bad;
            m_tag_ok   <= u_tag_ok;
            m_pad_ok   <= u_pad_ok;
            m_dummy    <= u_dummy;
            m_inner_ok <= u_next_ok && u_fits && u_ip_ok;
            m_bytes    <= u_bytes;
        end
        if (rst) begin
            u_valid <= 1'b0;
            m_valid <= 1'b0;
        end
    end

    // Cycle 9, beside: the selector's word, and the new headers
    in_select select (
        .clk(clk), .rst(rst), .ck_valid(sop_2), .ck_sel_check(ck_sel_check),
        .ck_sel_family(ck_sel_family), .ck_sel_src(ck_sel_src), .ck_sel_dst(ck_sel_dst),
        .ck_sel_src_len(ck_sel_src_len), .ck_sel_dst_len(ck_sel_dst_len),
        .ck_sel_proto(ck_sel_proto),
        .ck_sel_sport_first(ck_sel_sport_first), .ck_sel_sport_last(ck_sel_sport_last),
        .ck_sel_dport_first(ck_sel_dport_first), .ck_sel_dport_last(ck_sel_dport_last),
        .s_valid(h_valid), .s_transport(h_transport), .s_v6(h_v6), .s_addresses(h_head[255:0]),
        .s_proto(h_proto), .s_seen(h_seen), .s_word(h_word),
        .t_valid(t_valid), .t_next(t_next), .t_seen(t_payload[13:2] != 12'd0), .m_ok(m_sel_ok)
    );

    in_rewrite rewrite (
        .clk(clk), .rst(rst), .ck_valid(sop_2), .ck_ecn_off(ck_ecn_off),
        .ck_decap_dscp(ck_decap_dscp), .ck_csum_delta(ck_csum_delta),
        .s_valid(h_valid), .s_transport(h_transport), .s_v6(h_v6), .s_head(h_head),
        .s_outer_tos(h_outer_tos), .s_udp_sum(h_udp_sum), .s_tcp_sum(h_tcp_sum),
        .t_valid(t_valid), .t_next(t_next), .t_payload(t_payload), .t_len(t_len[13:0]),
        .t_transport(t_transport), .t_v6(t_v6), .t_ecn_lost(t_ecn_lost),
        .m_transport(m_transport), .m_v6(m_v6), .m_len(m_len), .m_head(m_head), .m_sum(m_sum),
        .m_l4(m_l4)
    );

`ifdef VERILATOR
    always @(posedge clk)
        if (!rst) begin
            assert (side_room || !i_sop);
            assert (icv_room || !i_icv_valid);
            assert (side_valid || !sop);
            assert (icv_valid || !eop);
        end
`else
    wire unused = &{1'b0, side_room, side_valid, icv_room, icv_valid};
`endif

endmodule

`resetall
