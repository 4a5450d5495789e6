/* SPDX-License-Identifier: Apache-2.0 */
/* The bench's single figures (see figures.h). */
#include "tests/bench/figures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "tests/play/bus_host.h"

#define NS_A_CYCLE 4.0 /* at 250 MHz */

/* ------------------------------------------------------------------ latency */

/* Cycles from the packet's first beat in to its first beat out. */
static uint64_t latency(struct flow *flow, bool encrypt, size_t len, uint64_t *beats)
{
    static struct lane lane;
    struct lane *const lanes[] = {&lane};
    struct load load = {.len = len, .packets = 1};
    lane_start(&lane, encrypt, flow, 1, &load, 1);
    uint64_t in_beats = lane.in->beats, out_beats = lane.out->beats;
    uint64_t first_in = 0, first_out = 0, start = rtl_cycles(engine.rtl);
    lane_attach(lanes, 1);
    while (!first_out) {
        host_cycle(&engine.host);
        uint64_t now = rtl_cycles(engine.rtl) - 1;
        if (!first_in && lane.in->beats > in_beats)
            first_in = now;
        if (lane.out->beats > out_beats)
            first_out = now;
        assert_true(now - start < 10000);
    }
    lane_run(lanes, 1);
    assert_true(lane_done(&lane));
    *beats = lane.in->beats - in_beats;
    return first_out - first_in;
}

void figure_latency(struct flow *flow)
{
    static const size_t lens[] = {64, 1446};
    for (int encrypt = 1; encrypt >= 0; encrypt--)
        for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
            char name[64];
            uint64_t beats;
            double cycles = (double)latency(flow, encrypt, lens[i], &beats);
            double aim = encrypt ? 130 : 130 + (double)beats;
            enum direction way = encrypt ? ENCRYPT : DECRYPT;
            snprintf(name, sizeof name, "latency, %zu bytes", lens[i]);
            rows_figure(name, flow->kind->name, way, (long)lens[i], cycles, "cycles", aim, true);
            snprintf(name, sizeof name, "latency, %zu bytes, at 250 MHz", lens[i]);
            rows_figure(name, flow->kind->name, way, (long)lens[i], cycles * NS_A_CYCLE, "ns",
                        aim * NS_A_CYCLE, true);
        }
}

/* ------------------------------------------------------------------ an SA is replaced */

#define SETTLE 3000u /* cycles: a rekey's, a thousandth of what a daemon waits before it deletes */

static void tell_replaced(const struct lane *l, uint64_t idle, const char *mode)
{
    enum direction way = l->encrypt ? ENCRYPT : DECRYPT;
    rows_figure("SA replaced under saturation: cycles without a beat", mode, way, 64, (double)idle,
                "cycles", 0, true);
    rows_figure("SA replaced under saturation: packets lost", mode, way, 64,
                (double)(l->sent - l->got), "packets", 0, true);
}

void figure_replace(struct espl_card *card, struct flow *flow, uint32_t free_slot)
{
    static struct lane lane;
    struct lane *const lanes[] = {&lane};
    struct host *host = &engine.host;
    for (int encrypt = 1; encrypt >= 0; encrypt--) {
        struct load load = {.len = 64, .packets = UINT32_MAX};
        struct flow next = *flow, old = *flow;
        flow_rekey_out(&next, 4711);
        flow_rekey_in(&next, 4711, free_slot);
        lane_start(&lane, encrypt, flow, 1, &load, 1);
        lane_attach(lanes, 1);
        host_cycles(host, SETTLE);
        uint64_t idle = lane.idle;
        if (encrypt) {
            lane.successor = &next;
            flow_install_out(card, &next); /* the policies follow it */
            host_cycles(host, SETTLE);
            flow_remove(card, ESPL_DIR_OUT, &old.out);
        } else {
            flow_install_in(card, &next);
            flow->in = next.in; /* the peer uses the new one */
            flow->in_seq = 0;
            host_cycles(host, SETTLE);
            flow_remove(card, ESPL_DIR_IN, &old.in);
        }
        host_cycles(host, SETTLE);
        idle = lane.idle - idle;
        lane.closed = true;
        lane_run(lanes, 1);
        assert_true(!encrypt || lane.successor == NULL); /* it was used */
        tell_replaced(&lane, idle, flow->kind->name);
    }
}

/* ------------------------------------------------------------------ the rest */

void figure_writes(struct espl_card *card, const struct flow_kind *kind, uint32_t free_slot)
{
    struct flow f;
    flow_make(&f, 9999, kind, 9999, free_slot);
    for (int out = 1; out >= 0; out--) {
        uint64_t before = bus_host_writes;
        if (out)
            flow_install_out(card, &f);
        else
            flow_install_in(card, &f);
        rows_figure("registers written to install an SA", kind->name, out ? ENCRYPT : DECRYPT, 0,
                    (double)(bus_host_writes - before), "writes", 64, true);
    }
    flow_remove(card, ESPL_DIR_OUT, &f.out);
    flow_remove(card, ESPL_DIR_IN, &f.in);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The packets are made before and judged afterwards: what counts is the engine with its streams. */
void figure_speed(struct flow *flow, uint64_t packets)
{
    static struct lane out, in;
    struct lane *const lanes[] = {&out, &in};
    struct load out_load = {.len = 1446, .packets = packets}, in_load = out_load;
    lane_start(&out, true, flow, 1, &out_load, 1);
    lane_start(&in, false, flow, 1, &in_load, 1);
    out.ahead = in.ahead = UINT64_MAX;
    lane_cycle(&out);
    lane_cycle(&in);
    uint64_t cycles = rtl_cycles(engine.rtl);
    double begin = seconds();
    while (!axis_idle(out.in) && !axis_idle(in.in))
        host_cycle(&engine.host);
    double took = seconds() - begin;
    cycles = rtl_cycles(engine.rtl) - cycles;
    lane_run(lanes, 2);
    assert_true(lane_done(&out) && lane_done(&in));
    rows_figure("simulated cycles a second of one thread", flow->kind->name, BOTH, 1446,
                (double)cycles / took, "cycles/s", 150000, false);
}
