/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adding and deleting SAs. An inbound SA's slot is the low bits of its SPI; an outbound one takes
 * any free slot, a row for its next hop, and then the policies of its reqid, one after the other.
 */
#include "driver/handle.h"

#include <string.h>

static uint32_t in_slot(const struct espl_card *card, uint32_t spi)
{
    return spi & (card->caps.sa_in - 1);
}

static uint32_t next_serial(const struct espl_card *card)
{
    const uint32_t slots[2] = {
        [ESPL_DIR_OUT] = card->caps.sa_out, [ESPL_DIR_IN] = card->caps.sa_in};
    uint32_t newest = 0;
    for (int dir = 0; dir < 2; dir++)
        for (uint32_t i = 0; i < slots[dir]; i++)
            if (card->shadow.sa[dir][i].used && card->shadow.sa[dir][i].serial > newest)
                newest = card->shadow.sa[dir][i].serial;
    return newest + 1;
}

enum espl_err espl_sa_find(struct espl_card *card, enum espl_dir dir, const struct espl_addr *dst,
                           uint32_t spi, uint32_t *slot)
{
    enum espl_err err = espl_shadow_sas(card);
    if (err)
        return err;
    uint32_t first = dir == ESPL_DIR_IN ? in_slot(card, spi) : 0;
    uint32_t end = dir == ESPL_DIR_IN ? first + 1 : card->caps.sa_out;
    for (uint32_t i = first; i < end; i++) {
        const struct espl_shadow_sa *sa = &card->shadow.sa[dir][i];
        if (sa->used && sa->spi == spi && espl_addr_same(&sa->dst, dst)) {
            *slot = i;
            return ESPL_OK;
        }
    }
    char text[ESPL_TEXT_ADDR];
    return espl_fail(card, ESPL_ERR_NOT_FOUND, "spi: no %s SA 0x%08x to %s",
                     dir == ESPL_DIR_IN ? "inbound" : "outbound", spi, espl_addr_text(text, dst));
}

/* ------------------------------------------------------------------ add */

static enum espl_err choose_in(struct espl_card *card, const struct espl_sa *sa, uint32_t *slot)
{
    *slot = in_slot(card, sa->spi);
    const struct espl_shadow_sa *there = &card->shadow.sa[ESPL_DIR_IN][*slot];
    uint32_t kept = card->shadow.spi_kept[*slot];
    if (there->used && there->spi == sa->spi)
        return espl_fail(card, ESPL_ERR_EXISTS, "spi: the inbound SA 0x%08x exists", sa->spi);
    if (there->used || (kept && kept != sa->spi))
        return espl_fail(card, ESPL_ERR_FULL,
                         "spi: 0x%08x needs inbound slot %u of %u, which 0x%08x holds", sa->spi,
                         *slot, card->caps.sa_in, there->used ? there->spi : kept);
    return ESPL_OK;
}

static enum espl_err choose_out(struct espl_card *card, const struct espl_sa *sa, uint32_t *slot)
{
    *slot = ESPL_NO_SLOT;
    for (uint32_t i = 0; i < card->caps.sa_out; i++) {
        const struct espl_shadow_sa *there = &card->shadow.sa[ESPL_DIR_OUT][i];
        char text[ESPL_TEXT_ADDR];
        if (there->used && there->spi == sa->spi && espl_addr_same(&there->dst, &sa->dst))
            return espl_fail(card, ESPL_ERR_EXISTS, "spi: the outbound SA 0x%08x to %s exists",
                             sa->spi, espl_addr_text(text, &sa->dst));
        if (!there->used && *slot == ESPL_NO_SLOT)
            *slot = i;
    }
    if (*slot == ESPL_NO_SLOT)
        return espl_fail(card, ESPL_ERR_FULL, "all %u outbound SAs of the card are in use",
                         card->caps.sa_out);
    return ESPL_OK;
}

static enum espl_err write_entry(struct espl_card *card, const struct espl_sa *sa, uint32_t slot,
                                 uint16_t hop, uint32_t serial)
{
    uint32_t words[ESPL_SA_ENTRY_WORDS];
    espl_sa_pack(words, sa, hop, serial);
    enum espl_err err =
        espl_mailbox(card, sa->dir == ESPL_DIR_OUT ? ESPL_OP_SA_OUT_ADD : ESPL_OP_SA_IN_ADD, slot,
                     words, ESPL_SA_ENTRY_WORDS, NULL, 0);
    explicit_bzero(words, sizeof words);
    return err;
}

/* Takes an installed SA out of the card and the shadow; the policies have left it. */
static enum espl_err remove_entry(struct espl_card *card, enum espl_dir dir, uint32_t slot)
{
    struct espl_shadow_sa *there = &card->shadow.sa[dir][slot];
    enum espl_err err = espl_mailbox(
        card, dir == ESPL_DIR_OUT ? ESPL_OP_SA_OUT_DEL : ESPL_OP_SA_IN_DEL, slot, NULL, 0, NULL, 0);
    if (err)
        return err;
    const struct espl_shadow_sa gone = *there;
    *there = (struct espl_shadow_sa){0};
    espl_sa_hop_refer(card, gone.nexthop, -1);
    espl_sa_hop_drop(card, dir, &gone.dst, gone.nexthop);
    return ESPL_OK;
}

/*
 * As if the SA had never been, as far as the card still answers: an operation that failed on the
 * bus may have been done all the same, so the tables are read anew first. The first failure stays
 * told.
 */
