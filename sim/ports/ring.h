/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue between a port and the model: whole frames in one block of memory, each 64-byte aligned
 * and followed by room to a full beat, so that the model is fed by copies of a constant size. When
 * it has no room the port is not read, and the back-pressure is the kernel's.
 */
#ifndef SIM_PORTS_RING_H
#define SIM_PORTS_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_FRAME_MAX 65536u /* bytes of the longest frame a port can give */
/* Some 100 frames: enough between two looks at the port, and little that waits in front of others. */
#define RING_BYTES (256u * 1024u)

struct ring {
    uint8_t *mem;      /* owned; RING_BYTES, aligned to 64 */
    size_t head, tail; /* oldest frame; where the next goes */
    size_t count;      /* frames inside */
};

bool ring_init(struct ring *ring); /* false: no memory */
void ring_clear(struct ring *ring);

static inline bool ring_empty(const struct ring *ring)
{
    return ring->count == 0;
}

/* Where the next frame may be written, RING_FRAME_MAX bytes; NULL while there is no room. */
uint8_t *ring_room(struct ring *ring);
void ring_commit(struct ring *ring, size_t len); /* 1..RING_FRAME_MAX bytes were written there */

/* The oldest frame, readable to the end of its last 64 bytes; the ring is not empty. It stays where
 * it is until ring_pop. */
const uint8_t *ring_front(const struct ring *ring, size_t *len);
void ring_pop(struct ring *ring);

#endif
