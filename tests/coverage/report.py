#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make coverage: which lines of the RTL ran, by Verilator's counters of blocks, branches and cases.

usage: report.py COUNTS OUT    COUNTS: a folder of .dat files; OUT gets lines.json and coverage.md

A line counts as reached when it ran in any instance of any run. Lines that never ran must stand in explained.txt with
a reason, by their text; the report fails when one does not, or when one that stands there runs.
"""
import collections
import json
import re
import sys
from pathlib import Path

POINT = re.compile(r"C '(.*)' (\d+)$")
HERE = Path(__file__).parent


def lines_of(text):
    """"12-14,20" -> 12, 13, 14, 20"""
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def read(folder):
    """{file: {line: count}} over all files"""
    counts = collections.defaultdict(collections.Counter)
    files = sorted(Path(folder).glob("*.dat"))
    if not files:
        sys.exit(f"coverage: no .dat files in {folder}")
    for path in files:
        for line in path.read_text(errors="replace").splitlines():
            match = POINT.match(line)
            if not match:
                continue
            fields = dict(field.split("\x02", 1) for field in match[1].split("\x01") if "\x02" in field)
            if not fields.get("page", "").startswith(("v_line", "v_branch")):
                continue
            file = fields["f"].replace("//", "/")
            for number in lines_of(fields.get("S", "") or fields["l"]):
                counts[file][number] += int(match[2])
    return counts


def reasons():
    """{(file, text of the line): reason}; explained.txt has paragraphs: reason, then `file: text` lines"""
    known, reason = {}, []
    for line in (HERE / "explained.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        match = re.match(r"(hw/\S+\.vh?): (.*)", line)
        if match:
            known[match[1], match[2].strip()] = " ".join(reason)
        elif not line.strip():
            reason = []
        else:
            reason.append(line.strip())
    return known


def main():
    counts, out, known = read(sys.argv[1]), Path(sys.argv[2]), reasons()
    table, missed, wrong, used = [], collections.defaultdict(list), [], set()
    for file in sorted(counts):
        source = Path(file).read_text().splitlines()
        lines = counts[file]
        never = [n for n in sorted(lines) if not lines[n]]
        table.append((file, len(lines), len(lines) - len(never)))
        for number in never:
            key = file, source[number - 1].strip()
            used.add(key)
            missed[known.get(key, "")].append((file, number, key[1]))
            if not known.get(key):
                wrong.append(f"{file}:{number}: never runs: {key[1]}")
    wrong += [f"{file}: runs, but is explained: {text}" for file, text in known if (file, text) not in used
              and file in counts]
    total, reached = sum(row[1] for row in table), sum(row[2] for row in table)
    with open(out / "coverage.md", "w") as doc:
        doc.write("| file | lines that can run | reached |\n|---|---|---|\n")
        for file, can, did in table:
            doc.write(f"| `{file}` | {can} | {did} ({100 * did / can:.1f} %) |\n")
        doc.write(f"| **all** | {total} | {reached} ({100 * reached / total:.2f} %) |\n\n")
        for reason, places in missed.items():
            doc.write(f"- {reason or 'Not explained.'}\n")
            for file, number, text in places:
                doc.write(f"  - `{file}:{number}`: `{text}`\n")
    (out / "lines.json").write_text(json.dumps({f: dict(c) for f, c in counts.items()}))
    print(f"coverage: {reached} of {total} lines ({100 * reached / total:.2f} %), {out}/coverage.md")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
