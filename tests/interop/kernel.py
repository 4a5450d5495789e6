# SPDX-License-Identifier: Apache-2.0
"""Debian's Linux kernel as a peer: its package unpacked below build/interop, booted by QEMU without KVM, never
installed. The guest is an initramfs of busybox, `ip`, a few modules and guest/init, which obeys through a
virtio port; each of its netdevs is a pair of Unix datagram sockets, one frame a datagram."""
import fcntl
import pathlib
import re
import socket
import stat
import subprocess

from lab import BUILD, ROOT, LabError

OUT = BUILD / "interop"
UNPACKED = OUT / "kernel"
GUEST = ROOT / "tests" / "interop" / "guest"
META_PACKAGE = "linux-image-cloud-amd64"
# What must be there beyond each module's own dependencies: an AEAD with an IV generator needs drbg and seqiv
XFRM_MODULES = ["virtio_net", "sha512_generic", "drbg", "ctr", "gcm", "ghash_generic", "aesni_intel", "seqiv", "echainiv",
                "cmac", "authenc", "xfrm_user", "esp4", "esp6"]
CONTROL_MODULES = ["virtio_pci", "virtio_console"]  # the port through which the guest obeys
BOOT_SECONDS = 90


class Unavailable(LabError):
    """The kernel can't be had here; nothing is said about the card."""


# -------------------------------------------------------------------- the package

def apt_get(*words, cwd=None):
    return subprocess.run(["apt-get", *words], cwd=cwd, capture_output=True, text=True, check=False)


def image_package():
    """The package that the meta package stands for today."""
    said = subprocess.run(["apt-cache", "depends", META_PACKAGE], capture_output=True, text=True, check=False).stdout
    found = re.search(r"Depends: (linux-image-\S+)", said)
    return found[1] if found else None


def fetch():
    """Unpack the kernel's package once, whichever test comes first; its version."""
    UNPACKED.mkdir(parents=True, exist_ok=True)
    with open(UNPACKED / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return fetch_locked()


def fetch_locked():
    stamp = UNPACKED / "version"
    if stamp.exists():
        return stamp.read_text()
    debs = UNPACKED / "debs"
    debs.mkdir(parents=True, exist_ok=True)
    for attempt in range(2):
        if attempt:  # a new machine has no package lists, an old one lists what is gone
            apt_get("update")
        package = image_package()
        got = apt_get("download", "-o", "APT::Sandbox::User=root", package, cwd=debs) if package else None
        if got and got.returncode == 0:
            break
    else:
        why = got.stderr.strip().splitlines()[-1] if got else f"apt knows no {META_PACKAGE}"
        raise Unavailable(f"the kernel's package can't be fetched: {why}")
    deb = max(debs.glob(f"{package}_*.deb"), key=lambda path: path.stat().st_mtime)
    subprocess.run(["dpkg-deb", "-x", deb, UNPACKED], check=True)
    version = subprocess.run(["dpkg-deb", "-f", deb, "Version"], capture_output=True, text=True, check=True)
    stamp.write_text(f"{package} {version.stdout.strip()}")
    return stamp.read_text()


def one(pattern):
    found = sorted(UNPACKED.glob(pattern))
    if not found:
        raise LabError(f"{UNPACKED}/{pattern} is not in the kernel's package")
    return found[-1]


# -------------------------------------------------------------------- the initramfs

class Initramfs:
    """A cpio archive in "newc" format, which the kernel unpacks (Documentation/driver-api/early-userspace)."""

    def __init__(self):
        self.parts, self.names, self.inode = [], set(), 0

    def entry(self, name, mode, data=b""):
        self.inode += 1
        encoded = name.encode() + b"\0"
        fields = [self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0]
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        self.parts.append(head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4))

    def directory(self, name):
        if name and name not in self.names:
            self.directory(str(pathlib.PurePath(name).parent).strip("."))
            self.names.add(name)
            self.entry(name, stat.S_IFDIR | 0o755)

    def file(self, name, data):
        self.directory(str(pathlib.PurePath(name).parent).strip("."))
        self.entry(name, stat.S_IFREG | 0o755, data)

    def program(self, name, path):
        """A program and the libraries it is linked with, those at their own paths."""
        self.file(name, pathlib.Path(path).read_bytes())
        linked = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
        for library in re.findall(r"(/\S+) \(0x", linked):
            if library not in self.names:
                self.names.add(library)
                self.file(library[1:], pathlib.Path(library).read_bytes())

    def write(self, path):
        self.entry("TRAILER!!!", 0)
        path.write_bytes(b"".join(self.parts))


