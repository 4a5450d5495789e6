/* SPDX-License-Identifier: Apache-2.0 */
/* AUTH by a shared secret or by a signature, written and checked. See proof.h; certificates of the
 * peer are proof_cert.c's. */
#include "ctrl/exchange/proof.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "ctrl/exchange/lot.h"
#include "ctrl/exchange/proof_cert.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/text.h"
#include "ctrl/signer/signer.h"
#include "ctrl/trust/trust.h"

void proof_own_id(const struct config_conn *conn, const struct ike_sa *sa, struct config_id *id)
{
    if (conn->local_id.type)
        *id = conn->local_id;
    else
        identity_of_addr(&sa->local.addr, id);
}

/* As id_write makes it. */
size_t proof_id_body(const struct config_id *id, uint8_t body[4 + 256])
{
    struct wr w = wr_over(body, 4 + 256);
    wr_u32(&w, (uint32_t)id->type << 24);
    wr_bytes(&w, id->data, id->len);
    return w.len;
}

struct piece proof_octets(const struct ike_sa *sa, bool by_initiator, struct piece id,
                          uint8_t buf[PROOF_OCTETS])
{
    bool own = by_initiator == sa->initiator;
    const struct piece message = {own ? sa->init_own : sa->init_peer,
                                  own ? sa->init_own_len : sa->init_peer_len};
    const struct nonce *nonce = by_initiator ? &sa->nr : &sa->ni;
    size_t len = auth_octets(sa->suite.prf, message, (struct piece){nonce->data, nonce->len},
                             by_initiator ? &sa->keys.pi : &sa->keys.pr, id, buf, PROOF_OCTETS);
    return (struct piece){buf, len};
}

static struct piece own_octets(const struct ike_sa *sa, uint8_t buf[PROOF_OCTETS])
{
    uint8_t body[4 + 256];
    struct config_id own;
    proof_own_id(sa->conn, sa, &own);
    return proof_octets(sa, sa->initiator, (struct piece){body, proof_id_body(&own, body)}, buf);
}

/* ---------------------------------------------------------------- pre-shared keys */

/* The responder's name, when it is known before it says it; else its type is 0. With a PPK the keys
 * that its AUTH covers are known later only. */
static void foresee_responder(const struct ike_sa *sa, const struct config_conn *conn,
                              struct config_id *id)
{
    enum config_auth_kind how = sa->initiator ? conn->remote.kind : conn->local.kind;
    *id = (struct config_id){.type = 0};
    if (how != CONFIG_AUTH_PSK || conn->ppk_id)
        return;
    if (!sa->initiator)
        proof_own_id(conn, sa, id);
    else if (conn->remote_id.type && !config_id_is_pattern(&conn->remote_id))
        *id = conn->remote_id;
}

static enum signer_err ask(struct ike_sa *sa, const struct config_conn *conn,
                           const struct config_id *peer, const struct piece *octets,
                           uint8_t macs[2][HASH_MAX])
{
    struct config_id own;
    proof_own_id(conn, sa, &own);
    return octets[1].n
               ? signer_psk_both(sa->m->env.signer, &own, peer, sa->suite.prf, octets, macs)
               : signer_psk(sa->m->env.signer, &own, peer, sa->suite.prf, octets[0], macs[0]);
}

/* What AUTH of the initiator covers, and of the responder if that is known: it is needed next, and
 * each question costs two turns of the processor between processes. id: the body of the initiator's
 * ID payload. */
static bool both_octets(const struct ike_sa *sa, const struct config_conn *conn, struct piece id,
                        uint8_t buf[2][PROOF_OCTETS], struct piece octets[2])
{
    uint8_t body[4 + 256];
    struct config_id responder;
    octets[0] = proof_octets(sa, true, id, buf[0]);
    octets[1] = (struct piece){0};
    foresee_responder(sa, conn, &responder);
    if (responder.type)
        octets[1] =
            proof_octets(sa, false, (struct piece){body, proof_id_body(&responder, body)}, buf[1]);
    return octets[0].n > 0;
}

