// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    Of an entry that takes effect, what the host may read again: word by word to its place
//             in the table's shadow. Salt and key have none. Wires only.
module csr_copy (
    input  wire         is_sa,
    input  wire         is_neigh,
    input  wire         is_hop,
    input  wire         act,          // of a change of action only the two words it may change
    input  wire [`ESPL_SA_ENTRY_RESERVED*32-1:0] entry,    // word n in [32n +: 32]
    input  wire [31:2]  first_rest,   // word 0 of the shadow as it is, but for the action

    input  wire [5:0]   n,            // word of the entry
    output wire         last,
    output wire         wr_en,
    output wire [5:0]   wr_word,
    output wire [31:0]  wr_data
);

    localparam [5:0] SECRETS = `ESPL_SA_ENTRY_SRC - `ESPL_SA_ENTRY_SALT;

    wire [5:0]  end_n  = is_sa ? `ESPL_SA_ENTRY_RESERVED - 1
                       : act   ? `ESPL_POLICY_ENTRY_SA_SLOT
                       : is_neigh ? `ESPL_NEIGH_ENTRY_WORDS - 1
                       : is_hop ? `ESPL_NEXTHOP_ENTRY_WORDS - 1 : `ESPL_POLICY_ENTRY_WORDS - 1;
    wire        secret = is_sa && n >= `ESPL_SA_ENTRY_SALT && n < `ESPL_SA_ENTRY_SRC;
    wire [31:0] word   = entry[n*32 +: 32];

    assign last    = n == end_n;
    assign wr_en   = !secret;
    assign wr_word = is_sa && n >= `ESPL_SA_ENTRY_SRC ? n - SECRETS : n;
    assign wr_data = act && n == 6'd0 ? {first_rest, word[1:0]} : word;

endmodule

`resetall
