// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, first stage: every frame gets a verdict (protect, host, drop) from its
//             headers (out_parse) and the policy table (out_verdict). Frames wait in a FIFO; a
//             verdict comes out beside it as soon as the headers are judged, while the frame's end
//             may still be coming in.
// Why so:     Frames come whole out of axis_ingress, with their length, so nothing that comes
//             behind the headers can change the verdict; and they come without a gap unless this FIFO is
//             full. It is never full of less than a frame, so whoever takes a verdict can take the
//             frame, a beat a cycle.
// Parameters: SLOT_W (bits of an SA slot), DEPTH (beats, a power of two; the longest frame and the
//             time of a lookup must fit: 256).
// Latency:    16 cycles and the policy table's, from a frame's second beat (or only one) to its
//             verdict.
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
    input  wire [13:0]       s_len,             // of the frame, with its first beat
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
    input  wire [15:0]       r_row,
    input  wire [31:0]       r_serial,
    input  wire              r_bad,

    // The frames
    output wire [511:0]      m_data,
    output wire [5:0]        m_bytes,           // of the beat, less one
    output wire              m_last,
    output wire              m_valid,
    input  wire              m_ready,

    // Their verdicts (out_verdict)
    output wire              v_valid,
    input  wire              v_ready,
    output wire              v_host,
    output wire              v_protect,
    output wire [SLOT_W-1:0] v_slot,
    output wire              v_family,
    output wire              v_tagged,
    output wire              v_transport,
    output wire              v_long_aad,
    output wire [13:0]       v_len,
    output wire [13:0]       v_text,
    output wire [7:0]        v_slots,
    output wire [7:0]        v_beats,
    output wire [7:0]        v_cycles,
    output wire              v_single,

    // Policies that want an SA (out_acquire)
    output wire              w_valid,
    output wire [15:0]       w_row,
    output wire [31:0]       w_serial,

    output wire              cnt_out_host_mac,
    output wire              cnt_out_host_not_ip,
    output wire              cnt_out_host_no_policy,
    output wire              cnt_out_host_bypass,
    output wire              cnt_out_host_fragment,
    output wire              cnt_out_host_options,
    output wire              cnt_out_host_ttl,
    output wire              cnt_out_host_mtu,
    output wire              cnt_out_drop_discard,
    output wire              cnt_out_drop_bad_header,
    output wire              cnt_out_drop_no_sa,
    output wire              cnt_out_drop_loop,
    output wire              cnt_out_table_errors
);

    // ---- the beats, and the headers of the frame they belong to: its first 70 bytes

    reg          in_frame;
    reg          in_second;     // the next beat is the frame's second
    reg  [559:0] header;
    reg          header_from_host;
    reg          header_valid;  // they have been taken
    reg  [13:0]  frame_len;
    wire [5:0]   bytes;         // of the beat, less one
    wire         take  = s_axis_tvalid && s_axis_tready;
    wire [511:0] in_order;      // first byte most significant

    axis_keep_count count (
        .last(s_axis_tvalid && s_axis_tlast), .tkeep(s_axis_tkeep), .bytes_less_one(bytes)
    );

    genvar i;
    generate
        for (i = 0; i < 64; i = i + 1) begin : order
            assign in_order[(63 - i) * 8 +: 8] = s_axis_tdata[i * 8 +: 8];
        end
    endgenerate

    always @(posedge clk) begin
        header_valid <= take && (in_frame ? in_second : s_axis_tlast);
        if (take) begin
            in_frame  <= !s_axis_tlast;
            in_second <= !in_frame;
            if (!in_frame) begin
                header[559:48]   <= in_order;
                header_from_host <= s_from_host;
                frame_len        <= s_len;
            end else if (in_second) begin
                header[47:0]     <= in_order[511:464];
            end
        end
        if (rst) begin
            in_frame     <= 1'b0;
            header_valid <= 1'b0;
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

    // ---- what the headers say, what the policy says, and the verdict, each in a FIFO. Every frame
    //      in them has a beat or more in `frames`, which is as deep, so they are never full.

    localparam HEADER_W = 9 + 14 + 8;

    wire        p_valid, p_from_host, p_other_mac, p_not_ip, p_bad_header, p_options, p_ttl_ends,
                p_fragment, p_family, p_tagged;
    wire [13:0] p_len;
    wire [7:0]  p_beats;

    out_parse parse (
        .clk            (clk),
        .rst            (rst),
        .s_valid        (header_valid),
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
        .m_bad_header   (p_bad_header),
        .m_options      (p_options),
        .m_ttl_ends     (p_ttl_ends),
        .m_fragment     (p_fragment),
        .m_family       (p_family),
        .m_tagged       (p_tagged),
        .m_len          (p_len),
        .m_beats        (p_beats)
    );

    wire        h_valid, h_from_host, h_other_mac, h_not_ip, h_bad_header, h_options, h_ttl_ends,
                h_fragment, h_family, h_tagged;
    wire [13:0] h_len;
    wire [7:0]  h_beats;
    wire        a_valid, a_bad, a_hit, a_opaque, a_slot_ok;
    wire [1:0]  a_action;
    wire [SLOT_W-1:0] a_slot;
    wire [31:0] a_shape, a_serial;
    wire [15:0] a_row;
    wire        h_room, a_room, v_room;
    wire [$clog2(DEPTH):0] h_level, a_level, v_level;

    wire join_valid = h_valid && a_valid;

    axis_fifo #(.WIDTH(HEADER_W), .DEPTH(DEPTH)) headers (
        .clk     (clk),
        .rst     (rst),
        .s_data  ({p_from_host, p_other_mac, p_not_ip, p_bad_header, p_options, p_ttl_ends,
                   p_fragment, p_family, p_tagged, p_len, p_beats}),
        .s_valid (p_valid),
        .s_ready (h_room),
        .m_data  ({h_from_host, h_other_mac, h_not_ip, h_bad_header, h_options, h_ttl_ends,
                   h_fragment, h_family, h_tagged, h_len, h_beats}),
        .m_valid (h_valid),
        .m_ready (join_valid),
        .level   (h_level)
    );

    axis_fifo #(.WIDTH(3 + 2 + 1 + SLOT_W + 32 + 16 + 32), .DEPTH(DEPTH)) answers (
        .clk     (clk),
        .rst     (rst),
        .s_data  ({r_bad, r_hit, r_opaque, r_action, r_slot_ok, r_slot, r_shape, r_row,
                   r_serial}),
        .s_valid (r_valid),
        .s_ready (a_room),
        .m_data  ({a_bad, a_hit, a_opaque, a_action, a_slot_ok, a_slot, a_shape, a_row,
                   a_serial}),
        .m_valid (a_valid),
        .m_ready (join_valid),
        .level   (a_level)
    );

    wire              n_valid, n_host, n_protect, n_family, n_tagged, n_transport, n_long_aad,
                      n_single;
    wire [SLOT_W-1:0] n_slot;
    wire [13:0]       n_len, n_text;
    wire [7:0]        n_slots, n_beats, n_cycles;

    out_verdict #(.SLOT_W(SLOT_W)) verdict (
        .clk(clk), .rst(rst), .s_valid(join_valid), .h_from_host(h_from_host),
        .h_other_mac(h_other_mac), .h_not_ip(h_not_ip), .h_bad_header(h_bad_header),
        .h_options(h_options), .h_ttl_ends(h_ttl_ends), .h_fragment(h_fragment),
        .h_family(h_family), .h_tagged(h_tagged), .h_len(h_len), .h_beats(h_beats), .a_hit(a_hit),
        .a_opaque(a_opaque), .a_action(a_action), .a_slot_ok(a_slot_ok), .a_slot(a_slot),
        .a_shape(a_shape), .a_row(a_row), .a_serial(a_serial), .a_bad(a_bad), .m_valid(n_valid), .m_host(n_host),
        .m_protect(n_protect), .m_slot(n_slot), .m_family(n_family), .m_tagged(n_tagged),
        .m_transport(n_transport), .m_long_aad(n_long_aad), .m_len(n_len), .m_text(n_text),
        .m_slots(n_slots), .m_beats(n_beats), .m_cycles(n_cycles), .m_single(n_single),
        .w_valid(w_valid), .w_row(w_row), .w_serial(w_serial), .cnt_out_host_mac(cnt_out_host_mac),
        .cnt_out_host_not_ip(cnt_out_host_not_ip), .cnt_out_host_no_policy(cnt_out_host_no_policy),
        .cnt_out_host_bypass(cnt_out_host_bypass), .cnt_out_host_fragment(cnt_out_host_fragment),
        .cnt_out_host_options(cnt_out_host_options), .cnt_out_host_ttl(cnt_out_host_ttl),
        .cnt_out_host_mtu(cnt_out_host_mtu), .cnt_out_drop_discard(cnt_out_drop_discard),
        .cnt_out_drop_bad_header(cnt_out_drop_bad_header), .cnt_out_drop_no_sa(cnt_out_drop_no_sa),
        .cnt_out_drop_loop(cnt_out_drop_loop), .cnt_out_table_errors(cnt_out_table_errors)
    );

    axis_fifo #(.WIDTH(6 + SLOT_W + 2 * 14 + 3 * 8 + 1), .DEPTH(DEPTH)) verdicts (
        .clk     (clk),
        .rst     (rst),
        .s_data  ({n_host, n_protect, n_family, n_tagged, n_transport, n_long_aad, n_slot, n_len,
                   n_text, n_slots, n_beats, n_cycles, n_single}),
        .s_valid (n_valid),
        .s_ready (v_room),
        .m_data  ({v_host, v_protect, v_family, v_tagged, v_transport, v_long_aad, v_slot, v_len,
                   v_text, v_slots, v_beats, v_cycles, v_single}),
        .m_valid (v_valid),
        .m_ready (v_ready),
        .level   (v_level)
    );

    wire unused = &{1'b0, level, h_level, a_level, v_level, h_room, a_room, v_room};

`ifdef VERILATOR
    reg [7:0] beats;            // of the frame, before this one

    always @(posedge clk)
        if (take)
            beats <= s_axis_tlast ? 8'd0 : in_frame ? beats + 8'd1 : 8'd1;

    always @(posedge clk)
        if (!rst) begin
            // a frame is as long as it said
            assert (!(take && s_axis_tlast) ||
                    {in_frame ? beats : 8'd0, bytes} + 14'd1 == (in_frame ? frame_len : s_len));
            assert (!p_valid || h_room);
            assert (!r_valid || a_room);
            assert (!n_valid || v_room);
        end
`endif

endmodule

`resetall
