// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound: where a packet goes that passed, and the headers that it leaves with. Its
//             destination is asked for in the neighbour table, else the SA's default next hop
//             serves; next hop 0 or an empty one is the host. What is dropped takes the same way,
//             so nothing overtakes.
// Latency:    that of the neighbour table and 5 cycles. Throughput: a packet a cycle (flow).
module in_route (
    input  wire         clk,
    input  wire         rst,

    input  wire [47:0]  plain_mac,
    input  wire [47:0]  engine_mac,

    input  wire         s_valid,          // verdicts (in_replay)
    input  wire         s_pass,
    input  wire [15:0]  s_nexthop,        // the SA's
    input  wire         s_vlan,           // the tag that it came with
    input  wire [15:0]  s_tci,
    input  wire         s_transport,
    input  wire         s_v6,
    input  wire [13:0]  s_len,
    input  wire [319:0] s_head,
    input  wire [18:0]  s_sum,            // complement of the header's checksum, not folded
    input  wire [17:0]  s_l4,             // new checksum of TCP or UDP: is there one, TCP, value

    output wire         lk_valid,         // neigh_table
    output wire         lk_family,
    output wire [127:0] lk_addr,
    input  wire         r_valid,
    input  wire         r_hit,
    input  wire [15:0]  r_nexthop,

    output reg          nh_en,            // nexthop_table
    output reg  [15:0]  nh_index,
    input  wire         nh_ok,
    input  wire [47:0]  nh_mac,
    input  wire         nh_vlan_set,
    input  wire [15:0]  nh_vlan,

    output reg          m_valid,          // orders (in_deliver)
    output reg          m_pass,
    output reg          m_host,           // to host0
    output reg          m_transport,
    output reg          m_v6,
    output reg          m_vlan,
    output reg  [13:0]  m_last,           // the frame's length, less one
    output reg  [463:0] m_front,          // Ethernet and IP header, first byte most significant
    output reg  [17:0]  m_l4,

    output reg          cnt_in_inner_host_route,
    output reg          cnt_in_inner_host_ttl
);

    localparam [15:0] TYPE_VLAN = 16'h8100;
    localparam [15:0] TYPE_IPV4 = 16'h0800;
    localparam [15:0] TYPE_IPV6 = 16'h86dd;

    assign lk_valid  = s_valid;
    assign lk_family = s_v6;
    assign lk_addr   = s_v6 ? s_head[127:0] : {s_head[191:160], 96'd0};

    // While the table looks: the header's checksum, once as it is, once for a TTL that is one less
    localparam [15:0] LESS_TTL = 16'hfeff;          // ~m + m' when m' is m - 0x0100 (RFC 1624)
    localparam        KEEP_W   = 1 + 1 + 16 + 1 + 1 + 14 + 320 + 18;

    reg               a_valid;
    reg  [KEEP_W-1:0] a_keep;
    reg  [15:0]       a_nexthop;
    reg  [18:0]       a_same, a_less;

    always @(posedge clk) begin
        a_valid <= s_valid;
        if (s_valid) begin
            a_keep    <= {s_pass, s_vlan, s_tci, s_transport, s_v6, s_len + 14'd13, s_head,
                          s_l4};
            a_nexthop <= s_nexthop;
            a_same    <= s_sum;
            a_less    <= s_sum + {3'b0, LESS_TTL};
        end
        if (rst)
            a_valid <= 1'b0;
    end

    function [15:0] fold;
        input [18:0] sum;
        reg   [16:0] once;
        begin
            once = {1'b0, sum[15:0]} + {14'b0, sum[18:16]};
            fold = once[15:0] + {15'b0, once[16]};
        end
    endfunction

    wire              w_room, w_valid;
    wire [15:0]       w_nexthop, w_same, w_less;
    wire [KEEP_W-1:0] w_keep;

    axis_fifo #(.WIDTH(KEEP_W + 48), .DEPTH(16)) waiting (
        .clk(clk), .rst(rst),
        .s_data({a_keep, fold(a_same), fold(a_less), a_nexthop}),
        .s_valid(a_valid), .s_ready(w_room),
        .m_data({w_keep, w_same, w_less, w_nexthop}), .m_valid(w_valid), .m_ready(r_valid),
        .level()
    );

    // The next hop's MAC and tag, and the decision
    wire         t_valid, t_pass, t_vlan, t_transport, t_v6, t_none;
    wire [15:0]  t_tci, t_same, t_less;
    wire [13:0]  t_last;                   // of the frame without a tag
    wire [319:0] t_head;
    wire [17:0]  t_l4;
    wire [15:0]  index = r_hit ? r_nexthop : w_nexthop;

    gcm_delay #(.WIDTH(KEEP_W + 33), .CYCLES(3)) beside (
        .clk(clk), .rst(rst),
        .s_valid(r_valid), .s_data({w_keep, w_same, w_less, index == 16'd0}),
        .m_valid(t_valid),
        .m_data({t_pass, t_vlan, t_tci, t_transport, t_v6, t_last, t_head, t_l4, t_same, t_less,
                 t_none})
    );

    // In transport mode this is the destination, and no router on the way to it: no TTL is taken
    wire [7:0]  ttl      = t_v6 ? t_head[263:256] : t_head[255:248];
    wire        by_route = t_none || !nh_ok;
    wire        by_ttl   = !by_route && !t_transport && ttl <= 8'd1;
    wire        to_host  = by_route || by_ttl;
    // the kernel will take one off itself, or answer that there is none left
    wire        less     = !to_host && !t_transport;
    wire [7:0]  new_ttl  = less ? ttl - 8'd1 : ttl;
    wire [15:0] new_sum  = less ? ~t_less : ~t_same;
    wire        retag    = !to_host && nh_vlan_set;
    wire        vlan     = retag ? nh_vlan[11:0] != 12'd0 : t_vlan;
    wire [15:0] tci      = retag ? nh_vlan : t_tci;

    wire [95:0]  macs = to_host ? {plain_mac, engine_mac} : {nh_mac, plain_mac};
    wire [15:0]  kind = t_v6 ? TYPE_IPV6 : TYPE_IPV4;
    wire [319:0] head = t_v6 ? {t_head[319:264], new_ttl, t_head[255:0]}
                             : {t_head[319:256], new_ttl, t_head[247:240], new_sum, t_head[223:0]};

    always @(posedge clk) begin
        nh_en <= r_valid;
        if (r_valid)
            nh_index <= index;

        m_valid <= t_valid;
        if (t_valid) begin
            m_pass      <= t_pass;
            m_host      <= to_host;
            m_transport <= t_transport;
            m_v6        <= t_v6;
            m_vlan      <= vlan;
            m_l4        <= t_l4;
            m_last      <= vlan ? t_last + 14'd4 : t_last;
            m_front     <= vlan ? {macs, TYPE_VLAN, tci, kind, head} : {macs, kind, head, 32'd0};
        end
        cnt_in_inner_host_route <= t_valid && t_pass && by_route;
        cnt_in_inner_host_ttl   <= t_valid && t_pass && by_ttl;
        if (rst) begin
            nh_en                   <= 1'b0;
            m_valid                 <= 1'b0;
            cnt_in_inner_host_route <= 1'b0;
            cnt_in_inner_host_ttl   <= 1'b0;
        end
    end

`ifdef VERILATOR
    always @(posedge clk)
        if (!rst) begin
            assert (w_room || !a_valid);
            assert (w_valid || !r_valid);
        end
`else
    wire unused = &{1'b0, w_room, w_valid};
`endif

endmodule

`resetall
