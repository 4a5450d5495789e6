/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbours. Plain: inner destination to next hop, matched by the card. Cipher: outer destination
 * to next hop, which the card keeps for the library and SAs follow.
 */
#include "driver/handle.h"

#include <string.h>

enum espl_err espl_neigh_outer(struct espl_card *card, const struct espl_addr *dst,
                               const struct espl_hop *to)
{
    uint16_t row;
    enum espl_err err = espl_hop_outer(card, dst, &row);
    if (err)
        return err;
    err = espl_hop_set(card, row, to);
    if (err) {
        struct espl_told told = espl_told(card);
        enum espl_err undo = espl_shadow_neighs(card); /* anew when the bus failed */
        if (!undo)
            undo = espl_hop_outer_drop(card, dst);
        (void)undo;
        espl_told_again(card, &told);
    }
    return err;
}

static struct espl_hop hop_of(const struct espl_neigh *neigh)
{
    struct espl_hop to = {.vlan = neigh->vlan};
    memcpy(to.mac, neigh->mac, sizeof to.mac);
    return to;
}

static enum espl_err add_plain(struct espl_card *card, const struct espl_neigh *neigh)
{
    uint16_t row = 0; /* the host */
    const struct espl_hop to = hop_of(neigh);
    enum espl_err err = neigh->local ? ESPL_OK : espl_hop_shared(card, &to, &row);
    if (err)
        return err;
    const struct espl_shadow_cell cell = {.used = true, .nexthop = row, .addr = neigh->addr};
    uint32_t at = espl_cell_find(card, &neigh->addr, false);
    bool replace = at != UINT32_MAX;
    uint16_t old = replace ? card->shadow.cell[at].nexthop : 0;
    err = replace ? espl_cell_set(card, at, &cell) : espl_cell_insert(card, &cell);
    if (err) {
        struct espl_told told = espl_told(card);
        enum espl_err undo = espl_shadow_neighs(card); /* anew when the bus failed */
        if (!undo)
            undo = espl_hop_tidy(card, row);
        (void)undo;
        espl_told_again(card, &told);
        return err;
    }
    card->shadow.hop[row].refs++;
    if (!replace)
        return ESPL_OK;
    card->shadow.hop[old].refs--;
    return espl_hop_tidy(card, old);
}

static enum espl_err add_locked(struct espl_card *card, const struct espl_neigh *neigh)
{
    if (neigh->addr.family != ESPL_IPV4 && neigh->addr.family != ESPL_IPV6)
        return espl_fail(card, ESPL_ERR_INVALID, "neigh: no such address family");
    if (neigh->dev != ESPL_PORT_PLAIN && neigh->dev != ESPL_PORT_CIPHER)
        return espl_fail(card, ESPL_ERR_INVALID, "dev: neighbours are on plain or cipher");
    if (neigh->local && neigh->dev == ESPL_PORT_CIPHER)
        return espl_fail(card, ESPL_ERR_INVALID, "local: only for addresses on plain");
    enum espl_err err = espl_shadow_neighs(card);
    if (err)
        return err;
    const struct espl_hop to = hop_of(neigh);
    return neigh->dev == ESPL_PORT_PLAIN ? add_plain(card, neigh)
                                         : espl_neigh_outer(card, &neigh->addr, &to);
}

enum espl_err espl_neigh_add(struct espl_card *card, const struct espl_neigh *neigh)
{
    enum espl_err err = espl_begin(card);
    if (err)
        return err;
    err = add_locked(card, neigh);
    espl_end(card);
    return err;
}

/* What espl_neigh_each shows: not the cells that only hold a row for SAs without a MAC yet. */
static bool listed(const struct espl_card *card, uint32_t at)
{
    const struct espl_shadow_cell *c = &card->shadow.cell[at];
    return c->used && c->nexthop < card->caps.nexthops &&
           (!c->cipher || card->shadow.hop[c->nexthop].used);
}

