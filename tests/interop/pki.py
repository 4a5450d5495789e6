# SPDX-License-Identifier: Apache-2.0
"""A public key infrastructure for a lab, by python3-cryptography: a root, an intermediate CA, hosts, CRLs, and
an OCSP responder.

usage: pki.py serve DIR ADDRESS PORT    what is in DIR by GET, OCSP by POST, until it is ended
"""
import datetime
import http.server
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
KEYS = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ecdsa256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ecdsa384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ecdsa521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def name(common):
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "CH"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lab"),
                      x509.NameAttribute(NameOID.COMMON_NAME, common)])


def hash_of(key):
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def pem_key(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def pem(cert):
    return cert.public_bytes(serialization.Encoding.PEM)


class Authority:
    """A CA: `parent` has signed it, or itself."""

    def __init__(self, common, kind, parent=None):
        self.key = KEYS[kind]()
        self.parent = parent or self
        self.subject = name(common)
        self.hosts, self.revoked = [], []
        self.cert = self.sign(self.key.public_key(), self.subject, [
            (x509.BasicConstraints(True, None), True),
            (x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)], issuer=self.parent)

    def sign(self, public, subject, extensions, issuer=None):
        issuer = issuer or self
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer.subject).public_key(public)
                   .serial_number(x509.random_serial_number()).not_valid_before(now() - DAY).not_valid_after(now() + 30 * DAY)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(issuer.key, hash_of(issuer.key))

    def host(self, common, kind, crl=None, responder=None, extra=()):
        """A host's key and certificate; its name is its subjectAltName, too."""
        key = KEYS[kind]()
        extensions = [(x509.SubjectAlternativeName([x509.DNSName(common)]), False)]
        if crl:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl)], None, None, None)
            extensions.append((x509.CRLDistributionPoints([point]), False))
        if responder:
            where = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(responder))
            extensions.append((x509.AuthorityInformationAccess([where]), False))
        cert = self.sign(key.public_key(), name(common), [*extensions, *extra])
        self.hosts.append(cert)
        return key, cert

    def crl(self):
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.subject).last_update(now() - DAY)
        builder = builder.next_update(now() + DAY).add_extension(x509.CRLNumber(len(self.revoked) + 1), False)
        for cert in self.revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(cert.serial_number).revocation_date(now() - DAY).build())
        return builder.sign(self.key, hash_of(self.key)).public_bytes(serialization.Encoding.DER)

    def delegate(self):
        """Who answers OCSP questions in the CA's place: its key and certificate."""
        key = KEYS["ecdsa256"]()
        return key, self.sign(key.public_key(), name("responder"),
                              [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False)])

    def publish(self, folder):
        """What `serve` needs to speak for this CA."""
        key, cert = self.delegate()
        (folder / "ca.pem").write_bytes(pem(self.cert))
        (folder / "responder.pem").write_bytes(pem(cert))
        (folder / "responder.key").write_bytes(pem_key(key))
        self.update(folder)

    def update(self, folder):
        for cert in self.hosts:
            (folder / f"{cert.serial_number}.pem").write_bytes(pem(cert))
        (folder / "ca.crl").write_bytes(self.crl())
        (folder / "revoked").write_text("".join(f"{cert.serial_number}\n" for cert in self.revoked))


# -------------------------------------------------------------------------- serving

class Handler(http.server.BaseHTTPRequestHandler):
    folder = None

    def reply(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.folder / pathlib.Path(self.path).name
        if path.exists() and path.suffix == ".crl":
            self.reply(path.read_bytes(), "application/pkix-crl")
        else:
            self.send_error(404)

    def do_POST(self):
        request = ocsp.load_der_ocsp_request(self.rfile.read(int(self.headers["Content-Length"])))
        ca = x509.load_pem_x509_certificate((self.folder / "ca.pem").read_bytes())
        cert = x509.load_pem_x509_certificate((self.folder / "responder.pem").read_bytes())
        key = serialization.load_pem_private_key((self.folder / "responder.key").read_bytes(), None)
        revoked = str(request.serial_number) in (self.folder / "revoked").read_text().split()
        asked = self.folder / f"{request.serial_number}.pem"
        if not asked.exists():
            self.send_error(404)
            return
        builder = ocsp.OCSPResponseBuilder().add_response(
            x509.load_pem_x509_certificate(asked.read_bytes()), ca, hashes.SHA1(),
            ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD, this_update=now() - DAY, next_update=now() + DAY,
            revocation_time=now() - DAY if revoked else None, revocation_reason=None)
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, cert).certificates([cert, ca])
        self.reply(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER), "application/ocsp-response")


def main():
    if len(sys.argv) != 5 or sys.argv[1] != "serve":
        print(__doc__, file=sys.stderr)
        return 2
    Handler.folder = pathlib.Path(sys.argv[2])
    http.server.ThreadingHTTPServer((sys.argv[3], int(sys.argv[4])), Handler).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
