#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the engine costs on UltraScale+, by Yosys (`make synth`): LUT, FF, memories, LUT levels.

usage: synth.py OUT_DIR REPORT.json TOP [PART...]

TOP is elaborated once. It and every PART below it are then mapped one at a time, with the other
parts as black boxes, so that memory and time stay small, two of them at once; the report adds them
up by how often each is instantiated. Levels are those of the longest path inside a part and, from
register to register, through the parts it holds. Nothing is placed or routed: levels are counted,
clocks are not promised.
"""
import collections
import concurrent.futures
import glob
import json
import os
import re
import resource
import subprocess
import sys
import time

from netlist import Netlist

AT_ONCE = 2                # parts, as a core each
MEMORY = 4_000_000 * 1024  # bytes of address space for each Yosys
LEVELS = 5                 # of LUTs between registers, at most
NARROW = 10                # bits of a counter that is better made of LUTs than a carry chain

# The S-boxes are taken out before anything is mapped: a table of 256 bytes is 32 LUT6 and the wide
# multiplexers behind them, which XOR trees must not use (they would waste them).
MAP = """
read_rtlil {elaborated}
hierarchy -top {top}
{boxes}
rename {top} {name}
synth_xilinx -family xcup -uram -top {name} -flatten -noiopad -noclkbuf -nodsp -run begin:fine
techmap -map +/techmap.v t:$alu r:Y_WIDTH<={narrow} r:B_WIDTH=1 %i %i
setattr -set submod "sbox" c:*sbox*rdmux*
submod
synth_xilinx -family xcup -uram -top {name} -noiopad -noclkbuf -nodsp -run fine:map_luts
opt_expr -mux_undef -noclkinv
select -set tables *sbox*
abc -luts 2:2,3,6:5,10,20 @tables
abc -luts 2:2,3,6:5 * @tables %d
clean
techmap -map +/xilinx/ff_map.v
xilinx_srl -fixed -minlen 3
techmap -map +/xilinx/lut_map.v -map +/xilinx/cells_map.v -D LUT_WIDTH=6
xilinx_dffopt
opt_lut_ins -tech xilinx
setattr -mod -unset keep_hierarchy *
flatten
clean
check -assert
tee -o {stat} stat -tech xilinx
setattr -unset src *
write_json {json}
"""


def yosys(script, path):
    """Runs it; the most memory that it or a program of it held, in MB"""
    with open(path + ".ys", "w") as f:
        f.write(script)
    with open(path + ".err", "w") as errors:
        run = subprocess.Popen(["yosys", "-q", "-l", path + ".log", "-s", path + ".ys"],
                               stdout=subprocess.DEVNULL, stderr=errors)
        resource.prlimit(run.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode != 0:
        with open(path + ".err") as f:
            lines = [line.strip() for line in f if "ERROR" in line]
        raise RuntimeError("%s.log: %s" % (path, lines[-1] if lines else
                                           "Yosys ended with %d" % run.returncode))
    return usage.ru_maxrss // 1024


def base(name):
    """The Verilog name of a module that Yosys derived with parameters."""
    if name.startswith("$paramod"):
        return name.split("\\")[1]
    return name.lstrip("\\")


def elaborate(top, out):
    """The design in Yosys' own language, and per module how many of which others it holds."""
    dirs = sorted({os.path.dirname(f) for f in glob.glob("hw/*/*.v")} | {"hw/regs"})
    sources = sorted(glob.glob("hw/*/*.v"))
    path = os.path.join(out, "elaborated")
    yosys("read_verilog %s %s\nhierarchy -check -top %s\nwrite_rtlil %s.il\n"
          % (" ".join("-I" + d for d in dirs), " ".join(sources), top, path), path)
    tree, module = {}, None
    with open(path + ".il") as f:
        for line in f:
            if line.startswith("module "):
                module = line.split()[1]
                tree[module] = collections.Counter()
            found = re.match(r"  cell (\S+) ", line)
            if found:
                tree[module][found.group(1)] += 1
    return path + ".il", tree


def instances(tree, module, count, total):
    total[module] += count
    for child, times in tree[module].items():
        if child in tree:
            instances(tree, child, count * times, total)
    return total


