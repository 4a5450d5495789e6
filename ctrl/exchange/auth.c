/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IKE_AUTH (RFC 7296 1.2): both sides prove who they are, and set up the first CHILD_SA.
 *
 *   initiator                                        responder
 *   HDR, SK {IDi, [CERT,] [CERTREQ,] [IDr,] AUTH,
 *            SAi2, TSi, TSr}                    -->
 *                                               <--  HDR, SK {IDr, [CERT,] AUTH, SAr2, TSi, TSr}
 *
 * What stands behind AUTH is first.c's, what is in it proof.c's. A request without AUTH asks for
 * EAP, and goes on in auth_eap.c. Who fails to authenticate learns only that:
 *                                               <--  HDR, SK {N(AUTHENTICATION_FAILED)}
 */
#include <stdio.h>
#include <string.h>

#include "ctrl/eap/eap.h"
#include "ctrl/exchange/auth.h"
#include "ctrl/exchange/exchange.h"
#include "ctrl/exchange/first.h"
#include "ctrl/exchange/proof.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/offer.h"
#include "ctrl/sa/registry.h"
#include "ctrl/sa/text.h"
#include "ctrl/sa/want.h"
#include "ctrl/sa/window.h"

/* What the peer sent has to be looked at again, when something else has come. */
static void hold(struct ike_sa *sa, const struct message *msg)
{
    struct auth_state *a = auth_state(sa);
    if (a && !a->held)
        a->held = message_copy(msg);
    if (!a || !a->held) {
        ike_sa_close(sa, IKE_END_FAILED, "no memory");
        return;
    }
    if (sa->initiator) /* the request was answered: nothing to be sent again */
        sa->pending.next_at = UINT64_MAX;
    log_debug("%s[%u]: waits for the signer, or for revocation information", sa->conn->name,
              sa->number);
}

static bool is_held(const struct ike_sa *sa)
{
    return sa->auth && sa->auth->held;
}

/* -------------------------------------------------------------------------- initiator */

bool auth_start(struct ike_sa *sa)
{
    uint8_t buf[IKE_MESSAGE_MAX];
    const struct config_conn *conn = sa->conn;
    const struct config_id *peer = &conn->remote_id;
    struct config_id own;
    struct chain c;
    bool eap = conn->local.kind == CONFIG_AUTH_EAP;
    proof_own_id(conn, sa, &own);
    sa->pending.task = (struct task){.kind = TASK_AUTH, .want = sa->first};
    if (conn->local.kind == CONFIG_AUTH_PSK &&
        proof_foresee(sa, conn, peer, (struct piece){buf, proof_id_body(&own, buf)}))
        return true; /* begun again by auth_go_on */
    chain_begin(&c, buf, sizeof buf);
    id_write(&c, PAYLOAD_IDI, own.type, (struct bytes){own.data, own.len});
    if (!proof_write_certs(sa, &c))
        return false;
    certreq_write(sa, &c);
    if (peer->type && !config_id_is_pattern(peer))
        id_write(&c, PAYLOAD_IDR, peer->type, (struct bytes){peer->data, peer->len});
    if (!eap && (!ppk_offer(sa, peer, &c) || !proof_write(sa, peer, &c)))
        return false;
    return first_offer(sa, &c) && window_request(sa, IKE_AUTH, &c);
}

void auth_refuse(struct ike_sa *sa, const char *why)
{
    log_info("%s[%u]: %s", sa->conn->name, sa->number, why);
    want_failed(sa->m, sa->first, why);
    sa->first = NULL;
    window_done(sa);
    ike_sa_forget_init(sa);
    delete_ike(sa);
}

/* Is it whom we wanted, and does it prove so? why: for the log. */
static enum proof judge(struct ike_sa *sa, const struct message *msg, char *why, size_t why_len)
{
    struct auth_state *a = auth_state(sa);
    struct id id;
    struct auth auth;
    if (!a || id_parse(message_find(msg, PAYLOAD_IDR), &id) != WIRE_OK ||
        auth_parse(message_find(msg, PAYLOAD_AUTH), &auth) != WIRE_OK) {
        (void)snprintf(why, why_len, "malformed");
        return PROOF_WRONG;
    }
    identity_of_wire(&id, &sa->id_peer);
    a->peer_id_len = id.body.n;
    memcpy(a->peer_id, id.body.p, id.body.n); /* id_parse bounds it */
    if (!config_id_fits(&sa->conn->remote_id, &sa->id_peer)) {
        (void)snprintf(why, why_len, "it is %.200s", sa->id_peer.text);
        return PROOF_WRONG;
    }
    if (!ppk_answered(sa, msg)) {
        (void)snprintf(why, why_len, "it does not use the PPK");
        return PROOF_WRONG;
    }
    return proof_check(sa, sa->conn, msg, &id, &auth, why, why_len);
}

