/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handle's copy of the card's tables, read by the listing operations (*_NEXT) when it is needed
 * and another program may have changed them. All its memory is taken when the card is opened.
 */
#include "driver/handle.h"

#include <stdlib.h>
#include <string.h>

enum espl_err espl_shadow_init(struct espl_card *card)
{
    struct espl_shadow *s = &card->shadow;
    const struct espl_caps *caps = &card->caps;
    s->sa[ESPL_DIR_OUT] = calloc(caps->sa_out ? caps->sa_out : 1, sizeof **s->sa);
    s->sa[ESPL_DIR_IN] = calloc(caps->sa_in, sizeof **s->sa);
    s->spi_kept = calloc(caps->sa_in, sizeof *s->spi_kept);
    s->by_reqid = calloc(caps->sa_out ? caps->sa_out : 1, sizeof *s->by_reqid);
    s->policy = calloc(espl_rows(card) ? espl_rows(card) : 1, sizeof *s->policy);
    s->cell = calloc(caps->neighbours, sizeof *s->cell);
    s->hop = calloc(caps->nexthops, sizeof *s->hop);
    if (!s->sa[ESPL_DIR_OUT] || !s->sa[ESPL_DIR_IN] || !s->spi_kept || !s->by_reqid || !s->policy ||
        !s->cell || !s->hop)
        return espl_fail(card, ESPL_ERR_NO_MEMORY, "out of memory for a copy of the card's tables");
    return ESPL_OK;
}

void espl_shadow_clear(struct espl_card *card)
{
    struct espl_shadow *s = &card->shadow;
    free(s->sa[ESPL_DIR_OUT]);
    free(s->sa[ESPL_DIR_IN]);
    free(s->spi_kept);
    free(s->by_reqid);
    free(s->policy);
    free(s->cell);
    free(s->hop);
    *s = (struct espl_shadow){0};
}

void espl_shadow_forget(struct espl_card *card)
{
    card->shadow.sas_known = card->shadow.policies_known = card->shadow.neighs_known = false;
}

/* Walks a table: `keep` stores what the card says of a row. */
static enum espl_err
list(struct espl_card *card, enum espl_map_op next, uint32_t rows, size_t words,
     void (*keep)(struct espl_card *, enum espl_map_op, uint32_t row, const uint32_t *words))
{
    uint32_t answer[ESPL_MBOX_RSP_WORDS] = {0};
    for (uint32_t at = 0; at < rows;) {
        enum espl_err err = espl_mailbox(card, next, at, NULL, 0, answer, words);
        if (err)
            return err;
        if (card->detail >= rows)
            break;
        if (card->detail < at)
            return espl_fail(card, ESPL_ERR_NOT_CARD,
                             "the card lists row %u when asked from row %u on", card->detail, at);
        keep(card, next, card->detail, answer);
        at = card->detail + 1;
    }
    return ESPL_OK;
}

static void keep_sa(struct espl_card *card, enum espl_map_op op, uint32_t slot, const uint32_t *w)
{
    enum espl_dir dir = op == ESPL_OP_SA_OUT_NEXT ? ESPL_DIR_OUT : ESPL_DIR_IN;
    enum espl_family family =
        w[ESPL_SA_INFO_FLAGS] & ESPL_SA_ENTRY_FLAGS_OUTER_FAMILY_MASK ? ESPL_IPV6 : ESPL_IPV4;
    card->shadow.sa[dir][slot] = (struct espl_shadow_sa){
        .used = true,
        .nexthop = (uint16_t)ESPL_GET(w[ESPL_SA_INFO_ROUTE], ESPL_SA_ENTRY_ROUTE_NEXTHOP),
        .spi = w[ESPL_SA_INFO_SPI],
        .reqid = w[ESPL_SA_INFO_REQID],
        .serial = w[ESPL_SA_INFO_SERIAL],
        .src = espl_addr_take(family, w + ESPL_SA_INFO_SRC),
        .dst = espl_addr_take(family, w + ESPL_SA_INFO_DST),
    };
}

