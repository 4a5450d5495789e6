/* SPDX-License-Identifier: Apache-2.0 */
/* What happens without a message: retransmissions, lifetimes, liveness, and the next queued
 * request. */
#include <stdlib.h>

#include "ctrl/exchange/exchange.h"
#include "ctrl/exchange/mobike.h"
#include "ctrl/exchange/reauth.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/child_sa.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/window.h"

#define AGAIN_MS 10000u /* a rekeying that could not begin */
#define REAUTH_AGAIN_MS 30000u /* after one that failed */
#define LOOK_MS 1000u
#define TRIES_ON_ONE_PATH 2u

/* The new pair that the peer made: a packet through it says that the peer has both directions (RFC
 * 7296 2.8); else its DELETE for the old one will. When that came and the data plane refused the
 * outbound SA, it is asked once more; then the pair is given up. */
static void look(struct ike_sa *sa, struct child_sa *child, uint64_t now)
{
    const struct task t = {.kind = TASK_DELETE_CHILD, .spi = child->dp.spi_in};
    const struct child_sa *old = child_find_in(sa, child->replaces);
    bool heir = !old || old->state == CHILD_CLOSED;
    child->look_at = now + LOOK_MS;
    if (!child_heard(sa, child) && !heir)
        return;
    if (child_switch_out(sa, child)) {
        child_event(sa, child, IKE_EVENT_CHILD_REKEYED);
    } else if (heir) {
        child->out_waits = false; /* its end is the end of the CHILD_SA: an event */
        child->look_at = UINT64_MAX;
        if (!task_add(sa, &t, false))
            delete_ike(sa);
    }
}

/* At its hard lifetime an SA ends at once, whatever the peer says. */
static void expire(struct ike_sa *sa, struct child_sa *child)
{
    const struct task t = {.kind = TASK_DELETE_CHILD, .spi = child->dp.spi_in};
    log_info("%s[%u]: %s: life_time is over", sa->conn->name, sa->number, child->conf->name);
    if (!child->replaced)
        child_down(sa, child);
    child_remove(sa, child);
    if (!task_add(sa, &t, false))
        delete_ike(sa);
}

static void run_children(struct ike_sa *sa, uint64_t now)
{
    struct child_sa *next;
    for (struct child_sa *c = sa->children; c; c = next) {
        next = c->next;
        if (now >= c->gone_at) {
            child_remove(sa, c);
            continue;
        }
        if (now >= c->dies_at) {
            expire(sa, c);
            continue;
        }
        if (now >= c->look_at)
            look(sa, c, now);
        if (now >= c->rekey_at) {
            const struct task t = {.kind = TASK_REKEY_CHILD, .spi = c->dp.spi_in};
            c->rekey_at = now + AGAIN_MS;
            if (!task_add(sa, &t, false))
                log_info("%s[%u]: no memory to rekey", sa->conn->name, sa->number);
        }
    }
}

static bool watches(const struct ike_sa *sa)
{
    return sa->state == IKE_UP && sa->conn->dpd_delay && sa->pending.task.kind == TASK_NONE &&
           !sa->tasks;
}

static uint64_t silence_ends(const struct ike_sa *sa)
{
    return sa->heard_at + (mobike_unmapped(sa) ? 0 : (uint64_t)sa->conn->dpd_delay * 1000);
}

/* RFC 7296 2.4: ask only when nothing came for a while, ESP included */
static void watch_peer(struct ike_sa *sa, uint64_t now)
{
    const struct task t = {.kind = TASK_DPD};
    if (!watches(sa) || now < silence_ends(sa))
        return;
    bool heard = false, unmapped = mobike_unmapped(sa);
    for (struct child_sa *c = sa->children; c; c = c->next)
        if (!unmapped && !c->out_waits && child_heard(sa, c))
            heard = true;
    if (heard || !task_add(sa, &t, false))
        sa->heard_at = now;
}

static void no_answer(struct ike_sa *sa)
{
    sa->dead = true;
    if (sa->state & (IKE_INIT_SENT | IKE_AUTH_SENT))
        ike_sa_close(sa, IKE_END_FAILED, "the peer does not answer");
    else
        ike_sa_close(sa, sa->moved ? IKE_END_MOVED : IKE_END_DEAD, "the peer does not answer");
}

/* RFC 8019 4.1: unless there is an attack, a peer has the time in which it sends its IKE_AUTH
 * again. Else one that loses the first four sends the others to nobody, and gives up. */
