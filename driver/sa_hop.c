/* SPDX-License-Identifier: Apache-2.0 */
/* The next hop of an SA: found, or made, when it is installed, and given back when it goes. */
#include "driver/handle.h"

#include <string.h>

void espl_sa_hop_refer(struct espl_card *card, uint16_t hop, int change)
{
    if (card->shadow.neighs_known && hop < card->caps.nexthops)
        card->shadow.hop[hop].refs += (uint32_t)change;
}

enum espl_err espl_sa_hop(struct espl_card *card, const struct espl_sa *sa, uint16_t *hop)
{
    *hop = 0;
    if (sa->dir == ESPL_DIR_IN && !sa->has_nexthop)
        return ESPL_OK; /* the host: the kernel routes what no neighbour is known for */
    enum espl_err err = espl_shadow_neighs(card);
    if (err)
        return err;
    struct espl_hop to = {.vlan = sa->vlan};
    memcpy(to.mac, sa->nexthop, sizeof to.mac);
    if (sa->dir == ESPL_DIR_IN)
        return espl_hop_shared(card, &to, hop);
    if (sa->has_nexthop)
        err = espl_neigh_outer(card, &sa->dst, &to);
    return err ? err : espl_hop_outer(card, &sa->dst, hop);
}

void espl_sa_hop_drop(struct espl_card *card, enum espl_dir dir, const struct espl_addr *dst,
                      uint16_t hop)
{
    enum espl_err err = ESPL_OK;
    if (card->shadow.neighs_known)
        err = dir == ESPL_DIR_OUT ? espl_hop_outer_drop(card, dst) : espl_hop_tidy(card, hop);
    (void)err;
}
