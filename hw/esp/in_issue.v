// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, third step: jobs and their beats part. Frames for the host leave on
//             m_axis_host1, dropped ones are swallowed, and ESP goes into the crypto: the
//             ciphertext is moved to byte 0 of its slots, and the ICV behind it and the outer
//             headers before it are taken out.
// Slots:      A ciphertext begins at byte 50, 54, 58 or 62 of the frame (IPv4), or 20 further
//             (IPv6). Slot n needs beats n and n + 1, or n + 1 and n + 2; it is made in the cycle
//             of beat n + 2 in both cases. So a packet of W beats has the W cycles from its third
//             beat on, which end with the second beat of the next frame: nothing is lost between
//             packets, and no packet takes a cycle of the next.
// Latency:    4 cycles from a beat to its slot. Throughput: one beat a cycle.
module in_issue #(
    parameter SLOT_W = 10
) (
    input  wire              clk,
    input  wire              rst,

    input  wire [511:0]      s_data,
    input  wire              s_data_valid,
    output wire              s_data_ready,

    input  wire              j_valid,      // jobs (in_lookup)
    output wire              j_ready,
    input  wire              j_host,
    input  wire              j_esp,
    input  wire [13:0]       j_last,
    input  wire [2:0]        j_shape,      // IPv6, UDP, tag
    input  wire [31:0]       j_spi,
    input  wire [63:0]       j_seq,
    input  wire              j_esn,
    input  wire              j_gmac,
    input  wire [95:0]       j_nonce,
    input  wire [255:0]      j_key,
    input  wire              j_key256,
    input  wire [13:0]       j_ct,
    input  wire [7:0]        j_slots,

    output reg  [511:0]      m_axis_host1_tdata,
    output reg  [63:0]       m_axis_host1_tkeep,
    output reg               m_axis_host1_tvalid,
    input  wire              m_axis_host1_tready,
    output reg               m_axis_host1_tlast,

    output reg               c_valid,      // gcm_core
    output reg               c_sop,
    output reg               c_eop,
    output reg  [511:0]      c_data,
    output reg  [13:0]       c_len,
    output reg  [255:0]      c_key,
    output reg               c_key256,
    output reg               c_gmac,
    output reg  [95:0]       c_nonce,
    output reg  [95:0]       c_aad,
    output reg               c_aad96,
    output reg  [SLOT_W-1:0] c_slot,
    output reg  [63:0]       c_seq,        // with c_sop, for in_check
    output reg               c_v6,         // the outer IP header, first byte most significant: 20
    output reg  [319:0]      c_outer,      //     or 40 bytes
    output reg               c_vlan,
    output reg  [15:0]       c_tci,        // of the tag

    output reg               icv_valid,    // one a packet, the cycle after c_eop
    output reg  [127:0]      icv
);

    // ---- beats

    reg  [7:0] beat;
    wire       host_free = !m_axis_host1_tvalid || m_axis_host1_tready;
    wire       go        = j_valid && s_data_valid && (!j_host || host_free);
    wire       first     = beat == 8'd0;
    wire       last      = beat == j_last[13:6];

    assign s_data_ready = j_valid && (!j_host || host_free);
    assign j_ready      = go && last;

    reg         a_valid, a_first, a_last;
    reg [511:0] a_data;

    always @(posedge clk) begin
        if (go)
            beat <= last ? 8'd0 : beat + 8'd1;
        if (host_free)
            m_axis_host1_tvalid <= go && j_host;
        if (go && j_host) begin
            m_axis_host1_tdata <= s_data;
            m_axis_host1_tkeep <= last ? {64{1'b1}} >> ~j_last[5:0] : {64{1'b1}};
            m_axis_host1_tlast <= last;
        end
        a_valid <= go && j_esp;
        if (go && j_esp) begin
            a_first <= first;
            a_last  <= last;
            a_data  <= s_data;
        end
        if (rst) begin
            beat                <= 8'd0;
            m_axis_host1_tvalid <= 1'b0;
            a_valid             <= 1'b0;
        end
    end

    // ---- the packet whose first beat has come; two cycles later its first slot is made

    // Its job is still at j_* when its first beat is at a_*: an ESP frame has two beats at least.
    reg         p_second, p_start;         // its second beat is at a_*; its first slot is made
    reg [2:0]   p_shape;
    reg [7:0]   p_slots;
    reg         p_esn, p_gmac, p_key256;
    reg [13:0]  p_ct;
    reg [31:0]  p_spi;
    reg [63:0]  p_seq;
    reg [95:0]  p_nonce;
    reg [255:0] p_key;
    reg [319:0] p_outer;
    reg [15:0]  p_tci;

    genvar i;
    generate
        for (i = 0; i < 40; i = i + 1) begin : outer_byte
            always @(posedge clk)
                if (a_valid && a_first)
                    p_outer[319 - 8*i -: 8] <= j_shape[0] ? a_data[8*(i + 18) +: 8]
                                                          : a_data[8*(i + 14) +: 8];
        end
    endgenerate

    always @(posedge clk) begin
        p_second <= a_valid && a_first;
        p_start  <= p_second;
        if (a_valid && a_first) begin
            p_shape  <= j_shape;
            p_slots  <= j_slots;
            p_ct     <= j_ct;
            p_spi    <= j_spi;
            p_seq    <= j_seq;
            p_esn    <= j_esn;
            p_gmac   <= j_gmac;
            p_nonce  <= j_nonce;
            p_key    <= j_key;
            p_key256 <= j_key256;
            p_tci    <= {a_data[8*14 +: 8], a_data[8*15 +: 8]};
        end
        if (rst) begin
            p_second <= 1'b0;
            p_start  <= 1'b0;
        end
    end

    // ---- its slots

    reg         flush;                     // the last beat has gone by
    reg [2:0]   place;
    reg [7:0]   left;                      // slots to be made
    reg [511:0] older;                     // the beat before a_data
    reg [111:0] tail;                      // bytes 50..63 of the one before that
    wire        make = left != 8'd0;

    always @(posedge clk) begin
        flush <= a_valid && a_last;
        if (a_valid || flush) begin
            older <= a_data;
            tail  <= older[511:400];
        end
        if (p_second) begin
            place <= p_shape;
            left  <= p_slots;
        end else if (make)
            left  <= left - 8'd1;

        c_valid <= make;
        if (make) begin
            // Eight places where a ciphertext can begin: two LUT6 and a MUXF7 a bit
            case (place)
                3'b000:  c_data <= {older[399:0], tail};
                3'b001:  c_data <= {older[431:0], tail[111:32]};
                3'b010:  c_data <= {older[463:0], tail[111:64]};
                3'b011:  c_data <= {older[495:0], tail[111:96]};
                3'b100:  c_data <= {a_data[47:0], older[511:48]};
                3'b101:  c_data <= {a_data[79:0], older[511:80]};
                3'b110:  c_data <= {a_data[111:0], older[511:112]};
                default: c_data <= {a_data[143:0], older[511:144]};
            endcase
            c_sop  <= p_start;
            c_eop  <= left == 8'd1;
            if (p_start) begin
                c_len    <= p_ct;
                c_key    <= p_key;
                c_key256 <= p_key256;
                c_gmac   <= p_gmac;
                c_nonce  <= p_nonce;
                c_aad    <= {p_spi, p_esn ? p_seq : {p_seq[31:0], 32'd0}};     // RFC 4106 5
                c_aad96  <= p_esn;
                c_seq    <= p_seq;
                c_slot   <= p_spi[SLOT_W-1:0];
                c_v6     <= p_shape[2];
                c_outer  <= p_outer;
                c_vlan   <= p_shape[0];
                further  <= p_gmac && p_esn && p_ct[5:2] == 4'd8;
                c_tci    <= p_tci;
            end
        end
        if (rst) begin
            flush   <= 1'b0;
            left    <= 8'd0;
            c_valid <= 1'b0;
        end
    end

    // ---- the ICV

    // It begins at byte ct of the text, and the last slot is where ceil(ct / 16) + 2 blocks end: so
    // from 28 bytes before that slot to 32 after its begin, in steps of 4. Place n of the window is
    // where ct = 4 n modulo 64; those of the previous slot have the high numbers. With GMAC and an
    // extended number the lengths may be a slot further: then what would begin 32 bytes after the
    // last slot's begin does so after that of the slot before.
    reg  [255:0] icv_tail;                 // bytes 32..63 of the slot before
    reg          further;
    wire [607:0] window = {further ? icv_tail[127:0] : c_data[383:256], c_data[255:0],
                           icv_tail[255:32]};
    wire [3:0]   icv_place = c_len[5:2] + 4'd7;
    wire [127:0] found  = window[32 * icv_place +: 128];

    generate
        for (i = 0; i < 16; i = i + 1) begin : byte_order
            always @(posedge clk)
                if (c_valid && c_eop)
                    icv[127 - 8*i -: 8] <= found[8*i +: 8];
        end
    endgenerate

    always @(posedge clk) begin
        if (c_valid)
            icv_tail <= c_data[511:256];
        icv_valid <= c_valid && c_eop;
        if (rst)
            icv_valid <= 1'b0;
    end

`ifdef VERILATOR
    // A frame's beats are there when it is their turn, and two at least when it is ESP; its slots
    // are made when the next packet's begin
    always @(posedge clk)
        if (!rst) begin
            assert (s_data_valid || !j_valid);
            assert (!(a_valid && a_first && a_last));
            assert (!(p_second && left > 8'd1));
            assert (!(p_start && !make));
        end
`endif

`ifdef PROVE_IN_ISSUE
    `include "in_issue.vh"
`endif

endmodule

`resetall
