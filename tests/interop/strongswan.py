# SPDX-License-Identifier: Apache-2.0
"""Debian's strongSwan as a peer: unpacked below build/peer, run in a namespace, never installed.

charon has its paths compiled in, so it sees its own files through an overlay of /usr, /etc/swanctl and
/run that exists only in its mount namespace. ESP is done by its kernel-libipsec plugin in userspace.
"""
import pathlib
import subprocess

from lab import BUILD, LabError

PACKAGES = ["libstrongswan", "libstrongswan-standard-plugins", "strongswan-libcharon", "strongswan-charon",
            "libcharon-extra-plugins", "libcharon-extauth-plugins", "strongswan-swanctl"]
PEER = BUILD / "peer"
CHARON = "/usr/lib/ipsec/charon"

STRONGSWAN_CONF = """
charon {{
    load = random nonce aes sha1 sha2 hmac kdf pem pkcs1 pkcs8 pubkey x509 revocation constraints openssl gmp drbg kernel-libipsec kernel-netlink socket-default vici updown eap-identity eap-mschapv2
    install_routes = yes
    {more}
    port = 500
    port_nat_t = 4500
    plugins {{
        kernel-libipsec {{ allow_peer_ts = yes }}
        vici {{ socket = unix://{dir}/charon.vici }}
    }}
    filelog {{ stderr {{ default = 1
        ike = 1
        cfg = 1 }} }}
}}
"""


def fetch():
    """Unpack the packages below build/peer once; the version that is there."""
    stamp, packages = PEER / "version", PEER / "packages"
    if not packages.exists() or packages.read_text() != " ".join(PACKAGES):
        debs = PEER / "debs"
        debs.mkdir(parents=True, exist_ok=True)
        got = subprocess.run(["apt-get", "download", "-o", "APT::Sandbox::User=root", *PACKAGES], cwd=debs, capture_output=True,
                             text=True, check=False)
        if got.returncode != 0:  # no package lists yet on a new machine
            subprocess.run(["apt-get", "update"], capture_output=True, check=False)
            got = subprocess.run(["apt-get", "download", "-o", "APT::Sandbox::User=root", *PACKAGES], cwd=debs,
                                 capture_output=True, text=True, check=False)
        if got.returncode != 0:
            raise LabError("strongSwan's packages can't be fetched: " + got.stderr.strip().splitlines()[-1])
        for deb in sorted(debs.glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", deb, PEER], check=True)
        deb = next(debs.glob("strongswan-charon_*.deb"))
        version = subprocess.run(["dpkg-deb", "-f", deb, "Version"], capture_output=True, text=True, check=True)
        stamp.write_text(version.stdout.strip())
        packages.write_text(" ".join(PACKAGES))
    return stamp.read_text()


class Swanctl:
    """strongSwan's programs with their own /etc/swanctl: what is in `folder`/swanctl when they are run."""

    def __init__(self, lab, namespace, folder, uri=None, more=""):
        self.lab, self.namespace, self.dir = lab, namespace, folder
        self.uri = uri or f"unix://{self.dir}/charon.vici"
        (self.dir / "swanctl").mkdir(parents=True)
        (self.dir / "strongswan.conf").write_text(STRONGSWAN_CONF.format(dir=self.dir, more=more))
        (self.dir / "enter.sh").write_text(f"""set -e
mount -t overlay overlay -o lowerdir={PEER}/usr:/usr /usr
etc=$(mktemp -d {self.dir}/etc.XXXXXX)  # of this program alone: several may run
cp -r {self.dir}/swanctl $etc/swanctl
mount -t overlay overlay -o lowerdir=$etc:/etc /etc
mount -t tmpfs tmpfs /run
export STRONGSWAN_CONF={self.dir}/strongswan.conf
exec "$@"
""")

    def enter(self, *argv):
        return ["unshare", "-m", "--propagation", "private", "sh", self.dir / "enter.sh", *argv]

    def swanctl(self, *words, check=True, timeout=60):
        done = self.lab.run(self.namespace, *self.enter("swanctl", *words, "--uri", self.uri), check=False, timeout=timeout)
        if check and done.returncode != 0:
            said = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith(("plugin '", "opening directory '"))]
            raise LabError(f"swanctl {' '.join(words)}, {done.returncode}: " + " ".join(said[:3])[:300])
        return done


class StrongSwan(Swanctl):
    """One charon. `conf` is the text of its swanctl.conf, `more` stands in strongswan.conf."""

    def __init__(self, lab, namespace, conf, log, more=""):
        super().__init__(lab, namespace, lab.dir / "strongswan", more=more)
        (self.dir / "swanctl" / "swanctl.conf").write_text(conf)
        self.start(log)

    def start(self, log):
        """At first, or when it has died."""
        (self.dir / "charon.vici").unlink(missing_ok=True)
        self.process = self.lab.spawn(self.namespace, *self.enter(CHARON), log=log)
        self.lab.wait_for("strongSwan's control socket", (self.dir / "charon.vici").exists, 10)
        self.swanctl("--load-all")

    def log(self):
        return pathlib.Path(self.process.log).read_text(errors="replace")
