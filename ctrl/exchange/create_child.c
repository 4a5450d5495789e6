/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CREATE_CHILD_SA for a CHILD_SA (RFC 7296 1.3.1, 1.3.3): a new one, or one in the place of
 * another.
 *
 *   initiator                                     responder
 *   HDR, SK {[N(REKEY_SA),] SA, Ni, [KEi,]
 *            TSi, TSr}                       -->
 *                                            <--  HDR, SK {SA, Nr, [KEr,] TSi, TSr}
 *
 * A rekeying leaves no moment in which somebody sends what the other cannot take (2.8):
 *
 *   initiator of the rekeying                responder
 *   sends the request                        installs the new inbound SA, answers
 *   installs new inbound, then new
 *   outbound, and sends DELETE for the       gets DELETE, or a packet through the new inbound
 *   old pair                                 SA: only now moves its traffic to the new outbound SA
 *   keeps the old inbound SA for what        keeps the old inbound SA for what
 *   is on its way, then removes it           is on its way, then removes it
 *
 * Both at once (2.8.1): the one of the two new pairs that came of the lowest of the four nonces is
 * deleted by its initiator, and the other initiator deletes the old pair.
 */
#include <string.h>

#include "ctrl/exchange/exchange.h"
#include "ctrl/exchange/negotiate.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/child_sa.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/want.h"
#include "ctrl/sa/window.h"

#define AGAIN_MS 10000u  /* until a rekeying that failed is tried again, at least */
#define GROUP_RETRIES 4u /* INVALID_KE_PAYLOAD followed in a row */

/* -------------------------------------------------------------------------- initiator */

bool create_child_start(struct ike_sa *sa)
{
    uint8_t buf[IKE_MESSAGE_MAX];
    struct pending *p = &sa->pending;
    struct child_sa *old = NULL;
    struct chain c;
    chain_begin(&c, buf, sizeof buf);
    if (p->task.kind == TASK_REKEY_CHILD) {
        old = child_find_in(sa, p->task.spi);
        /* it went, or the peer is rekeying it: nothing to do */
        if (!old || old->state != CHILD_UP || old->replaced || old->peer_made || old->out_waits)
            return false;
        /* RFC 7296 1.3.3: the SPI is the one in the packets that this side receives */
        notify_write_esp(&c, REKEY_SA, old->dp.spi_in);
    }
    const struct config_child *conf = old ? old->conf : p->task.want->child;
    if (negotiate_offer(sa, conf, old ? old->pair : p->task.want->pair, old, &c) &&
        window_request(sa, CREATE_CHILD_SA, &c))
        return true;
    if (old)
        old->rekey_at = now_ms(sa->m) + AGAIN_MS;
    else
        want_failed(sa->m, p->task.want, "no request could be made");
    return false;
}

static uint64_t again_at(const struct ike_sa *sa)
{
    uint8_t r = 0;
    if (!random_bytes(&r, 1)) /* RFC 7296 2.25: after a random time, so as not to meet again */
        r = 0;
    return now_ms(sa->m) + AGAIN_MS + (uint64_t)r * 20;
}

static void failed(struct ike_sa *sa, const struct task *task, unsigned why)
{
    if (task->kind == TASK_CREATE_CHILD) {
        want_failed(sa->m, task->want, notify_name(why));
        delete_ike_if_idle(sa);
        return;
    }
    struct child_sa *old = child_find_in(sa, task->spi);
    if (!old || old->state != CHILD_UP)
        return;
    log_info("%s[%u]: %s: not rekeyed: %s", sa->conn->name, sa->number, old->conf->name,
             notify_name(why));
    if (why == CHILD_SA_NOT_FOUND) /* RFC 7296 2.25.1: the peer has it no more */
        child_close(sa, old);
    else
        old->rekey_at = again_at(sa);
}

/* The peer answered with an error. true: the exchange goes on with another group. */
static bool other_group(struct ike_sa *sa, const struct task *task, const struct notify *n)
{
    struct task again = *task;
    if (n->type != INVALID_KE_PAYLOAD || n->data.n != 2 || task->tries >= GROUP_RETRIES)
        return false;
    again.group = (uint16_t)(n->data.p[0] << 8 | n->data.p[1]);
    again.tries++;
    return alg_group(again.group) && again.group != task->group && task_add(sa, &again, true);
}

