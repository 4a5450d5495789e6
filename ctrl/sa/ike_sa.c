/* SPDX-License-Identifier: Apache-2.0 */
/* An IKE_SA from its first SPI to its last byte. See ike_sa.h. */
#include "ctrl/sa/ike_sa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "ctrl/exchange/configuration.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/auth_state.h"
#include "ctrl/sa/child_sa.h"
#include "ctrl/sa/fragments.h"
#include "ctrl/sa/registry.h"
#include "ctrl/sa/text.h"
#include "ctrl/sa/want.h"
#include "ctrl/sa/window.h"

/* Not the address alone: a seed that nobody outside knows keeps chains from being filled on
 * purpose. RFC 4291 2.5.1: of IPv6 the network counts. */
uint16_t *half_open_from(struct ike_manager *m, const struct espl_addr *addr)
{
    uint64_t h = m->seed;
    for (size_t i = 0; i < (addr->family == ESPL_IPV6 ? 8u : 4u); i++)
        h = (h ^ addr->bytes[i]) * UINT64_C(1099511628211);
    h *= UINT64_C(0x9e3779b97f4a7c15);
    return &m->half_open_from[h >> (64 - HALF_OPEN_BITS)];
}

/* It is neither half open nor at its beginning any more. */
static void uncount(struct ike_sa *sa)
{
    sa->m->half_open -= sa->counted;
    *half_open_from(sa->m, &sa->opened_from) -= sa->counted;
    sa->counted = false;
    ike_sa_begun(sa);
}

void ike_sa_begun(struct ike_sa *sa)
{
    sa->m->beginning -= sa->paced;
    sa->paced = false;
}

struct ike_sa *ike_sa_new(struct ike_manager *m, const struct config_conn *conn, bool initiator,
                          enum ike_state state, const struct endpoint *local,
                          const struct endpoint *peer)
{
    struct ike_sa *sa = calloc(1, sizeof *sa);
    if (!sa)
        return NULL;
    do {
        if (!random_bytes((uint8_t *)&sa->spi_own, sizeof sa->spi_own)) {
            free(sa);
            return NULL;
        }
    } while (sa->spi_own == 0 || ike_sa_find(m, sa->spi_own));
    sa->m = m;
    sa->number = ++m->next_number;
    sa->state = state;
    sa->initiator = initiator;
    sa->conn = conn;
    sa->local = *local;
    sa->peer = *peer;
    sa->came_local = *local;
    sa->came_peer = *peer;
    sa->opened_from = peer->addr;
    sa->heard_at = now_ms(m);
    sa->expires_at = sa->rekey_at = sa->dies_at = sa->reauth_at = sa->gone_at = UINT64_MAX;
    sa->origin = initiator;
    if (!registry_add(sa)) {
        free(sa);
        return NULL;
    }
    sa->counted = state == IKE_HALF_OPEN;
    m->half_open += sa->counted;
    *half_open_from(m, &peer->addr) += sa->counted;
    sa->paced = state == IKE_INIT_SENT;
    m->beginning += sa->paced;
    ike_sa_touch(sa);
    return sa;
}

void ike_sa_forget_init(struct ike_sa *sa)
{
    free(sa->init_own);
    free(sa->init_peer);
    sa->init_own = sa->init_peer = NULL;
    sa->init_own_len = sa->init_peer_len = 0;
    auth_state_free(sa->auth);
    sa->auth = NULL;
    secret_clear(&sa->keys.pi);
    secret_clear(&sa->keys.pr);
}

void ike_sa_free(struct ike_sa *sa)
{
    while (sa->children)
        child_remove(sa, sa->children);
    configuration_end(sa);
    configuration_end(sa);
    window_done(sa);
    task_drop_all(sa);
    ike_sa_forget_init(sa);
    fragments_drop(sa);
    ike_keys_clear(&sa->keys);
    free(sa->response);
    uncount(sa);
    registry_remove(sa); /* last: what is done before touches it */
    OPENSSL_cleanse(sa, sizeof *sa);
    free(sa);
}

struct ike_sa *ike_sa_find(const struct ike_manager *m, uint64_t spi_own)
{
    return registry_own(m, spi_own);
}

void ike_sa_set_conn(struct ike_sa *sa, const struct config_conn *conn)
{
    registry_set_conn(sa, conn);
}

static void event(const struct ike_sa *sa, enum ike_event_kind kind, const char *text,
                  const char *proposal, unsigned old)
{
    const struct ike_event e = {
        .kind = kind,
        .conn = sa->conn->name,
        .text = text,
        .proposal = proposal,
        .local = sa->local.addr,
        .remote = sa->peer.addr,
        .local_port = sa->local.port,
        .remote_port = sa->peer.port,
        .nat_here = sa->nat_local,
        .ike_id = sa->number,
        .old_id = old,
        .terminated = sa->terminated,
        .dead = sa->dead,
        .vips = sa->vips_own,
        .vip_count = sa->vip_owns,
        .dns = sa->dns,
        .dns_count = sa->dns_count,
    };
    sa->m->env.event(sa->m->env.user, &e);
}

void ike_sa_start_clocks(struct ike_sa *sa)
{
    const struct config_conn *conn = sa->conn;
    uint64_t now = now_ms(sa->m);
    uint32_t r = 0;
    sa->heard_at = sa->up_at = now;
    sa->expires_at = UINT64_MAX;
    if (conn->rand_time && !random_bytes((uint8_t *)&r, sizeof r))
        r = 0;
    uint64_t less = conn->rand_time ? r % ((uint64_t)conn->rand_time + 1) : 0;
    if (conn->reauth_time && sa->origin)
        sa->reauth_at = now + (conn->reauth_time > less ? conn->reauth_time - less : 1) * 1000;
    if (!conn->rekey_time)
        return;
    sa->rekey_at = now + (conn->rekey_time > less ? conn->rekey_time - less : 1) * 1000;
    sa->dies_at = now + ((uint64_t)conn->rekey_time + conn->over_time) * 1000;
}

