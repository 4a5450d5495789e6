# SPDX-License-Identifier: Apache-2.0
"""What is done with a row of the matrix. In each direction: every length, compared byte by byte; frames changed,
repeated, late, out of order and cut, with both ends' counters of drops afterwards; and the kernel's own answers
to echo requests. A case passes or tells a Problem; a good packet always ends it, so nothing waits for silence."""
import packets
from xfrm_rows import REPLAY_WINDOW
from xfrm_wire import Problem, Step

HOPS = 2  # in tunnel mode the card and the guest route
LONGEST = 1400
SHORT = 256  # lengths up to here are done by at least SHARE of the rows, all if they are few, longer ones by one row
SHARE = 8
FAULTS = 24
SHORT_ESP = 36  # SPI, sequence number, IV, 4 bytes, ICV: less is no ESP with GCM
ANSWERED = (1, 2, 3, 7, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 255, 511, 1001, 1351)  # bytes of data
# Who counts what: the kernel's name (/proc/net/xfrm_stat and netstat), the card's
REASONS = {
    "auth": ("XfrmInStateProtoError", "in_drop_auth"),
    "replay": ("XfrmInStateSeqError", "in_drop_replay"),
    "no SA": ("XfrmInNoStates", "in_drop_no_sa"),
    "malformed": ("XfrmInStateProtoError", "in_drop_malformed"),
    "cut": ("InTruncatedPkts", "in_drop_malformed"),
}


