/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `make bench-hw`: how many of its cycles the engine moves a beat, at every packet length, with any
 * number of SAs in turn, in every mode it has; and its latency. What is measured is also checked:
 * see lane.h.
 *
 * usage: hw [--short | --every] [--mode MODE] [--sas N] [--direction DIRECTION] FILE.json
 *   --short      a look at all of it, in seconds
 *   --every      every length in every mode and with any number of SAs, not only in tunnel mode with
 *                one of them
 *   --mode, --sas, --direction
 *                only this mode (tunnel, nat-t, ..), number of SAs (1, 64, ..), direction (encrypt,
 *                decrypt, both)
 */
#include <getopt.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench/figures.h"

#define MOST_LOADS 1600u
#define FEW_FLOWS  16u
#define STEP       20u /* between lengths: comes to each length modulo 64 that is a multiple of 4 */

/* clang-format off */
static const struct flow_kind kinds[] = {
    {.name = "tunnel",    .small_keys = true, .large_keys = true, .window = 1024},
    {.name = "nat-t",     .small_keys = true, .large_keys = true, .window = 1024, .encap = true},
    {.name = "esn",       .small_keys = true, .large_keys = true, .window = 1024, .esn = true},
    {.name = "ipv6",      .small_keys = true, .large_keys = true, .window = 1024,
                          .outer_v6 = true, .inner_v6 = true},
    {.name = "transport", .small_keys = true, .large_keys = true, .window = 1024,
                          .transport = true},
    {.name = "gmac",      .small_keys = true, .large_keys = true, .window = 1024, .gmac = true},
    {.name = "gmac-esn",  .small_keys = true, .large_keys = true, .window = 1024, .gmac = true,
                          .esn = true},
};
/* clang-format on */

enum extent { SHORT, USUAL, EVERY };

static enum extent extent = USUAL;
static const char *only_mode, *only_direction; /* NULL: all */
static unsigned only_sas;                      /* 0: any */
static struct espl_card *card;
static struct espl_caps caps;

/* ------------------------------------------------------------------ loads */

static size_t plan(bool every, size_t least, struct load loads[MOST_LOADS])
{
    size_t step = extent == SHORT ? 100 : every || extent == EVERY ? 1 : STEP, n = 0;
    uint64_t packets = extent == SHORT ? 60 : 1000, more = extent == SHORT ? 600 : 10000;
    uint64_t fill = extent == SHORT ? 60 : 500;

    loads[n++] = (struct load){.len = 1500, .packets = fill, .filling = true};
    for (size_t len = least; len <= 1500; len += step)
        loads[n++] = (struct load){.len = len, .packets = packets};
    loads[n++] = (struct load){.len = 9000, .packets = 10, .filling = true};
    loads[n++] = (struct load){.len = 9000, .packets = extent == SHORT ? 20 : more};
    loads[n++] = (struct load){.len = 1500, .packets = fill, .filling = true};
    loads[n++] = (struct load){.lengths = LENGTH_IMIX, .packets = more};
    loads[n++] = (struct load){.lengths = LENGTH_RANDOM, .packets = more};
    return n;
}

static void measure(struct flow *flows, unsigned sas, enum direction direction, bool every)
{
    static struct load loads[2][MOST_LOADS];
    static struct lane lane[2];
    struct lane *const both[2] = {&lane[0], &lane[1]};
    struct lane *const *lanes = direction == DECRYPT ? both + 1 : both;
    struct run run = {flows->kind->name, direction, sas};
    size_t n = plan(every, flow_least(flows), loads[0]);

    memcpy(loads[1], loads[0], sizeof loads[0]);
    lane_start(&lane[0], true, flows, sas, loads[0], n);
    lane_start(&lane[1], false, flows, sas, loads[1], n);
    lane_run(lanes, direction == BOTH ? 2 : 1);
    for (size_t i = 0; i < n; i++)
        if (!loads[0][i].filling)
            rows_load(&run, lanes, i);
    rows_summary(&run);
}

/* ------------------------------------------------------------------ flows */

