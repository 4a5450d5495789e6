/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All IKE_SAs of the daemon, as a machine without input or output of its own: datagrams and time
 * come in through calls, datagrams and events go out through `env`. So two of them can talk in one
 * test process over a network that loses, repeats and reorders.
 */
#ifndef CTRL_MANAGER_H
#define CTRL_MANAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctrl/config/config.h"
#include "ctrl/dataplane/dataplane.h"

struct endpoint {
    struct espl_addr addr;
    uint16_t port; /* host order */
};

enum ike_event_kind {
    IKE_EVENT_IKE_UP, /* authenticated */
    IKE_EVENT_IKE_DOWN,
    IKE_EVENT_IKE_UPDATED, /* between other endpoints: a NAT, or MOBIKE */
    IKE_EVENT_IKE_REKEYED, /* its CHILD_SAs are another's now; only the new one is told of */
    IKE_EVENT_CHILD_UP,
    IKE_EVENT_CHILD_REKEYED, /* the new SAs carry the traffic */
    IKE_EVENT_CHILD_DOWN,
    IKE_EVENT_CHILD_GONE, /* leaves the data plane: after DOWN; after REKEYED, the old one */
    IKE_EVENT_FAILED,     /* an initiation failed for good; text says why */
};

struct ike_event {
    enum ike_event_kind kind;
    const char *conn, *child; /* child: NULL for IKE_* */
    const char *text;         /* proposal, peer, NAT: one line for people */
    const char *proposal;     /* IKE_UP, CHILD_UP, CHILD_REKEYED: what was chosen, in swanctl.conf's
                                 words; else NULL */
    struct espl_addr local, remote;   /* outer */
    uint16_t local_port, remote_port; /* where IKE is spoken now: 500, or 4500 and the NAT's */
    bool nat_here; /* a NAT is in front of this side: somebody must send keepalives (RFC 3948 4) */
    bool encap;    /* CHILD_*: ESP in UDP */
    uint32_t spi_in, spi_out;  /* CHILD_* */
    unsigned ike_id, child_id; /* numbers that no other SA of this run has; child_id: CHILD_* */
    unsigned old_id;           /* IKE_REKEYED, CHILD_REKEYED: of what it replaces; 0: unknown */
    bool terminated;           /* *_DOWN: the user asked for it */
    bool dead;                 /* *_DOWN: the peer does not answer */
    const struct espl_addr *vips, *dns; /* IKE_*, CHILD_*: what the peer gave this side */
    size_t vip_count, dns_count;
};

struct signer;

struct ike_env {
    void *user;
    struct signer *signer; /* the caller's: all private keys and shared secrets (ctrl/signer) */
    uint64_t (*now_ms)(void *user); /* monotonic */
    /* An IKE message without the non-ESP marker; when src->port is not 500 the sender puts it in
     * front. */
    void (*send)(void *user, const struct endpoint *src, const struct endpoint *dst,
                 const uint8_t *data, size_t len);
    void (*event)(void *user, const struct ike_event *event);
    /* The address this host sends from to reach `remote`; asked when a connection has no local_addr
     * and is initiated (the NAT detection hash needs it). false: no route. NULL: never known. */
    bool (*source)(void *user, const struct espl_addr *remote, struct espl_addr *local);
    /* Begin to fetch by HTTP: a CRL, or, with something to post, an OCSP response. It ends, soon
     * and once, with ike_manager_fetched, but not from within the call. false: it can't be; NULL:
     * nothing can. */
    bool (*fetch)(void *user, unsigned number, const char *url, const uint8_t *post, size_t len);
    /* The host's own addresses on the WAN (at most max), for MOBIKE. How many. NULL: not known. */
    size_t (*addresses)(void *user, struct espl_addr *list, size_t max);
    /* An address that a peer gave to this host (RFC 7296 2.19) comes, or goes. NULL: not wanted. */
    void (*vip)(void *user, const struct espl_addr *addr, bool add);
    /* A line with keys for a file of that name, in Wireshark's form. NULL: no key is ever told. */
    void (*keys)(void *user, const char *file, const char *line);
    unsigned fragment_size; /* bytes of IP packet that an IKE message is cut to; 0: 1280 */
};

struct ike_manager;

/* config is referenced; dp and env must outlive the manager. NULL: no memory. */
struct ike_manager *ike_manager_new(struct config *config, struct dataplane *dp,
                                    const struct ike_env *env);
/* Deletes every CHILD_SA from the data plane, sends nothing; wipes all keys. NULL is fine. */
void ike_manager_free(struct ike_manager *m);

/* One datagram, marker removed. Whatever it holds. */
void ike_manager_input(struct ike_manager *m, const struct endpoint *local,
                       const struct endpoint *peer, const uint8_t *data, size_t len);
/* Datagrams that were waiting together, one by one by calls of the former between these two and
 * with nothing else between them: it costs less, and comes to the same. */
void ike_manager_begin_lot(struct ike_manager *m);
void ike_manager_end_lot(struct ike_manager *m);
/* When ike_manager_tick wants to be called (ms on now_ms' clock, UINT64_MAX: not at all). */
uint64_t ike_manager_deadline(const struct ike_manager *m);
void ike_manager_tick(struct ike_manager *m);

/* What env.fetch began came; data NULL: it did not. */
void ike_manager_fetched(struct ike_manager *m, unsigned number, const uint8_t *data, size_t len);

/* A packet under a policy of that reqid found no SA: what the trap is for is set up. */
void ike_manager_acquire(struct ike_manager *m, uint32_t reqid);

/* The card says that an SA with this SPI has had what it may: rekey its CHILD_SA; hard: it carries
 * nothing any more, end it. Unknown SPIs are others' affair. */
void ike_manager_expires(struct ike_manager *m, bool inbound, uint32_t spi, bool hard);

/* The host's addresses or routes on the WAN changed: IKE_SAs with MOBIKE look for a better path. */
void ike_manager_paths(struct ike_manager *m);

/* Set up what has start_action = start (call it again to retry what went down). */
void ike_manager_start(struct ike_manager *m);
/* Names as in swanctl.conf; -1: no such child, not up, or (initiate) no remote address. Progress
 * and failure come as events. */
int ike_manager_initiate(struct ike_manager *m, const char *conn, const char *child);
int ike_manager_rekey_child(struct ike_manager *m, const char *child);
int ike_manager_terminate(struct ike_manager *m, const char *conn);
/* Send DELETE for every IKE_SA; done when ike_manager_count is 0 or the caller is tired
 * of waiting. */
void ike_manager_shutdown(struct ike_manager *m);
size_t ike_manager_count(const struct ike_manager *m);

#endif
