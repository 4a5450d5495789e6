/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `espsim replay` (see replay.h): configure, play all inputs back to back from one cycle on, write
 * what leaves with the cycle in which it did. Nothing depends on the time of day, so the same files
 * give the same bytes.
 */
#include "sim/replay/replay.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sim/card/account.h"
#include "sim/ports/pcap.h"
#include "sim/replay/defaults.h"

#define SLICE 512u /* cycles between two looks at the inputs; a ring holds more beats */

struct replay {
    const char *xfrm, *trace;
    const char *in_name[SIM_PORTS], *out_name[SIM_PORTS];
    bool json, verbose;
    struct sim_card card;
    bool has_card;
    struct pcap_reader in[SIM_PORTS];
    struct pcap_writer out[SIM_PORTS];
    bool full;       /* an output could not be written */
    uint64_t origin; /* the cycle in which the inputs begin */
};

static const char usage[] =
    "usage: espsim replay --xfrm FILE --in PORT=FILE.pcap... [--out PORT=FILE.pcap...]\n"
    "                     [--json] [--trace FILE.fst] [--verbose]\n"
    "PORT: plain | cipher | host0 | host1\n";

static void frame_out(void *user, enum sim_card_port port, uint64_t cycle, const uint8_t *frame,
                      size_t len)
{
    struct replay *r = user;
    /* one nanosecond of the capture is one cycle */
    if (r->out[port].file && !pcap_write(&r->out[port], cycle - r->origin, frame, len))
        r->full = true;
}

/* "cipher=b.pcap" into names[SIM_CIPHER]. */
static bool parse_file(const char *text, const char *names[SIM_PORTS])
{
    for (unsigned p = 0; p < SIM_PORTS; p++) {
        size_t n = strlen(sim_card_port_name[p]);
        if (strncmp(text, sim_card_port_name[p], n) == 0 && text[n] == '=' && text[n + 1] &&
            !names[p]) {
            names[p] = text + n + 1;
            return true;
        }
    }
    fprintf(stderr, "espsim replay: %s: wanted is PORT=FILE, each port once\n%s", text, usage);
    return false;
}

/* -1: go on, else the exit code. */
static int parse(int argc, char **argv, struct replay *r)
{
    static const struct option longs[] = {
        {"xfrm", required_argument, NULL, 'x'}, {"in", required_argument, NULL, 'i'},
        {"out", required_argument, NULL, 'o'},  {"trace", required_argument, NULL, 't'},
        {"json", no_argument, NULL, 'j'},       {"help", no_argument, NULL, 'h'},
        {"verbose", no_argument, NULL, 'v'},    {NULL, 0, NULL, 0},
    };
    bool input = false;
    int c;

    while ((c = getopt_long(argc, argv, "jvh", longs, NULL)) != -1) {
        switch (c) {
        case 'x':
            r->xfrm = optarg;
            break;
        case 'i':
            input = true;
            if (!parse_file(optarg, r->in_name))
                return 2;
            break;
        case 'o':
            if (!parse_file(optarg, r->out_name))
                return 2;
            break;
        case 't':
            r->trace = optarg;
            break;
        case 'j':
            r->json = true;
            break;
        case 'v':
            r->verbose = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs(usage, stderr);
            return 2;
        }
    }
    if (optind == argc && r->xfrm && input)
        return -1;
    fprintf(stderr, "espsim replay: %s\n%s",
            optind < argc ? "no other arguments are understood"
            : r->xfrm     ? "--in is missing"
                          : "--xfrm is missing",
            usage);
    return 2;
}

static bool open_files(struct replay *r, char *why, size_t why_len)
{
    char reason[200];

    for (unsigned p = 0; p < SIM_PORTS; p++) {
        const char *name = r->in_name[p];
        bool ok = !name || pcap_open(&r->in[p], name, reason, sizeof reason);
        if (ok) {
            name = r->out_name[p];
            ok = !name || pcap_create(&r->out[p], name, reason, sizeof reason);
        }
        if (!ok) {
            snprintf(why, why_len, "%s: %s", name, reason);
            return false;
        }
    }
    return true;
}

