// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, after decryption: does the SA's selector allow the packet inside (RFC 4301
//             5.2 step 4)? Addresses and ports are compared when its header is known (in_inner), the
//             protocol when the trailer is: in transport mode it stands there.
// Latency:    s_valid is 3 cycles after a packet's first slot, t_valid 7 or more after it; m_ok
//             comes 2 cycles after t_valid.
// Throughput: a packet a cycle (flow).
module in_select (
    input  wire         clk,
    input  wire         rst,

    input  wire         ck_valid,          // the SA's row, the cycle before s_valid
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

    input  wire         s_valid,           // in_inner
    input  wire         s_transport,
    input  wire         s_v6,
    input  wire [255:0] s_addresses,       // as they stand in the first 40 bytes, from byte 8 on
    input  wire [7:0]   s_proto,
    input  wire         s_seen,
    input  wire [31:0]  s_word,

    input  wire         t_valid,           // in_trailer
    input  wire [7:0]   t_next,
    input  wire         t_seen,            // transport mode: 4 bytes of payload or more

    output reg          m_ok
);

    function has_ports;
        input [7:0] proto;
        case (proto)
            8'd6, 8'd17, 8'd33, 8'd132, 8'd136: has_ports = 1'b1; // TCP, UDP, DCCP, SCTP, UDP-Lite
            default: has_ports = 1'b0;
        endcase
    endfunction

    function is_extension;                 // RFC 8200 4; RFC 7401 5.1, RFC 5533 5.1
        input [7:0] proto;
        case (proto)
            8'd0, 8'd43, 8'd44, 8'd60, 8'd139, 8'd140: is_extension = 1'b1;
            default: is_extension = 1'b0;
        endcase
    endfunction

    // The selector, beside the header. A prefix of IPv4 has 32 bits at most, so that it leaves no
    // bit of the mask below.
    reg         c_free, c_family, c_any_sport, c_any_dport;
    reg [127:0] c_src, c_src_mask, c_dst, c_dst_mask;
    reg [7:0]   c_proto;
    reg [15:0]  c_sport_first, c_sport_last, c_dport_first, c_dport_last;

    integer i;
    always @(posedge clk)
        if (ck_valid) begin
            c_free        <= !ck_sel_check;
            c_family      <= ck_sel_family;
            c_src         <= ck_sel_src;
            c_dst         <= ck_sel_dst;
            c_src_mask    <= ck_sel_src_len >= 8'd128 ? {128{1'b1}}
                                                      : ~({128{1'b1}} >> ck_sel_src_len[6:0]);
            c_dst_mask    <= ck_sel_dst_len >= 8'd128 ? {128{1'b1}}
                                                      : ~({128{1'b1}} >> ck_sel_dst_len[6:0]);
            c_proto       <= ck_sel_proto;
            c_any_sport   <= ck_sel_sport_first == 16'd0 && ck_sel_sport_last == 16'hffff;
            c_any_dport   <= ck_sel_dport_first == 16'd0 && ck_sel_dport_last == 16'hffff;
            c_sport_first <= ck_sel_sport_first;
            c_sport_last  <= ck_sel_sport_last;
            c_dport_first <= ck_sel_dport_first;
            c_dport_last  <= ck_sel_dport_last;
        end

    // Cycle 4 after the first slot: compared, four bits a LUT
    wire [127:0] src = {s_v6 ? s_addresses[255:224] : s_addresses[223:192], s_addresses[223:128]};
    wire [127:0] dst = {s_v6 ? s_addresses[127:96] : s_addresses[191:160], s_addresses[95:0]};
    wire [127:0] src_bad = (src ^ c_src) & c_src_mask;
    wire [127:0] dst_bad = (dst ^ c_dst) & c_dst_mask;

    reg         d_valid, d_free, d_family_ok, d_transport, d_v6, d_seen;
    reg         d_any_sport, d_any_dport, d_in_sport, d_in_dport;
    reg [31:0]  d_src_bad, d_dst_bad;
    reg [7:0]   d_sel_proto, d_proto;

    always @(posedge clk) begin
        d_valid <= s_valid;
        if (s_valid) begin
            {d_free, d_any_sport, d_any_dport} <= {c_free, c_any_sport, c_any_dport};
            {d_transport, d_v6, d_seen}        <= {s_transport, s_v6, s_seen};
            d_family_ok <= c_family == s_v6;
            d_sel_proto <= c_proto;
            d_proto     <= s_proto;
            d_in_sport  <= s_word[31:16] >= c_sport_first && s_word[31:16] <= c_sport_last;
            d_in_dport  <= s_word[15:0] >= c_dport_first && s_word[15:0] <= c_dport_last;
            for (i = 0; i < 32; i = i + 1) begin
                d_src_bad[i] <= |src_bad[4*i +: 4];
                d_dst_bad[i] <= |dst_bad[4*i +: 4];
            end
        end
        if (rst)
            d_valid <= 1'b0;
    end

    reg         e_valid, e_free, e_addr_ok, e_transport, e_v6, e_seen;
    reg         e_any_sport, e_any_dport, e_in_sport, e_in_dport;
    reg [7:0]   e_sel_proto, e_proto;

    always @(posedge clk) begin
        e_valid <= d_valid;
        if (d_valid) begin
            {e_free, e_transport, e_v6, e_seen} <= {d_free, d_transport, d_v6, d_seen};
            {e_any_sport, e_any_dport, e_in_sport, e_in_dport, e_sel_proto, e_proto} <=
                {d_any_sport, d_any_dport, d_in_sport, d_in_dport, d_sel_proto, d_proto};
            e_addr_ok <= d_family_ok && d_src_bad == 32'd0 && d_dst_bad == 32'd0;
        end
        if (rst)
            e_valid <= 1'b0;
    end

    wire        t_free, t_addr_ok, t_transport, t_v6, t_in_text;
    wire        t_any_sport, t_any_dport, t_in_sport, t_in_dport;
    wire [7:0]  t_sel_proto, t_proto;

    gcm_delay #(.WIDTH(9 + 16), .CYCLES(2)) beside (
        .clk(clk), .rst(rst),
        .s_valid(e_valid),
        .s_data({e_free, e_addr_ok, e_transport, e_v6, e_seen, e_any_sport, e_any_dport, e_in_sport,
                 e_in_dport, e_sel_proto, e_proto}),
        .m_valid(),
        .m_data({t_free, t_addr_ok, t_transport, t_v6, t_in_text, t_any_sport, t_any_dport, t_in_sport,
                 t_in_dport, t_sel_proto, t_proto})
    );

    // The trailer is known
    reg         u_valid, u_free, u_addr_ok, u_v6, u_seen;
    reg         u_any_sport, u_any_dport, u_in_sport, u_in_dport;
    reg [7:0]   u_sel_proto, u_proto;

    wire u_icmp  = u_proto == (u_v6 ? 8'd58 : 8'd1);
    wire u_ports = has_ports(u_proto);

    always @(posedge clk) begin
        u_valid <= t_valid;
        if (t_valid) begin
            {u_free, u_addr_ok, u_v6, u_any_sport, u_any_dport, u_in_sport, u_in_dport,
             u_sel_proto} <= {t_free, t_addr_ok, t_v6, t_any_sport, t_any_dport, t_in_sport,
                              t_in_dport, t_sel_proto};
            u_proto <= t_transport ? t_next : t_proto;
            u_seen  <= t_transport ? t_seen : t_in_text;
        end
        // What can't be seen matches only "any" (RFC 4301 4.4.1.1: OPAQUE): ports beyond a fragment
        // or a short packet, the protocol behind an extension header. ICMP's type and code stand
        // where the source port does and have no second half.
        if (u_valid)
            m_ok <= u_free ||
                    (u_addr_ok &&
                     (u_sel_proto == 8'd0 ||
                      (u_sel_proto == u_proto && !(u_v6 && is_extension(u_proto)))) &&
                     (u_any_sport || (u_seen && (u_ports || u_icmp) && u_in_sport)) &&
                     (u_any_dport || (u_seen && u_ports && u_in_dport) || u_icmp));
        if (rst)
            u_valid <= 1'b0;
    end

endmodule

`resetall
