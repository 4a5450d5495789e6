// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, last step: orders (in_route) meet the slots of their packets (in_hold). A
//             packet that passed leaves for plain or host0 behind its headers; what was dropped, and
//             the trailer and padding behind each packet, is swallowed.
// Headers:    Ethernet with one tag or none, and the first 20 or 40 bytes of the IP header, come
//             with the order. In tunnel mode they replace the same bytes of the text; in transport
//             mode the text begins behind them, and the last beat may have no slot of its own: it
//             takes a cycle, of which the wire gave one to the longer frame that came.
// Parameters: DEPTH (orders that can wait; as many as in_hold has slots).
// Latency:    4 cycles from an order to the first beat.
// Throughput: a slot a cycle. Beats of a frame are contiguous while their port takes them. A port
//             that does not take its frame holds up the other's: order is kept.
module in_deliver #(
    parameter DEPTH = 512
) (
    input  wire         clk,
    input  wire         rst,

    input  wire         o_valid,          // orders
    input  wire         o_pass,
    input  wire         o_host,
    input  wire         o_transport,
    input  wire         o_v6,
    input  wire         o_vlan,
    input  wire [13:0]  o_last,
    input  wire [463:0] o_front,
    input  wire [17:0]  o_l4,

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

    localparam ORDER_W = 2 + 3 + 14 + 464 + 18;

    wire         room;
    wire         d_valid, d_ready, d_pass, d_host, l4_set, l4_tcp;
    wire [2:0]   place;              // transport mode, IPv6, tag
    wire [13:0]  d_last;
    wire [463:0] d_front;
    wire [15:0]  l4_sum;

    axis_fifo #(.WIDTH(ORDER_W), .DEPTH(DEPTH)) order_fifo (
        .clk(clk), .rst(rst),
        .s_data({o_pass, o_host, o_transport, o_v6, o_vlan, o_last, o_front, o_l4}),
        .s_valid(o_valid), .s_ready(room),
        .m_data({d_pass, d_host, place, d_last, d_front, l4_set, l4_tcp, l4_sum}),
        .m_valid(d_valid), .m_ready(d_ready),
        .level()
    );

    reg          plain_valid, host_valid, last;
    reg  [511:0] data;
    reg  [63:0]  keep;

    assign m_axis_plain_tdata  = data;
    assign m_axis_plain_tkeep  = keep;
    assign m_axis_plain_tlast  = last;
    assign m_axis_plain_tvalid = plain_valid;
    assign m_axis_host0_tdata  = data;
    assign m_axis_host0_tkeep  = keep;
    assign m_axis_host0_tlast  = last;
    assign m_axis_host0_tvalid = host_valid;

    reg          in_packet;
    reg          spent;              // the frame is out, what follows is padding
    reg          owed;               // the slots are gone, and a beat is missing
    reg  [7:0]   beat;
    reg  [463:0] tail;               // bytes 6..63 of the slot before

    wire free    = (!plain_valid || m_axis_plain_tready) && (!host_valid || m_axis_host0_tready);
    wire forward = d_valid && d_pass && !spent;
    wire ends    = beat == d_last[13:6];
    wire owes    = h_eop && forward && !ends;
    wire emit    = forward && free && (h_valid || owed);

    assign h_ready   = d_valid && (free || !forward) && !owed;
    assign d_ready   = owed ? free : h_valid && h_ready && h_eop && !owes;
    assign h_forward = h_valid && h_ready && forward;

    // The front in wire order; a TCP or UDP checksum that changes is in the first slot
    wire [463:0] front;
    wire [511:0] text = in_packet || !l4_set ? h_data :
                        l4_tcp ? {h_data[511:144], l4_sum[7:0], l4_sum[15:8], h_data[127:0]}
                               : {h_data[511:64], l4_sum[7:0], l4_sum[15:8], h_data[47:0]};

    genvar i;
    generate
        for (i = 0; i < 58; i = i + 1) begin : byte_order
            assign front[8*i +: 8] = d_front[463 - 8*i -: 8];
        end
    endgenerate

    always @(posedge clk) begin
        if (free) begin
            plain_valid <= emit && !d_host;
            host_valid  <= emit && d_host;
        end
        if (emit) begin
            keep <= ends ? {64{1'b1}} >> ~d_last[5:0] : {64{1'b1}};
            last <= ends;
            // Tunnel mode: the text goes 14 or 18 bytes back; transport mode: as long as the front
            if (in_packet || owed)
                case (place)
                    3'b000, 3'b010: data <= {text[399:0], tail[463:352]};
                    3'b001, 3'b011: data <= {text[367:0], tail[463:320]};
                    3'b100:         data <= {text[239:0], tail[463:192]};
                    3'b101:         data <= {text[207:0], tail[463:160]};
                    3'b110:         data <= {text[79:0], tail[463:32]};
                    default:        data <= {text[47:0], tail};
                endcase
            else
                case (place)
                    3'b000:         data <= {text[399:160], front[271:0]};
                    3'b001:         data <= {text[367:160], front[303:0]};
                    3'b010:         data <= {text[399:320], front[431:0]};
                    3'b011:         data <= {text[367:320], front};
                    3'b100:         data <= {text[239:0], front[271:0]};
                    3'b101:         data <= {text[207:0], front[303:0]};
                    3'b110:         data <= {text[79:0], front[431:0]};
                    default:        data <= {text[47:0], front};
                endcase
        end
        if (h_valid && h_ready) begin
            tail      <= text[511:48];
            in_packet <= !h_eop;
            spent     <= !h_eop && (spent || ends);
            owed      <= owes;
            beat      <= h_eop && !owes ? 8'd0 : beat + 8'd1;
        end
        if (owed && free) begin
            owed <= 1'b0;
            beat <= 8'd0;
        end
        if (rst) begin
            plain_valid <= 1'b0;
            host_valid  <= 1'b0;
            in_packet   <= 1'b0;
            spent       <= 1'b0;
            owed        <= 1'b0;
            beat        <= 8'd0;
        end
    end

`ifdef VERILATOR
    always @(posedge clk)
        if (!rst) begin
            assert (room || !o_valid);
            // the slots are there before their order, and hold the whole frame but one beat's rest
            assert (h_valid || owed || !d_valid);
            assert (!owed || (d_valid && d_pass && ends));
        end
`else
    wire unused = room;
`endif

`ifdef PROVE_VERDICT
    `include "in_verdict.vh"
`elsif PROVE_IN_DELIVER
    `include "in_deliver.vh"
`endif

endmodule

`resetall