static bool may_stay(struct ike_sa *sa, uint64_t now)
{
    uint64_t end = sa->heard_at + RETRANSMIT_ALL_MS;
    if (sa->state != IKE_HALF_OPEN || sa->m->half_open >= COOKIE_THRESHOLD || now >= end)
        return false;
    sa->expires_at = end;
    return true;
}

void timers_run(struct ike_sa *sa)
{
    uint64_t now = now_ms(sa->m);
    if (sa->state == IKE_CLOSED)
        return;
    if (now >= sa->expires_at && !may_stay(sa, now)) {
        ike_sa_close(sa, sa->state == IKE_HALF_OPEN ? IKE_END_FAILED : IKE_END_MOVED,
                     "its time is over");
        return;
    }
    if (sa->pending.packet && now >= sa->pending.next_at) {
        if (!window_retransmit(sa)) {
            no_answer(sa);
            return;
        }
        if (sa->pending.sent > TRIES_ON_ONE_PATH)
            mobike_try_next(sa);
    }
    run_children(sa, now);
    if (now >= sa->dies_at) {
        log_info("%s[%u]: over_time is over and the IKE_SA was not rekeyed", sa->conn->name,
                 sa->number);
        sa->dies_at = sa->rekey_at = UINT64_MAX;
        delete_ike(sa);
    }
    if (now >= sa->rekey_at) {
        const struct task t = {.kind = TASK_REKEY_IKE};
        sa->rekey_at = now + AGAIN_MS;
        if (!task_add(sa, &t, false))
            log_info("%s[%u]: no memory to rekey", sa->conn->name, sa->number);
    }
    if (now >= sa->reauth_at) {
        sa->reauth_at = now + REAUTH_AGAIN_MS;
        if (sa->state == IKE_UP && !reauth_start(sa))
            log_info("%s[%u]: can't reauthenticate now", sa->conn->name, sa->number);
    }
    watch_peer(sa, now);
}

static void sooner(uint64_t *at, uint64_t other)
{
    if (other < *at)
        *at = other;
}

uint64_t timers_deadline(const struct ike_sa *sa)
{
    uint64_t at = sa->gone_at;
    if (sa->state == IKE_CLOSED)
        return at;
    sooner(&at, sa->expires_at);
    sooner(&at, sa->rekey_at);
    sooner(&at, sa->dies_at);
    sooner(&at, sa->reauth_at);
    if (sa->pending.packet)
        sooner(&at, sa->pending.next_at);
    else if (sa->tasks)
        sooner(&at, sa->tasks->due);
    if (watches(sa))
        sooner(&at, silence_ends(sa));
    for (const struct child_sa *c = sa->children; c; c = c->next) {
        sooner(&at, c->rekey_at);
        sooner(&at, c->dies_at);
        sooner(&at, c->gone_at);
        sooner(&at, c->look_at);
    }
    return at;
}

static bool start(struct ike_sa *sa)
{
    switch (sa->pending.task.kind) {
    case TASK_CREATE_CHILD:
    case TASK_REKEY_CHILD:
        return create_child_start(sa);
    case TASK_REKEY_IKE:
        return rekey_ike_start(sa);
    case TASK_DELETE_CHILD:
    case TASK_DELETE_IKE:
    case TASK_DPD:
    case TASK_MOVE:
    case TASK_PROBE:
    case TASK_ADDRESSES:
        return informational_start(sa);
    default:
        return false;
    }
}

/* In other states than IKE_UP there is only an end to be made. */
static bool may_start(const struct ike_sa *sa)
{
    return sa->state == IKE_UP ||
           (sa->tasks->kind == TASK_DELETE_IKE && (sa->state & (IKE_AUTH_SENT | IKE_REPLACED)));
}

void tasks_run(struct ike_sa *sa)
{
    while (sa->tasks && sa->pending.task.kind == TASK_NONE && sa->tasks->due <= now_ms(sa->m) &&
           may_start(sa)) {
        struct task *t = sa->tasks;
        sa->tasks = t->next;
        sa->pending.task = *t;
        free(t);
        if (sa->pending.task.kind == TASK_RETIRE) {
            sa->pending.task.kind = TASK_NONE;
            reauth_retire(sa);
            continue;
        }
        if (start(sa))
            return;
        bool end = sa->pending.task.kind == TASK_DELETE_IKE;
        window_done(sa);
        if (end)
            ike_sa_close(sa, sa->moved ? IKE_END_MOVED : IKE_END_DEAD, "no DELETE could be sent");
    }
}
