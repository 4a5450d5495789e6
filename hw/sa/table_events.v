// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    Parity errors as events (TABLE_ERROR): an SA that was destroyed, and a packet that met
//             a wrong bit among the policies.
// Parameters: QUIET (after a policy's error no other is told for 2^QUIET cycles: every packet that
//             meets it is dropped and counted).
module table_events #(
    parameter QUIET = 16
) (
    input  wire         clk,
    input  wire         rst,

    input  wire         sa_err,        // sa_guard
    input  wire [15:0]  sa_slot,
    input  wire         policy_err,    // policy_table: an answer is bad, and not by its SA's shape
    input  wire [1:0]   policy_kind,
    input  wire [15:0]  policy_row,

    output reg          ev_valid,
    output reg  [119:0] ev             // kind, slot, SPI, detail
);

    reg [QUIET-1:0] quiet;
    wire            policy = policy_err && !sa_err && quiet == 0;

    always @(posedge clk) begin
        ev_valid <= sa_err || policy;
        if (sa_err)
            ev <= {`ESPL_EVENT_TABLE_ERROR, sa_slot, 32'd0, 64'd0};
        else if (policy)
            ev <= {`ESPL_EVENT_TABLE_ERROR, policy_row, 32'd0, 62'd0, policy_kind};
        if (policy)
            quiet <= {QUIET{1'b1}};
        else if (quiet != 0)
            quiet <= quiet - 1'b1;
        if (rst) begin
            ev_valid <= 1'b0;
            quiet    <= 0;
        end
    end

endmodule

`resetall
