// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    A flow's words, CYCLES cycles later: what goes around the cipher or the hash.
// Parameters: WIDTH (bits a word), CYCLES (2 to 16).
// Latency:    CYCLES.
// Throughput: a word a cycle. A ring in distributed memory and not a chain of registers: neither
//             logic nor a simulation then moves a word more than twice.
module gcm_delay #(
    parameter WIDTH  = 8,
    parameter CYCLES = 2
) (
    input  wire             clk,
    input  wire             rst,
    input  wire             s_valid,
    input  wire [WIDTH-1:0] s_data,
    output wire             m_valid,
    output reg  [WIDTH-1:0] m_data
);

    generate
        if (CYCLES < 2 || CYCLES > 16)
            error_delay_is_2_to_16_cycles stop ();
    endgenerate

    localparam BACK = CYCLES - 1;

    reg [WIDTH-1:0]  ring [0:15];
    reg [3:0]        now;
    reg [CYCLES-1:0] valid;
    wire [3:0]       then = now - BACK[3:0];

    assign m_valid = valid[CYCLES-1];

    always @(posedge clk) begin
        if (s_valid)
            ring[now] <= s_data;
        if (valid[CYCLES-2])
            m_data <= ring[then];

        now   <= now + 4'd1;
        valid <= {valid[CYCLES-2:0], s_valid};

        if (rst) begin
            now   <= 4'd0;
            valid <= {CYCLES{1'b0}};
        end
    end

endmodule

`resetall
