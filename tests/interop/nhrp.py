#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""FRR's nhrpd (DMVPN), unmodified, hears of espalierd's tunnels: it connects to the control socket, registers for the
child-state events and asks for what is there, without waiting between. There is no GRE in the kernel of a lab, so the
tunnel is asked for in nhrpd's words by this script; charon is the other end.

usage: nhrp.py

nhrpd is judged by its own `show dmvpn`. Exit 0 or 1.
"""
import os
import re
import socket
import struct
import subprocess
import sys

import ikeauth
import ikeproto
from ikeproto import GW_WAN, PEER_WAN, child
from lab import BUILD, LabError

FRR = BUILD / "frr"
PACKAGES = ["frr", "libyang2", "libc-ares2", "libjson-c5"]
REQUEST, RESPONSE, REGISTER, CONFIRM, EVENT = 0, 1, 3, 5, 7
EVENTS = ("child-state-installed", "child-state-rekeyed", "child-state-destroying")


def fetch():
    """nhrpd and what it needs, unpacked below build/frr."""
    if not (FRR / "usr/lib/frr/nhrpd").exists():
        FRR.mkdir(parents=True, exist_ok=True)
        got = subprocess.run(["apt-get", "download", "-o", "APT::Sandbox::User=root", *PACKAGES], cwd=FRR, capture_output=True, text=True,
                             check=False)
        if got.returncode:
            raise LabError("FRR's packages can't be fetched: " + got.stderr.strip().splitlines()[-1])
        for deb in FRR.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", deb, FRR], check=True)


class Vici:
    """The protocol as nhrpd speaks it: several packets in one write."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(15)
        self.socket.connect(str(path))

    @staticmethod
    def packet(kind, name, **values):
        body = bytes([kind, len(name)]) + name.encode()
        for key, value in values.items():
            key = key.replace("_", "-")
            body += bytes([3, len(key)]) + key.encode() + struct.pack("!H", len(str(value))) + str(value).encode()
        return struct.pack("!I", len(body)) + body

    def write(self, *packets):
        self.socket.sendall(b"".join(packets))

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise LabError("espalierd closed the control connection")
            data += more
        return data

    def read(self):
        """Its type, its name, its message's bytes."""
        body = self.exactly(struct.unpack("!I", self.exactly(4))[0])
        if body[0] != EVENT:
            return body[0], "", body[1:]
        return body[0], body[2:2 + body[1]].decode(), body[2 + body[1]:]

    def event(self, name):
        kind, said, body = self.read()
        if kind != EVENT or said != name:
            raise LabError(f"{said or kind} instead of {name}")
        return body


def value(body, key, number=0):
    """The text of the `number`th key of this name."""
    found = re.findall(bytes([3, len(key)]) + key.encode() + b"\0(.)", body, re.S)
    at = [m.end() for m in re.finditer(bytes([3, len(key)]) + key.encode() + b"\0.", body, re.S)]
    return body[at[number]:at[number] + found[number][0]].decode()


