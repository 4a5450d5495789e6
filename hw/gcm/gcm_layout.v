// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Lays a packet out as GHASH sees it: what comes before the text, the text, the block
//             of lengths. With AES-GCM (RFC 4106 5) a block of AAD comes before the text, and so
//             the text meets the cipher's blocks where E(K, J0) comes first and block n of the text
//             is number n + 1. With AES-GMAC (RFC 4543 5) all is AAD without a gap: SPI, sequence
//             number, IV, text. That is a block before the text again, and a word more with an
//             extended sequence number: the text then stands a word further on (m_shift).
// Parameters: SLOT_W (bits of the SA's row number, which is passed on).
// Latency:    2 cycles.
// Throughput: 64 bytes a cycle.
module gcm_layout #(
    parameter SLOT_W = 10
) (
    input  wire              clk,
    input  wire              rst,

    input  wire              s_valid,
    input  wire              s_sop,
    input  wire              s_eop,
    input  wire [511:0]      s_data,     // stream order
    input  wire [13:0]       s_len,
    input  wire              s_gmac,
    input  wire [63:0]       s_iv,
    input  wire [95:0]       s_aad,
    input  wire              s_aad96,
    input  wire [SLOT_W-1:0] s_slot,

    output reg               m_valid,
    output reg               m_sop,
    output reg               m_eop,
    output reg               m_gmac,
    output reg               m_shift,    // the text stands a word further on
    output reg  [511:0]      m_blocks,   // the first block lowest, first byte of each on top
    output reg  [63:0]       m_text,     // which bytes are text, in the order of m_blocks
    output reg  [4:0]        m_behind,   // blocks behind the first one here; 16 stands for more
    output reg  [SLOT_W-1:0] m_slot
);

    function [31:0] turn(input [31:0] w);   // byte order of a word
        turn = {w[7:0], w[15:8], w[23:16], w[31:24]};
    endfunction

    // The words before this slot's text, the first one lowest, and the text's behind them: five
    // words or, where the text is not shifted, the last four of them
    wire         shift = s_gmac && s_aad96;
    wire [31:0]  seq_lo = s_aad96 ? s_aad[31:0] : 32'd0;
    wire [159:0] head = shift  ? {s_iv[31:0], s_iv[63:32], s_aad[31:0], s_aad[63:32], s_aad[95:64]}
                      : s_gmac ? {s_iv[31:0], s_iv[63:32], s_aad[63:32], s_aad[95:64], 32'd0}
                      :          {32'd0, seq_lo, s_aad[63:32], s_aad[95:64], 32'd0};
    reg  [159:0] carry;       // the last words of the slot before
    wire [511:0] data;
    wire [671:0] line = {data, s_sop ? head : carry};

    genvar n;
    generate
        for (n = 0; n < 16; n = n + 1) begin : word
            assign data[32*n +: 32] = turn(s_data[32*n +: 32]);
        end
    endgenerate

    // First register: blocks in their places, and how many are still to come
    reg                valid, sop, eop, gmac, shifted;
    reg [511:0]        blocks;
    reg [17:0]         aad_bits;  // what the block of lengths says
    reg [16:0]         text_bits;
    reg [10:0]         behind;    // of the packet's blocks, those behind the first one here
    reg [15:0]         tail;      // bytes of the last text block
    reg [SLOT_W-1:0]   slot;

    // The first block, the text's, rounded up; the block of lengths is one more and the first one
    // here one less. The last block's bytes are those of the text, and a shifted word.
    wire [14:0] padded = {1'b0, s_len} + (shift ? 15'd35 : 15'd31);
    wire [14:0] all    = {1'b0, s_len} + (shift ? 15'd20 : 15'd16);
    wire        unused = &{1'b0, padded[3:0]};
    wire [3:0]  rest   = {s_len[3] ^ (s_len[2] & shift), s_len[2] ^ shift, s_len[1:0]};

    integer w;
    always @(posedge clk) begin
        if (s_valid) begin
            sop       <= s_sop;
            eop       <= s_eop;
            gmac      <= s_gmac;
            shifted   <= shift;
            slot      <= s_slot;
            aad_bits  <= s_gmac ? {all, 3'd0} : s_aad96 ? 18'd96 : 18'd64;
            text_bits <= s_gmac ? 17'd0 : {s_len, 3'd0};
            behind    <= s_sop ? padded[14:4] : behind - 11'd4;
            tail      <= rest == 4'd0 ? 16'hffff : ~(16'hffff >> rest);
            carry     <= data[511:352];
            for (w = 0; w < 16; w = w + 1)
                blocks[128*(w/4) + 32*(3 - w%4) +: 32] <= shift ? line[32*w +: 32]
                                                                : line[32*w + 32 +: 32];
        end
        valid <= s_valid;
        if (rst)
            valid <= 1'b0;
    end

    // Second register: what is not the packet's is cleared, the lengths go behind the text
    wire [127:0] lengths = {46'd0, aad_bits, 47'd0, text_bits};

    generate
        for (n = 0; n < 4; n = n + 1) begin : lane
            localparam [10:0] N = n;
            wire         is_aad  = n == 0 && sop;
            wire         is_last = behind == N + 11'd1;
            wire         is_len  = behind == N;
            wire [15:0]  text    = is_aad || behind <= N ? 16'd0 : is_last ? tail : 16'hffff;
            wire [127:0] block   = blocks[128*n +: 128];

            integer b;
            always @(posedge clk)
                if (valid) begin
                    m_text[16*n +: 16] <= text;
                    if (is_len)
                        m_blocks[128*n +: 128] <= lengths;
                    else if (is_aad || &text)
                        m_blocks[128*n +: 128] <= block;
                    else
                        for (b = 0; b < 16; b = b + 1)
                            m_blocks[128*n + 8*b +: 8] <= block[8*b +: 8] & {8{text[b]}};
                end
        end
    endgenerate

    always @(posedge clk) begin
        if (valid) begin
            m_sop    <= sop;
            m_eop    <= eop;
            m_gmac   <= gmac;
            m_shift  <= shifted;
            m_slot   <= slot;
            m_behind <= behind >= 11'd16 ? 5'd16 : behind[4:0];
        end
        m_valid <= valid;
        if (rst)
            m_valid <= 1'b0;
    end

endmodule

`resetall
