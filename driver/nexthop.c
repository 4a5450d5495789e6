/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Next hops: rows of MAC addresses (and tags) that SAs and neighbours point to. On the plain side
 * neighbours of one MAC share a row. On the cipher side a row belongs to one outer destination, so that a new
 * MAC for it is one write, which all SAs to it follow.
 */
#include "driver/handle.h"

#include <string.h>

enum espl_err espl_hop_free_row(struct espl_card *card, uint16_t *row)
{
    for (uint32_t i = 1; i < card->caps.nexthops; i++) { /* row 0 is the host */
        if (!card->shadow.hop[i].refs) {
            *row = (uint16_t)i;
            return ESPL_OK;
        }
    }
    return espl_fail(card, ESPL_ERR_FULL, "all %u next hops of the card are in use",
                     card->caps.nexthops - 1);
}

void espl_hop_put(uint32_t words[ESPL_NEXTHOP_ENTRY_WORDS], const struct espl_hop *to)
{
    memset(words, 0, ESPL_NEXTHOP_ENTRY_WORDS * sizeof *words);
    espl_mac_put(words, to->mac);
    words[ESPL_NEXTHOP_ENTRY_MAC_HI] |= ESPL_PUT(to->vlan.set, ESPL_NEXTHOP_ENTRY_MAC_HI_VLAN_SET);
    words[ESPL_NEXTHOP_ENTRY_VLAN] = to->vlan.set ? to->vlan.tci : 0;
}

struct espl_hop espl_hop_take(const uint32_t words[ESPL_NEXTHOP_ENTRY_WORDS])
{
    struct espl_hop to = {
        .vlan = {.set = words[ESPL_NEXTHOP_ENTRY_MAC_HI] & ESPL_NEXTHOP_ENTRY_MAC_HI_VLAN_SET_MASK,
                 .tci = (uint16_t)words[ESPL_NEXTHOP_ENTRY_VLAN]}};
    espl_mac_take(to.mac, words);
    return to;
}

static bool same_hop(const struct espl_hop *a, const struct espl_hop *b)
{
    return memcmp(a->mac, b->mac, sizeof a->mac) == 0 && a->vlan.set == b->vlan.set &&
           (!a->vlan.set || a->vlan.tci == b->vlan.tci);
}

enum espl_err espl_hop_set(struct espl_card *card, uint16_t row, const struct espl_hop *to)
{
    uint32_t w[ESPL_NEXTHOP_ENTRY_WORDS];
    if (to->vlan.set && !(card->caps.mode & ESPL_CAP_MODE_VLAN_MASK))
        return espl_fail(card, ESPL_ERR_INVALID, "vlan: this card knows no tags");
    espl_hop_put(w, to);
    enum espl_err err =
        espl_mailbox(card, ESPL_OP_NEXTHOP_SET, row, w, ESPL_NEXTHOP_ENTRY_WORDS, NULL, 0);
    if (err)
        return err;
    card->shadow.hop[row].used = true;
    card->shadow.hop[row].to = *to;
    return ESPL_OK;
}

enum espl_err espl_hop_shared(struct espl_card *card, const struct espl_hop *to, uint16_t *row)
{
    for (uint32_t i = 1; i < card->caps.nexthops; i++) {
        const struct espl_shadow_hop *hop = &card->shadow.hop[i];
        if (hop->used && !hop->cipher && same_hop(&hop->to, to)) {
            *row = (uint16_t)i;
            return ESPL_OK;
        }
    }
    enum espl_err err = espl_hop_free_row(card, row);
    return err ? err : espl_hop_set(card, *row, to);
}

enum espl_err espl_hop_tidy(struct espl_card *card, uint16_t row)
{
    struct espl_shadow_hop *hop = &card->shadow.hop[row];
    if (row == 0 || hop->refs)
        return ESPL_OK;
    hop->cipher = false;
    if (!hop->used)
        return ESPL_OK;
    enum espl_err err = espl_mailbox(card, ESPL_OP_NEXTHOP_CLEAR, row, NULL, 0, NULL, 0);
    if (!err)
        hop->used = false;
    return err;
}

enum espl_err espl_hop_outer(struct espl_card *card, const struct espl_addr *dst, uint16_t *row)
{
    uint32_t at = espl_cell_find(card, dst, true);
    if (at != UINT32_MAX) {
        *row = card->shadow.cell[at].nexthop;
        return ESPL_OK;
    }
    enum espl_err err = espl_hop_free_row(card, row);
    if (!err && card->shadow.hop[*row].used) /* a MAC left by somebody who died half-way */
        err = espl_hop_tidy(card, *row);
    const struct espl_shadow_cell cell = {
        .used = true, .cipher = true, .nexthop = *row, .addr = *dst};
    if (!err)
        err = espl_cell_insert(card, &cell);
    if (!err) {
        card->shadow.hop[*row].refs++;
        card->shadow.hop[*row].cipher = true;
    }
    return err;
}

enum espl_err espl_hop_outer_drop(struct espl_card *card, const struct espl_addr *dst)
{
    uint32_t at = espl_cell_find(card, dst, true);
    if (at == UINT32_MAX)
        return ESPL_OK;
    struct espl_shadow_hop *hop = &card->shadow.hop[card->shadow.cell[at].nexthop];
    if (hop->used || hop->refs > 1) /* a neighbour somebody added, or SAs still use it */
        return ESPL_OK;
    enum espl_err err = espl_cell_clear(card, at);
    if (!err) {
        hop->refs = 0;
        hop->cipher = false;
    }
    return err;
}

/* Row *at or the first one behind it that is in use; *at is behind that. */
static enum espl_err next_hop(struct espl_card *card, uint32_t *at, struct espl_nexthop *out,
                              bool *found)
{
    enum espl_err err = espl_shadow_neighs(card);
    *found = false;
    for (; !err && !*found && *at < card->caps.nexthops; ++*at) {
        const struct espl_shadow_hop *hop = &card->shadow.hop[*at];
        *found = *at > 0 && (hop->used || hop->refs);
        *out = (struct espl_nexthop){.row = (uint16_t)*at,
                                     .dev = hop->cipher ? ESPL_PORT_CIPHER : ESPL_PORT_PLAIN,
                                     .has_mac = hop->used,
                                     .vlan = hop->to.vlan,
                                     .users = hop->refs};
        memcpy(out->mac, hop->to.mac, sizeof out->mac);
    }
    return err;
}

enum espl_err espl_nexthop_each(struct espl_card *card, espl_nexthop_fn each, void *user)
{
    for (uint32_t at = 0; at < card->caps.nexthops;) {
        struct espl_nexthop hop;
        bool found;
        enum espl_err err = espl_begin(card);
        if (err)
            return err;
        err = next_hop(card, &at, &hop, &found);
        espl_end(card);
        if (err)
            return err;
        if (found && !each(user, &hop))
            break;
    }
    return ESPL_OK;
}
