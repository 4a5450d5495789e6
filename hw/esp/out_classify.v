// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none
`include "espalier_regs.vh"

// Purpose:    Outbound, first stage: every frame gets a verdict (protect, host, drop) from its
//             headers and the policy table, and the first reason that applies is counted. Frames
//             wait in a FIFO; a verdict comes out beside it only when its frame is in there whole.
// Parameters: SLOT_W (bits of an SA slot), DEPTH (beats, a power of two; the longest frame and the
//             time of a lookup must fit: 256).
// Latency:    12 cycles and the policy table's, from a frame's last beat to its verdict.
// Throughput: one beat a cycle, also when every frame is one beat.
module out_classify #(
    parameter SLOT_W = 10,
    parameter DEPTH  = 256
) (
    input  wire              clk,
    input  wire              rst,

    input  wire [511:0]      s_axis_tdata,
    input  wire [63:0]       s_axis_tkeep,
    input  wire              s_axis_tvalid,
    output wire              s_axis_tready,
    input  wire              s_axis_tlast,
    input  wire              s_from_host,       // with every beat

    input  wire              plain_mac_set,
    input  wire [47:0]       plain_mac,
    input  wire              engine_mac_set,
    input  wire [47:0]       engine_mac,

    // policy_table
    output wire              lk_valid,
    output wire              lk_family,
    output wire [127:0]      lk_src,
    output wire [127:0]      lk_dst,
    output wire [7:0]        lk_proto,
    output wire [15:0]       lk_sport,
    output wire [15:0]       lk_dport,
    output wire              lk_opaque,
    input  wire              r_valid,
    input  wire              r_hit,
    input  wire              r_opaque,
    input  wire [1:0]        r_action,
    input  wire              r_slot_ok,
    input  wire [SLOT_W-1:0] r_slot,
    input  wire [31:0]       r_shape,           // of the SA in that slot (policy_table)

    // The frames
    output wire [511:0]      m_data,
    output wire [5:0]        m_bytes,           // of the beat, less one
    output wire              m_last,
    output wire              m_valid,
    input  wire              m_ready,

    // Their verdicts; neither host nor protect: drop
    output wire              v_valid,
    input  wire              v_ready,
    output wire              v_host,
    output wire              v_protect,
    output wire [SLOT_W-1:0] v_slot,
    output wire [13:0]       v_len,             // of the IP packet
    output wire [7:0]        v_slots,           // it needs in the core, less one
    output wire [7:0]        v_beats,           // of the frame, less one
    output wire [7:0]        v_most,            // the larger of the two

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
    output reg               cnt_out_drop_loop
);

    // ---- the beats, and the header of the frame they belong to

    reg          in_frame;
    reg  [303:0] header;
    reg          header_from_host;
    reg  [7:0]   beats;         // of the frame, before this one
    reg          frame_valid;   // the frame has been taken whole
    reg  [13:0]  frame_len;
    wire [5:0]   s_bytes;
    wire [5:0]   bytes = s_axis_tlast ? s_bytes : 6'd63;
    wire         take  = s_axis_tvalid && s_axis_tready;
    wire [303:0] first_bytes;

    axis_keep_count count (.tkeep(s_axis_tkeep), .bytes_less_one(s_bytes));

    genvar i;
    generate
        for (i = 0; i < 38; i = i + 1) begin : order
            assign first_bytes[(37 - i) * 8 +: 8] = s_axis_tdata[i * 8 +: 8];
        end
    endgenerate

    always @(posedge clk) begin
        frame_valid <= take && s_axis_tlast;
        if (take) begin
            in_frame  <= !s_axis_tlast;
            beats     <= s_axis_tlast ? 8'd0 : beats + 8'd1;
            frame_len <= {beats, bytes} + 14'd1;
            if (!in_frame) begin
                header           <= first_bytes;
                header_from_host <= s_from_host;
            end
        end
        if (rst) begin
            in_frame    <= 1'b0;
            frame_valid <= 1'b0;
            beats       <= 8'd0;
        end
    end

    wire [$clog2(DEPTH):0] level;

    axis_fifo #(.WIDTH(519), .DEPTH(DEPTH)) frames (
        .clk     (clk),
        .rst     (rst),
        .s_data  ({s_axis_tdata, bytes, s_axis_tlast}),
        .s_valid (s_axis_tvalid),
        .s_ready (s_axis_tready),
        .m_data  ({m_data, m_bytes, m_last}),
        .m_valid (m_valid),
        .m_ready (m_ready),
        .level   (level)
    );

    // ---- what the headers say, and what the policy says, each in a FIFO. Every frame in them
    //      has a beat or more in `frames`, which is as deep, so they are never full.

    wire        p_valid, p_from_host, p_other_mac, p_not_ip, p_options, p_ttl_ends, p_bad_header;
    wire [13:0] p_len;
    wire [7:0]  p_slots, p_beats, p_most;

    out_parse parse (
        .clk            (clk),
        .rst            (rst),
        .s_valid        (frame_valid),
        .s_header       (header),
        .s_len          (frame_len),
        .s_from_host    (header_from_host),
        .plain_mac_set  (plain_mac_set),
        .plain_mac      (plain_mac),
        .engine_mac_set (engine_mac_set),
        .engine_mac     (engine_mac),
        .lk_valid       (lk_valid),
        .lk_family      (lk_family),
        .lk_src         (lk_src),
        .lk_dst         (lk_dst),
        .lk_proto       (lk_proto),
        .lk_sport       (lk_sport),
        .lk_dport       (lk_dport),
        .lk_opaque      (lk_opaque),
        .m_valid        (p_valid),
        .m_from_host    (p_from_host),
        .m_other_mac    (p_other_mac),
        .m_not_ip       (p_not_ip),
        .m_options      (p_options),
        .m_ttl_ends     (p_ttl_ends),
        .m_bad_header   (p_bad_header),
        .m_len          (p_len),
        .m_slots        (p_slots),
        .m_beats        (p_beats),
        .m_most         (p_most)
    );

    wire        h_valid, h_from_host, h_other_mac, h_not_ip, h_bad_header, h_options, h_ttl_ends;
    wire [13:0] h_len;
    wire [7:0]  h_slots, h_beats, h_most;
    wire        a_valid, a_hit, a_opaque, a_slot_ok;
    wire [1:0]  a_action;
    wire [SLOT_W-1:0] a_slot;
    wire [15:0] a_mtu;
    wire        h_room, a_room, v_room;
    wire [$clog2(DEPTH):0] h_level, a_level, v_level;

    wire join_valid = h_valid && a_valid && v_room;

    axis_fifo #(.WIDTH(6 + 14 + 3 * 8), .DEPTH(DEPTH)) headers (
        .clk     (clk),
        .rst     (rst),
        .s_data  ({p_from_host, p_other_mac, p_not_ip, p_bad_header, p_options, p_ttl_ends, p_len,
                   p_slots, p_beats, p_most}),
        .s_valid (p_valid),
        .s_ready (h_room),
        .m_data  ({h_from_host, h_other_mac, h_not_ip, h_bad_header, h_options, h_ttl_ends, h_len,
                   h_slots, h_beats, h_most}),
        .m_valid (h_valid),
        .m_ready (join_valid),
        .level   (h_level)
    );

    axis_fifo #(.WIDTH(2 + 2 + 1 + SLOT_W + 16), .DEPTH(DEPTH)) answers (
        .clk     (clk),
        .rst     (rst),
        .s_data  ({r_hit, r_opaque, r_action, r_slot_ok, r_slot, r_shape[15:0]}),
        .s_valid (r_valid),
        .s_ready (a_room),
        .m_data  ({a_hit, a_opaque, a_action, a_slot_ok, a_slot, a_mtu}),
        .m_valid (a_valid),
        .m_ready (join_valid),
        .level   (a_level)
    );

    // ---- the verdict: the first reason that applies

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
                     DROP_LOOP    = 4'd12;

    reg [3:0] reason;

    always @* begin
        if (h_other_mac)                        reason = HOST_MAC;
        else if (h_not_ip)                      reason = HOST_NOT_IP;
        else if (h_bad_header)                  reason = DROP_HEADER;
        else if (h_options)                     reason = HOST_OPTIONS;
        else if (!a_hit)                        reason = HOST_NO_POL;
        else if (a_opaque)                      reason = HOST_FRAG;
        else if (a_action == `ESPL_ACTION_BYPASS) reason = HOST_BYPASS;
        else if (a_action != `ESPL_ACTION_PROTECT) reason = DROP_DISCARD;
        else if (h_ttl_ends)                    reason = HOST_TTL;
        else if (!a_slot_ok)                    reason = DROP_NO_SA;
        else if ({2'd0, h_len} > a_mtu)         reason = HOST_MTU;
        else                                    reason = PROTECT;
        // What came from the host never goes back to it.
        if (h_from_host && reason != PROTECT && reason < DROP_HEADER)
            reason = DROP_LOOP;
    end

    wire protect = reason == PROTECT;
    wire host    = !protect && reason < DROP_HEADER;

    always @(posedge clk) begin
        cnt_out_host_mac        <= join_valid && reason == HOST_MAC;
        cnt_out_host_not_ip     <= join_valid && reason == HOST_NOT_IP;
        cnt_out_host_fragment   <= join_valid && reason == HOST_FRAG;
        cnt_out_host_options    <= join_valid && reason == HOST_OPTIONS;
        cnt_out_host_no_policy  <= join_valid && reason == HOST_NO_POL;
        cnt_out_host_bypass     <= join_valid && reason == HOST_BYPASS;
        cnt_out_host_ttl        <= join_valid && reason == HOST_TTL;
        cnt_out_host_mtu        <= join_valid && reason == HOST_MTU;
        cnt_out_drop_bad_header <= join_valid && reason == DROP_HEADER;
        cnt_out_drop_discard    <= join_valid && reason == DROP_DISCARD;
        cnt_out_drop_no_sa      <= join_valid && reason == DROP_NO_SA;
        cnt_out_drop_loop       <= join_valid && reason == DROP_LOOP;
    end

    axis_fifo #(.WIDTH(2 + SLOT_W + 14 + 3 * 8), .DEPTH(DEPTH)) verdicts (
        .clk     (clk),
        .rst     (rst),
        .s_data  ({host, protect, a_slot, h_len, h_slots, h_beats, h_most}),
        .s_valid (join_valid),
        .s_ready (v_room),
        .m_data  ({v_host, v_protect, v_slot, v_len, v_slots, v_beats, v_most}),
        .m_valid (v_valid),
        .m_ready (v_ready),
        .level   (v_level)
    );

    wire unused = &{1'b0, r_shape[31:16], level, h_level, a_level, v_level, h_room, a_room};

`ifdef VERILATOR
    always @(posedge clk)
        if (!rst) begin
            assert (!p_valid || h_room);
            assert (!r_valid || a_room);
        end
`endif

endmodule

`resetall
