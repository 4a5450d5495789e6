// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound: where a sequence number stands to a replay window, and what becomes of the
//             older blocks when it is the window's new top. Wires only.
// Parameters: BLOCKS (older blocks of 64 numbers that are kept, a power of two).
//
// Block b of the numbers has place b modulo BLOCKS. The older blocks are the BLOCKS before that of
// the top: when the top moves on, those that come in between are empty, that of the old top becomes
// an older one, and what lies further back than BLOCKS is forgotten.
module replay_relation #(
    parameter BLOCKS = 64,
    parameter BW     = $clog2(BLOCKS)
) (
    input  wire [63:0]       seq,
    input  wire              reaches,    // there is a block BLOCKS before its own,
    input  wire [57:0]       reach,      // this one
    input  wire [63:0]       top,
    input  wire [63:0]       behind,     // highest number behind the window

    output wire              ahead,      // of the top
    output wire              stale,      // behind the window
    output wire              same,       // in the top's block
    // If it becomes the top, in another block:
    output wire              beyond,     // nothing that was kept counts any more; else
    output wire [BLOCKS-1:0] keep,       // older blocks that stay such,
    output wire [BLOCKS-1:0] joins       // and the block of the old top
);

    localparam [BLOCKS-1:0] ONE = 1;

    wire [BW-1:0]     old_place = top[6+BW-1:6];
    wire [BW-1:0]     new_place = seq[6+BW-1:6];
    wire [BLOCKS-1:0] over      = ~ONE << old_place;        // places over the old top's
    wire [BLOCKS-1:0] under     = ~({BLOCKS{1'b1}} << new_place);
    wire [BLOCKS-1:0] between   = old_place < new_place ? over & under : over | under;

    assign beyond = reaches && reach > top[63:6];
    assign ahead = seq > top;
    assign stale = seq <= behind;
    assign same  = seq[63:6] == top[63:6];
    assign keep  = ~between;
    assign joins = ONE << old_place;

endmodule

`resetall
