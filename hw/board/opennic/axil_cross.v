// SPDX-License-Identifier: Apache-2.0
`resetall
`timescale 1ns / 1ps
`default_nettype none

// Purpose:    AXI4-Lite from one clock to another, one access at a time: the shell's registers run
//             at 125 MHz, the engine at 250 MHz. A toggle each way crosses through synchronisers;
//             address and data stand still meanwhile, so any two clocks do. The shell has no wstrb:
//             a write is a whole word.
// Parameters: ADDR_W (bits of the address that reach the other side).
// Latency:    about 5 cycles of each clock an access.
// Not for:    throughput.
module axil_cross #(
    parameter ADDR_W = 12
) (
    input  wire              s_clk,
    input  wire              s_rst,
    input  wire              s_axil_awvalid,
    input  wire [31:0]       s_axil_awaddr,
    output wire              s_axil_awready,
    input  wire              s_axil_wvalid,
    input  wire [31:0]       s_axil_wdata,
    output wire              s_axil_wready,
    output wire              s_axil_bvalid,
    output wire [1:0]        s_axil_bresp,
    input  wire              s_axil_bready,
    input  wire              s_axil_arvalid,
    input  wire [31:0]       s_axil_araddr,
    output wire              s_axil_arready,
    output wire              s_axil_rvalid,
    output wire [31:0]       s_axil_rdata,
    output wire [1:0]        s_axil_rresp,
    input  wire              s_axil_rready,

    input  wire              m_clk,
    input  wire              m_rst,
    output wire [ADDR_W-1:0] m_axil_awaddr,
    output reg               m_axil_awvalid,
    input  wire              m_axil_awready,
    output wire [31:0]       m_axil_wdata,
    output reg               m_axil_wvalid,
    input  wire              m_axil_wready,
    input  wire [1:0]        m_axil_bresp,
    input  wire              m_axil_bvalid,
    output wire              m_axil_bready,
    output wire [ADDR_W-1:0] m_axil_araddr,
    output reg               m_axil_arvalid,
    input  wire              m_axil_arready,
    input  wire [31:0]       m_axil_rdata,
    input  wire [1:0]        m_axil_rresp,
    input  wire              m_axil_rvalid,
    output wire              m_axil_rready
);

    // ------------------------------------------------------------ the shell's side

    localparam IDLE = 2'd0, AWAY = 2'd1, ANSWER = 2'd2;

    reg [1:0]        state;
    reg              write;             // the access under way
    reg              ask;               // turns over with every access
    reg [ADDR_W-1:0] addr;
    reg [31:0]       wdata;
    reg              told;              // turns over with every answer (m_clk)
    reg [31:0]       rdata;
    reg [1:0]        resp;
    (* ASYNC_REG = "TRUE" *) reg [1:0] told_sync;

    reg [31:0]       m_rdata;           // (m_clk)
    reg [1:0]        m_resp;            // (m_clk)

    wire write_next = s_axil_awvalid && s_axil_wvalid;
    wire beyond     = write_next ? |s_axil_awaddr[31:ADDR_W] : |s_axil_araddr[31:ADDR_W];
    wire take       = state == IDLE && (write_next || s_axil_arvalid);

    assign s_axil_awready = take && write_next;
    assign s_axil_wready  = take && write_next;
    assign s_axil_arready = take && !write_next;
    assign s_axil_bvalid  = state == ANSWER && write;
    assign s_axil_rvalid  = state == ANSWER && !write;
    assign s_axil_bresp   = resp;
    assign s_axil_rresp   = resp;
    assign s_axil_rdata   = rdata;

    always @(posedge s_clk) begin
        told_sync <= {told_sync[0], told};
        case (state)
            IDLE:
                if (take) begin
                    write <= write_next;
                    addr  <= write_next ? s_axil_awaddr[ADDR_W-1:0] : s_axil_araddr[ADDR_W-1:0];
                    wdata <= s_axil_wdata;
                    if (beyond) begin   // the box is larger than the page: nobody is there
                        state <= ANSWER;
                        resp  <= 2'b11;
                        rdata <= 32'hffffffff;
                    end else begin
                        state <= AWAY;
                        ask   <= !ask;
                    end
                end
            AWAY:
                if (told_sync[1] == ask) begin
                    state <= ANSWER;
                    rdata <= m_rdata;
                    resp  <= m_resp;
                end
            default:
                if (write ? s_axil_bready : s_axil_rready)
                    state <= IDLE;
        endcase
        if (s_rst) begin
            state     <= IDLE;
            ask       <= 1'b0;
            told_sync <= 2'b00;
        end
    end

    // ------------------------------------------------------------ the engine's side

    (* ASYNC_REG = "TRUE" *) reg [1:0] ask_sync;
    reg       seen;                     // the access that was begun last

    assign m_axil_awaddr = addr;
    assign m_axil_araddr = addr;
    assign m_axil_wdata  = wdata;
    assign m_axil_bready = 1'b1;
    assign m_axil_rready = 1'b1;

    always @(posedge m_clk) begin
        ask_sync <= {ask_sync[0], ask};
        if (ask_sync[1] != seen) begin
            seen           <= ask_sync[1];
            m_axil_awvalid <= write;
            m_axil_wvalid  <= write;
            m_axil_arvalid <= !write;
        end
        if (m_axil_awvalid && m_axil_awready)
            m_axil_awvalid <= 1'b0;
        if (m_axil_wvalid && m_axil_wready)
            m_axil_wvalid <= 1'b0;
        if (m_axil_arvalid && m_axil_arready)
            m_axil_arvalid <= 1'b0;
        if (m_axil_bvalid || m_axil_rvalid) begin
            m_rdata <= m_axil_rdata;
            m_resp  <= m_axil_bvalid ? m_axil_bresp : m_axil_rresp;
            told    <= seen;
        end
        if (m_rst) begin
            ask_sync       <= 2'b00;
            seen           <= 1'b0;
            told           <= 1'b0;
            m_axil_awvalid <= 1'b0;
            m_axil_wvalid  <= 1'b0;
            m_axil_arvalid <= 1'b0;
        end
    end

endmodule

`resetall
