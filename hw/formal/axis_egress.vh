// SPDX-License-Identifier: Apache-2.0
// Proof of axis_egress, included at its end: what leaves keeps the rules, whatever is dropped or forgotten
// before.

    axis_rules #(.ASSUME(1)) f_in0 (
        .clk(clk), .rst(rst), .tdata(s0_axis_tdata), .tkeep(s0_axis_tkeep),
        .tvalid(s0_axis_tvalid), .tready(s0_axis_tready), .tlast(s0_axis_tlast)
    );
    axis_rules #(.ASSUME(1)) f_in1 (
        .clk(clk), .rst(rst), .tdata(s1_axis_tdata), .tkeep(s1_axis_tkeep),
        .tvalid(s1_axis_tvalid), .tready(s1_axis_tready), .tlast(s1_axis_tlast)
    );
    axis_rules f_out (
        .clk(clk), .rst(rst), .tdata(m_axis_tdata), .tkeep(m_axis_tkeep),
        .tvalid(m_axis_tvalid), .tready(m_axis_tready), .tlast(m_axis_tlast)
    );

    reg f_begun = 1'b0;
    always @(posedge clk)
        f_begun <= 1'b1;
    always @(*)
        if (!f_begun)
            assume (rst);
