/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the network-facing process and its parent, which has the card, netlink and the files:
 * one request, one answer, a datagram each, in this order only. A request begins with its kind, an
 * answer with 0 or an error. What the parent has to say by itself waits with it; an eventfd
 * tells that something does.
 *
 *   request           what it says              answer when the first number is 0
 *   OPEN              path                      a file: of certificates
 *   SECRET            path                      the number under which the signer has it
 *   GLOB, FOLDER      pattern, path; how many   are there more, paths
 *                     were told before
 *   CONFIGURED
 *   START                                       struct dp_caps, flags; files: see START_*
 *   READY, ALIVE
 *   LOG                                         a file
 *   SPIS              how many                  SPIs
 *   SPI_FREE          SPI
 *   INSTALL_IN, _OUT  struct dp_child, one key
 *   REMOVE            reqid, inbound SPI
 *   STATS             reqid, inbound SPI        struct dp_stats
 *   TRAP              struct dp_trap, add
 *   SOURCE            address                   address
 *   ADDRESSES                                   addresses
 *   VIP               address, add
 *   KEYS              file, line
 *   EVENTS                                      struct parent_event, as many as fit
 *
 * The first number of an answer is errno; to SPIS .. TRAP it is enum dp_err, and a sentence
 * follows.
 */
#ifndef CTRL_PRIVILEGE_REQUEST_H
#define CTRL_PRIVILEGE_REQUEST_H

#include "ctrl/dataplane/dataplane.h"
#include "ctrl/wire/cursor.h"

enum request_kind {
    REQUEST_OPEN = 1,
    REQUEST_SECRET,
    REQUEST_GLOB,
    REQUEST_FOLDER,
    REQUEST_CONFIGURED, /* no more files, until it is told to read them again */
    REQUEST_START,      /* the configuration is right: the sockets and the card are wanted */
    REQUEST_READY,      /* for the service manager, as the next one */
    REQUEST_ALIVE,
    REQUEST_LOG, /* opened again, after it was moved away */
    REQUEST_SPIS,
    REQUEST_SPI_FREE,
    REQUEST_INSTALL_IN,
    REQUEST_INSTALL_OUT,
    REQUEST_REMOVE,
    REQUEST_STATS,
    REQUEST_TRAP,
    REQUEST_SOURCE,
    REQUEST_ADDRESSES,
    REQUEST_VIP,
    REQUEST_KEYS,
    REQUEST_EVENTS,
};

#define REQUEST_BYTES 4096u       /* of a request: the longest is a line of keys */
#define ANSWER_BYTES (64u * 1024) /* of an answer: the paths of a folder */
#define REQUEST_PATH 2048u
#define REQUEST_SPIS_MAX 64u
#define REQUEST_ADDRESSES_MAX 64u
#define REQUEST_EVENTS_MAX 64u

/* What comes with the answer to START, in this order: the UDP sockets, each with family and port,
 * then the file of events. Clients of the control socket come from the signer. */
#define START_VICI 1u
#define START_EVENTS 2u

enum parent_event_kind {
    PARENT_ACQUIRE, /* value: reqid */
    PARENT_SOFT_IN, /* value: SPI, as of the next three */
    PARENT_SOFT_OUT,
    PARENT_HARD_IN,
    PARENT_HARD_OUT,
    PARENT_PATHS,  /* addresses or routes changed */
    PARENT_GONE,   /* the card, or a netdev */
    PARENT_SIGNAL, /* value: its number */
};

struct parent_event {
    enum parent_event_kind kind;
    uint32_t value;
};

/* The fields, the same way by both. A get_* that finds what can't be makes the cursor bad: it then
 * stands nowhere, and what was filled in must not be used. */
void put_addr(struct wr *w, const struct espl_addr *addr);
void get_addr(struct rd *r, struct espl_addr *addr);
/* Family 0, "not known", is taken too. */
void get_addr_or_none(struct rd *r, struct espl_addr *addr);
void put_text(struct wr *w, const char *text);
/* A line without control characters, at most size - 1 bytes. */
void get_line(struct rd *r, char *text, size_t size);
void put_child(struct wr *w, const struct dp_child *child, const uint8_t key[36]);
void get_child(struct rd *r, struct dp_child *child, uint8_t key[36]);
void put_trap(struct wr *w, const struct dp_trap *trap);
void get_trap(struct rd *r, struct dp_trap *trap);
bool get_bool(struct rd *r);
void put_caps(struct wr *w, const struct dp_caps *caps);
void get_caps(struct rd *r, struct dp_caps *caps);
/* Nothing follows, and nothing was wrong. */
bool request_ended(const struct rd *r);

#endif
