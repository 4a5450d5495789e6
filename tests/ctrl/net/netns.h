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

/* A gateway: host1 here with 192.0.2.1, its other end wan with 192.0.2.2 in a second namespace,
 * host0 with 10.1.0.1 and lan. What netns_begin returns. */
pid_t netns_gateway(void);
void netns_gateway_end(pid_t pid); /* 0 is fine */

#endif
