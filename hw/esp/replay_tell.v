// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound, beside in_replay: what is told of a verdict. How late the packets were that
//             came from behind the window, so that the host sees which window would have been
//             enough; and events: the ends of lifetimes, and wrong tags.
// Parameters: SLOT_W (bits of an SA slot), QUIET (wrong tags are told of for an SA's first one, and
//             then at most every 2^QUIET cycles over all SAs: anybody can send them).
// Latency:    the verdict (s_*) is followed a cycle later by the SA's row as it is after it (w_*);
//             the counter rises 3 cycles after the verdict. Throughput: a packet a cycle.
module replay_tell #(
    parameter SLOT_W = 10,
    parameter QUIET  = 20
) (
    input  wire              clk,
    input  wire              rst,

    input  wire              s_valid,
    input  wire [SLOT_W-1:0] s_slot,
    input  wire [31:0]       s_spi,
    input  wire [63:0]       s_seq,
    input  wire              s_stale,          // authentic, from behind the window
    input  wire              s_auth,           // a wrong tag,
    input  wire              s_first,          // the first one, when it is one
    input  wire              s_soft_packets,   // see lifetime.v
    input  wire              s_soft_bytes,
    input  wire              s_hard_packets,
    input  wire              s_hard_bytes,

    input  wire [63:0]       w_behind,         // the highest number behind the window
    input  wire [63:0]       w_packets,
    input  wire [63:0]       w_bytes,

    output reg  [4:0]        cnt_in_late,      // by up to 64, 256, 1,024, 4,096 packets, by more
    output wire              ev_valid,
    output wire [119:0]      ev,
    output wire [2:0]        ev_lost
);

    // ---- how late

    reg         stale, late_valid;
    reg  [63:0] seq;
    reg  [57:0] late;                          // in blocks of 64, what is less left out
    wire [63:0] since = w_behind - seq;        // one less than by how many packets

    wire unused = &{1'b0, since[5:0]};

    always @(posedge clk) begin
        stale      <= s_valid && s_stale;
        late_valid <= stale;
        if (s_valid)
            seq <= s_seq;
        if (stale)
            late <= since[63:6];
        cnt_in_late <= 5'd0;
        if (late_valid) begin
            cnt_in_late[0] <= late == 58'd0;
            cnt_in_late[1] <= late[57:2] == 56'd0 && late[1:0] != 2'd0;
            cnt_in_late[2] <= late[57:4] == 54'd0 && late[3:2] != 2'd0;
            cnt_in_late[3] <= late[57:6] == 52'd0 && late[5:4] != 2'd0;
            cnt_in_late[4] <= late[57:6] != 52'd0;
        end
        if (rst) begin
            stale       <= 1'b0;
            late_valid  <= 1'b0;
            cnt_in_late <= 5'd0;
        end
    end

    // ---- events

    reg [QUIET-1:0]  quiet;                    // cycles until a wrong tag may be told of
    reg              loud;
    reg              auth, first;
    reg [3:0]        ends;
    reg [SLOT_W-1:0] slot;
    reg [31:0]       spi;
    wire             tell_auth = auth && (first || loud);

    always @(posedge clk) begin
        auth  <= s_valid && s_auth;
        first <= s_first;
        ends  <= {s_hard_bytes, s_hard_packets, s_soft_bytes, s_soft_packets} & {4{s_valid}};
        if (s_valid) begin
            slot <= s_slot;
            spi  <= s_spi;
        end
        if (!loud)
            quiet <= quiet - 1'b1;
        if (tell_auth) begin
            quiet <= {QUIET{1'b1}};
            loud  <= 1'b0;
        end else if (quiet == {QUIET{1'b0}})
            loud <= 1'b1;
        if (rst) begin
            auth  <= 1'b0;
            ends  <= 4'd0;
            quiet <= {QUIET{1'b0}};
            loud  <= 1'b1;
        end
    end

    lifetime_events #(.SLOT_W(SLOT_W)) events (
        .clk(clk), .rst(rst), .s_kinds({tell_auth, 2'b00, ends}), .s_slot(slot), .s_spi(spi),
        .s_number(w_packets), .s_bytes(w_bytes), .m_valid(ev_valid), .m_event(ev),
        .m_lost(ev_lost)
    );

endmodule

`resetall
