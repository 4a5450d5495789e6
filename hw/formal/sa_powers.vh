// SPDX-License-Identifier: Apache-2.0
// Proof of sa_powers, included at its end: no bit of a power of H is read of a slot that was wiped and
// not written since.

    (* anyconst *) wire [SLOT_W-1:0] f_slot;
    reg  f_empty = 1'b0;
    reg  f_hp_1 = 1'b0, f_hp_2 = 1'b0;          // a read of it, on its way
    wire f_fill = pw_we && !pw_wipe && pw_slot == f_slot;

    always @(posedge clk) begin
        if ((pw_wipe || pw_we) && pw_slot == f_slot)
            f_empty <= pw_wipe || (f_empty && !pw_we);
        f_hp_1 <= hp_en && hp_slot == f_slot && f_empty && !f_fill;
        f_hp_2 <= f_hp_1 && !f_fill;
    end

    always @(*)
        if (f_hp_2)
            assert (hp_data == 2048'd0);
