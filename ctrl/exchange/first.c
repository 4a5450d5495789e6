/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of IKE_AUTH (RFC 7296 1.2) behind the proofs. See first.h.
 *
 *   initiator                                        responder
 *   .. [N(INITIAL_CONTACT),] [N(MOBIKE_SUPPORTED),] [CP,]
 *      SAi2, TSi, TSr                           -->
 *                                               <--  .. [CP,] SAr2, TSi, TSr
 *
 * The CHILD_SA may fail alone (1.2: "the IKE SA is still created as usual"):
 *                                               <--  .. N(NO_PROPOSAL_CHOSEN) or the like
 */
#include "ctrl/exchange/first.h"

#include "ctrl/exchange/configuration.h"
#include "ctrl/exchange/exchange.h"
#include "ctrl/exchange/mobike.h"
#include "ctrl/exchange/negotiate.h"
#include "ctrl/exchange/reauth.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/child_sa.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/registry.h"
#include "ctrl/sa/text.h"
#include "ctrl/sa/want.h"
#include "ctrl/sa/window.h"

/* -------------------------------------------------------------------------- initiator */

static bool is_alone(const struct ike_sa *sa)
{
    for (const struct ike_sa *o = sa->m->sas; o; o = o->next)
        if (o != sa && o->state != IKE_CLOSED && addr_equal(&o->peer.addr, &sa->peer.addr))
            return false;
    return true;
}

bool first_offer(struct ike_sa *sa, struct chain *c)
{
    enum config_childless how = sa->conn->childless;
    sa->childless = !sa->first || how == CONFIG_CHILDLESS_FORCE ||
                    (how == CONFIG_CHILDLESS_PREFER && sa->peer_childless);
    if (sa->childless && !sa->peer_childless) {
        log_info("%s[%u]: the peer does not set up an IKE_SA without a CHILD_SA", sa->conn->name,
                 sa->number);
        return false;
    }
    if (is_alone(sa)) /* RFC 7296 2.4: whatever the peer still has of us is old */
        notify_write(c, INITIAL_CONTACT, (struct bytes){0});
    mobike_offer(sa, c);
    configuration_ask(sa, c);
    return sa->childless || negotiate_offer(sa, sa->first->child, sa->first->pair, NULL, c);
}

/* RFC 4478 3: when the peer wants us to authenticate again. */
static void read_lifetime(struct ike_sa *sa, const struct message *msg)
{
    struct notify n;
    if (!notify_find(msg, AUTH_LIFETIME, &n))
        return;
    struct rd r = rd_over(n.data.p, n.data.n);
    uint64_t seconds = rd_u32(&r), margin = seconds / 10 + 1;
    uint64_t at = now_ms(sa->m) + (seconds > margin ? seconds - margin : 0) * 1000;
    if (!r.bad && at < sa->reauth_at)
        sa->reauth_at = at;
}

/* Without a CHILD_SA (RFC 6023): those that are wanted come by CREATE_CHILD_SA. */
static void accept_childless(struct ike_sa *sa, const struct message *msg)
{
    struct notify n;
    unsigned why = notify_error(msg, &n);
    window_done(sa);
    mobike_read(sa, msg);
    if (why == NOTIFY_NONE && !configuration_take(sa, msg))
        why = FAILED_CP_REQUIRED;
    ike_sa_up(sa);
    read_lifetime(sa, msg);
    if (why != NOTIFY_NONE) {
        want_failed(sa->m, sa->first, notify_name(why));
        delete_ike(sa);
    } else if (sa->reauths) {
        reauth_done(sa, NULL);
    }
    sa->first = NULL;
}

