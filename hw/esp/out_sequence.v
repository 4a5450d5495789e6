// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Outbound, third stage: gives every packet of an SA the next sequence number, which is
//             its IV, counts its bytes, and ends the SA: at its last number or its lifetime. The
//             one place where an outbound SA's state changes.
// Parameters: SLOT_W (bits of an SA slot), SEQ_LAST (the last number an SA without ESN may use: RFC
//             4303 3.3.3, no cycling; the counter itself has 64 bits, and with ESN all are used),
//             SEQ_START (one less than an SA's first number; not 0 in tests only).
// Latency:    3 cycles.
// Throughput: one packet a cycle, also of one SA.
//
// Invariant 1: a number is given out once. Packets that come while an earlier one of the same SA is
// still on its way to the memory take its result from the pipeline: all but that of the packet just
// in front before anything is compared, and that one's when its fate is known.
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
    input  wire [31:0]       s_spi,
    input  wire [255:0]      s_limits,  // see lifetime.v
    input  wire              s_ok,      // 2 cycles later: the packet is sent if it has a number

    output reg               m_valid,
    output reg               m_end,     // no number is left
    output reg               m_over,    // its lifetime is over
    output reg  [63:0]       m_seq,     // until the next packet's

    output wire              ev_valid,  // events (csr_events)
    output wire [119:0]      ev,
    output wire [2:0]        ev_lost,

    // From the mailbox, one at a time, each held until cfg_ack
    input  wire              cfg_clear,     // start anew: the next number is 1
    input  wire              cfg_query,
    input  wire [SLOT_W-1:0] cfg_slot,
    output reg               cfg_ack,
    output reg  [63:0]       cfg_seq,       // the last number given out
    output wire [63:0]       cfg_packets,
    output reg  [63:0]       cfg_bytes
);

    // The last number before three quarters of them, with and without ESN: time for another SA; the
    // last of all; and what comes before each
    localparam [63:0] NEAR_0 = SEQ_LAST - (SEQ_LAST >> 2) - 64'd1, NEAR_1 = NEAR_0 - 64'd1;
    localparam [63:0] FAR_0  = 64'hbfff_ffff_ffff_ffff, FAR_1 = FAR_0 - 64'd1;
    localparam [63:0] LAST_0 = SEQ_LAST, LAST_1 = SEQ_LAST - 64'd1;
    localparam        ROW_W    = 64 + 64 + 3;   // last number, bytes, ends that were told
    localparam [ROW_W-1:0] CLEARED = {SEQ_START, 64'd0, 3'd0};

    reg [ROW_W-1:0] mem [0:(1<<SLOT_W)-1];

    // ---- cycle 0: a packet, or else a request, which goes the same way

    reg               cfg_busy;
    wire              cfg_start = (cfg_clear || cfg_query) && !cfg_busy && !cfg_ack && !s_valid;
    wire              op        = s_valid || cfg_start;
    wire [SLOT_W-1:0] op_slot   = s_valid ? s_slot : cfg_slot;

    reg              valid_1, valid_2;
    reg              cfg_1, cfg_2;
    reg              clear_1, clear_2;
    reg              esn_1, esn_2;
    reg [SLOT_W-1:0] slot_1, slot_2, slot_3;
    reg [31:0]       spi_1, spi_2, spi_3;
    reg [13:0]       len_1, len_2;
    reg [ROW_W-1:0]  row_1;

    // Which of those in front are of the same SA: one cycle, two and three cycles before it
    reg              near_1, far_1, past_1;

    // ---- cycle 1: the row as all but the packet in front left it (2), and what that one may do

    reg [ROW_W-1:0]  row_2;
    reg              front_2;           // the packet in front is of the same SA

    // Where its number stands to its ends, in halves: without the packet in front, and with it
    reg              over_0, over_1;                // high half beyond that of 32 bits' last number,
    reg              high_0, high_1, low_0, low_1;  // or the same, and the low half not below
    reg              near_high_0, near_high_1, near_low_0, near_low_1;

    // What was decided in the last two cycles; the memory has it from the third on
    reg              we_3, sent_3;
    reg [ROW_W-1:0]  row_3, row_4;

    wire             new_3 = front_2 && we_3;
    wire             newer = near_1 || (far_1 && we_3);
    wire [1:0]       from  = {newer, newer ? we_3 && (!near_1 || front_2) : past_1};
    wire [ROW_W-1:0] base  = from[1] ? (from[0] ? row_3 : row_2) : (from[0] ? row_4 : row_1);
    wire [63:0]      base_seq = base[ROW_W-1:67];

    function reaches;       // value >= bound, a constant: ANDs and ORs, no carry chain
        input [31:0] value;
        input [31:0] bound;
        integer      n;
        begin
            reaches = 1'b1;
            for (n = 0; n < 32; n = n + 1)
                reaches = bound[n] ? reaches && value[n] : reaches || value[n];
        end
    endfunction

    // ---- cycle 2: its fate

    wire [ROW_W-1:0] row   = new_3 ? row_3 : row_2;
    wire             front = front_2 && sent_3;
    wire [63:0]      seq   = row[ROW_W-1:67];
    wire [63:0]      bytes = row[66:3];
    wire             told_end, told_packets, told_bytes;
    assign {told_end, told_packets, told_bytes} = row[2:0];

    wire soft_packets, soft_bytes, hard_packets, hard_bytes;

    lifetime limits (
        .clk(clk),
        .a_valid(s_valid), .a_limits(s_limits), .a_len(s_len),
        .b_valid(valid_1), .b_packets(base_seq - SEQ_START), .b_bytes(base[66:3]),
        .c_front(front), .c_soft_packets(soft_packets), .c_soft_bytes(soft_bytes),
        .c_hard_packets(hard_packets), .c_hard_bytes(hard_bytes)
    );

    wire ended_0      = (over_0 && !esn_2) || (high_0 && low_0);
    wire ended_1      = (over_1 && !esn_2) || (high_1 && low_1);
    wire ended        = front ? ended_1 : ended_0;
    wire nearing      = front ? near_high_1 && near_low_1 : near_high_0 && near_low_0;
    wire live         = valid_2 && s_ok;
    wire send         = live && !ended && !hard_packets && !hard_bytes;
    wire over_packets = live && !ended && hard_packets;
    wire over_bytes   = live && !ended && !hard_packets && hard_bytes;

    // Each end is told once; one of packets again after the host has moved the limit
    wire tell_end     = live && ended && !told_end;
    wire tell_packets = over_packets && !told_packets;
    wire tell_bytes   = over_bytes && !told_bytes;
    wire clear        = cfg_2 && clear_2;

    reg  [6:0] kinds_3;

    assign cfg_packets = cfg_seq - SEQ_START;   // every number is a packet

    always @(posedge clk) begin
        valid_1 <= s_valid;
        cfg_1   <= cfg_start;
        if (op) begin
            slot_1  <= op_slot;
            len_1   <= s_len;
            esn_1   <= s_esn;
            spi_1   <= s_spi;
            clear_1 <= cfg_clear;
            row_1   <= mem[op_slot];
            near_1  <= (valid_1 || cfg_1) && op_slot == slot_1;
            far_1   <= (valid_2 || cfg_2) && op_slot == slot_2;
            past_1  <= we_3 && op_slot == slot_3;
        end

        valid_2 <= valid_1;
        cfg_2   <= cfg_1;
        if (valid_1 || cfg_1) begin
            slot_2    <= slot_1;
            len_2     <= len_1;
            spi_2     <= spi_1;
            clear_2   <= clear_1;
            row_2     <= base;
            front_2   <= near_1;
            esn_2     <= esn_1;
            over_0    <= base_seq[63:32] > LAST_0[63:32];
            high_0    <= esn_1 ? &base_seq[63:32] : base_seq[63:32] == LAST_0[63:32];
            low_0     <= esn_1 ? &base_seq[31:0] : reaches(base_seq[31:0], LAST_0[31:0]);
            over_1    <= base_seq[63:32] > LAST_1[63:32];
            high_1    <= esn_1 ? &base_seq[63:32] : base_seq[63:32] == LAST_1[63:32];
            low_1     <= esn_1 ? &base_seq[31:1] : reaches(base_seq[31:0], LAST_1[31:0]);
            near_high_0 <= base_seq[63:32] == (esn_1 ? FAR_0[63:32] : NEAR_0[63:32]);
            near_low_0  <= base_seq[31:0] == (esn_1 ? FAR_0[31:0] : NEAR_0[31:0]);
            near_high_1 <= base_seq[63:32] == (esn_1 ? FAR_1[63:32] : NEAR_1[63:32]);
            near_low_1  <= base_seq[31:0] == (esn_1 ? FAR_1[31:0] : NEAR_1[31:0]);
        end

        m_valid <= valid_2;
        sent_3  <= send;
        we_3    <= send || tell_end || tell_packets || tell_bytes || clear;
        kinds_3 <= {1'b0, tell_end, send && nearing, tell_bytes, tell_packets,
                    send && soft_bytes, send && soft_packets};
        if (valid_2) begin
            m_seq  <= seq + 64'd1;
            m_end  <= ended;
            m_over <= !ended && (hard_packets || hard_bytes);
        end
        if (valid_2 || cfg_2) begin
            slot_3 <= slot_2;
            spi_3  <= spi_2;
            row_3  <= cfg_2 ? CLEARED
                    : send  ? {seq + 64'd1, bytes + {50'd0, len_2}, told_end, 1'b0, told_bytes}
                    : {seq, bytes, told_end || tell_end, told_packets || tell_packets,
                       told_bytes || tell_bytes};
        end

        if (we_3) begin
            mem[slot_3] <= row_3;
            row_4       <= row_3;
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
            sent_3   <= 1'b0;
            we_3     <= 1'b0;
            kinds_3  <= 7'd0;
        end
    end

