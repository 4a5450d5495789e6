/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A port's two 512-bit streams at the model: a source that plays the frames of a ring back to back,
 * and a sink that is always ready. Called every cycle, so a port is touched only when it changes,
 * and beats are copies of constant size. (The endpoints of the RTL tests, tests/lib/axis.h, pause
 * and check more.)
 */
#ifndef SIM_CARD_STREAM_H
#define SIM_CARD_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sim/core/rtl.h"
#include "sim/ports/ring.h"

#define STREAM_BEAT 64u /* bytes */

struct stream_source {
    uint8_t *tdata, *tkeep, *tvalid, *tlast;
    const uint8_t *tready;
    struct ring ring;
    const uint8_t *next;    /* the beat at the model, in the ring; NULL when nothing is offered */
    size_t left;            /* bytes of the frame from there on */
    uint64_t frames, bytes; /* that crossed */
    uint64_t beats;
};

struct stream_sink {
    const uint8_t *tdata, *tkeep, *tvalid, *tlast;
    uint8_t *frame; /* owned; RING_FRAME_MAX bytes */
    size_t len;     /* collected so far */
    uint64_t first; /* cycle of its first beat */
    uint64_t frames, bytes, beats;
    bool broken; /* tkeep with holes, a partial beat inside a frame, or a frame without end */
};

/* prefix: "s_axis_plain". False: the model has no such 512-bit port, or no memory. */
bool stream_source_init(struct stream_source *s, struct rtl *rtl, const char *prefix);
bool stream_sink_init(struct stream_sink *s, struct rtl *rtl, const char *prefix);
void stream_source_clear(struct stream_source *s);
void stream_sink_clear(struct stream_sink *s);

void stream_source_offer(struct stream_source *s); /* the ring's oldest frame, or nothing */
void stream_source_taken(struct stream_source *s);
/* True when a frame is complete; it is in s->frame until the next call. */
bool stream_sink_take(struct stream_sink *s, uint64_t cycle, size_t *len);

/* Between rtl_settle and rtl_edge: does the beat cross? */
static inline bool stream_source_moves(const struct stream_source *s)
{
    return s->next && *s->tready;
}

static inline bool stream_sink_moves(const struct stream_sink *s)
{
    return *s->tvalid;
}

#endif
