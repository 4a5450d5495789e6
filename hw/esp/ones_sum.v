// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Sum of 40 halfwords, for checksums (RFC 1071): a slot and a tag, or a pseudo header
//             with what follows. Nothing is folded yet. One's complement sums don't mind the order
//             of the bytes in a halfword, as long as it is the same everywhere (RFC 1071 2).
// Latency:    3 cycles.
// Throughput: one sum a cycle.
module ones_sum (
    input  wire         clk,
    input  wire         rst,
    input  wire         s_valid,
    input  wire [639:0] s_data,
    output reg          m_valid,
    output reg  [21:0]  m_sum
);

    reg        valid_1, valid_2;
    reg [17:0] sum_1 [0:9];         // of four halfwords each
    reg [19:0] sum_2 [0:2];         // of four, four and two of these

    function [17:0] four(input [63:0] part);
        four = {2'd0, part[15:0]} + {2'd0, part[31:16]} + {2'd0, part[47:32]} + {2'd0, part[63:48]};
    endfunction

    genvar n;
    generate
        for (n = 0; n < 10; n = n + 1) begin : fours
            always @(posedge clk)
                if (s_valid)
                    sum_1[n] <= four(s_data[64*n +: 64]);
        end
        for (n = 0; n < 2; n = n + 1) begin : sixteen
            always @(posedge clk)
                if (valid_1)
                    sum_2[n] <= {2'd0, sum_1[4*n]} + {2'd0, sum_1[4*n + 1]}
                              + {2'd0, sum_1[4*n + 2]} + {2'd0, sum_1[4*n + 3]};
        end
    endgenerate

    always @(posedge clk) begin
        valid_1 <= s_valid;
        valid_2 <= valid_1;
        m_valid <= valid_2;
        if (valid_1)
            sum_2[2] <= {2'd0, sum_1[8]} + {2'd0, sum_1[9]};
        if (valid_2)
            m_sum <= {2'd0, sum_2[0]} + {2'd0, sum_2[1]} + {2'd0, sum_2[2]};
        if (rst) begin
            valid_1 <= 1'b0;
            valid_2 <= 1'b0;
            m_valid <= 1'b0;
        end
    end

endmodule

`resetall
