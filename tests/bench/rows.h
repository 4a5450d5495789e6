/* SPDX-License-Identifier: Apache-2.0 */
/* The bench's figures: rows of build/bench/hw.json. */
#ifndef TESTS_BENCH_ROWS_H
#define TESTS_BENCH_ROWS_H

#include "tests/bench/lane.h"

enum direction { ENCRYPT, DECRYPT, BOTH };

/* What all loads of one run have in common. */
struct run {
    const char *mode;
    enum direction direction;
    unsigned sas;
};

/* A row of load n for its lanes (one, or of BOTH the two; the slower one's figures). */
void rows_load(const struct run *run, struct lane *const *lanes, size_t n);
/* One figure and what is wanted of it: at most, or at least. */
void rows_figure(const char *name, const char *mode, enum direction direction, long len,
                 double value, const char *unit, double aim, bool at_most);

/* A line for a run: its worst load. */
void rows_summary(const struct run *run);
struct rows_result {
    unsigned missed; /* runs and figures that are beyond their aims */
    uint64_t lost;   /* packets that went in and never came out */
};
/* False: the file could not be written. */
bool rows_write(const char *path, struct rows_result *result);

#endif
