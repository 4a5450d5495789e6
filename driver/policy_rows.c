/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places of policies. Exact policies have cells (cells.c), as long as there is one; any policy can
 * have a row. Of the rows the lowest matching one is taken, so they stand in the order of their
 * priorities: a new row goes behind all of its own or a lower priority number, and before all of a
 * higher one. Between a row and a cell the card compares the priorities itself.
 */
#include "driver/handle.h"

#include <string.h>

uint32_t espl_rows(const struct espl_card *card)
{
    return card->caps.policies + card->caps.exact;
}

bool espl_row_used(const struct espl_shadow_row *row)
{
    return row->words[ESPL_POLICY_ENTRY_FLAGS] & ESPL_POLICY_ENTRY_FLAGS_USED_MASK;
}

/* The operation of a place: `cell` and the number of the cell for one of those, else `row`. */
static enum espl_err operate(struct espl_card *card, enum espl_map_op row_op,
                             enum espl_map_op cell_op, uint32_t row, const uint32_t *entry,
                             size_t count)
{
    bool exact = row >= card->caps.policies;
    return espl_mailbox(card, exact ? cell_op : row_op, exact ? row - card->caps.policies : row,
                        entry, count, NULL, 0);
}

enum espl_err espl_row_set(struct espl_card *card, uint32_t row,
                           const uint32_t words[ESPL_POLICY_ENTRY_WORDS])
{
    uint32_t entry[ESPL_POLICY_ENTRY_WORDS];
    memcpy(entry, words, sizeof entry);
    entry[ESPL_POLICY_ENTRY_FLAGS] &= ~ESPL_POLICY_ENTRY_FLAGS_USED_MASK;
    enum espl_err err = operate(card, ESPL_OP_POLICY_SET, ESPL_OP_EXACT_SET, row, entry,
                                ESPL_POLICY_ENTRY_WORDS);
    if (err)
        return err;
    entry[ESPL_POLICY_ENTRY_FLAGS] |= ESPL_POLICY_ENTRY_FLAGS_USED_MASK;
    memcpy(card->shadow.policy[row].words, entry, sizeof entry);
    return ESPL_OK;
}

enum espl_err espl_row_clear(struct espl_card *card, uint32_t row)
{
    enum espl_err err = operate(card, ESPL_OP_POLICY_CLEAR, ESPL_OP_EXACT_CLEAR, row, NULL, 0);
    if (!err)
        card->shadow.policy[row] = (struct espl_shadow_row){0};
    return err;
}

enum espl_err espl_row_sa(struct espl_card *card, uint32_t row, uint32_t slot)
{
    uint32_t *w = card->shadow.policy[row].words;
    const uint32_t entry[2] = {w[ESPL_POLICY_ENTRY_FLAGS] & ESPL_POLICY_ENTRY_FLAGS_ACTION_MASK,
                               slot};
    enum espl_err err =
        operate(card, ESPL_OP_POLICY_ACTION, ESPL_OP_EXACT_ACTION, row, entry, 2);
    if (!err)
        w[ESPL_POLICY_ENTRY_SA_SLOT] = slot;
    return err;
}

/* ------------------------------------------------------------------ room for a new cell */

static bool cell_addr(const struct espl_card *card, uint32_t at, struct espl_addr *addr)
{
    const struct espl_shadow_row *row = &card->shadow.policy[card->caps.policies + at];
    bool v6 = row->words[ESPL_POLICY_ENTRY_FLAGS] & ESPL_POLICY_ENTRY_FLAGS_FAMILY_MASK;
    *addr = espl_addr_take(v6 ? ESPL_IPV6 : ESPL_IPV4, row->words + ESPL_POLICY_ENTRY_DST_VALUE);
    return espl_row_used(row);
}

static enum espl_err move_cell(struct espl_card *card, uint32_t from, uint32_t to)
{
    uint32_t first = card->caps.policies;
    return espl_row_set(card, first + to, card->shadow.policy[first + from].words);
}

