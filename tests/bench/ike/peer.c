/* SPDX-License-Identifier: Apache-2.0 */
/*
 * espalierd's IKE on the real sockets of a netdev, with a data plane that only counts: for make
 * bench-ike (tests/bench/ike.py), where the peer's data plane costs nothing either.
 *
 * usage: ike-peer CONFIG DEVICE TUNNELS SECONDS [initiate | rekey | pace]
 *
 * Prints a line of JSON when so many CHILD_SAs are up, one when all of them were rekeyed, or when
 * the time is over; "start" and "end" are seconds of CLOCK_MONOTONIC. With `pace`, connection cN is
 * begun N * 10 ms after the start, and "soon" is how many were up within 2 s of their beginning.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctrl/daemon/sockets.h"
#include "ctrl/exchange/control.h"
#include "ctrl/log/log.h"
#include "ctrl/signer/signer.h"

#define BATCH 32u
#define PACE_S 0.01
#define SOON_S 2.0

/* ---------------------------------------------------------------- a data plane that says yes */

static enum dp_err caps(struct dataplane *dp, struct dp_caps *out)
{
    (void)dp;
    *out = (struct dp_caps){.gcm128 = true,
                            .gcm256 = true,
                            .tunnel = true,
                            .encap = true,
                            .ipv6 = true,
                            .max_window = 4096};
    return DP_OK;
}

static enum dp_err alloc_spi(struct dataplane *dp, uint32_t *spi)
{
    static uint32_t next = 0x1000;
    (void)dp;
    *spi = next++;
    return DP_OK;
}

static void release_spi(struct dataplane *dp, uint32_t spi)
{
    (void)dp;
    (void)spi;
}

static enum dp_err yes(struct dataplane *dp, const struct dp_child *child)
{
    (void)dp;
    (void)child;
    return DP_OK;
}

static enum dp_err stats(struct dataplane *dp, const struct dp_child *child, struct dp_stats *out)
{
    (void)dp;
    (void)child;
    memset(out, 0, sizeof(*out));
    return DP_OK;
}

static const char *error(const struct dataplane *dp)
{
    (void)dp;
    return "";
}

static const struct dataplane_ops ops = {.caps = caps,
                                         .alloc_spi = alloc_spi,
                                         .release_spi = release_spi,
                                         .install_in = yes,
                                         .install_out = yes,
                                         .remove = yes,
                                         .stats = stats,
                                         .error = error};

/* ---------------------------------------------------------------- the peer */

struct peer {
    struct sockets sockets;
    struct ike_manager *ike;
    struct signer *signer; /* owned */
    unsigned up, rekeyed, failed;
    bool pace;
    unsigned begun, soon;
    double start;
};

