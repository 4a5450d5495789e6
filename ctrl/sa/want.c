/* SPDX-License-Identifier: Apache-2.0 */
/* Wishes and retries. See want.h. */
#include "ctrl/sa/want.h"

#include <stdlib.h>

#include "ctrl/log/log.h"
#include "ctrl/sa/registry.h"
#include "ctrl/sa/text.h"
#include "ctrl/sa/trap.h"

#define PAUSE_FIRST_MS 1000u
#define PAUSE_DOUBLINGS 6u /* 64 s, cut to a minute */
#define PAUSE_MAX_MS 60000u

static struct want **chain(struct ike_manager *m, const struct config_conn *conn)
{
    uint64_t key = (uint64_t)(uintptr_t)conn * UINT64_C(0x9e3779b97f4a7c15);
    return &m->wants_of[key >> (64 - WANT_BITS)];
}

static void unchain(struct ike_manager *m, const struct want *w)
{
    struct want **at = chain(m, w->conn);
    while (*at != w)
        at = &(*at)->next_conn;
    *at = w->next_conn;
}

static bool add(struct ike_manager *m, const struct config_conn *conn,
                const struct config_child *child, unsigned pair, const struct espl_addr *remote)
{
    struct want **end = &m->wants, *w = calloc(1, sizeof *w);
    if (!w)
        return false;
    *w = (struct want){.conn = conn, .child = child, .pair = pair};
    if (remote)
        w->remote = *remote;
    while (*end)
        end = &(*end)->next;
    *end = w;
    w->next_conn = *chain(m, conn);
    *chain(m, conn) = w;
    return true;
}

bool want_add_child(struct ike_manager *m, const struct config_conn *conn,
                    const struct config_child *child)
{
    size_t locals = child->local_ts_count ? child->local_ts_count : 1;
    size_t remotes = child->remote_ts_count ? child->remote_ts_count : 1;
    for (size_t i = 0; i < locals * remotes; i++)
        if (!add(m, conn, child, (unsigned)(i / remotes * CONFIG_TS + i % remotes), NULL)) {
            want_remove_child(m, child);
            return false;
        }
    return true;
}

void want_remove_child(struct ike_manager *m, const struct config_child *child)
{
    for (struct want **at = &m->wants; *at;) {
        struct want *w = *at;
        if (w->child == child) {
            *at = w->next;
            if (m->wants_next == w)
                m->wants_next = w->next;
            trap_unset(m, w);
            unchain(m, w);
            free(w);
        } else {
            at = &w->next;
        }
    }
}

bool want_init(struct ike_manager *m)
{
    for (const struct config_conn *conn = m->config->conns; conn; conn = conn->next)
        for (const struct config_child *child = conn->children; child; child = child->next)
            if (!want_add_child(m, conn, child))
                return false;
    return true;
}

static bool is_for(const struct want *w, const struct config_child *child)
{
    return w && w->child == child;
}

static bool child_in_use(const struct ike_manager *m, const struct config_child *child)
{
    for (const struct ike_sa *sa = m->sas; sa; sa = sa->next) {
        if (is_for(sa->first, child) || is_for(sa->pending.task.want, child))
            return true;
        for (const struct task *t = sa->tasks; t; t = t->next)
            if (is_for(t->want, child))
                return true;
        for (const struct child_sa *c = sa->children; c; c = c->next)
            if (c->conf == child)
                return true;
    }
    return false;
}

static bool conn_in_use(const struct ike_manager *m, const struct config_conn *conn)
{
    for (const struct ike_sa *sa = m->sas; sa; sa = sa->next)
        if (sa->conn == conn)
            return true;
    return false;
}

/* true: none of them is retired any more */
static bool sweep_children(struct ike_manager *m, struct config_conn *conn)
{
    bool clean = true;
    for (struct config_child **at = &conn->children; *at;) {
        struct config_child *child = *at;
        if (child->retired && !child_in_use(m, child)) {
            *at = child->next;
            want_remove_child(m, child);
            config_child_free(child);
            continue;
        }
        clean = clean && !child->retired;
        at = &child->next;
    }
    return clean;
}

void want_sweep(struct ike_manager *m)
{
    bool clean = true;
    if (!m->retired)
        return;
    for (struct config_conn **at = &m->config->conns; *at;) {
        struct config_conn *conn = *at;
        bool children = sweep_children(m, conn);
        if (conn->retired && !conn->children && !conn_in_use(m, conn)) {
            *at = conn->next;
            config_conn_free(conn);
            continue;
        }
        clean = clean && children && !conn->retired;
        at = &conn->next;
    }
    m->retired = !clean;
}

void want_clear(struct ike_manager *m)
{
    while (m->wants) {
        struct want *w = m->wants;
        m->wants = w->next;
        trap_unset(m, w);
        unchain(m, w);
        free(w);
    }
}