static enum espl_err exact_room(struct espl_card *card,
                                const uint32_t words[ESPL_POLICY_ENTRY_WORDS], uint32_t *row)
{
    const struct espl_cells table = {card->exact_buckets, cell_addr, move_cell};
    bool v6 = words[ESPL_POLICY_ENTRY_FLAGS] & ESPL_POLICY_ENTRY_FLAGS_FAMILY_MASK;
    const struct espl_addr dst =
        espl_addr_take(v6 ? ESPL_IPV6 : ESPL_IPV4, words + ESPL_POLICY_ENTRY_DST_VALUE);
    uint32_t at = 0;
    enum espl_err err = espl_cells_room(card, &table, &dst, &at);
    *row = card->caps.policies + at;
    return err;
}

/* ------------------------------------------------------------------ room for a new row */

struct window { /* rows [from, end), of which `used` are in use, `before` of them in front of the
                   new one */
    uint32_t from, end, used, before;
};

/* The row of the nth of the window's rows, old and new, when they stand evenly. */
static uint32_t even(const struct window *w, uint32_t nth)
{
    return w->from + (uint32_t)((uint64_t)nth * (w->end - w->from) / (w->used + 1));
}

static enum espl_err move_row(struct espl_card *card, uint32_t from, uint32_t to)
{
    enum espl_err err = espl_row_set(card, to, card->shadow.policy[from].words);
    return err ? err : espl_row_clear(card, from);
}

/*
 * Spreads a window's rows evenly, with a free row where the new one belongs. A row is written to
 * its new place before its old one is cleared, so none is ever missing. Those that move up go
 * first, the last of them first, then those that move down: so none ever passes another.
 */
static enum espl_err spread(struct espl_card *card, const struct window *w)
{
    enum espl_err err = ESPL_OK;
    for (uint32_t row = w->end, nth = w->used; !err && row-- > w->from;) {
        if (!espl_row_used(&card->shadow.policy[row]))
            continue;
        nth--;
        uint32_t to = even(w, nth + (nth < w->before ? 0 : 1));
        if (to > row)
            err = move_row(card, row, to);
    }
    for (uint32_t row = w->from, nth = 0; !err && row < w->end; row++) {
        if (!espl_row_used(&card->shadow.policy[row]))
            continue;
        uint32_t to = even(w, nth + (nth < w->before ? 0 : 1));
        nth++;
        if (to < row)
            err = move_row(card, row, to);
    }
    return err;
}

/* The smallest window around row `at` that is at most three quarters full with the new row, or the
 * whole table. */
static struct window window_around(const struct espl_card *card, uint32_t at)
{
    uint32_t rows = card->caps.policies;
    for (uint32_t half = 4;; half *= 2) {
        struct window w = {.from = at > half ? at - half : 0,
                           .end = rows - at > half ? at + half : rows};
        for (uint32_t row = w.from; row < w.end; row++) {
            bool used = espl_row_used(&card->shadow.policy[row]);
            w.used += used;
            w.before += used && row < at;
        }
        if (4 * (w.used + 1) <= 3 * (w.end - w.from) || (w.from == 0 && w.end == rows))
            return w;
    }
}

enum espl_err espl_rows_room(struct espl_card *card, const uint32_t words[ESPL_POLICY_ENTRY_WORDS],
                             uint32_t *row)
{
    if (card->exact_buckets && espl_policy_exact(words)) {
        enum espl_err err = exact_room(card, words, row);
        if (err != ESPL_ERR_FULL)
            return err;
    }
    uint32_t rows = card->caps.policies, lo = 0, hi = rows, used = 0;
    for (uint32_t i = 0; i < rows; i++) {
        const uint32_t *other = card->shadow.policy[i].words;
        if (!espl_row_used(&card->shadow.policy[i]))
            continue;
        used++;
        if (other[ESPL_POLICY_ENTRY_PRIORITY] <= words[ESPL_POLICY_ENTRY_PRIORITY])
            lo = i + 1;
        else if (hi == rows)
            hi = i;
    }
    if (used == rows)
        return espl_fail(card, ESPL_ERR_FULL, "all %u policies of the card are in use", rows);
    if (hi > lo) { /* behind the last one tightly, else in the middle of the gap: later ones find
                      room */
        uint32_t spare = hi - lo - 1;
        *row = lo + (hi < rows ? spare / 2 : lo > 0 ? 0 : spare / 8);
        return ESPL_OK;
    }
    const struct window w = window_around(card, lo);
    *row = even(&w, w.before);
    return spread(card, &w);
}