void ike_sa_up(struct ike_sa *sa)
{
    char text[512], suite[SUITE_TEXT];
    sa->state = IKE_UP;
    sa->was_up = true;
    registry_set_id(sa);
    uncount(sa);
    ike_sa_touch(sa);
    ike_sa_start_clocks(sa);
    ike_sa_forget_init(sa);
    suite_text(&sa->suite, suite);
    int n = snprintf(text, sizeof text, "%s with %s, %.200s, %s, NAT: %s",
                     sa->initiator ? "initiated" : "answered", endpoint_text(&sa->peer).s,
                     sa->id_peer.text, suite,
                     sa->nat_local && sa->nat_peer ? "both sides"
                     : sa->nat_local               ? "here"
                     : sa->nat_peer                ? "at the peer"
                                                   : "none");
    if (n < 0)
        text[0] = '\0';
    event(sa, IKE_EVENT_IKE_UP, text, suite, 0);
}

void ike_sa_updated(struct ike_sa *sa)
{
    event(sa, IKE_EVENT_IKE_UPDATED, endpoint_text(&sa->peer).s, NULL, 0);
}

void ike_sa_rekeyed(struct ike_sa *sa, const struct ike_sa *old)
{
    char suite[SUITE_TEXT];
    suite_text(&sa->suite, suite);
    event(sa, IKE_EVENT_IKE_REKEYED, suite, suite, old->number);
}

/* Is there another one for the same, of an IKE_SA that reauthenticated this one? */
static bool has_other(const struct ike_sa *sa, const struct child_sa *child)
{
    for (const struct ike_sa *o = registry_conn(sa->m, sa->conn); o; o = registry_next_conn(o))
        for (const struct child_sa *c = o->children; c && o != sa; c = c->next)
            if (c->conf == child->conf && c->pair == child->pair && c->state == CHILD_UP &&
                config_id_equal(&o->id_peer, &sa->id_peer))
                return true;
    return false;
}

/* What becomes of the wants whose CHILD_SAs end with this IKE_SA. */
static void settle_wants(struct ike_sa *sa, enum ike_end end, const char *why)
{
    struct ike_manager *m = sa->m;
    for (const struct child_sa *c = sa->children; c; c = c->next) {
        struct want *w = want_find(m, c->conf, c->pair, &sa->peer.addr);
        if (w && c->state != CHILD_CLOSED && end == IKE_END_DELETED && !has_other(sa, c))
            w->wanted = false;
        else if (w && w->wanted && end == IKE_END_DEAD)
            want_set(m, w);
    }
    if (end == IKE_END_FAILED && sa->reauths) /* the old one is still there */
        log_info("%s[%u]: not reauthenticated: %s", sa->conn->name, sa->number, why);
    else if (end == IKE_END_FAILED && sa->first)
        want_failed(m, sa->first, why);
    else if (end == IKE_END_FAILED && sa->bare)
        event(sa, IKE_EVENT_FAILED, why, NULL, 0);
}

void ike_sa_close(struct ike_sa *sa, enum ike_end end, const char *why)
{
    if (sa->state == IKE_CLOSED)
        return;
    ike_sa_touch(sa);
    uncount(sa);
    settle_wants(sa, end, why);
    while (sa->children) {
        struct child_sa *c = sa->children;
        if (c->state != CHILD_CLOSED && !c->out_waits && !c->replaced)
            child_down(sa, c);
        child_remove(sa, c);
    }
    if (end == IKE_END_MOVED || sa->was_up) /* the event tells */
        log_debug("%s[%u]: IKE_SA closed: %s", sa->conn->name, sa->number, why);
    else
        log_peer("%s[%u]: IKE_SA with %s closed: %s", sa->conn->name, sa->number,
                 endpoint_text(&sa->peer).s, why);
    if (sa->was_up && !sa->moved && end != IKE_END_MOVED)
        event(sa, IKE_EVENT_IKE_DOWN, why, NULL, 0);
    configuration_end(sa);
    window_done(sa);
    task_drop_all(sa);
    ike_sa_forget_init(sa);
    fragments_drop(sa);
    sa->state = IKE_CLOSED;
    /* an SA that answered nothing has nothing to repeat */
    sa->gone_at = now_ms(sa->m) + (sa->response ? CLOSED_LINGER_MS : 0);
    sa->expires_at = sa->rekey_at = sa->dies_at = sa->reauth_at = UINT64_MAX;
}

static bool same(const struct task *a, const struct task *b)
{
    return a->kind == b->kind && a->spi == b->spi && a->want == b->want;
}

bool task_add(struct ike_sa *sa, const struct task *task, bool first)
{
    struct task **at = &sa->tasks;
    ike_sa_touch(sa);
    if (same(&sa->pending.task, task) && sa->pending.packet)
        return true;
    for (const struct task *t = sa->tasks; t; t = t->next)
        if (same(t, task))
            return true;
    struct task *t = malloc(sizeof *t);
    if (!t)
        return false;
    while (!first && *at)
        at = &(*at)->next;
    *t = *task;
    t->next = *at;
    *at = t;
    return true;
}

void task_drop_all(struct ike_sa *sa)
{
    while (sa->tasks) {
        struct task *t = sa->tasks;
        sa->tasks = t->next;
        free(t);
    }
}
