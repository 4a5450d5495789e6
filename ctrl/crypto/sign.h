/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digital signatures in AUTH: RFC 7427 (method 14: an AlgorithmIdentifier before the signature),
 * and the classic methods: RSA (RFC 7296 3.8), ECDSA over P-256/384/521 (RFC 4754). Ed25519: RFC
 * 8420. The same tables serve who signs and who verifies.
 */
#ifndef CTRL_CRYPTO_SIGN_H
#define CTRL_CRYPTO_SIGN_H

#include <openssl/evp.h>

#include "ctrl/crypto/crypto.h"

#define SIGN_MAX 1536 /* longest AUTH data: RSA of 8192 bits, and its AlgorithmIdentifier */
#define SIGN_KEYID_LEN 20

enum sign_key { SIGN_RSA = 1 << 0, SIGN_ECDSA = 1 << 1, SIGN_ED25519 = 1 << 2 };

/* IANA "IKEv2 Hash Algorithms" (RFC 7427 7, RFC 8420 2) */
enum sign_hash {
    SIGN_SHA1 = 1,
    SIGN_SHA256 = 2,
    SIGN_SHA384 = 3,
    SIGN_SHA512 = 4,
    SIGN_IDENTITY = 5,
};
#define SIGN_HASH_BIT(hash) (1u << (hash))
/* What goes into SIGNATURE_HASH_ALGORITHMS: SHA-1 is for the classic method only. */
#define SIGN_HASHES                                                                                \
    (SIGN_HASH_BIT(SIGN_SHA256) | SIGN_HASH_BIT(SIGN_SHA384) | SIGN_HASH_BIT(SIGN_SHA512) |        \
     SIGN_HASH_BIT(SIGN_IDENTITY))

struct sign_scheme {
    uint8_t method; /* enum auth_method */
    uint8_t key;    /* enum sign_key */
    uint8_t hash;   /* enum sign_hash */
    bool pss;
};

/* What a connection allows (swanctl.conf: auth = rsa/pss-sha256-sha384). All 0: everything. */
struct sign_rule {
    uint8_t keys;                  /* enum sign_key, or'ed */
    uint8_t hashes;                /* SIGN_HASH_BIT, or'ed */
    bool pss;                      /* RSA as PSS only */
    uint16_t rsa_bits, ecdsa_bits; /* at least */
};

/* Is it a key that may sign or verify here: RSA of 2048 to 8192 bits, ECDSA on a NIST curve,
 * Ed25519? Its type, or 0. */
unsigned sign_key_type(const EVP_PKEY *key);
const char *sign_key_word(unsigned type); /* "RSA" */
/* SHA-1 of the subjectPublicKey: what VICI names a key by. */
CRYPTO_MUST bool sign_keyid(const EVP_PKEY *key, uint8_t id[SIGN_KEYID_LEN]);

/* The best scheme for this key that the peer knows (peer_hashes: of its SIGNATURE_HASH_ALGORITHMS;
 * 0: it sent none, so a classic method) and the rule allows. false: none. */
CRYPTO_MUST bool sign_choose(const EVP_PKEY *key, unsigned peer_hashes,
                             const struct sign_rule *rule, struct sign_scheme *scheme);
/* Does the rule allow a signature by this scheme, with this key? */
bool sign_allowed(const struct sign_rule *rule, const struct sign_scheme *scheme,
                  const EVP_PKEY *key);

/* AUTH data (RFC 7427 3) of these octets. */
CRYPTO_MUST enum crypto_err sign_make(EVP_PKEY *key, const struct sign_scheme *scheme,
                                      struct piece octets, uint8_t out[SIGN_MAX], size_t *len);
/* CRYPTO_INVALID: it is not this key's signature, or not written in the only way that it may be. On
 * CRYPTO_OK *scheme tells how it was signed. */
CRYPTO_MUST enum crypto_err sign_check(EVP_PKEY *key, uint8_t method, struct piece auth,
                                       struct piece octets, struct sign_scheme *scheme);

#endif
