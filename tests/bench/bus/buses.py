#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make bench-bus: register round trips, SAs a second, events and a long batch on every bus that can be had here, with the
verilated engine behind each. Writes build/bench/bus.json; the times are this machine's, so is its load.

sim: a socket. shm: a page that espsim looks at, so a read is a load and only the mailbox waits. xrt: Debian's XRT in
hardware emulation. pci: the same page as a device's BAR, inside a virtual machine without KVM.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "interop"))

import esp  # noqa: E402
import kernel  # noqa: E402
import packets  # noqa: E402
import tunnel  # noqa: E402
import xrt  # noqa: E402
from lab import BUILD, Lab, LabError  # noqa: E402

SPEED = BUILD / "bench" / "bus_speed"
BATCH, EVENTS = 4096, 9
NO_PORTS = [word for port in ("plain", "cipher", "host0", "host1") for word in (f"--{port}", "none")]
NAMES = ["read", "write_read", "mailbox", "sa_add", "sa_delete"]


def figures(text):
    return json.loads(text[text.index('{"uri"'):].splitlines()[0])


def start(lab, *bars, env=None, ports=NO_PORTS, ready):
    lab.spawn(None, BUILD / "espsim", "run", *bars, *ports, log=lab.dir / "espsim.log", env=env)
    lab.wait_for("the virtual card", ready.exists, 30)


def here(lab):
    sock, page = lab.dir / "card", lab.dir / "page"
    start(lab, "--socket", sock, "--bar", f"shm:{page}", ready=page)
    for uri in (f"sim:{sock}", f"shm:{page}"):
        yield uri[:3], figures(lab.run(None, SPEED, uri, timeout=300).stdout)


def event_latency(lab, scheme):
    """From a frame that makes an event to the line that `espctl monitor` prints of it: median seconds. Each packet
    is the first of an SA whose soft limit is one packet."""
    wire, sock, page = tunnel.Wire(lab), lab.dir / "card", lab.dir / "page"
    start(lab, "--socket", sock, "--bar", f"shm:{page}", ports=wire.ports(), ready=page)
    peers = [esp.Peer(0xc0de0000 + n, tunnel.IN_KEY, tunnel.THERE, tunnel.HERE) for n in range(EVENTS)]
    lines = lab.dir / "lines"
    lines.write_text("".join(
        f"state add src {tunnel.THERE} dst {tunnel.HERE} proto esp spi {peer.spi:#x} mode tunnel dir in replay-window 64 "
        f"aead 'rfc4106(gcm(aes))' 0x{tunnel.IN_KEY.hex()} 128 limit packet-soft 1\n" for peer in peers))
    uri = f"sim:{sock}" if scheme == "sim" else f"shm:{page}"
    lab.run(None, BUILD / "espctl", "--card", uri, "-b", lines)
    with subprocess.Popen([str(BUILD / "espctl"), "--card", uri, "-j", "monitor", "count", str(EVENTS), "timeout", "60"],
                          stdout=subprocess.PIPE, text=True, bufsize=1) as monitor:
        time.sleep(1)
        took = []
        for peer in peers:
            inner = packets.ip(tunnel.FAR, tunnel.LAN, packets.EXPERIMENT, bytes(100))
            frame = packets.frame(bytes(6), packets.mac(tunnel.WAN_MAC), peer.seal(inner))
            began = time.monotonic()
            wire.send("cipher", frame)
            if not monitor.stdout.readline():
                raise LabError("espctl monitor ended without an event")
            took.append(time.monotonic() - began)
    return statistics.median(took)


def batch(lab):
    """A file of SAs, as many as the card has slots for, up to BATCH: seconds."""
    sock = lab.dir / "card"
    start(lab, "--socket", sock, ready=sock)
    info = json.loads(lab.run(None, BUILD / "espctl", "--card", f"sim:{sock}", "-j", "card", "info").stdout)
    count = min(BATCH, info["sa_out"] + info["sa_in"])
    lines = lab.dir / "lines"
    with open(lines, "w", encoding="ascii") as out:
        for n in range(count):
            ends, way = (("192.0.2.1", "192.0.2.2"), "out") if n < info["sa_out"] else (("192.0.2.2", "192.0.2.1"), "in")
            out.write(f"state add src {ends[0]} dst {ends[1]} proto esp spi {0xc0de0000 + n:#x} mode tunnel dir {way} "
                      f"aead 'rfc4106(gcm(aes))' 0x{os.urandom(36).hex()} 128\n")
    began = time.monotonic()
    lab.run(None, BUILD / "espctl", "--card", f"sim:{sock}", "-b", lines, timeout=600)
    return count, time.monotonic() - began


def through_xrt(lab):
    emulation = xrt.Emulation(lab, "xrt")
    try:
        sock = lab.dir / "card"
        start(lab, "--bar", "xrt-hwemu", "--socket", sock, env=emulation.env, ready=sock)
        said = subprocess.run([str(SPEED), emulation.uri, "500", "20"], env=emulation.env, cwd=emulation.dir, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=180, check=True).stdout
        return figures(said)
    finally:
        emulation.clean()


def in_a_guest(lab):
    page = lab.dir / "page"
    start(lab, "--bar", f"shm:{page}", ready=page)
    hardware = ["-object", f"memory-backend-file,id=card,share=on,mem-path={page},size=4096", "-device",
                "ivshmem-plain,memdev=card"]
    programs = {"bin/espctl": BUILD / "espctl", "bin/bus_speed": SPEED}
    guest = kernel.Kernel(lab, [], [], programs, hardware=hardware)
    uri = guest.sh("espctl card list").split()[0]
    return figures(guest.sh(f"bus_speed {uri} 2000 20"))


def attempt(rows, name, run):
    try:
        with Lab("espbus") as lab:
            found = run(lab)
            rows.update(found if isinstance(found, dict) and name is None else {name: found})
    except kernel.Unavailable as missing:
        print(f"{name}: left out: {missing}")


def main():
    rows = {}
    try:
        attempt(rows, None, lambda lab: dict(here(lab)))
        if xrt.library("hwemu"):
            attempt(rows, "xrt", through_xrt)
        kernel.OUT.mkdir(parents=True, exist_ok=True)
        kernel.fetch()
        attempt(rows, "pci", in_a_guest)
        with Lab("espbatch") as lab:
            count, seconds = batch(lab)
        events = {}
        for scheme in ("sim", "shm"):
            with Lab("espevents") as lab:
                events[scheme] = event_latency(lab, scheme)
    except (LabError, OSError, subprocess.SubprocessError) as error:
        print(f"bench-bus: {error}")
        return 1
    print(f"{'us, median':12}" + "".join(f"{name:>12}" for name in NAMES) + f"{'SAs/s':>12}")
    for bus, row in rows.items():
        row["sas_per_second"] = round(1e6 / row["sa_add_us"]["median"])
        print(f"{bus:12}" + "".join(f"{row[f'{name}_us']['median']:12.1f}" for name in NAMES) +
              f"{row['sas_per_second']:12}")
    print(f"espctl -b, {count} SAs over sim: {seconds:.1f} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print("frame to line of espctl monitor, median: " +
          ", ".join(f"{scheme} {1e3 * took:.1f} ms" for scheme, took in events.items()))
    out = BUILD / "bench" / "bus.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"buses": rows, "batch": {"sas": count, "seconds": round(seconds, 2)}, "event_seconds": events,
                               "load": os.getloadavg()[0]}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
