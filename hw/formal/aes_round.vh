// SPDX-License-Identifier: Apache-2.0
// Proof of aes_round, included at its end: SubBytes of a column, and MixColumns behind it, are the same
// from the tables that the virtual card has as from what is synthesised (aes_sbox.vh). There is no state,
// so one cycle is all there is. With tables a column is the sum of a word for each byte; so it is enough
// that each word is what that byte alone makes of the column, and that MixColumns is linear.

    (* anyconst *) wire [31:0] f_p, f_q;

    always @(*)
        assert (mix(f_p ^ f_q) == (mix(f_p) ^ mix(f_q)));

`define AES_TABLES
    generate
        genvar f_n;
        if (1) begin : f_tables
            `include "aes_sbox.vh"
            for (f_n = 0; f_n < 256; f_n = f_n + 1) begin : f_byte
                localparam [31:0] S = {24'd0, SBOX_TABLE[2047 - 8*f_n -: 8]};
                always @(*) begin
                    assert (SUB_3[32*f_n +: 32] == S << 24);
                    assert (SUB_2[32*f_n +: 32] == S << 16);
                    assert (SUB_1[32*f_n +: 32] == S << 8);
                    assert (SUB_0[32*f_n +: 32] == S);
                    assert (MIX_3[32*f_n +: 32] == mix(S << 24));
                    assert (MIX_2[32*f_n +: 32] == mix(S << 16));
                    assert (MIX_1[32*f_n +: 32] == mix(S << 8));
                    assert (MIX_0[32*f_n +: 32] == mix(S));
                end
            end
        end
    endgenerate
`undef AES_TABLES
