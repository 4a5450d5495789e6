// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, first step: what a frame from the cipher port (or from host1, for the
//             engine) is, from its first 82 bytes and its length. Every frame gets one verdict: to
//             host1, into the crypto, or dropped; the frame's counter is raised with it.
// Headers:    Ethernet, with one 802.1Q tag or none; IPv4 without options, or IPv6 without
//             extension headers; ESP, or UDP 4500 and ESP: eight places where a ciphertext can
//             begin. Whatever else stands in front of ESP is the host's.
// Latency:    6 cycles. Throughput: one frame a cycle (flow).
module in_parse (
    input  wire         clk,
    input  wire         rst,

    input  wire         s_valid,
    input  wire [655:0] s_head,       // first byte most significant
    input  wire [13:0]  s_last,       // the frame's length in bytes, less one
    input  wire         s_from_host,

    input  wire [47:0]  cipher_mac,
    input  wire         cipher_mac_set,
    input  wire [47:0]  engine_mac,
    input  wire         engine_mac_set,

    output reg          m_valid,
    output reg          m_host,       // to host1
    output reg          m_esp,        // to be decrypted; neither: dropped
    output reg  [13:0]  m_last,
    output reg  [2:0]   m_shape,      // where the ciphertext begins: IPv6, UDP, tag
    output reg          m_from_host,
    output reg  [31:0]  m_spi,
    output reg  [31:0]  m_seq,
    output reg  [63:0]  m_iv,
    output reg  [127:0] m_dst,        // outer destination
    output reg  [13:0]  m_ct,         // ciphertext in bytes, without the ICV
    output reg  [7:0]   m_slots,      // what it takes in the crypto flow

    output reg          cnt_in_host_mac,
    output reg          cnt_in_host_not_esp,
    output reg          cnt_in_host_fragment,
    output reg          cnt_in_host_options,
    output reg          cnt_in_host_ike,
    output reg          cnt_in_drop_keepalive,
    output reg          cnt_in_drop_malformed,
    output reg          cnt_in_drop_loop
);

    localparam [15:0] TYPE_VLAN  = 16'h8100;
    localparam [15:0] TYPE_IPV4  = 16'h0800;
    localparam [15:0] TYPE_IPV6  = 16'h86dd;
    localparam [7:0]  PROTO_UDP  = 8'd17;
    localparam [7:0]  PROTO_ESP  = 8'd50;
    localparam [7:0]  PROTO_FRAGMENT = 8'd44;
    localparam [15:0] PORT_IKE   = 16'd500;
    localparam [15:0] PORT_NATT  = 16'd4500;

    function is_extension;            // RFC 8200 4; RFC 7401 5.1, RFC 5533 5.1
        input [7:0] proto;
        case (proto)
            8'd0, 8'd43, 8'd60, 8'd135, 8'd139, 8'd140: is_extension = 1'b1;
            default: is_extension = 1'b0;
        endcase
    endfunction

    // Step a: behind the tag. A field by the number of its first byte in the frame.
    wire [47:0] mac    = s_head[655 -: 48];
    wire        vlan   = s_head[655 - 8*12 -: 16] == TYPE_VLAN;
    wire [15:0] type_0 = s_head[655 - 8*12 -: 16];
    wire [15:0] type_1 = s_head[655 - 8*16 -: 16];

    wire unused = &{1'b0, s_head[607:560], sum};

    reg         a_valid, a_from_host, a_mine, a_vlan, a_is4, a_is6;
    reg [13:0]  a_last;
    reg [14:0]  a_rest;               // bytes behind the Ethernet header, less one; negative with
    reg [511:0] a_ip;                 //     bit 14

    always @(posedge clk) begin
        a_valid <= s_valid;
        if (s_valid) begin
            a_from_host <= s_from_host;
            // a port without an address takes any, but a group address is never for a tunnel
            a_mine      <= !s_head[648] && (!cipher_mac_set || mac == cipher_mac ||
                                            (engine_mac_set && mac == engine_mac));
            a_vlan      <= vlan;
            a_is4       <= vlan ? type_1 == TYPE_IPV4 : type_0 == TYPE_IPV4;
            a_is6       <= vlan ? type_1 == TYPE_IPV6 : type_0 == TYPE_IPV6;
            a_last      <= s_last;
            a_rest      <= {1'b0, s_last} - (vlan ? 15'd18 : 15'd14);
            a_ip        <= vlan ? s_head[511:0] : s_head[543:32];
        end
        if (rst)
            a_valid <= 1'b0;
    end

    // The checksum of an IPv4 header (without options), beside steps b and c
    wire [15:0] sum;
    wire        right;

    ipv4_sum ip_sum (
        .clk(clk), .s_valid(a_valid && a_is4), .s_header(a_ip[511 -: 160]), .m_sum(sum),
        .m_right(right)
    );

    // Step b: the fields that both versions have. A field by the number of its first byte in the IP
    // packet.
    wire [3:0]  ihl    = a_ip[507 -: 4];
    wire [16:0] total4 = {1'b0, a_ip[511 - 8*2 -: 16]};
    wire [16:0] behind6 = {1'b0, a_ip[511 - 8*4 -: 16]};

    reg         b_valid, b_from_host, b_mine, b_vlan, b_ip, b_v6, b_options, b_fragment;
    reg [13:0]  b_last;
    reg [14:0]  b_room;               // bytes of the frame behind the IP header; bit 14: negative
    reg [16:0]  b_len;                // as the IP header says it
    reg [7:0]   b_proto;
    reg [191:0] b_l4;                 // what follows the IP header: UDP and ESP, or ESP
    reg [127:0] b_dst;

    always @(posedge clk) begin
        b_valid <= a_valid;
        if (a_valid) begin
            {b_from_host, b_mine, b_vlan, b_last} <= {a_from_host, a_mine, a_vlan, a_last};
            b_ip       <= a_is6 ? a_ip[511 -: 4] == 4'd6
                                : a_is4 && a_ip[511 -: 4] == 4'd4 && ihl >= 4'd5;
            b_v6       <= a_is6;
            b_options  <= !a_is6 && ihl != 4'd5;
            b_fragment <= !a_is6 && a_ip[509 - 8*6 -: 14] != 14'd0;    // MF and the offset
            b_room     <= a_rest - (a_is6 ? 15'd39 : 15'd19);
            b_len      <= a_is6 ? behind6 : total4 - 17'd20;
            b_proto    <= a_is6 ? a_ip[511 - 8*6 -: 8] : a_ip[511 - 8*9 -: 8];
            b_l4       <= a_is6 ? a_ip[191:0] : a_ip[351 -: 192];
            b_dst      <= a_is6 ? a_ip[511 - 8*24 -: 128] : {a_ip[511 - 8*16 -: 32], 96'd0};
        end
        if (rst)
            b_valid <= 1'b0;
    end

    // Step c: which protocol, and its lengths against the packet's and the frame's
    wire        b_is_udp = b_proto == PROTO_UDP;
    wire [15:0] udp_len  = b_l4[159:144];

    reg         c_valid, c_from_host, c_mine, c_vlan, c_ip, c_v6, c_options, c_fragment;
    reg         c_esp, c_udp, c_ike, c_natt, c_short, c_udp_bad, c_ff, c_zero;
    reg [13:0]  c_last;
    reg [15:0]  c_udp_len;
    reg [16:0]  c_esp_len;            // from the SPI to the ICV's end; negative with bit 16
    reg [127:0] c_fields;             // SPI, sequence number, IV
    reg [127:0] c_dst;

    always @(posedge clk) begin
        c_valid <= b_valid;
        if (b_valid) begin
            {c_from_host, c_mine, c_vlan, c_last, c_v6} <=
                {b_from_host, b_mine, b_vlan, b_last, b_v6};
            c_ip       <= b_ip && !b_room[14];
            c_options  <= b_options || (b_v6 && is_extension(b_proto));
            c_fragment <= b_fragment || (b_v6 && b_proto == PROTO_FRAGMENT);
            c_esp      <= b_proto == PROTO_ESP;
            c_udp      <= b_is_udp && !b_len[16] && b_len >= 17'd8 && b_room >= 15'd8;
            c_ike      <= b_l4[175:160] == PORT_IKE;
            c_natt     <= b_l4[175:160] == PORT_NATT;
            c_ff       <= b_l4[127:120] == 8'hff;
            c_zero     <= b_l4[127:96] == 32'd0;
            // what follows the IP packet in the frame is Ethernet's padding
            c_short    <= !b_len[16] && b_len > {2'b0, b_room};
            c_udp_bad  <= udp_len < 16'd8 || {1'b0, udp_len} > b_len;
            c_udp_len  <= udp_len;
            c_esp_len  <= b_is_udp ? {1'b0, udp_len} - 17'd8 : b_len;
            c_fields   <= b_is_udp ? b_l4[127:0] : b_l4[191:64];
            c_dst      <= b_dst;
        end
        if (rst)
            c_valid <= 1'b0;
    end

    // Step d: is it IP that this card may judge, and the ciphertext's length
    reg         d_valid, d_from_host, d_mine, d_ip, d_free, d_options, d_fragment, d_raw, d_natt;
    reg         d_ike;
    reg         d_short, d_ct_bad, d_udp_bad, d_keepalive, d_marker;
    reg         d_right;
    reg [2:0]   d_shape;
    reg [13:0]  d_last, d_ct;
    reg [127:0] d_fields, d_dst;

    always @(posedge clk) begin
        d_valid <= c_valid;
        if (c_valid) begin
            {d_from_host, d_mine, d_options, d_fragment, d_raw, d_short, d_last} <=
                {c_from_host, c_mine, c_options, c_fragment, c_esp, c_short, c_last};
            d_ip        <= c_ip;
            d_free      <= c_v6 || c_options;      // no checksum, or one that was not summed
            d_right     <= right;
            d_natt      <= c_udp && c_natt;
            d_ike       <= c_udp && c_ike;
            // RFC 3948 2.3, 2.2
            d_keepalive <= c_udp_len == 16'd9 && c_ff;
            d_marker    <= c_udp_len >= 16'd12 && c_zero;
            d_udp_bad   <= c_short || c_udp_bad;
            // SPI, sequence number, IV, at least 4 bytes, ICV; RFC 4303 2.4: aligned to 4
            // less than 36, or no multiple of 4: without a carry chain
            d_ct_bad    <= c_esp_len[16] || c_esp_len[1:0] != 2'd0
                        || !(c_esp_len[15:6] != 0 || (c_esp_len[5] && c_esp_len[4:2] != 0));
            d_ct        <= c_esp_len[13:0] - 14'd32;
            d_shape     <= {c_v6, c_udp, c_vlan};
            d_fields    <= c_fields;
            d_dst       <= c_dst;
        end
        if (rst)
            d_valid <= 1'b0;
    end

    // Step e: the verdict, in the order of the questions
    wire d_judge     = d_ip && (d_free || d_right);
    wire is_options  = d_judge && d_options;
    wire is_fragment = d_judge && !d_options && d_fragment;
    wire is_ip       = d_judge && !d_options && !d_fragment;
    wire is_udp_bad  = is_ip && d_natt && d_udp_bad;
    wire is_alive    = is_ip && d_natt && !d_udp_bad && d_keepalive;
    wire is_ike      = is_ip && (d_ike || (d_natt && !d_udp_bad && d_marker));
    wire is_esp      = is_ip && (d_raw || (d_natt && !d_udp_bad && !d_keepalive && !d_marker));

    reg         e_valid, e_from_host, e_mine, e_options, e_fragment, e_udp_bad, e_alive, e_ike,
                e_esp, e_bad;
    reg [2:0]   e_shape;
    reg [13:0]  e_last, e_ct;
    reg [7:0]   e_slots;
    reg [127:0] e_fields, e_dst;

    always @(posedge clk) begin
        e_valid <= d_valid;
        if (d_valid) begin
            {e_from_host, e_mine, e_shape, e_last, e_ct} <=
                {d_from_host, d_mine, d_shape, d_last, d_ct};
            {e_options, e_fragment, e_udp_bad, e_alive, e_ike, e_esp} <=
                {is_options, is_fragment, is_udp_bad, is_alive, is_ike, is_esp};
            e_bad    <= d_short || d_ct_bad;
            // ceil((ceil(ct / 16) + 2) / 4): with the blocks of the AAD and the lengths
            e_slots  <= d_ct[13:6] + 8'd1 + {7'b0, d_ct[5:0] > 6'd32};
            e_fields <= d_fields;
            e_dst    <= d_dst;
        end
        if (rst)
            e_valid <= 1'b0;
    end

    wire to_host = !e_mine || !(e_esp || e_alive || e_udp_bad);

    always @(posedge clk) begin
        m_valid <= e_valid;
        if (e_valid) begin
            m_host  <= to_host && !e_from_host;
            m_esp   <= e_mine && e_esp && !e_bad;
            m_last  <= e_last;
            m_shape <= e_shape;
            m_from_host <= e_from_host;
            m_spi   <= e_fields[127:96];
            m_seq   <= e_fields[95:64];
            m_iv    <= e_fields[63:0];
            m_dst   <= e_dst;
            m_ct    <= e_ct;
            m_slots <= e_slots;
        end
        cnt_in_drop_loop      <= e_valid && to_host && e_from_host;
        cnt_in_host_mac       <= e_valid && !e_from_host && !e_mine;
        cnt_in_host_options   <= e_valid && !e_from_host && e_mine && e_options;
        cnt_in_host_fragment  <= e_valid && !e_from_host && e_mine && e_fragment;
        cnt_in_host_ike       <= e_valid && !e_from_host && e_mine && e_ike;
        cnt_in_host_not_esp   <= e_valid && !e_from_host && e_mine && to_host &&
                                 !e_options && !e_fragment && !e_ike;
        cnt_in_drop_keepalive <= e_valid && e_mine && e_alive;
        cnt_in_drop_malformed <= e_valid && e_mine && (e_udp_bad || (e_esp && e_bad));
        if (rst) begin
            m_valid               <= 1'b0;
            cnt_in_drop_loop      <= 1'b0;
            cnt_in_host_mac       <= 1'b0;
            cnt_in_host_options   <= 1'b0;
            cnt_in_host_fragment  <= 1'b0;
            cnt_in_host_ike       <= 1'b0;
            cnt_in_host_not_esp   <= 1'b0;
            cnt_in_drop_keepalive <= 1'b0;
            cnt_in_drop_malformed <= 1'b0;
        end
    end

`ifdef VERILATOR
    // Invariant 6: every frame has one fate
    always @(posedge clk)
        if (m_valid && !rst)
            assert ({3'b0, m_host} + {3'b0, m_esp} + {3'b0, cnt_in_drop_keepalive} +
                    {3'b0, cnt_in_drop_malformed} + {3'b0, cnt_in_drop_loop} == 4'd1);
`endif

endmodule

`resetall
