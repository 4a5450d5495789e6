# SPDX-License-Identifier: Apache-2.0
"""The two kinds of daemon that make bench-ike measures: espalierd's IKE (peer.c), and Debian's charon."""
import dataclasses
import json
import os
import pathlib
import re
import socket
import struct
import time

import strongswan
from lab import BUILD, LabError

PEER = BUILD / "bench" / "ike-peer"
LIMIT = 120  # seconds that a row may take

# Tuned: many threads, a table for many IKE_SAs, no limits for half-open ones, nothing logged
STRONGSWAN_CONF = """
charon {{
    load = random nonce aes sha1 sha2 hmac kdf pem pkcs1 pkcs8 pubkey x509 constraints openssl gmp drbg kernel-libipsec kernel-netlink socket-default vici updown
    threads = 32
    ikesa_table_size = 1024
    ikesa_table_segments = 16
    reuse_ikesa = no
    {limits}
    plugins {{
        kernel-libipsec {{ allow_peer_ts = yes }}
        vici {{ socket = unix://{dir}/charon.vici }}
    }}
    filelog {{ stderr {{ default = 0 }} }}
}}
"""
NO_LIMITS = "dos_protection = no\n    init_limit_half_open = 0"


@dataclasses.dataclass
class Up:
    """When one side had them all, or gave up."""
    end: float  # of time.monotonic()
    count: int
    cpu: float  # seconds of processor time since it was ready
    rss_kb: int
    grown_kb: int


class Espalier:
    """ike-peer in a namespace; what it says are lines of JSON."""

    tells_when = True  # it had all of them: so it is asked after one that does not

    def __init__(self, lab, namespace, device, conf, tunnels, limit, *words):
        self.log = lab.dir / f"{device}.out"
        self.lab = lab
        process = lab.spawn(namespace, PEER, conf, device, tunnels, limit, *words, log=self.log)
        process.may_end = True
        self.ready = lab.wait_for("ike-peer", lambda: self.said("ready"), 60)

    def said(self, what):
        for line in self.log.read_text().splitlines():
            if line.startswith("{") and line.endswith("}") and json.loads(line)["what"] == what:
                return json.loads(line)
        return None

    def wait(self, what):
        return self.lab.wait_for(f"{what} of {self.log.name}", lambda: self.said(what), LIMIT + 10)

    def up(self, _tunnels, _began):
        end = self.wait("up")
        return Up(end["end"], end["count"], end["cpu"] - self.ready["cpu"], end["rss_kb"], end["rss_kb"] - end["rss_before_kb"])

    def rss_kb(self):
        return self.said("up")["rss_kb"] if self.said("up") else None


class Vici:
    """Just enough of VICI: requests of plain values, and the bytes of the answers."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))

    def send(self, name, **values):
        body = bytes([0, len(name)]) + name.encode()
        for key, value in values.items():
            data = str(value).encode()
            body += bytes([3, len(key)]) + key.encode() + struct.pack(">H", len(data)) + data
        self.socket.sendall(struct.pack(">I", len(body)) + body)

    def receive(self):
        return self.take(struct.unpack(">I", self.take(4))[0])

    def take(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise LabError("charon closed its control socket")
            data += more
        return data

    def ike_sas(self):
        self.send("stats")
        answer = self.receive()
        section = answer[answer.index(b"ikesas"):]
        total = int(re.search(rb"total..([0-9]+)", section, re.S).group(1))
        half = int(re.search(rb"half-open..([0-9]+)", section, re.S).group(1))
        return total - half


class Charon:
    tells_when = False

    def __init__(self, lab, namespace, name, write, limits=NO_LIMITS):
        """write(folder): puts its swanctl.conf there."""
        tools = strongswan.Swanctl(lab, namespace, lab.dir / name)
        write(tools.dir / "swanctl")
        (tools.dir / "strongswan.conf").write_text(STRONGSWAN_CONF.format(dir=tools.dir, limits=limits))
        process = lab.spawn(namespace, *tools.enter(strongswan.CHARON), log=lab.dir / f"{name}.log")
        lab.wait_for("charon's control socket", (tools.dir / "charon.vici").exists, 30)
        tools.swanctl("--load-all")
        self.vici = Vici(tools.dir / "charon.vici")
        self.pid = process.pid
        while True:  # below ip netns exec, unshare and sh there is charon
            children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            if not children:
                break
            self.pid = int(children[0])
        self.cpu_before, self.rss_before = self.cpu(), self.rss_kb()

    def rss_kb(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def initiate(self, tunnels):
        """All requests are there before the first answer is read."""
        for _ in range(tunnels):
            self.vici.send("initiate", child="net", ike="net", timeout=-1)
        for _ in range(tunnels):
            self.vici.receive()

    def up(self, tunnels, began):
        count = 0
        while count < tunnels and time.monotonic() < began + LIMIT:
            count = self.vici.ike_sas()
            if count < tunnels:
                time.sleep(0.02)
        end, rss = time.monotonic(), self.rss_kb()
        return Up(end, min(count, tunnels), self.cpu() - self.cpu_before, rss, rss - self.rss_before)
