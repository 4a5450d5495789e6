/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IKE_AUTH with EAP (RFC 7296 2.16): the responder proves itself by its certificate, then the
 * initiator by a conversation whose key both sides put into a last pair of AUTH.
 *
 *   initiator                                        responder
 *   HDR, SK {IDi, [IDr,] SAi2, TSi, TSr}        -->
 *                                               <--  HDR, SK {IDr, CERT, AUTH, EAP}
 *   HDR, SK {EAP}                               -->
 *                                               <--  HDR, SK {EAP}            as often as it takes
 *   HDR, SK {EAP}                               -->
 *                                               <--  HDR, SK {EAP (success)}
 *   HDR, SK {AUTH}                              -->
 *                                               <--  HDR, SK {AUTH, SAr2, TSi, TSr}
 */
#include "ctrl/eap/eap.h"
#include "ctrl/exchange/auth.h"
#include "ctrl/exchange/exchange.h"
#include "ctrl/exchange/first.h"
#include "ctrl/exchange/proof.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/window.h"

static void eap_write(struct chain *c, const uint8_t *packet, size_t len)
{
    size_t at = chain_open(c, PAYLOAD_EAP);
    wr_bytes(&c->w, packet, len);
    chain_close(c, at);
}

static struct piece body_of(const struct payload *p)
{
    return (struct piece){p->body, p->len};
}

static struct piece peer_id(const struct ike_sa *sa)
{
    return (struct piece){sa->auth->peer_id, sa->auth->peer_id_len};
}

static bool last_auth_right(struct ike_sa *sa, const struct message *msg)
{
    const struct payload *p = message_find(msg, PAYLOAD_AUTH);
    struct auth auth;
    return p && auth_parse(p, &auth) == WIRE_OK &&
           proof_check_shared(sa, eap_msk(sa->auth->eap), peer_id(sa), &auth);
}

/* -------------------------------------------------------------------------- initiator */

/* Who EAP is to be about: eap_id, or who we are for IKE. */
static void eap_identity_of(const struct ike_sa *sa, struct config_id *id)
{
    const char *named = sa->conn->local.eap_id;
    if (!named || !config_id_parse(named, id) || id->type == 0)
        proof_own_id(sa->conn, sa, id);
}

static void client_turn(struct ike_sa *sa, const struct payload *eap)
{
    uint8_t buf[1024], packet[EAP_PACKET_MAX];
    size_t len = 0;
    struct chain c;
    bool ok = true;
    chain_begin(&c, buf, sizeof buf);
    switch (eap_input(sa->auth->eap, body_of(eap), packet, &len)) {
    case EAP_GOES_ON:
        eap_write(&c, packet, len);
        break;
    case EAP_SUCCESS:
        sa->auth->stage = AUTH_LAST;
        ok = proof_write_shared(sa, eap_msk(sa->auth->eap), &c);
        break;
    case EAP_FAILED:
        log_info("%s[%u]: EAP: %s", sa->conn->name, sa->number, eap_why(sa->auth->eap));
        ike_sa_close(sa, IKE_END_FAILED, "EAP failed");
        return;
    }
    if (!ok || !window_request(sa, IKE_AUTH, &c))
        ike_sa_close(sa, IKE_END_FAILED, "no IKE_AUTH request could be made");
}

/* RFC 7296 2.16: no EAP before the responder's AUTH was right, which it was */
void auth_eap_start(struct ike_sa *sa, const struct message *msg)
{
    const struct payload *eap = message_find(msg, PAYLOAD_EAP);
    struct config_id id;
    eap_identity_of(sa, &id);
    sa->auth->stage = AUTH_EAP;
    sa->auth->eap = eap_client_new(sa->m->env.signer, &id);
    if (sa->auth->eap && eap)
        client_turn(sa, eap);
    else
        auth_refuse(sa, eap ? "no memory" : "the peer does not ask for EAP");
}

void auth_eap_response(struct ike_sa *sa, const struct message *msg)
{
    const struct payload *eap = message_find(msg, PAYLOAD_EAP);
    struct notify n;
    unsigned error = notify_error(msg, &n);
    sa->next_out++;
    if (sa->auth->stage == AUTH_EAP && eap) {
        client_turn(sa, eap);
    } else if (sa->auth->stage == AUTH_LAST && message_find(msg, PAYLOAD_AUTH)) {
        if (last_auth_right(sa, msg))
            first_accept(sa, msg);
        else
            auth_refuse(sa, "the peer does not have the key that EAP made");
    } else {
        ike_sa_close(sa, IKE_END_FAILED,
                     error ? notify_name(error) : "an IKE_AUTH response that says nothing");
    }
}

