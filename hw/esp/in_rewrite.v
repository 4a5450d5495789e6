// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, after decryption: what the headers of the packet inside become. Tunnel mode:
//             ECN (RFC 6040 4.2) and, if the SA says so, DSCP of the outer header. Transport mode:
//             length and protocol without ESP, and what a NAT did to the addresses taken back out
//             of the TCP or UDP checksum that covers them (RFC 3948 3.1.2). What in_route still
//             has to do is the hop limit and to fold the header's checksum.
// Latency:    s_valid is 3 cycles after a packet's first slot, t_valid 7 or more after it; m_* come
//             2 cycles after t_valid.
// Throughput: a packet a cycle (flow).
module in_rewrite (
    input  wire         clk,
    input  wire         rst,

    input  wire         ck_valid,          // the SA's row, the cycle before s_valid
    input  wire         ck_ecn_off,
    input  wire         ck_decap_dscp,
    input  wire [15:0]  ck_csum_delta,

    input  wire         s_valid,           // in_inner
    input  wire         s_transport,
    input  wire         s_v6,
    input  wire [319:0] s_head,
    input  wire [7:0]   s_outer_tos,
    input  wire [15:0]  s_udp_sum,
    input  wire [15:0]  s_tcp_sum,

    input  wire         t_valid,           // in_trailer; in_inner
    input  wire [7:0]   t_next,
    input  wire [13:0]  t_payload,
    input  wire [13:0]  t_len,             // tunnel mode: total length
    output wire         t_transport,       // the same cycle
    output wire         t_v6,
    output wire         t_ecn_lost,        // congestion was marked where nobody can be told

    output reg          m_transport,
    output reg          m_v6,
    output reg  [13:0]  m_len,             // of the whole packet
    output reg  [319:0] m_head,
    output reg  [18:0]  m_sum,             // IPv4: not folded, complement of the header's checksum
    output reg  [17:0]  m_l4               // new checksum of TCP or UDP: is there one, TCP, value
);

    localparam [7:0] TCP = 8'd6;
    localparam [7:0] UDP = 8'd17;

    reg        c_ecn_off, c_decap_dscp;
    reg [15:0] c_delta;

    always @(posedge clk)
        if (ck_valid)
            {c_ecn_off, c_decap_dscp, c_delta} <= {ck_ecn_off, ck_decap_dscp, ck_csum_delta};

    // Fields of an IPv4 header
    wire [15:0] old_len   = s_head[303:288];
    wire [7:0]  old_proto = s_head[247:240];
    wire [15:0] old_sum   = s_head[239:224];

    // RFC 6040 4.2, by the outer and the inner field: congestion is passed on, a packet that can't
    // say so is dropped, and ECT(1) outside makes ECT(0) inside ECT(1)
    wire [7:0] old_tos = s_v6 ? s_head[315:308] : s_head[311:304];
    wire [1:0] in_ecn  = old_tos[1:0];
    wire       ce      = s_outer_tos[1:0] == 2'b11;
    wire       one     = s_outer_tos[1:0] == 2'b01 && in_ecn == 2'b10;
    wire [1:0] new_ecn = c_ecn_off ? in_ecn : ce ? 2'b11 : one ? 2'b01 : in_ecn;
    wire [5:0] new_dscp = c_decap_dscp ? s_outer_tos[7:2] : old_tos[7:2];

    // The header's checksum in steps: RFC 1624, HC' = ~(~HC + ~m + m')
    reg         d_valid, d_transport, d_v6, d_lost, d_udp_none;
    reg [319:0] d_head;
    reg [7:0]   d_tos, d_proto;
    reg [16:0]  d_sum, d_udp, d_tcp;

    always @(posedge clk) begin
        d_valid <= s_valid;
        if (s_valid) begin
            d_transport <= s_transport;
            d_v6        <= s_v6;
            d_head      <= s_head;
            d_tos       <= {new_dscp, new_ecn};
            d_lost      <= !s_transport && !c_ecn_off && ce && in_ecn == 2'b00;
            d_proto     <= old_proto;
            d_sum       <= {1'b0, ~old_sum} +
                           {1'b0, ~(s_transport ? old_len : {8'd0, old_tos})};
            d_udp_none  <= s_udp_sum == 16'd0;         // RFC 768: zero means that there is none
            d_udp       <= {1'b0, s_udp_sum} + {1'b0, c_delta};
            d_tcp       <= {1'b0, s_tcp_sum} + {1'b0, c_delta};
        end
        if (rst)
            d_valid <= 1'b0;
    end

    reg         e_valid, e_transport, e_v6, e_lost, e_udp_none;
    reg [319:0] e_head;
    reg [17:0]  e_sum;
    reg [15:0]  e_udp, e_tcp;

    always @(posedge clk) begin
        e_valid <= d_valid;
        if (d_valid) begin
            {e_transport, e_v6, e_lost, e_udp_none} <= {d_transport, d_v6, d_lost, d_udp_none};
            e_head <= d_transport ? d_head
                    : d_v6 ? {d_head[319:316], d_tos, d_head[307:0]}
                    : {d_head[319:312], d_tos, d_head[303:0]};
            e_sum  <= {1'b0, d_sum} + {2'b0, d_transport ? ~{8'd0, d_proto} : {8'd0, d_tos}};
            e_udp  <= d_udp[15:0] + {15'd0, d_udp[16]};
            e_tcp  <= d_tcp[15:0] + {15'd0, d_tcp[16]};
        end
        if (rst)
            e_valid <= 1'b0;
    end

    wire         t_udp_none;
    wire [319:0] t_head;
    wire [17:0]  t_sum;
    wire [15:0]  t_udp, t_tcp;

    gcm_delay #(.WIDTH(4 + 320 + 18 + 32), .CYCLES(2)) beside (
        .clk(clk), .rst(rst),
        .s_valid(e_valid),
        .s_data({e_transport, e_v6, e_lost, e_udp_none, e_head, e_sum, e_udp, e_tcp}),
        .m_valid(),
        .m_data({t_transport, t_v6, t_ecn_lost, t_udp_none, t_head, t_sum, t_udp, t_tcp})
    );

    // The trailer is known: transport mode's new length and protocol
    reg         u_valid, u_transport, u_v6, u_l4_set, u_l4_tcp;
    reg [319:0] u_head;
    reg [17:0]  u_sum;
    reg [13:0]  u_len, u_payload;
    reg [7:0]   u_next;
    reg [15:0]  u_l4_sum;

    wire tcp_whole = t_payload[13:5] != 9'd0 || (t_payload[4] && t_payload[3:1] != 3'd0); // 18
    wire udp_whole = t_payload[13:3] != 11'd0;                                            // 8

    always @(posedge clk) begin
        u_valid <= t_valid;
        if (t_valid) begin
            {u_transport, u_v6, u_head, u_sum} <= {t_transport, t_v6, t_head, t_sum};
            u_payload <= t_payload;
            u_next    <= t_next;
            u_len     <= t_transport ? t_payload + (t_v6 ? 14'd40 : 14'd20) : t_len;
            u_l4_set  <= t_transport && ((t_next == TCP && tcp_whole) ||
                                         (t_next == UDP && udp_whole && !t_udp_none));
            u_l4_tcp  <= t_next == TCP;
            u_l4_sum  <= t_next == TCP ? t_tcp : t_udp;
        end
        if (u_valid) begin
            {m_transport, m_v6, m_len} <= {u_transport, u_v6, u_len};
            m_l4   <= {u_l4_set, u_l4_tcp, u_l4_sum};
            m_head <= !u_transport ? u_head
                    : u_v6 ? {u_head[319:288], 2'd0, u_payload, u_next, u_head[263:0]}
                    : {u_head[319:304], 2'd0, u_len, u_head[287:248], u_next, u_head[239:0]};
            m_sum  <= {1'b0, u_sum} + (u_transport ? {5'd0, u_len} + {11'd0, u_next} : 19'd0);
        end
        if (rst)
            u_valid <= 1'b0;
    end

endmodule

`resetall
