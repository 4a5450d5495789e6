// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    The register page: identity and capabilities, control and status, the mailbox's
//             registers and the ways to its words, to the events and to the counters. It also runs the reset of
//             the engine.
// Parameters: values of the page's constant words; RESET_CYCLES (length of core_rst).
// Latency:    a read 3 cycles from rd_en to rd_data.
module csr_page #(
    parameter [31:0] CLOCK_KHZ    = 250000,
    parameter [31:0] CAP_SA       = 0,
    parameter [31:0] CAP_POLICY   = 0,
    parameter [31:0] CAP_NEIGH    = 0,
    parameter [31:0] CAP_SIZE     = 0,
    parameter [31:0] CAP_ALG      = 0,
    parameter [31:0] CAP_MODE     = 0,
    parameter        RESET_CYCLES = 16
) (
    input  wire        clk,
    input  wire        rst,

    input  wire        wr_en,
    input  wire [9:0]  wr_word,
    input  wire [31:0] wr_data,
    input  wire        rd_en,
    input  wire [9:0]  rd_word,
    output reg  [31:0] rd_data,

    // Everything but this page is reset by rst and by CONTROL.reset, and then clears its tables
    output reg         core_rst,
    input  wire        swept,
    output reg         ready,

    output wire        doorbell,
    output reg  [7:0]  op,
    output reg  [31:0] index,
    output wire        req_we,
    input  wire        busy,
    input  wire [31:0] done_tag,
    input  wire [7:0]  done_reason,
    input  wire [31:0] done_detail,
    input  wire        changed,

    output wire        ev_we,        // registers of the event queue
    output wire        ev_en,        // they and the queue itself,
    output wire        ev_ring,      // which this is
    input  wire [31:0] ev_data,
    output wire        rsp_en,
    input  wire [31:0] rsp_data,     // 2 cycles after rsp_en, as the others after theirs
    output wire        cnt_en,
    input  wire [31:0] cnt_data
);

    wire [11:0] wr_addr = {wr_word, 2'b00};
    wire [11:0] rd_addr = {rd_word, 2'b00};

    // ------------------------------------------------------------ reset

    reg [31:0] generation;
    reg [31:0] token;
    reg [31:0] changes;
    reg [4:0]  reset_left;

    wire soft_reset = wr_en && wr_addr == `ESPL_REG_CONTROL && wr_data[`ESPL_CONTROL_RESET];

    always @(posedge clk) begin
        core_rst <= reset_left != 0;
        ready    <= swept && !core_rst && reset_left == 0 && !soft_reset;
        if (reset_left != 0)
            reset_left <= reset_left - 5'd1;
        if (wr_en && wr_addr == `ESPL_REG_TOKEN)
            token <= wr_data;
        if (changed)
            changes <= changes + 32'd1;
        if (soft_reset) begin
            reset_left <= RESET_CYCLES;
            generation <= generation + 32'd1;
            changes    <= changes + 32'd1;
            token      <= 32'd0;
        end
        if (rst) begin
            core_rst   <= 1'b1;
            ready      <= 1'b0;
            reset_left <= RESET_CYCLES;
            generation <= 32'd0;
            changes    <= 32'd0;
            token      <= 32'd0;
        end
    end

    // ------------------------------------------------------------ writes of the mailbox and events

    assign doorbell = wr_en && wr_addr == `ESPL_REG_MBOX_DOORBELL;
    assign req_we   = wr_en && wr_addr >= `ESPL_REG_MBOX_REQ
                   && wr_addr < `ESPL_REG_MBOX_REQ + 4 * `ESPL_MBOX_REQ_WORDS;

    assign ev_we    = wr_en && wr_addr >= `ESPL_REG_EVENT_HEAD
                   && wr_addr <= `ESPL_REG_EVENT_CONTROL;

    always @(posedge clk) begin
        if (wr_en && wr_addr == `ESPL_REG_MBOX_OP)
            op <= wr_data[`ESPL_MBOX_OP_OP];
        if (wr_en && wr_addr == `ESPL_REG_MBOX_INDEX)
            index <= wr_data;
        if (core_rst) begin
            op    <= 8'd0;
            index <= 32'd0;
        end
    end

    // ------------------------------------------------------------ reads

    wire is_rsp = rd_addr >= `ESPL_REG_MBOX_RSP
               && rd_addr < `ESPL_REG_MBOX_RSP + 4 * `ESPL_MBOX_RSP_WORDS;
    wire is_cnt = rd_addr >= `ESPL_REG_COUNTERS
               && rd_addr < `ESPL_REG_COUNTERS + 8 * `ESPL_CNT_SPAN;

    wire is_ring = rd_addr >= `ESPL_REG_EVENTS
                && rd_addr < `ESPL_REG_EVENTS + 4 * `ESPL_EVENTS_WORDS;
    wire is_ev  = is_ring || (rd_addr >= `ESPL_REG_EVENT_HEAD
                              && rd_addr <= `ESPL_REG_EVENT_CONTROL);

    assign rsp_en  = rd_en && is_rsp;
    assign cnt_en  = rd_en && is_cnt;
    assign ev_en   = rd_en && is_ev;
    assign ev_ring = is_ring;

    reg        rd_1, rd_2;
    reg        rsp_1, rsp_2, cnt_1, cnt_2, ev_1, ev_2;
    reg [31:0] reg_1, reg_2;

    always @(posedge clk) begin
        rd_1 <= rd_en;
        rd_2 <= rd_1;
        if (rd_en) begin
            rsp_1 <= is_rsp;
            cnt_1 <= is_cnt;
            ev_1  <= is_ev;
            case (rd_addr)
            `ESPL_REG_MAGIC:       reg_1 <= `ESPL_MAGIC_VALUE;
            `ESPL_REG_VERSION:     reg_1 <= `ESPL_VERSION_VALUE;
            `ESPL_REG_MAP_SUM:     reg_1 <= `ESPL_MAP_SUM_VALUE;
            `ESPL_REG_GENERATION:  reg_1 <= generation;
            `ESPL_REG_TOKEN:       reg_1 <= token;
            `ESPL_REG_CLOCK_KHZ:   reg_1 <= CLOCK_KHZ;
            `ESPL_REG_CHANGES:     reg_1 <= changes;
            `ESPL_REG_CAP_SA:      reg_1 <= CAP_SA;
            `ESPL_REG_CAP_POLICY:  reg_1 <= CAP_POLICY;
            `ESPL_REG_CAP_NEIGH:   reg_1 <= CAP_NEIGH;
            `ESPL_REG_CAP_SIZE:    reg_1 <= CAP_SIZE;
            `ESPL_REG_CAP_ALG:     reg_1 <= CAP_ALG;
            `ESPL_REG_CAP_MODE:    reg_1 <= CAP_MODE;
            `ESPL_REG_STATUS:      reg_1 <= {30'd0, busy, ready};
            `ESPL_REG_MBOX_OP:     reg_1 <= {24'd0, op};
            `ESPL_REG_MBOX_INDEX:  reg_1 <= index;
            `ESPL_REG_MBOX_DONE:   reg_1 <= done_tag;
            `ESPL_REG_MBOX_REASON: reg_1 <= {24'd0, done_reason};
            `ESPL_REG_MBOX_DETAIL: reg_1 <= done_detail;
            default:               reg_1 <= 32'd0;
            endcase
        end
        if (rd_1) begin
            rsp_2 <= rsp_1;
            cnt_2 <= cnt_1;
            ev_2  <= ev_1;
            reg_2 <= reg_1;
        end
        if (rd_2)
            rd_data <= rsp_2 ? rsp_data : cnt_2 ? cnt_data : ev_2 ? ev_data : reg_2;
        if (rst) begin
            rd_1 <= 1'b0;
            rd_2 <= 1'b0;
        end
    end

`ifdef VERILATOR
    // Invariant 5: what the host writes to the mailbox, keys among it, does not come back
    reg req_1, req_2, req_3;
    always @(posedge clk) begin
        req_1 <= rd_en && rd_addr >= `ESPL_REG_MBOX_REQ
              && rd_addr < `ESPL_REG_MBOX_REQ + 4 * `ESPL_MBOX_REQ_WORDS;
        req_2 <= req_1;
        req_3 <= req_2;
        if (!rst && req_3)
            assert (rd_data == 32'd0);
        if (rst)
            {req_1, req_2, req_3} <= 3'd0;
    end
`endif

`ifdef PROVE_CSR_PAGE
    `include "csr_page.vh"
`endif

endmodule

`resetall
