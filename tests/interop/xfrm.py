#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make interop-xfrm: the virtual card against the Linux kernel's XFRM, byte by byte.

    client --- plain [ card ] cipher --- the wire (here) --- eth0 [ Debian kernel in QEMU ] eth1 --- client

Both clients and the wire between are this program, so it can compare what arrives with what was sent, and
can keep, repeat, reorder, cut and change frames on their way. Every row of the matrix (xfrm_rows.py) that the
card says it can do is installed at both ends at once; then each row's cases run (xfrm_cases.py).

usage: xfrm.py [--quick] [--seed N]

Writes build/interop/xfrm.json. Exit 0 when all passed, 1 when not, 77 when no kernel can be had here.
"""
import argparse
import json
import random
import sys
import time

import kernel
import xfrm_cases
import xfrm_rows
from lab import BUILD, Lab, LabError
from xfrm_wire import CARD_CIPHER_MAC, CARD_PLAIN_MAC, CLIENT_MAC, KERNEL_WAN_MAC, Bench

OUT = kernel.OUT
QUICK_SHARE = 8  # of so many rows, a quick run does all cases with one, and the main ones with the others
GIVE_UP = 3  # cases: a row of which the first so many fail is not tried further
SYSCTLS = {"net/ipv4/ip_forward": 1, "net/ipv4/conf/all/rp_filter": 0, "net/ipv4/conf/default/rp_filter": 0,
           "net/ipv4/conf/all/send_redirects": 0, "net/ipv4/conf/default/send_redirects": 0,
           "net/ipv6/conf/all/forwarding": 1, "net/ipv6/auto_flowlabels": 0,
           "net/ipv6/conf/all/accept_dad": 0, "net/ipv6/conf/default/accept_dad": 0}


def say(text):
    print(text, flush=True)


class Run:
    def __init__(self, lab, seed, quick):
        self.lab, self.random, self.quick = lab, random.Random(seed), quick
        self.report = {"seed": seed, "kernel": kernel.fetch(), "rows": [], "skipped": [], "seconds": {}}
        self.counters = {}  # by who encrypts: the other's counters when a case last looked
        self.began = time.monotonic()

    def phase(self, name):
        now = time.monotonic()
        self.report["seconds"][name] = round(now - self.began, 1)
        self.began = now

    # ---------------------------------------------------------------- set up

    def start_card(self):
        lab = self.lab
        self.socket = lab.dir / "card"
        lab.spawn(None, BUILD / "espsim", "run", "--socket", self.socket, "--host0", "none", "--host1", "none",
                  "--plain", f"unix:{lab.dir}/card.plain,{lab.dir}/plain",
                  "--cipher", f"unix:{lab.dir}/card.cipher,{lab.dir}/wire.card", log=OUT / "espsim.log")
        lab.wait_for("the virtual card", self.socket.exists, 20)
        self.card = json.loads(self.espctl("-j", "card", "info").stdout)

    def espctl(self, *words):
        return self.lab.run(None, BUILD / "espctl", "--card", f"sim:{self.socket}", *words)

    def card_counters(self):
        return json.loads(self.espctl("-j", "counters").stdout)

    def choose_rows(self):
        """The rows that this card can do, and for each of the others why not."""
        chosen = []
        for row in xfrm_rows.rows(self.random):
            lacks = row.missing(self.card)
            if lacks:
                self.report["skipped"].append({"row": str(row), "reason": "the card has no " + ", ".join(lacks)})
            else:
                chosen.append(row)
        if not chosen:
            raise LabError("the card can do no row at all")
        return chosen

    def install(self, rows):
        """The same lines of `state` and `policy` at both ends."""
        batch = self.lab.dir / "card.lines"
        batch.touch(mode=0o600)
        lines = [f"link set dev plain address {CARD_PLAIN_MAC}", f"link set dev cipher address {CARD_CIPHER_MAC}"]
        for row in rows:
            lines += row.card_lines(CLIENT_MAC, KERNEL_WAN_MAC)
        batch.write_text("\n".join(lines) + "\n")
        self.lab.run(None, BUILD / "espctl", "--card", f"sim:{self.socket}", "-b", batch, timeout=200)
        self.guest.sh("\n".join(f"echo {value} >/proc/sys/{key}" for key, value in SYSCTLS.items()))
        lines = ["link set lo up", "link set eth0 up", "link set eth1 up"]
        for row in rows:
            lines += row.guest_lines(CLIENT_MAC, CARD_CIPHER_MAC)
        self.guest.ip(lines)

    # ---------------------------------------------------------------- the whole

    def run(self):
        self.start_card()
        self.rows = self.choose_rows()
        self.bench = Bench(self.lab)
        programs = {"sbin/ip": "/sbin/ip", "bin/sockets": OUT / "sockets"}
        self.guest = kernel.Kernel(self.lab, self.bench.guest_nics(), kernel.XFRM_MODULES, programs,
                                   start="sockets 4500 7 &\n")
        say(f"peer: {self.report['kernel']} in QEMU; seed {self.report['seed']}")
        self.phase("boot")
        self.install(self.rows)
        self.phase("install")
        chance = self.random.randrange(QUICK_SHARE)
        for number, row in enumerate(self.rows):
            whole = not self.quick or number % QUICK_SHARE == chance
            self.run_cases(row, xfrm_cases.of_row(self, row, whole))
        self.run_cases("all rows together", xfrm_cases.of_all(self))
        self.phase("cases")
        self.skipped_rows()

    def run_cases(self, row, tests):
        began, packets, cases = time.monotonic(), self.bench.packets, []
        for name, test in tests:
            hopeless = len(cases) >= GIVE_UP and not any(case["passed"] for case in cases)
            problem = "not tried after the others" if hopeless else xfrm_cases.attempt(self, test)
            cases.append({"case": name, "passed": problem is None, "problem": problem})
            if problem and not hopeless:
                say(f"  FAIL  {row}: {name}: {problem}")
        good, packets = sum(case["passed"] for case in cases), self.bench.packets - packets
        self.report["rows"].append({"row": str(row), "packets": packets, "cases": cases})
        say(f"  {'ok  ' if good == len(cases) else 'FAIL'}  {row}: {good} of {len(cases)} cases, {packets} packets, "
            f"{time.monotonic() - began:.1f} s")

    def skipped_rows(self):
        reasons = {}
        for skipped in self.report["skipped"]:
            reasons.setdefault(skipped["reason"], []).append(skipped["row"])
        for reason, names in reasons.items():
            say(f"  skip  {len(names):2} rows, as {names[0]}: {reason}")

    def count(self):
        cases = [case for row in self.report["rows"] for case in row["cases"]]
        good = sum(case["passed"] for case in cases)
        self.report.update(passed=good, failed=len(cases) - good)
        return good, len(cases) - good


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options.add_argument("--quick", action="store_true", help="every row, but all cases with one of eight only")
    options = options.parse_args()
    run, why = None, None
    try:
        OUT.mkdir(parents=True, exist_ok=True)
        for name in ("xfrm.json", "espsim.log", "espxfrm-kernel.log"):
            (OUT / name).unlink(missing_ok=True)
        with Lab("espxfrm") as lab:
            run = Run(lab, options.seed, options.quick)
            run.run()
            lab.check_alive()
    except kernel.Unavailable as missing:
        say(f"interop-xfrm: SKIPPED: {missing}")
        return 77
    except LabError as error:
        why = str(error)
    except SystemExit as end:
        why = str(end.code)
    except (OSError, ValueError, KeyError) as error:
        why = f"{type(error).__name__}: {error}"
    passed, failed = run.count() if run else (0, 0)
    if run:
        if why:
            run.report["ended_by"] = why
        (OUT / "xfrm.json").write_text(json.dumps(run.report, indent=2) + "\n")
    if why:
        say(f"interop-xfrm: {why}")
    skipped = len(run.report["skipped"]) if run else 0
    say(f"interop-xfrm: {passed} passed, {failed + bool(why)} failed; {skipped} rows are not on this card")
    return 1 if why or failed else 0


if __name__ == "__main__":
    sys.exit(main())
