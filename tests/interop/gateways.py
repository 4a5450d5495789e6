# SPDX-License-Identifier: Apache-2.0
"""Two gateways in one guest, each an espalierd with a card of its own on the PCI bus.

    plain --- [ card ] --- cipher --- this program --- cipher --- [ card ] --- plain
                 | BAR                                               | BAR
        espalierd: dev lan0, wan0 ----------- IKE ----------- wan0, lan0: espalierd, in a namespace

A packet meets a trap, its card says so by an interrupt, and a tunnel is negotiated; so many packets later the other card says that
its SA's lifetime ends, and it is rekeyed; then both end as told. What their filters of system calls have refused, or
ended, would stand in the kernel's log.
"""
import json
import re

import ikeproto
import packets
from lab import BUILD, LabError
from tunnel import FAR, HERE, LAN, LAN_MAC, LENGTHS, THERE, expect

MODULES = ["veth", "dummy"]
PROGRAMS = {"bin/espalierd": BUILD / "espalierd", "sbin/ip": "/sbin/ip"}
USERS = ("root:x:0:0::/:", "nobody:x:65534:65534::/:", "espalier:x:101:101::/:", "espalier-signer:x:102:102::/:")
START = "mkdir -p /etc /run /var\nln -s /run /var/run\ncat >/etc/passwd <<'END'\n" + "\n".join(USERS) + "\nEND\n"
NAMES = ("one.example", "two.example")
LAN_ADDRESS, WAN_ADDRESS = ("10.1.0.1", "10.2.0.1"), (HERE, THERE)
HOST, NETWORK = (LAN, FAR), ("10.1.0.0/16", "10.2.0.0/16")
REFUSED = "type=1326"  # AUDIT_SECCOMP: a call that a filter did not let through
REKEY_PACKETS = len(LENGTHS) + 1


def gateway_mac(number, side):
    return f"02:00:00:00:{number + 5:02x}:{side:02x}"


class Gateway:
    """An espalierd in the guest, its netdevs and its card."""

    def __init__(self, guest, number, card, slot):
        self.guest, self.number, self.card, self.slot, self.wire = guest, number, card, slot, slot.wire
        self.namespace = "two" if number else None
        self.within = f"/sbin/ip netns exec {self.namespace} " if number else ""
        self.lan, self.wan = gateway_mac(number, 1), gateway_mac(number, 2)
        self.files = f"/tmp/{NAMES[number]}"

    def network(self):
        """Its netdevs; wan0 is there."""
        self.guest.ip([f"link add lan0 address {self.lan} type dummy", "link set lan0 up", f"link set wan0 address {self.wan} up",
                       f"addr add {LAN_ADDRESS[self.number]}/16 dev lan0", f"addr add {WAN_ADDRESS[self.number]}/24 dev wan0",
                       f"neigh add {HOST[self.number]} lladdr {LAN_MAC} dev lan0"], self.namespace)

    def start(self, child, options):
        there = 1 - self.number
        conf = ikeproto.CONF.format(
            local=WAN_ADDRESS[self.number], remote=WAN_ADDRESS[there], own=NAMES[self.number], other=NAMES[there], psk="a secret",
            children=ikeproto.child(NETWORK[self.number], NETWORK[there], more=child), more="", sections="")
        self.guest.sh(f"""\
cat >{self.files}.conf <<'END'
{conf}
END
(sh -c 'echo $$ >{self.files}.pid; exec {self.within}espalierd --config {self.files}.conf --card {self.card} --wan wan0 \
--lan lan0 --vici {self.files}.vici {options}'; echo $? >{self.files}.exit) >{self.files}.out 2>&1 </dev/null &
""")

    def said(self):
        return self.guest.sh(f"cat {self.files}.out {self.files}.log 2>/dev/null; true").strip()[-600:]

    def must_say(self, words):
        try:
            self.guest.sh(f"for i in $(seq 600); do grep -qs '{words}' {self.files}.out {self.files}.log && exit 0\n"
                          "sleep 0.1\ndone\nexit 1\n")
        except LabError as late:
            raise LabError(f"{NAMES[self.number]} does not say {words!r} but: {self.said()}") from late

    def send(self, target, number, length):
        """A host of this LAN sends a packet to the other LAN."""
        inner = packets.ip(HOST[self.number], HOST[target.number], packets.EXPERIMENT, bytes(i & 255 for i in range(length - 20)),
                           ident=number)
        self.wire.send("plain", packets.frame(packets.mac(self.lan), packets.mac(LAN_MAC), inner))
        return inner

    def sas(self):
        """The SPIs that its card has."""
        listed = json.loads(self.guest.sh(f"espctl --card {self.card} -j state list") or "[]")
        return {sa["dir"]: int(sa["spi"], 16) for sa in listed}

    def filtered(self):
        return "Seccomp:\t2" in self.guest.sh(f"cat /proc/$(cat {self.files}.pid)/status")

    def end(self):
        said = self.guest.sh(f"kill -TERM $(cat {self.files}.pid)\nuntil test -s {self.files}.exit; do sleep 0.05; done\n"
                             f"cat {self.files}.exit")
        expect(said == "0\n", f"{NAMES[self.number]} ended with {said.strip()}: {self.said()}")


