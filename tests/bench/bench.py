#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make bench: the figures of docs/performance.md, written to build/bench/bench.json.

Cycles and beats come from `espsim replay`, which is deterministic; seconds depend on the machine. What comes out
encrypted is fed back in and must come out as it went in, or the bench fails.
"""
import json
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
KEY = "0x" + "c0de" * 16 + "5a175a17"
PACKETS = 2000
SA = "src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1001 mode tunnel reqid 1 mtu 8900 aead 'rfc4106(gcm(aes))' %s 128" % KEY
OUTBOUND = f"""state add {SA} dir out
policy add src 10.1.0.0/16 dst 10.2.0.0/16 dir out tmpl src 192.0.2.1 dst 192.0.2.2 proto esp reqid 1 mode tunnel
"""
INBOUND = f"state add {SA} dir in replay-window 64\n"


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(length, number):
    """An Ethernet frame with an IPv4/UDP packet of `length` bytes."""
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, number & 0xFFFF, 0, 64, 17, 0, bytes([10, 1, 0, 1]),
                         bytes([10, 2, number >> 8 & 0xFF, number & 0xFF]))
    header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
    udp = struct.pack(">HHHH", 4000, 5000, length - 20, 0)
    body = bytes((number + i) & 0xFF for i in range(length - 28))
    return bytes.fromhex("020000000101" "020000000102" "0800") + header + udp + body


def write_pcap(path, frames):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for data in frames:
            out.write(struct.pack("<IIII", 0, 0, len(data), len(data)) + data)


def read_pcap(path):
    data, at, frames = Path(path).read_bytes(), 24, []
    while at < len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        frames.append(data[at + 16:at + 16 + length])
        at += 16 + length
    return frames


def replay(folder, lines, *files):
    """files: ("--in" or "--out", side, file), any number of them."""
    (folder / "lines").write_text(lines)
    words = [word for option, side, file in files for word in (option, f"{side}={file}")]
    done = subprocess.run([BUILD / "espsim", "replay", "--xfrm", folder / "lines", *words, "--json", "--verbose"],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"bench: espsim replay: {done.stderr.strip()}")
    return json.loads(done.stdout), int(re.search(r"(\d+) cycles/s", done.stderr)[1])


def inner(data):
    """The inner packet without what a gateway changes on it: TTL and checksum."""
    return data[14:22] + data[23:24] + data[26:]


def measure(folder, length):
    sent = [frame(length, n) for n in range(PACKETS)]
    plain, cipher, back = folder / "plain.pcap", folder / "cipher.pcap", folder / "back.pcap"
    write_pcap(plain, sent)
    rows = []
    for direction, lines, *files in (
            ("encrypt", OUTBOUND, ("--in", "plain", plain), ("--out", "cipher", cipher)),
            ("decrypt", INBOUND, ("--in", "cipher", cipher), ("--out", "plain", back)),
            ("both", OUTBOUND + INBOUND, ("--in", "plain", plain), ("--in", "cipher", cipher))):
        result, speed = replay(folder, lines, *files)
        rows.append({"direction": direction, "inner_len": length, "packets": PACKETS, "cycles": result["cycles"],
                     "utilisation": result["busiest"]["utilisation"], "cycles_per_second": speed})
    received = read_pcap(back)
    if [inner(f) for f in received] != [inner(f) for f in sent]:
        sys.exit(f"bench: {length}-byte packets came back {len(received)} of {len(sent)}, or changed")
    return rows


def main():
    out = BUILD / "bench"
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for length in (46, 64, 128, 256, 512, 1024, 1446, 8000):
            rows += measure(Path(folder), length)
            for row in rows[-3:]:
                print("  ".join(f"{k} {v}" for k, v in row.items()), flush=True)
    (out / "bench.json").write_text(json.dumps(rows, indent=2) + "\n")
    print("bench: build/bench/bench.json")


if __name__ == "__main__":
    main()