class Case:
    """One row in one direction."""

    def __init__(self, run, row, way):
        self.run, self.row, self.bench, self.random = run, row, run.bench, run.random
        self.shortest = packets.HEADER[row.inner] + (8 if row.mode == "transport" else 0)
        if row.mode == "transport":  # packets enter and leave at the card's client
            way = way._replace(entry="plain", exit="plain", macs=run.bench.to_kernel.macs,
                               arriving=run.bench.to_card.arriving)
        self.way = way

    # ---------------------------------------------------------------- packets

    def step(self, length):
        """A packet of this length: in tunnel mode any, through both gateways; in transport mode a question to the
        kernel, which ends the SA itself, and its answer."""
        if self.row.mode == "transport":
            data = self.random.randbytes(length - self.shortest)
            question, answer = packets.datagram(self.row.client(1), self.row.kernel(), length, data)
            return Step(packets.frame(*self.way.macs, question), lambda got: packets.as_sent_by(answer, got))
        addresses = self.row.client(self.way.sender), self.row.client(3 - self.way.sender)
        packet = packets.anything(self.random, *addresses, length)
        return Step(packets.frame(*self.way.macs, packet), packets.routed(packet, HOPS))

    def some(self, count, shortest=0):
        """`count` packets of different lengths as (ESP on the wire, what must arrive for it)."""
        shortest = max(shortest, self.shortest)
        steps = [self.step(self.random.randint(shortest, LONGEST)) for _ in range(count)]
        kept = self.bench.keep(self.way.entry, self.way.middle, [step.frame for step in steps])
        return list(zip(kept, (step.expected for step in steps)))

    def deliver(self, steps):
        """Frames to the receiving gateway, as if the sending one had sent them."""
        self.bench.play(self.way.middle, self.way.exit, steps, self.way.arriving)

    # ---------------------------------------------------------------- counters

    def counters(self):
        if self.way.sender == 1:
            return self.run.guest.counters()
        return {name: value for name, value in self.run.card_counters().items()
                if name.startswith(("in_drop", "in_host", "in_inner_host", "cipher_drop"))}

    def before(self):
        """What the case before this one left, if it ended well: to ask the guest takes a tenth of a second."""
        left = self.run.counters.get(self.way.sender)
        return left if left else self.counters()

    def counted(self, before, **reasons):
        """Exactly these drops since `before`, and no others, were counted by the receiving gateway."""
        after, wanted = self.counters(), {}
        for reason, count in reasons.items():
            name = REASONS[reason.replace("_", " ")][self.way.sender - 1]
            name = "Ip6" + name if self.row.outer == 6 and name.startswith("In") else name
            wanted[name] = wanted.get(name, 0) + count
        self.run.counters[self.way.sender] = after
        grown = {name: after[name] - before[name] for name in after if after[name] != before[name]}
        if grown != {name: count for name, count in wanted.items() if count}:
            raise Problem(f"counted {grown}, not {wanted}")

    # ---------------------------------------------------------------- the cases

    def every_length(self):
        """Of the inner packet, from nothing behind its header to LONGEST, by all rows together."""
        before = self.before()
        rows, mine = len(self.run.rows), self.run.rows.index(self.row)
        few = max(1, rows // SHARE)
        lengths = [n for n in range(self.shortest, LONGEST + 1)
                   if (n % few == mine % few if n <= SHORT else n % rows == mine)]
        self.bench.play(self.way.entry, self.way.exit, [self.step(n) for n in lengths], self.way.arriving)
        self.counted(before)

    def wrong_bit(self):
        """A bit changed in turn in the sequence number, IV, ciphertext and ICV: dropped; the next one passes."""
        before, steps = self.before(), []
        for i, (esp, expected) in enumerate(self.some(2 * FAULTS)):
            if i % 2:
                steps.append(Step(esp.whole, expected))
                continue
            bits = esp.length * 8
            fields = [(40, 48), (64, 128), (128, bits - 128), (bits - 128, bits)]  # seq: above what it has reached
            steps.append(Step(esp.flipped(self.random.randrange(*fields[i // 2 % 4])), None))
        self.deliver(steps)
        self.counted(before, auth=FAULTS)

    def unknown_spi(self):
        before, steps = self.before(), []
        for i, (esp, expected) in enumerate(self.some(4)):
            steps.append(Step(esp.flipped(i) if i % 2 == 0 else esp.whole, None if i % 2 == 0 else expected))
        self.deliver(steps)
        self.counted(before, no_SA=2)

    def replayed(self):
        """Every packet a second time, and some of them a third."""
        before, some = self.before(), self.some(FAULTS + 1)
        steps = [Step(esp.whole, expected) for esp, expected in some[:-1]]
        steps += [Step(esp.whole, None) for esp, _ in some[:-1]]
        steps += [Step(esp.whole, None) for esp, _ in some[:FAULTS // 2]]
        self.deliver(steps + [Step(some[-1][0].whole, some[-1][1])])
        self.counted(before, replay=FAULTS + FAULTS // 2)

    def late(self):
        """The border of the window: the first two packets come when the newest is WINDOW and WINDOW - 1 ahead
        of them, and only the second is still inside (RFC 4303 3.4.3). With ESN, what is behind the window is
        taken for the next 2^32 packets' and so has a wrong ICV (A2.2)."""
        before = self.before()
        first, second, *rest, last = [Step(esp.whole, expected) for esp, expected in self.some(REPLAY_WINDOW + 2)]
        self.deliver(rest)  # all of them: a decryptor guesses by the newest that it has finished
        self.deliver([Step(first.frame, None), second, last])
        self.counted(before, **{"auth" if self.row.esn else "replay": 1})

    def reordered(self):
        before, some = self.before(), self.some(REPLAY_WINDOW)
        self.random.shuffle(some)
        self.deliver([Step(esp.whole, expected) for esp, expected in some])
        self.counted(before)

    def shortened(self):
        """ESP with bytes missing at its end, in headers that know: a wrong ICV, or no ESP at all."""
        before, steps, bad = self.before(), [], {"auth": 0, "malformed": 0}
        lengths = [SHORT_ESP, SHORT_ESP - 4, 20, 16, 12, -1, -4, -5, -8, -16, -20, -64]
        for length, ((esp, _), (good, expected)) in zip(lengths, self.pairs(len(lengths))):
            length = length if length > 0 else esp.length + length
            # ESP in UDP that is shorter than the outer IP header, the kernel drops without counting it
            if not (self.way.sender == 1 and self.row.encap and length < packets.HEADER[self.row.outer]):
                bad["malformed" if length < SHORT_ESP or length % 4 else "auth"] += 1
            steps += [Step(esp.shortened(length), None), Step(good.whole, expected)]
        self.deliver(steps)
        self.counted(before, **bad)

    def cut(self):
        """Frames that end before the headers say so."""
        before, steps, lengths = self.before(), [], [-1, -2, -16, -17, -64, -100]
        for length, ((esp, _), (good, expected)) in zip(lengths, self.pairs(len(lengths))):
            steps += [Step(esp.cut(esp.length + length), None), Step(good.whole, expected)]
        self.deliver(steps)
        self.counted(before, cut=len(lengths))

    def pairs(self, count):
        """(to be spoilt, good) packets; long enough that a frame that is cut is no runt."""
        some = self.some(2 * count, shortest=200)
        return zip(some[::2], some[1::2])


class Answers:
    """Echo requests through the tunnel, answered by the kernel itself: there and back again."""

    def __init__(self, run, row):
        self.run, self.row, self.random = run, row, run.random

    def ask(self, question):
        card, asker, kernel, steps = self.run.bench.to_kernel, self.row.client(1), self.row.kernel(), []
        routers = 0 if self.row.mode == "transport" else 1
        for number, length in enumerate(ANSWERED):
            request, reply = question(asker, kernel, number, self.random.randbytes(length))
            reply = packets.routed(reply, routers)
            steps.append(Step(packets.frame(*card.macs, request),
                              lambda got, want=reply: packets.as_sent_by(want, got)))
        back = self.run.bench.to_card
        self.run.bench.play(card.entry, back.exit, steps, back.arriving)

    def ping(self):
        self.ask(packets.ping)

    def udp_echo(self):
        self.ask(packets.datagram)


def in_turn(run, way):
    """Packets of all rows, each through another SA than the one before."""
    cases = [Case(run, row, way) for row in run.rows if row.mode == "tunnel"]
    before = cases[0].before()
    steps = [case.step(run.random.randint(case.shortest, LONGEST)) for _ in range(100) for case in cases]
    run.bench.play(way.entry, way.exit, steps, way.arriving)
    cases[0].counted(before)


def ways(run):
    return (("card to kernel", run.bench.to_kernel), ("kernel to card", run.bench.to_card))


def of_row(run, row, whole=True):
    """(name, test) of every case of a row, or of the ones that a quick run has for each."""
    answers = Answers(run, row)
    yield "ping", answers.ping
    if whole:
        yield "udp echo", answers.udp_echo
    for name, way in ways(run):
        case = Case(run, row, way)
        tests = [case.every_length, case.wrong_bit, case.replayed]
        if whole:
            tests += [case.unknown_spi, case.late, case.reordered, case.shortened, case.cut]
        for test in tests:
            yield f"{name}: {test.__name__.replace('_', ' ')}", test


def of_all(run):
    """(name, test) of what is done with all rows together."""
    if any(row.mode == "tunnel" for row in run.rows):
        for name, way in ways(run):
            yield f"{name}: in turn", lambda way=way: in_turn(run, way)


def attempt(run, test):
    """None, or what went wrong."""
    try:
        test()
    except Problem as problem:
        run.counters.clear()
        run.bench.settle()
        run.lab.check_alive()
        return str(problem)
    return None