static void take_back(struct espl_card *card, const struct espl_sa *sa, uint32_t slot, uint16_t hop)
{
    struct espl_told told = espl_told(card);
    enum espl_err err = hop ? espl_shadow_neighs(card) : espl_shadow_sas(card);
    if (!err && sa->dir == ESPL_DIR_OUT)
        err = espl_shadow_policies(card);
    const struct espl_shadow_sa *there = &card->shadow.sa[sa->dir][slot];
    bool installed = !err && there->used && there->spi == sa->spi;
    if (installed && sa->dir == ESPL_DIR_OUT)
        err = espl_bind(card, slot);
    if (!err && installed)
        err = remove_entry(card, sa->dir, slot);
    else if (!err)
        espl_sa_hop_drop(card, sa->dir, &sa->dst, hop);
    (void)err;
    espl_told_again(card, &told);
}

static enum espl_err add_locked(struct espl_card *card, const struct espl_sa *sa)
{
    uint32_t slot;
    uint16_t hop;
    enum espl_err err = espl_sa_check(card, sa, true);
    if (!err)
        err = espl_shadow_sas(card);
    if (!err && sa->dir == ESPL_DIR_OUT)
        err = espl_shadow_policies(card);
    if (!err)
        err = sa->dir == ESPL_DIR_OUT ? choose_out(card, sa, &slot) : choose_in(card, sa, &slot);
    if (!err)
        err = espl_sa_hop(card, sa, &hop);
    if (err)
        return err;
    uint32_t serial = next_serial(card);
    err = write_entry(card, sa, slot, hop, serial);
    if (err) {
        take_back(card, sa, slot, hop);
        return err;
    }
    card->shadow.sa[sa->dir][slot] = (struct espl_shadow_sa){.used = true,
                                                             .nexthop = hop,
                                                             .spi = sa->spi,
                                                             .reqid = sa->reqid,
                                                             .serial = serial,
                                                             .src = sa->src,
                                                             .dst = sa->dst};
    espl_sa_hop_refer(card, hop, 1);
    if (sa->dir == ESPL_DIR_IN) {
        card->shadow.spi_kept[slot] = 0;
        return ESPL_OK;
    }
    err = espl_bind(card, ESPL_NO_SLOT);
    if (err)
        take_back(card, sa, slot, hop);
    return err;
}

enum espl_err espl_sa_add(struct espl_card *card, const struct espl_sa *sa)
{
    enum espl_err err = espl_begin(card);
    if (err)
        return err;
    err = add_locked(card, sa);
    espl_end(card);
    return err;
}

/* ------------------------------------------------------------------ delete */

/* The SA that could not be deleted protects again. */
static void bind_again(struct espl_card *card)
{
    struct espl_told told = espl_told(card);
    enum espl_err err = espl_shadow_sas(card);
    if (!err)
        err = espl_shadow_policies(card);
    if (!err)
        err = espl_bind(card, ESPL_NO_SLOT);
    (void)err;
    espl_told_again(card, &told);
}

static enum espl_err delete_locked(struct espl_card *card, enum espl_dir dir,
                                   const struct espl_addr *dst, uint32_t spi)
{
    uint32_t slot;
    enum espl_err err = espl_sa_find(card, dir, dst, spi, &slot);
    if (!err && (dir == ESPL_DIR_OUT || card->shadow.sa[dir][slot].nexthop))
        err = espl_shadow_neighs(card);
    if (!err && dir == ESPL_DIR_OUT)
        err = espl_shadow_policies(card);
    if (!err && dir == ESPL_DIR_OUT)
        err = espl_bind(card, slot);
    if (!err)
        err = remove_entry(card, dir, slot);
    if (err && err != ESPL_ERR_NOT_FOUND)
        bind_again(card);
    return err;
}

enum espl_err espl_sa_delete(struct espl_card *card, enum espl_dir dir, const struct espl_addr *dst,
                             uint32_t spi)
{
    enum espl_err err = espl_begin(card);
    if (err)
        return err;
    err = delete_locked(card, dir, dst, spi);
    espl_end(card);
    return err;
}

/* Deletes the first SA of a direction from *slot on; *slot is then behind it. */
static enum espl_err flush_next(struct espl_card *card, enum espl_dir dir, uint32_t slots,
                                uint32_t *slot)
{
    enum espl_err err = espl_shadow_sas(card);
    if (err)
        return err;
    const struct espl_shadow_sa *sa = card->shadow.sa[dir];
    while (*slot < slots && !sa[*slot].used)
        ++*slot;
    if (*slot >= slots)
        return ESPL_OK;
    const struct espl_addr dst = sa[*slot].dst;
    return delete_locked(card, dir, &dst, sa[(*slot)++].spi);
}

/* One SA a lock: other programs are not kept waiting while a full table drains. */
static enum espl_err flush(struct espl_card *card, enum espl_dir dir, uint32_t slots)
{
    for (uint32_t slot = 0; slot < slots;) {
        enum espl_err err = espl_begin(card);
        if (err)
            return err;
        err = flush_next(card, dir, slots, &slot);
        espl_end(card);
        if (err)
            return err;
    }
    return ESPL_OK;
}

enum espl_err espl_sa_flush(struct espl_card *card)
{
    enum espl_err err = flush(card, ESPL_DIR_OUT, card->caps.sa_out);
    return err ? err : flush(card, ESPL_DIR_IN, card->caps.sa_in);
}
