// SPDX-License-Identifier: Apache-2.0
// Proof of out_sequence, included at its end: from a slot's clear on, its packets get 1, 2, 3 ... and
// no number twice (RFC 4303 3.3.3), up to SEQ_LAST, or with ESN up to 2^64 - 1; then there are no more,
// until the next clear. A packet is sent exactly when it has a number and lifetime lets it; and lifetime,
// whose answers are free here, is asked right: with the packet's limits and length, the SA's counters
// without the packet in front, and whether that one is counted. What it answers then is proven of it
// (lifetime.vh), so no SA sends more than its hard limits. One slot, chosen freely, is followed from the
// ports; the bytes are those of the packets sent. Given: a slot's s_esn is the same from clear to clear,
// and while a slot is cleared it holds no SA, so that the packet right behind the clear is not sent.

    (* anyconst *) wire [SLOT_W-1:0] f_slot;
    (* anyconst *) wire              f_esn;
    localparam [63:0] F_ENDLESS = 64'hffff_ffff_ffff_ffff;
    wire [63:0] f_end = f_esn ? F_ENDLESS : SEQ_LAST;
    reg        f_begun = 1'b0;

    // The slot's packets and clears, as they come in, two and three cycles later
    reg         f_packet_1, f_packet_2, f_packet_3;
    reg         f_clear_1, f_clear_2, f_clear_3;
    reg         f_ok_3;
    reg [13:0]  f_len_1, f_len_2;

    // What the mailbox may count on: the history since the last clear
    reg        f_live = 1'b0;       // there was one
    reg [63:0] f_last;              // the last number given
    reg [63:0] f_bytes;
    reg [63:0] f_due;               // what the packet at the output has to have

    wire f_no_number = f_last >= f_end;
    wire f_over      = !f_no_number && (hard_packets || hard_bytes);
    wire f_send      = f_packet_2 && s_ok && !f_no_number && !f_over;

    reg  f_sent_3, f_over_3, f_soft_3, f_bytes_3;

    always @(posedge clk) begin
        f_begun    <= 1'b1;
        f_packet_1 <= s_valid && s_slot == f_slot;
        f_packet_2 <= f_packet_1;
        f_packet_3 <= f_packet_2;
        f_clear_1  <= cfg_start && cfg_clear && cfg_slot == f_slot;
        f_clear_2  <= f_clear_1;
        f_clear_3  <= f_clear_2;
        f_ok_3     <= s_ok;
        f_len_1    <= s_len;
        f_len_2    <= f_len_1;
        f_due      <= f_last + 64'd1;
        f_sent_3   <= f_send;
        f_over_3   <= f_over;
        f_soft_3   <= f_send && soft_packets;
        f_bytes_3  <= f_send && soft_bytes;
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
            f_clear_3  <= 1'b0;
        end
    end

    reg f_live_3;                   // as the packet at the output was decided
    always @(posedge clk)
        f_live_3 <= f_live && !rst;

    always @(*) begin
        if (s_valid && s_slot == f_slot)
            assume (s_esn == f_esn);
        if (f_clear_3 && f_packet_2)
            assume (!s_ok);
        if (!f_begun)
            assume (rst);
        else if (!rst && f_packet_3) begin
            assert (m_valid);
            if (f_live_3 && f_ok_3) begin
                assert (m_end || m_over || (m_seq == f_due && m_seq != 64'd0 && m_seq <= f_end));
                assert (m_end == (f_due == 64'd0 || f_due > f_end));
                assert (m_over == f_over_3);
                assert ((m_end || m_over) == !f_sent_3);
                assert (kinds_3[0] == f_soft_3 && kinds_3[1] == f_bytes_3);
            end
        end
    end

    // ---- lifetime is asked right

    always @(*)
        if (f_begun && !rst && f_live) begin
            if (f_packet_1 && !f_clear_2)
                assert (base[ROW_W-1:3] == {f_last, f_bytes});
            if (f_packet_2 && !f_clear_3)
                assert (front == (f_packet_3 && f_sent_3));
        end

    // ---- what induction has to know

    wire             f_op_1  = valid_1 || cfg_1;
    wire             f_op_2  = valid_2 || cfg_2;
    wire             f_new_3 = we_3 && slot_3 == f_slot;
    wire [ROW_W-1:0] f_mem   = mem[f_slot];

    // The row written last, which the memory has from the cycle after on
    reg              f_we_4 = 1'b0;
    reg [SLOT_W-1:0] f_slot_4;
    always @(posedge clk) begin
        f_we_4 <= we_3 && !rst;
        if (we_3)
            f_slot_4 <= slot_3;
    end
    wire             f_new_4 = f_we_4 && f_slot_4 == f_slot;

    wire [ROW_W-1:0] f_row   = f_new_3 ? row_3 : f_mem;     // as all but the undecided left it

    always @(*)
        if (f_begun && !rst) begin
            assert (f_packet_1 == (valid_1 && slot_1 == f_slot));
            assert (f_packet_2 == (valid_2 && slot_2 == f_slot));
            assert (f_clear_1 == (cfg_1 && clear_1 && slot_1 == f_slot));
            assert (f_clear_2 == (cfg_2 && clear_2 && slot_2 == f_slot));
            assert (!(valid_1 && cfg_1) && !(valid_2 && cfg_2));
            assert (!sent_3 || we_3);
            if (f_packet_1)
                assert (f_len_1 == len_1);
            if (f_packet_2)
                assert (f_len_2 == len_2);
            // which rows are newer than the memory's
            if (f_op_1 && slot_1 == f_slot) begin
                assert (near_1 == (f_op_2 && slot_2 == f_slot));
                assert ((far_1 && we_3) == f_new_3);
                assert (past_1 == f_new_4);
            end
            if (f_op_2 && slot_2 == f_slot)
                assert (new_3 == f_new_3);
            if (f_new_4)
                assert (f_mem == row_4);
            if (f_op_1 && slot_1 == f_slot && !f_new_4)
                assert (row_1 == f_mem);
            if (f_op_2 && slot_2 == f_slot && !f_new_3)
                assert (row_2 == f_mem);
            if (f_packet_1)
                assert (esn_1 == f_esn);
            if (f_packet_2) begin
                assert (ended_0 == (row_2[ROW_W-1:67] >= f_end));
                assert (ended_1 == (row_2[ROW_W-1:67] >= f_end - 64'd1));
            end
            // what the packet in front has added: its number, or nothing but that its end was told
            if (f_packet_2 && front) begin
                assert (row_2[ROW_W-1:67] < f_end);
                assert (row_3[ROW_W-1:67] == row_2[ROW_W-1:67] + 64'd1);
            end
            if (f_packet_2 && new_3 && !sent_3 && !f_clear_3)
                assert (row_3[ROW_W-1:3] == row_2[ROW_W-1:3]);
            // the row is the history
            if (f_live) begin
                assert (f_row[ROW_W-1:3] == {f_last, f_bytes});
                assert (f_last <= f_end);
            end
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
