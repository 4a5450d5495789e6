// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, last stage and end of the flow: header, ciphertext and ICV (RFC 4303 2.8)
//             become one frame on the wire. Its last slots and its tag come while it leaves; where a
//             checksum over all of it stands in its header (UDP over IPv6), it waits for the tag.
// Parameters: DEPTH (slots of ciphertext, a power of two; also packets), AHEAD (see below).
// Latency:    12 cycles from the first slot to the frame's first beat; UDP over IPv6: 5 from tag.
// Throughput: one beat a cycle, from frame to frame too; a frame never has fewer beats than slots.
module out_emit #(
    parameter DEPTH = 512,
    parameter AHEAD = 9         // cycles from a first slot to when its packet is due, 2 or more
) (
    input  wire         clk,
    input  wire         rst,

    // gcm_core: slots of ciphertext, zero beyond its end; those of a packet contiguous
    input  wire         s_valid,
    input  wire         s_sop,
    input  wire         s_eop,
    input  wire [511:0] s_data,

    // out_checksum, 6 cycles behind the packet's last slot: tag and UDP checksum
    input  wire         t_valid,
    input  wire [127:0] t_tag,
    input  wire [15:0]  t_sum,

    // out_header, in the same order, never later than the first slot
    input  wire         h_valid,
    input  wire         h_tagged,
    input  wire         h_encap,
    input  wire         h_outer6,
    input  wire [13:0]  h_ct,
    input  wire [13:0]  h_end,
    input  wire [655:0] h_header,

    output reg  [511:0] m_axis_tdata,
    output reg  [63:0]  m_axis_tkeep,
    output reg          m_axis_tvalid,
    input  wire         m_axis_tready,
    output reg          m_axis_tlast,

    output reg          credit          // a slot is free again
);

    localparam LEVEL_W  = $clog2(DEPTH) + 1;
    localparam HEADER_W = 3 + 14 + 14 + 656;

    wire [LEVEL_W-1:0] slots_level, tags_level, headers_level;
    wire               slots_room, tags_room, headers_room;
    wire               slot_valid, tag_valid, header_valid;
    wire [511:0]       slot;
    wire               slot_eop;
    wire [127:0]       tag;
    wire [15:0]        checksum;
    wire               vlan, encap, outer6;
    wire [13:0]        ct;
    wire [13:0]        end_b;
    wire [655:0]       header;
    wire               next_slot, next_frame;

    axis_fifo #(.WIDTH(513), .DEPTH(DEPTH)) slots (
        .clk     (clk),
        .rst     (rst),
        .s_data  ({s_eop, s_data}),
        .s_valid (s_valid),
        .s_ready (slots_room),
        .m_data  ({slot_eop, slot}),
        .m_valid (slot_valid),
        .m_ready (next_slot),
        .level   (slots_level)
    );

    axis_fifo #(.WIDTH(128 + 16), .DEPTH(DEPTH)) tags (
        .clk     (clk),
        .rst     (rst),
        .s_data  ({t_tag, t_sum}),
        .s_valid (t_valid),
        .s_ready (tags_room),
        .m_data  ({tag, checksum}),
        .m_valid (tag_valid),
        .m_ready (next_frame),
        .level   (tags_level)
    );

    axis_fifo #(.WIDTH(HEADER_W), .DEPTH(DEPTH)) headers (
        .clk     (clk),
        .rst     (rst),
        .s_data  ({h_tagged, h_encap, h_outer6, h_ct, h_end, h_header}),
        .s_valid (h_valid),
        .s_ready (headers_room),
        .m_data  ({vlan, encap, outer6, ct, end_b, header}),
        .m_valid (header_valid),
        .m_ready (next_frame),
        .level   (headers_level)
    );

    // ---- which packets may begin. Slots come a cycle each and leave no faster, so only the tag
    //      can be late: of a packet of S slots whose first comes in cycle 0 it is at its FIFO's end in
    //      cycle S + 8 (the last slot, out_checksum, the FIFO), and its first byte goes with slot
    //      S - 2 or S - 1. So what begins in cycle 10 has it in time: AHEAD, and one to be counted.

    reg  [AHEAD-1:0]   sops;            // when a first slot came
    reg  [LEVEL_W-1:0] due;             // packets that may begin and have not
    reg                some_due;
    wire               arrives = sops[AHEAD-1];
    wire               begins;

    always @(posedge clk) begin
        sops     <= {sops[AHEAD-2:0], s_valid && s_sop};
        some_due <= arrives || (begins ? due[LEVEL_W-1:1] != 0 : due != 0);
        if (arrives != begins)
            due <= arrives ? due + 1'b1 : due - 1'b1;
        if (rst) begin
            sops     <= 0;
            some_due <= 1'b0;
            due      <= 0;
        end
    end

    // ---- the frame, a beat at a time. Its slots are ciphertext with the tag behind, and another
    //      without either when the core needed one more for its last block.

    reg  [7:0]  k;                      // beat of the frame
    reg         in_frame;
    reg         slots_done;             // its last slot has been used
    wire        sums = outer6 && encap;
    wire        may  = some_due && header_valid && (tag_valid || !sums);
    wire        go   = !m_axis_tvalid || m_axis_tready;
    wire        run  = go && (in_frame || may);
    wire        last = k == end_b[13:6];

    assign begins     = run && !in_frame;
    assign next_slot  = run && !slots_done;
    assign next_frame = run && last;

    wire [127:0] tag_bytes;             // first byte in [7:0]
    genvar i;
    generate
        for (i = 0; i < 16; i = i + 1) begin : order
            assign tag_bytes[i * 8 +: 8] = tag[(15 - i) * 8 +: 8];
        end
    endgenerate

    // The tag starts in word ct / 4 of the slots and may go over into the next one.
    wire [7:0] tag_slot = ct[13:6];
    wire [3:0] tag_word = ct[5:2];
    wire       tag_here = k == tag_slot;
    reg        tag_goes;                // it was there in the beat before

    // ---- two registers: a slot with what is the tag's in it, and a beat of header; then the beat.
    //      A header of IPv6 fills the first beat and ends in the second: there slot k goes with
    //      beat k + 1.

    reg          x_valid, x_last;
    reg  [2:0]   x_shape;               // tag, UDP, IPv6: how long the header is
    reg  [511:0] x;                     // slot k,
    reg  [511:0] x_1;                   // and those before it
    reg  [143:0] x_2;
    reg  [5:0]   x_bytes;
    reg  [511:0] x_header;
    reg          x_begins;              // some of the beat is header,
    reg          x_whole;               // or all of it:
    reg  [63:0]  x_is_header;           // these bytes
    integer      w;

    // RFC 8200 8.1: with IPv6 the checksum is here by now, and in UDP's last two bytes
    wire [15:0]  wire_sum = {checksum[7:0], checksum[15:8]};
    wire [655:0] summed = {header[655:528], sums && vlan ? wire_sum : header[527:512],
                           header[511:496], sums && !vlan ? wire_sum : header[495:480],
                           header[479:0]};

    // What a beat is made of: the first bytes from the end of one slot, the others from the next
    wire [463:0] here  = x_shape[0] ? x_1[463:0] : x[463:0];
    wire [495:0] older = x_shape[0] ? {x_2, 352'd0} : x_1[511:16];
    reg  [511:0] moved;

    always @* begin
        case (x_shape)
        3'b000:  moved = {here[14*8-1:0], older[495 -: 50*8]};
        3'b100:  moved = {here[10*8-1:0], older[495 -: 54*8]};
        3'b010:  moved = {here[6*8-1:0], older[495 -: 58*8]};
        3'b110:  moved = {here[2*8-1:0], older[495 -: 62*8]};
        3'b001:  moved = {here[58*8-1:0], older[495 -: 6*8]};
        3'b101:  moved = {here[54*8-1:0], older[495 -: 10*8]};
        3'b011:  moved = {here[50*8-1:0], older[495 -: 14*8]};
        default: moved = {here[46*8-1:0], older[495 -: 18*8]};
        endcase
    end

    // The bytes of header: all of a first beat with IPv6, and those in the beat where it ends
    wire         whole = outer6 && k == 8'd0;
    wire         ends  = k == {7'd0, outer6};
    wire [5:0]   front = (outer6 ? 6'd6 : 6'd50) + {2'd0, encap, vlan, 2'd0};

    always @(posedge clk) begin
        credit <= next_slot;
        if (run) begin
            k          <= last ? 8'd0 : k + 8'd1;
            in_frame   <= !last;
            slots_done <= last ? 1'b0 : slots_done || slot_eop;
            tag_goes   <= tag_here && !last;
        end

        if (go)
            x_valid <= run;
        if (run) begin
            x_last   <= last;
            x_bytes  <= end_b[5:0];
            x_shape  <= {vlan, encap, outer6};
            x_whole  <= whole;
            x_begins <= whole || ends;
            x_is_header <= whole ? ~64'd0 : ends ? ~(~64'd0 << front) : 64'd0;
            x        <= slots_done ? 512'd0 : slot;
            x_1      <= x;
            x_2      <= x_1[511:368];
            if (k == 8'd0)
                x_header <= summed[511:0];
            else if (x_whole)
                x_header[143:0] <= summed[655:512];
            if (tag_here || tag_goes)
                for (w = 0; w < 16; w = w + 1)
                    if ({1'b0, w[3:0] - tag_word} < 5'd4
                        && (w[3:0] < tag_word ? tag_goes : tag_here))
                        x[w * 32 +: 32] <= tag_bytes[{w[1:0] - tag_word[1:0], 5'd0} +: 32];
        end

        if (go)
            m_axis_tvalid <= x_valid;
        if (go && x_valid) begin
            if (x_begins)
                for (w = 0; w < 64; w = w + 1)
                    m_axis_tdata[w * 8 +: 8] <= x_is_header[w] ? x_header[w * 8 +: 8]
                                                : moved[w * 8 +: 8];
            else
                m_axis_tdata <= moved;
            m_axis_tkeep <= x_last ? ~64'd0 >> (6'd63 - x_bytes) : ~64'd0;
            m_axis_tlast <= x_last;
        end

        if (rst) begin
            k             <= 8'd0;
            in_frame      <= 1'b0;
            slots_done    <= 1'b0;
            tag_goes      <= 1'b0;
            x_valid       <= 1'b0;
            m_axis_tvalid <= 1'b0;
            credit        <= 1'b0;
        end
    end

    wire unused = &{1'b0, slots_level, tags_level, headers_level, ct[1:0], slots_room, tags_room,
                    headers_room};

`ifdef VERILATOR
    always @(posedge clk)
        if (!rst) begin
            assert (!s_valid || slots_room);
            assert (!t_valid || tags_room);
            assert (!h_valid || headers_room);
            // what a frame needs is there when it does
            assert (!next_slot || slot_valid);
            assert (!run || header_valid);
            assert (!(begins && sums) || tag_valid);
            assert (!(run && (tag_here || tag_goes)) || tag_valid);
            assert (!next_frame || tag_valid);
            // the last slot is used by the last beat
            assert (!next_frame || slots_done || slot_eop);
        end
`else
    wire unused_valid = &{1'b0, slot_valid};
`endif

`ifdef PROVE_OUT_EMIT
    `include "out_emit.vh"
`endif

endmodule

`resetall
