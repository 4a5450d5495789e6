# SPDX-License-Identifier: Apache-2.0
"""The datapath's scenarios, written once against a card and its ports (bench.py): the verilated card in `make test`,
a real one in `make hil`. Each begins with a card that was reset, and its docstring says what holds."""
import time

import esp
import packets
from bench import (CIPHER_MAC, FAR, FLIGHT, HERE, LAN, LAN_MAC, PLAIN_MAC, POLICY, THERE, WAN_MAC, Skipped,
                   expect)

LENGTHS = [20, 28, 45, 46, 47, 63, 64, 65, 100, 128, 256, 576, 1000, 1400, 1446]


def tunnel(bench):
    """tunnel mode, both key sizes: every length comes out whole, in order, numbered from 1"""
    for bits in (128, 256):
        (out, first), (back, second) = bench.out_sa(bits=bits), bench.in_sa(bits=bits)
        bench.lines(first + second + (POLICY + "\n" if bits == 128 else ""))
        for number, length in enumerate(LENGTHS, 1):
            _, seq = bench.outbound(bench.inner(length), [out])
            expect(seq == number, f"sequence number {seq}, not {number}")
            bench.inbound(back, bench.inner(length, FAR, LAN))
    bench.counts(out_encrypted=2 * len(LENGTHS), in_decrypted=2 * len(LENGTHS), in_drop_auth=0, in_drop_replay=0)


def transport(bench):
    """transport mode: the IP header stays outside, the payload is sealed"""
    bench.needs("transport")
    out, first = bench.out_sa(transport=True, ends=(LAN, THERE))
    back, second = bench.in_sa(transport=True, ends=(THERE, LAN))
    bench.lines(first + second + f"policy add src {LAN}/32 dst {THERE}/32 dir out tmpl src {LAN} dst {THERE} proto esp "
                                 "reqid 7 mode transport\n")
    for length in LENGTHS[1:]:
        bench.outbound(bench.inner(length, LAN, THERE), [out])
        bench.inbound(back, bench.inner(length, THERE, LAN))


def host_ports(bench):
    """what is not the card's goes to the host unchanged, and what the host sends goes out unchanged"""
    if not bench.host0 or not bench.host1:
        raise Skipped("HOST0 and HOST1 are not given")
    bench.tunnel()
    arp = b"\x08\x06" + bytes.fromhex("0001080006040002") + bench.random.randbytes(38)
    mac = packets.mac
    for _ in range(5):
        bench.unchanged(bench.plain, bench.host0, mac(PLAIN_MAC) + mac(LAN_MAC) + arp, "ARP into plain")
        bench.unchanged(bench.host0, bench.plain, mac(LAN_MAC) + mac(PLAIN_MAC) + arp, "ARP into host0")
        ike = packets.ip(THERE, HERE, packets.UDP, bytes.fromhex("01f401f4") + (108).to_bytes(2, "big") + bytes(102))
        bench.unchanged(bench.cipher, bench.host1, packets.frame(mac(CIPHER_MAC), mac(WAN_MAC), ike), "IKE into cipher")
        ike = packets.ip(HERE, THERE, packets.UDP, bytes.fromhex("01f401f4") + (108).to_bytes(2, "big") + bytes(102))
        bench.unchanged(bench.host1, bench.cipher, packets.frame(mac(WAN_MAC), mac(CIPHER_MAC), ike), "IKE into host1")
        clear = packets.frame(mac(PLAIN_MAC), mac(LAN_MAC), bench.inner(100, LAN, "198.51.100.9"))
        bench.unchanged(bench.plain, bench.host0, clear, "a packet that no policy protects")
    bench.counts(out_encrypted=0, in_decrypted=0, out_host_not_ip=5, in_host_ike=5, out_host_no_policy=5)


def rekey_under_load(bench):
    """a new SA takes over while packets flow: none is lost, none comes back to the old one"""
    old, back = bench.tunnel()
    new, first = bench.out_sa()
    later, second = bench.in_sa()
    change, sent, switched = None, 0, None
    while sent < 40 or change or switched is None:
        if sent == 20:
            change = bench.start_espctl("-b", "-")
            change.stdin.write(second + first)
            change.stdin.close()
            change.stdin = None
        peer, _ = bench.outbound(bench.inner(200), [old, new])
        bench.inbound(back, bench.inner(200, FAR, LAN))
        sent += 1
        expect(not (switched and peer is old), "a packet of the old SA after one of the new")
        switched = switched or (sent if peer is new else None)
        if change and change.poll() is not None:
            bench.finish(change)
            change = None
        expect(sent < 5000, "the new SA never took over")
    bench.lines(f"state delete dst {THERE} spi {old.spi:#x} dir out\nstate delete dst {HERE} spi {back.spi:#x} dir in\n")
    for _ in range(5):
        bench.outbound(bench.inner(200), [new])
        bench.inbound(later, bench.inner(200, FAR, LAN))
    bench.put(bench.cipher, back.seal(bench.inner(200, FAR, LAN)))
    bench.silent(bench.plain, "a packet for the SA that was deleted")
    bench.counts(out_encrypted=sent + 5, in_decrypted=sent + 5, in_drop_no_sa=1)


