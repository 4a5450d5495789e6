// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Bytes in a beat, less one, from its tkeep (which has no holes and is not empty):
//             a binary search for the end of the ones.
// Latency:    none, six 2:1 multiplexers deep.
module axis_keep_count (
    input  wire [63:0] tkeep,
    output wire [5:0]  bytes_less_one
);

    wire [31:0] k5 = tkeep[32] ? tkeep[63:32] : tkeep[31:0];
    wire [15:0] k4 = k5[16] ? k5[31:16] : k5[15:0];
    wire [7:0]  k3 = k4[8] ? k4[15:8] : k4[7:0];
    wire [3:0]  k2 = k3[4] ? k3[7:4] : k3[3:0];
    wire [1:0]  k1 = k2[2] ? k2[3:2] : k2[1:0];

    assign bytes_less_one = {tkeep[32], k5[16], k4[8], k3[4], k2[2], k1[1]};

    // each step looks at the first bit of the upper half only; a lower half's first bit is known
    wire unused = &{1'b0, k1[0]};

endmodule

`resetall
