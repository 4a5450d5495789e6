#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make interop-pci: cards on a PCI bus, in a virtual machine.

    plain --- [ espsim: the verilated engine ] --- cipher          this program is both ends of the wire
                       | shared memory
              BAR 2 of an ivshmem device   another   edu (registers that act)
                       [ Debian kernel in QEMU, with an IOMMU: espctl, espalierd ]

In the guest espctl finds the device with libpci, maps its BAR through sysfs, then through VFIO, and installs SAs
into the RTL outside; traffic passes; and every mistake that only a kernel can show is made. QEMU's edu device
goes through the same accessor, its interrupts as eventfds. Then each card gets an espalierd (gateways.py).

usage: pci.py

Exit 0 when all passed, 1 when not, 77 when no kernel can be had here.
"""
import os
import re
import socket
import struct
import sys
import time

import esp
import gateways
import kernel
import tunnel
from lab import BUILD, ROOT, Lab, LabError
from tunnel import expect

MODULES = ["vfio_pci", "vfio_iommu_type1", *gateways.MODULES]
ALL_ONES = "registers read as all ones"


def say(text):
    print(text, flush=True)


class Slot:
    """A device of the machine: the register page of a virtual card, whose wires end here."""

    files = ()

    def __init__(self, lab, name):
        self.name, self.page, self.wire = name, lab.dir / f"{name}.page", tunnel.Wire(lab, name)
        self.espsim = lab.spawn(None, BUILD / "espsim", "run", "--bar", f"shm:{self.page}", *self.wire.ports(),
                                log=kernel.OUT / f"pci-espsim-{name}.log")
        lab.wait_for("the virtual card", self.page.exists, 20)

    def hardware(self):
        return ["-object", f"memory-backend-file,id={self.name},share=on,mem-path={self.page},size=4096",
                "-device", f"ivshmem-plain,memdev={self.name}"]

    def interrupt(self):
        """None: it has to be looked at."""


class RingingSlot(Slot):
    """One with an interrupt, which rings when it is told to. What ivshmem's server says to a client (QEMU's
    docs/specs/ivshmem-spec.txt) waits in the socket that QEMU is started with: version, the client's number, the
    memory, the eventfd of its vector."""

    def __init__(self, lab, name):
        super().__init__(lab, name)
        self.bell = os.eventfd(0, os.EFD_CLOEXEC)
        self.here, self.there = socket.socketpair()
        self.files = (self.there.fileno(),)
        with open(self.page, "r+b") as memory:
            for number, files in ((0, []), (0, []), (-1, [memory.fileno()]), (0, [self.bell])):
                socket.send_fds(self.here, [struct.pack("<q", number)], files)

    def hardware(self):
        return ["-chardev", f"socket,id={self.name},fd={self.there.fileno()}", "-device",
                f"ivshmem-doorbell,chardev={self.name},vectors=1"]

    def interrupt(self):
        os.eventfd_write(self.bell, 1)


class Bench:
    """The machine with the cards in it, and both ends of the first one's wires."""

    def __init__(self, lab):
        self.lab = lab
        self.slots = [RingingSlot(lab, "first"), Slot(lab, "second")]
        self.espsim, self.wire = self.slots[0].espsim, self.slots[0].wire
        hardware = ["-machine", "q35,kernel_irqchip=off", "-device", "intel-iommu", "-device", "edu"]
        for slot in self.slots:
            hardware += slot.hardware()
        programs = {"bin/espctl": BUILD / "espctl", "bin/edu": BUILD / "interop" / "edu", **gateways.PROGRAMS}
        self.guest = kernel.Kernel(lab, [], MODULES, programs, gateways.START, hardware=hardware, parameters="intel_iommu=on",
                                   files=[fd for slot in self.slots for fd in slot.files])

    def espctl(self, uri, words):
        return self.guest.sh(f"espctl --card '{uri}' {words}")

    def refused(self, script, text):
        said = self.guest.sh(f"if {script} 2>&1; then echo 'it passed'; fi")
        expect(text in said, f"{script}: \"{said.strip()}\", not \"{text}\"")


# -------------------------------------------------------------------- cases

def found(bench):
    """espctl finds the cards by itself."""
    said = bench.guest.sh("espctl card list")
    bench.cards = re.findall(r"^(pci:\S+)\s+shared memory of a virtual machine$", said, re.M)
    expect(len(bench.cards) == 2, f"card list: {said!r}")
    bench.card = bench.cards[0]
    bench.address = bench.card.removeprefix("pci:")
    addresses = bench.guest.sh("cd /sys/bus/pci/devices && for d in *; do echo $d $(cat $d/vendor $d/device); done")
    bench.edu = re.search(r"^(\S+) 0x1234 0x11e8$", addresses, re.M)[1]


def driven(bench):
    """Its map is this build's; SAs, policies and neighbours are installed."""
    regs = (ROOT / "driver" / "regs.h").read_text(encoding="ascii")
    wanted = re.search(r"ESPL_MAP_SUM_VALUE\s+(0x\w+?)u", regs)[1]
    info = bench.espctl(bench.card, "card info")
    expect(f"map {wanted}" in info, f"card info: {info.splitlines()[0]}")
    bench.guest.sh(f"espctl --card {bench.card} -b - <<'END'\n{tunnel.LINES}END\n")
    listed = bench.espctl(bench.card, "state list")
    expect(listed.count("\tproto esp") == 2 and tunnel.OUT_KEY[:32].hex() not in listed, listed)


