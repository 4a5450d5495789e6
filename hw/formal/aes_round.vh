// SPDX-License-Identifier: Apache-2.0
// Proof of aes_round, included at its end: SubBytes of a column, and MixColumns behind it, are the same
// from the tables that the virtual card has as from what is synthesised (aes_sbox.vh). There is no state,
// so one cycle is all there is. With tables a column is the sum of a word for each byte; so it is enough
// that each word is what that byte alone makes of the column, and that MixColumns is linear.

    (* anyconst *) wire [7:0]  f_byte;
    (* anyconst *) wire [31:0] f_p, f_q;

    wire [31:0] f_s = {24'd0, sbox[f_byte]};

`define AES_TABLES
    generate
        if (1) begin : f_tables
            `include "aes_sbox.vh"
            wire [127:0] plain = {SUB_3[{f_byte, 5'd0} +: 32], SUB_2[{f_byte, 5'd0} +: 32],
                                  SUB_1[{f_byte, 5'd0} +: 32], SUB_0[{f_byte, 5'd0} +: 32]};
            wire [127:0] mixed = {MIX_3[{f_byte, 5'd0} +: 32], MIX_2[{f_byte, 5'd0} +: 32],
                                  MIX_1[{f_byte, 5'd0} +: 32], MIX_0[{f_byte, 5'd0} +: 32]};
        end
    endgenerate
`undef AES_TABLES

    always @(*) begin
        assert (f_tables.plain == {f_s << 24, f_s << 16, f_s << 8, f_s});
        assert (f_tables.mixed == {mix(f_s << 24), mix(f_s << 16), mix(f_s << 8), mix(f_s)});
        assert (mix(f_p ^ f_q) == (mix(f_p) ^ mix(f_q)));
    end
