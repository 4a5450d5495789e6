/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening a card and keeping sure it is the one that was opened: identity, map checksum, reset
 * detection, and the lock around every call.
 */
#include "driver/handle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define READY_MS 5000u /* clearing the tables after a reset; milliseconds on a card, seconds in a slow simulation */

/* Words of the page from MAGIC to CHANGES, read as one burst. */
enum { HEAD_MAGIC, HEAD_VERSION, HEAD_MAP_SUM, HEAD_GENERATION, HEAD_TOKEN, HEAD_CLOCK, HEAD_CHANGES, HEAD_WORDS };
_Static_assert(ESPL_REG_CHANGES - ESPL_REG_MAGIC == 4 * HEAD_CHANGES, "the head is one burst");
/* Words from CAP_SA to CAP_MODE. */
enum { CAP_SA, CAP_POLICY, CAP_NEIGH, CAP_SIZE, CAP_ALG, CAP_MODE, CAP_WORDS };
_Static_assert(ESPL_REG_CAP_MODE - ESPL_REG_CAP_SA == 4 * CAP_MODE, "the capabilities are one burst");

static const struct espl_bus_ops *const buses[] = {&espl_bus_sim};

uint64_t espl_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Is what answers an Espalier card with this library's map? */
static enum espl_err check_identity(struct espl_card *card, const uint32_t head[HEAD_WORDS])
{
    if (head[HEAD_MAGIC] == UINT32_MAX) /* what PCIe reads where nobody answers */
        return espl_fail(card, ESPL_ERR_DEAD, "the card is gone: its registers read as all ones");
    if (head[HEAD_MAGIC] != ESPL_MAGIC_VALUE)
        return espl_fail(card, ESPL_ERR_NOT_CARD, "magic: 0x%08x is not an Espalier card's 0x%08x", head[HEAD_MAGIC],
                         ESPL_MAGIC_VALUE);
    if (head[HEAD_MAP_SUM] != ESPL_MAP_SUM_VALUE)
        return espl_fail(card, ESPL_ERR_MAP, "map: built for map 0x%08x, the card has 0x%08x", ESPL_MAP_SUM_VALUE,
                         head[HEAD_MAP_SUM]);
    return ESPL_OK;
}

static enum espl_err read_head(struct espl_card *card, uint32_t head[HEAD_WORDS])
{
    enum espl_err err = card->ops->read(card->bus, ESPL_REG_MAGIC, head, HEAD_WORDS);
    if (err)
        return espl_fail_bus(card, err, "reading the card's identity");
    return check_identity(card, head);
}

static enum espl_err lock(struct espl_card *card)
{
    enum espl_err err = card->ops->lock ? card->ops->lock(card->bus) : ESPL_OK;
    if (err == ESPL_ERR_TIMEOUT)
        return espl_fail(card, err, "another program keeps the card busy");
    return err ? espl_fail_bus(card, err, "locking the card") : ESPL_OK;
}

void espl_end(struct espl_card *card)
{
    if (card->ops->unlock)
        card->ops->unlock(card->bus);
}

enum espl_err espl_begin(struct espl_card *card)
{
    card->reason = ESPL_REASON_OK;
    card->error[0] = '\0';
    enum espl_err err = lock(card);
    if (err)
        return err;
    uint32_t head[HEAD_WORDS];
    err = read_head(card, head);
    if (err)
        goto out;
    if (head[HEAD_TOKEN] != card->token || head[HEAD_GENERATION] != card->generation)
        card->lost = true;
    if (card->lost) {
        err = espl_fail(card, ESPL_ERR_RESET, "the card was reset by another program: its SAs are gone");
        goto out;
    }
    if (head[HEAD_CHANGES] != card->changes) {
        espl_shadow_forget(card);
        card->changes = head[HEAD_CHANGES];
    }
out:
    if (err)
        espl_end(card);
    return err;
}

