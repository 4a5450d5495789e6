/* SPDX-License-Identifier: Apache-2.0 */
/* What the card tells by itself: a packet that waits for an SA, an SA whose lifetime ends. */
#include <arpa/inet.h>

#include "ctrl/parent/parent.h"
#include "ctrl/log/log.h"

#define BATCH 64u /* events in a row */

void cardevents_open(struct parent *p)
{
    enum espl_err err = espl_events_start(p->card);
    p->card_tells = err == ESPL_OK;
    if (err == ESPL_ERR_INVALID)
        log_info("the card tells no events: lifetimes are by time only, and traps don't work");
    else if (err != ESPL_OK)
        log_info("the card's events: %s", espl_card_error(p->card));
}

static void one(struct parent *p, const struct espl_event *e)
{
    char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
    bool in = e->dir == ESPL_DIR_IN;
    switch (e->kind) {
    case ESPL_EV_ACQUIRE:
        if (e->known)
            queue_put(&p->queue, PARENT_ACQUIRE, e->reqid);
        break;
    case ESPL_EV_SOFT_PACKETS:
    case ESPL_EV_SOFT_BYTES:
    case ESPL_EV_SEQ_NEAR:
        queue_put(&p->queue, in ? PARENT_SOFT_IN : PARENT_SOFT_OUT, e->spi);
        break;
    case ESPL_EV_HARD_PACKETS:
    case ESPL_EV_HARD_BYTES:
    case ESPL_EV_SEQ_END:
        queue_put(&p->queue, in ? PARENT_HARD_IN : PARENT_HARD_OUT, e->spi);
        break;
    case ESPL_EV_TABLE_ERROR: /* RFC 4301 has no word for it: the SA does nothing any more */
        log_info("the card: parity error of %s, SPI 0x%08x", e->is_policy ? "a policy" : "an SA",
                 e->spi);
        if (!e->is_policy)
            queue_put(&p->queue, in ? PARENT_HARD_IN : PARENT_HARD_OUT, e->spi);
        break;
    case ESPL_EV_NO_SA:
    case ESPL_EV_AUTH:
        log_peer("the card: %s: SPI 0x%08x, %s to %s", espl_event_name(e->kind), e->spi,
                 net_addr_text(&e->src, src), net_addr_text(&e->dst, dst));
        break;
    }
    if (e->missed)
        log_info("the card: %u events were lost", e->missed);
}

void cardevents_read(struct parent *p)
{
    struct espl_event e;
    for (unsigned i = 0; p->card_tells && !p->card_gone && i < BATCH; i++) {
        enum espl_err err = espl_event_wait(p->card, 0, &e);
        if (err == ESPL_ERR_TIMEOUT)
            return;
        if (err != ESPL_OK) {
            log_info("the card's events: %s", espl_card_error(p->card));
            p->card_tells = err != ESPL_ERR_DEAD && err != ESPL_ERR_RESET;
            return;
        }
        one(p, &e);
    }
}
