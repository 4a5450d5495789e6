// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    One counter for one reason that two stages may find in the same cycle: told in turn.
// Latency:    1 cycle.
// Not for:    strobes that come more often than once a cycle in the long run: frames do not.
module count_both (
    input  wire clk,
    input  wire rst,
    input  wire one_a,
    input  wire one_b,
    output reg  one
);

    reg  [8:0] owed;
    wire       tell = one_a || one_b || owed != 9'd0;

    always @(posedge clk) begin
        one  <= tell;
        owed <= owed + {8'd0, one_a} + {8'd0, one_b} - {8'd0, tell};
        if (rst) begin
            one  <= 1'b0;
            owed <= 9'd0;
        end
    end

endmodule

`resetall
