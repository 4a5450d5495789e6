/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening a card and resetting it: is it one, has it this library's map, what can it do, are its
 * tables cleared; and the mark by which a later reset is noticed.
 */
#include "driver/handle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* Clearing the tables after a reset: milliseconds on a card, seconds in a slow simulation. */
#define READY_MS 5000u

/* Words from CAP_SA to CAP_MODE. */
enum { CAP_SA, CAP_POLICY, CAP_NEIGH, CAP_SIZE, CAP_ALG, CAP_MODE, CAP_WORDS };
_Static_assert(ESPL_REG_CAP_MODE - ESPL_REG_CAP_SA == 4 * CAP_MODE,
               "the capabilities are one burst");

static const struct espl_bus_ops *const buses[] = {&espl_bus_pci, &espl_bus_xrt, &espl_bus_shm, &espl_bus_sim};

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
            return espl_fail(card, ESPL_ERR_TIMEOUT,
                             "the card did not clear its tables within %u ms", READY_MS);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

static enum espl_err read_caps(struct espl_card *card, const uint32_t head[ESPL_HEAD_WORDS])
{
    uint32_t w[CAP_WORDS];
    enum espl_err err = card->ops->read(card->bus, ESPL_REG_CAP_SA, w, CAP_WORDS);
    if (err)
        return espl_fail_bus(card, err, "reading the card's capabilities");
    card->neigh_buckets = ESPL_GET(w[CAP_NEIGH], ESPL_CAP_NEIGH_PER_BANK);
    card->exact_buckets = ESPL_GET(w[CAP_POLICY], ESPL_CAP_POLICY_EXACT);
    card->caps = (struct espl_caps){
        .version = head[ESPL_HEAD_VERSION],
        .map_sum = head[ESPL_HEAD_MAP_SUM],
        .clock_khz = head[ESPL_HEAD_CLOCK],
        .sa_out = ESPL_GET(w[CAP_SA], ESPL_CAP_SA_OUT),
        .sa_in = ESPL_GET(w[CAP_SA], ESPL_CAP_SA_IN),
        .policies = ESPL_GET(w[CAP_POLICY], ESPL_CAP_POLICY_ROWS),
        .exact = 2 * ESPL_PLACES * card->exact_buckets,
        .neighbours = 2 * ESPL_PLACES * card->neigh_buckets,
        .nexthops = ESPL_GET(w[CAP_NEIGH], ESPL_CAP_NEIGH_NEXTHOPS),
        .max_frame = ESPL_GET(w[CAP_SIZE], ESPL_CAP_SIZE_FRAME),
        .max_window = ESPL_GET(w[CAP_SIZE], ESPL_CAP_SIZE_WINDOW),
        .alg = w[CAP_ALG],
        .mode = w[CAP_MODE],
    };
    /* The slot is the low bits of an inbound SPI, the bucket those of a hash: powers of two. */
    uint32_t in = card->caps.sa_in, bank = card->neigh_buckets, exact = card->exact_buckets;
    if (!in || (in & (in - 1)) || !bank || (bank & (bank - 1)) || (exact & (exact - 1)) ||
        !card->caps.nexthops)
        return espl_fail(card, ESPL_ERR_NOT_CARD,
                         "capabilities: %u inbound SAs, %u neighbours, %u next hops make no sense",
                         in, card->caps.neighbours, card->caps.nexthops);
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
    uint32_t head[ESPL_HEAD_WORDS];
    err = espl_read_head(card, head);
    if (err)
        return err;
    card->generation = head[ESPL_HEAD_GENERATION];
    card->changes = head[ESPL_HEAD_CHANGES];
    card->lost = false;
    espl_shadow_forget(card);
    return ESPL_OK;
}

static enum espl_err open_locked(struct espl_card *card)
{
    uint32_t head[ESPL_HEAD_WORDS];
    enum espl_err err = espl_read_head(card, head);
    if (!err)
        err = read_caps(card, head);
    if (!err)
        err = espl_shadow_init(card);
    if (!err)
        err = wait_ready(card, NULL);
    return err ? err : take_token(card);
}

enum espl_err espl_card_open_bus(const struct espl_bus_ops *ops, struct espl_bus *bus,
                                 struct espl_card **out, char *why, size_t why_len)
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
    if (getrandom(&card->tag, sizeof card->tag, 0) !=
        (ssize_t)sizeof card->tag) /* no other program's tag */
        card->tag = (uint32_t)espl_now_ms();
    enum espl_err err = espl_lock(card);
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
    char own[512] = "";
    enum espl_err err = ESPL_ERR_URI;
    const struct espl_bus_ops *ops = NULL;
    for (size_t i = 0; i < sizeof buses / sizeof *buses; i++) {
        size_t n = strlen(buses[i]->scheme);
        if (strncmp(uri, buses[i]->scheme, n) == 0 && uri[n] == ':')
            ops = buses[i];
    }
    if (!ops) {
        (void)snprintf(own, sizeof own, "not a card's URI (%s)", ESPL_URI_FORMS);
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

enum espl_err espl_card_list(espl_place_fn each, void *user)
{
    enum espl_err err = ESPL_OK;
    for (size_t i = 0; i < sizeof buses / sizeof *buses && !err; i++)
        if (buses[i]->list)
            err = buses[i]->list(each, user);
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

static enum espl_err reset_locked(struct espl_card *card)
{
    uint32_t head[ESPL_HEAD_WORDS];
    enum espl_err err = espl_read_head(card, head);
    if (err)
        return err;
    err = card->ops->wr32(card->bus, ESPL_REG_CONTROL, ESPL_CONTROL_RESET_MASK);
    if (err)
        return espl_fail_bus(card, err, "resetting the card");
    err = wait_ready(card, &head[ESPL_HEAD_GENERATION]);
    return err ? err : take_token(card);
}

enum espl_err espl_card_reset(struct espl_card *card)
{
    card->reason = ESPL_REASON_OK;
    card->error[0] = '\0';
    enum espl_err err = espl_lock(card);
    if (err)
        return err;
    err = reset_locked(card);
    espl_end(card);
    return err;
}
