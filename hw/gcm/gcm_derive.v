// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    What an SA needs besides its key: H = E(K, 0) and its powers (SP 800-38D 6.4), made
//             once, when the SA is installed. One round or one byte of a product a cycle.
// Latency:    269 cycles with a 128-bit key, 272 with 256 bits, from `start` to `done`. The key is
//             taken with `start`. With `done` nothing of it is left in here, nor after a reset.
// Not for:    the datapath.
module gcm_derive (
    input  wire         clk,
    input  wire         rst,

    input  wire         start,    // not before `done` of the last one
    input  wire [255:0] key,      // a 128-bit key is in [255:128]
    input  wire         key256,

    output reg          we,       // `power` is H^(idx + 1)
    output reg  [3:0]   idx,
    output reg  [127:0] power,
    output reg          done
);

    localparam [1:0] IDLE = 2'd0, CIPHER = 2'd1, MULTIPLY = 2'd2, WIPE = 2'd3;

    reg [1:0]   phase;
    reg         finished;         // the wipe is that of a whole run
    reg [255:0] taken;            // the key, for one cycle
    reg         first;            // that cycle, and the wipe, when `taken` is zero
    reg         wide;             // the key in work has 256 bits
    reg [3:0]   step;             // of the cipher or of a product
    reg [7:0]   rcon;

    wire cipher = phase == CIPHER || phase == WIPE;

    // The key schedule. What stands before round 1 are the keys 0 and 1: with 256 bits they are the
    // key itself, with 128 bits one step makes the second.
    wire [127:0] next_older, next_newer;
    wire [127:0] older = first ? taken[255:128] : next_older;
    wire [127:0] newer = !first ? next_newer : wide ? taken[127:0] : taken[255:128];
    wire         turns = !wide || !step[0];

    aes_key_step schedule (
        .clk        (clk),
        .valid      (cipher),
        .key256     (wide),
        .rotate     (turns),
        .rcon       (turns ? rcon : 8'd0),
        .older      (older),
        .newer      (newer),
        .next_older (next_older),
        .next_newer (next_newer)
    );

    // The cipher, of a block of zeros: what goes into round 1 is key 0
    wire [127:0] state, h;
    wire         round1   = step == (wide ? 4'd0 : 4'd1);
    wire         last     = step == (wide ? 4'd13 : 4'd10);
    wire [127:0] state_in = round1 ? older : state;

    aes_round round (
        .clk   (clk),
        .valid (cipher),
        .idle  (1'b0),
        .state (state_in),
        .key   (newer),
        .next  (state)
    );

    aes_round #(.LAST(1)) last_round (
        .clk   (clk),
        .valid ((phase == CIPHER && last) || phase == WIPE),
        .idle  (1'b0),
        .state (state_in),
        .key   (newer),
        .next  (h)
    );

    // Horner's rule, eight bits a cycle, the highest powers of x (the last byte) first
    function [127:0] horner(input [127:0] sum, input [127:0] by, input [7:0] digit);
        integer i;
        begin
            horner = sum;
            for (i = 0; i < 8; i = i + 1)
                horner = {1'b0, horner[127:1]} ^ (horner[0] ? {8'he1, 120'd0} : 128'd0)
                       ^ (digit[i] ? by : 128'd0);
        end
    endfunction

    reg  [127:0] product;
    reg  [127:0] factor;          // the power to be multiplied, used up from its end
    wire [127:0] product_n = horner(product, h, factor[7:0]);

    always @(posedge clk) begin
        we    <= 1'b0;
        done  <= 1'b0;
        step  <= step + 4'd1;     // comes round to 0 when a product is complete

        case (phase)
            IDLE:
                if (start) begin
                    phase <= CIPHER;
                    taken <= key;
                    first <= 1'b1;
                    wide  <= key256;
                    step  <= 4'd0;
                    rcon  <= 8'h01;
                end
            CIPHER: begin
                taken <= 256'd0;
                first <= 1'b0;
                if (turns)
                    rcon <= {rcon[6:0], 1'b0} ^ (rcon[7] ? 8'h1b : 8'h00);
                if (last) begin
                    phase  <= MULTIPLY;
                    step   <= 4'd0;
                    idx    <= 4'd15;
                    factor <= {8'h80, 120'd0};    // 1, so that the first product is H
                end
                product <= 128'd0;
            end
            MULTIPLY: begin
                product <= product_n;
                factor  <= {8'd0, factor[127:8]};
                if (step == 4'd15) begin
                    we      <= 1'b1;
                    idx     <= idx + 4'd1;
                    power   <= product_n;
                    factor  <= product_n;
                    product <= 128'd0;
                    if (idx == 4'd14) begin
                        phase    <= WIPE;
                        finished <= 1'b1;
                        first    <= 1'b1;
                        wide     <= 1'b1;
                    end
                end
            end
            default: begin                        // WIPE: a round of zeros goes through it all
                phase    <= IDLE;
                done     <= finished;
                finished <= 1'b0;
                product  <= 128'd0;
                factor   <= 128'd0;
                power    <= 128'd0;
            end
        endcase

        if (rst) begin
            phase    <= WIPE;
            finished <= 1'b0;
            taken    <= 256'd0;
            first    <= 1'b1;
            wide     <= 1'b1;
            step     <= 4'd0;
            we       <= 1'b0;
            done     <= 1'b0;
        end
    end

`ifdef VERILATOR
    // A wipe leaves what one round and one step of the schedule make of zeros
    always @(posedge clk)
        if (!rst && done) begin
            assert (state == {16{8'h63}} && h == {16{8'h63}});
            assert (next_older == 128'd0 && next_newer[95:0] == {3{next_newer[127:96]}});
            assert (next_newer[119:96] == 24'h636363);
            assert (taken == 256'd0 && factor == 128'd0 && product == 128'd0 && power == 128'd0);
        end
`endif

endmodule

`resetall
