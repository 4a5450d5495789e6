# SPDX-License-Identifier: Apache-2.0
"""What crossed the wire, read back from a capture: which frames, and whether any plaintext is among them."""
import struct


def frames(path):
    """Every frame of a classic pcap file."""
    data = path.read_bytes()
    if len(data) < 24:
        return
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        length = struct.unpack_from(order + "I", data, at + 8)[0]
        yield data[at + 16:at + 16 + length]
        at += 16 + length


def kind(frame):
    """"arp", "ike", "esp", or what else it is: on an encrypted wire, "other" is plaintext."""
    if len(frame) < 34:
        return "other"
    ethertype = frame[12:14]
    if ethertype == b"\x08\x06":
        return "arp"
    if ethertype != b"\x08\x00":
        return "other"
    header = (frame[14] & 15) * 4
    payload = frame[14 + header:14 + int.from_bytes(frame[16:18], "big")]
    if frame[23] == 50:
        return "esp"
    if frame[23] != 17 or len(payload) < 8:
        return "other"
    ports = {int.from_bytes(payload[0:2], "big"), int.from_bytes(payload[2:4], "big")}
    body = payload[8:]
    if 4500 in ports:
        return "ike" if body[:4] == b"\0\0\0\0" or body == b"\xff" else "esp"
    return "ike" if 500 in ports else "other"


def census(path, patterns):
    """(frames by kind, plaintext bytes): the bytes of frames that are neither ARP, IKE nor ESP, and of every
    occurrence of a known plaintext pattern in any frame."""
    found, plaintext = {}, 0
    for frame in frames(path):
        what = kind(frame)
        found[what] = found.get(what, 0) + 1
        plaintext += len(frame) if what == "other" else sum(frame.count(p) * len(p) for p in patterns)
    return found, plaintext
