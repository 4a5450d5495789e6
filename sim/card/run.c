/* SPDX-License-Identifier: Apache-2.0 */
/* `espsim run` (see run.h): one loop over signals, the BAR, the ports and the engine's clock. */
#include "sim/card/run.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "sim/card/account.h"
#include "sim/card/bar.h"
#include "sim/card/card.h"
#include "sim/card/options.h"
#include "sim/ports/port.h"

/* Cycles between two looks at the world: short enough for a ping, long against a poll(). */
#define SLICE 96u
#define BATCH 64u    /* frames of one port at one look */
#define REST 500000u /* cycles in which a card with full queues, and nothing new, comes to rest */

struct run {
    struct run_options options;
    struct sim_card card;
    bool has_card;
    struct sim_port *port[SIM_PORTS]; /* owned */
    bool ready[SIM_PORTS];            /* frames may be there */
    struct bar bar;
    uint64_t served; /* cycle when the bars were last served */
    struct account account;
    int signals;
    bool stop;
    int code;
    struct timespec began;
};

static void fail(struct run *r, int code, const char *why)
{
    fprintf(stderr, "espsim: %s\n", why);
    r->code = code;
    r->stop = true;
}

static void frame_out(void *user, enum sim_card_port port, uint64_t cycle, const uint8_t *frame,
                      size_t len)
{
    struct run *r = user;
    (void)cycle;
    if (r->port[port]) /* frames may leave in a reset's last cycles */
        sim_port_send(r->port[port], frame, len);
}

static bool bar_read(void *user, uint32_t off, uint32_t *value)
{
    return sim_card_read(&((struct run *)user)->card, off, value);
}

static bool bar_write(void *user, uint32_t off, uint32_t value)
{
    return sim_card_write(&((struct run *)user)->card, off, value);
}

static const struct bar_ops page = {bar_read, bar_write};

static bool open_signals(struct run *r)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    r->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return r->signals >= 0;
}

/* Everything that can be refused by the world, before the slow part: the model. */
static bool start(struct run *r, char *why, size_t why_len)
{
    char reason[320];

    for (unsigned p = 0; p < SIM_PORTS; p++) {
        if (!sim_port_open(r->options.port[p], &r->port[p], reason, sizeof reason)) {
            snprintf(why, why_len, "--%s: %s", sim_card_port_name[p], reason);
            return false;
        }
    }
    if (!open_signals(r)) {
        snprintf(why, why_len, "signals: %s", strerror(errno));
        return false;
    }
    r->has_card = sim_card_init(&r->card, r->options.trace, frame_out, r, why, why_len);
    if (!r->has_card)
        return false;
    if (!account_begin(&r->account, &r->card)) {
        snprintf(why, why_len, "%s", r->card.failed);
        return false;
    }
    return bar_open(&r->bar, &r->options.bar, &page, r, why, why_len);
}

static void ready(const struct run *r)
{
    printf("espsim: ready\n");
    fflush(stdout);
    if (r->options.ready_fd >= 0) {
        if (write(r->options.ready_fd, "\n", 1) != 1)
            fprintf(stderr, "espsim: --ready-fd: %s\n", strerror(errno));
        close(r->options.ready_fd);
    }
}

/* What the ports have into the card's queues. */
static void take_frames(struct run *r)
{
    for (unsigned p = 0; p < SIM_PORTS; p++) {
        struct ring *ring = sim_card_ring(&r->card, (enum sim_card_port)p);
        struct sim_port *port = r->port[p];
        enum sim_port_got got = SIM_PORT_FRAME;
        for (unsigned n = 0; r->ready[p] && n < BATCH && got == SIM_PORT_FRAME; n++) {
            uint8_t *room = ring_room(ring);
            size_t len;
            if (!room)
                break;
            got = sim_port_receive(port, room, RING_FRAME_MAX, &len);
            if (got == SIM_PORT_FRAME)
                ring_commit(ring, len);
        }
        port->ended |= got == SIM_PORT_END;
        if (got == SIM_PORT_ERROR)
            fail(r, 1, port->why);
    }
}

static void check(struct run *r)
{
    char why[256];

    if (sim_card_step(&r->card, REST))
        fail(r, 3, "the engine does not come to rest");
    else if (!account_holds(&r->account, &r->card, why, sizeof why))
        fail(r, 3, why);
}

