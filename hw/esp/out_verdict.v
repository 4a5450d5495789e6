// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none
`include "espalier_regs.vh"

// Purpose:    Outbound, in out_classify: what the headers say and what the policy says become the
//             frame's verdict, and the first reason that applies is counted. Of a packet to protect
//             it says how long its text is, with TFC padding, and how many slots that makes: these
//             depend on the SA, whose shape the policy table told.
// Parameters: SLOT_W (bits of an SA slot).
// Latency:    4 cycles; the counters 3.
// Throughput: one frame a cycle.
module out_verdict #(
    parameter SLOT_W = 10
) (
    input  wire              clk,
    input  wire              rst,

    // out_parse, and policy_table's answer to it
    input  wire              s_valid,
    input  wire              h_from_host,
    input  wire              h_other_mac,
    input  wire              h_not_ip,
    input  wire              h_bad_header,
    input  wire              h_options,
    input  wire              h_ttl_ends,
    input  wire              h_fragment,
    input  wire              h_family,
    input  wire              h_tagged,
    input  wire [13:0]       h_len,
    input  wire [7:0]        h_beats,
    input  wire              a_hit,
    input  wire              a_opaque,
    input  wire [1:0]        a_action,
    input  wire              a_slot_ok,
    input  wire [SLOT_W-1:0] a_slot,
    input  wire [31:0]       a_shape,
    input  wire [15:0]       a_row,
    input  wire [31:0]       a_serial,
    input  wire              a_bad,         // parity: nothing of the answer can be trusted

    output reg               m_valid,
    output reg               m_host,        // neither host nor protect: drop
    output reg               m_protect,
    output reg  [SLOT_W-1:0] m_slot,
    output reg               m_family,      // of the packet
    output reg               m_tagged,      // its frame has an 802.1Q tag
    output reg               m_transport,   // the SA is in transport mode
    output reg               m_long_aad,    // it is GMAC with ESN
    output reg  [13:0]       m_len,         // bytes of the packet, in transport mode behind its header
    output reg  [13:0]       m_text,        // the same with TFC padding, and one
    output reg  [7:0]        m_slots,       // less one
    output reg  [7:0]        m_beats,       // of the frame, less one
    output reg  [7:0]        m_cycles,      // the frame takes in out_issue, less one
    output reg               m_single,      // that is one

    // A policy that has no SA wants one, 2 cycles later
    output wire              w_valid,
    output reg  [15:0]       w_row,
    output reg  [31:0]       w_serial,

    output reg               cnt_out_host_mac,
    output reg               cnt_out_host_not_ip,
    output reg               cnt_out_host_no_policy,
    output reg               cnt_out_host_bypass,
    output reg               cnt_out_host_fragment,
    output reg               cnt_out_host_options,
    output reg               cnt_out_host_ttl,
    output reg               cnt_out_host_mtu,
    output reg               cnt_out_drop_discard,
    output reg               cnt_out_drop_bad_header,
    output reg               cnt_out_drop_no_sa,
    output reg               cnt_out_drop_loop,
    output reg               cnt_out_table_errors
);

    // ---- first register: the questions whose answers are numbers

    wire        has_sa    = a_action == `ESPL_ACTION_PROTECT && a_slot_ok;
    wire        transport = has_sa && a_shape[16];
    wire [13:0] header    = !transport ? 14'd0 : h_family ? 14'd40 : 14'd20;

    reg         valid_1, from_host_1, other_mac_1, not_ip_1, bad_header_1, options_1, ttl_ends_1,
                fragment_1, too_long_1, bad_1, hit_1, opaque_1, bypass_1, protect_1, slot_ok_1;
    reg         family_1, tagged_1, transport_1, long_aad_1;
    reg [13:0]  len_1, tfc_1;
    reg [7:0]   beats_1;
    reg [SLOT_W-1:0] slot_1;
    reg [15:0]  row_1;
    reg [31:0]  serial_1;

    always @(posedge clk) begin
        valid_1 <= s_valid;
        if (s_valid) begin
            from_host_1  <= h_from_host;
            other_mac_1  <= h_other_mac;
            not_ip_1     <= h_not_ip;
            bad_header_1 <= h_bad_header;
            options_1    <= h_options;
            bad_1        <= a_bad;
            hit_1        <= a_hit;
            opaque_1     <= a_opaque;
            bypass_1     <= a_action == `ESPL_ACTION_BYPASS;
            protect_1    <= a_action == `ESPL_ACTION_PROTECT;
            slot_ok_1    <= a_slot_ok;
            // In transport mode the packet is not forwarded, its header is only added to; and
            // only whole packets get ESP (RFC 4303 3.3.4).
            ttl_ends_1   <= h_ttl_ends && !transport;
            fragment_1   <= h_fragment && transport;
            too_long_1   <= {2'd0, h_len} > a_shape[15:0];
            family_1     <= h_family;
            tagged_1     <= h_tagged;
            transport_1  <= transport;
            long_aad_1   <= a_shape[17];
            len_1        <= h_len - header;
            tfc_1        <= transport ? 14'd0 : a_shape[31:18];
            beats_1      <= h_beats;
            slot_1       <= a_slot;
            row_1        <= a_row;
            serial_1     <= a_serial;
        end
        if (rst)
            valid_1 <= 1'b0;
    end

    // ---- second register: the first reason that applies, and the text's length

    localparam [3:0] PROTECT      = 4'd0,
                     HOST_MAC     = 4'd1,
                     HOST_NOT_IP  = 4'd2,
                     HOST_FRAG    = 4'd3,
                     HOST_OPTIONS = 4'd4,
                     HOST_NO_POL  = 4'd5,
                     HOST_BYPASS  = 4'd6,
                     HOST_TTL     = 4'd7,
                     HOST_MTU     = 4'd8,
                     DROP_HEADER  = 4'd9,
                     DROP_DISCARD = 4'd10,
                     DROP_NO_SA   = 4'd11,
                     DROP_TABLE   = 4'd12;

    reg [3:0] reason;

    always @* begin
        if (other_mac_1)         reason = HOST_MAC;
        else if (not_ip_1)       reason = HOST_NOT_IP;
        else if (bad_header_1)   reason = DROP_HEADER;
        else if (options_1)      reason = HOST_OPTIONS;
        else if (bad_1)          reason = DROP_TABLE;
        else if (!hit_1)         reason = HOST_NO_POL;
        else if (opaque_1)       reason = HOST_FRAG;
        else if (bypass_1)       reason = HOST_BYPASS;
        else if (!protect_1)     reason = DROP_DISCARD;
        else if (ttl_ends_1)     reason = HOST_TTL;
        else if (!slot_ok_1)     reason = DROP_NO_SA;
        else if (fragment_1)     reason = HOST_FRAG;
        else if (too_long_1)     reason = HOST_MTU;
        else                     reason = PROTECT;
    end

    reg         valid_2, from_host_2, family_2, tagged_2, transport_2, long_aad_2;
    reg [3:0]   reason_2;
    reg [13:0]  len_2, text_2;
    reg [7:0]   beats_2;
    reg [SLOT_W-1:0] slot_2;

    always @(posedge clk) begin
        valid_2 <= valid_1;
        if (valid_1) begin
            reason_2    <= reason;
            from_host_2 <= from_host_1;
            family_2    <= family_1;
            tagged_2    <= tagged_1;
            transport_2 <= transport_1;
            long_aad_2  <= long_aad_1;
            len_2       <= len_1;
            text_2      <= tfc_1 > len_1 ? tfc_1 : len_1;       // RFC 4303 2.7
            beats_2     <= beats_1;
            slot_2      <= slot_1;
            w_row       <= row_1;
            w_serial    <= serial_1;
        end
        if (rst)
            valid_2 <= 1'b0;
    end

    // ---- third register: what is done, and the slots it takes

    // What came from the host never goes back to it.
    wire        sends  = reason_2 == PROTECT;
    wire        hands  = !sends && reason_2 < DROP_HEADER;
    wire        loops  = hands && from_host_2;

    // The text and two bytes of trailer are rounded up to 4: ct bytes. With the AAD and the lengths
    // they are ceil(ct / 16) + 2 blocks of GHASH, four in a slot; with the longer AAD of GMAC and
    // ESN (RFC 4543 5) they are ceil((ct + 20) / 16) + 1. Less one this is a 64th of
    wire [13:0] slots = text_2 + (long_aad_2 ? 14'd37 : 14'd33);

    assign w_valid = valid_2 && reason_2 == DROP_NO_SA;

    reg         valid_3, host_3, protect_3, family_3, tagged_3, transport_3, long_aad_3;
    reg [13:0]  len_3, text_3;
    reg [7:0]   slots_3, beats_3;
    reg [SLOT_W-1:0] slot_3;

    always @(posedge clk) begin
        valid_3 <= valid_2;
        if (valid_2) begin
            host_3      <= hands && !loops;
            protect_3   <= sends;
            family_3    <= family_2;
            tagged_3    <= tagged_2;
            transport_3 <= transport_2;
            long_aad_3  <= long_aad_2;
            len_3       <= len_2;
            text_3      <= text_2 + 14'd1;
            slots_3     <= slots[13:6];
            beats_3     <= beats_2;
            slot_3      <= slot_2;
        end
        cnt_out_host_mac        <= valid_2 && !loops && reason_2 == HOST_MAC;
        cnt_out_host_not_ip     <= valid_2 && !loops && reason_2 == HOST_NOT_IP;
        cnt_out_host_fragment   <= valid_2 && !loops && reason_2 == HOST_FRAG;
        cnt_out_host_options    <= valid_2 && !loops && reason_2 == HOST_OPTIONS;
        cnt_out_host_no_policy  <= valid_2 && !loops && reason_2 == HOST_NO_POL;
        cnt_out_host_bypass     <= valid_2 && !loops && reason_2 == HOST_BYPASS;
        cnt_out_host_ttl        <= valid_2 && !loops && reason_2 == HOST_TTL;
        cnt_out_host_mtu        <= valid_2 && !loops && reason_2 == HOST_MTU;
        cnt_out_drop_bad_header <= valid_2 && reason_2 == DROP_HEADER;
        cnt_out_drop_discard    <= valid_2 && reason_2 == DROP_DISCARD;
        cnt_out_drop_no_sa      <= w_valid;
        cnt_out_drop_loop       <= valid_2 && loops;
        cnt_out_table_errors    <= valid_2 && reason_2 == DROP_TABLE;
        if (rst)
            valid_3 <= 1'b0;
    end

    // ---- fourth register: the longer of frame and packet

    always @(posedge clk) begin
        m_valid <= valid_3;
        if (valid_3) begin
            m_host      <= host_3;
            m_protect   <= protect_3;
            m_slot      <= slot_3;
            m_family    <= family_3;
            m_tagged    <= tagged_3;
            m_transport <= transport_3;
            m_long_aad  <= long_aad_3;
            m_len       <= len_3;
            m_text      <= text_3;
            m_slots     <= slots_3;
            m_beats     <= beats_3;
            m_cycles    <= protect_3 && slots_3 > beats_3 ? slots_3 : beats_3;
            m_single    <= beats_3 == 8'd0 && !(protect_3 && slots_3 != 8'd0);
        end
        if (rst)
            m_valid <= 1'b0;
    end

    wire unused = &{1'b0, slots[5:0]};

endmodule

`resetall
