// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, second step: a verdict becomes a job. An ESP packet's SA is read here, once;
//             its slot is the low bits of the SPI. What the SA does not answer for (no SA, another
//             SPI, another outer destination) is dropped and counted, and told of now and then.
// Kernel:     SPIs from 256 to 65535 are those that the daemon gives to SAs of the kernel: such a
//             packet goes to host1 when no SA here has its SPI.
// ESN:        The high half of an extended number is not on the wire: it is the one that puts the
//             number next above what lies behind the SA's window (RFC 4303 A2.2). The tag says
//             whether that was right.
// Credits:    A packet is looked up only when there is room in the hold FIFO for all of it, and
//             only a few beats before its turn, so that a job with a key in it never waits long.
// Parameters: SLOT_W (bits of an SA slot), HOLD (slots of 64 bytes in the hold FIFO), QUIET (2^QUIET
//             cycles between two events).
// Latency:    7 cycles (8 to the counters). Throughput: a frame a cycle, an ESP frame (of two beats or more) in two.
module in_lookup #(
    parameter SLOT_W = 10,
    parameter HOLD   = 512,
    parameter QUIET  = 20
) (
    input  wire              clk,
    input  wire              rst,

    input  wire              s_valid,     // verdicts (in_parse)
    output wire              s_ready,
    input  wire              s_host,
    input  wire              s_esp,
    input  wire [13:0]       s_last,
    input  wire [2:0]        s_shape,
    input  wire              s_from_host,
    input  wire [31:0]       s_spi,
    input  wire [31:0]       s_seq,
    input  wire [63:0]       s_iv,
    input  wire [127:0]      s_dst,
    input  wire [13:0]       s_ct,
    input  wire [7:0]        s_slots,

    output wire              rd_en,       // sa_in_table
    output wire [SLOT_W-1:0] rd_slot,
    input  wire              rd_ok,
    input  wire [31:0]       rd_spi,
    input  wire [31:0]       rd_salt,
    input  wire [255:0]      rd_key,
    input  wire              rd_key256,
    input  wire [127:0]      rd_dst,
    input  wire              rd_family,
    input  wire              rd_esn,
    input  wire              rd_gmac,
    input  wire              rd_bad,      // a cycle later: the row has a parity error
    output wire              at_en,       // in_replay
    output wire [SLOT_W-1:0] at_slot,
    input  wire [63:0]       at_behind,

    output wire              m_valid,     // jobs
    input  wire              m_ready,
    output wire              m_host,
    output wire              m_esp,
    output wire [13:0]       m_last,
    output wire [2:0]        m_shape,
    output wire [31:0]       m_spi,
    output wire [63:0]       m_seq,
    output wire              m_esn,
    output wire              m_gmac,
    output wire [95:0]       m_nonce,
    output wire [255:0]      m_key,
    output wire              m_key256,
    output wire [13:0]       m_ct,
    output wire [7:0]        m_slots,

    input  wire              beat_done,   // the issue stage took a beat
    input  wire              hold_pop,    // a slot left the hold FIFO

    output reg               ev_valid,    // NO_SA
    output reg  [31:0]       ev_spi,

    output reg               cnt_in_host_spi,
    output reg               cnt_in_drop_no_sa,
    output reg               cnt_in_table_errors
);

    localparam HW    = $clog2(HOLD);
    localparam JOBS  = 16;
    localparam AHEAD = 64;              // beats
    localparam REC_W = 14 + 3 + 32 + 32 + 64 + 14;

    reg [4:0]  jobs;                    // looked up and not issued to the end
    reg [8:0]  ahead;                   // their beats
    reg [HW:0] free;                    // slots of the hold FIFO that no packet has

    wire near = !ahead[8] && ahead < AHEAD && !jobs[4];
    wire take = s_valid && s_ready;

    // Whether there is room, and what it costs, is found out the cycle before: an ESP frame has two
    // beats at least, so it has the time. With GMAC and an extended number 20 bytes are hashed
    // before the text, and not 16 at most (RFC 4543 3.3): that may take a slot more, and a packet
    // gets credit for it before its SA is known.
    reg        room;
    reg  [8:0] cost;
    wire       s_more = s_ct[5:0] == 6'd32;

    assign s_ready = near && (room || !s_esp);
    assign rd_en   = take && s_esp;
    assign rd_slot = s_spi[SLOT_W-1:0];
    assign at_en   = rd_en;
    assign at_slot = rd_slot;

    // Beside the table's two cycles
    wire             t_valid, t_host, t_esp, t_from_host;
    wire [2:0]       t_shape;
    wire [13:0]      t_last, t_ct;
    wire [31:0]      t_spi, t_seq;
    wire [63:0]      t_iv;
    wire [127:0]     t_dst;
    wire [7:0]       t_slots;

    gcm_delay #(.WIDTH(REC_W + 3 + 128 + 8), .CYCLES(2)) beside (
        .clk(clk), .rst(rst),
        .s_valid(take),
        .s_data({s_last, s_shape, s_spi, s_seq, s_iv, s_ct, s_slots, s_host, s_esp, s_from_host,
                 s_dst}),
        .m_valid(t_valid),
        .m_data({t_last, t_shape, t_spi, t_seq, t_iv, t_ct, t_slots, t_host, t_esp, t_from_host,
                 t_dst})
    );

    // SPIs 0 to 255 are reserved (RFC 4303 2.1): no row has one
    wire match  = rd_ok && rd_spi == t_spi && rd_family == t_shape[2] && rd_dst == t_dst;
    wire kernel = t_spi[31:16] == 16'd0 && t_spi[15:8] != 8'd0 && !t_from_host;
    wire t_more = t_ct[5:0] == 6'd32;
    wire longer = t_more && rd_gmac && rd_esn;

    wire [31:0] high = t_seq > at_behind[31:0] ? at_behind[63:32] : at_behind[63:32] + 32'd1;

    reg              j_valid, j_host, j_esp, j_match, j_kernel, j_esn, j_gmac, j_key256;
    reg  [REC_W-1:0] j_rec;
    reg  [7:0]       j_slots;
    reg  [31:0]      j_high;
    reg  [31:0]      j_salt;
    reg  [255:0]     j_key;

    // Credit that comes back: all of a packet that is not decrypted, or the slot more; and a slot
    // that left the hold FIFO
    reg         back_all, back_one;
    reg  [8:0]  all, back;
    reg         done_1, beat_1;
    reg  [31:0] lost_spi;
    wire        bad = j_valid && j_esp && rd_bad;
    wire [HW:0] free_more  = free + {{(HW - 8){1'b0}}, back};
    wire [8:0]  ahead_less = ahead - {8'b0, beat_1};
    wire [8:0]  ahead_more = ahead + {1'b0, s_last[13:6]} + {8'b0, !beat_1};

    always @(posedge clk) begin
        j_valid <= t_valid;
        if (t_valid) begin
            j_rec    <= {t_last, t_shape, t_spi, t_seq, t_iv, t_ct};
            j_host   <= t_host;
            j_esp    <= t_esp;
            j_match  <= match;
            j_kernel <= kernel;
            j_slots  <= t_slots + {7'd0, longer};
            j_esn    <= rd_esn;
            j_gmac   <= rd_gmac;
            j_high   <= rd_esn ? high : 32'd0;
            j_salt   <= rd_salt;
            j_key    <= rd_key;
            j_key256 <= rd_key256;
            all      <= {1'b0, t_slots} + {8'd0, t_more};
        end
        back_all          <= t_valid && t_esp && !match;
        back_one          <= t_valid && t_esp && match && t_more && !longer;
        // What a wrong row says is not believed
        cnt_in_host_spi     <= j_valid && j_esp && !rd_bad && !j_match && j_kernel;
        cnt_in_drop_no_sa   <= j_valid && j_esp && !rd_bad && !j_match && !j_kernel;
        cnt_in_table_errors <= j_valid && j_esp && rd_bad;
        if (j_valid)
            lost_spi <= j_rec[REC_W-18 -: 32];

        room  <= s_valid && !take && free > {{(HW - 7){1'b0}}, s_slots};
        // What comes back does so a cycle late, and what is taken chooses between sums
        done_1 <= m_valid && m_ready;
        beat_1 <= beat_done;
        jobs   <= take ? jobs + 5'd1 - {4'b0, done_1} : jobs - {4'b0, done_1};
        ahead  <= take ? ahead_more : ahead_less;
        cost   <= {1'b0, s_slots} + {8'd0, s_more};
        back   <= (back_all || bad ? all : {8'd0, back_one}) + {8'd0, hold_pop};
        free   <= rd_en ? free_more - {{(HW - 8){1'b0}}, cost} : free_more;

        if (rst) begin
            j_valid           <= 1'b0;
            cnt_in_host_spi   <= 1'b0;
            cnt_in_drop_no_sa <= 1'b0;
            cnt_in_table_errors <= 1'b0;
            back_all          <= 1'b0;
            back_one          <= 1'b0;
            back              <= 9'd0;
            done_1            <= 1'b0;
            beat_1            <= 1'b0;
            room              <= 1'b0;
            jobs              <= 5'd0;
            ahead             <= 9'd0;
            free              <= HOLD[HW:0];
        end
    end

    // RFC 4303 3.4.2: an unknown SPI is an auditable event. Anybody can cause it, so it is told of
    // at most once in 2^QUIET cycles; the counter misses none.
    reg [QUIET-1:0] quiet;

    always @(posedge clk) begin
        ev_valid <= cnt_in_drop_no_sa && quiet == {QUIET{1'b0}};
        if (cnt_in_drop_no_sa)
            ev_spi <= lost_spi;
        if (quiet != {QUIET{1'b0}} || cnt_in_drop_no_sa)
            quiet <= quiet - 1'b1;
        if (rst) begin
            ev_valid <= 1'b0;
            quiet    <= {QUIET{1'b0}};
        end
    end

    wire [63:0] m_iv;
    wire [31:0] m_salt;
    wire        fits;

    assign m_nonce = {m_salt, m_iv};    // RFC 4106 4

    axis_fifo #(.WIDTH(REC_W + 4 + 8 + 32 + 32 + 256 + 1), .DEPTH(JOBS)) job_fifo (
        .clk(clk), .rst(rst),
        .s_data({j_rec, j_host || (j_esp && j_kernel && !j_match && !rd_bad),
                 j_esp && j_match && !rd_bad, j_esn, j_gmac, j_slots, j_high, j_salt, j_key, j_key256}),
        .s_valid(j_valid), .s_ready(fits),
        .m_data({m_last, m_shape, m_spi, m_seq[31:0], m_iv, m_ct, m_host, m_esp, m_esn, m_gmac,
                 m_slots, m_seq[63:32], m_salt, m_key, m_key256}),
        .m_valid(m_valid), .m_ready(m_ready),
        .level()
    );

`ifdef VERILATOR
    always @(posedge clk)
        if (!rst) begin
            assert (fits || !j_valid);
            assert (free <= HOLD[HW:0]);
        end
`else
    wire unused = fits;
`endif

endmodule

`resetall
