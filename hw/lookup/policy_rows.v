// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Writes the rows of policy_match: clears its columns after a reset, rewrites one row,
//             and copies all columns anew when a lookup has met a parity error in them. What a row
//             compares becomes a bit a column here.
// Parameters: ROWS (a power of two, at least 64).
// Latency:    of a lookup 5 cycles; of a row 520, of the rest 8 * ROWS.
module policy_rows #(
    parameter ROWS = 512
) (
    input  wire                    clk,
    input  wire                    rst,
    output reg                     swept,

    input  wire                    lk_valid,
    input  wire                    lk_family,
    input  wire [127:0]            lk_src,
    input  wire [127:0]            lk_dst,
    input  wire [7:0]              lk_proto,
    input  wire [15:0]             lk_sport,
    input  wire [15:0]             lk_dport,
    input  wire                    lk_opaque,
    output wire                    m_valid,
    output wire                    m_hit,
    output wire                    m_bad,
    output wire [$clog2(ROWS)-1:0] m_row,

    input  wire                    row_set,    // one of the three at a time, held until row_done
    input  wire                    row_clear,
    input  wire                    row_act,    // not done here: only told when
    input  wire [$clog2(ROWS)-1:0] row,
    input  wire [264:0]            value,      // family, source, destination, protocol
    input  wire [264:0]            mask,
    input  wire [31:0]             sport,      // last, first
    input  wire [31:0]             dport,
    output wire                    put_in,     // the row takes part from now on: its rest is due
    output wire                    row_done    // for one cycle
);

    localparam AW      = $clog2(ROWS);
    localparam CHUNKS  = 30;
    localparam COLUMNS = CHUNKS + 8;
    // From the last write of a memory until every lookup that may have read it before has been
    // judged
    localparam SETTLE  = 9;

    generate
        if (ROWS < 64 || (ROWS & (ROWS - 1)) != 0)
            error_rows_is_not_a_power_of_two_of_at_least_64 stop ();
    endgenerate

    // ------------------------------------------------------------ the walk over the addresses

    localparam CLEAR = 3'd0, IDLE = 3'd1, ROW = 3'd2, WAIT = 3'd3, ENABLE = 3'd4, HEAL = 3'd5;

    reg  [2:0]         state;
    reg  [AW+2:0]      walk;           // 64 rows, then their address
    reg  [3:0]         wait_count;
    reg                heal;           // is due
    reg                write, write_clear, write_keep;
    reg  [COLUMNS-1:0] bits;

    wire read = state == CLEAR || state == HEAL || state == ROW;

    assign put_in   = state == ENABLE;
    assign row_done = (state == IDLE && (row_clear || row_act)) || state == ENABLE;

    always @(posedge clk) begin
        case (state)
        CLEAR, HEAL: begin
            walk <= walk + 1'b1;
            if (&walk)
                state <= IDLE;
        end
        IDLE:
            if (row_set)
                state <= ROW;
            else if (heal && !row_clear && !row_act)
                state <= HEAL;
        ROW: begin
            walk[8:0] <= walk[8:0] + 9'd1;
            if (&walk[8:0])
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

        heal        <= (heal && state != HEAL) || (m_valid && m_bad);
        swept       <= swept || state == IDLE;
        write       <= read;
        write_clear <= state == CLEAR;
        write_keep  <= state == HEAL;

        if (rst) begin
            state      <= CLEAR;
            walk       <= 0;
            wait_count <= 4'd0;
            heal       <= 1'b0;
            swept      <= 1'b0;
            write      <= 1'b0;
        end
    end

    // ------------------------------------------------------------ what a row says at an address

    wire [CHUNKS*9-1:0] key_value = {5'd0, value};
    wire [CHUNKS*9-1:0] key_mask  = {5'd0, mask};

    // H1 H0 of a port's high byte, with "it is seen" above it (policy_match)
    function [1:0] high_byte;
        input [8:0] at;
        input [7:0] first;
        input [7:0] last;
        reg         between;
        begin
            between      = !at[8] || (at[7:0] > first && at[7:0] < last);
            high_byte[0] = between || at[7:0] == first;
            high_byte[1] = between || (at[7:0] == last && first != last);
        end
    endfunction

    function [1:0] low_byte;        // LE, GE; where both ends have one high byte, GE is both
        input [7:0]  at;
        input [31:0] range;
        begin
            low_byte[1] = at <= range[23:16];
            low_byte[0] = at >= range[7:0] && (low_byte[1] || range[15:8] != range[31:24]);
        end
    endfunction

    wire [1:0] s_high = high_byte(walk[8:0], sport[15:8], sport[31:24]);
    wire [1:0] s_low  = low_byte(walk[7:0], sport);
    wire [1:0] d_high = high_byte(walk[8:0], dport[15:8], dport[31:24]);
    wire [1:0] d_low  = low_byte(walk[7:0], dport);
    integer    c;

    always @(posedge clk)
        if (state == ROW) begin
            for (c = 0; c < CHUNKS; c = c + 1)
                bits[c] <= ((walk[8:0] ^ key_value[c*9 +: 9]) & key_mask[c*9 +: 9]) == 9'd0;
            // of each port: H1, H0, GE, LE
            bits[CHUNKS +: 4]     <= {s_low[1], s_low[0], s_high[0], s_high[1]};
            bits[CHUNKS + 4 +: 4] <= {d_low[1], d_low[0], d_high[0], d_high[1]};
        end

    // ------------------------------------------------------------ finding the row

    wire        seen  = !lk_opaque;
    wire [AW-7:0] group = state == ROW ? row[AW-1:6] : walk[AW+2:9];

    policy_match #(.ROWS(ROWS), .CHUNKS(CHUNKS), .PORTS(2)) finder (
        .clk      (clk),
        .rst      (rst),
        .lk_valid (lk_valid),
        .lk_key   ({1'b0, lk_dport[7:0], seen, lk_dport[15:8],
                    1'b0, lk_sport[7:0], seen, lk_sport[15:8],
                    5'd0, lk_family, lk_src, lk_dst, lk_proto}),
        .m_valid  (m_valid),
        .m_hit    (m_hit),
        .m_bad    (m_bad),
        .m_row    (m_row),
        .up_read  (read),
        .up_addr  (walk[8:0]),
        .up_group (group),
        .up_write (write),
        .up_clear (write_clear),
        .up_keep  (write_keep),
        .up_row   (row[5:0]),
        .up_bits  (bits),
        .row      (row),
        .put_in   (put_in),
        .take_out (state == IDLE && (row_set || row_clear))
    );

endmodule

`resetall
