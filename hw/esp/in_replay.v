// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound: an SA's history and the verdict. After the tag is known, in the order of
//             arrival, a packet is checked against its SA's replay window and lifetime, and the
//             window and the counters of the SA are brought up to date, in one read-modify-write.
// Window:     The numbers in blocks of 64. The row of an SA holds its top and the word of the top's
//             block; the words of the older blocks are in a memory (replay_words), and `valid` says
//             which of them count: nothing is ever cleared there. A packet writes one word of it at
//             most: that of its own block when it is an older one, or that of the old top's, when
//             it opens a new block.
// Parameters: SLOT_W (bits of an SA slot), INFO_W (bits that go beside), WINDOW_MAX (packets of the
//             largest window, a power of two from 128 to 4,096), QUIET (see replay_tell).
// Latency:    4 cycles. Throughput: a packet a cycle, also of one SA (flow).
// Mailbox:    cfg_clear and cfg_query stay up until cfg_ack; packets go first, and more than half
//             of the cycles have none (an ESP frame has two beats at least).
//
// A packet's relation to the top takes a cycle, and the packet just before may be of the same SA
// and move it. So it is worked out for both, the top as it is before that packet (0) and that
// packet as the top (1), and the verdict chooses.
module in_replay #(
    parameter SLOT_W     = 10,
    parameter INFO_W     = 1,
    parameter WINDOW_MAX = 4096,
    parameter QUIET      = 20
) (
    input  wire              clk,
    input  wire              rst,

    input  wire              s_valid,
    input  wire [SLOT_W-1:0] s_slot,
    input  wire [31:0]       s_spi,
    input  wire [63:0]       s_seq,
    input  wire [6:0]        s_blocks,     // the SA's replay window / 64, 0: it has none
    input  wire [255:0]      s_limits,     // see lifetime.v
    input  wire              s_sa_ok,
    input  wire              s_tag_ok,
    input  wire              s_pad_ok,
    input  wire              s_dummy,      // RFC 4303 2.6: nothing inside
    input  wire              s_inner_ok,
    input  wire              s_sel_ok,
    input  wire [13:0]       s_len,        // bytes of the inner packet
    input  wire [INFO_W-1:0] s_info,

    output reg               m_valid,
    output reg               m_pass,
    output reg  [INFO_W-1:0] m_info,

    input  wire              at_en,        // in_lookup: where is this SA's window?
    input  wire [SLOT_W-1:0] at_slot,
    output reg  [63:0]       at_behind,    // 2 cycles later: the highest number behind it

    output reg               cnt_in_decrypted,
    output reg  [13:0]       cnt_in_decrypted_len,
    output reg               cnt_in_drop_no_sa,
    output reg               cnt_in_drop_auth,
    output reg               cnt_in_drop_replay,
    output reg               cnt_in_drop_padding,
    output reg               cnt_in_drop_inner,
    output reg               cnt_in_drop_selector,
    output reg               cnt_in_drop_lifetime,
    output reg               cnt_in_drop_dummy,
    output wire [4:0]        cnt_in_late,  // IN_LATE_64 in [0] to IN_LATE_MORE

    output wire              ev_valid,     // events (csr_events)
    output wire [119:0]      ev,
    output wire [2:0]        ev_lost,

    input  wire              cfg_clear,
    input  wire              cfg_query,
    input  wire [SLOT_W-1:0] cfg_slot,
    output wire              cfg_ack,
    output reg  [63:0]       cfg_seq,
    output wire [63:0]       cfg_window,   // bit n: cfg_seq - n was received
    output reg  [63:0]       cfg_packets,
    output reg  [63:0]       cfg_bytes,
    output reg  [31:0]       cfg_auth_failed,
    output reg  [31:0]       cfg_replayed,
    output reg  [31:0]       cfg_bad_padding,
    output reg  [31:0]       cfg_bad_selector
);

    generate
        if (WINDOW_MAX < 128 || WINDOW_MAX > 4096 || (WINDOW_MAX & (WINDOW_MAX - 1)) != 0)
            error_the_largest_window_is_a_power_of_two_from_128_to_4096 stop ();
    endgenerate

    localparam BLOCKS  = WINDOW_MAX / 64;
    localparam BW      = $clog2(BLOCKS);
    localparam COUNT_W = 64 + 64 + 32 + 32 + 32 + 32 + 2;   // ends of its life that were told
    localparam ROW_W   = 64 + 64 + 64 + BLOCKS + COUNT_W;
    localparam VIEW_W  = INFO_W + 32 + 14 + 6;
    localparam [BLOCKS-1:0] ONE      = 1;
    localparam [57-BW:0]    HIGH_ONE = 1;

    reg [ROW_W-1:0] mem [0:(1 << SLOT_W) - 1];

    // ---- cycle 0: a packet, or else what the mailbox wants

    wire              ask, ask_clear, ask_older;
    wire [BW-1:0]     ask_place;
    wire              taken   = ask && !s_valid;
    wire              op      = s_valid || taken;
    wire [SLOT_W-1:0] op_slot = s_valid ? s_slot : cfg_slot;

    // ---- cycle 1 (a): the row from the memory

    reg               a_op, a_packet, a_clear;
    reg [SLOT_W-1:0]  a_slot;
    reg [63:0]        a_seq;
    reg [6:0]         a_blocks;
    reg [255:0]       a_limits;
    reg [VIEW_W-1:0]  a_view;
    reg [ROW_W-1:0]   a_row;

    // A row that is cleared has number 0 at its top
    wire [63:0] ask_seq = {{(58-BW){1'b0}}, ask_older ? ask_place : {BW{1'b0}}, 6'd0};

    always @(posedge clk) begin
        a_op     <= op;
        a_packet <= s_valid;
        a_clear  <= taken && ask_clear;
        if (op) begin
            a_slot   <= op_slot;
            a_row    <= mem[op_slot];
            a_seq    <= s_valid ? s_seq : ask_seq;
            a_blocks <= s_blocks;
        end
        if (s_valid) begin
            a_limits <= s_limits;
            a_view   <= {s_info, s_spi, s_len, s_sa_ok, s_tag_ok, s_pad_ok, s_dummy, s_inner_ok,
                         s_sel_ok};
        end
        if (rst) begin
            a_op     <= 1'b0;
            a_packet <= 1'b0;
            a_clear  <= 1'b0;
        end
    end

    // ---- cycle 2 (b): the row as all packets but the one before left it; the number's relations

    reg               b_op, b_packet, b_clear;
    reg [SLOT_W-1:0]  b_slot;
    reg [63:0]        b_seq, b_behind, b_bit;
    reg               b_reaches;
    reg [57:0]        b_reach;
    reg [6:0]         b_blocks;
    reg [VIEW_W-1:0]  b_view;
    reg [ROW_W-1:0]   b_row;
    reg               b_from_w, b_from_c;

    // In cycle 3 (c) the verdict falls; what it made of the row is at w after it, and at x
    reg               c_op, c_packet, c_clear, c_same_sa;
    reg [SLOT_W-1:0]  c_slot;
    reg [63:0]        c_seq, c_behind, c_bit;
    reg               c_check;
    reg [VIEW_W-1:0]  c_view;
    reg [ROW_W-1:0]   c_row;
    reg               w_op, w_clear, w_moved, w_took, w_passed, x_op;
    reg [SLOT_W-1:0]  w_slot, x_slot;
    reg [ROW_W-1:0]   w_row, x_row;

    wire [58:0] a_behind = {1'b0, a_seq[63:6]} - {52'd0, a_blocks};

    always @(posedge clk) begin
        b_op     <= a_op;
        b_packet <= a_packet;
        b_clear  <= a_clear;
        if (a_op) begin
            b_slot    <= a_slot;
            b_row     <= w_op && w_slot == a_slot ? w_row
                       : x_op && x_slot == a_slot ? x_row : a_row;
            b_from_c  <= b_op && b_slot == a_slot;
            b_from_w  <= c_op && c_slot == a_slot;
            b_seq     <= a_seq;
            b_behind  <= a_behind[58] ? 64'd0 : {a_behind[57:0], a_seq[5:0]};
            b_bit     <= 64'd1 << a_seq[5:0];
            b_reaches <= a_seq[63:6+BW] != {(58-BW){1'b0}};
            b_reach   <= {a_seq[63:6+BW] - HIGH_ONE, a_seq[6+BW-1:6]};
            b_blocks  <= a_blocks;
        end
        if (a_packet)
            b_view <= a_view;
        if (rst) begin
            b_op     <= 1'b0;
            b_packet <= 1'b0;
            b_clear  <= 1'b0;
        end
    end

    wire [ROW_W-1:0]  base = b_from_w ? w_row : b_from_c ? c_row : b_row;
    wire [63:0]       base_top, base_behind, base_map;
    wire [BLOCKS-1:0] base_valid;
    assign {base_top, base_behind, base_map, base_valid} = base[ROW_W-1:COUNT_W];

    wire              ahead_0, stale_0, same_0, far_0, ahead_1, stale_1, same_1, far_1, b_set;
    wire [BLOCKS-1:0] keep_0, joins_0, keep_1, joins_1;

    replay_relation #(.BLOCKS(BLOCKS)) to_top (
        .seq(b_seq), .reaches(b_reaches), .reach(b_reach), .top(base_top), .behind(base_behind),
        .ahead(ahead_0), .stale(stale_0), .same(same_0), .beyond(far_0),
        .keep(keep_0), .joins(joins_0)
    );

    replay_relation #(.BLOCKS(BLOCKS)) to_packet_before (
        .seq(b_seq), .reaches(b_reaches), .reach(b_reach), .top(c_seq), .behind(c_behind),
        .ahead(ahead_1), .stale(stale_1), .same(same_1), .beyond(far_1),
        .keep(keep_1), .joins(joins_1)
    );

    // not looked at when the number is ahead of that top
    wire seen_0 = same_0 ? |(base_map & b_bit) : b_set && base_valid[b_seq[6+BW-1:6]];

    // ---- cycle 3 (c): the verdict

    reg               c_ahead_0, c_stale_0, c_same_0, c_far_0, c_seen_0;
    reg               c_ahead_1, c_stale_1, c_same_1, c_far_1;
    reg               c_twin;              // the packet before has the same number
    reg [BLOCKS-1:0]  c_keep_0, c_joins_0, c_keep_1, c_joins_1;

    always @(posedge clk) begin
        c_op     <= b_op;
        c_packet <= b_packet;
        c_clear  <= b_clear;
        if (b_op) begin
            c_slot    <= b_slot;
            c_same_sa <= b_from_c;
            c_row     <= base;
            c_seq     <= b_seq;
            c_behind  <= b_behind;
            c_bit     <= b_bit;
            c_check   <= b_blocks != 7'd0;
            c_twin    <= b_seq == c_seq;
            {c_ahead_0, c_stale_0, c_same_0, c_far_0} <= {ahead_0, stale_0, same_0, far_0};
            {c_ahead_1, c_stale_1, c_same_1, c_far_1} <= {ahead_1, stale_1, same_1, far_1};
            c_seen_0  <= seen_0;
            {c_keep_0, c_joins_0} <= {keep_0, joins_0};
            {c_keep_1, c_joins_1} <= {keep_1, joins_1};
        end
        if (b_packet)
            c_view <= b_view;
        if (rst) begin
            c_op     <= 1'b0;
            c_packet <= 1'b0;
            c_clear  <= 1'b0;
        end
    end

    wire [63:0]       top, behind, map, packets, bytes;
    wire [BLOCKS-1:0] valid;
    wire [31:0]       auth_failed, replayed, bad_padding, bad_selector;
    wire              told_packets, told_bytes;
    assign {top, behind, map, valid, packets, bytes, auth_failed, replayed, bad_padding,
            bad_selector, told_packets, told_bytes} = c_same_sa ? w_row : c_row;

    wire [INFO_W-1:0] c_info;
    wire [13:0]       c_len;
    wire [31:0]       c_spi;
    wire              c_sa_ok, c_tag_ok, c_pad_ok, c_dummy, c_inner_ok, c_sel_ok;
    assign {c_info, c_spi, c_len, c_sa_ok, c_tag_ok, c_pad_ok, c_dummy, c_inner_ok, c_sel_ok}
         = c_view;

    wire turned = c_same_sa && w_moved;
    wire ahead  = turned ? c_ahead_1 : c_ahead_0;
    wire stale  = turned ? c_stale_1 : c_stale_0;
    wire same   = turned ? c_same_1 : c_same_0;
    wire seen   = c_same_sa && ((c_twin && w_took) || w_clear) ? !w_clear
                                                                     : c_seen_0 && !c_ahead_0;

    // RFC 4303 3.4.3: each number once, none from behind the window. The first number is 1; 0 is
    // always behind.
    wire fresh    = !c_check || ahead || (!stale && !seen);

    wire no_sa    = !c_sa_ok;
    wire auth     = c_sa_ok && !c_tag_ok;
    wire genuine  = c_packet && c_sa_ok && c_tag_ok;
    wire replay   = !fresh;
    wire padding  = fresh && !c_pad_ok;
    wire dummy    = fresh && c_pad_ok && c_dummy;
    wire inner    = fresh && c_pad_ok && !c_dummy && !c_inner_ok;
    wire selector = fresh && c_pad_ok && !c_dummy && c_inner_ok && !c_sel_ok;
    wire good     = genuine && fresh && c_pad_ok && !c_dummy && c_inner_ok && c_sel_ok;

    // RFC 4301 4.4.2.1: the lifetime counts what is delivered. While a slot is cleared there is no
    // SA in it, so of the packet right behind that it says nothing.
    wire soft_packets, soft_bytes, hard_packets, hard_bytes;

    lifetime limits (
        .clk(clk),
        .a_valid(a_packet), .a_limits(a_limits), .a_len(a_view[19:6]),
        .b_valid(b_packet), .b_packets(base[COUNT_W-1 -: 64]), .b_bytes(base[COUNT_W-65 -: 64]),
        .c_front(c_same_sa && w_passed), .c_soft_packets(soft_packets),
        .c_soft_bytes(soft_bytes), .c_hard_packets(hard_packets), .c_hard_bytes(hard_bytes)
    );

    wire behind_clear = c_same_sa && w_clear;
    wire over         = good && (hard_packets || hard_bytes) && !behind_clear;
    wire pass         = good && ((!hard_packets && !hard_bytes) || behind_clear);
    wire tell_packets = over && hard_packets && !told_packets;
    wire tell_bytes   = over && !hard_packets && !told_bytes;

    // RFC 4303 3.4.3: the window moves only after the ICV check (invariant 3)
    wire move = genuine && ahead;
    wire mark = genuine && !ahead && !stale && !seen;

    wire [BW-1:0]     c_place = c_seq[6+BW-1:6];
    wire [BW-1:0]     t_place = top[6+BW-1:6];
    wire              far     = turned ? c_far_1 : c_far_0;
    wire [BLOCKS-1:0] keep    = turned ? c_keep_1 : c_keep_0;
    wire [BLOCKS-1:0] joins   = turned ? c_joins_1 : c_joins_0;
    wire              older   = valid[c_place];
    wire [63:0]       word;

    wire [63:0]       new_map   = (move && !same ? 64'd0 : map) |
                                  (move || (mark && same) ? c_bit : 64'd0);
    wire [BLOCKS-1:0] new_valid = move && !same ? far ? {BLOCKS{1'b0}} : (valid & keep) | joins
                                                : valid | (mark && !same ? ONE << c_place
                                                                         : {BLOCKS{1'b0}});

    replay_words #(.ADDR_W(SLOT_W + BW)) words (
        .clk(clk), .rst(rst),
        .rd_en(op), .rd_addr({op_slot, s_valid ? s_seq[6+BW-1:6] : ask_place}),
        .b_bit(b_bit), .b_set(b_set), .c_word(word),
        .wr_en((move || mark) && !same), .wr_addr({c_slot, move ? t_place : c_place}),
        .wr_word(move ? map : (older ? word : 64'd0) | c_bit)
    );

    wire [ROW_W-1:0] new_row = c_clear ? {ROW_W{1'b0}} : {
        move ? c_seq : top,
        move ? c_behind : behind,
        new_map,
        new_valid,
        pass ? packets + 64'd1 : packets,       // added before it is known whether
        pass ? bytes + {50'd0, c_len} : bytes,
        c_packet && auth ? auth_failed + 32'd1 : auth_failed,
        genuine && replay ? replayed + 32'd1 : replayed,
        genuine && padding ? bad_padding + 32'd1 : bad_padding,
        genuine && selector ? bad_selector + 32'd1 : bad_selector,
        (told_packets && !pass) || tell_packets,    // again after the host has moved the limit
        told_bytes || tell_bytes
    };

    // ---- cycle 4: out, and back to the memory

    always @(posedge clk) begin
        w_op     <= c_op;
        x_op     <= w_op;
        w_clear  <= c_clear;
        w_moved  <= move || c_clear;
        w_took   <= move || mark;
        w_passed <= pass;
        if (c_op) begin
            w_slot <= c_slot;
            w_row  <= new_row;
        end
        if (w_op) begin
            x_slot      <= w_slot;
            x_row       <= w_row;
            mem[w_slot] <= w_row;
        end

        m_valid <= c_packet;
        if (c_packet) begin
            m_pass               <= pass;
            m_info               <= c_info;
            cnt_in_decrypted_len <= c_len;
        end
        cnt_in_decrypted     <= pass;
        cnt_in_drop_no_sa    <= c_packet && no_sa;
        cnt_in_drop_auth     <= c_packet && auth;
        cnt_in_drop_replay   <= genuine && replay;
        cnt_in_drop_padding  <= genuine && padding;
        cnt_in_drop_inner    <= genuine && inner;
        cnt_in_drop_selector <= genuine && selector;
        cnt_in_drop_lifetime <= over;
        cnt_in_drop_dummy    <= genuine && dummy;

        if (rst) begin
            w_op                 <= 1'b0;
            x_op                 <= 1'b0;
            m_valid              <= 1'b0;
            cnt_in_decrypted     <= 1'b0;
            cnt_in_drop_no_sa    <= 1'b0;
            cnt_in_drop_auth     <= 1'b0;
            cnt_in_drop_replay   <= 1'b0;
            cnt_in_drop_padding  <= 1'b0;
            cnt_in_drop_inner    <= 1'b0;
            cnt_in_drop_selector <= 1'b0;
            cnt_in_drop_lifetime <= 1'b0;
            cnt_in_drop_dummy    <= 1'b0;
        end
    end

`ifdef PROVE_IN_REPLAY
    // The proof follows the verdict, not what is told of it
    assign {cnt_in_late, ev_valid, ev, ev_lost} = 129'd0;
`else
    replay_tell #(.SLOT_W(SLOT_W), .QUIET(QUIET)) tell (
        .clk(clk), .rst(rst), .s_valid(c_packet), .s_slot(c_slot), .s_spi(c_spi), .s_seq(c_seq),
        .s_stale(genuine && c_check && !ahead && stale), .s_auth(auth),
        .s_first(auth_failed == 32'd0),
        .s_soft_packets(pass && soft_packets && !behind_clear),
        .s_soft_bytes(pass && soft_bytes && !behind_clear),
        .s_hard_packets(tell_packets), .s_hard_bytes(tell_bytes),
        .w_behind(w_row[ROW_W-65 -: 64]), .w_packets(w_row[COUNT_W-1 -: 64]),
        .w_bytes(w_row[COUNT_W-65 -: 64]),
        .cnt_in_late(cnt_in_late), .ev_valid(ev_valid), .ev(ev), .ev_lost(ev_lost)
    );
`endif

    // ---- a copy for in_lookup

    reg [63:0]       behinds [0:(1 << SLOT_W) - 1];
    reg              at_reg;
    reg [SLOT_W-1:0] at_slot_reg;

    always @(posedge clk) begin
        at_reg <= at_en;
        if (at_en)
            at_slot_reg <= at_slot;
        if (at_reg)
            at_behind <= behinds[at_slot_reg];
        if (w_op)
            behinds[w_slot] <= w_row[ROW_W-65 -: 64];
    end

    // ---- the mailbox

    wire answered = c_op && !c_packet;

    replay_answer #(.BLOCKS(BLOCKS)) answer (
        .clk(clk), .rst(rst),
        .cfg_clear(cfg_clear), .cfg_query(cfg_query), .cfg_ack(cfg_ack), .cfg_window(cfg_window),
        .ask(ask), .ask_clear(ask_clear), .ask_older(ask_older), .ask_place(ask_place),
        .taken(taken),
        .done(answered), .done_top(top), .done_map(map), .done_older(older), .done_word(word)
    );

    always @(posedge clk)
        if (answered && !ask_older) begin
            cfg_seq          <= top;
            cfg_packets      <= packets;
            cfg_bytes        <= bytes;
            cfg_auth_failed  <= auth_failed;
            cfg_replayed     <= replayed;
            cfg_bad_padding  <= bad_padding;
            cfg_bad_selector <= bad_selector;
        end

`ifdef VERILATOR
    always @(posedge clk)
        if (!rst) begin
            // Invariant 3: window, packets and bytes are as they were, unless a right tag was there
            if (c_packet && !(c_sa_ok && c_tag_ok))
                assert (new_row[ROW_W-1:COUNT_W-128] == {top, behind, map, valid, packets, bytes});
            // the top never goes back, and is never behind its window
            if (c_packet)
                assert (new_row[ROW_W-1 -: 64] >= top && top >= behind);
            // Invariant 6: one fate
            if (m_valid)
                assert ({3'b0, cnt_in_decrypted} + {3'b0, cnt_in_drop_no_sa} +
                        {3'b0, cnt_in_drop_auth} + {3'b0, cnt_in_drop_replay} +
                        {3'b0, cnt_in_drop_padding} + {3'b0, cnt_in_drop_inner} +
                        {3'b0, cnt_in_drop_selector} + {3'b0, cnt_in_drop_lifetime} +
                        {3'b0, cnt_in_drop_dummy} == 4'd1);
        end
`endif

`ifdef PROVE_IN_REPLAY
    `include "in_replay.vh"
`endif

endmodule

`resetall
