/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that keeps root: it opens the card, netlink and the sockets, starts the others, and
 * does for the network-facing process what service.c allows it. Nothing of a stranger is read here.
 *
 * processes.c starts and watches the others, parent.c opens and closes, loop.c gives the turns,
 * tables.c keeps the card true to the kernel, cardevents.c hears what the card tells.
 */
#ifndef CTRL_PARENT_H
#define CTRL_PARENT_H

#include <uv.h>

#include "ctrl/daemon/options.h"
#include "ctrl/daemon/sockets.h"
#include "ctrl/dataplane/card.h"
#include "ctrl/net/net.h"
#include "ctrl/net/nexthop.h"
#include "ctrl/parent/notify.h"
#include "ctrl/parent/queue.h"
#include "ctrl/parent/savekeys.h"
#include "ctrl/parent/service.h"
#include "ctrl/vici/vici.h"

enum { EXIT_FAILED = 1, EXIT_WRONG = 2 };

struct parent {
    const struct options *options;
    pid_t signer, fetch, network; /* 0: not there */
    int link;                     /* to the network-facing process */
    int keys, door;               /* to the signer: signer_give_file, signer_give_door */
    struct queue queue;           /* for it */
    struct service service;
    struct espl_card *card; /* owned, as all below; NULL: not yet */
    bool has_ipv6;          /* the card */
    struct net *net;
    struct nexthops *hops;
    struct sockets sockets; /* until they are handed over */
    struct dataplane *dp;
    int events;                  /* the file of --events, until it is handed over; -1 */
    struct vici *vici;           /* NULL: no control socket */
    struct notify_socket notify; /* systemd, if it wants to know */
    struct save_keys save_keys;
    bool running;    /* everything is open */
    bool card_tells; /* it has an event queue */
    bool card_gone;  /* told once */
    bool netdev_gone;
    bool paths_changed;   /* the host's addresses or routes: IKE is to look at its paths */
    unsigned card_silent; /* checks in a row without an answer */
    struct parent_loop *loop;
};

/* The whole daemon; the exit status. */
int parent_run(const struct options *options);

/* parent.c: to the log, and to the terminal when the log is elsewhere; returns status. */
int parent_fail(const struct parent *p, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* 0, or the exit status; a sentence was said. What was opened is closed by parent_close. */
int parent_open(struct parent *p);
void parent_close(struct parent *p);
/* Says so, once, and the network-facing process is told to end. */
void parent_card_gone(struct parent *p, const char *why);
void parent_status(struct parent *p);           /* SIGUSR1: what is in the card */
extern const struct service_env parent_service; /* but for its files, and whether keys are saved */

/* loop.c: until the network-facing process ends; the exit status. */
int parent_turns(struct parent *p);
/* Of the handler of START: what is watched from now on. 0, or libuv's error. */
int parent_watch(struct parent *p);
void parent_end(struct parent *p, int status);

/* confine.c: of the system calls only what its turns need, once all is open. 0, or -1 with errno. */
int parent_confine(const struct options *options);
struct confinement;
extern const struct confinement parent_confinement, parent_confinement_appends,
    parent_confinement_library;

/* processes.c: 0, or the exit status. */
int processes_start(struct parent *p);
void processes_tell(const struct parent *p); /* who runs as whom, in a line */
/* Those that have ended. true: the network-facing process, and *status is what to end with. */
bool processes_reap(struct parent *p, int *status);

/* cardevents.c */
void cardevents_open(struct parent *p);
void cardevents_read(struct parent *p);

/* tables.c */
int tables_open(struct parent *p, char *why, size_t why_len); /* the card's ports, empty tables */
extern const struct net_env tables_env;                       /* user is the struct parent */
/* For struct card_net: the kernel's route for what a policy protects. */
void tables_protect(void *user, const struct dp_child *child, uint16_t mtu, bool add);

#endif
