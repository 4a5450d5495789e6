/* SPDX-License-Identifier: Apache-2.0 */
/* What the store of trust holds; its files share it. */
#ifndef CTRL_TRUST_STORE_H
#define CTRL_TRUST_STORE_H

#include "ctrl/trust/trust.h"

/* What a responder said about a certificate, or that an address gave nothing. */
struct trust_answer {
    char url[TRUST_URL];
    X509 *cert; /* owned; NULL: the answer is about the address */
    bool good, revoked;
    time_t until; /* then it is forgotten */
    struct trust_answer *next;
};

/* A certificate that connections name, decoded: that takes OpenSSL longer than a signature. */
#define STORE_NAMED 16
struct trust_named {
    uint8_t hash[32]; /* SHA-256 of it */
    X509 *cert;       /* owned; NULL: none */
};

struct trust {
    STACK_OF(X509) * anchors;             /* owned: CAs that signed themselves */
    STACK_OF(X509) * others;              /* owned: all other certificates */
    STACK_OF(X509_CRL) * crls;            /* owned: of files */
    STACK_OF(X509_CRL) * fetched;         /* owned */
    struct config_authority *authorities; /* owned */
    struct trust_answer *answers;         /* owned */
    struct trust_fetch *fetches;          /* owned */
    unsigned next_number;
    struct trust_named named[STORE_NAMED];
    size_t next_named;
};

/* A verification from cert up to one of these, as RFC 5280 6 says; crls NULL: without them. The
 * chain is the caller's. NULL: *error is X509_V_ERR_*. */
STACK_OF(X509) * store_verify(STACK_OF(X509) * anchors, STACK_OF(X509) * untrusted,
                              STACK_OF(X509_CRL) * crls, bool partial, X509 *cert, int *error);
bool store_is_self_signed(X509 *cert);

/* ocsp.c: a request about cert; on success *der is OpenSSL's to free. */
bool ocsp_request(X509 *cert, X509 *issuer, unsigned char **der, size_t *len);
/* A response that the issuer, or who it delegated it to, has signed, and that is of now. false: it
 * is none. */
bool ocsp_read(X509 *cert, X509 *issuer, const uint8_t *data, size_t len,
               struct trust_answer *answer);

/* uris.c */
#define STORE_URIS 8
struct store_uris {
    char list[STORE_URIS][TRUST_URL];
    size_t count;
};
void uris_crl(const struct trust *t, X509 *cert, X509 *issuer, struct store_uris *u);
void uris_ocsp(const struct trust *t, X509 *cert, X509 *issuer, struct store_uris *u);

/* named.c: what a connection names, a reference; NULL: it can't be read */
X509 *store_named(struct trust *t, const struct config_blob *blob);
void named_clear(struct trust *t);

/* revoke.c */
void revoke_clear(struct trust *t); /* everything that was fetched, or is being */

#endif
