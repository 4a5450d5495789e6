/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `make soak` (see soak.h): epochs of random traffic; after each all that is waited for must have
 * come, and the counters must be right.
 *
 * usage: soak [--packets N] [--seed N]
 */
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/soak/soak.h"

#define QUIET  1500u   /* cycles without a beat after which nothing comes any more */
#define STUCK  200000u /* cycles in which an epoch's last frames must have come */
#define QUEUED 3u      /* frames that wait at a port */

struct soak soak;

static size_t waiting_at(enum engine_port port)
{
    size_t n = 0;
    for (const struct frame *f = engine.in[port].head; f; f = f->next)
        n++;
    return n;
}

/* In every cycle, also in those of the driver's accesses */
static void cycle(void *user)
{
    (void)user;
    expect_judge();
    for (unsigned p = 0; p < ENGINE_PORTS && soak.sent < soak.target; p++) {
        enum engine_port port = (enum engine_port)p;
        bool host = port == ENGINE_HOST0 || port == ENGINE_HOST1;
        if (waiting_at(port) >= QUEUED || (host && !soak_chance(2)))
            continue;
        if (port == ENGINE_PLAIN || port == ENGINE_HOST0)
            outbound_make(port);
        else
            inbound_make(port);
    }
}

static uint64_t beats(void)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < 2 * ENGINE_PORTS; i++)
        n += engine.streams[i]->beats;
    return n;
}

static void drain(void)
{
    uint64_t start = rtl_cycles(engine.rtl), quiet = 0, before = beats();
    while (quiet < QUIET) {
        host_cycles(&engine.host, 16);
        quiet = beats() == before ? quiet + 16 : 0;
        before = beats();
        if (rtl_cycles(engine.rtl) - start > STUCK)
            fail_msg("frames still move %u cycles after the last one was sent", STUCK);
    }
    if (!expect_nothing())
        fail_msg("frames were lost");
}

/* The hosts' outputs never pause: what a host does not take is dropped, by design. */
static void pauses(void)
{
    static const unsigned percent[] = {0, 0, 0, 10, 30, 60, 90};
    for (unsigned p = 0; p < ENGINE_PORTS; p++) {
        engine.in[p].pause = percent[soak_random(7)];
        engine.out[p].pause = p < ENGINE_HOST0 ? percent[soak_random(6)] : 0;
    }
}

static void epoch(uint64_t packets)
{
    engine.host.before_edge = NULL;
    change_populate();
    engine.host.before_edge = cycle;
    pauses();
    soak.target = soak.sent + packets;
    while (soak.sent < soak.target) {
        host_cycles(&engine.host, 100 + soak_random(2000));
        if (soak_chance(70))
            change_one();
    }
    drain();
    expect_counters();
}

static uint64_t drops(void)
{
    uint64_t n = 0;
    for (unsigned c = ESPL_CNT_IN_DROP_KEEPALIVE; c <= ESPL_CNT_IN_DROP_LOOP; c++)
        n += soak.want[c];
    return n + soak.want[ESPL_CNT_IN_DROP_DUMMY];
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {{"packets", required_argument, NULL, 'p'},
                                          {"seed", required_argument, NULL, 's'},
                                          {NULL, 0, NULL, 0}};
    unsigned long long packets = 60000, seed = 1;
    int c;
    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (c == '?')
            return 2;
        *(c == 'p' ? &packets : &seed) = strtoull(optarg, NULL, 10);
    }
    printf("soak: %llu packets, seed %llu (again: soak --packets %llu --seed %llu)\n", packets,
           seed, packets, seed);
    fflush(stdout);
    soak.rng = (uint32_t)(seed * 2654435761u) | 1;
    soak.card = flow_open();
    flow_must(soak.card, espl_card_caps(soak.card, &soak.caps), "capabilities");
    outbound_policies();
    while (soak.sent < packets) {
        uint64_t left = packets - soak.sent;
        epoch(left < 2500 ? left : 1000 + soak_random(1500));
    }
    printf("soak: %llu frames in %llu cycles: %llu encrypted, %llu decrypted, %llu of the WAN's "
           "dropped for a reason, %llu changes of tables; every frame and counter as it must be\n",
           (unsigned long long)soak.sent, (unsigned long long)rtl_cycles(engine.rtl),
           (unsigned long long)soak.want[ESPL_CNT_OUT_ENCRYPTED],
           (unsigned long long)soak.want[ESPL_CNT_IN_DECRYPTED], (unsigned long long)drops(),
           (unsigned long long)soak.changes);
    espl_card_close(soak.card);
    engine_close();
    return 0;
}