static void response(struct ike_sa *sa, const struct message *msg)
{
    char why[512];
    struct notify n;
    enum auth_stage stage = sa->auth ? sa->auth->stage : AUTH_FIRST;
    if (is_held(sa))
        return;
    if (stage != AUTH_FIRST) {
        auth_eap_response(sa, msg);
        return;
    }
    if (!message_find(msg, PAYLOAD_AUTH) || !message_find(msg, PAYLOAD_IDR)) {
        unsigned error = notify_error(msg, &n);
        sa->next_out++;
        ike_sa_close(sa, IKE_END_FAILED,
                     error ? notify_name(error) : "an IKE_AUTH response without AUTH");
        return;
    }
    enum proof proof = judge(sa, msg, why, sizeof why);
    if (proof == PROOF_WAIT) {
        hold(sa, msg);
        return;
    }
    sa->next_out++;
    if (proof == PROOF_WRONG) {
        log_peer("%s[%u]: %s", sa->conn->name, sa->number, why);
        auth_refuse(sa, "the peer did not prove to be who it should be");
    } else if (sa->conn->local.kind == CONFIG_AUTH_EAP) {
        auth_eap_start(sa, msg);
    } else {
        first_accept(sa, msg);
    }
}

/* -------------------------------------------------------------------------- responder */

void auth_fail(struct ike_sa *sa, const struct message *msg)
{
    respond_notify(sa, msg, AUTHENTICATION_FAILED, (struct bytes){0});
    ike_sa_close(sa, IKE_END_FAILED, "not authenticated");
}

/* Does a connection fit addresses, algorithms, both names, and the way of authentication? */
static bool fits(const struct ike_sa *sa, const struct config_conn *conn,
                 const struct config_id *asked, bool eap)
{
    struct sa_payload ours;
    struct config_id own;
    proof_own_id(conn, sa, &own);
    offer_ike(conn, 0, &ours);
    return !conn->retired && conn_fits(conn, &sa->local, &sa->peer) &&
           offer_allows(&ours, &sa->suite) && (conn->remote.kind == CONFIG_AUTH_EAP) == eap &&
           config_id_fits(&conn->remote_id, &sa->id_peer) &&
           (!asked->type || config_id_equal(asked, &own));
}

/* What a request says about who is who. false: malformed. */
static bool read_names(struct ike_sa *sa, const struct message *msg, struct id *id,
                       struct config_id *asked)
{
    const struct payload *idi = message_find(msg, PAYLOAD_IDI),
                         *idr = message_find(msg, PAYLOAD_IDR);
    struct auth_state *a = auth_state(sa);
    struct id wanted;
    *asked = (struct config_id){.type = 0};
    if (!a || !idi || id_parse(idi, id) != WIRE_OK || (idr && id_parse(idr, &wanted) != WIRE_OK))
        return false;
    identity_of_wire(id, &sa->id_peer);
    a->peer_id_len = id->body.n;
    memcpy(a->peer_id, id->body.p, id->body.n);
    if (idr)
        identity_of_wire(&wanted, asked);
    return true;
}

/* The first connection for these two under which the peer's proof is right; it becomes sa's. */
static enum proof find_proven(struct ike_sa *sa, const struct message *msg, const struct id *id,
                              const struct config_id *asked, const struct auth *auth)
{
    char why[512] = "no connection for it";
    for (const struct config_conn *conn = sa->m->config->conns; conn; conn = conn->next) {
        struct auth theirs = *auth;
        if (!fits(sa, conn, asked, false))
            continue;
        if (!ppk_take(sa, conn, msg, &theirs)) {
            (void)snprintf(why, sizeof why, "no PPK that both sides know");
            continue;
        }
        enum proof proof = proof_check(sa, conn, msg, id, &theirs, why, sizeof why);
        if (proof == PROOF_WRONG)
            continue;
        if (proof == PROOF_WAIT)
            ppk_undo(sa);
        else
            ike_sa_set_conn(sa, conn);
        return proof;
    }
    log_peer("%s[%u]: %s: %s", sa->conn->name, sa->number, sa->id_peer.text, why);
    return PROOF_WRONG;
}

