/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets, randomness, comparison. See crypto.h. */
#include "ctrl/crypto/crypto.h"

#include <limits.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

void secret_clear(struct secret *s)
{
    OPENSSL_cleanse(s, sizeof *s);
}

bool secret_set(struct secret *s, const uint8_t *data, size_t len)
{
    s->len = 0;
    if (len > SECRET_MAX)
        return false;
    memcpy(s->data, data, len);
    s->len = len;
    return true;
}

bool random_bytes(uint8_t *buf, size_t len)
{
    return len <= INT_MAX && RAND_bytes(buf, (int)len) == 1;
}

bool crypto_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}
