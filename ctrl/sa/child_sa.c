/* SPDX-License-Identifier: Apache-2.0 */
/* A CHILD_SA's life in the data plane. See child_sa.h. */
#include "ctrl/sa/child_sa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "ctrl/log/log.h"
#include "ctrl/sa/keylog.h"
#include "ctrl/sa/narrow.h"
#include "ctrl/sa/text.h"
#include "ctrl/sa/trap.h"

#define LOOK_MS 1000u /* how often a waiting successor is asked for inbound packets */

struct child_sa *child_new(const struct config_child *conf, unsigned pair)
{
    struct child_sa *child = calloc(1, sizeof *child);
    if (!child)
        return NULL;
    child->conf = conf;
    child->pair = pair;
    child->rekey_at = child->dies_at = child->gone_at = child->look_at = UINT64_MAX;
    return child;
}

static void wipe_keys(struct child_sa *child)
{
    OPENSSL_cleanse(child->dp.key_in, sizeof child->dp.key_in);
    OPENSSL_cleanse(child->dp.key_out, sizeof child->dp.key_out);
}

void child_free(struct child_sa *child)
{
    if (!child)
        return;
    wipe_keys(child);
    free(child);
}

bool selector_equal(const struct espl_selector *a, const struct espl_selector *b)
{
    return addr_equal(&a->src.addr, &b->src.addr) && a->src.len == b->src.len &&
           addr_equal(&a->dst.addr, &b->dst.addr) && a->dst.len == b->dst.len &&
           a->proto == b->proto && a->sport.first == b->sport.first &&
           a->sport.last == b->sport.last && a->dport.first == b->dport.first &&
           a->dport.last == b->dport.last;
}

/* The chain in which a CHILD_SA with that outbound selector is (FNV-1a over its addresses). */
static struct child_sa **chain(struct ike_manager *m, const struct espl_selector *out)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < sizeof out->src.addr.bytes; i++)
        h = (h ^ out->src.addr.bytes[i]) * 16777619u;
    for (size_t i = 0; i < sizeof out->dst.addr.bytes; i++)
        h = (h ^ out->dst.addr.bytes[i]) * 16777619u;
    return &m->selectors[h >> (32 - SELECTOR_BITS)];
}

/* CHILD_SAs with the same outbound selector share a policy, so they share a reqid. */
uint32_t child_reqid(struct ike_manager *m, const struct espl_selector *out)
{
    for (const struct child_sa *c = *chain(m, out); c; c = c->next_selector)
        if (selector_equal(&c->dp.ts_out, out))
            return c->dp.reqid;
    const struct want *w = m->traps ? trap_of_selector(m, out) : NULL;
    return w ? w->trap.reqid : m->next_reqid++;
}

/* The soft limit less a random part, so that not all SAs are rekeyed at once. */
static uint64_t soft_limit(uint64_t soft, uint64_t spread)
{
    uint64_t r = 0;
    if (!soft || !spread || !random_bytes((uint8_t *)&r, sizeof r))
        return soft;
    return soft - r % spread;
}

void child_place(struct ike_sa *sa, struct child_sa *child, const struct ts *local,
                 const struct ts *remote)
{
    struct dp_child *dp = &child->dp;
    dp->ts_out = narrow_selector(local, remote);
    dp->ts_in = narrow_selector(remote, local);
    dp->reqid = child_reqid(sa->m, &dp->ts_out);
    dp->local = sa->local.addr;
    dp->remote = sa->peer.addr;
    dp->encap = sa->encap;
    dp->local_port = sa->local.port;
    dp->remote_port = sa->peer.port;
    dp->limits = (struct espl_limits){
        .soft_packets = soft_limit(child->conf->rekey_packets, child->conf->rand_packets),
        .hard_packets = child->conf->life_packets,
        .soft_bytes = soft_limit(child->conf->rekey_bytes, child->conf->rand_bytes),
        .hard_bytes = child->conf->life_bytes};
    dp->replay_window = child->conf->replay_window < sa->m->caps.max_window
                            ? child->conf->replay_window
                            : sa->m->caps.max_window;
}

