// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, after decryption: the ESP trailer (RFC 4303 2.4, 2.5, 2.6). Padding is 1, 2,
//             3.. and may reach back over five slots, the only ones that are looked at: what is kept
//             of a packet is only where the last byte stands that is not its predecessor plus one.
//             The padding is right when its last byte is its length and that place is not behind its
//             first byte.
// Latency:    7 cycles from the slot with the text's last byte; then held until the next packet's.
// Throughput: a slot a cycle (flow).
module in_trailer (
    input  wire         clk,
    input  wire         rst,

    input  wire         s_valid,
    input  wire         s_sop,
    input  wire [511:0] s_data,
    input  wire [13:0]  s_ct,        // text in bytes, a multiple of 4; with s_sop

    output reg          m_ok,        // the padding is right
    output reg  [13:0]  m_payload,   // bytes before it
    output reg  [7:0]   m_next       // next header
);

    // Cycle 1: how much text is left from this slot on
    reg         a_valid;
    reg [511:0] a_data;
    reg [13:0]  a_ct, a_left;        // a_left is a multiple of 4
    reg         a_more;              // it is beyond this slot's 64 bytes
    reg         a_near;              // among the packet's last five slots
    reg         a_first;             // the first such slot of the packet
    reg [7:0]   a_index;
    reg [7:0]   a_before;            // byte 63 of the slot before

    always @(posedge clk) begin
        a_valid <= s_valid;
        if (s_valid) begin
            a_data   <= s_data;
            a_before <= a_data[511:504];
            a_index  <= s_sop ? 8'd0 : a_index + 8'd1;
            a_left   <= s_sop ? s_ct : a_more ? a_left - 14'd64 : 14'd0;
            // more than 64 bytes, more than 128; both lengths are multiples of 4
            a_more   <= s_sop ? s_ct[13:7] != 7'd0 || (s_ct[6] && s_ct[5:2] != 4'd0)
                              : a_left[13:8] != 6'd0 || (a_left[7] && a_left[6:2] != 5'd0);
            // no more than 320 bytes, no more than 384
            a_near   <= s_sop ? s_ct[13:9] == 5'd0 && (!s_ct[8] || s_ct[7:0] <= 8'd64)
                              : a_left[13:9] == 5'd0 && (!a_left[8] || a_left[7:0] <= 8'd128);
            a_first  <= s_sop || !a_near;
            if (s_sop)
                a_ct <= s_ct;
        end
        if (rst)
            a_valid <= 1'b0;
    end

    // Cycle 2: the bytes that break a run, among those before the pad length; the last three bytes
    wire [3:0]  a_last_word = a_left[5:2] - 4'd1;
    wire        a_ends = a_left != 14'd0 && !a_more;
    reg         b_valid, b_ends;
    reg  [63:0] b_break, b_mask;
    reg  [23:0] b_word;              // next header, pad length, last byte of the padding
    reg  [13:0] b_ct;
    reg  [7:0]  b_index;

    integer i;
    always @(posedge clk) begin
        b_valid <= a_valid && a_near;
        if (a_valid && a_near) begin
            b_ends  <= a_ends;
            b_index <= a_index;
            b_ct    <= a_ct;
            for (i = 1; i < 64; i = i + 1)
                b_break[i] <= a_data[8*i +: 8] != a_data[8*i - 8 +: 8] + 8'd1;
            b_break[0] <= a_first || a_data[7:0] != a_before + 8'd1;
            for (i = 0; i < 64; i = i + 1)
                b_mask[i] <= a_more || {27'd0, a_left[6:2]} > (i + 2) / 4;
            b_word <= a_data[32 * a_last_word + 8 +: 24];
        end
        if (rst)
            b_valid <= 1'b0;
    end

    // Cycles 3 and 4: the last of them
    wire [63:0] breaks = b_break & b_mask;
    reg         c_valid, c_ends;
    reg  [7:0]  c_any;
    reg  [23:0] c_pos;               // in each group of 8
    reg  [23:0] c_word;
    reg  [13:0] c_ct;
    reg  [7:0]  c_index;

    function [2:0] last_of_8;
        input [6:0] b;               // 7 to 1; when none of them is set it is 0, if any
        last_of_8 = b[6] ? 3'd7 : b[5] ? 3'd6 : b[4] ? 3'd5 : b[3] ? 3'd4 :
                    b[2] ? 3'd3 : b[1] ? 3'd2 : b[0] ? 3'd1 : 3'd0;
    endfunction

    always @(posedge clk) begin
        c_valid <= b_valid;
        if (b_valid) begin
            c_ends  <= b_ends;
            c_index <= b_index;
            c_ct    <= b_ct;
            c_word  <= b_word;
            for (i = 0; i < 8; i = i + 1) begin
                c_any[i]        <= breaks[8*i +: 8] != 8'd0;
                c_pos[3*i +: 3] <= last_of_8(breaks[8*i + 1 +: 7]);
            end
        end
        if (rst)
            c_valid <= 1'b0;
    end

    wire [2:0]  c_group = last_of_8(c_any[7:1]);
    reg         d_valid, d_ends, d_any;
    reg  [13:0] d_pos, d_ct;
    reg  [23:0] d_trailer;

    always @(posedge clk) begin
        d_valid <= c_valid;
        if (c_valid) begin
            d_ends    <= c_ends;
            d_any     <= c_any != 8'd0;
            d_pos     <= {c_index, c_group, c_pos[3 * c_group +: 3]};
            d_ct      <= c_ct;
            d_trailer <= c_word;
        end
        if (rst)
            d_valid <= 1'b0;
    end

    // Cycle 5: over the slots. The first byte of those that are looked at always breaks, so nothing is
    // left of the packet before; in front of the padding it is in any case.
    reg         e_ends, e_none, e_last, e_long;
    reg  [13:0] e_break, e_payload;
    reg  [7:0]  e_next;
    wire [14:0] payload = {1'b0, d_ct} - 15'd2 - {7'b0, d_trailer[15:8]};

    always @(posedge clk) begin
        e_ends <= d_valid && d_ends;
        if (d_valid && d_any)
            e_break <= d_pos;
        if (d_valid && d_ends) begin
            e_none    <= d_trailer[15:8] == 8'd0;
            e_last    <= d_trailer[7:0] == d_trailer[15:8];
            e_long    <= payload[14];
            e_payload <= payload[13:0];
            e_next    <= d_trailer[23:16];
        end
        if (rst)
            e_ends <= 1'b0;
    end

    // Cycles 6 and 7
    reg         f_ends, f_run, f_none, f_last, f_long;
    reg  [13:0] f_payload;
    reg  [7:0]  f_next;

    always @(posedge clk) begin
        f_ends <= e_ends;
        if (e_ends) begin
            f_run     <= e_break <= e_payload;
            f_none    <= e_none;
            f_last    <= e_last;
            f_long    <= e_long;
            f_payload <= e_payload;
            f_next    <= e_next;
        end
        if (f_ends) begin
            m_ok      <= !f_long && (f_none || (f_last && f_run));
            m_payload <= f_payload;
            m_next    <= f_next;
        end
        if (rst)
            f_ends <= 1'b0;
    end

endmodule

`resetall
