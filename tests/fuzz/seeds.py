#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""First inputs for the fuzzers, by hand from RFC 7296 and the VICI protocol: seeds.py writes them below
tests/fuzz/corpus. What the fuzzers find from there on joins them by `make fuzz-corpus`."""
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus"
SA, KE, IDI, IDR, CERT, CERTREQ, AUTH, NONCE, NOTIFY, DELETE, VENDOR, TSI, TSR, SK, CP, EAP = range(33, 49)
INIT, IKE_AUTH, CREATE_CHILD, INFORMATIONAL = range(34, 38)
TO_INITIATOR, EARLY, RESPONSE, FRAGMENTS = 1, 2, 4, 8


def write(target, name, data):
    (CORPUS / target).mkdir(parents=True, exist_ok=True)
    (CORPUS / target / name).write_bytes(data)


# -------------------------------------------------------------------- payloads (RFC 7296 3)

def chain(*payloads):
    """(type, body)...: the chain's bytes, and the type of the first."""
    types = [kind for kind, _ in payloads] + [0]
    return b"".join(struct.pack("!BBH", types[i + 1], 0, 4 + len(body)) + body
                    for i, (_, body) in enumerate(payloads)), types[0]


def transform(kind, number, bits=None, last=False):
    attribute = b"" if bits is None else struct.pack("!HH", 0x800e, bits)
    return struct.pack("!BBHBBH", 0 if last else 3, 0, 8 + len(attribute), kind, 0, number) + attribute


def proposal(protocol, spi, *transforms):
    body = b"".join(transform(*t, last=i == len(transforms) - 1) for i, t in enumerate(transforms))
    return SA, struct.pack("!BBHBBBB", 0, 0, 8 + len(spi) + len(body), 1, protocol, len(spi), len(transforms)) + spi + body


def ike_proposal():
    return proposal(1, b"", (1, 20, 256), (2, 6), (4, 31))


def esp_proposal(spi=b"\xc0\xde\0\1"):
    return proposal(3, spi, (1, 20, 256), (5, 0))


def selector(kind, network):
    return kind, struct.pack("!BBHBBHHH4s4s", 1, 0, 0, 7, 0, 16, 0, 65535, bytes([10, network, 0, 0]),
                             bytes([10, network, 0, 255]))


def notify(kind, data=b"", protocol=0, spi=b""):
    return NOTIFY, struct.pack("!BBH", protocol, len(spi), kind) + spi + data


def delete(protocol, *spis):
    return DELETE, struct.pack("!BBH", protocol, len(spis[0]) if spis else 0, len(spis)) + b"".join(spis)


def child():
    return esp_proposal(), (NONCE, bytes(32)), selector(TSI, 1), selector(TSR, 2)


# -------------------------------------------------------------------- targets

