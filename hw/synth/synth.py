#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the engine costs on UltraScale+, by Yosys (`make synth`): LUT, FF, memories, LUT levels.

usage: synth.py OUT_DIR REPORT.json TOP [PART...]

TOP is elaborated once. It and every PART below it are then mapped one at a time, with the other
parts as black boxes, so that memory and time stay small; the report adds them up by how often each
is instantiated. A path through a part's border is counted on each side by itself. Nothing is placed
or routed: levels are counted, clocks are not promised.
"""
import collections
import glob
import json
import os
import re
import resource
import subprocess
import sys
import time

from netlist import Netlist

MEMORY = 8_000_000 * 1024  # bytes of address space for Yosys
LEVELS = 5                 # of LUTs between registers, at most

# The S-boxes are taken out before anything is mapped: a table of 256 bytes is 32 LUT6 and the wide
# multiplexers behind them, which XOR trees must not use (they would waste them).
MAP = """
read_rtlil {elaborated}
hierarchy -top {top}
{boxes}
rename {top} {name}
synth_xilinx -family xcup -uram -top {name} -flatten -noiopad -noclkbuf -nodsp -run begin:fine
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
    with open(path + ".ys", "w") as f:
        f.write(script)
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    done = subprocess.run(["yosys", "-q", "-l", path + ".log", "-s", path + ".ys"],
                          preexec_fn=limit, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode != 0:
        errors = [e for e in done.stderr.decode().splitlines() if "ERROR" in e]
        sys.exit("synth: %s.log: %s" % (path, errors[-1] if errors else "Yosys failed"))


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


def synthesise(module, name, parts, elaborated, out):
    path = os.path.join(out, name)
    start = time.time()
    boxes = "\n".join("blackbox " + p for p in parts if p != module)
    yosys(MAP.format(elaborated=elaborated, top=module, name=name, boxes=boxes,
                     stat=path + ".stat", json=path + ".json"), path)
    net = Netlist(path + ".json", name)
    os.remove(path + ".json")
    levels, worst = net.longest()
    return {"module": name, "lut": packed(path + ".stat"), "lut_memory": net.lut_memory(),
            "ff": net.count("FD"), "bram36": net.brams(), "uram": net.count("URAM288"),
            "levels": levels, "path": worst, "seconds": round(time.time() - start)}


def show(row):
    columns = ("module", "instances", "lut", "lut_memory", "ff", "bram36", "uram", "levels")
    print("  %-20s %3d x %7d %7d %7d %7.1f %5d %6d" % tuple(row[c] for c in columns), flush=True)
    if row["levels"] > LEVELS and "path" in row:
        print("    over %d: from %s to %s" % (LEVELS, row["path"][0], row["path"][-1]), flush=True)


def main():
    out, report, top, wanted = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    os.makedirs(out, exist_ok=True)
    elaborated, tree = elaborate(top, out)
    count = instances(tree, "\\" + top, 1, collections.Counter())
    parts = [m for m in sorted(count) if m == "\\" + top or base(m) in wanted]
    missing = set(wanted) - {base(m) for m in parts}
    if missing:
        sys.exit("synth: %s has no %s" % (top, ", ".join(sorted(missing))))

    print("  %-20s %3s   %7s %7s %7s %7s %5s %6s"
          % ("module", "", "LUT", "LUT mem", "FF", "BRAM36", "URAM", "levels"))
    rows, used = [], collections.Counter()
    for module in parts:
        used[base(module)] += 1
        name = base(module) + ("" if used[base(module)] == 1 else "_%d" % used[base(module)])
        row = synthesise(module, name, parts, elaborated, out)
        row["instances"] = count[module]
        show(row)
        rows.append(row)

    total = {k: sum(r[k] * r["instances"] for r in rows)
             for k in ("lut", "lut_memory", "ff", "bram36", "uram")}
    total.update(module="total", instances=1, levels=max(r["levels"] for r in rows))
    show(total)
    version = subprocess.run(["yosys", "-V"], capture_output=True, text=True).stdout.split(" (")[0]
    with open(report, "w") as f:
        json.dump({"tool": version, "family": "xcup", "top": top, "total": total, "modules": rows},
                  f, indent=1)


main()
