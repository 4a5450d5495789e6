// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, first step: frames into a FIFO, their verdicts (in_parse) into one beside
//             it. A verdict comes out only when its frame is whole in the FIFO, so whoever takes a
//             verdict can take the frame without a gap.
// Parameters: DEPTH (beats, a power of two; must hold the longest frame).
// Latency:    10 cycles from a frame's last beat to its verdict.
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

    // The first 82 bytes stay for the parser until the last beat has told the length: with IPv6,
    // UDP and a tag the IV ends there
    wire [5:0]   tail;
    reg  [655:0] head;          // first byte most significant
    reg  [7:0]   index;         // of the beat that comes
    reg          in_frame;
    reg          from_host;
    reg          whole;
    reg  [13:0]  last;

    axis_keep_count count (.tkeep(s_axis_tkeep), .bytes_less_one(tail));

    integer i;
    always @(posedge clk) begin
        whole <= take && s_axis_tlast;
        if (take) begin
            in_frame <= !s_axis_tlast;
            index    <= s_axis_tlast ? 8'd0 : index + 8'd1;
            last     <= {index, tail};
            if (!in_frame) begin
                for (i = 0; i < 64; i = i + 1)
                    head[655 - 8*i -: 8] <= s_axis_tdata[8*i +: 8];
                from_host <= s_from_host;
            end
            if (index == 8'd1)
                for (i = 0; i < 18; i = i + 1)
                    head[143 - 8*i -: 8] <= s_axis_tdata[8*i +: 8];
        end
        if (rst) begin
            whole    <= 1'b0;
            in_frame <= 1'b0;
            index    <= 8'd0;
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
        .s_valid(whole), .s_head(head), .s_last(last), .s_from_host(from_host),
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
    always @(posedge clk)
        if (p_valid && !rst)
            assert (room);
`else
    wire unused = room;
`endif

endmodule

`resetall
