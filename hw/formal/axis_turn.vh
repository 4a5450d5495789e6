// SPDX-License-Identifier: Apache-2.0
// Proof of axis_turn, included at its end: never both, never without room, no frame interrupted by one
// of the other input; who waits at a frame's end is next, and who waits alone waits for one cycle.

    axis_rules #(.DATA_W(1), .ASSUME(1)) f_in0 (
        .clk(clk), .rst(rst), .tdata(1'b0), .tkeep({64{1'b1}}), .tvalid(s0_axis_tvalid),
        .tready(s0_axis_tready), .tlast(s0_axis_tlast)
    );
    axis_rules #(.DATA_W(1), .ASSUME(1)) f_in1 (
        .clk(clk), .rst(rst), .tdata(1'b0), .tkeep({64{1'b1}}), .tvalid(s1_axis_tvalid),
        .tready(s1_axis_tready), .tlast(s1_axis_tlast)
    );

    reg  f_begun = 1'b0;
    reg  f_room;                        // of the cycle before
    reg  f_open;                        // a frame is under way, from this input
    reg  f_from;
    reg  f_waited;                      // the other input had a frame when this one's last beat went
    reg  f_missed;                      // somebody could have sent between two frames, and nobody did
    wire f_take0 = s0_axis_tvalid && s0_axis_tready;
    wire f_take1 = s1_axis_tvalid && s1_axis_tready;
    wire f_miss  = f_room && !f_open && (s0_axis_tvalid || s1_axis_tvalid) && !f_take0 && !f_take1;

    always @(posedge clk) begin
        f_begun  <= 1'b1;
        f_room   <= room;
        f_missed <= f_miss;
        if (f_take0 || f_take1) begin
            f_open   <= f_take1 ? !s1_axis_tlast : !s0_axis_tlast;
            f_from   <= f_take1;
            f_waited <= f_take1 ? s0_axis_tvalid : s1_axis_tvalid;
        end
        if (rst) begin
            f_room   <= 1'b0;
            f_open   <= 1'b0;
            f_waited <= 1'b0;
            f_missed <= 1'b0;
        end
    end

    always @(*)
        if (!f_begun)
            assume (rst);
        else if (!rst) begin
            assert (!(s0_axis_tready && s1_axis_tready));
            assert (f_room == (s0_axis_tready || s1_axis_tready));
            assert (!f_open || !(f_from ? f_take0 : f_take1));
            assert (f_open || !f_waited || !(f_from ? f_take1 : f_take0));
            assert (!f_missed || !f_miss);
            // what induction has to know
            assert (!f_room || s1_axis_tready == turn);
            assert (in_frame == f_open);
            assert (!f_open || turn == f_from);
            assert (!f_waited || (f_from ? s0_axis_tvalid : s1_axis_tvalid));
            assert (f_open || !f_waited || turn != f_from);
            assert (!f_missed || valid);
        end