`ifdef PROVE_OUT_SEQUENCE
    // The proof follows what is told (kinds_3), not how it waits
    assign {ev_valid, ev, ev_lost} = 124'd0;
`else
    lifetime_events #(.SLOT_W(SLOT_W), .SEQ_START(SEQ_START)) events (
        .clk(clk), .rst(rst),
        .s_kinds(kinds_3), .s_slot(slot_3), .s_spi(spi_3), .s_number(row_3[ROW_W-1:67]),
        .s_bytes(row_3[66:3]), .m_valid(ev_valid), .m_event(ev), .m_lost(ev_lost)
    );
`endif

`ifdef VERILATOR
    // Invariant 1, watched without the pipeline's help: numbers of an SA only rise until it is
    // cleared. A slot is cleared while the table holds no SA in it, so the packet right behind is
    // not sent.
    reg [63:0]  given [0:(1<<SLOT_W)-1];
    reg [127:0] hard_1, hard_2;         // packets, bytes
    reg         clear_3;

    always @(posedge clk) begin
        if (s_valid)
            hard_1 <= {s_limits[191:128], s_limits[63:0]};
        if (valid_1)
            hard_2 <= hard_1;
        clear_3 <= clear;
        if (!rst && (send || clear)) begin
            assert (cfg_2 || seq + 64'd1 > given[slot_2]);
            assert (cfg_2 || (esn_2 ? !(&seq) : seq < SEQ_LAST));
            given[slot_2] <= cfg_2 ? SEQ_START : seq + 64'd1;
        end
        if (!rst && valid_2)
            assert (!(s_ok && front_2 && clear_3));
        // RFC 4301 4.4.2.1: nothing is sent beyond a hard limit
        if (!rst && send) begin
            assert (hard_2[127:64] == 64'd0 || seq - SEQ_START < hard_2[127:64]);
            assert (hard_2[63:0] == 64'd0 || bytes + {50'd0, len_2} <= hard_2[63:0]);
        end
    end
`endif

`ifdef PROVE_OUT_SEQUENCE
    `include "out_sequence.vh"
`endif

endmodule

`resetall
