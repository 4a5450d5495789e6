/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protection of IKE messages in one direction: AES-GCM-16 (RFC 5282), ChaCha20-Poly1305
 * (RFC 7634), or AES-CBC with HMAC-SHA2 (RFC 7296 3.14, RFC 4868). A message is laid out as  aad | IV | text | ICV.
 */
#ifndef CTRL_CRYPTO_CIPHER_H
#define CTRL_CRYPTO_CIPHER_H

#include "ctrl/crypto/alg.h"

struct cipher_key {
    const struct alg_encr *encr;
    const struct alg_hash *integ; /* NULL with an AEAD */
    struct secret enc, auth;      /* enc: with the salt last */
    uint64_t sealed; /* messages sent with it: the IV of an AEAD, never twice the same */
};

void cipher_key_clear(struct cipher_key *k);
size_t cipher_iv_len(const struct cipher_key *k);
size_t cipher_block_len(const struct cipher_key *k); /* text must be a multiple of it */
size_t cipher_icv_len(const struct cipher_key *k);

/* In place: msg holds aad_len bytes, room for the IV, text_len bytes, and room for the ICV. */
CRYPTO_MUST enum crypto_err cipher_seal(struct cipher_key *k, uint8_t *msg, size_t aad_len,
                                        size_t text_len);
/* msg_len bytes of aad | IV | text | ICV; text (room for msg_len bytes) holds nothing of worth
 * unless the ICV was right. CRYPTO_INVALID: it was not, or the lengths cannot be. */
CRYPTO_MUST enum crypto_err cipher_open(const struct cipher_key *k, const uint8_t *msg,
                                        size_t aad_len, size_t msg_len, uint8_t *text,
                                        size_t *text_len);

#endif
