// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    H^1 to H^16 of every SA, which GHASH multiplies by. Written a power at a time while
//             the SA is installed, read all at once, zeroed with the SA.
// Parameters: SLOT_W (bits of an SA slot).
// Latency:    2 cycles from hp_en to hp_data, 3 to hp_bad (parity).
// Throughput: one read a cycle.
module sa_powers #(
    parameter SLOT_W = 10
) (
    input  wire              clk,

    input  wire              pw_we,
    input  wire              pw_wipe,   // all powers of the slot to zero
    input  wire [SLOT_W-1:0] pw_slot,
    input  wire [3:0]        pw_idx,
    input  wire [127:0]      pw_power,

    input  wire              hp_en,
    input  wire [SLOT_W-1:0] hp_slot,
    output wire [2047:0]     hp_data,
    output wire              hp_bad
);

    table_memory #(.WIDTH(2048), .ROWS(1 << SLOT_W), .LANES(16), .PARITY(1)) powers (
        .clk     (clk),
        .wr_en   (pw_wipe ? 16'hffff : {15'd0, pw_we} << pw_idx),
        .wr_row  (pw_slot),
        .wr_data (pw_wipe ? 128'd0 : pw_power),
        .rd_en   (hp_en),
        .rd_row  (hp_slot),
        .rd_data (hp_data),
        .rd_bad  (hp_bad)
    );

`ifdef PROVE_SA_POWERS
    `include "sa_powers.vh"
`endif

endmodule

`resetall
