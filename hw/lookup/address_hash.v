// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The two buckets of an address: CRC-32C of it in wire order, reflected, seeded with
//             ones, without a final inversion. Bank 0 takes its low bits, bank 1 those from bit 16
//             up: different bits of one CRC, which are independent of each other. Two seeds would
//             not do: their CRCs differ by a constant, and what collides in one bank collides in
//             the other.
// Parameters: AW (bits of a bucket's number, up to 16). One tree of XORs a bit.
// Latency:    1 cycle.
module address_hash #(
    parameter AW = 10
) (
    input  wire          clk,
    input  wire          valid,
    input  wire [127:0]  addr,
    output reg  [AW-1:0] bucket0,
    output reg  [AW-1:0] bucket1
);

    generate
        if (AW > 16)
            error_a_bucket_is_wider_than_half_of_the_crc stop ();
    endgenerate

    // Each bit of a CRC is the parity of some bits of what it is taken over: which ones is worked
    // out here.
    localparam [31:0] POLY = 32'h82f63b78;

    function [31:0] step;       // one bit of zero through the register
        input [31:0] crc;
        step = {1'b0, crc[31:1]} ^ (POLY & {32{crc[0]}});
    endfunction

    function [31:0] after_ones; // what the seed alone leaves behind 128 bits
        input integer unused;
        integer       k;
        begin
            after_ones = 32'hffffffff;
            for (k = 0; k < 128; k = k + 1)
                after_ones = step(after_ones);
        end
    endfunction

    function [127:0] parity_of; // the bits of an address that bit `n` of its CRC is the parity of
        input [4:0]   n;
        integer       t;
        reg [31:0]    effect;   // of the t-th bit on the whole CRC; bytes go in lowest bit first
        begin
            effect = POLY;
            for (t = 127; t >= 0; t = t - 1) begin
                parity_of[120 - 8 * (t / 8) + t % 8] = effect[n];
                effect = step(effect);
            end
        end
    endfunction

    localparam [31:0] SEED = after_ones(0);

    genvar n;
    generate
        for (n = 0; n < AW; n = n + 1) begin : bucket_bit
            localparam [4:0]   LOW   = n;
            localparam [4:0]   HIGH  = 16 + n;
            localparam [127:0] LOWS  = parity_of(LOW);
            localparam [127:0] HIGHS = parity_of(HIGH);

            always @(posedge clk)
                if (valid) begin
                    bucket0[n] <= ^(addr & LOWS) ^ SEED[LOW];
                    bucket1[n] <= ^(addr & HIGHS) ^ SEED[HIGH];
                end
        end
    endgenerate

endmodule

`resetall
