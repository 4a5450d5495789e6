// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, from a packet's beats to its ESP frame: out_encap and out_header, the core,
//             out_checksum and out_emit wired together.
// Parameters: SLOT_W (bits of an SA slot), DEPTH (see out_emit).
// Latency:    3 cycles to the core, 21 in it, 12 to the wire; with a UDP checksum over IPv6 6 from the
//             last slot to the checksum and 5 to the wire.
// Throughput: one slot a cycle in, one beat a cycle out.
module out_seal #(
    parameter SLOT_W = 10,
    parameter DEPTH  = 512
) (
    input  wire              clk,
    input  wire              rst,

    // Slots with their beats (out_issue)
    input  wire              s_valid,
    input  wire              s_sop,
    input  wire              s_eop,
    input  wire [511:0]      s_beat,

    // The packet (out_resolve), and its number (out_sequence)
    input  wire              t_family,
    input  wire              t_tagged,
    input  wire              t_transport,
    input  wire [13:0]       t_len,
    input  wire [13:0]       t_text,
    input  wire              p_start,
    input  wire              p_drop,
    input  wire [SLOT_W-1:0] p_slot,
    input  wire              p_family,
    input  wire              p_tagged,
    input  wire              p_transport,
    input  wire [13:0]       p_len,
    input  wire [13:0]       p_text,
    input  wire [31:0]       p_spi,
    input  wire [31:0]       p_salt,
    input  wire [255:0]      p_key,
    input  wire              p_key256,
    input  wire              p_gmac,
    input  wire              p_outer6,
    input  wire [127:0]      p_src,
    input  wire [127:0]      p_dst,
    input  wire              p_esn,
    input  wire              p_encap,
    input  wire [15:0]       p_sport,
    input  wire [15:0]       p_dport,
    input  wire [7:0]        p_ttl,
    input  wire [10:0]       p_outer,
    input  wire [47:0]       p_mac,
    input  wire              p_vlan_set,
    input  wire [15:0]       p_vlan,
    input  wire [63:0]       p_seq,
    input  wire [47:0]       cipher_mac,

    // The powers of H (sa_out_table)
    output wire              hp_en,
    output wire [SLOT_W-1:0] hp_slot,
    input  wire [2047:0]     hp_data,

    output wire [511:0]      m_axis_tdata,
    output wire [63:0]       m_axis_tkeep,
    output wire              m_axis_tvalid,
    input  wire              m_axis_tready,
    output wire              m_axis_tlast,

    // Slots that are free again, and what was sent
    output wire              credit_drop,
    output wire              credit_emit,
    output wire              cnt_out_encrypted,
    output wire [13:0]       cnt_out_encrypted_len
);

    // ---- text and header

    wire              c_valid, c_sop, c_eop, c_key256, c_gmac, c_aad96;
    wire [511:0]      c_data;
    wire [13:0]       c_len;
    wire [255:0]      c_key;
    wire [95:0]       c_nonce, c_aad;
    wire [SLOT_W-1:0] c_slot;
    wire              ip_valid;
    wire [319:0]      ip;
    wire [15:0]       tci;

    out_encap #(.SLOT_W(SLOT_W)) encap (
        .clk(clk), .rst(rst), .s_valid(s_valid), .s_sop(s_sop), .s_eop(s_eop), .s_beat(s_beat),
        .t_family(t_family), .t_tagged(t_tagged), .t_transport(t_transport), .t_len(t_len),
        .t_text(t_text), .p_start(p_start), .p_drop(p_drop), .p_slot(p_slot), .p_family(p_family),
        .p_transport(p_transport), .p_len(p_len), .p_text(p_text), .p_spi(p_spi), .p_salt(p_salt),
        .p_key(p_key), .p_key256(p_key256), .p_gmac(p_gmac), .p_seq(p_seq), .p_esn(p_esn),
        .c_valid(c_valid), .c_sop(c_sop), .c_eop(c_eop), .c_data(c_data), .c_len(c_len),
        .c_key(c_key), .c_key256(c_key256), .c_gmac(c_gmac), .c_nonce(c_nonce), .c_aad(c_aad),
        .c_aad96(c_aad96), .c_slot(c_slot), .h_valid(ip_valid), .h_ip(ip), .h_tci(tci),
        .credit(credit_drop), .cnt_out_encrypted(cnt_out_encrypted),
        .cnt_out_encrypted_len(cnt_out_encrypted_len)
    );

    wire         u_valid, u_need, h_valid, h_tagged, h_encap, h_outer6;
    wire [463:0] u_words;
    wire [13:0]  h_ct, h_end;
    wire [655:0] h_header;

    out_header header (
        .clk(clk), .rst(rst), .s_valid(ip_valid), .s_ip(ip), .s_tci(tci), .s_tagged(p_tagged),
        .s_family(p_family), .s_transport(p_transport), .s_text(p_text), .s_seq(p_seq),
        .s_spi(p_spi), .s_outer6(p_outer6), .s_src(p_src), .s_dst(p_dst), .s_encap(p_encap),
        .s_sport(p_sport), .s_dport(p_dport), .s_ttl(p_ttl), .s_outer(p_outer), .s_mac(p_mac),
        .s_vlan_set(p_vlan_set), .s_vlan(p_vlan), .cipher_mac(cipher_mac), .u_valid(u_valid),
        .u_need(u_need), .u_words(u_words), .m_valid(h_valid), .m_tagged(h_tagged),
        .m_encap(h_encap), .m_outer6(h_outer6), .m_ct(h_ct), .m_end(h_end), .m_header(h_header)
    );

    // ---- encrypt

    wire         e_valid, e_sop, e_eop;
    wire [511:0] e_data;
    wire [127:0] e_tag;

    gcm_core #(.DECRYPT(0), .SLOT_W(SLOT_W)) gcm (
        .clk(clk), .rst(rst), .s_valid(c_valid), .s_sop(c_sop), .s_eop(c_eop), .s_data(c_data),
        .s_len(c_len), .s_key(c_key), .s_key256(c_key256), .s_gmac(c_gmac), .s_nonce(c_nonce),
        .s_aad(c_aad), .s_aad96(c_aad96), .s_slot(c_slot), .hp_en(hp_en), .hp_slot(hp_slot),
        .hp_data(hp_data), .m_valid(e_valid), .m_sop(e_sop), .m_eop(e_eop), .m_data(e_data),
        .m_tag(e_tag)
    );

    // ---- and out

    wire         tag_valid;
    wire [127:0] tag;
    wire [15:0]  sum;

    out_checksum checksum (
        .clk(clk), .rst(rst), .h_valid(u_valid), .h_need(u_need), .h_words(u_words),
        .s_valid(e_valid), .s_sop(e_sop), .s_eop(e_eop), .s_data(e_data), .s_tag(e_tag),
        .m_valid(tag_valid), .m_tag(tag), .m_sum(sum)
    );

    out_emit #(.DEPTH(DEPTH)) emit (
        .clk(clk), .rst(rst), .s_valid(e_valid), .s_sop(e_sop), .s_eop(e_eop), .s_data(e_data),
        .t_valid(tag_valid), .t_tag(tag), .t_sum(sum), .h_valid(h_valid), .h_tagged(h_tagged),
        .h_encap(h_encap), .h_outer6(h_outer6), .h_ct(h_ct), .h_end(h_end), .h_header(h_header),
        .m_axis_tdata(m_axis_tdata), .m_axis_tkeep(m_axis_tkeep), .m_axis_tvalid(m_axis_tvalid),
        .m_axis_tready(m_axis_tready), .m_axis_tlast(m_axis_tlast), .credit(credit_emit)
    );

endmodule

`resetall
