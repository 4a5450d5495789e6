/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's log: four calls. Never an argument: keys, nonces, plaintext. What a peer can cause
 * goes through log_peer, which is rate limited (and says how many lines it kept back).
 */
#ifndef CTRL_LOG_H
#define CTRL_LOG_H

#include <stdbool.h>
#include <stdio.h>

#define LOG_PRINTF(f, a) __attribute__((format(printf, f, a)))

void log_init(FILE *out, bool debug); /* lines are written whole and flushed */
bool log_reopen(const char *path); /* after `path` was moved away; false: errno, and as before */
bool log_reopen_at(int fd); /* as that, to a file that was opened already; it stays the caller's */
int log_fd(void); /* where lines go; -1: nowhere */
/* Every line is also told to `line`, which may not log. NULL: nobody listens. */
void log_listen(void (*line)(void *user, const char *text), void *user);
void log_errno(const char *fmt, ...) LOG_PRINTF(1, 2); /* ": strerror(errno)" is added */
void log_info(const char *fmt, ...) LOG_PRINTF(1, 2);
void log_debug(const char *fmt, ...) LOG_PRINTF(1, 2);
void log_peer(const char *fmt, ...) LOG_PRINTF(1, 2);

#endif
