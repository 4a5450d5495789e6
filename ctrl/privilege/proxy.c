/* SPDX-License-Identifier: Apache-2.0 */
/* A data plane whose card is the parent's: every operation is a request to it. See ask.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/privilege/ask.h"

#define SPI_BATCH 16u /* reserved at a time: fewer rounds for many tunnels */

struct proxy_dp {
    struct dataplane dp; /* first: what the callers hold */
    struct asker *ask;   /* the caller's, as the next */
    const struct dp_caps *caps;
    uint32_t spis[SPI_BATCH]; /* reserved, and not given out */
    size_t spi_count;
};

static struct proxy_dp *self(struct dataplane *dp)
{
    return (struct proxy_dp *)dp;
}

/* Its error's sentence goes before what else is answered. */
static enum dp_err round_trip(struct proxy_dp *p, const struct wr *w, struct rd *answer)
{
    struct asker *a = p->ask;
    unsigned err = ask_round(a, w, answer);
    if (a->gone) {
        (void)snprintf(a->error, sizeof a->error, "the parent process does not answer");
        return DP_GONE;
    }
    get_line(answer, a->error, sizeof a->error);
    return answer->bad || err > DP_GONE ? DP_GONE : err;
}

static enum dp_err caps(struct dataplane *dp, struct dp_caps *out)
{
    *out = *self(dp)->caps;
    return DP_OK;
}

static enum dp_err alloc_spi(struct dataplane *dp, uint32_t *spi)
{
    struct proxy_dp *p = self(dp);
    if (p->spi_count == 0) {
        struct rd answer;
        struct wr w = ask_begin(p->ask, REQUEST_SPIS);
        wr_u8(&w, SPI_BATCH);
        enum dp_err err = round_trip(p, &w, &answer);
        if (err != DP_OK)
            return err;
        while (p->spi_count < SPI_BATCH && rd_left(&answer) >= 4)
            p->spis[p->spi_count++] = rd_u32(&answer);
        if (p->spi_count == 0)
            return DP_REFUSED;
    }
    *spi = p->spis[--p->spi_count];
    return DP_OK;
}

static void release_spi(struct dataplane *dp, uint32_t spi)
{
    struct proxy_dp *p = self(dp);
    struct rd answer;
    struct wr w = ask_begin(p->ask, REQUEST_SPI_FREE);
    wr_u32(&w, spi);
    (void)round_trip(p, &w, &answer);
}

static enum dp_err install(struct dataplane *dp, enum request_kind kind,
                           const struct dp_child *child, const uint8_t key[36])
{
    struct rd answer;
    struct wr w = ask_begin(self(dp)->ask, kind);
    put_child(&w, child, key);
    return round_trip(self(dp), &w, &answer);
}

static enum dp_err install_in(struct dataplane *dp, const struct dp_child *child)
{
    return install(dp, REQUEST_INSTALL_IN, child, child->key_in);
}

static enum dp_err install_out(struct dataplane *dp, const struct dp_child *child)
{
    return install(dp, REQUEST_INSTALL_OUT, child, child->key_out);
}

static enum dp_err about(struct dataplane *dp, enum request_kind kind, const struct dp_child *child,
                         struct rd *answer)
{
    struct wr w = ask_begin(self(dp)->ask, kind);
    wr_u32(&w, child->reqid);
    wr_u32(&w, child->spi_in);
    return round_trip(self(dp), &w, answer);
}

static enum dp_err remove_child(struct dataplane *dp, const struct dp_child *child)
{
    struct rd answer;
    return about(dp, REQUEST_REMOVE, child, &answer);
}

static enum dp_err stats(struct dataplane *dp, const struct dp_child *child, struct dp_stats *s)
{
    struct rd answer;
    enum dp_err err = about(dp, REQUEST_STATS, child, &answer);
    *s = (struct dp_stats){0};
    if (err != DP_OK)
        return err;
    s->packets_in = rd_u64(&answer);
    s->bytes_in = rd_u64(&answer);
    s->packets_out = rd_u64(&answer);
    s->bytes_out = rd_u64(&answer);
    return answer.bad ? DP_GONE : DP_OK;
}

static enum dp_err trap(struct dataplane *dp, const struct dp_trap *t, bool add)
{
    struct rd answer;
    struct wr w = ask_begin(self(dp)->ask, REQUEST_TRAP);
    put_trap(&w, t);
    wr_u8(&w, add);
    return round_trip(self(dp), &w, &answer);
}

static const char *error(const struct dataplane *dp)
{
    return ((const struct proxy_dp *)dp)->ask->error;
}

struct dataplane *proxy_dp_new(struct asker *a, const struct dp_caps *card_caps)
{
    static const struct dataplane_ops ops = {
        .caps = caps,
        .alloc_spi = alloc_spi,
        .release_spi = release_spi,
        .install_in = install_in,
        .install_out = install_out,
        .remove = remove_child,
        .trap = trap,
        .stats = stats,
        .error = error,
    };
    struct proxy_dp *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->dp.ops = &ops;
    p->ask = a;
    p->caps = card_caps;
    return &p->dp;
}

void proxy_dp_free(struct dataplane *dp)
{
    free(dp);
}
