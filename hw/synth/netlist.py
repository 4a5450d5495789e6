# SPDX-License-Identifier: Apache-2.0
"""A mapped, flat netlist as Yosys writes it in JSON: its cells, and LUT levels between registers.

A LUT is a level, and so are a carry chain (however long) and an asynchronous read of a LUT used as
memory; F7 and F8 multiplexers and inverters ride along with the LUT before them. Ports of black
boxes, of clocked memories and of the module itself are ends of a path like registers.
"""
import collections
import json
import re

FREE = re.compile(r"MUXF[789]$|INV$|BUF")
LUT = re.compile(r"LUT[1-6]$")
CARRY = re.compile(r"CARRY[48]$")
LUTRAM = re.compile(r"RAM(32|64|128|256|512)")
# LUTs of the CLB that one cell takes
LUTRAM_SIZE = {"RAM32M": 4, "RAM64M": 4, "RAM32M16": 8, "RAM64M8": 8, "RAM32X16DR8": 8,
               "RAM64X8SW": 8, "SRL16E": 1, "SRLC16E": 1, "SRLC32E": 1}


class Netlist:
    def __init__(self, path, top):
        with open(path) as f:
            module = json.load(f)["modules"][top]
        self.cells = list(module["cells"].values())
        self.types = collections.Counter(c["type"] for c in self.cells)
        self.names = {}
        hidden_first = lambda item: -item[1].get("hide_name", 0)
        for name, net in sorted(module["netnames"].items(), key=hidden_first):
            for i, bit in enumerate(net["bits"]):
                self.names[bit] = "%s[%d]" % (name, i) if len(net["bits"]) > 1 else name

    def count(self, prefix):
        return sum(n for t, n in self.types.items() if t.startswith(prefix))

    def brams(self):
        return self.count("RAMB36") + self.count("RAMB18") / 2

    def lut_memory(self):
        total = 0
        for kind, n in self.types.items():
            if LUTRAM.match(kind) or kind.startswith("SRL"):
                total += n * LUTRAM_SIZE[kind]
        return total

    @staticmethod
    def _arcs(cell):
        """(output bit, input bits, levels) of what is combinational in a cell"""
        kind = cell["type"]
        ways = cell.get("port_directions", {})
        bits = cell["connections"]
        pins = lambda way, wanted=lambda p: True: [
            b for p, bs in bits.items() if ways.get(p) == way and wanted(p) for b in bs]
        if LUT.match(kind) or FREE.search(kind):
            return [(o, pins("input"), 1 if LUT.match(kind) else 0) for o in pins("output")]
        if CARRY.match(kind):
            return [(o, pins("input", lambda p: p != "CI"), 1) for o in pins("output")] + \
                   [(o, pins("input", lambda p: p == "CI"), 0) for o in pins("output")]
        if LUTRAM.match(kind):
            address = lambda p: p.startswith(("A", "DPRA"))
            return [(o, pins("input", address), 1) for o in pins("output")]
        return []

    def longest(self):
        """Levels of the longest path; its nets from the register before to the one behind it"""
        drivers = collections.defaultdict(list)
        for cell in self.cells:
            for out, ins, levels in self._arcs(cell):
                drivers[out].append((ins, levels))
        level, source = {}, {}

        def ready(bit):
            best, origin = 0, None
            for ins, cost in drivers[bit]:
                for i in ins:
                    if level.get(i, 0) + cost > best:
                        best, origin = level.get(i, 0) + cost, i
            level[bit], source[bit] = best, origin

        for start in list(drivers):
            stack = [] if start in level else [(start, False)]
            while stack:
                bit, expanded = stack.pop()
                if bit in level:
                    continue
                if expanded:
                    ready(bit)
                    continue
                stack.append((bit, True))
                stack.extend((i, False) for ins, _ in drivers[bit] for i in ins
                             if i in drivers and i not in level)
        last = bit = max(level, key=level.get, default=None)
        depth, path = level.get(bit, 0), []
        while bit is not None:
            path.append(self.names.get(bit, str(bit)))
            bit = source.get(bit)
        return depth, path[::-1] + self._taken_by(last)

    def _taken_by(self, bit):
        """What stores this net: the output of a register, or a memory's or black box's pin"""
        for cell in self.cells:
            if self._arcs(cell):
                continue
            for pin, bits in cell["connections"].items():
                if bit in bits and cell["port_directions"].get(pin) == "input":
                    out = cell["connections"].get("Q")
                    return [self.names.get(out[0], str(out[0])) if out
                            else "%s.%s" % (cell["type"], pin)]
        return []
