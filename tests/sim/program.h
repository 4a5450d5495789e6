/* SPDX-License-Identifier: Apache-2.0 */
/* Running espsim as its user does: command line in, exit code and both outputs back. */
#ifndef TESTS_SIM_PROGRAM_H
#define TESTS_SIM_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

struct outcome {
    int code;        /* of the exit; 128 and the signal's number when one ended it */
    char *out, *err; /* owned; what it printed */
};

/* The program under test: build/espsim, or what the environment says by ESPSIM. */
const char *espsim_path(void);

/* argv without the program's name, ended by NULL. Waits for the end, 60 s at most. */
struct outcome espsim(const char *const *argv);
void outcome_clear(struct outcome *o);
/* Runs it and compares: the code, and a word that stderr must have on its one line. */
void espsim_fails(const char *const *argv, int code, const char *word);

/* Starts it and waits for its "ready" on --ready-fd. Its outputs go to files out and err. */
pid_t espsim_start(const char *const *argv, const char *out, const char *err);
int espsim_wait(pid_t pid); /* as outcome.code */

/* A whole file, ended by 0; owned by the caller. */
char *slurp(const char *path, size_t *len);

#endif
