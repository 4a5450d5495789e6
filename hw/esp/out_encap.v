// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, fourth stage: turns a frame's beats into the text that is encrypted: the
//             inner packet from its first byte, its TTL one less (RFC 4301 5.1.2.1), then the ESP
//             trailer (RFC 4303 2.4 to 2.6). Feeds the core, and tells out_header of each packet.
// Parameters: SLOT_W (bits of an SA slot).
// Latency:    2 cycles from slot k's beat to slot k at the core.
// Throughput: one slot a cycle.
//
// Slot k is the last 50 bytes of beat k and the first 14 of beat k + 1: the Ethernet header falls
// away.
module out_encap #(
    parameter SLOT_W = 10
) (
    input  wire              clk,
    input  wire              rst,

    // Slots with their beats (out_issue); a packet's first one comes a cycle before p_start
    input  wire              s_valid,
    input  wire              s_sop,
    input  wire              s_eop,
    input  wire [511:0]      s_beat,

    // The packet (out_resolve, out_sequence), until the next
    input  wire              p_start,
    input  wire              p_drop,
    input  wire [SLOT_W-1:0] p_slot,
    input  wire [13:0]       p_len,
    input  wire [13:0]       p_ct,
    input  wire [31:0]       p_spi,
    input  wire [31:0]       p_salt,
    input  wire [255:0]      p_key,
    input  wire              p_key256,
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
    output reg  [95:0]       c_nonce,
    output reg  [95:0]       c_aad,
    output reg               c_aad96,
    output reg  [SLOT_W-1:0] c_slot,

    // out_header, with p_start
    output wire              h_valid,
    output wire [7:0]        h_tos,         // of the inner header
    output wire              h_df,

    output reg               credit,        // a slot of a packet that is not sent

    output reg               cnt_out_encrypted,
    output reg  [13:0]       cnt_out_encrypted_len
);

    reg         valid;
    reg         sop;
    reg         eop;
    reg [399:0] beat;           // its last 50 bytes
    reg [7:0]   index;          // of the slot in its packet

    wire [7:0]   k    = sop ? 8'd0 : index;
    wire [511:0] slot = {s_beat[111:0], beat};

    assign h_valid = p_start && !p_drop;
    assign h_tos   = slot[15:8];
    assign h_df    = slot[54];

    // RFC 1624 eqn. 3, HC' = ~(~HC + ~m + m'), with m' = m - 0x0100
    wire [15:0] hc  = {slot[87:80], slot[95:88]};
    wire [16:0] sum = {1'b0, ~hc} + 17'h0feff;
    wire [15:0] hc_next = ~(sum[15:0] + {15'd0, sum[16]});
    wire [7:0]  ttl_next = slot[71:64] - 8'd1;

    // The trailer ends the last word of the ciphertext: with 0, 1, 2 or 3 bytes of padding
    //     D D 0 4     D 1 1 4     1 2 2 4     D D D 1 | 2 3 3 4       (D: data; first byte first)
    wire [1:0]  pad       = 2'd2 - p_len[1:0];
    wire [11:0] last_word = p_ct[13:2] - 12'd1;
    wire [11:0] prev_word = p_ct[13:2] - 12'd2;
    integer     w;

    always @(posedge clk) begin
        valid <= s_valid;
        sop   <= s_sop;
        eop   <= s_eop;
        if (s_valid)
            beat <= s_beat[511:112];
        if (valid)
            index <= k + 8'd1;

        c_valid <= valid && !p_drop;
        credit  <= valid && p_drop;
        c_sop   <= sop;
        c_eop   <= eop;
        if (valid) begin
            c_data <= slot;
            if (sop)
                c_data[95:64] <= {hc_next[7:0], hc_next[15:8], slot[79:72], ttl_next};
            if (k == last_word[11:4])
                for (w = 0; w < 16; w = w + 1)
                    if (last_word[3:0] == w[3:0]) begin
                        c_data[w * 32 + 16 +: 16] <= {8'd4, 6'd0, pad};
                        if (pad != 2'd0)
                            c_data[w * 32 + 8 +: 8] <= {6'd0, pad};
                        if (pad == 2'd2 || pad == 2'd3)
                            c_data[w * 32 +: 8] <= {6'd0, pad - 2'd1};
                    end
            if (k == prev_word[11:4] && pad == 2'd3)
                for (w = 0; w < 16; w = w + 1)
                    if (prev_word[3:0] == w[3:0])
                        c_data[w * 32 + 24 +: 8] <= 8'd1;
        end
        if (valid && sop) begin
            c_len    <= p_ct;
            c_key    <= p_key;
            c_key256 <= p_key256;
            c_nonce  <= {p_salt, p_seq};                // RFC 4106 4: the IV is the 64-bit number
            c_aad    <= {p_spi, p_esn ? p_seq : {p_seq[31:0], 32'd0}};  // RFC 4106 5
            c_aad96  <= p_esn;
            c_slot   <= p_slot;
        end

        cnt_out_encrypted <= h_valid;
        if (h_valid)
            cnt_out_encrypted_len <= p_len;

        if (rst) begin
            valid             <= 1'b0;
            c_valid           <= 1'b0;
            credit            <= 1'b0;
            cnt_out_encrypted <= 1'b0;
        end
    end

    wire unused = &{1'b0, p_ct[1:0], p_len[13:2]};

`ifdef VERILATOR
    always @(posedge clk)
        if (!rst)
            assert (p_start == (valid && sop));
`endif

endmodule

`resetall
