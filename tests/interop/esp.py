# SPDX-License-Identifier: Apache-2.0
"""ESP at the other end of the card's wire, by the RFCs and OpenSSL: tunnel mode, AES-GCM with a 16-byte ICV, IPv4."""
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import packets

IPV4 = 4  # next header: IP in IP (RFC 4303 2.6)


class Wrong(Exception):
    """What is not as the RFCs want it, as one sentence."""


class Peer:
    """One SA: seals what the card shall open, or opens what the card has sealed."""

    def __init__(self, spi, key, source, destination):
        self.spi, self.source, self.destination = spi, source, destination
        self.aead, self.salt, self.seq = AESGCM(key[:-4]), key[-4:], 0

    def seal(self, inner, seq=None, spi=None):
        """The outer IPv4 packet (RFC 4303 2, RFC 4106 3 to 5)."""
        self.seq = self.seq + 1 if seq is None else seq
        padding = -(len(inner) + 2) % 4
        text = inner + bytes(range(1, padding + 1)) + bytes([padding, IPV4])
        head, iv = struct.pack("!II", spi or self.spi, self.seq), struct.pack("!Q", self.seq)
        sealed = self.aead.encrypt(self.salt + iv, text, head)
        return packets.ip(self.source, self.destination, packets.ESP, head + iv + sealed)

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
        if following != IPV4 or text[-2 - padding:-2] != bytes(range(1, padding + 1)):
            raise Wrong(f"sequence number {esp.seq}: padding {padding}, next header {following}")
        return esp.seq, text[:-2 - padding]
