/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The neighbour table's cells: two banks, an address has one place in each, found by the low and
 * the high bits of its CRC-32C (Castagnoli; espalier.rdl, neigh_entry). When both places are taken,
 * neighbours move to their other bank to make room.
 */
#include "driver/handle.h"

uint32_t espl_crc32c(const uint8_t *bytes, size_t len)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    return crc;
}

uint32_t espl_cell_of(const struct espl_card *card, const struct espl_addr *addr, unsigned bank)
{
    uint32_t hash = espl_crc32c(addr->bytes, sizeof addr->bytes);
    return bank * card->per_bank + ((bank ? hash >> 16 : hash) & (card->per_bank - 1));
}

uint32_t espl_cell_find(const struct espl_card *card, const struct espl_addr *addr, bool cipher)
{
    for (unsigned bank = 0; bank < 2; bank++) {
        uint32_t at = espl_cell_of(card, addr, bank);
        const struct espl_shadow_cell *c = &card->shadow.cell[at];
        if (c->used && c->cipher == cipher && espl_addr_same(&c->addr, addr))
            return at;
    }
    return UINT32_MAX;
}

enum espl_err espl_cell_set(struct espl_card *card, uint32_t index,
                            const struct espl_shadow_cell *cell)
{
    uint32_t w[ESPL_NEIGH_ENTRY_WORDS] = {0};
    bool v6 = cell->addr.family == ESPL_IPV6;
    w[ESPL_NEIGH_ENTRY_FLAGS] =
        ESPL_PUT(v6 ? ESPL_FAMILY_IPV6 : ESPL_FAMILY_IPV4, ESPL_NEIGH_ENTRY_FLAGS_FAMILY) |
        ESPL_PUT(cell->cipher, ESPL_NEIGH_ENTRY_FLAGS_DEV);
    espl_addr_put(w + ESPL_NEIGH_ENTRY_ADDR, &cell->addr);
    w[ESPL_NEIGH_ENTRY_NEXTHOP] = cell->nexthop;
    enum espl_err err =
        espl_mailbox(card, ESPL_OP_NEIGH_SET, index, w, ESPL_NEIGH_ENTRY_WORDS, NULL, 0);
    if (err)
        return err;
    card->shadow.cell[index] = *cell;
    card->shadow.cell[index].used = true;
    return ESPL_OK;
}

enum espl_err espl_cell_clear(struct espl_card *card, uint32_t index)
{
    enum espl_err err = espl_mailbox(card, ESPL_OP_NEIGH_CLEAR, index, NULL, 0, NULL, 0);
    if (!err)
        card->shadow.cell[index] = (struct espl_shadow_cell){0};
    return err;
}

/* The place a cell's neighbour has in the other bank. */
static uint32_t other_place(const struct espl_card *card, uint32_t at)
{
    return espl_cell_of(card, &card->shadow.cell[at].addr, at < card->per_bank ? 1 : 0);
}

/* Follows the neighbours that would have to move, from `at` to a free cell; their number, or -1: in
 * a circle. */
static int64_t chain_length(const struct espl_card *card, uint32_t at)
{
    uint32_t start = at;
    for (uint32_t n = 0; n <= card->caps.neighbours; n++) {
        if (!card->shadow.cell[at].used)
            return n;
        at = other_place(card, at);
        if (at == start && n > 0) /* come round: nothing is free on this way */
            return -1;
    }
    return -1;
}

/*
 * Frees `at`, whose chain has `length` neighbours: the last one moves first. A neighbour is written
 * to its new place before its old one is overwritten, so it is found at any time.
 */
static enum espl_err free_chain(struct espl_card *card, uint32_t at, int64_t length)
{
    for (int64_t n = length; n > 0; n--) {
        uint32_t from = at;
        for (int64_t i = 1; i < n; i++)
            from = other_place(card, from);
        enum espl_err err = espl_cell_set(card, other_place(card, from), &card->shadow.cell[from]);
        if (err)
            return err;
    }
    return ESPL_OK;
}

static uint32_t cells_used(const struct espl_card *card)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < card->caps.neighbours; i++)
        used += card->shadow.cell[i].used;
    return used;
}

enum espl_err espl_cell_insert(struct espl_card *card, const struct espl_shadow_cell *cell)
{
    uint32_t best = 0;
    int64_t shortest = -1;
    for (unsigned bank = 0; bank < 2; bank++) {
        uint32_t at = espl_cell_of(card, &cell->addr, bank);
        int64_t length = chain_length(card, at);
        if (length >= 0 && (shortest < 0 || length < shortest)) {
            shortest = length;
            best = at;
        }
    }
    if (shortest < 0) {
        char text[ESPL_TEXT_ADDR];
        return espl_fail(
            card, ESPL_ERR_FULL, "no place for neighbour %s: %u of the card's %u cells are in use",
            espl_addr_text(text, &cell->addr), cells_used(card), card->caps.neighbours);
    }
    enum espl_err err = free_chain(card, best, shortest);
    return err ? err : espl_cell_set(card, best, cell);
}
