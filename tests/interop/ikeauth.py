#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every way to prove who one is, between espalierd with the virtual card and Debian's strongSwan: each side
begins once, traffic runs, and what must be refused is.

usage: ikeauth.py [CASE]...

One pair of namespaces and one pair of daemons: the cases load their own configurations. Exit 0 or 1.
"""
import re
import shutil
import signal
import sys
import time

import pki
import strongswan
from lab import BUILD, ROOT, Lab, LabError

GW_WAN, PEER_WAN, GW_LAN, PEER_INNER = "192.0.2.1", "192.0.2.2", "10.1.0.1", "10.2.0.1"
SERVER = f"http://{PEER_WAN}:8080"
PSK, PASSWORD, PPK = "a secret of two", "pass word", "0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

FOLDERS = ("x509", "x509ca", "x509ocsp", "x509aa", "x509ac", "x509crl", "pubkey", "private", "rsa", "ecdsa", "bliss", "pkcs8",
           "pkcs12")  # swanctl complains about those that are not there

CONF = """
connections {{
    net {{
        version = 2
        local_addrs = {local}
        remote_addrs = {remote}
        proposals = {proposals}
        {more}
        local {{
            {own}
        }}
        remote {{
            {other}
        }}
        children {{
            net {{
                local_ts = {inside}
                remote_ts = {outside}
                esp_proposals = aes128gcm16
            }}
        }}
    }}
}}
secrets {{
    {secrets}
}}
"""


class Side:
    """One of the two: its swanctl, its folders, the two ends as it sees them."""

    def __init__(self, swanctl, local, remote, inside, outside):
        self.swanctl, self.folder = swanctl, swanctl.dir / "swanctl"
        self.ends = {"local": local, "remote": remote, "inside": inside, "outside": outside}

    def load(self, own, other, more="", secrets="", files=(), proposals="aes128gcm16-prfsha256-x25519"):
        shutil.rmtree(self.folder)
        for name in FOLDERS:
            (self.folder / name).mkdir(parents=True)
        (self.folder / "swanctl.conf").write_text(CONF.format(own=own, other=other, more=more, secrets=secrets, proposals=proposals, **self.ends))
        for path, data in files:
            (self.folder / path).write_bytes(data)
        self.swanctl.swanctl("--flush-certs")
        done = self.swanctl.swanctl("--load-all", "--clear", "--noprompt", check=False)
        said = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("plugin '")]
        if done.returncode or any("failed" in line for line in said):
            raise LabError(f"{self.swanctl.dir.name} does not take its configuration: " + "\n".join(said[-6:]))


class Run:
    name = "ikeauth"
    options = ()  # more of espalierd's
    charon = ""   # more of strongswan.conf's section charon
    bus = "sim"   # by which espalierd and espctl reach the card: sim or shm
    patience_at_start = 10  # seconds

    def __init__(self, lab):
        self.lab, self.count, self.env = lab, 0, None
        self.out = BUILD / "interop" / self.name

    # ---------------------------------------------------------------- set up

    def start(self):
        lab = self.lab
        self.gw_ns, self.wan = lab.namespace("gw"), lab.namespace("wan")
        lab.tap(self.gw_ns, "host0", f"{GW_LAN}/24", mac="02:00:00:00:01:01")
        lab.tap(self.gw_ns, "host1", f"{GW_WAN}/24", mac="02:00:00:00:02:01")
        lab.ip(self.wan, f"addr add {PEER_INNER}/24 dev lo")
        cipher = self.between()
        lab.spawn(None, BUILD / "espsim", "run", *self.insert_card(), "--plain", "none", "--cipher", cipher,
                  "--host0", f"tap:host0@{self.gw_ns}", "--host1", f"tap:host1@{self.gw_ns}", log=self.out / "espsim.log", env=self.env)
        lab.wait_for("the virtual card", (lab.dir / "card").exists, 20)
        peer = strongswan.StrongSwan(lab, self.wan, "connections { }\n", self.out / "charon.log", self.charon)
        gateway = strongswan.Swanctl(lab, self.gw_ns, lab.dir / "gateway", f"unix://{lab.dir}/vici")
        conf = gateway.dir / "swanctl" / "swanctl.conf"
        conf.write_text("connections { }\n")
        self.daemon = self.start_daemon()
        lab.wait_for("the control socket", (lab.dir / "vici").exists, self.patience_at_start)
        self.gw = Side(gateway, GW_WAN, PEER_WAN, "10.1.0.0/24", "10.2.0.0/24")
        self.peer = Side(peer, PEER_WAN, GW_WAN, "10.2.0.0/24", "10.1.0.0/24")
        self.make_cas()

    def start_daemon(self):
        dir = self.lab.dir
        return self.lab.spawn(self.gw_ns, BUILD / "espalierd", "--config", dir / "gateway" / "swanctl" / "swanctl.conf", "--card",
                              self.uri, "--wan", "host1", "--lan", "host0", "--vici", dir / "vici", "--debug",
                              "--log", self.out / "espalierd.log", *self.options, log=self.out / "espalierd.out", env=self.env)

    def insert_card(self):
        """The URIs of the card, for espalierd and for espctl; what espsim is told of them."""
        path = self.lab.dir / "card"
        self.uri = self.card = f"{self.bus}:{path}"
        return ["--bar", self.card] if self.bus == "shm" else ["--socket", path]

    def between(self):
        """What is between the card's cipher port and the peer: the port's other end."""
        self.lab.tap(self.wan, "wan0", f"{PEER_WAN}/24")
        return f"tap:wan0@{self.wan}"

    def make_cas(self):
        """Root and intermediate of two kinds; the intermediate of `ca` speaks by CRL and OCSP."""
        self.root = pki.Authority("root", "ecdsa256")
        self.ca = pki.Authority("intermediate", "rsa", self.root)
        self.served = self.lab.dir / "served"
        self.served.mkdir()
        self.ca.publish(self.served)
        (self.served / "root.crl").write_bytes(self.root.crl())
        self.lab.spawn(self.wan, sys.executable, "-B", ROOT / "tests" / "interop" / "pki.py", "serve", self.served, PEER_WAN, "8080",
                       log=self.out / "http.log")

    # ---------------------------------------------------------------- judging

    def sas(self, side):
        return side.swanctl.swanctl("--list-sas").stdout

    def ping(self):
        done = self.lab.run(self.gw_ns, "ping", "-q", "-c", "2", "-i", "0.2", "-W", "3", "-I", GW_LAN, PEER_INNER, check=False)
        if "2 packets transmitted, 2 received" not in done.stdout:
            raise LabError("no traffic: " + done.stdout.strip()[-200:])

    def initiate(self, side):
        return side.swanctl.swanctl("--initiate", "--child", "net", "--timeout", "15", check=False)

    def end(self, side):
        side.swanctl.swanctl("--terminate", "--ike", "net", "--timeout", "5", check=False)
        # charon keeps what never came up for half a minute
        self.lab.wait_for("the end of all SAs", lambda: not self.sas(self.gw).strip() and "ESTABLISHED" not in self.sas(self.peer), 10)

    def up(self, side, who):
        done = self.initiate(side)
        if "completed successfully" not in done.stdout:
            raise LabError(f"begun by {who}: no tunnel: " + "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:]))
        self.ping()
        sas = self.sas(self.gw)
        self.end(side)
        return sas

    def both(self):
        """A tunnel from either side."""
        self.up(self.peer, "strongSwan")
        self.peer.swanctl.swanctl("--flush-certs")  # what it has seen it need not be sent
        self.up(self.gw, "espalierd")
        self.peer.swanctl.swanctl("--flush-certs")

    def refused(self, side, why):
        """No tunnel; espalierd's log says why."""
        before = (self.out / "espalierd.log").stat().st_size
        done = self.initiate(side)
        if "completed successfully" in done.stdout:
            raise LabError("a tunnel came up that must not")
        self.end(side)
        time.sleep(0.2)
        with open(self.out / "espalierd.log", encoding="utf8", errors="replace") as log:
            log.seek(before)
            text = log.read()
        if not re.search(why, text):
            raise LabError(f"{why!r} is not in the log: {text.strip()[-600:]}")

    # ---------------------------------------------------------------- certificates

    def files(self, key, cert, *more):
        return [("private/own.pem", pki.pem_key(key)), ("x509/own.pem", pki.pem(cert)), ("x509ca/root.pem", pki.pem(self.root.cert)),
                *more]

    def certificates(self, gw_kind, peer_kind, auth="pubkey", remote="", gw_files=(), peer_host=None, **where):
        """Each side has its certificate and the intermediate one, but only the root is trusted."""
        gw = self.ca.host("gw.example", gw_kind)
        peer = peer_host or self.ca.host("sun.example", peer_kind, **where)
        middle = ("x509/middle.pem", pki.pem(self.ca.cert))
        self.gw.load(f"auth = {auth}\n certs = own.pem\n id = gw.example", f"auth = {auth}\n id = sun.example\n {remote}",
                     files=self.files(*gw, middle, *gw_files))
        self.peer.load(f"auth = {auth}\n certs = own.pem\n id = sun.example", f"auth = {auth}\n id = gw.example",
                       files=self.files(*peer, ("x509ca/middle.pem", pki.pem(self.ca.cert))))
        return peer[1]

    def psk(self):
        secrets = f'ike-1 {{ id-1 = gw.example\n id-2 = sun.example\n secret = "{PSK}" }}'
        self.gw.load("auth = psk\n id = gw.example", "auth = psk\n id = sun.example", secrets=secrets)
        self.peer.load("auth = psk\n id = sun.example", "auth = psk\n id = gw.example", secrets=secrets)
        self.both()

    def suites(self):
        """Groups 15 and 16, ChaCha20-Poly1305."""
        secrets = f'ike-1 {{ secret = "{PSK}" }}'
        for suite in ("chacha20poly1305-prfsha256-modp3072", "aes256-sha512-modp4096"):
            for side, own, other in ((self.gw, "gw", "sun"), (self.peer, "sun", "gw")):
                side.load(f"auth = psk\n id = {own}.example", f"auth = psk\n id = {other}.example", secrets=secrets, proposals=suite)
            self.both()

    def rsa(self):
        self.certificates("rsa", "rsa")
        self.both()

    def rsa_pss(self):
        self.certificates("rsa", "rsa", auth="ike:rsa/pss-sha384")
        self.both()

    def ecdsa(self):
        self.certificates("ecdsa256", "ecdsa384")
        self.both()
        self.certificates("ecdsa521", "ecdsa256")
        self.both()

    def ed25519(self):
        self.certificates("ed25519", "ed25519")
        self.both()

    def names(self):
        """By the subject of the certificate, too; and not by a name that it does not have."""
        key, cert = self.ca.host("gw.example", "ecdsa256")
        other, theirs = self.ca.host("sun.example", "ecdsa256")
        middle = ("x509ca/middle.pem", pki.pem(self.ca.cert))
        self.gw.load("certs = own.pem", 'id = "C=CH, O=Lab, CN=*"', files=self.files(key, cert, middle))
        self.peer.load("certs = own.pem", 'id = "C=CH, O=Lab, CN=gw.example"', files=self.files(other, theirs, middle))
        self.both()
        self.gw.load("certs = own.pem", "id = moon.example", files=self.files(key, cert, middle))
        self.refused(self.gw, "did not prove|AUTHENTICATION_FAILED")

    def raw_keys(self):
        """Public keys without certificates."""
        key, peer_key = pki.KEYS["ecdsa256"](), pki.KEYS["rsa"]()

        def public(k):
            return k.public_key().public_bytes(pki.serialization.Encoding.PEM, pki.serialization.PublicFormat.SubjectPublicKeyInfo)

        def files(own):
            return [("private/own.pem", pki.pem_key(own)), ("pubkey/gw.pem", public(key)), ("pubkey/sun.pem", public(peer_key))]

        self.gw.load("pubkeys = gw.pem\n id = gw.example", "pubkeys = sun.pem\n id = sun.example", files=files(key))
        self.peer.load("pubkeys = sun.pem\n id = sun.example", "pubkeys = gw.pem\n id = gw.example", files=files(peer_key))
        self.both()

    def classic(self):
        """Signatures of before RFC 7427."""
        conf = self.peer.swanctl.dir / "strongswan.conf"
        text = conf.read_text()
        conf.write_text(text.replace("charon {", "charon {\n    signature_authentication = no", 1))
        self.peer.swanctl.swanctl("--reload-settings")
        for gw, peer in (("rsa", "rsa"), ("ecdsa384", "ecdsa256"), ("ecdsa521", "ecdsa521")):
            self.certificates(gw, peer)
            self.both()
        conf.write_text(text)
        self.peer.swanctl.swanctl("--reload-settings")

    def own_folders(self):
        """espalierd reads swanctl.conf and the folders beside it by itself, with nobody to load anything."""
        self.certificates("rsa", "ecdsa256")
        self.gw.swanctl.swanctl("--load-all", "--clear", "--file", "/dev/null")
        self.lab.wait_for("the end of its connections", lambda: not self.gw.swanctl.swanctl("--list-conns").stdout.strip(), 5)
        self.daemon.send_signal(signal.SIGHUP)
        self.lab.wait_for("its own connections", lambda: "net:" in self.gw.swanctl.swanctl("--list-conns").stdout, 5)
        self.both()

    # ---------------------------------------------------------------- revocation

    def revocation(self, **where):
        """Strict: good from either side, then revoked, then nobody who answers."""
        root_crl = ("x509crl/root.crl", self.root.crl())
        cert = self.certificates("ecdsa256", "ecdsa256", remote="revocation = strict", gw_files=[root_crl], **where)
        self.ca.update(self.served)
        self.both()
        self.ca.revoked.append(cert)
        self.ca.update(self.served)
        self.gw.swanctl.swanctl("--flush-certs")
        self.refused(self.gw, "its certificate has been revoked")
        self.refused(self.peer, "its certificate has been revoked")
        nobody = {k: v.replace("8080", "8081") for k, v in where.items()}
        self.certificates("ecdsa256", "ecdsa256", remote="revocation = ifuri", gw_files=[root_crl], **nobody)
        self.refused(self.gw, "whether its certificate has been revoked is not known")
        self.certificates("ecdsa256", "ecdsa256", remote="revocation = relaxed", gw_files=[root_crl], **nobody)
        self.both()

    def crl(self):
        self.revocation(crl=f"{SERVER}/ca.crl")

    def crl_file(self):
        files = [("x509crl/root.crl", self.root.crl()), ("x509crl/ca.crl", self.ca.crl())]
        self.certificates("ecdsa256", "ecdsa256", remote="revocation = strict", gw_files=files)
        self.both()

    def ocsp(self):
        self.revocation(responder=f"{SERVER}/ocsp")

    # ---------------------------------------------------------------- EAP, PPK

    def eap(self):
        """MS-CHAPv2: each side is the server once; and a wrong password."""
        secrets = f'eap-1 {{ id = carol\n secret = "{PASSWORD}" }}'
        for server, client, name in ((self.peer, self.gw, "strongSwan"), (self.gw, self.peer, "espalierd")):
            key, cert = self.ca.host("gate.example", "ecdsa256")
            middle = ("x509ca/middle.pem", pki.pem(self.ca.cert))
            server.load("auth = pubkey\n certs = own.pem\n id = gate.example", "auth = eap-mschapv2\n eap_id = %any",
                        more="send_cert = always", secrets=secrets, files=self.files(key, cert, middle))
            trusted = [("x509ca/root.pem", pki.pem(self.root.cert)), ("x509ca/middle.pem", pki.pem(self.ca.cert))]
            client.load("auth = eap-mschapv2\n id = carol@road.example\n eap_id = carol", "auth = pubkey\n id = gate.example",
                        secrets=secrets, files=trusted)
            self.up(client, f"the client of {name}")
            client.load("auth = eap-mschapv2\n id = carol@road.example\n eap_id = carol", "auth = pubkey\n id = gate.example",
                        secrets=secrets.replace(PASSWORD, "wrong"), files=trusted)
            self.refused(client, "EAP")

    def ppk(self):
        secrets = f'ike-1 {{ secret = "{PSK}" }}\n ppk-1 {{ id = vault\n secret = {PPK} }}'
        for more in ("ppk_id = vault\n ppk_required = yes", "ppk_id = vault"):
            self.gw.load("auth = psk\n id = gw.example", "auth = psk\n id = sun.example", more=more, secrets=secrets)
            self.peer.load("auth = psk\n id = sun.example", "auth = psk\n id = gw.example", more=more, secrets=secrets)
            self.both()
        # one side has none: without it where it may be, not at all where it must
        without = secrets.split("\n", maxsplit=1)[0]
        self.peer.load("auth = psk\n id = sun.example", "auth = psk\n id = gw.example", secrets=without)
        self.both()
        self.gw.load("auth = psk\n id = gw.example", "auth = psk\n id = sun.example", more="ppk_id = vault\n ppk_required = yes",
                     secrets=secrets)
        self.refused(self.gw, "the peer knows no PPK")
        self.refused(self.peer, "no PPK that both sides know")

    CASES = (psk, suites, rsa, rsa_pss, ecdsa, ed25519, names, raw_keys, classic, own_folders, crl_file, crl, ocsp, eap, ppk)

    def run(self, wanted):
        self.start()
        for case in self.CASES:
            if wanted and case.__name__ not in wanted:
                continue
            begun = time.monotonic()
            try:
                case(self)
            except LabError as error:
                raise LabError(f"{case.__name__}: {error}") from error
            self.lab.check_alive()
            print(f"{case.__name__:10} ok, {time.monotonic() - begun:.1f} s", flush=True)
            self.count += 1
        self.daemon.may_end = True
        if self.lab.stop(self.daemon, wait=self.patience_at_start):
            raise LabError(f"espalierd ended with {self.daemon.returncode}")
        for path in ("espalierd.log", "espalierd.out"):
            for secret in (PSK, PASSWORD, PPK[2:]):
                if secret in (self.out / path).read_text(errors="replace"):
                    raise LabError(f"a secret is in {path}")


def main(run_of, wanted):
    """Cases of one kind of lab, all or by name; the program's exit code."""
    name = run_of.name
    shutil.rmtree(BUILD / "interop" / name, ignore_errors=True)
    (BUILD / "interop" / name).mkdir(parents=True)
    why = None
    try:
        version = strongswan.fetch()
        with Lab(f"esp{name}") as lab:
            run = run_of(lab)
            run.run(wanted)
    except LabError as error:
        why = str(error)
    except SystemExit as end:
        why = str(end.code)
    print(f"{name}: FAIL: {why}" if why else f"{name}: PASS, {run.count} cases with strongSwan {version}")
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main(Run, sys.argv[1:]))
