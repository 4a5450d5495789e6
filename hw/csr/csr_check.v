// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    Judges an operation of the mailbox before anything is changed: every field, with a
//             reason code for each that is refused and the number that helps to understand it.
// Parameters: sizes of the tables; WINDOW (packets of the largest replay window), MAX_MTU (bytes of
//             the largest inner packet), CAP_ALG and CAP_MODE (the page's words).
// Latency:    4 cycles from `check`: what is wrong in an SA, in all, the first of it, its reason.
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
    input  wire [31:0]   used_spi,       // of the SA there, SPI and mode
    input  wire [1:0]    used_mode,

    output reg  [7:0]    reason,
    output reg  [31:0]   detail
);

    localparam [31:0] SLOTS = 1 << SLOT_W;

    // ------------------------------------------------------------ which operation

    wire        known, is_sa, is_in, is_policy, is_neigh, is_hop, is_port;
    wire        sa_add, sa_del, sa_update, put, act, clear, get, next;
    wire [31:0] rows;

    csr_operation #(
        .SLOT_W(SLOT_W), .POLICY_ROWS(POLICY_ROWS), .EXACT_BUCKETS(EXACT_BUCKETS),
        .NEIGH_BUCKETS(NEIGH_BUCKETS), .NEXTHOPS(NEXTHOPS)
    ) operation (
        .clk(clk), .op(op), .known(known), .rows(rows), .is_sa(is_sa), .is_in(is_in),
        .is_policy(is_policy), .is_neigh(is_neigh), .is_hop(is_hop), .is_port(is_port), .add(sa_add), .del(sa_del),
        .update(sa_update), .put(put), .act(act), .clear(clear), .get(get), .next(next)
    );

    wire sa_set     = sa_add || sa_update;
    wire policy_set = is_policy && put;
    wire exact_set  = op == `ESPL_OP_EXACT_SET;
    wire neigh_set  = is_neigh && put;
    wire hop_set    = is_hop && put;
    wire port_set   = is_port && put;

    // A listing asks from a row on, so the number of rows is a good question too.
    reg  beyond;
    wire bad_index = op != `ESPL_OP_NOP && !next
                  && (beyond || (index == 0 && is_hop && (put || clear)));

    always @(posedge clk)
        if (check)
            beyond <= index >= rows;

    // ------------------------------------------------------------ fields of a sa_entry

    wire low_spi, bad_spi, bad_alg, bad_key, bad_mode, bad_family, bad_encap, bad_window,
         bad_hop, bad_mtu, bad_sel, bad_outer, bad_limits, bad_tfc, bad_csum;

    csr_check_sa #(
        .SLOT_W(SLOT_W), .NEXTHOPS(NEXTHOPS), .WINDOW(WINDOW), .MAX_MTU(MAX_MTU),
        .CAP_ALG(CAP_ALG), .CAP_MODE(CAP_MODE)
    ) sa (
        .clk(clk), .check(check), .inbound(is_in), .changes(sa_update), .mode_now(used_mode),
        .slot(index[SLOT_W-1:0]),
        .entry(entry), .spi_low(low_spi), .spi_slot(bad_spi), .alg(bad_alg), .key(bad_key),
        .mode(bad_mode), .family(bad_family), .encap(bad_encap), .window(bad_window),
        .nexthop(bad_hop), .mtu(bad_mtu), .selector(bad_sel), .address(bad_outer),
        .lifetime(bad_limits), .tfc(bad_tfc), .csum(bad_csum)
    );

    // ------------------------------------------------------------ fields of the other entries

    wire [31:0]  p_flags   = entry[`ESPL_POLICY_ENTRY_FLAGS*32 +: 32];
    wire [31:0]  p_slot    = entry[`ESPL_POLICY_ENTRY_SA_SLOT*32 +: 32];
    wire [127:0] p_src     = entry[`ESPL_POLICY_ENTRY_SRC_VALUE*32 +: 128];
    wire [127:0] p_dst     = entry[`ESPL_POLICY_ENTRY_DST_VALUE*32 +: 128];
    wire [1:0]   p_action  = p_flags[`ESPL_POLICY_ENTRY_FLAGS_ACTION];
    wire         p_ipv6    = p_flags[`ESPL_POLICY_ENTRY_FLAGS_FAMILY] == `ESPL_FAMILY_IPV6;
    wire         bad_slot  = p_action == `ESPL_ACTION_PROTECT
                             ? p_slot[31:SLOT_W] != 0 && p_slot != 32'hffffffff : p_slot != 32'd0;
    wire         bad_p_src = !p_ipv6 && (p_src[127:32] != 96'd0 || p_dst[127:32] != 96'd0);
    wire [31:0]  p_proto   = entry[`ESPL_POLICY_ENTRY_PROTO*32 +: 32];
    wire [31:0]  p_sport   = entry[`ESPL_POLICY_ENTRY_SPORT*32 +: 32];
    wire [31:0]  p_dport   = entry[`ESPL_POLICY_ENTRY_DPORT*32 +: 32];
    wire [127:0] p_dst_all = entry[`ESPL_POLICY_ENTRY_DST_MASK*32 +: 128];
    wire [127:0] p_src_mask;
    wire         bad_ports = p_sport[`ESPL_POLICY_ENTRY_SPORT_FIRST]
                           > p_sport[`ESPL_POLICY_ENTRY_SPORT_LAST]
                          || p_dport[`ESPL_POLICY_ENTRY_DPORT_FIRST]
                           > p_dport[`ESPL_POLICY_ENTRY_DPORT_LAST];
    // A prefix is ones and then zeros: nowhere a one behind a zero.
    wire         no_prefix = (~p_src_mask[127:1] & p_src_mask[126:0]) != 127'd0;
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
    wire [31:0]  tci       = entry[`ESPL_NEXTHOP_ENTRY_VLAN*32 +: 32];
    wire         with_tag  = mac_hi[`ESPL_NEXTHOP_ENTRY_MAC_HI_VLAN_SET];
    // VID 4095 is no VLAN (IEEE 802.1Q)
    wire         bad_vlan  = with_tag ? tci[11:0] == 12'hfff || !CAP_MODE[`ESPL_CAP_MODE_VLAN]
                                    : tci != 32'd0;
    wire         no_mac    = mac_hi[15:0] == 16'd0 && mac_lo == 32'd0;
    wire         unset     = port_set && !mac_hi[16];
    wire         bad_mac   = unset ? !no_mac : no_mac || mac_hi[8];

    // ------------------------------------------------------------ the verdict

    // In the order in which they are told
    localparam NOT_READY = 0, OP = 1, INDEX = 2, RESERVED = 3, BUSY = 4, SLOT_EMPTY = 5, EMPTY = 6,
               SPI = 7, SPI_SLOT = 8, ALG = 9, KEY = 10, MODE = 11, FAMILY = 12, ENCAP = 13,
               WINDOW_ = 14, NEXTHOP = 15, MTU = 16, SELECTOR = 17, ADDRESS = 18, LIFETIME = 19,
               TFC = 20, CSUM = 21, ACTION = 22, POLICY_SA = 23, PORTS = 24, EXACT = 25, MAC = 26,
               VLAN = 27, FAULTS = 28;

    reg [FAULTS-1:0] faults, first;
    reg              weigh, sift, tell;

    wire policy_row = policy_set || act;
    wire ipv6       = (sa_set && bad_family)
                   || (((policy_set && p_ipv6) || (neigh_set && n_ipv6))
                       && !CAP_MODE[`ESPL_CAP_MODE_IPV6]);

    always @(posedge clk) begin
        weigh <= check;
        sift  <= weigh;
        tell  <= sift;
        if (weigh) begin
            faults[NOT_READY]  <= !ready;
            faults[OP]         <= !known;
            faults[INDEX]      <= bad_index;
            faults[RESERVED]   <= reserved_hit;
            faults[BUSY]       <= sa_add && used;
            faults[SLOT_EMPTY] <= is_sa && !used && (sa_del || sa_update || get);
            faults[EMPTY]      <= act && !used;
            faults[SPI]        <= sa_add && low_spi;
            faults[SPI_SLOT]   <= sa_add && bad_spi;
            faults[ALG]        <= sa_add && bad_alg;
            faults[KEY]        <= sa_add && bad_key;
            faults[MODE]       <= sa_set && bad_mode;
            faults[FAMILY]     <= ipv6;
            faults[ENCAP]      <= sa_set && bad_encap;
            faults[WINDOW_]    <= sa_add && bad_window;
            faults[NEXTHOP]    <= (sa_set && bad_hop) || (neigh_set && n_hop >= NEXTHOPS);
            faults[MTU]        <= sa_set && bad_mtu;
            faults[SELECTOR]   <= sa_set && bad_sel;
            faults[ADDRESS]    <= (sa_set && bad_outer) || (policy_set && bad_p_src)
                               || (neigh_set && bad_addr);
            faults[LIFETIME]   <= sa_set && bad_limits;
            faults[TFC]        <= sa_set && bad_tfc;
            faults[CSUM]       <= sa_set && bad_csum;
            faults[ACTION]     <= policy_row && p_action > `ESPL_ACTION_PROTECT;
            faults[POLICY_SA]  <= policy_row && bad_slot;
            faults[PORTS]      <= policy_set && bad_ports;
            faults[EXACT]      <= exact_set && bad_exact;
            faults[MAC]        <= (hop_set || port_set) && bad_mac;
            faults[VLAN]       <= hop_set && bad_vlan;
        end
        if (sift)
            first <= faults & (~faults + 28'd1);
        if (tell) begin
            {reason, detail} <= {`ESPL_REASON_OK, 32'd0};
            case (first)
            28'd1 << NOT_READY:  reason <= `ESPL_REASON_NOT_READY;
            28'd1 << OP:         reason <= `ESPL_REASON_OP;
            28'd1 << INDEX:      {reason, detail} <= {`ESPL_REASON_INDEX, rows};
            28'd1 << RESERVED:   {reason, detail} <= {`ESPL_REASON_RESERVED, 26'd0, reserved_word};
            28'd1 << BUSY:       {reason, detail} <= {`ESPL_REASON_SLOT_BUSY, used_spi};
            28'd1 << SPI:        reason <= `ESPL_REASON_SPI;
            28'd1 << SPI_SLOT:   {reason, detail} <= {`ESPL_REASON_SPI_SLOT, SLOTS};
            28'd1 << ALG:        {reason, detail} <= {`ESPL_REASON_ALG, CAP_ALG};
            28'd1 << KEY:        reason <= `ESPL_REASON_KEY;
            28'd1 << MODE:       {reason, detail} <= {`ESPL_REASON_MODE, CAP_MODE};
            28'd1 << FAMILY:     {reason, detail} <= {`ESPL_REASON_FAMILY, CAP_MODE};
            28'd1 << ENCAP:      reason <= `ESPL_REASON_ENCAP;
            28'd1 << WINDOW_:    {reason, detail} <= {`ESPL_REASON_WINDOW, 32'd0 + WINDOW};
            28'd1 << NEXTHOP:    {reason, detail} <= {`ESPL_REASON_NEXTHOP, 32'd0 + NEXTHOPS};
            28'd1 << MTU:        {reason, detail} <= {`ESPL_REASON_MTU, 32'd0 + MAX_MTU};
            28'd1 << SELECTOR:   reason <= `ESPL_REASON_SELECTOR;
            28'd1 << ADDRESS:    reason <= `ESPL_REASON_ADDRESS;
            28'd1 << SLOT_EMPTY: reason <= `ESPL_REASON_SLOT_EMPTY;
            28'd1 << EMPTY:      reason <= `ESPL_REASON_EMPTY;
            28'd1 << ACTION:     reason <= `ESPL_REASON_ACTION;
            28'd1 << POLICY_SA:  {reason, detail} <= {`ESPL_REASON_POLICY_SA, SLOTS};
            28'd1 << MAC:        reason <= `ESPL_REASON_MAC;
            28'd1 << LIFETIME:   reason <= `ESPL_REASON_LIFETIME;
            28'd1 << TFC:        reason <= `ESPL_REASON_TFC;
            28'd1 << CSUM:       reason <= `ESPL_REASON_CSUM;
            28'd1 << VLAN:       reason <= `ESPL_REASON_VLAN;
            28'd1 << PORTS:      reason <= `ESPL_REASON_PORTS;
            28'd1 << EXACT:      reason <= `ESPL_REASON_EXACT;
            default:             reason <= `ESPL_REASON_OK;
            endcase
        end
    end

endmodule

`resetall
