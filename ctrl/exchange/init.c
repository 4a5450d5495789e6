/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IKE_SA_INIT (RFC 7296 1.2): algorithms, nonces and keys of the IKE_SA, in the clear.
 *
 *   initiator                                    responder
 *   HDR, SAi1, KEi, Ni, N(NAT_DETECTION_*)  -->
 *                                           <--  HDR, SAr1, KEr, Nr, N(NAT_DETECTION_*)
 *
 * both with N(IKEV2_FRAGMENTATION_SUPPORTED) (RFC 7383 2.3), the response with
 * N(CHILDLESS_IKEV2_SUPPORTED) (RFC 6023 3).
 *
 * or, once or several times before (2.6, 2.7, 1.3):
 *                                           <--  HDR, N(COOKIE)
 *   HDR, N(COOKIE), SAi1, KEi, Ni, ..       -->
 *                                           <--  HDR, N(INVALID_KE_PAYLOAD)
 *   HDR, SAi1, KEi of that group, Ni, ..    -->
 */
#include <stdlib.h>
#include <string.h>

#include "ctrl/exchange/exchange.h"
#include "ctrl/exchange/mobike.h"
#include "ctrl/exchange/proof.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/cookie.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/keylog.h"
#include "ctrl/sa/nat.h"
#include "ctrl/sa/offer.h"
#include "ctrl/sa/registry.h"
#include "ctrl/sa/text.h"
#include "ctrl/sa/window.h"

#define NONCE_LEN 32
#define RESTARTS_MAX 8u    /* COOKIE and INVALID_KE_PAYLOAD answered in one attempt */
#define HALF_OPEN_MAX 8192 /* from which on nobody is answered */
/* When that is half used up, one address may have a third of it: many clients behind one NAT, but
 * not everything. */
#define CROWDED (HALF_OPEN_MAX / 2)
#define FROM_ONE_MAX (HALF_OPEN_MAX / 3)

/* What is beyond RFC 7296, and both sides have to have. */
static void write_abilities(const struct ike_sa *sa, struct chain *c)
{
    if (sa->conn->fragmentation != CONFIG_FRAGMENTATION_NO)
        notify_write(c, IKEV2_FRAGMENTATION_SUPPORTED, (struct bytes){0});
    if (!sa->initiator && sa->conn->childless != CONFIG_CHILDLESS_NEVER)
        notify_write(c, CHILDLESS_IKEV2_SUPPORTED, (struct bytes){0});
}

static void read_abilities(struct ike_sa *sa, const struct message *msg)
{
    struct notify n;
    sa->peer_fragments = sa->conn->fragmentation != CONFIG_FRAGMENTATION_NO &&
                         notify_find(msg, IKEV2_FRAGMENTATION_SUPPORTED, &n);
    sa->peer_childless = notify_find(msg, CHILDLESS_IKEV2_SUPPORTED, &n);
}

/* -------------------------------------------------------------------------- initiator */

static bool keep(uint8_t **to, size_t *to_len, const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len);
    if (!copy)
        return false;
    memcpy(copy, data, len);
    free(*to);
    *to = copy;
    *to_len = len;
    return true;
}

static bool send_request(struct ike_sa *sa)
{
    struct pending *p = &sa->pending;
    uint8_t buf[IKE_MESSAGE_MAX], public[DH_PUBLIC_MAX];
    struct sa_payload offer;
    struct chain c;
    if (dh_public(&p->dh, public) != CRYPTO_OK)
        return false;
    chain_begin(&c, buf, sizeof buf);
    offer_ike(sa->conn, 0, &offer);
    if (sa->cookie_len) /* RFC 7296 2.6: as the first payload, all else unchanged */
        notify_write(&c, COOKIE, (struct bytes){sa->cookie, sa->cookie_len});
    sa_write(&c, &offer);
    ke_write(&c, p->dh.group->id, (struct bytes){public, p->dh.group->public_len});
    nonce_write(&c, (struct bytes){sa->ni.data, sa->ni.len});
    write_abilities(sa, &c);
    return hello_write(sa, false, &c) && nat_write(&c, sa, &sa->local, &sa->peer) &&
           window_request_clear(sa, &c) &&
           keep(&sa->init_own, &sa->init_own_len, p->packet, p->len);
}

bool init_start(struct ike_sa *sa)
{
    struct sa_payload offer;
    offer_ike(sa->conn, 0, &offer);
    sa->ni.len = NONCE_LEN;
    if (offer.count == 0) {
        log_info("%s: none of its proposals is supported", sa->conn->name);
        return false;
    }
    return random_bytes(sa->ni.data, NONCE_LEN) &&
           dh_init(&sa->pending.dh, offer_group(&offer)) == CRYPTO_OK && send_request(sa);
}

