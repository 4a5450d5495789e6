/* SPDX-License-Identifier: Apache-2.0 */
/* What all of crypto/ shares: its errors, secrets, random numbers and lists of byte strings. */
#ifndef CTRL_CRYPTO_H
#define CTRL_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum crypto_err {
    CRYPTO_OK = 0,
    CRYPTO_FAILED,      /* OpenSSL, or no memory */
    CRYPTO_INVALID,     /* the peer's data: a bad public key, a wrong ICV */
    CRYPTO_UNSUPPORTED, /* an algorithm that is not in the tables */
};

#define CRYPTO_MUST __attribute__((warn_unused_result))

#define SECRET_MAX 64 /* the keys of HMAC-SHA2-512 are the longest */

/* Key material. secret_clear is the only way to end one; an empty one needs none. */
struct secret {
    uint8_t data[SECRET_MAX];
    size_t len;
};

void secret_clear(struct secret *s);
/* false: longer than SECRET_MAX, *s is empty */
bool secret_set(struct secret *s, const uint8_t *data, size_t len);

/* What a PRF or MAC runs over: pieces, in order. */
struct piece {
    const uint8_t *p;
    size_t n;
};

/* false: no randomness to be had; buf must not be used */
CRYPTO_MUST bool random_bytes(uint8_t *buf, size_t len);
CRYPTO_MUST bool crypto_equal(const uint8_t *a, const uint8_t *b,
                              size_t len); /* in constant time */

#endif