static enum signer_err psk_initiator(struct ike_sa *sa, const struct config_conn *conn,
                                     const struct config_id *peer, struct piece id,
                                     uint8_t mac[HASH_MAX])
{
    uint8_t buf[2][PROOF_OCTETS], macs[2][HASH_MAX];
    struct piece octets[2];
    struct auth_state *a = auth_state(sa);
    if (a && a->foreseen_initiator == conn) {
        a->foreseen_initiator = NULL; /* for this message, and no other */
        memcpy(mac, a->foreseen_initiator_mac, HASH_MAX);
        return SIGNER_OK;
    }
    if (!a || !both_octets(sa, conn, id, buf, octets))
        return SIGNER_FAILED;
    enum signer_err err = ask(sa, conn, peer, octets, macs);
    a->foreseen = err == SIGNER_OK && octets[1].n ? conn : NULL;
    if (a->foreseen)
        memcpy(a->foreseen_mac, macs[1], HASH_MAX);
    if (err == SIGNER_OK)
        memcpy(mac, macs[0], HASH_MAX);
    OPENSSL_cleanse(macs, sizeof macs);
    return err;
}

bool proof_foresee(struct ike_sa *sa, const struct config_conn *conn, const struct config_id *peer,
                   struct piece id)
{
    uint8_t buf[2][PROOF_OCTETS];
    struct piece octets[2];
    struct config_id own;
    if (!lot_takes(sa->m, conn))
        return false;
    proof_own_id(conn, sa, &own);
    return auth_state(sa) && both_octets(sa, conn, id, buf, octets) &&
           lot_add(sa, conn, &own, peer, octets);
}

static enum signer_err psk_responder(struct ike_sa *sa, const struct config_conn *conn,
                                     const struct config_id *peer, struct piece id,
                                     uint8_t mac[HASH_MAX])
{
    uint8_t buf[PROOF_OCTETS], macs[2][HASH_MAX], body[4 + 256];
    const struct auth_state *a = sa->auth;
    struct config_id responder;
    foresee_responder(sa, conn, &responder);
    size_t len = proof_id_body(&responder, body);
    if (a && a->foreseen == conn && len == id.n && memcmp(body, id.p, len) == 0) {
        memcpy(mac, a->foreseen_mac, HASH_MAX);
        return SIGNER_OK;
    }
    const struct piece octets[2] = {proof_octets(sa, false, id, buf), {0}};
    enum signer_err err = octets[0].n ? ask(sa, conn, peer, octets, macs) : SIGNER_FAILED;
    if (err == SIGNER_OK)
        memcpy(mac, macs[0], HASH_MAX);
    OPENSSL_cleanse(macs, sizeof macs);
    return err;
}

/* AUTH with the secret of this side and that peer. */
static enum signer_err shared_auth(struct ike_sa *sa, const struct config_conn *conn,
                                   const struct config_id *peer, bool by_initiator, struct piece id,
                                   uint8_t mac[HASH_MAX])
{
    return by_initiator ? psk_initiator(sa, conn, peer, id, mac)
                        : psk_responder(sa, conn, peer, id, mac);
}

/* ---------------------------------------------------------------- writing */

static bool write_psk(struct ike_sa *sa, const struct config_id *peer, struct chain *c)
{
    uint8_t mac[HASH_MAX], body[4 + 256];
    struct config_id own;
    proof_own_id(sa->conn, sa, &own);
    const struct piece id = {body, proof_id_body(&own, body)};
    enum signer_err err = shared_auth(sa, sa->conn, peer, sa->initiator, id, mac);
    if (err == SIGNER_NO_KEY)
        log_info("%s[%u]: no secret for %s and %s", sa->conn->name, sa->number, own.text,
                 peer->type ? peer->text : "anybody");
    else if (err != SIGNER_OK)
        log_info("%s[%u]: %s", sa->conn->name, sa->number, signer_err_text(err));
    else
        auth_write(c, AUTH_METHOD_PSK, (struct bytes){mac, alg_prf(sa->suite.prf)->len});
    OPENSSL_cleanse(mac, sizeof mac);
    return err == SIGNER_OK;
}

