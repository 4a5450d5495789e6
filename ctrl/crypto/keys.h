/* SPDX-License-Identifier: Apache-2.0 */
/* From the shared secret to every key: SKEYSEED and SK_* (RFC 7296 2.14), AUTH with a shared
 * secret (2.15), the keys of a CHILD_SA (2.17), of a rekeyed IKE_SA (2.18). */
#ifndef CTRL_CRYPTO_KEYS_H
#define CTRL_CRYPTO_KEYS_H

#include "ctrl/crypto/cipher.h"
#include "ctrl/crypto/dh.h"
#include "ctrl/crypto/prf.h"

struct ike_keys {
    struct secret d;                  /* SK_d, what CHILD_SAs come from */
    struct cipher_key from_i, from_r; /* SK_ei and SK_ai, SK_er and SK_ar */
    struct secret pi, pr;             /* SK_pi, SK_pr, in AUTH */
};

/* What both sides put into an exchange. */
struct exchange_nonces {
    struct piece ni, nr;
};

void ike_keys_clear(struct ike_keys *k);

/* old_d: SK_d of the IKE_SA that is rekeyed, made with old_prf; NULL for IKE_SA_INIT. */
CRYPTO_MUST enum crypto_err ike_keys_derive(struct ike_keys *k, const struct suite *suite,
                                            const struct dh_secret *shared,
                                            const struct exchange_nonces *nonces, uint64_t spi_i,
                                            uint64_t spi_r, const struct secret *old_d,
                                            uint16_t old_prf);

/* What AUTH covers (RFC 7296 2.15): the side's first message, the other side's nonce, and
 * prf(SK_p, ID payload body). Bytes written, 0: they do not fit, or no such PRF. */
size_t auth_octets(uint16_t prf, struct piece message, struct piece nonce,
                   const struct secret *sk_p, struct piece id, uint8_t *out, size_t cap);
/* AUTH of these octets with a shared secret: a pre-shared key, the MSK of EAP (2.16). */
CRYPTO_MUST enum crypto_err auth_shared(uint16_t prf, struct piece secret, struct piece octets,
                                        uint8_t out[HASH_MAX]);

/* The keys of both SAs: of what the exchange's initiator sends, then of what it receives. */
CRYPTO_MUST enum crypto_err child_keys(uint16_t prf, const struct secret *sk_d,
                                       const struct dh_secret *shared /* or NULL */,
                                       const struct exchange_nonces *nonces, uint8_t *from_i,
                                       uint8_t *from_r, size_t key_len);

#endif
