/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that fetches: it alone opens connections and resolves names, and it has nothing worth
 * stealing. A question is a datagram, its answer a datagram with a file in memory.
 */
#ifndef CTRL_FETCH_LINK_H
#define CTRL_FETCH_LINK_H

#include <sys/types.h>

#include "ctrl/fetch/fetch.h"
#include "ctrl/privilege/confine.h"

struct fetch_link;

/* Forked here: it keeps only its socket, the log and standard error. NULL: errno. */
struct fetch_link *fetch_link_start(void);
pid_t fetch_link_pid(const struct fetch_link *l);
/* It ends when nobody that has the link, by a fork, is left. NULL is fine. */
void fetch_link_free(struct fetch_link *l);

int fetch_link_fd(const struct fetch_link *l); /* to be watched */
/* As fetcher_begin; what comes of it is told by fetch_link_input. */
bool fetch_link_begin(struct fetch_link *l, unsigned number, const char *url, const uint8_t *post,
                      size_t len);
/* Takes one answer. false: the process ended; what was begun has been answered with nothing. */
bool fetch_link_input(struct fetch_link *l, fetch_fn done, void *user);
/* The log was opened again: it writes there, too. */
void fetch_link_log(struct fetch_link *l, int fd);

/* process.c: for ever. Never returns. */
_Noreturn void fetch_process(int fd);
extern const struct confinement fetch_confinement;

#define FETCH_LINK_BYTES (64u * 1024) /* of a question */

#endif
