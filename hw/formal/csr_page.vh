// SPDX-License-Identifier: Apache-2.0
// Proof of csr_page, included at its end: what the host writes into the mailbox's request (keys among
// it) reads as zero, always.

    reg  f_begun = 1'b0;
    reg  f_req_1, f_req_2, f_req_3;         // the read of such a word, on its way
    wire f_req = rd_addr >= `ESPL_REG_MBOX_REQ && rd_addr < `ESPL_REG_MBOX_REQ + 4 * `ESPL_MBOX_REQ_WORDS;

    always @(posedge clk) begin
        f_begun <= 1'b1;
        f_req_1 <= rd_en && f_req && !rst;
        f_req_2 <= f_req_1 && !rst;
        f_req_3 <= f_req_2 && !rst;
    end

    always @(*)
        if (!f_begun)
            assume (rst);
        else begin
            assert (!f_req_3 || rd_data == 32'd0);
            // what induction has to know
            assert (!f_req_1 || (rd_1 && !rsp_1 && !cnt_1 && !ev_1 && reg_1 == 32'd0));
            assert (!f_req_2 || (rd_2 && !rsp_2 && !cnt_2 && !ev_2 && reg_2 == 32'd0));
        end
