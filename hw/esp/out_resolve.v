// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, beside out_sequence: fetches what a packet needs of its SA, the MAC and tag
//             of the SA's next hop, and then its sequence number, and says whether the packet is
//             sent. A packet that is not sent gets no number.
// Parameters: SLOT_W (bits of an SA slot).
// Latency:    5 cycles: SA row 2, next hop 2, sequence number 1 more.
// Throughput: one packet a cycle.
module out_resolve #(
    parameter SLOT_W = 10
) (
    input  wire              clk,
    input  wire              rst,

    // A packet starts (out_issue); what is said of it stays until the next
    input  wire              s_start,
    input  wire [SLOT_W-1:0] s_slot,
    input  wire              s_family,
    input  wire              s_tagged,
    input  wire              s_transport,
    input  wire              s_long_aad,
    input  wire [13:0]       s_len,
    input  wire [13:0]       s_text,

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
    input  wire              sa_rd_bad,     // a cycle later: the row has a parity error

    // nexthop_table
    output wire              nh_rd_en,
    output wire [15:0]       nh_rd_index,
    input  wire              nh_rd_ok,
    input  wire [47:0]       nh_rd_mac,
    input  wire              nh_rd_vlan_set,
    input  wire [15:0]       nh_rd_vlan,

    // out_sequence
    output wire              seq_valid,
    output wire [SLOT_W-1:0] seq_slot,
    output wire [13:0]       seq_len,
    output wire              seq_esn,
    output wire              seq_ok,
    input  wire              seq_end,   // 3 cycles behind seq_valid
    input  wire              seq_over,

    // 4 cycles behind s_start, until the next packet's
    output wire              t_family,
    output wire              t_tagged,
    output wire              t_transport,
    output wire [13:0]       t_len,
    output wire [13:0]       t_text,

    // 5 cycles behind s_start, until the next packet's
    output reg               m_start,
    output wire              m_drop,
    output reg  [SLOT_W-1:0] m_slot,
    output reg               m_family,      // of the packet
    output reg               m_tagged,
    output reg               m_transport,
    output reg  [13:0]       m_len,
    output reg  [13:0]       m_text,
    output reg  [31:0]       m_spi,
    output reg  [31:0]       m_salt,
    output reg  [255:0]      m_key,
    output reg               m_key256,
    output reg               m_gmac,
    output reg               m_outer6,      // the outer header is IPv6's
    output reg  [127:0]      m_src,
    output reg  [127:0]      m_dst,
    output reg               m_esn,
    output reg               m_encap,
    output reg  [15:0]       m_sport,
    output reg  [15:0]       m_dport,
    output reg  [7:0]        m_ttl,
    output reg  [10:0]       m_outer,
    output reg  [47:0]       m_mac,
    output reg               m_vlan_set,
    output reg  [15:0]       m_vlan,

    output reg               cnt_out_drop_no_sa,
    output reg               cnt_out_drop_no_nexthop,
    output reg               cnt_out_drop_seq_end,
    output reg               cnt_out_drop_lifetime,
    output reg               cnt_out_table_errors
);

    localparam SAYS_W = SLOT_W + 3 + 14 + 14;
    localparam ROW_W  = 32 + 32 + 256 + 1 + 1 + 1 + 128 + 128 + 1 + 1 + 16 + 16 + 8 + 11;

    reg              start_1, start_2, start_3, start_4;
    reg [SAYS_W-1:0] says_1, says_2, says_3, says_4;
    reg              long_aad_1, long_aad_2;
    reg [ROW_W-1:0]  row_3, row_4;
    reg              ok_3, ok_4;            // there is an SA,
    reg              usable_4;              // and nothing is wrong with it
    reg              bad_4;                 // nobody knows what is there
    reg              bad, no_sa, no_nexthop;

    assign sa_rd_en   = s_start;
    assign sa_rd_slot = s_slot;

    // The row is here
    wire        family_2, tagged_2, transport_2;
    wire [13:0] text_2;
    assign {seq_slot, family_2, tagged_2, transport_2, seq_len, text_2} = says_2;
    assign nh_rd_en    = start_2;
    assign nh_rd_index = sa_rd_nexthop;
    assign seq_valid   = start_2;
    assign seq_esn     = sa_rd_esn;

    // The packet was queued for an SA of a certain shape. When the row has changed since, so that
    // the packet has not the right number of slots, it is too late for it. In transport mode its
    // own addresses are the outer ones.
    wire fits = sa_rd_transport == transport_2 && (sa_rd_gmac && sa_rd_esn) == long_aad_2
             && !(transport_2 && sa_rd_family != family_2);

    // The next hop is here
    wire [SLOT_W-1:0] slot_4;
    assign {slot_4, t_family, t_tagged, t_transport, t_len, t_text} = says_4;
    assign seq_ok = usable_4 && nh_rd_ok;

    // The sequence number is here
    assign m_drop = bad || no_sa || no_nexthop || seq_end || seq_over;

    always @(posedge clk) begin
        start_1 <= s_start;
        start_2 <= start_1;
        start_3 <= start_2;
        start_4 <= start_3;
        m_start <= start_4;
        if (s_start) begin
            says_1     <= {s_slot, s_family, s_tagged, s_transport, s_len, s_text};
            long_aad_1 <= s_long_aad;
        end
        if (start_1) begin
            says_2     <= says_1;
            long_aad_2 <= long_aad_1;
        end
        if (start_2) begin
            says_3 <= says_2;
            row_3  <= {sa_rd_spi, sa_rd_salt, sa_rd_key, sa_rd_key256, sa_rd_gmac, sa_rd_family,
                       sa_rd_src, sa_rd_dst, sa_rd_esn, sa_rd_encap, sa_rd_sport, sa_rd_dport,
                       sa_rd_ttl, sa_rd_outer};
            ok_3   <= sa_rd_ok && fits;
        end
        if (start_3) begin
            says_4   <= says_3;
            row_4    <= row_3;
            ok_4     <= ok_3;
            bad_4    <= sa_rd_bad;
            usable_4 <= ok_3 && !sa_rd_bad;
        end
        if (start_4) begin
            {m_slot, m_family, m_tagged, m_transport, m_len, m_text} <= says_4;
            {m_spi, m_salt, m_key, m_key256, m_gmac, m_outer6, m_src, m_dst, m_esn, m_encap,
             m_sport, m_dport, m_ttl, m_outer} <= row_4;
            m_mac      <= nh_rd_mac;
            m_vlan_set <= nh_rd_vlan_set;
            m_vlan     <= nh_rd_vlan;
            bad        <= bad_4;
            no_sa      <= !bad_4 && !ok_4;
            no_nexthop <= usable_4 && !nh_rd_ok;
        end

        cnt_out_drop_no_sa      <= m_start && no_sa;
        cnt_out_drop_no_nexthop <= m_start && no_nexthop;
        cnt_out_table_errors    <= m_start && bad;
        cnt_out_drop_seq_end    <= m_start && !bad && !no_sa && !no_nexthop && seq_end;
        cnt_out_drop_lifetime   <= m_start && !bad && !no_sa && !no_nexthop && seq_over;

        if (rst) begin
            start_1 <= 1'b0;
            start_2 <= 1'b0;
            start_3 <= 1'b0;
            start_4 <= 1'b0;
            m_start <= 1'b0;
            cnt_out_drop_no_sa      <= 1'b0;
            cnt_out_drop_no_nexthop <= 1'b0;
            cnt_out_drop_seq_end    <= 1'b0;
            cnt_out_drop_lifetime   <= 1'b0;
            cnt_out_table_errors    <= 1'b0;
        end
    end

    wire unused = &{1'b0, tagged_2, text_2, slot_4};

endmodule

`resetall
