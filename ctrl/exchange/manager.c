/* SPDX-License-Identifier: Apache-2.0 */
/* All IKE_SAs together: what comes in, what time it is, what the user wants. See manager.h. */
#include "ctrl/exchange/manager.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "ctrl/exchange/credentials.h"
#include "ctrl/exchange/exchange.h"
#include "ctrl/exchange/lot.h"
#include "ctrl/exchange/mobike.h"
#include "ctrl/exchange/receive.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/pool.h"
#include "ctrl/sa/registry.h"
#include "ctrl/sa/text.h"
#include "ctrl/sa/trap.h"
#include "ctrl/sa/want.h"
#include "ctrl/sa/window.h"
#include "ctrl/trust/trust.h"

/* true: they are others than before */
static bool look_at_addresses(struct ike_manager *m)
{
    struct espl_addr own[sizeof m->own / sizeof *m->own];
    memset(own, 0, sizeof own);
    size_t n = m->env.addresses ? m->env.addresses(m->env.user, own, sizeof own / sizeof *own) : 0;
    bool changed = n != m->own_count || memcmp(own, m->own, sizeof own) != 0;
    memcpy(m->own, own, sizeof own);
    m->own_count = n;
    return changed;
}

static bool take_pools(struct ike_manager *m)
{
    while (m->config->pools) {
        struct config_pool *pool = m->config->pools;
        m->config->pools = pool->next;
        if (!pool_load(m, pool)) {
            config_pool_free(pool);
            return false;
        }
    }
    return true;
}

struct ike_manager *ike_manager_new(struct config *config, struct dataplane *dp,
                                    const struct ike_env *env)
{
    struct ike_manager *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->config = config_ref(config);
    m->dp = dp;
    m->env = *env;
    m->next_reqid = 1;
    m->wants_at = UINT64_MAX;
    if (!random_bytes((uint8_t *)&m->seed, sizeof m->seed)) {
        ike_manager_free(m);
        return NULL;
    }
    if (dp->ops->caps(dp, &m->caps) != DP_OK) {
        log_info("the data plane does not say what it can do: %s", dp->ops->error(dp));
        m->caps = (struct dp_caps){0};
    }
    m->trust = trust_new();
    if (!m->trust || !want_init(m) || !take_pools(m)) {
        ike_manager_free(m);
        return NULL;
    }
    credentials_take(m, config);
    (void)look_at_addresses(m);
    return m;
}

void ike_manager_free(struct ike_manager *m)
{
    if (!m)
        return;
    while (m->sas)
        ike_sa_free(m->sas);
    registry_clear(m);
    want_clear(m);
    trust_free(m->trust);
    pool_clear(m);
    config_unref(m->config);
    OPENSSL_cleanse(m, sizeof *m);
    free(m);
}

/* -------------------------------------------------------------------------- wants */

static struct ike_sa *up_sa(const struct ike_manager *m, const struct want *w)
{
    for (struct ike_sa *sa = registry_conn(m, w->conn); sa; sa = registry_next_conn(sa))
        if (sa->state == IKE_UP && !sa->moved && want_fits(w, &sa->peer.addr))
            return sa;
    return NULL;
}

static bool begin(struct ike_manager *m, struct want *w)
{
    struct ike_sa *sa = up_sa(m, w);
    const struct task t = {.kind = TASK_CREATE_CHILD, .want = w};
    if (!sa && (m->beginning >= BEGINNING_MAX || m->begun >= BEGINNING_TURN))
        return false;
    m->begun += !sa;
    const char *why = sa ? NULL : connect_peer(m, w->conn, w);
    if (sa && !task_add(sa, &t, false))
        why = "no memory";
    if (!why)
        return true;
    want_failed(m, w, why);
    if (!sa && addr_is_any(&w->remote) && addr_is_any(&w->conn->remote_addr))
        w->wanted = false; /* the peer has to begin */
    return true;
}

/* -------------------------------------------------------------------------- time and datagrams */

/* After anything happened: what is queued goes out, what ended is freed. Only what was touched can
 * have changed. */
static void settle_sas(struct ike_manager *m)
{
    struct ike_sa *sa;
    while ((sa = registry_touched(m))) {
        if (!m->closing)
            want_look_conn(m, sa->conn, begin);
        tasks_run(sa);
        if (sa->state == IKE_CLOSED && now_ms(m) >= sa->gone_at)
            ike_sa_free(sa);
        else
            registry_set_deadline(sa, timers_deadline(sa));
    }
    want_sweep(m);
}

/* A turn: what is wanted begins, too. */
static void settle(struct ike_manager *m)
{
    m->begun = 0;
    if (!m->closing)
        want_look_all(m, begin);
    settle_sas(m);
}

void ike_manager_input(struct ike_manager *m, const struct endpoint *local,
                       const struct endpoint *peer, const uint8_t *data, size_t len)
{
    receive(m, local, peer, data, len);
    if (lot_full(m)) {
        lot_end(m);
        lot_begin(m);
    }
    settle_sas(m); /* what waits at the sockets comes before what may begin */
}

void ike_manager_begin_lot(struct ike_manager *m)
{
    lot_begin(m);
}

void ike_manager_end_lot(struct ike_manager *m)
{
    lot_end(m);
    settle_sas(m);
}

void ike_manager_fetched(struct ike_manager *m, unsigned number, const uint8_t *data, size_t len)
{
    trust_fetched(m->trust, number, data, len);
    auth_resume(m);
    settle(m);
}

