// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "espalier_regs.vh"

// Purpose:    Runs one operation of the host: read the request in, look at the row, judge, and only
//             then change the tables, in the order that keeps every packet and every key safe; then
//             answer and forget the request.
// Parameters: DRAIN (cycles after which no packet uses a retired SA any more), sizes and
//             capabilities as in csr_check.
// Latency:    about 140 cycles, and what the operation itself takes (a policy row 540, an SA's
//             deletion DRAIN, an SA the derivation of its powers of H).
// Not for:    more than one operation at a time: a doorbell that rings while busy is not heard.
module csr_mailbox #(
    parameter        DRAIN         = 1024,
    parameter        SLOT_W        = 10,
    parameter        POLICY_ROWS   = 512,
    parameter        EXACT_BUCKETS = 1024,
    parameter        NEIGH_BUCKETS = 1024,
    parameter        NEXTHOPS      = 1024,
    parameter        WINDOW        = 4096,
    parameter        MAX_MTU       = 9000,
    parameter [31:0] CAP_ALG       = 3,
    parameter [31:0] CAP_MODE      = 13
) (
    input  wire              clk,
    input  wire              rst,
    input  wire              ready,       // the tables are swept
    output wire              swept,       // so are the shadows, the request and the answer

    // The page
    input  wire              doorbell,
    input  wire [31:0]       tag,
    input  wire [7:0]        op_in,
    input  wire [31:0]       index_in,
    input  wire              req_we,
    input  wire [5:0]        req_word,
    input  wire [31:0]       req_data,
    input  wire              rsp_en,
    input  wire [5:0]        rsp_word,
    output wire [31:0]       rsp_data,
    output wire              busy,
    output reg  [31:0]       done_tag,
    output reg  [7:0]        done_reason,
    output reg  [31:0]       done_detail,
    output reg               changed,     // a pulse: a table or a port is another now

    // The tables: the entry as it was written, and one strobe
    output wire [`ESPL_SA_ENTRY_RESERVED*32-1:0] entry,
    output reg  [15:0]       row,
    output reg               sa_out_add,
    output reg               sa_out_retire,
    output reg               sa_out_wipe,
    output reg               sa_in_add,
    output reg               sa_in_retire,
    output reg               sa_in_wipe,
    output wire              policy_set,  // held until policy_done
    output wire              policy_clear,
    output wire              policy_act,
    input  wire              policy_done,
    output reg               exact_set,   // row_used or not
    output reg               exact_act,
    output reg               neigh_we,
    output reg               nexthop_we,
    output reg               port_we,
    output wire              row_used,    // with exact_set, neigh_we and nexthop_we: not cleared
    input  wire [48:0]       port,        // of the port in `row`: set, MAC

    // Derivation of the powers of H; the powers go to the tables by themselves
    output reg               derive_start,
    output wire              derive_in,   // they belong to an inbound SA
    input  wire              derive_done,

    // Dynamic state of SA `row`
    output wire              out_clear,
    output wire              out_query,
    input  wire              out_ack,
    input  wire [511:0]      out_state,   // of a sa_info, SEQ_HI ([31:0]) to BAD_SELECTOR
    output wire              in_clear,
    output wire              in_query,
    input  wire              in_ack,
    input  wire [511:0]      in_state
);

    // ------------------------------------------------------------ the operation

    localparam IDLE   = 4'd0,    // waits for the doorbell
               FETCH  = 4'd1,    // the request's words are read in
               SEEK   = 4'd2,    // a listing looks for a row in use
               LOOK   = 4'd3,    // the row's shadow is read
               CHECK  = 4'd4,
               JUDGE  = 4'd5,
               CLEAR  = 4'd6,    // a new SA: its dynamic state starts anew,
               DERIVE = 4'd7,    // its powers are made,
               COPY   = 4'd8,    // the shadow is written,
               COMMIT = 4'd9,    // and the row becomes true (any table but the policies')
               POLICY = 4'd10,   // a policy's row is written
               DRAIN_ = 4'd11,   // a deleted SA's last packets leave
               QUERY  = 4'd12,   // dynamic state is read
               ANSWER = 4'd13,
               FORGET = 4'd14;

    reg  [3:0]   state;
    reg          booting;        // after a reset: answer and request are cleared, nobody rang
    reg  [31:0]  tag_reg;
    reg  [7:0]   op;
    reg  [31:0]  index;
    reg  [10:0]  count;          // within a state
    reg          none;           // a listing found no row
    reg          used;           // the row, before the operation
    reg  [31:0]  first_word;     // word 0 of its shadow; of an SA the SPI
    reg  [511:0] dynamic;

    wire        is_sa     = op[7:4] == 4'h1;
    wire        is_policy = op[7:4] == 4'h2;
    wire        is_in     = op[0];
    wire        is_add    = op == `ESPL_OP_SA_OUT_ADD || op == `ESPL_OP_SA_IN_ADD;
    wire        is_del    = op == `ESPL_OP_SA_OUT_DEL || op == `ESPL_OP_SA_IN_DEL;
    wire        is_next   = op == `ESPL_OP_SA_OUT_NEXT || op == `ESPL_OP_SA_IN_NEXT
                         || op == `ESPL_OP_POLICY_NEXT || op == `ESPL_OP_NEIGH_NEXT
                         || op == `ESPL_OP_NEXTHOP_NEXT || op == `ESPL_OP_EXACT_NEXT;
    wire        is_action = op == `ESPL_OP_POLICY_ACTION || op == `ESPL_OP_EXACT_ACTION;
    wire        is_clear  = op == `ESPL_OP_POLICY_CLEAR || op == `ESPL_OP_NEIGH_CLEAR
                         || op == `ESPL_OP_NEXTHOP_CLEAR || op == `ESPL_OP_EXACT_CLEAR;
    wire        is_port   = op == `ESPL_OP_PORT_SET;
    wire        is_set    = op == `ESPL_OP_POLICY_SET || op == `ESPL_OP_NEIGH_SET
                         || op == `ESPL_OP_NEXTHOP_SET || op == `ESPL_OP_EXACT_SET;
    wire        is_get    = op == `ESPL_OP_SA_OUT_GET || op == `ESPL_OP_SA_IN_GET
                         || op == `ESPL_OP_POLICY_GET || op == `ESPL_OP_NEIGH_GET
                         || op == `ESPL_OP_NEXTHOP_GET || op == `ESPL_OP_EXACT_GET
                         || op == `ESPL_OP_PORT_GET || is_next;
    wire [2:0]  table_is  = is_sa ? {2'd0, is_in} : op[6:4];

    assign busy         = state != IDLE;
    assign policy_set   = state == POLICY && op == `ESPL_OP_POLICY_SET;
    assign policy_clear = state == POLICY && op == `ESPL_OP_POLICY_CLEAR;
    assign policy_act   = state == POLICY && op == `ESPL_OP_POLICY_ACTION;
    assign row_used     = is_set;
    assign derive_in    = is_in;
    assign out_clear    = state == CLEAR && !is_in;
    assign in_clear     = state == CLEAR && is_in;
    assign out_query    = state == QUERY && !is_in;
    assign in_query     = state == QUERY && is_in;

    wire        ack  = is_in ? in_ack : out_ack;

    // ------------------------------------------------------------ its parts

    wire        fetched, forgotten, answered;
    wire        reserved_hit;
    wire [5:0]  reserved_word;
    reg         fetch, forget, answer;
    wire [7:0]  reason;
    wire [31:0] detail;
    wire        shadows_swept;
    wire        sh_used;
    wire [31:0] sh_data;
    wire        rsp_sh_en;
    wire [4:0]  rsp_sh_word;

    assign swept = shadows_swept && !booting;

    csr_request request (
        .clk(clk), .rst(rst), .wr_en(req_we && !busy), .wr_word(req_word), .wr_data(req_data),
        .fetch(fetch), .op(op), .fetched(fetched), .entry(entry), .reserved_hit(reserved_hit),
        .reserved_word(reserved_word), .forget(forget), .forgotten(forgotten)
    );

    csr_check #(
        .SLOT_W(SLOT_W), .POLICY_ROWS(POLICY_ROWS), .EXACT_BUCKETS(EXACT_BUCKETS),
        .NEIGH_BUCKETS(NEIGH_BUCKETS),
        .NEXTHOPS(NEXTHOPS), .WINDOW(WINDOW), .MAX_MTU(MAX_MTU), .CAP_ALG(CAP_ALG),
        .CAP_MODE(CAP_MODE)
    ) judge (
        .clk(clk), .check(state == CHECK && count == 11'd0), .ready(ready), .op(op),
        .index(index), .entry(entry),
        .reserved_hit(reserved_hit), .reserved_word(reserved_word), .used(used),
        .used_spi(first_word), .reason(reason), .detail(detail)
    );

    csr_response response (
        .clk(clk), .rst(rst), .answer(answer), .group(op[7:4]),
        .show(is_get && !none && !booting && done_reason == `ESPL_REASON_OK), .used(used),
        .answered(answered), .sh_rd_en(rsp_sh_en), .sh_rd_word(rsp_sh_word), .sh_rd_data(sh_data),
        .dynamic(dynamic), .port(port), .rd_en(rsp_en), .rd_word(rsp_word), .rd_data(rsp_data)
    );

    // A listing asks for a row a cycle; the answers come 2 cycles later.
    reg         asked, given;
    reg  [15:0] asked_row, given_row;
    reg  [31:0] rows;

    always @(*) begin
        case (op[7:4])
        4'h1:    rows = 1 << SLOT_W;
        4'h2:    rows = POLICY_ROWS;
        4'h3:    rows = 8 * NEIGH_BUCKETS;
        4'h6:    rows = 8 * EXACT_BUCKETS;
        default: rows = NEXTHOPS;
        endcase
    end

    wire seek  = state == SEEK && index < rows;
    wire found = given && sh_used;

    // Copying: word n of the entry to its place in the shadow. Salt and key have none; of a
    // change of action only the two words it may change are copied.
    wire [5:0]  copy_n    = count[5:0];
    wire        copy_last = is_sa ? copy_n == `ESPL_SA_ENTRY_RESERVED - 1
                          : is_action ? copy_n == `ESPL_POLICY_ENTRY_SA_SLOT : copy_n == 6'd31;
    wire        secret    = is_sa && copy_n >= `ESPL_SA_ENTRY_SALT && copy_n < `ESPL_SA_ENTRY_SRC;
    wire [5:0]  copy_at   = is_sa && copy_n >= `ESPL_SA_ENTRY_SRC
                            ? copy_n - (`ESPL_SA_ENTRY_SRC - `ESPL_SA_INFO_SRC) : copy_n;
    wire [31:0] copy_word = entry[copy_n*32 +: 32];

    // Word 1 of an SA's shadow is its SPI. Small entries have small shadows.
    wire [5:0]  copy_room = op[7:4] == 4'h3 ? 6'd8 : op[7:4] == 4'h4 ? 6'd4 : 6'd32;

    csr_shadows #(
        .SLOT_W(SLOT_W), .POLICY_ROWS(POLICY_ROWS), .EXACT_BUCKETS(EXACT_BUCKETS),
        .NEIGH_BUCKETS(NEIGH_BUCKETS),
        .NEXTHOPS(NEXTHOPS)
    ) shadows (
        .clk       (clk),
        .rst       (rst),
        .swept     (shadows_swept),
        .table_is  (table_is),
        .row       (state == SEEK ? index[15:0] : row),
        .rd_en     (seek || state == LOOK || rsp_sh_en),
        .rd_word   (state == ANSWER ? rsp_sh_word : {4'd0, is_sa}),
        .rd_used   (sh_used),
        .rd_data   (sh_data),
        .wr_en     (state == COPY && !secret && copy_at < copy_room),
        .wr_word   (copy_at[4:0]),
        .wr_data   (is_action && copy_n == 6'd0 ? {first_word[31:2], copy_word[1:0]} : copy_word),
        .use_en    (state == COMMIT && !is_port),
        .use_value (is_add || is_set || is_action)
    );

    // ------------------------------------------------------------ step by step

    always @(posedge clk) begin
        fetch         <= 1'b0;
        forget        <= 1'b0;
        answer        <= 1'b0;
        derive_start  <= 1'b0;
        sa_out_add    <= 1'b0;
        sa_out_retire <= 1'b0;
        sa_out_wipe   <= 1'b0;
        sa_in_add     <= 1'b0;
        sa_in_retire  <= 1'b0;
        sa_in_wipe    <= 1'b0;
        exact_set     <= 1'b0;
        exact_act     <= 1'b0;
        neigh_we      <= 1'b0;
        nexthop_we    <= 1'b0;
        port_we       <= 1'b0;
        changed       <= 1'b0;
        asked         <= seek;
        given         <= asked && state == SEEK;
        count         <= 11'd0;

        case (state)
        IDLE:
            if (doorbell) begin
                tag_reg <= tag;
                op      <= op_in;
                index   <= index_in;
                none    <= 1'b0;
                fetch   <= 1'b1;
                state   <= FETCH;
            end
        FETCH: begin
            row <= index[15:0];
            if (fetched)
                state <= is_next ? SEEK : LOOK;
        end
        SEEK: begin
            asked_row <= index[15:0];
            given_row <= asked_row;
            if (seek)
                index <= index + 32'd1;
            if (found || (!seek && !asked && !given)) begin
                row   <= given_row;
                none  <= !found;
                state <= LOOK;
            end
        end
        LOOK: begin
            count <= count + 11'd1;
            if (count == 11'd2) begin
                used       <= sh_used;
                first_word <= sh_data;
                count      <= 11'd0;
                state      <= CHECK;
            end
        end
        CHECK: begin
            count <= count + 11'd1;
            if (count == 11'd2)
                state <= JUDGE;
        end
        JUDGE: begin
            done_reason <= reason;
            done_detail <= !is_next || reason != `ESPL_REASON_OK ? detail
                         : none ? rows : {16'd0, row};
            if (reason != `ESPL_REASON_OK)
                state <= ANSWER;
            else if (is_add)
                state <= CLEAR;
            else if (is_del) begin
                sa_out_retire <= !is_in;
                sa_in_retire  <= is_in;
                state         <= DRAIN_;
            end else if (is_sa && !none)
                state <= QUERY;
            else if (is_policy && (is_set || is_clear || is_action))
                state <= POLICY;
            else if (is_set || is_action)
                state <= COPY;
            else if (is_clear || is_port)
                state <= COMMIT;
            else
                state <= ANSWER;
        end
        CLEAR:
            if (ack) begin
                derive_start <= 1'b1;
                state        <= DERIVE;
            end
        DERIVE:
            if (derive_done)
                state <= COPY;
        POLICY:
            if (policy_done)
                state <= is_clear ? COMMIT : COPY;
        COPY: begin
            count <= count + 11'd1;
            if (copy_last)
                state <= COMMIT;
        end
        DRAIN_: begin
            count <= count + 11'd1;
            if (count == DRAIN[10:0])
                state <= COMMIT;
        end
        COMMIT: begin
            sa_out_add  <= is_add && !is_in;
            sa_in_add   <= is_add && is_in;
            sa_out_wipe <= is_del && !is_in;
            sa_in_wipe  <= is_del && is_in;
            exact_set   <= op[7:4] == 4'h6 && !is_action;
            exact_act   <= op == `ESPL_OP_EXACT_ACTION;
            neigh_we    <= op[7:4] == 4'h3;
            nexthop_we  <= op[7:4] == 4'h4;
            port_we     <= is_port;
            changed     <= 1'b1;
            state       <= ANSWER;
        end
        QUERY:
            if (ack) begin
                dynamic <= is_in ? in_state : out_state;
                state   <= ANSWER;
            end
        ANSWER: begin
            count <= 11'd1;
            if (count == 11'd0)
                answer <= 1'b1;
            if (answered) begin
                forget <= 1'b1;
                state  <= FORGET;
            end
        end
        FORGET:
            if (forgotten) begin
                booting <= 1'b0;
                if (!booting)
                    done_tag <= tag_reg;
                state <= IDLE;
            end
        default:
            state <= IDLE;
        endcase

        if (rst) begin
            state         <= ANSWER;
            booting       <= 1'b1;
            count         <= 11'd0;
            asked         <= 1'b0;
            given         <= 1'b0;
            done_tag      <= 32'd0;
            done_reason   <= `ESPL_REASON_OK;
            done_detail   <= 32'd0;
            fetch         <= 1'b0;
            forget        <= 1'b0;
            answer        <= 1'b0;
            derive_start  <= 1'b0;
            sa_out_add    <= 1'b0;
            sa_out_retire <= 1'b0;
            sa_out_wipe   <= 1'b0;
            sa_in_add     <= 1'b0;
            sa_in_retire  <= 1'b0;
            sa_in_wipe    <= 1'b0;
            exact_set     <= 1'b0;
            exact_act     <= 1'b0;
            neigh_we      <= 1'b0;
            nexthop_we    <= 1'b0;
            port_we       <= 1'b0;
            changed       <= 1'b0;
        end
    end

endmodule

`resetall
