// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    Both directions: what a packet did to its SA's lifetime becomes events, one a cycle.
//             A packet may be the cause of several (a soft limit of packets and one of bytes), and
//             several packets may follow one another, so they wait here.
// Parameters: SLOT_W (bits of an SA slot), SEQ_START (sequence number of no packet: see
//             out_sequence), DEPTH (packets that wait, a power of two).
// Latency:    5 cycles at least. Throughput: a packet a cycle in, an event a cycle out but for one
//             cycle a packet; what finds no room is lost, and said so.
module lifetime_events #(
    parameter        SLOT_W    = 10,
    parameter [63:0] SEQ_START = 64'd0,
    parameter        DEPTH     = 16
) (
    input  wire              clk,
    input  wire              rst,

    input  wire [6:0]        s_kinds,      // AUTH, SEQ_END, SEQ_NEAR, HARD_BYTES .. SOFT_PACKETS
    input  wire [SLOT_W-1:0] s_slot,
    input  wire [31:0]       s_spi,
    input  wire [63:0]       s_number,     // packets and SEQ_START: the last sequence number
    input  wire [63:0]       s_bytes,

    output reg               m_valid,
    output reg  [119:0]      m_event,
    output reg  [2:0]        m_lost
);

    localparam SOFT_P = 0, SOFT_B = 1, HARD_P = 2, HARD_B = 3, NEAR = 4, END = 5;

    wire              some = s_kinds != 7'd0;
    wire              room, held;
    wire [6:0]        next_kinds;
    wire [SLOT_W-1:0] next_slot;
    wire [31:0]       next_spi;
    wire [63:0]       next_number, next_bytes;

    // The packet that is told of, and what is left to tell
    reg               busy;
    reg  [6:0]        left;
    reg  [SLOT_W-1:0] slot;
    reg  [31:0]       spi;
    reg  [63:0]       number, bytes;
    wire [6:0]        rest  = left & (left - 7'd1);
    wire [6:0]        first = left & ~rest;

    axis_fifo #(.WIDTH(7 + SLOT_W + 32 + 64 + 64), .DEPTH(DEPTH)) waiting (
        .clk(clk), .rst(rst),
        .s_data({s_kinds, s_slot, s_spi, s_number, s_bytes}), .s_valid(some), .s_ready(room),
        .m_data({next_kinds, next_slot, next_spi, next_number, next_bytes}), .m_valid(held),
        .m_ready(!busy), .level()
    );

    reg  [7:0]        code;
    reg  [63:0]       detail;

    always @(*) begin
        code   = `ESPL_EVENT_AUTH;
        detail = 64'd0;
        if (first[SOFT_P]) code = `ESPL_EVENT_SOFT_PACKETS;
        if (first[SOFT_B]) code = `ESPL_EVENT_SOFT_BYTES;
        if (first[HARD_P]) code = `ESPL_EVENT_HARD_PACKETS;
        if (first[HARD_B]) code = `ESPL_EVENT_HARD_BYTES;
        if (first[NEAR])   code = `ESPL_EVENT_SEQ_NEAR;
        if (first[END])    code = `ESPL_EVENT_SEQ_END;
        if (first[SOFT_P] || first[HARD_P])
            detail = number - SEQ_START;
        if (first[SOFT_B] || first[HARD_B])
            detail = bytes;
        if (first[NEAR] || first[END])
            detail = number;
    end

    reg     [2:0] count;
    integer       n;

    always @(*) begin
        count = 3'd0;
        for (n = 0; n < 7; n = n + 1)
            count = count + {2'd0, s_kinds[n]};
    end

    always @(posedge clk) begin
        m_valid <= busy;
        if (!busy) begin
            busy <= held;
            if (held)
                {left, slot, spi, number, bytes}
                    <= {next_kinds, next_slot, next_spi, next_number, next_bytes};
        end else begin
            busy    <= rest != 7'd0;
            left    <= rest;
            m_event <= {code, {(16-SLOT_W){1'b0}}, slot, spi, detail};
        end
        m_lost <= some && !room ? count : 3'd0;
        if (rst) begin
            m_valid <= 1'b0;
            busy    <= 1'b0;
            m_lost  <= 3'd0;
        end
    end

endmodule

`resetall
