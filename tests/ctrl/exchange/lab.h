/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two managers in one process, a network between them that loses, repeats, delays, corrupts, and a
 * clock that jumps from event to event. Traffic can run through the tunnel all the time: a packet
 * sent with an outbound SA must be taken by the other side's inbound SA, with the same key, when it
 * arrives.
 */
#ifndef TESTS_LAB_H
#define TESTS_LAB_H

#include "ctrl/exchange/manager.h"
#include "ctrl/signer/signer.h"
#include "tests/ctrl/exchange/fakedp.h"

#define LAB_KINDS (IKE_EVENT_FAILED + 1)
#define LAB_PACKETS 512

struct lab;

struct lab_side {
    struct lab *lab;
    unsigned index; /* 0: A, 10.99.0.1; 1: B, 10.99.0.2 */
    struct config *config;
    struct signer *signer; /* owned, in this process */
    struct ike_manager *m;
    struct fakedp dp;
    struct espl_selector out; /* what its traffic is about */
    unsigned events[LAB_KINDS];
    char last[LAB_KINDS][512]; /* text of the last event of each kind */
    char proposal[128];        /* of the last CHILD_UP */
    struct espl_addr addr;     /* where its packets come from, and go to; the lab delivers to it */
    struct espl_addr others[4]; /* more addresses of the host */
    size_t other_count;
    struct espl_addr vips[8];  /* that IKE put on the host */
    size_t vip_count;
    unsigned sent;             /* IKE datagrams */
    uint64_t sent_at[64];      /* when; the first ones */
};

struct lab_packet {
    bool used, esp;
    uint64_t at;
    unsigned to;
    struct endpoint src, dst;
    uint8_t *data;
    size_t len;
    uint32_t spi;
    uint8_t key[36];
};

struct lab {
    uint64_t now;
    uint32_t seed;
    struct lab_side side[2];
    struct lab_packet packets[LAB_PACKETS];
    unsigned loss, dup;            /* per cent */
    unsigned delay_min, delay_max; /* ms */
    bool deaf; /* what is sent to an address that the side has not is lost */
    bool cut[2];                   /* nothing that this side sends arrives */
    bool nat;                      /* A is behind a NAT: B sees 10.99.0.9 and other ports */
    uint16_t nat_shift;
    bool lots;    /* what arrives at a side at the same time is taken in one lot */
    bool traffic; /* ESP each 10 ms, both ways, once policies are there */
    uint64_t next_traffic;
    unsigned esp_sent, esp_refused;
    /* Sees, and may change or drop (return false), each datagram before it travels. */
    bool (*tap)(struct lab *lab, unsigned from, uint8_t *data, size_t *len);
    void *tap_user;
    /* What is to be fetched; NULL: nothing can be. */
    bool (*fetch)(struct lab *lab, unsigned side, unsigned number, const char *url,
                  const uint8_t *post, size_t len);
};

/* Text: inside connections { net { .. } }, and secrets { .. } whole. NULL: the usual. */
struct lab_conf {
    const char *proposals, *conn, *child, *secrets;
    void (*keys)(void *user, const char *file, const char *line);
    const char *more; /* sections beside connections and secrets */
    const char *local, *remote; /* inside these; NULL: auth = psk and an id */
    unsigned fragment_size; /* bytes of IP packet; 0: the usual */
};
void lab_init(struct lab *lab, const struct lab_conf *a, const struct lab_conf *b);
/* Checks that nothing is left in either data plane, and that no call was nonsense. */
void lab_free(struct lab *lab);
void lab_run(struct lab *lab, uint64_t ms);
/* Until both sides saw that many events of that kind, or ms are over. */
bool lab_until(struct lab *lab, enum ike_event_kind kind, unsigned count, uint64_t ms);
void lab_inject(struct lab *lab, unsigned to, const struct endpoint *src,
                const struct endpoint *dst, const uint8_t *data, size_t len);
uint32_t lab_random(struct lab *lab);
/* Both sides have one CHILD_SA, and what each sends the other takes. */
void lab_assert_tunnel(struct lab *lab);
void lab_up(struct lab *lab); /* A initiates; the tunnel is up */

#endif
