// SPDX-License-Identifier: Apache-2.0
// Proof of table_memory, included at its end: rd_data is the row as it was written last, the writes of
// the cycle of rd_en among them, until the next read; and no error is seen in a row that was written,
// all lanes of it. One row, chosen freely, is followed. In the proof of a module around a table, this
// shows it a row of its choice (f_row), as it stands.

    (* anyconst *) wire [$clog2(ROWS)-1:0] f_row;
    wire [WIDTH-1:0] f_stands = rows[f_row];

`ifdef TOP_TABLE_MEMORY
    reg [WIDTH-1:0] f_last;                             // the row, as it was written last
    reg [LANES-1:0] f_written = 0;                      // the lanes that were
    reg             f_rd_1 = 1'b0, f_rd_2 = 1'b0;       // a read is on its way,
    reg             f_at_1;                             // of this row
    reg [LANES-1:0] f_known = 0;                        // lanes of it at the output
    reg [WIDTH-1:0] f_read;
    reg             f_good = 1'b0;                      // all of it, at rd_bad
    integer         fl;

    always @(posedge clk) begin
        for (fl = 0; fl < LANES; fl = fl + 1)
            if (wr_en[fl] && wr_row == f_row) begin
                f_written[fl]             <= 1'b1;
                f_last[fl*LANE +: LANE] <= wr_data;
            end
        f_rd_1 <= rd_en;
        f_rd_2 <= f_rd_1;
        if (rd_en)
            f_at_1 <= rd_row == f_row;
        if (f_rd_1) begin
            f_known <= f_at_1 ? f_written : {LANES{1'b0}};
            f_read  <= f_last;
        end
        if (f_rd_2)
            f_good <= &f_known;
    end

    always @(*)
        assert (!f_good || !rd_bad);

    genvar fk, fn;
    generate
        for (fk = 0; fk < LANES; fk = fk + 1) begin : f_lane
            always @(*) begin
                if (f_known[fk])
                    assert (rd_data[fk*LANE +: LANE] == f_read[fk*LANE +: LANE]);
                // what induction has to know
                if (f_written[fk])
                    assert (f_stands[fk*LANE +: LANE] == f_last[fk*LANE +: LANE]);
            end
            for (fn = 0; fn < CHECK / LANES; fn = fn + 1) begin : f_part
                localparam BITS = fn < PARTS - 1 ? 64 : LAST;
                wire [CHECK-1:0] f_parity = rows[f_row] >> WIDTH;

                always @(*) begin
                    if (f_written[fk])
                        assert (f_parity[fk*PARTS+fn] == ^f_stands[fk*LANE+fn*64 +: BITS]);
                    if (f_known[fk])
                        assert (checked.word_parity[fk*PARTS+fn] == ^word[fk*LANE+fn*64 +: BITS]);
                end
            end
        end
    endgenerate
`endif
