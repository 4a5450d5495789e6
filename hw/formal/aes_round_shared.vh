// SPDX-License-Identifier: Apache-2.0
// Proof of aes_round_shared, included at its end: each lane holds what one round (FIPS-197 5.1) makes of
// its own block, or zeros behind `idle`. Of a common byte every lane has lane 0's, as said there. Given:
// one value of the S-box, 8'h63 for 0; so the others may be anything.

    function [7:0] f_byte(input integer lane, input integer at);
        f_byte = state[128*(COMMON[15-at] ? 0 : lane) + 127 - 8*at -: 8];
    endfunction

    reg                  f_some = 1'b0;
    reg  [128*LANES-1:0] f_want;
    integer              f_n, f_j;

    always @(posedge clk)
        if (valid) begin
            f_some <= 1'b1;
            for (f_n = 0; f_n < LANES; f_n = f_n + 1)
                for (f_j = 0; f_j < 4; f_j = f_j + 1)
                    f_want[128*f_n + 127 - 32*f_j -: 32] <= idle ? 32'd0
                        : key[127 - 32*f_j -: 32]
                        ^ sub_mix(f_byte(f_n, 4*f_j), f_byte(f_n, (4*f_j + 5) % 16),
                                  f_byte(f_n, (4*f_j + 10) % 16), f_byte(f_n, (4*f_j + 15) % 16));
        end

    always @(*) begin
        assume (sbox[0] == 8'h63);
        if (f_some)
            assert (next == f_want);
    end
