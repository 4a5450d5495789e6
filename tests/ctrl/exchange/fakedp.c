/* SPDX-License-Identifier: Apache-2.0 */
/* See fakedp.h. */
#include "tests/ctrl/exchange/fakedp.h"

#include <string.h>

#include <openssl/rand.h>

static struct fakedp *of(struct dataplane *dp)
{
    return (struct fakedp *)dp; /* its first member */
}

static bool prefix_equal(const struct espl_prefix *a, const struct espl_prefix *b)
{
    return a->len == b->len && a->addr.family == b->addr.family &&
           memcmp(a->addr.bytes, b->addr.bytes, sizeof a->addr.bytes) == 0;
}

bool fakedp_selector_equal(const struct espl_selector *a, const struct espl_selector *b)
{
    return prefix_equal(&a->src, &b->src) && prefix_equal(&a->dst, &b->dst) &&
           a->proto == b->proto && memcmp(&a->sport, &b->sport, sizeof a->sport) == 0 &&
           memcmp(&a->dport, &b->dport, sizeof a->dport) == 0;
}

static bool child_equal(const struct dp_child *a, const struct dp_child *b)
{
    return a->reqid == b->reqid && a->spi_out == b->spi_out && a->key_len == b->key_len &&
           a->encap == b->encap && a->mode == b->mode && memcmp(a->key_in, b->key_in, sizeof a->key_in) == 0 &&
           memcmp(a->key_out, b->key_out, sizeof a->key_out) == 0 &&
           fakedp_selector_equal(&a->ts_in, &b->ts_in) &&
           fakedp_selector_equal(&a->ts_out, &b->ts_out);
}

static enum dp_err refuse(struct fakedp *f, const char *why, bool nonsense)
{
    f->error = why;
    f->wrong += nonsense;
    return DP_REFUSED;
}

static bool told_to(struct fakedp *f)
{
    return ++f->calls == f->fail_at;
}

struct fakedp_sa *fakedp_in(struct fakedp *f, uint32_t spi)
{
    for (size_t i = 0; i < FAKEDP_SAS; i++)
        if ((f->sas[i].reserved || f->sas[i].in) && f->sas[i].spi_in == spi)
            return &f->sas[i];
    return NULL;
}

static enum dp_err caps(struct dataplane *dp, struct dp_caps *out)
{
    *out = of(dp)->caps;
    return DP_OK;
}

static enum dp_err alloc_spi(struct dataplane *dp, uint32_t *spi)
{
    struct fakedp *f = of(dp);
    if (told_to(f))
        return refuse(f, "told to refuse an SPI", false);
    for (size_t i = 0; i < FAKEDP_SAS; i++) {
        struct fakedp_sa *sa = &f->sas[i];
        if (sa->reserved || sa->in)
            continue;
        *sa = (struct fakedp_sa){.reserved = true};
        do
            RAND_bytes((uint8_t *)&sa->spi_in, sizeof sa->spi_in);
        while (sa->spi_in < 256);
        *spi = sa->spi_in;
        return DP_OK;
    }
    return refuse(f, "full", false);
}

static void release_spi(struct dataplane *dp, uint32_t spi)
{
    struct fakedp *f = of(dp);
    struct fakedp_sa *sa = fakedp_in(f, spi);
    if (!sa || sa->in)
        f->wrong++;
    else
        sa->reserved = false;
}

static enum dp_err install_in(struct dataplane *dp, const struct dp_child *child)
{
    struct fakedp *f = of(dp);
    struct fakedp_sa *sa = fakedp_in(f, child->spi_in);
    if (told_to(f))
        return refuse(f, "told to refuse an inbound SA", false);
    if (!sa || sa->in || (child->key_len != 20 && child->key_len != 36) || child->spi_out == 0)
        return refuse(f, "inbound SA makes no sense", true);
    sa->reserved = false;
    sa->in = true;
    sa->child = *child;
    return DP_OK;
}

static enum dp_err install_out(struct dataplane *dp, const struct dp_child *child)
{
    struct fakedp *f = of(dp);
    struct fakedp_sa *sa = fakedp_in(f, child->spi_in);
    if (told_to(f))
        return refuse(f, "told to refuse an outbound SA", false);
    /* its keys must be the ones that came with the inbound SA, not wiped ones */
    if (!sa || !sa->in || sa->out || !child_equal(&sa->child, child))
        return refuse(f, "outbound SA makes no sense", true);
    sa->out = true;
    sa->age = ++f->next_age;
    return DP_OK;
}

static enum dp_err remove_child(struct dataplane *dp, const struct dp_child *child)
{
    struct fakedp *f = of(dp);
    struct fakedp_sa *sa = fakedp_in(f, child->spi_in);
    if (!sa || !sa->in)
        return refuse(f, "no such SA", true);
    *sa = (struct fakedp_sa){.reserved = false};
    return DP_OK;
}

static enum dp_err trap(struct dataplane *dp, const struct dp_trap *t, bool add)
{
    struct fakedp *f = of(dp);
    size_t i = 0;
    if (told_to(f))
        return refuse(f, "told to refuse a trap", false);
    while (i < f->trap_count && f->traps[i].reqid != t->reqid)
        i++;
    if (add == (i < f->trap_count) || f->trap_count == 8)
        return refuse(f, "trap makes no sense", true);
    if (add)
        f->traps[f->trap_count++] = *t;
    else
        f->traps[i] = f->traps[--f->trap_count];
    return DP_OK;
}

static enum dp_err stats(struct dataplane *dp, const struct dp_child *child, struct dp_stats *out)
{
    struct fakedp *f = of(dp);
    const struct fakedp_sa *sa = fakedp_in(f, child->spi_in);
    if (!sa || !sa->in)
        return refuse(f, "no such SA", true);
    *out = (struct dp_stats){.packets_in = sa->packets_in};
    return DP_OK;
}

static const char *error(const struct dataplane *dp)
{
    return ((const struct fakedp *)dp)->error;
}

static const struct dataplane_ops ops = {.caps = caps,
                                         .alloc_spi = alloc_spi,
                                         .release_spi = release_spi,
                                         .install_in = install_in,
                                         .install_out = install_out,
                                         .remove = remove_child,
                                         .trap = trap,
                                         .stats = stats,
                                         .error = error};

void fakedp_init(struct fakedp *f)
{
    *f = (struct fakedp){.dp = {.ops = &ops}, .error = "none"};
    f->caps = (struct dp_caps){
        .gcm128 = true, .gcm256 = true, .tunnel = true, .encap = true, .max_window = 64};
}

size_t fakedp_count(const struct fakedp *f)
{
    size_t n = 0;
    for (size_t i = 0; i < FAKEDP_SAS; i++)
        n += f->sas[i].reserved || f->sas[i].in;
    return n;
}

const struct fakedp_sa *fakedp_policy(const struct fakedp *f, const struct espl_selector *out)
{
    const struct fakedp_sa *best = NULL;
    for (size_t i = 0; i < FAKEDP_SAS; i++)
        if (f->sas[i].out && fakedp_selector_equal(&f->sas[i].child.ts_out, out) &&
            (!best || f->sas[i].age > best->age))
            best = &f->sas[i];
    return best;
}
