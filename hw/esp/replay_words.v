// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    Inbound: the older blocks of all SAs' replay windows, a word of 64 bits a block, in a
//             memory. A word is read when its packet enters in_replay and goes with it; what the
//             packets before it write meanwhile is put in its place.
// Parameters: ADDR_W (bits of a word's address: slot and block's place).
// Latency:    the word is with its packet 2 cycles after rd_en (b), as all packets but the one just
//             before left it, and 3 cycles after rd_en (c), as all of them did.
// Throughput: a read and a write a cycle. Write ports belong to the packet that is at c.
module replay_words #(
    parameter ADDR_W = 16
) (
    input  wire              clk,
    input  wire              rst,

    input  wire              rd_en,
    input  wire [ADDR_W-1:0] rd_addr,
    input  wire [63:0]       b_bit,
    output wire              b_set,      // that bit of the word
    output wire [63:0]       c_word,

    input  wire              wr_en,
    input  wire [ADDR_W-1:0] wr_addr,
    input  wire [63:0]       wr_word
);

    (* ram_style = "ultra" *)
    reg [63:0]       mem [0:(1 << ADDR_W) - 1];

    reg              a_valid, b_valid, c_valid;
    reg [ADDR_W-1:0] a_addr, b_addr, c_addr;
    reg [63:0]       a_read, b_read, c_read;

    // The two words written last: the memory does not show them yet
    reg              w_valid, x_valid;
    reg [ADDR_W-1:0] w_addr, x_addr;
    reg [63:0]       w_word, x_word;

    wire w_is_a = w_valid && w_addr == a_addr;
    wire x_is_a = x_valid && x_addr == a_addr;
    wire w_is_b = w_valid && w_addr == b_addr;
    wire w_is_c = w_valid && w_addr == c_addr;

    assign b_set  = w_is_b ? |(w_word & b_bit) : |(b_read & b_bit);
    assign c_word = w_is_c ? w_word : c_read;

    always @(posedge clk) begin
        a_valid <= rd_en;
        b_valid <= a_valid;
        c_valid <= b_valid;
        w_valid <= wr_en;
        x_valid <= w_valid;
        if (rd_en) begin
            a_addr <= rd_addr;
            a_read <= mem[rd_addr];
        end
        if (a_valid) begin
            b_addr <= a_addr;
            b_read <= w_is_a ? w_word : x_is_a ? x_word : a_read;
        end
        if (b_valid) begin
            c_addr <= b_addr;
            c_read <= w_is_b ? w_word : b_read;
        end
        if (wr_en) begin
            w_addr <= wr_addr;
            w_word <= wr_word;
        end
        if (w_valid) begin
            x_addr      <= w_addr;
            x_word      <= w_word;
            mem[w_addr] <= w_word;
        end
        if (rst) begin
            a_valid <= 1'b0;
            b_valid <= 1'b0;
            c_valid <= 1'b0;
            w_valid <= 1'b0;
            x_valid <= 1'b0;
        end
    end

`ifdef VERILATOR
    always @(posedge clk)
        if (!rst)
            assert (c_valid || !wr_en);
`else
    wire unused = c_valid;
`endif

endmodule

`resetall
