/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network-facing process: what strangers send comes here, and only here. It has no root, no
 * files and no card: what it needs of them it asks its parent for (ctrl/privilege/ask.h). daemon.c
 * opens and closes its parts, confine.c says what it keeps, loop.c gives the turns, live.c
 * remembers what is up.
 */
#ifndef CTRL_DAEMON_H
#define CTRL_DAEMON_H

#include <stdio.h>

#include "ctrl/daemon/live.h"
#include "ctrl/daemon/options.h"
#include "ctrl/daemon/sockets.h"
#include "ctrl/exchange/manager.h"
#include "ctrl/fetch/link.h"
#include "ctrl/privilege/ask.h"
#include "ctrl/signer/signer.h"
#include "ctrl/vici/vici.h"

struct daemon {
    const struct options *options;
    struct asker parent;
    int wake;                 /* of the parent: it has something to say */
    struct config *config;    /* owned reference */
    struct signer *signer;    /* owned: a process of its own */
    struct fetch_link *fetch; /* owned: one more; NULL: it has ended */
    struct started started;   /* what the parent gave */
    struct sockets sockets;   /* owned, as all below */
    struct dataplane *dp;
    struct ike_manager *ike;
    FILE *events;
    struct vici *vici; /* NULL: no control socket */
    struct live live;
    struct espl_addr own[REQUEST_ADDRESSES_MAX]; /* the host's addresses on the WAN */
    size_t own_count;
    bool own_known; /* they have not changed since they were asked for */
    bool stopping;
};

/* command.c: the whole program but main(), so that tests can have it; the exit status. */
int espalierd(int argc, char **argv);

/* The whole process, in a fork of the parent: its exit status. link, wake: to the parent. */
int daemon_process(const struct options *options, struct signer *signer, struct fetch_link *fetch,
                   int link, int wake);

/* 0, or the exit status; a sentence was said. On failure what was opened is closed by daemon_close.
 */
int daemon_open(struct daemon *d);
void daemon_close(struct daemon *d);
/* SIGHUP: another configuration; SAs of what did not change stay. */
void daemon_reload(struct daemon *d);
void daemon_status(struct daemon *d);

/* confine.c: the last thing before the configuration is read. 0, or -1 with errno. */
int daemon_confine(const struct daemon *d);
extern const struct confinement daemon_confinement;

/* loop.c: until told to end; the exit status. */
int daemon_run(struct daemon *d);

/* events.c: to the log, to --events, to d->live */
void daemon_event(void *user, const struct ike_event *event);

#endif