static void give_up(struct ike_sa *sa, const char *why)
{
    ike_sa_close(sa, IKE_END_FAILED, why);
}

/* An answer that asks to begin again. true: it was one, and is dealt with. */
static bool restart(struct ike_sa *sa, const struct message *msg)
{
    struct pending *p = &sa->pending;
    struct sa_payload offer;
    struct notify n;
    offer_ike(sa->conn, 0, &offer);
    if (notify_find(msg, COOKIE, &n) && n.data.n > 0 && n.data.n <= sizeof sa->cookie) {
        memcpy(sa->cookie, n.data.p, n.data.n);
        sa->cookie_len = n.data.n;
        log_debug("%s[%u]: cookie of %zu bytes to be shown", sa->conn->name, sa->number, n.data.n);
    } else if (notify_find(msg, INVALID_KE_PAYLOAD, &n) && n.data.n == 2) {
        uint16_t group = (uint16_t)(n.data.p[0] << 8 | n.data.p[1]);
        /* RFC 7296 1.3: only a group that we offered, and not the same again */
        if (!offer_has_group(&offer, group) || group == p->dh.group->id)
            return false;
        dh_clear(&p->dh);
        if (dh_init(&p->dh, group) != CRYPTO_OK) {
            give_up(sa, "no key pair could be made");
            return true;
        }
        log_info("%s[%u]: the peer wants %s", sa->conn->name, sa->number, p->dh.group->word);
    } else {
        return false;
    }
    if (++p->task.tries > RESTARTS_MAX)
        give_up(sa, "the peer asks again and again to begin anew");
    else if (!send_request(sa))
        give_up(sa, "no request could be made");
    return true;
}

/* Keys from both messages. */
static enum crypto_err derive(struct ike_sa *sa, const struct dh *dh, const struct ke *ke)
{
    struct dh_secret shared = {.len = 0};
    const struct exchange_nonces nonces = {{sa->ni.data, sa->ni.len}, {sa->nr.data, sa->nr.len}};
    enum crypto_err err = dh_shared(dh, ke->data.p, ke->data.n, &shared);
    if (err == CRYPTO_OK)
        err = ike_keys_derive(&sa->keys, &sa->suite, &shared, &nonces,
                              sa->initiator ? sa->spi_own : sa->spi_peer,
                              sa->initiator ? sa->spi_peer : sa->spi_own, NULL, 0);
    dh_secret_clear(&shared);
    if (err == CRYPTO_OK)
        keylog_ike(sa);
    return err;
}

/* The three payloads both messages have. */
static bool read_message(const struct message *msg, struct sa_payload *theirs, struct ke *ke,
                         struct bytes *nonce)
{
    const struct payload *sa = message_find(msg, PAYLOAD_SA), *k = message_find(msg, PAYLOAD_KE),
                         *n = message_find(msg, PAYLOAD_NONCE);
    return sa && k && n && sa_parse(sa, theirs) == WIRE_OK && ke_parse(k, ke) == WIRE_OK &&
           nonce_parse(n, nonce) == WIRE_OK;
}

/* Nothing here is authenticated yet. What makes no sense is ignored: the right answer may still
 * come. */
static void response(struct ike_sa *sa, const struct message *msg)
{
    struct sa_payload offer, theirs;
    struct bytes nonce;
    struct ke ke;
    struct notify n;
    uint64_t spi;
    if (!message_find(msg, PAYLOAD_SA)) {
        if (restart(sa, msg))
            return;
        unsigned error = notify_error(msg, &n);
        if (error == NOTIFY_NONE || error == INVALID_KE_PAYLOAD)
            log_peer("%s[%u]: an IKE_SA_INIT response that says nothing", sa->conn->name,
                     sa->number);
        else
            give_up(sa, notify_name(error));
        return;
    }
    offer_ike(sa->conn, 0, &offer);
    if (msg->header.spi_r == 0 || !read_message(msg, &theirs, &ke, &nonce) ||
        !offer_accepts(&offer, &theirs, false, &sa->suite, &spi) || ke.group != sa->suite.ke ||
        ke.group != sa->pending.dh.group->id) {
        log_peer("%s[%u]: an IKE_SA_INIT response that does not fit the request", sa->conn->name,
                 sa->number);
        return;
    }
    sa->spi_peer = msg->header.spi_r;
    sa->nr.len = nonce.n;
    memcpy(sa->nr.data, nonce.p, nonce.n);
    enum crypto_err err = derive(sa, &sa->pending.dh, &ke);
    if (err == CRYPTO_INVALID) {
        log_peer("%s[%u]: an IKE_SA_INIT response with a bad public value", sa->conn->name,
                 sa->number);
        sa->spi_peer = 0;
        return;
    }
    if (err != CRYPTO_OK || !hello_read(sa, msg) ||
        !keep(&sa->init_peer, &sa->init_peer_len, msg->raw, msg->raw_len)) {
        give_up(sa, "no keys could be made");
        return;
    }
    read_abilities(sa, msg);
    nat_judge(sa, msg);
    nat_float(sa);
    window_done(sa);
    sa->next_out = 1;
    sa->state = IKE_AUTH_SENT;
    if (!auth_start(sa))
        give_up(sa, "no IKE_AUTH request could be made");
}

