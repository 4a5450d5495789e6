#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The datapath's scenarios (scenarios.py) on a card.

usage: hil.py --card URI --plain NETDEV --cipher NETDEV [--host0 NETDEV --host1 NETDEV]
           a real card: netdevs that are cabled to its ports, and the card's own
       hil.py --virtual sockets | taps
           a virtual one, its ports Unix sockets, or TAPs in a namespace
       [--only NAME ...] [--packets N] [--seconds N] (of the soak) [--seed N]

Resets the card. Writes build/hil/report.json and report.txt, for a bug report (of a virtual card sockets.* or
taps.*); exit 0 when nothing failed.
"""
import argparse
import ctypes
import json
import os
import pathlib
import platform
import random
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "interop"))

import esp  # noqa: E402
import scenarios  # noqa: E402
from bench import Bench, Failed, Skipped  # noqa: E402
from lab import BUILD, Lab, LabError  # noqa: E402
from ports import NetdevPort, SocketPort  # noqa: E402

OUT = BUILD / "hil"
PORTS = ("plain", "cipher", "host0", "host1")
CLONE_NEWNET = 0x40000000


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--card")
    parser.add_argument("--plain")
    parser.add_argument("--cipher")
    parser.add_argument("--host0")
    parser.add_argument("--host1")
    parser.add_argument("--virtual", choices=["sockets", "taps"])
    parser.add_argument("--only", nargs="+", choices=[s.__name__ for s in scenarios.SCENARIOS])
    parser.add_argument("--packets", type=int, default=1200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    chosen = parser.parse_args()
    if not chosen.virtual and not (chosen.card and chosen.plain and chosen.cipher):
        parser.error("a card is --card URI --plain NETDEV --cipher NETDEV, or --virtual")
    return chosen


class Report:
    def __init__(self, chosen):
        self.data = {"card": chosen.card or f"virtual, {chosen.virtual}", "seed": chosen.seed,
                     "system": platform.platform(), "began": time.strftime("%FT%T%z"), "scenarios": []}
        self.texts, self.name = [], chosen.virtual or "report"

    def say(self, text):
        print(text, flush=True)
        self.texts.append(text)

    def result(self, name, what, outcome, why, seconds):
        self.data["scenarios"].append({"name": name, "outcome": outcome, "why": why, "seconds": round(seconds, 1)})
        self.say(f"  {outcome:4}  {name}: {why or what} ({seconds:.1f} s)")

    def count(self, outcome):
        return sum(s["outcome"] == outcome for s in self.data["scenarios"])

    def write(self, bench):
        OUT.mkdir(parents=True, exist_ok=True)
        if bench:
            self.data["version"] = subprocess.run([bench.espctl_path, "--version"], capture_output=True, text=True,
                                                  check=False).stdout.strip()
            self.data["info"] = bench.info
            try:
                self.data["counters"] = bench.counters()
                self.texts.append("\n" + bench.espctl("dump"))
            except Failed as failed:
                self.texts.append(f"\nno dump: {failed}")
        name = self.name
        (OUT / f"{name}.json").write_text(json.dumps(self.data, indent=2) + "\n")
        head = [f"{key}: {self.data[key]}" for key in ("card", "version", "system", "began", "seed") if key in self.data]
        (OUT / f"{name}.txt").write_text("\n".join(head + [""] + self.texts) + "\n")


def run(bench, chosen, report):
    bench.soak_packets, bench.soak_seconds = chosen.packets, chosen.seconds
    report.say(f"card {report.data['card']}, map {bench.info['map']}, seed {chosen.seed}")
    for scenario in scenarios.SCENARIOS:
        if chosen.only and scenario.__name__ not in chosen.only:
            continue
        began, outcome, why = time.monotonic(), "ok", None
        try:
            bench.set_up()
            scenario(bench)
        except Skipped as skipped:
            outcome, why = "skip", str(skipped)
        except (Failed, esp.Wrong, OSError, subprocess.SubprocessError) as failed:
            outcome, why = "FAIL", str(failed)
        report.result(scenario.__name__, scenario.__doc__, outcome, why, time.monotonic() - began)


def enter(namespace):
    """This process goes into a network namespace."""
    with open(f"/run/netns/{namespace}", "rb") as handle:
        if ctypes.CDLL(None, use_errno=True).setns(handle.fileno(), CLONE_NEWNET) != 0:
            raise LabError(f"setns: {os.strerror(ctypes.get_errno())}")


def virtual(lab, kind):
    """A virtual card: its URI and what its ports are plugged into."""
    sock, specs = lab.dir / "card", {}
    if kind == "taps":
        inside = lab.namespace("hil")
        for port in PORTS:
            lab.tap(inside, f"{port}t", mtu=9000)
        enter(inside)
        specs = {port: f"tap:{port}t" for port in PORTS}
        ends = [NetdevPort(f"{port}t") for port in PORTS]
    else:
        specs = {port: f"unix:{lab.dir}/card.{port},{lab.dir}/{port}" for port in PORTS}
        ends = [SocketPort(lab.dir / port, lab.dir / f"card.{port}") for port in PORTS]
    OUT.mkdir(parents=True, exist_ok=True)
    lab.spawn(None, BUILD / "espsim", "run", "--socket", sock, *(f"--{port}={spec}" for port, spec in specs.items()),
              log=OUT / f"espsim-{kind}.log")
    lab.wait_for("the virtual card", sock.exists, 20)
    return f"sim:{sock}", ends


def main():
    chosen = options()
    report, bench, why = Report(chosen), None, None
    try:
        with Lab("esphil") as lab:
            if chosen.virtual:
                uri, ends = virtual(lab, chosen.virtual)
            else:
                names = (chosen.plain, chosen.cipher, chosen.host0, chosen.host1)
                uri, ends = chosen.card, [NetdevPort(name) if name else None for name in names]
            bench = Bench(BUILD / "espctl", uri, ends, random.Random(chosen.seed))
            run(bench, chosen, report)
            lab.check_alive()
            report.write(bench)
    except (LabError, Failed, OSError) as error:
        why = str(error)
        report.say(f"hil: {why}")
        report.write(None)
    failed = report.count("FAIL") + bool(why)
    report.say(f"hil: {report.count('ok')} passed, {failed} failed, {report.count('skip')} not on this card; "
               f"{OUT.relative_to(ROOT)}/{report.name}.txt")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
