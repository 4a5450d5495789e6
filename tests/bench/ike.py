#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make bench-ike: how many tunnels a second, espalierd's IKE and Debian's charon side by side.

usage: ike.py [--short] [--tunnels N ...] [--kinds NAME ...] [--hold N] [--card N] [--out FILE]

Two network namespaces joined by a veth pair, initiator and responder on this machine's processors. A row begins with
the first datagram and ends when both sides have all CHILD_SAs; one that took less than 6 s is taken three times, and the
best counts, whoever it is. espalierd's IKE runs with its signer as a process of its own, and with a data plane that only
counts (tests/bench/ike/peer.c); charon's is libipsec with `policies = no`, and charon is tuned (daemons.py). Beside them
stands what `openssl speed` says of the public key operations alone, on all processors at once, the mean of just before
and just after: no IKE can be faster. What each field of build/bench/ike.json means stands in docs/performance.md.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "interop"), str(ROOT / "tests" / "bench" / "ike")]
import card  # noqa: E402
import strongswan  # noqa: E402
from confs import A, B, PROPOSALS, Kind  # noqa: E402
from daemons import LIMIT, Charon, Espalier  # noqa: E402
from lab import BUILD, Lab, LabError  # noqa: E402

PAIRS = [("espalierd", "espalierd"), ("charon", "charon"), ("espalierd", "charon"), ("charon", "espalierd")]
REPEATS, REPEATED_S = 3, 6
FLOOD, FLOOD_PER_SECOND, FLOOD_TUNNELS = 100_000, 20_000, 300


def network(lab):
    a, b = lab.namespace("a"), lab.namespace("b")
    lab.ip(a, f"link add va type veth peer name vb netns {b}")
    for namespace, device, address in ((a, "va", A), (b, "vb", B)):
        lab.ip(namespace, f"addr add {address}/24 dev {device}")
        lab.ip(namespace, f"link set {device} up")
    return a, b


def row(name, initiator, responder, proposal, tunnels, seconds, up, rss_kb=None, **more):
    return {"name": name, "initiator": initiator, "responder": responder, "proposal": proposal, "tunnels": tunnels,
            "seconds": round(seconds, 3), "per_second": round(up / seconds, 1), "rss_kb": rss_kb, "failed": tunnels - up,
            **more}


# ---------------------------------------------------------------- handshakes

def start(lab, name, side, namespace, kind, tunnels, *words):
    """A daemon that waits; of those that begin, espalierd begins at once."""
    folder = "initiator" if side == "a" else "responder"
    if name == "charon":
        return Charon(lab, namespace, folder,
                      kind.charon_initiator if side == "a" else lambda path: kind.responder(path, "policies = no"))
    conf = kind.many(lab.dir / folder, tunnels) if side == "a" else kind.responder(lab.dir / folder)
    return Espalier(lab, namespace, f"v{side}", conf, tunnels, LIMIT, *words)


def handshakes(initiator, responder, kind, tunnels, rekey=False):
    """The row, and one for the rekeying of all CHILD_SAs."""
    with Lab("benchike") as lab:
        a, b = network(lab)
        answer = start(lab, responder, "b", b, kind, tunnels)
        begin = start(lab, initiator, "a", a, kind, tunnels, "rekey" if rekey else "initiate")
        began = time.monotonic()
        if initiator == "charon":
            begin.initiate(tunnels)
        else:
            began = begin.ready["end"]
        ups = {daemon: daemon.up(tunnels, began) for daemon in sorted((begin, answer), key=lambda d: d.tells_when)}
        first, second = ups[begin], ups[answer]
        up = min(first.count, second.count)
        rows = [row("up", initiator, responder, kind.name, tunnels, max(first.end, second.end) - began, up, second.rss_kb,
                    kb_per_tunnel=round(second.grown_kb / tunnels, 2),
                    cpu_us_per_tunnel=round((first.cpu + second.cpu) / tunnels * 1e6))]
        if rekey:
            done = begin.wait("rekeyed")
            rows.append(row("rekey", initiator, responder, kind.name, tunnels, done["end"] - done["start"], done["count"],
                            done["rss_kb"]))
        return rows


def best_of(*args, **kw):
    best = None
    for _ in range(REPEATS):
        rows = handshakes(*args, **kw)
        if not best or rows[0]["per_second"] > best[0]["per_second"]:
            best = rows
        if rows[0]["seconds"] > REPEATED_S:
            break
    return best


def openssl(word):
    """Operations a second on all processors together, in seconds of the clock on the wall: a list."""
    done = subprocess.run(["openssl", "speed", "-elapsed", "-seconds", "1", "-multi", str(os.cpu_count()), word],
                          capture_output=True, text=True, check=False)
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
    rates = [float(n) for n in re.findall(r"(?<=\s)[0-9]+\.[0-9]+(?=\s|$)", last)]
    if done.returncode != 0 or not rates:
        raise LabError(f"openssl speed {word}: {done.stderr.strip()[-200:]}")
    return rates


def bound(kind):
    """Handshakes a second if the processors did nothing but public key operations: each side makes a key pair and a
    shared secret; with certificates it signs, and verifies the peer's signature and its CA's."""
    words = {"x25519": "ecdhx25519", "ecp384": "ecdhp384", "modp2048": "ffdh2048"}
    seconds = 4 / openssl(words[kind.name.split("-")[0]])[-1]
    if kind.credentials:
        sign, verify = openssl("ecdsap256")[-2:]
        seconds += 2 / sign + 4 / verify
    return 1 / seconds


