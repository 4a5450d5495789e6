// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, beside out_encap: all bytes of a packet before its ciphertext: Ethernet,
//             outer IPv4 (RFC 4301 5.1.2.1), UDP when encapsulated (RFC 3948 2.1), ESP and IV (RFC
//             4106 3.1).
// Latency:    4 cycles.
// Throughput: one packet a cycle.
module out_header (
    input  wire         clk,
    input  wire         rst,

    input  wire         s_valid,
    input  wire [7:0]   s_tos,      // of the inner header
    input  wire         s_df,
    input  wire [13:0]  s_ct,       // bytes of ciphertext
    input  wire [63:0]  s_seq,
    input  wire [31:0]  s_spi,
    input  wire [31:0]  s_src,
    input  wire [31:0]  s_dst,
    input  wire         s_encap,
    input  wire [15:0]  s_sport,
    input  wire [15:0]  s_dport,
    input  wire [7:0]   s_ttl,
    input  wire [10:0]   s_outer,    // ECN off; DF set, DF; DSCP set, DSCP: else as inside
    input  wire [47:0]  s_mac,      // of the next hop
    input  wire [47:0]  cipher_mac,

    output reg          m_valid,
    output reg          m_encap,    // 58 bytes of header, else 50
    output reg  [13:0]  m_ct,
    output reg  [13:0]  m_end,      // number of the frame's last byte
    output reg  [463:0] m_header    // first byte in [7:0]
);

    localparam ETH_W  = 112;
    localparam TAIL_W = 64 + 32 + 64;       // UDP, SPI, number

    wire [15:0] after_ip = {2'd0, s_ct} + 16'd32 + (s_encap ? 16'd8 : 16'd0);  // ESP, IV, ICV, UDP

    // RFC 4301 5.1.2.1: DSCP as inside, or the SA's. RFC 6040 4.1: ECN as inside (normal mode), or
    // Not-ECT (compatibility mode). RFC 4301 8.1: DF as inside, set or clear.
    wire [7:0] tos = {s_outer[6] ? s_outer[5:0] : s_tos[7:2], s_outer[9] ? 2'b00 : s_tos[1:0]};
    wire       df  = s_outer[8] ? s_outer[7] : s_df;

    // RFC 6864 4: the identification is of no use with DF, and unique for as long as the sequence
    // number's low half is without.
    wire [159:0] ip = {8'h45, tos, after_ip + 16'd20, s_seq[15:0], 1'b0, df, 14'd0,
                       s_ttl, s_encap ? 8'd17 : 8'd50, 16'd0, s_src, s_dst};

    reg               valid_1, valid_2, valid_3;
    reg               encap_1, encap_2, encap_3;
    reg [13:0]        ct_1, ct_2, ct_3;
    reg [ETH_W-1:0]   eth_1, eth_2, eth_3;
    reg [159:0]       ip_1, ip_2, ip_3;
    reg [TAIL_W-1:0]  tail_1, tail_2, tail_3;
    wire [15:0]       sum;

    ipv4_sum ip_sum (
        .clk      (clk),
        .s_valid  (valid_1),
        .s_header (ip_1),
        .m_sum    (sum)
    );

    wire [271:0] front = {eth_3, ip_3[159:80], ~sum, ip_3[63:0]};
    // RFC 3948 2.1: the UDP checksum is sent as zero
    wire [63:0]  udp   = tail_3[159:96];
    wire [127:0] esp   = {tail_3[95:64], tail_3[31:0], tail_3[63:0]};   // SPI, number, IV
    wire [463:0] bytes = encap_3 ? {front, udp, esp} : {front, esp, 64'd0};
    integer i;

    always @(posedge clk) begin
        valid_1 <= s_valid;
        valid_2 <= valid_1;
        valid_3 <= valid_2;
        m_valid <= valid_3;
        if (s_valid) begin
            encap_1 <= s_encap;
            ct_1    <= s_ct;
            eth_1   <= {s_mac, cipher_mac, 16'h0800};
            ip_1    <= ip;
            tail_1  <= {s_sport, s_dport, after_ip, 16'd0, s_spi, s_seq};
        end
        if (valid_1) begin
            encap_2 <= encap_1;
            ct_2    <= ct_1;
            eth_2   <= eth_1;
            ip_2    <= ip_1;
            tail_2  <= tail_1;
        end
        if (valid_2) begin
            encap_3 <= encap_2;
            ct_3    <= ct_2;
            eth_3   <= eth_2;
            ip_3    <= ip_2;
            tail_3  <= tail_2;
        end
        if (valid_3) begin
            m_encap <= encap_3;
            m_ct    <= ct_3;
            m_end   <= ct_3 + (encap_3 ? 14'd73 : 14'd65);  // the header and 16 bytes of ICV
            for (i = 0; i < 58; i = i + 1)
                m_header[i * 8 +: 8] <= bytes[(57 - i) * 8 +: 8];
        end
        if (rst) begin
            valid_1 <= 1'b0;
            valid_2 <= 1'b0;
            valid_3 <= 1'b0;
            m_valid <= 1'b0;
        end
    end

    // where the checksum goes
    wire unused = &{1'b0, ip_3[79:64], s_outer[10]};

endmodule

`resetall
