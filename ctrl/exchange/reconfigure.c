/* SPDX-License-Identifier: Apache-2.0 */
/* Connections and secrets come, change and go under living SAs. See reconfigure.h. */
#include "ctrl/exchange/reconfigure.h"

#include <string.h>

#include "ctrl/exchange/control.h"
#include "ctrl/sa/trap.h"
#include "ctrl/sa/want.h"

static struct config_conn *find_conn(const struct ike_manager *m, const char *name)
{
    struct config_conn *c = m->config->conns;
    while (c && (c->retired || strcmp(c->name, name) != 0))
        c = c->next;
    return c;
}

static struct config_child *find_child(const struct config_conn *conn, const char *name)
{
    struct config_child *c = conn->children;
    while (c && (c->retired || strcmp(c->name, name) != 0))
        c = c->next;
    return c;
}

/* ---------------------------------------------------------------- what goes */

static void retire_child(struct ike_manager *m, struct config_conn *conn,
                         struct config_child *child)
{
    child->retired = m->retired = true;
    for (struct want *w = m->wants; w; w = w->next)
        if (w->child == child) {
            w->wanted = false;
            trap_unset(m, w);
        }
    if (!(child->start_action & CONFIG_START_START))
        return;
    for (struct ike_sa *sa = m->sas; sa; sa = sa->next)
        for (struct child_sa *c = sa->children; c && sa->conn == conn; c = c->next)
            if (c->conf == child && c->state == CHILD_UP && !c->replaced)
                child_end(sa, c);
}

/* An IKE_SA that carries nothing any more, for a connection that is no more. */
static void end_idle(struct ike_manager *m, const struct config_conn *conn)
{
    for (struct ike_sa *sa = m->sas; sa; sa = sa->next) {
        bool idle = sa->conn == conn && sa->state == IKE_UP;
        for (const struct child_sa *c = sa->children; c && idle; c = c->next)
            idle = c->terminated || c->state == CHILD_CLOSED;
        if (idle)
            ike_end(sa, false);
    }
}

static void retire_conn(struct ike_manager *m, struct config_conn *conn)
{
    conn->retired = m->retired = true;
    for (struct config_child *c = conn->children; c; c = c->next)
        if (!c->retired)
            retire_child(m, conn, c);
    end_idle(m, conn);
}

/* ---------------------------------------------------------------- what comes */

static void start_child(struct ike_manager *m, const struct config_child *child)
{
    for (struct want *w = m->wants; w; w = w->next)
        if (w->child != child || w->remote.family)
            continue;
        else if (child->start_action & CONFIG_START_TRAP && !trap_set(m, w))
            continue;
        else if (child->start_action & CONFIG_START_START)
            want_set(m, w);
}

static bool add_conn(struct ike_manager *m, struct config_conn *conn)
{
    struct config_conn **end = &m->config->conns, *old = find_conn(m, conn->name);
    for (const struct config_child *c = conn->children; c; c = c->next)
        if (!want_add_child(m, conn, c)) {
            for (const struct config_child *o = conn->children; o != c; o = o->next)
                want_remove_child(m, o);
            return false;
        }
    if (old)
        retire_conn(m, old);
    while (*end)
        end = &(*end)->next;
    *end = conn;
    conn->next = NULL;
    for (const struct config_child *c = conn->children; c; c = c->next)
        start_child(m, c);
    return true;
}

static struct config_child *last_child(struct config_conn *conn)
{
    struct config_child *c = conn->children;
    while (c && c->next)
        c = c->next;
    return c;
}

/* The connection stays as it is; those of its children that came or changed are taken over. */
static bool change_children(struct ike_manager *m, struct config_conn *old,
                            struct config_conn *conn)
{
    struct config_child *came = NULL, **came_end = &came, **at = &conn->children, *next;
    for (struct config_child *c = conn->children; c; c = c->next) {
        const struct config_child *was = find_child(old, c->name);
        if ((was && config_child_equal(was, c)) || want_add_child(m, old, c))
            continue;
        for (struct config_child *o = conn->children; o != c; o = o->next)
            want_remove_child(m, o);
        return false;
    }
    for (struct config_child *was = old->children; was; was = was->next) {
        const struct config_child *now = find_child(conn, was->name);
        if (!was->retired && !(now && config_child_equal(was, now)))
            retire_child(m, old, was);
    }
    for (struct config_child *c = conn->children; c; c = next) {
        next = c->next;
        if (find_child(old, c->name)) { /* the same: it stays with what is thrown away */
            at = &c->next;
            continue;
        }
        *at = next;
        c->next = NULL;
        *came_end = c;
        came_end = &c->next;
    }
    struct config_child *last = last_child(old);
    if (last)
        last->next = came;
    else
        old->children = came;
    for (; came; came = came->next)
        start_child(m, came);
    config_conn_free(conn);
    return true;
}

bool ike_manager_load_conn(struct ike_manager *m, struct config_conn *conn)
{
    struct config_conn *old = find_conn(m, conn->name);
    bool same = old && config_conn_equal(old, conn);
    if (!(same ? change_children(m, old, conn) : add_conn(m, conn)))
        return false;
    ike_manager_tick(m);
    return true;
}

bool ike_manager_unload_conn(struct ike_manager *m, const char *name)
{
    struct config_conn *conn = find_conn(m, name);
    if (!conn)
        return false;
    retire_conn(m, conn);
    ike_manager_tick(m);
    return true;
}
