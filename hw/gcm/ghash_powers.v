// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Picks the powers of H for the four blocks of a slot: H^e for the first, where e is
//             `minus1` + 1, and the next lower ones for those behind it. Where there is none (the
//             packet has ended) any power comes, for a block of zero.
// Latency:    2 cycles, each under its own valid.
// Throughput: a slot a cycle.
module ghash_powers (
    input  wire          clk,
    input  wire          group,    // the first of the two registers takes
    input  wire          pick,     // the second takes, a cycle later
    input  wire [3:0]    minus1,
    input  wire [2047:0] powers,   // H^1 lowest
    output reg  [511:0]  picked    // the first block's lowest
);

    // Of four powers in a row, one has each remainder of (exponent - 1) by 4. So choose a row of
    // four per remainder first, then turn the four into the order of the lanes: 8 LUTs a bit, not
    // 20.
    reg [1:0]   first;
    reg [511:0] bank;

    wire [1:0] q = minus1[3:2];
    wire [1:0] m = minus1[1:0];
    wire [3:0] borrow = 4'b1110 << m;   // remainders above m: one power row lower

    genvar k;
    generate
        for (k = 0; k < 4; k = k + 1) begin : remainder
            wire [1:0] row = q - {1'b0, borrow[k]};
            always @(posedge clk)
                if (group)
                    case (row)
                        2'd0:    bank[128*k +: 128] <= powers[128*k +: 128];
                        2'd1:    bank[128*k +: 128] <= powers[512 + 128*k +: 128];
                        2'd2:    bank[128*k +: 128] <= powers[1024 + 128*k +: 128];
                        default: bank[128*k +: 128] <= powers[1536 + 128*k +: 128];
                    endcase
        end
    endgenerate

    always @(posedge clk) begin
        if (group)
            first <= m;
        if (pick)
            case (first)
                2'd0:    picked <= {bank[255:128], bank[383:256], bank[511:384], bank[127:0]};
                2'd1:    picked <= {bank[383:256], bank[511:384], bank[127:0], bank[255:128]};
                2'd2:    picked <= {bank[511:384], bank[127:0], bank[255:128], bank[383:256]};
                default: picked <= {bank[127:0], bank[255:128], bank[383:256], bank[511:384]};
            endcase
    end

endmodule

`resetall
