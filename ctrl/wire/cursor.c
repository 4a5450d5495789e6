/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded readers and writers under every parser and composer of IKE messages. See cursor.h. */
#include "ctrl/wire/cursor.h"

#include <string.h>

struct rd rd_over(const uint8_t *data, size_t len)
{
    return (struct rd){.data = data, .len = len};
}

size_t rd_left(const struct rd *r)
{
    return r->bad ? 0 : r->len - r->pos;
}

const uint8_t *rd_take(struct rd *r, size_t n)
{
    if (r->bad || n > r->len - r->pos) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *p = r->data + r->pos;
    r->pos += n;
    return p;
}

static uint64_t rd_number(struct rd *r, size_t n)
{
    const uint8_t *p = rd_take(r, n);
    uint64_t v = 0;
    for (size_t i = 0; p && i < n; i++)
        v = v << 8 | p[i];
    return v;
}

uint8_t rd_u8(struct rd *r)
{
    return (uint8_t)rd_number(r, 1);
}

uint16_t rd_u16(struct rd *r)
{
    return (uint16_t)rd_number(r, 2);
}

uint32_t rd_u32(struct rd *r)
{
    return (uint32_t)rd_number(r, 4);
}

uint64_t rd_u64(struct rd *r)
{
    return rd_number(r, 8);
}

struct rd rd_sub(struct rd *r, size_t n)
{
    const uint8_t *p = rd_take(r, n);
    return (struct rd){.data = p, .len = p ? n : 0, .bad = !p};
}

struct wr wr_over(uint8_t *data, size_t cap)
{
    return (struct wr){.data = data, .cap = cap};
}

void wr_bytes(struct wr *w, const uint8_t *p, size_t n)
{
    if (w->bad || n > w->cap - w->len) {
        w->bad = true;
        return;
    }
    if (n)
        memcpy(w->data + w->len, p, n);
    w->len += n;
}

static void wr_number(struct wr *w, uint64_t v, size_t n)
{
    uint8_t b[8];
    for (size_t i = 0; i < n; i++)
        b[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
    wr_bytes(w, b, n);
}

void wr_u8(struct wr *w, unsigned v)
{
    wr_number(w, v, 1);
}

void wr_u16(struct wr *w, unsigned v)
{
    wr_number(w, v, 2);
}

void wr_u32(struct wr *w, uint32_t v)
{
    wr_number(w, v, 4);
}

void wr_u64(struct wr *w, uint64_t v)
{
    wr_number(w, v, 8);
}

static void wr_patch(struct wr *w, size_t at, uint64_t v, size_t n)
{
    if (w->bad || at > w->len || n > w->len - at || (n < 8 && v >> (8 * n))) {
        w->bad = true;
        return;
    }
    for (size_t i = 0; i < n; i++)
        w->data[at + i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

void wr_patch_u8(struct wr *w, size_t at, unsigned v)
{
    wr_patch(w, at, v, 1);
}

void wr_patch_u16(struct wr *w, size_t at, size_t v)
{
    wr_patch(w, at, v, 2);
}

void wr_patch_u32(struct wr *w, size_t at, size_t v)
{
    wr_patch(w, at, v, 4);
}
