// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, after decryption: the IP header of the packet inside. In tunnel mode it is
//             in the text's first 60 bytes, and it is judged here; in transport mode it is the
//             outer one, which in_parse has judged. What the selector compares is found.
// Latency:    3 cycles from s_valid to h_*, which tunnel or transport mode (ck_transport, 2 cycles
//             after s_valid) decides; 7 to m_*. m_* stay until the next packet's.
// Throughput: a packet a cycle (flow).
module in_inner (
    input  wire         clk,
    input  wire         rst,

    input  wire         s_valid,           // a packet's first slot
    input  wire [511:0] s_data,
    input  wire         s_v6,              // the outer header
    input  wire [319:0] s_outer,

    input  wire         ck_transport,

    output reg          h_valid,
    output reg          h_transport,
    output reg          h_v6,
    output reg  [319:0] h_head,            // its first 40 bytes, the first one most significant
    output reg  [7:0]   h_outer_tos,
    output reg  [7:0]   h_proto,           // tunnel mode: the protocol,
    output reg          h_seen,            //     and its header's first word is there to be seen
    output reg  [31:0]  h_word,            // that word, in both modes
    output reg  [15:0]  h_udp_sum,         // transport mode: the checksum, should it be UDP,
    output reg  [15:0]  h_tcp_sum,         //     or TCP

    output reg          m_ok,
    output reg  [16:0]  m_len              // tunnel mode: the packet's total length
);

    localparam [7:0] FRAGMENT = 8'd44;     // RFC 8200 4.5

    // Cycle 1
    reg         a_valid, a_outer_v6;
    reg [511:0] a_text;                    // first byte most significant
    reg [319:0] a_outer;

    genvar n;
    generate
        for (n = 0; n < 64; n = n + 1) begin : byte_order
            always @(posedge clk)
                if (s_valid)
                    a_text[511 - 8*n -: 8] <= s_data[8*n +: 8];
        end
    endgenerate

    always @(posedge clk) begin
        a_valid <= s_valid;
        if (s_valid) begin
            a_outer_v6 <= s_v6;
            a_outer    <= s_outer;
        end
        if (rst)
            a_valid <= 1'b0;
    end

    // Cycle 2: the text as an IPv4 packet and as one of IPv6; the words of an IPv4 header, those
    // beyond its length zero
    wire [3:0]  version = a_text[511 -: 4];
    wire [3:0]  ihl     = a_text[507 -: 4];
    wire [15:0] total   = a_text[511 - 8*2 -: 16];
    wire        long    = total[15:6] != 10'd0;        // than any header
    wire [15:0] behind  = a_text[511 - 8*4 -: 16];     // IPv6: payload length
    wire        split   = a_text[511 - 8*6 -: 8] == FRAGMENT;
    wire        room_8  = behind[15:3] != 13'd0;       // bytes behind the IPv6 header, so many
    wire        room_12 = behind[15:4] != 12'd0 || behind[3:2] == 2'd3;
    wire        room_4  = behind[15:2] != 14'd0;

    reg         b_valid, b_v6, b_outer_v6, b_ok4, b_seen4, b_seen6;
    reg [319:0] b_head, b_outer;
    reg [479:0] b_words;
    reg [31:0]  b_word4, b_word6;
    reg [16:0]  b_len;
    reg [7:0]   b_proto;
    reg [15:0]  b_tcp_sum;

    integer i;
    always @(posedge clk) begin
        b_valid <= a_valid;
        if (a_valid) begin
            b_v6       <= version == 4'd6;
            b_ok4      <= version == 4'd4 && ihl >= 4'd5 && (long || total[5:2] >= ihl);
            b_len      <= version == 4'd6 ? {1'b0, behind} + 17'd40 : {1'b0, total};
            b_proto    <= version != 4'd6 ? a_text[511 - 8*9 -: 8]
                        : split && room_8 ? a_text[511 - 8*40 -: 8]
                        : a_text[511 - 8*6 -: 8];
            b_seen4    <= a_text[508 - 8*6 -: 13] == 13'd0 && (long || total[5:2] > ihl);
            b_seen6    <= split ? a_text[511 - 8*42 -: 13] == 13'd0 && room_12 : room_4;
            b_word4    <= a_text[511 - 32*ihl -: 32];
            b_word6    <= split ? a_text[511 - 8*48 -: 32] : a_text[511 - 8*40 -: 32];
            b_tcp_sum  <= a_text[511 - 8*16 -: 16];
            b_head     <= a_text[511 -: 320];
            b_outer_v6 <= a_outer_v6;
            b_outer    <= a_outer;
            for (i = 0; i < 15; i = i + 1)
                b_words[32*i +: 32] <= {1'b0, ihl} > i[4:0] ? a_text[511 - 32*i -: 32] : 32'd0;
        end
        if (rst)
            b_valid <= 1'b0;
    end

    // Cycle 3: the mode is known; ten sums of three words
    reg         c_ok, c_free;
    reg [16:0]  c_len;
    reg [179:0] c_sums;

    always @(posedge clk) begin
        h_valid <= b_valid;
        if (b_valid) begin
            h_transport <= ck_transport;
            h_v6        <= ck_transport ? b_outer_v6 : b_v6;
            h_head      <= ck_transport ? b_outer : b_head;
            h_outer_tos <= b_outer_v6 ? b_outer[315:308] : b_outer[311:304];
            h_proto     <= b_proto;
            h_seen      <= b_v6 ? b_seen6 : b_seen4;
            h_word      <= ck_transport ? b_head[319:288] : b_v6 ? b_word6 : b_word4;
            h_udp_sum   <= b_head[319 - 8*6 -: 16];
            h_tcp_sum   <= b_tcp_sum;
            c_free      <= ck_transport || b_v6;       // IPv6 has no checksum
            c_ok        <= b_ok4;
            c_len       <= b_len;
            for (i = 0; i < 10; i = i + 1)
                c_sums[18*i +: 18] <= {2'b0, b_words[48*i +: 16]} +
                                      {2'b0, b_words[48*i + 16 +: 16]} +
                                      {2'b0, b_words[48*i + 32 +: 16]};
        end
        if (rst)
            h_valid <= 1'b0;
    end

    // Cycles 4 to 7: the sum of the sums, folded
    reg         d_valid, d_free, d_ok;
    reg  [16:0] d_len;
    reg  [79:0] d_sums;
    reg         e_valid, e_free, e_ok;
    reg  [16:0] e_len;
    reg  [20:0] e_sum;
    reg         f_valid, f_free, f_ok;
    reg  [16:0] f_len;
    reg  [16:0] f_sum;

    always @(posedge clk) begin
        d_valid <= h_valid;
        e_valid <= d_valid;
        f_valid <= e_valid;
        if (h_valid) begin
            {d_free, d_ok, d_len} <= {c_free, c_ok, c_len};
            d_sums[79:60] <= {2'b0, c_sums[179:162]};
            for (i = 0; i < 3; i = i + 1)
                d_sums[20*i +: 20] <= {2'b0, c_sums[54*i +: 18]} +
                                      {2'b0, c_sums[54*i + 18 +: 18]} +
                                      {2'b0, c_sums[54*i + 36 +: 18]};
        end
        if (d_valid) begin
            {e_free, e_ok, e_len} <= {d_free, d_ok, d_len};
            e_sum <= {1'b0, d_sums[79:60]} + {1'b0, d_sums[59:40]} + {1'b0, d_sums[39:20]} +
                     {1'b0, d_sums[19:0]};
        end
        if (e_valid) begin
            {f_free, f_ok, f_len} <= {e_free, e_ok, e_len};
            f_sum <= {1'b0, e_sum[15:0]} + {12'b0, e_sum[20:16]};
        end
        if (f_valid) begin
            // folded once more it would be the same: 30 words carry less than 32 over
            m_ok  <= f_free || (f_ok && f_sum == 17'hffff);
            m_len <= f_len;
        end
        if (rst) begin
            d_valid <= 1'b0;
            e_valid <= 1'b0;
            f_valid <= 1'b0;
        end
    end

endmodule

`resetall
