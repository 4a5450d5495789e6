// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, first step: frames into a FIFO, their verdicts (in_parse) into one beside
//             it. A verdict comes out as soon as the headers are judged, while the frame's end may
//             still be coming in.
// Why so:     as in out_classify: frames are whole and tell their length when they begin to
//             come, and they come without a gap, so whoever takes a verdict can take the frame
//             without one.
// Parameters: DEPTH (beats, a power of two; must hold the longest frame).
// Latency:    10 cycles from a frame's second beat (or only one) to its verdict.
// Throughput: one beat a cycle, also when each is a frame.
module in_classify #(
    parameter DEPTH = 512
) (
    input  wire         clk,
    input  wire         rst,

    input  wire [511:0] s_axis_tdata,
    input  wire [63:0]  s_axis_tkeep,
    input  wire         s_axis_tvalid,
    output wire         s_axis_tready,
    input  wire         s_axis_tlast,
    input  wire [13:0]  s_len,         // of the frame, with its first beat
    input  wire         s_from_host,   // it comes from host1, with the engine's MAC

    input  wire [47:0]  cipher_mac,
    input  wire         cipher_mac_set,
    input  wire [47:0]  engine_mac,
    input  wire         engine_mac_set,

    output wire [511:0] m_data,        // beats of the frames; their ends are in the verdicts
    output wire         m_data_valid,
    input  wire         m_data_ready,

    output wire         m_valid,       // verdicts, as in_parse has them
    input  wire         m_ready,
    output wire         m_host,
    output wire         m_esp,
    output wire [13:0]  m_last,
    output wire [2:0]   m_shape,
    output wire         m_from_host,
    output wire [31:0]  m_spi,
    output wire [31:0]  m_seq,
    output wire [63:0]  m_iv,
    output wire [127:0] m_dst,
    output wire [13:0]  m_ct,
    output wire [7:0]   m_slots,

    output wire         cnt_in_host_mac,
    output wire         cnt_in_host_not_esp,
    output wire         cnt_in_host_fragment,
    output wire         cnt_in_host_options,
    output wire         cnt_in_host_ike,
    output wire         cnt_in_drop_keepalive,
    output wire         cnt_in_drop_malformed,
    output wire         cnt_in_drop_loop
);

    localparam VERDICT_W = 2 + 14 + 3 + 1 + 32 + 32 + 64 + 128 + 14 + 8;

    wire take = s_axis_tvalid && s_axis_tready;

    axis_fifo #(.WIDTH(512), .DEPTH(DEPTH)) data_fifo (
        .clk(clk), .rst(rst),
        .s_data(s_axis_tdata), .s_valid(s_axis_tvalid), .s_ready(s_axis_tready),
        .m_data(m_data), .m_valid(m_data_valid), .m_ready(m_data_ready),
        .level()
    );

    // The first 82 bytes are for the parser: with IPv6, UDP and a tag the IV ends there
    reg  [655:0] head;          // first byte most significant
    reg          in_frame;
    reg          in_second;     // the next beat is the frame's second
    reg          from_host;
    reg          head_valid;
    reg  [13:0]  last;

    integer i;
    always @(posedge clk) begin
        head_valid <= take && (in_frame ? in_second : s_axis_tlast);
        if (take) begin
            in_frame  <= !s_axis_tlast;
            in_second <= !in_frame;
            if (!in_frame) begin
                for (i = 0; i < 64; i = i + 1)
                    head[655 - 8*i -: 8] <= s_axis_tdata[8*i +: 8];
                from_host <= s_from_host;
                last      <= s_len - 14'd1;
            end else if (in_second)
                for (i = 0; i < 18; i = i + 1)
                    head[143 - 8*i -: 8] <= s_axis_tdata[8*i +: 8];
        end
        if (rst) begin
            head_valid <= 1'b0;
            in_frame   <= 1'b0;
        end
    end

    wire         p_valid, p_host, p_esp, p_from_host;
    wire [2:0]   p_shape;
    wire [13:0]  p_last, p_ct;
    wire [31:0]  p_spi, p_seq;
    wire [63:0]  p_iv;
    wire [127:0] p_dst;
    wire [7:0]   p_slots;

    in_parse parse (
        .clk(clk), .rst(rst),
        .s_valid(head_valid), .s_head(head), .s_last(last), .s_from_host(from_host),
        .cipher_mac(cipher_mac), .cipher_mac_set(cipher_mac_set),
        .engine_mac(engine_mac), .engine_mac_set(engine_mac_set),
        .m_valid(p_valid), .m_host(p_host), .m_esp(p_esp), .m_last(p_last), .m_shape(p_shape),
        .m_from_host(p_from_host), .m_spi(p_spi), .m_seq(p_seq), .m_iv(p_iv), .m_dst(p_dst),
        .m_ct(p_ct), .m_slots(p_slots),
        .cnt_in_host_mac(cnt_in_host_mac), .cnt_in_host_not_esp(cnt_in_host_not_esp),
        .cnt_in_host_fragment(cnt_in_host_fragment), .cnt_in_host_options(cnt_in_host_options),
        .cnt_in_host_ike(cnt_in_host_ike), .cnt_in_drop_keepalive(cnt_in_drop_keepalive),
        .cnt_in_drop_malformed(cnt_in_drop_malformed), .cnt_in_drop_loop(cnt_in_drop_loop)
    );

    // Never full: a verdict leaves before its frame, and each frame has a beat in the other FIFO
    wire room;

    axis_fifo #(.WIDTH(VERDICT_W), .DEPTH(DEPTH)) verdict_fifo (
        .clk(clk), .rst(rst),
        .s_data({p_host, p_esp, p_last, p_shape, p_from_host, p_spi, p_seq, p_iv, p_dst, p_ct,
                 p_slots}),
        .s_valid(p_valid), .s_ready(room),
        .m_data({m_host, m_esp, m_last, m_shape, m_from_host, m_spi, m_seq, m_iv, m_dst, m_ct,
                 m_slots}),
        .m_valid(m_valid), .m_ready(m_ready),
        .level()
    );

`ifdef VERILATOR
    wire [5:0] tail;
    reg  [7:0] beats;           // of the frame, before this one

    axis_keep_count count (
        .last(take && s_axis_tlast), .tkeep(s_axis_tkeep), .bytes_less_one(tail)
    );

    always @(posedge clk)
        if (take)
            beats <= s_axis_tlast ? 8'd0 : in_frame ? beats + 8'd1 : 8'd1;

    always @(posedge clk)
        if (!rst) begin
            assert (!p_valid || room);
            // a frame is as long as it said
            assert (!(take && s_axis_tlast) ||
                    {in_frame ? beats : 8'd0, tail} == (in_frame ? last : s_len - 14'd1));
        end
`else
    wire unused = &{1'b0, room, s_axis_tkeep};
`endif

endmodule

`resetall
