// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, beside out_sequence: fetches what a packet needs of its SA, the MAC of the
//             SA's next hop, and then its sequence number, and says whether the packet is sent. A
//             packet that is not sent gets no number.
// Parameters: SLOT_W (bits of an SA slot).
// Latency:    5 cycles: SA row 2, next hop 2, sequence number 1 more.
// Throughput: one packet a cycle.
module out_resolve #(
    parameter SLOT_W = 10
) (
    input  wire              clk,
    input  wire              rst,

    // A packet starts (out_issue); slot and sizes stay until the next
    input  wire              s_start,
    input  wire [SLOT_W-1:0] s_slot,
    input  wire [13:0]       s_len,
    input  wire [13:0]       s_ct,

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
    input  wire [10:0]        sa_rd_outer,

    // nexthop_table
    output wire              nh_rd_en,
    output wire [15:0]       nh_rd_index,
    input  wire              nh_rd_ok,
    input  wire [47:0]       nh_rd_mac,

    // out_sequence
    output wire              seq_valid,
    output wire [SLOT_W-1:0] seq_slot,
    output wire [13:0]       seq_len,
    output wire              seq_esn,
    output wire              seq_ok,
    input  wire              seq_end,   // 3 cycles behind seq_valid
    input  wire              seq_over,

    // 5 cycles behind s_start, until the next packet's
    output reg               m_start,
    output wire              m_drop,
    output reg  [SLOT_W-1:0] m_slot,
    output reg  [13:0]       m_len,
    output reg  [13:0]       m_ct,
    output reg  [31:0]       m_spi,
    output reg  [31:0]       m_salt,
    output reg  [255:0]      m_key,
    output reg               m_key256,
    output reg  [31:0]       m_src,
    output reg  [31:0]       m_dst,
    output reg               m_esn,
    output reg               m_encap,
    output reg  [15:0]       m_sport,
    output reg  [15:0]       m_dport,
    output reg  [7:0]        m_ttl,
    output reg  [10:0]        m_outer,
    output reg  [47:0]       m_mac,

    output reg               cnt_out_drop_no_sa,
    output reg               cnt_out_drop_no_nexthop,
    output reg               cnt_out_drop_seq_end,
    output reg               cnt_out_drop_lifetime
);

    localparam SIZES_W = SLOT_W + 14 + 14;
    localparam ROW_W   = 32 + 32 + 256 + 1 + 32 + 32 + 1 + 1 + 16 + 16 + 8;

    reg               start_1, start_2, start_3, start_4;
    reg [SIZES_W-1:0] sizes_1, sizes_2, sizes_3, sizes_4;
    reg [ROW_W-1:0]   row_3, row_4;
    reg [10:0]         outer_3, outer_4;
    reg               ok_3, ok_4;           // there is an SA
    reg               hop_3, hop_4;         // it names a next hop
    reg               no_sa, no_nexthop;

    assign sa_rd_en   = s_start;
    assign sa_rd_slot = s_slot;

    // The row is here
    wire [13:0] ct_2;
    assign {seq_slot, seq_len, ct_2} = sizes_2;
    assign nh_rd_en    = start_2;
    assign nh_rd_index = sa_rd_nexthop;
    assign seq_valid   = start_2;
    assign seq_esn     = sa_rd_esn;

    // The next hop is here
    assign seq_ok = ok_4 && hop_4 && nh_rd_ok;

    // The sequence number is here
    assign m_drop = no_sa || no_nexthop || seq_end || seq_over;

    always @(posedge clk) begin
        start_1 <= s_start;
        start_2 <= start_1;
        start_3 <= start_2;
        start_4 <= start_3;
        m_start <= start_4;
        if (s_start)
            sizes_1 <= {s_slot, s_len, s_ct};
        if (start_1)
            sizes_2 <= sizes_1;
        if (start_2) begin
            sizes_3 <= sizes_2;
            row_3   <= {sa_rd_spi, sa_rd_salt, sa_rd_key, sa_rd_key256, sa_rd_src[127:96],
                        sa_rd_dst[127:96], sa_rd_esn, sa_rd_encap, sa_rd_sport, sa_rd_dport,
                        sa_rd_ttl};
            outer_3 <= sa_rd_outer;
            ok_3    <= sa_rd_ok && sa_rd_family == 1'b0;    // outer IPv4 is what this engine has
            hop_3   <= sa_rd_nexthop != 16'd0;
        end
        if (start_3) begin
            sizes_4 <= sizes_3;
            row_4   <= row_3;
            outer_4 <= outer_3;
            ok_4    <= ok_3;
            hop_4   <= hop_3;
        end
        if (start_4) begin
            {m_slot, m_len, m_ct} <= sizes_4;
            {m_spi, m_salt, m_key, m_key256, m_src, m_dst, m_esn, m_encap, m_sport, m_dport, m_ttl}
                       <= row_4;
            m_outer    <= outer_4;
            m_mac      <= nh_rd_mac;
            no_sa      <= !ok_4;
            no_nexthop <= ok_4 && !(hop_4 && nh_rd_ok);
        end

        cnt_out_drop_no_sa      <= m_start && no_sa;
        cnt_out_drop_no_nexthop <= m_start && no_nexthop;
        cnt_out_drop_seq_end    <= m_start && !no_sa && !no_nexthop && seq_end;
        cnt_out_drop_lifetime   <= m_start && !no_sa && !no_nexthop && seq_over;

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
        end
    end

    // the lower parts of the addresses are IPv6's
    wire unused = &{1'b0, ct_2, sa_rd_src[95:0], sa_rd_dst[95:0]};

endmodule

`resetall
