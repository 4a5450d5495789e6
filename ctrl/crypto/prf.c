/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC and prf+: from one secret to all keys. See prf.h. */
#include "ctrl/crypto/prf.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#define SEED_PIECES 8

/* the digest's name goes in as OpenSSL wants it: not const */
static bool set_up(EVP_MAC_CTX *ctx, const struct alg_hash *alg, struct piece key)
{
    char digest[16] = "";
    strncpy(digest, alg->openssl, sizeof digest - 1);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    /* an empty key is a key; OpenSSL takes NULL as "the key of before" */
    return EVP_MAC_init(ctx, key.n ? key.p : (const unsigned char *)"", key.n, params) == 1;
}

enum crypto_err hmac(const struct alg_hash *alg, struct piece key, const struct piece *pieces,
                     size_t count, uint8_t out[HASH_MAX])
{
    enum crypto_err err = CRYPTO_FAILED;
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
    size_t len = 0;
    if (!ctx || !set_up(ctx, alg, key))
        goto out;
    for (size_t i = 0; i < count; i++)
        if (pieces[i].n && EVP_MAC_update(ctx, pieces[i].p, pieces[i].n) != 1)
            goto out;
    if (EVP_MAC_final(ctx, out, &len, HASH_MAX) == 1 && len == alg->len)
        err = CRYPTO_OK;
out:
    EVP_MAC_CTX_free(ctx);
    EVP_MAC_free(mac);
    return err;
}

/* RFC 7296 2.13: T1 = prf(K, S | 0x01), Tn = prf(K, Tn-1 | S | n) */
enum crypto_err prf_plus(const struct alg_hash *prf, struct piece key, const struct piece *seed,
                         size_t count, uint8_t *out, size_t len)
{
    struct piece pieces[SEED_PIECES + 2];
    uint8_t t[HASH_MAX], number = 0;
    enum crypto_err err = CRYPTO_OK;
    if (count > SEED_PIECES || len > 255 * prf->len)
        return CRYPTO_FAILED;
    for (size_t done = 0; done < len && err == CRYPTO_OK;) {
        size_t n = len - done < prf->len ? len - done : prf->len;
        pieces[0] = (struct piece){t, number ? prf->len : 0};
        memcpy(pieces + 1, seed, count * sizeof *seed);
        number++;
        pieces[count + 1] = (struct piece){&number, 1};
        err = hmac(prf, key, pieces, count + 2, t);
        if (err == CRYPTO_OK)
            memcpy(out + done, t, n);
        done += n;
    }
    OPENSSL_cleanse(t, sizeof t);
    if (err != CRYPTO_OK)
        OPENSSL_cleanse(out, len);
    return err;
}
