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
    narrow: bool = False            # 8 bits of data in a beat: the module only carries them
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
    quick: bool = True

    def says(self):
        return f"caught by {self.proof}"


PROOFS = [
    Proof("axis_fifo", "axis_fifo", 12, 2, {"WIDTH": 8, "DEPTH": 4}),
    Proof("axis_reg", "axis_reg", 6, 1, narrow=True),
    Proof("axis_arb", "axis_arb", 6, 1, narrow=True),
    Proof("axis_switch", "axis_switch", 6, 1, narrow=True),
    Proof("axis_frame_buffer", "axis_frame_buffer", 10, 2, {"WIDTH": 8, "DEPTH": 4}),
    Proof("axis_ingress", "axis_ingress", 10, 0, {"DEPTH": 8, "MAX_FRAME": 200}, narrow=True),
    Proof("out_sequence", "out_sequence", 8, 2, quick=False),
    Proof("out_sequence-end", "out_sequence", 9, 2, {"SLOT_W": 1, "SEQ_LAST": "64'd3"}),
    Proof("in_replay", "in_replay", 7, 1, {"SLOT_W": 2}),
]

MUTANTS = [
    Mutant("fifo-forgets-a-stall", "axis_fifo", "axis_fifo",
           "fetch_valid <= fetch || (fetch_valid && !out_free);", "fetch_valid <= fetch;"),
    Mutant("fifo-takes-one-too-many", "axis_fifo", "axis_fifo",
           "assign s_ready = level != DEPTH[AW:0];", "assign s_ready = 1'b1;"),
    Mutant("sequence-forgets-the-packet-before", "out_sequence-end", "out_sequence",
           "wire         new_3 = same_3 && we_3;", "wire         new_3 = 1'b0;"),
    Mutant("sequence-forgets-three-before", "out_sequence-end", "out_sequence",
           "same_5  <= we_4 && slot_1 == slot_4;", "same_5  <= 1'b0;"),
    Mutant("sequence-of-another-slot", "out_sequence-end", "out_sequence",
           "same_4  <= we_3 && slot_1 == slot_3;", "same_4  <= we_3;"),
    Mutant("sequence-does-not-end", "out_sequence-end", "out_sequence",
           "wire         send  = valid_2 && s_ok && !ended;",
           "wire         send  = valid_2 && s_ok;"),
    Mutant("sequence-ends-late-in-the-pipeline", "out_sequence-end", "out_sequence",
           "ended_3 <= !cfg_2 && seq >= SEQ_LAST - 64'd1;",
           "ended_3 <= !cfg_2 && seq >= SEQ_LAST;"),
    Mutant("sequence-survives-its-key", "out_sequence-end", "out_sequence",
           "we_3    <= send || (cfg_2 && clear_2);", "we_3    <= send;"),
]
