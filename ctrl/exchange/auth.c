/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IKE_AUTH (RFC 7296 1.2): both sides prove who they are, and set up the first CHILD_SA.
 *
 *   initiator                                        responder
 *   HDR, SK {IDi, [IDr,] AUTH, SAi2, TSi, TSr} -->
 *                                               <--  HDR, SK {IDr, AUTH, SAr2, TSi, TSr}
 *
 * What stands behind AUTH is first.c's. Who fails to authenticate learns only that:
 *                                               <--  HDR, SK {N(AUTHENTICATION_FAILED)}
 */
#include <string.h>

#include <openssl/crypto.h>

#include "ctrl/exchange/exchange.h"
#include "ctrl/exchange/first.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/offer.h"
#include "ctrl/sa/text.h"
#include "ctrl/sa/want.h"
#include "ctrl/sa/window.h"

#define ID_BODY_MAX (4 + 256)

static void own_identity(const struct config_conn *conn, const struct ike_sa *sa,
                         struct config_id *id)
{
    if (conn->local_id.type)
        *id = conn->local_id;
    else
        identity_of_addr(&sa->local.addr, id);
}

/* The body of the ID payload that id_write makes: AUTH covers it. */
static size_t id_body(const struct config_id *id, uint8_t body[ID_BODY_MAX])
{
    struct wr w = wr_over(body, ID_BODY_MAX);
    wr_u32(&w, (uint32_t)id->type << 24);
    wr_bytes(&w, id->data, id->len);
    return w.len;
}

/* AUTH of one side of sa. by_initiator: which side's. */
static enum crypto_err compute(const struct ike_sa *sa, bool by_initiator,
                               const struct config_secret *secret, struct piece id,
                               uint8_t out[HASH_MAX])
{
    bool own = by_initiator == sa->initiator;
    const struct piece message = {own ? sa->init_own : sa->init_peer,
                                  own ? sa->init_own_len : sa->init_peer_len};
    const struct nonce *nonce = by_initiator ? &sa->nr : &sa->ni;
    return auth_psk(sa->suite.prf, (struct piece){secret->data, secret->len}, message,
                    (struct piece){nonce->data, nonce->len},
                    by_initiator ? &sa->keys.pi : &sa->keys.pr, id, out);
}

static bool write_auth(const struct ike_sa *sa, const struct config_secret *secret,
                       const struct config_id *own, struct chain *c)
{
    uint8_t body[ID_BODY_MAX], mac[HASH_MAX];
    size_t len = id_body(own, body);
    if (compute(sa, sa->initiator, secret, (struct piece){body, len}, mac) != CRYPTO_OK)
        return false;
    auth_write(c, AUTH_METHOD_PSK, (struct bytes){mac, alg_prf(sa->suite.prf)->len});
    return true;
}

static bool verify(const struct ike_sa *sa, const struct config_secret *secret, const struct id *id,
                   const struct auth *auth)
{
    uint8_t mac[HASH_MAX];
    if (auth->method != AUTH_METHOD_PSK ||
        compute(sa, !sa->initiator, secret, (struct piece){id->body.p, id->body.n}, mac) !=
            CRYPTO_OK)
        return false;
    size_t len = alg_prf(sa->suite.prf)->len;
    bool right = auth->data.n == len && crypto_equal(mac, auth->data.p, len);
    OPENSSL_cleanse(mac, sizeof mac);
    return right;
}

/* -------------------------------------------------------------------------- initiator */

bool auth_start(struct ike_sa *sa)
{
    uint8_t buf[IKE_MESSAGE_MAX];
    struct config_id own;
    struct chain c;
    own_identity(sa->conn, sa, &own);
    const struct config_secret *secret =
        config_find_secret(sa->m->config, &own, &sa->conn->remote_id);
    if (!secret) {
        log_info("%s[%u]: no secret for %s and %s", sa->conn->name, sa->number, own.text,
                 sa->conn->remote_id.type ? sa->conn->remote_id.text : "anybody");
        return false;
    }
    sa->pending.task = (struct task){.kind = TASK_AUTH, .want = sa->first};
    chain_begin(&c, buf, sizeof buf);
    id_write(&c, PAYLOAD_IDI, own.type, (struct bytes){own.data, own.len});
    if (sa->conn->remote_id.type)
        id_write(&c, PAYLOAD_IDR, sa->conn->remote_id.type,
                 (struct bytes){sa->conn->remote_id.data, sa->conn->remote_id.len});
    if (!write_auth(sa, secret, &own, &c))
        return false;
    return first_offer(sa, &c) && window_request(sa, IKE_AUTH, &c);
}

/* The peer believes that the IKE_SA is up: tell it otherwise. */
static void refuse(struct ike_sa *sa, const char *why)
{
    log_info("%s[%u]: %s", sa->conn->name, sa->number, why);
    want_failed(sa->m, sa->first, why);
    sa->first = NULL;
    window_done(sa);
    ike_sa_forget_init(sa);
    delete_ike(sa);
}

