// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, fourth stage: turns a frame's beats into the text that is encrypted: the
//             inner packet from its first byte, its TTL one less (RFC 4301 5.1.2.1), or in transport
//             mode what follows its IP header; zeros for TFC padding (RFC 4303 2.7), then the ESP
//             trailer (RFC 4303 2.4 to 2.6). Feeds the core, and shows out_header the IP header.
// Parameters: SLOT_W (bits of an SA slot).
// Latency:    3 cycles from slot k's beat to slot k at the core.
// Throughput: one slot a cycle.
//
// Slot k is the end of beat k and the beginning of beat k + 1: what stands before the text falls
// away. That is 14 bytes of Ethernet header, 4 with a tag, and in transport mode 20 or 40.
module out_encap #(
    parameter SLOT_W = 10
) (
    input  wire              clk,
    input  wire              rst,

    // Slots with their beats (out_issue); a packet's first one comes two cycles before p_start
    input  wire              s_valid,
    input  wire              s_sop,
    input  wire              s_eop,
    input  wire [511:0]      s_beat,

    // The packet (out_resolve, out_sequence): from a cycle before p_start until the next,
    input  wire              t_family,
    input  wire              t_tagged,
    input  wire              t_transport,
    input  wire [13:0]       t_len,         // bytes before TFC padding,
    input  wire [13:0]       t_text,        // with it, and one

    // and with p_start until the next
    input  wire              p_start,
    input  wire              p_drop,
    input  wire [SLOT_W-1:0] p_slot,
    input  wire              p_family,
    input  wire              p_transport,
    input  wire [13:0]       p_len,
    input  wire [13:0]       p_text,
    input  wire [31:0]       p_spi,
    input  wire [31:0]       p_salt,
    input  wire [255:0]      p_key,
    input  wire              p_key256,
    input  wire              p_gmac,
    input  wire [63:0]       p_seq,
    input  wire              p_esn,

    // gcm_core
    output reg               c_valid,
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

    // out_header, with p_start
    output wire              h_valid,
    output reg  [319:0]      h_ip,          // the IP header as it came, first byte most significant
    output reg  [15:0]       h_tci,         // the frame's tag, if it has one

    output reg               credit,        // a slot of a packet that is not sent

    output reg               cnt_out_encrypted,
    output reg  [13:0]       cnt_out_encrypted_len
);

    // ---- first register: a beat, with the next one behind it

    reg         valid_1, sop_1, eop_1;
    reg [399:0] beat;           // its last 50 bytes
    reg [7:0]   index;          // of the slot in its packet

    wire [7:0]   k    = sop_1 ? 8'd0 : index;
    wire [863:0] both = {s_beat[463:0], beat};      // from byte 14 of the frame
    reg  [511:0] text_1;
    wire [319:0] ip_1 = t_tagged ? both[351:32] : both[319:0];

    always @* begin
        case ({t_transport, t_family, t_tagged})
        3'b101:  text_1 = both[24*8 +: 512];
        3'b100:  text_1 = both[20*8 +: 512];
        3'b111:  text_1 = both[44*8 +: 512];
        3'b110:  text_1 = both[40*8 +: 512];
        3'b001,
        3'b011:  text_1 = both[4*8 +: 512];
        default: text_1 = both[511:0];
        endcase
    end

    // The trailer ends the last word of the text, which is word (text + 1) / 4; with 3 bytes of
    // padding the first of them is in the word before.
    wire        tail_1      = k == t_text[13:6];
    wire [11:0] word_before = t_text[13:2] - 12'd1;

    // ---- second register: the slot's text, which of it is the packet's, and the trailer's place

    reg         valid_2, sop_2, eop_2, full_2, part_2, tail_2, before_2;
    reg [511:0] text_2;
    integer     i;

    always @(posedge clk) begin
        valid_1 <= s_valid;
        if (s_valid) begin
            sop_1 <= s_sop;
            eop_1 <= s_eop;
            beat  <= s_beat[511:112];
        end
        valid_2 <= valid_1;
        if (valid_1) begin
            index    <= k + 8'd1;
            sop_2    <= sop_1;
            eop_2    <= eop_1;
            text_2   <= text_1;
            full_2   <= k < t_len[13:6];
            part_2   <= k == t_len[13:6];
            tail_2   <= tail_1;
            before_2 <= k == word_before[11:4] && t_text[1:0] == 2'd0;
        end
        if (valid_1 && sop_1) begin
            h_tci <= {beat[7:0], beat[15:8]};
            for (i = 0; i < 40; i = i + 1)
                h_ip[(39 - i) * 8 +: 8] <= ip_1[i * 8 +: 8];
        end
        if (rst) begin
            valid_1 <= 1'b0;
            valid_2 <= 1'b0;
        end
    end

    assign h_valid = p_start && !p_drop;

    // ---- third register: the core's slot

    // RFC 1624 eqn. 3, HC' = ~(~HC + ~m + m'), with m' = m - 0x0100
    wire [15:0] hc      = {text_2[87:80], text_2[95:88]};
    wire [16:0] sum     = {1'b0, ~hc} + 17'h0feff;
    wire [15:0] hc_next = ~(sum[15:0] + {15'd0, sum[16]});
    wire [7:0]  ttl_4   = text_2[71:64] - 8'd1;
    wire [7:0]  ttl_6   = text_2[63:56] - 8'd1;

    // With 0, 1, 2 or 3 bytes of padding (D: data, N: next header; first byte first)
    //     D D 0 N     D 1 1 N     1 2 2 N     D D D 1 | 2 3 3 N
    wire [1:0]  pad     = ~p_text[1:0];
    wire [7:0]  next    = p_transport ? (p_family ? h_ip[271:264] : h_ip[247:240])
                        : p_family ? 8'd41 : 8'd4;
    wire [31:0] trailer = {next, 6'd0, pad, pad == 2'd0 ? 8'd0 : {6'd0, pad},
                           pad[1] ? {6'd0, pad - 2'd1} : 8'd0};
    wire [63:0] keep    = full_2 ? ~64'd0 : part_2 ? ~(~64'd0 << p_len[5:0]) : 64'd0;
    wire [3:0]  left_of = p_text[5:2] - 4'd1;
    integer     w;

    always @(posedge clk) begin
        c_valid <= valid_2 && !p_drop;
        credit  <= valid_2 && p_drop;
        c_sop   <= sop_2;
        c_eop   <= eop_2;
        if (valid_2) begin
            // What lies behind the packet in its frame, or in the next one, never leaves
            if (full_2) begin
                c_data <= text_2;
            end else begin
                for (w = 0; w < 16; w = w + 1)
                    c_data[w * 32 +: 32] <= (text_2[w * 32 +: 32]
                        & {{8{keep[w * 4 + 3]}}, {8{keep[w * 4 + 2]}},
                           {8{keep[w * 4 + 1]}}, {8{keep[w * 4]}}})
                        | (tail_2 && p_text[5:2] == w[3:0] ? trailer : 32'd0)
                        | (before_2 && left_of == w[3:0] ? 32'h01000000 : 32'd0);
            end
            if (sop_2 && !p_transport && !p_family)
                c_data[95:64] <= {hc_next[7:0], hc_next[15:8], text_2[79:72], ttl_4};
            if (sop_2 && !p_transport && p_family)
                c_data[63:56] <= ttl_6;
        end
        if (valid_2 && sop_2) begin
            c_len    <= {p_text[13:2] + 12'd1, 2'd0};
            c_key    <= p_key;
            c_key256 <= p_key256;
            c_gmac   <= p_gmac;
            c_nonce  <= {p_salt, p_seq};                // RFC 4106 4: the IV is the 64-bit number
            c_aad    <= {p_spi, p_esn ? p_seq : {p_seq[31:0], 32'd0}};  // RFC 4106 5
            c_aad96  <= p_esn;
            c_slot   <= p_slot;
        end

        cnt_out_encrypted <= h_valid;
        if (h_valid)
            cnt_out_encrypted_len <= p_len;

        if (rst) begin
            c_valid           <= 1'b0;
            credit            <= 1'b0;
            cnt_out_encrypted <= 1'b0;
        end
    end

    wire unused = &{1'b0, t_len[5:0], word_before[3:0]};

`ifdef VERILATOR
    always @(posedge clk)
        if (!rst)
            assert (p_start == (valid_2 && sop_2));
`endif

endmodule

`resetall
