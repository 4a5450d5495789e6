// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, beside out_encap: all bytes of a packet before its ciphertext: Ethernet with
//             its tag; the outer header, IPv4 or IPv6, in tunnel mode a new one (RFC 4301 5.1.2), in
//             transport mode the packet's own (RFC 4303 3.1.1); UDP when encapsulated (RFC 3948
//             2.1); ESP and IV (RFC 4106 3.1).
// Latency:    1 cycle to u_*, 5 to m_*.
// Throughput: one packet a cycle.
module out_header (
    input  wire         clk,
    input  wire         rst,

    // The packet (out_resolve, out_encap, out_sequence)
    input  wire         s_valid,
    input  wire [319:0] s_ip,       // its IP header, first byte most significant
    input  wire [15:0]  s_tci,      // its frame's tag, with
    input  wire         s_tagged,
    input  wire         s_family,
    input  wire         s_transport,
    input  wire [13:0]  s_text,     // bytes before the ESP trailer, and one
    input  wire [63:0]  s_seq,
    input  wire [31:0]  s_spi,
    input  wire         s_outer6,
    input  wire [127:0] s_src,
    input  wire [127:0] s_dst,
    input  wire         s_encap,
    input  wire [15:0]  s_sport,
    input  wire [15:0]  s_dport,
    input  wire [7:0]   s_ttl,
    input  wire [10:0]  s_outer,    // flow zero; ECN off; DF set, DF; DSCP set, DSCP: else as inside
    input  wire [47:0]  s_mac,      // of the next hop
    input  wire         s_vlan_set, // and its tag
    input  wire [15:0]  s_vlan,
    input  wire [47:0]  cipher_mac,

    // For the UDP checksum (out_checksum)
    output reg          u_valid,
    output wire         u_need,
    output wire [463:0] u_words,

    // The header's length follows from its parts: 50 bytes, 4 with a tag, 8 with UDP, 20 with IPv6
    output reg          m_valid,
    output reg          m_tagged,
    output reg          m_encap,
    output reg          m_outer6,
    output reg  [13:0]  m_ct,       // bytes of ciphertext
    output reg  [13:0]  m_end,      // number of the frame's last byte
    output reg  [655:0] m_header    // first byte in [7:0]
);

    localparam [7:0] UDP = 8'd17, ESP = 8'd50;

    // ---- what the outer header says

    wire [7:0]   in_tos  = s_family ? s_ip[315:308] : s_ip[311:304];
    wire         in_df   = s_family || s_ip[270];   // RFC 8200 5: no router fragments IPv6
    wire [19:0]  in_flow = s_family ? s_ip[307:288] : 20'd0;

    // RFC 4301 5.1.2.1: DSCP as inside, or the SA's. RFC 6040 4.1: ECN as inside (normal mode), or
    // Not-ECT (compatibility mode). RFC 4301 8.1: DF as inside, set or clear. RFC 6438 3: the flow
    // label as inside, for routers that choose a path by it, or none.
    wire [7:0]   new_tos  = {s_outer[6] ? s_outer[5:0] : in_tos[7:2],
                             s_outer[9] ? 2'b00 : in_tos[1:0]};
    wire         new_df   = s_outer[8] ? s_outer[7] : in_df;
    wire [19:0]  new_flow = s_outer[10] ? 20'd0 : in_flow;

    wire [7:0]   tos   = s_transport ? in_tos : new_tos;
    wire [19:0]  flow  = s_transport ? in_flow : new_flow;
    wire [7:0]   ttl   = !s_transport ? s_ttl : s_family ? s_ip[263:256] : s_ip[255:248];
    wire [7:0]   proto = s_encap ? UDP : ESP;
    wire [127:0] src   = !s_transport ? s_src : s_family ? s_ip[255:128] : {s_ip[223:192], 96'd0};
    wire [127:0] dst   = !s_transport ? s_dst : s_family ? s_ip[127:0] : {s_ip[191:160], 96'd0};

    // RFC 6864 4: the identification is of no use with DF, and unique for as long as the sequence
    // number's low half is without.
    wire [31:0]  id    = s_transport ? s_ip[287:256] : {s_seq[15:0], 1'b0, new_df, 14'd0};

    // ESP, IV, ciphertext, ICV and UDP; IPv4 counts its header too
    wire [15:0]  words    = {2'd0, s_text[13:2], 2'd0};         // the ciphertext without its last four
    wire [15:0]  after_ip = words + (s_encap ? 16'd44 : 16'd36);
    wire [15:0]  total_4  = words + (s_encap ? 16'd64 : 16'd56);

    wire [159:0] ip_4 = {8'h45, tos, total_4, id, ttl, proto, 16'd0, src[127:96], dst[127:96]};
    wire [319:0] ip_6 = {4'd6, tos, flow, after_ip, proto, ttl, src, dst};

    // A next hop says how its frames are tagged, or leaves the tag that came.
    wire         tag = s_vlan_set ? s_vlan[11:0] != 12'd0 : s_tagged;
    wire [15:0]  tci = s_vlan_set ? s_vlan : s_tci;

    // ---- first register

    localparam PARTS_W = 3 + 14 + 96 + 16 + 320 + 64 + 32 + 64;

    reg          tag_1, encap_1, outer6_1;
    reg  [13:0]  ct_1;
    reg  [95:0]  macs_1;
    reg  [15:0]  tci_1, length_1;
    reg  [319:0] ip_1;              // IPv4: in the upper half, and the lower 16 bytes are anything
    reg  [31:0]  ports_1, spi_1;
    reg  [63:0]  seq_1;

    always @(posedge clk) begin
        u_valid <= s_valid;
        if (s_valid) begin
            tag_1    <= tag;
            encap_1  <= s_encap;
            outer6_1 <= s_outer6;
            ct_1     <= {s_text[13:2] + 12'd1, 2'd0};
            macs_1   <= {s_mac, cipher_mac};
            tci_1    <= tci;
            ip_1     <= s_outer6 ? ip_6 : {ip_4, 160'd0};
            ports_1  <= {s_sport, s_dport};
            length_1 <= after_ip;
            spi_1    <= s_spi;
            seq_1    <= s_seq;
        end
        if (rst)
            u_valid <= 1'b0;
    end

    // ---- beside it two sums: of the IPv4 header, and of what stands before the ciphertext in the
    //      UDP checksum: pseudo header (RFC 8200 8.1), UDP, SPI, sequence number, IV

    wire [463:0] before_text = {ip_1[255:0], length_1, 8'd0, UDP, ports_1, length_1, spi_1,
                                seq_1[31:0], seq_1};
    wire [15:0]  sum;
    wire         sum_right;

    assign u_need = outer6_1 && encap_1;

    genvar n;
    generate
        for (n = 0; n < 58; n = n + 1) begin : order
            assign u_words[n * 8 +: 8] = before_text[(57 - n) * 8 +: 8];
        end
    endgenerate

    ipv4_sum ip_sum (
        .clk      (clk),
        .s_valid  (u_valid && !outer6_1),
        .s_header (ip_1[319:160]),
        .m_sum    (sum),
        .m_right  (sum_right)
    );

    // ---- all parts one behind the other

    wire         valid_3, tag_3, encap_3, outer6_3;
    wire [13:0]  ct_3;
    wire [95:0]  macs_3;
    wire [15:0]  tci_3;
    wire [319:0] ip_3;
    wire [63:0]  udp_3, seq_3;
    wire [31:0]  spi_3;

    gcm_delay #(.WIDTH(PARTS_W), .CYCLES(3)) parts (
        .clk(clk), .rst(rst), .s_valid(u_valid),
        // RFC 3948 2.1: over IPv4 the UDP checksum is sent as zero; over IPv6 out_emit sets it
        .s_data({tag_1, encap_1, outer6_1, ct_1, macs_1, tci_1, ip_1, ports_1, length_1, 16'd0,
                 spi_1, seq_1}),
        .m_valid(valid_3),
        .m_data({tag_3, encap_3, outer6_3, ct_3, macs_3, tci_3, ip_3, udp_3, spi_3, seq_3})
    );

    wire [127:0] esp   = {spi_3, seq_3[31:0], seq_3};
    wire [191:0] tail  = encap_3 ? {udp_3, esp} : {esp, 64'd0};
    wire [511:0] packet = outer6_3 ? {ip_3, tail}
                        : {ip_3[319:240], ~sum, ip_3[223:160], tail, 160'd0};
    wire [15:0]  ethertype = outer6_3 ? 16'h86dd : 16'h0800;
    wire [655:0] bytes = tag_3 ? {macs_3, 16'h8100, tci_3, ethertype, packet}
                       : {macs_3, ethertype, packet, 32'd0};
    reg  [6:0]   around;        // the header and 16 bytes of ICV, less one
    integer      i;

    always @* begin
        case ({outer6_3, encap_3, tag_3})
        3'b000:  around = 7'd65;
        3'b001:  around = 7'd69;
        3'b010:  around = 7'd73;
        3'b011:  around = 7'd77;
        3'b100:  around = 7'd85;
        3'b101:  around = 7'd89;
        3'b110:  around = 7'd93;
        default: around = 7'd97;
        endcase
    end

    always @(posedge clk) begin
        m_valid <= valid_3;
        if (valid_3) begin
            m_tagged <= tag_3;
            m_encap  <= encap_3;
            m_outer6 <= outer6_3;
            m_ct     <= ct_3;
            m_end    <= ct_3 + {7'd0, around};
            for (i = 0; i < 82; i = i + 1)
                m_header[i * 8 +: 8] <= bytes[(81 - i) * 8 +: 8];
        end
        if (rst)
            m_valid <= 1'b0;
    end

    wire unused = &{1'b0, ip_3[239:224], sum_right, s_text[1:0], s_ip[319:316]};

endmodule

`resetall
