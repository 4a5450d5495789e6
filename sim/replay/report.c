/* SPDX-License-Identifier: Apache-2.0 */
/* What a replay prints: cycles, the use of every stream, the card's counters. */
#include <inttypes.h>
#include <stdio.h>

#include <jansson.h>

#include "sim/replay/replay.h"

static const struct {
    unsigned index;
    const char *name;
} counters[] = {
#define COUNTER(INDEX, NAME) {INDEX, NAME},
    ESPL_COUNTERS(COUNTER)
#undef COUNTER
};
#define COUNTERS (sizeof counters / sizeof *counters)

static double share(uint64_t beats, uint64_t cycles)
{
    return cycles ? (double)beats / (double)cycles : 0;
}

/* Beats of the busiest stream. */
static uint64_t busiest(const struct sim_card *card, const char **port, const char **way)
{
    uint64_t most = 0;

    *port = *way = "none";
    for (unsigned p = 0; p < SIM_PORTS; p++) {
        if (card->in[p].beats > most) {
            most = card->in[p].beats;
            *port = sim_card_port_name[p];
            *way = "in";
        }
        if (card->out[p].beats > most) {
            most = card->out[p].beats;
            *port = sim_card_port_name[p];
            *way = "out";
        }
    }
    return most;
}

static void line(const char *port, const char *way, uint64_t frames, uint64_t bytes, uint64_t beats,
                 uint64_t cycles)
{
    if (frames)
        printf("%-7s %-3s %9" PRIu64 " frames %11" PRIu64 " bytes %9" PRIu64 " beats  %.3f\n", port,
               way, frames, bytes, beats, share(beats, cycles));
}

void replay_report_text(const struct replay_result *r)
{
    const struct sim_card *card = r->card;
    const char *port, *way;
    uint64_t most = busiest(card, &port, &way);

    printf("cycles %" PRIu64 ", busiest %s %s: %.3f beats a cycle\n", r->cycles, port, way,
           share(most, r->cycles));
    for (unsigned p = 0; p < SIM_PORTS; p++) {
        line(sim_card_port_name[p], "in", card->in[p].frames, card->in[p].bytes, card->in[p].beats,
             r->cycles);
        line(sim_card_port_name[p], "out", card->out[p].frames, card->out[p].bytes,
             card->out[p].beats, r->cycles);
    }
    for (size_t i = 0; i < COUNTERS; i++)
        if (r->counter[counters[i].index])
            printf("%-24s %" PRIu64 "\n", counters[i].name, r->counter[counters[i].index]);
}

static json_t *stream(uint64_t frames, uint64_t bytes, uint64_t beats, uint64_t cycles)
{
    return json_pack("{s:I, s:I, s:I, s:f}", "frames", (json_int_t)frames, "bytes",
                     (json_int_t)bytes, "beats", (json_int_t)beats, "utilisation",
                     share(beats, cycles));
}

static json_t *streams(const struct replay_result *r)
{
    json_t *ports = json_object();

    for (unsigned p = 0; p < SIM_PORTS; p++) {
        const struct stream_source *in = &r->card->in[p];
        const struct stream_sink *out = &r->card->out[p];
        json_t *port =
            json_pack("{s:o, s:o}", "in", stream(in->frames, in->bytes, in->beats, r->cycles),
                      "out", stream(out->frames, out->bytes, out->beats, r->cycles));
        if (json_object_set_new(ports, sim_card_port_name[p], port) != 0) {
            json_decref(ports);
            return NULL;
        }
    }
    return ports;
}

static json_t *counter_object(const struct replay_result *r)
{
    json_t *all = json_object();

    for (size_t i = 0; i < COUNTERS; i++)
        if (json_object_set_new(all, counters[i].name,
                                json_integer((json_int_t)r->counter[counters[i].index])) != 0) {
            json_decref(all);
            return NULL;
        }
    return all;
}

bool replay_report_json(const struct replay_result *r)
{
    const char *port, *way;
    uint64_t most = busiest(r->card, &port, &way);
    json_t *root = json_pack(
        "{s:I, s:I, s:{s:s, s:s, s:f}, s:o, s:o}", "cycles", (json_int_t)r->cycles, "clock_khz",
        (json_int_t)r->clock_khz, "busiest", "port", port, "way", way, "utilisation",
        share(most, r->cycles), "ports", streams(r), "counters", counter_object(r));
    bool ok = root && json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0 &&
              putchar('\n') != EOF && fflush(stdout) == 0;
    json_decref(root);
    return ok;
}
