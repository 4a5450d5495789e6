/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of events. The last places are for what must not be lost. See queue.h. */
#include "ctrl/parent/queue.h"

#include <unistd.h>

#include "ctrl/log/log.h"

#define KEPT_FREE 16u /* for signals and the end of the card */

/* The same twice in a row says no more than once: paths are looked at as they are then. */
static bool is_said(const struct queue *q, enum parent_event_kind kind)
{
    const struct parent_event *last = &q->all[(q->first + q->count + QUEUE_ROOM - 1) % QUEUE_ROOM];
    return q->count && kind == PARENT_PATHS && last->kind == kind;
}

void queue_put(struct queue *q, enum parent_event_kind kind, uint32_t value)
{
    const uint64_t one = 1;
    bool must = kind == PARENT_SIGNAL || kind == PARENT_GONE;
    if (is_said(q, kind))
        return;
    if (q->count + (must ? 0 : KEPT_FREE) >= QUEUE_ROOM) {
        q->lost++;
        return;
    }
    q->all[(q->first + q->count++) % QUEUE_ROOM] = (struct parent_event){kind, value};
    if (write(q->wake, &one, sizeof one) < 0) {
        /* its counter is full: then it wakes anyway */
    }
}

size_t queue_take(struct queue *q, struct parent_event *list, size_t max)
{
    size_t n = 0;
    for (; n < max && q->count; n++, q->count--) {
        list[n] = q->all[q->first];
        q->first = (q->first + 1) % QUEUE_ROOM;
    }
    if (q->lost)
        log_info("%lu events of the card were lost: the network-facing process was too slow",
                 q->lost);
    q->lost = 0;
    return n;
}
