/* SPDX-License-Identifier: Apache-2.0 */
/* Key exchange: MODP2048 to MODP4096 (RFC 3526), ECP-256/384/521 (RFC 5903), X25519 (RFC 8031). */
#ifndef CTRL_CRYPTO_DH_H
#define CTRL_CRYPTO_DH_H

#include <openssl/evp.h>

#include "ctrl/crypto/alg.h"

#define DH_PUBLIC_MAX 512
#define DH_SECRET_MAX 512

/* What both sides get; dh_secret_clear is the only way to end it. */
struct dh_secret {
    uint8_t data[DH_SECRET_MAX];
    size_t len;
};

void dh_secret_clear(struct dh_secret *s);

struct dh {
    const struct alg_group *group;
    EVP_PKEY *key; /* owned; NULL: none */
};

/* A fresh key pair. On failure *dh is empty. */
CRYPTO_MUST enum crypto_err dh_init(struct dh *dh, unsigned group);
void dh_clear(struct dh *dh);
/* Our public value as it stands in a KE payload, group->public_len bytes. */
CRYPTO_MUST enum crypto_err dh_public(const struct dh *dh, uint8_t out[DH_PUBLIC_MAX]);
/* The shared secret with the peer's public value. CRYPTO_INVALID: that value is not one (RFC 6989),
 * or the result would be zero. */
CRYPTO_MUST enum crypto_err dh_shared(const struct dh *dh, const uint8_t *peer, size_t len,
                                      struct dh_secret *out);

#endif