enum crypto_err child_derive(const struct ike_sa *sa, struct child_sa *child,
                             const struct dh_secret *shared, const struct nonce *ni,
                             const struct nonce *nr, bool by_us)
{
    const struct alg_encr *encr = alg_encr(child->suite.encr, child->suite.key_bits);
    const struct exchange_nonces nonces = {{ni->data, ni->len}, {nr->data, nr->len}};
    if (!encr || !encr->aead)
        return CRYPTO_UNSUPPORTED;
    child->dp.key_len = encr->key_len;
    child->dp.esn = child->suite.esn;
    child->lowest = nonce_lower(ni, nr) ? *ni : *nr;
    return child_keys(sa->suite.prf, &sa->keys.d, shared, &nonces,
                      by_us ? child->dp.key_out : child->dp.key_in,
                      by_us ? child->dp.key_in : child->dp.key_out, encr->key_len);
}

/* rekey_time less a random part of rand_time, so that not all SAs are rekeyed at once */
static uint64_t rekey_after(const struct config_child *conf)
{
    uint32_t r = 0;
    if (conf->rand_time && !random_bytes((uint8_t *)&r, sizeof r))
        r = 0;
    uint64_t less = conf->rand_time ? r % ((uint64_t)conf->rand_time + 1) : 0;
    return (conf->rekey_time > less ? conf->rekey_time - less : 1) * 1000;
}

static void log_refusal(const struct ike_sa *sa, const struct child_sa *child, const char *what)
{
    log_info("%s[%u]: %s: the data plane refused the %s SA: %s", sa->conn->name, sa->number,
             child->conf->name, what, sa->m->dp->ops->error(sa->m->dp));
}

bool child_switch_out(struct ike_sa *sa, struct child_sa *child)
{
    if (sa->m->dp->ops->install_out(sa->m->dp, &child->dp) != DP_OK) {
        log_refusal(sa, child, "outbound");
        return false;
    }
    child->out_waits = false;
    child->look_at = UINT64_MAX;
    wipe_keys(child);
    return true;
}

bool child_install(struct ike_sa *sa, struct child_sa *child)
{
    struct dataplane *dp = sa->m->dp;
    uint64_t now = now_ms(sa->m);
    keylog_child(sa, child);
    if (dp->ops->install_in(dp, &child->dp) != DP_OK) {
        log_refusal(sa, child, "inbound");
        return false;
    }
    if (child->out_waits) {
        child->look_at = now + LOOK_MS;
    } else if (!child_switch_out(sa, child)) {
        if (dp->ops->remove(dp, &child->dp) != DP_OK)
            log_refusal(sa, child, "removal of the inbound");
        child->dp.spi_in = 0; /* gone with the inbound SA */
        return false;
    }
    if (child->conf->rekey_time)
        child->rekey_at = now + rekey_after(child->conf);
    if (child->conf->life_time)
        child->dies_at = now + (uint64_t)child->conf->life_time * 1000;
    child->up_at = now;
    child->number = ++sa->m->next_child;
    child->next = sa->children;
    sa->children = child;
    struct child_sa **head = chain(sa->m, &child->dp.ts_out);
    child->next_selector = *head;
    *head = child;
    return true;
}

void child_remove(struct ike_sa *sa, struct child_sa *child)
{
    struct dataplane *dp = sa->m->dp;
    struct child_sa **at = &sa->children;
    child_event(sa, child, IKE_EVENT_CHILD_GONE); /* its counters can still be read */
    if (dp->ops->remove(dp, &child->dp) != DP_OK)
        log_info("%s[%u]: %s: removing its SAs: %s", sa->conn->name, sa->number, child->conf->name,
                 dp->ops->error(dp));
    while (*at != child)
        at = &(*at)->next;
    *at = child->next;
    for (at = chain(sa->m, &child->dp.ts_out); *at != child; at = &(*at)->next_selector)
        ;
    *at = child->next_selector;
    child_free(child);
}