/* -------------------------------------------------------------------------- responder */

static void answer_clear(struct ike_manager *m, const struct endpoint *local,
                         const struct endpoint *peer, const struct message *msg, unsigned type,
                         struct bytes data)
{
    uint8_t body[128], out[256];
    struct chain c;
    const struct ike_header h = {.spi_i = msg->header.spi_i,
                                 .exchange = IKE_SA_INIT,
                                 .flags = IKE_FLAG_RESPONSE,
                                 .id = msg->header.id};
    chain_begin(&c, body, sizeof body);
    notify_write(&c, type, data);
    size_t len = message_write(&h, &c, out, sizeof out);
    if (len)
        m->env.send(m->env.user, local, peer, out, len);
    if (type != COOKIE)
        log_peer("IKE_SA_INIT from %s answered with %s", endpoint_text(peer).s, notify_name(type));
}

/* RFC 7296 2.1: the same request again, the same answer again; and none to a copy that comes when
 * its IKE_SA is up, where the nonce tells, as the message is not kept any more. */
static bool is_repeated(struct ike_manager *m, const struct endpoint *peer,
                        const struct message *msg, struct bytes ni)
{
    for (struct ike_sa *sa = registry_peer(m, msg->header.spi_i); sa; sa = registry_next_peer(sa)) {
        if (sa->initiator || sa->ni.len != ni.n || memcmp(sa->ni.data, ni.p, ni.n) != 0)
            continue;
        if (sa->was_up)
            return true;
        if (sa->init_peer && endpoint_equal(&sa->peer, peer) && sa->init_peer_len == msg->raw_len &&
            memcmp(sa->init_peer, msg->raw, msg->raw_len) == 0) {
            if (sa->state == IKE_HALF_OPEN && sa->next_in == 1)
                window_repeat_response(sa);
            return true;
        }
    }
    return false;
}

/* RFC 7296 2.6. true: go on. */
static bool pass_cookie(struct ike_manager *m, const struct endpoint *local,
                        const struct endpoint *peer, const struct message *msg, struct bytes ni)
{
    struct notify n;
    uint8_t cookie[COOKIE_LEN];
    size_t open = m->half_open;
    if (open < COOKIE_THRESHOLD)
        return true;
    if (notify_find(msg, COOKIE, &n) && cookie_right(m, ni, peer, msg->header.spi_i, n.data)) {
        bool full = open >= HALF_OPEN_MAX ||
                    (open >= CROWDED && *half_open_from(m, &peer->addr) >= FROM_ONE_MAX);
        if (full)
            log_peer("IKE_SA_INIT from %s dropped: %zu half-open IKE_SAs", endpoint_text(peer).s,
                     open);
        return !full;
    }
    if (cookie_make(m, ni, peer, msg->header.spi_i, cookie))
        answer_clear(m, local, peer, msg, COOKIE, (struct bytes){cookie, sizeof cookie});
    return false;
}

bool conn_fits(const struct config_conn *conn, const struct endpoint *local,
               const struct endpoint *peer)
{
    return (addr_is_any(&conn->local_addr) || addr_equal(&conn->local_addr, &local->addr)) &&
           (addr_is_any(&conn->remote_addr) || addr_equal(&conn->remote_addr, &peer->addr));
}

/* The first connection for these addresses that likes one of the proposals; IKE_AUTH may find that
 * it is another one, by the identities. */
static const struct config_conn *
find_conn(const struct ike_manager *m, const struct endpoint *local, const struct endpoint *peer,
          const struct sa_payload *theirs, struct suite *suite, struct proposal *answer)
{
    for (const struct config_conn *conn = m->config->conns; conn; conn = conn->next) {
        struct sa_payload ours;
        if (conn->retired || !conn_fits(conn, local, peer))
            continue;
        offer_ike(conn, 0, &ours);
        if (offer_choose(&ours, theirs, false, suite, answer))
            return conn;
    }
    return NULL;
}

