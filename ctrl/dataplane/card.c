/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CHILD_SAs into the card: the SA pair, the policy that leads to it, the next hop it leaves by. A
 * generation is one SA pair of a child; all generations of a child have one reqid, and its policy
 * always points to the newest (driver/card.h: espl_sa_add takes policies over between two packets).
 */
#include "ctrl/dataplane/card.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/regs.h"

#define PRIORITY 10000u /* of IKE's widest policy; an administrator's own may go before them all */

struct generation {
    struct dp_child child; /* keys empty */
    bool in, out, follows; /* installed; next hop followed */
    struct generation *next;
};

struct trap {
    struct dp_trap trap;
    struct trap *next;
};

struct card_dp {
    struct dataplane dp; /* first: what the callers hold */
    struct espl_card *card;
    struct card_net net;
    struct generation *generations; /* owned, newest first */
    struct trap *traps;             /* owned */
    char error[320];
};

static struct card_dp *self(struct dataplane *dp)
{
    return (struct card_dp *)dp;
}

static const struct card_dp *self_const(const struct dataplane *dp)
{
    return (const struct card_dp *)dp;
}

static enum dp_err refuse(struct card_dp *c, const char *sentence)
{
    (void)snprintf(c->error, sizeof(c->error), "%s", sentence);
    return DP_REFUSED;
}

static enum dp_err card_error(struct card_dp *c, enum espl_err err)
{
    if (err == ESPL_OK)
        return DP_OK;
    const char *text = espl_card_error(c->card);
    (void)snprintf(c->error, sizeof(c->error), "%s", text && *text ? text : espl_err_text(err));
    return err == ESPL_ERR_DEAD || err == ESPL_ERR_TIMEOUT || err == ESPL_ERR_RESET ? DP_GONE
                                                                                    : DP_REFUSED;
}

/* ---------------------------------------------------------------- generations */

static struct generation *find(struct card_dp *c, const struct dp_child *child)
{
    struct generation *g = c->generations;
    while (g && (g->child.reqid != child->reqid || g->child.spi_in != child->spi_in))
        g = g->next;
    return g;
}

static struct generation *find_or_make(struct card_dp *c, const struct dp_child *child)
{
    struct generation *g = find(c, child);
    if (g)
        return g;
    g = calloc(1, sizeof(*g));
    if (!g)
        return NULL;
    g->child = *child;
    OPENSSL_cleanse(g->child.key_in, sizeof(g->child.key_in));
    OPENSSL_cleanse(g->child.key_out, sizeof(g->child.key_out));
    g->next = c->generations;
    c->generations = g;
    return g;
}

/* Out of the list when nothing of it is in the card. */
static void drop_if_empty(struct card_dp *c, struct generation *g)
{
    if (g->in || g->out)
        return;
    struct generation **at = &c->generations;
    while (*at != g)
        at = &(*at)->next;
    *at = g->next;
    if (g->follows)
        c->net.nexthop_release(c->net.user, &g->child.remote);
    free(g);
}

static bool same_prefix(const struct espl_prefix *a, const struct espl_prefix *b)
{
    return a->len == b->len && a->addr.family == b->addr.family &&
           memcmp(a->addr.bytes, b->addr.bytes, sizeof(a->addr.bytes)) == 0;
}

static bool same_selector(const struct espl_selector *a, const struct espl_selector *b)
{
    return same_prefix(&a->src, &b->src) && same_prefix(&a->dst, &b->dst) && a->proto == b->proto &&
           a->sport.first == b->sport.first && a->sport.last == b->sport.last &&
           a->dport.first == b->dport.first && a->dport.last == b->dport.last;
}

static struct trap **find_trap_at(struct trap **at, uint32_t reqid, const struct espl_selector *out)
{
    while (*at && ((*at)->trap.reqid != reqid || !same_selector(&(*at)->trap.ts_out, out)))
        at = &(*at)->next;
    return at;
}

static const struct trap *find_trap(const struct card_dp *c, uint32_t reqid,
                                    const struct espl_selector *out)
{
    struct trap *first = c->traps;
    return *find_trap_at(&first, reqid, out);
}

