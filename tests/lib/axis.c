/* SPDX-License-Identifier: Apache-2.0 */
/* AXI4-Stream source and sink for RTL tests (see axis.h). */
#include "tests/lib/axis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

uint32_t rng_next(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

void rng_fill(uint32_t *state, void *data, size_t len)
{
    uint8_t *p = data;
    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)(rng_next(state) >> 11);
}

static struct rtl_port find(struct rtl *rtl, const char *prefix, const char *suffix)
{
    char name[80];
    snprintf(name, sizeof name, "%s_%s", prefix, suffix);
    return rtl_port(rtl, name);
}

static void init(struct axis *a, struct rtl *rtl, const char *prefix)
{
    char name[80];
    memset(a, 0, sizeof *a);
    a->rtl = rtl;
    a->tdata = find(rtl, prefix, "tdata");
    a->tkeep = find(rtl, prefix, "tkeep");
    a->tvalid = find(rtl, prefix, "tvalid");
    a->tready = find(rtl, prefix, "tready");
    a->tlast = find(rtl, prefix, "tlast");
    snprintf(name, sizeof name, "%s_tuser", prefix);
    a->has_tuser = rtl_find(rtl, name, &a->tuser);
    snprintf(name, sizeof name, "%.*s_len", (int)strcspn(prefix, "_"), prefix);
    a->has_len = rtl_find(rtl, name, &a->len);
    a->rng = 0x9e3779b9u;
    for (const char *p = prefix; *p; p++)
        a->rng = a->rng * 31u + (uint8_t)*p;
}

void axis_source_init(struct axis *a, struct rtl *rtl, const char *prefix)
{
    init(a, rtl, prefix);
    rtl_set(a->tvalid, 0);
}

void axis_sink_init(struct axis *a, struct rtl *rtl, const char *prefix)
{
    init(a, rtl, prefix);
    a->sink = true;
    rtl_set(a->tready, 0);
}

void frame_free(struct frame *f)
{
    if (f) {
        free(f->data);
        free(f);
    }
}

void axis_clear(struct axis *a)
{
    struct frame *f;
    while ((f = axis_receive(a)) != NULL)
        frame_free(f);
    free(a->partial);
    a->partial = NULL;
    a->partial_len = a->partial_cap = a->offset = 0;
    a->held = false;
}

static void append(struct axis *a, const uint8_t *data, size_t len, bool bad)
{
    struct frame *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->data = malloc(len ? len : 1);
    assert_non_null(f->data);
    memcpy(f->data, data, len);
    f->len = len;
    f->bad = bad;
    if (a->tail)
        a->tail->next = f;
    else
        a->head = f;
    a->tail = f;
}

void axis_send(struct axis *a, const uint8_t *data, size_t len)
{
    append(a, data, len, false);
}

void axis_send_bad(struct axis *a, const uint8_t *data, size_t len)
{
    append(a, data, len, true);
}

bool axis_idle(const struct axis *a)
{
    return a->head == NULL;
}

struct frame *axis_receive(struct axis *a)
{
    struct frame *f = a->head;
    if (f) {
        a->head = f->next;
        if (!a->head)
            a->tail = NULL;
        f->next = NULL;
    }
    return f;
}

static bool pauses(struct axis *a)
{
    return a->pause && rng_next(&a->rng) % 100 < a->pause;
}

static size_t width(const struct axis *a)
{
    return a->tdata.width / 8;
}

static void drive_source(struct axis *a)
{
    const struct frame *f = a->head;
    bool up = rtl_get(a->tvalid) && !a->taken; /* valid stays until taken */
    if (up)
        return;
    if (!f || (!(a->whole && a->offset) && pauses(a))) {
        rtl_set(a->tvalid, 0);
        rng_fill(&a->rng, a->tdata.bits, width(a)); /* nobody may look at it */
        return;
    }
    size_t left = f->len - a->offset;
    size_t n = left < width(a) ? left : width(a);
    memset(a->tdata.bits, 0xa5, width(a));
    memcpy(a->tdata.bits, f->data + a->offset, n);
    uint64_t keep = n == 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
    rtl_set(a->tkeep, keep);
    rtl_set(a->tlast, n == left);
    if (a->has_tuser)
        rtl_set(a->tuser, n == left && f->bad);
    if (a->has_len)
        rtl_set(a->len, a->offset ? rng_next(&a->rng) & 0x3fff : f->len);
    rtl_set(a->tvalid, 1);
}

