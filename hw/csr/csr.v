// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    Everything the host writes and reads: the AXI4-Lite page, the mailbox with the
//             derivation of an SA's powers of H, the ports' addresses, the event queue, the
//             counters, and the engine's reset.
// Parameters: sizes of the tables; WINDOW (packets), MAX_FRAME (bytes, without FCS, on plain),
//             CLOCK_KHZ (the datapath's nominal clock), CAP_ALG and CAP_MODE (what the datapath can
//             do: the page's words).
// The tables take `entry`, `row` and a strobe each (hw/csr/csr_mailbox.v); core_rst resets them and
// everything else behind the page, and `swept` says that they are clear again.
module csr #(
    parameter SLOT_W        = 10,
    parameter POLICY_ROWS   = 512,
    parameter EXACT_BUCKETS = 1024,
    parameter NEIGH_BUCKETS = 1024,
    parameter NEXTHOPS      = 1024,
    parameter WINDOW        = 4096,
    parameter MAX_FRAME     = 9018,
    parameter CLOCK_KHZ     = 250000,
    parameter DRAIN         = 1024,
    parameter BYTE_COUNTERS = 10,
    parameter [31:0] CAP_ALG  = 32'd3,
    parameter [31:0] CAP_MODE = 32'h9ed
) (
    input  wire              clk,
    input  wire              rst,
    output wire              core_rst,
    input  wire              swept,
    output wire              ready,

    input  wire [11:0]       s_axil_awaddr,
    input  wire              s_axil_awvalid,
    output wire              s_axil_awready,
    input  wire [31:0]       s_axil_wdata,
    input  wire [3:0]        s_axil_wstrb,
    input  wire              s_axil_wvalid,
    output wire              s_axil_wready,
    output wire [1:0]        s_axil_bresp,
    output wire              s_axil_bvalid,
    input  wire              s_axil_bready,
    input  wire [11:0]       s_axil_araddr,
    input  wire              s_axil_arvalid,
    output wire              s_axil_arready,
    output wire [31:0]       s_axil_rdata,
    output wire [1:0]        s_axil_rresp,
    output wire              s_axil_rvalid,
    input  wire              s_axil_rready,

    output wire [`ESPL_SA_ENTRY_RESERVED*32-1:0] entry,
    output wire [15:0]       row,
    output wire              sa_out_add,
    output wire              sa_out_update,
    output wire              sa_out_retire,
    output wire              sa_out_wipe,
    output wire              sa_out_pw_we,
    output wire              sa_in_add,
    output wire              sa_in_update,
    output wire              sa_in_retire,
    output wire              sa_in_wipe,
    output wire              sa_in_pw_we,
    output wire [3:0]        pw_idx,
    output wire [127:0]      pw_power,
    output wire              policy_set,
    output wire              policy_clear,
    output wire              policy_act,
    input  wire              policy_done,
    output wire              exact_set,
    output wire              exact_act,
    output wire              neigh_we,
    output wire              nexthop_we,
    output wire              row_used,

    output wire [48:0]       plain_mac,    // set, MAC
    output wire [48:0]       cipher_mac,
    output wire [48:0]       engine_mac,

    output wire              out_clear,
    output wire              out_query,
    input  wire              out_ack,
    input  wire [511:0]      out_state,    // of a sa_info, SEQ_HI ([31:0]) to BAD_SELECTOR
    output wire              in_clear,
    output wire              in_query,
    input  wire              in_ack,
    input  wire [511:0]      in_state,

    input  wire              out_ev_valid,    // events
    input  wire [7:0]        out_ev_kind,
    input  wire [15:0]       out_ev_slot,
    input  wire [31:0]       out_ev_spi,
    input  wire [63:0]       out_ev_detail,
    input  wire [2:0]        out_ev_lost,
    input  wire              in_ev_valid,
    input  wire [7:0]        in_ev_kind,
    input  wire [15:0]       in_ev_slot,
    input  wire [31:0]       in_ev_spi,
    input  wire [63:0]       in_ev_detail,
    input  wire [2:0]        in_ev_lost,
    output wire              irq,

    input  wire [`ESPL_CNT_SPAN-1:0]   event_one,
    input  wire [BYTE_COUNTERS*14-1:0] event_len
);

    localparam [31:0] SLOTS    = 1 << SLOT_W;
    localparam [31:0] CAP_SA   = SLOTS << 16 | SLOTS;
    localparam        ETH_HEAD = 18;    // with an 802.1Q tag

    // ------------------------------------------------------------ the page

    wire        wr_en, rd_en;
    wire [9:0]  wr_word, rd_word;
    wire [31:0] wr_data, rd_data;

    csr_axil #(.RD_LATENCY(3)) axil (
        .clk            (clk),
        .rst            (rst),
        .s_axil_awaddr  (s_axil_awaddr),
        .s_axil_awvalid (s_axil_awvalid),
        .s_axil_awready (s_axil_awready),
        .s_axil_wdata   (s_axil_wdata),
        .s_axil_wstrb   (s_axil_wstrb),
        .s_axil_wvalid  (s_axil_wvalid),
        .s_axil_wready  (s_axil_wready),
        .s_axil_bresp   (s_axil_bresp),
        .s_axil_bvalid  (s_axil_bvalid),
        .s_axil_bready  (s_axil_bready),
        .s_axil_araddr  (s_axil_araddr),
        .s_axil_arvalid (s_axil_arvalid),
        .s_axil_arready (s_axil_arready),
        .s_axil_rdata   (s_axil_rdata),
        .s_axil_rresp   (s_axil_rresp),
        .s_axil_rvalid  (s_axil_rvalid),
        .s_axil_rready  (s_axil_rready),
        .wr_en          (wr_en),
        .wr_word        (wr_word),
        .wr_data        (wr_data),
        .rd_en          (rd_en),
        .rd_word        (rd_word),
        .rd_data        (rd_data)
    );

    wire        mailbox_swept, counters_swept;
    wire        doorbell, req_we, busy, changed, rsp_en, cnt_en, ev_we, ev_en, ev_ring;
    wire [7:0]  op, done_reason;
    wire [31:0] index, done_tag, done_detail, rsp_data, cnt_data, ev_data;

    csr_page #(
        .CLOCK_KHZ  (CLOCK_KHZ),
        .CAP_SA     (CAP_SA),
        .CAP_POLICY (EXACT_BUCKETS << 16 | POLICY_ROWS),
        .CAP_NEIGH  (NEXTHOPS << 16 | NEIGH_BUCKETS),
        .CAP_SIZE   (WINDOW << 16 | MAX_FRAME),
        .CAP_ALG    (CAP_ALG),
        .CAP_MODE   (CAP_MODE)
    ) page (
        .clk         (clk),
        .rst         (rst),
        .wr_en       (wr_en),
        .wr_word     (wr_word),
        .wr_data     (wr_data),
        .rd_en       (rd_en),
        .rd_word     (rd_word),
        .rd_data     (rd_data),
        .core_rst    (core_rst),
        .swept       (swept && mailbox_swept && counters_swept),
        .ready       (ready),
        .doorbell    (doorbell),
        .op          (op),
        .index       (index),
        .req_we      (req_we),
        .busy        (busy),
        .done_tag    (done_tag),
        .done_reason (done_reason),
        .done_detail (done_detail),
        .changed     (changed),
        .ev_we       (ev_we),
        .ev_en       (ev_en),
        .ev_ring     (ev_ring),
        .ev_data     (ev_data),
        .rsp_en      (rsp_en),
        .rsp_data    (rsp_data),
        .cnt_en      (cnt_en),
        .cnt_data    (cnt_data)
    );

    csr_events events (
        .clk(clk), .rst(core_rst),
        .out_valid(out_ev_valid), .out_kind(out_ev_kind), .out_slot(out_ev_slot),
        .out_spi(out_ev_spi), .out_detail(out_ev_detail), .out_lost(out_ev_lost),
        .in_valid(in_ev_valid), .in_kind(in_ev_kind), .in_slot(in_ev_slot), .in_spi(in_ev_spi),
        .in_detail(in_ev_detail), .in_lost(in_ev_lost),
        .wr_en(ev_we), .wr_word(wr_word[1:0]), .wr_data(wr_data),
        .rd_en(ev_en), .rd_ring(ev_ring), .rd_word(rd_word[5:0]), .rd_data(ev_data), .irq(irq)
    );

    csr_counters #(.BYTE_COUNTERS(BYTE_COUNTERS)) counters (
        .clk       (clk),
        .rst       (core_rst),
        .swept     (counters_swept),
        .event_one (event_one),
        .event_len (event_len),
        .rd_en     (cnt_en),
        .rd_word   (rd_word[7:0]),
        .rd_data   (cnt_data)
    );

    // ------------------------------------------------------------ the mailbox

    wire        derive_start, derive_done, derive_we, derive_in, port_we;
    wire [48:0] port;

    csr_mailbox #(
        .DRAIN(DRAIN), .SLOT_W(SLOT_W), .POLICY_ROWS(POLICY_ROWS), .EXACT_BUCKETS(EXACT_BUCKETS),
        .NEIGH_BUCKETS(NEIGH_BUCKETS), .NEXTHOPS(NEXTHOPS), .WINDOW(WINDOW),
        .MAX_MTU(MAX_FRAME - ETH_HEAD), .CAP_ALG(CAP_ALG),
        .CAP_MODE(CAP_MODE)
    ) mbox (
        .clk           (clk),
        .rst           (core_rst),
        .ready         (ready),
        .swept         (mailbox_swept),
        .doorbell      (doorbell),
        .tag           (wr_data),
        .op_in         (op),
        .index_in      (index),
        .req_we        (req_we),
        .req_word      (wr_word[5:0]),
        .req_data      (wr_data),
        .rsp_en        (rsp_en),
        .rsp_word      (rd_word[5:0]),
        .rsp_data      (rsp_data),
        .busy          (busy),
        .done_tag      (done_tag),
        .done_reason   (done_reason),
        .done_detail   (done_detail),
        .changed       (changed),
        .entry         (entry),
        .row           (row),
        .sa_out_add    (sa_out_add),
        .sa_out_update (sa_out_update),
        .sa_out_retire (sa_out_retire),
        .sa_out_wipe   (sa_out_wipe),
        .sa_in_add     (sa_in_add),
        .sa_in_update  (sa_in_update),
        .sa_in_retire  (sa_in_retire),
        .sa_in_wipe    (sa_in_wipe),
        .policy_set    (policy_set),
        .policy_clear  (policy_clear),
        .policy_act    (policy_act),
        .policy_done   (policy_done),
        .exact_set     (exact_set),
        .exact_act     (exact_act),
        .neigh_we      (neigh_we),
        .nexthop_we    (nexthop_we),
        .port_we       (port_we),
        .row_used      (row_used),
        .port          (port),
        .derive_start  (derive_start),
        .derive_in     (derive_in),
        .derive_done   (derive_done),
        .out_clear     (out_clear),
        .out_query     (out_query),
        .out_ack       (out_ack),
        .out_state     (out_state),
        .in_clear      (in_clear),
        .in_query      (in_query),
        .in_ack        (in_ack),
        .in_state      (in_state)
    );

    wire [31:0] port_hi = entry[`ESPL_PORT_ENTRY_MAC_HI*32 +: 32];
    wire [31:0] port_lo = entry[`ESPL_PORT_ENTRY_MAC_LO*32 +: 32];

    csr_ports ports (
        .clk      (clk),
        .rst      (core_rst),
        .wr_en    (port_we),
        .wr_port  (row[1:0]),
        .wr_value ({port_hi[16:0], port_lo}),
        .rd_port  (row[1:0]),
        .rd_value (port),
        .plain    (plain_mac),
        .cipher   (cipher_mac),
        .engine   (engine_mac)
    );

    // ------------------------------------------------------------ an SA's powers of H

    wire [255:0] key;
    wire [31:0]  flags = entry[`ESPL_SA_ENTRY_FLAGS*32 +: 32];

    sa_words #(.WORDS(8)) key_words (.words(entry[`ESPL_SA_ENTRY_KEY*32 +: 256]), .number(key));

    gcm_derive derive (
        .clk    (clk),
        .rst    (core_rst),
        .start  (derive_start),
        .key    (key),
        .key256 (flags[`ESPL_SA_ENTRY_FLAGS_ALG] == `ESPL_ALG_GCM16_256
                 || flags[`ESPL_SA_ENTRY_FLAGS_ALG] == `ESPL_ALG_GMAC_256),
        .we     (derive_we),
        .idx    (pw_idx),
        .power  (pw_power),
        .done   (derive_done)
    );

    assign sa_out_pw_we = derive_we && !derive_in;
    assign sa_in_pw_we  = derive_we && derive_in;

endmodule

`resetall
