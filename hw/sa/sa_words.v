// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Words of an entry (word 0 in the low bits, as the mailbox holds them) as one number
//             with word 0 most significant, as the datapath holds keys and addresses. Wires only.
// Parameters: WORDS.
module sa_words #(
    parameter WORDS = 4
) (
    input  wire [WORDS*32-1:0] words,
    output wire [WORDS*32-1:0] number
);

    genvar n;
    generate
        for (n = 0; n < WORDS; n = n + 1) begin : word
            assign number[(WORDS-1-n)*32 +: 32] = words[n*32 +: 32];
        end
    endgenerate

endmodule

`resetall
