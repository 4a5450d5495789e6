// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    The outbound SAs: what a packet needs of its SA at issue, and the powers of H for the
//             core.
// Parameters: SLOT_W (bits of an SA slot).
// Latency:    2 cycles from rd_en, and from hp_en; 3 to rd_bad and hp_bad.
// Throughput: one read a cycle each.
// Life:       while a slot is empty its powers are written; `add` makes the SA valid in one cycle;
//             `update` changes all but its identity and key; `retire` makes it invalid and zeroes
//             its key and salt (packets under way carry theirs); `wipe`, after those have left,
//             zeroes the powers. After rst every slot is zeroed.
// Parity:     rd_bad, hp_bad: the row just read has an error, so its packet must not be sent. The
//             SA is destroyed as by `retire`, and told once (err_valid); so it is for `lost`, an
//             error that others have seen.
module sa_out_table #(
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
    output wire [127:0]      rd_src,
    output wire [127:0]      rd_dst,
    output wire              rd_family,
    output wire              rd_esn,
    output wire              rd_encap,
    output wire [15:0]       rd_sport,
    output wire [15:0]       rd_dport,
    output wire [15:0]       rd_nexthop,
    output wire [7:0]        rd_ttl,
    output wire [10:0]       rd_outer,   // the flags from dscp to flow_zero
    output wire              rd_transport,
    output wire              rd_gmac,    // text is authenticated, not encrypted
    output wire [255:0]      rd_limits,  // soft packets, hard packets, soft bytes, hard bytes; 0: none
    output wire              rd_bad,     // a cycle later

    input  wire              hp_en,
    input  wire [SLOT_W-1:0] hp_slot,
    output wire [2047:0]     hp_data,
    output wire              hp_bad,     // a cycle later

    input  wire              lost,       // what belongs to this SA elsewhere has an error
    input  wire [SLOT_W-1:0] lost_slot,
    output wire              err_valid,  // an SA was destroyed
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

    localparam KEY_W = 1 + 32 + 32 + 256 + 1 + 1 + 1;
    localparam ROW_W = 1 + 1 + 128 + 128 + 16 + 16 + 16 + 8 + 1 + 11;

    wire              sweep_en;
    wire [SLOT_W-1:0] sweep_slot;

    table_sweep #(.ROWS(1 << SLOT_W)) sweep (
        .clk(clk), .rst(rst), .sweep_en(sweep_en), .sweep_row(sweep_slot), .swept(swept)
    );

    wire              destroy;
    wire [SLOT_W-1:0] destroy_slot;
    wire              wr_en   = sweep_en || add || retire || destroy;
    wire [SLOT_W-1:0] wr_slot = sweep_en ? sweep_slot : destroy ? destroy_slot : slot;
    wire              live    = (add || update) && !sweep_en;

    wire [31:0]  flags  = entry[`ESPL_SA_ENTRY_FLAGS*32 +: 32];
    wire [31:0]  encap  = entry[`ESPL_SA_ENTRY_ENCAP*32 +: 32];
    wire [31:0]  route  = entry[`ESPL_SA_ENTRY_ROUTE*32 +: 32];
    wire [255:0] key;
    wire [127:0] src;
    wire [127:0] dst;

    sa_words #(.WORDS(8)) key_words (.words(entry[`ESPL_SA_ENTRY_KEY*32 +: 256]), .number(key));
    sa_words #(.WORDS(4)) src_words (.words(entry[`ESPL_SA_ENTRY_SRC*32 +: 128]), .number(src));
    sa_words #(.WORDS(4)) dst_words (.words(entry[`ESPL_SA_ENTRY_DST*32 +: 128]), .number(dst));

    wire [3:0] alg       = flags[`ESPL_SA_ENTRY_FLAGS_ALG];
    wire       key256    = alg == `ESPL_ALG_GCM16_256 || alg == `ESPL_ALG_GMAC_256;
    wire       gmac      = alg == `ESPL_ALG_GMAC_128 || alg == `ESPL_ALG_GMAC_256;
    wire       transport = flags[`ESPL_SA_ENTRY_FLAGS_MODE] == `ESPL_MODE_TRANSPORT;

    // What an SA is, and what `update` leaves alone
    wire keys_bad, headers_bad, limits_bad;

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

    table_memory #(.WIDTH(ROW_W), .ROWS(1 << SLOT_W), .PARITY(1)) headers (
        .clk     (clk),
        .wr_en   (wr_en || update),
        .wr_row  (wr_slot),
        .wr_data (!live ? {ROW_W{1'b0}} :
                  {flags[`ESPL_SA_ENTRY_FLAGS_OUTER_FAMILY], flags[`ESPL_SA_ENTRY_FLAGS_ENCAP],
                   src, dst, encap[`ESPL_SA_ENTRY_ENCAP_SPORT], encap[`ESPL_SA_ENTRY_ENCAP_DPORT],
                   route[`ESPL_SA_ENTRY_ROUTE_NEXTHOP], route[`ESPL_SA_ENTRY_ROUTE_TTL], transport,
                   flags[`ESPL_SA_ENTRY_FLAGS_FLOW_ZERO], flags[`ESPL_SA_ENTRY_FLAGS_ECN_OFF],
                   flags[`ESPL_SA_ENTRY_FLAGS_DF_SET], flags[`ESPL_SA_ENTRY_FLAGS_DF],
                   flags[`ESPL_SA_ENTRY_FLAGS_DSCP_SET], flags[`ESPL_SA_ENTRY_FLAGS_DSCP]}),
        .rd_en   (rd_en),
        .rd_row  (rd_slot),
        .rd_data ({rd_family, rd_encap, rd_src, rd_dst, rd_sport, rd_dport, rd_nexthop, rd_ttl,
                   rd_transport, rd_outer}),
        .rd_bad  (headers_bad)
    );

    wire [255:0] limits;

    sa_words #(.WORDS(8)) limit_words (
        .words(entry[`ESPL_SA_ENTRY_SOFT_PACKETS_HI*32 +: 256]), .number(limits)
    );

    table_memory #(.WIDTH(256), .ROWS(1 << SLOT_W), .PARITY(1)) lifetimes (
        .clk     (clk),
        .wr_en   (wr_en || update),
        .wr_row  (wr_slot),
        .wr_data (!live ? 256'd0 : limits),
        .rd_en   (rd_en),
        .rd_row  (rd_slot),
        .rd_data (rd_limits),
        .rd_bad  (limits_bad)
    );

    sa_powers #(.SLOT_W(SLOT_W)) powers (
        .clk      (clk),
        .pw_we    (pw_we),
        .pw_wipe  (sweep_en || wipe),
        .pw_slot  (sweep_en ? sweep_slot : slot),
        .pw_idx   (pw_idx),
        .pw_power (pw_power),
        .hp_en    (hp_en),
        .hp_slot  (hp_slot),
        .hp_data  (hp_data),
        .hp_bad   (hp_bad)
    );

    // ------------------------------------------------------------ errors

    assign rd_bad = keys_bad || headers_bad || limits_bad;

    sa_guard #(.SLOT_W(SLOT_W), .READERS(2)) guard (
        .clk(clk), .rst(rst),
        .rd_en({hp_en, rd_en}), .rd_slot({hp_slot, rd_slot}),
        .bad({hp_bad, rd_bad}), .lost(lost), .lost_slot(lost_slot),
        .busy(sweep_en || add || update || retire), .add(add), .add_slot(slot),
        .destroy(destroy), .destroy_slot(destroy_slot), .err_valid(err_valid), .err_slot(err_slot)
    );

`ifdef PROVE_SA_OUT_TABLE
    `include "sa_keys.vh"
`endif

endmodule

`resetall
