// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound: where a packet goes that passed, and what its header becomes. Its
//             destination is asked for in the neighbour table, else the SA's default next hop
//             serves; next hop 0 or an empty one is the host. What is dropped takes the same way,
//             so nothing overtakes.
// Latency:    that of the neighbour table and 5 cycles. Throughput: a packet a cycle (flow).
module in_route (
    input  wire         clk,
    input  wire         rst,

    input  wire         s_valid,          // verdicts (in_replay)
    input  wire         s_pass,
    input  wire [15:0]  s_nexthop,        // the SA's
    input  wire [13:0]  s_len,
    input  wire [7:0]   s_tos,
    input  wire [1:0]   s_ecn,
    input  wire [7:0]   s_ttl,
    input  wire [15:0]  s_sum,
    input  wire [31:0]  s_dst,

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

    output reg          m_valid,          // orders
    output reg          m_pass,
    output reg          m_host,           // to host0, as it came
    output reg  [47:0]  m_mac,
    output reg  [13:0]  m_len,
    output reg  [7:0]   m_tos,
    output reg  [7:0]   m_ttl,
    output reg  [15:0]  m_sum,

    output reg          cnt_in_inner_host_route,
    output reg          cnt_in_inner_host_ttl
);

    assign lk_valid  = s_valid;
    assign lk_family = 1'b0;
    assign lk_addr   = {s_dst, 96'd0};

    // While the table looks: the header's checksum without the old fields (RFC 1624: HC' =
    // ~(~HC + ~m + m')), once as it is, once for a TTL that is one less
    localparam [15:0] LESS_TTL = 16'hfeff;          // ~m + m' when m' is m - 0x0100

    wire [17:0] tos_sum = {2'b0, ~s_sum} + {2'b0, ~{14'd0, s_tos[1:0]}} + {16'd0, s_ecn};

    reg         a_valid, a_pass;
    reg  [15:0] a_nexthop;
    reg  [13:0] a_len;
    reg  [7:0]  a_tos, a_ttl;
    reg  [17:0] a_same, a_less;

    always @(posedge clk) begin
        a_valid <= s_valid;
        if (s_valid) begin
            a_pass    <= s_pass;
            a_nexthop <= s_nexthop;
            a_len     <= s_len;
            a_tos     <= {s_tos[7:2], s_ecn};
            a_ttl     <= s_ttl;
            a_same    <= tos_sum;
            a_less    <= tos_sum + {2'b0, LESS_TTL};
        end
        if (rst)
            a_valid <= 1'b0;
    end

    function [15:0] fold;
        input [17:0] sum;
        reg   [16:0] once;
        begin
            once = {1'b0, sum[15:0]} + {15'b0, sum[17:16]};
            fold = once[15:0] + {15'b0, once[16]};
        end
    endfunction

    localparam KEEP_W = 1 + 14 + 8 + 8 + 16 + 16;

    wire              w_room, w_valid;
    wire [15:0]       w_nexthop;
    wire [KEEP_W-1:0] w_keep;

    axis_fifo #(.WIDTH(KEEP_W + 16), .DEPTH(16)) waiting (
        .clk(clk), .rst(rst),
        .s_data({a_pass, a_len, a_tos, a_ttl, fold(a_same), fold(a_less), a_nexthop}),
        .s_valid(a_valid), .s_ready(w_room),
        .m_data({w_keep, w_nexthop}), .m_valid(w_valid), .m_ready(r_valid),
        .level()
    );

    // The next hop's MAC, and the decision
    wire        t_valid, t_pass, t_none;
    wire [13:0] t_len;
    wire [7:0]  t_tos, t_ttl;
    wire [15:0] t_same, t_less;
    wire        by_route = t_none || !nh_ok;
    wire        by_ttl   = !by_route && t_ttl <= 8'd1;
    wire [15:0] index    = r_hit ? r_nexthop : w_nexthop;

    gcm_delay #(.WIDTH(KEEP_W + 1), .CYCLES(3)) beside (
        .clk(clk), .rst(rst),
        .s_valid(r_valid), .s_data({w_keep, index == 16'd0}),
        .m_valid(t_valid), .m_data({t_pass, t_len, t_tos, t_ttl, t_same, t_less, t_none})
    );

    always @(posedge clk) begin
        nh_en <= r_valid;
        if (r_valid)
            nh_index <= index;

        m_valid <= t_valid;
        if (t_valid) begin
            m_pass <= t_pass;
            m_host <= by_route || by_ttl;
            m_mac  <= nh_mac;
            m_len  <= t_len;
            m_tos  <= t_tos;
            // the kernel will take one off itself, or answer that there is none left
            m_ttl  <= (by_route || by_ttl) ? t_ttl : t_ttl - 8'd1;
            m_sum  <= (by_route || by_ttl) ? ~t_same : ~t_less;
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
