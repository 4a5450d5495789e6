// SPDX-License-Identifier: Apache-2.0
// Proof of axis_fifo, included at its end: the words come out as they went in, in their order, none
// lost, none invented, none stuck. One word, chosen freely among all that are ever pushed, is
// followed by the number of words before it; what holds for it holds for all.

    (* anyseq *) wire f_pick;
    reg               f_on = 1'b0;      // the chosen word is inside
    reg [AW:0]        f_ahead;          // words before it
    reg [WIDTH-1:0]   f_word;
    reg [1:0]         f_dry = 2'd0;     // cycles with something inside and nothing at the output
    reg               f_begun = 1'b0;

    always @(posedge clk) begin
        f_begun <= 1'b1;
        if (!f_on && f_pick && push) begin
            f_on    <= 1'b1;
            f_ahead <= level - {{AW{1'b0}}, pop};
            f_word  <= s_data;
        end else if (f_on && pop) begin
            f_ahead <= f_ahead - 1'b1;
            f_on    <= f_ahead != 0;
        end
        f_dry <= level != 0 && !m_valid ? f_dry + 2'd1 : 2'd0;
        if (rst) begin
            f_on  <= 1'b0;
            f_dry <= 2'd0;
        end
    end

    always @(*) begin
        if (!f_begun)
            assume (rst);
        else if (!rst) begin
            assert (!f_on || f_ahead < level);
            assert (!(f_on && f_ahead == 0 && m_valid) || m_data == f_word);
            assert (!m_valid || level != 0);
            assert (f_dry != 2'd3);
        end
    end

    // Where the chosen word is: what induction has to know
    wire [AW:0] f_stored = wr_ptr - rd_ptr;
    wire [AW:0] f_front  = {{AW{1'b0}}, out_valid} + {{AW{1'b0}}, fetch_valid};
    wire [AW:0] f_place  = rd_ptr + f_ahead - f_front;

    always @(*)
        if (f_begun && !rst) begin
            assert (f_stored <= DEPTH[AW:0]);
            assert (wr_last == wr_ptr - 1'b1);
            assert (some == (f_stored != 0));
            assert (level == f_stored + f_front);
            assert (level <= DEPTH[AW:0]);
            assert (f_dry != 2'd1 || out_valid || fetch_valid);
            assert (f_dry != 2'd2 || out_valid);
            if (f_on)
                assert (f_word == (f_ahead == 0 && out_valid ? out_data :
                                   f_ahead < f_front ? fetch_data : mem[f_place[AW-1:0]]));
        end
