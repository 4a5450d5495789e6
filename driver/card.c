/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every call begins and ends with: the lock, and the card's identity, by which a card that is
 * gone, was exchanged or reset is noticed before anything is done. Who needs no mailbox needs no
 * lock: counters are read beside whatever another program does.
 */
#include "driver/handle.h"

#include <time.h>

uint64_t espl_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Is what answers an Espalier card with this library's map? */
static enum espl_err check_identity(struct espl_card *card, const uint32_t head[ESPL_HEAD_WORDS])
{
    if (head[ESPL_HEAD_MAGIC] == UINT32_MAX) /* what PCIe reads where nobody answers */
        return espl_fail(card, ESPL_ERR_DEAD,
                         "the card is gone: its registers read as all ones (off the bus, or its "
                         "bitstream was loaded and the machine needs a warm reboot)");
    if (head[ESPL_HEAD_MAGIC] != ESPL_MAGIC_VALUE)
        return espl_fail(card, ESPL_ERR_NOT_CARD, "magic: 0x%08x is not an Espalier card's 0x%08x",
                         head[ESPL_HEAD_MAGIC], ESPL_MAGIC_VALUE);
    if (head[ESPL_HEAD_MAP_SUM] != ESPL_MAP_SUM_VALUE)
        return espl_fail(card, ESPL_ERR_MAP, "map: built for map 0x%08x, the card has 0x%08x",
                         ESPL_MAP_SUM_VALUE, head[ESPL_HEAD_MAP_SUM]);
    return ESPL_OK;
}

enum espl_err espl_read_head(struct espl_card *card, uint32_t head[ESPL_HEAD_WORDS])
{
    enum espl_err err = card->ops->read(card->bus, ESPL_REG_MAGIC, head, ESPL_HEAD_WORDS);
    if (err)
        return espl_fail_bus(card, err, "reading the card's identity");
    return check_identity(card, head);
}

enum espl_err espl_lock(struct espl_card *card)
{
    enum espl_err err = card->ops->lock ? card->ops->lock(card->bus) : ESPL_OK;
    if (err == ESPL_ERR_TIMEOUT) {
        char holder[64] = "";
        if (card->ops->holder)
            card->ops->holder(card->bus, holder, sizeof holder);
        return espl_fail(card, err, "another program keeps the card busy%s%s", holder[0] ? ": " : "",
                         holder);
    }
    return err ? espl_fail_bus(card, err, "locking the card") : ESPL_OK;
}

void espl_end(struct espl_card *card)
{
    if (card->ops->unlock)
        card->ops->unlock(card->bus);
}

enum espl_err espl_look(struct espl_card *card)
{
    card->reason = ESPL_REASON_OK;
    card->error[0] = '\0';
    uint32_t head[ESPL_HEAD_WORDS];
    enum espl_err err = espl_read_head(card, head);
    if (err)
        return err;
    if (head[ESPL_HEAD_TOKEN] != card->token || head[ESPL_HEAD_GENERATION] != card->generation)
        card->lost = true;
    if (card->lost)
        return espl_fail(card, ESPL_ERR_RESET,
                         "the card was reset by another program: its SAs are gone");
    if (head[ESPL_HEAD_CHANGES] != card->changes) {
        espl_shadow_forget(card);
        card->changes = head[ESPL_HEAD_CHANGES];
    }
    return ESPL_OK;
}

enum espl_err espl_begin(struct espl_card *card)
{
    card->reason = ESPL_REASON_OK;
    card->error[0] = '\0';
    enum espl_err err = espl_lock(card);
    if (err)
        return err;
    err = espl_look(card);
    if (err)
        espl_end(card);
    return err;
}

int espl_card_fd(const struct espl_card *card)
{
    return card->ops->fd ? card->ops->fd(card->bus) : -1;
}

enum espl_err espl_card_alive(struct espl_card *card)
{
    return espl_look(card);
}

enum espl_err espl_card_caps(struct espl_card *card, struct espl_caps *caps)
{
    *caps = card->caps;
    return ESPL_OK;
}
