// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Lays a packet out as GHASH sees it: one block of AAD (RFC 4106 5), the text, the
//             block of lengths. The AAD moves the text by a block against the input, and so it
//             meets the cipher's blocks where E(K, J0) comes first and block n of the text is
//             number n + 1.
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
    input  wire [95:0]       s_aad,
    input  wire              s_aad96,
    input  wire [SLOT_W-1:0] s_slot,

    output reg               m_valid,
    output reg               m_sop,
    output reg               m_eop,
    output reg  [511:0]      m_blocks,   // the first block lowest, first byte of each on top
    output reg  [63:0]       m_text,     // which bytes are text, in the order of m_blocks
    output reg  [4:0]        m_behind,   // blocks behind the first one here; 16 stands for more
    output reg  [SLOT_W-1:0] m_slot
);

    function [31:0] turn(input [31:0] w);   // byte order of a word
        turn = {w[7:0], w[15:8], w[23:16], w[31:24]};
    endfunction

    wire [511:0] data;
    genvar n;
    generate
        for (n = 0; n < 16; n = n + 1) begin : word
            assign data[128*(n/4) + 32*(3 - n%4) +: 32] = turn(s_data[32*n +: 32]);
        end
    endgenerate

    // First register: blocks in their places, and how many are still to come
    reg                valid, sop, eop, aad96;
    reg [511:0]        blocks;
    reg [127:0]        carry;     // the text block that goes to the next slot
    reg [13:0]         len;
    reg [10:0]         behind;    // of the packet's blocks, those behind the first one here
    reg [15:0]         tail;      // bytes of the last text block
    reg [SLOT_W-1:0]   slot;

    wire [10:0] text_blocks = {1'b0, s_len[13:4]} + {10'd0, s_len[3:0] != 4'd0};
    wire [127:0] aad = s_aad96 ? {s_aad, 32'd0} : {s_aad[95:32], 64'd0};

    always @(posedge clk) begin
        if (s_valid) begin
            sop    <= s_sop;
            eop    <= s_eop;
            aad96  <= s_aad96;
            len    <= s_len;
            slot   <= s_slot;
            behind <= s_sop ? text_blocks + 11'd1 : behind - 11'd4;
            tail   <= s_len[3:0] == 4'd0 ? 16'hffff : ~(16'hffff >> s_len[3:0]);
            carry  <= data[511:384];
            blocks <= {data[383:0], s_sop ? aad : carry};
        end
        valid <= s_valid;
        if (rst)
            valid <= 1'b0;
    end

    // Second register: what is not the packet's is cleared, the lengths go behind the text
    wire [127:0] lengths = {57'd0, 1'b1, aad96, 5'd0, 47'd0, len, 3'd0};

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
            m_slot   <= slot;
            m_behind <= behind >= 11'd16 ? 5'd16 : behind[4:0];
        end
        m_valid <= valid;
        if (rst)
            m_valid <= 1'b0;
    end

endmodule

`resetall
