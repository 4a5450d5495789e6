#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""IKE over networks that are not as good as a cable, between espalierd with the virtual card and Debian's strongSwan:
datagrams are lost, late, repeated and overtaken; a NAT by nftables, on either side, that forgets; IPv6.

usage: ikelink.py [--whole] [lossy|nat|ipv6]...

Whole: more rounds, and what takes its time (keepalives come each 20 s). Exit 0 or 1.
"""
import json
import os
import random
import re
import sys

import ikeauth
import ikeproto
from ikeproto import GW_LAN, GW_WAN, PEER_INNER, PEER_WAN, child
from lab import BUILD, ROOT, LabError

WHOLE = "--whole" in sys.argv[1:]


class Link(ikeproto.Run):
    """Counting, and waiting for a rekeying, for all of them."""

    charon = "retransmit_timeout = 2.0\n    retransmit_base = 1.4\n    retransmit_tries = 7"
    options = ()
    patience = 10  # seconds that an exchange may take
    lan = (GW_LAN, PEER_INNER)

    def card_sas(self):
        said = self.lab.run(None, BUILD / "espctl", "--card", self.card, "-j", "state", "list").stdout
        return len(json.loads(said or "[]"))

    def counts(self):
        """IKE_SAs and CHILD_SAs here and there, SAs in the card."""
        return [self.sas(s).count(w) for s in (self.gw, self.peer) for w in ("ESTABLISHED", "INSTALLED")] + [self.card_sas()]

    def settle(self, sas, children):
        """No more, no fewer, at either side and in the card: what was deleted is taken for 5 s more."""
        want = [sas, children, sas, children, 2 * children]
        try:
            self.lab.wait_for("as many SAs as there should be", lambda: self.counts() == want, self.patience + 10)
        except LabError as late:
            raise LabError(f"{late}: {self.counts()} instead of {want}") from late

    def begin(self, side):
        done = side.swanctl.swanctl("--initiate", "--child", "net", "--timeout", str(self.patience * 2), check=False,
                                    timeout=self.patience * 2 + 20)
        if "completed successfully" not in done.stdout:
            raise LabError("no tunnel: " + "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:]))

    def end(self, side):
        side.swanctl.swanctl("--terminate", "--ike", "net", "--timeout", str(self.patience * 2), check=False,
                             timeout=self.patience * 2 + 20)
        self.settle(0, 0)

    def ping(self):
        self.ping_between(self.gw_ns, *self.lan)

    def rekey(self, what, *sides):
        """By one side, or by both at once."""
        event = {"child": "CHILD_SA rekeyed", "ike": "IKE_SA rekeyed"}[what]
        before = self.events(event)
        for side in sides:
            side.swanctl.swanctl("--rekey", f"--{what}", "net")
        self.lab.wait_for(f"{event}, by {[s.swanctl.dir.name for s in sides]}", lambda: self.events(event) > before, self.patience)
        if WHOLE:
            self.settle(1, 1)
        self.ping()

    def every_rekeying(self):
        """From either side and from both at once; in the quick form, that only."""
        for what in ("child", "ike"):
            for sides in ((self.gw,), (self.peer,), (self.gw, self.peer))[0 if WHOLE else 2:]:
                self.rekey(what, *sides)
        self.settle(1, 1)


class Lossy(Link):
    """A fifth of all IKE datagrams meets each kind of harm (tests/interop/lossy.py)."""

    name = "lossy"
    patience = 60

    def between(self):
        seed = int(os.environ.get("SEED", random.randrange(1 << 31)))
        print(f"lossy: SEED={seed}", flush=True)
        self.lab.tap(self.wan, "wan0", f"{PEER_WAN}/24")
        card, far = self.lab.dir / "cipher", self.lab.dir / "far"
        self.wire = self.lab.spawn(self.wan, sys.executable, "-B", ROOT / "tests" / "interop" / "lossy.py", "wan0", far, card, seed, 20,
                                   log=self.out / "lossy.log")
        self.lab.wait_for("the network", far.exists, 10)
        return f"unix:{card},{far}"

    def initiator(self):
        self.load_both()
        self.begin(self.gw)
        self.settle(1, 1)
        self.ping()
        self.rekey("child", self.peer)
        self.rekey("ike", self.gw)
        self.settle(1, 1)
        self.end(self.gw)

    def responder(self):
        self.load_both()
        self.begin(self.peer)
        self.settle(1, 1)
        self.ping()
        self.rekey("child", self.gw)
        self.rekey("ike", self.peer)
        self.settle(1, 1)
        self.end(self.peer)

    def often(self):
        for side in (self.gw, self.peer):
            self.begin(side)
            for _ in range(3):
                self.every_rekeying()
            self.end(side)

    CASES = (initiator, responder, *((often,) if WHOLE else ()))

    def run(self, wanted):
        super().run(wanted)
        self.lab.stop(self.wire)
        said = (self.out / "lossy.log").read_text().splitlines()[-1]
        print(f"lossy: {said}", flush=True)
        if not json.loads(said)["lost"]:
            raise LabError("the network lost nothing")

# Empties the kernel's table of connections: IPCTNL_MSG_CT_DELETE without a tuple, as `conntrack -F`.
FORGET = """
import socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
s.send(struct.pack("=IHHIIBBH", 20, 1 << 8 | 2, 1 | 4, 1, 0, socket.AF_UNSPEC, 0, 0))
if struct.unpack_from("=i", s.recv(4096), 16)[0]:
    raise SystemExit("conntrack can't be emptied")
