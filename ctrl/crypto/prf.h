/* SPDX-License-Identifier: Apache-2.0 */
/* The pseudorandom function of an IKE_SA, HMAC-SHA2 (RFC 4868), and prf+ (RFC 7296 2.13). */
#ifndef CTRL_CRYPTO_PRF_H
#define CTRL_CRYPTO_PRF_H

#include "ctrl/crypto/alg.h"

#define HASH_MAX 64 /* longest output, bytes */

/* HMAC over the pieces; out has room for alg->len bytes. Also for integrity algorithms. */
CRYPTO_MUST enum crypto_err hmac(const struct alg_hash *alg, struct piece key,
                                 const struct piece *pieces, size_t count, uint8_t out[HASH_MAX]);
/* prf+ (K, S): len bytes, at most 255 times the PRF's length. */
CRYPTO_MUST enum crypto_err prf_plus(const struct alg_hash *prf, struct piece key,
                                     const struct piece *seed, size_t count, uint8_t *out,
                                     size_t len);

#endif