def replay_storm(bench):
    """every packet once: repeated, reordered, old ones are dropped, and the window does not move for them"""
    _, back = bench.tunnel()
    inner = [bench.inner(80, FAR, LAN, ident=n) for n in range(64)]
    sealed = [back.seal(packet) for packet in inner]
    order = list(range(64))
    bench.random.shuffle(order)
    for n in order:
        bench.put(bench.cipher, sealed[n])
        bench.check_opened(bench.get(bench.plain, f"number {n + 1}"), back, inner[n])
    storm = [n for n in range(64) for _ in range(3)]
    bench.random.shuffle(storm)
    for n in storm:
        bench.put(bench.cipher, sealed[n])
        time.sleep(0.001)
    bench.silent(bench.plain, "a replayed packet")
    bench.inbound(back, bench.inner(80, FAR, LAN))
    bench.put(bench.cipher, back.seal(bench.inner(80, FAR, LAN), seq=1))  # left of the window, too
    back.seq = 65
    bench.counts(in_decrypted=65, in_drop_replay=len(storm) + 1, in_drop_auth=0)


def wrong_tags(bench):
    """one wrong bit anywhere in ESP: dropped, counted, and the number can still be used"""
    _, back = bench.tunnel()
    inner = bench.inner(300, FAR, LAN)
    frame = packets.frame(packets.mac(CIPHER_MAC), packets.mac(WAN_MAC), back.seal(inner))
    whole = packets.Esp(frame)
    bits = sorted({8 * 8, 8 * 16, 8 * 16 + 1, 8 * whole.length - 1, 8 * (whole.length - 16)} |
                  {bench.random.randrange(64, 8 * whole.length) for _ in range(30)})
    for bit in bits:
        bench.cipher.send(whole.flipped(bit))
        time.sleep(0.001)
    bench.silent(bench.plain, "a packet with a wrong tag")
    bench.cipher.send(frame)
    bench.check_opened(bench.get(bench.plain, "the right one"), back, inner)
    bench.counts(in_drop_auth=len(bits), in_decrypted=1, in_drop_replay=0)


def lifetimes(bench):
    """a hard limit is exact: the last packet passes, the next is dropped"""
    bench.needs("lifetimes")
    (out, first), (back, second) = bench.out_sa("limit packet-hard 5"), bench.in_sa("replay-window 64 limit packet-hard 5")
    bench.lines(first + second + POLICY + "\n")
    for _ in range(5):
        bench.outbound(bench.inner(100), [out])
        bench.inbound(back, bench.inner(100, FAR, LAN))
    for _ in range(3):
        bench.put(bench.plain, bench.inner(100))
        bench.put(bench.cipher, back.seal(bench.inner(100, FAR, LAN)))
    bench.silent(bench.cipher, "past the hard limit")
    bench.silent(bench.plain, "past the hard limit")
    bench.counts(out_encrypted=5, in_decrypted=5, out_drop_lifetime=3, in_drop_lifetime=3)


def table_full(bench):
    """the last slot is used, one more SA is refused by name, and traffic goes on"""
    out, back = bench.tunnel()
    slots = bench.info["sa_out"]
    more = [bench.out_sa() for _ in range(slots - 1)]
    bench.lines("".join(line.replace("reqid 7", f"reqid {100 + n}") for n, (_, line) in enumerate(more)))
    _, beyond = bench.out_sa()
    bench.refused(beyond, f"all {slots} outbound SAs of the card are in use")
    bench.outbound(bench.inner(500), [out])
    bench.inbound(back, bench.inner(500, FAR, LAN))
    bench.lines(f"state delete dst {THERE} spi {more[-1][0].spi:#x} dir out\n" + beyond.replace("reqid 7", "reqid 99"))
    bench.outbound(bench.inner(500), [out])


def reset_under_traffic(bench):
    """a reset in the middle: no frame is cut, nothing leaves in the clear, no SA is left; then it works again"""
    out, _ = bench.tunnel()
    change, sent, came = None, 0, 0
    while sent < 60 or change:
        if sent == 20:
            change = bench.start_espctl("card", "reset")
        bench.put(bench.plain, bench.inner(600))
        sent += 1
        frame = bench.cipher.receive(0.02)
        while frame is not None:
            try:
                out.open(frame)
            except esp.Wrong as wrong:
                expect(False, f"during the reset: {wrong}")
            came += 1
            frame = bench.cipher.receive(0)
        if change and change.poll() is not None:
            bench.finish(change)
            change = None
    expect(came >= 15, f"only {came} packets came out before the reset")
    bench.silent(bench.cipher, "after the reset")
    expect("proto esp" not in bench.espctl("state", "list"), "an SA is left after the reset")
    bench.set_up()
    out, back = bench.tunnel()
    bench.outbound(bench.inner(600), [out])
    bench.inbound(back, bench.inner(600, FAR, LAN))


def soak(bench):
    """random lengths both ways at once, several packets under way, each compared"""
    out, back = bench.tunnel()
    end, sent = time.monotonic() + bench.soak_seconds, 0
    while sent < bench.soak_packets and time.monotonic() < end:
        ahead = [bench.inner(bench.random.randrange(20, 1447)) for _ in range(FLIGHT)]
        behind = [bench.inner(bench.random.randrange(20, 1447), FAR, LAN) for _ in range(FLIGHT)]
        for one, other in zip(ahead, behind):
            bench.put(bench.plain, one)
            bench.put(bench.cipher, back.seal(other))
        for one, other in zip(ahead, behind):
            bench.check_sealed(bench.get(bench.cipher, f"after {sent} packets"), one, [out])
            bench.check_opened(bench.get(bench.plain, f"after {sent} packets"), back, other)
        sent += 2 * FLIGHT
    bench.counts(out_encrypted=sent // 2, in_decrypted=sent // 2, in_drop_auth=0, in_drop_replay=0)


SCENARIOS = [tunnel, transport, host_ports, rekey_under_load, replay_storm, wrong_tags, lifetimes, table_full, reset_under_traffic,
             soak]
