// SPDX-License-Identifier: Apache-2.0
// Proof of out_emit, included at its end: the frames keep the rules, whatever comes out of the core.

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
