/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, certificates, CRLs and OCSP responses for tests, by OpenSSL. Everything is freed by
 * pki_free. */
#ifndef TESTS_PKI_H
#define TESTS_PKI_H

#include <openssl/x509.h>

#include "ctrl/config/config.h"

/* "RSA:2048", "EC:P-256", "ED25519" */
EVP_PKEY *pki_key(const char *kind);

struct pki_cert {
    const char *name;  /* CN, and subjectAltName unless san is said */
    const char *san;   /* "DNS:x", "IP:10.0.0.1", ..; NULL: DNS:name; "": none */
    const char *eku;   /* "serverAuth"; NULL: none */
    const char *usage; /* NULL: digitalSignature, or of a CA */
    const char *crl;   /* address; NULL: none */
    const char *ocsp;
    const char *constraints; /* "permitted;DNS:example": a CA's name constraints; NULL: none */
    bool ca, expired;
};
/* Signed by the issuer, or, when that is NULL, by itself. */
X509 *pki_cert(EVP_PKEY *key, const struct pki_cert *c, X509 *issuer, EVP_PKEY *issuer_key);
/* revoked: NULL for none. expired: its next one should be there already. */
struct config_blob *pki_crl(X509 *issuer, EVP_PKEY *key, X509 *revoked, bool expired);
/* An answer about cert; signer: the issuer, or one with OCSPSigning. DER, OpenSSL's to free. */
unsigned char *pki_ocsp(X509 *cert, X509 *issuer, X509 *signer, EVP_PKEY *key, bool revoked,
                        size_t *len);
struct config_blob *pki_blob(X509 *cert); /* DER; the caller's */
void pki_pem_key(EVP_PKEY *key, const char *path);
void pki_pem_cert(X509 *cert, const char *path);
void pki_free(void);

#endif