# ---------------------------------------------------------------- a flood

def flood_row(responder, kind):
    """Strangers begin FLOOD IKE_SAs; meanwhile one right tunnel is begun every 10 ms. failed: not up within 2 s."""
    with Lab("benchike") as lab:
        a, b = network(lab)
        lab.ip(b, f"route add default via {A}")  # which knows no way on
        if responder == "charon":  # as Debian ships it
            answer = Charon(lab, b, "responder", lambda path: kind.responder(path, "policies = no"), limits="")
        else:
            answer = Espalier(lab, b, "vb", kind.responder(lab.dir / "responder"), FLOOD_TUNNELS, LIMIT)
        flood = lab.spawn(a, BUILD / "bench" / "ike-flood", B, FLOOD, FLOOD_PER_SECOND, log=lab.dir / "flood.log")
        flood.may_end = True
        time.sleep(0.5)
        begin = Espalier(lab, a, "va", kind.many(lab.dir / "initiator", FLOOD_TUNNELS, ""), FLOOD_TUNNELS, 20, "pace")
        done = begin.wait("up")
        soon = done["soon"]
        if flood.wait(LIMIT) != 0:
            raise LabError("the flood broke off: " + (lab.dir / "flood.log").read_text()[-200:])
        return row("flood", "espalierd", responder, kind.name, FLOOD_TUNNELS, done["end"] - done["start"], soon, answer.rss_kb(),
                   spoofed=FLOOD, within_2s=round(soon / FLOOD_TUNNELS, 4))


# ---------------------------------------------------------------- the virtual card

def card_rows(kind, tunnels):
    with Lab("benchike") as lab:
        seconds, up = card.set_up(lab, kind, tunnels)
        yield row("up-card", "espalierd", "espalierd", kind.name, tunnels, seconds, up)
    with Lab("benchike") as lab:
        seconds, rekeys, packets, lost = card.lost_in_rekeys(lab, kind)
        result = row("rekey-loss", "espalierd", "espalierd", kind.name, 1, seconds, 1, rekeys=rekeys, packets=packets)
        yield {**result, "per_second": round(rekeys / seconds, 2), "failed": lost}


# ---------------------------------------------------------------- all of it

class Table:
    def __init__(self):
        self.rows = []

    def add(self, r, **more):
        self.rows.append({**r, **more})
        r = self.rows[-1]
        notes = [f"{r[key]} {text}" for key, text in (
            ("cpu_us_per_tunnel", "us each"), ("kb_per_tunnel", "KB each"), ("of_bound", "of the bound"),
            ("within_2s", "within 2 s"), ("packets", "packets")) if r.get(key) is not None]
        print(f"{r['name']:10} {r['initiator']:>9} > {r['responder']:9} {r['proposal']:12} {r['tunnels']:6} tunnels "
              f"{r['seconds']:8.3f} s {r['per_second']:8.1f}/s {r['failed']:5} failed  {', '.join(notes)}", flush=True)


def measure(table, args):
    pairs = [pair for pair in PAIRS if not (args.no_charon and "charon" in pair)]
    kinds = {name: Kind(name) for name in args.kinds}
    for kind in kinds.values():
        for tunnels in args.tunnels:
            after = bound(kind)
            for initiator, responder in pairs:
                rekey = initiator == responder == "espalierd"
                before, rows, after = after, best_of(initiator, responder, kind, tunnels, rekey=rekey), bound(kind)
                limit = (before + after) / 2
                for r in rows:
                    of = {"of_bound": round(r["per_second"] / limit, 3), "bound_per_second": round(limit, 1)}
                    table.add(r, **(of if r["name"] == "up" else {}))
    plain = Kind("x25519")
    if args.hold:
        for r in handshakes("espalierd", "espalierd", plain, args.hold, rekey=True):
            table.add(r, name="hold" if r["name"] == "up" else "hold-rekey")
    if args.flood:
        for responder in ["espalierd"] if args.no_charon else ["espalierd", "charon"]:
            table.add(flood_row(responder, plain))
    if args.card:
        for r in card_rows(plain, args.card):
            table.add(r)


def arguments():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--short", action="store_true", help="300 tunnels, x25519 and ecp384, nothing else; ike-short.json")
    args.add_argument("--tunnels", type=int, nargs="+", default=[300, 1000])
    args.add_argument("--kinds", nargs="*", default=list(PROPOSALS), choices=PROPOSALS)
    args.add_argument("--hold", type=int, default=10000, help="tunnels of the row about memory; 0: none")
    args.add_argument("--card", type=int, default=100, help="tunnels of the row with virtual cards; 0: none")
    args.add_argument("--no-flood", dest="flood", action="store_false")
    args.add_argument("--no-charon", action="store_true")
    args.add_argument("--out", type=pathlib.Path)
    args = args.parse_args()
    if args.short:
        args.tunnels, args.kinds, args.hold, args.card, args.flood = [300], ["x25519", "ecp384"], 0, 0, False
    args.out = args.out or BUILD / "bench" / ("ike-short.json" if args.short else "ike.json")
    return args


def main():
    args, table = arguments(), Table()
    if not args.no_charon:
        strongswan.fetch()
    measure(table, args)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(table.rows, indent=1) + "\n")
    print(f"bench-ike: {args.out.relative_to(ROOT) if args.out.is_relative_to(ROOT) else args.out}")
    return 1 if any(r["failed"] for r in table.rows if r["initiator"] == r["responder"] == "espalierd") else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        print(f"bench-ike: {error}", file=sys.stderr)
        sys.exit(1)
