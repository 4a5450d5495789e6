// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    One's complement sum of the ten halfwords of an IPv4 header (RFC 1071). Over a header
//             as it came it is 16'hffff when the checksum is right; over one with a zero checksum
//             field its complement is the checksum.
// Latency:    2 cycles to m_right, 3 to m_sum.
// Throughput: one header a cycle.
module ipv4_sum (
    input  wire         clk,
    input  wire         s_valid,
    input  wire [159:0] s_header,   // first byte most significant
    output wire         m_right,    // the sum is 16'hffff; both stay until the next header's
    output wire [15:0]  m_sum
);

    reg         valid_1, valid_2;
    reg  [17:0] sum_a, sum_b, sum_c;
    reg  [19:0] sum;
    reg  [16:0] once;

    // The carries come back in (RFC 1071 2): what is left is all ones when the low half lacks just
    // them, which needs no adder. What their coming in carries over comes in at the output.
    assign m_right = &sum[15:4] && sum[3:0] == ~sum[19:16];
    assign m_sum   = once[15:0] + {15'd0, once[16]};

    always @(posedge clk) begin
        valid_1 <= s_valid;
        valid_2 <= valid_1;
        if (s_valid) begin
            sum_a <= {2'd0, s_header[159:144]} + {2'd0, s_header[143:128]}
                   + {2'd0, s_header[127:112]};
            sum_b <= {2'd0, s_header[111:96]} + {2'd0, s_header[95:80]}
                   + {2'd0, s_header[79:64]};
            sum_c <= ({2'd0, s_header[63:48]} + {2'd0, s_header[47:32]})
                   + ({2'd0, s_header[31:16]} + {2'd0, s_header[15:0]});
        end
        if (valid_1)
            sum <= {2'd0, sum_a} + {2'd0, sum_b} + {2'd0, sum_c};
        if (valid_2)
            once <= {1'b0, sum[15:0]} + {13'd0, sum[19:16]};
    end

endmodule

`resetall