static bool peer_proves(struct ike_sa *sa, const struct message *msg)
{
    struct config_id own;
    struct id id;
    struct auth auth;
    if (id_parse(message_find(msg, PAYLOAD_IDR), &id) != WIRE_OK ||
        auth_parse(message_find(msg, PAYLOAD_AUTH), &auth) != WIRE_OK)
        return false;
    identity_of_wire(&id, &sa->id_peer);
    own_identity(sa->conn, sa, &own);
    if (sa->conn->remote_id.type && !config_id_equal(&sa->conn->remote_id, &sa->id_peer))
        return false;
    const struct config_secret *secret = config_find_secret(sa->m->config, &own, &sa->id_peer);
    return secret && verify(sa, secret, &id, &auth);
}

static void response(struct ike_sa *sa, const struct message *msg)
{
    struct notify n;
    sa->next_out++;
    if (!message_find(msg, PAYLOAD_AUTH) || !message_find(msg, PAYLOAD_IDR)) {
        unsigned error = notify_error(msg, &n);
        ike_sa_close(sa, IKE_END_FAILED,
                     error ? notify_name(error) : "an IKE_AUTH response without AUTH");
        return;
    }
    if (!peer_proves(sa, msg)) {
        refuse(sa, "the peer did not prove to be who it should be");
        return;
    }
    first_accept(sa, msg);
}

/* -------------------------------------------------------------------------- responder */

/* The connection of these identities: the first that fits addresses, algorithms and both names. */
static const struct config_conn *find_conn(struct ike_sa *sa, const struct config_id *asked)
{
    for (const struct config_conn *conn = sa->m->config->conns; conn; conn = conn->next) {
        struct sa_payload ours;
        struct config_id own;
        own_identity(conn, sa, &own);
        offer_ike(conn, 0, &ours);
        if (!conn->retired && conn_fits(conn, &sa->local, &sa->peer) &&
            offer_allows(&ours, &sa->suite) &&
            (!conn->remote_id.type || config_id_equal(&conn->remote_id, &sa->id_peer)) &&
            (!asked->type || config_id_equal(asked, &own)))
            return conn;
    }
    return NULL;
}

/* Who is it, and is that so? The secret for the answer, or NULL. */
static const struct config_secret *authenticate(struct ike_sa *sa, const struct message *msg,
                                                struct config_id *own)
{
    const struct payload *idr = message_find(msg, PAYLOAD_IDR),
                         *a = message_find(msg, PAYLOAD_AUTH);
    struct config_id asked = {.type = 0};
    struct id id, wanted;
    struct auth auth;
    if (id_parse(message_find(msg, PAYLOAD_IDI), &id) != WIRE_OK ||
        (idr && id_parse(idr, &wanted) != WIRE_OK))
        return NULL;
    identity_of_wire(&id, &sa->id_peer);
    if (idr)
        identity_of_wire(&wanted, &asked);
    if (!a || auth_parse(a, &auth) != WIRE_OK) {
        log_peer("%s[%u]: %s wants EAP, which there is not", sa->conn->name, sa->number,
                 sa->id_peer.text);
        return NULL;
    }
    const struct config_conn *conn = find_conn(sa, &asked);
    if (!conn) {
        log_peer("%s[%u]: no connection for %s", sa->conn->name, sa->number, sa->id_peer.text);
        return NULL;
    }
    ike_sa_set_conn(sa, conn);
    own_identity(conn, sa, own);
    const struct config_secret *secret = config_find_secret(sa->m->config, own, &sa->id_peer);
    if (!secret || !verify(sa, secret, &id, &auth)) {
        log_peer("%s[%u]: %s: %s", conn->name, sa->number, sa->id_peer.text,
                 secret ? "wrong secret" : "no secret for it");
        return NULL;
    }
    return secret;
}

static void request(struct ike_sa *sa, const struct message *msg)
{
    uint8_t buf[IKE_MESSAGE_MAX];
    struct config_id own;
    struct chain c;
    struct child_sa *child;
    const struct config_secret *secret = authenticate(sa, msg, &own);
    if (!secret) {
        respond_notify(sa, msg, AUTHENTICATION_FAILED, (struct bytes){0});
        ike_sa_close(sa, IKE_END_FAILED, "not authenticated");
        return;
    }
    chain_begin(&c, buf, sizeof buf);
    id_write(&c, PAYLOAD_IDR, own.type, (struct bytes){own.data, own.len});
    if (!write_auth(sa, secret, &own, &c)) {
        ike_sa_close(sa, IKE_END_FAILED, "no AUTH could be made");
        return;
    }
    first_answer(sa, msg, &c, &child);
    if (!window_respond(sa, msg, &c)) {
        ike_sa_close(sa, IKE_END_FAILED, "no IKE_AUTH response could be made");
        return;
    }
    first_up(sa, child);
}

const struct transition auth_transitions[] = {
    {IKE_HALF_OPEN, IKE_AUTH, false, PAYLOAD_BIT(PAYLOAD_IDI), request, IKE_UP | IKE_CLOSED},
    {IKE_AUTH_SENT, IKE_AUTH, true, 0, response, IKE_UP | IKE_AUTH_SENT | IKE_CLOSED},
    {0, 0, false, 0, NULL, 0},
};