static enum espl_err delete_cell(struct espl_card *card, uint32_t at)
{
    const struct espl_shadow_cell cell = card->shadow.cell[at];
    struct espl_shadow_hop *hop = &card->shadow.hop[cell.nexthop];
    enum espl_err err;
    if (cell.cipher) { /* first the MAC, then the cell unless an SA still stands on its row */
        err = espl_mailbox(card, ESPL_OP_NEXTHOP_CLEAR, cell.nexthop, NULL, 0, NULL, 0);
        if (err)
            return err;
        hop->used = false;
        return espl_hop_outer_drop(card, &cell.addr);
    }
    err = espl_cell_clear(card, at);
    if (err)
        return err;
    hop->refs--;
    return espl_hop_tidy(card, cell.nexthop);
}

static enum espl_err delete_locked(struct espl_card *card, const struct espl_addr *addr,
                                   enum espl_port dev)
{
    enum espl_err err = espl_shadow_neighs(card);
    if (err)
        return err;
    uint32_t at = espl_cell_find(card, addr, dev == ESPL_PORT_CIPHER);
    if (at == UINT32_MAX || !listed(card, at)) {
        char text[ESPL_TEXT_ADDR];
        return espl_fail(card, ESPL_ERR_NOT_FOUND, "no neighbour %s on %s",
                         espl_addr_text(text, addr), dev == ESPL_PORT_CIPHER ? "cipher" : "plain");
    }
    return delete_cell(card, at);
}

enum espl_err espl_neigh_delete(struct espl_card *card, const struct espl_addr *addr,
                                enum espl_port dev)
{
    enum espl_err err = espl_begin(card);
    if (err)
        return err;
    err = delete_locked(card, addr, dev);
    espl_end(card);
    return err;
}

/* Also what a program that died half-way has left: cells no SA uses, next hops nothing points to.
 */
static enum espl_err flush_locked(struct espl_card *card)
{
    enum espl_err err = espl_shadow_neighs(card);
    for (uint32_t at = 0; !err && at < card->caps.neighbours; at++) {
        if (listed(card, at))
            err = delete_cell(card, at);
        else if (card->shadow.cell[at].used && card->shadow.cell[at].cipher)
            err = espl_hop_outer_drop(card, &card->shadow.cell[at].addr);
    }
    for (uint32_t row = 1; !err && row < card->caps.nexthops; row++)
        err = espl_hop_tidy(card, (uint16_t)row);
    return err;
}

enum espl_err espl_neigh_flush(struct espl_card *card)
{
    enum espl_err err = espl_begin(card);
    if (err)
        return err;
    err = flush_locked(card);
    espl_end(card);
    return err;
}

/* The neighbour of the first cell listed from *at on; *at is then behind it. */
static enum espl_err next_neigh(struct espl_card *card, uint32_t *at, struct espl_neigh *neigh,
                                bool *found)
{
    enum espl_err err = espl_shadow_neighs(card);
    *found = false;
    for (; !err && !*found && *at < card->caps.neighbours; ++*at) {
        if (!listed(card, *at))
            continue;
        const struct espl_shadow_cell *c = &card->shadow.cell[*at];
        *neigh = (struct espl_neigh){
            .addr = c->addr,
            .dev = c->cipher ? ESPL_PORT_CIPHER : ESPL_PORT_PLAIN,
            .local = c->nexthop == 0,
        };
        memcpy(neigh->mac, card->shadow.hop[c->nexthop].to.mac, sizeof neigh->mac);
        neigh->vlan = card->shadow.hop[c->nexthop].to.vlan;
        *found = true;
    }
    return err;
}

/* The card is free while `each` runs, so it may call the library. */
enum espl_err espl_neigh_each(struct espl_card *card, espl_neigh_fn each, void *user)
{
    for (uint32_t at = 0; at < card->caps.neighbours;) {
        struct espl_neigh neigh;
        bool found;
        enum espl_err err = espl_begin(card);
        if (err)
            return err;
        err = next_neigh(card, &at, &neigh, &found);
        espl_end(card);
        if (err)
            return err;
        if (found && !each(user, &neigh))
            break;
    }
    return ESPL_OK;
}
