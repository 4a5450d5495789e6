// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    One's complement sum of the ten halfwords of an IPv4 header (RFC 1071). Over a header
//             as it came it is 16'hffff when the checksum is right; over one with a zero checksum
//             field its complement is the checksum.
// Latency:    2 cycles.
// Throughput: one header a cycle.
module ipv4_sum (
    input  wire         clk,
    input  wire         s_valid,
    input  wire [159:0] s_header,   // first byte most significant
    output wire [15:0]  m_sum       // stays until the next header's
);

    reg         valid_1;
    reg  [17:0] sum_a, sum_b, sum_c;

    // The carries come back in below, and what that carries over, at the output
    wire [19:0] sum = {2'd0, sum_a} + {2'd0, sum_b} + {2'd0, sum_c};
    reg  [16:0] once;

    assign m_sum = once[15:0] + {15'd0, once[16]};

    always @(posedge clk) begin
        valid_1 <= s_valid;
        if (s_valid) begin
            sum_a <= {2'd0, s_header[159:144]} + {2'd0, s_header[143:128]}
                   + {2'd0, s_header[127:112]};
            sum_b <= {2'd0, s_header[111:96]} + {2'd0, s_header[95:80]}
                   + {2'd0, s_header[79:64]};
            sum_c <= ({2'd0, s_header[63:48]} + {2'd0, s_header[47:32]})
                   + ({2'd0, s_header[31:16]} + {2'd0, s_header[15:0]});
        end
        if (valid_1)
            once <= {1'b0, sum[15:0]} + {13'd0, sum[19:16]};
    end

endmodule

`resetall
