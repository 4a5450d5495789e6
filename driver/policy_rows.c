/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the ternary policy table: splitting port ranges into value and mask, and keeping the rows in
 * the order of their priorities. The lowest matching row decides, so a new row goes behind all of its
 * own or a lower priority number, and before all of a higher one.
 */
#include "driver/handle.h"

#include <string.h>

#define GAP 16u /* rows left free at least, when there are, behind the last policy of another priority */

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
    enum espl_family family = w[ESPL_POLICY_ENTRY_FLAGS] & ESPL_POLICY_ENTRY_FLAGS_FAMILY_MASK ? ESPL_IPV6 : ESPL_IPV4;
    const uint32_t *ts = w + ESPL_POLICY_ENTRY_TMPL_SRC, *td = w + ESPL_POLICY_ENTRY_TMPL_DST;
    *policy = (struct espl_policy){
        .selector = {.src = {espl_addr_take(family, w + ESPL_POLICY_ENTRY_SRC_VALUE), mask_length(w + ESPL_POLICY_ENTRY_SRC_MASK)},
                     .dst = {espl_addr_take(family, w + ESPL_POLICY_ENTRY_DST_VALUE), mask_length(w + ESPL_POLICY_ENTRY_DST_MASK)},
                     .proto = (uint8_t)ESPL_GET(w[ESPL_POLICY_ENTRY_PROTO], ESPL_POLICY_ENTRY_PROTO_VALUE),
                     .sport = {UINT16_MAX, 0},
                     .dport = {UINT16_MAX, 0}},
        .action = (enum espl_action)ESPL_GET(w[ESPL_POLICY_ENTRY_FLAGS], ESPL_POLICY_ENTRY_FLAGS_ACTION),
        .priority = w[ESPL_POLICY_ENTRY_PRIORITY],
        .reqid = w[ESPL_POLICY_ENTRY_REQID],
        /* an IPv4 address has words 1 to 3 zero; that of a template is known by it */
        .tmpl_src = espl_addr_take(ts[1] | ts[2] | ts[3] ? ESPL_IPV6 : ESPL_IPV4, ts),
        .tmpl_dst = espl_addr_take(td[1] | td[2] | td[3] ? ESPL_IPV6 : ESPL_IPV4, td),
    };
    for (uint32_t i = 0; i < card->caps.policies; i++) {
        const uint32_t *p = card->shadow.policy[i].words;
        if (!espl_row_used(&card->shadow.policy[i]) || p[ESPL_POLICY_ENTRY_SERIAL] != w[ESPL_POLICY_ENTRY_SERIAL])
            continue;
        widen(&policy->selector.sport, ESPL_GET(p[ESPL_POLICY_ENTRY_SPORT], ESPL_POLICY_ENTRY_SPORT_VALUE),
              ESPL_GET(p[ESPL_POLICY_ENTRY_SPORT], ESPL_POLICY_ENTRY_SPORT_MASK));
        widen(&policy->selector.dport, ESPL_GET(p[ESPL_POLICY_ENTRY_DPORT], ESPL_POLICY_ENTRY_DPORT_VALUE),
              ESPL_GET(p[ESPL_POLICY_ENTRY_DPORT], ESPL_POLICY_ENTRY_DPORT_MASK));
    }
}

enum espl_err espl_row_set(struct espl_card *card, uint32_t row, const uint32_t words[ESPL_POLICY_ENTRY_WORDS])
{
    uint32_t entry[ESPL_POLICY_ENTRY_WORDS];
    memcpy(entry, words, sizeof entry);
    entry[ESPL_POLICY_ENTRY_FLAGS] &= ~ESPL_POLICY_ENTRY_FLAGS_USED_MASK;
    enum espl_err err = espl_mailbox(card, ESPL_OP_POLICY_SET, row, entry, ESPL_POLICY_ENTRY_WORDS, NULL, 0);
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

/*
 * Moves the rows between a free row and an edge by one, so that the row at the edge becomes free. Each row
 * is written to its new place before its old one is overwritten, so none is ever missing, and none ever
 * stands before one it stood behind. step: from the free row towards the edge, 1 or -1.
 */
static enum espl_err shift(struct espl_card *card, uint32_t free_row, uint32_t edge, int step)
{
    for (uint32_t at = free_row; at != edge; at += (uint32_t)step) {
        enum espl_err err = espl_row_set(card, at, card->shadow.policy[at + (uint32_t)step].words);
        if (err)
            return err;
    }
    return free_row == edge ? ESPL_OK : espl_row_clear(card, edge);
}

/* Makes the gap [lo, hi) one row longer, by the nearest free row on either side. */
static enum espl_err grow(struct espl_card *card, uint32_t *lo, uint32_t *hi)
{
    uint32_t rows = card->caps.policies, up = *hi, down = *lo;
    while (up < rows && espl_row_used(&card->shadow.policy[up]))
        up++;
    while (down > 0 && espl_row_used(&card->shadow.policy[down - 1]))
        down--;
    bool can_up = up < rows, can_down = down > 0;
    enum espl_err err;
    if (can_up && (!can_down || up - *hi <= *lo - down)) {
        err = shift(card, up, *hi, -1);
        *hi += !err;
    } else {
        err = shift(card, down - 1, *lo - 1, 1);
        *lo -= !err;
    }
    return err;
}

/* Equals stand close together; between priorities rows stay free, so that later ones seldom move others. */
static uint32_t gap_before(const struct espl_card *card, uint32_t lo, uint32_t hi, uint32_t priority, uint32_t spare)
{
    if (lo > 0 && card->shadow.policy[lo - 1].words[ESPL_POLICY_ENTRY_PRIORITY] == priority)
        return 0;
    uint32_t half = spare / 2, some = spare / 8 > GAP ? spare / 8 : GAP;
    return hi < card->caps.policies || half < some ? half : some;
}

enum espl_err espl_rows_room(struct espl_card *card, uint32_t priority, size_t count, uint32_t *first)
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
        return espl_fail(card, ESPL_ERR_FULL, "the policy needs %zu rows (port ranges are split), %u of the card's %u are free",
                         count, rows - used, rows);
    while (hi - lo < count) {
        enum espl_err err = grow(card, &lo, &hi);
        if (err)
            return err;
    }
    *first = lo + gap_before(card, lo, hi, priority, hi - lo - (uint32_t)count);
    return ESPL_OK;
}
