#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make demo: a tunnel between the virtual card and a stock strongSwan, shown as it happens.

    lan host --- plain [ card ] cipher --- strongSwan --- its own network
                 host0 [ gw   ] host1
                        espalierd

usage: demo.py [--seconds N]     (N: length of the TCP transfer, default 5)

Writes build/demo/report.json and build/demo/cipher.pcap. Exit 0 with `demo: PASS`, or 1 with `demo: FAIL: why`.
"""
import argparse
import json
import re
import shutil
import sys
import time

import strongswan
import wire
from lab import BUILD, Lab, LabError

OUT = BUILD / "demo"
GW_WAN, PEER_WAN = "192.0.2.1", "192.0.2.2"
GW_LAN, LAN_HOST, PEER_INNER = "10.1.0.1", "10.1.0.2", "10.2.0.1"
GW_LAN_MAC, GW_WAN_MAC = "02:00:00:00:01:01", "02:00:00:00:02:01"
PSK = "a demonstration needs no better secret"
PATTERN = b"espalier in text"  # 16 bytes that fill every ping
IKE_PROPOSAL, ESP_PROPOSAL = "aes256gcm16-prfsha384-ecp384", "aes256gcm16"
PINGS, REKEY_PINGS = 100, 400
LONG_PINGS, LONG_PING_BYTES = 20, 4000  # three fragments each
WHOLE_PING_BYTES = 1472  # a packet of 1,500 bytes

ESPALIER_CONF = f"""
connections {{
    to-strongswan {{
        version = 2
        local_addrs = {GW_WAN}
        remote_addrs = {PEER_WAN}
        proposals = {IKE_PROPOSAL}
        local {{
            auth = psk
            id = espalier.example
        }}
        remote {{
            auth = psk
            id = strongswan.example
        }}
        children {{
            net {{
                local_ts = 10.1.0.0/24
                remote_ts = 10.2.0.0/24
                esp_proposals = {ESP_PROPOSAL}
                start_action = start
            }}
        }}
    }}
}}
secrets {{
    ike-demo {{
        id-1 = espalier.example
        id-2 = strongswan.example
        secret = "{PSK}"
    }}
}}
"""

PEER_CONF = f"""
connections {{
    to-espalier {{
        version = 2
        local_addrs = {PEER_WAN}
        remote_addrs = {GW_WAN}
        proposals = {IKE_PROPOSAL}
        local {{
            auth = psk
            id = strongswan.example
        }}
        remote {{
            auth = psk
            id = espalier.example
        }}
        children {{
            net {{
                local_ts = 10.2.0.0/24
                remote_ts = 10.1.0.0/24
                esp_proposals = {ESP_PROPOSAL}
            }}
        }}
    }}
}}
secrets {{
    ike-demo {{
        id-1 = espalier.example
        id-2 = strongswan.example
        secret = "{PSK}"
    }}
}}
"""


def say(text):
    print(text, flush=True)


class Demo:
    def __init__(self, lab, seconds):
        self.lab, self.transfer_seconds = lab, seconds
        self.report = {"peer": f"strongSwan {strongswan.fetch()}", "seconds": {}}
        self.began = time.monotonic()
        self.gw = self.wan = self.host = None

    def phase(self, name):
        now = time.monotonic()
        self.report["seconds"][name] = round(now - self.began, 1)
        self.began = now

    # ---------------------------------------------------------------- set up

    def build_lab(self):
        lab = self.lab
        names = [lab.namespace(n) for n in ("lan", "gw", "wan")]
        self.host, self.gw, self.wan = names
        lab.tap(self.host, "lan0", f"{LAN_HOST}/24", mtu=1400)
        lab.tap(self.gw, "host0", f"{GW_LAN}/24", mac=GW_LAN_MAC)
        lab.tap(self.gw, "host1", f"{GW_WAN}/24", mac=GW_WAN_MAC)
        lab.tap(self.wan, "wan0", f"{PEER_WAN}/24")
        lab.ip(self.wan, f"addr add {PEER_INNER}/24 dev lo")
        lab.ip(self.host, f"route add default via {GW_LAN}")
        lab.sysctl(self.gw, "net/ipv4/ip_forward", 1)
        say(f"lab: namespaces {self.host} ({LAN_HOST}), {self.gw} ({GW_LAN}, {GW_WAN}), {self.wan} ({PEER_WAN}, {PEER_INNER})")

    def start_card(self):
        self.socket = self.lab.dir / "card"
        self.lab.spawn(None, BUILD / "espsim", "run", "--socket", self.socket, "--plain", f"tap:lan0@{self.host}",
                       "--cipher", f"tap:wan0@{self.wan}", "--host0", f"tap:host0@{self.gw}",
                       "--host1", f"tap:host1@{self.gw}", log=OUT / "espsim.log")
        self.lab.wait_for("the virtual card", self.socket.exists, 20)
        info = self.espctl("card", "info").stdout.strip().splitlines()
        say("card: " + "; ".join(line.strip() for line in info[:3]))
        self.capture = self.lab.spawn(self.wan, "tcpdump", "-i", "wan0", "-w", OUT / "cipher.pcap", "-U",
                                      "-B", "16384", log=OUT / "tcpdump.log")
        self.lab.wait_for("tcpdump", lambda: "listening" in (OUT / "tcpdump.log").read_text(), 10)

    def start_peers(self):
        self.peer = strongswan.StrongSwan(self.lab, self.wan, PEER_CONF, OUT / "charon.log")
        say(f"peer: {self.report['peer']} (kernel-libipsec) waits at {PEER_WAN}")
        conf = self.lab.dir / "swanctl.conf"
        conf.touch(mode=0o600)
        conf.write_text(ESPALIER_CONF)
        self.events_file = self.lab.dir / "events"
        self.lab.spawn(self.gw, BUILD / "espalierd", "--config", conf, "--card", f"sim:{self.socket}", "--wan", "host1",
                       "--lan", "host0", "--vici", self.lab.dir / "vici", "--events", self.events_file, log=OUT / "espalierd.log")
        up = self.lab.wait_for("the tunnel", lambda: self.events("child_up"), 20)[0]
        ike = self.events("ike_up")[0]
        self.report["ike_proposal"], self.report["esp_proposal"] = ike["proposal"], up["proposal"]
        self.report["encap"] = bool(up["encap"])
        say(f"IKE:  {GW_WAN} <-> {PEER_WAN}: {ike['text']}")
        say(f"IKE:  child net: {up['text']}")

    def events(self, kind):
        if not self.events_file.exists():
            return []
        lines = self.events_file.read_text().splitlines()
        return [e for e in map(json.loads, lines) if e["kind"] == kind]

    def espctl(self, *words):
        return self.lab.run(None, BUILD / "espctl", "--card", f"sim:{self.socket}", *words)

    def counters(self):
        return json.loads(self.espctl("-j", "counters").stdout)

    # ---------------------------------------------------------------- traffic

    def ping(self, count, interval, *options, namespace=None):
        done = self.lab.run(namespace or self.host, "ping", "-q", "-c", count, "-i", interval, "-W", "2", "-p", PATTERN.hex(),
                            *options, PEER_INNER, check=False, timeout=count * interval + 20)
        return self.ping_result(done.stdout)

    @staticmethod
    def ping_result(text):
        found = re.search(r"(\d+) packets transmitted, (\d+) received", text)
        if not found:
            raise LabError("ping said nothing of packets: " + text.strip()[-100:])
        return int(found[1]), int(found[2])

    def pings(self):
        self.ping(1, 1)  # the first one lets the kernels find their neighbours
        sent, received = self.ping(PINGS, 0.02)
        self.report["pings_sent"], self.report["pings_received"] = sent, received
        say(f"ping: {LAN_HOST} -> {PEER_INNER} through the tunnel: {sent} sent, {received} received")
        if received != sent:
            raise LabError(f"{sent - received} of {sent} pings were lost")

    def long_pings(self):
        """Packets that come in fragments: cut by the LAN's host, and by the gateway's kernel to the tunnel's MTU."""
        for namespace, who in ((self.host, LAN_HOST), (self.gw, GW_LAN)):
            before = self.counters()
            sent, received = self.ping(LONG_PINGS, 0.05, "-s", LONG_PING_BYTES, "-I", who, namespace=namespace)
            after = self.counters()
            fragments = after["out_encrypted"] - before["out_encrypted"]
            say(f"ping: {who} -> {PEER_INNER}, {LONG_PING_BYTES} bytes: {sent} sent, {received} received; "
                f"{fragments} fragments encrypted")
            if received != sent:
                raise LabError(f"{sent - received} of {sent} pings of {LONG_PING_BYTES} bytes from {who} were lost")
            if fragments < 3 * sent or after["out_host_fragment"] != before["out_host_fragment"]:
                raise LabError(f"of {sent} pings of {LONG_PING_BYTES} bytes the card encrypted {fragments} fragments")

    def too_long(self):
        """Packets longer than the SA takes: the card hands them to the gateway's kernel, which fragments them, or
        answers with the tunnel's MTU when it may not (RFC 4301 8.2.1)."""
        before = self.counters()
        self.lab.ip(self.host, "link set lan0 mtu 1500")
        sent, received = self.ping(LONG_PINGS, 0.05, "-s", WHOLE_PING_BYTES, "-M", "dont")
        asked = self.lab.run(self.host, "ping", "-c", "1", "-W", "2", "-s", WHOLE_PING_BYTES, "-M", "do", PEER_INNER,
                             check=False)
        self.lab.ip(self.host, "link set lan0 mtu 1400")
        self.lab.ip(self.host, "route flush cache")
        handed = self.counters()["out_host_mtu"] - before["out_host_mtu"]
        answer = re.search(r"Frag needed and DF set \(mtu = (\d+)\)", asked.stdout)
        say(f"ping: 1500-byte packets: {sent} sent, {received} received, {handed} of them handed to the kernel; "
            f"with DF its answer: {answer[0] if answer else 'none'}")
        if received != sent or handed < sent:
            raise LabError(f"{sent - received} of {sent} packets longer than the SA's MTU were lost")
        if not answer:
            raise LabError("the kernel did not tell the tunnel's MTU")
        self.report["told_mtu"] = int(answer[1])

    def transfer(self):
        server = self.lab.spawn(self.wan, "iperf3", "-s", "-1", "--forceflush", "-B", PEER_INNER, log=OUT / "iperf3-server.log")
        server.may_end = True
        self.lab.wait_for("iperf3's server", lambda: "listening" in (OUT / "iperf3-server.log").read_text(), 10)
        done = self.lab.run(self.host, "iperf3", "-c", PEER_INNER, "-t", self.transfer_seconds, "-J",
                            timeout=self.transfer_seconds + 30)
        received = json.loads(done.stdout)["end"]["sum_received"]
        self.report["tcp_mbit_s"] = round(received["bits_per_second"] / 1e6, 1)
        say(f"TCP:  {received['bytes'] / 1e6:.1f} MB in {received['seconds']:.1f} s through the tunnel: "
            f"{self.report['tcp_mbit_s']} Mbit/s")

    def rekey(self):
        """strongSwan rekeys the CHILD_SA while pings cross it, and every ping comes back."""
        before = self.events("child_up")[0]["spi_out"]
        log = OUT / "ping-rekey.log"
        log.unlink(missing_ok=True)
        ping = self.lab.spawn(self.host, "ping", "-q", "-c", REKEY_PINGS, "-i", "0.01", "-W", "2", "-p", PATTERN.hex(),
                              PEER_INNER, log=log)
        ping.may_end = True
        time.sleep(1)
        self.peer.swanctl("--rekey", "--child", "net")
        done = self.lab.wait_for("the rekeyed CHILD_SA", lambda: self.events("child_rekeyed"), 10)
        say(f"rekey: child net under traffic: SPI out {before} -> {done[-1]['spi_out']}")
        ping.wait(30)
        sent, received = self.ping_result(log.read_text())
        self.report["rekeys"] = len(self.events("child_rekeyed"))
        self.report["lost_in_rekey"] = sent - received
        say(f"rekey: {sent} pings sent across it, {received} received")
        if sent != received:
            raise LabError(f"{sent - received} packets were lost in the rekey")

    # ---------------------------------------------------------------- the whole

    def run(self):
        self.build_lab()
        shutil.rmtree(OUT, ignore_errors=True)
        OUT.mkdir(parents=True)
        self.start_card()
        self.phase("set_up")
        self.start_peers()
        self.phase("ike")
        for line in self.espctl("state", "list").stdout.rstrip().splitlines():
            say("  | " + line)
        before = self.counters()
        self.pings()
        self.long_pings()
        self.too_long()
        self.phase("pings")
        self.transfer()
        self.phase("tcp")
        self.rekey()
        self.phase("rekey")
        after = self.counters()
        self.report["counters"] = {"before": before, "after": after}
        for name in sorted(after):
            if after[name] != before.get(name, 0):
                say(f"  | {name:<24} {before.get(name, 0):>10} -> {after[name]}")
        self.lab.check_alive()
        self.lab.stop(self.capture, wait=10)
        self.look_at_the_wire()
        self.phase("wire")

    def look_at_the_wire(self):
        kinds, plaintext = wire.census(OUT / "cipher.pcap", [PATTERN])
        self.report["plaintext_bytes_on_wire"] = plaintext
        say("wire: " + ", ".join(f"{n} {k}" for k, n in sorted(kinds.items())) +
            f" frames; plaintext bytes found: {plaintext}")
        if not kinds.get("esp"):
            raise LabError("no ESP was seen on the wire")
        if plaintext:
            raise LabError(f"{plaintext} bytes of plaintext were found on the wire")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=int, default=5, help="length of the TCP transfer")
    seconds = options.parse_args().seconds
    demo, why = None, None
    try:
        with Lab("espdemo") as lab:
            demo = Demo(lab, seconds)
            demo.run()
    except LabError as error:
        why = str(error)
    except SystemExit as end:
        why = str(end.code)
    except (OSError, ValueError, KeyError) as error:
        why = f"{type(error).__name__}: {error}"
    if demo and demo.host:
        (OUT / "report.json").write_text(json.dumps(demo.report, indent=2) + "\n")
    say(f"demo: FAIL: {why}" if why else "demo: PASS")
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
