/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the ternary policy table: splitting port ranges into value and mask, and keeping the rows
 * in the order of their priorities. The lowest matching row decides, so a new row goes behind all
 * of its own or a lower priority number, and before all of a higher one.
 */
#include "driver/handle.h"

#include <string.h>

struct espl_ports espl_ports_any(void)
{
    return (struct espl_ports){0, UINT16_MAX};
}

/* The fewest aligned blocks: each the largest that starts where the last one ended. */
size_t espl_ports_split(struct espl_ports range, struct espl_port_piece pieces[ESPL_PORT_PIECES])
{
    size_t n = 0;
    uint32_t at = range.first, end = (uint32_t)range.last + 1;
    while (at < end) {
        uint32_t size = 0x10000;
        while (at % size || at + size > end)
            size /= 2;
        pieces[n++] = (struct espl_port_piece){(uint16_t)at, (uint16_t)(0x10000 - size)};
        at += size;
    }
    return n;
}

bool espl_row_used(const struct espl_shadow_row *row)
{
    return row->words[ESPL_POLICY_ENTRY_FLAGS] & ESPL_POLICY_ENTRY_FLAGS_USED_MASK;
}

static uint8_t mask_length(const uint32_t mask[4])
{
    unsigned bits = 0;
    while (bits < 128 && mask[bits / 32] & (0x80000000u >> bits % 32))
        bits++;
    return (uint8_t)bits;
}

/* Widens a range by the block of one row. */
static void widen(struct espl_ports *range, uint32_t value, uint32_t mask)
{
    uint16_t last = (uint16_t)(value | (~mask & 0xffff));
    range->first = value < range->first ? (uint16_t)value : range->first;
    range->last = last > range->last ? last : range->last;
}

void espl_rows_policy(const struct espl_card *card, uint32_t row, struct espl_policy *policy)
{
    const uint32_t *w = card->shadow.policy[row].words;
    enum espl_family family =
        w[ESPL_POLICY_ENTRY_FLAGS] & ESPL_POLICY_ENTRY_FLAGS_FAMILY_MASK ? ESPL_IPV6 : ESPL_IPV4;
    const uint32_t *ts = w + ESPL_POLICY_ENTRY_TMPL_SRC, *td = w + ESPL_POLICY_ENTRY_TMPL_DST;
    *policy = (struct espl_policy){
        .selector = {.src = {espl_addr_take(family, w + ESPL_POLICY_ENTRY_SRC_VALUE),
                             mask_length(w + ESPL_POLICY_ENTRY_SRC_MASK)},
                     .dst = {espl_addr_take(family, w + ESPL_POLICY_ENTRY_DST_VALUE),
                             mask_length(w + ESPL_POLICY_ENTRY_DST_MASK)},
                     .proto = (uint8_t)ESPL_GET(w[ESPL_POLICY_ENTRY_PROTO],
                                                ESPL_POLICY_ENTRY_PROTO_VALUE),
                     .sport = {UINT16_MAX, 0},
                     .dport = {UINT16_MAX, 0}},
        .action =
            (enum espl_action)ESPL_GET(w[ESPL_POLICY_ENTRY_FLAGS], ESPL_POLICY_ENTRY_FLAGS_ACTION),
        .priority = w[ESPL_POLICY_ENTRY_PRIORITY],
        .reqid = w[ESPL_POLICY_ENTRY_REQID],
        /* an IPv4 address has words 1 to 3 zero; that of a template is known by it */
        .tmpl_src = espl_addr_take(ts[1] | ts[2] | ts[3] ? ESPL_IPV6 : ESPL_IPV4, ts),
        .tmpl_dst = espl_addr_take(td[1] | td[2] | td[3] ? ESPL_IPV6 : ESPL_IPV4, td),
    };
    for (uint32_t i = 0; i < card->caps.policies; i++) {
        const uint32_t *p = card->shadow.policy[i].words;
        if (!espl_row_used(&card->shadow.policy[i]) ||
            p[ESPL_POLICY_ENTRY_SERIAL] != w[ESPL_POLICY_ENTRY_SERIAL])
            continue;
        widen(&policy->selector.sport,
              ESPL_GET(p[ESPL_POLICY_ENTRY_SPORT], ESPL_POLICY_ENTRY_SPORT_VALUE),
              ESPL_GET(p[ESPL_POLICY_ENTRY_SPORT], ESPL_POLICY_ENTRY_SPORT_MASK));
        widen(&policy->selector.dport,
              ESPL_GET(p[ESPL_POLICY_ENTRY_DPORT], ESPL_POLICY_ENTRY_DPORT_VALUE),
              ESPL_GET(p[ESPL_POLICY_ENTRY_DPORT], ESPL_POLICY_ENTRY_DPORT_MASK));
    }
}

