#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many tunnels between espalierd with the virtual card and Debian's strongSwan, each an IKE_SA of its own identity, all
begun at once; and a peer that is silent from one moment to the next.

usage: ikemany.py [--whole] [many|silent]...

Whole: 1,000 tunnels from either side (40 otherwise), and silence as long as it takes to be noticed. Exit 0 or 1.
"""
import ipaddress
import os
import re
import shutil
import signal
import sys
import time

import ikeauth
from ikelink import WHOLE, Link
from ikeproto import GW_LAN, GW_WAN, PEER_WAN, child
from lab import LabError

TUNNELS = 1000 if WHOLE else 40
NET = ipaddress.ip_network("10.64.0.0/16")  # of the hosts at the peer, one a tunnel

CONN = """
    {name} {{
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
"""


class Many(Link):
    name = "many"
    patience = 240 if WHOLE else 60
    # room for what one address begins, but cookies from the fourth on
    charon = """threads = 32
    ikesa_table_size = 1024
    ikesa_table_segments = 16
    block_threshold = 2000
    cookie_threshold_ip = 3
    cookie_threshold = 3
    retransmit_tries = 7"""

    def start(self):
        super().start()
        self.hosts = [str(host) for _, host in zip(range(TUNNELS), NET.hosts())]
        lines = self.lab.dir / "addresses"
        for first in range(0, TUNNELS, 50):  # all at once are more than charon's socket for such news holds
            lines.write_text("".join(f"addr add {host}/32 dev lo\n" for host in self.hosts[first:first + 50]))
            self.lab.run(self.wan, "ip", "-batch", lines)
            time.sleep(0.1)

    def conf(self, side, conns):
        shutil.rmtree(side.folder)
        for name in ikeauth.FOLDERS:
            (side.folder / name).mkdir(parents=True)
        (side.folder / "swanctl.conf").write_text(
            "connections {\n" + "".join(conns) + "}\n" + f'secrets {{ ike-1 {{ secret = "{ikeauth.PSK}" }} }}\n')
        done = self.lab.run(side.swanctl.namespace, *side.swanctl.enter("swanctl", "--load-all", "--clear", "--noprompt", "--uri",
                                                                      side.swanctl.uri), timeout=120, check=False)
        if done.returncode or "failed" in done.stdout:
            raise LabError(f"{side.swanctl.dir.name} does not take its configuration: {(done.stdout + done.stderr)[-300:]}")

    def between_them(self, inner, begins, waits):
        """`begins` has a connection for each tunnel; `waits` has one for all of them. `inner`: of the hosts a tunnel is for."""
        gw = begins is self.gw
        here, there = (GW_WAN, PEER_WAN) if gw else (PEER_WAN, GW_WAN)
        at_gw = "10.1.0.0/24"
        ends = {"local": there, "remote": here}
        net = child(*((str(NET), at_gw) if gw else (at_gw, str(NET))))
        self.conf(waits, [CONN.format(name="all", more="unique = never", own="one.example", other="%any" if gw else "*.example",
                                      children=net, **ends)])
        ends, conns = {"local": here, "remote": there}, []
        for n, host in enumerate(inner):
            pair = (at_gw, f"{host}/32") if gw else (f"{host}/32", at_gw)
            conns.append(CONN.format(name=f"t{n}", more="keyingtries = 0", own=f"t{n}.example", other="one.example",
                                     children=child(*pair, f"n{n}", "start_action = start"), **ends))
        self.conf(begins, conns)

    def ike_sas(self, side):
        """All, and half-open ones, without a look at each."""
        said = re.search(r"IKE_SAs: (\d+) total, (\d+) half-open", side.swanctl.swanctl("--stats").stdout)
        time.sleep(0.2)  # who asks all the time is in the way
        return int(said[1]), int(said[2])

    def wait_for_ike(self, count):
        for side in (self.gw, self.peer):
            self.lab.wait_for(f"{count} IKE_SAs at {side.swanctl.dir.name}", lambda s=side: self.ike_sas(s) == (count, 0), self.patience)

    def all_up(self):
        self.wait_for_ike(len(self.hosts))
        want = [len(self.hosts)] * 4 + [2 * len(self.hosts)]
        try:
            self.lab.wait_for("all tunnels", lambda: self.counts() == want, 30)
        except LabError as late:
            raise LabError(f"{late}: {self.counts()} instead of {want}") from late
        for host in self.hosts[::max(1, len(self.hosts) // 8)]:
            self.ping_between(self.gw_ns, GW_LAN, host)

    def all_down(self, begun_here):
        """Whoever began ends what it began, for it is to be started no more; the other one hears of it."""
        begins, waits = (self.gw, self.peer) if begun_here else (self.peer, self.gw)
        self.conf(begins, [])
        self.conf(waits, [])
        self.wait_for_ike(0)
        self.settle(0, 0)

    def from_strongswan(self):
        self.between_them(self.hosts, self.peer, self.gw)
        self.all_up()
        self.all_down(False)

    def from_espalierd(self):
        since = self.mark("charon.log")
        self.between_them(self.hosts, self.gw, self.peer)
        self.all_up()
        if "COOKIE" not in self.logged("charon.log", since):
            raise LabError("charon asked nobody for a cookie")
        self.all_down(True)

    CASES = (from_strongswan, from_espalierd)


class Silent(Link):
    """Nobody says good-bye: what is left is found by dead-peer detection, and set up anew."""

    name = "silent"
    patience = 60

    def strongswan_dies(self):
        """espalierd notices after all its retransmissions (165 s), then tries until the peer is back."""
        self.load(self.gw, child("10.1.0.0/24", "10.2.0.0/24", more="dpd_action = restart"), "dpd_delay = 2s\n keyingtries = 0")
        self.load(self.peer, child("10.2.0.0/24", "10.1.0.0/24"))
        self.begin(self.gw)
        self.ping()
        self.lab.processes.remove(self.peer.swanctl.process)
        self.lab.stop(self.peer.swanctl.process, signal.SIGKILL)
        self.lab.wait_for("that it is noticed", lambda: "the peer does not answer" in self.logged("espalierd.log"), 200)
        if self.card_sas():
            raise LabError("SAs of a dead peer are in the card")
        self.peer.swanctl.start(self.out / "charon-2.log")
        self.lab.wait_for("the tunnel anew", lambda: self.counts() == [1, 1, 1, 1, 2], 100)
        self.ping()
        self.end(self.gw)

    def espalierd_dies(self):
        """The card keeps what it had, strongSwan notices; a new espalierd clears the card, and the peer comes back."""
        self.load(self.peer, child("10.2.0.0/24", "10.1.0.0/24", more="dpd_action = restart"), "dpd_delay = 2s\n keyingtries = 0")
        self.load(self.gw, child("10.1.0.0/24", "10.2.0.0/24"))
        self.begin(self.peer)
        self.ping()
        self.lab.processes.remove(self.daemon)
        os.killpg(self.daemon.pid, signal.SIGKILL)  # all its processes at once: one that is left would say good-bye
        self.daemon.wait()
        if self.card_sas() != 2:
            raise LabError("the card lost its SAs with the daemon")
        self.daemon = self.start_daemon()
        ask = self.gw.swanctl.swanctl
        self.lab.wait_for("the control socket", lambda: "espalierd" in ask("--version", "--daemon", check=False).stdout, 10)
        if self.card_sas():
            raise LabError("SAs of another daemon's life are in the card")
        self.load(self.gw, child("10.1.0.0/24", "10.2.0.0/24"))
        self.lab.wait_for("the tunnel anew", lambda: self.counts() == [1, 1, 1, 1, 2], 150)
        self.ping()
        self.end(self.gw)

    CASES = (strongswan_dies, espalierd_dies)


LABS = {run.name: run for run in ((Many, Silent) if WHOLE else (Many,))}


def main():
    wanted = [w for w in sys.argv[1:] if w != "--whole"] or list(LABS)
    return max(ikeauth.main(LABS[name], []) for name in wanted)


if __name__ == "__main__":
    sys.exit(main())
