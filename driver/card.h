/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libespalier: the one public header. A card is opened by URI; security associations, policies,
 * neighbours and next hops are added, deleted and read; counters are read.
 *
 * The library never prints, exits or aborts. Every call that can fail returns an espl_err, which
 * must be used; what failed is then told in words by espl_card_error() ("spi: the slot holds an SA:
 * 0xc0de0001"). Every wait has a deadline. A card handle belongs to one thread at a time; handles
 * are independent.
 *
 * Addresses are in wire order. Numbers are host order. Lengths are in bytes unless said otherwise.
 */
#ifndef ESPALIER_CARD_H
#define ESPALIER_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ESPL_MUST __attribute__((warn_unused_result))
#else
#define ESPL_MUST
#endif

enum espl_err {
    ESPL_OK = 0,
    ESPL_ERR_URI,      /* the card's URI is not understood */
    ESPL_ERR_OPEN,     /* no such card, no permission, nobody answers at the socket */
    ESPL_ERR_NOT_CARD, /* what is there is no Espalier card (magic) */
    ESPL_ERR_MAP,      /* an Espalier card with another register map than this library's */
    ESPL_ERR_DEAD,     /* the card is gone: the bus failed, or reads all ones */
    ESPL_ERR_TIMEOUT,  /* no answer within the deadline */
    ESPL_ERR_RESET,    /* the card was reset by somebody else: its SAs are gone */
    ESPL_ERR_REFUSED,  /* the card refused the entry; nothing was changed; see espl_card_reason() */
    ESPL_ERR_INVALID,  /* refused by the library before the card was touched */
    ESPL_ERR_EXISTS,   /* an SA, policy or neighbour of that identity exists */
    ESPL_ERR_NOT_FOUND, /* no such SA, policy or neighbour */
    ESPL_ERR_FULL,      /* no free row in the card's table */
    ESPL_ERR_NO_MEMORY,
};

struct espl_card;

/*
 * uri, SCHEME:TARGET[?OPTION=VALUE[&...]]:
 *   pci:0000:65:00.0   a PCI device, its BAR mapped through sysfs, or through VFIO where it is
 * bound to vfio-pci. bar=N, offset=N: where its register page is; id=VVVV:DDDD: what the device is,
 * when this library does not know it; sysfs=DIR: instead of /sys xrt:0?xclbin=FILE  a kernel behind
 * an XRT shell. ip=KERNEL:INSTANCE: another one than espalier:espalier_1; shared=1: several
 * programs at once; lib=FILE: the library shm:/path/to/file  a register page in shared memory
 * (espsim run --bar shm:FILE) sim:/path/to/socket  the virtual card On failure *card is NULL and
 * `why` (at least 256 bytes, may be NULL) tells.
 */
ESPL_MUST enum espl_err espl_card_open(const char *uri, struct espl_card **card, char *why,
                                       size_t why_len);
void espl_card_close(struct espl_card *card); /* SAs stay in the card; NULL is fine */

/* Calls `each` for every card that this machine seems to have, until it returns false: its URI, and
 * what it is in words. Nothing is opened. */
typedef bool (*espl_place_fn)(void *user, const char *uri, const char *what);
ESPL_MUST enum espl_err espl_card_list(espl_place_fn each, void *user);

const char *espl_err_text(enum espl_err err);              /* never NULL */
const char *espl_card_error(const struct espl_card *card); /* the last failure, a full sentence */
uint32_t espl_card_reason(
    const struct espl_card *card); /* enum espl_map_reason (regs.h) of the last REFUSED */
/* A descriptor that becomes readable at an interrupt, and hangs up when the card is gone; -1 when
 * the bus has none. */
int espl_card_fd(const struct espl_card *card);
/* Is the card there, and not reset since it was opened? For a periodic check. */
ESPL_MUST enum espl_err espl_card_alive(struct espl_card *card);
/* Destroy every key and empty every table; the handle stays usable. */
ESPL_MUST enum espl_err espl_card_reset(struct espl_card *card);

struct espl_caps {
    uint32_t version, map_sum, clock_khz;
    uint32_t sa_out, sa_in; /* slots */
    uint32_t policies;      /* of any kind */
    uint32_t exact;         /* and for one destination address each: any protocol, any ports */
    uint32_t neighbours, nexthops;
    uint32_t max_frame;  /* bytes, without FCS */
    uint32_t max_window; /* packets */
    uint32_t alg, mode;  /* bits of CAP_ALG and CAP_MODE (regs.h) */
};
ESPL_MUST enum espl_err espl_card_caps(struct espl_card *card, struct espl_caps *caps);

/* ------------------------------------------------------------------ addresses */

enum espl_family { ESPL_IPV4 = 4, ESPL_IPV6 = 6 };

struct espl_addr {
    enum espl_family family;
    uint8_t bytes[16]; /* wire order; IPv4 in the first four, the rest zero */
};

struct espl_prefix {
    struct espl_addr addr;
    uint8_t len; /* bits */
};

struct espl_ports {
    uint16_t first, last; /* 0..65535 is any */
};

/* What a policy or an SA's selector is about (RFC 4301 4.4.1.1). */
struct espl_selector {
    struct espl_prefix src, dst;
    uint8_t proto; /* 0 = any */
    struct espl_ports sport, dport;
};

typedef uint8_t espl_mac[6];

/* The 802.1Q tag of frames to a next hop. Not set: that of the frame that came is kept, if it had
 * one. */
struct espl_vlan {
    bool set;
    uint16_t tci; /* priority and VID; VID 0: no tag */
};

/* ------------------------------------------------------------------ SAs */

enum espl_dir { ESPL_DIR_OUT, ESPL_DIR_IN };
enum espl_alg {
    ESPL_GCM16 = 1, /* AES-GCM, 16-byte ICV (RFC 4106) */
    ESPL_GMAC,      /* ENCR_NULL with AES-GMAC (RFC 4543): authenticated only */
};
enum espl_sa_mode { ESPL_TUNNEL, ESPL_TRANSPORT };
enum espl_df { ESPL_DF_COPY, ESPL_DF_CLEAR, ESPL_DF_SET }; /* of the outer header (RFC 4301 8.1) */

/* Exact: the packet that reaches a soft limit makes an event, the one past a hard limit is dropped
 * and makes one. Inbound only authenticated packets count. 0: no limit. */
struct espl_limits {
    uint64_t soft_packets, hard_packets;
    uint64_t soft_bytes, hard_bytes; /* of inner packets; transport mode: without their IP header */
};

struct espl_sa {
    enum espl_dir dir;
    uint32_t spi; /* 256 and up; inbound: the low bits choose the slot, see espl_sa_spi */
    struct espl_addr src, dst; /* outer; transport mode: the packets' own */
    enum espl_sa_mode mode;
    enum espl_alg alg;
    uint8_t key[36]; /* key, then the 4-byte salt (RFC 4106 8.1), as `ip xfrm` has it */
    size_t key_len;  /* 20 or 36 */
    uint32_t reqid;  /* ties policies to SAs, as in `ip xfrm`; 0 = none */
    bool encap;      /* ESP in UDP (RFC 3948) */
    uint16_t encap_sport, encap_dport;
    uint32_t replay_window; /* packets, inbound; 0 = none. The card takes the next power of two from
                             * 64 up, and espl_sa_get tells it. */
    bool esn;     /* extended sequence numbers (RFC 4303 2.2.1); inbound only with a window */
    uint16_t mtu; /* outbound: largest inner packet; 0 = what fits in 1,500 bytes of outer packet */
    uint8_t ttl;  /* outbound: of the outer header; 0 = 64 */
    bool dscp_set; /* outbound: the outer DSCP is `dscp`, not the inner one */
    uint8_t dscp;
    enum espl_df df; /* outbound */
    bool ecn_off;    /* outbound: Not-ECT outside (RFC 6040 4.1), not the inner ECN. Inbound: the
                      * outer ECN is not looked at */
    bool flow_zero; /* outbound: no flow label in an outer IPv6 header; else as inside (RFC 6438) */
    bool decap_dscp; /* inbound: the inner DSCP becomes the outer one */
    uint16_t tfc;    /* outbound, tunnel mode: shorter packets are padded to it, in bytes (RFC 4303
                      * 2.7); 0 = none, at most the MTU */
    uint16_t csum_delta; /* inbound, transport mode with encap: added to TCP and UDP checksums,
                          * one's complement (RFC 3948 3.1.2); see espl_csum_delta */
    struct espl_limits limits;
    bool has_nexthop;
    /* Outbound: as espl_neigh_add(dst, ESPL_PORT_CIPHER, nexthop) before; without one, what the
     * neighbours say. Inbound: for inner destinations that are no neighbour; without one, the host.
     */
    espl_mac nexthop;
    struct espl_vlan vlan; /* of the next hop */
    bool check_selector;           /* inbound */
    struct espl_selector selector; /* inbound: what may be inside */
};

struct espl_sa_stats {
    uint64_t seq;            /* last sent, or top of the replay window */
    uint64_t window;         /* bit n: seq - n was received (up to 64 shown) */
    uint64_t packets, bytes; /* inner packets and their bytes; inbound only authenticated ones */
    uint32_t auth_failed, replayed, bad_padding, bad_selector;
};

/* A random SPI that can be installed inbound: its slot is free and stays reserved in this handle
 * until espl_sa_add or espl_sa_spi_free. */
ESPL_MUST enum espl_err espl_sa_spi(struct espl_card *card, uint32_t *spi);
void espl_sa_spi_free(struct espl_card *card, uint32_t spi);

/* Whole or not at all. The caller wipes its copy of the key; the library keeps none. An outbound SA
 * that carries the reqid of installed policies takes them over, one policy at a time, between two
 * packets. */
ESPL_MUST enum espl_err espl_sa_add(struct espl_card *card, const struct espl_sa *sa);
/* Changes the SA of now's direction and SPI to dst, between two packets, into what `now` says (its
 * dst may be another): all but key, algorithm, SPI, esn, window and counters, which are not looked
 * at. */
ESPL_MUST enum espl_err espl_sa_update(struct espl_card *card, const struct espl_addr *dst,
                                       const struct espl_sa *now);
/* What a checksum over address `was` lacks when the address is `is` now: for csum_delta, which sums
 * up (one's complement) what happened to source and destination. The families are the same. */
uint16_t espl_csum_delta(const struct espl_addr *was, const struct espl_addr *is);
/* Returns when no packet uses the SA and its key is wiped. Policies that point to it fall back to
 * the newest other SA of their reqid, else to "no SA". */
ESPL_MUST enum espl_err espl_sa_delete(struct espl_card *card, enum espl_dir dir,
                                       const struct espl_addr *dst, uint32_t spi);
ESPL_MUST enum espl_err espl_sa_get(struct espl_card *card, enum espl_dir dir,
                                    const struct espl_addr *dst, uint32_t spi,
                                    struct espl_sa *sa /* key empty */,
                                    struct espl_sa_stats *stats);
/* Calls `each` for every SA in the card until it returns false. */
typedef bool (*espl_sa_fn)(void *user, const struct espl_sa *sa, const struct espl_sa_stats *stats);
ESPL_MUST enum espl_err espl_sa_each(struct espl_card *card, espl_sa_fn each, void *user);
ESPL_MUST enum espl_err espl_sa_flush(struct espl_card *card);

/* ------------------------------------------------------------------ policies (outbound) */

enum espl_action { ESPL_DISCARD, ESPL_BYPASS, ESPL_PROTECT };

struct espl_policy {
    struct espl_selector selector;
    enum espl_action action;
    uint32_t priority; /* lower wins, as in `ip xfrm`; among equals the older */
    uint32_t
        reqid; /* PROTECT: any SA of this reqid; with 0, the SA whose outer addresses are these */
    struct espl_addr tmpl_src, tmpl_dst;
    enum espl_sa_mode mode; /* PROTECT: of the template; kept for who lists the policies */
};

ESPL_MUST enum espl_err espl_policy_add(struct espl_card *card, const struct espl_policy *policy);
ESPL_MUST enum espl_err espl_policy_delete(struct espl_card *card,
                                           const struct espl_selector *selector);
typedef bool (*espl_policy_fn)(void *user, const struct espl_policy *policy,
                               uint32_t sa_spi /* 0: no SA */);
ESPL_MUST enum espl_err espl_policy_each(struct espl_card *card, espl_policy_fn each, void *user);
ESPL_MUST enum espl_err espl_policy_flush(struct espl_card *card);

/* ------------------------------------------------------------------ neighbours */

enum espl_port { ESPL_PORT_PLAIN, ESPL_PORT_CIPHER, ESPL_PORT_ENGINE };

struct espl_neigh {
    struct espl_addr addr;
    enum espl_port dev; /* plain: inner destinations; cipher: outer ones */
    bool local;         /* the address is the gateway's own (or behind its kernel): to host0 */
    espl_mac mac;
    struct espl_vlan vlan;
};

/* add: replaces an entry of the same address and port. */
ESPL_MUST enum espl_err espl_neigh_add(struct espl_card *card, const struct espl_neigh *neigh);
ESPL_MUST enum espl_err espl_neigh_delete(struct espl_card *card, const struct espl_addr *addr,
                                          enum espl_port dev);
typedef bool (*espl_neigh_fn)(void *user, const struct espl_neigh *neigh);
ESPL_MUST enum espl_err espl_neigh_each(struct espl_card *card, espl_neigh_fn each, void *user);
ESPL_MUST enum espl_err espl_neigh_flush(struct espl_card *card);
/* Where the frames of an outbound SA go: changes the MAC of an installed SA's next hop, between two
 * packets. */
ESPL_MUST enum espl_err espl_sa_set_nexthop(struct espl_card *card, const struct espl_addr *dst,
                                            uint32_t spi, const espl_mac mac);

struct espl_nexthop {
    uint16_t row;
    enum espl_port
        dev; /* plain: shared by neighbours of one MAC; cipher: of one outer destination */
    bool has_mac;
    espl_mac mac;
    struct espl_vlan vlan;
    uint32_t users; /* neighbours and SAs that point to it */
};
typedef bool (*espl_nexthop_fn)(void *user, const struct espl_nexthop *hop);
ESPL_MUST enum espl_err espl_nexthop_each(struct espl_card *card, espl_nexthop_fn each, void *user);

/* The port's MAC address; frames for others go to the host. A port without one takes any. */
ESPL_MUST enum espl_err espl_port_set_mac(struct espl_card *card, enum espl_port port,
                                          const espl_mac mac);
ESPL_MUST enum espl_err espl_port_get_mac(struct espl_card *card, enum espl_port port, bool *set,
                                          espl_mac mac);

/* ------------------------------------------------------------------ events */

/* What the card tells by itself, as it happens. Values as in the map (event_e). */
enum espl_event_kind {
    ESPL_EV_SOFT_PACKETS = 1, /* a packet reached the SA's soft limit of packets */
    ESPL_EV_SOFT_BYTES,
    ESPL_EV_HARD_PACKETS, /* a packet was dropped: the SA has had its hard limit; once an SA */
    ESPL_EV_HARD_BYTES,
    ESPL_EV_SEQ_NEAR,    /* three quarters of the sequence numbers are used */
    ESPL_EV_SEQ_END,     /* a packet was dropped: there is no number left; once an SA */
    ESPL_EV_ACQUIRE,     /* a packet met a PROTECT policy that has no SA; rate limited */
    ESPL_EV_NO_SA,       /* an ESP packet with an SPI that no SA has; rate limited */
    ESPL_EV_AUTH,        /* a packet of the SA had a wrong tag; rate limited */
    ESPL_EV_TABLE_ERROR, /* a row's parity was wrong: its SA or policy does nothing any more */
};

struct espl_event {
    enum espl_event_kind kind;
    enum espl_dir dir;
    uint32_t missed;  /* events before this one that were lost: nobody read them in time */
    uint32_t spi;     /* of the SA, or on the wire (NO_SA); 0 for a policy */
    uint64_t count;   /* SOFT_*, HARD_*: packets or bytes of the SA; SEQ_*: its number; else 0 */
    bool is_policy;   /* ACQUIRE, or the TABLE_ERROR of a policy */
    bool known;       /* the SA or policy is still there: */
    uint32_t reqid;   /* its reqid, */
    struct espl_addr src, dst;     /* outer addresses, of a policy those of its template, */
    struct espl_selector selector; /* and of a policy its selector */
};

/* From here on events wait for this handle, beginning with those that nobody has read; calling it
 * again is harmless. Several programs may read: each has all events, if it reads them while fewer
 * than 16 newer ones have come. INVALID: the card has no event queue. */
ESPL_MUST enum espl_err espl_events_start(struct espl_card *card);
/* The next event, within `ms` milliseconds (0: if there is one now); TIMEOUT when none came. In a
 * loop of one's own: poll espl_card_fd, then call with 0 until TIMEOUT; without a descriptor, every
 * now and then. */
ESPL_MUST enum espl_err espl_event_wait(struct espl_card *card, unsigned ms,
                                        struct espl_event *event);
const char *espl_event_name(enum espl_event_kind kind); /* "soft-packets"; never NULL */

/* ------------------------------------------------------------------ counters */

#define ESPL_COUNTERS_MAX 128
size_t espl_counter_count(void);
const char *espl_counter_name(size_t i); /* "out_encrypted"; NULL beyond the last */
/* values[i] belongs to espl_counter_name(i) */
ESPL_MUST enum espl_err espl_counters(struct espl_card *card, uint64_t values[ESPL_COUNTERS_MAX]);

#ifdef __cplusplus
}
#endif
#endif
