/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the card tells by itself: the event queue of the page (espalier.rdl, EVENT_HEAD and on). The
 * queue is a ring of 16 entries that every program may read; each keeps its own place in it, and
 * moves EVENT_TAIL up to there, which gives the entries free and lets the interrupt line fall. Who
 * is slower than others finds his entries written over, and learns how many.
 */
#include "driver/handle.h"

#include <poll.h>
#include <string.h>

#define RING (ESPL_EVENTS_WORDS / ESPL_EVENT_ENTRY_WORDS)
#define EXACT_CELL 0x8000u /* in `slot` of a policy's event */
#define SLICE_MS 500u      /* another program may have kept the line from rising */

enum { HEAD, TAIL, LOST, QUEUE_WORDS };
_Static_assert(ESPL_REG_EVENT_LOST == ESPL_REG_EVENT_HEAD + 4 * LOST, "the queue is one burst");

static enum espl_err read_queue(struct espl_card *card, uint32_t queue[QUEUE_WORDS])
{
    enum espl_err err = card->ops->read(card->bus, ESPL_REG_EVENT_HEAD, queue, QUEUE_WORDS);
    return err ? espl_fail_bus(card, err, "reading the event queue") : ESPL_OK;
}

static enum espl_err begin(struct espl_card *card)
{
    uint32_t queue[QUEUE_WORDS];
    if (!(card->caps.mode & ESPL_CAP_MODE_EVENTS_MASK))
        return espl_fail(card, ESPL_ERR_INVALID, "events: this card has no event queue");
    enum espl_err err = read_queue(card, queue);
    if (err)
        return err;
    err = card->ops->wr32(card->bus, ESPL_REG_EVENT_CONTROL, ESPL_EVENT_CONTROL_IRQ_MASK);
    if (err)
        return espl_fail_bus(card, err, "asking for interrupts");
    card->events.on = true;
    card->events.generation = card->generation;
    card->events.next = queue[TAIL];
    card->events.lost = queue[LOST];
    return ESPL_OK;
}

enum espl_err espl_events_start(struct espl_card *card)
{
    enum espl_err err = espl_look(card);
    if (err)
        return err;
    if (card->events.on && card->events.generation == card->generation)
        return ESPL_OK;
    err = espl_begin(card);
    if (err)
        return err;
    err = begin(card);
    espl_end(card);
    return err;
}

/* Gives what this handle has read free for new events, unless another program has. */
static enum espl_err move_tail(struct espl_card *card)
{
    uint32_t queue[QUEUE_WORDS];
    enum espl_err err = espl_lock(card); /* two programs' writes in the wrong order: backwards */
    if (err)
        return err;
    err = read_queue(card, queue);
    if (err) {
        espl_end(card);
        return err;
    }
    if ((int32_t)(card->events.next - queue[TAIL]) > 0)
        err = card->ops->wr32(card->bus, ESPL_REG_EVENT_TAIL, card->events.next);
    if (err)
        err = espl_fail_bus(card, err, "giving the event queue free");
    espl_end(card);
    return err;
}

/* The entry of event `next`, when it has happened. */
static enum espl_err read_entry(struct espl_card *card, uint32_t words[ESPL_EVENT_ENTRY_WORDS],
                                uint32_t *missed, bool *got)
{
    uint32_t queue[QUEUE_WORDS], lost = 0;
    do {
        enum espl_err err = read_queue(card, queue);
        *got = !err && queue[HEAD] != card->events.next;
        if (!*got)
            return err;
        if (queue[HEAD] - card->events.next > RING) { /* written over */
            lost += queue[HEAD] - card->events.next - RING;
            card->events.next = queue[HEAD] - RING;
        }
        uint32_t place = 4 * (card->events.next % RING) * ESPL_EVENT_ENTRY_WORDS;
        err = card->ops->read(card->bus, ESPL_REG_EVENTS + place, words, ESPL_EVENT_ENTRY_WORDS);
        if (err)
            return espl_fail_bus(card, err, "reading an event");
        err = read_queue(card, queue);
        if (err)
            return err;
    } while (queue[HEAD] - card->events.next > RING); /* a newer one came while it was read */
    *missed = lost + (queue[LOST] - card->events.lost);
    card->events.lost = queue[LOST];
    card->events.next++;
    return ESPL_OK;
}

/* ------------------------------------------------------------------ whose it is */

static enum espl_err know_sa(struct espl_card *card, uint32_t slot, struct espl_event *event)
{
    uint32_t info[ESPL_SA_INFO_WORDS];
    struct espl_sa sa;
    struct espl_sa_stats stats;
    bool out = event->dir == ESPL_DIR_OUT;
    enum espl_err err = espl_mailbox(card, out ? ESPL_OP_SA_OUT_GET : ESPL_OP_SA_IN_GET, slot, NULL,
                                     0, info, ESPL_SA_INFO_WORDS);
    if (err)
        return err == ESPL_ERR_REFUSED ? ESPL_OK : err; /* deleted since */
    espl_sa_unpack(&sa, &stats, event->dir, info);
    event->known = sa.spi == event->spi;
    if (!event->known)
        return ESPL_OK;
    event->reqid = sa.reqid;
    event->src = sa.src;
    event->dst = sa.dst;
    return ESPL_OK;
}