class Run(ikeproto.Run):
    name = "nhrp"
    names = ("gw.example", "sun.example")  # nhrpd keeps 63 bytes of one

    def start_nhrpd(self):
        """In its own mounts: its group, its /run, where it looks for charon's socket."""
        here = self.lab.dir / f"frr{len(self.lab.processes)}"
        here.mkdir()
        (here / "group").write_text("root:x:0:\nfrrvty:x:990:root\n")
        (here / "enter.sh").write_text(f"""set -e
mount --bind {here}/group /etc/group
mount -t tmpfs tmpfs /run
ln -s {self.lab.dir}/vici /run/charon.vici
export LD_LIBRARY_PATH={FRR}/usr/lib/x86_64-linux-gnu/frr:{FRR}/usr/lib/x86_64-linux-gnu
exec {FRR}/usr/lib/frr/nhrpd -u root -g root --log stdout --log-level debug -i {here}/pid --vty_socket {here} -z {here}/zserv -P 0 -f /dev/null
""")
        process = self.lab.spawn(self.gw_ns, "unshare", "-m", "--propagation", "private", "sh", here / "enter.sh", log=self.out / "nhrpd.log")
        self.lab.wait_for("nhrpd", (here / "nhrpd.vty").exists, 10)
        return process, here / "nhrpd.vty"

    @staticmethod
    def dmvpn(vty):
        """What nhrpd shows; each answer of its terminal ends with three zeros and a code."""
        with socket.socket(socket.AF_UNIX) as terminal:
            terminal.settimeout(10)
            terminal.connect(str(vty))
            said = b""
            for command in (b"enable\0", b"show dmvpn\0"):
                terminal.sendall(command)
                said = b""
                while said[-4:-1] != bytes(3):
                    said += terminal.recv(4096)
        return said[:-4].decode()

    def knows(self, vty, sas):
        """nhrpd has a line of the tunnel with so many SAs (none: or no line at all)."""
        line = re.search(rf"^{re.escape(GW_WAN)} +{re.escape(PEER_WAN)} .*?(\d+) +(\S*) *$", self.dmvpn(vty), re.M)
        return line is not None and line.groups() == (str(sas), self.names[1]) if sas else not line or line[1] == "0"

    def dynamic_tunnel(self):
        self.load(self.gw, child("10.1.0.0/24", "10.2.0.0/24"), remote="%any")
        self.load(self.peer, child("10.2.0.0/24", "10.1.0.0/24"))
        _, vty = self.start_nhrpd()
        control = Vici(self.lab.dir / "vici")
        register = [control.packet(REGISTER, name) for name in EVENTS]
        control.write(*register, control.packet(REGISTER, "list-sa"), control.packet(REQUEST, "list-sas"),
                      control.packet(REQUEST, "initiate", child="net", timeout=-1, **{"async": 1}, init_limits=0, my_host=GW_WAN,
                                     other_host=PEER_WAN))
        kinds = [control.read() for _ in range(6)]
        if [k[0] for k in kinds] != [CONFIRM] * 4 + [RESPONSE] * 2 or value(kinds[5][2], "success") != "yes":
            raise LabError(f"pipelined requests are answered by {kinds}")
        body = control.event("child-state-installed")
        if [value(body, k) for k in ("local-host", "remote-host", "remote-id")] != [GW_WAN, PEER_WAN, self.names[1]]:
            raise LabError(f"the event says {body}")
        ike, sa = value(body, "uniqueid"), value(body, "uniqueid", 1)
        self.lab.wait_for("nhrpd knows the tunnel", lambda: self.knows(vty, 1), 10)
        self.ping()

        self.gw.swanctl.swanctl("--rekey", "--child", "net")
        heard = {name: body for _, name, body in (control.read() for _ in range(2))}
        if set(heard) != {"child-state-installed", "child-state-rekeyed"} and set(heard) != {"child-state-rekeyed", "child-state-destroying"}:
            raise LabError(f"a rekeying is told as {sorted(heard)}")
        self.lab.wait_for("nhrpd knows the tunnel after a rekeying", lambda: self.knows(vty, 1), 10)
        late, late_vty = self.start_nhrpd()  # one that comes when the tunnel is there: by list-sas
        self.lab.wait_for("a late nhrpd knows the tunnel", lambda: self.knows(late_vty, 1), 10)
        self.lab.processes.remove(late)
        self.lab.stop(late)

        control.write(control.packet(REQUEST, "terminate", ike_id=ike))
        told = set()
        while "child-state-destroying" not in told:
            kind, name, _ = control.read()
            told.add(name)
        self.lab.wait_for("nhrpd knows that it is gone", lambda: self.knows(vty, 0), 10)
        if "unpatched" in self.logged("nhrpd.log"):
            raise LabError("nhrpd misses events")
        print(f"nhrp: IKE_SA {ike}, CHILD_SA {sa}: installed, rekeyed, gone, as nhrpd shows it", flush=True)

    CASES = (dynamic_tunnel,)


def main():
    try:
        fetch()
    except LabError as error:
        print(f"nhrp: {error}")
        return 77
    return ikeauth.main(Run, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
