/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `card selftest`: is this a card that works, as far as its registers tell? Each step writes what
 * the next one reads back, with addresses that no network has (RFC 5737, RFC 2544), and takes away
 * what it brought; whatever else is on the card stays and goes on. Frames are for `make hil`.
 */
#include "driver/espctl/objects.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

#define READS 1000u
#define KEYS 8u

struct selftest {
    struct espctl *ctl;
    struct espl_card *card;
    char note[64];      /* what a step that passed has to tell */
    const char *failed; /* what a step found wrong, when it is not the card's own words */
};

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct espl_addr v4(uint32_t host)
{
    return (struct espl_addr){.family = ESPL_IPV4,
                              .bytes = {(uint8_t)(host >> 24), (uint8_t)(host >> 16),
                                        (uint8_t)(host >> 8), (uint8_t)host}};
}

static enum espl_err fail(struct selftest *t, const char *why)
{
    t->failed = why;
    return ESPL_ERR_NOT_CARD;
}

/* The card's identity again and again: every read must say the same. */
static enum espl_err registers(struct selftest *t)
{
    double began = now_us();
    for (unsigned i = 0; i < READS; i++) {
        enum espl_err err = espl_card_alive(t->card);
        if (err)
            return err;
    }
    (void)snprintf(t->note, sizeof t->note, "%u times the same, %.1f us each", READS,
                   (now_us() - began) / READS);
    return ESPL_OK;
}

struct look {
    const struct espl_neigh *neigh;
    const struct espl_policy *policy;
    bool found;
};

static bool same_neigh(void *user, const struct espl_neigh *n)
{
    struct look *l = user;
    l->found = n->dev == l->neigh->dev && same_addr(&n->addr, &l->neigh->addr) &&
               memcmp(n->mac, l->neigh->mac, sizeof n->mac) == 0;
    return !l->found;
}

static enum espl_err neighbours(struct selftest *t)
{
    struct espl_neigh n = {.addr = v4(0xc6120001), .dev = ESPL_PORT_PLAIN, .mac = {2}};
    struct look l = {.neigh = &n};
    enum espl_err err = ESPL_OK, gone;
    if (getrandom(n.mac + 1, 5, 0) != 5)
        n.mac[5] = 1;
    err = espl_neigh_add(t->card, &n);
    if (err)
        return err;
    err = espl_neigh_each(t->card, same_neigh, &l);
    gone = espl_neigh_delete(t->card, &n.addr, n.dev);
    if (!err && !l.found)
        return fail(t, "the neighbour that was written is not read back");
    return err ? err : gone;
}

static bool same_policy(void *user, const struct espl_policy *p, uint32_t spi)
{
    struct look *l = user;
    (void)spi;
    l->found = p->action == l->policy->action && p->priority == l->policy->priority &&
               same_addr(&p->selector.src.addr, &l->policy->selector.src.addr) &&
               same_addr(&p->selector.dst.addr, &l->policy->selector.dst.addr);
    return !l->found;
}

static enum espl_err policies(struct selftest *t)
{
    const struct espl_policy p = {.selector = {.src = {v4(0xc6120001), 32},
                                               .dst = {v4(0xc6130001), 32},
                                               .sport = {0, 65535},
                                               .dport = {0, 65535}},
                                  .action = ESPL_DISCARD,
                                  .priority = 0x7fffffff};
    struct look l = {.policy = &p};
    enum espl_err err = espl_policy_add(t->card, &p), gone;
    if (err)
        return err;
    err = espl_policy_each(t->card, same_policy, &l);
    gone = espl_policy_delete(t->card, &p.selector);
    if (!err && !l.found)
        return fail(t, "the policy that was written is not read back");
    return err ? err : gone;
}

/* An SA with a random key: added (the card derives its powers of H), read, refused twice, deleted.
 */
static enum espl_err one_sa(struct selftest *t, enum espl_dir dir)
{
    struct espl_sa sa = {.dir = dir,
                         .spi = 0x45535054,
                         .src = v4(0xc0000201),
                         .dst = v4(0xcb007101),
                         .alg = ESPL_GCM16,
                         .key_len = 36},
                   got;
    struct espl_sa_stats stats;
    enum espl_err err = dir == ESPL_DIR_IN ? espl_sa_spi(t->card, &sa.spi) : ESPL_OK, gone;
    if (!err && getrandom(sa.key, sizeof sa.key, 0) != (ssize_t)sizeof sa.key)
        err = fail(t, "no random numbers");
    if (!err)
        err = espl_sa_add(t->card, &sa);
    explicit_bzero(sa.key, sizeof sa.key);
    if (err)
        return err;
    err = espl_sa_get(t->card, dir, &sa.dst, sa.spi, &got, &stats);
    gone = espl_sa_delete(t->card, dir, &sa.dst, sa.spi);
    if (!err && (got.spi != sa.spi || !same_addr(&got.dst, &sa.dst) || stats.packets))
        return fail(t, "the SA that was written is not read back");
    for (size_t i = 0; !err && i < sizeof got.key; i++)
        if (got.key[i])
            return fail(t, "a key can be read");
    return err ? err : gone;
}

static enum espl_err sas(struct selftest *t)
{
    double began = now_us();
    for (unsigned i = 0; i < KEYS; i++) {
        enum espl_err err = one_sa(t, i % 2 ? ESPL_DIR_IN : ESPL_DIR_OUT);
        if (err)
            return err;
    }
    (void)snprintf(t->note, sizeof t->note, "added, read and deleted in %.0f us each",
                   (now_us() - began) / KEYS);
    return ESPL_OK;
}

static enum espl_err counters(struct selftest *t)
{
    uint64_t before[ESPL_COUNTERS_MAX], after[ESPL_COUNTERS_MAX];
    enum espl_err err = espl_counters(t->card, before);
    if (!err)
        err = espl_counters(t->card, after);
    for (size_t i = 0; !err && i < espl_counter_count(); i++)
        if (after[i] < before[i])
            return fail(t, "a counter went back");
    return err;
}

static const struct {
    const char *name;
    enum espl_err (*run)(struct selftest *t);
} steps[] = {{"registers", registers},
             {"neighbours", neighbours},
             {"policies", policies},
             {"security associations", sas},
             {"counters", counters}};

static int tell(struct selftest *t, json_t *array, const char *name)
{
    if (array)
        return json_array_append_new(
            array, json_pack("{sbssss}", "passed", 1, "step", name, "note", t->note));
    (void)fprintf(t->ctl->out, "%-22s ok%s%s\n", name, t->note[0] ? ": " : "", t->note);
    return fflush(t->ctl->out);
}

int espctl_selftest(struct args *args)
{
    struct selftest t = {.ctl = args->ctl, .card = args->ctl->card};
    json_t *array = args->ctl->json ? json_array() : NULL;
    if (args_more(args)) {
        json_decref(array);
        return args_unknown(args);
    }
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        t.note[0] = '\0';
        t.failed = NULL;
        enum espl_err err = steps[i].run(&t);
        if (err || tell(&t, array, steps[i].name)) {
            json_decref(array);
            const char *why = !err       ? "it cannot be told"
                              : t.failed ? t.failed
                                         : espl_card_error(t.card);
            return espctl_fail(args->ctl, "card selftest: %s: %s", steps[i].name, why);
        }
    }
    return array ? show_json(args->ctl, array) : 0;
}
