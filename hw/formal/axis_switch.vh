// SPDX-License-Identifier: Apache-2.0
// Proof of axis_switch, included at its end: both outputs keep the rules, every beat goes to one of
// them, and a frame's to the same. Given: s_choice stays while the first beat waits.

    axis_rules #(.DATA_W(512+1), .ASSUME(1)) f_in (
        .clk(clk), .rst(rst), .tdata({s_choice && !f_open, s_axis_tdata}), .tkeep(s_axis_tkeep),
        .tvalid(s_axis_tvalid), .tready(s_axis_tready), .tlast(s_axis_tlast)
    );
    axis_rules f_out0 (
        .clk(clk), .rst(rst), .tdata(m0_axis_tdata), .tkeep(m0_axis_tkeep),
        .tvalid(m0_axis_tvalid), .tready(m0_axis_tready), .tlast(m0_axis_tlast)
    );
    axis_rules f_out1 (
        .clk(clk), .rst(rst), .tdata(m1_axis_tdata), .tkeep(m1_axis_tkeep),
        .tvalid(m1_axis_tvalid), .tready(m1_axis_tready), .tlast(m1_axis_tlast)
    );

    reg  f_begun = 1'b0;
    reg  f_open, f_way;                 // a frame is under way, to there
    wire f_goes0 = m0_axis_tvalid && m0_axis_tready;
    wire f_goes1 = m1_axis_tvalid && m1_axis_tready;

    reg f_past_rst;
    always @(posedge clk) begin
        f_begun    <= 1'b1;
        f_past_rst <= rst;
        if (f_goes0 || f_goes1) begin
            f_open <= !s_axis_tlast;
            f_way  <= f_goes1;
        end
        if (rst)
            f_open <= 1'b0;
    end

    always @(*)
        if (!f_begun)
            assume (rst);
        else begin
            assume (!f_past_rst || !s_axis_tvalid);     // the stages before are reset, too
            if (!rst) begin
                assert (!(f_goes0 && f_goes1));
                assert ((f_goes0 || f_goes1) == (s_axis_tvalid && s_axis_tready));
                assert (!f_goes0 || !f_open || !f_way);
                assert (!f_goes1 || !f_open || f_way);
                assert (!f_goes0 || f_open || !s_choice);
                assert (!f_goes1 || f_open || s_choice);
                assert (!f_goes0 || {m0_axis_tdata, m0_axis_tkeep, m0_axis_tlast}
                                 == {s_axis_tdata, s_axis_tkeep, s_axis_tlast});
                assert (!f_goes1 || {m1_axis_tdata, m1_axis_tkeep, m1_axis_tlast}
                                 == {s_axis_tdata, s_axis_tkeep, s_axis_tlast});
                // what induction has to know
                assert (in_frame == f_open);
                assert (!f_open || way == f_way);
            end
        end
