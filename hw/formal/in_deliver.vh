// SPDX-License-Identifier: Apache-2.0
// Proof of in_deliver, included at its end: the frames keep the rules at both ports, whatever the orders are.

    axis_rules f_plain (
        .clk(clk), .rst(rst), .tdata(m_axis_plain_tdata), .tkeep(m_axis_plain_tkeep),
        .tvalid(m_axis_plain_tvalid), .tready(m_axis_plain_tready), .tlast(m_axis_plain_tlast)
    );
    axis_rules f_host0 (
        .clk(clk), .rst(rst), .tdata(m_axis_host0_tdata), .tkeep(m_axis_host0_tkeep),
        .tvalid(m_axis_host0_tvalid), .tready(m_axis_host0_tready), .tlast(m_axis_host0_tlast)
    );

    reg f_begun = 1'b0;
    always @(posedge clk)
        f_begun <= 1'b1;
    always @(*)
        if (!f_begun)
            assume (rst);
