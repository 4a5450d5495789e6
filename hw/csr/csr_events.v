// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    The event queue of the page: what the two directions tell is put into a ring of 16
//             entries, which the host reads and gives free by moving EVENT_TAIL. The interrupt line
//             is up while there is something to read and the host wants to know.
// Latency:    6 cycles from an event to EVENT_HEAD, and the line a cycle later; a read 2.
// Throughput: an event every 4 cycles. In front of the ring each direction has a queue, where events
//             also wait while the ring is full; what finds that queue full too is counted in
//             EVENT_LOST.
module csr_events (
    input  wire         clk,
    input  wire         rst,

    // Outbound
    input  wire         out_valid,
    input  wire [7:0]   out_kind,
    input  wire [15:0]  out_slot,
    input  wire [31:0]  out_spi,
    input  wire [63:0]  out_detail,
    input  wire [2:0]   out_lost,
    // Inbound
    input  wire         in_valid,
    input  wire [7:0]   in_kind,
    input  wire [15:0]  in_slot,
    input  wire [31:0]  in_spi,
    input  wire [63:0]  in_detail,
    input  wire [2:0]   in_lost,

    // The page: EVENT_HEAD to EVENT_CONTROL are registers 0 to 3, EVENTS the ring
    input  wire         wr_en,
    input  wire [1:0]   wr_word,
    input  wire [31:0]  wr_data,
    input  wire         rd_en,
    input  wire         rd_ring,
    input  wire [5:0]   rd_word,
    output reg  [31:0]  rd_data,

    output reg          irq
);

    localparam HEAD = 2'd0, TAIL = 2'd1, LOST = 2'd2;

    // ------------------------------------------------------------ in

    wire         valid, ready;
    wire [7:0]   kind;
    wire         inbound;
    wire [15:0]  slot;
    wire [31:0]  spi;
    wire [63:0]  detail;
    wire [2:0]   lost_now;

    event_merge #(.FLOWS(2), .WIDTH(121)) merge (
        .clk(clk), .rst(rst),
        .s_valid({in_valid, out_valid}),
        .s_event({1'b1, in_kind, in_slot, in_spi, in_detail,
                  1'b0, out_kind, out_slot, out_spi, out_detail}),
        .s_lost({in_lost, out_lost}),
        .m_valid(valid), .m_event({inbound, kind, slot, spi, detail}), .m_ready(ready),
        .m_lost(lost_now)
    );

    // ------------------------------------------------------------ the ring

    reg [127:0] ring [0:15];
    reg [31:0]  head, tail, lost, fill;
    reg         room;                // fewer than 16 were there
    reg [1:0]   settle;              // cycles until `room` knows of the last event
    reg         irq_on;

    assign ready = settle == 2'd0 && room;

    always @(posedge clk) begin
        fill <= head - tail;
        room <= fill[31:4] == 28'd0;
        irq  <= irq_on && fill != 32'd0;
        lost <= lost + {29'd0, lost_now};
        if (settle != 2'd0)
            settle <= settle - 2'd1;
        if (valid && ready) begin
            ring[head[3:0]] <= {detail[31:0], detail[63:32], spi, slot, 7'd0, inbound, kind};
            head            <= head + 32'd1;
            settle          <= 2'd2;
        end
        if (wr_en && wr_word == TAIL)
            tail <= wr_data;
        if (wr_en && wr_word == 2'd3)
            irq_on <= wr_data[`ESPL_EVENT_CONTROL_IRQ];
        if (rst) begin
            head   <= 32'd0;
            tail   <= 32'd0;
            lost   <= 32'd0;
            fill   <= 32'd0;
            room   <= 1'b0;
            settle <= 2'd0;
            irq_on <= 1'b0;
            irq    <= 1'b0;
        end
    end

    // ------------------------------------------------------------ the host's read

    reg         rd_1, ring_1;
    reg [1:0]   word_1;
    reg [127:0] entry;
    reg [31:0]  register;

    always @(posedge clk) begin
        rd_1 <= rd_en;
        if (rd_en) begin
            ring_1 <= rd_ring;
            word_1 <= rd_word[1:0];
            entry  <= ring[rd_word[5:2]];
            case (rd_word[1:0])
            HEAD:    register <= head;
            TAIL:    register <= tail;
            LOST:    register <= lost;
            default: register <= {31'd0, irq_on};
            endcase
        end
        if (rd_1)
            rd_data <= ring_1 ? entry[word_1*32 +: 32] : register;
        if (rst)
            rd_1 <= 1'b0;
    end

endmodule

`resetall
