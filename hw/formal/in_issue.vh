// SPDX-License-Identifier: Apache-2.0
// Proof of in_issue, included at its end: the frames for host1 keep the rules, whatever the verdicts are.

    axis_rules f_out (
        .clk(clk), .rst(rst), .tdata(m_axis_host1_tdata), .tkeep(m_axis_host1_tkeep),
        .tvalid(m_axis_host1_tvalid), .tready(m_axis_host1_tready), .tlast(m_axis_host1_tlast)
    );

    reg f_begun = 1'b0;
    always @(posedge clk)
        f_begun <= 1'b1;
    always @(*)
        if (!f_begun)
            assume (rst);