/* Ask the peer to delete the pair it made for us. */
static void delete_ours(struct ike_sa *sa, uint32_t spi)
{
    const struct task t = {.kind = TASK_DELETE_CHILD, .spi = spi};
    if (!task_add(sa, &t, true))
        delete_ike(sa);
}

/* RFC 7296 2.8.1: did our exchange have the lowest of the four nonces? */
static bool lost(const struct ike_sa *sa, const struct child_sa *old, const struct nonce *ours)
{
    const struct child_sa *theirs =
        old && old->peer_made ? child_find_in(sa, old->peer_made) : NULL;
    return theirs && nonce_lower(ours, &theirs->lowest);
}

static void rekeyed(struct ike_sa *sa, struct child_sa *old, struct child_sa *child)
{
    struct child_sa *theirs = old && old->peer_made ? child_find_in(sa, old->peer_made) : NULL;
    child_event(sa, child, IKE_EVENT_CHILD_REKEYED);
    if (theirs)
        theirs->look_at = UINT64_MAX; /* the peer deletes it; nothing is ever sent through it */
    if (!old || old->state == CHILD_CLOSED)
        return;
    old->replaced = true;
    old->rekey_at = UINT64_MAX;
    delete_ours(sa, old->dp.spi_in);
}

static void accepted(struct ike_sa *sa, const struct message *msg, const struct task *task)
{
    struct child_sa *old = task->kind == TASK_REKEY_CHILD ? child_find_in(sa, task->spi) : NULL;
    struct negotiation talk = {.replaces = task->spi};
    uint32_t spi = sa->pending.spi;
    if (task->kind == TASK_CREATE_CHILD) {
        talk.conf = task->want->child;
        talk.pair = task->want->pair;
    } else if (old) {
        talk.conf = old->conf;
        talk.pair = old->pair;
    }
    /* is ours the pair too much? The nonces tell, before anything is installed */
    talk.keep_out = true;
    unsigned why = talk.conf ? negotiate_accept(sa, msg, &talk) : NOTIFY_NONE;
    /* its DELETE may overtake its answer */
    bool gone = why == NOTIFY_NONE && talk.spi_out && talk.spi_out == sa->pending.deleted;
    bool redundant = !talk.conf || sa->pending.peer_won || lost(sa, old, &talk.lowest);
    if (why == NOTIFY_NONE && !redundant && !gone) {
        talk.keep_out = false;
        why = negotiate_accept(sa, msg, &talk);
    }
    window_done(sa);
    if (talk.child && task->kind == TASK_CREATE_CHILD) {
        want_done(task->want);
        child_event(sa, talk.child, IKE_EVENT_CHILD_UP);
    } else if (talk.child) {
        rekeyed(sa, old, talk.child);
    } else if (gone) {
        if (task->want)
            task->want->wanted = false; /* the other side wants it down */
    } else {
        if (redundant)
            log_debug("%s[%u]: rekeyed at the same time: the peer's stays", sa->conn->name,
                      sa->number);
        else
            failed(sa, task, why);
        delete_ours(sa, spi);
    }
}

static void response(struct ike_sa *sa, const struct message *msg)
{
    const struct task task = sa->pending.task;
    struct notify n;
    sa->next_out++;
    if (task.kind == TASK_REKEY_IKE) {
        rekey_ike_response(sa, msg);
        return;
    }
    unsigned error = notify_error(msg, &n);
    if (error == NOTIFY_NONE) {
        accepted(sa, msg, &task);
        return;
    }
    window_done(sa);
    if (!other_group(sa, &task, &n))
        failed(sa, &task, error);
}

/* -------------------------------------------------------------------------- responder */

/* RFC 7296 2.25: what may not be begun now */
static bool busy(const struct ike_sa *sa)
{
    return sa->state != IKE_UP || sa->peer_made || sa->pending.task.kind == TASK_REKEY_IKE;
}