def packed(stat):
    with open(stat) as f:
        return int(re.findall(r"Estimated number of LCs: +(\d+)", f.read())[-1])


def children_first(tree, parts, wanted):
    """The parts, each behind those below it; where that leaves a choice, in the wanted order"""
    order = {p: n for n, p in enumerate(wanted)}
    ordered, seen = [], set()

    def visit(module):
        if module in seen:
            return
        seen.add(module)
        below = [c for c in tree[module] if c in tree]
        for child in sorted(below, key=lambda c: order.get(base(c), len(order))):
            visit(child)
        if module in parts:
            ordered.append(module)

    for module in sorted(parts, key=lambda p: order.get(base(p), len(order))):
        visit(module)
    return ordered


def synthesise(module, name, parts, elaborated, out, borders):
    path = os.path.join(out, name)
    start = time.time()
    boxes = "\n".join("blackbox " + p for p in parts if p != module)
    memory = yosys(MAP.format(elaborated=elaborated, top=module, name=name, boxes=boxes,
                              narrow=NARROW, stat=path + ".stat", json=path + ".json"), path)
    net = Netlist(path + ".json", name, {m.lstrip("\\"): b.result()[1] for m, b in borders.items()})
    os.remove(path + ".json")
    levels, worst, over = net.paths(LEVELS)
    over = sorted({re.sub(r"\[\d+\]$", "", end) for end in over})
    row = {"module": name, "lut": packed(path + ".stat"), "lut_memory": net.lut_memory(),
           "ff": net.count("FD"), "bram36": net.brams(), "uram": net.count("URAM288"),
           "levels": levels, "path": worst, "over": over,
           "seconds": round(time.time() - start), "memory_mb": memory}
    return row, net.border()


def show(row):
    columns = ("module", "instances", "lut", "lut_memory", "ff", "bram36", "uram", "levels",
               "seconds", "memory_mb")
    print("  %-20s %3d x %7d %7d %7d %7.1f %5d %6d %7d %6d" % tuple(row[c] for c in columns),
          flush=True)
    if row.get("over"):
        print("    over %d: from %s to %s; all ends: %s"
              % (LEVELS, row["path"][0], row["path"][-1], ", ".join(row["over"])), flush=True)


def main():
    out, report, top, wanted = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    start = time.time()
    os.makedirs(out, exist_ok=True)
    elaborated, tree = elaborate(top, out)
    count = instances(tree, "\\" + top, 1, collections.Counter())
    parts = {m for m in count if m == "\\" + top or base(m) in wanted}
    missing = set(wanted) - {base(m) for m in parts}
    if missing:
        sys.exit("synth: %s has no %s" % (top, ", ".join(sorted(missing))))

    print("  %-20s %3s   %7s %7s %7s %7s %5s %6s %7s %6s"
          % ("module", "", "LUT", "LUT mem", "FF", "BRAM36", "URAM", "levels", "seconds", "MB"))
    rows, used, done = [], collections.Counter(), {}
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for module in children_first(tree, parts, wanted):
            used[base(module)] += 1
            name = base(module) + ("" if used[base(module)] == 1 else "_%d" % used[base(module)])
            below = instances(tree, module, 1, collections.Counter())
            borders = {m: done[m] for m in below if m in done}
            done[module] = pool.submit(synthesise, module, name, parts, elaborated, out, borders)
        for module, result in done.items():
            try:
                row = result.result()[0]
            except RuntimeError as error:
                pool.shutdown(cancel_futures=True)
                sys.exit("synth: %s" % error)
            row["instances"] = count[module]
            show(row)
            rows.append(row)

    total = {k: sum(r[k] * r["instances"] for r in rows)
             for k in ("lut", "lut_memory", "ff", "bram36", "uram")}
    total.update(module="total", instances=1, levels=max(r["levels"] for r in rows),
                 seconds=round(time.time() - start),
                 memory_mb=sum(sorted(r["memory_mb"] for r in rows)[-AT_ONCE:]))
    show(total)
    version = subprocess.run(["yosys", "-V"], capture_output=True, text=True).stdout.split(" (")[0]
    with open(report, "w") as f:
        json.dump({"tool": version, "family": "xcup", "top": top, "total": total, "modules": rows},
                  f, indent=1)


main()