bool want_fits(const struct want *w, const struct espl_addr *peer)
{
    return addr_is_any(&w->remote) || addr_equal(&w->remote, peer);
}

struct want *want_find(struct ike_manager *m, const struct config_child *child, unsigned pair,
                       const struct espl_addr *peer)
{
    struct want *found = NULL;
    for (struct want *w = m->wants; w; w = w->next)
        if (w->child == child && w->pair == pair && want_fits(w, peer) &&
            (!found || addr_is_any(&found->remote)))
            found = w;
    return found;
}

bool want_for_peer(struct ike_manager *m, const struct config_conn *conn,
                   const struct config_child *child, const struct espl_addr *local,
                   const struct espl_addr *remote)
{
    for (const struct want *w = m->wants; w; w = w->next) {
        if (w->child != child || !addr_is_any(&w->remote))
            continue;
        struct want *own = want_find(m, child, w->pair, remote); /* never NULL: w fits */
        if (addr_is_any(&own->remote) && !add(m, conn, child, w->pair, remote))
            return false;
        want_find(m, child, w->pair, remote)->local = *local;
    }
    return true;
}

static void look_at(struct ike_manager *m, uint64_t at)
{
    if (at < m->wants_at)
        m->wants_at = at;
}

void want_set(struct ike_manager *m, struct want *w)
{
    w->wanted = true;
    w->tries = 0;
    w->next_at = now_ms(m);
    look_at(m, w->next_at);
}

void want_done(struct want *w)
{
    if (w)
        w->tries = 0;
}

void want_failed(struct ike_manager *m, struct want *w, const char *why)
{
    if (!w || !w->wanted)
        return;
    w->tries++;
    if (w->conn->keyingtries && w->tries >= w->conn->keyingtries) {
        w->wanted = false;
        const struct ike_event event = {.kind = IKE_EVENT_FAILED,
                                        .conn = w->conn->name,
                                        .child = w->child->name,
                                        .text = why,
                                        .local = w->conn->local_addr,
                                        .remote =
                                            w->remote.family ? w->remote : w->conn->remote_addr};
        m->env.event(m->env.user, &event);
        return;
    }
    unsigned doublings = w->tries - 1 < PAUSE_DOUBLINGS ? w->tries - 1 : PAUSE_DOUBLINGS;
    uint64_t pause = (uint64_t)PAUSE_FIRST_MS << doublings;
    if (pause > PAUSE_MAX_MS)
        pause = PAUSE_MAX_MS;
    w->next_at = now_ms(m) + pause;
    look_at(m, w->next_at);
    log_info("%s: %s is not up: %s; again in %u s", w->conn->name, w->child->name, why,
             (unsigned)(pause / 1000));
}

bool want_is_up(const struct ike_manager *m, const struct want *w)
{
    for (const struct ike_sa *sa = registry_conn(m, w->conn); sa; sa = registry_next_conn(sa))
        for (const struct child_sa *c = sa->children; c; c = c->next)
            if (c->conf == w->child && c->pair == w->pair && c->state == CHILD_UP &&
                want_fits(w, &sa->peer.addr))
                return true;
    return false;
}

bool want_in_progress(const struct ike_manager *m, const struct want *w)
{
    for (const struct ike_sa *sa = registry_conn(m, w->conn); sa; sa = registry_next_conn(sa)) {
        if (sa->state == IKE_CLOSED || !want_fits(w, &sa->peer.addr))
            continue;
        if (sa->state & (IKE_INIT_SENT | IKE_AUTH_SENT))
            return true; /* it itself, or what will ride on that IKE_SA */
        if (sa->pending.task.kind == TASK_CREATE_CHILD && sa->pending.task.want == w)
            return true;
        for (const struct task *t = sa->tasks; t; t = t->next)
            if (t->kind == TASK_CREATE_CHILD && t->want == w)
                return true;
    }
    return false;
}

/* false: it has to wait for another turn */
static bool look(struct ike_manager *m, struct want *w, want_fn begin)
{
    if (!w->wanted)
        return true;
    if (w->next_at > now_ms(m))
        look_at(m, w->next_at);
    else if (!want_is_up(m, w) && !want_in_progress(m, w))
        return begin(m, w);
    return true;
}

/* A pass that has to wait goes on where it was. */
void want_look_all(struct ike_manager *m, want_fn begin)
{
    if (!m->wants_next && now_ms(m) >= m->wants_at) {
        m->wants_next = m->wants;
        m->wants_at = UINT64_MAX;
    }
    while (m->wants_next && look(m, m->wants_next, begin))
        m->wants_next = m->wants_next->next;
}

void want_look_conn(struct ike_manager *m, const struct config_conn *conn, want_fn begin)
{
    for (struct want *w = *chain(m, conn); w; w = w->next_conn)
        if (w->conn == conn && !look(m, w, begin))
            look_at(m, now_ms(m));
}
