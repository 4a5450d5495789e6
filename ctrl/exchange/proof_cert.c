/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates in IKE_AUTH (RFC 7296 3.6, RFC 7670): which of ours go out, whose key the peer
 * signed with. Order matters: first the chain, then the signature in AUTH, and only then whether
 * anything has been revoked, so that nobody makes us fetch what he likes.
 */
#include "ctrl/exchange/proof_cert.h"

#include <stdio.h>
#include <string.h>

#include "ctrl/exchange/credentials.h"
#include "ctrl/log/log.h"
#include "ctrl/signer/signer.h"
#include "ctrl/trust/trust.h"

/* ---------------------------------------------------------------- ours */

static bool has_key(void *user, const EVP_PKEY *key)
{
    return signer_find_key(user, key) != NULL;
}

static X509 *own_cert(const struct ike_sa *sa)
{
    const struct config_conn *conn = sa->conn;
    struct trust_cas asked = {NULL, 0};
    if (sa->auth)
        asked = (struct trust_cas){sa->auth->cas, sa->auth->cas_count};
    return trust_own(sa->m->trust, conn->local.certs, &conn->local_id, &asked, has_key,
                     sa->m->env.signer);
}

/* local.pubkeys: there is no certificate, and the peer knows the key. */
static const struct signer_key *raw_key(const struct ike_sa *sa)
{
    const struct signer_key *key = NULL;
    for (const struct config_blob *b = sa->conn->local.pubkeys; b && !key; b = b->next) {
        const unsigned char *at = b->data;
        EVP_PKEY *public = d2i_PUBKEY(NULL, &at, (long)b->len);
        key = public ? signer_find_key(sa->m->env.signer, public) : NULL;
        EVP_PKEY_free(public);
    }
    return key;
}

const struct signer_key *proof_own_key(const struct ike_sa *sa)
{
    if (sa->conn->local.pubkeys)
        return raw_key(sa);
    X509 *cert = own_cert(sa);
    const struct signer_key *key =
        cert ? signer_find_key(sa->m->env.signer, X509_get0_pubkey(cert)) : NULL;
    X509_free(cert);
    return key;
}

static bool write_cert(struct chain *c, X509 *cert)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    if (len <= 0)
        return false;
    size_t at = chain_open(c, PAYLOAD_CERT);
    wr_u8(&c->w, CERT_X509_SIGNATURE);
    wr_bytes(&c->w, der, (size_t)len);
    chain_close(c, at);
    OPENSSL_free(der);
    return true;
}

bool proof_write_certs(struct ike_sa *sa, struct chain *c)
{
    const struct auth_state *a = auth_state(sa);
    enum config_send_cert when = sa->conn->send_cert;
    if (!a || sa->conn->local.kind != CONFIG_AUTH_PUBKEY || sa->conn->local.pubkeys ||
        when == CONFIG_SEND_CERT_NEVER || (when == CONFIG_SEND_CERT_IFASKED && !a->cert_asked))
        return a != NULL;
    X509 *cert = own_cert(sa);
    STACK_OF(X509) *path = cert ? trust_path(sa->m->trust, cert) : NULL;
    bool ok = path && write_cert(c, cert); /* RFC 7296 3.6: the one with the key comes first */
    for (int i = 0; ok && i < sk_X509_num(path); i++)
        ok = write_cert(c, sk_X509_value(path, i));
    if (!cert)
        log_info("%s[%u]: no certificate with a private key", sa->conn->name, sa->number);
    sk_X509_pop_free(path, X509_free);
    X509_free(cert);
    return ok;
}

/* ---------------------------------------------------------------- the peer's */

static enum crypto_err signed_by(EVP_PKEY *key, const struct config_conn *conn, struct piece octets,
                                 const struct auth *auth, char *why, size_t why_len)
{
    struct sign_scheme scheme;
    enum crypto_err err =
        key ? sign_check(key, auth->method, (struct piece){auth->data.p, auth->data.n}, octets,
                         &scheme)
            : CRYPTO_UNSUPPORTED;
    if (err == CRYPTO_OK && !sign_allowed(&conn->remote.rule, &scheme, key))
        err = CRYPTO_UNSUPPORTED;
    if (err != CRYPTO_OK)
        (void)snprintf(why, why_len, "%s",
                       err == CRYPTO_INVALID ? "a wrong signature"
                       : err == CRYPTO_FAILED
                           ? "no memory"
                           : "a key or a signature of a kind that is not taken here");
    return err;
}

/* remote.pubkeys: one of these, and nothing else */
static enum proof check_raw(const struct config_conn *conn, struct piece octets,
                            const struct auth *auth, char *why, size_t why_len)
{
    enum proof proof = PROOF_WRONG;
    for (const struct config_blob *b = conn->remote.pubkeys; b && proof == PROOF_WRONG;
         b = b->next) {
        const unsigned char *at = b->data;
        EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)b->len);
        if (signed_by(key, conn, octets, auth, why, why_len) == CRYPTO_OK)
            proof = PROOF_RIGHT;
        EVP_PKEY_free(key);
    }
    return proof;
}

static void collect(struct trust_peer *peer, const struct message *msg)
{
    for (size_t i = 0; i < msg->count && peer->count < TRUST_CERTS; i++) {
        const struct payload *p = &msg->payloads[i];
        if (p->type != PAYLOAD_CERT || p->len < 2 || p->body[0] != CERT_X509_SIGNATURE)
            continue;
        peer->certs[peer->count].p = p->body + 1;
        peer->certs[peer->count++].n = p->len - 1;
    }
}

static enum proof check_chain(struct ike_sa *sa, const struct config_conn *conn,
                              const struct message *msg, struct piece octets,
                              const struct auth *auth, char *why, size_t why_len)
{
    struct trust_peer peer = {.conf = &conn->remote, .id = &sa->id_peer};
    char text[TRUST_WHY] = "";
    enum proof proof = PROOF_WRONG;
    collect(&peer, msg);
    STACK_OF(X509) *chain = trust_chain(sa->m->trust, &peer, text);
    if (!chain) {
        (void)snprintf(why, why_len, "%s", text);
        return PROOF_WRONG;
    }
    EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(chain, 0)); /* NULL: not to be read */
    if (signed_by(key, conn, octets, auth, why, why_len) == CRYPTO_OK) {
        enum trust_verdict v = credentials_revoked(sa->m, chain, conn->remote.revocation, text);
        proof = v == TRUST_GOOD ? PROOF_RIGHT : v == TRUST_WAIT ? PROOF_WAIT : PROOF_WRONG;
        (void)snprintf(why, why_len, "%s", text);
    }
    sk_X509_pop_free(chain, X509_free);
    return proof;
}

enum proof proof_check_signature(struct ike_sa *sa, const struct config_conn *conn,
                                 const struct message *msg, struct piece octets,
                                 const struct auth *auth, char *why, size_t why_len)
{
    return conn->remote.pubkeys ? check_raw(conn, octets, auth, why, why_len)
                                : check_chain(sa, conn, msg, octets, auth, why, why_len);
}