/* Waits until the tables are cleared; generation: the one that must not stand any more, or NULL. */
static enum espl_err wait_ready(struct espl_card *card, const uint32_t *old_generation)
{
    uint64_t deadline = espl_now_ms() + READY_MS;
    for (;;) {
        uint32_t status, generation;
        enum espl_err err = card->ops->rd32(card->bus, ESPL_REG_STATUS, &status);
        if (!err)
            err = card->ops->rd32(card->bus, ESPL_REG_GENERATION, &generation);
        if (err)
            return espl_fail_bus(card, err, "waiting for the card to clear its tables");
        bool again = old_generation && generation == *old_generation;
        if ((status & ESPL_STATUS_READY_MASK) && status != UINT32_MAX && !again)
            return ESPL_OK;
        if (espl_now_ms() >= deadline)
            return espl_fail(card, ESPL_ERR_TIMEOUT, "the card did not clear its tables within %u ms", READY_MS);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

static enum espl_err read_caps(struct espl_card *card, const uint32_t head[HEAD_WORDS])
{
    uint32_t w[CAP_WORDS];
    enum espl_err err = card->ops->read(card->bus, ESPL_REG_CAP_SA, w, CAP_WORDS);
    if (err)
        return espl_fail_bus(card, err, "reading the card's capabilities");
    card->per_bank = ESPL_GET(w[CAP_NEIGH], ESPL_CAP_NEIGH_PER_BANK);
    card->caps = (struct espl_caps){
        .version = head[HEAD_VERSION],
        .map_sum = head[HEAD_MAP_SUM],
        .clock_khz = head[HEAD_CLOCK],
        .sa_out = ESPL_GET(w[CAP_SA], ESPL_CAP_SA_OUT),
        .sa_in = ESPL_GET(w[CAP_SA], ESPL_CAP_SA_IN),
        .policies = ESPL_GET(w[CAP_POLICY], ESPL_CAP_POLICY_ROWS),
        .neighbours = 2 * card->per_bank,
        .nexthops = ESPL_GET(w[CAP_NEIGH], ESPL_CAP_NEIGH_NEXTHOPS),
        .max_frame = ESPL_GET(w[CAP_SIZE], ESPL_CAP_SIZE_FRAME),
        .max_window = ESPL_GET(w[CAP_SIZE], ESPL_CAP_SIZE_WINDOW),
        .alg = w[CAP_ALG],
        .mode = w[CAP_MODE],
    };
    /* The slot is the low bits of an inbound SPI, the bucket those of a hash: powers of two. */
    uint32_t in = card->caps.sa_in, bank = card->per_bank;
    if (!in || (in & (in - 1)) || !bank || (bank & (bank - 1)) || !card->caps.nexthops)
        return espl_fail(card, ESPL_ERR_NOT_CARD, "capabilities: %u inbound SAs, %u neighbours, %u next hops make no sense",
                         in, 2 * bank, card->caps.nexthops);
    return ESPL_OK;
}

/* The first program after a reset leaves a mark that a reset takes away. */
static enum espl_err take_token(struct espl_card *card)
{
    uint32_t token;
    enum espl_err err = card->ops->rd32(card->bus, ESPL_REG_TOKEN, &token);
    while (!err && token == 0) {
        if (getrandom(&token, sizeof token, 0) != (ssize_t)sizeof token)
            token = (uint32_t)espl_now_ms();
        if (token)
            err = card->ops->wr32(card->bus, ESPL_REG_TOKEN, token);
    }
    if (err)
        return espl_fail_bus(card, err, "marking the card");
    card->token = token;
    uint32_t head[HEAD_WORDS];
    err = read_head(card, head);
    if (err)
        return err;
    card->generation = head[HEAD_GENERATION];
    card->changes = head[HEAD_CHANGES];
    card->lost = false;
    espl_shadow_forget(card);
    return ESPL_OK;
}

static enum espl_err open_locked(struct espl_card *card)
{
    uint32_t head[HEAD_WORDS];
    enum espl_err err = read_head(card, head);
    if (!err)
        err = read_caps(card, head);
    if (!err)
        err = espl_shadow_init(card);
    if (!err)
        err = wait_ready(card, NULL);
    return err ? err : take_token(card);
}

enum espl_err espl_card_open_bus(const struct espl_bus_ops *ops, struct espl_bus *bus, struct espl_card **out, char *why,
                                 size_t why_len)
{
    *out = NULL;
    struct espl_card *card = calloc(1, sizeof *card);
    if (!card) {
        ops->close(bus);
        if (why)
            (void)snprintf(why, why_len, "%s", espl_err_text(ESPL_ERR_NO_MEMORY));
        return ESPL_ERR_NO_MEMORY;
    }
    card->ops = ops;
    card->bus = bus;
    if (getrandom(&card->tag, sizeof card->tag, 0) != (ssize_t)sizeof card->tag) /* no other program's tag */
        card->tag = (uint32_t)espl_now_ms();
    enum espl_err err = lock(card);
    if (!err) {
        err = open_locked(card);
        espl_end(card);
    }
    if (err) {
        if (why)
            (void)snprintf(why, why_len, "%s", card->error);
        espl_card_close(card);
        return err;
    }
    *out = card;
    return ESPL_OK;
}

enum espl_err espl_card_open(const char *uri, struct espl_card **card, char *why, size_t why_len)
{
    *card = NULL;
    char own[256] = "";
    enum espl_err err = ESPL_ERR_URI;
    const struct espl_bus_ops *ops = NULL;
    for (size_t i = 0; i < sizeof buses / sizeof *buses; i++) {
        size_t n = strlen(buses[i]->scheme);
        if (strncmp(uri, buses[i]->scheme, n) == 0 && uri[n] == ':')
            ops = buses[i];
    }
    if (!ops) {
        (void)snprintf(own, sizeof own, "not a card's URI (sim:/path/to/socket)");
    } else {
        struct espl_bus *bus;
        err = ops->open(uri + strlen(ops->scheme) + 1, &bus, own, sizeof own);
        if (!err)
            err = espl_card_open_bus(ops, bus, card, own, sizeof own);
    }
    if (err && why)
        (void)snprintf(why, why_len, "%s: %s", uri, own);
    return err;
}

void espl_card_close(struct espl_card *card)
{
    if (!card)
        return;
    espl_shadow_clear(card);
    card->ops->close(card->bus);
    free(card);
}

int espl_card_fd(const struct espl_card *card)
{
    return card->ops->fd ? card->ops->fd(card->bus) : -1;
}

enum espl_err espl_card_alive(struct espl_card *card)
{
    enum espl_err err = espl_begin(card);
    if (!err)
        espl_end(card);
    return err;
}

enum espl_err espl_card_caps(struct espl_card *card, struct espl_caps *caps)
{
    *caps = card->caps;
    return ESPL_OK;
}

static enum espl_err reset_locked(struct espl_card *card)
{
    uint32_t head[HEAD_WORDS];
    enum espl_err err = read_head(card, head);
    if (err)
        return err;
    err = card->ops->wr32(card->bus, ESPL_REG_CONTROL, ESPL_CONTROL_RESET_MASK);
    if (err)
        return espl_fail_bus(card, err, "resetting the card");
    err = wait_ready(card, &head[HEAD_GENERATION]);
    return err ? err : take_token(card);
}

enum espl_err espl_card_reset(struct espl_card *card)
{
    card->reason = ESPL_REASON_OK;
    card->error[0] = '\0';
    enum espl_err err = lock(card);
    if (err)
        return err;
    err = reset_locked(card);
    espl_end(card);
    return err;
}
