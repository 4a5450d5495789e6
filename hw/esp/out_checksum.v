// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, between core and out_emit: the UDP checksum of ESP in UDP over IPv6, where
//             it can't be left out (RFC 8200 8.1): a running sum of ciphertext and ICV beside the
//             slots, on top of that of the headers. Every packet's tag goes this way, so that it
//             and its checksum end the packet together.
// Latency:    6 cycles from the tag.
// Throughput: one slot a cycle.
module out_checksum (
    input  wire         clk,
    input  wire         rst,

    // out_header: does the packet need one, and the halfwords before its ciphertext; 8 cycles or
    // more before the packet's first slot
    input  wire         h_valid,
    input  wire         h_need,
    input  wire [463:0] h_words,

    // gcm_core
    input  wire         s_valid,
    input  wire         s_sop,
    input  wire         s_eop,
    input  wire [511:0] s_data,
    input  wire [127:0] s_tag,

    output wire         m_valid,
    output wire [127:0] m_tag,
    output reg  [15:0]  m_sum           // the UDP checksum
);

    function [127:0] turn(input [127:0] t);     // to the order of bytes on the wire
        integer b;
        for (b = 0; b < 16; b = b + 1)
            turn[b * 8 +: 8] = t[(15 - b) * 8 +: 8];
    endfunction

    // ---- the headers' sum waits for the packet's first slot

    reg  [2:0]  sop, eop;       // of the last three slots
    wire        sum_valid;
    wire        sum_sop = sop[2];
    wire        seed_valid, seed_room, seed_held;
    wire [21:0] seed_sum, seed;
    wire        need_first, need_room, need_held;
    wire [5:0]  seed_level, need_level;

    ones_sum header_sum (
        .clk(clk), .rst(rst), .s_valid(h_valid && h_need), .s_data({176'd0, h_words}),
        .m_valid(seed_valid), .m_sum(seed_sum)
    );

    axis_fifo #(.WIDTH(22), .DEPTH(32)) seeds (
        .clk(clk), .rst(rst), .s_data(seed_sum), .s_valid(seed_valid), .s_ready(seed_room),
        .m_data(seed), .m_valid(seed_held), .m_ready(sum_valid && sum_sop), .level(seed_level)
    );

    axis_fifo #(.WIDTH(1), .DEPTH(32)) needs (
        .clk(clk), .rst(rst), .s_data(h_need), .s_valid(h_valid), .s_ready(need_room),
        .m_data(need_first), .m_valid(need_held), .m_ready(s_valid && s_sop), .level(need_level)
    );

    // ---- slots, the last with its tag

    reg          needed;        // since the packet's first slot
    wire         need = s_sop ? need_first : needed;
    wire [21:0]  sum;

    ones_sum slot_sum (
        .clk(clk), .rst(rst), .s_valid(s_valid && need),
        .s_data({s_eop ? turn(s_tag) : 128'd0, s_data}), .m_valid(sum_valid), .m_sum(sum)
    );

    // ---- the packet's sum: fewer than 2^8 slots; then the carries come back in, twice

    reg  [29:0]  total;
    reg          total_valid, once_valid;
    reg  [16:0]  once;
    wire [15:0]  twice = once[15:0] + {15'd0, once[16]};

    always @(posedge clk) begin
        if (s_valid && s_sop)
            needed <= need_first;
        sop <= {sop[1:0], s_sop};
        eop <= {eop[1:0], s_eop};

        total_valid <= sum_valid && eop[2];
        if (sum_valid)
            total <= (sum_sop ? {8'd0, seed} : total) + {8'd0, sum};
        once_valid <= total_valid;
        if (total_valid)
            once <= {1'b0, total[15:0]} + {3'd0, total[29:16]};
        // RFC 768: a checksum of zero is sent as all ones
        if (once_valid)
            m_sum <= twice == 16'hffff ? 16'hffff : ~{twice[7:0], twice[15:8]};

        if (rst) begin
            total_valid <= 1'b0;
            once_valid  <= 1'b0;
        end
    end

    gcm_delay #(.WIDTH(128), .CYCLES(6)) tag_delay (
        .clk(clk), .rst(rst), .s_valid(s_valid && s_eop), .s_data(s_tag), .m_valid(m_valid),
        .m_data(m_tag)
    );

    wire unused = &{1'b0, seed_level, need_level, seed_room, need_room};

`ifdef VERILATOR
    always @(posedge clk)
        if (!rst) begin
            assert (!seed_valid || seed_room);
            assert (!h_valid || need_room);
            assert (!(s_valid && s_sop) || need_held);
            assert (!(sum_valid && sum_sop) || seed_held);
        end
`else
    wire unused_valid = &{1'b0, seed_held, need_held};
`endif

endmodule

`resetall
