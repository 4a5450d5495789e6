// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    The request of the mailbox: the words the host writes, and their reading in when the
//             doorbell rings, with the check that everything reserved is zero. The words can't be
//             read by the host and are cleared when the operation ends, and after a reset.
// Latency:    `fetch` (a pulse) to `fetched` 62 cycles; `forget` to `forgotten` 60.
module csr_request (
    input  wire          clk,
    input  wire          rst,

    input  wire          wr_en,          // the host; not while an operation runs
    input  wire [5:0]    wr_word,
    input  wire [31:0]   wr_data,

    input  wire          fetch,
    input  wire [7:0]    op,
    output reg           fetched,        // a pulse
    output reg  [`ESPL_SA_ENTRY_RESERVED*32-1:0] entry,  // word n in [32n +: 32]
    output reg           reserved_hit,   // a reserved bit is set; the first such word
    output reg  [5:0]    reserved_word,

    input  wire          keep,           // of an update: what the SA has and does not change
    input  wire [31:0]   keep_spi,
    input  wire [3:0]    keep_alg,
    input  wire          keep_esn,
    input  wire [15:0]   keep_window,    // inbound

    input  wire          forget,
    output reg           forgotten       // a pulse
);

    localparam WORDS = `ESPL_MBOX_REQ_WORDS;
    localparam KEPT  = `ESPL_SA_ENTRY_RESERVED;    // the longest entry

    // Bits of the entry
    localparam ALG    = `ESPL_SA_ENTRY_FLAGS * 32;
    localparam ESN    = `ESPL_SA_ENTRY_FLAGS * 32 + 10;
    localparam WINDOW = `ESPL_SA_ENTRY_SIZES * 32 + 16;

    // The bits of word w that this operation's entry has; every bit where no entry is taken.
    function [31:0] fields;
        input [7:0] code;
        input [5:0] w;
        begin
            fields = 32'hffffffff;
            case (code)
            `ESPL_OP_SA_OUT_ADD, `ESPL_OP_SA_IN_ADD:
                case (w)
                `ESPL_SA_ENTRY_FLAGS: fields = 32'h0fff07ff;
                `ESPL_SA_ENTRY_ROUTE: fields = 32'h00ffffff;
                `ESPL_SA_ENTRY_SEL:   fields = 32'h00ffffff;
                default: if (w >= `ESPL_SA_ENTRY_RESERVED) fields = 32'd0;
                endcase
            `ESPL_OP_SA_OUT_UPDATE, `ESPL_OP_SA_IN_UPDATE:
                case (w)
                `ESPL_SA_ENTRY_FLAGS: fields = 32'h0fff07ff;
                `ESPL_SA_ENTRY_ROUTE: fields = 32'h00ffffff;
                `ESPL_SA_ENTRY_SEL:   fields = 32'h00ffffff;
                default:
                    if (w >= `ESPL_SA_ENTRY_RESERVED || w < `ESPL_SA_ENTRY_SRC)
                        fields = 32'd0;
                endcase
            `ESPL_OP_POLICY_SET, `ESPL_OP_POLICY_ACTION, `ESPL_OP_EXACT_SET, `ESPL_OP_EXACT_ACTION:
                case (w)
                `ESPL_POLICY_ENTRY_FLAGS: fields = 32'h0000001f;
                `ESPL_POLICY_ENTRY_PROTO: fields = 32'h0000ffff;
                default: if (w >= `ESPL_POLICY_ENTRY_WORDS) fields = 32'd0;
                endcase
            `ESPL_OP_NEIGH_SET:
                case (w)
                `ESPL_NEIGH_ENTRY_FLAGS: fields = 32'h00000007;
                default: if (w >= `ESPL_NEIGH_ENTRY_RESERVED) fields = 32'd0;
                endcase
            `ESPL_OP_NEXTHOP_SET:
                case (w)
                `ESPL_NEXTHOP_ENTRY_MAC_HI: fields = 32'h0003ffff;
                `ESPL_NEXTHOP_ENTRY_VLAN:   fields = 32'h0000ffff;
                default: if (w >= `ESPL_NEXTHOP_ENTRY_RESERVED) fields = 32'd0;
                endcase
            `ESPL_OP_PORT_SET:
                case (w)
                `ESPL_PORT_ENTRY_MAC_HI: fields = 32'h0001ffff;
                default: if (w >= `ESPL_PORT_ENTRY_RESERVED) fields = 32'd0;
                endcase
            default: fields = 32'hffffffff;
            endcase
        end
    endfunction

    reg [31:0] words [0:63];
    reg [5:0]  at;           // the word that is read or cleared
    reg        fetching;
    reg        forgetting;
    reg        word_valid;
    reg [5:0]  word_at;
    reg [31:0] word;

    wire last = at == WORDS - 1;

    integer n;

    always @(posedge clk) begin
        if (forgetting)
            words[at] <= 32'd0;
        else if (wr_en)
            words[wr_word] <= wr_data;

        if (fetching) begin
            word    <= words[at];
            word_at <= at;
        end
        word_valid <= fetching;
        fetched    <= word_valid && !fetching;
        forgotten  <= forgetting && last;

        if (fetching || forgetting) begin
            at <= last ? 6'd0 : at + 6'd1;
            if (last) begin
                fetching   <= 1'b0;
                forgetting <= 1'b0;
            end
        end
        if (fetch) begin
            fetching     <= 1'b1;
            reserved_hit <= 1'b0;
        end
        if (forget) begin
            forgetting <= 1'b1;
            entry      <= 0;
            word       <= 32'd0;
        end

        if (word_valid) begin
            for (n = 0; n < KEPT; n = n + 1)
                if (word_at == n[5:0])
                    entry[n*32 +: 32] <= word;
            if ((word & ~fields(op, word_at)) != 32'd0 && !reserved_hit) begin
                reserved_hit  <= 1'b1;
                reserved_word <= word_at;
            end
        end

        if (keep) begin
            entry[`ESPL_SA_ENTRY_SPI*32 +: 32] <= keep_spi;
            entry[ALG +: 4] <= keep_alg;
            entry[ESN]      <= keep_esn;
            if (op[0])
                entry[WINDOW +: 16] <= keep_window;
        end

        if (rst) begin
            at         <= 6'd0;
            fetching   <= 1'b0;
            forgetting <= 1'b0;
            word_valid <= 1'b0;
            fetched    <= 1'b0;
            forgotten  <= 1'b0;
            entry      <= 0;
        end
    end

endmodule

`resetall
