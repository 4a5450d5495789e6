// SPDX-License-Identifier: Apache-2.0
// Proof of axis_ingress, included at its end: it keeps the rules; the good frames, judged here by the
// ports alone, are committed whole, and only they, with their length (what a commit means is in
// axis_frame_buffer.vh); every frame has one fate and is counted once; the memory never overflows.

    axis_rules #(.ASSUME(1)) f_in (
        .clk(clk), .rst(rst), .tdata(s_axis_tdata), .tkeep(s_axis_tkeep), .tvalid(s_axis_tvalid),
        .tready(s_axis_tready), .tlast(s_axis_tlast)
    );
    axis_rules f_out (
        .clk(clk), .rst(rst || f_off), .tdata(m_axis_tdata), .tkeep(m_axis_tkeep),
        .tvalid(m_axis_tvalid), .tready(m_axis_tready), .tlast(m_axis_tlast)
    );

    wire        f_off  = !enable;
    wire        f_take = s_axis_tvalid && s_axis_tready;
    integer     f_i;
    reg  [6:0]  f_ones;                 // bytes of the beat at the input
    always @(*) begin
        f_ones = 7'd0;
        for (f_i = 0; f_i < 64; f_i = f_i + 1)
            f_ones = f_ones + {6'd0, s_axis_tkeep[f_i]};
    end

    // The frame at the input: its bytes up to here (no more than can be told apart), and whether the
    // enable's fall cut it
    reg         f_begun = 1'b0;
    reg  [14:0] f_bytes;
    reg         f_cut;
    wire [14:0] f_sum   = f_bytes + {8'd0, f_ones};
    wire        f_good  = !s_axis_tuser && !f_cut && f_sum >= 15'd14 && f_sum <= MAX_FRAME;

    reg         f_end;                  // a frame ended in the last cycle, and was
    reg         f_end_good;
    reg  [14:0] f_end_bytes;
    reg         f_past;                 // a beat came in the last cycle, this one, its number
    reg [511:0] f_data;
    reg  [7:0]  f_beats, f_number;

    always @(posedge clk) begin
        f_begun    <= 1'b1;
        f_past     <= f_take;
        f_end      <= f_take && s_axis_tlast;
        f_end_good <= f_good;
        f_end_bytes <= f_sum;
        f_data     <= s_axis_tdata;
        f_number   <= f_beats;
        if (f_take) begin
            f_bytes <= s_axis_tlast ? 15'd0 : f_sum > MAX_FRAME + 64 ? MAX_FRAME + 64 : f_sum;
            f_beats <= s_axis_tlast ? 8'd0 : f_beats == 8'd255 ? f_beats : f_beats + 8'd1;
            f_cut   <= f_cut && !s_axis_tlast;
        end
        if (!enable && f_bytes != 15'd0)
            f_cut <= 1'b1;
        if (rst) begin
            f_bytes <= 15'd0;
            f_beats <= 8'd0;
            f_cut   <= 1'b0;
            f_past  <= 1'b0;
            f_end   <= 1'b0;
        end
    end

    reg f_counted;                      // its counters are up now
    reg f_was_good;
    always @(posedge clk) begin
        f_counted  <= f_end && !rst;
        f_was_good <= f_end_good;
    end

    always @(*)
        if (!f_begun)
            assume (rst);
        else if (!rst) begin
            assert (in_valid == f_past);
            if (f_past && enable && !f_end)
                assert (!buffer_commit);
            if (f_end && enable)
                assert (buffer_commit == f_end_good);
            if (buffer_commit)          // the frame's beats were all written, from the first on
                assert (buffer_open == f_number && {1'b0, len} == f_end_bytes);
            if (buffer_write)
                assert (in_data == f_data && buffer_open == f_number);
            if (f_counted)
                assert ({3'd0, cnt_rx} + {3'd0, cnt_drop_error} + {3'd0, cnt_drop_runt}
                        + {3'd0, cnt_drop_oversize} == 4'd1 && cnt_rx == f_was_good);
            else
                assert (!cnt_rx && !cnt_drop_error && !cnt_drop_runt && !cnt_drop_oversize);
        end

    // What is written since the last commit, seen at the buffer's ports
    wire       buffer_write  = in_valid && !skip && (good || !(in_last || too_long));
    wire       buffer_commit = buffer_write && good;
    reg  [7:0] buffer_open;
    always @(posedge clk) begin
        if (buffer_write)
            buffer_open <= good ? 8'd0 : buffer_open + 8'd1;
        else if (in_valid && !good && (in_last || too_long))
            buffer_open <= 8'd0;
        if (rst || !enable)
            buffer_open <= 8'd0;
    end
