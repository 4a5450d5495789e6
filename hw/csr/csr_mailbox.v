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
    output wire              sa_out_add,
    output wire              sa_out_update,
    output wire              sa_out_retire,
    output wire              sa_out_wipe,
    output wire              sa_in_add,
    output wire              sa_in_update,
    output wire              sa_in_retire,
    output wire              sa_in_wipe,
    output reg               policy_set,  // held until policy_done
    output reg               policy_clear,
    output reg               policy_act,
    input  wire              policy_done,
    output wire              exact_set,   // row_used or not
    output wire              exact_act,
    output wire              neigh_we,
    output wire              nexthop_we,
    output wire              port_we,
    output wire              row_used,    // with exact_set, neigh_we and nexthop_we: not cleared
    input  wire [48:0]       port,        // of the port in `row`: set, MAC

    // Derivation of the powers of H; the powers go to the tables by themselves
    output reg               derive_start,
    output wire              derive_in,   // they belong to an inbound SA
    input  wire              derive_done,

    // Dynamic state of SA `row`
    output reg               out_clear,
    output reg               out_query,
    input  wire              out_ack,
    input  wire [511:0]      out_state,   // of a sa_info, SEQ_HI ([31:0]) to BAD_SELECTOR
    output reg               in_clear,
    output reg               in_query,
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
               COMMIT = 4'd9,    // and the row becomes true (any table but the policies' rows)
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
    reg          policy_over;    // policy_done, a cycle ago
    reg          used;           // the row, before the operation
    reg  [31:0]  first_word;     // word 0 of its shadow
    reg  [31:0]  spi;            // of an SA
    reg  [15:0]  window;
    reg  [511:0] dynamic;

    wire         is_sa, is_in, is_policy, is_neigh, is_hop, is_port;
    wire         add, del, update, put, act, clear, get, next;
    wire [31:0]  rows;
    reg  [15:0]  last_row;

    csr_operation #(
        .SLOT_W(SLOT_W), .POLICY_ROWS(POLICY_ROWS), .EXACT_BUCKETS(EXACT_BUCKETS),
        .NEIGH_BUCKETS(NEIGH_BUCKETS), .NEXTHOPS(NEXTHOPS)
    ) operation (
        .clk(clk), .op(op), .known(), .rows(rows), .is_sa(is_sa), .is_in(is_in), .is_policy(is_policy),
        .is_neigh(is_neigh), .is_hop(is_hop), .is_port(is_port), .add(add), .del(del),
        .update(update), .put(put), .act(act), .clear(clear), .get(get), .next(next)
    );

    wire         is_exact = is_policy && op[6];
    wire         is_row   = is_policy && !op[6];
    wire [2:0]   table_is = is_sa ? {2'd0, is_in} : op[6:4];

    assign busy         = state != IDLE;
    assign row_used     = put;
    assign derive_in    = is_in;

    wire         ack = is_in ? in_ack : out_ack;

    // One pulse when the row becomes true; of a deletion another before the last packets leave
    reg  [12:0]  strobe;
    assign {sa_out_add, sa_in_add, sa_out_update, sa_in_update, sa_out_retire, sa_in_retire,
            sa_out_wipe, sa_in_wipe, exact_set, exact_act, neigh_we, nexthop_we, port_we} = strobe;

    wire [12:0]  commit = {
        add && !is_in, add && is_in, update && !is_in, update && is_in, 2'b00,
        del && !is_in, del && is_in, is_exact && !act, is_exact && act, is_neigh, is_hop, is_port
    };
    wire [12:0]  retire = {4'b0000, !is_in, is_in, 7'd0};

    // ------------------------------------------------------------ its parts

    wire         fetched, forgotten, answered;
    wire         reserved_hit;
    wire [5:0]   reserved_word;
    reg          fetch, keep, forget, answer;
    wire [7:0]   reason;
    wire [31:0]  detail;
    wire         shadows_swept;
    wire         sh_used;
    wire [31:0]  sh_data;
    wire         rsp_sh_en;
    wire [5:0]   rsp_sh_word;
    wire         copy_last, copy_en;
    wire [5:0]   copy_at;
    wire [31:0]  copy_word;

    assign swept = shadows_swept && !booting;

    csr_request request (
        .clk(clk), .rst(rst), .wr_en(req_we && !busy), .wr_word(req_word), .wr_data(req_data),
        .fetch(fetch), .op(op), .fetched(fetched), .entry(entry), .reserved_hit(reserved_hit),
        .reserved_word(reserved_word), .keep(keep), .keep_spi(spi),
        .keep_alg(first_word[`ESPL_SA_ENTRY_FLAGS_ALG]),
        .keep_esn(first_word[`ESPL_SA_ENTRY_FLAGS_ESN]), .keep_window(window),
        .forget(forget), .forgotten(forgotten)
    );

    csr_check #(
        .SLOT_W(SLOT_W), .POLICY_ROWS(POLICY_ROWS), .EXACT_BUCKETS(EXACT_BUCKETS),
        .NEIGH_BUCKETS(NEIGH_BUCKETS),
        .NEXTHOPS(NEXTHOPS), .WINDOW(WINDOW), .MAX_MTU(MAX_MTU), .CAP_ALG(CAP_ALG),
        .CAP_MODE(CAP_MODE)
    ) judge (
        .clk(clk), .check(state == CHECK && count == 11'd1), .ready(ready), .op(op),
        .index(index), .entry(entry),
        .reserved_hit(reserved_hit), .reserved_word(reserved_word), .used(used),
        .used_spi(spi), .used_mode(first_word[`ESPL_SA_ENTRY_FLAGS_MODE]), .reason(reason),
        .detail(detail)
    );

    csr_response response (
        .clk(clk), .rst(rst), .answer(answer), .group(op[7:4]),
        .show((get || next) && !none && !booting && done_reason == `ESPL_REASON_OK), .used(used),
        .answered(answered), .sh_rd_en(rsp_sh_en), .sh_rd_word(rsp_sh_word), .sh_rd_data(sh_data),
        .dynamic(dynamic), .port(port), .rd_en(rsp_en), .rd_word(rsp_word), .rd_data(rsp_data)
    );

    csr_copy copy (
        .is_sa(is_sa), .is_neigh(is_neigh), .is_hop(is_hop), .act(act), .entry(entry),
        .first_rest(first_word[31:2]), .n(count[5:0]), .last(copy_last), .wr_en(copy_en),
        .wr_word(copy_at), .wr_data(copy_word)
    );

    // A listing asks for a row a cycle; the answers come 4 cycles later.
    reg  [3:0]   asked;
    reg  [15:0]  row_1, row_2, row_3, row_4;

    reg          sh_en;
    reg  [15:0]  sh_row;
    reg  [5:0]   sh_word;

    reg  more;                  // there is a row of that index
    wire seek  = state == SEEK && more;
    wire found = asked[3] && sh_used;

    // Of the row three words are looked at, which only an SA has all of
    wire [5:0] look_word = count[1:0] == 2'd1 ? `ESPL_SA_INFO_SPI
                         : count[1:0] == 2'd2 ? `ESPL_SA_INFO_SIZES : 6'd0;

    csr_shadows #(
        .SLOT_W(SLOT_W), .POLICY_ROWS(POLICY_ROWS), .EXACT_BUCKETS(EXACT_BUCKETS),
        .NEIGH_BUCKETS(NEIGH_BUCKETS),
        .NEXTHOPS(NEXTHOPS)
    ) shadows (
        .clk       (clk),
        .rst       (rst),
        .swept     (shadows_swept),
        .table_is  (table_is),
        .rd_row    (sh_row),
        .rd_en     (sh_en),
        .rd_word   (sh_word),
        .rd_used   (sh_used),
        .rd_data   (sh_data),
        .wr_row    (row),
        .wr_en     (state == COPY && copy_en),
        .wr_word   (copy_at),
        .wr_data   (copy_word),
        .use_en    (state == COMMIT && !is_port),
        .use_value (add || update || put || act)
    );

    // ------------------------------------------------------------ step by step

    always @(posedge clk) begin
        fetch        <= 1'b0;
        keep         <= 1'b0;
        forget       <= 1'b0;
        answer       <= 1'b0;
        derive_start <= 1'b0;
        strobe       <= 13'd0;
        changed      <= 1'b0;
        out_clear    <= state == CLEAR && !is_in && !ack;
        in_clear     <= state == CLEAR && is_in && !ack;
        out_query    <= state == QUERY && !is_in && !ack;
        in_query     <= state == QUERY && is_in && !ack;
        policy_over  <= policy_done;
        policy_set   <= state == POLICY && put && !policy_done && !policy_over;
        policy_clear <= state == POLICY && clear && !policy_done && !policy_over;
        policy_act   <= state == POLICY && act && !policy_done && !policy_over;
        asked        <= state == SEEK ? {asked[2:0], seek} : 4'd0;
        sh_en        <= seek || state == LOOK || rsp_sh_en;
        sh_row       <= state == SEEK ? index[15:0] : row;
        sh_word      <= state == ANSWER ? rsp_sh_word : look_word;
        count        <= 11'd0;

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
            row      <= index[15:0];
            more     <= index < rows;
            last_row <= rows[15:0] - 16'd1;
            if (fetched)
                state <= next ? SEEK : LOOK;
        end
        SEEK: begin
            row_1 <= index[15:0];
            row_2 <= row_1;
            row_3 <= row_2;
            row_4 <= row_3;
            if (seek) begin
                index <= index + 32'd1;
                more  <= index[15:0] != last_row;
            end
            if (found || (!seek && asked == 4'd0)) begin
                row   <= row_4;
                none  <= !found;
                state <= LOOK;
            end
        end
        LOOK: begin
            count <= count + 11'd1;
            if (count == 11'd4) begin
                used       <= sh_used;
                first_word <= sh_data;
            end
            if (count == 11'd5)
                spi <= sh_data;
            if (count == 11'd6) begin
                window <= sh_data[`ESPL_SA_ENTRY_SIZES_WINDOW];
                keep   <= update;
                count  <= 11'd0;
                state  <= CHECK;
            end
        end
        CHECK: begin
            count <= count + 11'd1;
            if (count == 11'd5)
                state <= JUDGE;
        end
        JUDGE: begin
            done_reason <= reason;
            done_detail <= !next || reason != `ESPL_REASON_OK ? detail
                         : none ? rows : {16'd0, row};
            if (reason != `ESPL_REASON_OK)
                state <= ANSWER;
            else if (add)
                state <= CLEAR;
            else if (del) begin
                strobe <= retire;
                state  <= DRAIN_;
            end else if (is_sa && (get || next) && !none)
                state <= QUERY;
            else if (is_row && (put || clear || act))
                state <= POLICY;
            else if (!is_port && (update || put || act))
                state <= COPY;
            else if (clear || (is_port && put))
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
            if (policy_over)
                state <= clear ? COMMIT : COPY;
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
            strobe  <= commit;
            changed <= 1'b1;
            state   <= ANSWER;
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
            state        <= ANSWER;
            booting      <= 1'b1;
            count        <= 11'd0;
            asked        <= 4'd0;
            done_tag     <= 32'd0;
            done_reason  <= `ESPL_REASON_OK;
            done_detail  <= 32'd0;
            fetch        <= 1'b0;
            keep         <= 1'b0;
            forget       <= 1'b0;
            answer       <= 1'b0;
            derive_start <= 1'b0;
            strobe       <= 13'd0;
            changed      <= 1'b0;
            out_clear    <= 1'b0;
            in_clear     <= 1'b0;
            out_query    <= 1'b0;
            in_query     <= 1'b0;
            policy_set   <= 1'b0;
            policy_clear <= 1'b0;
            policy_act   <= 1'b0;
            policy_over  <= 1'b0;
        end
    end

endmodule

`resetall
