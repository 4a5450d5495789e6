// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    What an operation of the mailbox is: which table it works on, and what it does there.
//             Wires only.
// Parameters: sizes of the tables.
// The high half of a code is the table, the low half what is done (hw/regs/espalier.rdl).
module csr_operation #(
    parameter SLOT_W        = 10,
    parameter POLICY_ROWS   = 512,
    parameter EXACT_BUCKETS = 1024,
    parameter NEIGH_BUCKETS = 1024,
    parameter NEXTHOPS      = 1024
) (
    input  wire [7:0]  op,

    output wire        known,
    output reg  [31:0] rows,       // of its table
    output wire        is_sa,
    output wire        is_in,      // of the SAs: inbound
    output wire        is_policy,  // rows and exact cells
    output wire        is_neigh,
    output wire        is_hop,
    output wire        is_port,

    output wire        add,        // an SA
    output wire        del,
    output wire        update,
    output wire        put,        // a row of another table, or a port
    output wire        act,        // change what a policy does
    output wire        clear,
    output wire        get,        // read it
    output wire        next        // read the first one from there on
);

    wire       is_exact = op[7:4] == 4'h6;
    wire       rest     = is_policy || is_neigh || is_hop;     // tables of rows
    wire [3:0] what     = op[3:0];

    assign is_sa     = op[7:4] == 4'h1;
    assign is_in     = op[0];
    assign is_policy = op[7:4] == 4'h2 || is_exact;
    assign is_neigh  = op[7:4] == 4'h3;
    assign is_hop    = op[7:4] == 4'h4;
    assign is_port   = op[7:4] == 4'h5;

    assign add    = is_sa && what[3:1] == 3'd0;
    assign del    = is_sa && what[3:1] == 3'd1;
    assign update = is_sa && what[3:1] == 3'd3;
    assign next   = is_sa ? what[3:1] == 3'd6 : rest && what == 4'ha;
    assign get    = is_sa ? what[3:1] == 3'd2
                  : is_port ? what == 4'h1 : rest && what == 4'h2;
    assign put    = (rest || is_port) && what == 4'h0;
    assign clear  = rest && what == 4'h1;
    assign act    = is_policy && what == 4'h3;
    assign known  = op == `ESPL_OP_NOP || add || del || update || next || get || put || clear
                 || act;

    always @(*) begin
        case (op[7:4])
        4'h1:    rows = 1 << SLOT_W;
        4'h2:    rows = POLICY_ROWS;
        4'h3:    rows = 8 * NEIGH_BUCKETS;
        4'h4:    rows = NEXTHOPS;
        4'h6:    rows = 8 * EXACT_BUCKETS;
        default: rows = 3;
        endcase
    end

endmodule

`resetall