/* Does another generation of the same child need the policy of this one? */
static bool policy_shared(const struct card_dp *c, const struct generation *g)
{
    for (const struct generation *o = c->generations; o; o = o->next)
        if (o != g && o->out && o->child.reqid == g->child.reqid &&
            same_selector(&o->child.ts_out, &g->child.ts_out))
            return true;
    return find_trap(c, g->child.reqid, &g->child.ts_out) != NULL;
}

/* ---------------------------------------------------------------- operations */

static enum dp_err caps(struct dataplane *dp, struct dp_caps *out)
{
    struct card_dp *c = self(dp);
    struct espl_caps caps;
    memset(out, 0, sizeof(*out));
    enum dp_err err = card_error(c, espl_card_caps(c->card, &caps));
    if (err)
        return err;
    *out = (struct dp_caps){
        .gcm128 = caps.alg & ESPL_CAP_ALG_GCM16_128_MASK,
        .gcm256 = caps.alg & ESPL_CAP_ALG_GCM16_256_MASK,
        .esn = caps.mode & ESPL_CAP_MODE_ESN_MASK,
        .tunnel = caps.mode & ESPL_CAP_MODE_TUNNEL_MASK,
        .transport = caps.mode & ESPL_CAP_MODE_TRANSPORT_MASK,
        .ipv6 = caps.mode & ESPL_CAP_MODE_IPV6_MASK,
        .encap = caps.mode & ESPL_CAP_MODE_ENCAP_MASK,
        .max_window = caps.max_window,
    };
    return DP_OK;
}

static enum dp_err alloc_spi(struct dataplane *dp, uint32_t *spi)
{
    struct card_dp *c = self(dp);
    return card_error(c, espl_sa_spi(c->card, spi));
}

static void release_spi(struct dataplane *dp, uint32_t spi)
{
    espl_sa_spi_free(self(dp)->card, spi);
}

uint16_t card_inner_mtu(uint32_t outer, enum espl_family family, bool encap)
{
    /* outer IP, UDP (RFC 3948 2.1), SPI and sequence number, IV, ICV (RFC 4106 3, 6) */
    uint32_t fixed = (family == ESPL_IPV6 ? 40u : 20u) + (encap ? 8u : 0u) + 8u + 8u + 16u;
    if (outer < fixed + 4)
        return 0;
    uint32_t inner =
        ((outer - fixed) & ~3u) - 2u; /* pad length and next header close a 4-byte line */
    return (uint16_t)(inner > UINT16_MAX ? UINT16_MAX : inner);
}

static void common_fields(struct espl_sa *sa, const struct dp_child *child)
{
    *sa = (struct espl_sa){
        .mode = child->mode == DP_TRANSPORT ? ESPL_TRANSPORT : ESPL_TUNNEL,
        .alg = ESPL_GCM16,
        .key_len = child->key_len,
        .reqid = child->reqid,
        .encap = child->encap,
        .esn = child->esn,
        .limits = child->limits,
    };
}

static enum dp_err install_in(struct dataplane *dp, const struct dp_child *child)
{
    struct card_dp *c = self(dp);
    struct espl_sa sa;
    struct generation *g = find_or_make(c, child);
    if (!g)
        return refuse(c, "out of memory");
    common_fields(&sa, child);
    sa.dir = ESPL_DIR_IN;
    sa.spi = child->spi_in;
    sa.src = child->remote;
    sa.dst = child->local;
    sa.encap_sport = child->encap ? child->remote_port : 0; /* the card takes ports only then */
    sa.encap_dport = child->encap ? child->local_port : 0;
    sa.replay_window = child->replay_window;
    sa.csum_delta = child->csum_delta;
    sa.check_selector = true;
    sa.selector = child->ts_in;
    memcpy(sa.key, child->key_in, sizeof(sa.key));
    enum dp_err err = card_error(c, espl_sa_add(c->card, &sa));
    OPENSSL_cleanse(&sa, sizeof(sa));
    g->in |= err == DP_OK;
    drop_if_empty(c, g);
    return err;
}

