/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `espsim run` (see options.h). */
#include "sim/card/options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: espsim run --socket PATH --plain SPEC --cipher SPEC --host0 SPEC --host1 SPEC\n"
    "                  [--bar shm:FILE|xrt-hwemu[:PATH]] [--trace FILE.fst] [--ready-fd N] "
    "[--verbose]\n"
    "       (--socket, --bar or both)\n"
    "SPEC: tap:NAME[@NETNS] | unix:LOCAL,REMOTE | pcap:IN,OUT | none\n";

static bool parse_fd(const char *text, int *fd)
{
    char *end;
    long n;

    errno = 0;
    n = strtol(text, &end, 10);
    if (errno || *end || end == text || n < 0 || n > INT_MAX || fcntl((int)n, F_GETFD) < 0)
        return false;
    *fd = (int)n;
    return true;
}

static int complete(const struct run_options *o)
{
    if (!o->bar.socket && !o->bar.shm && !o->bar.hwemu) {
        fprintf(stderr, "espsim run: --socket or --bar is missing\n%s", usage);
        return 2;
    }
    for (unsigned p = 0; p < SIM_PORTS; p++) {
        if (o->port[p])
            continue;
        fprintf(stderr, "espsim run: --%s is missing (none is a port too)\n%s",
                sim_card_port_name[p], usage);
        return 2;
    }
    return -1;
}

int run_options_parse(int argc, char **argv, struct run_options *o)
{
    static const struct option longs[] = {
        {"plain", required_argument, NULL, SIM_PLAIN},
        {"cipher", required_argument, NULL, SIM_CIPHER},
        {"host0", required_argument, NULL, SIM_HOST0},
        {"host1", required_argument, NULL, SIM_HOST1},
        {"socket", required_argument, NULL, 's'},
        {"bar", required_argument, NULL, 'b'},
        {"trace", required_argument, NULL, 't'},
        {"ready-fd", required_argument, NULL, 'r'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    memset(o, 0, sizeof *o);
    o->ready_fd = -1;
    while ((c = getopt_long(argc, argv, "vh", longs, NULL)) != -1) {
        switch (c) {
        case SIM_PLAIN:
        case SIM_CIPHER:
        case SIM_HOST0:
        case SIM_HOST1:
            o->port[c] = optarg;
            break;
        case 's':
            o->bar.socket = optarg;
            break;
        case 'b':
            if (!bar_spec_parse(&o->bar, optarg)) {
                fprintf(stderr, "espsim run: --bar %s: not understood\n%s", optarg, usage);
                return 2;
            }
            break;
        case 't':
            o->trace = optarg;
            break;
        case 'r':
            if (!parse_fd(optarg, &o->ready_fd)) {
                fprintf(stderr, "espsim run: --ready-fd %s: not an open descriptor\n", optarg);
                return 2;
            }
            break;
        case 'v':
            o->verbose = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs(usage, stderr);
            return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "espsim run: %s: not understood\n%s", argv[optind], usage);
        return 2;
    }
    return complete(o);
}
