# SPDX-License-Identifier: Apache-2.0
"""scapy as the stranger who reads and writes the model's ESP: scapy_esp.py MODE KEY_LEN CLEAR SEALED OUT.

MODE is tunnel or transport, 6 behind it for an outer IPv6 header, +udp for ESP in UDP. Opens every
frame of SEALED and compares it with CLEAR's packet; seals CLEAR's packets into OUT. The SA is the one
of test_esp_model.c. Exit 77 without scapy."""
import sys

try:
    from scapy.layers.inet import IP, UDP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.ipsec import ESP, SecurityAssociation
    from scapy.layers.l2 import Ether
    from scapy.utils import rdpcap, wrpcap
except ImportError:
    sys.exit(77)


def association(mode, key_len):
    key = bytes((i * 7 + 3) & 0xff for i in range(key_len)) + bytes.fromhex("deadbeef")
    nat = UDP(sport=4500, dport=4501, chksum=0) if "+udp" in mode else None
    tunnel = None
    if mode.startswith("tunnel6"):
        tunnel = IPv6(src="2001:db8:a00::1", dst="2001:db8:b00::1")
    elif mode.startswith("tunnel"):
        tunnel = IP(src="192.0.2.1", dst="198.51.100.2")
    return SecurityAssociation(ESP, spi=0xc0de0001, crypt_algo="AES-GCM", crypt_key=key,
                               tunnel_header=tunnel, nat_t_header=nat)


def esp_of(frame, mode):
    """The outer IP packet with ESP as scapy knows it, also behind a UDP port it has no layer for."""
    ip = frame.payload
    if "+udp" in mode:
        ip[UDP].decode_payload_as(ESP)
    return ip


def seal(sa, packet, mode):
    sealed = sa.encrypt(packet)
    if "+udp" in mode:
        sealed[UDP].len = None  # scapy leaves the empty header's length there
    return Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / sealed


def main(mode, key_len, clear, sealed, out):
    clear, sealed = rdpcap(clear), rdpcap(sealed)
    sa = association(mode, key_len)
    if len(clear) != len(sealed) or not clear:
        sys.exit("different numbers of packets")
    for n, (want, frame) in enumerate(zip(clear, sealed)):
        got = sa.decrypt(esp_of(frame, mode))
        if bytes(got) != bytes(want.payload):
            sys.exit(f"packet {n}: scapy reads {bytes(got).hex()}, not {bytes(want.payload).hex()}")
    wrpcap(out, [seal(sa, p.payload, mode) for p in clear])


main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:6])
