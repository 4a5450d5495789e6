// SPDX-License-Identifier: Apache-2.0
// Proof of in_replay, included at its end: its verdict is that of RFC 4303 3.4.3 for every history. One
// slot and one sequence number, chosen freely, are followed from the ports in the RFC's words: the
// highest number received, and whether this number was received. So what holds for it holds for all
// numbers. Reset and the mailbox's clear start a history.

    (* anyconst *) wire [SLOT_W-1:0] f_slot;
    (* anyconst *) wire [31:0]       f_number;
    reg        f_begun = 1'b0;

    // ---- the slot's packets two cycles after they came in, as the ports had them

    reg        f_packet_1, f_packet_2, f_clear_1, f_clear_2;
    reg [31:0] f_seq_1, f_seq_2;
    reg [5:0]  f_flags_1, f_flags_2;
    reg [13:0] f_len_1, f_len_2;

    wire f_check, f_sa_ok, f_tag_ok, f_pad_ok, f_inner_ok, f_sel_ok;
    assign {f_check, f_sa_ok, f_tag_ok, f_pad_ok, f_inner_ok, f_sel_ok} = f_flags_2;

    always @(posedge clk) begin
        f_packet_1 <= s_valid && s_slot == f_slot && !rst;
        f_packet_2 <= f_packet_1 && !rst;
        f_clear_1  <= cfg_take && cfg_clear && cfg_slot == f_slot && !rst;
        f_clear_2  <= f_clear_1 && !rst;
        f_seq_1    <= s_seq;
        f_seq_2    <= f_seq_1;
        f_flags_1  <= {s_check, s_sa_ok, s_tag_ok, s_pad_ok, s_inner_ok, s_sel_ok};
        f_flags_2  <= f_flags_1;
        f_len_1    <= s_len;
        f_len_2    <= f_len_1;
    end

    // ---- the definition

    reg        f_live = 1'b0;       // cleared once: there is a history
    reg [31:0] f_top;               // highest number received
    reg        f_received;          // f_number was
    reg [63:0] f_packets, f_bytes;

    wire f_mine    = f_seq_2 == f_number;
    wire f_genuine = f_packet_2 && f_sa_ok && f_tag_ok;
    wire f_right   = f_pad_ok && f_inner_ok && f_sel_ok;
    wire f_fresh   = !f_check || (f_seq_2 != 32'd0 && (f_seq_2 > f_top
                     || (f_top - f_seq_2 < WINDOW && !f_received)));    // when f_mine
    // Of the other numbers the module's own word is taken: each is f_number in a proof of its own, so
    // up to this cycle that word is the definition's.
    wire f_accept  = f_genuine && fresh;

    always @(posedge clk) begin
        f_begun <= 1'b1;
        if (f_clear_2) begin
            f_live     <= 1'b1;
            f_top      <= 32'd0;
            f_received <= 1'b0;
            f_packets  <= 64'd0;
            f_bytes    <= 64'd0;
        end else if (f_accept) begin
            if (f_seq_2 > f_top)
                f_top <= f_seq_2;
            if (f_mine)
                f_received <= 1'b1;
            if (f_right) begin
                f_packets <= f_packets + 64'd1;
                f_bytes   <= f_bytes + {50'd0, f_len_2};
            end
        end
        if (rst)
            f_live <= 1'b0;
    end

    // ---- the claims, at the output

    reg f_out, f_out_mine, f_pass, f_rejected, f_unknown, f_forged;
    always @(posedge clk) begin
        f_out      <= f_packet_2 && f_live && !rst;
        f_out_mine <= f_mine;
        f_pass     <= f_genuine && f_fresh && f_right;
        f_rejected <= f_genuine && !f_fresh;
        f_unknown  <= !f_sa_ok;
        f_forged   <= f_sa_ok && !f_tag_ok;
    end

    always @(*)
        if (!f_begun)
            assume (rst);
        else if (!rst && f_out) begin
            assert (m_valid);
            if (f_out_mine) begin
                assert (m_pass == f_pass);
                assert (cnt_in_decrypted == f_pass);
                assert (cnt_in_drop_replay == f_rejected);
            end
            assert (cnt_in_drop_no_sa == f_unknown);
            assert (cnt_in_drop_auth == f_forged);
            assert (!(m_pass && (f_unknown || f_forged)));
        end

    // ---- what induction has to know

    wire              f_new_w = w_op && w_slot == f_slot;
    wire              f_new_x = x_op && x_slot == f_slot;
    wire [ROW_W-1:0]  f_mem   = mem[f_slot];
    wire [ROW_W-1:0]  f_row   = f_new_w ? w_row : f_mem;    // the slot's row, before this cycle's
    wire [63:0]       f_row_top, f_row_map, f_row_packets, f_row_bytes;
    wire [127:0]      f_row_rest;
    assign {f_row_top, f_row_map, f_row_packets, f_row_bytes, f_row_rest} = f_row;

    always @(*)
        if (f_begun && !rst) begin
            assert (f_packet_1 == (a_packet && a_slot == f_slot));
            assert (f_packet_2 == (b_packet && b_slot == f_slot));
            assert (f_clear_1 == (a_clear && a_slot == f_slot));
            assert (f_clear_2 == (b_clear && b_slot == f_slot));
            assert (a_op || !(a_packet || a_clear));
            assert (b_op || !(b_packet || b_clear));
            assert (!(a_packet && a_clear) && !(b_packet && b_clear));
            if (f_packet_1) begin
                assert ({a_check, a_sa_ok, a_tag_ok, a_pad_ok, a_inner_ok, a_sel_ok} == f_flags_1);
                assert (a_seq == f_seq_1 && a_len == f_len_1);
            end
            if (f_packet_2) begin
                assert ({b_check, b_sa_ok, b_tag_ok, b_pad_ok, b_inner_ok, b_sel_ok} == f_flags_2);
                assert (b_seq == f_seq_2 && b_len == f_len_2);
                assert (b_block_up == b_seq[31:6] + 26'd1 && b_block_down == b_seq[31:6] - 26'd1);
                assert (b_bit == 64'd1 << b_seq[5:0]);
                assert (b_upto == ~(~64'd1 << b_seq[5:0]));
            end
            // which rows are newer than the memory's
            if (a_op && a_slot == f_slot && !f_new_x)
                assert (a_row == f_mem);
            if (f_new_x)
                assert (f_mem == x_row);
            if (b_op && b_slot == f_slot) begin
                assert (b_same == f_new_w);
                if (!b_same)
                    assert (b_row == f_mem);
            end
            // the row is the history
            if (f_live) begin
                assert (f_row_top == {32'd0, f_top});
                assert (f_row_packets == f_packets && f_row_bytes == f_bytes);
                assert (!f_received || f_number <= f_top);
                if (f_number <= f_top && f_top - f_number < WINDOW)
                    assert (f_row_map[f_number[5:0]] == f_received);
            end
        end
