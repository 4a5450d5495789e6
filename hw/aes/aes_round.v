// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    One round of the AES cipher (FIPS-197 5.1) as one pipeline stage of one block.
// Parameters: LAST (1: the final round, which has no MixColumns).
// Latency:    1 cycle. `skip` lets the block pass as it is, `valid` low leaves the register alone.
// Throughput: a block a cycle.
module aes_round #(
    parameter LAST = 0
) (
    input  wire         clk,
    input  wire         valid,
    input  wire         skip,
    input  wire [127:0] state,
    input  wire [127:0] key,
    output reg  [127:0] next
);

    wire [127:0] sub;
    aes_sub #(.BYTES(16), .STRIDE(5)) sub_i (.x(state), .y(sub));

    // MixColumns (FIPS-197 5.1.3), the four bytes of a column side by side in a word
    function [31:0] mix(input [31:0] a);
        reg [31:0] next_row, pair, carry;
        begin
            next_row = {a[23:0], a[31:24]};
            pair     = a ^ next_row;
            carry    = (pair >> 7) & 32'h01010101;
            mix      = ((pair & 32'h7f7f7f7f) << 1)
                     ^ carry ^ (carry << 1) ^ (carry << 3) ^ (carry << 4)
                     ^ next_row ^ {a[15:0], a[31:16]} ^ {a[7:0], a[31:8]};
        end
    endfunction

    wire [127:0] mixed;
    generate
        if (LAST != 0)
            assign mixed = sub;
        else
            assign mixed = {mix(sub[127:96]), mix(sub[95:64]), mix(sub[63:32]), mix(sub[31:0])};
    endgenerate

    always @(posedge clk)
        if (valid)
            next <= skip ? state : mixed ^ key;

endmodule

`resetall