/* Fills the rings from the files. False: a file is damaged. */
static bool feed(struct replay *r, char *why, size_t why_len)
{
    for (unsigned p = 0; p < SIM_PORTS; p++) {
        struct ring *ring = sim_card_ring(&r->card, (enum sim_card_port)p);
        uint8_t *room;
        while (r->in[p].file && (room = ring_room(ring)) != NULL) {
            char reason[200];
            long n = pcap_read(&r->in[p], room, RING_FRAME_MAX, reason, sizeof reason);
            if (n < 0) {
                snprintf(why, why_len, "%s: %s", r->in_name[p], reason);
                return false;
            }
            if (n == 0)
                pcap_close(&r->in[p]);
            else
                ring_commit(ring, (size_t)n);
        }
    }
    return true;
}

/* The speed of the simulation, in processor time: on stderr, for it is never the same twice. */
static void tell_speed(const struct replay *r, const struct timespec *began)
{
    double cycles = (double)(rtl_cycles(r->card.rtl) - r->origin), seconds;
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    seconds = (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9;
    fprintf(stderr, "espsim: %.0f cycles in %.2f s of processor time, %.0f cycles/s\n", cycles,
            seconds, seconds > 0 ? cycles / seconds : 0);
}

/* 0, or the exit code with `why`. */
static int play(struct replay *r, struct replay_result *result, char *why, size_t why_len)
{
    struct account account;
    struct timespec began;
    uint32_t khz = 0;

    if (!sim_card_read(&r->card, ESPL_REG_CLOCK_KHZ, &khz) || !account_begin(&account, &r->card)) {
        snprintf(why, why_len, "%s", r->card.failed);
        return 3;
    }
    r->origin = rtl_cycles(r->card.rtl);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &began);
    do {
        if (!feed(r, why, why_len))
            return 1;
    } while (sim_card_step(&r->card, SLICE));
    if (r->verbose)
        tell_speed(r, &began);
    result->card = &r->card;
    result->clock_khz = khz;
    result->cycles = rtl_cycles(r->card.rtl) - r->card.quiet - r->origin;
    if (!account_holds(&account, &r->card, why, why_len))
        return 3;
    if (account_counters(&r->card, result->counter))
        return 0;
    snprintf(why, why_len, "%s", r->card.failed);
    return 3;
}

static int replay(struct replay *r, struct replay_result *result, char *why, size_t why_len)
{
    if (!open_files(r, why, why_len))
        return 1;
    r->has_card = sim_card_init(&r->card, r->trace, frame_out, r, why, why_len);
    if (!r->has_card || !replay_configure(&r->card, r->xfrm, why, why_len))
        return 1;
    return play(r, result, why, why_len);
}

/* Ends the files. False: an output is not whole. */
static bool finish(struct replay *r)
{
    bool whole = !r->full;

    for (unsigned p = 0; p < SIM_PORTS; p++) {
        pcap_close(&r->in[p]);
        whole &= pcap_finish(&r->out[p]);
    }
    return whole;
}

int espsim_replay(int argc, char **argv)
{
    static struct replay r;
    static struct replay_result result;
    char why[700] = "";
    int code = parse(argc, argv, &r);

    if (code >= 0)
        return code;
    code = replay(&r, &result, why, sizeof why);
    if (!finish(&r) && code == 0) {
        snprintf(why, sizeof why, "an output file could not be written whole");
        code = 1;
    }
    if (code == 0 && !r.json)
        replay_report_text(&result);
    else if (code == 0 && !replay_report_json(&result)) {
        snprintf(why, sizeof why, "the report could not be written");
        code = 1;
    }
    if (code)
        fprintf(stderr, "espsim: %s\n", why);
    if (r.has_card)
        sim_card_clear(&r.card);
    return code;
}