/* -------------------------------------------------------------------------- responder */

static bool respond(struct ike_sa *sa, const struct message *msg, const struct chain *c)
{
    bool ok = window_respond(sa, msg, c);
    if (!ok)
        ike_sa_close(sa, IKE_END_FAILED, "no IKE_AUTH response could be made");
    return ok;
}

/* eap_id = %any: the client is asked; eap_id = NAME: it is that one; nothing: who it is for IKE. */
static struct eap *new_server(const struct ike_sa *sa)
{
    const char *named = sa->conn->remote.eap_id;
    struct config_id id = sa->id_peer, own, fixed;
    proof_own_id(sa->conn, sa, &own);
    bool known = named && config_id_parse(named, &fixed);
    if (known && fixed.type)
        id = fixed;
    return eap_server_new(sa->m->env.signer, &id, known && !fixed.type, own.text);
}

void auth_eap_begin(struct ike_sa *sa, const struct message *msg)
{
    uint8_t buf[IKE_MESSAGE_MAX], packet[EAP_PACKET_MAX];
    size_t len = 0;
    struct chain c;
    struct auth_state *a = sa->auth;
    a->first = message_copy(msg);
    a->eap = new_server(sa);
    chain_begin(&c, buf, sizeof buf);
    auth_write_own(sa, &c);
    if (!a->first || !a->eap || !proof_write(sa, &sa->id_peer, &c) ||
        eap_begin(a->eap, packet, &len) != EAP_GOES_ON) {
        auth_fail(sa, msg);
        return;
    }
    a->stage = AUTH_EAP;
    eap_write(&c, packet, len);
    (void)respond(sa, msg, &c);
}

static void server_turn(struct ike_sa *sa, const struct message *msg, const struct payload *eap)
{
    uint8_t buf[1024], packet[EAP_PACKET_MAX];
    size_t len = 0;
    struct chain c;
    chain_begin(&c, buf, sizeof buf);
    enum eap_result result = eap_input(sa->auth->eap, body_of(eap), packet, &len);
    if (result == EAP_FAILED) {
        log_peer("%s[%u]: EAP of %s: %s", sa->conn->name, sa->number, eap_identity(sa->auth->eap),
                 eap_why(sa->auth->eap));
        if (len)
            eap_write(&c, packet, len);
        notify_write(&c, AUTHENTICATION_FAILED, (struct bytes){0});
        if (respond(sa, msg, &c))
            ike_sa_close(sa, IKE_END_FAILED, "not authenticated");
        return;
    }
    if (result == EAP_SUCCESS)
        sa->auth->stage = AUTH_LAST;
    eap_write(&c, packet, len);
    (void)respond(sa, msg, &c);
}

static void finish(struct ike_sa *sa, const struct message *msg)
{
    uint8_t buf[IKE_MESSAGE_MAX];
    struct chain c;
    struct child_sa *child;
    if (!last_auth_right(sa, msg)) {
        log_peer("%s[%u]: %s does not have the key that EAP made", sa->conn->name, sa->number,
                 sa->id_peer.text);
        auth_fail(sa, msg);
        return;
    }
    log_info("%s[%u]: %s is %s by EAP", sa->conn->name, sa->number, sa->id_peer.text,
             eap_identity(sa->auth->eap));
    chain_begin(&c, buf, sizeof buf);
    if (!proof_write_shared(sa, eap_msk(sa->auth->eap), &c)) {
        auth_fail(sa, msg);
        return;
    }
    first_answer(sa, sa->auth->first, &c, &child);
    if (respond(sa, msg, &c))
        first_up(sa, child);
}

void auth_eap_request(struct ike_sa *sa, const struct message *msg)
{
    const struct payload *eap = message_find(msg, PAYLOAD_EAP);
    if (sa->auth->stage == AUTH_EAP && eap)
        server_turn(sa, msg, eap);
    else if (sa->auth->stage == AUTH_LAST && message_find(msg, PAYLOAD_AUTH))
        finish(sa, msg);
    else
        auth_fail(sa, msg);
}
