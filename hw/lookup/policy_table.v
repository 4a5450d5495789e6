// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The outbound SPD: rows over family, addresses, protocol and ports (policy_match), and
//             exact policies for one destination each (policy_exact). Of the lowest matching row
//             and the matching cells the one with the lowest order (priority, then serial) says
//             what happens to the packet, and with which SA. A packet whose ports are OPAQUE (RFC
//             4301 4.4.1.1: a fragment without them) meets every row that its ports could have met;
//             r_opaque when the policy compares ports, so that nobody knows whether it is the
//             packet's.
// Parameters: ROWS (a power of two, at least 64), BUCKETS (of exact policies, see address_cells),
//             SLOT_W (bits of an SA slot).
// Latency:    12 cycles from lk_valid to r_valid.
// Throughput: one lookup a cycle, answers in order, also while rows are written.
// Writing:    a row is taken out in one cycle, rewritten in about 520, and put back in one cycle
//             with its action: a packet meets the old row, none, or the new one, never a mixture.
//             A cell is written whole at once. Action and SA change in one cycle by themselves
//             (rekey).
// Parity:     r_bad: the packet must be dropped: a bit of what it met is wrong. A row or cell stays
//             so until the host writes or clears it; the memories of policy_match are copied anew.
module policy_table #(
    parameter ROWS    = 512,
    parameter BUCKETS = 1024,
    parameter SLOT_W  = 10
) (
    input  wire                       clk,
    input  wire                       rst,
    output wire                       swept,

    input  wire                       lk_valid,
    input  wire                       lk_family,
    input  wire [127:0]               lk_src,
    input  wire [127:0]               lk_dst,
    input  wire [7:0]                 lk_proto,
    input  wire [15:0]                lk_sport,
    input  wire [15:0]                lk_dport,
    input  wire                       lk_opaque,  // the ports are not there to be seen
    output reg                        r_valid,
    output reg                        r_hit,
    output reg                        r_opaque,   // it compares ports and the packet shows none
    output reg  [1:0]                 r_action,
    output reg                        r_slot_ok,
    output reg  [SLOT_W-1:0]          r_slot,
    output reg  [31:0]                r_shape,
    output reg  [15:0]                r_row,      // which policy: its row, or 0x8000 + its cell
    output reg  [31:0]                r_serial,
    output wire                       r_bad,
    output wire [1:0]                 r_bad_kind, // event_entry.detail of the TABLE_ERROR

    // From the mailbox: one of the three at a time, held until row_done
    input  wire                       row_set,    // the whole row
    input  wire                       row_clear,  // out of use
    input  wire                       row_act,    // only action and slot
    input  wire [$clog2(ROWS)-1:0]    row,
    output wire                       row_done,   // for one cycle
    // or a cell, in one cycle
    input  wire                       cell_set,
    input  wire                       cell_act,
    input  wire [$clog2(BUCKETS)+2:0] cell_at,
    input  wire                       cell_used,
    input  wire [264:0]               value,      // family, source, destination, protocol
    input  wire [264:0]               mask,
    input  wire [31:0]                sport,      // last, first
    input  wire [31:0]                dport,
    input  wire [63:0]                order,      // priority, serial
    input  wire [1:0]                 action,
    input  wire                       slot_ok,
    input  wire [SLOT_W-1:0]          slot,

    // What decides the size of an SA's packets, written when the SA is: TFC length [31:18], GMAC with
    // ESN [17], transport mode [16], MTU [15:0]
    input  wire                       shape_we,
    input  wire [SLOT_W-1:0]          shape_slot,
    input  wire [31:0]                shape
);

    localparam AW     = $clog2(ROWS);
    localparam CELL_W = $clog2(BUCKETS) + 3;
    localparam ACT_W  = 2 + 1 + SLOT_W;

    // ------------------------------------------------------------ cycles 1 to 7: the row

    wire              hit_valid, hit, hit_bad;
    wire [AW-1:0]     hit_row;
    wire              put_in;
    wire              cells_swept, columns_swept;
    wire [64:0]       rd_info;
    wire [ACT_W-1:0]  rd_action;
    wire              info_bad, act_bad;
    wire              any_ports  = sport == 32'hffff0000 && dport == 32'hffff0000;

    assign swept = cells_swept && columns_swept;

    policy_rows #(.ROWS(ROWS)) rows (
        .clk(clk), .rst(rst), .swept(columns_swept),
        .lk_valid(lk_valid), .lk_family(lk_family), .lk_src(lk_src), .lk_dst(lk_dst),
        .lk_proto(lk_proto), .lk_sport(lk_sport), .lk_dport(lk_dport), .lk_opaque(lk_opaque),
        .m_valid(hit_valid), .m_hit(hit), .m_bad(hit_bad), .m_row(hit_row),
        .row_set(row_set), .row_clear(row_clear), .row_act(row_act), .row(row),
        .value(value), .mask(mask), .sport(sport), .dport(dport),
        .put_in(put_in), .row_done(row_done)
    );

    // Does the row compare ports, and its order: written with the row, not with its action
    table_memory #(.WIDTH(65), .ROWS(ROWS), .PARITY(1)) infos (
        .clk     (clk),
        .wr_en   (put_in),
        .wr_row  (row),
        .wr_data ({!any_ports, order}),
        .rd_en   (hit_valid),
        .rd_row  (hit_row),
        .rd_data (rd_info),
        .rd_bad  (info_bad)
    );

    table_memory #(.WIDTH(ACT_W), .ROWS(ROWS), .PARITY(1)) actions (
        .clk     (clk),
        .wr_en   (put_in || (row_act && row_done)),
        .wr_row  (row),
        .wr_data ({action, slot_ok, slot}),
        .rd_en   (hit_valid),
        .rd_row  (hit_row),
        .rd_data (rd_action),
        .rd_bad  (act_bad)
    );

    // ------------------------------------------------------------ cycles 1 to 8: exact policies

    wire                x_valid, x_bad;
    wire [1:0]          x_hit;
    wire [127:0]        x_order;
    wire [2*ACT_W-1:0]  x_action;
    wire [2*CELL_W-1:0] x_cell;

    policy_exact #(.BUCKETS(BUCKETS), .ORDER(64), .ACTION(ACT_W)) exact (
        .clk(clk), .rst(rst), .swept(cells_swept),
        .lk_valid(lk_valid), .lk_family(lk_family), .lk_src(lk_src), .lk_dst(lk_dst),
        .m_valid(x_valid), .m_hit(x_hit), .m_order(x_order), .m_action(x_action), .m_cell(x_cell),
        .m_bad(x_bad),
        .wr_en(cell_set), .wr_act_en(cell_act), .wr_cell(cell_at), .wr_used(cell_used),
        .wr_family(value[264]), .wr_src(value[263:136]), .wr_src_mask(mask[263:136]),
        .wr_dst(value[135:8]), .wr_order(order), .wr_action({action, slot_ok, slot})
    );

    // ------------------------------------------------------------ cycle 9: which of the three

    wire          row_valid, row_hit, row_bad, row_opaque;
    wire [AW-1:0] row_at;
    wire          opaque;

    gcm_delay #(.WIDTH(AW + 2), .CYCLES(3)) row_beside (
        .clk(clk), .rst(rst), .s_valid(hit_valid), .s_data({hit, hit_bad, hit_row}),
        .m_valid(row_valid), .m_data({row_hit, row_bad, row_at})
    );
    gcm_delay #(.WIDTH(1), .CYCLES(8)) opaque_beside (
        .clk(clk), .rst(rst), .s_valid(lk_valid), .s_data(lk_opaque),
        .m_valid(row_opaque), .m_data(opaque)
    );

    reg              info_valid;            // the row's order and action are here, in cycle 7
    reg              act_addr_valid;
    reg [64:0]       row_info;              // in cycle 8
    reg [ACT_W-1:0]  row_action;

    wire             x_first = x_hit[0] && (!x_hit[1] || x_order[63:0] <= x_order[127:64]);
    wire             by_0    = x_hit[0] && (!row_hit || x_order[63:0] < row_info[63:0]);
    wire             by_1    = x_hit[1] && (!row_hit || x_order[127:64] < row_info[63:0]);
    wire             take_0  = x_first && by_0;
    wire             take_1  = !x_first && by_1;

    reg              c_valid, c_hit, c_opaque, c_bad, c_columns;
    reg [ACT_W-1:0]  c_action;
    reg [15:0]       c_row;
    reg [31:0]       c_serial;

    always @(posedge clk) begin
        act_addr_valid <= hit_valid;
        info_valid     <= act_addr_valid;
        if (info_valid) begin
            row_info   <= rd_info;
            row_action <= rd_action;
        end
        if (x_valid) begin
            c_hit     <= row_hit || |x_hit;
            c_bad     <= row_bad || x_bad || (row_hit && (info_bad || act_bad));
            c_columns <= row_bad;
            c_opaque  <= !take_0 && !take_1 && row_info[64] && opaque;
            c_action  <= take_0 ? x_action[ACT_W-1:0] : take_1 ? x_action[2*ACT_W-1:ACT_W]
                       : row_action;
            c_serial  <= take_0 ? x_order[31:0] : take_1 ? x_order[95:64] : row_info[31:0];
            c_row     <= take_0 ? {1'b1, {(15-CELL_W){1'b0}}, x_cell[CELL_W-1:0]}
                       : take_1 ? {1'b1, {(15-CELL_W){1'b0}}, x_cell[2*CELL_W-1:CELL_W]}
                       : {{(16-AW){1'b0}}, row_at};
        end
        c_valid <= x_valid;
        if (rst) begin
            act_addr_valid <= 1'b0;
            info_valid     <= 1'b0;
            c_valid        <= 1'b0;
        end
    end

    // ------------------------------------------------------------ to cycle 12: the SA's shape

    localparam BESIDE_W = 3 + ACT_W + 16 + 32;

    wire [BESIDE_W-1:0] beside;
    wire                beside_valid, b_columns;
    wire [31:0]         rd_shape;
    wire                shape_bad;
    reg                 bad, columns;

    table_memory #(.WIDTH(32), .ROWS(1 << SLOT_W), .PARITY(1)) shapes (
        .clk     (clk),
        .wr_en   (shape_we),
        .wr_row  (shape_slot),
        .wr_data (shape),
        .rd_en   (c_valid),
        .rd_row  (c_action[SLOT_W-1:0]),
        .rd_data (rd_shape),
        .rd_bad  (shape_bad)
    );

    gcm_delay #(.WIDTH(BESIDE_W + 1), .CYCLES(2)) verdict (
        .clk(clk), .rst(rst), .s_valid(c_valid),
        .s_data({c_columns, c_bad, c_hit, c_opaque, c_action, c_row, c_serial}),
        .m_valid(beside_valid), .m_data({b_columns, beside})
    );

    // An SA that is not there has no shape.
    assign r_bad      = bad || (r_hit && r_slot_ok && shape_bad);
    assign r_bad_kind = columns ? 2'd2 : bad ? 2'd1 : 2'd0;

    always @(posedge clk) begin
        if (beside_valid) begin
            {bad, r_hit, r_opaque, r_action, r_slot_ok, r_slot, r_row, r_serial} <= beside;
            columns <= b_columns;
            r_shape <= rd_shape;
        end
        r_valid <= beside_valid;
        if (rst)
            r_valid <= 1'b0;
    end

    wire unused = &{1'b0, row_valid, row_opaque};

endmodule

`resetall
