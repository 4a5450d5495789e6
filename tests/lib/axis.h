/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AXI4-Stream endpoints for RTL tests: a source that plays queued frames into a 512-bit (or other)
 * stream port and a sink that collects what comes out, both with pauses at random. The sink fails
 * the running cmocka test when the rules are broken: valid taken back, payload changed while
 * stalled, tkeep with holes, a partial beat before the last, another length than was told.
 */
#ifndef TESTS_LIB_AXIS_H
#define TESTS_LIB_AXIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/rtl.h"

struct frame {
    uint8_t *data; /* owned */
    size_t len;    /* bytes */
    bool bad;      /* tuser with the last beat */
    uint64_t first_cycle, last_cycle; /* sink: when its first and last beat crossed */
    struct frame *next;
};

struct axis {
    struct rtl *rtl;
    struct rtl_port tdata, tkeep, tvalid, tready, tlast, tuser;
    struct rtl_port len;     /* bytes of the frame, with its first beat: s_len, m_len */
    bool has_tuser, has_len;
    bool sink;
    unsigned pause;          /* percent of the cycles in which the endpoint pauses */
    bool whole;              /* source: never pause inside a frame */
    struct frame *head, *tail; /* source: still to send; sink: received */
    size_t offset;           /* bytes of the current frame done */
    uint64_t beats, stalls;  /* beats that crossed; cycles with valid and no ready */
    uint64_t frames;         /* frames that crossed */
    uint64_t last_cycle;     /* when the last of them ended */
    bool taken;              /* this cycle's handshake, sampled before the edge */
    bool held;               /* sink: valid was up and not taken last cycle */
    uint8_t last_beat[64 + 8 + 1];
    uint8_t *partial;        /* sink, owned */
    size_t partial_len, partial_cap;
    uint64_t partial_first;
    uint64_t partial_said;   /* its length, as told with the first beat */
    uint32_t rng;
};

/* prefix: "s_axis_plain" finds s_axis_plain_tdata and so on. Starts with nothing queued. */
void axis_source_init(struct axis *a, struct rtl *rtl, const char *prefix);
void axis_sink_init(struct axis *a, struct rtl *rtl, const char *prefix);
void axis_clear(struct axis *a);

void axis_send(struct axis *a, const uint8_t *data, size_t len);     /* copies */
void axis_send_bad(struct axis *a, const uint8_t *data, size_t len); /* the MAC marks it bad */
bool axis_idle(const struct axis *a);                                /* source: all sent */
struct frame *axis_receive(struct axis *a); /* sink: oldest frame, for frame_free(); NULL if none */
void frame_free(struct frame *f);

/*
 * One clock cycle is:
 *     for each endpoint axis_drive();  rtl_settle();  for each axis_sample();  rtl_edge();
 * axis_cycle does it for `n` endpoints.
 */
void axis_drive(struct axis *a);
void axis_sample(struct axis *a);
void axis_cycle(struct rtl *rtl, struct axis *const *list, size_t n);

/* rst high for a few cycles, all sources quiet */
void axis_reset(struct rtl *rtl, struct axis *const *list, size_t n);

/* A small generator with a fixed seed, for repeatable tests. */
uint32_t rng_next(uint32_t *state);
void rng_fill(uint32_t *state, void *data, size_t len);

#endif
