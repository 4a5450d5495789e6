// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    What an operation of the mailbox is: which table it works on, and what it does there.
// Parameters: sizes of the tables.
// Latency:    1 cycle.
// The high half of a code is the table, the low half what is done (hw/regs/espalier.rdl).
module csr_operation #(
    parameter SLOT_W        = 10,
    parameter POLICY_ROWS   = 512,
    parameter EXACT_BUCKETS = 1024,
    parameter NEIGH_BUCKETS = 1024,
    parameter NEXTHOPS      = 1024
) (
    input  wire        clk,
    input  wire [7:0]  op,

    output reg         known,
    output reg  [31:0] rows,       // of its table
    output reg         is_sa,
    output reg         is_in,      // of the SAs: inbound
    output reg         is_policy,  // rows and exact cells
    output reg         is_neigh,
    output reg         is_hop,
    output reg         is_port,

    output reg         add,        // an SA
    output reg         del,
    output reg         update,
    output reg         put,        // a row of another table, or a port
    output reg         act,        // change what a policy does
    output reg         clear,
    output reg         get,        // read it
    output reg         next        // read the first one from there on
);

    wire       sa    = op[7:4] == 4'h1;
    wire       hop   = op[7:4] == 4'h4;
    wire       port  = op[7:4] == 4'h5;
    wire       rules = op[7:4] == 4'h2 || op[7:4] == 4'h6;
    wire       cells = op[7:4] == 4'h3;
    wire       rest  = rules || cells || hop;       // tables of rows
    wire [3:0] what  = op[3:0];

    wire       sa_known   = sa && (what[3:1] <= 3'd3 || what[3:1] == 3'd6);
    wire       rest_known = rest && (what <= 4'h2 || what == 4'ha || (rules && what == 4'h3));
    wire       port_known = port && what <= 4'h1;

    always @(posedge clk) begin
        is_sa     <= sa;
        is_in     <= op[0];
        is_policy <= rules;
        is_neigh  <= cells;
        is_hop    <= hop;
        is_port   <= port;
        add       <= sa && what[3:1] == 3'd0;
        del       <= sa && what[3:1] == 3'd1;
        update    <= sa && what[3:1] == 3'd3;
        next      <= sa ? what[3:1] == 3'd6 : rest && what == 4'ha;
        get       <= sa ? what[3:1] == 3'd2 : port ? what == 4'h1 : rest && what == 4'h2;
        put       <= (rest || port) && what == 4'h0;
        clear     <= rest && what == 4'h1;
        act       <= rules && what == 4'h3;
        known     <= op == `ESPL_OP_NOP || sa_known || rest_known || port_known;

        case (op[7:4])
        4'h1:    rows <= 1 << SLOT_W;
        4'h2:    rows <= POLICY_ROWS;
        4'h3:    rows <= 8 * NEIGH_BUCKETS;
        4'h4:    rows <= NEXTHOPS;
        4'h6:    rows <= 8 * EXACT_BUCKETS;
        default: rows <= 3;
        endcase
    end

endmodule

`resetall
