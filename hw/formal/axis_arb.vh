// SPDX-License-Identifier: Apache-2.0
// Proof of axis_arb, included at its end: it keeps the rules; what goes in comes out, once; a frame is
// never interrupted by one of the other input; and who waits at a frame's end is next.

    axis_rules #(.DATA_W(512+14), .ASSUME(1)) f_in0 (
        .clk(clk), .rst(rst), .tdata({s0_len, s0_axis_tdata}), .tkeep(s0_axis_tkeep), .tvalid(s0_axis_tvalid),
        .tready(s0_axis_tready), .tlast(s0_axis_tlast)
    );
    axis_rules #(.DATA_W(512+14), .ASSUME(1)) f_in1 (
        .clk(clk), .rst(rst), .tdata({s1_len, s1_axis_tdata}), .tkeep(s1_axis_tkeep), .tvalid(s1_axis_tvalid),
        .tready(s1_axis_tready), .tlast(s1_axis_tlast)
    );
    axis_rules #(.DATA_W(512+15)) f_out (
        .clk(clk), .rst(rst), .tdata({m_len, m_from, m_axis_tdata}), .tkeep(m_axis_tkeep),
        .tvalid(m_axis_tvalid), .tready(m_axis_tready), .tlast(m_axis_tlast)
    );

    reg          f_begun = 1'b0;
    reg          f_full;                // a beat is inside: this one
    reg  [512+79:0] f_beat;
    reg          f_open;                // a frame is under way at the output, from this input
    reg          f_from;
    reg          f_waited;              // the other input had a frame when this one's began
    wire         f_take0 = s0_axis_tvalid && s0_axis_tready;
    wire         f_take1 = s1_axis_tvalid && s1_axis_tready;

    always @(posedge clk) begin
        f_begun <= 1'b1;
        if (f_take0 || f_take1) begin
            f_full <= 1'b1;
            f_beat <= f_take1 ? {s1_len, 1'b1, s1_axis_tlast, s1_axis_tkeep, s1_axis_tdata}
                              : {s0_len, 1'b0, s0_axis_tlast, s0_axis_tkeep, s0_axis_tdata};
            f_open <= f_take1 ? !s1_axis_tlast : !s0_axis_tlast;
            f_from <= f_take1;
            f_waited <= f_take1 ? s0_axis_tvalid : s1_axis_tvalid;
        end else if (m_axis_tready)
            f_full <= 1'b0;
        if (rst) begin
            f_full   <= 1'b0;
            f_open   <= 1'b0;
            f_waited <= 1'b0;
        end
    end

    always @(*)
        if (!f_begun)
            assume (rst);
        else if (!rst) begin
            assert (!(f_take0 && f_take1));
            assert (m_axis_tvalid == f_full);
            assert (!f_full || {m_len, m_from, m_axis_tlast, m_axis_tkeep, m_axis_tdata} == f_beat);
            assert (!f_open || !(f_from ? f_take0 : f_take1));
            assert (f_open || !f_waited || !(f_from ? f_take1 : f_take0));
            // what induction has to know
            assert (in_frame == f_open);
            assert (!f_open || turn == f_from);
            assert (!f_waited || turn == f_from);
            assert (!f_waited || (f_from ? s0_axis_tvalid : s1_axis_tvalid));
        end
