// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound: an SA's history and the verdict. After the tag is known, in the order of
//             arrival, a packet is checked against its SA's replay window, and the window and the
//             counters of the SA are brought up to date, in one read-modify-write.
// Window:     A ring: the place of a sequence number is its low bits, so nothing is shifted; a new
//             top clears what it passes (the idea of RFC 6479).
// Parameters: SLOT_W (bits of an SA slot), INFO_W (bits that go beside), WINDOW (packets; 64).
// Latency:    3 cycles. Throughput: a packet a cycle, also of one SA (flow).
// Mailbox:    cfg_clear and cfg_query stay up until cfg_ack; packets go first, and more than half
//             of the cycles have none (an ESP frame has two beats at least).
module in_replay #(
    parameter SLOT_W = 10,
    parameter INFO_W = 1,
    parameter WINDOW = 64
) (
    input  wire              clk,
    input  wire              rst,

    input  wire              s_valid,
    input  wire [SLOT_W-1:0] s_slot,
    input  wire [31:0]       s_seq,
    input  wire              s_check,      // the SA has a replay window
    input  wire              s_sa_ok,
    input  wire              s_tag_ok,
    input  wire              s_pad_ok,
    input  wire              s_inner_ok,
    input  wire              s_sel_ok,
    input  wire [13:0]       s_len,        // bytes of the inner packet
    input  wire [INFO_W-1:0] s_info,

    output reg               m_valid,
    output reg               m_pass,
    output reg  [INFO_W-1:0] m_info,

    output reg               cnt_in_decrypted,
    output reg  [13:0]       cnt_in_decrypted_len,
    output reg               cnt_in_drop_no_sa,
    output reg               cnt_in_drop_auth,
    output reg               cnt_in_drop_replay,
    output reg               cnt_in_drop_padding,
    output reg               cnt_in_drop_inner,
    output reg               cnt_in_drop_selector,

    input  wire              cfg_clear,
    input  wire              cfg_query,
    input  wire [SLOT_W-1:0] cfg_slot,
    output reg               cfg_ack,
    output reg  [63:0]       cfg_seq,
    output reg  [63:0]       cfg_window,   // bit n: cfg_seq - n was received
    output reg  [63:0]       cfg_packets,
    output reg  [63:0]       cfg_bytes,
    output reg  [31:0]       cfg_auth_failed,
    output reg  [31:0]       cfg_replayed,
    output reg  [31:0]       cfg_bad_padding,
    output reg  [31:0]       cfg_bad_selector
);

    generate
        if (WINDOW != 64)
            error_the_window_is_64_packets stop ();
    endgenerate

    localparam ROW_W = 64 + 64 + 64 + 64 + 32 + 32 + 32 + 32;

    reg [ROW_W-1:0] mem [0:(1 << SLOT_W) - 1];

    // ---- cycle 0: a packet, or else what the mailbox wants

    reg               cfg_busy;
    wire              cfg_take = !s_valid && !cfg_busy && (cfg_clear || cfg_query);
    wire              op       = s_valid || cfg_take;
    wire [SLOT_W-1:0] op_slot  = s_valid ? s_slot : cfg_slot;

    // ---- cycle 1: the row from the memory; what the sequence number alone says

    reg               a_op, a_packet, a_clear;
    reg [SLOT_W-1:0]  a_slot;
    reg [31:0]        a_seq;
    reg [13:0]        a_len;
    reg               a_check, a_sa_ok, a_tag_ok, a_pad_ok, a_inner_ok, a_sel_ok;
    reg [INFO_W-1:0]  a_info;
    reg [ROW_W-1:0]   a_row;

    always @(posedge clk) begin
        a_op     <= op;
        a_packet <= s_valid;
        a_clear  <= cfg_take && cfg_clear;
        if (op) begin
            a_slot <= op_slot;
            a_row  <= mem[op_slot];
        end
        if (s_valid) begin
            a_seq   <= s_seq;
            a_len   <= s_len;
            a_info  <= s_info;
            a_check <= s_check;
            {a_sa_ok, a_tag_ok, a_pad_ok, a_inner_ok, a_sel_ok} <=
                {s_sa_ok, s_tag_ok, s_pad_ok, s_inner_ok, s_sel_ok};
        end
        if (rst) begin
            a_op     <= 1'b0;
            a_packet <= 1'b0;
            a_clear  <= 1'b0;
        end
    end

    // ---- cycle 2: the row as the packets before left it, and the verdict

    reg               b_op, b_packet, b_clear, b_same;
    reg [SLOT_W-1:0]  b_slot;
    reg [31:0]        b_seq;
    reg [25:0]        b_block_up, b_block_down; // of seq, plus and less one
    reg [63:0]        b_bit, b_upto;            // its bit; the bits up to it
    reg [13:0]        b_len;
    reg               b_check, b_sa_ok, b_tag_ok, b_pad_ok, b_inner_ok, b_sel_ok;
    reg [INFO_W-1:0]  b_info;
    reg [ROW_W-1:0]   b_row;

    // The two rows written last: the memory does not show them yet
    reg               w_op, x_op;
    reg [SLOT_W-1:0]  w_slot, x_slot;
    reg [ROW_W-1:0]   w_row, x_row;

    integer i;
    always @(posedge clk) begin
        b_op     <= a_op;
        b_packet <= a_packet;
        b_clear  <= a_clear;
        if (a_op) begin
            b_slot <= a_slot;
            b_same <= b_op && b_slot == a_slot;
            b_row  <= w_op && w_slot == a_slot ? w_row : x_op && x_slot == a_slot ? x_row : a_row;
        end
        if (a_packet) begin
            b_seq        <= a_seq;
            b_block_up   <= a_seq[31:6] + 26'd1;
            b_block_down <= a_seq[31:6] - 26'd1;
            for (i = 0; i < 64; i = i + 1) begin
                b_bit[i]  <= a_seq[5:0] == i[5:0];
                b_upto[i] <= a_seq[5:0] >= i[5:0];
            end
            b_len   <= a_len;
            b_info  <= a_info;
            b_check <= a_check;
            {b_sa_ok, b_tag_ok, b_pad_ok, b_inner_ok, b_sel_ok} <=
                {a_sa_ok, a_tag_ok, a_pad_ok, a_inner_ok, a_sel_ok};
        end
        if (rst) begin
            b_op     <= 1'b0;
            b_packet <= 1'b0;
            b_clear  <= 1'b0;
        end
    end

    wire [63:0] top, map, packets, bytes;
    wire [31:0] auth_failed, replayed, bad_padding, bad_selector;
    assign {top, map, packets, bytes, auth_failed, replayed, bad_padding, bad_selector} =
        b_same ? w_row : b_row;

    // Where the number stands: blocks of 64 numbers first, places in them second
    wire        above   = b_seq[31:6] > top[31:6];
    wire        equal   = b_seq[31:6] == top[31:6];
    wire        next    = b_block_down == top[31:6] && above;
    wire        below   = b_block_up == top[31:6] && !above;
    wire        higher  = b_seq[5:0] > top[5:0];
    wire        ahead   = above || (equal && higher);
    wire        far     = above && (!next || higher);                    // 64 passes all as well
    wire        stale   = !above && !equal && !(below && higher);       // top - seq >= 64
    wire        seen    = |(map & b_bit);

    // RFC 4303 3.4.3: each number once, none from behind the window. The first number is 1.
    wire        fresh   = !b_check || (b_seq != 32'd0 && (ahead || (!stale && !seen)));

    wire no_sa    = !b_sa_ok;
    wire auth     = b_sa_ok && !b_tag_ok;
    wire genuine  = b_packet && b_sa_ok && b_tag_ok;
    wire replay   = !fresh;
    wire padding  = fresh && !b_pad_ok;
    wire inner    = fresh && b_pad_ok && !b_inner_ok;
    wire selector = fresh && b_pad_ok && b_inner_ok && !b_sel_ok;
    wire pass     = genuine && fresh && b_pad_ok && b_inner_ok && b_sel_ok;

    // RFC 4303 3.4.3: the window moves only after the ICV check (invariant 3)
    wire move = genuine && fresh && ahead;
    wire mark = genuine && fresh && !ahead && !stale;

    reg  [63:0] passed;              // places between the old top and the new one, both excluded,
    always @(*)                      // and the new one's own
        for (i = 0; i < 64; i = i + 1)
            passed[i] = far || (equal ? b_upto[i] && i[5:0] > top[5:0]
                                      : b_upto[i] || i[5:0] > top[5:0]);

    wire [63:0] new_map = move ? (map & ~passed) | b_bit : mark ? map | b_bit : map;

    wire [ROW_W-1:0] new_row = b_clear ? {ROW_W{1'b0}} : {
        move ? {32'd0, b_seq} : top,
        new_map,
        packets + {63'd0, pass},
        bytes + (pass ? {50'd0, b_len} : 64'd0),
        auth_failed + {31'd0, b_packet && auth},
        replayed + {31'd0, genuine && replay},
        bad_padding + {31'd0, genuine && padding},
        bad_selector + {31'd0, genuine && selector}
    };

    // ---- cycle 3: out, and back to the memory

    always @(posedge clk) begin
        w_op    <= b_op;
        x_op    <= w_op;
        if (b_op) begin
            w_slot <= b_slot;
            w_row  <= new_row;
        end
        if (w_op) begin
            x_slot      <= w_slot;
            x_row       <= w_row;
            mem[w_slot] <= w_row;
        end

        m_valid <= b_packet;
        if (b_packet) begin
            m_pass               <= pass;
            m_info               <= b_info;
            cnt_in_decrypted_len <= b_len;
        end
        cnt_in_decrypted     <= pass;
        cnt_in_drop_no_sa    <= b_packet && no_sa;
        cnt_in_drop_auth     <= b_packet && auth;
        cnt_in_drop_replay   <= genuine && replay;
        cnt_in_drop_padding  <= genuine && padding;
        cnt_in_drop_inner    <= genuine && inner;
        cnt_in_drop_selector <= genuine && selector;

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
        end
    end

    // ---- the answer to the mailbox: the ring is turned into a list, a bit a cycle

    reg [63:0] ring;
    reg [5:0]  place;
    reg [6:0]  bits_left;
    reg        turning;

    always @(posedge clk) begin
        cfg_ack <= 1'b0;
        if (cfg_take)
            cfg_busy <= 1'b1;
        if (b_op && !b_packet) begin
            cfg_seq          <= top;
            cfg_packets      <= packets;
            cfg_bytes        <= bytes;
            cfg_auth_failed  <= auth_failed;
            cfg_replayed     <= replayed;
            cfg_bad_padding  <= bad_padding;
            cfg_bad_selector <= bad_selector;
            ring             <= map;
            place            <= top[5:0];
            bits_left        <= 7'd64;
            turning          <= 1'b1;
        end else if (turning) begin
            if (bits_left == 7'd0) begin
                turning <= 1'b0;
                cfg_ack <= 1'b1;
            end else begin
                cfg_window <= {ring[place], cfg_window[63:1]};
                place      <= place - 6'd1;
                bits_left  <= bits_left - 7'd1;
            end
        end
        if (cfg_ack)
            cfg_busy <= 1'b0;
        if (rst) begin
            cfg_ack  <= 1'b0;
            cfg_busy <= 1'b0;
            turning  <= 1'b0;
        end
    end

`ifdef VERILATOR
    always @(posedge clk)
        if (!rst) begin
            // Invariant 3: window, packets and bytes are as they were, unless a right tag was there
            if (b_packet && !(b_sa_ok && b_tag_ok))
                assert (new_row[ROW_W-1 -: 256] == {top, map, packets, bytes});
            // the top never goes back
            if (b_packet)
                assert (new_row[ROW_W-1 -: 64] >= top);
            // Invariant 6: one fate
            if (m_valid)
                assert ({3'b0, cnt_in_decrypted} + {3'b0, cnt_in_drop_no_sa} +
                        {3'b0, cnt_in_drop_auth} + {3'b0, cnt_in_drop_replay} +
                        {3'b0, cnt_in_drop_padding} + {3'b0, cnt_in_drop_inner} +
                        {3'b0, cnt_in_drop_selector} == 4'd1);
        end
`endif

`ifdef PROVE_IN_REPLAY
    `include "in_replay.vh"
`endif

endmodule

`resetall
