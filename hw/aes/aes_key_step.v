// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The next round key (FIPS-197 5.2): four words of the schedule from those before.
// Latency:    none, combinational.
module aes_key_step (
    input  wire [127:0] older,   // the round key before `newer`; a 128-bit key has no use for it
    input  wire [127:0] newer,
    input  wire         key256,
    input  wire         rotate,  // RotWord: always with a 128-bit key, else every other step
    input  wire [7:0]   rcon,    // 0 where the standard has none
    output wire [127:0] next
);

    wire [31:0] word = rotate ? {newer[23:0], newer[31:24]} : newer[31:0];
    wire [31:0] sub;
    aes_sub #(.BYTES(4)) sub_i (.x(word), .y(sub));

    wire [127:0] base = key256 ? older : newer;
    wire [31:0]  w0   = base[127:96] ^ sub ^ {rcon, 24'd0};
    wire [31:0]  w1   = base[95:64]  ^ w0;
    wire [31:0]  w2   = base[63:32]  ^ w1;
    wire [31:0]  w3   = base[31:0]   ^ w2;
    assign next = {w0, w1, w2, w3};

endmodule

`resetall
