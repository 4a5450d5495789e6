// SPDX-License-Identifier: Apache-2.0
// Proof of axis_frame_buffer, included at its end: what comes out are the words of committed frames, as
// they were written, in their order, none lost or stuck; of a forgotten frame nothing comes; and with a
// frame's first word comes what was noted when it was committed. One word, chosen freely among all that
// are written, is followed by the number of words before it. Given: no write without room.

    (* anyseq *) wire f_pick;
    reg              f_begun = 1'b0;
    reg [AW+1:0]     f_open;            // words written and neither committed nor forgotten
    reg [AW+1:0]     f_whole;           // words of whole frames, not out yet
    reg              f_on = 1'b0;       // the chosen word is inside
    reg              f_kept;            // and its frame is whole
    reg [AW+1:0]     f_ahead;           // words before it
    reg [WIDTH-1:0]  f_word;
    reg              f_first;           // it is its frame's first,
    reg [NOTE_W-1:0] f_note;            // of which this was noted
    reg [1:0]        f_dry = 2'd0;      // cycles with a whole frame inside and nothing at the output
    wire             f_give = m_valid && m_ready;
    wire             f_ends = wr_en && wr_commit;
    wire [AW+1:0]    f_left = f_whole - {{AW+1{1'b0}}, f_give};

    always @(posedge clk) begin
        f_begun <= 1'b1;
        f_open  <= f_ends || wr_forget ? 0 : f_open + {{AW+1{1'b0}}, wr_en};
        f_whole <= f_left + (f_ends ? f_open + 1'b1 : 0);
        if (!f_on && f_pick && wr_en && (wr_commit || !wr_forget)) begin
            f_on    <= 1'b1;
            f_kept  <= wr_commit;
            f_ahead <= f_left + f_open;
            f_word  <= wr_data;
            f_first <= f_open == 0;
            f_note  <= wr_note;
        end else if (f_on) begin
            f_ahead <= f_ahead - {{AW+1{1'b0}}, f_give};
            f_kept  <= f_kept || f_ends;
            if (!f_kept)
                f_note <= wr_note;
            f_on    <= f_kept ? !(f_give && f_ahead == 0) : f_ends || !wr_forget;
        end
        f_dry <= f_whole != 0 && !m_valid ? f_dry + 2'd1 : 2'd0;
        if (rst) begin
            f_open  <= 0;
            f_whole <= 0;
            f_on    <= 1'b0;
            f_dry   <= 2'd0;
        end
    end

    always @(*)
        if (!f_begun)
            assume (rst);
        else if (!rst) begin
`ifdef TOP_AXIS_FRAME_BUFFER
            assume (!wr_en || level != DEPTH[AW:0]);
`else
            assert (!wr_en || level != DEPTH[AW:0]);
`endif
            assert (!m_valid || f_whole != 0);
            assert (!(f_on && f_ahead == 0 && m_valid) || (f_kept && m_data == f_word
                    && (!f_first || m_note == f_note)));
            assert (f_dry != 2'd3 || m_valid);
        end

    // ---- what induction has to know

    wire [AW:0] f_ready = end_ptr - rd_ptr;
    wire [AW:0] f_new   = wr_ptr - end_ptr;
    wire [AW:0] f_front = {{AW{1'b0}}, out_valid} + {{AW{1'b0}}, fetch_valid};
    wire [AW:0] f_place = rd_ptr + f_ahead[AW:0] - f_front;

    always @(*)
        if (f_begun && !rst) begin
            assert (end_last == end_ptr - 1'b1);
            assert (level <= DEPTH[AW:0] && f_ready <= level && f_new <= level);
            assert (f_open == {1'b0, f_new});
            assert (f_whole == {1'b0, f_ready} + {1'b0, f_front});
            assert (!some || f_ready != 0);
            assert (f_dry != 2'd1 || some || fetch_valid || out_valid);
            assert (f_dry != 2'd2 || fetch_valid || out_valid);
            assert (f_dry != 2'd3 || out_valid);
            if (f_on) begin
                assert (f_ahead < f_whole + f_open);
                assert (f_kept == (f_ahead < f_whole));
                assert (f_word == (f_ahead == 0 && out_valid ? out_data :
                                   f_ahead < {1'b0, f_front} ? fetch_data : mem[f_place[AW-1:0]]));
                assert (!f_first || f_kept || f_ahead == f_whole);
                if (f_first && f_kept)
                    assert (f_note == (f_ahead == 0 && out_valid ? out_note :
                                       f_ahead < {1'b0, f_front} ? fetch_note : notes[f_place[AW-1:0]]));
            end
        end
