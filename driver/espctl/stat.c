/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stat [NAME ...]`: the counters that are not zero, and how fast they grow. With --watch they are
 * drawn anew every interval, until a signal or `count N` ends it.
 */
#include "driver/espctl/objects.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_MS 1000u
#define ERASE "\033[H\033[J" /* home, and clear to the end */

struct stat_args {
    bool watch;
    uint32_t interval_ms, count; /* count 0: no end */
};

struct sample {
    uint64_t values[ESPL_COUNTERS_MAX];
    struct timespec at;
};

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

/* Seconds, with a fraction. */
static int take_interval(struct args *args, uint32_t *ms)
{
    char *text, *end;
    if (args_value(args, "interval", &text))
        return -1;
    double seconds = strtod(text, &end);
    if (*end || end == text || !(seconds >= 0.01 && seconds <= 3600))
        return espctl_fail(args->ctl, "interval: \"%s\" is not 0.01 to 3600 seconds", text);
    *ms = (uint32_t)(seconds * 1000);
    return 0;
}

static int take_words(struct args *args, struct stat_args *s)
{
    while (args_more(args)) {
        int bad = 0;
        if (args_take(args, "--watch") || args_take(args, "watch"))
            s->watch = true;
        else if (args_take(args, "interval"))
            bad = take_interval(args, &s->interval_ms);
        else if (args_take(args, "count"))
            bad = args_number(args, "count", UINT32_MAX, &s->count);
        else
            return counters_check_names(args);
        if (bad)
            return -1;
    }
    return 0;
}

static enum espl_err take_sample(struct espl_card *card, struct sample *s)
{
    enum espl_err err = espl_counters(card, s->values);
    clock_gettime(CLOCK_MONOTONIC, &s->at);
    return err;
}

static double seconds_between(const struct sample *a, const struct sample *b)
{
    return (double)(b->at.tv_sec - a->at.tv_sec) + (double)(b->at.tv_nsec - a->at.tv_nsec) / 1e9;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* 12345678 a second as "12.3 M/s", bytes as bits: "98.8 Mbit/s". */
static const char *show_rate(char text[SHOW_TEXT], const char *name, double rate)
{
    static const char *const prefix[] = {"", "k", "M", "G", "T"};
    bool bytes = ends_with(name, "_bytes");
    size_t p = 0;
    if (bytes)
        rate *= 8;
    for (; rate >= 1000 && p + 1 < sizeof prefix / sizeof *prefix; p++)
        rate /= 1000;
    (void)snprintf(text, SHOW_TEXT, "%.*f %s%s", p ? 1 : 0, rate, prefix[p],
                   bytes ? "bit/s" : "/s");
    return text;
}

static void draw(struct args *args, const struct sample *before, const struct sample *now)
{
    double seconds = seconds_between(before, now);
    char rate[SHOW_TEXT];
    for (size_t i = 0; i < espl_counter_count(); i++) {
        const char *name = espl_counter_name(i);
        uint64_t grown = now->values[i] - before->values[i];
        if (!counters_wanted(args, name) ||
            (!now->values[i] && !args->count && !args->ctl->details))
            continue;
        (void)fprintf(args->ctl->out, "%-24s %20" PRIu64 " %16s\n", name, now->values[i],
                      show_rate(rate, name, seconds > 0 ? (double)grown / seconds : 0));
    }
}

static json_t *to_json(struct args *args, const struct sample *before, const struct sample *now)
{
    json_t *root = json_object();
    double seconds = seconds_between(before, now);
    for (size_t i = 0; root && i < espl_counter_count(); i++) {
        const char *name = espl_counter_name(i);
        double grown = (double)(now->values[i] - before->values[i]);
        json_t *one = counters_wanted(args, name)
                          ? json_pack("{sIsf}", "total", (json_int_t)now->values[i], "per_second",
                                      seconds > 0 ? grown / seconds : 0.0)
                          : NULL;
        if (one && json_object_set_new(root, name, one)) {
            json_decref(root);
            root = NULL;
        }
    }
    return root;
}

static int show(struct args *args, const struct stat_args *s, const struct sample *before,
                const struct sample *now)
{
    struct espctl *ctl = args->ctl;
    if (ctl->json)
        return show_json(ctl, to_json(args, before, now));
    if (s->watch && isatty(fileno(ctl->out)))
        (void)fputs(ERASE, ctl->out);
    if (ctl->timestamps)
        show_time(ctl->out);
    draw(args, before, now);
    return fflush(ctl->out) ? espctl_fail(ctl, "the output cannot be written") : 0;
}

int espctl_stat(struct args *args)
{
    struct stat_args s = {.interval_ms = INTERVAL_MS};
    struct sample before, now;
    if (take_words(args, &s))
        return -1;
    if (!s.watch)
        s.count = 1;
    const struct timespec pause = {.tv_sec = s.interval_ms / 1000,
                                   .tv_nsec = s.interval_ms % 1000 * 1000000L};
    struct sigaction end = {.sa_handler = stop}, old; /* not restarted: it ends the pause */
    stopped = 0;
    sigaction(SIGINT, &end, &old);
    enum espl_err err = take_sample(args->ctl->card, &before);
    int result = 0;
    for (uint32_t n = 0; !err && !result && (!s.count || n < s.count); n++) {
        (void)nanosleep(&pause, NULL);
        if (stopped)
            break;
        err = take_sample(args->ctl->card, &now);
        if (!err)
            result = show(args, &s, &before, &now);
        before = now;
    }
    sigaction(SIGINT, &old, NULL);
    return err ? espctl_fail_card(args->ctl, err) : result;
}