static uint64_t clock_ms(void *user)
{
    struct timespec t;
    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void send_message(void *user, const struct endpoint *src, const struct endpoint *dst,
                         const uint8_t *data, size_t len)
{
    struct peer *p = user;
    sockets_send(&p->sockets, src, dst, data, len);
}

static void on_event(void *user, const struct ike_event *e)
{
    struct peer *p = user;
    unsigned number = 0;
    if (p->pace && e->kind == IKE_EVENT_CHILD_UP && sscanf(e->conn, "c%u", &number) == 1)
        p->soon += seconds() < p->start + number * PACE_S + SOON_S;
    p->up += e->kind == IKE_EVENT_CHILD_UP;
    p->rekeyed += e->kind == IKE_EVENT_CHILD_REKEYED;
    p->failed += e->kind == IKE_EVENT_FAILED;
}

static void on_message(void *user, const struct endpoint *local, const struct endpoint *peer,
                       const uint8_t *data, size_t len)
{
    struct peer *p = user;
    ike_manager_input(p->ike, local, peer, data, len);
}

static int wait_ms(const struct peer *p)
{
    uint64_t at = ike_manager_deadline(p->ike), now = clock_ms(NULL);
    return at <= now ? 0 : at - now > 100 ? 100 : (int)(at - now);
}

static void begin_next(struct peer *p, unsigned tunnels)
{
    char name[16];
    while (p->begun < tunnels && seconds() >= p->start + p->begun * PACE_S) {
        (void)snprintf(name, sizeof name, "c%u", p->begun++);
        (void)ike_manager_initiate(p->ike, name, "net");
    }
}

/* Until *count reaches the number, or `end` comes. */
static void run(struct peer *p, const unsigned *count, unsigned number, double end)
{
    struct pollfd fds[SOCKETS_MAX];
    for (size_t i = 0; i < p->sockets.count; i++)
        fds[i] = (struct pollfd){.fd = p->sockets.all[i].fd, .events = POLLIN};
    while (*count < number && seconds() < end) {
        int wait = wait_ms(p);
        if (wait == 0)
            ike_manager_tick(p->ike);
        if (p->pace) {
            begin_next(p, number);
            wait = wait < 2 ? wait : 2;
        }
        if (poll(fds, p->sockets.count, wait) <= 0)
            continue;
        for (size_t i = 0; i < p->sockets.count; i++)
            if (fds[i].revents) {
                ike_manager_begin_lot(p->ike);
                sockets_input(&p->sockets, i, BATCH, on_message, p);
                ike_manager_end_lot(p->ike);
            }
    }
}

static long rss_kb(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%*d %ld", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Processor time of this process and of its signer. */
static double cpu_seconds(const struct signer *signer)
{
    struct timespec own = {0}, other = {0};
    clockid_t clock;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
    if (clock_getcpuclockid(signer_pid(signer), &clock) == 0)
        clock_gettime(clock, &other);
    return (double)(own.tv_sec + other.tv_sec) + (double)(own.tv_nsec + other.tv_nsec) / 1e9;
}

static void say(const char *what, const struct peer *p, unsigned count, double start, long before)
{
    printf("{\"what\": \"%s\", \"count\": %u, \"failed\": %u, \"start\": %.6f, \"end\": %.6f, "
           "\"cpu\": %.3f, \"soon\": %u, \"rss_kb\": %ld, \"rss_before_kb\": %ld}\n",
           what, count, p->failed, start, seconds(), cpu_seconds(p->signer), p->soon, rss_kb(),
           before);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct peer p;
    static struct dataplane dp = {.ops = &ops};
    struct config *config;
    char why[512];
    if (argc < 5) {
        fprintf(stderr,
                "usage: ike-peer CONFIG DEVICE TUNNELS SECONDS [initiate | rekey | pace]\n");
        return 2;
    }
    unsigned tunnels = (unsigned)strtoul(argv[3], NULL, 10);
    double limit = strtod(argv[4], NULL);
    log_init(NULL, false);
    p.signer = signer_start();
    const struct ike_env env = {.user = &p,
                                .signer = p.signer,
                                .now_ms = clock_ms,
                                .send = send_message,
                                .event = on_event};
    if (!p.signer || config_load(argv[1], &config, why, sizeof(why)) != 0 ||
        sockets_open(&p.sockets, argv[2], why, sizeof(why)) != 0 ||
        !(p.ike = ike_manager_new(config, &dp, &env))) {
        fprintf(stderr, "ike-peer: %s\n", why);
        return 1;
    }
    long before = rss_kb();
    double start = seconds();
    say("ready", &p, 0, start, before);
    p.pace = argc > 5 && strcmp(argv[5], "pace") == 0;
    p.start = start;
    if (argc > 5 && !p.pace)
        ike_manager_start(p.ike);
    run(&p, &p.up, tunnels, start + limit);
    say("up", &p, p.up, start, before);
    if (argc > 5 && strcmp(argv[5], "rekey") == 0) {
        start = seconds();
        (void)ike_manager_rekey_child(p.ike, "net");
        run(&p, &p.rekeyed, tunnels, start + limit);
        say("rekeyed", &p, p.rekeyed, start, before);
    }
    run(&p, &p.failed, ~0u, start + limit); /* the other side may need us still */
    ike_manager_free(p.ike);
    config_unref(config);
    sockets_close(&p.sockets);
    signer_free(p.signer);
    return 0;
}