/* Our own proof, and what follows it. */
static void answer(struct ike_sa *sa, const struct message *msg)
{
    uint8_t buf[IKE_MESSAGE_MAX];
    struct chain c;
    struct child_sa *child;
    chain_begin(&c, buf, sizeof buf);
    auth_write_own(sa, &c);
    ppk_confirm(sa, &c);
    if (!proof_write(sa, &sa->id_peer, &c)) {
        auth_fail(sa, msg);
        return;
    }
    first_answer(sa, msg, &c, &child);
    if (!window_respond(sa, msg, &c)) {
        ike_sa_close(sa, IKE_END_FAILED, "no IKE_AUTH response could be made");
        return;
    }
    first_up(sa, child);
}

/* IDr and CERT, before AUTH. */
void auth_write_own(struct ike_sa *sa, struct chain *c)
{
    struct config_id own;
    proof_own_id(sa->conn, sa, &own);
    id_write(c, PAYLOAD_IDR, own.type, (struct bytes){own.data, own.len});
    (void)proof_write_certs(sa, c); /* without a certificate there is no AUTH either */
}

static void begin_eap(struct ike_sa *sa, const struct message *msg, const struct config_id *asked)
{
    const struct config_conn *conn = sa->m->config->conns;
    while (conn && !fits(sa, conn, asked, true))
        conn = conn->next;
    if (!conn) {
        log_peer("%s[%u]: no connection for %s with EAP", sa->conn->name, sa->number,
                 sa->id_peer.text);
        auth_fail(sa, msg);
        return;
    }
    ike_sa_set_conn(sa, conn);
    auth_eap_begin(sa, msg);
}

static void request(struct ike_sa *sa, const struct message *msg)
{
    const struct payload *a = message_find(msg, PAYLOAD_AUTH);
    struct config_id asked;
    struct auth auth;
    struct id id;
    if (is_held(sa))
        return;
    if (sa->auth && sa->auth->stage != AUTH_FIRST) {
        auth_eap_request(sa, msg);
        return;
    }
    if (!certreq_read(sa, msg) || !read_names(sa, msg, &id, &asked) ||
        (a && auth_parse(a, &auth) != WIRE_OK)) {
        respond_notify(sa, msg, INVALID_SYNTAX, (struct bytes){0});
        ike_sa_close(sa, IKE_END_FAILED, "a message that cannot be read");
        return;
    }
    if (!a) {
        begin_eap(sa, msg, &asked);
        return;
    }
    switch (find_proven(sa, msg, &id, &asked, &auth)) {
    case PROOF_RIGHT:
        answer(sa, msg);
        break;
    case PROOF_WAIT:
        hold(sa, msg);
        break;
    case PROOF_WRONG:
        auth_fail(sa, msg);
        break;
    }
}

/* RFC 7296 2.21.2: an initiator that has seen our proof, and gives up, says so by itself. */
static void abandoned(struct ike_sa *sa, const struct message *msg)
{
    uint8_t buf[16];
    struct chain c;
    if (!sa->auth || sa->auth->stage == AUTH_FIRST) {
        log_peer("%s[%u]: an INFORMATIONAL before IKE_AUTH", sa->conn->name, sa->number);
        return;
    }
    log_peer("%s[%u]: EAP of %s was given up: %s", sa->conn->name, sa->number,
             eap_identity(sa->auth->eap), eap_why(sa->auth->eap));
    chain_begin(&c, buf, sizeof buf);
    (void)window_respond(sa, msg, &c);
    ike_sa_close(sa, IKE_END_FAILED, "the peer gave up");
}

/* -------------------------------------------------------------------------- both */

void auth_go_on(struct ike_sa *sa)
{
    ike_sa_touch(sa);
    if (is_held(sa)) {
        struct message *msg = sa->auth->held;
        sa->auth->held = NULL;
        if (sa->state == IKE_HALF_OPEN)
            request(sa, msg);
        else if (sa->state == IKE_AUTH_SENT)
            response(sa, msg);
        message_free(msg);
    } else if (sa->state == IKE_AUTH_SENT && !sa->pending.packet && !auth_start(sa)) {
        ike_sa_close(sa, IKE_END_FAILED, "no IKE_AUTH request could be made");
    }
}

void auth_resume(struct ike_manager *m)
{
    for (struct ike_sa *sa = m->sas; sa; sa = sa->next)
        if (is_held(sa))
            auth_go_on(sa);
}

const struct transition auth_transitions[] = {
    {IKE_HALF_OPEN, IKE_AUTH, false, 0, request, IKE_HALF_OPEN | IKE_UP | IKE_CLOSED},
    {IKE_HALF_OPEN, INFORMATIONAL, false, 0, abandoned, IKE_HALF_OPEN | IKE_CLOSED},
    {IKE_AUTH_SENT, IKE_AUTH, true, 0, response, IKE_UP | IKE_AUTH_SENT | IKE_CLOSED},
    {0, 0, false, 0, NULL, 0},
};
