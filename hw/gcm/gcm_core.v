// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    AES-GCM (RFC 4106, SP 800-38D) and AES-GMAC (RFC 4543) of ESP packets, 64 bytes a
//             cycle, another SA with every packet if need be. A flow: what goes in comes out a
//             fixed time later.
// Parameters: DECRYPT (0: GHASH over the output; 1: over the input), SLOT_W (bits of a row number).
// Latency:    21 cycles.
// Throughput: a slot of 64 bytes a cycle; a packet of n blocks takes ceil((n + 2) / 4) slots, where
//             with GMAC and an extended sequence number a word more than the text counts for n.
//
// Counter blocks and GHASH blocks stand side by side: where GHASH has the AAD, the cipher has J0;
// block n of the text is in place n + 1 of both; where GHASH has the lengths, the cipher idles.
// With GMAC only E(K, J0) is used of what the cipher makes, so there the text may be shifted.
module gcm_core #(
    parameter DECRYPT = 0,
    parameter SLOT_W  = 10
) (
    input  wire              clk,
    input  wire              rst,

    input  wire              s_valid,
    input  wire              s_sop,
    input  wire              s_eop,
    input  wire [511:0]      s_data,
    input  wire [13:0]       s_len,
    input  wire [255:0]      s_key,
    input  wire              s_key256,
    input  wire              s_gmac,
    input  wire [95:0]       s_nonce,
    input  wire [95:0]       s_aad,
    input  wire              s_aad96,
    input  wire [SLOT_W-1:0] s_slot,

    output wire              hp_en,
    output wire [SLOT_W-1:0] hp_slot,
    input  wire [2047:0]     hp_data,

    output reg               m_valid,
    output reg               m_sop,
    output reg               m_eop,
    output wire [511:0]      m_data,
    output wire [127:0]      m_tag
);

    localparam AES    = 15;   // cycles of aes_pipe
    localparam LAYOUT = 2;    // cycles of gcm_layout
    localparam HASH   = 6;    // cycles of ghash
    localparam HP     = 2;    // cycles of the table of powers

    genvar n;

    // The cipher: blocks 1, 2, 3, .. of the packet's counter (SP 800-38D 7.1), four a cycle
    reg  [8:0]   group, group_next;
    wire [8:0]   g0 = s_sop ? 9'd0 : group;
    wire [8:0]   g1 = s_sop ? 9'd1 : group_next;
    wire [63:0]  counters = {5'd0, g1, 2'd0, 5'd0, g0, 2'd3, 5'd0, g0, 2'd2, 5'd0, g0, 2'd1};
    wire         ks_valid;
    wire [511:0] ks;

    always @(posedge clk)
        if (s_valid) begin
            group      <= g1;
            group_next <= g1 + 9'd1;
        end

    aes_pipe #(.LANES(4)) aes (
        .clk      (clk),
        .rst      (rst),
        .s_valid  (s_valid),
        .s_front  ({s_nonce, 16'd0}),
        .s_back   (counters),
        .s_key    (s_key),
        .s_key256 (s_key256),
        .m_valid  (ks_valid),
        .m_block  (ks)
    );

    // Beside it the packet, laid out for GHASH; and its SA's row, to have the powers of H in time
    wire              l_valid, l_sop, l_eop, l_gmac, l_shift;
    wire [511:0]      l_blocks;
    wire [63:0]       l_text;
    wire [4:0]        l_behind;
    wire [SLOT_W-1:0] l_slot;

    gcm_layout #(.SLOT_W(SLOT_W)) layout (
        .clk      (clk),
        .rst      (rst),
        .s_valid  (s_valid),
        .s_sop    (s_sop),
        .s_eop    (s_eop),
        .s_data   (s_data),
        .s_len    (s_len),
        .s_gmac   (s_gmac),
        .s_iv     (s_nonce[63:0]),
        .s_aad    (s_aad),
        .s_aad96  (s_aad96),
        .s_slot   (s_slot),
        .m_valid  (l_valid),
        .m_sop    (l_sop),
        .m_eop    (l_eop),
        .m_gmac   (l_gmac),
        .m_shift  (l_shift),
        .m_blocks (l_blocks),
        .m_text   (l_text),
        .m_behind (l_behind),
        .m_slot   (l_slot)
    );

    gcm_delay #(.WIDTH(SLOT_W), .CYCLES(AES - LAYOUT - HP)) slot_delay (
        .clk     (clk),
        .rst     (rst),
        .s_valid (l_valid),
        .s_data  (l_slot),
        .m_valid (hp_en),
        .m_data  (hp_slot)
    );

    wire         a_valid, a_sop, a_eop, a_gmac, a_shift;
    wire [511:0] a_blocks;
    wire [63:0]  a_text;
    wire [4:0]   a_behind;

    gcm_delay #(.WIDTH(4 + 5 + 64 + 512), .CYCLES(AES - LAYOUT)) text_delay (
        .clk     (clk),
        .rst     (rst),
        .s_valid (l_valid),
        .s_data  ({l_sop, l_eop, l_gmac, l_shift, l_behind, l_text, l_blocks}),
        .m_valid (a_valid),
        .m_data  ({a_sop, a_eop, a_gmac, a_shift, a_behind, a_text, a_blocks})
    );

    // Text meets key stream, or with GMAC none. The other text alone leaves; all the blocks are
    // hashed.
    wire [511:0] other, hashed;

    generate
        for (n = 0; n < 16; n = n + 1) begin : word
            wire [31:0] mask = {{8{a_text[4*n + 3]}}, {8{a_text[4*n + 2]}},
                                {8{a_text[4*n + 1]}}, {8{a_text[4*n]}}};
            wire [31:0] in   = a_blocks[32*n +: 32];
            assign other[32*n +: 32]  = (in ^ (ks[32*n +: 32] & {32{!a_gmac}})) & mask;
            assign hashed[32*n +: 32] = DECRYPT != 0 ? in : (in & ~mask) | other[32*n +: 32];
        end
    endgenerate

    // What leaves waits for the hash. E(K, J0), which masks it (SP 800-38D 7.1), stands where the
    // AAD did.
    wire         d_valid, d_sop, d_eop, d_shift;
    wire [511:0] d_blocks;

    gcm_delay #(.WIDTH(3 + 512), .CYCLES(HASH - 1)) hash_delay (
        .clk     (clk),
        .rst     (rst),
        .s_valid (a_valid),
        .s_data  ({a_sop, a_eop, a_shift, other[511:128], a_sop ? ks[127:0] : other[127:0]}),
        .m_valid (d_valid),
        .m_data  ({d_sop, d_eop, d_shift, d_blocks})
    );

    ghash ghash_i (
        .clk      (clk),
        .rst      (rst),
        .s_valid  (a_valid),
        .s_first  (a_sop),
        .s_behind (a_behind),
        .s_blocks (hashed),
        .s_powers (hp_data),
        .m_mask   (d_blocks[127:0]),
        .m_hash   (m_tag)
    );

    // Back into the text's own places: three blocks of a slot and the first of the next one, or all
    // a word further on
    reg [383:0] held;
    reg         held_shift;

    always @(posedge clk) begin
        if (d_valid) begin
            held       <= d_blocks[511:128];
            held_shift <= d_shift;
            m_sop      <= d_sop;
            m_eop      <= d_eop;
        end
        m_valid <= d_valid;
        if (rst)
            m_valid <= 1'b0;
    end

    function [31:0] turn(input [31:0] w);   // byte order of a word
        turn = {w[7:0], w[15:8], w[23:16], w[31:24]};
    endfunction

    wire [543:0] line;    // 17 words, the first one lowest

    generate
        for (n = 0; n < 12; n = n + 1) begin : here
            assign line[32*n +: 32] = held[128*(n/4) + 32*(3 - n%4) +: 32];
        end
        for (n = 0; n < 5; n = n + 1) begin : next
            assign line[32*(12 + n) +: 32] =
                m_eop ? 32'd0 : d_blocks[128*(n/4) + 32*(3 - n%4) +: 32];
        end
        for (n = 0; n < 16; n = n + 1) begin : stream_word
            assign m_data[32*n +: 32] = turn(held_shift ? line[32*n + 32 +: 32] : line[32*n +: 32]);
        end
    endgenerate

`ifdef VERILATOR
    // A packet's slots are contiguous, and the keystream meets its text
    reg open;
    always @(posedge clk) begin
        if (s_valid)
            open <= !s_eop;
        if (rst)
            open <= 1'b0;
        if (!rst) begin
            assert (!open || s_valid);
            assert (!s_valid || s_sop == !open);
            assert (ks_valid == a_valid);
        end
    end
`endif

endmodule

`resetall
