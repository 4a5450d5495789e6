/* SPDX-License-Identifier: Apache-2.0 */
/* espsim: the virtual card. Picks the subcommand, and for --trace the build that can. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/card/run.h"
#include "sim/replay/replay.h"

#define TRACED "espsim-trace" /* stands beside espsim; `make espsim-trace` */

static const char usage[] =
    "usage: espsim run    the card as a process: ports, and the BAR on a socket\n"
    "       espsim replay capture files through the card, offline\n"
    "       espsim --help | --version; espsim COMMAND --help\n";

static bool wants_trace(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--trace") == 0 || strncmp(argv[i], "--trace=", 8) == 0)
            return true;
    return false;
}

/* Tracing slows the model tens of times even while it is off, so the build that can is another
 * program. Returns only when this one already is it, or on failure: false. */
static bool become_traced(char **argv)
{
    char path[512];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof TRACED - 1);
    char *name;

    path[n > 0 ? n : 0] = '\0';
    name = strrchr(path, '/');
    if (!name) {
        fprintf(stderr, "espsim: --trace: /proc/self/exe: %s\n", strerror(errno));
        return false;
    }
    if (strcmp(name + 1, TRACED) == 0)
        return true;
    memcpy(name + 1, TRACED, sizeof TRACED);
    execv(path, argv);
    fprintf(stderr, "espsim: --trace needs %s: %s; `make espsim-trace` builds it\n", path,
            strerror(errno));
    return false;
}

int main(int argc, char **argv)
{
    if (wants_trace(argc, argv) && !become_traced(argv))
        return 1;
    if (argc >= 2 && strcmp(argv[1], "run") == 0)
        return espsim_run(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "replay") == 0)
        return espsim_replay(argc - 1, argv + 1);
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("espsim " ESPL_VERSION);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (argc >= 2)
        fprintf(stderr, "espsim: %s: not understood\n", argv[1]);
    fputs(usage, stderr);
    return 2;
}
