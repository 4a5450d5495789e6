// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Events of several flows become one stream: each flow has a small queue of its own,
//             the queues are looked at in turn. An event that finds its queue full is lost, and
//             said so.
// Parameters: FLOWS (2 to 4), WIDTH (bits an event; 120: kind, slot, SPI and detail of the map's
//             event_entry), DEPTH (events a queue holds, a power of two, at least 4).
// Throughput: an event a cycle into each queue, one of each queue every FLOWS cycles out.
// m_valid says that m_event may be taken in this cycle; in the next it is another queue's turn.
module event_merge #(
    parameter FLOWS = 2,
    parameter WIDTH = 8 + 16 + 32 + 64,
    parameter DEPTH = 16
) (
    input  wire                   clk,
    input  wire                   rst,

    input  wire [FLOWS-1:0]       s_valid,
    input  wire [FLOWS*WIDTH-1:0] s_event,
    input  wire [FLOWS*3-1:0]     s_lost,   // events that were lost before they came here

    output wire                   m_valid,
    output wire [WIDTH-1:0]       m_event,
    input  wire                   m_ready,
    output reg  [2:0]             m_lost    // events lost, here and before, a cycle ago
);

    reg  [1:0]             turn;
    wire [FLOWS-1:0]       room, held;
    wire [FLOWS*WIDTH-1:0] words;

    assign m_valid = held[turn[$clog2(FLOWS)-1:0]];
    assign m_event = words[turn[$clog2(FLOWS)-1:0]*WIDTH +: WIDTH];

    genvar n;
    generate
        for (n = 0; n < FLOWS; n = n + 1) begin : flow
            axis_fifo #(.WIDTH(WIDTH), .DEPTH(DEPTH)) queue (
                .clk(clk), .rst(rst),
                .s_data(s_event[n*WIDTH +: WIDTH]), .s_valid(s_valid[n]), .s_ready(room[n]),
                .m_data(words[n*WIDTH +: WIDTH]), .m_valid(held[n]),
                .m_ready(m_ready && turn == n), .level()
            );
        end
    endgenerate

    reg [2:0] lost;
    integer   f;

    // The sources lose fewer than 8 in a cycle: three of one packet, and one of each other
    always @(*) begin
        lost = 3'd0;
        for (f = 0; f < FLOWS; f = f + 1)
            lost = lost + s_lost[f*3 +: 3] + {2'd0, s_valid[f] && !room[f]};
    end

    always @(posedge clk) begin
        turn   <= turn == FLOWS - 1 ? 2'd0 : turn + 2'd1;
        m_lost <= lost;
        if (rst) begin
            turn   <= 2'd0;
            m_lost <= 3'd0;
        end
    end

endmodule

`resetall
