# SPDX-License-Identifier: Apache-2.0
"""ESP at the other end of the card's wire, by the RFCs and OpenSSL: AES-GCM with a 16-byte ICV, IPv4."""
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import packets

IPV4 = 4  # next header: IP in IP (RFC 4303 2.6)


class Wrong(Exception):
    """What is not as the RFCs want it, as one sentence."""


class Peer:
    """One SA: seals what the card shall open, or opens what the card has sealed."""

    def __init__(self, spi, key, source, destination, transport=False):
        self.spi, self.source, self.destination, self.transport = spi, source, destination, transport
        self.aead, self.salt, self.seq = AESGCM(key[:-4]), key[-4:], 0

    def seal(self, inner, seq=None, spi=None):
        """The outer IPv4 packet (RFC 4303 2, RFC 4106 3 to 5)."""
        self.seq = self.seq + 1 if seq is None else seq
        following, text = (inner[9], inner[20:]) if self.transport else (IPV4, inner)
        padding = -(len(text) + 2) % 4
        text += bytes(range(1, padding + 1)) + bytes([padding, following])
        head, iv = struct.pack("!II", spi or self.spi, self.seq), struct.pack("!Q", self.seq)
        sealed = head + iv + self.aead.encrypt(self.salt + iv, text, head)
        if not self.transport:
            return packets.ip(self.source, self.destination, packets.ESP, sealed)
        header = inner[:2] + (20 + len(sealed)).to_bytes(2, "big") + inner[4:9] + bytes([packets.ESP]) + inner[10:20]
        return packets.with_sum(header) + sealed

    def open(self, frame):
        """(sequence number, inner packet) of a frame; Wrong when it is not what this SA should have sent."""
        try:
            esp = packets.Esp(frame)
        except ValueError as odd:
            raise Wrong(str(odd)) from odd
        if esp.spi != self.spi:
            raise Wrong(f"SPI 0x{esp.spi:08x}, not 0x{self.spi:08x}")
        whole = frame[esp.at:esp.at + esp.length]
        try:
            text = self.aead.decrypt(self.salt + whole[8:16], whole[16:], whole[:8])
        except InvalidTag as wrong:
            raise Wrong(f"sequence number {esp.seq}: the tag is wrong") from wrong
        padding, following = text[-2], text[-1]
        if text[-2 - padding:-2] != bytes(range(1, padding + 1)):
            raise Wrong(f"sequence number {esp.seq}: {padding} bytes of padding that are not 1, 2, 3 ...")
        inner = text[:-2 - padding]
        if self.transport:
            outer = frame[14:34]
            header = outer[:2] + (20 + len(inner)).to_bytes(2, "big") + outer[4:9] + bytes([following]) + outer[10:20]
            return esp.seq, packets.with_sum(header) + inner
        if following != IPV4:
            raise Wrong(f"sequence number {esp.seq}: next header {following}")
        return esp.seq, inner
