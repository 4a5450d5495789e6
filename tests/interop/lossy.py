#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A bad network, as a program: frames go between a TAP (here) and a Unix datagram port of espsim. Of the IKE datagrams
each kind of harm meets PER_CENT: lost, sent twice, late, or held until the next one of its direction has passed.

usage: lossy.py TAP LOCAL REMOTE SEED PER_CENT

All else passes. A datagram that comes again unchanged (RFC 7296 2.1) is lost twice at most, so a request and its answer
need five transmissions in the worst case; who does not get through in that many has failed. At TERM: counts, as JSON.
"""
import fcntl
import heapq
import json
import os
import random
import selectors
import signal
import socket
import struct
import sys
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000
LATE = (0.02, 0.4)  # seconds
HELD = 0.5          # at most
LOST_AT_MOST = 2


def tap(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return fd


def ike(frame):
    """The IKE message in a frame of IPv4 and UDP; None: it has none."""
    if frame[12:14] != b"\x08\x00" or frame[23] != 17:
        return None
    at = 14 + (frame[14] & 15) * 4
    ports = struct.unpack("!HH", frame[at:at + 4])
    if 500 in ports:
        return frame[at + 8:]
    return frame[at + 12:] if 4500 in ports and frame[at + 8:at + 12] == bytes(4) else None


class Wire:
    def __init__(self, seed, per_cent):
        self.random, self.harm = random.Random(seed), per_cent / 100
        self.queue, self.number = [], 0  # (when, number, direction, frame)
        self.held = [None, None]         # a frame and when it goes at last
        self.lost = {}
        self.counts = dict.fromkeys(("ike", "lost", "twice", "late", "overtaken"), 0)

    def hit(self, what):
        hit = self.random.random() < self.harm
        self.counts[what] += hit
        return hit

    def push(self, direction, frame, delay=0.0):
        heapq.heappush(self.queue, (time.monotonic() + delay, self.number, direction, frame))
        self.number += 1

    def take(self, direction, frame):
        message = ike(frame)
        if message is None:
            self.push(direction, frame)
            return
        self.counts["ike"] += 1
        if self.lost.get(message, 0) < LOST_AT_MOST and self.hit("lost"):
            self.lost[message] = self.lost.get(message, 0) + 1
            return
        before, self.held[direction] = self.held[direction], None
        if self.hit("twice"):
            self.push(direction, frame, self.random.uniform(*LATE))
        if before is None and self.hit("overtaken"):
            self.held[direction] = (frame, time.monotonic() + HELD)
        else:
            self.push(direction, frame, self.random.uniform(*LATE) if self.hit("late") else 0)
        if before:
            self.push(direction, before[0], 0.001)

    def due(self):
        """What goes now, and the seconds until something else does."""
        now = time.monotonic()
        for direction, held in enumerate(self.held):
            if held and held[1] <= now:
                self.held[direction] = None
                self.push(direction, held[0])
        out = []
        while self.queue and self.queue[0][0] <= now:
            out.append(heapq.heappop(self.queue)[2:])
        times = [held[1] for held in self.held if held] + [entry[0] for entry in self.queue[:1]]
        return out, max(0.0, min(times) - now) if times else None


def main():
    name, local, remote, seed, per_cent = sys.argv[1:]
    wire, fd = Wire(int(seed), int(per_cent)), tap(name)
    port = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    port.bind(local)

    def end(*_):
        print(json.dumps(wire.counts), flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    poll = selectors.DefaultSelector()
    poll.register(fd, selectors.EVENT_READ, (0, lambda: os.read(fd, 65536)))
    poll.register(port, selectors.EVENT_READ, (1, lambda: port.recv(65536)))
    wait = None
    while True:
        for key, _ in poll.select(wait):
            direction, read = key.data
            wire.take(direction, read())
        out, wait = wire.due()
        for direction, frame in out:
            try:
                if direction == 0:
                    port.sendto(frame, remote)
                else:
                    os.write(fd, frame)
            except OSError:
                pass  # the other end is not there yet, or full: that is a network, too


if __name__ == "__main__":
    main()
