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
    reg [16:0] sum_1 [0:19];        // of two halfwords each
    reg [18:0] sum_2 [0:4];         // of four of these

    genvar n;
    generate
        for (n = 0; n < 20; n = n + 1) begin : pair
            always @(posedge clk)
                if (s_valid)
                    sum_1[n] <= {1'b0, s_data[32*n +: 16]} + {1'b0, s_data[32*n + 16 +: 16]};
        end
        for (n = 0; n < 5; n = n + 1) begin : eight
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
        if (valid_2)
            m_sum <= {3'd0, sum_2[0]} + {3'd0, sum_2[1]} + {3'd0, sum_2[2]} + {3'd0, sum_2[3]}
                   + {3'd0, sum_2[4]};
        if (rst) begin
            valid_1 <= 1'b0;
            valid_2 <= 1'b0;
            m_valid <= 1'b0;
        end
    end

endmodule

`resetall
