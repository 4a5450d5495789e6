/* SPDX-License-Identifier: Apache-2.0 */
/* The queue between a port and the model (see ring.h). A record is its length in 64 bytes, then the
 * frame; a length of 0 sends the reader back to the beginning. */
#include "sim/ports/ring.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 64u

static size_t record(size_t len)
{
    return ALIGN + (len + ALIGN - 1) / ALIGN * ALIGN;
}

bool ring_init(struct ring *ring)
{
    memset(ring, 0, sizeof *ring);
    ring->mem = aligned_alloc(ALIGN, RING_BYTES);
    return ring->mem != NULL;
}

void ring_clear(struct ring *ring)
{
    free(ring->mem);
    memset(ring, 0, sizeof *ring);
}

static size_t length_at(const struct ring *ring, size_t at)
{
    size_t len;
    memcpy(&len, ring->mem + at, sizeof len);
    return len;
}

uint8_t *ring_room(struct ring *ring)
{
    const size_t most = record(RING_FRAME_MAX), none = 0;

    if (ring->count == 0)
        ring->head = ring->tail = 0;
    if (ring->count && ring->tail <= ring->head)
        return ring->head - ring->tail >= most ? ring->mem + ring->tail + ALIGN : NULL;
    /* a record and the mark that ends the block */
    if (RING_BYTES - ring->tail >= most + ALIGN)
        return ring->mem + ring->tail + ALIGN;
    if (ring->head < most)
        return NULL;
    memcpy(ring->mem + ring->tail, &none, sizeof none);
    ring->tail = 0;
    return ring->mem + ALIGN;
}

void ring_commit(struct ring *ring, size_t len)
{
    assert(len > 0 && len <= RING_FRAME_MAX);
    memcpy(ring->mem + ring->tail, &len, sizeof len);
    ring->tail += record(len);
    ring->count++;
}

static size_t front(const struct ring *ring)
{
    return length_at(ring, ring->head) ? ring->head : 0;
}

const uint8_t *ring_front(const struct ring *ring, size_t *len)
{
    size_t at = front(ring);
    *len = length_at(ring, at);
    return ring->mem + at + ALIGN;
}

void ring_pop(struct ring *ring)
{
    size_t at = front(ring);
    ring->head = at + record(length_at(ring, at));
    ring->count--;
}
