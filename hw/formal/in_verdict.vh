// SPDX-License-Identifier: Apache-2.0
// Proof of in_deliver, included at its end: a slot leaves the engine only under the order of its own
// packet, and when that says that it passed. Packets are counted: in slots by h_eop, in orders as they
// leave their queue (axis_fifo: the nth out is the nth that in_route gave). With in_hold, which keeps
// a slot in its packet, and in_replay, which passes no packet with a wrong tag, that is invariant 2.

    reg        f_ran = 1'b0;
    reg [15:0] f_slots, f_orders;       // packets whose last slot, and whose order, has been taken

    always @(posedge clk) begin
        f_ran <= 1'b1;
        if (h_valid && h_ready && h_eop)
            f_slots <= f_slots + 16'd1;
        if (d_valid && d_ready)
            f_orders <= f_orders + 16'd1;
        if (rst)
            {f_slots, f_orders} <= 32'd0;
    end

    always @(*)
        if (!f_ran)
            assume (rst);
        else if (!rst) begin
            // given: slots are there before their order, and have all of its frame but a beat
            assume (!d_valid || owed || h_valid);
            assume (!(h_valid && h_ready && owes) || d_last[13:6] == beat + 8'd1);
            assert (!h_forward || (d_valid && d_pass && f_slots == f_orders));
            // what is owed is the rest of a slot that has left, to the frame's end
            assert (!owed || (d_valid && d_pass && ends));
            assert (!emit || h_forward || owed);
            assert (f_slots == f_orders + {15'd0, owed});
        end
