/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's hand on SAs. See control.h. */
#include "ctrl/exchange/control.h"

#include <stdlib.h>
#include <string.h>

#include "ctrl/exchange/exchange.h"
#include "ctrl/exchange/reauth.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/text.h"
#include "ctrl/sa/want.h"

static bool said(const char *text)
{
    return text && *text;
}

bool ike_choice_child(const struct ike_choice *choice)
{
    return said(choice->child) || choice->child_id != 0;
}

bool ike_chosen(const struct ike_choice *choice, const struct ike_sa *sa)
{
    return sa->state != IKE_CLOSED &&
           (!said(choice->ike) || strcmp(choice->ike, sa->conn->name) == 0) &&
           (!choice->ike_id || choice->ike_id == sa->number);
}

bool child_chosen(const struct ike_choice *choice, const struct ike_sa *sa,
                  const struct child_sa *child)
{
    return ike_chosen(choice, sa) &&
           (!said(choice->child) || strcmp(choice->child, child->conf->name) == 0) &&
           (!choice->child_id || choice->child_id == child->number);
}

static const struct ike_sa *open_sa(const struct ike_sa *sa)
{
    while (sa && sa->state == IKE_CLOSED)
        sa = sa->next;
    return sa;
}

const struct ike_sa *ike_manager_first(const struct ike_manager *m)
{
    return open_sa(m->sas);
}

const struct ike_sa *ike_manager_next(const struct ike_sa *sa)
{
    return open_sa(sa->next);
}

/* ---------------------------------------------------------------- rekeying */

size_t ike_manager_rekey(struct ike_manager *m, const struct ike_choice *choice)
{
    size_t matches = 0;
    for (struct ike_sa *sa = m->sas; sa; sa = sa->next) {
        const struct task ike = {.kind = TASK_REKEY_IKE};
        if (sa->state != IKE_UP || sa->moved || !ike_chosen(choice, sa))
            continue;
        if (!ike_choice_child(choice)) {
            matches += task_add(sa, &ike, false);
            continue;
        }
        for (struct child_sa *c = sa->children; c; c = c->next) {
            const struct task t = {.kind = TASK_REKEY_CHILD, .spi = c->dp.spi_in};
            if (c->state == CHILD_UP && !c->replaced && child_chosen(choice, sa, c))
                matches += task_add(sa, &t, false);
        }
    }
    ike_manager_tick(m);
    return matches;
}

size_t ike_manager_reauth(struct ike_manager *m, const struct ike_choice *choice)
{
    size_t matches = 0;
    for (struct ike_sa *sa = m->sas; sa; sa = sa->next)
        if (sa->state == IKE_UP && !sa->moved && sa->origin && ike_chosen(choice, sa))
            matches += reauth_start(sa);
    ike_manager_tick(m);
    return matches;
}

/* ---------------------------------------------------------------- ending */

void ike_ids_clear(struct ike_ids *ids)
{
    free(ids->ids);
    *ids = (struct ike_ids){.ids = NULL};
}

size_t ike_ids_left(const struct ike_manager *m, const struct ike_ids *ids)
{
    size_t left = 0;
    for (const struct ike_sa *sa = ike_manager_first(m); sa; sa = ike_manager_next(sa))
        for (size_t i = 0; i < ids->count; i++) {
            if (!ids->children)
                left += sa->number == ids->ids[i];
            for (const struct child_sa *c = sa->children; c && ids->children; c = c->next)
                left += c->number == ids->ids[i] && c->state != CHILD_CLOSED;
        }
    return left;
}

static bool ending(const struct ike_choice *choice, const struct ike_sa *sa,
                   const struct child_sa *child)
{
    return child->state == CHILD_UP && !child->replaced && child_chosen(choice, sa, child);
}

static bool collect(const struct ike_manager *m, const struct ike_choice *choice,
                    struct ike_ids *ids)
{
    size_t count = 0;
    *ids = (struct ike_ids){.children = ike_choice_child(choice)};
    for (const struct ike_sa *sa = ike_manager_first(m); sa; sa = ike_manager_next(sa)) {
        count++;
        for (const struct child_sa *c = sa->children; c; c = c->next)
            count++;
    }
    if (!(ids->ids = calloc(count + 1, sizeof *ids->ids)))
        return false;
    for (const struct ike_sa *sa = ike_manager_first(m); sa; sa = ike_manager_next(sa)) {
        if (!ids->children && ike_chosen(choice, sa))
            ids->ids[ids->count++] = sa->number;
        for (const struct child_sa *c = sa->children; c && ids->children; c = c->next)
            if (ending(choice, sa, c))
                ids->ids[ids->count++] = c->number;
    }
    return true;
}

static void unwant(const struct ike_sa *sa)
{
    for (struct want *w = sa->m->wants; w; w = w->next)
        if (w->conn == sa->conn && want_fits(w, &sa->peer.addr))
            w->wanted = false;
}

