/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CREATE_CHILD_SA that rekeys the IKE_SA itself (RFC 7296 1.3.2, 2.18).
 *
 *   initiator                        responder
 *   HDR, SK {SA, Ni, KEi}       -->
 *                               <--  HDR, SK {SA, Nr, KEr}
 *
 * The CHILD_SAs go over to the new IKE_SA as they are; the initiator deletes the old one. Both at
 * once (2.8.2): of the two new ones, that of the lowest of the four nonces is deleted by its
 * initiator.
 */
#include <string.h>

#include "ctrl/exchange/exchange.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/child_sa.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/keylog.h"
#include "ctrl/sa/offer.h"
#include "ctrl/sa/registry.h"
#include "ctrl/sa/window.h"

#define NONCE_LEN 32
#define AGAIN_MS 10000u
#define GROUP_RETRIES 4u
#define REPLACED_MS 90000u /* how long a replaced IKE_SA waits for its DELETE */

/* The new IKE_SA, of the same peer. */
static struct ike_sa *successor(struct ike_sa *old, bool initiator)
{
    struct ike_sa *sa = ike_sa_new(old->m, old->conn, initiator, IKE_UP, &old->local, &old->peer);
    if (!sa)
        return NULL;
    sa->nat_seen = old->nat_seen;
    sa->nat_local = old->nat_local;
    sa->nat_peer = old->nat_peer;
    sa->encap = old->encap;
    sa->peer_fragments = old->peer_fragments;
    sa->mobike = old->mobike;
    memcpy(sa->peer_addrs, old->peer_addrs, sizeof sa->peer_addrs);
    sa->peer_addr_count = old->peer_addr_count;
    sa->id_peer = old->id_peer;
    sa->was_up = true;
    registry_set_id(sa);
    sa->origin = old->origin;
    sa->bare = old->bare;
    ike_sa_start_clocks(sa);
    sa->reauth_at = old->reauth_at; /* what is rekeyed is not authenticated anew */
    return sa;
}

/* Everything that lives in the old one goes over. */
static void move(struct ike_sa *old, struct ike_sa *sa)
{
    ike_sa_touch(old);
    ike_sa_touch(sa);
    struct child_sa **end = &sa->children;
    struct task **last = &sa->tasks;
    while (*end)
        end = &(*end)->next;
    *end = old->children;
    old->children = NULL;
    while (*last)
        last = &(*last)->next;
    *last = old->tasks;
    old->tasks = NULL;
    memcpy(sa->vips_own, old->vips_own, sizeof sa->vips_own);
    memcpy(sa->vips_peer, old->vips_peer, sizeof sa->vips_peer);
    sa->vip_owns = old->vip_owns;
    sa->vip_peers = old->vip_peers;
    old->vip_owns = old->vip_peers = 0;
    memcpy(sa->dns, old->dns, sizeof sa->dns);
    sa->dns_count = old->dns_count;
    old->state = IKE_REPLACED;
    old->moved = true;
    old->rekey_at = old->dies_at = old->reauth_at = UINT64_MAX;
    old->expires_at = now_ms(old->m) + REPLACED_MS;
    log_info("%s[%u]: IKE_SA rekeyed, now %s[%u]", old->conn->name, old->number, sa->conn->name,
             sa->number);
    ike_sa_rekeyed(sa, old);
}

void rekey_ike_yield(struct ike_sa *sa)
{
    struct ike_sa *theirs = sa->peer_made ? ike_sa_find(sa->m, sa->peer_made) : NULL;
    sa->peer_made = 0;
    if (!theirs || theirs->state != IKE_UP || sa->moved)
        return;
    theirs->expires_at = UINT64_MAX;
    theirs->moved = false;
    move(sa, theirs);
}

static enum crypto_err derive(struct ike_sa *sa, const struct ike_sa *old, const struct dh *dh,
                              const struct ke *ke, const struct nonce *ni, const struct nonce *nr)
{
    struct dh_secret shared = {.len = 0};
    const struct exchange_nonces nonces = {{ni->data, ni->len}, {nr->data, nr->len}};
    enum crypto_err err = dh_shared(dh, ke->data.p, ke->data.n, &shared);
    if (err == CRYPTO_OK)
        err = ike_keys_derive(
            &sa->keys, &sa->suite, &shared, &nonces, sa->initiator ? sa->spi_own : sa->spi_peer,
            sa->initiator ? sa->spi_peer : sa->spi_own, &old->keys.d, old->suite.prf);
    dh_secret_clear(&shared);
    if (err == CRYPTO_OK)
        keylog_ike(sa);
    sa->lowest = nonce_lower(ni, nr) ? *ni : *nr;
    return err;
}

