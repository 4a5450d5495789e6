// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    What follows a parity error in an SA's rows: the SA is destroyed (its key is zeroed, so
//             that it is no SA any more until the host deletes it), and one error is told.
// Parameters: SLOT_W (bits of an SA slot), READERS (ports at which rows are read).
// Latency:    3 cycles from `bad` to `destroy` while the mailbox does not write.
// Several readers, and packets under way, may meet the same row: it is told once until `add`
// installs the slot anew. While a reader's error waits, its others are passed over: a row that still
// stands is met again.
module sa_guard #(
    parameter SLOT_W  = 10,
    parameter READERS = 2
) (
    input  wire                      clk,
    input  wire                      rst,

    input  wire [READERS-1:0]        rd_en,
    input  wire [READERS*SLOT_W-1:0] rd_slot,
    input  wire [READERS-1:0]        bad,        // 3 cycles behind rd_en
    input  wire                      lost,       // an error that is seen elsewhere
    input  wire [SLOT_W-1:0]         lost_slot,

    input  wire                      busy,       // the mailbox writes, or the table is swept
    input  wire                      add,        // the mailbox installs
    input  wire [SLOT_W-1:0]         add_slot,

    output wire                      destroy,
    output wire [SLOT_W-1:0]         destroy_slot,
    output reg                       err_valid,  // an error to be told
    output reg  [SLOT_W-1:0]         err_slot
);

    localparam ALL = READERS + 1;

    // Reads under way, a cycle apart
    reg [READERS-1:0]        read_1, read_2, read_3;
    reg [READERS*SLOT_W-1:0] slot_1, slot_2, slot_3;

    always @(posedge clk) begin
        read_1 <= rd_en;
        read_2 <= read_1;
        read_3 <= read_2;
        slot_1 <= rd_slot;
        slot_2 <= slot_1;
        slot_3 <= slot_2;
        if (rst) begin
            read_1 <= 0;
            read_2 <= 0;
            read_3 <= 0;
        end
    end

    // Errors that wait; the first of them; the SA that is to be destroyed; the one that was last
    wire [ALL-1:0]        seen      = {lost, bad & read_3};
    wire [ALL*SLOT_W-1:0] seen_slot = {lost_slot, slot_3};
    reg  [ALL-1:0]        held;
    reg  [ALL*SLOT_W-1:0] held_slot;
    reg                   pick, serve, known;
    reg  [SLOT_W-1:0]     pick_slot, serve_slot, known_slot;
    wire [ALL-1:0]        first = pick ? {ALL{1'b0}} : held & (~held + 1'b1);

    assign destroy      = serve && !busy;
    assign destroy_slot = serve_slot;

    function [SLOT_W-1:0] slot_of;
        input [ALL-1:0]        which;
        input [ALL*SLOT_W-1:0] slots;
        integer                k;
        begin
            slot_of = 0;
            for (k = 0; k < ALL; k = k + 1)
                slot_of = slot_of | (slots[k*SLOT_W +: SLOT_W] & {SLOT_W{which[k]}});
        end
    endfunction

    integer r;

    always @(posedge clk) begin
        for (r = 0; r < ALL; r = r + 1)
            if (seen[r] && !held[r]) begin
                held[r]                       <= 1'b1;
                held_slot[r*SLOT_W +: SLOT_W] <= seen_slot[r*SLOT_W +: SLOT_W];
            end else if (first[r])
                held[r] <= 1'b0;

        if (first != 0) begin
            pick      <= 1'b1;
            pick_slot <= slot_of(first, held_slot);
        end else if (pick && !serve) begin
            pick       <= 1'b0;
            serve      <= !(known && known_slot == pick_slot);
            serve_slot <= pick_slot;
        end

        err_valid <= destroy;
        if (destroy) begin
            serve      <= 1'b0;
            err_slot   <= destroy_slot;
            known      <= 1'b1;
            known_slot <= destroy_slot;
        end
        if (add && known_slot == add_slot)
            known <= 1'b0;

        if (rst) begin
            held      <= 0;
            pick      <= 1'b0;
            serve     <= 1'b0;
            known     <= 1'b0;
            err_valid <= 1'b0;
        end
    end

endmodule

`resetall
