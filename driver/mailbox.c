/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operation through the card's mailbox: the words of the entry as one block write, operation,
 * row and doorbell as another, then a poll with a deadline for the tag that was rung.
 */
#include "driver/handle.h"

#include <string.h>
#include <time.h>

#define EAGER_POLLS 8u        /* polls without a pause; most operations end within them */
#define PAUSE_MAX_NS 1000000L /* the longest pause between later polls */

/* Written and read as bursts. */
_Static_assert(ESPL_REG_MBOX_INDEX == ESPL_REG_MBOX_OP + 4 &&
                   ESPL_REG_MBOX_DOORBELL == ESPL_REG_MBOX_OP + 8,
               "one burst");
_Static_assert(ESPL_REG_MBOX_REASON == ESPL_REG_MBOX_DONE + 4 &&
                   ESPL_REG_MBOX_DETAIL == ESPL_REG_MBOX_DONE + 8,
               "one burst");
_Static_assert(ESPL_SA_ENTRY_WORDS <= ESPL_MBOX_REQ_WORDS &&
                   ESPL_SA_INFO_WORDS <= ESPL_MBOX_RSP_WORDS,
               "an entry fits");

static bool changes_a_table(enum espl_map_op op)
{
    switch (op) {
    case ESPL_OP_SA_OUT_ADD:
    case ESPL_OP_SA_IN_ADD:
    case ESPL_OP_SA_OUT_DEL:
    case ESPL_OP_SA_IN_DEL:
    case ESPL_OP_SA_OUT_UPDATE:
    case ESPL_OP_SA_IN_UPDATE:
    case ESPL_OP_POLICY_SET:
    case ESPL_OP_POLICY_CLEAR:
    case ESPL_OP_POLICY_ACTION:
    case ESPL_OP_EXACT_SET:
    case ESPL_OP_EXACT_CLEAR:
    case ESPL_OP_EXACT_ACTION:
    case ESPL_OP_NEIGH_SET:
    case ESPL_OP_NEIGH_CLEAR:
    case ESPL_OP_NEXTHOP_SET:
    case ESPL_OP_NEXTHOP_CLEAR:
    case ESPL_OP_PORT_SET:
        return true;
    default:
        return false;
    }
}

static enum espl_err ring(struct espl_card *card, enum espl_map_op op, uint32_t index,
                          const uint32_t *entry, size_t count)
{
    enum espl_err err = ESPL_OK;
    if (count)
        err = card->ops->write(card->bus, ESPL_REG_MBOX_REQ, entry, count);
    if (err)
        return err;
    const uint32_t words[3] = {op, index, ++card->tag};
    return card->ops->write(card->bus, ESPL_REG_MBOX_OP, words, 3);
}

/* done: DONE, REASON, DETAIL */
static enum espl_err await(struct espl_card *card, uint32_t done[3])
{
    unsigned patience = card->ops->mailbox_ms ? card->ops->mailbox_ms : ESPL_MAILBOX_MS;
    uint64_t deadline = espl_now_ms() + patience;
    long pause = 20000;
    for (unsigned polls = 0;; polls++) {
        bool last = espl_now_ms() >=
                    deadline; /* one look after the deadline: this process may have slept */
        enum espl_err err = card->ops->read(card->bus, ESPL_REG_MBOX_DONE, done, 3);
        if (err)
            return err;
        if (done[0] == card->tag)
            return ESPL_OK;
        if (done[0] == UINT32_MAX && done[1] == UINT32_MAX)
            return ESPL_ERR_DEAD;
        if (last)
            return ESPL_ERR_TIMEOUT;
        if (polls >= EAGER_POLLS) {
            nanosleep(&(struct timespec){.tv_nsec = pause}, NULL);
            pause = pause * 2 < PAUSE_MAX_NS ? pause * 2 : PAUSE_MAX_NS;
        }
    }
}

/* The card clears the entry when an operation ends. This one did not end, and the entry may hold a
 * key. */
static void leave_no_key(struct espl_card *card, size_t count)
{
    static const uint32_t zero[ESPL_MBOX_REQ_WORDS];
    enum espl_err err =
        count ? card->ops->write(card->bus, ESPL_REG_MBOX_REQ, zero, count) : ESPL_OK;
    (void)err; /* a card that does not take this either has lost its power or its process */
}

enum espl_err espl_mailbox(struct espl_card *card, enum espl_map_op op, uint32_t index,
                           const uint32_t *entry, size_t count, uint32_t *answer,
                           size_t answer_count)
{
    uint32_t done[3];
    enum espl_err err = ring(card, op, index, entry, count);
    if (!err)
        err = await(card, done);
    if (!err && done[1] == ESPL_REASON_OK && answer_count)
        err = card->ops->read(card->bus, ESPL_REG_MBOX_RSP, answer, answer_count);
    if (err) {
        espl_shadow_forget(card); /* whether the card has done it is not known */
        leave_no_key(card, count);
        return espl_fail_bus(card, err, "mailbox");
    }
    card->reason = ESPL_GET(done[1], ESPL_MBOX_REASON_CODE);
    card->detail = done[2];
    if (card->reason != ESPL_REASON_OK) {
        espl_reason_text(card->error, sizeof card->error, card, op, index, entry, count);
        return ESPL_ERR_REFUSED;
    }
    if (changes_a_table(op))
        card->changes++; /* as the card's own; were it ever another, the next call reads the tables
                            anew */
    return ESPL_OK;
}
