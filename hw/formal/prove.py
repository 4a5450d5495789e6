#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make formal: the proofs of hw/formal/proofs.py, by Yosys (write_smt2) and yosys-smtbmc with z3.

A proof is of one module with the block hw/formal/MODULE.vh, which the module includes when the
macro PROVE_MODULE is there. Every proof starts with the base case: no assertion fails in the first
`depth` cycles from a reset. One with `k` goes on with k-induction, and then holds for ever.

usage: prove.py DIR [--quick] [--mutants] [NAME ...]

--mutants does the opposite: it plants each bug of the table in a copy of the source, and passes
when the proof that should see the bug fails.
"""

import os
import re
import resource
import subprocess
import sys
import time
from dataclasses import replace

from proofs import MUTANTS, PROOFS

MEMORY = 8_000_000 * 1024           # bytes a tool may have
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

SCRIPT = """
read_verilog -formal -I{work}.narrow -Ihw/formal -Ihw/regs -Ihw/aes {macros} {files}
{free}
{params}
hierarchy -check -top {top}
{cut}
proc
flatten
opt -fast -keepdc
memory_collect
memory_nordff
{map}
check -assert
async2sync
dffunmap
opt_clean
write_smt2 -wires {smt2}
"""


def modules():
    """Module name to file, of the whole engine."""
    found = {}
    for folder, _, names in os.walk("hw"):
        for name in names:
            if name.endswith(".v"):
                found[name[:-2]] = os.path.join(folder, name)
    return found


def sources(top, known):
    """The files that `top` is made of."""
    todo, files = [top], {}
    while todo:
        name = todo.pop()
        if name in files:
            continue
        files[name] = known[name]
        with open(known[name], encoding="ascii") as f:
            text = f.read()
        block = f"hw/formal/{name}.vh"
        if os.path.exists(block):
            with open(block, encoding="ascii") as f:
                text += f.read()
        text = re.sub(r"//.*", "", text)
        for word in set(re.findall(r"^ *(\w+) +(?:#\(|\w+ +\()", text, re.M)):
            if word in known:
                todo.append(word)
    return files


def narrow(files, widths, directory):
    """Copies of the files, and of their blocks, in which each (old, new) of the widths is replaced."""
    new = dict(widths)
    os.makedirs(directory, exist_ok=True)
    copies = {}
    for name, path in files.items():
        for source in (path, f"hw/formal/{name}.vh"):
            if os.path.exists(source):
                with open(source, encoding="ascii") as f:
                    text = re.sub(r"\b\d+\b", lambda m: new.get(m[0], m[0]), f.read())
                copy = os.path.join(directory, name + source[source.rindex("."):])
                with open(copy, "w", encoding="ascii") as f:
                    f.write(text)
        copies[name] = os.path.join(directory, f"{name}.v")
    return copies


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(command, log):
    """Runs a tool; its output goes to the log and is returned."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          preexec_fn=limits, check=False)
    log.write(f"$ {' '.join(command)}\n{done.stdout}\n")
    log.flush()
    return done.returncode, done.stdout


def elaborate(proof, files, work, log):
    """Makes the SMT2 text of a proof; None when Yosys refuses."""
    if proof.narrow:
        files = narrow(files, proof.narrow, f"{work}.narrow")
    macros = [f"-DPROVE_{m.upper()}" for m in (proof.top,) + proof.also]
    params = "".join(f"chparam -set {n} {v} {proof.top}\n" for n, v in proof.params.items())
    free = "".join(f"read_verilog -lib {files[n]}\n" for n in proof.free if n in files)
    cut = "".join(f"cutpoint {'t:' if n in files else '*/'}{n}\n" for n in proof.free)
    smt2 = f"{work}.smt2"
    script = SCRIPT.format(macros=" ".join(macros + [f"-DTOP_{proof.top.upper()}"]), work=work,
                           files=" ".join(f for n, f in files.items() if n not in proof.free),
                           free=free, params=params, top=proof.top, cut=cut,
                           map="memory_map; opt -fast" if proof.mapped else "", smt2=smt2)
    with open(f"{work}.ys", "w", encoding="ascii") as f:
        f.write(script)
    code, _ = run(["yosys", "-q", f"{work}.ys"], log)
    return smt2 if code == 0 else None


def solve(proof, smt2, work, log, induction):
    """One run of the solver: "passed", "failed" (an assertion does), or "broken" (a tool does)."""
    how = ["-i", "-t", str(proof.k)] if induction else ["-t", str(proof.depth)]
    code, text = run(["yosys-smtbmc", "-s", "z3", "--unroll", "--noprogress", "--dump-vcd", f"{work}.vcd", *how, smt2], log)
    if code == 0 and "Status: PASSED" in text:
        return "passed"
    return "failed" if "Status: FAILED" in text and "Assert failed" in text else "broken"


def prove(proof, directory, known):
    work = os.path.join(directory, proof.name)
    with open(f"{work}.log", "w", encoding="utf-8") as log:
        files = sources(proof.top, known)
        smt2 = elaborate(proof, files, work, log)
        if not smt2:
            return "Yosys refuses it"
        if solve(proof, smt2, work, log, False) != "passed":
            return "base case fails"
        if proof.k and solve(proof, smt2, work, log, True) != "passed":
            return "induction fails"
    return None


def plant(mutant, files, work):
    """Writes the source with the bug; its files, or None when the place is not there (once)."""
    with open(files[mutant.module], encoding="ascii") as f:
        text = f.read()
    if text.count(mutant.old) != 1:
        return None
    path = f"{work}.{mutant.module}.v"
    with open(path, "w", encoding="ascii") as f:
        f.write(text.replace(mutant.old, mutant.new))
    return {**files, mutant.module: path}


def refute(mutant, directory, known, proofs):
    proof = proofs[mutant.proof]
    proof = replace(proof, params={**proof.params, **mutant.params}, depth=mutant.depth or proof.depth)
    work = os.path.join(directory, f"mutant-{mutant.name}")
    with open(f"{work}.log", "w", encoding="utf-8") as log:
        files = plant(mutant, sources(proof.top, known), work)
        if not files:
            return "the line it changes is not there once"
        smt2 = elaborate(proof, files, work, log)
        if not smt2:
            return "Yosys refuses it"
        verdict = solve(proof, smt2, work, log, False)
        return None if verdict == "failed" else f"not caught ({verdict})"


def main():
    args = sys.argv[1:]
    quick, mutants = "--quick" in args, "--mutants" in args
    directory, *names = [a for a in args if not a.startswith("--")]
    os.chdir(ROOT)
    os.makedirs(directory, exist_ok=True)
    known, proofs = modules(), {p.name: p for p in PROOFS}
    rows = MUTANTS if mutants else PROOFS
    rows = [r for r in rows if (r.quick or not quick) and (not names or r.name in names
                                                           or getattr(r, "proof", "") in names)]
    failed = 0
    for row in rows:
        if sys.stdout.isatty():
            print(f"  ...     {row.name:28} {row.says()}", end="\r", flush=True)
        begun = time.monotonic()
        problem = refute(row, directory, known, proofs) if mutants else prove(row, directory, known)
        seconds = time.monotonic() - begun
        failed += problem is not None
        print(f"  {'FAILED' if problem else 'passed'}  {row.name:28} {row.says()}  {seconds:.1f} s"
              + (f"  ({problem}: {directory}/{'mutant-' if mutants else ''}{row.name}.log)"
                 if problem else ""), flush=True)
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
