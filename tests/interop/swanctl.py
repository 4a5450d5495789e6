#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Debian's swanctl, unmodified, drives espalierd: the virtual card on one side, charon on the other.

usage: swanctl.py

Every step says what it shows; the first one that fails ends it. Exit 0 or 1.
"""
import re
import shutil
import sys

import strongswan
from lab import BUILD, Lab, LabError

OUT = BUILD / "interop" / "swanctl"
GW_WAN, PEER_WAN, GW_LAN, PEER_INNER = "192.0.2.1", "192.0.2.2", "10.1.0.1", "10.2.0.1"
PSK, OTHER_PSK = "a secret that nobody may read back", "0x00ff6465616462656566"

CONNECTION = """
    {name} {{
        version = 2
        local_addrs = {local}
        remote_addrs = {remote}
        proposals = aes256gcm16-prfsha384-x25519
        {more}
        local {{
            auth = psk
            id = {own}
        }}
        remote {{
            auth = psk
            id = {other}
        }}
        children {{
            {children}
        }}
    }}
"""
CHILD = "{name} {{ local_ts = {local}\n remote_ts = {remote}\n esp_proposals = aes256gcm16-x25519\n {more} }}\n"
SECRETS = """
secrets {{
    ike-lab {{
        id-1 = gw.example
        id-2 = sun.example
        secret = "{psk}"
    }}
    {more}
}}
"""


def child(name, net, more=""):
    return CHILD.format(name=name, local="10.1.0.0/24", remote=net, more=more)


def gw_conf(children, more="", psk=PSK, others="", secrets=""):
    conn = CONNECTION.format(name="sun", local=GW_WAN, remote=PEER_WAN, more=more, own="gw.example", other="sun.example",
                             children=children)
    return f"connections {{\n{conn}\n{others}\n}}\n" + SECRETS.format(psk=psk, more=secrets)


def peer_conf():
    children = "".join(CHILD.format(name=n, local=net, remote="10.1.0.0/24", more="")
                       for n, net in (("net", "10.2.0.0/24"), ("dmz", "10.3.0.0/24")))
    conn = CONNECTION.format(name="gw", local=PEER_WAN, remote=GW_WAN, more="", own="sun.example", other="gw.example",
                             children=children)
    return f"connections {{\n{conn}\n}}\n" + SECRETS.format(psk=PSK, more="")


class Run:
    def __init__(self, lab):
        self.lab = lab
        self.steps = 0
        self.uri = f"unix://{lab.dir}/vici"
        self.conf = lab.dir / "swanctl.conf"

    # ---------------------------------------------------------------- set up

    def start(self):
        lab = self.lab
        self.gw, self.wan = lab.namespace("gw"), lab.namespace("wan")
        lab.tap(self.gw, "host0", f"{GW_LAN}/24", mac="02:00:00:00:01:01")
        lab.tap(self.gw, "host1", f"{GW_WAN}/24", mac="02:00:00:00:02:01")
        lab.tap(self.wan, "wan0", f"{PEER_WAN}/24")
        lab.ip(self.wan, f"addr add {PEER_INNER}/24 dev lo")
        lab.ip(self.wan, "addr add 10.3.0.1/24 dev lo")
        card = lab.dir / "card"
        lab.spawn(None, BUILD / "espsim", "run", "--socket", card, "--plain", "none", "--cipher", f"tap:wan0@{self.wan}",
                  "--host0", f"tap:host0@{self.gw}", "--host1", f"tap:host1@{self.gw}", log=OUT / "espsim.log")
        lab.wait_for("the virtual card", card.exists, 20)
        self.peer = strongswan.StrongSwan(lab, self.wan, peer_conf(), OUT / "charon.log")
        empty = lab.dir / "empty.conf"
        empty.write_text("connections { }\n")
        self.daemon = lab.spawn(self.gw, BUILD / "espalierd", "--config", empty, "--card", f"sim:{card}", "--wan", "host1",
                                "--lan", "host0", "--vici", lab.dir / "vici", "--log", OUT / "espalierd.log",
                                log=OUT / "espalierd.out")
        lab.wait_for("the control socket", (lab.dir / "vici").exists, 10)

    def swanctl(self, *words, check=True):
        return self.lab.run(self.gw, *self.peer.enter("swanctl", *words, "--uri", self.uri), check=check, timeout=60)

    def listen(self, *words, log):
        process = self.lab.spawn(self.gw, *self.peer.enter("swanctl", *words, "--uri", self.uri), log=OUT / log)
        process.may_end = True
        return process

    def load(self, text, check=True):
        self.conf.write_text(text)
        return self.swanctl("--load-all", "--file", self.conf, check=check)

    # ---------------------------------------------------------------- judging

    def shown(self, what, text):
        self.steps += 1
        print(f"== {what}\n" + "\n".join("   " + line for line in text.strip().splitlines()), flush=True)

    @staticmethod
    def must(text, *patterns):
        for p in patterns:
            if not re.search(p, text):
                raise LabError(f"{p!r} is not in what swanctl said: {text.strip()[:600]}")

    @staticmethod
    def must_not(text, *words):
        for w in words:
            if w in text:
                raise LabError(f"{w!r} is in what was said: {text.strip()[:600]}")

    @staticmethod
    def words(done):
        """What swanctl said, without the plugins and folders of its own that it misses."""
        return "\n".join(line for line in (done.stdout + done.stderr).splitlines()
                         if not line.startswith(("plugin '", "opening directory '")))

    def sas(self):
        return self.swanctl("--list-sas").stdout

    def numbers(self):
        """IKE_SAs and CHILD_SAs that are up, by name, with their unique ids."""
        found, text = {}, self.sas()
        for name, number in re.findall(r"^(\S+): #(\d+), ESTABLISHED", text, re.M):
            found[name] = int(number)
        for name, number in re.findall(r"^  (\S+): #(\d+), reqid \d+, INSTALLED", text, re.M):
            found[name] = int(number)
        return found

    def ping(self, where=PEER_INNER):
        done = self.lab.run(self.gw, "ping", "-q", "-c", "3", "-i", "0.2", "-W", "3", "-I", GW_LAN, where, check=False)
        self.must(done.stdout, "3 packets transmitted, 3 received")

    # ---------------------------------------------------------------- steps

    def about_the_daemon(self):
        text = self.swanctl("--version", "--daemon").stdout
        self.must(text, r"\d+\.\d+\.\d+ espalierd \(Linux")
        self.shown("version", text)
        text = self.swanctl("--stats").stdout
        self.must(text, r"uptime: \d+ seconds, since", r"IKE_SAs: 0 total, 0 half-open", "espalier")
        self.shown("stats", text)
        text = self.swanctl("--list-algs").stdout
        self.must(text, r"aead:\s+AES_GCM_16", r"CURVE_25519", r"PRF_HMAC_SHA2_384")
        self.shown("list-algs", text)
        self.swanctl("--reload-settings")
        for words in (["--list-pols"], ["--list-certs"], ["--list-authorities"], ["--list-pools"], ["--flush-certs"]):
            self.swanctl(*words)
        for words in (["--counters"], ["--redirect", "--ike", "sun", "--gateway", "192.0.2.3"]):
            said = self.swanctl(*words, check=False)
            said = self.words(said)
            self.must(said, "not supported by espalierd")
        self.shown("what is not there says so", said)

    def load_all(self):
        self.log = self.listen("--log", log="log.txt")
        self.monitor = self.listen("--monitor-sa", log="monitor.txt")
        done = self.load(gw_conf(child("net", "10.2.0.0/24")))
        self.must(done.stdout, "loaded ike secret 'ike-lab'", "loaded connection 'sun'",
                  "successfully loaded 1 connections, 0 unloaded")
        self.shown("load-all", done.stdout)
        text = self.swanctl("--list-conns").stdout
        self.must(text, r"sun: IKEv2, no reauthentication, rekeying every 14400s", r"local:\s+192\.0\.2\.1",
                  r"pre-shared key authentication", r"id: sun\.example", r"net: TUNNEL, rekeying every 3600s",
                  r"remote: 10\.2\.0\.0/24")
        self.shown("list-conns", text)

    def initiate(self):
        done = self.swanctl("--initiate", "--child", "net", "--timeout", "20")
        self.must(done.stdout, r"\[IKE\] sun\[1\]: initiating", "initiate completed successfully")
        self.shown("initiate", done.stdout)
        self.ping()
        text = self.sas()
        self.must(text, r"sun: #1, ESTABLISHED, IKEv2, [0-9a-f]{16}_i\* [0-9a-f]{16}_r",
                  r"local  'gw\.example' @ 192\.0\.2\.1\[4500\]", r"remote 'sun\.example' @ 192\.0\.2\.2\[4500\]",
                  r"AES_GCM_16-256/PRF_HMAC_SHA2_384/CURVE_25519", r"net: #1, reqid 1, INSTALLED, TUNNEL-in-UDP, ESP:AES_GCM_16-256",
                  r"in  [0-9a-f]{8},\s+\d+ bytes,\s+[34] packets", r"local  10\.1\.0\.0/24", r"remote 10\.2\.0\.0/24")
        self.shown("list-sas", text)
        raw = self.swanctl("--list-sas", "--raw").stdout
        self.must(raw, r"list-sa event \{sun \{uniqueid=1 version=2 state=ESTABLISHED", r"child-sas \{net-1 \{name=net")
        self.must(self.swanctl("--list-sas", "--pretty").stdout, r"\n +protocol = ESP\n")
        done = self.swanctl("--initiate", "--child", "nothing", check=False)
        self.must(done.stdout + done.stderr, "initiate failed: no connection has a child nothing")

    def rekey(self):
        done = self.swanctl("--rekey", "--child", "net")
        self.must(done.stdout, "rekey completed successfully")
        self.lab.wait_for("the rekeyed CHILD_SA", lambda: self.numbers().get("net") == 2, 20)
        self.ping()
        self.shown("rekey of the CHILD_SA", self.sas())
        self.swanctl("--rekey", "--ike", "sun")
        self.lab.wait_for("the rekeyed IKE_SA", lambda: self.numbers().get("sun") == 2, 20)
        self.ping()
        self.shown("rekey of the IKE_SA", self.sas())
        done = self.swanctl("--rekey", "--ike", "moon", check=False)
        self.must(done.stdout + done.stderr, "rekey failed: no SA")

    def reload(self):
        """A second load-all with the same text, then more, then less: `net` goes on undisturbed."""
        before = self.numbers()
        done = self.load(gw_conf(child("net", "10.2.0.0/24")))
        self.must(done.stdout, "successfully loaded 1 connections, 0 unloaded")
        more = gw_conf(child("net", "10.2.0.0/24") + child("dmz", "10.3.0.0/24", "start_action = start"))
        done = self.load(more)
        self.lab.wait_for("the child that came", lambda: "dmz" in self.numbers(), 20)
        self.ping()
        self.ping("10.3.0.1")
        self.shown("load-all with one more child", done.stdout + self.sas())
        changed = gw_conf(child("net", "10.2.0.0/24") + child("dmz", "10.3.0.0/24", "rekey_time = 2h\n start_action = start"))
        dmz = self.numbers()["dmz"]
        self.load(changed)
        self.lab.wait_for("the child that changed", lambda: self.numbers().get("dmz", dmz) != dmz, 20)
        self.load(gw_conf(child("net", "10.2.0.0/24")))
        self.lab.wait_for("the end of the child that went", lambda: "dmz" not in self.numbers(), 20)
        self.ping()
        after = self.numbers()
        if (before["sun"], before["net"]) != (after["sun"], after["net"]):
            raise LabError(f"a tunnel that did not change was touched: {before} {after}")
        self.shown("the tunnel that did not change", f"before {before}\nafter  {after}")

    def bad_words(self):
        done = self.load(gw_conf(child("net", "10.2.0.0/24"), more="aggressive = yes"), check=False)
        self.must(done.stdout + done.stderr, r"loading connection 'sun' failed: connections\.sun\.aggressive: yes is not supported")
        self.shown("a word that is not supported", self.words(done))
        if "sun" not in self.swanctl("--list-conns").stdout:
            raise LabError("a refused connection took the one that was there with it")

    def secrets(self):
        done = self.load(gw_conf(child("net", "10.2.0.0/24"),
                                 secrets=f"ike-far {{ id = far.example\n secret = {OTHER_PSK}\n }}"))
        self.must(done.stdout, "loaded ike secret 'ike-far'")
        raw = self.swanctl("--load-creds", "--file", self.conf, "--raw").stdout
        self.must_not(raw, PSK, "deadbeef", OTHER_PSK[2:])

    def terminate(self):
        done = self.swanctl("--terminate", "--child", "net")
        self.must(done.stdout, "terminate completed successfully")
        self.must_not(self.sas(), "INSTALLED")
        self.swanctl("--initiate", "--child", "net")
        self.ping()
        number = self.numbers()["sun"]
        done = self.swanctl("--terminate", "--ike-id", number)
        self.must(done.stdout, r"\[IKE\].*\n|terminate completed successfully", "terminate completed successfully")
        if self.sas().strip():
            raise LabError("an IKE_SA is left: " + self.sas())
        self.shown("terminate", done.stdout)
        self.swanctl("--initiate", "--child", "net")
        self.swanctl("--terminate", "--ike", "sun", "--force")
        if self.sas().strip():
            raise LabError("an IKE_SA is left: " + self.sas())

    def a_wrong_secret(self):
        self.load(gw_conf(child("net", "10.2.0.0/24"), psk="not this one"))
        done = self.swanctl("--initiate", "--child", "net", "--timeout", "20", check=False)
        self.must(done.stdout + done.stderr, r"initiate failed: sun\.net is not up: AUTHENTICATION_FAILED")
        self.shown("a wrong secret", self.words(done))

    def events(self):
        for process in (self.log, self.monitor):
            self.lab.stop(process)
        log, monitor = (OUT / "log.txt").read_text(), (OUT / "monitor.txt").read_text()
        self.must(log, r"\[IKE\] sun\[1\]: initiating to 192\.0\.2\.2\[500\]", "CHILD_SA up")
        self.must(monitor, r"sun: #1, ESTABLISHED", r"net: #1, reqid 1, INSTALLED")
        lines = [line for line in monitor.splitlines() if not line.startswith("plugin")]
        self.shown("monitor-sa, its beginning", "\n".join(lines[:12]))
        for text in (log, monitor, (OUT / "espalierd.log").read_text()):
            self.must_not(text, PSK, "not this one", "deadbeef")

    def unload(self):
        done = self.load("connections { }\nsecrets { }\n")
        self.must(done.stdout + done.stderr, "no connections found, 1 unloaded")
        if self.swanctl("--list-conns").stdout.strip():
            raise LabError("a connection is left")
        self.shown("load-all of nothing", done.stdout)
        self.lab.stop(self.daemon)
        if self.daemon.returncode != 0 or (self.lab.dir / "vici").exists():
            raise LabError(f"espalierd ended with {self.daemon.returncode}, or left its socket")

    def run(self):
        self.start()
        for step in (self.about_the_daemon, self.load_all, self.initiate, self.rekey, self.reload, self.bad_words,
                     self.secrets, self.terminate, self.a_wrong_secret, self.events, self.unload):
            step()
            self.lab.check_alive() if step != self.unload else None


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    why = None
    try:
        strongswan.fetch()
        with Lab("espvici") as lab:
            run = Run(lab)
            run.run()
    except LabError as error:
        why = str(error)
    except SystemExit as end:
        why = str(end.code)
    print(f"swanctl: FAIL: {why}" if why else f"swanctl: PASS, {run.steps} things shown")
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
