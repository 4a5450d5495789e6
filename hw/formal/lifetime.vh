// SPDX-License-Identifier: Apache-2.0
// Proof of lifetime, included at its end: it answers, in the words of RFC 4301 4.4.2.1, by the counters
// as they stand before the packet, and the packet added; so what it lets pass is never beyond a hard
// limit. Given: counters are below 2^63.

    reg  [255:0] f_limits_b, f_limits_c;
    reg  [13:0]  f_len_b, f_len_c, f_front_b, f_front_c;
    reg  [63:0]  f_packets_c, f_bytes_c;

    always @(posedge clk) begin
        if (a_valid) begin
            f_limits_b <= a_limits;
            f_len_b    <= a_len;
            f_front_b  <= f_len_b;
        end
        if (b_valid) begin
            f_limits_c  <= f_limits_b;
            f_len_c     <= f_len_b;
            f_front_c   <= f_front_b;
            f_packets_c <= b_packets;
            f_bytes_c   <= b_bytes;
        end
    end

    wire [63:0] f_soft_p, f_hard_p, f_soft_b, f_hard_b;
    assign {f_soft_p, f_hard_p, f_soft_b, f_hard_b} = f_limits_c;

    wire [63:0] f_packets = f_packets_c + {63'd0, c_front};
    wire [63:0] f_bytes   = f_bytes_c + (c_front ? {50'd0, f_front_c} : 64'd0);
    wire [64:0] f_sum     = {1'b0, f_bytes} + {51'd0, f_len_c};
    wire [3:0]  f_answer  = {
        f_soft_p != 64'd0 && f_packets + 64'd1 == f_soft_p,
        f_bytes < f_soft_b && f_sum >= {1'b0, f_soft_b},
        f_hard_p != 64'd0 && f_packets >= f_hard_p,
        f_hard_b != 64'd0 && f_sum > {1'b0, f_hard_b}
    };

    reg f_b = 1'b0, f_c = 1'b0;         // a packet has come to b, to c; before it the packet in front

    reg f_first = 1'b0;
    always @(posedge clk) begin
        f_first <= f_first || a_valid;
        f_b     <= f_first && a_valid;
        f_c     <= f_b && b_valid;
    end

    always @(*) begin
        assume (!b_packets[63] && !b_bytes[63]);
        if (f_first)
            assert (len_front == f_len_b);
        if (f_c)
            assert (answer == f_answer);
        if (f_c && !answer[1] && !answer[0]) begin
            assert (f_hard_p == 64'd0 || f_packets + 64'd1 <= f_hard_p);
            assert (f_hard_b == 64'd0 || f_sum <= {1'b0, f_hard_b});
        end
    end
