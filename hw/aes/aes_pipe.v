// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The AES forward cipher on LANES blocks a cycle, all under one key, which is expanded
//             on its way beside them: another key in every cycle costs nothing, whatever its size.
//             The blocks are a counter's (SP 800-38D 6.5) and differ in their last two bytes only:
//             what the first two rounds make of the others is made once.
// Parameters: LANES (blocks side by side).
// Latency:    15 cycles (AddRoundKey, 14 rounds).
// Throughput: LANES blocks a cycle.
module aes_pipe #(
    parameter LANES = 4
) (
    input  wire                 clk,
    input  wire                 rst,

    input  wire                 s_valid,
    input  wire [111:0]         s_front,   // of every block, first byte most significant
    input  wire [16*LANES-1:0]  s_back,    // the last two bytes of each, block 0 lowest
    input  wire [255:0]         s_key,     // a 128-bit key is in [255:128]
    input  wire                 s_key256,

    output wire                 m_valid,
    output wire [128*LANES-1:0] m_block    // block 0 lowest
);

    reg [14:0]          valid;
    reg [111:0]         first_front;
    reg [16*LANES-1:0]  first_back;
    reg                 first_key256;
    reg [127:0]         first_older;
    reg [127:0]         first_newer;

    // Round 1 of a 256-bit key uses its second half, while a 128-bit key waits whole
    always @(posedge clk) begin
        if (s_valid) begin
            first_front  <= s_front ^ s_key[255:144];
            first_back   <= s_back ^ {LANES{s_key[143:128]}};
            first_key256 <= s_key256;
            first_older  <= s_key[255:128];
            first_newer  <= s_key256 ? s_key[127:0] : s_key[255:128];
        end
        valid <= {valid[13:0], s_valid};
        if (rst)
            valid <= 15'd0;
    end

    // Those of a 128-bit key enter in round 4. The stages before leave zeros, of which that round
    // makes 8'h63 in every byte; so this is what has to be added to its key, and that is still the
    // first one.
    wire [111:0]        late_front;
    wire [16*LANES-1:0] late_back;
    wire                late_valid;
    reg  [111:0]        enter_front;
    reg  [16*LANES-1:0] enter_back;

    gcm_delay #(.WIDTH(112 + 16 * LANES), .CYCLES(3)) late (
        .clk(clk), .rst(rst), .s_valid(s_valid), .s_data({s_front, s_back}),
        .m_valid(late_valid), .m_data({late_front, late_back})
    );

    wire [128*LANES-1:0] first_state, enter;

    genvar r, at;
    generate
        for (at = 0; at < LANES; at = at + 1) begin : block
            assign first_state[128*at +: 128] = {first_front, first_back[16*at +: 16]};
            assign enter[128*at +: 128]       = {enter_front, enter_back[16*at +: 16]};
        end

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
                .enter       (r == 4 ? enter : {(128*LANES){1'b0}}),
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
                .idle  (1'b0),
                .state (round[13].next_state[128*r +: 128]),
                .key   (round[13].next_newer),
                .next  (m_block[128*r +: 128])
            );
        end
    endgenerate

    always @(posedge clk)
        if (late_valid) begin
            enter_front <= late_front ^ {14{8'h63}};
            enter_back  <= late_back ^ {(2*LANES){8'h63}};
            if (round[3].key256) begin
                enter_front <= 112'd0;
                enter_back  <= 0;
            end
        end

    assign m_valid = valid[14];

endmodule

`resetall
