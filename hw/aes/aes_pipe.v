// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The AES forward cipher on LANES blocks a cycle, all under one key, which is expanded
//             on its way beside them: another key in every cycle costs nothing, whatever its size.
// Parameters: LANES (blocks side by side).
// Latency:    15 cycles (AddRoundKey, 14 rounds).
// Throughput: LANES blocks a cycle.
module aes_pipe #(
    parameter LANES = 4
) (
    input  wire                 clk,
    input  wire                 rst,

    input  wire                 s_valid,
    input  wire [128*LANES-1:0] s_block,   // block 0 lowest, first byte of each most significant
    input  wire [255:0]         s_key,     // a 128-bit key is in [255:128]
    input  wire                 s_key256,

    output wire                 m_valid,
    output wire [128*LANES-1:0] m_block
);

    reg [14:0]          valid;
    reg [128*LANES-1:0] first_state;
    reg                 first_key256;
    reg [127:0]         first_older;
    reg [127:0]         first_newer;

    // Round 1 of a 256-bit key uses its second half, while a 128-bit key waits whole
    always @(posedge clk) begin
        if (s_valid) begin
            first_state  <= s_block ^ {LANES{s_key[255:128]}};
            first_key256 <= s_key256;
            first_older  <= s_key[255:128];
            first_newer  <= s_key256 ? s_key[127:0] : s_key[255:128];
        end
        valid <= {valid[13:0], s_valid};
        if (rst)
            valid <= 15'd0;
    end

    genvar r;
    generate
        for (r = 1; r <= 13; r = r + 1) begin : round
            wire [128*LANES-1:0] state, next_state;
            wire                 key256, next_key256;
            wire [127:0]         older, next_older, newer, next_newer;

            if (r == 1) begin : from_input
                assign state  = first_state;
                assign key256 = first_key256;
                assign older  = first_older;
                assign newer  = first_newer;
            end else begin : from_round
                assign state  = round[r-1].next_state;
                assign key256 = round[r-1].next_key256;
                assign older  = round[r-1].next_older;
                assign newer  = round[r-1].next_newer;
            end

            aes_stage #(.LANES(LANES), .ROUND(r)) stage (
                .clk         (clk),
                .valid       (valid[r-1]),
                .state       (state),
                .key256      (key256),
                .older       (older),
                .newer       (newer),
                .next_state  (next_state),
                .next_key256 (next_key256),
                .next_older  (next_older),
                .next_newer  (next_newer)
            );
        end

        for (r = 0; r < LANES; r = r + 1) begin : last
            aes_round #(.LAST(1)) round_i (
                .clk   (clk),
                .valid (valid[13]),
                .skip  (1'b0),
                .state (round[13].next_state[128*r +: 128]),
                .key   (round[13].next_newer),
                .next  (m_block[128*r +: 128])
            );
        end
    endgenerate

    assign m_valid = valid[14];

endmodule

`resetall