static bool read_message(const struct message *msg, struct nonce *nonce, struct ke *ke)
{
    const struct payload *n = message_find(msg, PAYLOAD_NONCE), *k = message_find(msg, PAYLOAD_KE);
    struct bytes b;
    if (!n || !k || nonce_parse(n, &b) != WIRE_OK || ke_parse(k, ke) != WIRE_OK)
        return false;
    nonce->len = b.n;
    memcpy(nonce->data, b.p, b.n);
    return true;
}

/* SA, nonce and KE of a request or a response. */
static bool write_message(struct chain *c, const struct sa_payload *sa, const struct nonce *nonce,
                          const struct dh *dh)
{
    uint8_t public[DH_PUBLIC_MAX];
    if (dh_public(dh, public) != CRYPTO_OK)
        return false;
    sa_write(c, sa);
    nonce_write(c, (struct bytes){nonce->data, nonce->len});
    ke_write(c, dh->group->id, (struct bytes){public, dh->group->public_len});
    return true;
}

/* -------------------------------------------------------------------------- initiator */

bool rekey_ike_start(struct ike_sa *sa)
{
    uint8_t buf[IKE_MESSAGE_MAX];
    struct pending *p = &sa->pending;
    struct sa_payload offer;
    struct chain c;
    if (sa->peer_made)
        return false;
    do {
        if (!random_bytes((uint8_t *)&p->ike_spi, sizeof p->ike_spi))
            return false;
    } while (p->ike_spi == 0 || ike_sa_find(sa->m, p->ike_spi));
    offer_ike(sa->conn, p->ike_spi, &offer);
    uint16_t group = p->task.group ? p->task.group : sa->suite.ke; /* what worked last time */
    if (!offer_has_group(&offer, group))
        group = offer_group(&offer);
    p->ni.len = NONCE_LEN;
    chain_begin(&c, buf, sizeof buf);
    return random_bytes(p->ni.data, NONCE_LEN) && dh_init(&p->dh, group) == CRYPTO_OK &&
           write_message(&c, &offer, &p->ni, &p->dh) && window_request(sa, CREATE_CHILD_SA, &c);
}

/* The new IKE_SA of an acceptable answer; NULL: it is not. */
static struct ike_sa *accept_answer(struct ike_sa *old, const struct message *msg)
{
    struct pending *p = &old->pending;
    const struct payload *payload = message_find(msg, PAYLOAD_SA);
    struct sa_payload offer, theirs;
    struct suite suite;
    struct nonce nr;
    struct ke ke;
    uint64_t spi;
    offer_ike(old->conn, p->ike_spi, &offer);
    if (!payload || sa_parse(payload, &theirs) != WIRE_OK || !read_message(msg, &nr, &ke) ||
        !offer_accepts(&offer, &theirs, false, &suite, &spi) || ke.group != suite.ke ||
        ke.group != p->dh.group->id)
        return NULL;
    struct ike_sa *sa = successor(old, true);
    if (!sa)
        return NULL;
    registry_set_spi(sa, p->ike_spi);
    sa->spi_peer = spi;
    sa->suite = suite;
    if (derive(sa, old, &p->dh, &ke, &p->ni, &nr) == CRYPTO_OK)
        return sa;
    ike_sa_free(sa);
    return NULL;
}

static void failed(struct ike_sa *sa, const struct task *task, const struct notify *n)
{
    struct task again = *task;
    if (sa->peer_made) {
        rekey_ike_yield(sa);
        return;
    }
    if (n->type == INVALID_KE_PAYLOAD && n->data.n == 2 && again.tries++ < GROUP_RETRIES) {
        again.group = (uint16_t)(n->data.p[0] << 8 | n->data.p[1]);
        if (alg_group(again.group) && task_add(sa, &again, true))
            return;
    }
    log_info("%s[%u]: IKE_SA not rekeyed: %s", sa->conn->name, sa->number, notify_name(n->type));
    sa->rekey_at = now_ms(sa->m) + AGAIN_MS;
}

