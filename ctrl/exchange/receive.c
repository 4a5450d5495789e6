/* SPDX-License-Identifier: Apache-2.0 */
/* From a datagram to a transition. See receive.h. */
#include "ctrl/exchange/receive.h"

#include <assert.h>

#include <openssl/crypto.h>

#include "ctrl/exchange/exchange.h"
#include "ctrl/exchange/mobike.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/fragments.h"
#include "ctrl/sa/registry.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/text.h"
#include "ctrl/sa/window.h"
#include "ctrl/wire/sk.h"

static const struct transition *find_transition(const struct ike_sa *sa, const struct message *msg)
{
    static const struct transition *const tables[] = {
        init_transitions, auth_transitions, create_child_transitions, informational_transitions};
    bool response = msg->header.flags & IKE_FLAG_RESPONSE;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const struct transition *t = tables[i]; t->run; t++)
            if (t->exchange == msg->header.exchange && t->response == response &&
                (t->states & sa->state))
                return t;
    return NULL;
}

void respond_notify(struct ike_sa *sa, const struct message *msg, unsigned type, struct bytes data)
{
    uint8_t buf[256];
    struct chain c;
    chain_begin(&c, buf, sizeof buf);
    notify_write(&c, type, data);
    if (!window_respond(sa, msg, &c))
        ike_sa_close(sa, IKE_END_DEAD, "no response could be made");
}

/* RFC 7296 2.23: a NAT may give the peer another address or port, and an initiator goes on at port
 * 4500. Keys never move between two SAs of the card, so an ESP SA that has to send elsewhere is
 * rekeyed. Only for what is authenticated and new. */
static void follow_peer(struct ike_sa *sa, const struct endpoint *local,
                        const struct endpoint *peer)
{
    if (endpoint_equal(&sa->peer, peer) && endpoint_equal(&sa->local, local))
        return;
    if (sa->state == IKE_HALF_OPEN) {
        sa->peer = *peer;
        sa->local = *local;
        return;
    }
    if (!sa->nat_peer || sa->nat_local)
        return;
    sa->peer = *peer;
    sa->local = *local;
    ike_sa_moved(sa);
}

static void run(struct ike_sa *sa, const struct transition *t, const struct message *msg)
{
    sa->heard_at = now_ms(sa->m);
    t->run(sa, msg);
    assert(t->then & sa->state);
}

/* RFC 7296 2.21.3, 2.5: the peer has the key but not the grammar: tell it, and end */
static void malformed(struct ike_sa *sa, const struct message *msg, enum wire_err err)
{
    bool critical = err == WIRE_CRITICAL;
    log_peer("%s[%u]: %s %s from %s", sa->conn->name, sa->number,
             critical ? "an unknown critical payload in an" : "a malformed",
             ike_exchange_name(msg->header.exchange), endpoint_text(&sa->peer).s);
    if (!(msg->header.flags & IKE_FLAG_RESPONSE))
        respond_notify(sa, msg, critical ? UNSUPPORTED_CRITICAL_PAYLOAD : INVALID_SYNTAX,
                       critical ? (struct bytes){&msg->critical, 1} : (struct bytes){0});
    /* a request that is refused as a whole changes nothing, but for one who is not yet
     * authenticated */
    if (!critical || (msg->header.flags & IKE_FLAG_RESPONSE) || sa->state == IKE_HALF_OPEN)
        ike_sa_close(sa, sa->state == IKE_AUTH_SENT ? IKE_END_FAILED : IKE_END_DEAD,
                     "a message that cannot be read");
}

static bool in_window(struct ike_sa *sa, const struct message *msg)
{
    const struct ike_header *h = &msg->header;
    if (h->flags & IKE_FLAG_RESPONSE)
        return sa->pending.packet && sa->pending.id == h->id && sa->pending.exchange == h->exchange;
    if (h->id == sa->next_in)
        return true;
    if (h->id + 1 == sa->next_in) /* RFC 7296 2.1: it did not get our answer */
        window_repeat_response(sa);
    else
        log_peer("%s[%u]: message id %u instead of %u", sa->conn->name, sa->number, h->id,
                 sa->next_in);
    return false;
}

/* A message that was opened, its payloads in msg's table; err says what was wrong with them. */
static void receive_opened(struct ike_sa *sa, const struct message *msg, enum wire_err err,
                           const struct endpoint *local, const struct endpoint *peer)
{
    sa->came_local = *local;
    sa->came_peer = *peer;
    if (!in_window(sa, msg) || sa->state == IKE_CLOSED)
        return;
    const struct transition *t = find_transition(sa, msg);
    if (!t) {
        log_peer("%s[%u]: an unexpected %s from %s", sa->conn->name, sa->number,
                 ike_exchange_name(msg->header.exchange), endpoint_text(peer).s);
        return;
    }
    follow_peer(sa, local, peer);
    if (err == WIRE_OK && (message_payload_mask(msg) & t->need) != t->need)
        err = WIRE_SYNTAX;
    if (err == WIRE_OK)
        run(sa, t, msg);
    else
        malformed(sa, msg, err);
}

static void not_authentic(const struct ike_sa *sa, const struct endpoint *peer)
{
    log_peer("%s[%u]: a message from %s that is not authentic", sa->conn->name, sa->number,
             endpoint_text(peer).s);
}

