// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, last stage and end of the flow: header, ciphertext and ICV (RFC 4303 2.8)
//             become one frame on the wire. A frame is begun when all of it is here.
// Parameters: DEPTH (slots of ciphertext, a power of two; also packets).
// Latency:    5 cycles from the tag to the frame's first beat.
// Throughput: one beat a cycle, from frame to frame too; a frame never has fewer beats than slots.
module out_emit #(
    parameter DEPTH = 512
) (
    input  wire         clk,
    input  wire         rst,

    // gcm_core: slots of ciphertext, zero beyond its end; the tag with the last
    input  wire         s_valid,
    input  wire         s_eop,
    input  wire [511:0] s_data,
    input  wire [127:0] s_tag,

    // out_header, in the same order, never later than the tag
    input  wire         h_valid,
    input  wire         h_encap,        // 58 bytes of header, else 50
    input  wire [13:0]  h_ct,           // bytes of ciphertext
    input  wire [13:0]  h_end,          // number of the frame's last byte
    input  wire [463:0] h_header,       // first byte in [7:0]

    output reg  [511:0] m_axis_tdata,
    output reg  [63:0]  m_axis_tkeep,
    output reg          m_axis_tvalid,
    input  wire         m_axis_tready,
    output reg          m_axis_tlast,

    output reg          credit          // a slot is free again
);

    localparam LEVEL_W = $clog2(DEPTH) + 1;

    wire [LEVEL_W-1:0] slots_level, tags_level, headers_level;
    wire               slots_room, tags_room, headers_room;
    wire               slot_valid, tag_valid, header_valid;
    wire [511:0]       slot;
    wire               slot_eop;
    wire [127:0]       tag;
    wire               encap;
    wire [13:0]        ct;
    wire [13:0]        end_b;
    wire [463:0]       header;
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

    axis_fifo #(.WIDTH(128), .DEPTH(DEPTH)) tags (
        .clk     (clk),
        .rst     (rst),
        .s_data  (s_tag),
        .s_valid (s_valid && s_eop),
        .s_ready (tags_room),
        .m_data  (tag),
        .m_valid (tag_valid),
        .m_ready (next_frame),
        .level   (tags_level)
    );

    axis_fifo #(.WIDTH(1 + 14 + 14 + 464), .DEPTH(DEPTH)) headers (
        .clk     (clk),
        .rst     (rst),
        .s_data  ({h_encap, h_ct, h_end, h_header}),
        .s_valid (h_valid),
        .s_ready (headers_room),
        .m_data  ({encap, ct, end_b, header}),
        .m_valid (header_valid),
        .m_ready (next_frame),
        .level   (headers_level)
    );

    // ---- the frame, a beat at a time. Its slots are ciphertext with the tag behind, and another
    //      without either when the core needed one more for its last block.

    reg  [7:0]  k;                      // beat of the frame
    reg         slots_done;             // its last slot has been used
    wire        go   = !m_axis_tvalid || m_axis_tready;
    wire        run  = go && tag_valid && header_valid;
    wire        last = k == end_b[13:6];

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
    wire       tag_goes = k == tag_slot + 8'd1;

    // ---- two registers: a slot with what is the tag's in it, then the beat

    reg          x_valid, x_first, x_last, x_encap;
    reg  [511:0] x;
    reg  [463:0] x_header;
    reg  [5:0]   x_bytes;
    reg  [463:0] carry;                 // the end of the slot before, for the next beat
    integer      w;

    always @(posedge clk) begin
        credit <= next_slot;
        if (run) begin
            k          <= last ? 8'd0 : k + 8'd1;
            slots_done <= last ? 1'b0 : slots_done || slot_eop;
        end

        if (go)
            x_valid <= run;
        if (run) begin
            x_first  <= k == 8'd0;
            x_last   <= last;
            x_encap  <= encap;
            x_bytes  <= end_b[5:0];
            x        <= slots_done ? 512'd0 : slot;
            if (k == 8'd0)
                x_header <= header;
            if (tag_here || tag_goes)
                for (w = 0; w < 16; w = w + 1)
                    if ({1'b0, w[3:0] - tag_word} < 5'd4
                        && (w[3:0] < tag_word ? tag_goes : tag_here))
                        x[w * 32 +: 32] <= tag_bytes[{w[1:0] - tag_word[1:0], 5'd0} +: 32];
        end

        if (go)
            m_axis_tvalid <= x_valid;
        if (go && x_valid) begin
            if (x_encap)
                m_axis_tdata <= {x[47:0], x_first ? x_header : carry};
            else
                m_axis_tdata <= {x[111:0], x_first ? x_header[399:0] : carry[463:64]};
            m_axis_tkeep <= x_last ? ~64'd0 >> (6'd63 - x_bytes) : ~64'd0;
            m_axis_tlast <= x_last;
            carry        <= x[511:48];
        end

        if (rst) begin
            k             <= 8'd0;
            slots_done    <= 1'b0;
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
            assert (!(s_valid && s_eop) || tags_room);
            assert (!h_valid || headers_room);
            assert (!next_slot || slot_valid);
            // the last slot is used by the last beat
            assert (!next_frame || slots_done || slot_eop);
        end
`else
    wire unused_valid = &{1'b0, slot_valid};
`endif

endmodule

`resetall
