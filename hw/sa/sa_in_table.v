// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    The inbound SAs: what a packet needs of its SA at issue (rd), what is checked after
//             its tag was right (ck), and the powers of H for the core.
// Parameters: SLOT_W (bits of an SA slot).
// Latency:    2 cycles from rd_en, ck_en, and hp_en.
// Throughput: one read a cycle each.
// Life:       while a slot is empty its powers are written; `add` makes the SA valid in one cycle;
//             `retire` lets no new packet in and zeroes key and salt (packets under way carry
//             theirs, and still find their checks); `wipe`, after those have left, zeroes checks
//             and powers. After rst every slot is zeroed.
module sa_in_table #(
    parameter SLOT_W = 10
) (
    input  wire              clk,
    input  wire              rst,
    output wire              swept,

    input  wire              rd_en,
    input  wire [SLOT_W-1:0] rd_slot,
    output wire              rd_ok,
    output wire [31:0]       rd_spi,
    output wire [31:0]       rd_salt,
    output wire [255:0]      rd_key,
    output wire              rd_key256,
    output wire [127:0]      rd_dst,
    output wire              rd_family,
    output wire              rd_esn,
    output wire              rd_gmac,       // text is authenticated, not encrypted

    input  wire              ck_en,
    input  wire [SLOT_W-1:0] ck_slot,
    output wire              ck_ok,
    output wire [6:0]        ck_blocks,     // replay window / 64
    output wire [15:0]       ck_nexthop,
    output wire              ck_transport,
    output wire              ck_ecn_off,    // the inner ECN stays as it is
    output wire              ck_decap_dscp, // the inner DSCP becomes the outer one
    output wire [15:0]       ck_csum_delta,
    output wire [255:0]      ck_limits,     // soft packets, hard packets, soft bytes, hard bytes
    output wire              ck_sel_check,
    output wire              ck_sel_family,
    output wire [127:0]      ck_sel_src,
    output wire [127:0]      ck_sel_dst,
    output wire [7:0]        ck_sel_src_len,
    output wire [7:0]        ck_sel_dst_len,
    output wire [7:0]        ck_sel_proto,
    output wire [15:0]       ck_sel_sport_first,
    output wire [15:0]       ck_sel_sport_last,
    output wire [15:0]       ck_sel_dport_first,
    output wire [15:0]       ck_sel_dport_last,

    input  wire              hp_en,
    input  wire [SLOT_W-1:0] hp_slot,
    output wire [2047:0]     hp_data,

    // From the mailbox
    input  wire              add,
    input  wire              retire,
    input  wire              wipe,
    input  wire [SLOT_W-1:0] slot,
    input  wire [`ESPL_SA_ENTRY_RESERVED*32-1:0] entry,   // word n of a sa_entry in [32n +: 32]
    input  wire              pw_we,
    input  wire [3:0]        pw_idx,
    input  wire [127:0]      pw_power
);

    localparam ROW_W   = 1 + 32 + 1 + 1 + 1 + 128;
    localparam CHECK_W = 256 + 16 + 3 + 1 + 7 + 16 + 1 + 1 + 128 + 128 + 8 + 8 + 8 + 16 + 16 + 16 + 16;

    wire              sweep_en;
    wire [SLOT_W-1:0] sweep_slot;

    table_sweep #(.ROWS(1 << SLOT_W)) sweep (
        .clk(clk), .rst(rst), .sweep_en(sweep_en), .sweep_row(sweep_slot), .swept(swept)
    );

    wire              wr_en   = sweep_en || add || retire;
    wire [SLOT_W-1:0] wr_slot = sweep_en ? sweep_slot : slot;
    wire              live    = add && !sweep_en;

    wire [31:0]  flags = entry[`ESPL_SA_ENTRY_FLAGS*32 +: 32];
    wire [31:0]  route = entry[`ESPL_SA_ENTRY_ROUTE*32 +: 32];
    wire [31:0]  sizes = entry[`ESPL_SA_ENTRY_SIZES*32 +: 32];
    wire [15:0]  window = sizes[`ESPL_SA_ENTRY_SIZES_WINDOW];
    wire [31:0]  sel   = entry[`ESPL_SA_ENTRY_SEL*32 +: 32];
    wire [31:0]  sport = entry[`ESPL_SA_ENTRY_SEL_SPORT*32 +: 32];
    wire [31:0]  dport = entry[`ESPL_SA_ENTRY_SEL_DPORT*32 +: 32];
    wire [255:0] key;
    wire [127:0] dst;
    wire [127:0] sel_src;
    wire [127:0] sel_dst;

    sa_words #(.WORDS(8)) key_words (.words(entry[`ESPL_SA_ENTRY_KEY*32 +: 256]), .number(key));
    sa_words #(.WORDS(4)) dst_words (.words(entry[`ESPL_SA_ENTRY_DST*32 +: 128]), .number(dst));
    sa_words #(.WORDS(4)) sel_src_words (
        .words(entry[`ESPL_SA_ENTRY_SEL_SRC*32 +: 128]), .number(sel_src)
    );
    sa_words #(.WORDS(4)) sel_dst_words (
        .words(entry[`ESPL_SA_ENTRY_SEL_DST*32 +: 128]), .number(sel_dst)
    );

    wire [255:0] limits;

    sa_words #(.WORDS(8)) limit_words (
        .words(entry[`ESPL_SA_ENTRY_SOFT_PACKETS_HI*32 +: 256]), .number(limits)
    );

    wire [3:0]  alg       = flags[`ESPL_SA_ENTRY_FLAGS_ALG];
    wire        key256    = alg == `ESPL_ALG_GCM16_256 || alg == `ESPL_ALG_GMAC_256;
    wire        gmac      = alg == `ESPL_ALG_GMAC_128 || alg == `ESPL_ALG_GMAC_256;
    wire        transport = flags[`ESPL_SA_ENTRY_FLAGS_MODE] == `ESPL_MODE_TRANSPORT;
    wire [31:0] extra     = entry[`ESPL_SA_ENTRY_EXTRA*32 +: 32];

    table_memory #(.WIDTH(ROW_W), .ROWS(1 << SLOT_W)) headers (
        .clk     (clk),
        .wr_en   (wr_en),
        .wr_row  (wr_slot),
        .wr_data (!live ? {ROW_W{1'b0}} :
                  {1'b1, entry[`ESPL_SA_ENTRY_SPI*32 +: 32],
                   flags[`ESPL_SA_ENTRY_FLAGS_OUTER_FAMILY], flags[`ESPL_SA_ENTRY_FLAGS_ESN],
                   gmac, dst}),
        .rd_en   (rd_en),
        .rd_row  (rd_slot),
        .rd_bad  (),
        .rd_data ({rd_ok, rd_spi, rd_family, rd_esn, rd_gmac, rd_dst})
    );

    table_memory #(.WIDTH(32 + 256 + 1), .ROWS(1 << SLOT_W)) keys (
        .clk     (clk),
        .wr_en   (wr_en),
        .wr_row  (wr_slot),
        .wr_data (!live ? 289'd0 : {entry[`ESPL_SA_ENTRY_SALT*32 +: 32], key, key256}),
        .rd_en   (rd_en),
        .rd_row  (rd_slot),
        .rd_bad  (),
        .rd_data ({rd_salt, rd_key, rd_key256})
    );

    table_memory #(.WIDTH(CHECK_W), .ROWS(1 << SLOT_W)) checks (
        .clk     (clk),
        .wr_en   (sweep_en || add || wipe),
        .wr_row  (wr_slot),
        .wr_data (!live ? {CHECK_W{1'b0}} :
                  {limits, extra[`ESPL_SA_ENTRY_EXTRA_CSUM_DELTA], transport,
                   flags[`ESPL_SA_ENTRY_FLAGS_ECN_OFF], flags[`ESPL_SA_ENTRY_FLAGS_DECAP_DSCP],
                   1'b1, window[12:6], route[`ESPL_SA_ENTRY_ROUTE_NEXTHOP],
                   flags[`ESPL_SA_ENTRY_FLAGS_SEL_CHECK], flags[`ESPL_SA_ENTRY_FLAGS_SEL_FAMILY],
                   sel_src, sel_dst,
                   sel[`ESPL_SA_ENTRY_SEL_SRC_LEN], sel[`ESPL_SA_ENTRY_SEL_DST_LEN],
                   sel[`ESPL_SA_ENTRY_SEL_PROTO], sport[`ESPL_SA_ENTRY_SEL_SPORT_FIRST],
                   sport[`ESPL_SA_ENTRY_SEL_SPORT_LAST], dport[`ESPL_SA_ENTRY_SEL_DPORT_FIRST],
                   dport[`ESPL_SA_ENTRY_SEL_DPORT_LAST]}),
        .rd_en   (ck_en),
        .rd_row  (ck_slot),
        .rd_bad  (),
        .rd_data ({ck_limits, ck_csum_delta, ck_transport, ck_ecn_off, ck_decap_dscp,
                   ck_ok, ck_blocks, ck_nexthop, ck_sel_check, ck_sel_family,
                   ck_sel_src, ck_sel_dst, ck_sel_src_len, ck_sel_dst_len,
                   ck_sel_proto, ck_sel_sport_first, ck_sel_sport_last,
                   ck_sel_dport_first, ck_sel_dport_last})
    );

    sa_powers #(.SLOT_W(SLOT_W)) powers (
        .clk      (clk),
        .pw_we    (pw_we),
        .pw_wipe  (sweep_en || wipe),
        .pw_slot  (wr_slot),
        .pw_idx   (pw_idx),
        .pw_power (pw_power),
        .hp_en    (hp_en),
        .hp_slot  (hp_slot),
        .hp_data  (hp_data)
    );

`ifdef PROVE_SA_IN_TABLE
    `include "sa_in_table.vh"
`endif

endmodule

`resetall
