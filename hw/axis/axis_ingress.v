// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Where a port's frames come in: each is stored whole, and only the good ones go on.
//             Dropped and counted: frames the MAC marks (tuser), runts without a whole Ethernet
//             header, and frames longer than MAX_FRAME. An oversize frame is swallowed, whatever
//             its length. Good frames leave without a gap inside, and each tells its length before
//             the rest of it is seen.
// Parameters: DEPTH (beats, a power of two; the longest frame and four beats more must fit),
//             MAX_FRAME (bytes, without FCS).
// Latency:    5 cycles from a frame's last beat to its first beat out.
// Throughput: one beat a cycle.
// enable:     while low nothing is taken and what was stored is forgotten; a frame that this cuts
//             is swallowed to its end afterwards and counted as an error, so that a reset of the
//             engine under traffic never makes a frame out of the rest of one.
module axis_ingress #(
    parameter DEPTH     = 512,
    parameter MAX_FRAME = 9018
) (
    input  wire         clk,
    input  wire         rst,

    input  wire [511:0] s_axis_tdata,
    input  wire [63:0]  s_axis_tkeep,
    input  wire         s_axis_tvalid,
    output wire         s_axis_tready,
    input  wire         s_axis_tlast,
    input  wire         s_axis_tuser,

    output wire [511:0] m_axis_tdata,
    output wire [63:0]  m_axis_tkeep,
    output wire         m_axis_tvalid,
    input  wire         m_axis_tready,
    output wire         m_axis_tlast,
    output wire [13:0]  m_len,          // of the frame, with its first beat

    input  wire         enable,

    output reg          cnt_rx,
    output reg  [13:0]  cnt_rx_len,
    output reg          cnt_drop_error,
    output reg          cnt_drop_runt,
    output reg          cnt_drop_oversize
);

    localparam [13:0] LONGEST    = MAX_FRAME[13:0] - 14'd1;     // number of its last byte
    localparam [5:0]  HEADER_END = 6'd13;                       // of the Ethernet header
    localparam        AW         = $clog2(DEPTH);

    generate
        if (MAX_FRAME > 16383)
            error_max_frame_does_not_fit_14_bits stop ();
        if (DEPTH < (MAX_FRAME + 63) / 64 + 4)
            error_depth_is_less_than_the_longest_frame stop ();
    endgenerate

    // The beat, registered with its length
    wire [5:0]   s_bytes;
    reg  [511:0] in_data;
    reg  [5:0]   in_bytes;      // less one
    reg          in_last;
    reg          in_bad;
    reg          in_valid;

    // A frame's way through
    reg  [7:0]   beats;         // before this one
    reg          at_limit;      // that many that a frame can't go on behind this one
    reg          skip;          // the rest of this frame is swallowed
    reg          skip_oversize; // ... because it is too long
    wire [AW:0]  level;

    axis_keep_count count (
        .last           (s_axis_tvalid && s_axis_tlast),
        .tkeep          (s_axis_tkeep),
        .bytes_less_one (s_bytes)
    );

    wire [13:0] len       = {beats, in_bytes} + 14'd1;
    wire        too_long  = at_limit && !(in_last && in_bytes <= LONGEST[5:0]);
    wire        too_short = beats == 8'd0 && in_bytes < HEADER_END;
    wire        good      = in_last && !skip && !in_bad && !too_long && !too_short;

    reg room;   // for this beat, with three on their way in

    assign s_axis_tready = enable && room;

    always @(posedge clk) begin
        room     <= level <= DEPTH[AW:0] - 4;
        in_valid <= s_axis_tvalid && s_axis_tready;
        if (s_axis_tvalid && s_axis_tready) begin
            in_data  <= s_axis_tdata;
            in_bytes <= s_bytes;
            in_last  <= s_axis_tlast;
            in_bad   <= s_axis_tlast && s_axis_tuser;
        end

        cnt_rx            <= in_valid && good;
        cnt_drop_error    <= 1'b0;
        cnt_drop_runt     <= 1'b0;
        cnt_drop_oversize <= 1'b0;
        if (in_valid) begin
            beats      <= in_last ? 8'd0 : beats + {7'd0, !skip};
            at_limit   <= in_last ? LONGEST[13:6] == 8'd0
                        : beats + {7'd0, !skip} == LONGEST[13:6];
            cnt_rx_len <= len;
            if (in_last) begin
                skip              <= 1'b0;
                cnt_drop_oversize <= skip ? skip_oversize : !in_bad && too_long;
                cnt_drop_error    <= skip ? !skip_oversize : in_bad;
                cnt_drop_runt     <= !skip && !in_bad && too_short;
            end else if (too_long && !skip) begin
                skip          <= 1'b1;
                skip_oversize <= 1'b1;
            end
        end
        // A frame under way: its beginning is lost, so the rest is.
        if (!enable && !(in_valid ? in_last : beats == 8'd0) && !skip) begin
            skip          <= 1'b1;
            skip_oversize <= 1'b0;
        end

        if (rst) begin
            in_valid          <= 1'b0;
            beats             <= 8'd0;
            at_limit          <= LONGEST[13:6] == 8'd0;
            skip              <= 1'b0;
            cnt_rx            <= 1'b0;
            cnt_drop_error    <= 1'b0;
            cnt_drop_runt     <= 1'b0;
            cnt_drop_oversize <= 1'b0;
        end
    end

    wire [5:0] out_bytes;
    assign m_axis_tkeep = ~64'd0 >> (6'd63 - out_bytes);

    axis_frame_buffer #(
        .WIDTH  (512 + 6 + 1),
        .DEPTH  (DEPTH),
        .NOTE_W (14)
    ) buffer (
        .clk       (clk),
        .rst       (rst || !enable),
        .wr_data   ({in_data, in_bytes, in_last}),
        .wr_en     (in_valid && !skip && (good || !(in_last || too_long))),
        .wr_commit (good),
        .wr_note   (len),
        .wr_forget (in_valid && !good && (in_last || too_long)),
        .level     (level),
        .m_data    ({m_axis_tdata, out_bytes, m_axis_tlast}),
        .m_note    (m_len),
        .m_valid   (m_axis_tvalid),
        .m_ready   (m_axis_tready)
    );

`ifdef PROVE_AXIS_INGRESS
    `include "axis_ingress.vh"
`endif

endmodule

`resetall
