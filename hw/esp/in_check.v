// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, after decryption: everything that can be said of a packet without its SA's
//             history. Tag, padding, inner header and selector are judged side by side and meet 8
//             cycles after the packet's last slot; in_replay makes the verdict of them.
// Parameters: SLOT_W (bits of an SA slot), DEPTH (packets that can be in the crypto).
// Latency:    8 cycles. Throughput: a slot a cycle (flow).
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
    input  wire [1:0]        i_ecn,
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

    output reg               m_valid,
    output reg  [SLOT_W-1:0] m_slot,
    output reg  [63:0]       m_seq,
    output reg  [6:0]        m_blocks,     // of the SA's replay window
    output reg  [31:0]       m_spi,
    output reg  [255:0]      m_limits,     // the SA's lifetimes
    output reg               m_sa_ok,
    output reg               m_tag_ok,
    output reg               m_pad_ok,
    output reg               m_inner_ok,
    output reg               m_sel_ok,
    output reg  [15:0]       m_nexthop,
    output reg  [13:0]       m_len,        // inner packet: total length and what changes on its way
    output reg  [7:0]        m_tos,
    output reg  [1:0]        m_ecn,        // the new one (RFC 6040)
    output reg  [7:0]        m_ttl,
    output reg  [15:0]       m_sum,
    output reg  [31:0]       m_dst
);

    localparam [7:0] NEXT_IPV4 = 8'd4;
    localparam       SIDE_W    = SLOT_W + 32 + 64 + 2;

    // What the core does not carry
    wire              side_room, side_valid, icv_room, icv_valid;
    wire [SLOT_W-1:0] slot;
    wire [31:0]       spi;
    wire [63:0]       seq;
    wire [13:0]       ct;
    wire [1:0]        outer_ecn;
    wire              sop = s_valid && s_sop;
    wire              eop = s_valid && s_eop;

    axis_fifo #(.WIDTH(SIDE_W + 14), .DEPTH(DEPTH)) side_fifo (
        .clk(clk), .rst(rst),
        .s_data({i_slot, i_spi, i_seq, i_ecn, i_ct}), .s_valid(i_sop), .s_ready(side_room),
        .m_data({slot, spi, seq, outer_ecn, ct}), .m_valid(side_valid), .m_ready(sop),
        .level()
    );

    axis_fifo #(.WIDTH(128), .DEPTH(DEPTH)) icv_fifo (
        .clk(clk), .rst(rst),
        .s_data(i_icv), .s_valid(i_icv_valid), .s_ready(icv_room),
        .m_data(s_icv), .m_valid(icv_valid), .m_ready(eop),
        .level()
    );

    assign ck_en   = sop;
    assign ck_slot = slot;

    // The four judgements, 7 cycles each
    wire [SLOT_W-1:0] t_slot;
    wire [31:0]       t_spi;
    wire [63:0]       t_seq;
    wire [31:0]       t_dst;
    wire [6:0]        t_blocks;
    wire [1:0]        t_outer_ecn;
    wire              t_pad_ok, t_sa_ok, t_ip_ok, t_sel_ok;
    wire [13:0]       t_payload;
    wire [7:0]        t_next, t_tos, t_ttl;
    wire [15:0]       t_nexthop, t_len, t_sum;

    gcm_delay #(.WIDTH(SIDE_W), .CYCLES(7)) side (
        .clk(clk), .rst(rst), .s_valid(sop), .s_data({slot, spi, seq, outer_ecn}),
        .m_valid(), .m_data({t_slot, t_spi, t_seq, t_outer_ecn})
    );

    // The row is here 2 cycles after the packet's first slot
    reg          sop_1, sop_2;
    wire [255:0] t_limits;

    always @(posedge clk) begin
        sop_1 <= sop;
        sop_2 <= sop_1;
        if (rst)
            {sop_1, sop_2} <= 2'b00;
    end

    gcm_delay #(.WIDTH(256), .CYCLES(5)) lifetimes (
        .clk(clk), .rst(rst), .s_valid(sop_2), .s_data(ck_limits),
        .m_valid(), .m_data(t_limits)
    );

    in_trailer trailer (
        .clk(clk), .rst(rst),
        .s_valid(s_valid), .s_sop(s_sop), .s_data(s_data), .s_ct(ct),
        .m_ok(t_pad_ok), .m_payload(t_payload), .m_next(t_next)
    );

    in_inner inner (
        .clk(clk), .rst(rst), .s_valid(sop), .s_data(s_data),
        .ck_ok(ck_ok), .ck_blocks(ck_blocks), .ck_nexthop(ck_nexthop), .ck_sel_check(ck_sel_check),
        .ck_sel_family(ck_sel_family), .ck_sel_src(ck_sel_src), .ck_sel_dst(ck_sel_dst),
        .ck_sel_src_len(ck_sel_src_len), .ck_sel_dst_len(ck_sel_dst_len),
        .ck_sel_proto(ck_sel_proto),
        .ck_sel_sport_first(ck_sel_sport_first), .ck_sel_sport_last(ck_sel_sport_last),
        .ck_sel_dport_first(ck_sel_dport_first), .ck_sel_dport_last(ck_sel_dport_last),
        .m_sa_ok(t_sa_ok), .m_blocks(t_blocks), .m_nexthop(t_nexthop), .m_ip_ok(t_ip_ok),
        .m_sel_ok(t_sel_ok), .m_len(t_len), .m_tos(t_tos), .m_ttl(t_ttl), .m_sum(t_sum),
        .m_dst(t_dst)
    );

    // All 128 bits, always, in the same time: a tag is right or wrong, never nearly right
    reg  tag_same, tag_valid;
    wire t_eop, t_tag_ok;

    always @(posedge clk) begin
        tag_valid <= eop;
        if (eop)
            tag_same <= s_tag == s_icv;
        if (rst)
            tag_valid <= 1'b0;
    end

    gcm_delay #(.WIDTH(1), .CYCLES(6)) tag (
        .clk(clk), .rst(rst), .s_valid(tag_valid), .s_data(tag_same),
        .m_valid(t_eop), .m_data(t_tag_ok)
    );

    // RFC 6040 4.2, by the outer and the inner field: congestion is passed on, a packet that can't
    // say so is dropped, and ECT(1) outside makes ECT(0) inside ECT(1)
    wire [1:0] inner_ecn = t_tos[1:0];
    wire       ce        = t_outer_ecn == 2'b11;
    wire       ecn_lost  = ce && inner_ecn == 2'b00;
    wire       ecn_one   = t_outer_ecn == 2'b01 && inner_ecn == 2'b10;

    always @(posedge clk) begin
        m_valid <= t_eop;
        if (t_eop) begin
            m_slot     <= t_slot;
            m_seq      <= t_seq;
            m_blocks   <= t_blocks;
            m_spi      <= t_spi;
            m_limits   <= t_limits;
            m_sa_ok    <= t_sa_ok;
            m_tag_ok   <= t_tag_ok;
            m_pad_ok   <= t_pad_ok;
            m_inner_ok <= t_next == NEXT_IPV4 && t_ip_ok && t_len <= {2'b0, t_payload} && !ecn_lost;
            m_sel_ok   <= t_sel_ok;
            m_nexthop  <= t_nexthop;
            m_len      <= t_len[13:0];
            m_tos      <= t_tos;
            m_ecn      <= ce ? 2'b11 : ecn_one ? 2'b01 : inner_ecn;
            m_ttl      <= t_ttl;
            m_sum      <= t_sum;
            m_dst      <= t_dst;
        end
        if (rst)
            m_valid <= 1'b0;
    end

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