void rekey_ike_response(struct ike_sa *sa, const struct message *msg)
{
    const struct task task = sa->pending.task;
    struct notify n;
    if (notify_error(msg, &n) != NOTIFY_NONE) {
        window_done(sa);
        failed(sa, &task, &n);
        return;
    }
    struct ike_sa *ours = accept_answer(sa, msg);
    struct ike_sa *theirs = sa->peer_made ? ike_sa_find(sa->m, sa->peer_made) : NULL;
    window_done(sa);
    if (!ours) {
        failed(sa, &task, &(struct notify){.type = INVALID_SYNTAX});
        return;
    }
    if (theirs && nonce_lower(&ours->lowest, &theirs->lowest)) {
        /* RFC 7296 2.8.2: ours is the one too much; the peer deletes the old one */
        ours->moved = true;
        delete_ike(ours);
        rekey_ike_yield(sa);
        return;
    }
    sa->peer_made = 0;
    if (theirs)
        ike_sa_touch(theirs);
    if (theirs)
        theirs->expires_at = now_ms(sa->m) + REPLACED_MS; /* the peer deletes it */
    move(sa, ours);
    delete_ike(sa);
}

/* -------------------------------------------------------------------------- responder */

static bool may_rekey(const struct ike_sa *sa)
{
    /* RFC 7296 2.25.2 */
    return sa->state == IKE_UP && !sa->peer_made &&
           (sa->pending.task.kind == TASK_NONE || sa->pending.task.kind == TASK_DPD ||
            sa->pending.task.kind == TASK_REKEY_IKE);
}

static bool answer(struct ike_sa *old, struct ike_sa *sa, const struct message *msg,
                   struct proposal *chosen, const struct ke *ke, const struct nonce *ni)
{
    uint8_t buf[IKE_MESSAGE_MAX];
    struct sa_payload payload = {.count = 1};
    struct nonce nr = {.len = NONCE_LEN};
    struct dh dh = {0};
    struct chain c;
    chosen->spi = sa->spi_own;
    payload.proposals[0] = *chosen;
    chain_begin(&c, buf, sizeof buf);
    bool ok = random_bytes(nr.data, nr.len) && dh_init(&dh, sa->suite.ke) == CRYPTO_OK &&
              derive(sa, old, &dh, ke, ni, &nr) == CRYPTO_OK &&
              write_message(&c, &payload, &nr, &dh) && window_respond(old, msg, &c);
    dh_clear(&dh);
    return ok;
}

void rekey_ike_request(struct ike_sa *sa, const struct message *msg,
                       const struct sa_payload *theirs)
{
    struct sa_payload ours;
    struct suite suite;
    struct proposal chosen;
    struct nonce ni;
    struct ke ke;
    if (!may_rekey(sa)) {
        respond_notify(sa, msg, TEMPORARY_FAILURE, (struct bytes){0});
        return;
    }
    offer_ike(sa->conn, 1, &ours); /* the SPI only says that there is one */
    if (!read_message(msg, &ni, &ke) || !offer_choose(&ours, theirs, false, &suite, &chosen)) {
        respond_notify(sa, msg, NO_PROPOSAL_CHOSEN, (struct bytes){0});
        return;
    }
    if (ke.group != suite.ke) {
        const uint8_t group[] = {(uint8_t)(suite.ke >> 8), (uint8_t)suite.ke};
        respond_notify(sa, msg, INVALID_KE_PAYLOAD, (struct bytes){group, sizeof group});
        return;
    }
    struct ike_sa *new = successor(sa, false);
    if (new) {
        new->spi_peer = chosen.spi;
        new->suite = suite;
    }
    if (!new || !answer(sa, new, msg, &chosen, &ke, &ni)) {
        if (new)
            ike_sa_free(new);
        respond_notify(sa, msg, TEMPORARY_FAILURE, (struct bytes){0});
        return;
    }
    sa->peer_made = new->spi_own;
    if (sa->pending.task.kind == TASK_REKEY_IKE)
        new->moved = true; /* the answer to ours decides; until then it carries nothing */
    else
        rekey_ike_yield(sa);
}
