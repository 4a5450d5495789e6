/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The oracle's cryptography: AES and AES-GCM by OpenSSL, and the powers of H that the card derives.
 * Byte strings are in the order of FIPS-197 and SP 800-38D. Keys are 16 or 32 bytes.
 */
#ifndef SIM_MODEL_GCM_H
#define SIM_MODEL_GCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GCM_BLOCK 16u
#define GCM_POWERS 16u /* the engine keeps H^1..H^16 of every SA */

/* One block, electronic code book. False: OpenSSL refused (key_len). */
bool gcm_aes_block(const uint8_t *key, size_t key_len, const uint8_t in[16], uint8_t out[16]);

/* powers[n] = H^(n+1), H = AES(key, 0) (SP 800-38D 6.4) */
bool gcm_h_powers(const uint8_t *key, size_t key_len, uint8_t powers[GCM_POWERS][16]);

/* z = x * y in the field of SP 800-38D 6.3; z may be x or y */
void gcm_multiply(const uint8_t x[16], const uint8_t y[16], uint8_t z[16]);

/* out (len bytes) and tag (16) from in; in place is fine. nonce: 12 bytes. */
bool gcm_seal(const uint8_t *key, size_t key_len, const uint8_t nonce[12], const uint8_t *aad,
              size_t aad_len, const uint8_t *in, size_t len, uint8_t *out, uint8_t tag[16]);
/* False also when the tag is wrong; out then holds no plaintext. */
bool gcm_open(const uint8_t *key, size_t key_len, const uint8_t nonce[12], const uint8_t *aad,
              size_t aad_len, const uint8_t *in, size_t len, const uint8_t tag[16], uint8_t *out);

#endif
