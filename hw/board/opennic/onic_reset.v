// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The shell's reset handshake (mod_rstn, mod_rst_done, in axil_aclk) as the engine's
//             synchronous resets in both clocks: asserted for CYCLES after mod_rstn was low.
// Parameters: CYCLES of axil_aclk; longer than both synchronisers.
module onic_reset #(
    parameter CYCLES = 64
) (
    input  wire axil_aclk,
    input  wire axis_aclk,
    input  wire mod_rstn,
    output wire mod_rst_done,
    output wire axil_rst,
    output wire axis_rst
);

    localparam W = $clog2(CYCLES + 1);

    generate
        if (CYCLES < 16)
            error_cycles_are_too_few stop ();
    endgenerate

    // Configuration leaves these zero: the card comes up in reset
    reg [W-1:0] count = {W{1'b0}};
    (* ASYNC_REG = "TRUE" *) reg [2:0] sync = 3'b111;

    assign mod_rst_done = count == CYCLES[W-1:0];
    assign axil_rst     = !mod_rst_done;
    assign axis_rst     = sync[2];

    always @(posedge axil_aclk) begin
        if (!mod_rstn)
            count <= {W{1'b0}};
        else if (!mod_rst_done)
            count <= count + 1'b1;
    end

    always @(posedge axis_aclk)
        sync <= {sync[1:0], axil_rst};

endmodule

`resetall
