/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a running espalierd and how they hold together. daemon.c opens and closes them,
 * loop.c gives them their turns, tables.c keeps the card true to the kernel, live.c remembers what
 * is up.
 */
#ifndef CTRL_DAEMON_H
#define CTRL_DAEMON_H

#include <stdio.h>

#include "ctrl/daemon/live.h"
#include "ctrl/daemon/notify.h"
#include "ctrl/daemon/options.h"
#include "ctrl/daemon/savekeys.h"
#include "ctrl/daemon/sockets.h"
#include "ctrl/dataplane/card.h"
#include "ctrl/exchange/manager.h"
#include "ctrl/net/net.h"
#include "ctrl/net/nexthop.h"
#include "ctrl/fetch/fetch.h"
#include "ctrl/signer/signer.h"
#include "ctrl/vici/vici.h"

struct daemon {
    const struct options *options;
    struct config *config;  /* owned reference */
    struct signer *signer;  /* owned: a process of its own */
    struct fetcher *fetcher; /* the loop's; NULL: none yet */
    struct espl_card *card; /* owned, as all below */
    bool has_ipv6;          /* the card */
    struct net *net;
    struct nexthops *hops;
    struct sockets sockets;
    struct dataplane *dp;
    struct ike_manager *ike;
    FILE *events;
    struct vici *vici; /* NULL: no control socket */
    struct live live;
    struct notify_socket notify; /* systemd, if it wants to know */
    struct save_keys save_keys;
    bool stopping;
    bool card_tells;      /* it has an event queue */
    bool card_gone;       /* told once */
    bool netdev_gone;
    bool paths_changed; /* the host's addresses or routes: IKE is to look at its paths */
    unsigned card_silent; /* checks in a row without an answer */
};

/* command.c: the whole program but main(), so that tests can have it; the exit status. */
int espalierd(int argc, char **argv);

/* 0, or the exit status; a sentence was said. On failure what was opened is closed by daemon_close.
 */
int daemon_open(struct daemon *d, const struct options *options);
void daemon_close(struct daemon *d);
/* SIGHUP: another configuration; SAs of what did not change stay. */
void daemon_reload(struct daemon *d);
void daemon_status(struct daemon *d);
/* Says so, once. */
void daemon_card_gone(struct daemon *d, const char *why);

/* loop.c: until told to end; the exit status. */
int daemon_run(struct daemon *d);

/* cardevents.c */
void cardevents_open(struct daemon *d);
void cardevents_read(struct daemon *d);

/* tables.c */
int tables_open(struct daemon *d, char *why, size_t why_len); /* the card's ports, empty tables */
extern const struct net_env tables_env;                       /* user is the struct daemon */
/* For struct card_net: the kernel's route for what a policy protects. */
void tables_protect(void *user, const struct dp_child *child, uint16_t mtu, bool add);

/* events.c: to the log, to --events, to d->live */
void daemon_event(void *user, const struct ike_event *event);

#endif
