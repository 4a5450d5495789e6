# SPDX-License-Identifier: Apache-2.0
"""A mapped, flat netlist as Yosys writes it in JSON: its cells, and LUT levels between registers.

A LUT is a level, and so are a carry chain (however long) and an asynchronous read of a LUT used as
memory; F7 and F8 multiplexers and inverters ride along with the LUT before them. Ports of clocked
memories and of the module itself are ends of a path like registers. A path does not end where a
part begins that was mapped by itself: it goes on by that part's Border.
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

# What a module is to paths through its ports, each (port, index): levels from a register to an
# output; from an input to a register; and of an output, [(input, levels)] of wires between both
Border = collections.namedtuple("Border", "leaves enters through")


class Netlist:
    def __init__(self, path, top, borders):
        """borders: of the modules that are black boxes in it"""
        with open(path) as f:
            module = json.load(f)["modules"][top]
        self.types = collections.Counter(c["type"] for c in module["cells"].values())
        self._name(module)
        self.drivers = collections.defaultdict(list)    # of a bit: (input, levels)
        self.starts = {}                                # bits that come from within a black box
        self.ends = {}                                  # bit: levels behind it, who takes it
        for cell in module["cells"].values():
            if cell["type"] in borders:
                self._take_box(cell, borders[cell["type"]])
            else:
                self._take_cell(cell)
        self.ports = {way: [((p, i), bit) for p, port in module["ports"].items()
                            if port["direction"] == way for i, bit in enumerate(port["bits"])]
                      for way in ("input", "output")}
        self.taken = {bit: levels for bit, (levels, _) in self.ends.items()}    # inside
        for (port, i), bit in self.ports["output"]:
            self._end(bit, 0, "%s[%d]" % (port, i))
        self._sort()

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

    def _name(self, module):
        self.names = {}
        hidden_first = lambda item: -item[1].get("hide_name", 0)
        for name, net in sorted(module["netnames"].items(), key=hidden_first):
            for i, bit in enumerate(net["bits"]):
                self.names[bit] = "%s[%d]" % (name, i) if len(net["bits"]) > 1 else name

    def _end(self, bit, levels, taker):
        if not isinstance(bit, str) and (bit not in self.ends or self.ends[bit][0] < levels):
            self.ends[bit] = levels, taker

    def _take_cell(self, cell):
        kind, bits = cell["type"], cell["connections"]
        pins = {way: [(p, b) for p, bs in bits.items() for b in bs if not isinstance(b, str)
                      and cell["port_directions"].get(p) == way] for way in ("input", "output")}
        if LUT.match(kind) or FREE.search(kind):
            cost = lambda pin: 1 if LUT.match(kind) else 0
        elif CARRY.match(kind):
            cost = lambda pin: 0 if pin == "CI" else 1
        elif LUTRAM.match(kind):
            cost = lambda pin: 1 if pin.startswith(("A", "DPRA")) else None
        else:
            cost = lambda pin: None
        inputs = [(b, cost(p)) for p, b in pins["input"] if cost(p) is not None]
        for _, out in pins["output"]:
            self.drivers[out] += inputs
        stored = bits.get("Q")
        for pin, bit in pins["input"]:
            if cost(pin) is None:
                self._end(bit, 0, self.names.get(stored[0], pin) if stored else
                          "%s.%s" % (kind, pin))

    def _take_box(self, cell, border):
        bits = cell["connections"]
        at = lambda pin: bits[pin[0]][pin[1]] if pin[1] < len(bits.get(pin[0], ())) else "x"
        for pin, levels in border.leaves.items():
            self.starts[at(pin)] = levels
        for pin, levels in border.enters.items():
            self._end(at(pin), levels, "%s[%d]" % pin)
        for pin, inputs in border.through.items():
            self.drivers[at(pin)] += [(at(i), n) for i, n in inputs if not isinstance(at(i), str)]

    def _sort(self):
        """self.order: every driven bit behind those that it depends on"""
        self.order, seen = [], set()
        for start in list(self.drivers):
            stack = [(start, False)]
            while stack:
                bit, expanded = stack.pop()
                if expanded:
                    self.order.append(bit)
                elif bit not in seen:
                    seen.add(bit)
                    stack.append((bit, True))
                    stack += [(i, False) for i, _ in self.drivers[bit]
                              if i in self.drivers and i not in seen]

    def _levels(self, starts):
        """Of each bit that a start reaches: levels of the longest path to it"""
        level = dict(starts)
        for bit in self.order:
            reach = [level[i] + cost for i, cost in self.drivers[bit] if i in level]
            if reach:
                level[bit] = max(reach + [level.get(bit, 0)])
        return level

    def _registers(self):
        """All bits that begin a path inside, and their levels"""
        inputs = {bit for _, bit in self.ports["input"]}
        first = {i: 0 for ins in self.drivers.values() for i, _ in ins
                 if not self.drivers.get(i) and i not in inputs}
        first.update({bit: 0 for bit in self.ends if not self.drivers.get(bit)
                      and bit not in inputs})
        first.update(self.starts)
        return first

    def paths(self, limit):
        """Levels of the longest path, its nets, and the ends of all paths longer than the limit"""
        starts = dict(self._registers())
        starts.update({bit: 0 for _, bit in self.ports["input"]})
        level = self._levels(starts)
        depth = lambda bit: level.get(bit, 0) + self.ends[bit][0]
        last = bit = max(self.ends, key=depth)
        path = []
        while bit is not None:
            path.append(self.names.get(bit, str(bit)))
            before = [i for i, cost in self.drivers.get(bit, ())
                      if i in level and level[i] + cost == level[bit]]
            bit = before[0] if before else None
        over = sorted({self.ends[b][1] for b in self.ends if depth(b) > limit})
        return depth(last), path[::-1] + [self.ends[last][1]], over

    def border(self):
        level = self._levels(self._registers())
        leaves = {pin: level[bit] for pin, bit in self.ports["output"] if bit in level}
        behind = dict(self.taken)
        for bit in reversed(self.order):
            if bit in behind:
                for i, cost in self.drivers[bit]:
                    behind[i] = max(behind.get(i, 0), behind[bit] + cost)
        enters = {pin: behind[bit] for pin, bit in self.ports["input"] if bit in behind}
        return Border(leaves, enters, self._through())

    def _through(self):
        inputs = {bit: pin for pin, bit in self.ports["input"]}
        reached = self._levels({bit: 0 for bit in inputs})
        place = {bit: n for n, bit in enumerate(self.order)}
        through = {}
        for pin, out in self.ports["output"]:
            if out not in reached:
                continue
            cone, todo = {out}, [out]
            while todo:
                more = {i for i, _ in self.drivers.get(todo.pop(), ()) if i in reached} - cone
                cone |= more
                todo += more
            far = {out: 0}
            for bit in sorted(cone, key=lambda b: -place.get(b, -1)):
                for i, cost in self.drivers.get(bit, ()):
                    if i in cone:
                        far[i] = max(far.get(i, 0), far[bit] + cost)
            through[pin] = [(inputs[bit], n) for bit, n in far.items() if bit in inputs]
        return through
