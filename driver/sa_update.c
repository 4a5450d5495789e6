/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing an installed SA between two packets: where its packets go, what is checked and counted. Its
 * key, and with it its SPI, algorithm and numbers, stay what they are.
 */
#include "driver/handle.h"

#include <string.h>

/* The words of a sa_entry that no update may carry: SPI, salt and key. */
#define FIRST_KEPT ESPL_SA_ENTRY_SPI
#define END_KEPT   ESPL_SA_ENTRY_SRC

/* What belongs to the key is taken from the card. */
static enum espl_err merge(struct espl_card *card, uint32_t slot, const struct espl_sa *now,
                           struct espl_sa *merged)
{
    uint32_t info[ESPL_SA_INFO_WORDS];
    struct espl_sa there;
    struct espl_sa_stats stats;
    enum espl_map_op get = now->dir == ESPL_DIR_OUT ? ESPL_OP_SA_OUT_GET : ESPL_OP_SA_IN_GET;
    enum espl_err err = espl_mailbox(card, get, slot, NULL, 0, info, ESPL_SA_INFO_WORDS);
    if (err)
        return err;
    espl_sa_unpack(&there, &stats, now->dir, info);
    *merged = *now;
    memset(merged->key, 0, sizeof merged->key);
    merged->key_len = there.key_len;
    merged->alg = there.alg;
    merged->esn = there.esn;
    merged->replay_window = there.replay_window;
    return espl_sa_check(card, merged, false);
}

static enum espl_err write_update(struct espl_card *card, const struct espl_sa *sa, uint32_t slot,
                                  uint16_t hop)
{
    uint32_t words[ESPL_SA_ENTRY_WORDS];
    espl_sa_pack(words, sa, hop, card->shadow.sa[sa->dir][slot].serial);
    memset(words + FIRST_KEPT, 0, (END_KEPT - FIRST_KEPT) * sizeof *words);
    return espl_mailbox(card,
                        sa->dir == ESPL_DIR_OUT ? ESPL_OP_SA_OUT_UPDATE : ESPL_OP_SA_IN_UPDATE,
                        slot, words, ESPL_SA_ENTRY_WORDS, NULL, 0);
}

static enum espl_err update_locked(struct espl_card *card, const struct espl_addr *dst,
                                   const struct espl_sa *now)
{
    struct espl_sa sa;
    uint32_t slot;
    uint16_t hop;
    enum espl_err err = espl_sa_find(card, now->dir, dst, now->spi, &slot);
    if (!err)
        err = merge(card, slot, now, &sa);
    if (!err)
        err = espl_shadow_neighs(card);
    if (!err)
        err = espl_sa_hop(card, &sa, &hop);
    if (err)
        return err;
    err = write_update(card, &sa, slot, hop);
    if (err) {
        struct espl_told told = espl_told(card);
        espl_sa_hop_drop(card, sa.dir, &sa.dst, hop);
        espl_told_again(card, &told);
        return err;
    }
    struct espl_shadow_sa *there = &card->shadow.sa[sa.dir][slot];
    const struct espl_shadow_sa was = *there;
    there->nexthop = hop;
    there->src = sa.src;
    there->dst = sa.dst;
    there->reqid = sa.reqid;
    espl_sa_hop_refer(card, hop, 1);
    espl_sa_hop_refer(card, was.nexthop, -1);
    if (was.nexthop != hop)
        espl_sa_hop_drop(card, sa.dir, &was.dst, was.nexthop);
    if (sa.dir == ESPL_DIR_IN || (was.reqid == sa.reqid && espl_addr_same(&was.src, &sa.src) &&
                                  espl_addr_same(&was.dst, &sa.dst)))
        return ESPL_OK;
    err = espl_shadow_policies(card); /* whom it serves may have changed */
    return err ? err : espl_bind(card, ESPL_NO_SLOT);
}

enum espl_err espl_sa_update(struct espl_card *card, const struct espl_addr *dst,
                             const struct espl_sa *now)
{
    if (now->dir != ESPL_DIR_OUT && now->dir != ESPL_DIR_IN)
        return espl_fail(card, ESPL_ERR_INVALID, "dir: neither in nor out");
    if (!(card->caps.mode & ESPL_CAP_MODE_UPDATE_MASK))
        return espl_fail(card, ESPL_ERR_INVALID, "this card can't change an installed SA");
    enum espl_err err = espl_begin(card);
    if (err)
        return err;
    err = update_locked(card, dst, now);
    espl_end(card);
    return err;
}
