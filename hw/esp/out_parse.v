// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, before the policy lookup: what the headers of a plain frame say, and
//             whether they make sense. Told of each frame once, with its last beat.
// Latency:    1 cycle to lk_*, 2 to m_*.
// Throughput: one frame a cycle.
module out_parse (
    input  wire         clk,
    input  wire         rst,

    // A frame: its first 38 bytes (first byte most significant; beyond its end anything) and length
    input  wire         s_valid,
    input  wire [303:0] s_header,
    input  wire [13:0]  s_len,
    input  wire         s_from_host,    // came from host0, so its destination MAC was judged

    // Addresses of the port and the engine
    input  wire         plain_mac_set,
    input  wire [47:0]  plain_mac,
    input  wire         engine_mac_set,
    input  wire [47:0]  engine_mac,

    // To the policy table: every frame asks, whatever becomes of it
    output reg          lk_valid,
    output wire         lk_family,
    output reg  [127:0] lk_src,
    output reg  [127:0] lk_dst,
    output reg  [7:0]   lk_proto,
    output reg  [15:0]  lk_sport,
    output reg  [15:0]  lk_dport,
    output reg          lk_opaque,      // a fragment that does not show its ports

    output reg          m_valid,
    output reg          m_from_host,
    output reg          m_other_mac,    // for somebody else
    output reg          m_not_ip,
    output reg          m_options,
    output reg          m_ttl_ends,
    output wire         m_bad_header,
    output reg  [13:0]  m_len,          // of the IP packet
    output reg  [7:0]   m_slots,        // the packet will need, less one
    output reg  [7:0]   m_beats,        // of the frame, less one
    output reg  [7:0]   m_most          // the larger of the two
);

    localparam [15:0] ETH_IPV4 = 16'h0800;

    wire [47:0]  dst_mac   = s_header[303:256];
    wire [15:0]  ethertype = s_header[207:192];
    wire [159:0] ip        = s_header[191:32];
    wire [3:0]   version   = ip[159:156];
    wire [3:0]   ihl       = ip[155:152];
    wire [15:0]  total     = ip[143:128];
    wire         more      = ip[109];
    wire [12:0]  offset    = ip[108:96];
    wire [7:0]   ttl       = ip[95:88];
    wire [7:0]   proto     = ip[87:80];

    wire [15:0] room = {2'd0, s_len} - 16'd14;  // for the IP packet

    // RFC 1812 5.2.2, without the checksum. Bytes beyond `total` are Ethernet padding.
    wire shape = s_len >= 14'd34 && version == 4'd4 && ihl >= 4'd5
              && total >= {10'd0, ihl, 2'd0} && total <= room;

    // Protocols whose first four bytes are ports; ICMP's first two, type and code, stand for one.
    wire has_ports = proto == 8'd6 || proto == 8'd17 || proto == 8'd33 || proto == 8'd132
                  || proto == 8'd136;
    wire has_type  = proto == 8'd1;
    wire has_four  = total[15:5] != 11'd0 || total[4:3] == 2'd3;

    // RFC 4301 7: a first fragment is judged by its ports as a whole packet is; the others, and a
    // first one that was cut before them (RFC 1858), have none to be seen.
    wire opaque = (has_ports || has_type) && (offset != 13'd0 || (more && !has_four));

    // RFC 1812 5.3.4: what came to a group address of the link is never forwarded.
    wire to_group = dst_mac[40];
    wire for_us   = s_from_host || (!plain_mac_set && !to_group) || dst_mac == plain_mac
                 || (engine_mac_set && dst_mac == engine_mac);

    // One cycle later, beside the lookup
    reg         from_host;
    reg         other_mac;
    reg         not_ip;
    reg         options;
    reg         ttl_ends;
    reg         bad_shape;
    reg  [13:0] len;
    reg  [7:0]  beats;
    reg         m_bad_shape;
    wire [15:0] sum;

    ipv4_sum ip_sum (
        .clk      (clk),
        .s_valid  (s_valid),
        .s_header (ip),
        .m_sum    (sum)
    );

    // A header with options is longer than what was summed: the host's kernel checks it.
    assign m_bad_header = m_bad_shape || (!m_options && sum != 16'hffff);
    assign lk_family    = 1'b0;

    wire [13:0] last_byte = s_len - 14'd1;

    // len + 2 rounded up to 4 bytes are encrypted, with the AAD and the lengths they are
    // ceil(ct / 16) + 2 blocks, four in a slot; less one this is floor((len + 33) / 64)
    wire [13:0] slots = len + 14'd33;

    always @(posedge clk) begin
        lk_valid <= s_valid;
        m_valid  <= lk_valid;
        if (s_valid) begin
            lk_src    <= {ip[63:32], 96'd0};
            lk_dst    <= {ip[31:0], 96'd0};
            lk_proto  <= proto;
            lk_sport  <= (has_ports || has_type) && has_four ? s_header[31:16] : 16'd0;
            lk_dport  <= has_ports && has_four ? s_header[15:0] : 16'd0;
            lk_opaque <= opaque;
            from_host <= s_from_host;
            other_mac <= !for_us;
            not_ip    <= ethertype != ETH_IPV4;
            options   <= ihl != 4'd5;
            ttl_ends  <= ttl <= 8'd1;
            bad_shape <= !shape;
            len       <= total[13:0];
            beats     <= last_byte[13:6];
        end
        if (lk_valid) begin
            m_from_host <= from_host;
            m_other_mac <= other_mac;
            m_not_ip    <= not_ip;
            m_options   <= options;
            m_ttl_ends  <= ttl_ends;
            m_bad_shape <= bad_shape;
            m_len       <= len;
            m_slots     <= slots[13:6];
            m_beats     <= beats;
            m_most      <= slots[13:6] > beats ? slots[13:6] : beats;
        end
        if (rst) begin
            lk_valid <= 1'b0;
            m_valid  <= 1'b0;
        end
    end

    // source MAC, DSCP, identification and the bits beside MF decide nothing here
    wire unused = &{1'b0, s_header[255:208], ip[151:144], ip[127:110], ip[79:64], last_byte[5:0],
                    slots[5:0]};

endmodule

`resetall
