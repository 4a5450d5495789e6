/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `make soak`: random traffic through the whole engine, both ways at once, with pauses on every
 * port, SAs of every kind the card has, tables that change under the traffic and frames that are
 * wrong on purpose. Each frame that leaves must be one that the OpenSSL model says, in its place in
 * the order, and each counter must say what was done to the rest.
 */
#ifndef TESTS_SOAK_SOAK_H
#define TESTS_SOAK_SOAK_H

#include "tests/play/flow.h"

#define SOAK_FLOWS 24u
#define SOAK_SEEN  16384u /* sequence numbers remembered; more than the largest window */

struct soak_flow {
    struct flow f;
    struct flow_kind kind;
    bool alive;
    uint32_t in_slot;
    /* Outbound: `next` is in effect from some packet on. */
    bool changing, fresh; /* fresh: with new keys, and numbers from 1 */
    struct esp_model_sa next;
    bool has_old_out, has_old_in; /* replaced, still installed */
    struct esp_model_sa old_out, old_in;
    uint32_t old_slot;
    /* Inbound: what the peer has sent, by RFC 4303 3.4.3 */
    uint64_t top;
    uint8_t seen[SOAK_SEEN / 8];
};

struct soak {
    struct espl_card *card;
    struct espl_caps caps;
    uint32_t rng;
    struct soak_flow flow[SOAK_FLOWS];
    uint64_t sent, target; /* frames; those wanted until the end of the epoch */
    uint64_t changes;      /* of tables */
    uint64_t want[ESPL_CNT_SPAN]; /* what the counters must say; by ESPL_CNT_* */
    uint64_t auth_or_replay;      /* and one of IN_DROP_AUTH and IN_DROP_REPLAY for each of these */
};
extern struct soak soak;

static inline uint32_t soak_random(uint32_t below)
{
    return rng_next(&soak.rng) % below;
}

static inline bool soak_chance(uint32_t percent)
{
    return soak_random(100) < percent;
}

/* ------------------------------------------------------------------ expect.c */

/* A frame that must leave by `to`, behind all that came in by `from` and leaves there. */
void expect_frame(enum engine_port to, enum engine_port from, const uint8_t *frame, size_t len);
/* The same, an inner packet that leaves by cipher as ESP; tci: its tag, or -1. */
void expect_sealed(enum engine_port from, struct soak_flow *flow, const uint8_t *ip, size_t len,
                   int tci);
void expect_judge(void);    /* all that has left; fails the program */
bool expect_nothing(void);  /* is nothing waited for any more? */
void expect_counters(void); /* are the card's as wanted? Fails the program. */

/* ------------------------------------------------------------------ outbound.c, inbound.c */

void soak_send(enum engine_port from, const uint8_t *frame, size_t len);
/* One frame each, of any kind; `from`: plain or host0, cipher or host1. */
void outbound_make(enum engine_port from);
void inbound_make(enum engine_port from);
void outbound_policies(void); /* those that protect nothing */
/* To be called when a flow's inbound SA is new. */
void inbound_forget(struct soak_flow *flow);

/* ------------------------------------------------------------------ change.c */

void change_populate(void); /* in a quiet engine: some flows go, others come */
void change_one(void);      /* under traffic */

#endif
