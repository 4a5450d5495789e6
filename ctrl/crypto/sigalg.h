/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of signatures on the wire: AlgorithmIdentifiers (RFC 7427 A), ECDSA's two forms. */
#ifndef CTRL_CRYPTO_SIGALG_H
#define CTRL_CRYPTO_SIGALG_H

#include "ctrl/crypto/sign.h"

#define SIGALG_ECDSA_MAX 144 /* DER of two numbers of 521 bits */

struct sigalg_curve {
    int nid;
    uint8_t method, hash; /* RFC 4754: each curve has its hash */
    size_t len;           /* of r, and of s */
};

const struct sigalg_curve *sigalg_curve(const EVP_PKEY *key); /* NULL: none of them */
const char *sigalg_hash_name(unsigned hash);                  /* OpenSSL's; NULL: none */

/* Length octet and AlgorithmIdentifier; the bytes written, 0: no such scheme. */
size_t sigalg_write(const struct sign_scheme *s, uint8_t *out, size_t cap);
/* The scheme that AUTH data names, and what is left. false: another algorithm, parameters that it
 * must not have or lacks, or bytes that DER does not allow. */
bool sigalg_read(struct piece auth, struct sign_scheme *s, struct piece *signature);

/* In place: SEQUENCE { r, s } to r | s, each as long as the curve's order. */
CRYPTO_MUST enum crypto_err sigalg_ecdsa_to_raw(const struct sigalg_curve *curve, uint8_t *sig,
                                                size_t *len);
bool sigalg_ecdsa_from_raw(const struct sigalg_curve *curve, struct piece raw,
                           uint8_t der[SIGALG_ECDSA_MAX], size_t *len);

#endif
