/* SPDX-License-Identifier: Apache-2.0 */
/* AUTH by a shared secret or by a signature, written and checked. See proof.h; certificates of the
 * peer are proof_cert.c's. */
#include "ctrl/exchange/proof.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

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

/* ---------------------------------------------------------------- writing */

static bool write_psk(struct ike_sa *sa, const struct config_id *peer, struct piece octets,
                      struct chain *c)
{
    uint8_t mac[HASH_MAX];
    struct config_id own;
    proof_own_id(sa->conn, sa, &own);
    enum signer_err err = signer_psk(sa->m->env.signer, &own, peer, sa->suite.prf, octets, mac);
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

static bool write_signature(struct ike_sa *sa, struct piece octets, struct chain *c)
{
    uint8_t sig[SIGN_MAX];
    size_t len;
    struct sign_scheme scheme;
    const struct signer_key *key = proof_own_key(sa);
    const struct auth_state *a = auth_state(sa);
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
    uint8_t buf[PROOF_OCTETS];
    struct piece octets = own_octets(sa, buf);
    if (octets.n == 0)
        return false;
    return sa->conn->local.kind == CONFIG_AUTH_PSK ? write_psk(sa, peer, octets, c)
                                                   : write_signature(sa, octets, c);
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

static enum proof check_psk(struct ike_sa *sa, const struct config_conn *conn, struct piece octets,
                            const struct auth *auth, char *why, size_t why_len)
{
    uint8_t mac[HASH_MAX];
    struct config_id own;
    proof_own_id(conn, sa, &own);
    enum signer_err err =
        signer_psk(sa->m->env.signer, &own, &sa->id_peer, sa->suite.prf, octets, mac);
    if (err == SIGNER_OK && mac_right(sa, mac, auth))
        return PROOF_RIGHT;
    (void)snprintf(why, why_len, "%s",
                   err == SIGNER_OK       ? "wrong secret"
                   : err == SIGNER_NO_KEY ? "no secret for it"
                                          : signer_err_text(err));
    return PROOF_WRONG;
}

enum proof proof_check(struct ike_sa *sa, const struct config_conn *conn, const struct message *msg,
                       const struct id *id, const struct auth *auth, char *why, size_t why_len)
{
    uint8_t buf[PROOF_OCTETS];
    struct piece octets =
        proof_octets(sa, !sa->initiator, (struct piece){id->body.p, id->body.n}, buf);
    bool psk = auth->method == AUTH_METHOD_PSK;
    if (octets.n == 0) {
        (void)snprintf(why, why_len, "no memory");
        return PROOF_WRONG;
    }
    if (psk != (conn->remote.kind == CONFIG_AUTH_PSK)) {
        (void)snprintf(why, why_len, "%s, which is not what this connection wants",
                       psk ? "a shared secret" : "a signature");
        return PROOF_WRONG;
    }
    return psk ? check_psk(sa, conn, octets, auth, why, why_len)
               : proof_check_signature(sa, conn, msg, octets, auth, why, why_len);
}
