/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process of espalierd gives up for good: files, root, capabilities, the network, all system
 * calls but those on its list. Each process says in a table what it keeps.
 */
#ifndef CTRL_PRIVILEGE_CONFINE_H
#define CTRL_PRIVILEGE_CONFINE_H

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>

struct confinement {
    const char *name;      /* of the process, as ps shows it */
    const char *user;      /* as root it becomes this one, or `nobody` when there is none */
    bool no_network;       /* it has no interface, and what it opens reaches nobody */
    bool empty_root;       /* the file system is an empty folder that no longer exists */
    bool ends_with_parent; /* whatever it does just then */
    bool lock_memory;      /* out of the swap, where the limits allow it */
    bool (*warm_up)(void); /* while there still are files; NULL: nothing */
    const int *calls;      /* allowed whatever their arguments */
    size_t call_count;
    bool forbids; /* the list is of what is refused instead: all else is allowed */
    int (*rules)(scmp_filter_ctx ctx); /* those allowed with some arguments; NULL: none */
    bool refuses;                      /* other calls fail with EPERM; else they end the process */
    bool logs; /* those that fail stand in the kernel's log (type=1326), as those that end it do */
};

/* fds: what stays open, of `count` numbers. Then nothing can be got back. 0, or -1 with errno. */
int confine(const struct confinement *c, const int *fds, size_t count);
/* Of all that only the system calls, for a process that keeps the rest. 0, or -1 with errno. */
int confine_calls(const struct confinement *c);
/* The user that it becomes; NULL: nobody is there. */
const char *confine_user(const struct confinement *c);
/* For warm_up: what OpenSSL reads when it is first used. */
bool confine_warm_up_crypto(void);
/* /dev/null as standard input and output, so that no other file gets their numbers. -1: errno. */
int confine_quiet_input(void);

#endif