static void tell(const struct run *r)
{
    uint64_t cycles = rtl_cycles(r->card.rtl), refused = 0;
    struct timespec now;
    double seconds;

    clock_gettime(CLOCK_MONOTONIC, &now);
    seconds =
        (double)(now.tv_sec - r->began.tv_sec) + (double)(now.tv_nsec - r->began.tv_nsec) / 1e9;
    printf("espsim: %" PRIu64 " cycles in %.1f s", cycles, seconds);
    for (unsigned p = 0; p < SIM_PORTS; p++) {
        printf("; %s %" PRIu64 " in %" PRIu64 " out", sim_card_port_name[p], r->card.in[p].frames,
               r->card.out[p].frames);
        refused += r->port[p]->refused;
    }
    printf("; %" PRIu64 " refused by ports\n", refused);
    fflush(stdout);
}

static void heed_signals(struct run *r)
{
    struct signalfd_siginfo info;

    while (read(r->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGUSR1) {
            r->stop = true;
            continue;
        }
        check(r);
        tell(r);
    }
}

static int wait_for(struct pollfd *fds, size_t n, uint64_t ns)
{
    const struct timespec most = {.tv_sec = (time_t)(ns / 1000000000u),
                                  .tv_nsec = (long)(ns % 1000000000u)};
    return ppoll(fds, n, ns == UINT64_MAX ? NULL : &most, NULL);
}

/* Waits for the world, not at all while the card has work. */
static void look(struct run *r, bool work)
{
    struct pollfd fds[BAR_ALL_FDS + SIM_PORTS + 1];
    size_t bars = bar_fds(&r->bar, fds + 1), n = bars + 1, at[SIM_PORTS] = {0};

    fds[0] = (struct pollfd){.fd = r->signals, .events = POLLIN};
    for (unsigned p = 0; p < SIM_PORTS; p++) {
        const struct sim_port *port = r->port[p];
        r->ready[p] = false;
        if (port->ended || !ring_room(sim_card_ring(&r->card, (enum sim_card_port)p)))
            continue;
        r->ready[p] = port->fd < 0; /* a file: there is always more until its end */
        work |= r->ready[p];
        if (port->fd >= 0) {
            at[p] = n;
            fds[n++] = (struct pollfd){.fd = port->fd, .events = POLLIN};
        }
    }
    for (unsigned p = 0; p < SIM_PORTS && !work; p++)
        if (r->port[p]->ops->flush)
            r->port[p]->ops->flush(r->port[p]);
    if (wait_for(fds, n, work ? 0 : bar_patience(&r->bar)) < 0 && errno != EINTR) {
        fail(r, 1, strerror(errno));
        return;
    }
    for (unsigned p = 0; p < SIM_PORTS; p++)
        r->ready[p] |= at[p] && fds[at[p]].revents;
    if (fds[0].revents)
        heed_signals(r);
    if (!bar_serve(&r->bar, fds + 1, bars, rtl_cycles(r->card.rtl) != r->served))
        fail(r, 3, r->card.failed);
    r->served = rtl_cycles(r->card.rtl);
    take_frames(r);
}

static void loop(struct run *r)
{
    bool work = true;

    while (!r->stop) {
        look(r, work);
        work = sim_card_step(&r->card, SLICE);
        if (!work && r->card.was_reset && !account_begin(&r->account, &r->card))
            fail(r, 3, r->card.failed);
        if (r->card.failed && !r->stop)
            fail(r, 3, r->card.failed);
        if (r->card.irq)
            bar_irq(&r->bar, *r->card.irq);
    }
    check(r);
    if (r->options.verbose)
        tell(r);
}

static void finish(struct run *r)
{
    bar_close(&r->bar);
    for (unsigned p = 0; p < SIM_PORTS; p++)
        if (!sim_port_close(r->port[p]))
            fail(r, 1, "a capture file could not be written whole");
    if (r->has_card)
        sim_card_clear(&r->card);
    if (r->signals >= 0)
        close(r->signals);
}

int espsim_run(int argc, char **argv)
{
    static struct run r;
    char why[400] = "out of memory";
    int code = run_options_parse(argc, argv, &r.options);

    if (code >= 0)
        return code;
    r.signals = -1;
    clock_gettime(CLOCK_MONOTONIC, &r.began);
    if (start(&r, why, sizeof why)) {
        ready(&r);
        loop(&r);
    } else {
        fail(&r, 1, why);
    }
    finish(&r);
    return r.code;
}
