// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    One counter for one reason that two stages may find in the same cycle: told in turn.
// Latency:    2 cycles.
// Not for:    strobes that come more often than once a cycle in the long run: frames do not.
module count_both (
    input  wire clk,
    input  wire rst,
    input  wire one_a,
    input  wire one_b,
    output reg  one
);

    reg        a, b;
    reg  [8:0] owed;
    wire       some = owed != 9'd0;

    always @(posedge clk) begin
        a   <= one_a;
        b   <= one_b;
        one <= a || b || some;
        if (a == b && (a || some))
            owed <= a ? owed + 9'd1 : owed - 9'd1;
        if (rst) begin
            a    <= 1'b0;
            b    <= 1'b0;
            one  <= 1'b0;
            owed <= 9'd0;
        end
    end

endmodule

`resetall
