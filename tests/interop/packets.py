# SPDX-License-Identifier: Apache-2.0
"""Frames by hand: the packets that go into a tunnel, what a router makes of them, and cuts at ESP's bytes."""
import ipaddress
import struct

ETHERTYPE = {4: b"\x08\x00", 6: b"\x86\xdd"}
ICMP, TCP, UDP, ESP, ICMP6, EXPERIMENT = 1, 6, 17, 50, 58, 253
ECHO = {4: (ICMP, 8, 0), 6: (ICMP6, 128, 129)}  # protocol, type of request, type of reply
ECHO_PORT = 7
NATT_PORT = b"\x11\x94"
HEADER = {4: 20, 6: 40}
SHORTEST_FRAME = 60


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def internet_sum(data):
    """RFC 1071."""
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + bytes(len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def frame(to, source, packet):
    """An Ethernet frame, padded as a MAC pads it."""
    whole = to + source + ETHERTYPE[packet[0] >> 4] + packet
    return whole + bytes(SHORTEST_FRAME - len(whole)) if len(whole) < SHORTEST_FRAME else whole


def packet_of(whole):
    """The IP packet in a frame, without the frame's padding; None when there is none."""
    family = {value: key for key, value in ETHERTYPE.items()}.get(whole[12:14])
    if not family or len(whole) < 14 + HEADER[family]:
        return None
    length = int.from_bytes(whole[16:18], "big") if family == 4 else 40 + int.from_bytes(whole[18:20], "big")
    return whole[14:14 + length]


# -------------------------------------------------------------------- IP

def with_sum(header):
    header = header[:10] + bytes(2) + header[12:]
    return header[:10] + internet_sum(header).to_bytes(2, "big") + header[12:]


def ip(source, destination, protocol, payload, tos=0, hops=64, ident=0, dont_fragment=False):
    source, destination = (ipaddress.ip_address(a) for a in (source, destination))
    addresses, length = source.packed + destination.packed, len(payload)
    if source.version == 6:
        return struct.pack("!IHBB", 6 << 28 | tos << 20, length, protocol, hops) + addresses + payload
    fixed = struct.pack("!BBHHHBBH", 0x45, tos, 20 + length, ident, dont_fragment << 14, hops, protocol, 0)
    return with_sum(fixed + addresses) + payload


def anything(random, source, destination, length):
    """A packet of `length` bytes with arbitrary everything behind its addresses."""
    family = ipaddress.ip_address(source).version
    payload = random.randbytes(length - HEADER[family])
    return ip(source, destination, random.choice((TCP, UDP, EXPERIMENT)), payload, tos=random.randrange(256),
              hops=random.randrange(8, 256), ident=random.randrange(1 << 16), dont_fragment=random.random() < 0.5)


def routed(packet, hops):
    """The same packet `hops` routers later."""
    if packet[0] >> 4 == 6:
        return packet[:7] + bytes([packet[7] - hops]) + packet[8:]
    return with_sum(packet[:8] + bytes([packet[8] - hops]) + packet[9:20]) + packet[20:]


# -------------------------------------------------------------------- questions and answers

def with_transport_sum(source, destination, protocol, segment, at):
    """`segment` with its checksum at offset `at` set (RFC 768, RFC 4443 2.3; ICMP has no pseudo-header)."""
    source, destination = (ipaddress.ip_address(a) for a in (source, destination))
    pseudo = source.packed + destination.packed + struct.pack("!II", len(segment), protocol)
    value = internet_sum((b"" if protocol == ICMP else pseudo) + segment) or (0xffff if protocol == UDP else 0)
    return segment[:at] + value.to_bytes(2, "big") + segment[at + 2:]


def ping(asker, answerer, number, data):
    """An echo request, and its reply as it leaves the answerer."""
    protocol, request, reply = ECHO[ipaddress.ip_address(asker).version]

    def message(source, destination, kind):
        segment = struct.pack("!BBHHH", kind, 0, 0, 0x4553, number) + data
        return ip(source, destination, protocol, with_transport_sum(source, destination, protocol, segment, 2))
    return message(asker, answerer, request), message(answerer, asker, reply)


def datagram(asker, answerer, number, data):
    """A datagram to the echo port, and what comes back."""
    def message(source, destination, sport, dport):
        segment = struct.pack("!HHHH", sport, dport, 8 + len(data), 0) + data
        return ip(source, destination, UDP, with_transport_sum(source, destination, UDP, segment, 6))
    return message(asker, answerer, 20000 + number, ECHO_PORT), message(answerer, asker, ECHO_PORT, 20000 + number)


def as_sent_by(packet, other):
    """`packet` with what only its sender can choose: an IPv4 header's identification and "don't fragment"."""
    if packet[0] >> 4 == 6 or len(other) < 20:
        return packet
    return with_sum(packet[:4] + other[4:7] + packet[7:20]) + packet[20:]


# -------------------------------------------------------------------- ESP as it is on the wire

class Esp:
    """Where ESP is in a frame; ValueError when there is none (RFC 4303, RFC 3948)."""

    def __init__(self, whole):
        packet = packet_of(whole)
        if packet is None:
            raise ValueError("not IP")
        self.whole, self.family = whole, packet[0] >> 4
        self.protocol = packet[9] if self.family == 4 else packet[6]
        self.at = 14 + HEADER[self.family]
        natt = whole[self.at + 2:self.at + 4] == NATT_PORT and whole[self.at + 8:self.at + 12] != bytes(4)
        if self.protocol == UDP and natt:
            self.at += 8
        elif self.protocol != ESP:
            raise ValueError(f"protocol {self.protocol}, not ESP")
        self.length = 14 + len(packet) - self.at
        self.spi, self.seq = struct.unpack_from("!II", whole, self.at)

    def flipped(self, bit):
        """The frame with one bit of ESP's bytes changed, counted from the SPI's first."""
        whole = bytearray(self.whole)
        whole[self.at + bit // 8] ^= 0x80 >> bit % 8
        return self.with_udp_sum(bytes(whole))

    def with_udp_sum(self, whole):
        """A UDP checksum, if there is one (RFC 3948 2.1), that agrees with what was done to ESP."""
        udp = self.at - 8
        if self.protocol != UDP or whole[udp + 6:udp + 8] == bytes(2):
            return whole
        source, destination = (whole[26:30], whole[30:34]) if self.family == 4 else (whole[22:38], whole[38:54])
        segment = packet_of(whole)[HEADER[self.family]:]
        summed = with_transport_sum(source, destination, UDP, segment[:6] + bytes(2) + segment[8:], 6)
        return whole[:udp] + summed + whole[udp + len(summed):]

    def shortened(self, length):
        """The frame with only `length` bytes of ESP, in headers that say so."""
        whole = self.whole[:self.at + length]
        for field in ([16] if self.family == 4 else [18]) + [self.at - 4] * (self.protocol == UDP):
            less = int.from_bytes(whole[field:field + 2], "big") - (self.length - length)
            whole = whole[:field] + less.to_bytes(2, "big") + whole[field + 2:]
        if self.family == 4:
            whole = whole[:14] + with_sum(whole[14:34]) + whole[34:]
        return self.with_udp_sum(whole) + bytes(max(0, SHORTEST_FRAME - len(whole)))

    def cut(self, length):
        """The frame with only `length` bytes of ESP, in headers that still tell of all."""
        return self.whole[:self.at + length]
