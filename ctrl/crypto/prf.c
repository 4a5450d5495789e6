/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC and prf+: from one secret to all keys. See prf.h. */
#include "ctrl/crypto/prf.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#define SEED_PIECES 8

/* The digest's name goes in as OpenSSL wants it: not const. */
static EVP_MAC_CTX *new_context(const struct alg_hash *alg)
{
    char digest[16] = "";
    strncpy(digest, alg->openssl, sizeof digest - 1);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac); /* the context has its reference */
    if (ctx && EVP_MAC_CTX_set_params(ctx, params) != 1) {
        EVP_MAC_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

/* OpenSSL finds HMAC and its digest by name, which takes longer than to compute it: one context for
 * each is made when it is first needed. NULL: it can't be. */
static EVP_MAC_CTX *kept[ALG_DIGESTS];

static EVP_MAC_CTX *begin(const struct alg_hash *alg, struct piece key)
{
    EVP_MAC_CTX **at = &kept[alg->digest];
    if (!*at)
        *at = new_context(alg);
    /* an empty key is a key; OpenSSL takes NULL as "the key of before" */
    return *at && EVP_MAC_init(*at, key.n ? key.p : (const unsigned char *)"", key.n, NULL) == 1
               ? *at
               : NULL;
}

/* Between two uses there is no key in it, nor what was made with one. */
static void forget(const struct alg_hash *alg)
{
    static const uint8_t none[HASH_MAX];
    EVP_MAC_CTX **at = &kept[alg->digest];
    if (*at && EVP_MAC_init(*at, none, alg->len, NULL) != 1) {
        EVP_MAC_CTX_free(*at);
        *at = NULL;
    }
}

static bool finish(EVP_MAC_CTX *ctx, const struct alg_hash *alg, const struct piece *pieces,
                   size_t count, uint8_t out[HASH_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        if (pieces[i].n && EVP_MAC_update(ctx, pieces[i].p, pieces[i].n) != 1)
            return false;
    return EVP_MAC_final(ctx, out, &len, HASH_MAX) == 1 && len == alg->len;
}

enum crypto_err hmac(const struct alg_hash *alg, struct piece key, const struct piece *pieces,
                     size_t count, uint8_t out[HASH_MAX])
{
    EVP_MAC_CTX *ctx = begin(alg, key);
    bool ok = ctx && finish(ctx, alg, pieces, count, out);
    forget(alg);
    return ok ? CRYPTO_OK : CRYPTO_FAILED;
}

/* RFC 7296 2.13: T1 = prf(K, S | 0x01), Tn = prf(K, Tn-1 | S | n) */
enum crypto_err prf_plus(const struct alg_hash *prf, struct piece key, const struct piece *seed,
                         size_t count, uint8_t *out, size_t len)
{
    struct piece pieces[SEED_PIECES + 2];
    uint8_t t[HASH_MAX], number = 0;
    if (count > SEED_PIECES || len > 255 * prf->len)
        return CRYPTO_FAILED;
    EVP_MAC_CTX *ctx = begin(prf, key);
    bool ok = ctx != NULL;
    for (size_t done = 0; done < len && ok;) {
        size_t n = len - done < prf->len ? len - done : prf->len;
        pieces[0] = (struct piece){t, number ? prf->len : 0};
        memcpy(pieces + 1, seed, count * sizeof *seed);
        pieces[count + 1] = (struct piece){&number, 1};
        ok = number++ == 0 || EVP_MAC_init(ctx, NULL, 0, NULL) == 1; /* the same key again */
        ok = ok && finish(ctx, prf, pieces, count + 2, t);
        if (ok)
            memcpy(out + done, t, n);
        done += n;
    }
    forget(prf);
    OPENSSL_cleanse(t, sizeof t);
    if (!ok)
        OPENSSL_cleanse(out, len);
    return ok ? CRYPTO_OK : CRYPTO_FAILED;
}
