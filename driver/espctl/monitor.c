/* SPDX-License-Identifier: Apache-2.0 */
/* `monitor [count N] [timeout SECONDS]`: the card's events as they happen, one a line. */
#include "driver/espctl/objects.h"

#include <inttypes.h>
#include <time.h>

#define SLICE_MS 1000u /* the longest wait for one event */

struct monitor {
    uint32_t count; /* events until it ends; 0: for ever */
    uint64_t ends;  /* when, in ms of the monotonic clock; 0: never */
};

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int parse(struct args *args, struct monitor *m)
{
    uint32_t seconds = 0;
    while (args_more(args)) {
        int bad = args_take(args, "count")     ? args_number(args, "count", UINT32_MAX, &m->count)
                  : args_take(args, "timeout") ? args_number(args, "timeout", 1000000, &seconds)
                                               : args_unknown(args);
        if (bad)
            return -1;
    }
    m->ends = seconds ? now_ms() + 1000u * (uint64_t)seconds : 0;
    return 0;
}

static const char *dir_name(const struct espl_event *e)
{
    return e->dir == ESPL_DIR_OUT ? "out" : "in";
}

/* What the number is, or NULL when the event has none. */
static const char *count_name(enum espl_event_kind kind)
{
    switch (kind) {
    case ESPL_EV_SOFT_PACKETS:
    case ESPL_EV_HARD_PACKETS:
        return "packets";
    case ESPL_EV_SOFT_BYTES:
    case ESPL_EV_HARD_BYTES:
        return "bytes";
    case ESPL_EV_SEQ_NEAR:
    case ESPL_EV_SEQ_END:
        return "seq";
    case ESPL_EV_ACQUIRE:
    case ESPL_EV_NO_SA:
    case ESPL_EV_AUTH:
    case ESPL_EV_TABLE_ERROR:
        break;
    }
    return NULL;
}

static void print(FILE *out, const struct espl_event *e)
{
    char src[SHOW_TEXT], dst[SHOW_TEXT], spi[SHOW_TEXT];
    if (e->missed)
        (void)fprintf(out, "lost %" PRIu32 " events\n", e->missed);
    (void)fprintf(out, "%s dir %s", espl_event_name(e->kind), dir_name(e));
    if (e->is_policy && e->known) {
        (void)fputc(' ', out);
        selector_print(out, &e->selector);
    }
    if (e->known && e->dst.family)
        (void)fprintf(out, "%s src %s dst %s", e->is_policy ? " tmpl" : "",
                      show_addr(src, &e->src), show_addr(dst, &e->dst));
    if (!e->is_policy)
        (void)fprintf(out, " spi %s", show_spi(spi, e->spi));
    if (e->known && e->reqid)
        (void)fprintf(out, " reqid %" PRIu32, e->reqid);
    if (count_name(e->kind))
        (void)fprintf(out, " %s %" PRIu64, count_name(e->kind), e->count);
    (void)fputc('\n', out);
}

static int json_time(json_t *root)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return json_object_set_new(root, "time",
                               json_real((double)t.tv_sec + (double)t.tv_nsec / 1e9));
}

/* What the event is about, as far as the card still has it. */
static int json_about(json_t *root, const struct espl_event *e)
{
    char src[SHOW_TEXT], dst[SHOW_TEXT];
    int bad = 0;
    if (!e->is_policy)
        bad = json_object_set_new(root, "spi", json_integer(e->spi));
    if (!bad && e->known)
        bad = json_object_set_new(root, "reqid", json_integer(e->reqid));
    if (!bad && e->known && e->dst.family)
        bad = json_object_set_new(root, "src", json_string(show_addr(src, &e->src))) ||
              json_object_set_new(root, "dst", json_string(show_addr(dst, &e->dst)));
    if (!bad && e->known && e->is_policy)
        bad = json_object_set_new(root, "selector", selector_json(&e->selector));
    if (!bad && count_name(e->kind))
        bad = json_object_set_new(root, count_name(e->kind), json_integer((json_int_t)e->count));
    return bad;
}

/* An object a line, so that a reader has each event as it comes. */
static int tell_json(struct espctl *ctl, const struct espl_event *e)
{
    json_t *root = json_pack("{s:s, s:s, s:I}", "event", espl_event_name(e->kind), "dir",
                             dir_name(e), "missed", (json_int_t)e->missed);
    int bad = !root || (ctl->timestamps && json_time(root)) || json_about(root, e);
    if (bad)
        (void)espctl_fail(ctl, "out of memory");
    else if (json_dumpf(root, ctl->out, JSON_COMPACT) || fputc('\n', ctl->out) == EOF)
        bad = espctl_fail(ctl, "the output cannot be written");
    json_decref(root);
    return bad ? -1 : 0;
}

static int tell(struct espctl *ctl, const struct espl_event *e)
{
    if (ctl->json) {
        if (tell_json(ctl, e))
            return -1;
    } else {
        if (ctl->timestamps)
            show_time(ctl->out);
        print(ctl->out, e);
    }
    return fflush(ctl->out) ? espctl_fail(ctl, "the output cannot be written") : 0;
}

int espctl_monitor(struct args *args)
{
    struct monitor m = {0};
    struct espctl *ctl = args->ctl;
    if (parse(args, &m))
        return -1;
    enum espl_err err = espl_events_start(ctl->card);
    for (uint32_t told = 0; !err && (!m.count || told < m.count);) {
        struct espl_event event;
        uint64_t now = now_ms(), left = m.ends ? m.ends - now : SLICE_MS;
        if (m.ends && now >= m.ends)
            return 0;
        err = espl_event_wait(ctl->card, left < SLICE_MS ? (unsigned)left : SLICE_MS, &event);
        if (!err) {
            told++;
            if (tell(ctl, &event))
                return -1;
        } else if (err == ESPL_ERR_TIMEOUT) {
            err = espl_card_alive(ctl->card); /* is it the card that is silent? */
        }
    }
    return err ? espctl_fail_card(ctl, err) : 0;
}
