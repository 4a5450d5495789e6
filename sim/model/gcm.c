/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle's cryptography (see gcm.h). */
#include "sim/model/gcm.h"

#include <limits.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

bool gcm_aes_block(const uint8_t *key, size_t key_len, const uint8_t in[16], uint8_t out[16])
{
    const EVP_CIPHER *cipher = key_len == 16   ? EVP_aes_128_ecb()
                               : key_len == 32 ? EVP_aes_256_ecb()
                                               : NULL;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0;
    bool ok = ctx && cipher && EVP_EncryptInit_ex(ctx, cipher, NULL, key, NULL) == 1 &&
              EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
              EVP_EncryptUpdate(ctx, out, &n, in, GCM_BLOCK) == 1 && n == (int)GCM_BLOCK;
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

void gcm_multiply(const uint8_t x[16], const uint8_t y[16], uint8_t z[16])
{
    uint8_t v[16], sum[16] = {0};

    memcpy(v, y, sizeof v);
    for (unsigned bit = 0; bit < 128; bit++) {
        uint8_t take = (uint8_t) - (x[bit / 8] >> (7 - bit % 8) & 1);
        uint8_t carry = v[15] & 1;
        for (unsigned i = 0; i < 16; i++)
            sum[i] ^= v[i] & take;
        for (unsigned i = 15; i > 0; i--)
            v[i] = (uint8_t)(v[i] >> 1 | v[i - 1] << 7);
        v[0] = (uint8_t)(v[0] >> 1 ^ (carry ? 0xe1 : 0));
    }
    memcpy(z, sum, sizeof sum);
}

bool gcm_h_powers(const uint8_t *key, size_t key_len, uint8_t powers[GCM_POWERS][16])
{
    static const uint8_t zero[16];

    if (!gcm_aes_block(key, key_len, zero, powers[0]))
        return false;
    for (unsigned n = 1; n < GCM_POWERS; n++)
        gcm_multiply(powers[n - 1], powers[0], powers[n]);
    return true;
}

static EVP_CIPHER_CTX *start(bool encrypt, const uint8_t *key, size_t key_len,
                             const uint8_t nonce[12], const uint8_t *aad, size_t aad_len)
{
    const EVP_CIPHER *cipher = key_len == 16   ? EVP_aes_128_gcm()
                               : key_len == 32 ? EVP_aes_256_gcm()
                                               : NULL;
    EVP_CIPHER_CTX *ctx = cipher && aad_len <= INT_MAX ? EVP_CIPHER_CTX_new() : NULL;
    int n;

    if (!ctx)
        return NULL;
    if (EVP_CipherInit_ex(ctx, cipher, NULL, key, nonce, encrypt) == 1 &&
        EVP_CipherUpdate(ctx, NULL, &n, aad, (int)aad_len) == 1)
        return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

bool gcm_seal(const uint8_t *key, size_t key_len, const uint8_t nonce[12], const uint8_t *aad,
              size_t aad_len, const uint8_t *in, size_t len, uint8_t *out, uint8_t tag[16])
{
    EVP_CIPHER_CTX *ctx = len <= INT_MAX ? start(true, key, key_len, nonce, aad, aad_len) : NULL;
    int n = 0, rest = 0;
    bool ok = ctx && (len == 0 || EVP_CipherUpdate(ctx, out, &n, in, (int)len) == 1) &&
              EVP_CipherFinal_ex(ctx, out + n, &rest) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

bool gcm_open(const uint8_t *key, size_t key_len, const uint8_t nonce[12], const uint8_t *aad,
              size_t aad_len, const uint8_t *in, size_t len, const uint8_t tag[16], uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = len <= INT_MAX ? start(false, key, key_len, nonce, aad, aad_len) : NULL;
    uint8_t expected[16];
    int n = 0, rest = 0;
    bool ok;

    memcpy(expected, tag, sizeof expected); /* OpenSSL takes it without const */
    ok = ctx && (len == 0 || EVP_CipherUpdate(ctx, out, &n, in, (int)len) == 1) &&
         EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, expected) == 1 &&
         EVP_CipherFinal_ex(ctx, out + n, &rest) == 1;
    EVP_CIPHER_CTX_free(ctx);
    if (!ok && len)
        OPENSSL_cleanse(out, len);
    return ok;
}