/* RFC 7383 2.6: a fragment counts when it is authentic; of a request that was answered, the first
 * one asks for the answer again. */
static void receive_fragment(struct ike_sa *sa, const struct cipher_key *key, struct message *msg,
                             const struct endpoint *local, const struct endpoint *peer)
{
    uint8_t part[IKE_MESSAGE_MAX], text[IKE_MESSAGE_MAX], first;
    const struct ike_header *h = &msg->header;
    bool response = h->flags & IKE_FLAG_RESPONSE;
    struct fragment f;
    size_t len;
    if (!sa->peer_fragments || sk_open_fragment(key, msg, part, &f) != WIRE_OK) {
        not_authentic(sa, peer);
        return;
    }
    bool is_next = response ? in_window(sa, msg) : h->id == sa->next_in;
    sa->came_local = *local;
    sa->came_peer = *peer;
    if (!is_next && !response && f.number == 1)
        (void)in_window(sa, msg);
    if (is_next && sa->state != IKE_CLOSED &&
        fragments_take(sa, h, &f, part, text, &len, &first)) {
        enum wire_err err = message_parse_inner(msg, first, text, len);
        receive_opened(sa, msg, err, local, peer);
        OPENSSL_cleanse(text, len);
    }
    OPENSSL_cleanse(part, f.len);
}

static void receive_protected(struct ike_sa *sa, struct message *msg, const struct endpoint *local,
                              const struct endpoint *peer)
{
    uint8_t text[IKE_MESSAGE_MAX];
    bool authentic;
    const struct cipher_key *key = sa->initiator ? &sa->keys.from_r : &sa->keys.from_i;
    if (!key->encr)
        return;
    if (message_find(msg, PAYLOAD_SKF)) {
        receive_fragment(sa, key, msg, local, peer);
        return;
    }
    enum wire_err err = sk_open(key, msg, text, &authentic);
    if (!authentic) {
        not_authentic(sa, peer);
        return;
    }
    receive_opened(sa, msg, err, local, peer);
    OPENSSL_cleanse(text, msg->raw_len);
}

/* RFC 7296 1.5: what cannot be read, and belongs to nothing: one unprotected answer, at most */
static void answer_unreadable(struct ike_manager *m, const struct endpoint *local,
                              const struct endpoint *peer, const struct message *msg,
                              enum wire_err err)
{
    uint8_t body[64], out[128];
    struct chain c;
    struct ike_header h = msg->header;
    log_peer("message from %s dropped: %s", endpoint_text(peer).s,
             err == WIRE_VERSION    ? "a major version above 2"
             : err == WIRE_CRITICAL ? "an unknown critical payload"
                                    : "malformed");
    if (err == WIRE_SYNTAX || (h.flags & IKE_FLAG_RESPONSE) ||
        (err == WIRE_CRITICAL && h.exchange != IKE_SA_INIT))
        return;
    h.flags =
        (uint8_t)(IKE_FLAG_RESPONSE | (h.flags & IKE_FLAG_INITIATOR ? 0 : IKE_FLAG_INITIATOR));
    chain_begin(&c, body, sizeof body);
    notify_write(&c, err == WIRE_VERSION ? INVALID_MAJOR_VERSION : UNSUPPORTED_CRITICAL_PAYLOAD,
                 err == WIRE_CRITICAL ? (struct bytes){&msg->critical, 1} : (struct bytes){0});
    size_t len = message_write(&h, &c, out, sizeof out);
    if (len)
        m->env.send(m->env.user, local, peer, out, len);
}

static struct ike_sa *find_sa(struct ike_manager *m, const struct ike_header *h)
{
    bool from_initiator = h->flags & IKE_FLAG_INITIATOR;
    struct ike_sa *sa = ike_sa_find(m, from_initiator ? h->spi_r : h->spi_i);
    uint64_t peer_spi = from_initiator ? h->spi_i : h->spi_r;
    if (!sa || sa->initiator == from_initiator)
        return NULL;
    return sa->spi_peer == peer_spi || sa->state == IKE_INIT_SENT ? sa : NULL;
}

void receive(struct ike_manager *m, const struct endpoint *local, const struct endpoint *peer,
             const uint8_t *data, size_t len)
{
    struct message msg;
    enum wire_err err = message_parse(&msg, data, len);
    const struct ike_header *h = &msg.header;
    if (err != WIRE_OK) {
        answer_unreadable(m, local, peer, &msg, err);
        return;
    }
    bool response = h->flags & IKE_FLAG_RESPONSE;
    if (h->exchange == IKE_SA_INIT && !response) {
        if (h->spi_r == 0 && h->id == 0 && (h->flags & IKE_FLAG_INITIATOR))
            init_request(m, local, peer, &msg);
        return;
    }
    struct ike_sa *sa = find_sa(m, h);
    if (!sa) {
        log_peer("message from %s dropped: no such IKE_SA", endpoint_text(peer).s);
        return;
    }
    ike_sa_touch(sa);
    if (h->exchange != IKE_SA_INIT) {
        receive_protected(sa, &msg, local, peer);
        return;
    }
    const struct transition *t = find_transition(sa, &msg);
    if (t && in_window(sa, &msg))
        run(sa, t, &msg);
}
