// SPDX-License-Identifier: Apache-2.0
// Proof of axis_reg, included at its end: it keeps the rules, and is a queue of two beats.

    axis_rules #(.ASSUME(1)) f_in (
        .clk(clk), .rst(rst), .tdata(s_axis_tdata), .tkeep(s_axis_tkeep), .tvalid(s_axis_tvalid),
        .tready(s_axis_tready), .tlast(s_axis_tlast)
    );
    axis_rules f_out (
        .clk(clk), .rst(rst), .tdata(m_axis_tdata), .tkeep(m_axis_tkeep), .tvalid(m_axis_tvalid),
        .tready(m_axis_tready), .tlast(m_axis_tlast)
    );

    reg         f_begun = 1'b0;
    reg [1:0]   f_level;                // beats inside, and what they are
    reg [512+64:0] f_first, f_second;
    wire [512+64:0] f_new  = {s_axis_tdata, s_axis_tkeep, s_axis_tlast};
    wire         f_give = m_axis_tvalid && m_axis_tready;

    always @(posedge clk) begin
        f_begun <= 1'b1;
        f_level <= f_level + {1'b0, take} - {1'b0, f_give};
        if (f_give)
            f_first <= f_second;
        if (take && f_level == {1'b0, f_give})
            f_first <= f_new;
        if (take && f_level != {1'b0, f_give})
            f_second <= f_new;
        if (rst)
            f_level <= 2'd0;
    end

    always @(*)
        if (!f_begun)
            assume (rst);
        else if (!rst) begin
            assert (m_axis_tvalid == (f_level != 2'd0));
            assert (!m_axis_tvalid || {m_axis_tdata, m_axis_tkeep, m_axis_tlast} == f_first);
            // what induction has to know
            assert (held == (f_level == 2'd2) && f_level != 2'd3);
            assert (!held || {held_data, held_keep, held_last} == f_second);
            assert (!held || (held_keep[0] && (held_keep[63:1] & ~held_keep[62:0]) == 63'd0
                              && (held_last || &held_keep)));
        end