static void sample_source(struct axis *a)
{
    a->taken = false;
    if (!rtl_get(a->tvalid))
        return;
    if (!rtl_get(a->tready)) {
        a->stalls++;
        return;
    }
    a->taken = true;
    a->beats++;
    a->offset += width(a);
    if (a->offset >= a->head->len) {
        a->offset = 0;
        a->frames++;
        a->last_cycle = rtl_cycles(a->rtl);
        frame_free(axis_receive(a));
    }
}

static void collect(struct axis *a, size_t n)
{
    if (a->partial_len == 0) {
        a->partial_first = rtl_cycles(a->rtl);
        a->partial_said = a->has_len ? rtl_get(a->len) : 0;
    }
    if (a->partial_len + n > a->partial_cap) {
        a->partial_cap = (a->partial_len + n) * 2;
        a->partial = realloc(a->partial, a->partial_cap);
        assert_non_null(a->partial);
    }
    memcpy(a->partial + a->partial_len, a->tdata.bits, n);
    a->partial_len += n;
    if (rtl_get(a->tlast)) {
        if (a->has_len)
            assert_int_equal(a->partial_said, a->partial_len);
        append(a, a->partial, a->partial_len, false);
        a->tail->first_cycle = a->partial_first;
        a->tail->last_cycle = a->last_cycle = rtl_cycles(a->rtl);
        a->frames++;
        a->partial_len = 0;
    }
}

static void sample_sink(struct axis *a)
{
    uint8_t beat[64 + 8 + 1] = {0};
    bool valid = rtl_get(a->tvalid);
    uint64_t keep = rtl_get(a->tkeep);
    size_t n = 0;

    if (a->held && !valid)
        fail_msg("tvalid fell before tready");
    if (!valid)
        return;
    while (n < width(a) && (keep >> n & 1))
        n++;
    if (n == 0 || (n < 64 && keep >> n))
        fail_msg("tkeep %016llx is empty or has holes", (unsigned long long)keep);
    if (n < width(a) && !rtl_get(a->tlast))
        fail_msg("a partial beat before tlast");
    memcpy(beat, a->tdata.bits, n);
    memcpy(beat + 64, &keep, 8);
    beat[72] = (uint8_t)rtl_get(a->tlast);
    if (a->held && memcmp(beat, a->last_beat, sizeof beat) != 0)
        fail_msg("the payload changed while stalled");
    memcpy(a->last_beat, beat, sizeof beat);
    a->held = !rtl_get(a->tready);
    if (a->held) {
        a->stalls++;
        return;
    }
    a->beats++;
    collect(a, n);
}

void axis_drive(struct axis *a)
{
    if (a->sink)
        rtl_set(a->tready, !pauses(a));
    else
        drive_source(a);
}

void axis_sample(struct axis *a)
{
    if (a->sink)
        sample_sink(a);
    else
        sample_source(a);
}

void axis_cycle(struct rtl *rtl, struct axis *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        axis_drive(list[i]);
    rtl_settle(rtl);
    for (size_t i = 0; i < n; i++)
        axis_sample(list[i]);
    rtl_edge(rtl);
}

void axis_reset(struct rtl *rtl, struct axis *const *list, size_t n)
{
    struct rtl_port rst = rtl_port(rtl, "rst");
    for (size_t i = 0; i < n; i++)
        rtl_set(list[i]->sink ? list[i]->tready : list[i]->tvalid, 0);
    rtl_set(rst, 1);
    for (int i = 0; i < 8; i++) {
        rtl_settle(rtl);
        rtl_edge(rtl);
    }
    rtl_set(rst, 0);
}
