# SPDX-License-Identifier: Apache-2.0
"""What `make formal` proves and what `make formal-mutants` plants. docs/proofs.md says it in words."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Proof:
    name: str
    top: str
    depth: int                      # cycles of the base case: the bound, when there is no k
    k: int = 0                      # induction: then without bound
    params: dict = field(default_factory=dict)
    also: tuple = ()                # modules inside whose blocks take part
    free: tuple = ()                # modules, instances and wires inside that may be anything
    narrow: tuple = ()              # widths that are made small: the module only carries the data
    mapped: bool = False            # memories as registers: faster when they are small and wide
    quick: bool = True              # also in `make formal-quick`

    def says(self):
        return f"induction, k = {self.k}" if self.k else f"bounded, {self.depth} cycles"


@dataclass(frozen=True)
class Mutant:
    name: str
    proof: str                      # the proof that catches it
    module: str                     # where it is planted
    old: str
    new: str
    params: dict = field(default_factory=dict)      # sizes small enough that a counterexample
    depth: int = 0                                  # fits in so many cycles, when not the proof's
    quick: bool = True

    def says(self):
        return f"caught by {self.proof}"


BEATS = (("512", "8"), ("511", "7"))                    # bits of a beat
POWERS = (("2048", "64"), ("2047", "63"), ("128", "4"), ("127", "3"))     # 16 powers of H; one

PROOFS = [
    Proof("axis_fifo", "axis_fifo", 12, 2, {"WIDTH": 8, "DEPTH": 4}),
    Proof("axis_reg", "axis_reg", 6, 1, narrow=BEATS),
    Proof("axis_arb", "axis_arb", 6, 1, narrow=BEATS),
    Proof("axis_turn", "axis_turn", 6, 1),
    Proof("aes_round", "aes_round", 1),
    Proof("aes_round_shared", "aes_round_shared", 3, 1, {"COMMON": "16'hfffc"}),
    Proof("aes_round_shared-second", "aes_round_shared", 3, 1, {"COMMON": "16'h00ff"}),
    Proof("axis_switch", "axis_switch", 6, 1, narrow=BEATS),
    Proof("axis_frame_buffer", "axis_frame_buffer", 10, 2, {"WIDTH": 8, "DEPTH": 4}),
    Proof("axis_ingress", "axis_ingress", 10, 0, {"DEPTH": 8, "MAX_FRAME": 200}, narrow=BEATS, quick=False),
    Proof("axis_egress", "axis_egress", 10, 0, {"DEPTH": 8, "MAX_FRAME": 200, "DROP": 1}, narrow=BEATS, quick=False),
    Proof("axis_egress-waits", "axis_egress", 10, 0, {"DEPTH": 8, "MAX_FRAME": 200, "DROP": 0}, narrow=BEATS,
          quick=False),
    Proof("out_emit", "out_emit", 8, 1, {"DEPTH": 4, "AHEAD": 2}, quick=False),
    Proof("in_issue", "in_issue", 5, 1, {"SLOT_W": 1}),
    Proof("in_deliver", "in_deliver", 7, 1, {"DEPTH": 4}, quick=False),
    Proof("lifetime", "lifetime", 5, 3, quick=False),
    Proof("out_sequence", "out_sequence", 7, 1, also=("lifetime_free",), quick=False),
    Proof("out_sequence-wrap", "out_sequence", 8, 1,
          {"SLOT_W": 1, "SEQ_START": "64'hfffffffffffffffe", "SEQ_LAST": "64'hffffffffffffffff"},
          also=("lifetime_free",), mapped=True, quick=False),
    Proof("out_sequence-end", "out_sequence", 8, 1, {"SLOT_W": 1, "SEQ_LAST": "64'd3"},
          also=("lifetime_free",), mapped=True, quick=False),
    Proof("in_replay", "in_replay", 9, 0, {"SLOT_W": 1, "WINDOW_MAX": 128},
          also=("lifetime_free",), quick=False),
    Proof("in_replay-run", "in_replay", 10, 0, {"SLOT_W": 1, "WINDOW_MAX": 128},
          also=("lifetime_free", "replay_run"), quick=False),
    Proof("in_hold", "in_hold", 10, 0, {"DEPTH": 4}, narrow=BEATS),
    Proof("in_deliver-verdict", "in_deliver", 8, 1, {"DEPTH": 4}, also=("verdict",)),
    Proof("table_memory", "table_memory", 4, 3, {"WIDTH": 12, "LANES": 2, "PARITY": 1}),
    Proof("sa_in_table", "sa_in_table", 4, 2, {"SLOT_W": 12}, also=("table_memory",),
          free=("windows", "headers", "checks", "sa_powers", "rd_bad")),
    Proof("sa_out_table", "sa_out_table", 4, 2, {"SLOT_W": 12}, also=("table_memory",),
          free=("headers", "lifetimes", "sa_powers", "rd_bad")),
    Proof("sa_powers", "sa_powers", 4, 2, {"SLOT_W": 12}, also=("table_memory",), narrow=POWERS,
          quick=False),
    Proof("csr_page", "csr_page", 6, 1),
]

MUTANTS = [
    Mutant("shared-round-counts-the-zeros", "aes_round_shared", "aes_round_shared",
           "after <= common ^ ZERO\n", "after <= common\n"),
    Mutant("shared-round-takes-a-byte-of-another-lane", "aes_round_shared-second", "aes_round_shared",
           "COMMON[15-D] ? 8'd0 : state[TOP-8*D -: 8]);\n                        end",
           "COMMON[15-D] ? 8'd0 : state[127-8*D -: 8]);\n                        end"),
    Mutant("fifo-forgets-a-stall", "axis_fifo", "axis_fifo",
           "fetch_valid <= fetch || (fetch_valid && !out_free);", "fetch_valid <= fetch;"),
    Mutant("fifo-takes-one-too-many", "axis_fifo", "axis_fifo",
           "assign s_ready = !level[AW];", "assign s_ready = 1'b1;"),
    Mutant("sequence-forgets-the-packet-before", "out_sequence-end", "out_sequence",
           "wire             new_3 = front_2 && we_3;", "wire             new_3 = 1'b0;"),
    Mutant("sequence-forgets-three-before", "out_sequence-end", "out_sequence",
           "past_1  <= we_3 && op_slot == slot_3;", "past_1  <= 1'b0;"),
    Mutant("sequence-of-another-slot", "out_sequence-end", "out_sequence",
           "past_1  <= we_3 && op_slot == slot_3;", "past_1  <= we_3;"),
    Mutant("sequence-does-not-end", "out_sequence-end", "out_sequence",
           "wire send         = live && !ended && !hard_packets && !hard_bytes;",
           "wire send         = live && !hard_packets && !hard_bytes;", quick=False),
    Mutant("sequence-outlives-its-packets", "out_sequence-end", "out_sequence",
           "wire send         = live && !ended && !hard_packets && !hard_bytes;",
           "wire send         = live && !ended && !hard_bytes;", quick=False),
    Mutant("sequence-outlives-its-bytes", "out_sequence-end", "out_sequence",
           "wire send         = live && !ended && !hard_packets && !hard_bytes;",
           "wire send         = live && !ended && !hard_packets;", quick=False),
    Mutant("sequence-counts-what-was-not-sent", "out_sequence-end", "out_sequence",
           "wire             front = front_2 && sent_3;",
           "wire             front = front_2;"),
    Mutant("lifetime-of-one-packet-more", "lifetime", "lifetime",
           "hard_p_on && b_packets >= hard_p_1;", "hard_p_on && b_packets > hard_p_1;"),
    Mutant("lifetime-without-the-bytes-in-front", "lifetime", "lifetime",
           "hard_b_1     <= {1'b0, hard_bytes} - {51'd0, a_len} - {51'd0, len_front};",
           "hard_b_1     <= {1'b0, hard_bytes} - {51'd0, a_len};"),
    Mutant("lifetime-tells-twice", "lifetime", "lifetime",
           "soft_b_on && b_bytes < soft_b\n", "soft_b_on\n"),
    Mutant("sequence-wraps-with-esn", "out_sequence-wrap", "out_sequence",
           "low_0     <= esn_1 ? &base_seq[31:0]", "low_0     <= esn_1 ? 1'b0", quick=False),
    Mutant("sequence-ends-late-in-the-pipeline", "out_sequence-end", "out_sequence",
           "reaches(base_seq[31:0], LAST_1[31:0]);", "reaches(base_seq[31:0], LAST_0[31:0]);"),
    Mutant("sequence-survives-its-key", "out_sequence-end", "out_sequence",
           "tell_bytes || clear;", "tell_bytes;"),
    Mutant("replay-window-one-too-wide", "in_replay", "replay_relation",
           "assign stale = seq <= behind;",
           "assign stale = seq < behind;", quick=False),
    Mutant("replay-of-the-packet-just-before", "in_replay", "in_replay",
           "c_twin    <= b_seq == c_seq;", "c_twin    <= 1'b0;", quick=False),
    Mutant("replay-window-moves-unauthenticated", "in_replay", "in_replay",
           "wire move = genuine && ahead;",
           "wire move = c_packet && ahead;", quick=False),
    Mutant("replay-judged-by-the-top-before", "in_replay", "in_replay",
           "wire turned = c_same_sa && w_moved;",
           "wire turned = 1'b0;", quick=False),
    Mutant("replay-word-not-forwarded", "in_replay", "replay_words",
           "assign b_set  = w_is_b ? |(w_word & b_bit) : |(b_read & b_bit);",
           "assign b_set  = |(b_read & b_bit);", quick=False),
    Mutant("replay-wrong-tag-passes", "in_replay", "in_replay",
           "wire genuine  = c_packet && c_sa_ok && c_tag_ok;",
           "wire genuine  = c_packet && c_sa_ok;", quick=False),
    Mutant("replay-window-jumps-and-remembers", "in_replay-run", "in_replay",
           "wire              far     = turned ? c_far_1 : c_far_0;",
           "wire              far     = 1'b0;", quick=False),
    Mutant("hold-gives-out-too-early", "in_hold", "axis_fifo",
           "wire fetch      = some && fetch_free;", "wire fetch      = fetch_free;"),
    Mutant("plaintext-without-a-verdict", "in_deliver-verdict", "in_deliver",
           "wire forward = d_valid && d_pass && !spent;",
           "wire forward = d_valid && !spent;"),
    Mutant("plaintext-before-its-verdict", "in_deliver-verdict", "in_deliver",
           "assign d_ready   = owed ? free : h_valid && h_ready && h_eop && !owes;",
           "assign d_ready   = owed ? free : h_valid && h_ready && h_eop;"),
    Mutant("register-slice-loses-its-reserve", "axis_reg", "axis_reg",
           "m_axis_tdata <= held ? held_data : s_axis_tdata;", "m_axis_tdata <= s_axis_tdata;"),
    Mutant("register-slice-changes-while-stalled", "axis_reg", "axis_reg",
           "if (free && (take || held)) begin", "if (take || held) begin"),
    Mutant("arbiter-interrupts-a-frame", "axis_arb", "axis_arb",
           "in_frame     <= !last;", "in_frame     <= 1'b0;"),
    Mutant("arbiter-starves-an-input", "axis_arb", "axis_arb",
           "? !turn : s1_axis_tvalid", "? 1'b0 : s1_axis_tvalid"),
    Mutant("turn-interrupts-a-frame", "axis_turn", "axis_turn",
           "!valid && !in_frame", "!valid"),
    Mutant("turn-starves-an-input", "axis_turn", "axis_turn",
           "(moves ? last : ", "(moves ? 1'b0 : "),
    Mutant("turn-goes-on-without-room", "axis_turn", "axis_turn",
           "s1_axis_tready <= room && next_turn;", "s1_axis_tready <= next_turn;"),
    Mutant("switch-splits-a-frame", "axis_switch", "axis_switch",
           "wire pick = in_frame ? way : s_choice;", "wire pick = s_choice;"),
    Mutant("buffer-gives-out-half-a-frame", "axis_frame_buffer", "axis_frame_buffer",
           "rd_ptr != (fetch ? end_last : end_ptr);",
           "fetch ? rd_ptr + 1'b1 != wr_ptr : rd_ptr != wr_ptr;"),
    Mutant("buffer-notes-it-with-the-last-beat", "axis_frame_buffer", "axis_frame_buffer",
           "notes[end_ptr[AW-1:0]] <= wr_note;", "notes[wr_ptr[AW-1:0]] <= wr_note;"),
    Mutant("arbiter-takes-the-other-length", "axis_arb", "axis_arb",
           "pick ? s1_len : s0_len;", "turn ? s1_len : s0_len;"),
    Mutant("buffer-keeps-a-forgotten-frame", "axis_frame_buffer", "axis_frame_buffer",
           "wr_ptr <= end_ptr;", "wr_ptr <= wr_ptr;"),
    Mutant("ingress-tells-its-length-too-short", "axis_ingress", "axis_ingress",
           "wire [13:0] len       = {beats, in_bytes} + 14'd1;",
           "wire [13:0] len       = {beats, in_bytes};", quick=False),
    Mutant("egress-keeps-a-byte-too-few", "axis_egress", "axis_egress",
           "assign m_axis_tkeep = ~64'd0 >> (6'd63 - out_bytes);",
           "assign m_axis_tkeep = ~64'd0 >> (6'd62 - out_bytes);", quick=False),
    Mutant("emit-goes-on-while-stalled", "out_emit", "out_emit",
           "wire        go   = !m_axis_tvalid || m_axis_tready;", "wire        go   = 1'b1;", quick=False),
    Mutant("issue-goes-on-while-the-host-waits", "in_issue", "in_issue",
           "wire       host_free = !m_axis_host1_tvalid || m_axis_host1_tready;", "wire       host_free = 1'b1;"),
    Mutant("deliver-asks-the-wrong-port", "in_deliver", "in_deliver",
           "(!host_valid || m_axis_host0_tready)", "(!host_valid || m_axis_plain_tready)", quick=False),
    Mutant("memory-shows-the-other-lane", "table_memory", "table_memory",
           "rows[wr_row][l*LANE +: LANE] <= wr_data;", "rows[wr_row][0 +: LANE] <= wr_data;"),
    Mutant("memory-without-its-parity", "table_memory", "table_memory",
           "if (wr_en[p])", "if (wr_en[0])"),
    Mutant("key-without-a-sweep", "sa_in_table", "sa_in_table",
           ".wr_data (!live ? {KEY_W{1'b0}} :", ".wr_data (retire ? {KEY_W{1'b0}} :"),
    Mutant("sweep-ends-too-early", "sa_out_table", "table_sweep",
           "assign swept     = count[AW];", "assign swept     = count[AW-1];", {"SLOT_W": 1}),
    Mutant("key-survives-retire", "sa_in_table", "sa_in_table",
           "wire              wr_en   = sweep_en || add || retire || destroy;",
           "wire              wr_en   = sweep_en || add || destroy;", {"SLOT_W": 1}, 7, quick=False),
    Mutant("key-survives-an-error", "sa_out_table", "sa_out_table",
           "wire              wr_en   = sweep_en || add || retire || destroy;",
           "wire              wr_en   = sweep_en || add || retire;", {"SLOT_W": 1}, 9, quick=False),
    Mutant("key-of-another-slot", "sa_in_table", "sa_in_table",
           "sweep_en ? sweep_slot : destroy ? destroy_slot : slot;",
           "sweep_en ? sweep_slot : slot;", {"SLOT_W": 1}, 9, quick=False),
    Mutant("powers-survive-the-wipe", "sa_powers", "sa_powers",
           ".wr_en   (pw_wipe ? 16'hffff :", ".wr_en   (pw_wipe ? 16'h7fff :", {"SLOT_W": 1},
           quick=False),
    Mutant("request-is-readable", "csr_page", "csr_page",
           "default:               reg_1 <= 32'd0;", "default:               reg_1 <= index;"),
    Mutant("ingress-lets-bad-frames-in", "axis_ingress", "axis_ingress",
           "wire        good      = in_last && !skip && !in_bad &&",
           "wire        good      = in_last && !skip &&", quick=False),
    Mutant("ingress-forgets-that-it-was-cut", "axis_ingress", "axis_ingress",
           "if (!enable && !(in_valid ? in_last : beats == 8'd0) && !skip) begin",
           "if (1'b0) begin", quick=False),
]
