// SPDX-License-Identifier: Apache-2.0
// Proof of in_replay, included at its end: its verdict is that of RFC 4303 3.4.3 for every history. One
// slot and one sequence number, chosen freely, are followed from the ports in the RFC's words: the
// highest number received, and whether this number was received. So what holds for it holds for all
// numbers. What passes all checks is delivered or, when its SA's lifetime says so, dropped; that answer is
// free here (lifetime.vh). The mailbox's clear starts a history. Given: a slot's window is the same from clear to
// clear, a power of two, and at most WINDOW_MAX.

    (* anyconst *) wire [SLOT_W-1:0] f_slot;
    (* anyconst *) wire [63:0]       f_number;
    (* anyconst *) wire [6:0]        f_blocks;
    reg        f_begun = 1'b0;

    // ---- the slot's packets three cycles after they came in, as the ports had them

    reg        f_packet_1, f_packet_2, f_packet_3, f_clear_1, f_clear_2, f_clear_3;
    reg [63:0] f_seq_1, f_seq_2, f_seq_3;
    reg [5:0]  f_flags_1, f_flags_2, f_flags_3;

    wire f_sa_ok, f_tag_ok, f_pad_ok, f_dummy, f_inner_ok, f_sel_ok;
    assign {f_sa_ok, f_tag_ok, f_pad_ok, f_dummy, f_inner_ok, f_sel_ok} = f_flags_3;

    always @(posedge clk) begin
        f_packet_1 <= s_valid && s_slot == f_slot && !rst;
        f_packet_2 <= f_packet_1 && !rst;
        f_packet_3 <= f_packet_2 && !rst;
        f_clear_1  <= taken && ask_clear && cfg_slot == f_slot && !rst;
        f_clear_2  <= f_clear_1 && !rst;
        f_clear_3  <= f_clear_2 && !rst;
        f_seq_1    <= s_seq;
        f_seq_2    <= f_seq_1;
        f_seq_3    <= f_seq_2;
        f_flags_1  <= {s_sa_ok, s_tag_ok, s_pad_ok, s_dummy, s_inner_ok, s_sel_ok};
        f_flags_2  <= f_flags_1;
        f_flags_3  <= f_flags_2;
    end

    // ---- the definition

    reg        f_live = 1'b0;       // cleared once: there is a history
    reg [63:0] f_top;               // highest number received
    reg        f_received;          // f_number was

    wire f_mine    = f_seq_3 == f_number;
    wire f_genuine = f_packet_3 && f_sa_ok && f_tag_ok;
    wire f_right   = f_pad_ok && !f_dummy && f_inner_ok && f_sel_ok;
    wire f_fresh   = f_blocks == 7'd0 || (f_number != 64'd0 && (f_number > f_top
                     || (f_top - f_number < {51'd0, f_blocks, 6'd0} && !f_received)));
    // Of the other numbers the module's own word is taken: each is f_number in a proof of its own, so
    // up to this cycle that word is the definition's.
    wire f_accept  = f_genuine && (f_mine ? f_fresh : fresh);

    always @(posedge clk) begin
        f_begun <= 1'b1;
        if (f_clear_3) begin
            f_live     <= 1'b1;
            f_top      <= 64'd0;
            f_received <= 1'b0;
        end else if (f_accept) begin
            if (f_seq_3 > f_top)
                f_top <= f_seq_3;
            if (f_mine)
                f_received <= 1'b1;
        end
        if (rst)
            f_live <= 1'b0;
    end

    // ---- the claims, at the output

    reg f_out, f_out_mine, f_pass, f_rejected, f_unknown, f_forged;
    always @(posedge clk) begin
        f_out      <= f_packet_3 && f_live && !rst;
        f_out_mine <= f_mine;
        f_pass     <= f_genuine && f_fresh && f_right;
        f_rejected <= f_genuine && !f_fresh;
        f_unknown  <= !f_sa_ok;
        f_forged   <= f_sa_ok && !f_tag_ok;
    end

    always @(*) begin
        assume (f_blocks <= BLOCKS && (f_blocks & (f_blocks - 7'd1)) == 7'd0);
        if (s_valid && s_slot == f_slot)
            assume (s_blocks == f_blocks);
        if (!f_begun)
            assume (rst);
        else if (!rst && f_out) begin
            assert (m_valid);
            if (f_out_mine) begin
                assert ((m_pass || cnt_in_drop_lifetime) == f_pass);
                assert (!(m_pass && cnt_in_drop_lifetime));
                assert (cnt_in_decrypted == m_pass);
                assert (cnt_in_drop_replay == f_rejected);
            end
            assert (cnt_in_drop_no_sa == f_unknown);
            assert (cnt_in_drop_auth == f_forged);
            assert (!(m_pass && (f_unknown || f_forged)));
        end
    end

    // The window is the history's: it moves for no packet without a right tag
    wire [ROW_W-1:0] f_row = w_op && w_slot == f_slot ? w_row : mem[f_slot];

    always @(*)
        if (f_begun && !rst && f_live)
            assert (f_row[ROW_W-1 -: 64] == f_top);

`ifdef PROVE_REPLAY_RUN
    // A proof that reaches a packet further, for one course of things: a clear, and then an authentic
    // packet of this slot in every cycle
    reg [3:0] f_cycle = 4'd0;
    always @(posedge clk)
        f_cycle <= f_cycle + {3'd0, f_cycle != 4'd15};

    always @(*) begin
        assume (rst == (f_cycle == 4'd0));
        assume (cfg_clear == (f_cycle == 4'd1) && !cfg_query && cfg_slot == f_slot);
        assume (s_valid == (f_cycle > 4'd1) && s_slot == f_slot);
        assume ({s_sa_ok, s_tag_ok, s_pad_ok, s_dummy, s_inner_ok, s_sel_ok} == 6'b111011);
    end
`endif
