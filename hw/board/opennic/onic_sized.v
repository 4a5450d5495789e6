// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Frames towards the shell, which wants to know a frame's size beside its first beat
//             (tuser_size): each frame is stored whole. A frame shorter than the shell's 64 bytes
//             is filled up with zeros.
// Parameters: DEPTH (beats, a power of two; the longest frame must fit).
// Latency:    5 cycles from a frame's last beat to its first beat out.
// Throughput: one beat a cycle.
module onic_sized #(
    parameter DEPTH = 256
) (
    input  wire         clk,
    input  wire         rst,

    input  wire [511:0] s_axis_tdata,
    input  wire [63:0]  s_axis_tkeep,
    input  wire         s_axis_tvalid,
    output wire         s_axis_tready,
    input  wire         s_axis_tlast,

    output wire [511:0] m_axis_tdata,
    output wire [63:0]  m_axis_tkeep,
    output wire         m_axis_tvalid,
    input  wire         m_axis_tready,
    output wire         m_axis_tlast,
    output wire [15:0]  m_axis_tuser_size
);

    localparam SHORTEST = 16'd64;       // bytes of the shell's frames, without FCS: one beat

    // ------------------------------------------------------------ in: the bytes are counted

    reg  [9:0]   beats;                 // of the frame before this beat
    wire [5:0]   last_byte;             // number of the beat's last byte
    wire         first = beats == 10'd0;
    wire         data_ready, size_ready;
    wire [511:0] clean;
    wire         move  = s_axis_tvalid && s_axis_tready;
    wire [15:0]  bytes = {beats, 6'd0} + {10'd0, last_byte} + 16'd1;
    wire         tiny  = first && s_axis_tlast;

    axis_keep_count count (
        .last(s_axis_tlast), .tkeep(s_axis_tkeep), .bytes_less_one(last_byte)
    );

    assign s_axis_tready = data_ready && size_ready;

    genvar i;
    generate
        for (i = 0; i < 64; i = i + 1) begin : byte_of
            assign clean[8*i +: 8] = s_axis_tdata[8*i +: 8] & {8{s_axis_tkeep[i]}};
        end
    endgenerate

    always @(posedge clk) begin
        if (move)
            beats <= s_axis_tlast ? 10'd0 : beats + 10'd1;
        if (rst)
            beats <= 10'd0;
    end

    // ------------------------------------------------------------ out: when all of it is there

    wire        some_data, some_size;
    wire        leave = m_axis_tvalid && m_axis_tready;

    assign m_axis_tvalid = some_data && some_size;

    axis_fifo #(.WIDTH(577), .DEPTH(DEPTH)) data (
        .clk(clk), .rst(rst),
        .s_data({s_axis_tlast, tiny ? {64{1'b1}} : s_axis_tkeep, clean}),
        .s_valid(move), .s_ready(data_ready),
        .m_data({m_axis_tlast, m_axis_tkeep, m_axis_tdata}),
        .m_valid(some_data), .m_ready(leave), .level()
    );

    axis_fifo #(.WIDTH(16), .DEPTH(DEPTH)) sizes (
        .clk(clk), .rst(rst),
        .s_data(tiny ? SHORTEST : bytes), .s_valid(move && s_axis_tlast), .s_ready(size_ready),
        .m_data(m_axis_tuser_size), .m_valid(some_size), .m_ready(leave && m_axis_tlast), .level()
    );

endmodule

`resetall
