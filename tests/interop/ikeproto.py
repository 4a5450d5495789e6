#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What IKEv2 can do beside keys and proofs, between espalierd with the virtual card and Debian's strongSwan: fragments,
virtual addresses, hosts that move, reauthentication, childless IKE_SAs, several children. Traffic runs in each.

usage: ikeproto.py [CASE]...

One pair of namespaces and one pair of daemons; the cases load their own configurations. Exit 0 or 1.
"""
import json
import shutil
import sys
import time

import ikeauth
from lab import LabError

GW_WAN, PEER_WAN, GW_LAN, PEER_INNER = ikeauth.GW_WAN, ikeauth.PEER_WAN, ikeauth.GW_LAN, ikeauth.PEER_INNER
SMALL = 300  # bytes of IP packet: IKE_AUTH does not fit, with these names
GW, SUN = (f"{name}.{'with-a-long-name.' * 8}example" for name in ("gw", "sun"))

CONF = """
connections {{
    net {{
        version = 2
        local_addrs = {local}
        remote_addrs = {remote}
        proposals = aes128gcm16-prfsha256-x25519
        {more}
        local {{
            auth = psk
            id = {own}
        }}
        remote {{
            auth = psk
            id = {other}
        }}
        children {{
            {children}
        }}
    }}
}}
secrets {{
    ike-1 {{
        secret = "{psk}"
    }}
}}
{sections}
"""
CHILD = """{name} {{
    local_ts = {inside}
    remote_ts = {outside}
    esp_proposals = aes128gcm16
    {more}
}}
"""


def child(inside, outside, name="net", more=""):
    return CHILD.format(name=name, inside=inside, outside=outside, more=more)


class Run(ikeauth.Run):
    name = "ikeproto"
    charon = f"fragment_size = {SMALL}"
    names = (GW, SUN)
    options = ("--fragment-size", SMALL)

    def make_cas(self):
        """Pre-shared keys do here."""

    # ---------------------------------------------------------------- configurations

    def load(self, side, children, more="", sections="", local=None, remote=None):
        own, other = self.names if side is self.gw else self.names[::-1]
        shutil.rmtree(side.folder)
        for name in ikeauth.FOLDERS:
            (side.folder / name).mkdir(parents=True)
        (side.folder / "swanctl.conf").write_text(CONF.format(
            local=local or side.ends["local"], remote=remote or side.ends["remote"], own=own, other=other, children=children, more=more,
            sections=sections, psk=ikeauth.PSK))
        done = side.swanctl.swanctl("--load-all", "--clear", "--noprompt", check=False)
        said = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("plugin '")]
        if done.returncode or any("failed" in line for line in said):
            raise LabError(f"{side.swanctl.dir.name} does not take its configuration: " + "\n".join(said[-6:]))

    def load_both(self, more="", peer_more=None):
        self.load(self.gw, child("10.1.0.0/24", "10.2.0.0/24"), more)
        self.load(self.peer, child("10.2.0.0/24", "10.1.0.0/24"), more if peer_more is None else peer_more)

    # ---------------------------------------------------------------- judging

    def logged(self, name, since=0):
        with open(self.out / name, encoding="utf8", errors="replace") as log:
            log.seek(since)
            return log.read()

    def mark(self, name):
        return (self.out / name).stat().st_size

    def must_say(self, name, since, *words):
        for word in words:
            self.lab.wait_for(f"{word!r} in {name}", lambda w=word: w in self.logged(name, since), 10)

    def begin(self, side):
        done = self.initiate(side)
        if "completed successfully" not in done.stdout:
            raise LabError("no tunnel: " + "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:]))

    def ping_between(self, namespace, source, target):
        done = self.lab.run(namespace, "ping", "-q", "-c", "3", "-i", "0.2", "-W", "3", "-I", source, target, check=False)
        if "3 packets transmitted, 3 received" not in done.stdout:
            raise LabError(f"no traffic from {source} to {target}: " + (done.stdout + done.stderr).strip()[-200:])

    def events(self, name):
        """How often espalierd logged such an event of an SA."""
        return self.logged("espalierd.log").count(name)

    # ---------------------------------------------------------------- cases

    def fragments(self):
        """RFC 7383: either side cuts what it sends, and puts together what it gets."""
        self.load_both()
        for side in (self.gw, self.peer):
            since = self.mark("charon.log")
            self.up(side, side.swanctl.dir.name)
            self.must_say("charon.log", since, "splitting IKE message", "reassembled fragmented IKE message")
        self.load_both("fragmentation = no", "fragmentation = yes")
        since = self.mark("charon.log")
        self.up(self.gw, "espalierd")
        if "splitting IKE message" in self.logged("charon.log", since):
            raise LabError("charon cuts messages for a peer that did not say that it takes fragments")

    def address_pool(self):
        """espalierd gives a strongSwan client its address, and the same one again."""
        self.load(self.gw, child("10.1.0.0/24", "dynamic"), "pools = road",
                  "pools { road { addrs = 10.77.0.0/28\n dns = 10.1.0.53 } }", remote="%any")
        self.load(self.peer, child("dynamic", "10.1.0.0/24"), "vips = 0.0.0.0")
        for _ in range(2):
            self.begin(self.peer)
            self.ping_between(self.wan, "10.77.0.1", GW_LAN)
            leases = self.gw.swanctl.swanctl("--list-pools", "--leases").stdout
            if "10.77.0.1" not in leases or "online" not in leases or SUN not in leases:
                raise LabError("swanctl --list-pools says " + leases)
            self.must_say("charon.log", 0, "installing new virtual IP 10.77.0.1")
            self.end(self.peer)

    def virtual_address(self):
        """espalierd asks strongSwan for one; it is on the LAN netdev while the IKE_SA lives."""
        self.load(self.gw, child("dynamic", "10.2.0.0/24"), "vips = 0.0.0.0")
        self.load(self.peer, child("10.2.0.0/24", "dynamic"), "pools = road",
                  "pools { road { addrs = 10.78.0.0/28\n dns = 10.2.0.53 } }")
        self.begin(self.gw)
        shown = json.loads(self.lab.run(self.gw_ns, "ip", "-j", "addr", "show", "dev", "host0").stdout)
        if not any(a.get("local") == "10.78.0.1" for a in shown[0]["addr_info"]):
            raise LabError("the virtual address is not on host0")
        self.ping_between(self.gw_ns, "10.78.0.1", PEER_INNER)
        raw = self.gw.swanctl.swanctl("--list-sas", "--raw").stdout
        if "local-vips=[10.78.0.1]" not in raw or "local-dns=[10.2.0.53]" not in raw:
            raise LabError("swanctl --list-sas does not tell what the peer gave: " + raw[:400])
        self.end(self.gw)
        if "10.78.0.1" in self.lab.run(self.gw_ns, "ip", "addr", "show", "dev", "host0").stdout:
            raise LabError("the virtual address stays on host0")

    def readdress(self, namespace, device, old, new):
        self.lab.ip(namespace, f"addr del {old}/24 dev {device}")
        self.lab.ip(namespace, f"addr add {new}/24 dev {device}")

    def moves(self):
        """MOBIKE: the one who began goes to another address and back; the tunnel follows."""
        self.load(self.gw, child("10.1.0.0/24", "10.2.0.0/24"), local="%any", remote=PEER_WAN)
        self.load(self.peer, child("10.2.0.0/24", "10.1.0.0/24"), local="%any", remote="%any")
        self.begin(self.gw)
        for old, new in ((GW_WAN, "192.0.2.11"), ("192.0.2.11", GW_WAN)):
            self.readdress(self.gw_ns, "host1", old, new)
            self.lab.wait_for(f"{new} at strongSwan", lambda a=new: f"remote '{GW}' @ {a}[" in self.sas(self.peer), 10)
            time.sleep(1)
            self.ping()
        self.end(self.gw)
        self.load(self.gw, child("10.1.0.0/24", "10.2.0.0/24"), local="%any", remote="%any")
        self.load(self.peer, child("10.2.0.0/24", "10.1.0.0/24"), local="%any", remote=GW_WAN)
        self.begin(self.peer)
        for old, new in ((PEER_WAN, "192.0.2.12"), ("192.0.2.12", PEER_WAN)):
            since = self.mark("espalierd.log")
            self.readdress(self.wan, "wan0", old, new)
            self.must_say("espalierd.log", since, f"IKE_SA moved: {new}", "CHILD_SA rekeyed")
            self.ping()
        self.end(self.peer)

    def reauthentication(self):
        """Either side authenticates anew; traffic goes on after."""
        self.load_both("reauth_time = 4h")
        self.begin(self.gw)
        since = self.mark("espalierd.log")
        self.gw.swanctl.swanctl("--rekey", "--ike", "net", "--reauth")
        self.must_say("espalierd.log", since, "reauthenticates, as", "IKE_SA up")
        self.lab.wait_for("one IKE_SA", lambda: self.sas(self.gw).count("ESTABLISHED") == 1, 10)
        self.ping()
        self.end(self.gw)
        self.begin(self.peer)
        since = self.mark("espalierd.log")
        self.peer.swanctl.swanctl("--rekey", "--ike", "net", "--reauth")
        self.must_say("espalierd.log", since, "IKE_SA up")
        self.lab.wait_for("one IKE_SA", lambda: self.sas(self.gw).count("ESTABLISHED") == 1, 10)
        self.ping()
        self.end(self.peer)

    def childless(self):
        """RFC 6023: the CHILD_SA comes by CREATE_CHILD_SA."""
        self.load_both("childless = force")
        self.both()
        self.load_both()
        done = self.gw.swanctl.swanctl("--initiate", "--ike", "net", "--timeout", "10", check=False)
        if "completed successfully" not in done.stdout or "ESTABLISHED" not in self.sas(self.peer):
            raise LabError("no IKE_SA alone: " + done.stdout[-300:])
        self.begin(self.gw)
        if self.sas(self.peer).count("ESTABLISHED") != 1:
            raise LabError("a second IKE_SA for the CHILD_SA")
        self.ping()
        self.end(self.gw)

    def many_selectors(self):
        """Several networks on both sides: strongSwan offers all in one, espalierd a CHILD_SA for each pair."""
        for address in ("10.2.1.1/24", "10.2.2.1/24"):
            self.lab.ip(self.wan, f"addr add {address} dev lo")
        nets = "10.2.0.0/24, 10.2.1.0/24, 10.2.2.0/24"
        self.load(self.gw, child("10.1.0.0/24", nets))
        self.load(self.peer, child(nets, "10.1.0.0/24"))
        self.begin(self.gw)
        self.lab.wait_for("three CHILD_SAs", lambda: self.sas(self.gw).count("INSTALLED") == 3, 10)
        for last in range(3):
            self.ping_between(self.gw_ns, GW_LAN, f"10.2.{last}.1")
        self.end(self.gw)
        self.begin(self.peer)  # the one that espalierd takes of the offer
        if self.sas(self.gw).count("INSTALLED") != 1:
            raise LabError("more than one pair of an offer was taken")
        self.ping()
        self.end(self.peer)

    def two_children(self):
        """Two children, brought up, rekeyed and closed each by itself, from either side; then the IKE_SA is rekeyed."""
        self.lab.ip(self.wan, "addr add 10.3.0.1/24 dev lo")
        self.load(self.gw, child("10.1.0.0/24", "10.2.0.0/24") + child("10.1.0.0/24", "10.3.0.0/24", "dmz"))
        self.load(self.peer, child("10.2.0.0/24", "10.1.0.0/24") + child("10.3.0.0/24", "10.1.0.0/24", "dmz"))
        self.begin(self.gw)
        self.peer.swanctl.swanctl("--initiate", "--child", "dmz", "--timeout", "10")
        for side in (self.gw, self.peer):
            for name in ("net", "dmz"):
                rekeyed = self.events("CHILD_SA rekeyed")
                side.swanctl.swanctl("--rekey", "--child", name)
                self.lab.wait_for(f"{name} rekeyed", lambda n=rekeyed: self.events("CHILD_SA rekeyed") > n, 10)
            rekeyed = self.events("IKE_SA rekeyed")
            side.swanctl.swanctl("--rekey", "--ike", "net")
            self.lab.wait_for("the IKE_SA rekeyed", lambda n=rekeyed: self.events("IKE_SA rekeyed") > n, 10)
            self.ping()
            self.ping_between(self.gw_ns, GW_LAN, "10.3.0.1")
        self.peer.swanctl.swanctl("--terminate", "--child", "dmz", "--timeout", "5")
        self.ping()
        self.end(self.gw)

    def trap(self):
        """A packet that meets a policy without an SA brings the tunnel up."""
        self.load(self.peer, child("10.2.0.0/24", "10.1.0.0/24"))
        self.load(self.gw, child("10.1.0.0/24", "10.2.0.0/24", more="start_action = trap"))
        if "net" not in self.gw.swanctl.swanctl("--list-pols").stdout or self.sas(self.gw).strip():
            raise LabError("there is no trap, or something more than a trap")
        self.lab.run(self.gw_ns, "ping", "-c", "5", "-i", "0.5", "-W", "1", "-I", GW_LAN, PEER_INNER, check=False)
        self.lab.wait_for("the CHILD_SA", lambda: "INSTALLED" in self.sas(self.gw), 10)
        self.ping()
        self.load(self.gw, child("10.1.0.0/24", "10.2.0.0/24"))  # the trap goes with its child
        self.end(self.gw)

    def lifetime_in_packets(self):
        """The card counts: after so many packets it says so, and espalierd rekeys."""
        self.load(self.peer, child("10.2.0.0/24", "10.1.0.0/24"))
        self.load(self.gw, child("10.1.0.0/24", "10.2.0.0/24", more="rekey_packets = 5\n life_packets = 1000\n rand_packets = 1"))
        self.begin(self.gw)
        rekeyed = self.events("CHILD_SA rekeyed")
        for _ in range(3):
            self.ping_between(self.gw_ns, GW_LAN, PEER_INNER)
        self.lab.wait_for("a rekeying", lambda: self.events("CHILD_SA rekeyed") > rekeyed, 10)
        self.must_say("espalierd.log", 0, "the card says that its lifetime ends")
        self.ping()
        self.end(self.gw)

    CASES = (fragments, address_pool, virtual_address, moves, reauthentication, childless, many_selectors, two_children, trap, lifetime_in_packets)


if __name__ == "__main__":
    sys.exit(ikeauth.main(Run, sys.argv[1:]))