static bool send_response(struct ike_sa *sa, const struct message *msg,
                          const struct proposal *chosen, const struct dh *dh)
{
    uint8_t buf[IKE_MESSAGE_MAX], public[DH_PUBLIC_MAX];
    struct sa_payload answer = {.count = 1};
    struct chain c;
    answer.proposals[0] = *chosen;
    if (dh_public(dh, public) != CRYPTO_OK)
        return false;
    chain_begin(&c, buf, sizeof buf);
    sa_write(&c, &answer);
    ke_write(&c, dh->group->id, (struct bytes){public, dh->group->public_len});
    nonce_write(&c, (struct bytes){sa->nr.data, sa->nr.len});
    write_abilities(sa, &c);
    return hello_write(sa, true, &c) && nat_write(&c, sa, &sa->local, &sa->peer) &&
           window_respond_clear(sa, msg, &c) &&
           keep(&sa->init_own, &sa->init_own_len, sa->response, sa->response_len) &&
           keep(&sa->init_peer, &sa->init_peer_len, msg->raw, msg->raw_len);
}

/* Everything that was read is right: make the IKE_SA and answer. CRYPTO_INVALID: the
 * public value. */
static enum crypto_err open_sa(struct ike_sa *sa, const struct message *msg,
                               const struct proposal *answer, const struct ke *ke,
                               struct bytes nonce)
{
    struct dh dh = {0};
    registry_set_peer(sa, msg->header.spi_i);
    sa->expires_at = now_ms(sa->m) + HALF_OPEN_MS;
    sa->ni.len = nonce.n;
    memcpy(sa->ni.data, nonce.p, nonce.n);
    sa->nr.len = NONCE_LEN;
    enum crypto_err err = dh_init(&dh, sa->suite.ke);
    if (err == CRYPTO_OK && !random_bytes(sa->nr.data, NONCE_LEN))
        err = CRYPTO_FAILED;
    if (err == CRYPTO_OK)
        err = derive(sa, &dh, ke);
    if (err == CRYPTO_OK) {
        read_abilities(sa, msg);
        nat_judge(sa, msg);
        err =
            hello_read(sa, msg) && send_response(sa, msg, answer, &dh) ? CRYPTO_OK : CRYPTO_FAILED;
    }
    dh_clear(&dh);
    return err;
}

void init_request(struct ike_manager *m, const struct endpoint *local, const struct endpoint *peer,
                  const struct message *msg)
{
    struct sa_payload theirs;
    struct bytes nonce;
    struct ke ke;
    struct suite suite;
    struct proposal answer;
    if (m->closing)
        return;
    if (!read_message(msg, &theirs, &ke, &nonce)) {
        log_peer("IKE_SA_INIT from %s dropped: malformed", endpoint_text(peer).s);
        return;
    }
    if (is_repeated(m, peer, msg, nonce) || !pass_cookie(m, local, peer, msg, nonce))
        return;
    if (mobike_unexpected_nat(msg, local, peer)) {
        answer_clear(m, local, peer, msg, UNEXPECTED_NAT_DETECTED, (struct bytes){0});
        return;
    }
    const struct config_conn *conn = find_conn(m, local, peer, &theirs, &suite, &answer);
    if (!conn) {
        answer_clear(m, local, peer, msg, NO_PROPOSAL_CHOSEN, (struct bytes){0});
        return;
    }
    if (ke.group != suite.ke) { /* RFC 7296 1.3: the group that is taken */
        const uint8_t group[] = {(uint8_t)(suite.ke >> 8), (uint8_t)suite.ke};
        answer_clear(m, local, peer, msg, INVALID_KE_PAYLOAD, (struct bytes){group, sizeof group});
        return;
    }
    struct ike_sa *sa = ike_sa_new(m, conn, false, IKE_HALF_OPEN, local, peer);
    if (!sa)
        return;
    sa->suite = suite;
    enum crypto_err err = open_sa(sa, msg, &answer, &ke, nonce);
    if (err == CRYPTO_OK)
        return;
    ike_sa_free(sa);
    if (err == CRYPTO_INVALID)
        answer_clear(m, local, peer, msg, INVALID_SYNTAX, (struct bytes){0});
}

const struct transition init_transitions[] = {
    {IKE_INIT_SENT, IKE_SA_INIT, true, 0, response, IKE_INIT_SENT | IKE_AUTH_SENT | IKE_CLOSED},
    {0, 0, false, 0, NULL, 0},
};
