# SPDX-License-Identifier: Apache-2.0
"""The lab in which the card meets strangers: network namespaces, the processes in them, and their end.

Everything a Lab made is gone when its `with` block ends, however it ends: processes are ended by pid,
namespaces (and so their interfaces) are deleted.
"""
import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
PR_SET_PDEATHSIG = 1


class LabError(Exception):
    """What went wrong, as one sentence for people."""


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Lab:
    def __init__(self, name):
        self.name, self.tag = name, f"{name}{os.getpid()}"
        self.namespaces = []
        self.processes = []
        self.dir = None

    def __enter__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"{self.tag}-"))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda n, _: sys.exit(f"interrupted by {signal.Signals(n).name}"))
        return self

    def __exit__(self, *exc):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for process in reversed(self.processes):
            self.stop(process)
        for name in self.namespaces:
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)

    # ---------------------------------------------------------------- namespaces

    def namespace(self, name):
        """A new namespace with loopback up and no IPv6 chatter; returns its full name."""
        if os.geteuid() != 0:
            raise LabError("root is needed to make network namespaces")
        full = f"{self.tag}-{name}"
        made = subprocess.run(["ip", "netns", "add", full], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise LabError(f"no network namespace can be made here: {made.stderr.strip()}")
        self.namespaces.append(full)
        self.ip(full, "link set lo up")
        for key in ("all", "default"):
            self.sysctl(full, f"net/ipv6/conf/{key}/disable_ipv6", 1)
        return full

    def sysctl(self, namespace, key, value):
        self.run(namespace, "sh", "-c", f"test ! -e /proc/sys/{key} || echo {value} > /proc/sys/{key}")

    def ip(self, namespace, words):
        self.run(namespace, "ip", *words.split())

    def tap(self, namespace, name, address=None, mtu=1500, mac=None):
        """A TAP interface for a port of the virtual card."""
        self.ip(namespace, f"tuntap add {name} mode tap")
        if mac:
            self.ip(namespace, f"link set {name} address {mac}")
        self.ip(namespace, f"link set {name} mtu {mtu} up")
        if address:
            self.ip(namespace, f"addr add {address} dev {name}")

    # ---------------------------------------------------------------- processes

    @staticmethod
    def within(namespace, argv):
        return ["ip", "netns", "exec", namespace, *argv] if namespace else list(argv)

    def run(self, namespace, *argv, check=True, timeout=60, **kw):
        argv = [str(a) for a in argv]
        try:
            done = subprocess.run(self.within(namespace, argv), capture_output=True, text=True, timeout=timeout,
                                  stdin=subprocess.DEVNULL, check=False, **kw)
        except subprocess.TimeoutExpired as late:
            raise LabError(f"{' '.join(argv[:3])}: no end after {timeout} s") from late
        except FileNotFoundError as missing:
            raise LabError(f"{missing.filename} is not there") from missing
        if check and done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise LabError(f"{' '.join(argv[:4])}: {said[-1] if said else f'exit code {done.returncode}'}")
        return done

    def spawn(self, namespace, *argv, log, **kw):
        """Start a process that lives until stop() or the end of the lab; its output goes to `log`."""
        with open(log, "ab") as out:
            process = subprocess.Popen(self.within(namespace, [str(a) for a in argv]), stdin=subprocess.DEVNULL,
                                       stdout=out, stderr=subprocess.STDOUT, preexec_fn=die_with_parent,
                                       start_new_session=True, **kw)
        process.log = pathlib.Path(log)
        process.name = pathlib.Path(str(argv[0])).name
        self.processes.append(process)
        return process

    @staticmethod
    def stop(process, number=signal.SIGTERM, wait=5):
        if process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(wait)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # its own session: only what it started
                process.wait()
        return process.returncode

    def check_alive(self):
        for process in self.processes:
            if process.poll() is not None and not getattr(process, "may_end", False):
                last = process.log.read_text(errors="replace").strip().splitlines()[-1:]
                raise LabError(f"{process.name} ended ({process.returncode}): {last[0] if last else 'no output'}")

    def wait_for(self, what, test, seconds):
        """test() until it is true; its value. LabError when `seconds` have gone or a process died."""
        end = time.monotonic() + seconds
        while True:
            value = test()
            if value:
                return value
            self.check_alive()
            if time.monotonic() > end:
                raise LabError(f"{what}: not within {seconds} s")
            time.sleep(0.05)
