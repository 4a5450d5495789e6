// SPDX-License-Identifier: Apache-2.0
// Proof of axis_egress, included at its end: what leaves keeps the rules, whatever is dropped or forgotten
// before.

    axis_rules #(.ASSUME(1)) f_in (
        .clk(clk), .rst(rst), .tdata(s_axis_tdata), .tkeep(s_axis_tkeep), .tvalid(s_axis_tvalid),
        .tready(s_axis_tready), .tlast(s_axis_tlast)
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
