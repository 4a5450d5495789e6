// SPDX-License-Identifier: Apache-2.0
// The S-box (FIPS-197, figure 7) for the module that includes this, a memory; the value for 8'h00
// comes first. That module is mapped by itself (keep_hierarchy): a table that is flattened first
// costs synthesis gigabytes.
//
// With AES_TABLES the same functions are sums of constants, a word for each value of a byte, with
// MixColumns already in it: so a simulation has a third less to do, and a constant once where it
// has a memory in every instance. The virtual card is built so, and what is synthesised never:
// tests/hw/aes compares both with OpenSSL, and hw/formal/aes_round.vh proves them equal.
localparam [2047:0] SBOX_TABLE = {
    128'h637c777b_f26b6fc5_3001672b_fed7ab76,
    128'hca82c97d_fa5947f0_add4a2af_9ca472c0,
    128'hb7fd9326_363ff7cc_34a5e5f1_71d83115,
    128'h04c723c3_1896059a_071280e2_eb27b275,
    128'h09832c1a_1b6e5aa0_523bd6b3_29e32f84,
    128'h53d100ed_20fcb15b_6acbbe39_4a4c58cf,
    128'hd0efaafb_434d3385_45f9027f_503c9fa8,
    128'h51a3408f_929d38f5_bcb6da21_10fff3d2,
    128'hcd0c13ec_5f974417_c4a77e3d_645d1973,
    128'h60814fdc_222a9088_46eeb814_de5e0bdb,
    128'he0323a0a_4906245c_c2d3ac62_9195e479,
    128'he7c8376d_8dd54ea9_6c56f4ea_657aae08,
    128'hba78252e_1ca6b4c6_e8dd741f_4bbd8b8a,
    128'h703eb566_4803f60e_613557b9_86c11d9e,
    128'he1f89811_69d98e94_9b1e87e9_ce5528df,
    128'h8ca1890d_bfe64268_41992d0f_b054bb16
};

`ifdef AES_TABLES
// Twice a byte (FIPS-197 4.2.1)
function [7:0] sbox_twice(input [7:0] a);
    sbox_twice = {a[6:0], 1'b0} ^ {3'd0, a[7], a[7], 1'b0, a[7], a[7]};
endfunction

// What each value of byte `place` adds to a word after SubBytes, or after MixColumns behind it
function [8191:0] sbox_words(input integer place, input integer mixed);
    integer    n;
    reg [7:0]  s;
    reg [31:0] w;
    for (n = 0; n < 256; n = n + 1) begin
        s = SBOX_TABLE[2047 - 8*n -: 8];
        w = mixed != 0 ? {sbox_twice(s), s, s, sbox_twice(s) ^ s} : {s, 24'd0};
        sbox_words[32*n +: 32] = w >> 8*(3 - place) | w << 8*(place + 1);
    end
endfunction

localparam [8191:0] SUB_3 = sbox_words(3, 0);
localparam [8191:0] SUB_2 = sbox_words(2, 0);
localparam [8191:0] SUB_1 = sbox_words(1, 0);
localparam [8191:0] SUB_0 = sbox_words(0, 0);
localparam [8191:0] MIX_3 = sbox_words(3, 1);
localparam [8191:0] MIX_2 = sbox_words(2, 1);
localparam [8191:0] MIX_1 = sbox_words(1, 1);
localparam [8191:0] MIX_0 = sbox_words(0, 1);

function [31:0] sub(input [7:0] a, input [7:0] b, input [7:0] c, input [7:0] d);
    sub = SUB_3[{a, 5'd0} +: 32] ^ SUB_2[{b, 5'd0} +: 32]
        ^ SUB_1[{c, 5'd0} +: 32] ^ SUB_0[{d, 5'd0} +: 32];
endfunction

function [31:0] sub_mix(input [7:0] a, input [7:0] b, input [7:0] c, input [7:0] d);
    sub_mix = MIX_3[{a, 5'd0} +: 32] ^ MIX_2[{b, 5'd0} +: 32]
            ^ MIX_1[{c, 5'd0} +: 32] ^ MIX_0[{d, 5'd0} +: 32];
endfunction
`else
reg [7:0] sbox [0:255];

integer sbox_n;
initial
    for (sbox_n = 0; sbox_n < 256; sbox_n = sbox_n + 1)
        sbox[sbox_n] = SBOX_TABLE[2047 - 8 * sbox_n -: 8];

// SubBytes of a word
function [31:0] sub(input [7:0] a, input [7:0] b, input [7:0] c, input [7:0] d);
    sub = {sbox[a], sbox[b], sbox[c], sbox[d]};
endfunction

// MixColumns (FIPS-197 5.1.3), the four bytes of a column side by side in a word
function [31:0] mix(input [31:0] w);
    reg [31:0] below, pair, carry, half;
    begin
        below = {w[23:0], w[31:24]};
        pair  = w ^ below;
        carry = (pair >> 7) & 32'h01010101;
        half  = carry ^ (carry << 1);           // and again three places up: 8'h1b
        mix   = ((pair & 32'h7f7f7f7f) << 1) ^ half ^ (half << 3)
              ^ below ^ {pair[15:0], pair[31:16]};
    end
endfunction

function [31:0] sub_mix(input [7:0] a, input [7:0] b, input [7:0] c, input [7:0] d);
    sub_mix = mix(sub(a, b, c, d));
endfunction
`endif
