/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets that have come in, of which nobody has said yet whose they are: each waits under its
 * number, which is all that the rest of espalierd ever sees of it.
 */
#ifndef CTRL_SIGNER_HELD_H
#define CTRL_SIGNER_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctrl/crypto/crypto.h"

#define HELD_FILES 0u       /* who brought it: files; else a client of the control socket */
#define HELD_MAX 65536u     /* in all */
#define HELD_OF_CLIENT 64u  /* of one client, not used yet */
#define HELD_GRACE_MS 10000 /* what it asked last may not have been run when a client leaves */

struct held_one;
struct held {
    struct held_one *all;        /* owned; by number */
    size_t count, room, leaving; /* leaving: whose clients have gone */
    uint32_t last;               /* number */
};

/* A copy is kept, the caller's stays the caller's. Its number; 0: no room, no memory. */
uint32_t held_put(struct held *h, unsigned owner, struct piece data);
/* false: there is none. It stays until the next call of any of these. */
bool held_get(const struct held *h, uint32_t number, struct piece *data);
/* It has found its place: a client's is wiped; one of a file may be used again, for sections may
 * take it from one another. */
void held_used(struct held *h, uint32_t number);
void held_forget(struct held *h, unsigned owner);                /* wiped */
void held_leave(struct held *h, unsigned owner, int64_t now_ms); /* wiped after HELD_GRACE_MS */
int64_t held_patience(const struct held *h, int64_t now_ms);     /* ms until then; -1: never */
void held_expire(struct held *h, int64_t now_ms);
void held_clear(struct held *h);

#endif
