// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    A flow's side information, later: what came with s_valid is at m_data STAGES cycles
//             after it and stays there until the next.
// Parameters: WIDTH (bits), STAGES (cycles, at least 1).
module in_delay #(
    parameter WIDTH  = 1,
    parameter STAGES = 1
) (
    input  wire             clk,
    input  wire             rst,

    input  wire             s_valid,
    input  wire [WIDTH-1:0] s_data,
    output wire             m_valid,
    output wire [WIDTH-1:0] m_data
);

    generate
        if (STAGES < 1)
            error_stages_is_less_than_1 stop ();
    endgenerate

    wire [STAGES:0] valid;
    wire [WIDTH-1:0] data [0:STAGES];

    assign valid[0] = s_valid;
    assign data[0]  = s_data;

    genvar i;
    generate
        for (i = 0; i < STAGES; i = i + 1) begin : stage
            reg             v;
            reg [WIDTH-1:0] d;
            assign valid[i + 1] = v;
            assign data[i + 1]  = d;
            always @(posedge clk) begin
                v <= valid[i];
                if (valid[i])
                    d <= data[i];
                if (rst)
                    v <= 1'b0;
            end
        end
    endgenerate

    assign m_valid = valid[STAGES];
    assign m_data  = data[STAGES];

endmodule

`resetall