"""
ROUTER, FAR, FAR_ROUTER = "192.0.2.254", "198.51.100.2", "198.51.100.254"
RULES = """
table ip nat {{
    chain out {{
        type nat hook postrouting priority srcnat
        oifname {out} udp sport {{ 500, 4500 }} masquerade to :{ports}
    }}
    chain seen {{
        type filter hook forward priority filter
        iifname {inside} udp dport 4500 udp length 9 counter
    }}
}}
"""


class Nat(Link):
    """A router with nftables' masquerade between the two: first espalierd is behind it, then strongSwan."""

    name = "nat"
    patience = 20

    def between(self):
        """The card's cipher port - near0, router, far0 - wan0 of the peer."""
        lab = self.lab
        self.router = lab.namespace("nat")
        lab.tap(self.router, "near0", f"{ROUTER}/24")
        lab.ip(self.wan, f"link add wan0 type veth peer name far0 netns {self.router}")
        lab.ip(self.wan, f"addr add {FAR}/24 dev wan0")
        lab.ip(self.wan, "link set wan0 up")
        lab.ip(self.router, f"addr add {FAR_ROUTER}/24 dev far0")
        lab.ip(self.router, "link set far0 up")
        lab.sysctl(self.router, "net/ipv4/ip_forward", 1)
        lab.ip(self.wan, f"route add default via {FAR_ROUTER}")
        lab.ip(self.gw_ns, f"route add default via {ROUTER}")
        return f"tap:near0@{self.router}"

    def start(self):
        super().start()
        self.gw.ends["remote"], self.peer.ends["local"] = FAR, FAR

    def masquerade(self, inside, out, ports):
        """The NAT begins to use these ports, and forgets what it knew."""
        rules = self.lab.dir / "nat.nft"
        rules.write_text(RULES.format(inside=inside, out=out, ports=ports))
        self.lab.run(self.router, "nft", "flush ruleset")
        self.lab.run(self.router, "nft", "-f", rules)
        self.lab.run(self.router, sys.executable, "-c", FORGET)

    def keepalives(self):
        said = json.loads(self.lab.run(self.router, "nft", "-j", "list", "chain", "ip", "nat", "seen").stdout)
        return sum(e["counter"]["packets"] for o in said["nftables"] for e in o.get("rule", {}).get("expr", []) if "counter" in e)

    def seen_at(self, side, address, low, high):
        """The port that `side` sees the other one at, if it is one of the NAT's."""
        found = re.search(rf"remote '\S+' @ {re.escape(address)}\[(\d+)\]", self.sas(side))
        return found and low <= int(found[1]) <= high

    def behind(self, inner, outer, inside, out, address):
        """`inner` begins from behind the NAT; all rekeyings; then the NAT gives it another port, under traffic."""
        self.masquerade(inside, out, "20000-20999")
        self.begin(inner)
        self.settle(1, 1)
        if not self.seen_at(outer, address, 20000, 20999):
            raise LabError("the NAT is not between them: " + self.sas(outer)[:300])
        if "TUNNEL-in-UDP" not in self.sas(self.gw):
            raise LabError("no ESP in UDP behind a NAT")
        self.ping()
        self.every_rekeying()
        self.masquerade(inside, out, "30000-30999")
        ping = self.lab.spawn(self.gw_ns, "ping", "-i", "0.2", "-I", *self.lan, log=self.out / "ping.log")
        ping.may_end = True
        self.lab.wait_for("the peer at its new port", lambda: self.seen_at(outer, address, 30000, 30999), self.patience)
        self.lab.stop(ping)
        self.ping()
        if WHOLE and inner is self.gw:  # strongSwan sends none while it asks whether the peer is there
            before = self.keepalives()
            self.lab.wait_for("keepalives", lambda: self.keepalives() > before + 1, 50)
        self.end(inner)

    def initiator(self):
        """Whoever is behind the NAT has to notice: by dead-peer detection."""
        self.load(self.gw, child("10.1.0.0/24", "10.2.0.0/24"), "dpd_delay = 2s")
        self.load(self.peer, child("10.2.0.0/24", "10.1.0.0/24"), remote="%any")
        self.behind(self.gw, self.peer, "near0", "far0", FAR_ROUTER)

    def responder(self):
        self.load(self.peer, child("10.2.0.0/24", "10.1.0.0/24"), "dpd_delay = 2s")
        self.load(self.gw, child("10.1.0.0/24", "10.2.0.0/24"), remote="%any")
        self.behind(self.peer, self.gw, "far0", "near0", ROUTER)

    CASES = (initiator, responder)


