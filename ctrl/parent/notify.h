/* SPDX-License-Identifier: Apache-2.0 */
/* Telling systemd how it goes (sd_notify(3): datagrams to the socket in NOTIFY_SOCKET). */
#ifndef CTRL_PARENT_NOTIFY_H
#define CTRL_PARENT_NOTIFY_H

#include <stdbool.h>

struct notify_socket {
    int fd;       /* -1: nobody wants to know */
    bool watched; /* WATCHDOG_USEC: a sign of life is wanted */
};

/* Takes the variables out of the environment; before privileges go and the root changes. */
void notify_open(struct notify_socket *n);
void notify_close(struct notify_socket *n);
/* "READY=1", "STATUS=..": a lost one is no error. */
void notify_say(const struct notify_socket *n, const char *text);
void notify_alive(const struct notify_socket *n); /* once a second */

#endif