void child_close(struct ike_sa *sa, struct child_sa *child)
{
    /* of two heirs ours stays when we were the ones to delete the old pair */
    struct child_sa *heir =
        child->peer_made && !child->replaced ? child_find_in(sa, child->peer_made) : NULL;
    struct child_sa *old = child->replaces ? child_find_in(sa, child->replaces) : NULL;
    if (child->state == CHILD_CLOSED)
        return;
    if (child->peer_made && sa->pending.task.kind == TASK_REKEY_CHILD &&
        sa->pending.task.spi == child->dp.spi_in)
        sa->pending.peer_won = true;
    /* RFC 7296 2.8: who closes the old SA is ready for the new one */
    if (heir && heir->out_waits && child_switch_out(sa, heir))
        child_event(sa, heir, IKE_EVENT_CHILD_REKEYED);
    child->state = CHILD_CLOSED;
    child->rekey_at = child->dies_at = child->look_at = UINT64_MAX;
    if (child->replaced || heir) {
        child->gone_at = now_ms(sa->m) + CHILD_LINGER_MS;
        return;
    }
    if (old && old->peer_made == child->dp.spi_in)
        old->peer_made = 0;
    if (!child->out_waits)
        child_down(sa, child);
    child_remove(sa, child);
}

struct child_sa *child_find_in(const struct ike_sa *sa, uint32_t spi)
{
    for (struct child_sa *c = sa->children; c; c = c->next)
        if (c->dp.spi_in == spi)
            return c;
    return NULL;
}

struct child_sa *child_find_out(const struct ike_sa *sa, uint32_t spi)
{
    for (struct child_sa *c = sa->children; c; c = c->next)
        if (c->dp.spi_out == spi)
            return c;
    return NULL;
}

void child_event(const struct ike_sa *sa, const struct child_sa *child, enum ike_event_kind kind)
{
    char text[256], suite[SUITE_TEXT], local[TS_TEXT], remote[TS_TEXT];
    const struct dp_child *dp = &child->dp;
    const struct child_sa *old =
        kind == IKE_EVENT_CHILD_REKEYED ? child_find_in(sa, child->replaces) : NULL;
    const struct ts out_local = narrow_range(&dp->ts_out.src, dp->ts_out.proto, dp->ts_out.sport);
    const struct ts out_remote = narrow_range(&dp->ts_out.dst, dp->ts_out.proto, dp->ts_out.dport);
    suite_text(&child->suite, suite);
    narrow_text(&out_local, local);
    narrow_text(&out_remote, remote);
    int n = snprintf(text, sizeof text, "%s === %s, %s, ESP%s, SPIs 0x%08x in, 0x%08x out", local,
                     remote, suite, dp->encap ? " in UDP" : "", dp->spi_in, dp->spi_out);
    if (n < 0)
        text[0] = '\0';
    const struct ike_event event = {
        .kind = kind,
        .conn = sa->conn->name,
        .child = child->conf->name,
        .text = text,
        .proposal = kind == IKE_EVENT_CHILD_DOWN || kind == IKE_EVENT_CHILD_GONE ? NULL : suite,
        .local = dp->local,
        .remote = dp->remote,
        .local_port = sa->local.port,
        .remote_port = sa->peer.port,
        .nat_here = sa->nat_local,
        .encap = dp->encap,
        .spi_in = dp->spi_in,
        .spi_out = dp->spi_out,
        .ike_id = sa->number,
        .child_id = child->number,
        .old_id = old ? old->number : 0,
        .terminated = sa->terminated || child->terminated,
        .dead = sa->dead,
        .vips = sa->vips_own,
        .vip_count = sa->vip_owns,
        .dns = sa->dns,
        .dns_count = sa->dns_count,
    };
    sa->m->env.event(sa->m->env.user, &event);
}

void child_down(const struct ike_sa *sa, const struct child_sa *child)
{
    child_event(sa, child, IKE_EVENT_CHILD_DOWN);
    trap_after(sa, child);
}

bool nonce_lower(const struct nonce *a, const struct nonce *b)
{
    size_t n = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->data, b->data, n);
    return order < 0 || (order == 0 && a->len < b->len);
}

bool child_heard(struct ike_sa *sa, struct child_sa *child)
{
    struct dp_stats stats;
    if (sa->m->dp->ops->stats(sa->m->dp, &child->dp, &stats) != DP_OK ||
        stats.packets_in == child->packets_seen)
        return false;
    child->packets_seen = stats.packets_in;
    return true;
}