static bool write_signature(struct ike_sa *sa, struct chain *c)
{
    uint8_t sig[SIGN_MAX], buf[PROOF_OCTETS];
    const struct piece octets = own_octets(sa, buf);
    size_t len;
    struct sign_scheme scheme;
    const struct signer_key *key = proof_own_key(sa);
    const struct auth_state *a = auth_state(sa);
    if (octets.n == 0)
        return false;
    if (!key || !a) {
        log_info("%s[%u]: no private key for what this side is to be", sa->conn->name, sa->number);
        return false;
    }
    if (!sign_choose(key->public, a->peer_hashes, &sa->conn->local.rule, &scheme)) {
        log_info("%s[%u]: no way to sign that the peer and this connection know", sa->conn->name,
                 sa->number);
        return false;
    }
    enum signer_err err = signer_sign(sa->m->env.signer, key, &scheme, octets, sig, &len);
    if (err != SIGNER_OK)
        log_info("%s[%u]: no signature: %s", sa->conn->name, sa->number, signer_err_text(err));
    else
        auth_write(c, scheme.method, (struct bytes){sig, len});
    return err == SIGNER_OK;
}

bool proof_write(struct ike_sa *sa, const struct config_id *peer, struct chain *c)
{
    return sa->conn->local.kind == CONFIG_AUTH_PSK ? write_psk(sa, peer, c)
                                                   : write_signature(sa, c);
}

bool proof_write_shared(struct ike_sa *sa, struct piece secret, struct chain *c)
{
    uint8_t buf[PROOF_OCTETS], mac[HASH_MAX];
    struct piece octets = own_octets(sa, buf);
    if (octets.n == 0 || auth_shared(sa->suite.prf, secret, octets, mac) != CRYPTO_OK)
        return false;
    auth_write(c, AUTH_METHOD_PSK, (struct bytes){mac, alg_prf(sa->suite.prf)->len});
    return true;
}

/* ---------------------------------------------------------------- checking */

static bool mac_right(const struct ike_sa *sa, uint8_t mac[HASH_MAX], const struct auth *auth)
{
    size_t len = alg_prf(sa->suite.prf)->len;
    bool right = auth->method == AUTH_METHOD_PSK && auth->data.n == len &&
                 crypto_equal(mac, auth->data.p, len);
    OPENSSL_cleanse(mac, HASH_MAX);
    return right;
}

bool proof_check_shared(struct ike_sa *sa, struct piece secret, struct piece id,
                        const struct auth *auth)
{
    uint8_t buf[PROOF_OCTETS], mac[HASH_MAX];
    struct piece octets = proof_octets(sa, !sa->initiator, id, buf);
    return octets.n && auth_shared(sa->suite.prf, secret, octets, mac) == CRYPTO_OK &&
           mac_right(sa, mac, auth);
}

static enum proof check_psk(struct ike_sa *sa, const struct config_conn *conn, struct piece id,
                            const struct auth *auth, char *why, size_t why_len)
{
    uint8_t mac[HASH_MAX];
    if (!sa->initiator && proof_foresee(sa, conn, &sa->id_peer, id))
        return PROOF_WAIT;
    enum signer_err err = shared_auth(sa, conn, &sa->id_peer, !sa->initiator, id, mac);
    if (err == SIGNER_OK && mac_right(sa, mac, auth))
        return PROOF_RIGHT;
    (void)snprintf(why, why_len, "%s",
                   err == SIGNER_OK       ? "wrong secret"
                   : err == SIGNER_NO_KEY ? "no secret for it"
                                          : signer_err_text(err));
    return PROOF_WRONG;
}

static enum proof check_signature(struct ike_sa *sa, const struct config_conn *conn,
                                  const struct message *msg, struct piece id,
                                  const struct auth *auth, char *why, size_t why_len)
{
    uint8_t buf[PROOF_OCTETS];
    struct piece octets = proof_octets(sa, !sa->initiator, id, buf);
    if (octets.n)
        return proof_check_signature(sa, conn, msg, octets, auth, why, why_len);
    (void)snprintf(why, why_len, "no memory");
    return PROOF_WRONG;
}

enum proof proof_check(struct ike_sa *sa, const struct config_conn *conn, const struct message *msg,
                       const struct id *id, const struct auth *auth, char *why, size_t why_len)
{
    const struct piece body = {id->body.p, id->body.n};
    bool psk = auth->method == AUTH_METHOD_PSK;
    if (psk != (conn->remote.kind == CONFIG_AUTH_PSK)) {
        (void)snprintf(why, why_len, "%s, which is not what this connection wants",
                       psk ? "a shared secret" : "a signature");
        return PROOF_WRONG;
    }
    return psk ? check_psk(sa, conn, body, auth, why, why_len)
               : check_signature(sa, conn, msg, body, auth, why, why_len);
}