static void refuse(struct ike_sa *sa, const struct message *msg, unsigned why,
                   const struct negotiation *talk)
{
    const uint8_t group[] = {(uint8_t)(talk->group >> 8), (uint8_t)talk->group};
    log_peer("%s[%u]: CREATE_CHILD_SA answered with %s", sa->conn->name, sa->number,
             notify_name(why));
    respond_notify(sa, msg, why,
                   why == INVALID_KE_PAYLOAD ? (struct bytes){group, sizeof group}
                                             : (struct bytes){0});
}

/* The CHILD_SA a REKEY_SA names; NULL after the refusal was sent. */
static struct child_sa *to_rekey(struct ike_sa *sa, const struct message *msg,
                                 const struct notify *n)
{
    struct rd r = rd_over(n->spi.p, n->spi.n);
    uint32_t spi = rd_u32(&r);
    struct child_sa *old =
        !r.bad && rd_left(&r) == 0 && n->protocol == PROTO_ESP ? child_find_out(sa, spi) : NULL;
    uint8_t buf[64];
    struct chain c;
    if (old && old->state != CHILD_CLOSED) {
        /* RFC 7296 2.25.1: it is being closed, or was rekeyed already */
        if (old->state == CHILD_UP && !old->replaced && !old->out_waits &&
            !(old->peer_made && child_find_in(sa, old->peer_made)))
            return old;
        refuse(sa, msg, TEMPORARY_FAILURE, &(struct negotiation){0});
        return NULL;
    }
    /* 2.25: or it is what this side's own request makes, and the answer to that is not here yet.
     * Told that it does not exist, the peer would drop it, silently. */
    if (sa->pending.exchange == CREATE_CHILD_SA && sa->pending.task.kind != TASK_REKEY_IKE) {
        refuse(sa, msg, TEMPORARY_FAILURE, &(struct negotiation){0});
        return NULL;
    }
    log_peer("%s[%u]: asked to rekey an unknown CHILD_SA", sa->conn->name, sa->number);
    chain_begin(&c, buf, sizeof buf);
    notify_write_esp(&c, CHILD_SA_NOT_FOUND, spi);
    if (!window_respond(sa, msg, &c))
        ike_sa_close(sa, IKE_END_DEAD, "no response could be made");
    return NULL;
}

static void request(struct ike_sa *sa, const struct message *msg)
{
    uint8_t buf[IKE_MESSAGE_MAX];
    struct negotiation talk = {0};
    struct sa_payload theirs;
    struct child_sa *old = NULL;
    struct notify n;
    struct chain c;
    if (sa_parse(message_find(msg, PAYLOAD_SA), &theirs) != WIRE_OK) {
        refuse(sa, msg, INVALID_SYNTAX, &talk);
        return;
    }
    if (theirs.proposals[0].protocol == PROTO_IKE) {
        rekey_ike_request(sa, msg, &theirs);
        return;
    }
    if (busy(sa)) {
        refuse(sa, msg, TEMPORARY_FAILURE, &talk);
        return;
    }
    if (notify_find(msg, REKEY_SA, &n)) {
        old = to_rekey(sa, msg, &n);
        if (!old)
            return;
        talk.conf = old->conf;
        talk.replaces = old->dp.spi_in;
    }
    chain_begin(&c, buf, sizeof buf);
    unsigned why = negotiate_answer(sa, msg, &talk, &c);
    if (why != NOTIFY_NONE) {
        refuse(sa, msg, why, &talk);
        return;
    }
    if (old)
        old->peer_made = talk.child->dp.spi_in;
    if (!window_respond(sa, msg, &c)) {
        ike_sa_close(sa, IKE_END_DEAD, "no response could be made");
        return;
    }
    if (!old) {
        want_done(want_find(sa->m, talk.child->conf, talk.child->pair, &sa->peer.addr));
        child_event(sa, talk.child, IKE_EVENT_CHILD_UP);
    }
}

#define LIVE (IKE_UP | IKE_REPLACED | IKE_DELETING)

const struct transition create_child_transitions[] = {
    {LIVE, CREATE_CHILD_SA, false, PAYLOAD_BIT(PAYLOAD_SA) | PAYLOAD_BIT(PAYLOAD_NONCE), request,
     LIVE | IKE_CLOSED},
    {LIVE, CREATE_CHILD_SA, true, 0, response, LIVE | IKE_CLOSED},
    {0, 0, false, 0, NULL, 0},
};
