// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, second stage: carries out the verdicts. A frame for the host goes to a FIFO
//             of its own, a dropped one goes nowhere, and a packet to protect is started on the
//             flow when there is room for all of it where the flow ends. From there on nothing
//             waits.
// Parameters: SLOT_W (bits of an SA slot), CREDITS (slots that fit behind the flow),
//             HOST_DEPTH (beats for the host, a power of two), LONGEST (beats of the longest frame,
//             and slots of the longest packet; must fit in both).
// Latency:    1 cycle from a verdict to m_start, 4 to the packet's first beat.
// Throughput: a frame of n beats and S slots takes max(n, S) cycles; none are lost between frames.
//
// Beat k of a packet's frame comes with its slot k. A frame may have more beats than its packet has
// slots: Ethernet padding, and the headers that are not encrypted in transport mode.
module out_issue #(
    parameter SLOT_W     = 10,
    parameter CREDITS    = 508,
    parameter HOST_DEPTH = 256,
    parameter LONGEST    = 160
) (
    input  wire              clk,
    input  wire              rst,

    // Frames and verdicts from out_classify
    input  wire [511:0]      s_data,
    input  wire [5:0]        s_bytes,
    input  wire              s_last,
    input  wire              s_valid,
    output wire              s_ready,
    input  wire              v_valid,
    output wire              v_ready,
    input  wire              v_host,
    input  wire              v_protect,
    input  wire [SLOT_W-1:0] v_slot,
    input  wire              v_family,
    input  wire              v_tagged,
    input  wire              v_transport,
    input  wire              v_long_aad,
    input  wire [13:0]       v_len,
    input  wire [13:0]       v_text,
    input  wire [7:0]        v_slots,       // less one
    input  wire [7:0]        v_beats,       // less one
    input  wire [7:0]        v_cycles,      // less one
    input  wire              v_single,      // it is one cycle

    output wire [511:0]      m_axis_host_tdata,
    output wire [63:0]       m_axis_host_tkeep,
    output wire              m_axis_host_tvalid,
    input  wire              m_axis_host_tready,
    output wire              m_axis_host_tlast,

    // Flow: the packet, told ahead of its beats
    output reg               m_start,
    output reg  [SLOT_W-1:0] m_slot,        // what out_verdict says of it, until the next start
    output reg               m_family,
    output reg               m_tagged,
    output reg               m_transport,
    output reg               m_long_aad,
    output reg  [13:0]       m_len,
    output reg  [13:0]       m_text,

    // Flow: 3 cycles behind m_start, slot k with beat k of the frame
    output wire              m_valid,
    output wire              m_sop,
    output wire              m_eop,
    output wire [511:0]      m_beat,        // only with beats that the frame has

    // Slots that are free again
    input  wire              credit_a,
    input  wire              credit_b
);

    localparam DELAY  = 3;
    localparam MARGIN = 5;

    generate
        if (CREDITS > 511 || CREDITS < LONGEST + MARGIN || HOST_DEPTH > 511
            || HOST_DEPTH < LONGEST + MARGIN)
            error_the_longest_frame_does_not_fit stop ();
    endgenerate

    // ---- the frame that is next, or under way

    reg  [7:0] k;               // cycles it has had,
    reg  [7:0] k_next;          // and one more
    reg        busy;
    reg        last;            // this is its last one: compared a cycle before
    reg  [9:0] credits;
    reg  [9:0] host_room;
    reg  [7:0] cost;            // less one, of what started in the last cycle,
    reg        cost_slots;      // in slots of the flow,
    reg        cost_beats;      // or in beats for the host
    reg  [8:0] price;           // the same, a cycle later
    reg        pay_slots;
    reg        pay_beats;
    wire       host_pop = m_axis_host_tvalid && m_axis_host_tready;

    // There is room for any frame: compared ahead of time, so that it is no part of the way from
    // verdict to verdict. What is started is paid for 4 cycles later; the few slots that can start
    // in between are the margin.
    reg        flow_room;
    reg        host_free;
    wire       room = v_protect ? flow_room : !v_host || host_free;
    wire       start = !busy && v_valid && room;
    wire       go    = busy || start;
    wire       done  = busy ? last : start && v_single;

    assign v_ready = done;

    // ---- what goes with each cycle of it, and the same when its beat is due

    reg [DELAY:0] take;         // a beat of the frame
    reg [DELAY:0] host;         // ... for the host
    reg [DELAY:0] valid;        // a slot of the packet
    reg [DELAY:0] sop;
    reg [DELAY:0] eop;

    always @(posedge clk) begin
        busy <= go && !done;
        last <= k_next == v_cycles;
        if (go) begin
            k      <= done ? 8'd0 : k_next;
            k_next <= done ? 8'd1 : k_next + 8'd1;
        end

        flow_room  <= credits >= LONGEST[9:0] + MARGIN[9:0];
        host_free  <= host_room >= LONGEST[9:0] + MARGIN[9:0];
        cost       <= v_protect ? v_slots : v_beats;
        cost_slots <= start && v_protect;
        cost_beats <= start && v_host;
        price      <= {1'b0, cost} + 9'd1;
        pay_slots  <= cost_slots;
        pay_beats  <= cost_beats;
        credits    <= credits + {9'd0, credit_a} + {9'd0, credit_b}
                    - (pay_slots ? {1'b0, price} : 10'd0);
        host_room  <= host_room + {9'd0, host_pop} - (pay_beats ? {1'b0, price} : 10'd0);

        m_start <= start && v_protect;
        if (start && v_protect) begin
            m_slot      <= v_slot;
            m_family    <= v_family;
            m_tagged    <= v_tagged;
            m_transport <= v_transport;
            m_long_aad  <= v_long_aad;
            m_len       <= v_len;
            m_text      <= v_text;
        end

        take  <= {take[DELAY-1:0], go && k <= v_beats};
        host  <= {host[DELAY-1:0], v_host};
        valid <= {valid[DELAY-1:0], go && v_protect && k <= v_slots};
        sop   <= {sop[DELAY-1:0], k == 8'd0};
        eop   <= {eop[DELAY-1:0], k == v_slots};

        if (rst) begin
            busy       <= 1'b0;
            k          <= 8'd0;
            k_next     <= 8'd1;
            credits    <= CREDITS[9:0];
            host_room  <= HOST_DEPTH[9:0];
            flow_room  <= 1'b0;
            host_free  <= 1'b0;
            cost_slots <= 1'b0;
            cost_beats <= 1'b0;
            pay_slots  <= 1'b0;
            pay_beats  <= 1'b0;
            m_start    <= 1'b0;
            take       <= 0;
            valid      <= 0;
        end
    end

    // ---- the beats: they come a cycle each, and began to come before the verdict (out_classify)

    assign s_ready = take[DELAY];
    assign m_valid = valid[DELAY];
    assign m_sop   = sop[DELAY];
    assign m_eop   = eop[DELAY];
    assign m_beat  = s_data;

    wire                        host_ready;
    wire [$clog2(HOST_DEPTH):0] host_level;
    wire [5:0]                  host_bytes;

    axis_fifo #(.WIDTH(519), .DEPTH(HOST_DEPTH)) host_frames (
        .clk     (clk),
        .rst     (rst),
        .s_data  ({s_data, s_bytes, s_last}),
        .s_valid (take[DELAY] && host[DELAY]),
        .s_ready (host_ready),
        .m_data  ({m_axis_host_tdata, host_bytes, m_axis_host_tlast}),
        .m_valid (m_axis_host_tvalid),
        .m_ready (m_axis_host_tready),
        .level   (host_level)
    );

    assign m_axis_host_tkeep = ~64'd0 >> (6'd63 - host_bytes);

    wire unused = &{1'b0, host_level, host_ready};

`ifdef VERILATOR
    always @(posedge clk)
        if (!rst) begin
            assert (!take[DELAY] || s_valid);
            assert (!(take[DELAY] && host[DELAY]) || host_ready);
            assert (credits <= CREDITS[9:0]);
            assert (host_room <= HOST_DEPTH[9:0]);
            assert (!go || v_beats < LONGEST[7:0]);
            assert (!(go && v_protect) || v_slots < LONGEST[7:0]);
        end
`else
    wire unused_valid = &{1'b0, s_valid};
`endif

endmodule

`resetall
