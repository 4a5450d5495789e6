/* SPDX-License-Identifier: Apache-2.0 */
/* The algorithms there are: IANA's numbers, swanctl.conf's words, OpenSSL's names, sizes. */
#ifndef CTRL_CRYPTO_ALG_H
#define CTRL_CRYPTO_ALG_H

#include "ctrl/crypto/crypto.h"

/* What was negotiated. ESP: prf is 0; ke is 0 without PFS. */
struct suite {
    uint16_t encr, key_bits, prf, integ, ke, esn; /* ids of IANA; ESP: esn 1 = extended numbers */
};

struct alg_encr {
    uint16_t id, key_bits;
    bool aead;
    size_t key_len;                          /* of SK_e: with the salt, if there is one */
    size_t salt_len, iv_len, block, icv_len; /* icv_len: 0 when integ makes it */
    const char *openssl, *word;
};

enum alg_digest { DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512, ALG_DIGESTS };

struct alg_hash {
    uint16_t id;
    enum alg_digest digest;
    size_t len, icv_len; /* output, and what a MAC keeps of it */
    const char *openssl, *word;
};

struct alg_group {
    uint16_t id;
    size_t public_len, shared_len; /* on the wire */
    const char *type, *group;      /* OpenSSL's key type and group name */
    const char *word;
};

#define ALG_ENCRS 6
#define ALG_GROUPS 7

/* NULL: not supported */
const struct alg_encr *alg_encr(unsigned id, unsigned key_bits);
const struct alg_hash *alg_prf(unsigned id);
const struct alg_hash *alg_integ(unsigned id);
const struct alg_group *alg_group(unsigned id);
/* Its place in the table, below ALG_ENCRS and ALG_GROUPS: for who keeps something for each. */
size_t alg_encr_at(const struct alg_encr *encr);
size_t alg_group_at(const struct alg_group *group);
bool alg_is_aead(unsigned encr);
/* The PRF of the same hash as an integrity algorithm, 0: none. */
uint16_t alg_prf_of_integ(unsigned integ);

#define SUITE_TEXT 96
/* "aes256gcm16-prfsha384-ecp384" */
void suite_text(const struct suite *s, char text[SUITE_TEXT]);

#endif
