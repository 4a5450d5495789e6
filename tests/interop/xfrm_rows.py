# SPDX-License-Identifier: Apache-2.0
"""The matrix: a row is one way to do ESP, with everything both ends must be told about it. Its lines of `state`,
`policy` are the same text for `ip xfrm` in the guest and for espctl on the card, which has that grammar."""
import itertools
from dataclasses import dataclass

NATT_PORT = 4500
ALGORITHMS = {  # name in a row: what `card info` calls it (less the key bits), what XFRM calls it
    "gcm": ("aes-gcm-16", "rfc4106(gcm(aes))"),
    "gmac": ("aes-gmac", "rfc4543(gcm(aes))"),
}
REPLAY_WINDOW = 64


@dataclass(frozen=True)
class Row:
    number: int
    mode: str       # tunnel, transport
    outer: int      # 4, 6
    inner: int
    algorithm: str  # a key of ALGORITHMS
    bits: int
    esn: bool
    encap: bool
    keys: tuple = ()  # card to kernel, kernel to card

    def __str__(self):
        family = f"ipv{self.inner}-in-ipv{self.outer}" if self.mode == "tunnel" else f"ipv{self.outer}"
        return " ".join([self.mode, family, f"{self.algorithm}-{self.bits}", "natt" if self.encap else "esp"] +
                        ["esn"] * self.esn)

    # ------------------------------------------------------------ addresses

    def host(self, family, side, host):
        """Address `host` of the networks that this row protects: side 1 behind the card, 2 behind the kernel."""
        return f"10.{side}.{self.number}.{host}" if family == 4 else f"fd01:{side}:{self.number:x}::{host:x}"

    def outer_address(self, side):
        return f"198.18.{self.number}.{side}" if self.outer == 4 else f"fd00:18:{self.number:x}::{side}"

    def network(self, side):
        """What a policy of this row is about."""
        if self.mode == "transport":
            return f"{self.outer_address(side)}/{32 if self.outer == 4 else 128}"
        return f"10.{side}.{self.number}.0/24" if self.inner == 4 else f"fd01:{side}:{self.number:x}::/64"

    def client(self, side):
        """Who sends and receives: a host behind the gateway, or in transport mode the gateway."""
        return self.outer_address(side) if self.mode == "transport" else self.host(self.inner, side, 9)

    def kernel(self):
        """An address of the guest's own that only the tunnel leads to."""
        return self.outer_address(2) if self.mode == "transport" else self.host(self.inner, 2, 1)

    def spi(self, sender):
        """Of the SA in which `sender` sends; the low bits are the slot in the card's inbound table."""
        return 0x5a000000 * sender + 0x100 + self.number

    # ------------------------------------------------------------ lines

    def state(self, sender):
        receiver = 3 - sender
        words = ["state add src", self.outer_address(sender), "dst", self.outer_address(receiver), "proto esp spi",
                 f"0x{self.spi(sender):08x}", "mode", self.mode, "reqid", str(self.number + 1),
                 "replay-window", str(REPLAY_WINDOW)]
        flags = ["esn"] * self.esn + ["af-unspec"] * (self.mode == "tunnel")
        words += ["flag", *flags] if flags else []
        words += ["aead", ALGORITHMS[self.algorithm][1], "0x" + self.keys[sender - 1].hex(), "128"]
        if self.encap:
            words += ["encap espinudp", str(NATT_PORT), str(NATT_PORT), "0.0.0.0" if self.outer == 4 else "::"]
        return " ".join(words)

    def policy(self, sender, direction):
        receiver = 3 - sender
        return (f"policy add src {self.network(sender)} dst {self.network(receiver)} dir {direction} "
                f"tmpl src {self.outer_address(sender)} dst {self.outer_address(receiver)} "
                f"proto esp mode {self.mode} reqid {self.number + 1}")

    def card_lines(self, client_mac, kernel_mac):
        return [self.policy(1, "out"), self.state(1), self.state(2),
                f"neigh replace {self.outer_address(2)} lladdr {kernel_mac} dev cipher",
                f"neigh replace {self.client(1)} lladdr {client_mac} dev plain"]

    def guest_lines(self, client_mac, card_mac):
        """eth0 is the card's wire, eth1 the network that the guest protects."""
        both = self.state(1), self.state(2), self.policy(2, "out"), self.policy(1, "in")
        lines = [f"xfrm {line}" for line in both]
        lines += [self.address(self.outer_address(2), self.outer, "eth0"),
                  f"neigh replace {self.outer_address(1)} lladdr {card_mac} nud permanent dev eth0"]
        if self.mode == "tunnel":
            lines += [f"xfrm {self.policy(1, 'fwd')}", self.address(self.kernel(), self.inner, "eth1"),
                      f"route add {self.network(1)} dev eth0",
                      f"neigh replace {self.client(2)} lladdr {client_mac} nud permanent dev eth1"]
        return lines

    @staticmethod
    def address(address, family, dev):
        return f"address add {address}/{24 if family == 4 else 64} dev {dev}" + (" nodad" if family == 6 else "")

    # ------------------------------------------------------------ what it needs

    def missing(self, card):
        """Which abilities of this row the card does not have, by its own word (`espctl -j card info`)."""
        modes = {self.mode, f"ipv{self.outer}", f"ipv{self.inner}"}
        modes |= ({"esn"} if self.esn else set()) | ({"espinudp"} if self.encap else set())
        algorithm = f"{ALGORITHMS[self.algorithm][0]}-{self.bits}"
        lacks = sorted(modes - set(card["modes"]))
        return lacks + ([] if algorithm in card["algorithms"] else [algorithm])


def rows(random):
    """Every row there is; keys are AES key and salt (RFC 4106 8.1, RFC 4543 7.1)."""
    families = [("tunnel", o, i) for o in (4, 6) for i in (4, 6)] + [("transport", f, f) for f in (4, 6)]
    for number, ((mode, outer, inner), algorithm, bits, esn, encap) in enumerate(
            itertools.product(families, ALGORITHMS, (128, 256), (False, True), (False, True))):
        keys = tuple(random.randbytes(bits // 8 + 4) for _ in range(2))
        yield Row(number, mode, outer, inner, algorithm, bits, esn, encap, keys)
