# SPDX-License-Identifier: Apache-2.0
"""A card and its ports, as the scenarios see them: lines of espctl's grammar, frames, counters."""
import json
import subprocess
import time

import esp
import packets

PLAIN_MAC, CIPHER_MAC, LAN_MAC, WAN_MAC = (f"02:45:53:50:4c:0{n}" for n in range(1, 5))
HERE, THERE = "192.0.2.1", "192.0.2.2"  # RFC 5737
LAN, FAR = "198.18.1.5", "198.19.2.7"  # RFC 2544
POLICY = f"policy add src 198.18.0.0/16 dst 198.19.0.0/16 dir out tmpl src {HERE} dst {THERE} proto esp reqid 7 mode tunnel"
PATIENCE = 5  # seconds for a frame; a card takes microseconds, a verilated one under load longer
QUIET = 0.3  # seconds without a frame after which none is under way
FLIGHT = 6  # frames under way at once: a Unix datagram socket holds 10


class Failed(Exception):
    """What a scenario found wrong, as one sentence."""


class Skipped(Exception):
    """What the card lacks for it."""


def expect(condition, why):
    if not condition:
        raise Failed(why)


class Bench:
    def __init__(self, espctl, uri, ports, random):
        """ports: plain, cipher, and where they are at hand host0 and host1, else None."""
        self.espctl_path, self.uri, self.random = espctl, uri, random
        self.plain, self.cipher, self.host0, self.host1 = ports
        self.info = json.loads(self.espctl("-j", "card", "info"))
        self.counted, self.next_spi = {}, 0xc0de0000

    # ---------------------------------------------------------------- the card

    def start_espctl(self, *words):
        return subprocess.Popen([str(self.espctl_path), "--card", self.uri, *words], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, process, lines=None):
        out, err = process.communicate(lines, timeout=300)
        if process.returncode:
            raise Failed(err.strip().splitlines()[-1] if err.strip() else f"espctl: exit code {process.returncode}")
        return out

    def espctl(self, *words):
        return self.finish(self.start_espctl(*words))

    def lines(self, text):
        """A batch; keys travel by its standard input."""
        return self.finish(self.start_espctl("-b", "-"), text)

    def refused(self, text, words):
        try:
            self.lines(text)
        except Failed as failed:
            expect(words in str(failed), f"refused with \"{failed}\", not \"{words}\"")
            return
        raise Failed(f"taken, not refused with \"{words}\": {text.split(' aead')[0]}")

    def needs(self, mode):
        if mode not in self.info["modes"]:
            raise Skipped(f"the card has no {mode}")

    def counters(self):
        return json.loads(self.espctl("-j", "counters"))

    def counts(self, **wanted):
        """The counters have grown by this much since the scenario began; the card adds up a little later."""
        end = time.monotonic() + PATIENCE
        while True:
            now = self.counters()
            grown = {name: now[name] - self.counted[name] for name in wanted}
            if grown == wanted or time.monotonic() > end:
                break
        expect(grown == wanted, f"counters {grown}, not {wanted}")

    def set_up(self):
        """A card with the addresses of its ports and its neighbours, and nothing else."""
        self.espctl("card", "reset")
        self.lines(f"link set dev plain address {PLAIN_MAC}\nlink set dev cipher address {CIPHER_MAC}\n"
                   f"neigh add {THERE} lladdr {WAN_MAC} dev cipher\nneigh add {LAN} lladdr {LAN_MAC} dev plain\n")
        for port in filter(None, (self.plain, self.cipher, self.host0, self.host1)):
            port.drain()
        self.counted = self.counters()

    # ---------------------------------------------------------------- SAs

    def key(self, bits=256):
        return self.random.randbytes(bits // 8 + 4)

    def spi(self):
        """One with a slot of its own (inbound the low bits choose it), beyond those left to the kernel."""
        self.next_spi += 1
        return self.next_spi

    def sa_line(self, peer, key, direction, more=""):
        mode = "transport" if peer.transport else "tunnel"
        return (f"state add src {peer.source} dst {peer.destination} proto esp spi {peer.spi:#x} reqid 7 mode {mode} "
                f"dir {direction} aead 'rfc4106(gcm(aes))' 0x{key.hex()} 128 {more}\n")

    def out_sa(self, more="", bits=256, transport=False, ends=(HERE, THERE)):
        """(peer, line) of a new outbound SA."""
        key = self.key(bits)
        peer = esp.Peer(self.spi(), key, *ends, transport)
        return peer, self.sa_line(peer, key, "out", more)

    def in_sa(self, more="replay-window 64", bits=256, transport=False, ends=(THERE, HERE)):
        key = self.key(bits)
        peer = esp.Peer(self.spi(), key, *ends, transport)
        return peer, self.sa_line(peer, key, "in", more)

    def tunnel(self):
        """Both SAs and the policy, installed: (outbound, inbound)."""
        (out, first), (back, second) = self.out_sa(), self.in_sa()
        self.lines(first + second + POLICY + "\n")
        return out, back

    # ---------------------------------------------------------------- frames

    def inner(self, length, source=LAN, destination=FAR, ident=None):
        body = self.random.randbytes(length - 20)
        ident = self.random.randrange(1 << 16) if ident is None else ident
        return packets.ip(source, destination, packets.EXPERIMENT, body, ident=ident)

    def put(self, port, packet):
        to, source = (PLAIN_MAC, LAN_MAC) if port is self.plain else (CIPHER_MAC, WAN_MAC)
        port.send(packets.frame(packets.mac(to), packets.mac(source), packet))

    def get(self, port, what):
        frame = port.receive(PATIENCE)
        name = next(name for name in ("plain", "cipher", "host0", "host1") if getattr(self, name) is port)
        expect(frame, f"{what}: nothing came out of {name}")
        return frame

    def unchanged(self, entry, leaves, frame, what):
        entry.send(frame)
        got = self.get(leaves, what)
        expect(got == frame, f"{what}: changed on its way")

    def silent(self, port, what):
        frame = port.receive(QUIET)
        expect(frame is None, f"{what}: a frame came out that should not: {(frame or b'')[:64].hex()}")

    def outbound(self, inner, peers):
        """A packet into plain must come out of cipher, sealed by one of the peers: which one, and its number."""
        self.put(self.plain, inner)
        return self.check_sealed(self.get(self.cipher, f"{len(inner)} bytes"), inner, peers)

    @staticmethod
    def check_sealed(frame, inner, peers):
        expect(frame[:12] == packets.mac(WAN_MAC) + packets.mac(CIPHER_MAC), f"MAC addresses {frame[:12].hex()}")
        spi = packets.Esp(frame).spi
        peer = next((p for p in peers if p.spi == spi), None)
        expect(peer, f"sealed with SPI {spi:#x}")
        seq, got = peer.open(frame)
        wanted = inner if peer.transport else packets.routed(inner, 1)
        expect(got == wanted, f"{len(inner)} bytes in, {len(got)} others out")
        return peer, seq

    def inbound(self, peer, inner):
        """A sealed packet into cipher must come out of plain as it was."""
        self.put(self.cipher, peer.seal(inner))
        self.check_opened(self.get(self.plain, f"{len(inner)} bytes"), peer, inner)

    @staticmethod
    def check_opened(frame, peer, inner):
        wanted = inner if peer.transport else packets.routed(inner, 1)
        expect(frame[:12] == packets.mac(LAN_MAC) + packets.mac(PLAIN_MAC), f"MAC addresses {frame[:12].hex()}")
        expect(packets.packet_of(frame) == wanted, f"{len(inner)} bytes in, others out")