void ike_end(struct ike_sa *sa, bool force)
{
    sa->terminated = true;
    unwant(sa);
    if (sa->state & (IKE_INIT_SENT | IKE_AUTH_SENT | IKE_HALF_OPEN)) {
        ike_sa_close(sa, IKE_END_MOVED, "terminated");
        return;
    }
    if (sa->state == IKE_UP)
        delete_ike(sa);
    if (!force)
        return;
    tasks_run(sa); /* the DELETE goes out when nothing else is in flight */
    ike_sa_close(sa, IKE_END_DELETED, "terminated by force");
}

void child_end(struct ike_sa *sa, struct child_sa *child)
{
    const struct task t = {.kind = TASK_DELETE_CHILD, .spi = child->dp.spi_in};
    struct want *w = want_find(sa->m, child->conf, child->pair, &sa->peer.addr);
    if (w)
        w->wanted = false;
    child->terminated = true;
    if (!task_add(sa, &t, false))
        child->dies_at = 0; /* no memory: it ends here, whatever the peer says */
}

/* A child that is wanted and not up: its next try does not come. */
static void unwant_child(struct ike_manager *m, const struct ike_choice *choice)
{
    for (struct want *w = m->wants; w && said(choice->child); w = w->next)
        if (strcmp(w->child->name, choice->child) == 0 &&
            (!said(choice->ike) || strcmp(w->conn->name, choice->ike) == 0))
            w->wanted = false;
}

bool ike_manager_end(struct ike_manager *m, const struct ike_choice *choice, bool force,
                     struct ike_ids *ids)
{
    if (!collect(m, choice, ids))
        return false;
    unwant_child(m, choice);
    for (struct ike_sa *sa = m->sas; sa; sa = sa->next) {
        if (!ids->children && ike_chosen(choice, sa))
            ike_end(sa, force);
        for (struct child_sa *c = sa->children; c && ids->children; c = c->next)
            if (ending(choice, sa, c))
                child_end(sa, c);
    }
    ike_manager_tick(m);
    return true;
}

/* ---------------------------------------------------------------- beginning */

const struct config_conn *ike_manager_conn_of(const struct ike_manager *m, const char *ike,
                                              const char *child)
{
    for (const struct want *w = m->wants; w; w = w->next)
        if (!w->child->retired && strcmp(w->child->name, child) == 0 &&
            (!said(ike) || strcmp(w->conn->name, ike) == 0))
            return w->conn;
    return NULL;
}

enum ike_progress ike_manager_progress(const struct ike_manager *m, const char *conn,
                                       const char *child, const struct espl_addr *peer)
{
    enum ike_progress progress = IKE_PROGRESS_UNKNOWN;
    for (const struct want *w = m->wants; w; w = w->next) {
        if (w->child->retired || strcmp(w->conn->name, conn) != 0 ||
            strcmp(w->child->name, child) != 0 ||
            (peer ? !addr_equal(&w->remote, peer) : w->remote.family != 0))
            continue;
        if (!want_is_up(m, w) && !w->wanted)
            return IKE_PROGRESS_FAILED;
        if (!want_is_up(m, w))
            progress = IKE_PROGRESS_BUSY;
        else if (progress == IKE_PROGRESS_UNKNOWN)
            progress = IKE_PROGRESS_UP;
    }
    return progress;
}

int ike_manager_initiate_to(struct ike_manager *m, const char *conn, const char *child,
                            const struct espl_addr *local, const struct espl_addr *peer)
{
    const struct want *one = m->wants;
    while (one && (one->child->retired || strcmp(one->conn->name, conn) != 0 ||
                   strcmp(one->child->name, child) != 0))
        one = one->next;
    if (!one || addr_is_any(peer) || !want_for_peer(m, one->conn, one->child, local, peer))
        return -1;
    for (struct want *w = m->wants; w; w = w->next)
        if (w->child == one->child && addr_equal(&w->remote, peer))
            want_set(m, w);
    ike_manager_tick(m);
    return 0;
}

/* ---------------------------------------------------------------- an IKE_SA for itself */

static const struct config_conn *find_conn(const struct ike_manager *m, const char *name)
{
    const struct config_conn *c = m->config->conns;
    while (c && (c->retired || strcmp(c->name, name) != 0))
        c = c->next;
    return c;
}

enum ike_progress ike_manager_bare_progress(const struct ike_manager *m, const char *name)
{
    const struct config_conn *conn = find_conn(m, name);
    bool busy = false;
    for (const struct ike_sa *sa = m->sas; sa && conn; sa = sa->next) {
        if (sa->conn == conn && sa->state == IKE_UP && !sa->moved)
            return IKE_PROGRESS_UP;
        busy = busy || (sa->conn == conn && (sa->state & (IKE_INIT_SENT | IKE_AUTH_SENT)));
    }
    return !conn ? IKE_PROGRESS_UNKNOWN : busy ? IKE_PROGRESS_BUSY : IKE_PROGRESS_FAILED;
}

int ike_manager_initiate_bare(struct ike_manager *m, const char *name)
{
    const struct config_conn *conn = find_conn(m, name);
    if (!conn)
        return -1;
    int rc = ike_manager_bare_progress(m, name) == IKE_PROGRESS_FAILED
                 ? (connect_peer(m, conn, NULL) ? -1 : 0)
                 : 0;
    ike_manager_tick(m);
    return rc;
}
