// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The outbound SPD: a ternary table over family, addresses, protocol and ports. The
//             lowest matching row says what happens to the packet, and with which SA. A packet
//             whose ports are OPAQUE (RFC 4301 4.4.1.1: a fragment without them) meets every row
//             that its ports could have met; r_opaque when the first of them compares ports, so
//             that nobody knows whether it is the packet's row.
// Parameters: ROWS (a power of two, at least 64), SLOT_W (bits of an SA slot).
// Latency:    9 cycles from lk_valid to r_valid.
// Throughput: one lookup a cycle, answers in order, also while rows are written.
// Writing:    a row is taken out in one cycle, rewritten in about a thousand, and put back in one
//             cycle with its action: a packet meets the old row, none, or the new one, never a
//             mixture. Action and SA of a row change in one cycle by themselves (rekey).
module policy_table #(
    parameter ROWS   = 512,
    parameter SLOT_W = 10
) (
    input  wire                    clk,
    input  wire                    rst,

    input  wire                    lk_valid,
    input  wire                    lk_family,
    input  wire [127:0]            lk_src,
    input  wire [127:0]            lk_dst,
    input  wire [7:0]              lk_proto,
    input  wire [15:0]             lk_sport,
    input  wire [15:0]             lk_dport,
    input  wire                    lk_opaque,  // the ports are not there to be seen
    output reg                     r_valid,
    output reg                     r_hit,
    output reg                     r_opaque,   // the row compares ports and the packet shows none
    output reg  [1:0]              r_action,
    output reg                     r_slot_ok,
    output reg  [SLOT_W-1:0]       r_slot,
    output wire [31:0]             r_shape,

    // From the mailbox: one of the three at a time, held until row_done
    input  wire                    row_set,    // the whole row
    input  wire                    row_clear,  // out of use
    input  wire                    row_act,    // only action and slot
    input  wire [$clog2(ROWS)-1:0] row,
    input  wire [296:0]            value,      // family, source, destination, protocol, ports
    input  wire [296:0]            mask,
    input  wire [1:0]              action,
    input  wire                    slot_ok,
    input  wire [SLOT_W-1:0]       slot,
    output wire                    row_done,   // for one cycle

    // What decides the size of an SA's packets, written when the SA is: TFC length [31:18], GMAC with
    // ESN [17], transport mode [16], MTU [15:0]
    input  wire                    shape_we,
    input  wire [SLOT_W-1:0]       shape_slot,
    input  wire [31:0]             shape
);

    localparam AW      = $clog2(ROWS);
    // The lowest four hold a byte of the ports each, and whether it can be seen: one that can't
    // agrees with every row.
    localparam CHUNKS  = 34;
    localparam PORTS   = 4;
    // From the last write of a memory until every lookup that may have read it before has been
    // judged
    localparam SETTLE  = 8;

    generate
        if (ROWS < 64 || (ROWS & (ROWS - 1)) != 0)
            error_rows_is_not_a_power_of_two_of_at_least_64 stop ();
    endgenerate

    // ------------------------------------------------------------ writing a row

    localparam IDLE = 2'd0, REWRITE = 2'd1, WAIT = 2'd2, ENABLE = 2'd3;

    reg [1:0]        state;
    reg [8:0]        up_addr;
    reg              up_write;     // the second cycle of an address
    reg [3:0]        wait_count;
    reg [CHUNKS-1:0] up_bits;

    wire             up_read = state == REWRITE && !up_write;
    wire             take_out = state == IDLE && (row_set || row_clear);
    wire             write_action = (state == IDLE && row_act) || state == ENABLE;

    assign row_done = (state == IDLE && (row_clear || row_act)) || state == ENABLE;

    wire [CHUNKS*9-1:0] key_value = {5'd0, value[296:32], 1'b0, value[31:24], 1'b0, value[23:16],
                                     1'b0, value[15:8], 1'b0, value[7:0]};
    wire [CHUNKS*9-1:0] key_mask  = {5'd0, mask[296:32], 1'b0, mask[31:24], 1'b0, mask[23:16],
                                     1'b0, mask[15:8], 1'b0, mask[7:0]};

    integer c;

    always @(posedge clk) begin
        case (state)
        IDLE:
            if (row_set)
                state <= REWRITE;
        REWRITE: begin
            up_write <= !up_write;
            if (up_write)
                up_addr <= up_addr + 9'd1;
            if (up_write && &up_addr)
                state <= WAIT;
        end
        WAIT: begin
            wait_count <= wait_count + 4'd1;
            if (wait_count == SETTLE)
                state <= ENABLE;
        end
        default: begin
            state      <= IDLE;
            wait_count <= 4'd0;
        end
        endcase

        if (up_read)
            for (c = 0; c < CHUNKS; c = c + 1)
                up_bits[c] <= ((up_addr ^ key_value[c*9 +: 9]) & key_mask[c*9 +: 9]) == 9'd0
                           || (c < PORTS && !up_addr[8]);

        if (rst) begin
            state      <= IDLE;
            up_addr    <= 9'd0;
            up_write   <= 1'b0;
            wait_count <= 4'd0;
        end
    end

    // ------------------------------------------------------------ finding the row

    wire          hit_valid;
    wire          hit;
    wire [AW-1:0] hit_row;
    wire          seen = !lk_opaque;

    policy_match #(.ROWS(ROWS), .CHUNKS(CHUNKS)) finder (
        .clk      (clk),
        .rst      (rst),
        .lk_valid (lk_valid),
        .lk_key   ({5'd0, lk_family, lk_src, lk_dst, lk_proto,
                    seen, lk_sport[15:8], seen, lk_sport[7:0],
                    seen, lk_dport[15:8], seen, lk_dport[7:0]}),
        .m_valid  (hit_valid),
        .m_hit    (hit),
        .m_row    (hit_row),
        .up_read  (up_read),
        .up_write (up_write),
        .up_addr  (up_addr),
        .up_row   (row),
        .up_bits  (up_bits),
        .put_in   (state == ENABLE),
        .take_out (take_out)
    );

    // Cycles 6 and 7: the row's action; 8 and 9: its SA's MTU
    reg          act_addr_valid, act_valid;
    reg          act_addr_hit, act_hit;

    wire [SLOT_W+2:0] rd_action;

    table_memory #(.WIDTH(SLOT_W + 3), .ROWS(ROWS)) actions (
        .clk     (clk),
        .wr_en   (write_action),
        .wr_row  (row),
        .wr_data ({action, slot_ok, slot}),
        .rd_en   (hit_valid),
        .rd_row  (hit_row),
        .rd_data (rd_action)
    );

    // Does the row compare ports: written with the row, not with its action
    wire rd_ports;

    table_memory #(.WIDTH(1), .ROWS(ROWS)) compares_ports (
        .clk     (clk),
        .wr_en   (state == ENABLE),
        .wr_row  (row),
        .wr_data (mask[31:0] != 32'd0),
        .rd_en   (hit_valid),
        .rd_row  (hit_row),
        .rd_data (rd_ports)
    );

    table_memory #(.WIDTH(32), .ROWS(1 << SLOT_W)) shapes (
        .clk     (clk),
        .wr_en   (shape_we),
        .wr_row  (shape_slot),
        .wr_data (shape),
        .rd_en   (act_valid),
        .rd_row  (rd_action[SLOT_W-1:0]),
        .rd_data (r_shape)
    );

    reg [6:0]        opaque;        // of the lookups of the last 7 cycles, the latest in [0]
    reg              verdict_valid;
    reg              verdict_hit;
    reg              verdict_opaque;
    reg [SLOT_W+2:0] verdict;

    always @(posedge clk) begin
        if (act_valid) begin
            verdict_hit    <= act_hit;
            verdict_opaque <= rd_ports && opaque[6];
            verdict        <= rd_action;
        end
        if (verdict_valid) begin
            r_hit    <= verdict_hit;
            r_opaque <= verdict_opaque;
            {r_action, r_slot_ok, r_slot} <= verdict;
        end
        opaque         <= {opaque[5:0], lk_opaque};
        act_addr_hit   <= hit;
        act_hit        <= act_addr_hit;
        act_addr_valid <= hit_valid;
        act_valid      <= act_addr_valid;
        verdict_valid  <= act_valid;
        r_valid        <= verdict_valid;

        if (rst) begin
            act_addr_valid <= 1'b0;
            act_valid      <= 1'b0;
            verdict_valid  <= 1'b0;
            r_valid        <= 1'b0;
        end
    end

endmodule

`resetall
