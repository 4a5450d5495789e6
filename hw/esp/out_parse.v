// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, before the policy lookup: what the headers of a plain frame say, and
//             whether they make sense: IPv4 and IPv6, with an 802.1Q tag or without. Told of each
//             frame once, when its headers are there.
// Latency:    3 cycles to lk_*, 4 to m_*.
// Throughput: one frame a cycle.
module out_parse (
    input  wire         clk,
    input  wire         rst,

    // A frame: its first 70 bytes (first byte most significant; beyond its end anything) and length
    input  wire         s_valid,
    input  wire [559:0] s_header,
    input  wire [13:0]  s_len,
    input  wire         s_from_host,    // came from host0, so its destination MAC was judged

    // Addresses of the port and the engine
    input  wire         plain_mac_set,
    input  wire [47:0]  plain_mac,
    input  wire         engine_mac_set,
    input  wire [47:0]  engine_mac,

    // To the policy table: every frame asks, whatever becomes of it
    output reg          lk_valid,
    output reg          lk_family,
    output reg  [127:0] lk_src,
    output reg  [127:0] lk_dst,
    output reg  [7:0]   lk_proto,
    output reg  [15:0]  lk_sport,
    output reg  [15:0]  lk_dport,
    output reg          lk_opaque,      // a fragment that does not show its ports

    output reg          m_valid,
    output reg          m_from_host,
    output reg          m_other_mac,    // for somebody else
    output reg          m_not_ip,       // or of the link itself
    output reg          m_bad_header,
    output reg          m_options,      // or extension headers
    output reg          m_ttl_ends,
    output reg          m_fragment,
    output reg          m_family,
    output reg          m_tagged,
    output reg  [13:0]  m_len,          // of the IP packet
    output reg  [7:0]   m_beats         // of the frame, less one
);

    localparam [15:0] ETH_IPV4 = 16'h0800, ETH_IPV6 = 16'h86dd, ETH_VLAN = 16'h8100;
    localparam [7:0]  ICMP = 8'd1, TCP = 8'd6, UDP = 8'd17, DCCP = 8'd33, SCTP = 8'd132,
                      UDP_LITE = 8'd136, ICMPV6 = 8'd58;
    // RFC 8200 4, RFC 6275 6.1, RFC 7401 5.1, RFC 5533 5.1
    localparam [7:0]  HOP_BY_HOP = 8'd0, ROUTING = 8'd43, FRAGMENT = 8'd44, DESTINATION = 8'd60,
                      MOBILITY = 8'd135, HIP = 8'd139, SHIM6 = 8'd140;

    // ---- first register: the packet, wherever it began

    wire [47:0] dst_mac = s_header[559:512];
    // A second tag is a type that nobody here knows, so such a frame is not IP.
    wire        tag     = s_header[463:448] == ETH_VLAN;
    // RFC 1812 5.3.4: what came to a group address of the link is never forwarded.
    wire        for_us  = s_from_host || (!plain_mac_set && !dst_mac[40]) || dst_mac == plain_mac
                       || (engine_mac_set && dst_mac == engine_mac);

    reg         valid_1, from_host_1, other_mac_1, tagged_1, short_1;
    reg [15:0]  type_1;
    reg [415:0] ip_1;           // up to four bytes of what a fragment header is followed by
    reg [13:0]  room_1;         // for the IP packet,
    reg [13:0]  room_6;         // behind a header of IPv6
    reg [7:0]   beats_1;
    wire [13:0] last_byte = s_len - 14'd1;

    always @(posedge clk) begin
        valid_1 <= s_valid;
        if (s_valid) begin
            from_host_1 <= s_from_host;
            other_mac_1 <= !for_us;
            tagged_1    <= tag;
            short_1     <= s_len < 14'd18;      // a tag and nothing behind it
            type_1      <= tag ? s_header[431:416] : s_header[463:448];
            ip_1        <= tag ? s_header[415:0] : s_header[447:32];
            room_1      <= s_len - (tag ? 14'd18 : 14'd14);
            room_6      <= s_len - (tag ? 14'd58 : 14'd54);
            beats_1     <= last_byte[13:6];
        end
        if (rst)
            valid_1 <= 1'b0;
    end

    // ---- second register: the fields, of either family

    wire        v6        = type_1 == ETH_IPV6;
    wire [3:0]  version   = ip_1[415:412];
    wire [3:0]  ihl       = ip_1[411:408];
    wire [15:0] total     = ip_1[399:384];          // IPv4
    wire [15:0] payload   = ip_1[383:368];          // IPv6
    wire        frag_6    = ip_1[367:360] == FRAGMENT;
    wire [7:0]  proto_6   = frag_6 ? ip_1[95:88] : ip_1[367:360];
    wire [12:0] offset    = v6 ? ip_1[79:67] : ip_1[364:352];
    wire        more      = v6 ? ip_1[64] : ip_1[365];
    wire        fragments = !v6 || frag_6;          // these two say something

    // RFC 1812 5.2.2, without the checksum; RFC 8200 3. Bytes beyond are Ethernet padding.
    wire shape_4 = room_1 >= 14'd20 && version == 4'd4 && ihl >= 4'd5
                && total >= {10'd0, ihl, 2'd0} && total <= {2'd0, room_1};
    wire shape_6 = room_1 >= 14'd40 && version == 4'd6 && payload <= {2'd0, room_6}
                && (!frag_6 || payload >= 16'd8);

    // RFC 4291 2.5.6: no router forwards what is of one link.
    wire link_6  = ip_1[351:342] == 10'h3fa || ip_1[223:214] == 10'h3fa;

    reg         valid_2, from_host_2, other_mac_2, tagged_2, family_2, not_ip_2, bad_4_2, bad_6_2,
                ihl_2, ttl_ends_2, fragment_2, later_2, more_2, four_2, link_2;
    reg [127:0] src_2, dst_2;
    reg [7:0]   proto_2, beats_2;
    reg [31:0]  ports_2;
    reg [13:0]  len_2;

    always @(posedge clk) begin
        valid_2 <= valid_1;
        if (valid_1) begin
            from_host_2 <= from_host_1;
            other_mac_2 <= other_mac_1;
            tagged_2    <= tagged_1;
            beats_2     <= beats_1;
            family_2    <= v6;
            not_ip_2    <= (type_1 != ETH_IPV4 && !v6) || (tagged_1 && short_1);
            bad_4_2     <= !shape_4;
            bad_6_2     <= !shape_6;
            ihl_2       <= !v6 && ihl != 4'd5;
            ttl_ends_2  <= (v6 ? ip_1[359:352] : ip_1[351:344]) <= 8'd1;
            fragment_2  <= v6 ? frag_6 : offset != 13'd0 || more;
            later_2     <= fragments && offset != 13'd0;
            more_2      <= fragments && more;
            link_2      <= v6 && link_6;
            proto_2     <= v6 ? proto_6 : ip_1[343:336];
            src_2       <= v6 ? ip_1[351:224] : {ip_1[319:288], 96'd0};
            dst_2       <= v6 ? ip_1[223:96] : {ip_1[287:256], 96'd0};
            len_2       <= v6 ? payload[13:0] + 14'd40 : total[13:0];
            ports_2     <= !v6 ? ip_1[255:224] : frag_6 ? ip_1[31:0] : ip_1[95:64];
            // at least 24 bytes of IPv4, 12 or 4 behind IPv6: without a carry chain
            four_2      <= !v6 ? total[15:5] != 0 || &total[4:3]
                         : payload[15:4] != 0 || (frag_6 ? &payload[3:2] : payload[3:2] != 0);
        end
        if (rst)
            valid_2 <= 1'b0;
    end

    // ---- third register: the lookup

    wire bad_2     = family_2 ? bad_6_2 : bad_4_2;

    // Protocols whose first four bytes are ports; ICMP's first two, type and code, stand for one.
    wire has_ports = proto_2 == TCP || proto_2 == UDP || proto_2 == DCCP || proto_2 == SCTP
                  || proto_2 == UDP_LITE;
    wire has_type  = proto_2 == (family_2 ? ICMPV6 : ICMP);
    wire extension = proto_2 == HOP_BY_HOP || proto_2 == ROUTING || proto_2 == FRAGMENT
                  || proto_2 == DESTINATION || proto_2 == MOBILITY || proto_2 == HIP
                  || proto_2 == SHIM6;
    // RFC 4861 3: router and neighbour solicitations and their answers, as ARP is for IPv4
    wire neighbour = has_type && family_2 && four_2 && !later_2 && ports_2[31:24] >= 8'd133
                  && ports_2[31:24] <= 8'd137;

    reg        from_host_3, other_mac_3, tagged_3, not_ip_3, bad_3, options_3, ttl_ends_3,
               fragment_3;
    reg [13:0] len_3;
    reg [7:0]  beats_3;

    always @(posedge clk) begin
        lk_valid <= valid_2;
        if (valid_2) begin
            lk_family   <= family_2;
            lk_src      <= src_2;
            lk_dst      <= dst_2;
            lk_proto    <= proto_2;
            lk_sport    <= (has_ports || has_type) && four_2 ? ports_2[31:16] : 16'd0;
            lk_dport    <= has_ports && four_2 ? ports_2[15:0] : 16'd0;
            // RFC 4301 7: a first fragment is judged by its ports as a whole packet is; the
            // others, and a first one that was cut before them (RFC 1858), have none to be seen.
            lk_opaque   <= (has_ports || has_type) && (later_2 || (more_2 && !four_2));
            from_host_3 <= from_host_2;
            other_mac_3 <= other_mac_2;
            tagged_3    <= tagged_2;
            not_ip_3    <= not_ip_2 || (!bad_2 && (link_2 || neighbour));
            bad_3       <= bad_2;
            options_3   <= family_2 ? extension : ihl_2;
            ttl_ends_3  <= ttl_ends_2;
            fragment_3  <= fragment_2;
            len_3       <= len_2;
            beats_3     <= beats_2;
        end
        if (rst)
            lk_valid <= 1'b0;
    end

    // ---- fourth register: what the verdict needs

    wire [15:0] sum;
    wire        right;

    ipv4_sum ip_sum (
        .clk      (clk),
        .s_valid  (valid_1),
        .s_header (ip_1[415:256]),
        .m_sum    (sum),
        .m_right  (right)
    );

    always @(posedge clk) begin
        m_valid <= lk_valid;
        if (lk_valid) begin
            m_from_host  <= from_host_3;
            m_other_mac  <= other_mac_3;
            m_not_ip     <= not_ip_3;
            // An IPv4 header with options is longer than what was summed: the host checks it.
            m_bad_header <= bad_3 || (!lk_family && !options_3 && !right);
            m_options    <= options_3;
            m_ttl_ends   <= ttl_ends_3;
            m_fragment   <= fragment_3;
            m_family     <= lk_family;
            m_tagged     <= tagged_3;
            m_len        <= len_3;
            m_beats      <= beats_3;
        end
        if (rst)
            m_valid <= 1'b0;
    end

    // the source MAC, the tag's number and a fragment's identification decide nothing here
    wire unused = &{1'b0, s_header[511:464], last_byte[5:0], ip_1[63:32], sum};

endmodule

`resetall
