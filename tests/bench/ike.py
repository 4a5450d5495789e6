#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make bench-ike: how many tunnels a second, espalierd's IKE and Debian's charon side by side.

usage: ike.py [--tunnels N ...] [--proposals NAME ...] [--hold N] [--out FILE]

Two network namespaces joined by a veth pair, initiator and responder on this machine's processors. A row begins with
the first datagram and ends when both sides have all CHILD_SAs. espalierd's IKE runs with its signer as a process of its
own, and with a data plane that only counts (tests/bench/ike/peer.c); charon's is libipsec with `policies = no`, and
charon is tuned (32 threads, a large table of IKE_SAs, no limits for half-open ones). What `openssl speed` says of the
key exchange alone stands beside: no IKE can be faster.
"""
import argparse
import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "interop"))
import strongswan  # noqa: E402
from lab import BUILD, Lab, LabError  # noqa: E402

PEER = BUILD / "bench" / "ike-peer"
PROPOSALS = {"x25519": "aes128gcm16-prfsha256-x25519", "ecp384": "aes256gcm16-prfsha384-ecp384",
             "modp2048": "aes256-sha256-modp2048"}
A, B = "10.99.0.1", "10.99.0.2"
LIMIT = 120  # seconds

STRONGSWAN_CONF = """
charon {{
    load = random nonce aes sha1 sha2 hmac kdf pem pkcs1 openssl gmp drbg kernel-libipsec kernel-netlink socket-default vici updown
    threads = 32
    ikesa_table_size = 1024
    ikesa_table_segments = 16
    dos_protection = no
    reuse_ikesa = no
    init_limit_half_open = 0
    plugins {{
        kernel-libipsec {{ allow_peer_ts = yes }}
        vici {{ socket = unix://{dir}/charon.vici }}
    }}
    filelog {{ stderr {{ default = 0 }} }}
}}
"""


# ---------------------------------------------------------------- configurations

def connection(name, local, remote, own, other, proposal, child, more=""):
    return f"""{name} {{
 version = 2
 local_addrs = {local}
 remote_addrs = {remote}
 proposals = {proposal}
 mobike = no
 rekey_time = 0
 {more}
 local {{
  auth = psk
  id = {own}
 }}
 remote {{
  auth = psk
  {f'id = {other}' if other else ''}
 }}
 children {{
  net {{
   {child}
   esp_proposals = aes256gcm16
   rekey_time = 0
  }}
 }}
}}
"""


SECRETS = "secrets {\n ike-all {\n secret = the same for everybody here\n }\n}\n"


def initiator_conf(n, proposal):
    conns = "".join(connection(f"c{i}", A, B, f"c{i}.example", "gw.example", proposal,
                               f"local_ts = 1.{i >> 8}.{i & 255}.0/24\n   remote_ts = 10.200.0.0/16\n"
                               "   start_action = start") for i in range(n))
    return f"connections {{\n{conns}}}\n{SECRETS}"


def responder_conf(proposal):
    conn = connection("net", B, "%any", "gw.example", None, proposal, "local_ts = 10.200.0.0/16\n   remote_ts = 0.0.0.0/0")
    return f"connections {{\n{conn}}}\n{SECRETS}"


def charon_conf(side, proposal):
    local, remote, own, other = (A, B, "a.example", "gw.example") if side == "a" else (B, A, "gw.example", "a.example")
    nets = ("10.1.0.0/16", "10.200.0.0/16") if side == "a" else ("10.200.0.0/16", "10.1.0.0/16")
    conn = connection("net", local, remote, own, other, proposal,
                      f"local_ts = {nets[0]}\n   remote_ts = {nets[1]}\n   policies = no", "unique = never")
    return f"connections {{\n{conn}}}\n{SECRETS}"


# ---------------------------------------------------------------- the two kinds of peers

class Espalier:
    """ike-peer in a namespace; what it says are lines of JSON."""

    def __init__(self, lab, namespace, device, conf, tunnels, *words):
        path = lab.dir / f"{device}.conf"
        path.write_text(conf)
        self.log = lab.dir / f"{device}.out"
        self.lab = lab
        self.process = lab.spawn(namespace, PEER, path, device, tunnels, LIMIT, *words, log=self.log)
        self.process.may_end = True
        lab.wait_for("ike-peer", lambda: self.said("ready"), 30)

    def said(self, what):
        for line in self.log.read_text().splitlines():
            if line.startswith("{") and json.loads(line)["what"] == what:
                return json.loads(line)
        return None

    def wait(self, what):
        return self.lab.wait_for(f"{what} of {self.log.name}", lambda: self.said(what), LIMIT + 10)

    def stop(self):
        self.lab.stop(self.process)


class Vici:
    """Just enough of VICI: a request of plain values, and the answer's bytes."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))

    def ask(self, name, **values):
        body = bytes([0, len(name)]) + name.encode()
        for key, value in values.items():
            data = str(value).encode()
            body += bytes([3, len(key)]) + key.encode() + struct.pack(">H", len(data)) + data
        self.socket.sendall(struct.pack(">I", len(body)) + body)
        length = struct.unpack(">I", self.take(4))[0]
        return self.take(length)

    def take(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise LabError("charon closed its control socket")
            data += more
        return data


    def ike_sas(self):
        answer = self.ask("stats")
        section = answer[answer.index(b"ikesas"):]
        total = int(re.search(rb"total..([0-9]+)", section, re.S).group(1))
        half = int(re.search(rb"half-open..([0-9]+)", section, re.S).group(1))
        return total - half


class Charon:
    def __init__(self, lab, namespace, name, conf):
        self.lab = lab
        tools = strongswan.Swanctl(lab, namespace, lab.dir / name)
        (tools.dir / "strongswan.conf").write_text(STRONGSWAN_CONF.format(dir=tools.dir))
        (tools.dir / "swanctl" / "swanctl.conf").write_text(conf)
        self.process = lab.spawn(namespace, *tools.enter(strongswan.CHARON), log=lab.dir / f"{name}.log")
        lab.wait_for("charon's control socket", (tools.dir / "charon.vici").exists, 20)
        tools.swanctl("--load-all")
        self.vici = Vici(tools.dir / "charon.vici")

    def rss_kb(self):
        pid = self.process.pid
        while True:  # below ip netns exec, unshare and sh there is charon
            children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            if not children:
                break
            pid = int(children[0])
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def stop(self):
        self.lab.stop(self.process)


# ---------------------------------------------------------------- rows

def network(lab):
    a, b = lab.namespace("a"), lab.namespace("b")
    lab.ip(a, f"link add va type veth peer name vb netns {b}")
    for namespace, device, address in ((a, "va", A), (b, "vb", B)):
        lab.ip(namespace, f"addr add {address}/24 dev {device}")
        lab.ip(namespace, f"link set {device} up")
    return a, b


def row(initiator, responder, proposal, tunnels, seconds, rss_kb, up, **more):
    return {"name": more.pop("name", "up"), "initiator": initiator, "responder": responder, "proposal": proposal,
            "tunnels": tunnels, "seconds": round(seconds, 3), "per_second": round(up / seconds, 1), "rss_kb": rss_kb,
            "failed": tunnels - up, **more}


def espalier_row(name, proposal, tunnels):
    with Lab("benchike") as lab:
        a, b = network(lab)
        answer = Espalier(lab, b, "vb", responder_conf(proposal), tunnels)
        begin = Espalier(lab, a, "va", initiator_conf(tunnels, proposal), tunnels, "rekey")
        ours, theirs, rekeyed = begin.wait("up"), answer.wait("up"), begin.wait("rekeyed")
        up = min(ours["count"], theirs["count"])
        each = (theirs["rss_kb"] - theirs["rss_before_kb"]) / tunnels
        return [row("espalierd", "espalierd", name, tunnels, max(ours["end"], theirs["end"]) - ours["start"],
                    theirs["rss_kb"], up, kb_per_tunnel=round(each, 2)),
                row("espalierd", "espalierd", name, tunnels, rekeyed["end"] - rekeyed["start"], rekeyed["rss_kb"],
                    rekeyed["count"], name="rekey")]


def charon_row(name, proposal, tunnels):
    with Lab("benchike") as lab:
        a, b = network(lab)
        answer = Charon(lab, b, "responder", charon_conf("b", proposal))
        begin = Charon(lab, a, "initiator", charon_conf("a", proposal))
        before = answer.rss_kb()
        start = time.monotonic()
        for _ in range(tunnels):
            begin.vici.ask("initiate", child="net", ike="net", timeout=-1)
        up = 0
        while up < tunnels and time.monotonic() < start + LIMIT:
            up = min(answer.vici.ike_sas(), begin.vici.ike_sas())
            time.sleep(0.02)
        seconds = time.monotonic() - start
        rss = answer.rss_kb()
        return [row("charon", "charon", name, tunnels, seconds, rss, up, kb_per_tunnel=round((rss - before) / tunnels, 2))]


def crossed_rows(name, proposal, tunnels):
    """espalierd to charon, every tunnel a connection of its own."""
    with Lab("benchike") as lab:
        a, b = network(lab)
        conf = responder_conf(proposal).replace("rekey_time = 0\n  }", "rekey_time = 0\n   policies = no\n  }")
        answer = Charon(lab, b, "responder", conf)
        begin = Espalier(lab, a, "va", initiator_conf(tunnels, proposal), tunnels, "initiate")
        ours = begin.wait("up")
        return [row("espalierd", "charon", name, tunnels, ours["end"] - ours["start"], answer.rss_kb(), ours["count"])]


def openssl_bound(name):
    """Handshakes a second that this machine's processors could do, if they did nothing but the key exchange: each side
    makes a key pair and a shared secret."""
    words = {"x25519": "ecdhx25519", "ecp384": "ecdhp384", "modp2048": "ffdh2048"}
    done = subprocess.run(["openssl", "speed", "-seconds", "1", words[name]], capture_output=True, text=True, check=False)
    rate = re.search(r"([0-9.]+)\s*$", done.stdout.strip())
    if done.returncode != 0 or not rate:
        return None
    return float(rate.group(1)) * os.cpu_count() / 4  # two operations, two sides


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--tunnels", type=int, nargs="+", default=[300, 1000])
    args.add_argument("--proposals", nargs="+", default=list(PROPOSALS), choices=PROPOSALS)
    args.add_argument("--hold", type=int, default=10000, help="tunnels of the row about memory; 0: none")
    args.add_argument("--out", type=pathlib.Path, default=BUILD / "bench" / "ike.json")
    args.add_argument("--no-charon", action="store_true")
    args = args.parse_args()
    rows = []
    if not args.no_charon:
        strongswan.fetch()
    for name in args.proposals:
        bound = openssl_bound(name)
        for tunnels in args.tunnels:
            kinds = [espalier_row] if args.no_charon else [espalier_row, charon_row, crossed_rows]
            for kind in kinds:
                for r in kind(name, PROPOSALS[name], tunnels):
                    r["openssl_bound_per_second"] = bound and round(bound, 1)
                    rows.append(r)
                    print(f"{r['name']:6} {r['initiator']:>9} > {r['responder']:9} {name:8} {tunnels:6} tunnels "
                          f"{r['seconds']:8.3f} s {r['per_second']:8.1f}/s  {r['rss_kb']:7} KB  {r['failed']} failed", flush=True)
    if args.hold:
        for r in espalier_row("x25519", PROPOSALS["x25519"], args.hold):
            r["name"] = "hold" if r["name"] == "up" else "hold-rekey"
            rows.append(r)
            print(f"{r['name']:10} {args.hold} tunnels {r['seconds']:.3f} s, {r['rss_kb']} KB, "
                  f"{r.get('kb_per_tunnel', '-')} KB each, {r['failed']} failed", flush=True)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(rows, indent=1) + "\n")
    return 1 if any(r["failed"] for r in rows if r["initiator"] == r["responder"] == "espalierd") else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        print(f"bench-ike: {error}", file=sys.stderr)
        sys.exit(1)
