#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn espalier.rdl into the Verilog defines, the C header and the register page of docs/.

usage: gen.py [--check]     (needs the systemrdl-compiler named in requirements.txt)

--check writes nothing and exits 1 when a committed product differs from its source.
"""
import pathlib
import sys
import zlib

from systemrdl import RDLCompiler
from systemrdl.node import FieldNode, RegNode

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SOURCE = HERE / "espalier.rdl"
ENTRIES = ["sa_entry", "sa_info", "policy_entry", "neigh_entry", "nexthop_entry", "port_entry",
           "event_entry"]
NOTE = "Made from hw/regs/espalier.rdl by `make regs`; change it there."
COUNTER_BASE = 0x400


def elaborate(top):
    rdl = RDLCompiler()
    rdl.compile_file(str(SOURCE))
    return rdl.elaborate(top_def_name=top).top


def registers(node):
    return [c for c in node.children(unroll=False) if isinstance(c, RegNode)]


def offset(reg):
    return reg.raw_address_offset


def fields(reg):
    return [c for c in reg.children() if isinstance(c, FieldNode)]


def named_fields(reg):
    """Fields that need names of their own: all but a register that is one number."""
    found = fields(reg)
    return [] if len(found) == 1 and found[0].inst_name == "value" else found


def constant(reg):
    """The value of a register that never changes (all its fields have a reset value), else 0."""
    resets = [(f.get_property("reset"), f.low) for f in fields(reg) if f.get_property("hw").name == "na"]
    return sum((value or 0) << low for value, low in resets)


def enums_of(nodes):
    """Every enumeration that a field uses, by the name its source gives it, without _e."""
    found = {}
    for node in nodes:
        for reg in registers(node):
            for field in fields(reg):
                kind = field.get_property("encode")
                if kind is not None:
                    found[kind.type_name[:-2].upper()] = (kind, field.width)
    return found


class Map:
    def __init__(self):
        self.page = elaborate("espalier")
        self.entries = [elaborate(name) for name in ENTRIES]
        self.enums = enums_of([self.page, *self.entries])
        regs = registers(self.page)
        self.counters = [r for r in regs if offset(r) >= COUNTER_BASE]
        self.regs = [r for r in regs if offset(r) < COUNTER_BASE]
        self.span = max((offset(r) - COUNTER_BASE) // 8 for r in self.counters) + 1
        self.sum = zlib.crc32("\n".join(self.facts()).encode())

    def facts(self):
        """What the two sides must agree on, and nothing else: words may be improved freely."""
        for node in [self.page, *self.entries]:
            for reg in registers(node):
                count = reg.array_dimensions[0] if reg.is_array else 1
                yield f"{node.inst_name}.{reg.inst_name} {offset(reg)} {count}"
                for field in fields(reg):
                    yield f" {field.inst_name} {field.high}:{field.low}"
        for name, (kind, width) in sorted(self.enums.items()):
            for member in kind:
                yield f"{name}.{member.name} {width} {member.value}"


def verilog(m):
    out = ["// SPDX-License-Identifier: Apache-2.0", f"// {NOTE}", "`ifndef ESPL_REGS_VH", "`define ESPL_REGS_VH", ""]

    def define(name, value):
        out.append(f"`define ESPL_{name:<34} {value}")

    define("MAP_SUM_VALUE", f"32'h{m.sum:08x}")
    out.append("\n// Registers: byte address in the page; then bits of their fields")
    for reg in m.regs:
        define(f"REG_{reg.inst_name}", f"12'h{offset(reg):03x}")
        if reg.is_array:
            define(f"{reg.inst_name}_WORDS", reg.array_dimensions[0])
        value = constant(reg)
        if value:
            define(f"{reg.inst_name}_VALUE", f"32'h{value:08x}")
        for f in named_fields(reg):
            define(f"{reg.inst_name}_{f.inst_name.upper()}", f"{f.high}:{f.low}")
    out.append("\n// Counters: index of the 64-bit counter, low word first in the page")
    define("REG_COUNTERS", f"12'h{COUNTER_BASE:03x}")
    define("CNT_SPAN", m.span)
    for reg in m.counters:
        define(f"CNT_{reg.inst_name}", (offset(reg) - COUNTER_BASE) // 8)
    for node in m.entries:
        out.append(f"\n// {node.get_property('name')}: number of the word; then bits of its fields")
        name = node.inst_name.upper()
        define(f"{name}_WORDS", node.size // 4)
        for reg in registers(node):
            define(f"{name}_{reg.inst_name.upper()}", offset(reg) // 4)
            for f in named_fields(reg):
                define(f"{name}_{reg.inst_name.upper()}_{f.inst_name.upper()}", f"{f.high}:{f.low}")
    for name, (kind, width) in m.enums.items():
        out.append(f"\n// {name.lower()}")
        for member in kind:
            define(f"{name}_{member.name}", f"{width}'h{member.value:x}")
    return "\n".join(out + ["", "`endif", ""])


def c_header(m):
    out = ["/* SPDX-License-Identifier: Apache-2.0 */", f"/* {NOTE} */", "#ifndef ESPL_REGS_H", "#define ESPL_REGS_H", ""]

    def define(name, value, pad=38):
        out.append(f"#define ESPL_{name:<{pad}} {value}")

    def field_defines(prefix, reg):
        for f in named_fields(reg):
            name = f"{prefix}_{f.inst_name.upper()}"
            define(f"{name}_SHIFT", f.low)
            define(f"{name}_MASK", f"0x{((1 << f.width) - 1) << f.low:08x}u")

    define("MAP_SUM_VALUE", f"0x{m.sum:08x}u")
    define("PAGE_BYTES", 4096)
    out.append("\n/* Registers: byte offset in the page; shift and mask of their fields */")
    for reg in m.regs:
        define(f"REG_{reg.inst_name}", f"0x{offset(reg):03x}u")
        if reg.is_array:
            define(f"{reg.inst_name}_WORDS", reg.array_dimensions[0])
        value = constant(reg)
        if value:
            define(f"{reg.inst_name}_VALUE", f"0x{value:08x}u")
        field_defines(reg.inst_name, reg)
    for node in m.entries:
        out.append(f"\n/* {node.get_property('name')}: number of the word; shift and mask of its fields */")
        name = node.inst_name.upper()
        define(f"{name}_WORDS", node.size // 4)
        for reg in registers(node):
            define(f"{name}_{reg.inst_name.upper()}", offset(reg) // 4)
            field_defines(f"{name}_{reg.inst_name.upper()}", reg)
    for name, (kind, _) in m.enums.items():
        out.append(f"\nenum espl_map_{name.lower()} {{")
        for member in kind:
            out.append(f"    ESPL_{name}_{member.name} = 0x{member.value:02x}, /* {member.rdl_desc} */")
        out.append("};")
    out.append("\n/* X(code, text): every reason with its sentence */")
    out.append("#define ESPL_REASONS(X) \\")
    reasons = list(m.enums["REASON"][0])
    out += [f'    X(ESPL_REASON_{r.name}, "{r.rdl_desc}"){" " + chr(92) if r is not reasons[-1] else ""}' for r in reasons]
    out.append("\n/* Counters: index; a counter is 64 bits at ESPL_REG_COUNTERS + 8 * index, low word first */")
    define("REG_COUNTERS", f"0x{COUNTER_BASE:03x}u")
    out.append("enum espl_map_counter {")
    for reg in m.counters:
        out.append(f"    ESPL_CNT_{reg.inst_name} = {(offset(reg) - COUNTER_BASE) // 8},")
    out.append("};")
    define("CNT_SPAN", m.span)
    out.append("\n/* X(index, name): every counter with the name users see */")
    out.append("#define ESPL_COUNTERS(X) \\")
    out += [f'    X(ESPL_CNT_{r.inst_name}, "{r.inst_name.lower()}"){" " + chr(92) if r is not m.counters[-1] else ""}'
            for r in m.counters]
    return "\n".join(out + ["", "#endif", ""])


def markdown(m):
    out = ["# Registers and entries", "", f"<!-- {NOTE} -->", "",
           "All words are 32 bits; a field is given as its bits. Byte offsets are in hexadecimal.",
           f"The checksum of this map is `0x{m.sum:08x}`."]

    def table(node, regs, title):
        out.extend(["", f"## {title}", "", node.get_property("desc") or "", "",
                    "| offset | name | bits | meaning |", "|---|---|---|---|"])
        for reg in regs:
            name = reg.inst_name + (f"[{reg.array_dimensions[0]}]" if reg.is_array else "")
            kind = reg.type_name if reg.type_name else ""
            text = reg.get_property("desc") or (reg.get_property("name") if reg.get_property("name") != reg.inst_name else "")
            out.append(f"| {offset(reg):03x} | `{name}` | | {text or ''} |")
            for f in named_fields(reg):
                kind = f.get_property("encode")
                see = f" ({kind.type_name[:-2]})" if kind is not None else ""
                bits = str(f.low) if f.width == 1 else f"{f.high}:{f.low}"
                out.append(f"| | {f.inst_name} | {bits} | {f.get_property('desc')}{see} |")

    table(m.page, m.regs, "The page")
    out.extend(["", "## Counters", "", "64 bits each, low word first; they wrap.", "", "| offset | name |", "|---|---|"])
    out += [f"| {offset(r):03x} | `{r.inst_name}` |" for r in m.counters]
    for node in m.entries:
        table(node, registers(node), node.get_property("name"))
    for name, (kind, _) in m.enums.items():
        out.extend(["", f"## {name.lower()}", "", "| value | name | meaning |", "|---|---|---|"])
        out += [f"| 0x{x.value:02x} | `{x.name}` | {x.rdl_desc} |" for x in kind]
    return "\n".join(out + [""])


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    m = Map()
    products = {HERE / "espalier_regs.vh": verilog(m), ROOT / "driver" / "regs.h": c_header(m),
                ROOT / "docs" / "registers.md": markdown(m)}
    stale = []
    for path, text in products.items():
        if check:
            if not path.exists() or path.read_text() != text:
                stale.append(str(path.relative_to(ROOT)))
        else:
            path.write_text(text)
    if stale:
        sys.exit(f"not in step with hw/regs/espalier.rdl: {', '.join(stale)} (run `make regs`)")


if __name__ == "__main__":
    main()