void ike_manager_tick(struct ike_manager *m)
{
    struct ike_sa *sa;
    while ((sa = registry_soonest(m)) && sa->deadline <= now_ms(m)) {
        registry_set_deadline(sa, UINT64_MAX); /* settle says when it wants its next turn */
        ike_sa_touch(sa);
        timers_run(sa);
    }
    settle(m);
}

void ike_manager_acquire(struct ike_manager *m, uint32_t reqid)
{
    struct want *w = trap_of_reqid(m, reqid);
    if (!w || m->closing || w->child->retired || want_is_up(m, w) || want_in_progress(m, w) ||
        (w->wanted && w->next_at > now_ms(m))) /* it is tried again after a pause */
        return;
    log_info("%s.%s: a packet waits for it", w->conn->name, w->child->name);
    want_set(m, w);
    settle(m);
}

static bool expires(struct ike_sa *sa, struct child_sa *c, bool hard)
{
    const struct task t = {.kind = TASK_REKEY_CHILD, .spi = c->dp.spi_in};
    ike_sa_touch(sa);
    if (hard && c->state == CHILD_UP && !c->replaced) {
        c->dies_at = 0; /* as when life_time is over */
        return true;
    }
    return !hard && c->state == CHILD_UP && !c->replaced && task_add(sa, &t, false);
}

void ike_manager_expires(struct ike_manager *m, bool inbound, uint32_t spi, bool hard)
{
    for (struct ike_sa *sa = m->sas; sa; sa = sa->next)
        for (struct child_sa *c = sa->children; c; c = c->next)
            if ((inbound ? c->dp.spi_in : c->dp.spi_out) == spi && expires(sa, c, hard))
                log_info("%s[%u]: %s: the card says that its lifetime %s", sa->conn->name,
                         sa->number, c->conf->name, hard ? "is over" : "ends");
    ike_manager_tick(m);
}

void ike_manager_paths(struct ike_manager *m)
{
    bool changed = look_at_addresses(m);
    for (struct ike_sa *sa = m->sas; sa; sa = sa->next)
        mobike_look(sa, changed);
    settle(m);
}

uint64_t ike_manager_deadline(const struct ike_manager *m)
{
    const struct ike_sa *sa = registry_soonest(m);
    uint64_t at = sa ? sa->deadline : UINT64_MAX, wants = m->wants_at;
    if (m->wants_next) /* at once, or as soon as one of ours was answered */
        wants = m->beginning < BEGINNING_MAX ? 0 : UINT64_MAX;
    return m->closing || at < wants ? at : wants;
}

/* -------------------------------------------------------------------------- what the user asks */

void ike_manager_start(struct ike_manager *m)
{
    for (struct want *w = m->wants; w; w = w->next)
        if (!w->child->retired && w->child->start_action & CONFIG_START_TRAP)
            (void)trap_set(m, w);
    for (struct want *w = m->wants; w; w = w->next)
        if (w->child->retired)
            continue;
        else if (w->child->start_action & CONFIG_START_START && !want_is_up(m, w) &&
                 !want_in_progress(m, w))
            want_set(m, w);
        else if (w->child->start_action & CONFIG_START_START)
            w->wanted = true;
    settle(m);
}

int ike_manager_initiate(struct ike_manager *m, const char *conn, const char *child)
{
    int result = -1;
    for (struct want *w = m->wants; w; w = w->next)
        if (!w->child->retired && strcmp(w->conn->name, conn) == 0 &&
            strcmp(w->child->name, child) == 0 && addr_is_any(&w->remote) &&
            (!addr_is_any(&w->conn->remote_addr) || up_sa(m, w))) {
            want_set(m, w);
            result = 0;
        }
    settle(m);
    return result;
}

int ike_manager_rekey_child(struct ike_manager *m, const char *child)
{
    int result = -1;
    for (struct ike_sa *sa = m->sas; sa; sa = sa->next)
        for (struct child_sa *c = sa->children; c; c = c->next) {
            const struct task t = {.kind = TASK_REKEY_CHILD, .spi = c->dp.spi_in};
            if (sa->state == IKE_UP && c->state == CHILD_UP && !c->replaced &&
                strcmp(c->conf->name, child) == 0 && task_add(sa, &t, false))
                result = 0;
        }
    settle(m);
    return result;
}

static void terminate(struct ike_sa *sa)
{
    if (sa->state == IKE_UP)
        delete_ike(sa);
    else if (sa->state & (IKE_INIT_SENT | IKE_AUTH_SENT | IKE_HALF_OPEN))
        ike_sa_close(sa, IKE_END_MOVED, "terminated");
}

int ike_manager_terminate(struct ike_manager *m, const char *conn)
{
    int result = -1;
    for (struct want *w = m->wants; w; w = w->next)
        if (strcmp(w->conn->name, conn) == 0)
            w->wanted = false;
    for (struct ike_sa *sa = m->sas; sa; sa = sa->next)
        if (sa->state != IKE_CLOSED && strcmp(sa->conn->name, conn) == 0) {
            terminate(sa);
            result = 0;
        }
    settle(m);
    return result;
}

void ike_manager_shutdown(struct ike_manager *m)
{
    m->closing = true;
    for (struct ike_sa *sa = m->sas; sa; sa = sa->next)
        terminate(sa);
    settle(m);
}

size_t ike_manager_count(const struct ike_manager *m)
{
    size_t n = 0;
    for (const struct ike_sa *sa = m->sas; sa; sa = sa->next)
        n += sa->state != IKE_CLOSED;
    return n;
}
