// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, first step: what a frame from the cipher port (or from host1, for the
//             engine) is, from its first 64 bytes and its length. Every frame gets one verdict: to
//             host1, into the crypto, or dropped; the frame's counter is raised with it.
// Latency:    5 cycles. Throughput: one frame a cycle (flow).
module in_parse (
    input  wire         clk,
    input  wire         rst,

    input  wire         s_valid,
    input  wire [511:0] s_head,       // first byte most significant
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
    output reg          m_natt,       // ESP in UDP: the ciphertext starts at byte 58, not 50
    output reg  [31:0]  m_spi,
    output reg  [31:0]  m_seq,
    output reg  [63:0]  m_iv,
    output reg  [31:0]  m_dst,        // outer destination
    output reg  [1:0]   m_ecn,        // of the outer header
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

    localparam [15:0] TYPE_IPV4  = 16'h0800;
    localparam [7:0]  PROTO_UDP  = 8'd17;
    localparam [7:0]  PROTO_ESP  = 8'd50;
    localparam [15:0] PORT_IKE   = 16'd500;
    localparam [15:0] PORT_NATT  = 16'd4500;

    // A field by the number of its first byte in the frame
    wire [47:0] mac      = s_head[511 -: 48];
    wire [15:0] ethertype = s_head[511 - 8*12 -: 16];
    wire [3:0]  version  = s_head[511 - 8*14 -: 4];
    wire [3:0]  ihl      = s_head[507 - 8*14 -: 4];
    wire [1:0]  ecn      = s_head[505 - 8*15 -: 2];
    wire [15:0] ip_len   = s_head[511 - 8*16 -: 16];
    wire [13:0] fragment = s_head[509 - 8*20 -: 14];   // MF and the offset
    wire [7:0]  proto    = s_head[511 - 8*23 -: 8];
    wire [31:0] dst      = s_head[511 - 8*30 -: 32];
    wire [15:0] dport    = s_head[511 - 8*36 -: 16];
    wire [15:0] udp_len  = s_head[511 - 8*38 -: 16];
    wire [7:0]  payload  = s_head[511 - 8*42 -: 8];    // of UDP
    wire [127:0] raw_esp = s_head[511 - 8*34 -: 128];  // SPI, sequence number, IV
    wire [127:0] udp_esp = s_head[511 - 8*42 -: 128];

    wire unused = &{1'b0, s_head[463:416], s_head[47:0]};

    // The checksum of the outer header (without options), beside steps a and b
    wire [15:0]  sum;

    ipv4_sum ip_sum (
        .clk(clk), .s_valid(s_valid), .s_header(s_head[511 - 8*14 -: 160]), .m_sum(sum)
    );

    // Step a: fields compared
    reg         a_valid, a_from_host;
    reg         a_mine, a_ipv4, a_options, a_fragment, a_esp, a_udp, a_ike, a_natt, a_ff, a_zero;
    reg  [13:0] a_last;
    reg  [15:0] a_ip_len, a_udp_len;
    reg [127:0] a_fields;
    reg  [31:0] a_dst;
    reg  [1:0]  a_ecn;

    always @(posedge clk) begin
        a_valid <= s_valid;
        if (s_valid) begin
            a_from_host <= s_from_host;
            // a port without an address takes any, but a group address is never for a tunnel
            a_mine      <= !s_head[504] && (!cipher_mac_set || mac == cipher_mac ||
                                            (engine_mac_set && mac == engine_mac));
            a_ipv4      <= ethertype == TYPE_IPV4 && version == 4'd4 && ihl >= 4'd5;
            a_options   <= ihl != 4'd5;
            a_fragment  <= fragment != 14'd0;
            a_esp       <= proto == PROTO_ESP;
            a_udp       <= proto == PROTO_UDP;
            a_ike       <= dport == PORT_IKE;
            a_natt      <= dport == PORT_NATT;
            a_ff        <= payload == 8'hff;
            a_zero      <= udp_esp[127:96] == 32'd0;
            a_last      <= s_last;
            a_ip_len    <= ip_len;
            a_udp_len   <= udp_len;
            a_fields    <= proto == PROTO_UDP ? udp_esp : raw_esp;
            a_dst       <= dst;
            a_ecn       <= ecn;
        end
        if (rst)
            a_valid <= 1'b0;
    end

    // Step b: lengths against each other
    reg         b_valid, b_from_host;
    reg         b_mine, b_ipv4, b_options, b_fragment, b_esp, b_udp, b_ike, b_natt;
    reg         b_short, b_udp_bad, b_keepalive, b_marker;
    reg  [13:0] b_last;
    reg  [16:0] b_esp_len;          // from the SPI to the ICV's end; negative with bit 16
    reg [127:0] b_fields;
    reg  [31:0] b_dst;
    reg  [1:0]  b_ecn;

    always @(posedge clk) begin
        b_valid <= a_valid;
        if (a_valid) begin
            b_from_host <= a_from_host;
            b_mine      <= a_mine;
            b_ipv4      <= a_ipv4 && a_last >= 14'd33;
            b_options   <= a_options;
            b_fragment  <= a_fragment;
            b_esp       <= a_esp;
            b_udp       <= a_udp && a_ip_len >= 16'd28 && a_last >= 14'd41;
            b_ike       <= a_ike;
            b_natt      <= a_natt;
            // what follows the IP packet in the frame is Ethernet's padding
            b_short     <= {1'b0, a_ip_len} + 17'd13 > {3'b0, a_last};
            b_udp_bad   <= a_udp_len < 16'd8 || {1'b0, a_udp_len} + 17'd20 > {1'b0, a_ip_len};
            // RFC 3948 2.3, 2.2
            b_keepalive <= a_udp_len == 16'd9 && a_ff;
            b_marker    <= a_udp_len >= 16'd12 && a_zero;
            b_last      <= a_last;
            b_esp_len   <= a_udp ? {1'b0, a_udp_len} - 17'd8 : {1'b0, a_ip_len} - 17'd20;
            b_fields    <= a_fields;
            b_dst       <= a_dst;
            b_ecn       <= a_ecn;
        end
        if (rst)
            b_valid <= 1'b0;
    end

    // Step c: is the checksum right, the ciphertext's length
    reg         c_valid, c_from_host;
    reg         c_mine, c_ipv4, c_options, c_fragment, c_esp, c_udp, c_ike, c_natt;
    reg         c_short, c_udp_bad, c_keepalive, c_marker, c_ct_bad;
    reg  [13:0] c_last, c_ct;
    reg         c_sum_ok;
    reg [127:0] c_fields;
    reg  [31:0] c_dst;
    reg  [1:0]  c_ecn;

    always @(posedge clk) begin
        c_valid <= b_valid;
        if (b_valid) begin
            {c_from_host, c_mine, c_ipv4, c_options, c_fragment} <=
                {b_from_host, b_mine, b_ipv4, b_options, b_fragment};
            {c_esp, c_udp, c_ike, c_natt, c_short, c_udp_bad, c_keepalive, c_marker} <=
                {b_esp, b_udp, b_ike, b_natt, b_short, b_udp_bad, b_keepalive, b_marker};
            c_last   <= b_last;
            // SPI, sequence number, IV, at least 4 bytes, ICV; RFC 4303 2.4: aligned to 4
            c_ct_bad <= b_esp_len[16] || b_esp_len < 17'd36 || b_esp_len[1:0] != 2'd0;
            c_ct     <= b_esp_len[13:0] - 14'd32;
            c_sum_ok <= sum == 16'hffff;
            c_fields <= b_fields;
            c_dst    <= b_dst;
            c_ecn    <= b_ecn;
        end
        if (rst)
            c_valid <= 1'b0;
    end

    // Step d: is it IP that this card may judge, is it ESP
    reg         d_valid, d_from_host;
    reg         d_mine, d_judge, d_fragment, d_options, d_raw, d_natt, d_ike;
    reg         d_bad, d_udp_bad, d_keepalive, d_marker;
    reg  [13:0] d_last, d_ct;
    reg [127:0] d_fields;
    reg  [31:0] d_dst;
    reg  [1:0]  d_ecn;
    reg  [7:0]  d_slots;

    always @(posedge clk) begin
        d_valid <= c_valid;
        if (c_valid) begin
            d_from_host <= c_from_host;
            d_mine      <= c_mine;
            d_judge     <= c_ipv4 && (c_options || c_sum_ok);
            d_options   <= c_options;
            d_fragment  <= c_fragment;
            d_raw       <= c_esp;
            d_natt      <= c_udp && c_natt;
            d_ike       <= c_udp && c_ike;
            d_bad       <= c_short || c_ct_bad;
            d_udp_bad   <= c_short || c_udp_bad;
            d_keepalive <= c_keepalive;
            d_marker    <= c_marker;
            d_last      <= c_last;
            d_ct        <= c_ct;
            // ceil((ceil(ct / 16) + 2) / 4): with the blocks of the AAD and the lengths
            d_slots     <= c_ct[13:6] + 8'd1 + {7'b0, c_ct[5:0] > 6'd32};
            d_fields    <= c_fields;
            d_dst       <= c_dst;
            d_ecn       <= c_ecn;
        end
        if (rst)
            d_valid <= 1'b0;
    end

    // Step e: the verdict, in the order of the questions
    wire is_options  = d_judge && d_options;
    wire is_fragment = d_judge && !d_options && d_fragment;
    wire is_ip       = d_judge && !d_options && !d_fragment;
    wire is_udp_bad  = is_ip && d_natt && d_udp_bad;
    wire is_alive    = is_ip && d_natt && !d_udp_bad && d_keepalive;
    wire is_ike      = is_ip && (d_ike || (d_natt && !d_udp_bad && d_marker));
    wire is_esp      = is_ip && (d_raw || (d_natt && !d_udp_bad && !d_keepalive && !d_marker));
    wire to_host     = !d_mine || !(is_esp || is_alive || is_udp_bad);

    always @(posedge clk) begin
        m_valid <= d_valid;
        if (d_valid) begin
            m_host  <= to_host && !d_from_host;
            m_esp   <= d_mine && is_esp && !d_bad;
            m_last  <= d_last;
            m_natt  <= d_natt;
            m_spi   <= d_fields[127:96];
            m_seq   <= d_fields[95:64];
            m_iv    <= d_fields[63:0];
            m_dst   <= d_dst;
            m_ecn   <= d_ecn;
            m_ct    <= d_ct;
            m_slots <= d_slots;
        end
        cnt_in_drop_loop      <= d_valid && to_host && d_from_host;
        cnt_in_host_mac       <= d_valid && !d_from_host && !d_mine;
        cnt_in_host_options   <= d_valid && !d_from_host && d_mine && is_options;
        cnt_in_host_fragment  <= d_valid && !d_from_host && d_mine && is_fragment;
        cnt_in_host_ike       <= d_valid && !d_from_host && d_mine && is_ike;
        cnt_in_host_not_esp   <= d_valid && !d_from_host && d_mine && to_host &&
                                 !is_options && !is_fragment && !is_ike;
        cnt_in_drop_keepalive <= d_valid && d_mine && is_alive;
        cnt_in_drop_malformed <= d_valid && d_mine && (is_udp_bad || (is_esp && d_bad));
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
