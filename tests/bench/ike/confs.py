# SPDX-License-Identifier: Apache-2.0
"""The configurations of make bench-ike: what both kinds of daemon read as swanctl.conf, and its folders."""
import pki

PROPOSALS = {"x25519": "aes128gcm16-prfsha256-x25519", "ecp384": "aes256gcm16-prfsha384-ecp384",
             "modp2048": "aes256-sha256-modp2048", "x25519-ecdsa": "aes128gcm16-prfsha256-x25519"}
A, B = "10.99.0.1", "10.99.0.2"
GATEWAY = "gw.example"
FOLDERS = ("x509", "x509ca", "x509ocsp", "x509aa", "x509ac", "x509crl", "pubkey", "private", "rsa", "ecdsa", "bliss", "pkcs8",
           "pkcs12")  # swanctl complains about those that are not there
SECRETS = "secrets {\n ike-all {\n secret = the same for everybody here\n }\n}\n"
CONNECTION = """{name} {{
 version = 2
 local_addrs = {local}
 remote_addrs = {remote}
 proposals = {proposal}
 mobike = no
 unique = never
 rekey_time = 0
 local {{
  {how}
  id = {own}
 }}
 remote {{
  auth = {auth}
  {other}
 }}
 children {{
  net {{
   local_ts = {inside}
   remote_ts = {outside}
   esp_proposals = aes256gcm16
   rekey_time = 0
   {child}
  }}
 }}
}}
"""


class Credentials:
    """A CA and a certificate for each side, all ECDSA on P-256."""

    def __init__(self):
        self.ca = pki.Authority("bench", "ecdsa256")
        self.hosts = {side: self.ca.host(name, "ecdsa256") for side, name in (("a", "a.example"), ("b", GATEWAY))}

    def files(self, side):
        key, cert = self.hosts[side]
        return {"private/own.pem": pki.pem_key(key), "x509/own.pem": pki.pem(cert), "x509ca/ca.pem": pki.pem(self.ca.cert)}


class Kind:
    """One kind of handshake: a proposal, and pre-shared keys or certificates."""

    def __init__(self, name):
        self.name, self.proposal = name, PROPOSALS[name]
        self.credentials = Credentials() if name.endswith("ecdsa") else None

    def own_name(self, number):
        """Of an initiator's tunnel: with a certificate they have all the same one."""
        return "a.example" if self.credentials else f"c{number}.example"

    def connection(self, name, local, remote, own, other, inside, outside, child):
        how = "auth = pubkey\n  certs = own.pem" if self.credentials else "auth = psk"
        return CONNECTION.format(name=name, local=local, remote=remote, proposal=self.proposal, own=own, how=how,
                                 auth="pubkey" if self.credentials else "psk", other=f"id = {other}" if other else "",
                                 inside=inside, outside=outside, child=child)

    def write(self, folder, side, conns):
        """swanctl.conf and what stands beside it; its path."""
        for name in FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name, data in (self.credentials.files(side) if self.credentials else {}).items():
            (folder / name).write_bytes(data)
        path = folder / "swanctl.conf"
        path.write_text(f"connections {{\n{conns}}}\n{'' if self.credentials else SECRETS}")
        return path

    # ---------------------------------------------------------------- the two sides

    def many(self, folder, tunnels, child="start_action = start"):
        """espalierd begins: each tunnel is a connection of its own."""
        conns = (self.connection(f"c{i}", A, B, self.own_name(i), GATEWAY, f"1.{i >> 8}.{i & 255}.0/24", "10.200.0.0/16", child)
                 for i in range(tunnels))
        return self.write(folder, "a", "".join(conns))

    def responder(self, folder, child=""):
        """For all of them one connection."""
        return self.write(folder, "b", self.connection("net", B, "%any", GATEWAY, None, "10.200.0.0/16", "0.0.0.0/0", child))

    def charon_initiator(self, folder):
        """charon begins the same child again and again; libipsec has no policies for it."""
        return self.write(folder, "a", self.connection("net", A, B, "a.example", GATEWAY, "10.1.0.0/16", "10.200.0.0/16",
                                                       "policies = no"))
