# SPDX-License-Identifier: Apache-2.0
"""What a port of the card is cabled to: a netdev of this machine (AF_PACKET), or the sockets of a virtual card."""
import select
import socket
import struct

ETH_P_ALL = 3
SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC, PACKET_IGNORE_OUTGOING = 263, 1, 1, 23
BUFFER = 8 << 20  # bytes: a burst that comes back while this program is busy


class Port:
    """Frames out and in. `drain` forgets what has come so far."""

    def __init__(self, end):
        self.end = end
        self.end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)

    def receive(self, seconds):
        """The next frame that a tester's MAC address is on, or None."""
        while select.select([self.end], [], [], seconds)[0]:
            frame = self.end.recv(65536)
            if not frame[0] & 1:  # group addresses: a kernel's neighbour discovery
                return frame
        return None

    def drain(self):
        while self.receive(0) is not None:
            pass


class NetdevPort(Port):
    def __init__(self, name):
        super().__init__(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)))
        self.end.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.end.bind((name, ETH_P_ALL))
        request = struct.pack("iHH8s", socket.if_nametoindex(name), PACKET_MR_PROMISC, 0, b"")
        self.end.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request)  # it plays machines with MACs of their own

    def send(self, frame):
        self.end.send(frame)


class SocketPort(Port):
    def __init__(self, here, there):
        super().__init__(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        self.end.bind(str(here))
        self.there = str(there)

    def send(self, frame):
        self.end.sendto(frame, self.there)
