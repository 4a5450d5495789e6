/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz targets, one a file: what a stranger, a peer with the keys, or a client of the control socket
 * can send. libFuzzer drives them (make fuzz), replay.c feeds them their corpus (make test).
 *
 * A target keeps nothing from one input to the next, so that an input alone tells what happened.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* An input, taken byte by byte; zeros when it is used up. */
struct feed {
    const uint8_t *data;
    size_t len;
};

static inline uint8_t feed_u8(struct feed *f)
{
    if (!f->len)
        return 0;
    f->len--;
    return *f->data++;
}

/* At most `most` bytes, as many as the next byte says; what is there of them. */
static inline struct feed feed_bytes(struct feed *f, size_t most)
{
    size_t n = feed_u8(f);
    n = n < most ? n : most;
    struct feed part = {f->data, n < f->len ? n : f->len};
    f->data += part.len;
    f->len -= part.len;
    return part;
}

#endif
