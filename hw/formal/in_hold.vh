// SPDX-License-Identifier: Apache-2.0
// Proof of in_hold, included at its end: a slot leaves as it came, and as of the same packet,
// packets being counted by their last slots. With in_deliver, which lets a slot out only when the
// order of the packet with its number has come and passed, that is invariant 2: no plaintext leaves
// before its verdict. One slot, chosen freely, is followed.

    (* anyseq *) wire f_pick;
    reg         f_begun = 1'b0;
    reg         f_on;                       // the chosen slot is inside
    reg [7:0]   f_ahead, f_held;            // slots before it; slots inside
    reg [7:0]   f_in, f_out, f_number;      // packets that are in and out; before the slot
    reg         f_eop;
    reg [511:0] f_data;
    wire        f_push = s_valid && room;
    wire        f_pop  = m_valid && m_ready;

    always @(posedge clk) begin
        f_begun <= 1'b1;
        f_held  <= f_held + {7'd0, f_push} - {7'd0, f_pop};
        if (f_push && s_eop)
            f_in <= f_in + 8'd1;
        if (f_pop && m_eop)
            f_out <= f_out + 8'd1;
        if (f_push && f_pick && !f_on) begin
            f_on     <= 1'b1;
            f_ahead  <= f_held - {7'd0, f_pop};
            f_number <= f_in;
            {f_eop, f_data} <= {s_eop, s_data};
        end else if (f_on && f_pop) begin
            f_ahead <= f_ahead - 8'd1;
            f_on    <= f_ahead != 8'd0;
        end
        if (rst) begin
            f_on <= 1'b0;
            {f_held, f_in, f_out} <= 24'd0;
        end
    end

    always @(*)
        if (!f_begun)
            assume (rst);
        else if (!rst) begin
            assert (!m_valid || f_held != 8'd0);
            if (f_on && f_ahead == 8'd0 && m_valid) begin
                assert ({m_eop, m_data} == {f_eop, f_data});
                assert (f_out == f_number);
            end
        end
