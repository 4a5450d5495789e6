// SPDX-License-Identifier: Apache-2.0
// Proof of sa_in_table, included at its end: no bit of a key or salt is read of a slot that is empty: swept
// or retired, and not added to since.

    (* anyconst *) wire [SLOT_W-1:0] f_slot;
    reg  f_begun = 1'b0;
    reg  f_empty = 1'b0;                        // as of the last write to the slot
    reg  f_rd_1 = 1'b0, f_rd_2 = 1'b0;          // a read of it, on its way
    wire f_fill  = wr_en && live && wr_slot == f_slot;

    always @(posedge clk) begin
        f_begun <= 1'b1;
        if (wr_en && wr_slot == f_slot)
            f_empty <= !live;
        f_rd_1 <= rd_en && rd_slot == f_slot && f_empty && !f_fill;
        f_rd_2 <= f_rd_1 && !f_fill;
        if (rst)
            f_empty <= 1'b0;
    end

    always @(*)
        if (!f_begun)
            assume (rst);
        else if (f_rd_2)
            assert (!rd_ok && rd_key == 256'd0 && rd_salt == 32'd0 && !rd_key256);