static uint16_t inner_mtu(const struct card_dp *c, const struct dp_child *child)
{
    return card_inner_mtu(c->net.wan_mtu(c->net.user), child->remote.family, child->encap);
}

static enum espl_err add_out_sa(struct card_dp *c, const struct dp_child *child,
                                struct generation *g)
{
    struct espl_sa sa;
    common_fields(&sa, child);
    sa.dir = ESPL_DIR_OUT;
    sa.spi = child->spi_out;
    sa.src = child->local;
    sa.dst = child->remote;
    sa.encap_sport = child->encap ? child->local_port : 0;
    sa.encap_dport = child->encap ? child->remote_port : 0;
    sa.mtu = inner_mtu(c, child);
    sa.has_nexthop = c->net.nexthop_take(c->net.user, &child->remote, sa.nexthop);
    g->follows = true;
    memcpy(sa.key, child->key_out, sizeof(sa.key));
    enum espl_err err = espl_sa_add(c->card, &sa);
    OPENSSL_cleanse(&sa, sizeof(sa));
    return err;
}

/* The narrower selector goes first, whoever came first: a lower number wins. */
static uint32_t priority(const struct espl_selector *s)
{
    uint32_t narrow = 8u * (s->src.len + (uint32_t)s->dst.len);
    narrow += s->proto ? 4 : 0;
    narrow += s->sport.first || s->sport.last != 65535 ? 2 : 0;
    narrow += s->dport.first || s->dport.last != 65535 ? 2 : 0;
    return PRIORITY - narrow;
}

static enum espl_err add_policy(struct card_dp *c, const struct dp_child *child)
{
    const struct espl_policy policy = {.selector = child->ts_out,
                                       .action = ESPL_PROTECT,
                                       .priority = priority(&child->ts_out),
                                       .reqid = child->reqid,
                                       .tmpl_src = child->local,
                                       .tmpl_dst = child->remote};
    return espl_policy_add(c->card, &policy);
}

/* Is there a generation that uses, or made, this policy? */
static bool policy_used(const struct card_dp *c, const struct dp_trap *trap)
{
    for (const struct generation *g = c->generations; g; g = g->next)
        if (g->out && g->child.reqid == trap->reqid &&
            same_selector(&g->child.ts_out, &trap->ts_out))
            return true;
    return false;
}

static enum dp_err trap(struct dataplane *dp, const struct dp_trap *t, bool add)
{
    struct card_dp *c = self(dp);
    struct trap **at = find_trap_at(&c->traps, t->reqid, &t->ts_out), *gone = *at;
    const struct dp_child child = {.reqid = t->reqid,
                                   .ts_out = t->ts_out,
                                   .local = t->local,
                                   .remote = t->remote,
                                   .encap = true}; /* the smaller MTU: it may come to that */
    bool used = policy_used(c, t);
    if (add == (*at != NULL))
        return DP_OK;
    if (!add) {
        *at = gone->next;
        free(gone);
        if (used)
            return DP_OK;
        c->net.protect(c->net.user, &child, 0, false);
        return card_error(c, espl_policy_delete(c->card, &t->ts_out));
    }
    struct trap *made = calloc(1, sizeof(*made));
    if (!made)
        return refuse(c, "out of memory");
    enum dp_err err = used ? DP_OK : card_error(c, add_policy(c, &child));
    if (err != DP_OK) {
        free(made);
        return err;
    }
    made->trap = *t;
    *at = made;
    if (!used) /* what the host itself sends there shall meet the policy, too */
        c->net.protect(c->net.user, &child, inner_mtu(c, &child), true);
    return DP_OK;
}

static enum dp_err install_out(struct dataplane *dp, const struct dp_child *child)
{
    struct card_dp *c = self(dp);
    struct generation *g = find_or_make(c, child);
    if (!g)
        return refuse(c, "out of memory");
    g->child.spi_out = child->spi_out;
    enum dp_err err = card_error(c, add_out_sa(c, child, g));
    if (err == DP_OK && !policy_shared(c, g)) {
        err = card_error(c, add_policy(c, child));
        /* whole or not at all; what is told is why the policy was refused */
        if (err != DP_OK &&
            espl_sa_delete(c->card, ESPL_DIR_OUT, &child->remote, child->spi_out) != ESPL_OK)
            err = DP_GONE;
        if (err == DP_OK)
            c->net.protect(c->net.user, &g->child, inner_mtu(c, child), true);
    }
    g->out |= err == DP_OK;
    drop_if_empty(c, g);
    return err;
}

