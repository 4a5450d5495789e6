// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Policies for one destination address each, any protocol and any ports: the cells of
//             the destination (address_cells) whose source prefix the packet is in, and of those in
//             each bank the one with the lowest order. An address may have several cells.
// Parameters: BUCKETS (see address_cells), ORDER (bits of a policy's order), ACTION (bits that can
//             be written alone: what is done, and with which SA).
// Latency:    8 cycles from lk_valid to m_valid.
// Throughput: one lookup a cycle, answers in order.
// Writing:    2 cycles after wr_en or wr_act_en, whole; a cell without wr_used is empty.
module policy_exact #(
    parameter BUCKETS = 1024,
    parameter ORDER   = 64,
    parameter ACTION  = 15
) (
    input  wire                       clk,
    input  wire                       rst,
    output wire                       swept,

    input  wire                       lk_valid,
    input  wire                       lk_family,
    input  wire [127:0]               lk_src,
    input  wire [127:0]               lk_dst,
    output wire                       m_valid,
    output reg  [1:0]                 m_hit,       // a bank each from here on
    output reg  [2*ORDER-1:0]         m_order,
    output reg  [2*ACTION-1:0]        m_action,
    output reg  [2*($clog2(BUCKETS)+3)-1:0] m_cell,
    output wire                       m_bad,       // a parity error where the policy may have been

    input  wire                       wr_en,
    input  wire                       wr_act_en,
    input  wire [$clog2(BUCKETS)+2:0] wr_cell,     // bank, bucket, place
    input  wire                       wr_used,
    input  wire                       wr_family,
    input  wire [127:0]               wr_src,
    input  wire [127:0]               wr_src_mask, // of a prefix
    input  wire [127:0]               wr_dst,
    input  wire [ORDER-1:0]           wr_order,
    input  wire [ACTION-1:0]          wr_action
);

    localparam AW      = $clog2(BUCKETS);
    localparam CELL_W  = AW + 3;
    localparam PAYLOAD = 128 + 16 + 8 + ORDER;

    // ------------------------------------------------------------ writing

    // A prefix as the 16 bytes that are compared whole, and the bits of the byte behind them
    reg          set_1, set_2, act_1, act_2;
    reg [15:0]   whole_1, whole_2;
    reg [127:0]  rest_1;
    reg [7:0]    rest_2;
    integer      w, y;

    always @(posedge clk) begin
        if (wr_en)
            for (w = 0; w < 16; w = w + 1) begin
                whole_1[w]        <= &wr_src_mask[w*8 +: 8];
                rest_1[w*8 +: 8]  <= wr_src_mask[w*8 +: 8] & {8{~&wr_src_mask[w*8 +: 8]}};
            end
        if (set_1) begin
            whole_2 <= whole_1;
            for (y = 0; y < 8; y = y + 1)
                rest_2[y] <= |{rest_1[y], rest_1[8+y], rest_1[16+y], rest_1[24+y], rest_1[32+y],
                               rest_1[40+y], rest_1[48+y], rest_1[56+y], rest_1[64+y], rest_1[72+y],
                               rest_1[80+y], rest_1[88+y], rest_1[96+y], rest_1[104+y],
                               rest_1[112+y], rest_1[120+y]};
        end
        set_1 <= wr_en;
        act_1 <= wr_act_en;
        set_2 <= set_1;
        act_2 <= act_1;
        if (rst) begin
            set_1 <= 1'b0;
            act_1 <= 1'b0;
            set_2 <= 1'b0;
            act_2 <= 1'b0;
        end
    end

    // ------------------------------------------------------------ cycles 1 to 5: the cells

    wire                 found_valid, at_en;
    wire [7:0]           found_hit, found_bad;
    wire [8*PAYLOAD-1:0] found;
    wire [2*AW-1:0]      at_buckets;

    address_cells #(.BUCKETS(BUCKETS), .PAYLOAD(PAYLOAD), .PARITY(1)) cells (
        .clk(clk), .rst(rst), .swept(swept),
        .lk_valid(lk_valid), .lk_family(lk_family), .lk_addr(lk_dst),
        .r_valid(found_valid), .r_hit(found_hit), .r_bad(found_bad), .r_payload(found),
        .at_en(at_en), .at_buckets(at_buckets),
        .wr_en(set_2), .wr_cell(wr_cell), .wr_used(wr_used), .wr_family(wr_family),
        .wr_addr(wr_dst), .wr_payload({wr_src, whole_2, rest_2, wr_order})
    );

    wire [7:0]          act_bad;
    wire [8*ACTION-1:0] act_found;
    reg  [8*ACTION-1:0] acts_5;
    reg                 at_3, at_4;
    reg  [AW-1:0]       sweep_row;          // the same that are cleared in the cells

    genvar n;
    generate
        for (n = 0; n < 8; n = n + 1) begin : place
            localparam [2:0] SELF = n;

            table_memory #(.WIDTH(ACTION), .ROWS(BUCKETS), .PARITY(1)) actions (
                .clk     (clk),
                .wr_en   (!swept || ((set_2 || act_2) && {wr_cell[AW+2], wr_cell[1:0]} == SELF)),
                .wr_row  (swept ? wr_cell[AW+1:2] : sweep_row),
                .wr_data (swept ? wr_action : {ACTION{1'b0}}),
                .rd_en   (at_en),
                .rd_row  (at_buckets[n/4*AW +: AW]),
                .rd_data (act_found[n*ACTION +: ACTION]),
                .rd_bad  (act_bad[n])
            );
        end
    endgenerate

    always @(posedge clk) begin
        if (!swept)
            sweep_row <= sweep_row + 1'b1;
        if (rst)
            sweep_row <= 0;
        at_3 <= at_en;
        at_4 <= at_3;
        if (at_4)
            acts_5 <= act_found;
    end

    // ------------------------------------------------------------ cycles 6 and 7: the source

    wire [127:0] src_5;
    wire         src_valid;
    wire [2*AW-1:0] buckets_7;
    wire         buckets_valid;

    gcm_delay #(.WIDTH(128), .CYCLES(5)) src_beside (
        .clk(clk), .rst(rst), .s_valid(lk_valid), .s_data(lk_src),
        .m_valid(src_valid), .m_data(src_5)
    );
    gcm_delay #(.WIDTH(2 * AW), .CYCLES(5)) buckets_beside (
        .clk(clk), .rst(rst), .s_valid(at_en), .s_data(at_buckets),
        .m_valid(buckets_valid), .m_data(buckets_7)
    );

    reg                  valid_6, valid_7, valid_8;
    reg [7:0]            hit_6, hit_7;
    reg                  bad_6, bad_7, bad_8;
    reg [8*16-1:0]       differ_6;
    reg [8*ORDER-1:0]    order_6, order_7;
    reg [8*ACTION-1:0]   acts_6, acts_7;
    reg [31:0]           under_6, under_7;  // bit 16 b + 4 i + j: cell i of bank b is below cell j
    integer              b, i, j;

    assign m_valid = valid_8;
    assign m_bad   = bad_8;

    always @(posedge clk) begin
        if (found_valid) begin
            for (i = 0; i < 8; i = i + 1)
                order_6[i*ORDER +: ORDER] <= found[i*PAYLOAD +: ORDER];
            for (b = 0; b < 2; b = b + 1)
                for (i = 0; i < 4; i = i + 1)
                    for (j = 0; j < 4; j = j + 1)
                        under_6[16*b+4*i+j] <= found[(4*b+i)*PAYLOAD +: ORDER]
                                             < found[(4*b+j)*PAYLOAD +: ORDER];
            hit_6  <= found_hit;
            acts_6 <= acts_5;
            bad_6  <= |found_bad || |act_bad;
        end
        if (valid_6) begin
            for (i = 0; i < 8; i = i + 1)
                hit_7[i] <= hit_6[i] && differ_6[i*16 +: 16] == 16'd0;
            order_7 <= order_6;
            acts_7  <= acts_6;
            under_7 <= under_6;
            bad_7   <= bad_6;
        end
        valid_6 <= found_valid;
        valid_7 <= valid_6;
        valid_8 <= valid_7;
        if (rst) begin
            valid_6 <= 1'b0;
            valid_7 <= 1'b0;
            valid_8 <= 1'b0;
        end
    end

    // Bit k of a cell: byte k of the source is outside its prefix. The byte behind those that are
    // compared whole has the rest.
    genvar m;
    generate
        for (n = 0; n < 8; n = n + 1) begin : source
            localparam AT = n * PAYLOAD + ORDER;

            for (m = 0; m < 16; m = m + 1) begin : byte_of
                wire ahead = m == 15 || found[AT+8+(m+1)%16];

                always @(posedge clk)
                    if (found_valid)
                        differ_6[n*16+m] <= |((src_5[m*8 +: 8] ^ found[AT+24+m*8 +: 8])
                                              & (found[AT+8+m] ? 8'hff
                                                 : ahead ? found[AT +: 8] : 8'h00));
            end
        end
    endgenerate

    // ------------------------------------------------------------ cycle 8: the first of each bank

    function [3:0] first;       // no other hit is below it, and none before it is its equal
        input [3:0]  hit;
        input [15:0] under;
        integer      k, l;
        begin
            first = hit;
            for (k = 0; k < 4; k = k + 1)
                for (l = 0; l < 4; l = l + 1)
                    if (hit[l] && (under[4*l+k] || (l < k && !under[4*k+l])))
                        first[k] = 1'b0;
        end
    endfunction

    generate
        for (n = 0; n < 2; n = n + 1) begin : bank
            wire [3:0] win = first(hit_7[4*n +: 4], under_7[16*n +: 16]);

            always @(posedge clk)
                if (valid_7) begin
                    m_hit[n] <= |hit_7[4*n +: 4];
                    m_order[n*ORDER +: ORDER] <=
                          (order_7[(4*n+0)*ORDER +: ORDER] & {ORDER{win[0]}})
                        | (order_7[(4*n+1)*ORDER +: ORDER] & {ORDER{win[1]}})
                        | (order_7[(4*n+2)*ORDER +: ORDER] & {ORDER{win[2]}})
                        | (order_7[(4*n+3)*ORDER +: ORDER] & {ORDER{win[3]}});
                    m_action[n*ACTION +: ACTION] <=
                          (acts_7[(4*n+0)*ACTION +: ACTION] & {ACTION{win[0]}})
                        | (acts_7[(4*n+1)*ACTION +: ACTION] & {ACTION{win[1]}})
                        | (acts_7[(4*n+2)*ACTION +: ACTION] & {ACTION{win[2]}})
                        | (acts_7[(4*n+3)*ACTION +: ACTION] & {ACTION{win[3]}});
                    m_cell[n*CELL_W +: CELL_W] <= {n == 1, buckets_7[n*AW +: AW],
                                                   win[2] || win[3], win[1] || win[3]};
                end
        end
    endgenerate

    always @(posedge clk)
        if (valid_7)
            bad_8 <= bad_7;

    wire unused = &{1'b0, src_valid, buckets_valid};

endmodule

`resetall
