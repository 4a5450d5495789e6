/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets by number, until somebody says whose they are. See held.h. */
#include "ctrl/signer/held.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

struct held_one {
    uint32_t number;
    unsigned owner;
    int64_t until; /* ms; 0: its client is there */
    uint8_t *data; /* owned */
    size_t len;
};

static bool grow(struct held *h)
{
    if (h->last == UINT32_MAX)
        return false;
    if (h->count < h->room)
        return true;
    size_t room = h->room ? 2 * h->room : 16;
    struct held_one *all = h->count < HELD_MAX ? realloc(h->all, room * sizeof *all) : NULL;
    if (!all)
        return false;
    h->all = all;
    h->room = room;
    return true;
}

static size_t count_of(const struct held *h, unsigned owner)
{
    size_t n = 0;
    for (size_t i = 0; i < h->count; i++)
        n += h->all[i].owner == owner;
    return n;
}

uint32_t held_put(struct held *h, unsigned owner, struct piece data)
{
    if (owner != HELD_FILES && count_of(h, owner) >= HELD_OF_CLIENT)
        return 0;
    uint8_t *copy = grow(h) ? malloc(data.n ? data.n : 1) : NULL;
    if (!copy)
        return 0;
    if (data.n)
        memcpy(copy, data.p, data.n);
    h->all[h->count++] = (struct held_one){++h->last, owner, 0, copy, data.n};
    return h->last;
}

static int by_number(const void *a, const void *b)
{
    const struct held_one *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static struct held_one *find(const struct held *h, uint32_t number)
{
    const struct held_one key = {.number = number};
    return h->count ? bsearch(&key, h->all, h->count, sizeof key, by_number) : NULL;
}

bool held_get(const struct held *h, uint32_t number, struct piece *data)
{
    const struct held_one *one = find(h, number);
    *data = one ? (struct piece){one->data, one->len} : (struct piece){0};
    return one != NULL;
}

/* Those for which `gone` is true are wiped. */
static void sweep(struct held *h, bool (*gone)(const struct held_one *one, int64_t arg),
                  int64_t arg)
{
    size_t kept = 0;
    for (size_t i = 0; i < h->count; i++) {
        if (!gone(&h->all[i], arg)) {
            h->all[kept++] = h->all[i];
            continue;
        }
        h->leaving -= h->all[i].until != 0;
        OPENSSL_cleanse(h->all[i].data, h->all[i].len);
        free(h->all[i].data);
    }
    h->count = kept;
}

static bool is_number(const struct held_one *one, int64_t number)
{
    return one->number == number;
}

static bool is_owner(const struct held_one *one, int64_t owner)
{
    return one->owner == owner;
}

static bool is_over(const struct held_one *one, int64_t now_ms)
{
    return one->until && one->until <= now_ms;
}

static bool is_any(const struct held_one *one, int64_t none)
{
    (void)one;
    (void)none;
    return true;
}

void held_used(struct held *h, uint32_t number)
{
    const struct held_one *one = find(h, number);
    if (one && one->owner != HELD_FILES)
        sweep(h, is_number, number);
}

void held_forget(struct held *h, unsigned owner)
{
    sweep(h, is_owner, owner);
}

void held_leave(struct held *h, unsigned owner, int64_t now_ms)
{
    for (size_t i = 0; i < h->count; i++)
        if (h->all[i].owner == owner && !h->all[i].until) {
            h->all[i].until = now_ms + HELD_GRACE_MS;
            h->leaving++;
        }
}

int64_t held_patience(const struct held *h, int64_t now_ms)
{
    int64_t first = 0;
    for (size_t i = 0; h->leaving && i < h->count; i++)
        if (h->all[i].until && (!first || h->all[i].until < first))
            first = h->all[i].until;
    return !first ? -1 : first > now_ms ? first - now_ms : 0;
}

void held_expire(struct held *h, int64_t now_ms)
{
    if (h->leaving)
        sweep(h, is_over, now_ms);
}

void held_clear(struct held *h)
{
    sweep(h, is_any, 0);
    free(h->all);
    *h = (struct held){.last = h->last};
}
