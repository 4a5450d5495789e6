/* SPDX-License-Identifier: Apache-2.0 */
/* Frames into and out of the model, a beat at a time (see stream.h). */
#include "sim/card/stream.h"

#include <stdio.h>
#include <stdlib.h>

static bool find(struct rtl *rtl, const char *prefix, const char *suffix, unsigned width,
                 uint8_t **bits)
{
    char name[64];
    struct rtl_port port;
    int n = snprintf(name, sizeof name, "%s_%s", prefix, suffix);

    if (n < 0 || (size_t)n >= sizeof name || !rtl_find(rtl, name, &port) || port.width != width)
        return false;
    *bits = port.bits;
    return true;
}

bool stream_source_init(struct stream_source *s, struct rtl *rtl, const char *prefix)
{
    uint8_t *ready, *user;

    memset(s, 0, sizeof *s);
    if (!find(rtl, prefix, "tdata", STREAM_BEAT * 8, &s->tdata) ||
        !find(rtl, prefix, "tkeep", STREAM_BEAT, &s->tkeep) ||
        !find(rtl, prefix, "tvalid", 1, &s->tvalid) || !find(rtl, prefix, "tlast", 1, &s->tlast) ||
        !find(rtl, prefix, "tready", 1, &ready) || !find(rtl, prefix, "tuser", 1, &user) ||
        !ring_init(&s->ring))
        return false;
    s->tready = ready;
    *s->tvalid = 0;
    *user = 0; /* a frame that was received whole is never marked bad */
    return true;
}

void stream_source_clear(struct stream_source *s)
{
    ring_clear(&s->ring);
}

/* Puts the beat at s->next on the port. */
static void drive(struct stream_source *s)
{
    uint64_t keep = s->left >= STREAM_BEAT ? ~UINT64_C(0) : (UINT64_C(1) << s->left) - 1;

    memcpy(s->tdata, s->next, STREAM_BEAT);
    memcpy(s->tkeep, &keep, sizeof keep);
    *s->tlast = s->left <= STREAM_BEAT;
    *s->tvalid = 1;
}

void stream_source_offer(struct stream_source *s)
{
    if (ring_empty(&s->ring)) {
        s->next = NULL;
        *s->tvalid = 0;
        return;
    }
    s->next = ring_front(&s->ring, &s->left);
    s->bytes += s->left;
    drive(s);
}

void stream_source_taken(struct stream_source *s)
{
    s->beats++;
    if (s->left > STREAM_BEAT) {
        s->next += STREAM_BEAT;
        s->left -= STREAM_BEAT;
        drive(s);
        return;
    }
    s->frames++;
    ring_pop(&s->ring);
    stream_source_offer(s);
}

bool stream_sink_init(struct stream_sink *s, struct rtl *rtl, const char *prefix)
{
    uint8_t *data, *keep, *valid, *ready, *last;

    memset(s, 0, sizeof *s);
    if (!find(rtl, prefix, "tdata", STREAM_BEAT * 8, &data) ||
        !find(rtl, prefix, "tkeep", STREAM_BEAT, &keep) ||
        !find(rtl, prefix, "tvalid", 1, &valid) || !find(rtl, prefix, "tlast", 1, &last) ||
        !find(rtl, prefix, "tready", 1, &ready))
        return false;
    s->frame = malloc(RING_FRAME_MAX);
    s->tdata = data;
    s->tkeep = keep;
    s->tvalid = valid;
    s->tlast = last;
    *ready = 1;
    return s->frame != NULL;
}

void stream_sink_clear(struct stream_sink *s)
{
    free(s->frame);
    s->frame = NULL;
}

bool stream_sink_take(struct stream_sink *s, uint64_t cycle, size_t *len)
{
    uint64_t keep;

    if (s->len == 0)
        s->first = cycle;
    s->beats++;
    if (s->len + STREAM_BEAT > RING_FRAME_MAX) {
        s->broken = true;
        s->len = 0;
    }
    memcpy(s->frame + s->len, s->tdata, STREAM_BEAT);
    memcpy(&keep, s->tkeep, sizeof keep);
    /* contiguous from bit 0; all ones but in the last beat */
    s->broken |= !keep || (keep & (keep + 1)) || (!*s->tlast && ~keep);
    s->len += (size_t)__builtin_popcountll(keep);
    if (!*s->tlast)
        return false;
    *len = s->len;
    s->len = 0;
    s->frames++;
    s->bytes += *len;
    return true;
}
