/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One direction of the bench: packets of its flows in turn, as many as the engine takes, and what
 * the OpenSSL model makes of each compared with what leaves, byte for byte and in order. The
 * traffic comes in loads; of each load the cycles and beats on the direction's busiest bus are
 * counted, which is the cipher port's: ESP only adds to a packet.
 */
#ifndef TESTS_BENCH_LANE_H
#define TESTS_BENCH_LANE_H

#include "tests/play/flow.h"

enum lengths { LENGTH_FIXED, LENGTH_IMIX, LENGTH_RANDOM };

struct load {
    enum lengths lengths;
    size_t len; /* LENGTH_FIXED: of the inner packets, bytes */
    uint64_t packets;
    bool filling; /* there to fill the pipe with its kind; not a figure */
    /* counted */
    uint64_t cycles, beats;
    uint64_t wire_bytes; /* of the ESP frames, with FCS, preamble and the gap between two frames */
    uint64_t esp_bytes;  /* of the ESP frames, with FCS */
};

struct waiting; /* for its frame to leave */

struct lane {
    bool encrypt;
    struct axis *in, *out, *bus;
    struct flow *flows;
    size_t flow_count;
    struct flow *successor; /* of flows[0]: some packet is the first to use its outbound SA. NULL:
                               none, or it was used */
    struct load *loads;
    size_t load_count;
    uint64_t sent, got;          /* packets, of all loads */
    uint64_t idle;               /* cycles of the busiest bus without a beat */
    bool closed;                 /* no more packets are made */
    uint64_t ahead;              /* packets that wait at the engine's port */
    /* private */
    size_t load_in, load_bus;    /* the load being made, and the one on the bus */
    uint64_t made, load_end;     /* packets made of the one; of all loads to the end of the other */
    uint64_t mark, mark_beats;   /* the bus at its beginning: cycle and beats */
    uint64_t in_before, bus_before, beats_before;
    struct waiting *head, *tail;
    uint32_t rng;
};

void lane_start(struct lane *l, bool encrypt, struct flow *flows, size_t flow_count,
                struct load *loads, size_t load_count);
/* In every cycle, before the edge: new packets, and those that left. */
void lane_cycle(struct lane *l);
bool lane_done(const struct lane *l);
/* From now on in every cycle of the engine, whatever the host does in it. Until lane_run. */
void lane_attach(struct lane *const *lanes, size_t count);
/* Runs until all are done, or nothing moves any more: then packets were lost. */
void lane_run(struct lane *const *lanes, size_t count);

#endif
