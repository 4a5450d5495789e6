/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypting and authenticating an IKE message, and the other way round. See cipher.h. */
#include "ctrl/crypto/cipher.h"

#include <limits.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "ctrl/crypto/prf.h"

#define AEAD_NONCE_LEN 12

void cipher_key_clear(struct cipher_key *k)
{
    secret_clear(&k->enc);
    secret_clear(&k->auth);
    *k = (struct cipher_key){0};
}

size_t cipher_iv_len(const struct cipher_key *k)
{
    return k->encr->iv_len;
}

size_t cipher_block_len(const struct cipher_key *k)
{
    return k->encr->block;
}

size_t cipher_icv_len(const struct cipher_key *k)
{
    return k->integ ? k->integ->icv_len : k->encr->icv_len;
}

/* RFC 5282 4, RFC 7634 2: the nonce is the salt, then the explicit IV */
static void aead_nonce(const struct cipher_key *k, const uint8_t *iv, uint8_t nonce[AEAD_NONCE_LEN])
{
    memcpy(nonce, k->enc.data + k->enc.len - k->encr->salt_len, k->encr->salt_len);
    memcpy(nonce + k->encr->salt_len, iv, k->encr->iv_len);
}

/* OpenSSL finds an algorithm by name: once is enough. Never freed. */
static const EVP_CIPHER *find(const struct cipher_key *k)
{
    static EVP_CIPHER *kept[ALG_ENCRS];
    EVP_CIPHER **at = &kept[alg_encr_at(k->encr)];
    if (!*at)
        *at = EVP_CIPHER_fetch(NULL, k->encr->openssl, NULL);
    return *at;
}

static enum crypto_err aead_seal(const struct cipher_key *k, uint8_t *msg, size_t aad_len,
                                size_t text_len)
{
    uint8_t nonce[AEAD_NONCE_LEN], *iv = msg + aad_len, *text = iv + k->encr->iv_len;
    const EVP_CIPHER *cipher = find(k);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n;
    aead_nonce(k, iv, nonce);
    bool ok = cipher && ctx && EVP_EncryptInit_ex2(ctx, cipher, k->enc.data, nonce, NULL) == 1 &&
              EVP_EncryptUpdate(ctx, NULL, &n, msg, (int)aad_len) == 1 &&
              EVP_EncryptUpdate(ctx, text, &n, text, (int)text_len) == 1 &&
              EVP_EncryptFinal_ex(ctx, text + text_len, &n) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)k->encr->icv_len,
                                  text + text_len) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok ? CRYPTO_OK : CRYPTO_FAILED;
}

static enum crypto_err aead_open(const struct cipher_key *k, const uint8_t *msg, size_t aad_len,
                                uint8_t *text, size_t text_len)
{
    const uint8_t *iv = msg + aad_len, *sealed = iv + k->encr->iv_len;
    uint8_t nonce[AEAD_NONCE_LEN], icv[16];
    const EVP_CIPHER *cipher = find(k);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n;
    enum crypto_err err = CRYPTO_FAILED;
    aead_nonce(k, iv, nonce);
    memcpy(icv, sealed + text_len, sizeof icv);
    if (cipher && ctx && EVP_DecryptInit_ex2(ctx, cipher, k->enc.data, nonce, NULL) == 1 &&
        EVP_DecryptUpdate(ctx, NULL, &n, msg, (int)aad_len) == 1 &&
        EVP_DecryptUpdate(ctx, text, &n, sealed, (int)text_len) == 1 &&
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof icv, icv) == 1)
        err = EVP_DecryptFinal_ex(ctx, text + text_len, &n) == 1 ? CRYPTO_OK : CRYPTO_INVALID;
    EVP_CIPHER_CTX_free(ctx);
    return err;
}

static enum crypto_err cbc(const struct cipher_key *k, bool encrypt, const uint8_t *iv,
                           const uint8_t *in, uint8_t *out, size_t len)
{
    const EVP_CIPHER *cipher = find(k);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n;
    bool ok = cipher && ctx &&
              EVP_CipherInit_ex2(ctx, cipher, k->enc.data, iv, encrypt, NULL) == 1 &&
              EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
              EVP_CipherUpdate(ctx, out, &n, in, (int)len) == 1 && (size_t)n == len &&
              EVP_CipherFinal_ex(ctx, out + len, &n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok ? CRYPTO_OK : CRYPTO_FAILED;
}

static enum crypto_err mac(const struct cipher_key *k, const uint8_t *msg, size_t len,
                           uint8_t out[HASH_MAX])
{
    return hmac(k->integ, (struct piece){k->auth.data, k->auth.len}, &(struct piece){msg, len}, 1,
                out);
}

enum crypto_err cipher_seal(struct cipher_key *k, uint8_t *msg, size_t aad_len, size_t text_len)
{
    uint8_t *iv = msg + aad_len, *text = iv + k->encr->iv_len, icv[HASH_MAX];
    enum crypto_err err;
    if (text_len > INT_MAX || aad_len > INT_MAX || text_len % k->encr->block ||
        k->sealed == UINT64_MAX)
        return CRYPTO_FAILED;
    if (k->encr->aead) {
        for (size_t i = 0; i < k->encr->iv_len; i++)
            iv[i] = (uint8_t)(k->sealed >> (8 * (k->encr->iv_len - 1 - i)));
        k->sealed++;
        return aead_seal(k, msg, aad_len, text_len);
    }
    if (!random_bytes(iv, k->encr->iv_len)) /* RFC 3602 3: unpredictable */
        return CRYPTO_FAILED;
    err = cbc(k, true, iv, text, text, text_len);
    if (err == CRYPTO_OK)
        err = mac(k, msg, aad_len + k->encr->iv_len + text_len, icv);
    if (err == CRYPTO_OK)
        memcpy(text + text_len, icv, k->integ->icv_len);
    return err;
}

enum crypto_err cipher_open(const struct cipher_key *k, const uint8_t *msg, size_t aad_len,
                            size_t msg_len, uint8_t *text, size_t *text_len)
{
    size_t fixed = aad_len + cipher_iv_len(k) + cipher_icv_len(k);
    uint8_t icv[HASH_MAX];
    *text_len = 0;
    if (msg_len < fixed || msg_len > INT_MAX || (msg_len - fixed) % k->encr->block)
        return CRYPTO_INVALID;
    size_t len = msg_len - fixed, covered = msg_len - cipher_icv_len(k);
    enum crypto_err err;
    if (k->encr->aead) {
        err = aead_open(k, msg, aad_len, text, len);
    } else {
        err = mac(k, msg, covered, icv);
        if (err == CRYPTO_OK && !crypto_equal(icv, msg + covered, k->integ->icv_len))
            err = CRYPTO_INVALID;
        if (err == CRYPTO_OK)
            err = cbc(k, false, msg + aad_len, msg + aad_len + k->encr->iv_len, text, len);
    }
    if (err == CRYPTO_OK)
        *text_len = len;
    else
        OPENSSL_cleanse(text, len);
    return err;
}
