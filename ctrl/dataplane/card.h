/* SPDX-License-Identifier: Apache-2.0 */
/* The data plane of the product: an Espalier card. */
#ifndef CTRL_DATAPLANE_CARD_H
#define CTRL_DATAPLANE_CARD_H

#include "ctrl/dataplane/dataplane.h"

/* What the card needs to know of the network around it. */
struct card_net {
    void *user;
    /* Follow the next hop towards an outer address until release; true when its MAC address is
     * known. */
    bool (*nexthop_take)(void *user, const struct espl_addr *dst, espl_mac mac);
    void (*nexthop_release)(void *user, const struct espl_addr *dst);
    uint32_t (*wan_mtu)(void *user); /* bytes of outer packet */
    /* A policy came (or goes): what the kernel sends there must go through the engine too. */
    void (*protect)(void *user, const struct dp_child *child, uint16_t mtu, bool add);
};

/* The card is the caller's and must outlive the data plane. NULL: no memory. */
struct dataplane *card_dp_new(struct espl_card *card, const struct card_net *net);
/* SAs that were not removed stay in the card. NULL is fine. */
void card_dp_free(struct dataplane *dp);

/* Frames to dst go to mac from now on. */
enum dp_err card_dp_nexthop(struct dataplane *dp, const struct espl_addr *dst, const espl_mac mac);

/* Every CHILD_SA that is in the card, keys empty. */
typedef void (*card_dp_fn)(void *user, const struct dp_child *child, bool out_installed);
void card_dp_each(struct dataplane *dp, card_dp_fn each, void *user);

/* The largest inner packet that fits in `outer` bytes (RFC 4303 2: header, IV, padding to 4, ICV).
 * 0: none. */
uint16_t card_inner_mtu(uint32_t outer, enum espl_family family, bool encap);

#endif
