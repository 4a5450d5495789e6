/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reauthentication. See reauth.h. Both IKE_SAs carry the same CHILD_SAs for a moment: the policies
 * move to the new ones between two packets, and nothing is lost.
 */
#include "ctrl/exchange/reauth.h"

#include "ctrl/exchange/control.h"
#include "ctrl/exchange/exchange.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/nat.h"
#include "ctrl/sa/text.h"
#include "ctrl/sa/want.h"

static struct want *want_of(const struct ike_sa *sa, const struct child_sa *c)
{
    return c->state == CHILD_UP && !c->replaced && !c->conf->retired
               ? want_find(sa->m, c->conf, c->pair, &sa->peer.addr)
               : NULL;
}

bool reauth_start(struct ike_sa *sa)
{
    struct want *first = NULL;
    struct endpoint local = sa->local, peer = sa->peer;
    for (const struct child_sa *c = sa->children; c && !first; c = c->next)
        first = want_of(sa, c);
    if ((!first && !sa->bare) || sa->conn->retired)
        return false;
    if (!sa->nat_local && !sa->nat_peer && sa->conn->remote_port == IKE_PORT) {
        local.port = sa->conn->local_port ? sa->conn->local_port : IKE_PORT;
        peer.port = IKE_PORT;
    }
    struct ike_sa *anew = ike_sa_new(sa->m, sa->conn, true, IKE_INIT_SENT, &local, &peer);
    if (!anew)
        return false;
    anew->first = first;
    anew->bare = sa->bare;
    anew->reauths = sa->number;
    anew->pending.task = (struct task){.kind = TASK_INIT, .want = first};
    log_info("%s[%u]: reauthenticates, as %s[%u]", sa->conn->name, sa->number, sa->conn->name,
             anew->number);
    if (init_start(anew))
        return true;
    ike_sa_close(anew, IKE_END_MOVED, "no IKE_SA_INIT request could be made");
    return false;
}

static struct ike_sa *old_of(const struct ike_sa *sa)
{
    struct ike_sa *o = sa->m->sas;
    while (o && (o->number != sa->reauths || o->state == IKE_CLOSED))
        o = o->next;
    /* rekeyed meanwhile: what it became has the CHILD_SAs */
    for (struct ike_sa *n = sa->m->sas; n && o && o->state == IKE_REPLACED; n = n->next)
        if (n->conn == o->conn && n != sa && n->state == IKE_UP && !n->moved &&
            addr_equal(&n->peer.addr, &o->peer.addr))
            return n;
    return o;
}

void reauth_done(struct ike_sa *sa, const struct want *first)
{
    const struct ike_sa *old = old_of(sa);
    const struct task retire = {.kind = TASK_RETIRE};
    bool queued = true;
    for (const struct child_sa *c = old ? old->children : NULL; c; c = c->next) {
        const struct task t = {.kind = TASK_CREATE_CHILD, .want = want_of(old, c)};
        if (t.want && t.want != first)
            queued = task_add(sa, &t, false) && queued;
    }
    if (!queued || !task_add(sa, &retire, false))
        log_info("%s[%u]: no memory to reauthenticate all of it", sa->conn->name, sa->number);
}

static bool has_heir(const struct ike_sa *sa, const struct child_sa *old)
{
    for (const struct child_sa *c = sa->children; c; c = c->next)
        if (c->conf == old->conf && c->pair == old->pair && c->state == CHILD_UP)
            return true;
    return false;
}

void reauth_retire(struct ike_sa *sa)
{
    struct ike_sa *old = old_of(sa);
    sa->reauths = 0;
    if (!old)
        return;
    for (struct child_sa *c = old->children; c; c = c->next)
        if (has_heir(sa, c))
            c->replaced = true; /* its end is none of the CHILD_SA's */
    old->moved = true;
    old->rekey_at = old->dies_at = old->reauth_at = UINT64_MAX;
    delete_ike(old);
}
