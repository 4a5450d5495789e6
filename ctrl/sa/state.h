/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the machine remembers: the manager, its IKE_SAs, their CHILD_SAs, and the one request each
 * IKE_SA may have in flight (window 1, RFC 7296 2.3). Only data; who changes what stands in the
 * other headers of this folder.
 */
#ifndef CTRL_SA_STATE_H
#define CTRL_SA_STATE_H

#include "ctrl/crypto/keys.h"
#include "ctrl/exchange/manager.h"
#include "ctrl/wire/payload.h"
#include "ctrl/wire/selector.h"

struct auth_state;
struct trust;

struct nonce {
    uint8_t data[IKE_NONCE_MAX];
    size_t len;
};

/* One bit each: a transition names the states in which it is taken. */
enum ike_state {
    IKE_INIT_SENT = 1 << 0, /* initiator */
    IKE_HALF_OPEN = 1 << 1, /* responder: IKE_SA_INIT answered, nobody authenticated */
    IKE_AUTH_SENT = 1 << 2, /* initiator */
    IKE_UP = 1 << 3,
    IKE_REPLACED = 1 << 4, /* rekeyed: its children live in the new one; waits for the DELETE */
    IKE_DELETING = 1 << 5, /* our DELETE is in flight */
    IKE_CLOSED = 1 << 6,   /* only answers retransmissions, until gone_at */
};

enum child_state {
    CHILD_UP,       /* inbound installed; outbound too, unless out_waits */
    CHILD_DELETING, /* our DELETE is in flight */
    CHILD_CLOSED,   /* both sides let go; what is still on its way is taken until gone_at */
};

/* A CHILD_SA the user wants: one per pair of selectors, for the card judges by one pair; and one
 * more for every peer that was named when it was asked for (VICI's other-host). */
struct want {
    const struct config_conn *conn;
    const struct config_child *child;
    unsigned pair;                  /* local selector * CONFIG_TS + remote selector */
    struct espl_addr local, remote; /* family 0: as conn says */
    bool wanted;
    unsigned tries; /* failed in a row */
    uint64_t next_at;
    struct want *next;
    struct dp_trap trap;    /* reqid 0: there is none */
    struct want *next_conn; /* in the chain of m->wants_of */
};

struct child_sa {
    struct child_sa *next;
    struct child_sa *next_selector; /* in the chain of m->selectors */
    unsigned number;                /* for the user; no other has it */
    const struct config_child *conf;
    unsigned pair;
    enum child_state state;
    struct suite suite;
    struct dp_child dp; /* keys are wiped when both directions are installed */
    bool out_waits;     /* the peer made it by rekeying and has not shown yet that it can receive */
    bool replaced;      /* by our rekeying: another one carries the traffic; ours to delete */
    uint32_t replaces;  /* inbound SPI of the CHILD_SA it was made from; 0: none */
    uint32_t peer_made; /* inbound SPI of what the peer's rekeying made from this one; 0: nothing */
    struct nonce lowest; /* of the exchange that made it (RFC 7296 2.8.1) */
    bool terminated;     /* the user asked for its end */
    uint64_t up_at, rekey_at, dies_at, gone_at, look_at; /* UINT64_MAX: never */
    uint64_t packets_seen;
};

enum task_kind {
    TASK_NONE,
    TASK_INIT,         /* IKE_SA_INIT */
    TASK_AUTH,         /* IKE_AUTH */
    TASK_CREATE_CHILD, /* want */
    TASK_REKEY_CHILD,  /* spi */
    TASK_DELETE_CHILD, /* spi */
    TASK_REKEY_IKE,
    TASK_DELETE_IKE,
    TASK_DPD,
    TASK_MOVE,      /* UPDATE_SA_ADDRESSES (RFC 4555); spi: which of them */
    TASK_PROBE,     /* is the peer there? (RFC 4555 3.7) */
    TASK_ADDRESSES, /* where else this side is */
    TASK_RETIRE,    /* no message: the IKE_SA that this one reauthenticated ends */
};

struct task {
    enum task_kind kind;
    uint32_t spi; /* inbound, of the CHILD_SA it is about */
    struct want *want;
    uint16_t group; /* what INVALID_KE_PAYLOAD asked for; 0: our first */
    unsigned tries;
    uint64_t due;
    struct task *next;
};

/* A message that comes in fragments (RFC 7383): each was authentic. */
struct reassembly {
    uint32_t id;
    bool response;
    uint8_t exchange, first;
    uint16_t total, have;
    size_t bytes; /* of all texts */
    struct {
        uint8_t *text; /* owned */
        size_t len;
    } parts[FRAGMENTS_MAX];
};

/* The request in flight, and what it offered. */
struct pending {
    struct task task; /* kind TASK_NONE: nothing in flight */
    uint8_t exchange;
    uint32_t id;
    uint8_t *packet; /* owned: one message, or its fragments one behind the other */
    size_t len;
    unsigned sent;    /* how often */
    uint64_t next_at; /* retransmit, or give up */
    struct nonce ni;
    struct dh dh;
    uint32_t spi; /* inbound, reserved in the data plane; 0: none */
    uint64_t ike_spi;
    struct ts local, remote; /* what was offered */
    uint32_t
        deleted;   /* what the peer deleted meanwhile, unknown here: perhaps what this one makes */
    bool peer_won; /* meanwhile the peer replaced the CHILD_SA and deleted the old one */
};

#define MOBIKE_ADDRS 4 /* other addresses of a peer that are kept */

