// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, after decryption: the header of the inner IPv4 packet, all of it in the
//             first slot: is it one, and does the SA's selector allow it (RFC 4301 5.2 step 4)?
// Latency:    7 cycles from s_valid; the SA's row (ck_*) comes 2 cycles after s_valid. The results
//             stay until the next packet's.
// Throughput: a packet a cycle (flow).
module in_inner (
    input  wire         clk,
    input  wire         rst,

    input  wire         s_valid,           // a packet's first slot
    input  wire [511:0] s_data,

    input  wire         ck_ok,
    input  wire [6:0]   ck_blocks,
    input  wire [15:0]  ck_nexthop,
    input  wire         ck_sel_check,
    input  wire         ck_sel_family,
    input  wire [127:0] ck_sel_src,
    input  wire [127:0] ck_sel_dst,
    input  wire [7:0]   ck_sel_src_len,
    input  wire [7:0]   ck_sel_dst_len,
    input  wire [7:0]   ck_sel_proto,
    input  wire [15:0]  ck_sel_sport_first,
    input  wire [15:0]  ck_sel_sport_last,
    input  wire [15:0]  ck_sel_dport_first,
    input  wire [15:0]  ck_sel_dport_last,

    output wire         m_sa_ok,           // the SA is still there
    output wire [6:0]   m_blocks,          // of its replay window
    output wire [15:0]  m_nexthop,
    output reg          m_ip_ok,
    output reg          m_sel_ok,
    output wire [15:0]  m_len,             // total length
    output wire [7:0]   m_tos,
    output wire [7:0]   m_ttl,
    output wire [15:0]  m_sum,             // header checksum
    output wire [31:0]  m_dst
);

    localparam [7:0] PROTO_ICMP = 8'd1;

    function has_ports;
        input [7:0] proto;
        case (proto)
            8'd6, 8'd17, 8'd33, 8'd132, 8'd136: has_ports = 1'b1; // TCP, UDP, DCCP, SCTP, UDP-Lite
            default: has_ports = 1'b0;
        endcase
    endfunction

    // Cycle 1
    reg         a_valid;
    reg [511:0] a_head;                    // first byte most significant

    genvar n;
    generate
        for (n = 0; n < 64; n = n + 1) begin : byte_order
            always @(posedge clk)
                if (s_valid)
                    a_head[511 - 8*n -: 8] <= s_data[8*n +: 8];
        end
    endgenerate

    // Cycle 2: fields; the header's words, those beyond its length zero
    wire [3:0]  ihl = a_head[507 -: 4];
    reg         b_valid;
    reg         b_version, b_ports, b_icmp, b_first, b_l4;
    reg [479:0] b_words;
    reg [31:0]  b_l4_word;                 // the first of the transport header
    reg [15:0]  b_len;
    reg [7:0]   b_tos, b_ttl, b_proto;
    reg [15:0]  b_sum;
    reg [31:0]  b_src, b_dst;

    integer i;
    always @(posedge clk) begin
        a_valid <= s_valid;
        b_valid <= a_valid;
        if (a_valid) begin
            b_version <= a_head[511 -: 4] == 4'd4 && ihl >= 4'd5 &&
                         a_head[511 - 8*2 -: 16] >= {10'd0, ihl, 2'd0};
            b_l4      <= a_head[511 - 8*2 -: 16] >= {10'd0, ihl, 2'd0} + 16'd4;
            b_tos     <= a_head[511 - 8*1 -: 8];
            b_len     <= a_head[511 - 8*2 -: 16];
            b_first   <= a_head[508 - 8*6 -: 13] == 13'd0;
            b_ttl     <= a_head[511 - 8*8 -: 8];
            b_proto   <= a_head[511 - 8*9 -: 8];
            b_ports   <= has_ports(a_head[511 - 8*9 -: 8]);
            b_icmp    <= a_head[511 - 8*9 -: 8] == PROTO_ICMP;
            b_sum     <= a_head[511 - 8*10 -: 16];
            b_src     <= a_head[511 - 8*12 -: 32];
            b_dst     <= a_head[511 - 8*16 -: 32];
            b_l4_word <= a_head[511 - 32*ihl -: 32];
            for (i = 0; i < 15; i = i + 1)
                b_words[32*i +: 32] <= {1'b0, ihl} > i[4:0] ? a_head[511 - 32*i -: 32] : 32'd0;
        end
        if (rst) begin
            a_valid <= 1'b0;
            b_valid <= 1'b0;
        end
    end

    // Cycle 3: ten sums of three words; the selector beside the packet
    function [31:0] mask_of;               // of a prefix; longer ones are IPv6's
        input [7:0] len;
        mask_of = len >= 8'd32 ? 32'hffffffff : ~(32'hffffffff >> len[4:0]);
    endfunction

    wire [15:0]  sport    = b_l4_word[31:16];
    wire [15:0]  dport    = b_l4_word[15:0];
    wire         in_sport = sport >= ck_sel_sport_first && sport <= ck_sel_sport_last;
    wire         in_dport = dport >= ck_sel_dport_first && dport <= ck_sel_dport_last;
    wire         any_sport = ck_sel_sport_first == 16'd0 && ck_sel_sport_last == 16'hffff;
    wire         any_dport = ck_sel_dport_first == 16'd0 && ck_sel_dport_last == 16'hffff;
    wire         unused   = &{1'b0, ck_sel_src[95:0], ck_sel_dst[95:0]};

    reg          c_valid, c_version, c_free, c_proto_ok, c_sport_ok, c_dport_ok;
    reg  [31:0]  c_src_bad, c_src_mask, c_dst_bad, c_dst_mask;
    reg  [179:0] c_sums;

    always @(posedge clk) begin
        c_valid <= b_valid;
        if (b_valid) begin
            c_version  <= b_version;
            c_free     <= !ck_sel_check;
            c_proto_ok <= !ck_sel_family && (ck_sel_proto == 8'd0 || ck_sel_proto == b_proto);
            // Ports that can't be seen match only "any" (RFC 4301 4.4.1.1: OPAQUE). ICMP's type and
            // code stand where the source port does and have no second half.
            c_sport_ok <= any_sport || (b_first && b_l4 && (b_ports || b_icmp) && in_sport);
            c_dport_ok <= any_dport || (b_first && b_l4 && b_ports && in_dport) || b_icmp;
            c_src_bad  <= b_src ^ ck_sel_src[127:96];
            c_dst_bad  <= b_dst ^ ck_sel_dst[127:96];
            c_src_mask <= mask_of(ck_sel_src_len);
            c_dst_mask <= mask_of(ck_sel_dst_len);
            for (i = 0; i < 10; i = i + 1)
                c_sums[18*i +: 18] <= {2'b0, b_words[48*i +: 16]} +
                                      {2'b0, b_words[48*i + 16 +: 16]} +
                                      {2'b0, b_words[48*i + 32 +: 16]};
        end
        if (rst)
            c_valid <= 1'b0;
    end

    // Cycles 4 to 7: the sum of the sums, folded; the selector's answer
    reg         d_valid, d_version, d_free, d_ports_ok, d_src_ok, d_dst_ok;
    reg  [79:0] d_sums;
    reg         e_valid, e_version, e_sel_ok;
    reg  [20:0] e_sum;
    reg         f_valid, f_version, f_sel_ok;
    reg  [16:0] f_sum;

    always @(posedge clk) begin
        d_valid <= c_valid;
        e_valid <= d_valid;
        f_valid <= e_valid;
        if (c_valid) begin
            d_version  <= c_version;
            d_free     <= c_free;
            d_ports_ok <= c_proto_ok && c_sport_ok && c_dport_ok;
            d_src_ok   <= (c_src_bad & c_src_mask) == 32'd0;
            d_dst_ok   <= (c_dst_bad & c_dst_mask) == 32'd0;
            d_sums[79:60] <= {2'b0, c_sums[179:162]};
            for (i = 0; i < 3; i = i + 1)
                d_sums[20*i +: 20] <= {2'b0, c_sums[54*i +: 18]} +
                                      {2'b0, c_sums[54*i + 18 +: 18]} +
                                      {2'b0, c_sums[54*i + 36 +: 18]};
        end
        if (d_valid) begin
            e_version <= d_version;
            e_sel_ok  <= d_free || (d_ports_ok && d_src_ok && d_dst_ok);
            e_sum     <= {1'b0, d_sums[79:60]} + {1'b0, d_sums[59:40]} + {1'b0, d_sums[39:20]} +
                         {1'b0, d_sums[19:0]};
        end
        if (e_valid) begin
            f_version <= e_version;
            f_sel_ok  <= e_sel_ok;
            f_sum     <= {1'b0, e_sum[15:0]} + {12'b0, e_sum[20:16]};
        end
        if (f_valid) begin
            // folded once more it would be the same: 30 words carry less than 32 over
            m_ip_ok  <= f_version && f_sum == 17'hffff;
            m_sel_ok <= f_sel_ok;
        end
        if (rst) begin
            d_valid <= 1'b0;
            e_valid <= 1'b0;
            f_valid <= 1'b0;
        end
    end

    // What is not judged here goes beside
    gcm_delay #(.WIDTH(1 + 7 + 16 + 16 + 8 + 8 + 16 + 32), .CYCLES(5)) beside (
        .clk(clk), .rst(rst),
        .s_valid(b_valid),
        .s_data({ck_ok, ck_blocks, ck_nexthop, b_len, b_tos, b_ttl, b_sum, b_dst}),
        .m_valid(),
        .m_data({m_sa_ok, m_blocks, m_nexthop, m_len, m_tos, m_ttl, m_sum, m_dst})
    );

endmodule

`resetall
