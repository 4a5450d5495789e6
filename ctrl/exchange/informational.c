/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INFORMATIONAL (RFC 7296 1.4): the end of SAs, and signs of life.
 *
 *   HDR, SK {D(ESP SPIs)}       -->
 *                               <--  HDR, SK {D(ESP SPIs of the other direction)}
 *   HDR, SK {D(IKE)}            -->
 *                               <--  HDR, SK {}
 *   HDR, SK {}                  -->                        are you there? (2.4)
 *                               <--  HDR, SK {}
 *
 * and the addresses that it is spoken between (mobike.c).
 */
#include "ctrl/exchange/exchange.h"
#include "ctrl/exchange/mobike.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/child_sa.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/text.h"
#include "ctrl/sa/want.h"
#include "ctrl/sa/window.h"

bool informational_start(struct ike_sa *sa)
{
    uint8_t buf[512];
    const struct task *task = &sa->pending.task;
    struct child_sa *child = child_find_in(sa, task->spi);
    struct chain c;
    chain_begin(&c, buf, sizeof buf);
    switch (task->kind) {
    case TASK_DELETE_CHILD: /* without a child_sa: the peer has one that we could not take */
        if (child && child->state != CHILD_UP)
            return false;
        if (child)
            child->state = CHILD_DELETING;
        delete_write_esp(&c, &task->spi, 1);
        break;
    case TASK_DELETE_IKE:
        sa->state = IKE_DELETING;
        delete_write_ike(&c);
        break;
    case TASK_DPD:
    case TASK_MOVE:
    case TASK_PROBE:
    case TASK_ADDRESSES:
        if (!mobike_start(sa, &c))
            return false;
        break;
    default:
        break;
    }
    return window_request(sa, INFORMATIONAL, &c);
}

static void response(struct ike_sa *sa, const struct message *msg)
{
    const struct task task = sa->pending.task;
    sa->next_out++;
    if (task.kind == TASK_DPD || task.kind == TASK_MOVE || task.kind == TASK_PROBE ||
        task.kind == TASK_ADDRESSES)
        mobike_response(sa, &task, msg);
    window_done(sa);
    if (task.kind == TASK_DELETE_CHILD) {
        struct child_sa *child = child_find_in(sa, task.spi);
        if (child)
            child_close(sa, child);
    } else if (task.kind == TASK_DELETE_IKE) {
        ike_sa_close(sa, sa->moved ? IKE_END_MOVED : IKE_END_DEAD, "deleted");
    }
}

/* One SPI of the peer's Delete. true: *ours is to go into the answer. */
static bool delete_one(struct ike_sa *sa, uint32_t spi, uint32_t *ours)
{
    struct child_sa *child = child_find_out(sa, spi);
    if (!child && sa->pending.exchange == CREATE_CHILD_SA)
        sa->pending.deleted = spi;
    if (!child || child->state == CHILD_CLOSED)
        return false;
    /* RFC 7296 1.4.1: our own Delete is on its way: that one speaks for this side */
    bool crossing = child->state == CHILD_DELETING;
    struct want *w = want_find(sa->m, child->conf, child->pair, &sa->peer.addr);
    *ours = child->dp.spi_in;
    if (w && !child->replaced && !child->peer_made && !child->out_waits)
        w->wanted = false; /* the other side wants it down */
    child_close(sa, child);
    return !crossing;
}

static void request(struct ike_sa *sa, const struct message *msg)
{
    uint8_t buf[IKE_MESSAGE_MAX];
    uint32_t spis[DELETE_SPIS];
    size_t count = 0;
    bool end = false;
    const char *why = "deleted by the peer";
    struct notify n;
    struct chain c;
    for (size_t i = 0; i < msg->count; i++) {
        struct delete d;
        if (msg->payloads[i].type != PAYLOAD_DELETE)
            continue;
        if (delete_parse(&msg->payloads[i], &d) != WIRE_OK) {
            log_peer("%s[%u]: a malformed Delete payload", sa->conn->name, sa->number);
            continue;
        }
        end = end || d.protocol == PROTO_IKE;
        for (size_t j = 0; d.protocol == PROTO_ESP && j < d.count && count < DELETE_SPIS; j++)
            count += delete_one(sa, d.spis[j], &spis[count]);
    }
    if (notify_find(msg, AUTHENTICATION_FAILED, &n)) { /* RFC 7296 2.21.2 */
        end = true;
        why = "the peer did not accept our authentication";
    }
    chain_begin(&c, buf, sizeof buf);
    if (count)
        delete_write_esp(&c, spis, count);
    mobike_request(sa, msg, &c);
    /* when that fails the request comes again, and finds nothing more to do */
    if (!window_respond(sa, msg, &c))
        log_peer("%s[%u]: an INFORMATIONAL request is not answered", sa->conn->name, sa->number);
    if (!end)
        return;
    rekey_ike_yield(sa);
    ike_sa_close(sa, sa->moved ? IKE_END_MOVED : IKE_END_DELETED, why);
}

void delete_ike(struct ike_sa *sa)
{
    const struct task t = {.kind = TASK_DELETE_IKE};
    if (!task_add(sa, &t, true))
        ike_sa_close(sa, IKE_END_DEAD, "no memory");
}

void delete_ike_if_idle(struct ike_sa *sa)
{
    if (!sa->origin || sa->bare || sa->children || sa->tasks || sa->state != IKE_UP)
        return;
    for (const struct want *w = sa->m->wants; w; w = w->next)
        if (w->conn == sa->conn && w->wanted && want_fits(w, &sa->peer.addr))
            return;
    delete_ike(sa);
}

#define LIVE (IKE_UP | IKE_REPLACED | IKE_DELETING)

const struct transition informational_transitions[] = {
    {LIVE, INFORMATIONAL, false, 0, request, LIVE | IKE_CLOSED},
    {LIVE, INFORMATIONAL, true, 0, response, LIVE | IKE_CLOSED},
    {0, 0, false, 0, NULL, 0},
};