enum espl_err espl_row_set(struct espl_card *card, uint32_t row,
                           const uint32_t words[ESPL_POLICY_ENTRY_WORDS])
{
    uint32_t entry[ESPL_POLICY_ENTRY_WORDS];
    memcpy(entry, words, sizeof entry);
    entry[ESPL_POLICY_ENTRY_FLAGS] &= ~ESPL_POLICY_ENTRY_FLAGS_USED_MASK;
    enum espl_err err =
        espl_mailbox(card, ESPL_OP_POLICY_SET, row, entry, ESPL_POLICY_ENTRY_WORDS, NULL, 0);
    if (err)
        return err;
    entry[ESPL_POLICY_ENTRY_FLAGS] |= ESPL_POLICY_ENTRY_FLAGS_USED_MASK;
    memcpy(card->shadow.policy[row].words, entry, sizeof entry);
    return ESPL_OK;
}

enum espl_err espl_row_clear(struct espl_card *card, uint32_t row)
{
    enum espl_err err = espl_mailbox(card, ESPL_OP_POLICY_CLEAR, row, NULL, 0, NULL, 0);
    if (!err)
        card->shadow.policy[row] = (struct espl_shadow_row){0};
    return err;
}

/* ------------------------------------------------------------------ room for new rows */

struct window { /* rows [from, end), of which `used` are in use, `before` of them in front of the
                   new ones */
    uint32_t from, end, used, before;
};

/* The row of the nth of the window's rows, old and new, when they stand evenly. */
static uint32_t even(const struct window *w, size_t count, uint32_t nth)
{
    return w->from + (uint32_t)((uint64_t)nth * (w->end - w->from) / (w->used + count));
}

static enum espl_err move_row(struct espl_card *card, uint32_t from, uint32_t to)
{
    enum espl_err err = espl_row_set(card, to, card->shadow.policy[from].words);
    return err ? err : espl_row_clear(card, from);
}

/*
 * Spreads a window's rows evenly, with `count` free rows in a run where the new ones belong. A row
 * is written to its new place before its old one is cleared, so none is ever missing. Those that
 * move up go first, the last of them first, then those that move down: so none ever passes another.
 */
static enum espl_err spread(struct espl_card *card, const struct window *w, size_t count)
{
    enum espl_err err = ESPL_OK;
    for (uint32_t row = w->end, nth = w->used; !err && row-- > w->from;) {
        if (!espl_row_used(&card->shadow.policy[row]))
            continue;
        nth--;
        uint32_t to = even(w, count, nth + (nth < w->before ? 0 : (uint32_t)count));
        if (to > row)
            err = move_row(card, row, to);
    }
    for (uint32_t row = w->from, nth = 0; !err && row < w->end; row++) {
        if (!espl_row_used(&card->shadow.policy[row]))
            continue;
        uint32_t to = even(w, count, nth + (nth < w->before ? 0 : (uint32_t)count));
        nth++;
        if (to < row)
            err = move_row(card, row, to);
    }
    return err;
}

/* The smallest window around row `at` that is at most three quarters full with the new rows, or the
 * whole table. */
static struct window window_around(const struct espl_card *card, uint32_t at, size_t count)
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
        if (4 * (w.used + count) <= 3 * (w.end - w.from) || (w.from == 0 && w.end == rows))
            return w;
    }
}

enum espl_err espl_rows_room(struct espl_card *card, uint32_t priority, size_t count,
                             uint32_t *first)
{
    uint32_t rows = card->caps.policies, lo = 0, hi = rows, used = 0;
    for (uint32_t i = 0; i < rows; i++) {
        if (!espl_row_used(&card->shadow.policy[i]))
            continue;
        used++;
        if (card->shadow.policy[i].words[ESPL_POLICY_ENTRY_PRIORITY] <= priority)
            lo = i + 1;
        else if (hi == rows)
            hi = i;
    }
    if (count > rows - used)
        return espl_fail(
            card, ESPL_ERR_FULL,
            "the policy needs %zu rows (port ranges are split), %u of the card's %u are free",
            count, rows - used, rows);
    if (hi - lo >= count) { /* behind the last one tightly, else in the middle of the gap: later
                               ones find room */
        uint32_t spare = hi - lo - (uint32_t)count;
        *first = lo + (hi < rows ? spare / 2 : lo > 0 ? 0 : spare / 8);
        return ESPL_OK;
    }
    const struct window w = window_around(card, lo, count);
    *first = even(&w, count, w.before);
    return spread(card, &w, count);
}
