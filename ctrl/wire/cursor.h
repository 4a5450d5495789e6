/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only way to and from wire bytes: a reader and a writer that know their bounds. The first
 * access that does not fit makes the cursor `bad` for good: reads give 0 or NULL, writes do
 * nothing. So a parser reads a whole structure and checks once. Numbers are big endian on the wire.
 */
#ifndef CTRL_WIRE_CURSOR_H
#define CTRL_WIRE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rd {
    const uint8_t *data;
    size_t len, pos;
    bool bad;
};

struct rd rd_over(const uint8_t *data, size_t len);
size_t rd_left(const struct rd *r); /* 0 when bad */
uint8_t rd_u8(struct rd *r);
uint16_t rd_u16(struct rd *r);
uint32_t rd_u32(struct rd *r);
uint64_t rd_u64(struct rd *r);
const uint8_t *rd_take(struct rd *r, size_t n); /* the next n bytes, in place; NULL when bad */
/* A reader over the next n bytes; bad from the start when they are not there (and then so is r). */
struct rd rd_sub(struct rd *r, size_t n);

struct wr {
    uint8_t *data;
    size_t cap, len;
    bool bad;
};

struct wr wr_over(uint8_t *data, size_t cap);
void wr_u8(struct wr *w, unsigned v);
void wr_u16(struct wr *w, unsigned v);
void wr_u32(struct wr *w, uint32_t v);
void wr_u64(struct wr *w, uint64_t v);
void wr_bytes(struct wr *w, const uint8_t *p, size_t n);
/* Overwrite what was written before at `at` (a length known only at the end). */
void wr_patch_u8(struct wr *w, size_t at, unsigned v);
void wr_patch_u16(struct wr *w, size_t at, size_t v);
void wr_patch_u32(struct wr *w, size_t at, size_t v);

#endif