void first_accept(struct ike_sa *sa, const struct message *msg)
{
    struct notify n;
    struct want *want = sa->first;
    if (sa->childless) {
        accept_childless(sa, msg);
        return;
    }
    struct negotiation talk = {.conf = want->child, .pair = want->pair, .in_auth = true};
    unsigned why = notify_error(msg, &n);
    bool peers_fault = why != NOTIFY_NONE;
    if (!peers_fault)
        why = configuration_take(sa, msg) ? negotiate_accept(sa, msg, &talk) : FAILED_CP_REQUIRED;
    window_done(sa);
    mobike_read(sa, msg);
    ike_sa_up(sa);
    read_lifetime(sa, msg);
    sa->first = NULL;
    if (talk.child) {
        want_done(want);
        child_event(sa, talk.child, IKE_EVENT_CHILD_UP);
        if (sa->reauths)
            reauth_done(sa, want);
        return;
    }
    if (!sa->reauths)
        want_failed(sa->m, want, notify_name(why));
    if (peers_fault && !sa->reauths)
        delete_ike_if_idle(sa);
    else
        delete_ike(sa); /* the peer has a CHILD_SA that we have not */
}

/* -------------------------------------------------------------------------- responder */

/* What this peer has with us beside sa. INITIAL_CONTACT (RFC 7296 2.4): it knows nothing of that,
 * so no DELETE is sent. unique = replace: the last one stays, unless the peer is about to end the
 * old one itself. true: it is the first that stays. */
static bool settle_others(struct ike_sa *sa, bool initial_contact)
{
    enum config_unique unique = sa->conn->unique;
    for (struct ike_sa *o = registry_id(sa->m, &sa->id_peer); o; o = registry_next_id(o)) {
        if (o == sa || o->state == IKE_CLOSED || o->conn != sa->conn || o->moved)
            continue;
        if (initial_contact && unique != CONFIG_UNIQUE_NEVER)
            ike_sa_close(o, IKE_END_DEAD, "the peer began anew");
        else if (unique == CONFIG_UNIQUE_REPLACE && o->state == IKE_UP)
            delete_ike(o);
        else if (unique == CONFIG_UNIQUE_KEEP)
            return true;
    }
    return false;
}

/* What to answer beside our AUTH: NOTIFY_NONE, or why there is no CHILD_SA. */
static unsigned answer_rest(struct ike_sa *sa, const struct message *msg, struct chain *c,
                            struct negotiation *talk)
{
    bool wants_child = message_find(msg, PAYLOAD_SA) != NULL;
    unsigned why = configuration_give(sa, msg, c);
    if (why != NOTIFY_NONE)
        return why;
    if (!wants_child) /* RFC 6023 4 */
        return sa->conn->childless == CONFIG_CHILDLESS_NEVER ? INVALID_SYNTAX : NOTIFY_NONE;
    if (sa->conn->childless == CONFIG_CHILDLESS_FORCE)
        return NO_ADDITIONAL_SAS;
    return negotiate_answer(sa, msg, talk, c);
}

void first_answer(struct ike_sa *sa, const struct message *msg, struct chain *c,
                  struct child_sa **child)
{
    struct notify n;
    struct negotiation talk = {.in_auth = true};
    uint32_t life = sa->conn->reauth_time;
    const uint8_t seconds[] = {(uint8_t)(life >> 24), (uint8_t)(life >> 16), (uint8_t)(life >> 8),
                               (uint8_t)life};
    bool surplus = settle_others(sa, notify_find(msg, INITIAL_CONTACT, &n));
    unsigned why = surplus ? NO_ADDITIONAL_SAS : answer_rest(sa, msg, c, &talk);
    *child = talk.child;
    mobike_read(sa, msg);
    if (sa->mobike)
        mobike_offer(sa, c);
    if (life) /* RFC 4478 3 */
        notify_write(c, AUTH_LIFETIME, (struct bytes){seconds, sizeof seconds});
    if (surplus && !task_add(sa, &(struct task){.kind = TASK_DELETE_IKE}, true))
        log_peer("%s[%u]: no memory to delete what is one too many", sa->conn->name, sa->number);
    if (why == NOTIFY_NONE)
        return;
    log_peer("%s[%u]: no CHILD_SA: %s", sa->conn->name, sa->number, notify_name(why));
    notify_write(c, why, (struct bytes){0});
}

void first_up(struct ike_sa *sa, struct child_sa *child)
{
    ike_sa_up(sa);
    if (!child)
        return;
    want_done(want_find(sa->m, child->conf, child->pair, &sa->peer.addr));
    child_event(sa, child, IKE_EVENT_CHILD_UP);
}
