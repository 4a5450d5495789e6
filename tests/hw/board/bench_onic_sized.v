// SPDX-License-Identifier: Apache-2.0
`timescale 1ns / 1ps

// onic_sized: frames of every length round a beat, and long ones, with idle cycles and back-pressure: they come out
// whole and in order, their size beside every beat, short ones filled up with zeros; and frames back to back leave
// without a gap.
module bench_onic_sized;

    reg          clk = 0, rst = 1;
    always #2 clk = !clk;

    reg  [511:0] s_data = 0;
    reg  [63:0]  s_keep = 0;
    reg          s_valid = 0, s_last = 0, m_ready = 0;
    wire         s_ready, m_valid, m_last;
    wire [511:0] m_data;
    wire [63:0]  m_keep;
    wire [15:0]  m_size;

    onic_sized #(.DEPTH(256)) dut (
        .clk(clk), .rst(rst),
        .s_axis_tdata(s_data), .s_axis_tkeep(s_keep), .s_axis_tvalid(s_valid), .s_axis_tready(s_ready),
        .s_axis_tlast(s_last),
        .m_axis_tdata(m_data), .m_axis_tkeep(m_keep), .m_axis_tvalid(m_valid), .m_axis_tready(m_ready),
        .m_axis_tlast(m_last), .m_axis_tuser_size(m_size)
    );

    localparam FRAMES = 160;
    reg [1:0] stall = 0;            // 0: none, 1: the source pauses, 2: the sink, 3: both
    integer   frame_in = 0, at_in = 0, frame_out = 0, at_out = 0, failed = 0, gaps = 0, i;

    function integer length(input integer n);
        length = n < 140 ? 14 + n : n % 10 == 0 ? 9079 : 14 + (n * 7919) % 1600;
    endfunction
    function [7:0] byte_at(input integer n, input integer k);
        byte_at = n * 31 + k * 7 + (k >> 8);
    endfunction
    function integer shown(input integer n);
        shown = length(n) < 64 ? 64 : length(n);
    endfunction

    always @(negedge clk) begin     // both ends move between the edges
        if (rst) begin
            s_valid = 0; m_ready = 0;
        end else begin
            if (!s_valid && frame_in < FRAMES && !(stall[0] && ($random & 3) == 0)) begin
                for (i = 0; i < 64; i = i + 1) begin
                    s_keep[i] = at_in + i < length(frame_in);
                    s_data[8*i +: 8] = s_keep[i] ? byte_at(frame_in, at_in + i) : 8'hee;
                end
                s_last = at_in + 64 >= length(frame_in);
                s_valid = 1;
            end
            m_ready = !(stall[1] && $random & 1);
        end
    end

    always @(posedge clk) if (!rst) begin
        if (m_valid && m_ready) begin
            if (m_size !== shown(frame_out)) begin
                $display("frame %0d: size %0d, not %0d", frame_out, m_size, shown(frame_out));
                failed = 1;
            end
            for (i = 0; i < 64; i = i + 1)
                if (m_keep[i] !== (at_out + i < shown(frame_out)) ||
                    (m_keep[i] && m_data[8*i +: 8] !==
                     (at_out + i < length(frame_out) ? byte_at(frame_out, at_out + i) : 8'd0))) begin
                    $display("frame %0d byte %0d: %h", frame_out, at_out + i, m_data[8*i +: 8]);
                    failed = 1;
                end
            if (m_last !== (at_out + 64 >= shown(frame_out))) failed = 1;
            at_out = m_last ? 0 : at_out + 64;
            frame_out = frame_out + m_last;
        end else if (stall == 0 && m_ready && at_out != 0)
            gaps = gaps + 1;
        if (s_valid && s_ready) begin
            at_in = s_last ? 0 : at_in + 64;
            frame_in = frame_in + s_last;
            s_valid <= 0;
        end
        if (failed) begin $display("failed"); $finish; end
    end

    integer round;
    initial begin
        for (round = 0; round < 4; round = round + 1) begin
            rst = 1; stall = round;
            frame_in = 0; at_in = 0; frame_out = 0; at_out = 0;
            repeat (5) @(posedge clk);
            rst = 0;
            wait (frame_out == FRAMES);
            repeat (10) @(posedge clk);
        end
        if (gaps != 0) $display("%0d gaps inside frames", gaps);
        if (!failed && gaps == 0) $display("bench_onic_sized: passed");
        $finish;
    end

    initial #4000000 begin $display("no end: frame %0d of round %0d", frame_out, round); $finish; end

endmodule
