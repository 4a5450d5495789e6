/* SPDX-License-Identifier: Apache-2.0 */
/* A network namespace for this process, and another one at the far end of its links. */
#ifndef TESTS_NETNS_H
#define TESTS_NETNS_H

#include <stdbool.h>
#include <sys/types.h>

/* This process in a namespace of its own. False: not allowed here. */
bool netns_enter(void);
/* A process that keeps a second namespace until netns_end. */
pid_t netns_begin(void);
void netns_end(pid_t pid);
/* A shell command here; in the namespace of `pid`. The test fails when it fails. */
void netns_run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void netns_run_in(pid_t pid, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
