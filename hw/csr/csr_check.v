// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    Judges an operation of the mailbox before anything is changed: every field, with a
//             reason code for each that is refused and the number that helps to understand it.
// Parameters: sizes of the tables; WINDOW (packets of the largest replay window), MAX_MTU (bytes of
//             the largest inner packet), CAP_ALG and CAP_MODE (the page's words).
// Latency:    2 cycles from `check`: what is wrong, then which of it is told.
module csr_check #(
    parameter        SLOT_W        = 10,
    parameter        POLICY_ROWS   = 512,
    parameter        EXACT_BUCKETS = 1024,
    parameter        NEIGH_BUCKETS = 1024,
    parameter        NEXTHOPS      = 1024,
    parameter        WINDOW        = 4096,
    parameter        MAX_MTU       = 9000,
    parameter [31:0] CAP_ALG       = 3,
    parameter [31:0] CAP_MODE      = 13
) (
    input  wire          clk,

    input  wire          check,
    input  wire          ready,
    input  wire [7:0]    op,
    input  wire [31:0]   index,
    input  wire [`ESPL_SA_ENTRY_RESERVED*32-1:0] entry,  // word n in [32n +: 32]
    input  wire          reserved_hit,   // a reserved bit is set, in the word
    input  wire [5:0]    reserved_word,
    input  wire          used,           // the row that index names
    input  wire [31:0]   used_spi,       // its SPI, for the SA tables

    output reg  [7:0]    reason,
    output reg  [31:0]   detail
);

    localparam [31:0] SLOTS = 1 << SLOT_W;

    // ------------------------------------------------------------ which operation

    wire known_get  = op == `ESPL_OP_SA_OUT_GET || op == `ESPL_OP_SA_IN_GET
                   || op == `ESPL_OP_POLICY_GET || op == `ESPL_OP_NEIGH_GET
                   || op == `ESPL_OP_NEXTHOP_GET || op == `ESPL_OP_PORT_GET
                   || op == `ESPL_OP_EXACT_GET;
    wire known_next = op == `ESPL_OP_SA_OUT_NEXT || op == `ESPL_OP_SA_IN_NEXT
                   || op == `ESPL_OP_POLICY_NEXT || op == `ESPL_OP_NEIGH_NEXT
                   || op == `ESPL_OP_NEXTHOP_NEXT || op == `ESPL_OP_EXACT_NEXT;
    wire sa_out_add = op == `ESPL_OP_SA_OUT_ADD;
    wire sa_in_add  = op == `ESPL_OP_SA_IN_ADD;
    wire sa_add     = sa_out_add || sa_in_add;
    wire sa_del     = op == `ESPL_OP_SA_OUT_DEL || op == `ESPL_OP_SA_IN_DEL;
    wire sa_get     = op == `ESPL_OP_SA_OUT_GET || op == `ESPL_OP_SA_IN_GET;
    wire exact_set  = op == `ESPL_OP_EXACT_SET;
    wire policy_set = op == `ESPL_OP_POLICY_SET || exact_set;
    wire policy_act = op == `ESPL_OP_POLICY_ACTION || op == `ESPL_OP_EXACT_ACTION;
    wire neigh_set  = op == `ESPL_OP_NEIGH_SET;
    wire hop_set    = op == `ESPL_OP_NEXTHOP_SET;
    wire port_set   = op == `ESPL_OP_PORT_SET;
    wire known = op == `ESPL_OP_NOP || known_get || known_next || sa_add || sa_del || policy_set
              || policy_act || op == `ESPL_OP_POLICY_CLEAR || op == `ESPL_OP_EXACT_CLEAR
              || neigh_set || op == `ESPL_OP_NEIGH_CLEAR
              || hop_set || op == `ESPL_OP_NEXTHOP_CLEAR || port_set;

    reg [31:0] rows;    // of the table that the operation works on

    always @(*) begin
        case (op[7:4])
        4'h1:    rows = SLOTS;
        4'h2:    rows = POLICY_ROWS;
        4'h3:    rows = 8 * NEIGH_BUCKETS;
        4'h6:    rows = 8 * EXACT_BUCKETS;
        4'h4:    rows = NEXTHOPS;
        default: rows = 3;
        endcase
    end

    // A listing asks from a row on, so the number of rows is a good question too.
    wire bad_index = op != `ESPL_OP_NOP && !known_next
                  && (index >= rows
                      || (index == 0 && (hop_set || op == `ESPL_OP_NEXTHOP_CLEAR)));

    // ------------------------------------------------------------ fields of a sa_entry

    wire [31:0]  flags    = entry[`ESPL_SA_ENTRY_FLAGS*32 +: 32];
    wire [31:0]  spi      = entry[`ESPL_SA_ENTRY_SPI*32 +: 32];
    wire [127:0] key_rest = entry[(`ESPL_SA_ENTRY_KEY+4)*32 +: 128];
    wire [127:0] src      = entry[`ESPL_SA_ENTRY_SRC*32 +: 128];
    wire [127:0] dst      = entry[`ESPL_SA_ENTRY_DST*32 +: 128];
    wire [31:0]  udp      = entry[`ESPL_SA_ENTRY_ENCAP*32 +: 32];
    wire [31:0]  route    = entry[`ESPL_SA_ENTRY_ROUTE*32 +: 32];
    wire [31:0]  sizes    = entry[`ESPL_SA_ENTRY_SIZES*32 +: 32];
    wire [127:0] sel_src  = entry[`ESPL_SA_ENTRY_SEL_SRC*32 +: 128];
    wire [127:0] sel_dst  = entry[`ESPL_SA_ENTRY_SEL_DST*32 +: 128];
    wire [31:0]  sel      = entry[`ESPL_SA_ENTRY_SEL*32 +: 32];
    wire [31:0]  sport    = entry[`ESPL_SA_ENTRY_SEL_SPORT*32 +: 32];
    wire [31:0]  dport    = entry[`ESPL_SA_ENTRY_SEL_DPORT*32 +: 32];

    wire [3:0]   alg      = flags[`ESPL_SA_ENTRY_FLAGS_ALG];
    wire         outer6   = flags[`ESPL_SA_ENTRY_FLAGS_OUTER_FAMILY] == `ESPL_FAMILY_IPV6;
    wire         sel6     = flags[`ESPL_SA_ENTRY_FLAGS_SEL_FAMILY] == `ESPL_FAMILY_IPV6;
    wire         encap    = flags[`ESPL_SA_ENTRY_FLAGS_ENCAP];
    wire [15:0]  mtu      = sizes[`ESPL_SA_ENTRY_SIZES_MTU];

    wire bad_alg    = !(alg == `ESPL_ALG_GCM16_128 && CAP_ALG[`ESPL_CAP_ALG_GCM16_128])
                   && !(alg == `ESPL_ALG_GCM16_256 && CAP_ALG[`ESPL_CAP_ALG_GCM16_256]);
    wire bad_key    = alg == `ESPL_ALG_GCM16_128 && key_rest != 128'd0;
    wire bad_mode   = flags[`ESPL_SA_ENTRY_FLAGS_MODE] != `ESPL_MODE_TUNNEL;
    wire bad_family = (outer6 || sel6) && !CAP_MODE[`ESPL_CAP_MODE_IPV6];
    // What an inbound SA says of the ports is not used: only none without encapsulation.
    wire bad_encap  = encap ? sa_out_add && (udp[15:0] == 16'd0 || udp[31:16] == 16'd0)
                            : udp != 32'd0;
    // Extended numbers need a window, from which their high half is known (RFC 4303 3.3.3).
    wire [15:0]  window     = sizes[`ESPL_SA_ENTRY_SIZES_WINDOW];
    wire         esn        = flags[`ESPL_SA_ENTRY_FLAGS_ESN];
    wire         not_power  = (window & (window - 16'd1)) != 16'd0 || window[5:0] != 6'd0;
    wire bad_window = sa_in_add && (window == 16'd0 ? esn : not_power || {16'd0, window} > WINDOW);
    wire bad_hop    = {16'd0, route[`ESPL_SA_ENTRY_ROUTE_NEXTHOP]} >= NEXTHOPS;
    wire bad_mtu    = sa_out_add && (mtu < 16'd68 || {16'd0, mtu} > MAX_MTU);
    wire bad_sel    = sel[`ESPL_SA_ENTRY_SEL_SRC_LEN] > (sel6 ? 8'd128 : 8'd32)
                   || sel[`ESPL_SA_ENTRY_SEL_DST_LEN] > (sel6 ? 8'd128 : 8'd32)
                   || sport[`ESPL_SA_ENTRY_SEL_SPORT_FIRST] > sport[`ESPL_SA_ENTRY_SEL_SPORT_LAST]
                   || dport[`ESPL_SA_ENTRY_SEL_DPORT_FIRST] > dport[`ESPL_SA_ENTRY_SEL_DPORT_LAST]
                   || (!sel6 && (sel_src[127:32] != 96'd0 || sel_dst[127:32] != 96'd0));
    wire bad_outer  = src == 128'd0 || dst == 128'd0
                   || (!outer6 && (src[127:32] != 96'd0 || dst[127:32] != 96'd0));

    // ------------------------------------------------------------ fields of the other entries

    wire [31:0]  p_flags   = entry[`ESPL_POLICY_ENTRY_FLAGS*32 +: 32];
    wire [31:0]  p_slot    = entry[`ESPL_POLICY_ENTRY_SA_SLOT*32 +: 32];
    wire [127:0] p_src     = entry[`ESPL_POLICY_ENTRY_SRC_VALUE*32 +: 128];
    wire [127:0] p_dst     = entry[`ESPL_POLICY_ENTRY_DST_VALUE*32 +: 128];
    wire [1:0]   p_action  = p_flags[`ESPL_POLICY_ENTRY_FLAGS_ACTION];
    wire         p_ipv6    = p_flags[`ESPL_POLICY_ENTRY_FLAGS_FAMILY] == `ESPL_FAMILY_IPV6;
    wire         bad_slot  = p_action == `ESPL_ACTION_PROTECT
                             ? p_slot >= SLOTS && p_slot != 32'hffffffff : p_slot != 32'd0;
    wire         bad_p_src = !p_ipv6 && (p_src[127:32] != 96'd0 || p_dst[127:32] != 96'd0);
    wire [31:0]  p_proto   = entry[`ESPL_POLICY_ENTRY_PROTO*32 +: 32];
    wire [31:0]  p_sport   = entry[`ESPL_POLICY_ENTRY_SPORT*32 +: 32];
    wire [31:0]  p_dport   = entry[`ESPL_POLICY_ENTRY_DPORT*32 +: 32];
    wire [127:0] p_dst_all = entry[`ESPL_POLICY_ENTRY_DST_MASK*32 +: 128];
    wire [127:0] p_src_mask;
    wire         bad_ports = p_sport[`ESPL_POLICY_ENTRY_SPORT_FIRST] > p_sport[`ESPL_POLICY_ENTRY_SPORT_LAST]
                          || p_dport[`ESPL_POLICY_ENTRY_DPORT_FIRST] > p_dport[`ESPL_POLICY_ENTRY_DPORT_LAST];
    // A prefix is ones and then zeros: with the zeros as ones, one more carries through all of them.
    wire         no_prefix = (~p_src_mask & (~p_src_mask + 128'd1)) != 128'd0;
    wire         bad_exact = no_prefix || p_proto[`ESPL_POLICY_ENTRY_PROTO_MASK] != 8'd0
                          || p_sport != 32'hffff0000 || p_dport != 32'hffff0000
                          || p_dst_all[31:0] != 32'hffffffff
                          || (p_ipv6 && p_dst_all[127:32] != {96{1'b1}});

    sa_words #(.WORDS(4)) src_mask_words (
        .words(entry[`ESPL_POLICY_ENTRY_SRC_MASK*32 +: 128]), .number(p_src_mask)
    );

    wire [31:0]  n_flags   = entry[`ESPL_NEIGH_ENTRY_FLAGS*32 +: 32];
    wire [127:0] n_addr    = entry[`ESPL_NEIGH_ENTRY_ADDR*32 +: 128];
    wire [31:0]  n_hop     = entry[`ESPL_NEIGH_ENTRY_NEXTHOP*32 +: 32];
    wire         n_ipv6    = n_flags[`ESPL_NEIGH_ENTRY_FLAGS_FAMILY] == `ESPL_FAMILY_IPV6;
    wire         bad_addr  = n_addr == 128'd0 || (!n_ipv6 && n_addr[127:32] != 96'd0);

    // A next hop and a port begin alike: MAC, then a flag that the port uses.
    wire [31:0]  mac_hi    = entry[`ESPL_NEXTHOP_ENTRY_MAC_HI*32 +: 32];
    wire [31:0]  mac_lo    = entry[`ESPL_NEXTHOP_ENTRY_MAC_LO*32 +: 32];
    wire         no_mac    = mac_hi[15:0] == 16'd0 && mac_lo == 32'd0;
    wire         unset     = port_set && !mac_hi[16];
    wire         bad_mac   = unset ? !no_mac : no_mac || mac_hi[8];

    // ------------------------------------------------------------ the verdict

    // In the order in which they are told
    localparam NOT_READY = 0, OP = 1, INDEX = 2, RESERVED = 3, BUSY = 4, SPI = 5, SPI_SLOT = 6,
               ALG = 7, KEY = 8, MODE = 9, FAMILY = 10, ENCAP = 11, WINDOW_ = 12, NEXTHOP = 13,
               MTU = 14, SELECTOR = 15, ADDRESS = 16, SLOT_EMPTY = 17, EMPTY = 18, ACTION = 19,
               POLICY_SA = 20, MAC = 21, PORTS = 22, EXACT = 23, FAULTS = 24;

    reg [FAULTS-1:0] faults;
    reg              tell;

    wire policy_row = policy_set || policy_act;
    wire ipv6       = (sa_add && bad_family)
                   || (((policy_set && p_ipv6) || (neigh_set && n_ipv6))
                       && !CAP_MODE[`ESPL_CAP_MODE_IPV6]);

    always @(posedge clk) begin
        tell <= check;
        if (check) begin
            faults[NOT_READY]  <= !ready;
            faults[OP]         <= !known;
            faults[INDEX]      <= bad_index;
            faults[RESERVED]   <= reserved_hit;
            faults[BUSY]       <= sa_add && used;
            faults[SPI]        <= sa_add && spi < 32'd256;
            faults[SPI_SLOT]   <= sa_in_add && spi[SLOT_W-1:0] != index[SLOT_W-1:0];
            faults[ALG]        <= sa_add && bad_alg;
            faults[KEY]        <= sa_add && bad_key;
            faults[MODE]       <= sa_add && bad_mode;
            faults[FAMILY]     <= ipv6;
            faults[ENCAP]      <= sa_add && bad_encap;
            faults[WINDOW_]    <= bad_window;
            faults[NEXTHOP]    <= (sa_add && bad_hop) || (neigh_set && n_hop >= NEXTHOPS);
            faults[MTU]        <= bad_mtu;
            faults[SELECTOR]   <= sa_add && bad_sel;
            faults[ADDRESS]    <= (sa_add && bad_outer) || (policy_set && bad_p_src)
                               || (neigh_set && bad_addr);
            faults[SLOT_EMPTY] <= (sa_del || sa_get) && !used;
            faults[EMPTY]      <= policy_act && !used;
            faults[ACTION]     <= policy_row && p_action > `ESPL_ACTION_PROTECT;
            faults[POLICY_SA]  <= policy_row && bad_slot;
            faults[MAC]        <= (hop_set || port_set) && bad_mac;
            faults[PORTS]      <= policy_set && bad_ports;
            faults[EXACT]      <= exact_set && bad_exact;
        end
        if (tell) begin
            {reason, detail} <= {`ESPL_REASON_OK, 32'd0};
            case (faults & (~faults + 24'd1))
            24'd1 << NOT_READY:  reason <= `ESPL_REASON_NOT_READY;
            24'd1 << OP:         reason <= `ESPL_REASON_OP;
            24'd1 << INDEX:      {reason, detail} <= {`ESPL_REASON_INDEX, rows};
            24'd1 << RESERVED:   {reason, detail} <= {`ESPL_REASON_RESERVED, 26'd0, reserved_word};
            24'd1 << BUSY:       {reason, detail} <= {`ESPL_REASON_SLOT_BUSY, used_spi};
            24'd1 << SPI:        reason <= `ESPL_REASON_SPI;
            24'd1 << SPI_SLOT:   {reason, detail} <= {`ESPL_REASON_SPI_SLOT, SLOTS};
            24'd1 << ALG:        {reason, detail} <= {`ESPL_REASON_ALG, CAP_ALG};
            24'd1 << KEY:        reason <= `ESPL_REASON_KEY;
            24'd1 << MODE:       {reason, detail} <= {`ESPL_REASON_MODE, CAP_MODE};
            24'd1 << FAMILY:     {reason, detail} <= {`ESPL_REASON_FAMILY, CAP_MODE};
            24'd1 << ENCAP:      reason <= `ESPL_REASON_ENCAP;
            24'd1 << WINDOW_:    {reason, detail} <= {`ESPL_REASON_WINDOW, 32'd0 + WINDOW};
            24'd1 << NEXTHOP:    {reason, detail} <= {`ESPL_REASON_NEXTHOP, 32'd0 + NEXTHOPS};
            24'd1 << MTU:        {reason, detail} <= {`ESPL_REASON_MTU, 32'd0 + MAX_MTU};
            24'd1 << SELECTOR:   reason <= `ESPL_REASON_SELECTOR;
            24'd1 << ADDRESS:    reason <= `ESPL_REASON_ADDRESS;
            24'd1 << SLOT_EMPTY: reason <= `ESPL_REASON_SLOT_EMPTY;
            24'd1 << EMPTY:      reason <= `ESPL_REASON_EMPTY;
            24'd1 << ACTION:     reason <= `ESPL_REASON_ACTION;
            24'd1 << POLICY_SA:  {reason, detail} <= {`ESPL_REASON_POLICY_SA, SLOTS};
            24'd1 << MAC:        reason <= `ESPL_REASON_MAC;
            24'd1 << PORTS:      reason <= `ESPL_REASON_PORTS;
            24'd1 << EXACT:      reason <= `ESPL_REASON_EXACT;
            default:             reason <= `ESPL_REASON_OK;
            endcase
        end
    end

endmodule

`resetall