/* The first error is told, but everything is tried. */
static enum dp_err worse(enum dp_err a, enum dp_err b)
{
    return a == DP_GONE || b == DP_OK ? a : b;
}

static enum dp_err remove_child(struct dataplane *dp, const struct dp_child *child)
{
    struct card_dp *c = self(dp);
    struct generation *g = find(c, child);
    enum dp_err err = DP_OK;
    if (!g)
        return refuse(c, "no such CHILD_SA is in the card");
    if (g->out) {
        if (!policy_shared(c, g)) {
            err = card_error(c, espl_policy_delete(c->card, &g->child.ts_out));
            c->net.protect(c->net.user, &g->child, 0, false);
        }
        err = worse(err, card_error(c, espl_sa_delete(c->card, ESPL_DIR_OUT, &g->child.remote,
                                                      g->child.spi_out)));
    }
    if (g->in)
        err = worse(err, card_error(c, espl_sa_delete(c->card, ESPL_DIR_IN, &g->child.local,
                                                      g->child.spi_in)));
    g->in = g->out = false;
    drop_if_empty(c, g);
    return err;
}

static enum dp_err stats(struct dataplane *dp, const struct dp_child *child, struct dp_stats *out)
{
    struct card_dp *c = self(dp);
    struct generation *g = find(c, child);
    struct espl_sa sa;
    struct espl_sa_stats s;
    enum dp_err err = DP_OK;
    memset(out, 0, sizeof(*out));
    if (!g)
        return refuse(c, "no such CHILD_SA is in the card");
    if (g->in) {
        err = card_error(
            c, espl_sa_get(c->card, ESPL_DIR_IN, &g->child.local, g->child.spi_in, &sa, &s));
        if (err)
            return err;
        out->packets_in = s.packets;
        out->bytes_in = s.bytes;
    }
    if (g->out) {
        err = card_error(
            c, espl_sa_get(c->card, ESPL_DIR_OUT, &g->child.remote, g->child.spi_out, &sa, &s));
        if (err)
            return err;
        out->packets_out = s.packets;
        out->bytes_out = s.bytes;
    }
    return DP_OK;
}

static const char *error(const struct dataplane *dp)
{
    return self_const(dp)->error;
}

/* ---------------------------------------------------------------- life */

struct dataplane *card_dp_new(struct espl_card *card, const struct card_net *net)
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
    struct card_dp *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    c->dp.ops = &ops;
    c->card = card;
    c->net = *net;
    return &c->dp;
}

void card_dp_free(struct dataplane *dp)
{
    struct card_dp *c = self(dp);
    while (c && c->generations) {
        struct generation *g = c->generations;
        g->in = g->out = false;
        drop_if_empty(c, g);
    }
    while (c && c->traps) {
        struct trap *next = c->traps->next;
        free(c->traps);
        c->traps = next;
    }
    free(c);
}

enum dp_err card_dp_nexthop(struct dataplane *dp, const struct espl_addr *dst, const espl_mac mac)
{
    struct card_dp *c = self(dp);
    enum dp_err err = DP_OK;
    for (const struct generation *g = c->generations; g; g = g->next)
        if (g->out && g->child.remote.family == dst->family &&
            memcmp(g->child.remote.bytes, dst->bytes, sizeof(dst->bytes)) == 0)
            err =
                worse(err, card_error(c, espl_sa_set_nexthop(c->card, dst, g->child.spi_out, mac)));
    return err;
}

void card_dp_each(struct dataplane *dp, card_dp_fn each, void *user)
{
    for (const struct generation *g = self(dp)->generations; g; g = g->next)
        each(user, &g->child, g->out);
}
