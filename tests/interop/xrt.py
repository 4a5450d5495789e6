#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make interop-xrt: the card behind Debian's XRT, unmodified.

    plain --- [ espsim: the verilated engine ] --- cipher          this program is both ends of the wire
                       | XRT's hardware-emulation protocol
              libxrt_hwemu <- HAL (xclRegRead, xclRegWrite) <- libespalier <- espctl

The xclbin is made here (xclbin.py). XRT waits 10 seconds when it loads one, so there is a single run of espctl,
which installs everything; what came of it is seen at the wire, and through the card's other BAR.

usage: xrt.py

Exit 0 when all passed, 1 when not, 77 when there is no XRT here.
"""
import glob
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import esp
import tunnel
import xclbin
from lab import BUILD, Lab, LabError

LIBRARIES = "/usr/lib/*-linux-gnu/libxrt_{}.so.2"
OUT = BUILD / "interop"
SECONDS = 120  # it takes 15; a defect in XRT can make it hang where no signal but KILL helps


def say(text):
    print(text, flush=True)


def library(name):
    found = glob.glob(LIBRARIES.format(name))
    return pathlib.Path(found[0]) if found else None


class Emulation:
    """XRT's environment for hardware emulation of a simulation that runs already."""

    def __init__(self, lab):
        self.dir, self.user = lab.dir, f"{lab.tag}"
        self.folder = pathlib.Path("/tmp") / self.user  # where XRT has its sockets
        (self.dir / "xrt").mkdir()
        (self.dir / "xrt" / "lib").symlink_to(library("core").parent)
        (self.dir / "libxrt_core.so.2").symlink_to(library("hwemu"))
        (self.dir / "xrt.ini").write_text(f"[Emulation]\ndont_run=true\nsim_dir={self.dir}\n")
        (self.dir / "card.xclbin").write_bytes(xclbin.xclbin())
        self.env = dict(os.environ, USER=self.user, XILINX_XRT=str(self.dir / "xrt"), XCL_EMULATION_MODE="hw_emu",
                        XRT_INI_PATH=str(self.dir / "xrt.ini"))
        self.uri = f"xrt:0?xclbin={self.dir}/card.xclbin&lib={self.dir}/libxrt_core.so.2"

    def espctl(self, lines):
        """What espctl printed; XRT writes on the same descriptors."""
        batch = self.dir / "lines"
        batch.touch(mode=0o600)
        batch.write_text(lines)
        log = OUT / "xrt-espctl.log"
        with open(log, "wb") as out, subprocess.Popen(
                [BUILD / "espctl", "--card", self.uri, "-b", batch], cwd=self.dir, env=self.env,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True) as process:
            try:
                code = process.wait(SECONDS)
            except subprocess.TimeoutExpired as late:
                os.killpg(process.pid, signal.SIGKILL)
                raise LabError(f"espctl through XRT: no end after {SECONDS} s; see {log}") from late
        said = log.read_text(errors="replace")
        if code:
            raise LabError(f"espctl through XRT: {said.strip().splitlines()[-1]}")
        return said

    def clean(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def run(lab, emulation):
    wire = tunnel.Wire(lab)
    sock = lab.dir / "card"
    lab.spawn(None, BUILD / "espsim", "run", "--bar", "xrt-hwemu", "--socket", sock, *wire.ports(),
              log=OUT / "xrt-espsim.log", env=emulation.env)
    lab.wait_for("the virtual card", sock.exists, 20)
    began = time.monotonic()
    said = emulation.espctl(tunnel.LINES + "state list\ncard info\n")
    if said.count("\tproto esp") != 2 or tunnel.OUT_KEY[:32].hex() in said:
        raise LabError("espctl through XRT: state list does not show the two SAs")
    say(f"  ok    SAs, a policy and neighbours installed through XRT ({time.monotonic() - began:.1f} s)")

    def espctl(*words):
        return lab.run(None, BUILD / "espctl", "--card", f"sim:{sock}", *words).stdout
    wire.exchange(lambda: espctl("counters"))
    say("  ok    packets pass both ways, and only as the SAs say")
    keyless = espctl("state", "list")
    if keyless.count("\tproto esp") != 2:
        raise LabError("after XRT has closed the card its SAs are not as they were")
    say("  ok    the SAs are still there after XRT has closed the card")


def main():
    if not library("core") or not library("hwemu"):
        say("interop-xrt: SKIPPED: Debian's libxrt1 is not installed")
        return 77
    why, began = None, time.monotonic()
    OUT.mkdir(parents=True, exist_ok=True)
    try:
        with Lab("espxrt") as lab:
            emulation = Emulation(lab)
            try:
                run(lab, emulation)
            finally:
                emulation.clean()
    except (LabError, esp.Wrong, OSError) as error:
        why = str(error)
    say(f"interop-xrt: {why or 'passed'}, {time.monotonic() - began:.1f} s")
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