/* Of `want` flows those from `have` on. False: the card has no room for their policies. */
static bool install(struct flow *flows, unsigned have, unsigned want, const struct flow_kind *kind)
{
    for (unsigned i = have; i < want; i++) {
        flow_make(&flows[i], i, kind, i + 1, i);
        if (i == 0 || kind->transport) /* tunnels all end at one address */
            flow_install_hop(card, &flows[i]);
        flow_install_out(card, &flows[i]);
        if (!flow_install_policy(card, &flows[i])) {
            printf("%s: no room in the card for the policies of %u SAs, not measured\n", kind->name,
                   want);
            return false;
        }
        flow_install_in(card, &flows[i]);
    }
    return true;
}

static void begin_anew(void)
{
    flow_must(card, espl_card_reset(card), "reset");
    flow_setup(card);
}

static void directions(struct flow *flows, unsigned sas, bool every)
{
    static const char *const names[] = {"encrypt", "decrypt", "both"};
    for (int d = extent == SHORT && sas > 1 ? BOTH : ENCRYPT; d <= BOTH; d++)
        if ((!only_direction || strcmp(only_direction, names[d]) == 0) &&
            (!only_sas || only_sas == sas))
            measure(flows, sas, (enum direction)d, every);
}

static void bench_kinds(struct flow *flows)
{
    for (size_t k = 1; k < sizeof kinds / sizeof *kinds; k++) {
        if (only_mode && strcmp(only_mode, kinds[k].name) != 0)
            continue;
        if (!flow_possible(&caps, &kinds[k])) {
            printf("%s: not among the card's capabilities, not measured\n", kinds[k].name);
            continue;
        }
        begin_anew();
        if (install(flows, 0, FEW_FLOWS, &kinds[k]))
            directions(flows, FEW_FLOWS, false);
    }
}

static void bench_tunnel(struct flow *flows)
{
    static const unsigned counts[] = {64, 1024, 4096};
    unsigned have = 1;

    begin_anew();
    if (!install(flows, 0, 1, kinds))
        return;
    figure_latency(flows);
    figure_writes(card, kinds, 5);
    figure_replace(card, flows, 6);
    figure_speed(flows, extent == SHORT ? 200 : 3000);
    directions(flows, 1, true);
    begin_anew();
    have = 0;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (counts[i] > caps.sa_out || counts[i] > caps.sa_in) {
            printf("tunnel: the card has fewer than %u SAs, not measured\n", counts[i]);
            break;
        }
        if (counts[i] > (only_sas ? only_sas : extent == SHORT ? 64 : UINT_MAX) ||
            !install(flows, have, counts[i], kinds))
            break;
        have = counts[i];
        directions(flows, counts[i], false);
    }
}

static int options(int argc, char **argv)
{
    static const struct option longs[] = {{"short", no_argument, NULL, 's'},
                                          {"every", no_argument, NULL, 'e'},
                                          {"mode", required_argument, NULL, 'm'},
                                          {"sas", required_argument, NULL, 'n'},
                                          {"direction", required_argument, NULL, 'd'},
                                          {NULL, 0, NULL, 0}};
    int c;
    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (c == '?')
            return -1;
        if (c == 'm')
            only_mode = optarg;
        else if (c == 'n')
            only_sas = (unsigned)strtoul(optarg, NULL, 10);
        else if (c == 'd')
            only_direction = optarg;
        else
            extent = c == 's' ? SHORT : EVERY;
    }
    return optind == argc - 1 ? optind : -1;
}

int main(int argc, char **argv)
{
    static struct flow flows[4096];
    int file = options(argc, argv);
    struct rows_result result;

    if (file < 0) {
        fprintf(stderr, "usage: hw [--short | --every] [--mode MODE] [--sas N] "
                        "[--direction DIRECTION] FILE.json\n");
        return 2;
    }
    card = flow_open();
    flow_must(card, espl_card_caps(card, &caps), "capabilities");
    if (!only_mode || strcmp(only_mode, kinds[0].name) == 0)
        bench_tunnel(flows);
    bench_kinds(flows);
    espl_card_close(card);
    engine_close();
    if (!rows_write(argv[file], &result)) {
        fprintf(stderr, "%s: could not be written\n", argv[file]);
        return 1;
    }
    printf("bench-hw: %s, %u figures beyond their aims, %llu packets lost\n", argv[file],
           result.missed, (unsigned long long)result.lost);
    return result.lost > 0;
}
