/* SPDX-License-Identifier: Apache-2.0 */
/*
 * espctl's commands as calls: `state add ...` on an open card. main.c feeds them the command line
 * or a batch file; `espsim replay` feeds them its file of lines.
 */
#ifndef ESPCTL_COMMAND_H
#define ESPCTL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "driver/card.h"

/* For messages */
#define ESPCTL_OBJECTS "state, policy, neigh, nexthop, link, counters, stat, monitor, card, dump"

struct espctl {
    struct espl_card *card; /* NULL only for what needs none, espctl_needs_card */
    FILE *out;              /* what list prints */
    FILE *err;              /* where a forced batch tells its failures; NULL: nowhere */
    bool stats;             /* -s */
    bool json;              /* -j */
    bool pretty;            /* -p */
    bool details;           /* -d */
    bool timestamps;        /* -t */
    FILE *progress;         /* where a long batch tells how far it is; NULL: nowhere */
    const uint8_t *nexthop; /* MAC that `state add` gives to inbound SAs which name none (the
                             * replay's default); NULL: none */
    char why[512];          /* the last failure, a sentence that names the field */
};

/* argv[0] is the object ("state", "policy", ...), or an
 * abbreviation of it as iproute2 takes them. A key among the words is wiped there once it was read.
 * 0, or -1 with ctl->why set. */
int espctl_command(struct espctl *ctl, int argc, char **argv);
/* Is it a command about a card? "card list" is not. */
bool espctl_needs_card(int argc, char **argv);
/* Every line of `in`; # starts a comment, \ at the end continues. Stops at the first failure
 * (unless `force`) with "NAME:LINE: why"; forced, each failure goes to ctl->err. */
int espctl_batch(struct espctl *ctl, FILE *in, const char *name, bool force);

#endif
