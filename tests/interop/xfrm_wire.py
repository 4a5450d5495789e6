# SPDX-License-Identifier: Apache-2.0
"""The wires of the bench: both clients, and the man in the middle between the card and the kernel. Everything
is a Unix datagram socket, a frame each, so nothing here needs root."""
import collections
import select
import socket
import time

import packets

CARD_PLAIN_MAC, CARD_CIPHER_MAC = "02:00:00:00:01:01", "02:00:00:00:02:01"
KERNEL_WAN_MAC, KERNEL_LAN_MAC = "02:00:00:00:03:01", "02:00:00:00:04:01"
CLIENT_MAC = "02:00:00:00:05:01"
# Packets between their sender and receiver: a datagram socket holds net.unix.max_dgram_qlen, 10, frames
IN_FLIGHT = 6
# Sockets of the bench, and of whom they face
ENDS = {"plain": "card.plain", "wire.card": "card.cipher", "wire.kernel": "eth0", "lan": "eth1"}
PATIENCE = 3  # seconds without any arrival

# A step of a run: a frame, and what must arrive for it (None: nothing may)
Step = collections.namedtuple("Step", "frame expected")
# Of a direction: who encrypts (1 the card, 2 the kernel), the sockets where packets are put in, where ESP goes on to
# who decrypts, and where packets come out; MAC addresses of frames that are put in and of frames that come out
Direction = collections.namedtuple("Direction", "sender entry middle exit macs arriving")


class Problem(Exception):
    """What a case found wrong, as one sentence."""


class Bench:
    def __init__(self, lab):
        self.dir, self.sockets, self.peers = lab.dir, {}, {}
        for name, peer in ENDS.items():
            end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            end.bind(str(lab.dir / name))
            end.settimeout(PATIENCE)
            self.sockets[name], self.peers[name] = end, str(lab.dir / peer)
        self.packets = 0
        self.kept, self.keeps = None, None  # while a list: the wire keeps what it should carry to `keeps`
        self.last_seq = {}  # by SPI, as the wire saw them leave
        self.strange = None  # the first frame on the wire that is no ESP
        mac = packets.mac
        self.to_kernel = Direction(1, "plain", "wire.kernel", "lan", (mac(CARD_PLAIN_MAC), mac(CLIENT_MAC)),
                                   mac(CLIENT_MAC) + mac(KERNEL_LAN_MAC))
        self.to_card = Direction(2, "lan", "wire.card", "plain", (mac(KERNEL_LAN_MAC), mac(CLIENT_MAC)),
                                 mac(CLIENT_MAC) + mac(CARD_PLAIN_MAC))

    def guest_nics(self):
        return [(mac, self.dir / here, self.dir / there)
                for mac, here, there in ((KERNEL_WAN_MAC, "eth0", "wire.kernel"), (KERNEL_LAN_MAC, "eth1", "lan"))]

    # ---------------------------------------------------------------- the middle

    def send(self, name, frame):
        self.sockets[name].sendto(frame, self.peers[name])

    def watch(self, frame):
        """What either end puts on the wire is ESP and nothing else, each sequence number one more than the last."""
        try:
            esp = packets.Esp(frame)
        except ValueError as odd:
            self.strange = self.strange or f"{odd} on the wire: {frame[:42].hex()}"
            return
        wanted = self.last_seq.get(esp.spi, 0) + 1
        if esp.seq != wanted:
            self.strange = self.strange or f"SPI 0x{esp.spi:08x}: sequence number {esp.seq} on the wire, not {wanted}"
        self.last_seq[esp.spi] = esp.seq

    def carry(self, timeout):
        """Serve the wire; frames that arrived at clients, as (socket's name, frame)."""
        arrived = []
        names = {end: name for name, end in self.sockets.items()}
        for end in select.select(list(names), [], [], timeout)[0]:
            name, frame = names[end], end.recv(65536)
            if frame[0] & 1:
                continue  # a kernel's router solicitations and the like
            if name in ("plain", "lan"):
                arrived.append((name, frame))
                continue
            self.watch(frame)
            to = "wire.kernel" if name == "wire.card" else "wire.card"
            if to == self.keeps:
                self.kept.append(frame)
            else:
                self.send(to, frame)
        return arrived

    # ---------------------------------------------------------------- runs

    def play(self, entry, exit_at, steps, arriving):
        """Put each step's frame in at `entry`; what arrives at `exit_at` must be what was expected, in this order
        and nothing else. `arriving`: MAC addresses of the frames that arrive. Expected is a packet, or a function
        that makes it of the one that arrived."""
        waiting, arrived_at = collections.deque(), time.monotonic()
        steps = collections.deque(steps)
        while steps or waiting:
            while steps and len(waiting) < IN_FLIGHT:
                step = steps.popleft()
                self.send(entry, step.frame)
                self.packets += 1
                if step.expected is not None:
                    waiting.append(step.expected)
                else:
                    break  # leaves no trace here: don't flood the queue behind it
            for name, frame in self.carry(0 if steps and len(waiting) < IN_FLIGHT else 0.1):
                self.arrived(name == exit_at, frame, waiting, arriving)
                arrived_at = time.monotonic()
            if time.monotonic() - arrived_at > PATIENCE:
                raise Problem(f"{len(waiting)} packets did not arrive, the first: {describe(waiting[0])}")
        self.check_wire()

    @staticmethod
    def arrived(here, frame, waiting, arriving):
        if not here or not waiting:
            raise Problem(f"a frame that nobody expects: {frame[:64].hex()}")
        expected, got = waiting.popleft(), packets.packet_of(frame) or b""
        if callable(expected):
            expected = expected(got)
        if frame[:12] != arriving:
            raise Problem(f"MAC addresses {frame[:12].hex()}, not {arriving.hex()}")
        if got != expected:
            at = next((i for i, (a, b) in enumerate(zip(got, expected)) if a != b), min(len(got), len(expected)))
            raise Problem(f"{len(expected)} bytes sent, {len(got)} arrived, the first difference at byte {at}: "
                          f"{got[at:at + 8].hex()} instead of {expected[at:at + 8].hex()}")
        if any(frame[14 + len(got):]):
            raise Problem("the frame's padding is not zero")

    def check_wire(self):
        if self.strange:
            strange, self.strange = self.strange, None
            raise Problem(strange)

    def keep(self, entry, middle, frames):
        """Put frames in at `entry`; the ESP that the wire should have carried to `middle` then, which nobody got."""
        self.kept, self.keeps, sent, end = [], middle, 0, time.monotonic() + PATIENCE
        try:
            while len(self.kept) < len(frames):
                while sent < min(len(frames), len(self.kept) + IN_FLIGHT):
                    self.send(entry, frames[sent])
                    sent += 1
                if self.carry(0.1):
                    raise Problem("a frame arrived that the wire never carried")
                if time.monotonic() > end:
                    raise Problem(f"{len(self.kept)} of {len(frames)} packets came out as ESP")
            self.packets += sent
        finally:
            self.keeps = None
        self.check_wire()
        return [packets.Esp(frame) for frame in self.kept]

    def settle(self):
        """After a failed case: carry until nothing comes any more, so that the next one starts clean."""
        quiet = time.monotonic() + 0.5
        while time.monotonic() < quiet:
            if self.carry(0.1):
                quiet = time.monotonic() + 0.5
        self.strange = None


def describe(expected):
    return "an answer" if callable(expected) else f"{len(expected)} bytes, {expected[:24].hex()}..."
