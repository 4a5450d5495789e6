# SPDX-License-Identifier: Apache-2.0
"""espalierd with virtual cards on both sides, cipher port to cipher port: tunnels a second, and what is lost when they
are rekeyed under traffic."""
import re
import signal
import time

from confs import A, B
from daemons import LIMIT, Vici
from lab import BUILD, LabError

INSIDE = {"a": "1.0.0.1", "b": "10.200.0.1"}  # within the first tunnel's selectors
PINGS, PING_INTERVAL = 1000, 0.01
REKEYS = 5  # of one CHILD_SA by each side, one after the other


class Gateway:
    def __init__(self, lab, side, wan, write):
        """wan: the namespace of the cable; write(folder): its swanctl.conf, read when it is told to."""
        self.lab, self.side = lab, side
        self.namespace = lab.namespace(side)
        self.dir = lab.dir / side
        self.events_file, card = self.dir / "events", self.dir / "card"
        number = 1 if side == "a" else 2
        self.conf = write(self.dir)
        self.ready = self.conf.read_text()
        self.conf.write_text("connections { }\n")
        lab.tap(self.namespace, "host0", f"{INSIDE[side]}/{24 if side == 'a' else 16}", mac=f"02:00:00:0{number}:01:01")
        lab.tap(self.namespace, "host1", f"{A if side == 'a' else B}/24", mac=f"02:00:00:0{number}:02:01")
        lab.tap(wan, f"cipher-{side}")
        lab.ip(wan, f"link set cipher-{side} master cable")
        lab.spawn(None, BUILD / "espsim", "run", "--socket", card, "--plain", "none", "--cipher", f"tap:cipher-{side}@{wan}",
                  "--host0", f"tap:host0@{self.namespace}", "--host1", f"tap:host1@{self.namespace}", log=self.dir / "espsim.log")
        lab.wait_for("the virtual card", card.exists, 30)
        self.process = lab.spawn(self.namespace, BUILD / "espalierd", "--config", self.conf, "--card", f"sim:{card}", "--wan",
                                 "host1", "--lan", "host0", "--vici", self.dir / "vici", "--events", self.events_file,
                                 log=self.dir / "espalierd.log")
        lab.wait_for("the control socket", (self.dir / "vici").exists, 30)
        self.vici = Vici(self.dir / "vici")

    def load(self):
        self.conf.write_text(self.ready)
        self.process.send_signal(signal.SIGHUP)

    def events(self, kind):
        return self.events_file.read_text().count(f'"{kind}"') if self.events_file.exists() else 0

    def rekey(self):
        """One CHILD_SA, the first tunnel's; back when it is done."""
        before = self.events("child_rekeyed")
        self.vici.send("rekey", child="net", ike="c0" if self.side == "a" else "net")
        self.vici.receive()
        self.lab.wait_for("the rekeyed CHILD_SA", lambda: self.events("child_rekeyed") > before, 60)


def wire(lab, kind, tunnels):
    """TAPs and a bridge: their queues hold what a hundred tunnels send at once."""
    wan = lab.namespace("wan")
    lab.ip(wan, "link add cable type bridge")
    lab.ip(wan, "link set cable up")
    b = Gateway(lab, "b", wan, kind.responder)
    a = Gateway(lab, "a", wan, lambda folder: kind.many(folder, tunnels))
    b.load()
    lab.wait_for("its connection", lambda: connections(b), 10)
    return a, b


def connections(gateway):
    gateway.vici.send("get-conns")
    return b"net" in gateway.vici.receive()


def set_up(lab, kind, tunnels):
    """Seconds, and how many tunnels there are."""
    a, b = wire(lab, kind, tunnels)
    start = time.monotonic()
    a.load()
    up = 0
    while up < tunnels and time.monotonic() < start + LIMIT:
        time.sleep(0.02)
        up = min(a.events("child_up"), b.events("child_up"))
        lab.check_alive()
    return time.monotonic() - start, up


def lost_in_rekeys(lab, kind):
    """Pings cross one tunnel while each side rekeys it: seconds, rekeyings, packets, and how many did not come back."""
    a, b = wire(lab, kind, 1)
    a.load()
    lab.wait_for("the tunnel", lambda: a.events("child_up") and b.events("child_up"), 60)
    ping = ["ping", "-q", "-W", "5", "-I", INSIDE["a"]]
    lab.run(a.namespace, *ping, "-c", "1", INSIDE["b"], check=False)  # lets the kernels find their neighbours
    start = time.monotonic()
    log = lab.dir / "ping.log"
    process = lab.spawn(a.namespace, *ping, "-i", PING_INTERVAL, "-c", PINGS, INSIDE["b"], log=log)
    process.may_end = True
    time.sleep(0.5)
    for _ in range(REKEYS):
        a.rekey()
        b.rekey()
    within = process.poll() is None
    process.wait(LIMIT)
    seconds = time.monotonic() - start
    found = re.search(r"(\d+) packets transmitted, (\d+) received", log.read_text())
    if not found or not within:
        raise LabError("the pings ended before the rekeyings: " + log.read_text()[-200:])
    return seconds, 2 * REKEYS, int(found[1]), int(found[1]) - int(found[2])
