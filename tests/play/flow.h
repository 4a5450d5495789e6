/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flow: packets between a host of the LAN and one behind (or at) the peer, and the two SAs that
 * carry them, each as the OpenSSL model knows it and, by libespalier, in the engine.
 */
#ifndef TESTS_PLAY_FLOW_H
#define TESTS_PLAY_FLOW_H

#include "driver/card.h"
#include "driver/regs.h"
#include "tests/lib/engine.h"

#define FLOW_MAX_LEN 9000u /* bytes of inner packet; the SAs' MTU */

struct flow_kind {
    const char *name;
    bool gmac, esn, encap, transport;
    bool outer_v6, inner_v6; /* transport: the same */
    bool small_keys, large_keys;
    uint32_t window;
    uint16_t mtu; /* 0: FLOW_MAX_LEN */
    /* as in struct esp_model_sa; of the outbound SA, ecn_off of both */
    bool dscp_set, df_set, df, ecn_off, flow_zero;
    uint8_t dscp;
    uint16_t tfc;
    /* of the inbound SA */
    bool decap_dscp;
    bool udp_only; /* its selector: UDP to the LAN's host, from anywhere */
    uint16_t csum_delta;
};

struct flow {
    const struct flow_kind *kind;
    unsigned number;             /* of the inner destination and of the reqid */
    struct esp_model_sa out, in; /* what the engine sends with, and the peer */
    uint64_t out_seq, in_seq;    /* of the last packet */
};

/* Does the card say that it can do this? */
bool flow_possible(const struct espl_caps *caps, const struct flow_kind *kind);

/* A flow with keys from `seed`. in_slot: which slot its inbound SPI is for. */
void flow_make(struct flow *f, unsigned number, const struct flow_kind *kind, uint32_t seed,
               uint32_t in_slot);
/* New keys and SPIs, sequence numbers from the beginning. */
void flow_rekey_out(struct flow *f, uint32_t seed);
void flow_rekey_in(struct flow *f, uint32_t seed, uint32_t in_slot);

/* Each fails the program when the card refuses. */
void flow_install_hop(struct espl_card *card, const struct flow *f); /* where its ESP goes; first */
void flow_install_out(struct espl_card *card, const struct flow *f); /* the SA alone */
void flow_install_in(struct espl_card *card, const struct flow *f);
bool flow_install_policy(struct espl_card *card, const struct flow *f); /* false: no row is free */
void flow_update_out(struct espl_card *card, const struct flow *f); /* keeps its key */
void flow_remove_policy(struct espl_card *card, const struct flow *f);
void flow_remove(struct espl_card *card, enum espl_dir dir, const struct esp_model_sa *sa);

size_t flow_least(const struct flow *f); /* bytes of the shortest packet */
/* A UDP packet of the flow of `len` bytes towards the peer, or back; and the packet itself. */
struct packet_spec flow_spec(const struct flow *f, bool back, size_t len, uint32_t seed);
size_t flow_packet(const struct flow *f, bool back, size_t len, uint32_t seed,
                   uint8_t ip[PACKET_MAX]);

/* The frame in which the peer sends an inner packet with number seq (wrong: NULL for a right one),
 * and the one that leaves plain for it. */
size_t flow_sealed(const struct flow *f, uint64_t seq, const uint8_t *ip, size_t len,
                   const struct esp_model_wrong *wrong, uint8_t frame[ESP_MODEL_MAX]);
size_t flow_opened(const struct flow *f, const uint8_t *sealed, size_t len,
                   uint8_t frame[ESP_MODEL_MAX]);

/* The engine ready, its ports with addresses, the LAN's host a neighbour; a handle to it. */
struct espl_card *flow_open(void);
void flow_setup(struct espl_card *card); /* the addresses again, after a reset */
void flow_must(struct espl_card *card, enum espl_err err, const char *what);

#endif
