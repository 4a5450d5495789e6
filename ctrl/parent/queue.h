/* SPDX-License-Identifier: Apache-2.0 */
/* What the parent has to say to the network-facing process, until that asks for it. */
#ifndef CTRL_PARENT_QUEUE_H
#define CTRL_PARENT_QUEUE_H

#include "ctrl/privilege/request.h"

#define QUEUE_ROOM 4096u /* every SA of a card's default size ends at once */

struct queue {
    struct parent_event all[QUEUE_ROOM];
    size_t first, count;
    unsigned long lost; /* since it was last told */
    int wake;           /* eventfd; the owner's */
};

void queue_put(struct queue *q, enum parent_event_kind kind, uint32_t value);
size_t queue_take(struct queue *q, struct parent_event *list, size_t max); /* how many */

#endif
