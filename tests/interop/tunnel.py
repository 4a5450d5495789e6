# SPDX-License-Identifier: Apache-2.0
"""One IPv4 tunnel through a card, as lines for espctl, and the traffic that shows it works: a virtual card's wires
are Unix sockets here, and what crosses them is opened and sealed by OpenSSL (esp.py)."""
import socket
import time

import esp
import packets
from lab import LabError

PLAIN_MAC, CIPHER_MAC, LAN_MAC, WAN_MAC = (f"02:00:00:00:0{n}:01" for n in range(1, 5))
OUT_SPI, IN_SPI = 0x1001, 0xc0de0001
OUT_KEY, IN_KEY = bytes(range(36)), bytes(range(100, 120))
HERE, THERE = "192.0.2.1", "192.0.2.2"
LAN, FAR = "10.1.0.5", "10.2.0.7"
LENGTHS = [20, 46, 64, 576, 1400, 1446]
LINES = f"""\
link set dev plain address {PLAIN_MAC}
link set dev cipher address {CIPHER_MAC}
neigh add {THERE} lladdr {WAN_MAC} dev cipher
neigh add {LAN} lladdr {LAN_MAC} dev plain
state add src {HERE} dst {THERE} proto esp spi {OUT_SPI:#x} reqid 7 mode tunnel dir out \
aead 'rfc4106(gcm(aes))' 0x{OUT_KEY.hex()} 128
state add src {THERE} dst {HERE} proto esp spi {IN_SPI:#x} reqid 7 mode tunnel dir in replay-window 64 \
aead 'rfc4106(gcm(aes))' 0x{IN_KEY.hex()} 128
policy add src 10.1.0.0/16 dst 10.2.0.0/16 dir out tmpl src {HERE} dst {THERE} proto esp reqid 7 mode tunnel
"""


def expect(condition, why):
    if not condition:
        raise LabError(why)


class Wire:
    """What plain and cipher of a virtual card are plugged into; a second card's are in a folder of their own."""

    def __init__(self, lab, folder="."):
        self.dir, self.sockets = lab.dir / folder, {}
        self.dir.mkdir(exist_ok=True)
        for name in ("plain", "cipher"):
            self.sockets[name] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.sockets[name].bind(str(self.dir / name))
            self.sockets[name].settimeout(5)

    def ports(self):
        """espsim's arguments."""
        return ["--host0", "none", "--host1", "none", "--plain", f"unix:{self.dir}/card.plain,{self.dir}/plain",
                "--cipher", f"unix:{self.dir}/card.cipher,{self.dir}/cipher"]

    def send(self, name, frame):
        self.sockets[name].sendto(frame, str(self.dir / f"card.{name}"))

    def receive(self, name):
        try:
            return self.sockets[name].recv(65536)
        except TimeoutError as late:
            raise LabError(f"nothing came out of {name}") from late

    def exchange(self, read_counters):
        """Packets of all lengths both ways, a forged one before each inbound; then the card's counters say the
        same. read_counters(): what `espctl counters` prints."""
        out, back = esp.Peer(OUT_SPI, OUT_KEY, HERE, THERE), esp.Peer(IN_SPI, IN_KEY, THERE, HERE)
        mac = packets.mac
        for number, length in enumerate(LENGTHS, 1):
            inner = packets.ip(LAN, FAR, packets.EXPERIMENT, bytes(i & 255 for i in range(length - 20)), ident=number)
            self.send("plain", packets.frame(mac(PLAIN_MAC), mac(LAN_MAC), inner))
            frame = self.receive("cipher")
            expect(frame[:12] == mac(WAN_MAC) + mac(CIPHER_MAC), f"MAC addresses {frame[:12].hex()} on the wire")
            expect(out.open(frame) == (number, packets.routed(inner, 1)), f"{length} bytes: not what was sent")
            inner = packets.ip(FAR, LAN, packets.EXPERIMENT, bytes(length - 20), ident=number)
            sealed = packets.frame(mac(CIPHER_MAC), mac(WAN_MAC), back.seal(inner))
            self.send("cipher", packets.Esp(sealed).flipped(8 * 20))
            self.send("cipher", sealed)
            expect(packets.packet_of(self.receive("plain")) == packets.routed(inner, 1), f"{length} bytes: decrypted wrong")
        counters, end = {}, time.monotonic() + 5
        while counters.get("in_drop_auth") != str(len(LENGTHS)) and time.monotonic() < end:
            counters = dict(line.split() for line in read_counters().splitlines())
        for name in ("out_encrypted", "in_decrypted", "in_drop_auth"):
            expect(counters[name] == str(len(LENGTHS)), f"{name} is {counters[name]}, not {len(LENGTHS)}")
