// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Where frames of two streams leave by a port, in turn: each is stored whole first, so
//             that it leaves without a gap inside. When the port does not take them fast enough,
//             DROP decides: frames that find no room are dropped whole and counted (a host), or the
//             stages before wait (a MAC).
// Parameters: DEPTH (beats, a power of two), MAX_FRAME (bytes; the longest frame must fit),
//             DROP (1: drop when full, nobody waits but for his turn; 0: back-pressure).
// Latency:    5 cycles from a frame's last beat to its first beat out.
// Throughput: one beat a cycle.
// flush:      forgets the frame that is being written, for a reset of the stages before. Whole
//             frames stay and leave: a frame on the wire is never cut.
module axis_egress #(
    parameter DEPTH     = 512,
    parameter MAX_FRAME = 9216,
    parameter DROP      = 1
) (
    input  wire         clk,
    input  wire         rst,

    input  wire [511:0] s0_axis_tdata,
    input  wire [63:0]  s0_axis_tkeep,
    input  wire         s0_axis_tvalid,
    output wire         s0_axis_tready,
    input  wire         s0_axis_tlast,
    input  wire [511:0] s1_axis_tdata,
    input  wire [63:0]  s1_axis_tkeep,
    input  wire         s1_axis_tvalid,
    output wire         s1_axis_tready,
    input  wire         s1_axis_tlast,

    output wire [511:0] m_axis_tdata,
    output wire [63:0]  m_axis_tkeep,
    output wire         m_axis_tvalid,
    input  wire         m_axis_tready,
    output wire         m_axis_tlast,

    input  wire         flush,

    output reg          cnt_tx,
    output reg  [13:0]  cnt_tx_len,
    output reg          cnt_drop_full
);

    localparam AW = $clog2(DEPTH);

    generate
        if (MAX_FRAME > 16383)
            error_max_frame_does_not_fit_14_bits stop ();
        if (DEPTH < (MAX_FRAME + 63) / 64 + 4)
            error_depth_is_less_than_the_longest_frame stop ();
    endgenerate

    reg  [511:0] in_data;
    reg  [63:0]  in_keep;
    wire [5:0]   in_bytes;      // less one
    reg          in_last;
    reg          in_valid;
    reg          skip;          // the rest of this frame is swallowed
    wire [AW:0]  level;

    reg  room;      // for a beat, with three on their way in
    reg  full;      // no room for the beat in the register and one behind it
    wire lose = in_valid && (skip || full);

    axis_turn turns (
        .clk(clk), .rst(rst || flush), .room(DROP != 0 || room),
        .s0_axis_tvalid(s0_axis_tvalid), .s0_axis_tready(s0_axis_tready),
        .s0_axis_tlast(s0_axis_tlast),
        .s1_axis_tvalid(s1_axis_tvalid), .s1_axis_tready(s1_axis_tready),
        .s1_axis_tlast(s1_axis_tlast)
    );

    wire        take  = (s0_axis_tvalid && s0_axis_tready) || (s1_axis_tvalid && s1_axis_tready);
    wire        last  = s1_axis_tready ? s1_axis_tlast : s0_axis_tlast;

    axis_keep_count count (.last(in_valid && in_last), .tkeep(in_keep), .bytes_less_one(in_bytes));

    always @(posedge clk) begin
        room     <= level <= DEPTH[AW:0] - 4;
        full     <= level >= DEPTH[AW:0] - 1;
        in_valid <= take;
        if (take) begin
            in_data  <= s1_axis_tready ? s1_axis_tdata : s0_axis_tdata;
            in_keep  <= s1_axis_tready ? s1_axis_tkeep : s0_axis_tkeep;
            in_last  <= last;
        end
        cnt_drop_full <= lose && in_last;
        if (in_valid)
            skip <= lose && !in_last;
        if (rst || flush) begin
            in_valid      <= 1'b0;
            skip          <= 1'b0;
            cnt_drop_full <= 1'b0;
        end
    end

    wire [5:0] out_bytes;
    reg  [7:0] out_beats;       // of the frame, before this one
    wire       no_note;         // nobody asks for it here
    wire       unused = &{1'b0, no_note};
    wire       out_moves = m_axis_tvalid && m_axis_tready;

    assign m_axis_tkeep = ~64'd0 >> (6'd63 - out_bytes);

    axis_frame_buffer #(
        .WIDTH (512 + 6 + 1),
        .DEPTH (DEPTH)
    ) buffer (
        .clk       (clk),
        .rst       (rst),
        .wr_data   ({in_data, in_bytes, in_last}),
        .wr_en     (in_valid && !lose && !flush),
        .wr_commit (in_last),
        .wr_note   (1'b0),
        .wr_forget (lose || flush),
        .level     (level),
        .m_data    ({m_axis_tdata, out_bytes, m_axis_tlast}),
        .m_note    (no_note),
        .m_valid   (m_axis_tvalid),
        .m_ready   (m_axis_tready)
    );

    always @(posedge clk) begin
        cnt_tx <= out_moves && m_axis_tlast;
        if (out_moves) begin
            out_beats  <= m_axis_tlast ? 8'd0 : out_beats + 8'd1;
            cnt_tx_len <= {out_beats, out_bytes} + 14'd1;
        end
        if (rst) begin
            cnt_tx    <= 1'b0;
            out_beats <= 8'd0;
        end
    end

`ifdef PROVE_AXIS_EGRESS
    `include "axis_egress.vh"
`endif

endmodule

`resetall
