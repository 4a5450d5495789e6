// SPDX-License-Identifier: Apache-2.0
// Proof of out_sequence, included at its end: from a slot's clear on, its packets get 1, 2, 3 ... and
// no number twice (RFC 4303 3.3.3), up to SEQ_LAST, or with ESN up to 2^64 - 1; then there are no more,
// until the next clear. One slot, chosen freely, is followed from the ports; the bytes are those of the
// packets sent. Given: a slot's s_esn is the same from clear to clear.

    (* anyconst *) wire [SLOT_W-1:0] f_slot;
    (* anyconst *) wire              f_esn;
    localparam [63:0] F_ENDLESS = 64'hffff_ffff_ffff_ffff;
    wire [63:0] f_end = f_esn ? F_ENDLESS : SEQ_LAST;
    reg        f_begun = 1'b0;

    // The slot's packets and clears, as they come in, two and three cycles later
    reg        f_packet_1, f_packet_2, f_packet_3;
    reg        f_clear_1, f_clear_2;
    reg        f_ok_3;
    reg [13:0] f_len_1, f_len_2;

    // What the mailbox may count on: the history since the last clear
    reg        f_live = 1'b0;       // there was one
    reg [63:0] f_last;              // the last number given
    reg [63:0] f_bytes;
    reg [63:0] f_due;               // what the packet at the output has to have

    wire f_send = f_packet_2 && s_ok && f_last < f_end;

    always @(posedge clk) begin
        f_begun    <= 1'b1;
        f_packet_1 <= s_valid && s_slot == f_slot;
        f_packet_2 <= f_packet_1;
        f_packet_3 <= f_packet_2;
        f_clear_1  <= cfg_start && cfg_clear && cfg_slot == f_slot;
        f_clear_2  <= f_clear_1;
        f_ok_3     <= s_ok;
        f_len_1    <= s_len;
        f_len_2    <= f_len_1;
        f_due      <= f_last + 64'd1;
        if (f_clear_2) begin
            f_live  <= 1'b1;
            f_last  <= SEQ_START;
            f_bytes <= 64'd0;
        end else if (f_send) begin
            f_last  <= f_last + 64'd1;
            f_bytes <= f_bytes + {50'd0, f_len_2};
        end
        if (rst) begin              // numbers under way at a reset are lost; the mailbox clears
            f_live     <= 1'b0;
            f_packet_1 <= 1'b0;
            f_packet_2 <= 1'b0;
            f_packet_3 <= 1'b0;
            f_clear_1  <= 1'b0;
            f_clear_2  <= 1'b0;
        end
    end

    reg f_live_3;                   // as the packet at the output was decided
    always @(posedge clk)
        f_live_3 <= f_live && !rst;

    always @(*) begin
        if (s_valid && s_slot == f_slot)
            assume (s_esn == f_esn);
        if (!f_begun)
            assume (rst);
        else if (!rst && f_packet_3) begin
            assert (m_valid);
            if (f_live_3 && f_ok_3) begin
                assert (m_end || (m_seq == f_due && m_seq != 64'd0 && m_seq <= f_end));
                assert (m_end == (f_due == 64'd0 || f_due > f_end));
            end
        end
    end

    // ---- what induction has to know

    reg              f_we_5 = 1'b0;
    reg [SLOT_W-1:0] f_slot_5;
    always @(posedge clk) begin
        f_we_5   <= we_4 && !rst;
        f_slot_5 <= slot_4;
    end

    wire         f_op_1  = valid_1 || cfg_1;
    wire         f_op_2  = valid_2 || cfg_2;
    wire         f_new_3 = we_3 && slot_3 == f_slot;
    wire         f_new_4 = we_4 && slot_4 == f_slot;
    wire         f_new_5 = f_we_5 && f_slot_5 == f_slot;
    wire [127:0] f_mem   = mem[f_slot];

    always @(*)
        if (f_begun && !rst) begin
            assert (f_packet_1 == (valid_1 && slot_1 == f_slot));
            assert (f_packet_2 == (valid_2 && slot_2 == f_slot));
            assert (f_clear_1 == (cfg_1 && clear_1 && slot_1 == f_slot));
            assert (f_clear_2 == (cfg_2 && clear_2 && slot_2 == f_slot));
            assert (!(valid_1 && cfg_1) && !(valid_2 && cfg_2));
            if (f_packet_1)
                assert (f_len_1 == len_1);
            if (f_packet_2)
                assert (f_len_2 == len_2);
            // which rows are newer than the memory's
            if (f_op_2 && slot_2 == f_slot) begin
                assert (new_3 == f_new_3);
                assert (same_4 == f_new_4);
                assert (same_5 == f_new_5);
            end
            if (f_new_4)
                assert (f_mem == row_4);
            if (f_new_5 && !f_new_4)
                assert (f_mem == row_5);
            if (f_op_1 && slot_1 == f_slot && !f_new_4)
                assert (row_1 == f_mem);
            if (f_op_2 && slot_2 == f_slot && !f_new_4 && !f_new_5)
                assert (row_2 == f_mem);
            if (f_packet_1)
                assert (esn_1 == f_esn);
            if (f_packet_2)
                assert (esn_2 == f_esn && ended_2 == (row_2[127:64] >= f_end));
            // the row is the history
            if (f_live) begin
                assert ((f_new_3 ? row_3 : f_mem) == {f_last, f_bytes});
                assert (f_last <= f_end);
            end
            if (f_new_3)
                assert (ended_3 == (row_3[127:64] >= f_end));
            if (f_new_4)
                assert (ended_4 == (row_4[127:64] >= f_end));
            if (f_new_5)
                assert (ended_5 == (row_5[127:64] >= f_end));
        end

    // The answer to the mailbox
    reg f_query_3;
    reg [127:0] f_row_3;
    always @(posedge clk) begin
        f_query_3 <= cfg_2 && slot_2 == f_slot && f_live && !rst;
        f_row_3   <= {f_last, f_bytes};
    end
    always @(*)
        if (f_begun && !rst && f_query_3)
            assert (cfg_ack && {cfg_seq, cfg_bytes} == f_row_3);
