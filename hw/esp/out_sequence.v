// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, third stage: gives every packet of an SA the next sequence number, which is
//             its IV, and counts its bytes. The one place where an outbound SA's state changes.
// Parameters: SLOT_W (bits of an SA slot), SEQ_LAST (the last number an SA without ESN may use: RFC
//             4303 3.3.3, no cycling; the counter itself has 64 bits, and with ESN all are used),
//             SEQ_START (one less than an SA's first number; not 0 in tests only).
// Latency:    3 cycles.
// Throughput: one packet a cycle, also of one SA.
//
// Invariant 1: a number is given out once. Packets that come while an earlier one of the same SA is
// still on its way to the memory take its result from the pipeline.
module out_sequence #(
    parameter        SLOT_W    = 10,
    parameter [63:0] SEQ_LAST  = 64'h0000_0000_ffff_ffff,
    parameter [63:0] SEQ_START = 64'd0
) (
    input  wire              clk,
    input  wire              rst,

    input  wire              s_valid,
    input  wire [SLOT_W-1:0] s_slot,
    input  wire [13:0]       s_len,     // bytes of the inner packet
    input  wire              s_esn,     // extended sequence numbers
    input  wire              s_ok,      // 2 cycles later: the packet is sent if it has a number

    output reg               m_valid,
    output reg               m_end,     // no number is left
    output reg  [63:0]       m_seq,     // until the next packet's

    // From the mailbox, one at a time, each held until cfg_ack
    input  wire              cfg_clear,     // start anew: the next number is 1
    input  wire              cfg_query,
    input  wire [SLOT_W-1:0] cfg_slot,
    output reg               cfg_ack,
    output reg  [63:0]       cfg_seq,       // the last number given out
    output wire [63:0]       cfg_packets,
    output reg  [63:0]       cfg_bytes
);

    reg [127:0] mem [0:(1<<SLOT_W)-1];      // last number, bytes

    // A request takes the place of a packet when there is none, and goes the same way.
    reg  cfg_busy;
    wire cfg_start = (cfg_clear || cfg_query) && !cfg_busy && !cfg_ack && !s_valid;

    reg              valid_1, valid_2;
    reg              cfg_1, cfg_2;
    reg              clear_1, clear_2;
    reg              esn_1, esn_2;
    reg [SLOT_W-1:0] slot_1, slot_2;
    reg [13:0]       len_1, len_2;
    reg [127:0]      row_1, row_2;
    reg              ended_2;       // row_2 has no number left

    // What was decided in the last three cycles; the memory has it from the fourth on.
    reg              we_3, we_4;
    reg [SLOT_W-1:0] slot_3, slot_4;
    reg [127:0]      row_3, row_4, row_5;
    reg              ended_3, ended_4, ended_5;
    reg              same_3, same_4, same_5;    // it was of the SA that is decided now

    wire         new_3 = same_3 && we_3;
    wire [127:0] row   = new_3 ? row_3 : same_4 ? row_4 : same_5 ? row_5 : row_2;
    wire         ended = new_3 ? ended_3 : same_4 ? ended_4 : same_5 ? ended_5 : ended_2;
    wire [63:0]  seq   = row[127:64];
    wire [63:0]  bytes = row[63:0];
    wire         send  = valid_2 && s_ok && !ended;

    assign cfg_packets = cfg_seq - SEQ_START;   // every number is a packet

    always @(posedge clk) begin
        valid_1 <= s_valid;
        cfg_1   <= cfg_start;
        if (s_valid || cfg_start) begin
            slot_1  <= s_valid ? s_slot : cfg_slot;
            len_1   <= s_len;
            esn_1   <= s_esn;
            clear_1 <= cfg_clear;
            row_1   <= mem[s_valid ? s_slot : cfg_slot];
        end

        valid_2 <= valid_1;
        cfg_2   <= cfg_1;
        if (valid_1 || cfg_1) begin
            slot_2  <= slot_1;
            len_2   <= len_1;
            esn_2   <= esn_1;
            clear_2 <= clear_1;
            row_2   <= row_1;
            ended_2 <= esn_1 ? &row_1[127:64] : row_1[127:64] >= SEQ_LAST;
            same_3  <= slot_1 == slot_2;
            same_4  <= we_3 && slot_1 == slot_3;
            same_5  <= we_4 && slot_1 == slot_4;
        end

        m_valid <= valid_2;
        we_3    <= send || (cfg_2 && clear_2);
        if (valid_2) begin
            m_seq <= seq + 64'd1;
            m_end <= ended;
        end
        if (valid_2 || cfg_2) begin
            slot_3  <= slot_2;
            row_3   <= cfg_2 ? {SEQ_START, 64'd0} : {seq + 64'd1, bytes + {50'd0, len_2}};
            ended_3 <= !cfg_2 && (esn_2 ? &seq[63:1] : seq >= SEQ_LAST - 64'd1);
        end

        we_4 <= we_3;
        if (we_3) begin
            mem[slot_3] <= row_3;
            slot_4      <= slot_3;
            row_4       <= row_3;
            ended_4     <= ended_3;
        end
        if (we_4) begin
            row_5   <= row_4;
            ended_5 <= ended_4;
        end

        cfg_ack <= cfg_2;
        if (cfg_2) begin
            cfg_seq   <= seq;
            cfg_bytes <= bytes;
        end
        if (cfg_start)
            cfg_busy <= 1'b1;
        else if (cfg_ack)
            cfg_busy <= 1'b0;

        if (rst) begin
            valid_1  <= 1'b0;
            valid_2  <= 1'b0;
            m_valid  <= 1'b0;
            cfg_1    <= 1'b0;
            cfg_2    <= 1'b0;
            cfg_ack  <= 1'b0;
            cfg_busy <= 1'b0;
            we_3     <= 1'b0;
            we_4     <= 1'b0;
        end
    end

`ifdef VERILATOR
    // Invariant 1, watched without the pipeline's help: numbers of an SA only rise until it is
    // cleared.
    reg [63:0] given [0:(1<<SLOT_W)-1];

    always @(posedge clk)
        if (!rst && (send || (cfg_2 && clear_2))) begin
            assert (cfg_2 || seq + 64'd1 > given[slot_2]);
            assert (cfg_2 || (esn_2 ? !(&seq) : seq < SEQ_LAST));
            given[slot_2] <= cfg_2 ? SEQ_START : seq + 64'd1;
        end
`endif

`ifdef PROVE_OUT_SEQUENCE
    `include "out_sequence.vh"
`endif

endmodule

`resetall
