/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of IKE_AUTH (RFC 7296 1.2) behind the proofs. See first.h.
 *
 *   initiator                                        responder
 *   .. [N(INITIAL_CONTACT),] [CP,]
 *      SAi2, TSi, TSr                           -->
 *                                               <--  .. [CP,] SAr2, TSi, TSr
 *
 * The CHILD_SA may fail alone (1.2: "the IKE SA is still created as usual"):
 *                                               <--  .. N(NO_PROPOSAL_CHOSEN) or the like
 */
#include "ctrl/exchange/first.h"

#include "ctrl/exchange/configuration.h"
#include "ctrl/exchange/exchange.h"
#include "ctrl/exchange/negotiate.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/child_sa.h"
#include "ctrl/sa/ike_sa.h"
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
    if (is_alone(sa)) /* RFC 7296 2.4: whatever the peer still has of us is old */
        notify_write(c, INITIAL_CONTACT, (struct bytes){0});
    configuration_ask(sa, c);
    return negotiate_offer(sa, sa->first->child, sa->first->pair, NULL, c);
}

void first_accept(struct ike_sa *sa, const struct message *msg)
{
    struct notify n;
    struct want *want = sa->first;
    struct negotiation talk = {.conf = want->child, .pair = want->pair, .in_auth = true};
    unsigned why = notify_error(msg, &n);
    bool peers_fault = why != NOTIFY_NONE;
    if (!peers_fault)
        why = configuration_take(sa, msg) ? negotiate_accept(sa, msg, &talk) : FAILED_CP_REQUIRED;
    window_done(sa);
    ike_sa_up(sa);
    sa->first = NULL;
    if (talk.child) {
        want_done(want);
        child_event(sa, talk.child, IKE_EVENT_CHILD_UP);
        return;
    }
    want_failed(sa->m, want, notify_name(why));
    if (peers_fault)
        delete_ike_if_idle(sa);
    else
        delete_ike(sa); /* the peer has a CHILD_SA that we have not */
}

/* -------------------------------------------------------------------------- responder */

/* RFC 7296 2.4: the peer has no other IKE_SA with us: what we have is left over. No DELETE: nobody
 * would understand it. */
static void initial_contact(struct ike_sa *sa)
{
    for (struct ike_sa *o = sa->m->sas; o; o = o->next)
        if (o != sa && o->was_up && o->state != IKE_CLOSED && o->conn == sa->conn &&
            config_id_equal(&o->id_peer, &sa->id_peer))
            ike_sa_close(o, IKE_END_DEAD, "the peer began anew");
}

void first_answer(struct ike_sa *sa, const struct message *msg, struct chain *c,
                  struct child_sa **child)
{
    struct notify n;
    struct negotiation talk = {.in_auth = true};
    if (notify_find(msg, INITIAL_CONTACT, &n))
        initial_contact(sa);
    unsigned why = configuration_give(sa, msg, c);
    if (why == NOTIFY_NONE)
        why = negotiate_answer(sa, msg, &talk, c);
    *child = talk.child;
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
