// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    The rules of AXI4-Stream as this engine keeps them (hw/README.md), as properties for
//             `make formal`: once valid, a beat stays and does not change until it is taken; tkeep
//             is contiguous from bit 0, and all ones on every beat but the last; after a reset
//             nothing is valid.
// Parameters: DATA_W (bits of tdata, whatever else goes with the beat included), ASSUME (1: the
//             stream is an input of what is proven and the rules are assumed; 0: they are asserted).
// Not for:    synthesis: outside a proof this is empty.
module axis_rules #(
    parameter DATA_W = 512,
    parameter ASSUME = 0
) (
    input wire              clk,
    input wire              rst,

    input wire [DATA_W-1:0] tdata,
    input wire [63:0]       tkeep,
    input wire              tvalid,
    input wire              tready,
    input wire              tlast
);

`ifdef FORMAL
    reg              stalled = 1'b0;    // the beat of the last cycle was not taken
    reg              past_rst = 1'b0;
    reg [DATA_W-1:0] data;
    reg [63:0]       keep;
    reg              last;

    always @(posedge clk) begin
        stalled  <= tvalid && !tready && !rst;
        past_rst <= rst;
        data     <= tdata;
        keep     <= tkeep;
        last     <= tlast;
    end

    wire stays  = !stalled || tvalid;
    wire stable = !stalled || (tdata == data && tkeep == keep && tlast == last);
    wire filled = !tvalid || (tkeep[0] && (tkeep[63:1] & ~tkeep[62:0]) == 63'd0 && (tlast || &tkeep));
    wire clear  = !past_rst || !tvalid;

    generate
        if (ASSUME) begin : given
            always @(*) begin
                assume (stays);
                assume (stable);
                assume (filled);
            end
        end else begin : owed
            always @(*)
                if (!rst) begin
                    assert (stays);
                    assert (stable);
                    assert (filled);
                    assert (clear);
                end
        end
    endgenerate
`else
    wire unused = &{1'b0, clk, rst, tdata, tkeep, tvalid, tready, tlast, ASSUME[0]};
`endif

endmodule

`resetall
