// SPDX-License-Identifier: Apache-2.0
// Proof of sa_powers, included at its end: no bit of a power of H is read of a slot that was wiped and
// not written since.

    (* anyconst *) wire [SLOT_W-1:0] f_slot;
    reg  f_empty = 1'b0;
    reg  f_hp_1 = 1'b0, f_at_1, f_none = 1'b0;  // a read on its way; it found an empty slot

    always @(posedge clk) begin
        if ((pw_wipe || pw_we) && pw_slot == f_slot)
            f_empty <= pw_wipe;
        f_hp_1 <= hp_en;
        if (hp_en)
            f_at_1 <= hp_slot == f_slot;
        if (f_hp_1)
            f_none <= f_at_1 && f_empty;
    end

    // The slot's row, as it stands (table_memory.vh)
    (* hierconn *) wire [SLOT_W-1:0] \powers.f_row ;
    (* hierconn *) wire [2047:0]     \powers.f_stands ;

    always @(*) begin
        assume (\powers.f_row == f_slot);
        assert (!f_none || hp_data == 2048'd0);
        assert (!f_empty || \powers.f_stands [2047:0] == 2048'd0);      // what induction has to know
    end
