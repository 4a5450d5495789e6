// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    The inbound SAs: what a packet needs of its SA at issue (rd), what is checked after
//             its tag was right (ck), and the powers of H for the core.
// Parameters: SLOT_W (bits of an SA slot).
// Latency:    2 cycles from rd_en, ck_en, and hp_en; 3 to rd_bad, ck_bad and hp_bad.
// Throughput: one read a cycle each.
// Life:       while a slot is empty its powers are written; `add` makes the SA valid in one cycle;
//             `update` changes all but its identity, key and window; `retire` lets no new packet in
//             and zeroes key and salt (packets under way carry theirs, and still find their
//             checks); `wipe`, after those have left, zeroes checks and powers. After rst every
//             slot is zeroed.
// Parity:     rd_bad, ck_bad, hp_bad: the row just read has an error, so its packet must be dropped.
//             The SA is destroyed as by `retire`, and told once (err_valid).
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
    output wire              rd_bad,        // a cycle later

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
    output wire              ck_bad,        // a cycle later

    input  wire              hp_en,
    input  wire [SLOT_W-1:0] hp_slot,
    output wire [2047:0]     hp_data,
    output wire              hp_bad,        // a cycle later

    output wire              err_valid,     // an SA was destroyed
    output wire [SLOT_W-1:0] err_slot,

    // From the mailbox
    input  wire              add,
    input  wire              update,
    input  wire              retire,
    input  wire              wipe,
    input  wire [SLOT_W-1:0] slot,
    input  wire [`ESPL_SA_ENTRY_RESERVED*32-1:0] entry,   // word n of a sa_entry in [32n +: 32]
    input  wire              pw_we,
    input  wire [3:0]        pw_idx,
    input  wire [127:0]      pw_power
);

    localparam KEY_W   = 1 + 32 + 32 + 256 + 1 + 1 + 1;
    localparam CHECK_W = 256 + 16 + 3 + 16 + 1 + 1 + 128 + 128 + 8 + 8 + 8 + 16 + 16 + 16 + 16;

    wire              sweep_en;
    wire [SLOT_W-1:0] sweep_slot;

    table_sweep #(.ROWS(1 << SLOT_W)) sweep (
        .clk(clk), .rst(rst), .sweep_en(sweep_en), .sweep_row(sweep_slot), .swept(swept)
    );

    wire              destroy;
    wire [SLOT_W-1:0] destroy_slot;
    wire              wr_en   = sweep_en || add || retire || destroy;
    wire [SLOT_W-1:0] wr_slot = sweep_en ? sweep_slot : destroy ? destroy_slot : slot;
    wire [SLOT_W-1:0] ck_wr   = sweep_en ? sweep_slot : slot;
    wire              live    = (add || update) && !sweep_en;

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

    wire keys_bad, headers_bad, windows_bad, checks_bad;

    // What an SA is, and what `update` leaves alone
    table_memory #(.WIDTH(KEY_W), .ROWS(1 << SLOT_W), .PARITY(1)) keys (
        .clk     (clk),
        .wr_en   (wr_en),
        .wr_row  (wr_slot),
        .wr_data (!live ? {KEY_W{1'b0}} :
                  {1'b1, entry[`ESPL_SA_ENTRY_SPI*32 +: 32], entry[`ESPL_SA_ENTRY_SALT*32 +: 32],
                   key, key256, gmac, flags[`ESPL_SA_ENTRY_FLAGS_ESN]}),
        .rd_en   (rd_en),
        .rd_row  (rd_slot),
        .rd_data ({rd_ok, rd_spi, rd_salt, rd_key, rd_key256, rd_gmac, rd_esn}),
        .rd_bad  (keys_bad)
    );

    table_memory #(.WIDTH(8), .ROWS(1 << SLOT_W), .PARITY(1)) windows (
        .clk     (clk),
        .wr_en   (sweep_en || add || wipe),
        .wr_row  (ck_wr),
        .wr_data (!live ? 8'd0 : {1'b1, window[12:6]}),
        .rd_en   (ck_en),
        .rd_row  (ck_slot),
        .rd_data ({ck_ok, ck_blocks}),
        .rd_bad  (windows_bad)
    );

    table_memory #(.WIDTH(129), .ROWS(1 << SLOT_W), .PARITY(1)) headers (
        .clk     (clk),
        .wr_en   (wr_en || update),
        .wr_row  (wr_slot),
        .wr_data (!live ? 129'd0 : {flags[`ESPL_SA_ENTRY_FLAGS_OUTER_FAMILY], dst}),
        .rd_en   (rd_en),
        .rd_row  (rd_slot),
        .rd_data ({rd_family, rd_dst}),
        .rd_bad  (headers_bad)
    );

    table_memory #(.WIDTH(CHECK_W), .ROWS(1 << SLOT_W), .PARITY(1)) checks (
        .clk     (clk),
        .wr_en   (sweep_en || add || update || wipe),
        .wr_row  (ck_wr),
        .wr_data (!live ? {CHECK_W{1'b0}} :
                  {limits, extra[`ESPL_SA_ENTRY_EXTRA_CSUM_DELTA], transport,
                   flags[`ESPL_SA_ENTRY_FLAGS_ECN_OFF], flags[`ESPL_SA_ENTRY_FLAGS_DECAP_DSCP],
                   route[`ESPL_SA_ENTRY_ROUTE_NEXTHOP],
                   flags[`ESPL_SA_ENTRY_FLAGS_SEL_CHECK], flags[`ESPL_SA_ENTRY_FLAGS_SEL_FAMILY],
                   sel_src, sel_dst,
                   sel[`ESPL_SA_ENTRY_SEL_SRC_LEN], sel[`ESPL_SA_ENTRY_SEL_DST_LEN],
                   sel[`ESPL_SA_ENTRY_SEL_PROTO], sport[`ESPL_SA_ENTRY_SEL_SPORT_FIRST],
                   sport[`ESPL_SA_ENTRY_SEL_SPORT_LAST], dport[`ESPL_SA_ENTRY_SEL_DPORT_FIRST],
                   dport[`ESPL_SA_ENTRY_SEL_DPORT_LAST]}),
        .rd_en   (ck_en),
        .rd_row  (ck_slot),
        .rd_data ({ck_limits, ck_csum_delta, ck_transport, ck_ecn_off, ck_decap_dscp,
                   ck_nexthop, ck_sel_check, ck_sel_family,
                   ck_sel_src, ck_sel_dst, ck_sel_src_len, ck_sel_dst_len,
                   ck_sel_proto, ck_sel_sport_first, ck_sel_sport_last,
                   ck_sel_dport_first, ck_sel_dport_last}),
        .rd_bad  (checks_bad)
    );

    sa_powers #(.SLOT_W(SLOT_W)) powers (
        .clk      (clk),
        .pw_we    (pw_we),
        .pw_wipe  (sweep_en || wipe),
        .pw_slot  (ck_wr),
        .pw_idx   (pw_idx),
        .pw_power (pw_power),
        .hp_en    (hp_en),
        .hp_slot  (hp_slot),
        .hp_data  (hp_data),
        .hp_bad   (hp_bad)
    );

    // ------------------------------------------------------------ errors

    assign rd_bad = keys_bad || headers_bad;
    assign ck_bad = windows_bad || checks_bad;

    sa_guard #(.SLOT_W(SLOT_W), .READERS(3)) guard (
        .clk(clk), .rst(rst),
        .rd_en({hp_en, ck_en, rd_en}), .rd_slot({hp_slot, ck_slot, rd_slot}),
        .bad({hp_bad, ck_bad, rd_bad}), .lost(1'b0), .lost_slot({SLOT_W{1'b0}}),
        .busy(sweep_en || add || update || retire), .add(add), .add_slot(slot),
        .destroy(destroy), .destroy_slot(destroy_slot), .err_valid(err_valid), .err_slot(err_slot)
    );

`ifdef PROVE_SA_IN_TABLE
    `include "sa_keys.vh"
`endif

endmodule

`resetall
