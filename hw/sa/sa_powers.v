// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    H^1 to H^16 of every SA, which GHASH multiplies by. Written a power at a time while
//             the SA is installed, read all at once, zeroed with the SA.
// Parameters: SLOT_W (bits of an SA slot).
// Latency:    2 cycles from hp_en to hp_data.
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
    output reg  [2047:0]     hp_data
);

    reg              hp_reg;
    reg [SLOT_W-1:0] slot_reg;

    always @(posedge clk) begin
        hp_reg <= hp_en;
        if (hp_en)
            slot_reg <= hp_slot;
    end

    // A memory a power, side by side
    genvar n;
    generate
        for (n = 0; n < 16; n = n + 1) begin : power
            reg [127:0] slots [0:(1 << SLOT_W)-1];

            always @(posedge clk) begin
                if (hp_reg)
                    hp_data[n*128 +: 128] <= slots[slot_reg];
                if (pw_wipe || pw_we)
                    if (pw_wipe || pw_idx == n)
                        slots[pw_slot] <= pw_wipe ? 128'd0 : pw_power;
            end
        end
    endgenerate

`ifdef PROVE_SA_POWERS
    `include "sa_powers.vh"
`endif

endmodule

`resetall
