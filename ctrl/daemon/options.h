/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of espalierd. */
#ifndef CTRL_OPTIONS_H
#define CTRL_OPTIONS_H

#include <stdbool.h>

struct options {
    const char *config; /* swanctl.conf */
    const char *card;   /* URI */
    const char *wan;    /* the host1 netdev: IKE is spoken there */
    const char *lan;    /* the host0 netdev */
    const char *log;    /* NULL: standard error */
    const char *events; /* NULL: none */
    const char *save_keys; /* a folder; NULL: no key is ever written */
    const char *vici;   /* NULL: the usual socket, if it can be had */
    unsigned fragment_size; /* bytes of IP packet; 0: the usual */
    bool debug, check, no_routes;
};

enum options_result { OPTIONS_RUN, OPTIONS_DONE /* exit 0 */, OPTIONS_WRONG /* exit 2 */ };

/* Prints --help and --version itself, and what is wrong with the command line. */
enum options_result options_parse(struct options *options, int argc, char **argv);

#endif
