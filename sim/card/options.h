/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line of `espsim run` says. */
#ifndef SIM_CARD_OPTIONS_H
#define SIM_CARD_OPTIONS_H

#include <stdbool.h>

#include "sim/card/bar.h"
#include "sim/card/card.h"

struct run_options {
    struct bar_specs bar;
    const char *port[SIM_PORTS]; /* specifications */
    const char *trace;           /* FST file or NULL */
    int ready_fd;                /* or -1 */
    bool verbose;
};

/* -1: go on; else the exit code of a wrong command line, or of --help. */
int run_options_parse(int argc, char **argv, struct run_options *o);

#endif