def datagrams():
    body, first = chain(ike_proposal(), (KE, struct.pack("!HH", 31, 0) + bytes(range(32))), (NONCE, bytes(32)),
                        notify(16388, bytes(20)), notify(16389, bytes(20)), notify(16430))
    for name, flags, spi_r, to in (("init", 8, 0, 1), ("answer", 32, 7, 0)):
        header = struct.pack("!QQBBBBII", 0 if to == 0 else 5, spi_r, first, 32, INIT, flags, 0, 28 + len(body))
        whole = header + body
        write("datagram", name, bytes([to, (len(whole) + 3) // 4]) + whole)
    body, first = chain(notify(16390, bytes(24)))
    header = struct.pack("!QQBBBBII", 0, 0, first, 32, INIT, 32, 0, 28 + len(body))
    write("datagram", "cookie", bytes([0, (28 + len(body)) // 4]) + header + body)
    fragment = struct.pack("!QQBBBBII", 5, 6, 53, 32, IKE_AUTH, 8, 1, 68) + struct.pack("!BBHHH", 35, 0, 40, 1, 2)
    write("datagram", "fragment", bytes([1, 17]) + fragment + bytes(32))


def payloads():
    identity = struct.pack("!BBH", 2, 0, 0) + b"a.example"
    for name, flags, exchange, parts in (
            ("auth", EARLY, IKE_AUTH, ((IDI, identity), (AUTH, b"\2\0\0\0" + bytes(48)), *child())),
            ("auth-answer", EARLY | RESPONSE | TO_INITIATOR, IKE_AUTH,
             ((IDR, identity), (AUTH, b"\2\0\0\0" + bytes(48)), *child())),
            ("eap", EARLY, IKE_AUTH, ((IDI, identity), (EAP, b"\1\1\0\4"))),
            ("cert", EARLY, IKE_AUTH, ((IDI, identity), (CERT, b"\4" + bytes(40)), (CERTREQ, b"\4" + bytes(20)),
                                       (AUTH, b"\x0e\0\0\0\x0b" + bytes(60)))),
            ("child", 0, CREATE_CHILD, child()),
            ("rekey", 0, CREATE_CHILD, (notify(16393, b"", 3, b"\1\2\3\4"), *child())),
            ("rekey-answer", RESPONSE | TO_INITIATOR, CREATE_CHILD, child()),
            ("rekey-ike", 0, CREATE_CHILD, (proposal(1, bytes(8), (1, 20, 256), (2, 6), (4, 31)), (NONCE, bytes(32)),
                                            (KE, struct.pack("!HH", 31, 0) + bytes(32)))),
            ("configuration", 0, INFORMATIONAL, ((CP, b"\1\0\0\0" + struct.pack("!HH", 1, 0) + struct.pack("!HH", 8, 0)),)),
            ("delete", 0, INFORMATIONAL, (delete(3, b"\xc0\xde\0\1", b"\1\2\3\4"),)),
            ("delete-twice", TO_INITIATOR, INFORMATIONAL, (delete(3, b"\1\2\3\4"), delete(3, b"\1\2\3\4"), delete(1))),
            ("alive", FRAGMENTS, INFORMATIONAL, (notify(16400), notify(16397, bytes(4)), notify(16401, bytes(16))))):
        body, first = chain(*parts)
        write("payload", name, bytes([flags, exchange, first]) + body)


def sequences():
    up, rekey, down, wait = 0x00, 0x10, 0x20, 0x82
    both = (rekey, rekey | 1)
    for name, steps in (("up", (up, 0x84)), ("rekey", (up, 0x84, rekey, 0x84)), ("collide", (up, 0x84, *both, 0x84)),
                        ("ike", (up, 0x84, 0x60, 0x84)), ("ike-collide", (up, 0x84, 0x60, 0x61, 0x84)),
                        ("mixed", (up, 0x84, 0x60, rekey | 1, 0x84)), ("loss", (0x46, up, 0x86, *both, 0x87, 0x40)),
                        ("down", (up, 0x84, rekey, wait, down | 1, 0x85)), ("dead", (up, 0x84, 0x32, 0x87, 0x30, 0x86))):
        write("sequence", name, bytes(steps))


def vici():
    commands = """version stats reload-settings initiate terminate rekey redirect install uninstall list-sas list-policies
        list-conns get-conns list-certs list-authorities get-authorities load-conn unload-conn load-cert load-key unload-key
        get-keys load-token load-shared unload-shared get-shared flush-certs clear-creds load-authority unload-authority
        load-pool unload-pool get-pools get-algorithms get-counters reset-counters""".split()
    value = b"\3\5child" + struct.pack("!H", 3) + b"net" + b"\3\3ike" + struct.pack("!H", 3) + b"net"
    shared = (b"\3\2id" + struct.pack("!H", 1) + b"1" + b"\3\4type" + struct.pack("!H", 3) + b"IKE" + b"\3\4data" +
              struct.pack("!H", 4) + b"abcd" + b"\4\6owners\5" + struct.pack("!H", 9) + b"a.example\6")
    conn = (b"\1\1x" + b"\4\14local_addrs\5" + struct.pack("!H", 9) + b"10.99.0.1\6" + b"\1\5local\3\4auth" +
            struct.pack("!H", 3) + b"psk\2" + b"\1\6remote\3\4auth" + struct.pack("!H", 3) + b"psk\2" +
            b"\1\10children\1\1y\2\2\2")
    bodies = {"load-shared": shared, "load-conn": conn}
    for command in commands:
        packet = bytes([0, len(command)]) + command.encode() + bodies.get(command, value)
        write("vici", command, struct.pack("!I", len(packet)) + packet)
    packet = b"\3\7ike-up?"
    write("vici", "register", struct.pack("!I", len(packet)) + packet)


def eap():
    def packet(code, identifier, body=b""):
        return struct.pack("!BBH", code, identifier, 4 + len(body)) + body

    def units(*packets):
        return b"".join(bytes([(len(p) + 1) // 2]) + p + bytes(len(p) % 2) for p in packets)
    challenge = b"\x1a\1\1" + struct.pack("!H", 5 + 16 + 7) + b"\x10" + bytes(16) + b"gateway"
    response = b"\x1a\2\1" + struct.pack("!H", 5 + 49 + 5) + b"\x31" + bytes(49) + b"carol"
    success = b"\x1a\3\1" + struct.pack("!H", 4 + 42) + b"S=" + b"0" * 40
    write("eap", "client", b"\1" + units(packet(1, 1, b"\1"), packet(1, 2, challenge), packet(1, 3, success), packet(3, 3)))
    write("eap", "early-success", b"\1" + units(packet(1, 1, b"\1"), packet(3, 1)))
    write("eap", "success-first", b"\1" + units(packet(3, 0)))
    write("eap", "server", b"\2" + units(packet(2, 0, b"\1carol"), packet(2, 1, response), packet(2, 2, b"\x1a\3")))
    write("eap", "nak", b"\0" + units(packet(2, 0, b"\3\x0d")))


def requests():
    """What ctrl/privilege/request.h says, as the network-facing process asks it."""
    here, there = (bytes([4, 192, 0, 2, n]) + bytes(12) for n in (1, 2))
    ports = struct.pack("!HHHH", 0, 65535, 0, 65535)
    networks = [bytes([4, 10, n, 0, 0]) + bytes(12) + b"\x10" for n in (1, 2)]
    selectors = [a + b + b"\0" + ports for a, b in (networks[::-1], networks)]
    sa = (struct.pack("!III", 7, 0xc0000100, 0xd0000200) + here + there + b"\0\1" + struct.pack("!HHHI", 4500, 4500, 0, 64)
          + bytes(32) + b"\1" + b"".join(selectors) + b"\x14" + bytes(20))
    text = struct.pack("!H", 4) + b"/a/b"
    asks = {"files": (2, [b"\1" + text, b"\2" + text, b"\3" + text + bytes(4), b"\4" + text + bytes(4), b"\5",
                          b"\1" + text]),
            "start": (1, [b"\6", b"\7", b"\x08", b"\x09"]),
            "spis": (0, [b"\x0a\x10", b"\x0b\xc0\0\1\0"]),
            "sa": (0, [b"\x0c" + sa, b"\x0e" + bytes(8), b"\x0f\0\0\0\1\0\0\0\1"]),
            "out": (0, [b"\x0d" + sa]),
            "trap": (0, [b"\x10" + struct.pack("!I", 9) + selectors[1] + here + there + b"\1"]),
            "kernel": (0, [b"\x11" + there, b"\x12", b"\x13" + there + b"\1", b"\x13" + there + b"\0", b"\x15"]),
            "keys": (0, [b"\x14\0\6esp_sa\0\4line"])}
    for name, (flags, all_of_it) in asks.items():
        write("request", name, bytes([flags]) + b"".join(bytes([len(ask)]) + ask for ask in all_of_it))


def certificates():
    """What a stranger may show: a self-signed certificate, and the algorithms of RFC 7427's appendix A."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a.example")])
    day = datetime.datetime(2020, 1, 1)
    certificate = (x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
                   .serial_number(1).not_valid_before(day).not_valid_after(day.replace(year=2049))
                   .add_extension(x509.SubjectAlternativeName([x509.DNSName("a.example")]), False)
                   .add_extension(x509.BasicConstraints(True, None), True).sign(key, None))
    der = certificate.public_bytes(serialization.Encoding.DER)
    write("cert", "self-signed", b"\0" + der)
    write("cert", "twice", b"\4" + der)
    write("cert", "file", b"\1" + der)
    write("cert", "pem", b"\1" + certificate.public_bytes(serialization.Encoding.PEM))
    for name, oid in (("rsa-sha256", "300d06092a864886f70d01010b0500"), ("rsa-sha512", "300d06092a864886f70d01010d0500"),
                      ("ecdsa-sha256", "300a06082a8648ce3d040302"), ("ecdsa-sha384", "300a06082a8648ce3d040303"),
                      ("ed25519", "300506032b6570"), ("pss-absent", "300d06092a864886f70d01010a3000"),
                      ("pss-sha256", "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f7"
                       "0d010108300d06096086480165030402010500a203020120")):
        identifier = bytes.fromhex(oid)
        write("cert", name, b"\2" + bytes([len(identifier)]) + identifier + bytes(64))


CONF = """connections {
    site {
        version = 2
        local_addrs = 192.0.2.1
        remote_addrs = 192.0.2.2, 2001:db8::2
        proposals = aes256gcm16-prfsha384-ecp384, default
        local { auth = psk
            id = "a.example" }
        remote { auth = pubkey
            id = @b.example }
        children {
            net : defaults {
                local_ts = 10.1.0.0/16[tcp/80-90], dynamic
                remote_ts = 10.2.0.0/16
                esp_proposals = aes256gcm16-esn-noesn
                start_action = trap|start
                rekey_time = 1h
            }
        }
    }
}
defaults { mode = tunnel }
secrets { ike-1 { id-1 = a.example
    secret = 0sAQID } }
pools { p { addrs = 10.3.0.0/24
    dns = 10.0.0.1 } }
include /nowhere/*.conf
"""

datagrams()
payloads()
sequences()
vici()
eap()
requests()
certificates()
write("conf", "whole", CONF.encode())
