// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Bytes in a beat, less one, from its tkeep (which has no holes and is not empty):
//             a binary search for the end of the ones.
// Latency:    none, six 2:1 multiplexers deep.
module axis_keep_count (
    input  wire        last,             // 0: the beat is full
    input  wire [63:0] tkeep,
    output reg  [5:0]  bytes_less_one
);

    // Each step looks at the first bit of the upper half only; a lower half's first bit is known.
    function [5:0] count(input [63:0] keep);
        reg [31:0] k5;
        reg [15:0] k4;
        reg [7:0]  k3;
        reg [3:0]  k2;
        reg [1:0]  k1;
        begin
            k5    = keep[32] ? keep[63:32] : keep[31:0];
            k4    = k5[16] ? k5[31:16] : k5[15:0];
            k3    = k4[8] ? k4[15:8] : k4[7:0];
            k2    = k3[4] ? k3[7:4] : k3[3:0];
            k1    = k2[2] ? k2[3:2] : k2[1:0];
            count = {keep[32], k5[16], k4[8], k3[4], k2[2], &k1};
        end
    endfunction

    // A simulation counts nothing before there is something to count.
    always @(*)
        if (last)
            bytes_less_one = count(tkeep);
        else
            bytes_less_one = 6'd63;

endmodule

`resetall