enum espl_err espl_shadow_sas(struct espl_card *card)
{
    struct espl_shadow *s = &card->shadow;
    if (s->sas_known)
        return ESPL_OK;
    memset(s->sa[ESPL_DIR_OUT], 0, card->caps.sa_out * sizeof **s->sa);
    memset(s->sa[ESPL_DIR_IN], 0, card->caps.sa_in * sizeof **s->sa);
    enum espl_err err =
        list(card, ESPL_OP_SA_OUT_NEXT, card->caps.sa_out, ESPL_SA_INFO_WORDS, keep_sa);
    if (!err)
        err = list(card, ESPL_OP_SA_IN_NEXT, card->caps.sa_in, ESPL_SA_INFO_WORDS, keep_sa);
    s->sas_known = !err;
    return err;
}

static void keep_policy(struct espl_card *card, enum espl_map_op op, uint32_t row,
                        const uint32_t *w)
{
    row += op == ESPL_OP_EXACT_NEXT ? card->caps.policies : 0;
    memcpy(card->shadow.policy[row].words, w, sizeof card->shadow.policy[row].words);
    card->shadow.policy[row].words[ESPL_POLICY_ENTRY_FLAGS] |= ESPL_POLICY_ENTRY_FLAGS_USED_MASK;
}

enum espl_err espl_shadow_policies(struct espl_card *card)
{
    struct espl_shadow *s = &card->shadow;
    if (s->policies_known)
        return ESPL_OK;
    memset(s->policy, 0, espl_rows(card) * sizeof *s->policy);
    enum espl_err err =
        list(card, ESPL_OP_POLICY_NEXT, card->caps.policies, ESPL_POLICY_ENTRY_WORDS, keep_policy);
    if (!err)
        err = list(card, ESPL_OP_EXACT_NEXT, card->caps.exact, ESPL_POLICY_ENTRY_WORDS,
                   keep_policy);
    s->policies_known = !err;
    return err;
}

static void keep_cell(struct espl_card *card, enum espl_map_op op, uint32_t index,
                      const uint32_t *w)
{
    (void)op;
    uint32_t flags = w[ESPL_NEIGH_ENTRY_FLAGS];
    card->shadow.cell[index] = (struct espl_shadow_cell){
        .used = true,
        .cipher = flags & ESPL_NEIGH_ENTRY_FLAGS_DEV_MASK,
        .nexthop = (uint16_t)w[ESPL_NEIGH_ENTRY_NEXTHOP],
        .addr = espl_addr_take(flags & ESPL_NEIGH_ENTRY_FLAGS_FAMILY_MASK ? ESPL_IPV6 : ESPL_IPV4,
                               w + ESPL_NEIGH_ENTRY_ADDR),
    };
}

static void keep_hop(struct espl_card *card, enum espl_map_op op, uint32_t row, const uint32_t *w)
{
    (void)op;
    card->shadow.hop[row].used = true;
    card->shadow.hop[row].to = espl_hop_take(w);
}

static void count_references(struct espl_card *card)
{
    struct espl_shadow *s = &card->shadow;
    uint32_t hops = card->caps.nexthops;
    for (uint32_t i = 0; i < card->caps.neighbours; i++) {
        const struct espl_shadow_cell *c = &s->cell[i];
        if (c->used && c->nexthop < hops) {
            s->hop[c->nexthop].refs++;
            s->hop[c->nexthop].cipher |= c->cipher;
        }
    }
    const uint32_t slots[2] = {
        [ESPL_DIR_OUT] = card->caps.sa_out, [ESPL_DIR_IN] = card->caps.sa_in};
    for (int dir = 0; dir < 2; dir++)
        for (uint32_t i = 0; i < slots[dir]; i++)
            if (s->sa[dir][i].used && s->sa[dir][i].nexthop < hops)
                s->hop[s->sa[dir][i].nexthop].refs++;
}

enum espl_err espl_shadow_neighs(struct espl_card *card)
{
    struct espl_shadow *s = &card->shadow;
    enum espl_err err = espl_shadow_sas(card);
    if (err || s->neighs_known)
        return err;
    memset(s->cell, 0, card->caps.neighbours * sizeof *s->cell);
    memset(s->hop, 0, card->caps.nexthops * sizeof *s->hop);
    err = list(card, ESPL_OP_NEIGH_NEXT, card->caps.neighbours, ESPL_NEIGH_ENTRY_WORDS, keep_cell);
    if (!err)
        err = list(card, ESPL_OP_NEXTHOP_NEXT, card->caps.nexthops, ESPL_NEXTHOP_ENTRY_WORDS,
                   keep_hop);
    if (!err)
        count_references(card);
    s->neighs_known = !err;
    return err;
}
