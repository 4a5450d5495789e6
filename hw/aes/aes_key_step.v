// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The next round key (FIPS-197 5.2): four words of the schedule from those before, as
//             one pipeline stage.
// Parameters: WAIT (1: a 128-bit key stays what it is).
// Latency:    1 cycle; nothing moves without `valid`.
// Throughput: a key a cycle.
(* keep_hierarchy = "yes" *)
module aes_key_step #(
    parameter WAIT = 0
) (
    input  wire         clk,
    input  wire         valid,
    input  wire         key256,
    input  wire         rotate,       // RotWord: always with a 128-bit key, else every other step
    input  wire [7:0]   rcon,         // 0 where the standard has none
    input  wire [127:0] older,        // the round key before `newer`; of no use to a 128-bit key
    input  wire [127:0] newer,
    output reg  [127:0] next_older,
    output reg  [127:0] next_newer
);

    `include "aes_sbox.vh"

    function [31:0] sub_word(input [31:0] w);
        sub_word = sub(w[31:24], w[23:16], w[15:8], w[7:0]);
    endfunction

    function [127:0] step(input [127:0] base, input [31:0] g);
        step = {base[127:96] ^ g,
                base[95:64]  ^ base[127:96] ^ g,
                base[63:32]  ^ base[95:64]  ^ base[127:96] ^ g,
                base[31:0]   ^ base[63:32]  ^ base[95:64]  ^ base[127:96] ^ g};
    endfunction

    always @(posedge clk)
        if (valid) begin
            next_older <= newer;
            if (WAIT != 0 && !key256)
                next_newer <= newer;
            else
                next_newer <= step(key256 ? older : newer,
                                   sub_word(rotate ? {newer[23:0], newer[31:24]} : newer[31:0])
                                        ^ {rcon, 24'd0});
        end

endmodule

`resetall
