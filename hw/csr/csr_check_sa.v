// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    Which fields of a sa_entry are wrong (csr_check tells the first).
// Parameters: SLOT_W (bits of an SA slot), NEXTHOPS (rows), WINDOW (packets of the largest replay
//             window), MAX_MTU (bytes of the largest inner packet), CAP_ALG and CAP_MODE (the
//             page's words).
// Latency:    1 cycle from `check`.
// Of an update, what it does not change has been put into the entry as it is (csr_mailbox).
module csr_check_sa #(
    parameter        SLOT_W   = 10,
    parameter        NEXTHOPS = 1024,
    parameter        WINDOW   = 4096,
    parameter        MAX_MTU  = 9000,
    parameter [31:0] CAP_ALG  = 3,
    parameter [31:0] CAP_MODE = 13
) (
    input  wire              clk,
    input  wire              check,
    input  wire              inbound,
    input  wire              changes,      // an update,
    input  wire [1:0]        mode_now,     // of an SA in this mode
    input  wire [SLOT_W-1:0] slot,
    input  wire [`ESPL_SA_ENTRY_RESERVED*32-1:0] entry,    // word n in [32n +: 32]

    output reg               spi_low,
    output reg               spi_slot,
    output reg               alg,
    output reg               key,
    output reg               mode,
    output reg               family,
    output reg               encap,
    output reg               window,
    output reg               nexthop,
    output reg               mtu,
    output reg               selector,
    output reg               address,
    output reg               lifetime,
    output reg               tfc,
    output reg               csum
);

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
    wire [31:0]  extra    = entry[`ESPL_SA_ENTRY_EXTRA*32 +: 32];

    // ---- identity and key

    wire [3:0] which = flags[`ESPL_SA_ENTRY_FLAGS_ALG];
    wire       short = which == `ESPL_ALG_GCM16_128 || which == `ESPL_ALG_GMAC_128;

    always @(posedge clk)
        if (check) begin
            spi_low  <= spi < 32'd256;
            spi_slot <= inbound && spi[SLOT_W-1:0] != slot;
            alg      <= !(which == `ESPL_ALG_GCM16_128 && CAP_ALG[`ESPL_CAP_ALG_GCM16_128])
                    && !(which == `ESPL_ALG_GCM16_256 && CAP_ALG[`ESPL_CAP_ALG_GCM16_256])
                    && !(which == `ESPL_ALG_GMAC_128 && CAP_ALG[`ESPL_CAP_ALG_GMAC_128])
                    && !(which == `ESPL_ALG_GMAC_256 && CAP_ALG[`ESPL_CAP_ALG_GMAC_256]);
            key      <= short && key_rest != 128'd0;
        end

    // ---- headers. The sizes of the packets under way follow from the mode: it is for life.

    wire [1:0]  as        = flags[`ESPL_SA_ENTRY_FLAGS_MODE];
    wire        transport = as == `ESPL_MODE_TRANSPORT;
    wire        outer6    = flags[`ESPL_SA_ENTRY_FLAGS_OUTER_FAMILY] == `ESPL_FAMILY_IPV6;
    wire        sel6      = flags[`ESPL_SA_ENTRY_FLAGS_SEL_FAMILY] == `ESPL_FAMILY_IPV6;
    wire        udp_on    = flags[`ESPL_SA_ENTRY_FLAGS_ENCAP];
    wire [15:0] delta     = extra[`ESPL_SA_ENTRY_EXTRA_CSUM_DELTA];

    always @(posedge clk)
        if (check) begin
            mode     <= !(as == `ESPL_MODE_TUNNEL && CAP_MODE[`ESPL_CAP_MODE_TUNNEL])
                    && !(transport && CAP_MODE[`ESPL_CAP_MODE_TRANSPORT])
                    || (changes && as != mode_now);
            family   <= (outer6 || sel6) && !CAP_MODE[`ESPL_CAP_MODE_IPV6];
            // What an inbound SA says of the ports is not used: only none without encapsulation.
            encap    <= udp_on ? !inbound && (udp[15:0] == 16'd0 || udp[31:16] == 16'd0)
                    : udp != 32'd0;
            nexthop  <= {16'd0, route[`ESPL_SA_ENTRY_ROUTE_NEXTHOP]} >= NEXTHOPS;
            address  <= src == 128'd0 || dst == 128'd0
                    || (!outer6 && (src[127:32] != 96'd0 || dst[127:32] != 96'd0));
            // RFC 3948 3.1.2: only there a NAT has changed addresses that the checksum is about
            csum     <= delta != 16'd0 && !(inbound && transport && udp_on);
        end

    // ---- sizes

    wire [15:0] largest = sizes[`ESPL_SA_ENTRY_SIZES_MTU];
    wire [15:0] packets = sizes[`ESPL_SA_ENTRY_SIZES_WINDOW];
    wire [15:0] padded  = extra[`ESPL_SA_ENTRY_EXTRA_TFC];
    wire        esn     = flags[`ESPL_SA_ENTRY_FLAGS_ESN];

    function whole_window;      // a power of two of at least 64, compared with each: no adder
        input [15:0] size;
        integer      n;
        begin
            whole_window = 1'b0;
            for (n = 6; n < 16; n = n + 1)
                whole_window = whole_window || (size == 16'd1 << n && 1 << n <= WINDOW);
        end
    endfunction

    // Extended numbers need a window, from which their high half is known (RFC 4303 3.3.3).
    always @(posedge clk)
        if (check) begin
            window   <= inbound && (packets == 16'd0 ? esn : !whole_window(packets));
            mtu      <= !inbound && (largest < 16'd68 || {16'd0, largest} > MAX_MTU);
            tfc      <= padded != 16'd0
                    && (inbound || transport || padded > largest || !CAP_MODE[`ESPL_CAP_MODE_TFC]);
        end

    // ---- selector and lifetime

    always @(posedge clk)
        if (check) begin
            selector <= sel[`ESPL_SA_ENTRY_SEL_SRC_LEN] > (sel6 ? 8'd128 : 8'd32)
                    || sel[`ESPL_SA_ENTRY_SEL_DST_LEN] > (sel6 ? 8'd128 : 8'd32)
                    || sport[`ESPL_SA_ENTRY_SEL_SPORT_FIRST] > sport[`ESPL_SA_ENTRY_SEL_SPORT_LAST]
                    || dport[`ESPL_SA_ENTRY_SEL_DPORT_FIRST] > dport[`ESPL_SA_ENTRY_SEL_DPORT_LAST]
                    || (!sel6 && (sel_src[127:32] != 96'd0 || sel_dst[127:32] != 96'd0));
        end

    wire [63:0] soft_packets, hard_packets, soft_bytes, hard_bytes;

    sa_words #(.WORDS(8)) limits (
        .words(entry[`ESPL_SA_ENTRY_SOFT_PACKETS_HI*32 +: 256]),
        .number({soft_packets, hard_packets, soft_bytes, hard_bytes})
    );

    always @(posedge clk)
        if (check) begin
            lifetime <= (hard_packets != 64'd0 && soft_packets > hard_packets)
                    || (hard_bytes != 64'd0 && soft_bytes > hard_bytes);
        end

endmodule

`resetall