def module_order(names):
    """(name, path) of the modules and all they depend on, each after its dependencies."""
    where = {path.stem.replace("-", "_"): path for path in one("lib/modules/*").rglob("*.ko")}
    order = {}

    def visit(name):
        if name in order:
            return
        if name not in where:
            raise LabError(f"module {name} is not in the kernel's package")
        depends = re.search(rb"\0depends=([^\0]*)\0", where[name].read_bytes())
        for needed in filter(None, depends[1].decode().split(",") if depends else []):
            visit(needed.replace("-", "_"))
        order[name] = where[name]

    for name in names:
        visit(name)
    return order


def initramfs(path, modules, programs, start):
    """programs: path in the guest to path here; start: lines of shell that init runs before it is ready."""
    archive = Initramfs()
    for name in ("proc", "sys", "dev", "tmp"):
        archive.directory(name)
    archive.file("init", (GUEST / "init").read_bytes())
    archive.program("bin/busybox", "/bin/busybox")
    for applet in ("sh", "mount", "insmod", "head", "cat", "wc", "sleep", "poweroff"):
        archive.entry(f"bin/{applet}", stat.S_IFLNK | 0o777, b"busybox")
    for name, program in programs.items():
        archive.program(name, program)
    archive.file("start", start.encode())
    modules = module_order(CONTROL_MODULES + modules)
    for name, file in modules.items():
        archive.file(f"modules/{name}.ko", file.read_bytes())
    archive.file("modules/order", "".join(name + "\n" for name in modules).encode())
    archive.write(path)


# -------------------------------------------------------------------- the machine

class Kernel:
    """A booted guest. `nics`: (MAC, path of its socket, path of the other side's socket) of eth0, eth1 ...;
    `hardware`: more of QEMU's arguments; `parameters`: of the kernel; `files`: descriptors that QEMU gets."""

    def __init__(self, lab, nics, modules, programs, start="", hardware=(), parameters="", files=()):
        # no_timer_check: a machine under load is too slow for the kernel's look at its timer
        initramfs(lab.dir / "initramfs", modules, programs, start)
        control = lab.dir / "control"
        argv = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "256", "-nodefaults", "-nographic",
                "-no-reboot", "-kernel", one("boot/vmlinuz-*"), "-initrd", lab.dir / "initramfs",
                "-append", f"console=ttyS0 panic=-1 quiet no_timer_check {parameters}", "-serial", "stdio",
                "-device", "virtio-serial-pci", "-chardev", f"socket,id=control,path={control},server=on,wait=off",
                "-device", "virtserialport,chardev=control,name=control", *hardware]
        for i, (mac, here, there) in enumerate(nics):
            sockets = f"local.type=unix,local.path={here},remote.type=unix,remote.path={there}"
            argv += ["-netdev", f"dgram,id=n{i},{sockets}", "-device", f"virtio-net-pci,netdev=n{i},mac={mac},romfile="]
        self.process = lab.spawn(None, *argv, log=OUT / f"{lab.name}-kernel.log", pass_fds=files)
        self.port = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.port.settimeout(BOOT_SECONDS)
        lab.wait_for("QEMU", control.exists, 10)
        self.port.connect(str(control))
        self.stream = self.port.makefile("rb")
        self.answer("boot")
        self.port.settimeout(BOOT_SECONDS)

    def answer(self, script):
        try:
            line = self.stream.readline()
            code, length = map(int, line.split())
            said = self.stream.read(length).decode(errors="replace")
        except TimeoutError as late:
            raise LabError(f"the guest does not answer to: {script.splitlines()[0]}") from late
        except ValueError as odd:
            raise LabError(f"the guest ended, or said {line!r}; see {self.process.log.relative_to(ROOT)}") from odd
        if code:
            raise LabError(f"in the guest: {said.strip().splitlines()[-1] if said.strip() else script}")
        return said

    def sh(self, script):
        """What a shell script printed; LabError when it failed."""
        data = script.encode()
        self.port.sendall(b"%d\n" % len(data) + data)
        return self.answer(script)

    def ip(self, lines, namespace=None):
        """Lines of `ip`, as one batch."""
        within = f"-netns {namespace} " if namespace else ""
        return self.sh(f"/sbin/ip {within}-batch - <<'END'\n" + "\n".join(lines) + "\nEND\n")

    def counters(self):
        """XFRM's counters, and IP's of truncated packets."""
        said = self.sh("cat /proc/net/xfrm_stat /proc/net/netstat /proc/net/snmp6")
        pairs = re.findall(r"^((?:Xfrm|Ip6InTruncated)\w+)\s+(\d+)$", said, re.M)
        found = {name: int(value) for name, value in pairs}
        names, values = re.findall(r"^IpExt: (.*)$", said, re.M)
        found["InTruncatedPkts"] = int(dict(zip(names.split(), values.split()))["InTruncatedPkts"])
        return found