/* The serial tells whether the row holds another policy by now; a parity error has none. */
static enum espl_err know_policy(struct espl_card *card, uint32_t slot, uint32_t serial,
                                 struct espl_event *event)
{
    uint32_t words[ESPL_POLICY_ENTRY_WORDS];
    struct espl_policy policy;
    bool exact = slot & EXACT_CELL;
    enum espl_err err =
        espl_mailbox(card, exact ? ESPL_OP_EXACT_GET : ESPL_OP_POLICY_GET, slot & ~EXACT_CELL, NULL,
                     0, words, ESPL_POLICY_ENTRY_WORDS);
    if (err)
        return err == ESPL_ERR_REFUSED ? ESPL_OK : err;
    event->known = (words[ESPL_POLICY_ENTRY_FLAGS] & ESPL_POLICY_ENTRY_FLAGS_USED_MASK) &&
                   (event->kind != ESPL_EV_ACQUIRE || words[ESPL_POLICY_ENTRY_SERIAL] == serial);
    if (!event->known)
        return ESPL_OK;
    espl_policy_unpack(words, &policy);
    event->reqid = policy.reqid;
    event->src = policy.tmpl_src;
    event->dst = policy.tmpl_dst;
    event->selector = policy.selector;
    return ESPL_OK;
}

static enum espl_err know(struct espl_card *card, const uint32_t words[ESPL_EVENT_ENTRY_WORDS],
                          struct espl_event *event)
{
    uint32_t slot = ESPL_GET(words[ESPL_EVENT_ENTRY_WHAT], ESPL_EVENT_ENTRY_WHAT_SLOT);
    uint64_t detail = (uint64_t)words[ESPL_EVENT_ENTRY_DETAIL_HI] << 32 |
                      words[ESPL_EVENT_ENTRY_DETAIL_LO];
    bool table = event->kind == ESPL_EV_TABLE_ERROR;
    event->is_policy = event->kind == ESPL_EV_ACQUIRE || (table && detail != 0);
    event->spi = event->is_policy ? 0 : words[ESPL_EVENT_ENTRY_SPI];
    event->count = table ? 0 : detail;
    if (event->kind == ESPL_EV_NO_SA || (table && detail > 1))
        return ESPL_OK; /* of nothing that the host has written */
    enum espl_err err = espl_begin(card);
    if (err)
        return err;
    err = event->is_policy ? know_policy(card, slot, words[ESPL_EVENT_ENTRY_SPI], event)
                           : know_sa(card, slot, event);
    espl_end(card);
    return err;
}

/* ------------------------------------------------------------------ waiting */

static enum espl_err wait_bus(struct espl_card *card, uint64_t deadline)
{
    uint64_t now = espl_now_ms();
    if (deadline > now + SLICE_MS)
        deadline = now + SLICE_MS;
    if (card->ops->wait) {
        enum espl_err err = card->ops->wait(card->bus, deadline);
        return err == ESPL_ERR_DEAD ? espl_fail_bus(card, err, "waiting for an event") : ESPL_OK;
    }
    uint64_t left = deadline > now ? deadline - now : 0;
    (void)poll(NULL, 0, left < ESPL_LOOK_MS ? (int)left : (int)ESPL_LOOK_MS);
    return ESPL_OK;
}

enum espl_err espl_event_wait(struct espl_card *card, unsigned ms, struct espl_event *event)
{
    uint64_t deadline = espl_now_ms() + ms;
    uint32_t words[ESPL_EVENT_ENTRY_WORDS];
    memset(event, 0, sizeof *event);
    enum espl_err err = espl_events_start(card);
    if (!err)
        err = wait_bus(card, 0); /* what has been told before is looked at now */
    for (bool got = false; !err && !got;) {
        err = read_entry(card, words, &event->missed, &got);
        if (err || got)
            break;
        if (espl_now_ms() >= deadline)
            return espl_fail(card, ESPL_ERR_TIMEOUT, "events: none in %u ms", ms);
        err = wait_bus(card, deadline);
        if (!err)
            err = espl_events_start(card); /* is the card there, and not reset? */
    }
    if (!err)
        err = move_tail(card);
    if (err)
        return err;
    uint32_t what = words[ESPL_EVENT_ENTRY_WHAT];
    event->kind = (enum espl_event_kind)ESPL_GET(what, ESPL_EVENT_ENTRY_WHAT_KIND);
    event->dir = what & ESPL_EVENT_ENTRY_WHAT_INBOUND_MASK ? ESPL_DIR_IN : ESPL_DIR_OUT;
    return know(card, words, event);
}

const char *espl_event_name(enum espl_event_kind kind)
{
    static const char *const names[] = {
        [ESPL_EV_SOFT_PACKETS] = "soft-packets", [ESPL_EV_SOFT_BYTES] = "soft-bytes",
        [ESPL_EV_HARD_PACKETS] = "hard-packets", [ESPL_EV_HARD_BYTES] = "hard-bytes",
        [ESPL_EV_SEQ_NEAR] = "sequence-near",    [ESPL_EV_SEQ_END] = "sequence-end",
        [ESPL_EV_ACQUIRE] = "acquire",           [ESPL_EV_NO_SA] = "no-sa",
        [ESPL_EV_AUTH] = "auth",                 [ESPL_EV_TABLE_ERROR] = "table-error",
    };
    size_t i = (size_t)kind;
    return i < sizeof names / sizeof *names && names[i] ? names[i] : "unknown";
}