def traffic(bench):
    """Packets pass both ways, and only as the SAs say."""
    bench.wire.exchange(lambda: bench.espctl(bench.card, "counters"))


def two_programs(bench):
    """Two writers at once take turns, by the lock on the BAR's file in sysfs."""
    line = "neigh replace 10.1.9.{n} lladdr 02:00:00:00:09:0{who} dev plain"
    lines = ["\n".join(line.format(n=n, who=who) for n in range(who, 9, 2)) for who in (1, 2)]
    bench.guest.sh(f"espctl --card {bench.card} -b - <<'END' &\n{lines[0]}\nEND\n"
                   f"espctl --card {bench.card} -b - <<'END' || exit 1\n{lines[1]}\nEND\nwait $!\n")
    listed = bench.espctl(bench.card, "neigh list dev plain")
    expect(listed.count("\n") == 9, f"{listed.count(chr(10))} neighbours, not 9")


def mistakes(bench):
    """What only a real kernel and a real bus can show."""
    card, edu = bench.card, f"pci:{bench.edu}"
    bench.refused(f"espctl --card '{card}?bar=0' card info", "BAR 0 has 256 bytes: no room")
    bench.refused(f"espctl --card '{bench.cards[1]}?bar=1' card info", "BAR 1 is not there")
    bench.refused(f"espctl --card '{edu}' card info", "1234:11e8 is no card that this library knows")
    bench.refused(f"espctl --card '{edu}?id=1234:11e8' card info", "magic: 0x010000ed is not an Espalier card's")
    bench.refused("espctl --card pci:0000:7f:00.0 card info", "there is no such PCI device")
    bench.guest.sh(f"echo 0 >/sys/bus/pci/devices/{bench.address}/enable 2>/dev/null; true")
    bench.espctl(card, "card info")  # switched on again


def edu_through_sysfs(bench):
    """Registers that act when written, by the accessor."""
    said = bench.guest.sh(f"edu '{bench.edu}?id=1234:11e8'")
    expect(said == "edu: registers act\n", said)


def bind(bench, address):
    device = f"/sys/bus/pci/devices/{address}"
    bench.guest.sh(f"echo vfio-pci >{device}/driver_override\necho {address} >/sys/bus/pci/drivers_probe\n")
    driver = bench.guest.sh(f"cat {device}/uevent")
    expect("DRIVER=vfio-pci" in driver, f"{address} is not bound to vfio-pci")


def edu_through_vfio(bench):
    """The same registers through VFIO, and interrupts; a second program is told."""
    bind(bench, bench.edu)
    edu = f"edu '{bench.edu}?id=1234:11e8'"
    said = bench.guest.sh(edu)
    expect(said == "edu: registers act\nedu: interrupts come\n", said)
    bench.guest.sh(f"{edu} 2 >/tmp/holder &\nuntil grep -q come /tmp/holder; do sleep 0.1; done")
    bench.refused(edu, "another program has the card; VFIO gives it to one at a time")


def card_through_vfio(bench):
    """The same SAs are still there when the card's BAR is mapped through VFIO."""
    bind(bench, bench.address)
    listed = bench.espctl(bench.card, "state list")
    expect(listed.count("\tproto esp") == 2, listed)
    bench.espctl(bench.card, f"state delete dst {tunnel.THERE} spi {tunnel.OUT_SPI:#x}")
    expect("driver vfio-pci" in bench.guest.sh("espctl card list"), "card list does not tell the driver")


def two_gateways(bench):
    """A tunnel between two espalierds, one with its card through VFIO, one through sysfs."""
    gateways.run(bench.guest, list(zip(bench.cards, bench.slots)))


def lost(bench):
    """The card's process ends, then its device goes: each is told."""
    bench.espsim.may_end = True
    bench.lab.stop(bench.espsim)
    expect(bench.espsim.returncode == 0, f"espsim ended with {bench.espsim.returncode}")
    bench.refused(f"espctl --card {bench.card} state list", ALL_ONES)
    bench.guest.sh(f"echo 1 >/sys/bus/pci/devices/{bench.address}/remove")
    bench.refused(f"espctl --card {bench.card} state list", "there is no such PCI device")


CASES = [found, driven, traffic, two_programs, mistakes, edu_through_sysfs, edu_through_vfio, card_through_vfio, two_gateways,
         lost]


def main():
    passed, why, began = 0, None, time.monotonic()
    try:
        kernel.OUT.mkdir(parents=True, exist_ok=True)
        version = kernel.fetch()
        with Lab("esppci") as lab:
            bench = Bench(lab)
            say(f"guest: {version} in QEMU; booted after {time.monotonic() - began:.1f} s")
            for case in CASES:
                start = time.monotonic()
                why = f"{case.__name__}: "
                case(bench)
                passed += 1
                say(f"  ok    {case.__doc__.splitlines()[0]} ({time.monotonic() - start:.1f} s)")
            why = None
    except kernel.Unavailable as missing:
        say(f"interop-pci: SKIPPED: {missing}")
        return 77
    except (LabError, esp.Wrong, OSError) as error:
        why = f"{why or ''}{error}"
    if why:
        say(f"interop-pci: {why}")
    say(f"interop-pci: {passed} of {len(CASES)} cases passed, {time.monotonic() - began:.1f} s")
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
