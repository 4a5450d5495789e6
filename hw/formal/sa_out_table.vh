// SPDX-License-Identifier: Apache-2.0
// Proof of sa_out_table, included at its end: no bit of a key, a salt or a power of H is readable in a slot
// that is empty: swept and not added to since, or retired (key, salt) and wiped (powers).

    (* anyconst *) wire [SLOT_W-1:0] f_slot;
    reg        f_begun = 1'b0;
    reg        f_no_key = 1'b0, f_no_power = 1'b0;  // as of the last write to the slot
    reg        f_rd_1 = 1'b0, f_rd_2 = 1'b0, f_hp_1 = 1'b0, f_hp_2 = 1'b0;

    always @(posedge clk) begin
        f_begun <= 1'b1;
        if (wr_en && wr_slot == f_slot)
            f_no_key <= !live;
        if ((sweep_en || wipe) && wr_slot == f_slot)
            f_no_power <= 1'b1;
        else if (pw_we && wr_slot == f_slot)
            f_no_power <= 1'b0;
        f_rd_1 <= rd_en ? rd_slot == f_slot && f_no_key && !(add && slot == f_slot) : 1'b0;
        f_rd_2 <= f_rd_1 && !(add && slot == f_slot);
        f_hp_1 <= hp_en ? hp_slot == f_slot && f_no_power && !(pw_we && slot == f_slot) : 1'b0;
        f_hp_2 <= f_hp_1 && !(pw_we && slot == f_slot);
        if (rst) begin
            f_no_key   <= 1'b0;
            f_no_power <= 1'b0;
        end
    end

    always @(*)
        if (!f_begun)
            assume (rst);
        else begin
            if (f_rd_2)
                assert (!rd_ok && rd_key == 256'd0 && rd_salt == 32'd0 && !rd_key256);
            if (f_hp_2)
                assert (hp_data == 2048'd0);
        end
