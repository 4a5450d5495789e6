// SPDX-License-Identifier: Apache-2.0
// Proof of axis_switch, included at its end: both outputs keep the rules, every beat goes to one of
// them, once, and a frame's to the one that was named with its first beat.

    axis_rules #(.DATA_W(512+14), .ASSUME(1)) f_in (
        .clk(clk), .rst(rst), .tdata({s_len, s_axis_tdata}), .tkeep(s_axis_tkeep),
        .tvalid(s_axis_tvalid), .tready(s_axis_tready), .tlast(s_axis_tlast)
    );
    axis_rules #(.DATA_W(512+14)) f_out0 (
        .clk(clk), .rst(rst), .tdata({m_len, m0_axis_tdata}), .tkeep(m0_axis_tkeep),
        .tvalid(m0_axis_tvalid), .tready(m0_axis_tready), .tlast(m0_axis_tlast)
    );
    axis_rules #(.DATA_W(512+14)) f_out1 (
        .clk(clk), .rst(rst), .tdata({m_len, m1_axis_tdata}), .tkeep(m1_axis_tkeep),
        .tvalid(m1_axis_tvalid), .tready(m1_axis_tready), .tlast(m1_axis_tlast)
    );

    reg          f_begun = 1'b0;
    reg          f_full;                // a beat is inside: this one, for there
    reg [512+78:0] f_beat;
    reg          f_there;
    reg          f_open, f_way;         // a frame is under way, to there
    wire         f_take  = s_axis_tvalid && s_axis_tready;
    wire         f_goes0 = m0_axis_tvalid && m0_axis_tready;
    wire         f_goes1 = m1_axis_tvalid && m1_axis_tready;
    wire         f_named = f_open ? f_way : s_choice;

    always @(posedge clk) begin
        f_begun <= 1'b1;
        if (f_take) begin
            f_full  <= 1'b1;
            f_beat  <= {s_len, s_axis_tlast, s_axis_tkeep, s_axis_tdata};
            f_there <= f_named;
            f_open  <= !s_axis_tlast;
            f_way   <= f_named;
        end else if (f_goes0 || f_goes1)
            f_full <= 1'b0;
        if (rst) begin
            f_full <= 1'b0;
            f_open <= 1'b0;
        end
    end

    always @(*)
        if (!f_begun)
            assume (rst);
        else if (!rst) begin
            assert (m0_axis_tvalid == (f_full && !f_there));
            assert (m1_axis_tvalid == (f_full && f_there));
            assert (!m0_axis_tvalid || {m_len, m0_axis_tlast, m0_axis_tkeep, m0_axis_tdata} == f_beat);
            assert (!m1_axis_tvalid || {m_len, m1_axis_tlast, m1_axis_tkeep, m1_axis_tdata} == f_beat);
            // it never waits for anything but the beat inside
            assert (s_axis_tready == (!f_full || f_goes0 || f_goes1));
            // what induction has to know
            assert (in_frame == f_open);
            assert (!f_open || way == f_way);
        end
