/* SPDX-License-Identifier: Apache-2.0 */
/* The cells of the neighbour table: finding, writing, and room for a new one (cells.c). */
#include "driver/handle.h"

uint32_t espl_cell_find(const struct espl_card *card, const struct espl_addr *addr, bool cipher)
{
    for (unsigned bank = 0; bank < 2; bank++) {
        uint32_t first = espl_bucket(card->neigh_buckets, addr, bank);
        for (uint32_t at = first; at < first + ESPL_PLACES; at++) {
            const struct espl_shadow_cell *c = &card->shadow.cell[at];
            if (c->used && c->cipher == cipher && espl_addr_same(&c->addr, addr))
                return at;
        }
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

static bool cell_addr(const struct espl_card *card, uint32_t at, struct espl_addr *addr)
{
    *addr = card->shadow.cell[at].addr;
    return card->shadow.cell[at].used;
}

static enum espl_err move_cell(struct espl_card *card, uint32_t from, uint32_t to)
{
    return espl_cell_set(card, to, &card->shadow.cell[from]);
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
    const struct espl_cells table = {card->neigh_buckets, cell_addr, move_cell};
    uint32_t at;
    enum espl_err err = espl_cells_room(card, &table, &cell->addr, &at);
    if (err == ESPL_ERR_FULL) {
        char text[ESPL_TEXT_ADDR];
        return espl_fail(
            card, err, "no place for neighbour %s: %u of the card's %u cells are in use",
            espl_addr_text(text, &cell->addr), cells_used(card), card->caps.neighbours);
    }
    return err ? err : espl_cell_set(card, at, cell);
}
