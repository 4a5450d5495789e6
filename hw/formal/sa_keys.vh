// SPDX-License-Identifier: Apache-2.0
// Proof of sa_in_table and sa_out_table, included at their ends: of a slot that is empty no bit of the row
// of its key is read: not of key, salt or SPI. A slot is empty from its sweep after a reset, its
// retire, or its loss to a parity error on, until `add`. Given: the mailbox asks for one thing a cycle.

    (* anyconst *) wire [SLOT_W-1:0] f_slot;
    reg  f_begun = 1'b0;
    reg  f_empty, f_full;                       // neither: not swept yet
    reg  f_rd_1 = 1'b0, f_at_1, f_none = 1'b0;  // a read on its way; it found an empty slot
    wire f_gone  = (sweep_en && sweep_slot == f_slot) || (!sweep_en && retire && slot == f_slot)
                   || (destroy && destroy_slot == f_slot);
    wire f_fill  = !sweep_en && add && slot == f_slot;

    always @(posedge clk) begin
        f_begun <= 1'b1;
        if (f_gone || f_fill) begin
            f_empty <= f_gone;
            f_full  <= f_fill;
        end
        f_rd_1 <= rd_en;
        if (rd_en)
            f_at_1 <= rd_slot == f_slot;
        if (f_rd_1)
            f_none <= f_at_1 && f_empty;
        if (rst) begin
            f_empty <= 1'b0;
            f_full  <= 1'b0;
        end
    end

    // The slot's row, as it stands (table_memory.vh)
    (* hierconn *) wire [SLOT_W-1:0] \keys.f_row ;
    (* hierconn *) wire [KEY_W-1:0]  \keys.f_stands ;

    always @(*) begin
        assume (\keys.f_row == f_slot);
        assume ({1'b0, add} + {1'b0, update} + {1'b0, retire} <= 2'd1);
        if (!f_begun)
            assume (rst);
        else begin
            if (f_none)
                assert ({rd_ok, rd_spi, rd_salt, rd_key, rd_key256, rd_gmac, rd_esn} == 0);
            if (!rst) begin
                assert (!swept || f_empty || f_full);
                assert (!(err_valid && err_slot == f_slot) || f_empty);
                // what induction has to know
                assert (!(f_empty && f_full));
                assert (!f_empty || \keys.f_stands [KEY_W-1:0] == 0);
                assert (sweep_en && sweep_slot <= f_slot || f_empty || f_full);
            end
        end
    end
