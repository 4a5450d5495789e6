/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom to believe: certificates, CAs, CRLs, what OCSP responders said; chains and names. Everything
 * here is public; OpenSSL does X.509.
 *
 * Nothing is fetched while a chain is built. When one has been verified, down from a CA of ours,
 * and its key has signed this exchange, trust_revoked says what it would like to know about it:
 * only from addresses that a trusted CA has signed, or the administrator has written.
 */
#ifndef CTRL_TRUST_H
#define CTRL_TRUST_H

#include <openssl/x509.h>

#include "ctrl/config/config.h"

#define TRUST_WHY 256
#define TRUST_CERTS 16 /* most certificates taken from a peer */
#define TRUST_URL 512
#define TRUST_FETCH_MAX (1024u * 1024) /* bytes of an answer */

struct trust;

struct trust *trust_new(void); /* NULL: no memory */
void trust_free(struct trust *t);

/* kind: of a certificate, a CA's or a CRL. CAs that signed themselves are where chains end; all
 * others only help to build them. false: it is none, or no memory. */
bool trust_add(struct trust *t, enum config_cred_kind kind, const struct config_blob *blob);
void trust_clear(struct trust *t); /* what was added; authorities stay */
void trust_flush(struct trust *t); /* what was fetched */
/* Becomes the store's, in the place of the one with its name. */
void trust_add_authority(struct trust *t, struct config_authority *a);
bool trust_remove_authority(struct trust *t, const char *name); /* false: no such one */
const struct config_authority *trust_authorities(const struct trust *t);

/* SHA-1 of each CA's SubjectPublicKeyInfo (RFC 7296 3.7), at most `max`. */
size_t trust_cas(const struct trust *t, uint8_t (*hashes)[SIGN_KEYID_LEN], size_t max);
/* CAs by the SHA-1 of their SubjectPublicKeyInfo, as in CERTREQ. */
struct trust_cas {
    uint8_t (*hashes)[SIGN_KEYID_LEN];
    size_t count;
};
/* Of what a connection names as ours, and else of what was added: those with a key that `has` and
 * this identity (type 0: any); the first that one of these CAs has signed, or else the first. A
 * reference, or NULL. */
X509 *trust_own(struct trust *t, const struct config_blob *named, const struct config_id *id,
                const struct trust_cas *asked, bool (*has)(void *user, const EVP_PKEY *key),
                void *user);
/* The CAs between it and the one that signed itself, which is left out (RFC 7296 3.6). Freed by
 * sk_X509_pop_free(.., X509_free); NULL: no memory. */
STACK_OF(X509) * trust_path(const struct trust *t, X509 *cert);

struct trust_peer {
    const struct config_auth *conf; /* which certificates, which CAs */
    const struct config_id *id;     /* what the peer says that it is */
    struct {
        const uint8_t *p;
        size_t n;
    } certs[TRUST_CERTS]; /* as sent, the first its own */
    size_t count;
};

/* The chain of the peer's certificate, its own first, the CA that is trusted last: signatures,
 * times, constraints and usage are right, and the certificate names the peer (RFC 4945). NULL:
 * `why`. A certificate that `conf` names itself needs no CA. */
STACK_OF(X509) * trust_chain(struct trust *t, const struct trust_peer *peer, char why[TRUST_WHY]);
/* Does the certificate name this identity: as its subject, or as a subjectAltName? */
bool trust_names(X509 *cert, const struct config_id *id);

enum trust_verdict {
    TRUST_GOOD,
    TRUST_BAD,
    TRUST_WAIT, /* there is something to be fetched; ask again then */
};
enum trust_verdict trust_revoked(struct trust *t, STACK_OF(X509) * chain,
                                 enum config_revocation policy, char why[TRUST_WHY]);

/* ---------------------------------------------------------------- fetching */

struct trust_fetch {
    unsigned number;
    bool begun;
    char url[TRUST_URL];
    uint8_t *post; /* owned; an OCSP request; NULL: a CRL is got */
    size_t post_len;
    X509 *cert, *issuer; /* owned */
    struct trust_fetch *next;
};
/* What nobody has begun to fetch yet; it counts as begun from then on. NULL: nothing. */
const struct trust_fetch *trust_next_fetch(struct trust *t);
/* data NULL: it could not be had, and is not asked for again for a while. */
void trust_fetched(struct trust *t, unsigned number, const uint8_t *data, size_t len);

/* ---------------------------------------------------------------- list-certs */

void trust_each(const struct trust *t,
                void (*each)(void *user, enum config_cred_kind kind, const uint8_t *der,
                             size_t len),
                void *user);

#endif
