/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the card about its SAs, free inbound SPIs, and where an outbound SA's frames go. */
#include "driver/handle.h"

#include <string.h>
#include <sys/random.h>

static void take_hop(struct espl_sa *sa, const uint32_t *words)
{
    const struct espl_hop to = espl_hop_take(words);
    memcpy(sa->nexthop, to.mac, sizeof sa->nexthop);
    sa->vlan = to.vlan;
}

/* Fills what the card tells of the SA's next hop. */
static enum espl_err take_nexthop(struct espl_card *card, struct espl_sa *sa, const uint32_t *info)
{
    uint32_t row = ESPL_GET(info[ESPL_SA_INFO_ROUTE], ESPL_SA_ENTRY_ROUTE_NEXTHOP);
    if (row == 0)
        return ESPL_OK;
    uint32_t hop[ESPL_NEXTHOP_ENTRY_WORDS];
    enum espl_err err =
        espl_mailbox(card, ESPL_OP_NEXTHOP_GET, row, NULL, 0, hop, ESPL_NEXTHOP_ENTRY_WORDS);
    if (err)
        return err;
    sa->has_nexthop = hop[ESPL_NEXTHOP_ENTRY_MAC_HI] & ESPL_NEXTHOP_ENTRY_MAC_HI_USED_MASK;
    if (sa->has_nexthop)
        take_hop(sa, hop);
    return ESPL_OK;
}

static enum espl_err read_sa(struct espl_card *card, enum espl_map_op op, uint32_t index,
                             struct espl_sa *sa, struct espl_sa_stats *stats, uint32_t *found)
{
    enum espl_dir dir =
        op == ESPL_OP_SA_OUT_GET || op == ESPL_OP_SA_OUT_NEXT ? ESPL_DIR_OUT : ESPL_DIR_IN;
    uint32_t info[ESPL_SA_INFO_WORDS];
    enum espl_err err = espl_mailbox(card, op, index, NULL, 0, info, ESPL_SA_INFO_WORDS);
    if (err)
        return err;
    *found = card->detail;
    espl_sa_unpack(sa, stats, dir, info);
    return take_nexthop(card, sa, info);
}

enum espl_err espl_sa_get(struct espl_card *card, enum espl_dir dir, const struct espl_addr *dst,
                          uint32_t spi, struct espl_sa *sa, struct espl_sa_stats *stats)
{
    enum espl_err err = espl_begin(card);
    if (err)
        return err;
    uint32_t slot, found;
    err = espl_sa_find(card, dir, dst, spi, &slot);
    if (!err)
        err = read_sa(card, dir == ESPL_DIR_OUT ? ESPL_OP_SA_OUT_GET : ESPL_OP_SA_IN_GET, slot, sa,
                      stats, &found);
    espl_end(card);
    return err;
}

/* The card is free while `each` runs, so it may call the library. */
static enum espl_err each_of(struct espl_card *card, enum espl_map_op next, uint32_t slots,
                             espl_sa_fn each, void *user, bool *more)
{
    for (uint32_t at = 0; at < slots && *more;) {
        struct espl_sa sa;
        struct espl_sa_stats stats;
        uint32_t found = slots;
        enum espl_err err = espl_begin(card);
        if (err)
            return err;
        err = read_sa(card, next, at, &sa, &stats, &found);
        espl_end(card);
        if (err)
            return err;
        if (found >= slots || found < at)
            break;
        *more = each(user, &sa, &stats);
        at = found + 1;
    }
    return ESPL_OK;
}

enum espl_err espl_sa_each(struct espl_card *card, espl_sa_fn each, void *user)
{
    bool more = true;
    enum espl_err err = each_of(card, ESPL_OP_SA_OUT_NEXT, card->caps.sa_out, each, user, &more);
    return err ? err : each_of(card, ESPL_OP_SA_IN_NEXT, card->caps.sa_in, each, user, &more);
}

/* ------------------------------------------------------------------ inbound SPIs */

static bool slot_free(const struct espl_card *card, uint32_t slot)
{
    return !card->shadow.sa[ESPL_DIR_IN][slot].used && !card->shadow.spi_kept[slot];
}

static enum espl_err random_spi(struct espl_card *card, uint32_t *spi)
{
    uint32_t slots = card->caps.sa_in, free_slots = 0;
    for (uint32_t i = 0; i < slots; i++)
        free_slots += slot_free(card, i);
    if (!free_slots)
        return espl_fail(card, ESPL_ERR_FULL, "all %u inbound SAs of the card are in use", slots);
    uint32_t random[2];
    do {
        if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
            return espl_fail(card, ESPL_ERR_OPEN, "spi: the system gives no random numbers");
        uint32_t nth = random[0] % free_slots, slot = 0;
        while (!slot_free(card, slot) || nth--)
            slot++;
        *spi = (random[1] & ~(slots - 1)) | slot;
    } while (*spi < 256); /* RFC 4303 2.1: 0 to 255 are reserved */
    card->shadow.spi_kept[*spi & (slots - 1)] = *spi;
    return ESPL_OK;
}

enum espl_err espl_sa_spi(struct espl_card *card, uint32_t *spi)
{
    enum espl_err err = espl_begin(card);
    if (err)
        return err;
    err = espl_shadow_sas(card);
    if (!err)
        err = random_spi(card, spi);
    espl_end(card);
    return err;
}

void espl_sa_spi_free(struct espl_card *card, uint32_t spi)
{
    uint32_t *kept = &card->shadow.spi_kept[spi & (card->caps.sa_in - 1)];
    if (*kept == spi)
        *kept = 0;
}

/* ------------------------------------------------------------------ next hop */

/* The tag stays. */
static enum espl_err change_mac(struct espl_card *card, const struct espl_addr *dst, uint16_t row,
                                const espl_mac mac)
{
    struct espl_hop to = card->shadow.hop[row].to;
    if (!card->shadow.hop[row].used)
        to = (struct espl_hop){0};
    memcpy(to.mac, mac, sizeof to.mac);
    return espl_neigh_outer(card, dst, &to);
}

enum espl_err espl_sa_set_nexthop(struct espl_card *card, const struct espl_addr *dst, uint32_t spi,
                                  const espl_mac mac)
{
    enum espl_err err = espl_begin(card);
    if (err)
        return err;
    uint32_t slot;
    err = espl_sa_find(card, ESPL_DIR_OUT, dst, spi, &slot);
    if (!err)
        err = espl_shadow_neighs(card);
    if (!err)
        err = change_mac(card, dst, card->shadow.sa[ESPL_DIR_OUT][slot].nexthop, mac);
    espl_end(card);
    return err;
}
