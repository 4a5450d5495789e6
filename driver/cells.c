/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of cells found by an address (neighbours, exact policies): two banks of buckets of four
 * cells. An address has one bucket in each bank, by the low and the high bits of its CRC-32C
 * (Castagnoli; espalier.rdl, neigh_entry), and may stand in any of their eight cells. When all of
 * them are taken, others move to the other of their buckets to make room.
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

uint32_t espl_bucket(uint32_t buckets, const struct espl_addr *addr, unsigned bank)
{
    uint32_t hash = espl_crc32c(addr->bytes, sizeof addr->bytes);
    return (bank * buckets + ((bank ? hash >> 16 : hash) & (buckets - 1))) * ESPL_PLACES;
}

/* Cells looked at for one that is free, each with the cell whose entry would move into it. With 512
 * of them a table is full at 97 % and more. */
#define SEARCH 512

struct step {
    uint32_t at;
    int before; /* -1: one of the address's own */
};

static int push_bucket(struct step *steps, int count, uint32_t first, int before)
{
    for (uint32_t place = 0; place < ESPL_PLACES; place++)
        steps[count++] = (struct step){first + place, before};
    return count;
}

/* The shortest way from the address's cells to a free one; its last step, or -1. */
static int search(const struct espl_card *card, const struct espl_cells *table,
                  const struct espl_addr *addr, struct step steps[SEARCH])
{
    int count = 0;
    for (unsigned bank = 0; bank < 2; bank++)
        count = push_bucket(steps, count, espl_bucket(table->buckets, addr, bank), -1);
    for (int i = 0; i < count; i++) {
        struct espl_addr other;
        if (!table->addr(card, steps[i].at, &other))
            return i;
        unsigned bank = steps[i].at < table->buckets * ESPL_PLACES ? 1 : 0;
        if (count + (int)ESPL_PLACES <= SEARCH)
            count = push_bucket(steps, count, espl_bucket(table->buckets, &other, bank), i);
    }
    return -1;
}

enum espl_err espl_cells_room(struct espl_card *card, const struct espl_cells *table,
                              const struct espl_addr *addr, uint32_t *at)
{
    struct step steps[SEARCH];
    int step = search(card, table, addr, steps);
    if (step < 0)
        return ESPL_ERR_FULL;
    /* the last one moves first: an entry is at its new place before its old one is overwritten */
    for (; steps[step].before >= 0; step = steps[step].before) {
        enum espl_err err = table->move(card, steps[steps[step].before].at, steps[step].at);
        if (err)
            return err;
    }
    *at = steps[step].at;
    return ESPL_OK;
}