OUTER6, INNER6 = ("2001:db8:99::1", "2001:db8:99::2"), ("2001:db8:1::1", "2001:db8:2::1")


class Six(Link):
    """IPv6 outside and inside; the card's registers in shared memory."""

    name = "ipv6"
    bus = "shm"

    def between(self):
        cipher = super().between()
        for namespace, devices in ((self.gw_ns, ("host0", "host1")), (self.wan, ("wan0",))):
            for key in ("all", "default", "lo", *devices):
                self.lab.sysctl(namespace, f"net/ipv6/conf/{key}/disable_ipv6", 0)
        for namespace, device, address in ((self.gw_ns, "host0", INNER6[0]), (self.gw_ns, "host1", OUTER6[0]),
                                           (self.wan, "lo", INNER6[1]), (self.wan, "wan0", OUTER6[1])):
            self.lab.ip(namespace, f"addr add {address}/64 dev {device} nodad")
        return cipher

    def through(self, outside, inside, here="10.1.0.0/24", there="10.2.0.0/24"):
        """Either side begins, then all rekeyings, with traffic between the two addresses `inside`."""
        self.lan = inside
        for side, own, far in ((self.gw, here, there), (self.peer, there, here)):
            local, remote = outside if side is self.gw else outside[::-1]
            self.load(side, child(own, far), local=local, remote=remote)
        self.begin(self.peer)
        self.settle(1, 1)
        self.ping()
        self.end(self.peer)
        self.begin(self.gw)
        self.settle(1, 1)
        self.ping()
        self.every_rekeying()
        self.end(self.gw)

    def four_in_six(self):
        self.through(OUTER6, (GW_LAN, PEER_INNER))

    def six_in_six(self):
        self.through(OUTER6, INNER6, "2001:db8:1::/64", "2001:db8:2::/64")

    def six_in_four(self):
        self.through((GW_WAN, PEER_WAN), INNER6, "2001:db8:1::/64", "2001:db8:2::/64")

    CASES = (four_in_six, six_in_six, *((six_in_four,) if WHOLE else ()))


LABS = {run.name: run for run in (Lossy, Nat, Six)}


def main():
    wanted = [w for w in sys.argv[1:] if w != "--whole"] or list(LABS)
    return max(ikeauth.main(LABS[name], []) for name in wanted)


if __name__ == "__main__":
    sys.exit(main())
