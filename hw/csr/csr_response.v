// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    The answer of the mailbox: after every operation all its words are written, from the
//             table's shadow, from what the SA's stages say of it, or with zeros.
// Latency:    `answer` (a pulse) to `answered` 64 cycles; a host's read 2.
module csr_response (
    input  wire         clk,
    input  wire         rst,

    input  wire         answer,
    input  wire [3:0]   group,         // of operations: the table
    input  wire         show,          // this operation succeeded, and reads a row or a port
    input  wire         used,          // the row is in use
    output reg          answered,      // a pulse

    output wire         sh_rd_en,      // the row's shadow, 4 cycles
    output wire [5:0]   sh_rd_word,
    input  wire [31:0]  sh_rd_data,
    input  wire [511:0] dynamic,       // words SEQ_HI to BAD_SELECTOR of a sa_info, first in [31:0]
    input  wire [48:0]  port,          // set, MAC

    input  wire         rd_en,         // the host
    input  wire [5:0]   rd_word,
    output reg  [31:0]  rd_data
);

    localparam WORDS    = `ESPL_MBOX_RSP_WORDS;
    localparam DYN      = `ESPL_SA_INFO_SEQ_HI;     // first and
    localparam DYN_END  = `ESPL_SA_INFO_SEL_SRC;    // end of what changes by itself
    localparam [5:0] DYN_GAP = DYN_END - DYN;

    reg [31:0] words [0:63];
    reg [31:0] rd_reg;
    reg        rd_valid;

    // A word a cycle: asked of the shadow, 4 cycles later composed and written
    reg        going;
    reg [3:0]  asked;               // up to 4 cycles ago
    reg [5:0]  at, at_1, at_2, at_3, at_4;
    wire       given = asked[3];

    wire is_sa   = group == 4'h1;
    wire is_port = group == 4'h5;

    // A sa_info is the shadow with the changing words in its middle; the other entries are the
    // shadow.
    function [5:0] shadow_word;
        input       sa;
        input [5:0] w;
        shadow_word = sa && w >= DYN_END ? w - DYN_GAP : w;
    endfunction

    // Which bit of word 0 says `used`, and how many words an answer has
    function [31:0] used_bit;
        input [3:0] of;
        case (of)
        4'h2,
        4'h6:    used_bit = 32'd1 << 3;
        4'h3:    used_bit = 32'd1 << 1;
        4'h4:    used_bit = 32'd1 << 16;
        default: used_bit = 32'd0;
        endcase
    endfunction

    function [5:0] answer_words;
        input [3:0] of;
        case (of)
        4'h1:    answer_words = `ESPL_SA_INFO_WORDS;
        4'h2,
        4'h6:    answer_words = `ESPL_POLICY_ENTRY_WORDS;
        4'h3:    answer_words = `ESPL_NEIGH_ENTRY_RESERVED;
        4'h4:    answer_words = `ESPL_NEXTHOP_ENTRY_RESERVED;
        default: answer_words = `ESPL_PORT_ENTRY_RESERVED;
        endcase
    endfunction

    // While the shadow is read: what else the word may be
    reg         nothing, changing;
    reg  [31:0] changes;

    wire [31:0] shadow_bits = sh_rd_data | (at_4 == 6'd0 ? used_bit(group) : 32'd0);
    wire [31:0] port_bits   = at_4 == 6'd0 ? {15'd0, port[48:32]} : port[31:0];

    assign sh_rd_en   = going;
    assign sh_rd_word = shadow_word(is_sa, at);

    always @(posedge clk) begin
        if (answer)
            going <= 1'b1;
        if (going) begin
            at <= at == WORDS - 1 ? 6'd0 : at + 6'd1;
            if (at == WORDS - 1)
                going <= 1'b0;
        end
        asked    <= {asked[2:0], going};
        at_1     <= at;
        at_2     <= at_1;
        at_3     <= at_2;
        at_4     <= at_3;
        answered <= given && at_4 == WORDS - 1;
        nothing  <= !show || at_3 >= answer_words(group) || (!used && !is_port);
        changing <= is_sa && at_3 >= DYN && at_3 < DYN_END;
        changes  <= dynamic[(at_3-DYN)*32 +: 32];
        if (given)
            words[at_4] <= nothing ? 32'd0 : is_port ? port_bits
                             : changing ? changes : shadow_bits;

        if (rst) begin
            going    <= 1'b0;
            at       <= 6'd0;
            asked    <= 4'd0;
            answered <= 1'b0;
        end
    end

    always @(posedge clk) begin
        rd_valid <= rd_en;
        if (rd_en)
            rd_reg <= words[rd_word];
        if (rd_valid)
            rd_data <= rd_reg;
    end

endmodule

`resetall
