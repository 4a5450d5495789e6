/* SPDX-License-Identifier: Apache-2.0 */
/* The card's counters: 64 bits each, read as bursts of 32-bit words, low word first. */
#include "driver/handle.h"

#include <string.h>

#define BURST 64u /* words; even */

struct counter {
    uint32_t index;
    const char *name;
};

#define COUNTER(index, name) {index, name},
static const struct counter counters[] = {ESPL_COUNTERS(COUNTER)};
#undef COUNTER

_Static_assert(sizeof counters / sizeof *counters <= ESPL_COUNTERS_MAX,
               "room in the caller's array");

size_t espl_counter_count(void)
{
    return sizeof counters / sizeof *counters;
}

const char *espl_counter_name(size_t i)
{
    return i < espl_counter_count() ? counters[i].name : NULL;
}

/*
 * A counter whose low word is about to wrap may do so between its two reads. The low word is read
 * first, so a torn value shows a low word near its end: then the burst is read again, when it has
 * passed.
 */
static bool torn_possible(const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i += 2)
        if (words[i] >= 0xc0000000u)
            return true;
    return false;
}

static enum espl_err read_burst(struct espl_card *card, uint32_t off, uint32_t *words, size_t count)
{
    enum espl_err err = card->ops->read(card->bus, off, words, count);
    if (err || !torn_possible(words, count))
        return err;
    for (int tries = 0; tries < 4; tries++) {
        uint32_t before[BURST];
        memcpy(before, words, count * sizeof *words);
        err = card->ops->read(card->bus, off, words, count);
        bool same = true;
        for (size_t i = 1; !err && i < count; i += 2)
            same = same && before[i] == words[i];
        if (err || same)
            return err;
    }
    return ESPL_OK;
}

enum espl_err espl_counters(struct espl_card *card, uint64_t values[ESPL_COUNTERS_MAX])
{
    memset(values, 0, ESPL_COUNTERS_MAX * sizeof *values);
    enum espl_err err = espl_look(card); /* no mailbox, so no lock */
    if (err)
        return err;
    uint32_t words[2 * ESPL_CNT_SPAN];
    for (uint32_t at = 0; !err && at < 2 * ESPL_CNT_SPAN; at += BURST) {
        uint32_t count = 2 * ESPL_CNT_SPAN - at < BURST ? 2 * ESPL_CNT_SPAN - at : BURST;
        err = read_burst(card, ESPL_REG_COUNTERS + 4 * at, words + at, count);
    }
    if (err)
        err = espl_fail_bus(card, err, "reading the counters");
    else
        for (size_t i = 0; i < espl_counter_count(); i++)
            values[i] =
                (uint64_t)words[2 * counters[i].index + 1] << 32 | words[2 * counters[i].index];
    return err;
}
