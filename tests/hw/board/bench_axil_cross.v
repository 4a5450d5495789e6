// SPDX-License-Identifier: Apache-2.0
`timescale 1ns / 1ps

// axil_cross between clocks of three ratios, with an AXI4-Lite memory behind it that waits now and then: every
// word arrives once and is read back; what is beyond the page is refused and reaches nobody.
module bench_axil_cross;

    reg         s_clk = 0, m_clk = 0, rst = 1;
    real        s_half = 4.0, m_half = 2.0;
    always #(s_half) s_clk = !s_clk;
    always #(m_half) m_clk = !m_clk;

    reg         awvalid = 0, wvalid = 0, bready = 0, arvalid = 0, rready = 0;
    reg  [31:0] awaddr = 0, wdata = 0, araddr = 0;
    wire        awready, wready, bvalid, arready, rvalid;
    wire [1:0]  bresp, rresp;
    wire [31:0] rdata;

    wire [11:0] m_awaddr, m_araddr;
    wire        m_awvalid, m_wvalid, m_bready, m_arvalid, m_rready;
    wire [31:0] m_wdata;
    reg         m_awready = 0, m_wready = 0, m_bvalid = 0, m_arready = 0, m_rvalid = 0;
    reg  [31:0] m_rdata = 0;

    axil_cross dut (
        .s_clk(s_clk), .s_rst(rst),
        .s_axil_awvalid(awvalid), .s_axil_awaddr(awaddr), .s_axil_awready(awready),
        .s_axil_wvalid(wvalid), .s_axil_wdata(wdata), .s_axil_wready(wready),
        .s_axil_bvalid(bvalid), .s_axil_bresp(bresp), .s_axil_bready(bready),
        .s_axil_arvalid(arvalid), .s_axil_araddr(araddr), .s_axil_arready(arready),
        .s_axil_rvalid(rvalid), .s_axil_rdata(rdata), .s_axil_rresp(rresp), .s_axil_rready(rready),
        .m_clk(m_clk), .m_rst(rst),
        .m_axil_awaddr(m_awaddr), .m_axil_awvalid(m_awvalid), .m_axil_awready(m_awready),
        .m_axil_wdata(m_wdata), .m_axil_wvalid(m_wvalid), .m_axil_wready(m_wready),
        .m_axil_bresp(2'b00), .m_axil_bvalid(m_bvalid), .m_axil_bready(m_bready),
        .m_axil_araddr(m_araddr), .m_axil_arvalid(m_arvalid), .m_axil_arready(m_arready),
        .m_axil_rdata(m_rdata), .m_axil_rresp(2'b00), .m_axil_rvalid(m_rvalid), .m_axil_rready(m_rready)
    );

    // ------------------------------------------------------------ the memory behind

    reg [31:0] mem [0:1023];
    integer    writes = 0, reads = 0, failed = 0;
    reg        have_addr = 0, have_data = 0;
    reg [11:0] at;
    reg [31:0] word;

    always @(posedge m_clk) begin
        m_awready <= $random;
        m_wready  <= $random;
        m_arready <= $random;
        if (m_bvalid && m_bready) m_bvalid <= 0;
        if (m_rvalid && m_rready) m_rvalid <= 0;
        if (m_awvalid && m_awready) begin have_addr <= 1; at <= m_awaddr; end
        if (m_wvalid && m_wready) begin have_data <= 1; word <= m_wdata; end
        if (have_addr && have_data) begin
            mem[at[11:2]] <= word;
            writes = writes + 1;
            have_addr <= 0;
            have_data <= 0;
            m_bvalid <= 1;
        end
        if (m_arvalid && m_arready) begin
            m_rdata <= mem[m_araddr[11:2]];
            m_rvalid <= 1;
            reads = reads + 1;
        end
    end

    // ------------------------------------------------------------ the shell

    task write(input [31:0] addr, input [31:0] value, input [1:0] resp);
        begin
            @(negedge s_clk) begin awvalid = 1; wvalid = 1; awaddr = addr; wdata = value; end
            @(posedge s_clk) while (!(awready && wready)) @(posedge s_clk);
            @(negedge s_clk) begin awvalid = 0; wvalid = 0; awaddr = ~0; wdata = ~0; bready = 1; end
            @(posedge s_clk) while (!bvalid) @(posedge s_clk);
            if (bresp !== resp) begin $display("write %h: response %b", addr, bresp); failed = 1; end
            @(negedge s_clk) bready = 0;
        end
    endtask

    task read(input [31:0] addr, input [31:0] value, input [1:0] resp);
        begin
            @(negedge s_clk) begin arvalid = 1; araddr = addr; end
            @(posedge s_clk) while (!arready) @(posedge s_clk);
            @(negedge s_clk) begin arvalid = 0; araddr = ~0; end
            repeat ($random & 3) @(negedge s_clk);
            rready = 1;
            @(posedge s_clk) while (!rvalid) @(posedge s_clk);
            if (rresp !== resp || rdata !== value) begin
                $display("read %h: %h, response %b, not %h", addr, rdata, rresp, value);
                failed = 1;
            end
            @(negedge s_clk) rready = 0;
        end
    endtask

    integer ratio, i;
    initial begin
        for (ratio = 0; ratio < 3; ratio = ratio + 1) begin
            m_half = ratio == 0 ? 2.0 : ratio == 1 ? 1.55 : 9.1;
            rst = 1;
            repeat (20) @(negedge s_clk);
            rst = 0;
            repeat (20) @(negedge s_clk);
            writes = 0; reads = 0;
            for (i = 0; i < 100; i = i + 1)
                write(4 * i, 32'h9e3779b9 * (i + 1 + ratio), 0);
            for (i = 99; i >= 0; i = i - 1)
                read(4 * i, 32'h9e3779b9 * (i + 1 + ratio), 0);
            write(32'h1000, 0, 3);
            read(32'h80000000, 32'hffffffff, 3);
            read(32'h0, 32'h9e3779b9 * (1 + ratio), 0);
            if (writes != 100 || reads != 101) begin
                $display("%0d writes and %0d reads arrived", writes, reads);
                failed = 1;
            end
        end
        if (!failed) $display("bench_axil_cross: passed");
        $finish;
    end

    initial #2000000 begin $display("no end"); $finish; end

endmodule