def carry(source, target, number, length):
    """A packet from one LAN to the other; its SPI on the wire between the cards."""
    mac, inner = packets.mac, source.send(target, number, length)
    frame = source.wire.receive("cipher")
    expect(frame[:12] == mac(target.wan) + mac(source.wan), f"MAC addresses {frame[:12].hex()} between the cards")
    expect(inner[12:] not in frame, "a packet was not encrypted")
    target.wire.send("cipher", frame)
    arrived = target.wire.receive("plain")
    expect(arrived[:12] == mac(LAN_MAC) + mac(target.lan), f"MAC addresses {arrived[:12].hex()} on the LAN")
    expect(packets.packet_of(arrived) == packets.routed(inner, 2), f"{length} bytes: not what was sent")
    return packets.Esp(frame).spi


def there_and_back(near, far):
    """All lengths both ways; the SPIs that were used, in order."""
    spis = {NAMES[0]: set(), NAMES[1]: set()}
    for number, length in enumerate(LENGTHS):
        spis[NAMES[1]].add(carry(near, far, number, length))
        spis[NAMES[0]].add(carry(far, near, number, length))
    expect(all(len(used) == 1 for used in spis.values()), f"SPIs on the wire: {spis}")
    return spis[NAMES[1]].pop(), spis[NAMES[0]].pop()


def run(guest, cards):
    """cards: the URI and the slot of each. espctl looks into the second; VFIO keeps it out of the first."""
    expect("errno" in guest.sh("cat /proc/sys/kernel/seccomp/actions_logged"), "the kernel logs no refused calls")
    near, far = (Gateway(guest, number, *card) for number, card in enumerate(cards))
    guest.ip(["netns add two", "link add wan0 type veth peer name wan0 netns two"])
    near.network()
    far.network()
    far.start(f"rekey_packets = {REKEY_PACKETS}\n life_packets = 1000\n rand_packets = 1", "--debug")
    near.start("start_action = trap", f"--debug --log {near.files}.log")
    for gateway in (near, far):
        gateway.must_say("LAN lan0")
        expect(gateway.filtered(), "espalierd runs without a filter of system calls")
    near.must_say("the engine is made")
    near.send(far, 0, LENGTHS[0])
    near.slot.interrupt()
    for gateway in (near, far):
        gateway.must_say("CHILD_SA up")
    expect(re.search(r" [1-9]\d* .* vfio-msix", guest.sh("cat /proc/interrupts")), "no interrupt came")
    spis = there_and_back(near, far)
    expect(far.sas() == {"in": spis[0], "out": spis[1]}, f"SPIs {far.sas()} in the card, {spis} on the wire")
    carry(near, far, len(LENGTHS), LENGTHS[0])  # the one that is too many
    for gateway in (near, far):
        gateway.must_say("CHILD_SA rekeyed")
    expect(not set(spis) & set(there_and_back(near, far)), "the old SAs are used after a rekeying")
    for gateway in (near, far):
        gateway.end()
        expect(not gateway.sas(), f"{NAMES[gateway.number]} has left SAs in its card")
    refused = set(re.findall(rf"{REFUSED} .*?comm=(\S+) .*? (syscall=\d+)", guest.sh("dmesg")))
    expect(not refused, f"calls that a filter refused: {refused}")