struct ike_sa {
    struct ike_sa *next, *prev;
    struct ike_manager *m;
    struct { /* sa/registry.h: this and the next four lines are its own */
        struct ike_sa *next, **at;
        uint64_t key;
    } links[4];
    struct ike_sa *next_touched;
    uint64_t deadline;
    size_t heap_at;
    bool touched;
    bool counted;    /* in m->half_open */
    bool paced;      /* in m->beginning */
    unsigned number; /* for the log */
    enum ike_state state;
    bool initiator; /* original initiator of this IKE_SA: sets the flag in every header */
    uint64_t spi_own, spi_peer;
    const struct config_conn *conn;
    struct want *first; /* initiator: the CHILD_SA of IKE_AUTH */
    struct endpoint local, peer;
    struct espl_addr opened_from;          /* where the first message came from */
    struct endpoint came_local, came_peer; /* of the datagram at hand: where its answer goes */
    bool mobike;                           /* both sides have it */
    struct espl_addr peer_addrs[MOBIKE_ADDRS];
    size_t peer_addr_count;
    uint32_t moves;                     /* counted */
    bool nat_seen, nat_local, nat_peer; /* seen: the peer knows NAT traversal */
    bool encap;
    uint8_t mapping[20]; /* NAT_DETECTION_DESTINATION_IP of the peer's last answer, when mapped */
    bool mapped, map_asked;
    struct config_id id_peer;
    struct suite suite;
    struct ike_keys keys;
    struct nonce ni, nr;
    uint8_t *init_own, *init_peer; /* owned: IKE_SA_INIT as AUTH covers it, until authenticated */
    size_t init_own_len, init_peer_len;
    struct auth_state *auth; /* owned: sa/auth_state.h; until authenticated */
    uint8_t cookie[IKE_COOKIE_MAX];
    size_t cookie_len;

    uint32_t next_out, next_in; /* message ids */
    uint8_t *response;          /* owned: to the request next_in - 1; as pending.packet */
    size_t response_len;
    bool peer_childless; /* it takes IKE_AUTH without a CHILD_SA (RFC 6023) */
    bool childless;      /* the IKE_AUTH in flight asks for none */
    bool bare;           /* asked for by itself: lives without a CHILD_SA */
    bool origin;         /* this side set it up: it reauthenticates */
    unsigned reauths;    /* number of the IKE_SA that it is to take the place of; 0: none */
    bool peer_fragments; /* it takes fragments, and may send them */
    struct reassembly *reassembly; /* owned; NULL: no fragment waits for others */
    struct pending pending;
    struct task *tasks; /* owned, in order */

    /* Virtual addresses: that the peer gave us, that we gave the peer. */
    struct espl_addr vips_own[CONFIG_VIPS], vips_peer[CONFIG_VIPS];
    size_t vip_owns, vip_peers;
    struct espl_addr dns[CONFIG_VIPS]; /* name servers that came with the former */
    size_t dns_count;

    struct child_sa *children; /* owned */
    uint64_t peer_made;        /* own SPI of the IKE_SA that the peer's rekeying made; 0: none */
    struct nonce lowest;       /* of the exchange that rekeyed it into being */
    bool was_up, moved;        /* moved: replaced by another IKE_SA, its end is no event */
    bool terminated;           /* the user asked for its end */
    bool dead;                 /* the peer does not answer */
    uint64_t up_at;
    uint64_t expires_at; /* half open or replaced: then it is dropped */
    uint64_t rekey_at, dies_at, reauth_at, gone_at;
    uint64_t heard_at; /* last authentic sign of life */
};

#define WANT_BITS 10
#define HALF_OPEN_BITS 12
#define SELECTOR_BITS 12
#define REGISTRY_BITS 12 /* 4,096 chains; 16,384 IKE_SAs are four in each */

struct registry { /* sa/registry.h */
    struct ike_sa *heads[4][1 << REGISTRY_BITS];
    struct ike_sa *touched;
    struct ike_sa **heap; /* owned */
    size_t count, room;
};

#define LOT_MAX 32

/* exchange/lot.h: IKE_SAs that wait for an answer of the signer, in the order of its questions. By
 * their SPI: one may end before. */
struct lot {
    bool open;
    size_t count;
    struct {
        uint64_t spi;
        const struct config_conn *conn; /* whose secret it is about */
    } waits[LOT_MAX];
};

struct cookie_jar {
    uint8_t secret[2][32]; /* now, before */
    uint8_t version;
    bool filled;
    uint64_t changed_at;
};

struct ike_manager {
    struct config *config; /* a reference */
    struct dataplane *dp;
    struct ike_env env;
    struct trust *trust; /* owned */
    struct dp_caps caps;
    struct ike_sa *sas; /* owned */
    struct registry registry;
    uint64_t seed;                                /* of hashes over what strangers choose */
    size_t half_open;                             /* of other sides, not authenticated yet */
    uint16_t half_open_from[1 << HALF_OPEN_BITS]; /* by a hash of the address */
    size_t beginning;                      /* of ours, not answered yet and not sent again yet */
    size_t begun;                          /* of these, in this turn */
    struct want *wants;                    /* owned */
    struct want *wants_next;               /* all before it were looked at; NULL: all were */
    struct want *wants_of[1 << WANT_BITS]; /* by connection */
    uint64_t wants_at;                     /* when all have to be looked at again */
    struct pool *pools;                    /* owned: sa/pool.h */
    struct child_sa *selectors[1 << SELECTOR_BITS]; /* those that are installed, by ts_out */
    struct lot lot;
    struct cookie_jar jar;
    struct espl_addr own[8]; /* the host's addresses, as peers with MOBIKE were told */
    size_t own_count;
    uint32_t next_reqid;
    unsigned next_number, next_child;
    bool traps; /* there may be some */
    bool closing;
    bool retired; /* something in config is: it goes when no SA needs it */
};

static inline uint64_t now_ms(const struct ike_manager *m)
{
    return m->env.now_ms(m->env.user);
}

#endif
