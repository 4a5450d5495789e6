/* SPDX-License-Identifier: Apache-2.0 */
/* The bench's figures (see rows.h). */
#include "tests/bench/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#define SLOW_MHZ    250.0
#define FAST_MHZ    322.265625
#define LINE_GBPS   100.0
#define UTILISATION 0.999 /* the aim */

static const char *const direction_name[] = {"encrypt", "decrypt", "both"};
static json_t *rows;
static struct rows_result result;

/* of the run since the last rows_summary */
static struct {
    unsigned loads, slow, below;
    double utilisation, line_rate;
    char at[24], line_rate_at[24];
    uint64_t packets, lost;
} worst;

static void add(json_t *row)
{
    if (!rows)
        rows = json_array();
    assert_non_null(rows);
    assert_int_equal(json_array_append_new(rows, row), 0);
}

static double utilisation(const struct load *load)
{
    return load->cycles ? (double)load->beats / (double)load->cycles : 0;
}

/* bytes in the load's cycles, at a clock */
static double gbps(const struct load *load, uint64_t bytes, double mhz)
{
    return load->cycles ? (double)bytes * 8.0 * mhz / 1000.0 / (double)load->cycles : 0;
}

/* A port of 100 Gbit/s takes no more than that, whatever the engine could do. */
static double line_rate(const struct load *load, double mhz)
{
    double percent = 100.0 * gbps(load, load->wire_bytes, mhz) / LINE_GBPS;
    return percent < 100.0 ? percent : 100.0;
}

static const char *label(const struct load *load, char text[24])
{
    if (load->lengths == LENGTH_FIXED)
        snprintf(text, 24, "%zu", load->len);
    else
        snprintf(text, 24, "%s", load->lengths == LENGTH_IMIX ? "imix" : "random");
    return text;
}

static void remember(const struct load *load, uint64_t packets, uint64_t lost)
{
    char text[24];
    double u = utilisation(load), rate = line_rate(load, SLOW_MHZ);
    if (worst.loads == 0 || u < worst.utilisation) {
        worst.utilisation = u;
        memcpy(worst.at, label(load, text), sizeof worst.at);
    }
    if (worst.loads == 0 || rate < worst.line_rate) {
        worst.line_rate = rate;
        memcpy(worst.line_rate_at, label(load, text), sizeof worst.line_rate_at);
    }
    worst.loads++;
    worst.slow += u < UTILISATION;
    worst.below += rate < 100.0;
    worst.packets += packets;
    worst.lost = lost;
}

void rows_load(const struct run *run, struct lane *const *lanes, size_t n)
{
    char text[24], name[96];
    const struct load *load = &lanes[0]->loads[n];
    uint64_t packets = load->packets, lost = lanes[0]->sent - lanes[0]->got;
    if (run->direction == BOTH) {
        const struct load *other = &lanes[1]->loads[n];
        packets += other->packets;
        lost += lanes[1]->sent - lanes[1]->got;
        if (utilisation(other) < utilisation(load))
            load = other;
    }
    snprintf(name, sizeof name, "%s, %s, %u SAs, %s", run->mode, direction_name[run->direction],
             run->sas, label(load, text));
    json_t *len = load->lengths == LENGTH_FIXED ? json_integer((json_int_t)load->len)
                                                : json_string(label(load, text));
    add(json_pack("{s:s, s:s, s:o, s:i, s:s, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:I}",
                  "name", name, "direction", direction_name[run->direction], "inner_len", len,
                  "sas", (int)run->sas, "mode", run->mode, "packets", (json_int_t)packets,
                  "cycles", (json_int_t)load->cycles, "beats", (json_int_t)load->beats,
                  "utilisation", utilisation(load), "gbps_250",
                  gbps(load, load->esp_bytes, SLOW_MHZ), "gbps_322",
                  gbps(load, load->esp_bytes, FAST_MHZ), "line_rate_pct_250",
                  line_rate(load, SLOW_MHZ), "line_rate_pct_322", line_rate(load, FAST_MHZ),
                  "lost", (json_int_t)lost));
    remember(load, packets, lost);
}

void rows_summary(const struct run *run)
{
    bool good = worst.slow == 0 && worst.lost == 0;
    printf("%-10s %-8s %5u SAs %5u loads %9llu packets  utilisation >= %.5f (%s)  "
           "line rate at 250 MHz >= %.2f %% (%s)  lost %llu%s\n",
           run->mode, direction_name[run->direction], run->sas, worst.loads,
           (unsigned long long)worst.packets, worst.utilisation, worst.at, worst.line_rate,
           worst.line_rate_at, (unsigned long long)worst.lost, good ? "" : "  MISSED");
    fflush(stdout);
    result.missed += !good;
    result.lost += worst.lost;
    memset(&worst, 0, sizeof worst);
}

void rows_figure(const char *name, const char *mode, enum direction direction, long len,
                 double value, const char *unit, double aim, bool at_most)
{
    bool good = at_most ? value <= aim : value >= aim;
    json_t *row = json_pack("{s:s, s:s, s:s, s:i}", "name", name, "direction",
                            direction_name[direction], "mode", mode, "sas", 1);
    assert_non_null(row);
    static const char *const none[] = {"packets",  "cycles",   "beats",
                                       "utilisation", "gbps_250", "gbps_322",
                                       "line_rate_pct_250", "line_rate_pct_322", "lost"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        json_object_set_new(row, none[i], json_null());
    json_object_set_new(row, "inner_len", len ? json_integer(len) : json_null());
    json_object_set_new(row, "value", json_real(value));
    json_object_set_new(row, "unit", json_string(unit));
    json_object_set_new(row, "aim", json_real(aim));
    add(row);
    printf("%s, %s: %.10g %s (wanted: %s %.10g)%s\n", name, direction_name[direction], value, unit,
           at_most ? "at most" : "at least", aim, good ? "" : "  MISSED");
    fflush(stdout);
    result.missed += !good;
}

bool rows_write(const char *path, struct rows_result *r)
{
    bool ok = rows && json_dump_file(rows, path, JSON_INDENT(1) | JSON_REAL_PRECISION(8)) == 0;
    json_decref(rows);
    rows = NULL;
    *r = result;
    return ok;
}
