/* SPDX-License-Identifier: Apache-2.0 */
/* The lock that keeps other programs off a card for one call, on a file that all of them can open.
 */
#ifndef ESPALIER_LOCK_H
#define ESPALIER_LOCK_H

#include <stddef.h>
#include <stdint.h>

#include "driver/card.h"

struct espl_lock {
    int fd;                     /* owned; -1: none */
    uint64_t turn_began, given; /* ms */
};

ESPL_MUST enum espl_err espl_lock_take(struct espl_lock *lock); /* TIMEOUT or DEAD */
void espl_lock_give(struct espl_lock *lock);
void espl_lock_close(struct espl_lock *lock);
/* Who holds it, "espalierd (process 1234)"; empty when nobody does, or nobody that can be seen from
 * here. */
void espl_lock_holder(const struct espl_lock *lock, char *text, size_t len);

#endif
