#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make interop-xrt: the card behind Debian's XRT, unmodified.

    plain --- [ espsim: the verilated engine ] --- cipher          this program is both ends of the wire
                       | XRT's hardware-emulation protocol
              libxrt_hwemu <- HAL (xclRegRead, xclRegWrite) <- libespalier <- espctl

The xclbin is made here (xclbin.py). XRT waits 10 seconds when it loads one, so there is a single run of espctl,
which installs everything; what came of it is seen at the wire, and through the card's other BAR. Meanwhile, with
another card and by the same way, espalierd sets a tunnel up to Debian's strongSwan, rekeys it and ends it.

usage: xrt.py

Exit 0 when all passed, 1 when not, 77 when there is no XRT here.
"""
import glob
import os
import pathlib
import shutil
import subprocess
import sys
import time

import esp
import ikelink
import strongswan
import tunnel
import xclbin
from lab import BUILD, Lab, LabError

LIBRARIES = "/usr/lib/*-linux-gnu/libxrt_{}.so.2"
OUT = BUILD / "interop" / "xrt"
SECONDS = 120  # it takes 15; a defect in XRT can make it hang where no signal but KILL helps


def say(text):
    print(text, flush=True)


def library(name):
    found = glob.glob(LIBRARIES.format(name))
    return pathlib.Path(found[0]) if found else None


class Emulation:
    """XRT's environment for hardware emulation of a simulation that runs already."""

    def __init__(self, lab, name):
        self.lab, self.dir, self.user = lab, lab.dir / name, f"{lab.tag}{name}"
        self.folder = pathlib.Path("/tmp") / self.user  # where XRT has its sockets
        (self.dir / "xrt").mkdir(parents=True)
        (self.dir / "xrt" / "lib").symlink_to(library("core").parent)
        (self.dir / "libxrt_core.so.2").symlink_to(library("hwemu"))
        (self.dir / "xrt.ini").write_text(f"[Emulation]\ndont_run=true\nsim_dir={self.dir}\n")
        (self.dir / "card.xclbin").write_bytes(xclbin.xclbin())
        self.env = dict(os.environ, USER=self.user, XILINX_XRT=str(self.dir / "xrt"), XCL_EMULATION_MODE="hw_emu",
                        XRT_INI_PATH=str(self.dir / "xrt.ini"))
        self.uri = f"xrt:0?xclbin={self.dir}/card.xclbin&lib={self.dir}/libxrt_core.so.2"

    def begin_espctl(self, lines):
        batch = self.dir / "lines"
        batch.touch(mode=0o600)
        batch.write_text(lines)
        process = self.lab.spawn(None, BUILD / "espctl", "--card", self.uri, "-b", batch, cwd=self.dir, env=self.env,
                                 log=OUT / "espctl.log")
        process.may_end = True
        return process

    @staticmethod
    def end_espctl(process):
        """What espctl printed; XRT writes on the same descriptors."""
        try:
            code = process.wait(SECONDS)
        except subprocess.TimeoutExpired as late:
            raise LabError(f"espctl through XRT: no end after {SECONDS} s; see {process.log}") from late
        said = process.log.read_text(errors="replace")
        if code:
            raise LabError(f"espctl through XRT: {said.strip().splitlines()[-1]}")
        return said

    def clean(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Gateway(ikelink.Link):
    """espalierd with its card behind XRT, which keeps espctl out: that comes by the card's other BAR."""

    name = "xrt"
    patience_at_start = 60

    def __init__(self, lab, emulation):
        super().__init__(lab)
        self.emulation, self.env = emulation, emulation.env

    def insert_card(self):
        path = self.lab.dir / "card"
        self.uri, self.card = self.emulation.uri, f"sim:{path}"
        return ["--bar", "xrt-hwemu", "--socket", path]

    CASES = (ikelink.Link.lifetime_in_packets,)


def espctl_alone(lab, emulation):
    """Yields while it waits for XRT."""
    wire = tunnel.Wire(lab)
    sock = emulation.dir / "card"
    lab.spawn(None, BUILD / "espsim", "run", "--bar", "xrt-hwemu", "--socket", sock, *wire.ports(),
              log=OUT / "espsim-alone.log", env=emulation.env)
    lab.wait_for("the virtual card", sock.exists, 20)
    process = emulation.begin_espctl(tunnel.LINES + "state list\ncard info\n")
    yield
    said = emulation.end_espctl(process)
    if said.count("\tproto esp") != 2 or tunnel.OUT_KEY[:32].hex() in said:
        raise LabError("espctl through XRT: state list does not show the two SAs")
    say("  ok    SAs, a policy and neighbours installed through XRT")

    def espctl(*words):
        return lab.run(None, BUILD / "espctl", "--card", f"sim:{sock}", *words).stdout
    wire.exchange(lambda: espctl("counters"))
    say("  ok    packets pass both ways, and only as the SAs say")
    keyless = espctl("state", "list")
    if keyless.count("\tproto esp") != 2:
        raise LabError("after XRT has closed the card its SAs are not as they were")
    say("  ok    the SAs are still there after XRT has closed the card")


def run(lab, emulations):
    alone = espctl_alone(lab, emulations[0])
    next(alone)
    if os.geteuid() == 0:
        Gateway(lab, emulations[1]).run([])
        say("  ok    a tunnel of espalierd to strongSwan, rekeyed when the card says so, through XRT")
    else:
        say("  SKIPPED: espalierd through XRT: root is needed to make network namespaces")
    for _ in alone:
        pass


def main():
    if not library("core") or not library("hwemu"):
        say("interop-xrt: SKIPPED: Debian's libxrt1 is not installed")
        return 77
    why, began = None, time.monotonic()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    try:
        strongswan.fetch()
        with Lab("espxrt") as lab:
            emulations = [Emulation(lab, name) for name in ("alone", "gateway")]
            try:
                run(lab, emulations)
            finally:
                for emulation in emulations:
                    emulation.clean()
    except (LabError, esp.Wrong, OSError) as error:
        why = str(error)
    say(f"interop-xrt: {why or 'passed'}, {time.monotonic() - began:.1f} s")
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
