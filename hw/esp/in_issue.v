// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, third step: jobs and their beats part. Frames for the host leave on
//             m_axis_host1, dropped ones are swallowed, and ESP goes into the crypto: the
//             ciphertext is moved to byte 0 of its slots, and the ICV behind it is taken out.
//             A packet of W beats makes its slots with beats 1 to W-1 and with the cycle after
//             them, which is the next frame's beat 0: nothing is lost between packets.
// Latency:    3 cycles from a beat to its slot. Throughput: one beat a cycle.
module in_issue #(
    parameter SLOT_W = 10
) (
    input  wire              clk,
    input  wire              rst,

    input  wire [511:0]      s_data,
    input  wire              s_data_valid,
    output wire              s_data_ready,

    input  wire              j_valid,      // jobs (in_lookup)
    output wire              j_ready,
    input  wire              j_host,
    input  wire              j_esp,
    input  wire [13:0]       j_last,
    input  wire              j_natt,
    input  wire [31:0]       j_spi,
    input  wire [63:0]       j_seq,
    input  wire              j_esn,
    input  wire [95:0]       j_nonce,
    input  wire [255:0]      j_key,
    input  wire              j_key256,
    input  wire [1:0]        j_ecn,
    input  wire [13:0]       j_ct,
    input  wire [7:0]        j_slots,

    output reg  [511:0]      m_axis_host1_tdata,
    output reg  [63:0]       m_axis_host1_tkeep,
    output reg               m_axis_host1_tvalid,
    input  wire              m_axis_host1_tready,
    output reg               m_axis_host1_tlast,

    output reg               c_valid,      // gcm_core
    output reg               c_sop,
    output reg               c_eop,
    output reg  [511:0]      c_data,
    output reg  [13:0]       c_len,
    output reg  [255:0]      c_key,
    output reg               c_key256,
    output reg  [95:0]       c_nonce,
    output reg  [95:0]       c_aad,
    output reg               c_aad96,
    output reg  [SLOT_W-1:0] c_slot,
    output reg  [63:0]       c_seq,        // with c_sop, for in_check
    output reg  [1:0]        c_ecn,

    output reg               icv_valid,    // one a packet, the cycle after c_eop
    output reg  [127:0]      icv
);

    // ---- beats

    reg  [7:0] beat;
    wire       host_free = !m_axis_host1_tvalid || m_axis_host1_tready;
    wire       go        = j_valid && s_data_valid && (!j_host || host_free);
    wire       first     = beat == 8'd0;
    wire       last      = beat == j_last[13:6];

    assign s_data_ready = j_valid && (!j_host || host_free);
    assign j_ready      = go && last;

    reg         a_valid, a_first, a_last;
    reg [511:0] a_data;

    always @(posedge clk) begin
        if (go)
            beat <= last ? 8'd0 : beat + 8'd1;
        if (host_free)
            m_axis_host1_tvalid <= go && j_host;
        if (go && j_host) begin
            m_axis_host1_tdata <= s_data;
            m_axis_host1_tkeep <= last ? {64{1'b1}} >> ~j_last[5:0] : {64{1'b1}};
            m_axis_host1_tlast <= last;
        end
        a_valid <= go && j_esp;
        if (go && j_esp) begin
            a_first <= first;
            a_last  <= last;
            a_data  <= s_data;
        end
        if (rst) begin
            beat                <= 8'd0;
            m_axis_host1_tvalid <= 1'b0;
            a_valid             <= 1'b0;
        end
    end

    // ---- slots

    // The packet whose slots are being made. Its job is still at j_* when its first beat is at a_*:
    // an ESP frame has two beats at least.
    reg         p_flush;                   // its last beat has gone by
    reg         p_new, p_natt, p_esn, p_key256;
    reg [7:0]   p_left;                    // slots to be made
    reg [111:0] p_tail;                    // bytes 50..63 of its previous beat
    reg [13:0]  p_ct;
    reg [31:0]  p_spi;
    reg [63:0]  p_seq;
    reg [95:0]  p_nonce;
    reg [255:0] p_key;
    reg [1:0]   p_ecn;

    wire more = (a_valid && !a_first) || p_flush;
    wire make = more && p_left != 8'd0;    // what follows the ICV is Ethernet's padding

    // Two of the four places where a ciphertext can begin (IPv6 has bytes 6 and 14 of the second
    // beat): up to four cost one LUT6 a bit.
    wire [511:0] aligned = p_natt ? {a_data[463:0], p_tail[111:64]} : {a_data[399:0], p_tail};

    always @(posedge clk) begin
        p_flush <= a_valid && a_last;
        if (a_valid)
            p_tail <= a_data[511:400];
        if (a_valid && a_first) begin
            p_new    <= 1'b1;
            p_left   <= j_slots;
            p_natt   <= j_natt;
            p_ct     <= j_ct;
            p_spi    <= j_spi;
            p_seq    <= j_seq;
            p_esn    <= j_esn;
            p_nonce  <= j_nonce;
            p_key    <= j_key;
            p_key256 <= j_key256;
            p_ecn    <= j_ecn;
        end else if (make) begin
            p_new    <= 1'b0;
            p_left   <= p_left - 8'd1;
        end

        c_valid <= make;
        if (make) begin
            c_data <= aligned;
            c_sop  <= p_new;
            c_eop  <= p_left == 8'd1;
            if (p_new) begin
                c_len    <= p_ct;
                c_key    <= p_key;
                c_key256 <= p_key256;
                c_nonce  <= p_nonce;
                c_aad    <= {p_spi, p_esn ? p_seq : {p_seq[31:0], 32'd0}};     // RFC 4106 5
                c_aad96  <= p_esn;
                c_seq    <= p_seq;
                c_slot   <= p_spi[SLOT_W-1:0];
                c_ecn    <= p_ecn;
            end
        end
        if (rst) begin
            p_flush <= 1'b0;
            p_left  <= 8'd0;
            c_valid <= 1'b0;
        end
    end

    // ---- the ICV

    // It begins at byte ct of the text, and the last slot is where ceil(ct / 16) + 2 blocks end: so
    // from 28 bytes before that slot to 32 after its begin, in steps of 4. Place n of the window is
    // where ct = 4 n modulo 64; those of the previous slot have the high numbers.
    reg  [223:0] tail;                     // bytes 36..63 of the slot before
    wire [607:0] window = {c_data[383:0], tail};
    wire [3:0]   place  = c_len[5:2] + 4'd7;
    wire [127:0] found  = window[32 * place +: 128];

    genvar i;
    generate
        for (i = 0; i < 16; i = i + 1) begin : byte_order
            always @(posedge clk)
                if (c_valid && c_eop)
                    icv[127 - 8*i -: 8] <= found[8*i +: 8];
        end
    endgenerate

    always @(posedge clk) begin
        if (c_valid)
            tail <= c_data[511:288];
        icv_valid <= c_valid && c_eop;
        if (rst)
            icv_valid <= 1'b0;
    end

`ifdef VERILATOR
    // A frame is whole when its job comes, and has two beats when it is ESP
    always @(posedge clk)
        if (!rst) begin
            assert (s_data_valid || !j_valid);
            assert (!(a_valid && a_first && a_last));
            assert (!(a_valid && a_first && p_left > 8'd1));
            assert (!(p_flush && a_valid && !a_first));
        end
`endif

endmodule

`resetall
