// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, last step: orders (in_route) meet the slots of their packets (in_hold). A
//             packet that passed leaves for plain or host0 behind a new Ethernet header; what was
//             dropped, and the trailer behind each packet, is swallowed.
// Parameters: DEPTH (orders that can wait; as many as in_hold has slots).
// Latency:    4 cycles from an order to the first beat.
// Throughput: a slot a cycle. Beats of a frame are contiguous while their port takes them. A port
//             that does not take its frame holds up the other's: order is kept.
module in_deliver #(
    parameter DEPTH = 512
) (
    input  wire         clk,
    input  wire         rst,

    input  wire [47:0]  plain_mac,
    input  wire [47:0]  engine_mac,

    input  wire         o_valid,          // orders
    input  wire         o_pass,
    input  wire         o_host,
    input  wire [47:0]  o_mac,
    input  wire [13:0]  o_len,
    input  wire [7:0]   o_tos,
    input  wire [7:0]   o_ttl,
    input  wire [15:0]  o_sum,

    input  wire         h_valid,          // slots
    output wire         h_ready,
    input  wire         h_eop,
    input  wire [511:0] h_data,
    output wire         h_forward,        // text of this slot leaves the engine

    output wire [511:0] m_axis_plain_tdata,
    output wire [63:0]  m_axis_plain_tkeep,
    output wire         m_axis_plain_tvalid,
    input  wire         m_axis_plain_tready,
    output wire         m_axis_plain_tlast,

    output wire [511:0] m_axis_host0_tdata,
    output wire [63:0]  m_axis_host0_tkeep,
    output wire         m_axis_host0_tvalid,
    input  wire         m_axis_host0_tready,
    output wire         m_axis_host0_tlast
);

    localparam [15:0] TYPE_IPV4 = 16'h0800;
    localparam        ORDER_W   = 1 + 1 + 48 + 14 + 8 + 8 + 16;

    // The last byte of the frame, counted from 0: 14 bytes of Ethernet come before the packet
    wire               room;
    wire               d_valid, d_ready, d_pass, d_host;
    wire [47:0]        d_mac;
    wire [13:0]        d_last;
    wire [7:0]         d_tos, d_ttl;
    wire [15:0]        d_sum;

    axis_fifo #(.WIDTH(ORDER_W), .DEPTH(DEPTH)) order_fifo (
        .clk(clk), .rst(rst),
        .s_data({o_pass, o_host, o_mac, o_len + 14'd13, o_tos, o_ttl, o_sum}),
        .s_valid(o_valid), .s_ready(room),
        .m_data({d_pass, d_host, d_mac, d_last, d_tos, d_ttl, d_sum}),
        .m_valid(d_valid), .m_ready(d_ready),
        .level()
    );

    reg          valid, host, last;
    reg  [511:0] data;
    reg  [63:0]  keep;

    assign m_axis_plain_tdata  = data;
    assign m_axis_plain_tkeep  = keep;
    assign m_axis_plain_tlast  = last;
    assign m_axis_plain_tvalid = valid && !host;
    assign m_axis_host0_tdata  = data;
    assign m_axis_host0_tkeep  = keep;
    assign m_axis_host0_tlast  = last;
    assign m_axis_host0_tvalid = valid && host;

    reg          in_packet;
    reg          spent;              // the frame is out, what follows is padding
    reg  [7:0]   beat;
    reg  [111:0] tail;               // bytes 50..63 of the slot before

    wire free    = !valid || (host ? m_axis_host0_tready : m_axis_plain_tready);
    wire forward = d_valid && d_pass && !spent;
    wire ends    = beat == d_last[13:6];

    assign h_ready   = d_valid && (free || !forward);
    assign d_ready   = h_valid && h_ready && h_eop;
    assign h_forward = h_valid && h_ready && forward;

    // Numbers, first byte most significant; turned into wire order below
    wire [111:0] ethernet = {d_host ? plain_mac : d_mac,
                             d_host ? engine_mac : plain_mac, TYPE_IPV4};
    wire [111:0] front;
    wire [399:0] text = in_packet ? h_data[399:0] :
                        {h_data[399:96], d_sum[7:0], d_sum[15:8], h_data[79:72], d_ttl,
                         h_data[63:16], d_tos, h_data[7:0]};

    genvar i;
    generate
        for (i = 0; i < 14; i = i + 1) begin : byte_order
            assign front[8*i +: 8] = ethernet[111 - 8*i -: 8];
        end
    endgenerate

    always @(posedge clk) begin
        if (free)
            valid <= h_forward;
        if (h_forward) begin
            host <= d_host;
            data <= {text, in_packet ? tail : front};
            keep <= ends ? {64{1'b1}} >> ~d_last[5:0] : {64{1'b1}};
            last <= ends;
        end
        if (h_valid && h_ready) begin
            tail      <= h_data[511:400];
            in_packet <= !h_eop;
            spent     <= !h_eop && (spent || ends);
            beat      <= h_eop ? 8'd0 : beat + 8'd1;
        end
        if (rst) begin
            valid     <= 1'b0;
            in_packet <= 1'b0;
            spent     <= 1'b0;
            beat      <= 8'd0;
        end
    end

`ifdef VERILATOR
    always @(posedge clk)
        if (!rst) begin
            assert (room || !o_valid);
            // the slots are there before their order, and hold the whole frame
            assert (h_valid || !d_valid);
            assert (!(h_forward && h_eop && !ends));
        end
`else
    wire unused = room;
`endif

endmodule

`resetall
