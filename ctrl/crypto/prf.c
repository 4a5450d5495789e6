/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC and prf+: from one secret to all keys. See prf.h. */
#include "ctrl/crypto/prf.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#define SEED_PIECES 8
#define BLOCK_MAX 128 /* of SHA-384 and SHA-512 (FIPS 180-4 1) */

/* A key at work: what stands before the text, and before the inner digest. OpenSSL's own HMAC makes
 * and frees three digests for each MAC, which takes four times as long as the hashing. */
struct keyed {
    EVP_MD_CTX *ctx;
    size_t block, len;
    uint8_t inner[BLOCK_MAX], outer[BLOCK_MAX];
};

static EVP_MD_CTX *new_context(const struct alg_hash *alg)
{
    EVP_MD *md = EVP_MD_fetch(NULL, alg->openssl, NULL);
    EVP_MD_CTX *ctx = md ? EVP_MD_CTX_new() : NULL;
    if (ctx && EVP_DigestInit_ex2(ctx, md, NULL) != 1) {
        EVP_MD_CTX_free(ctx);
        ctx = NULL;
    }
    EVP_MD_free(md); /* the context has its reference */
    return ctx;
}

/* OpenSSL finds a digest by name: once is enough. NULL: it can't be; never freed. */
static EVP_MD_CTX *context(const struct alg_hash *alg)
{
    static EVP_MD_CTX *kept[ALG_DIGESTS];
    EVP_MD_CTX **at = &kept[alg->digest];
    if (!*at)
        *at = new_context(alg);
    return *at;
}

static bool digest(EVP_MD_CTX *ctx, struct piece first, const struct piece *pieces, size_t count,
                   uint8_t out[HASH_MAX])
{
    bool ok =
        EVP_DigestInit_ex2(ctx, NULL, NULL) == 1 && EVP_DigestUpdate(ctx, first.p, first.n) == 1;
    for (size_t i = 0; i < count && ok; i++)
        ok = !pieces[i].n || EVP_DigestUpdate(ctx, pieces[i].p, pieces[i].n) == 1;
    return ok && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
}

/* RFC 2104 2: zeros behind the key, or behind the digest of one that is longer than a block */
static bool begin(struct keyed *k, const struct alg_hash *alg, struct piece key)
{
    uint8_t hashed[HASH_MAX];
    *k = (struct keyed){.ctx = context(alg), .len = alg->len};
    if (!k->ctx)
        return false;
    k->block = (size_t)EVP_MD_CTX_get_block_size(k->ctx);
    bool ok = k->block <= BLOCK_MAX;
    if (ok && key.n > k->block) {
        ok = digest(k->ctx, key, NULL, 0, hashed);
        key = (struct piece){hashed, k->len};
    }
    for (size_t i = 0; i < k->block && ok; i++) {
        uint8_t byte = i < key.n ? key.p[i] : 0;
        k->inner[i] = byte ^ 0x36;
        k->outer[i] = byte ^ 0x5c;
    }
    OPENSSL_cleanse(hashed, sizeof hashed);
    return ok;
}

/* RFC 2104 2: H(K xor opad, H(K xor ipad, text)) */
static bool mac(const struct keyed *k, const struct piece *pieces, size_t count,
                uint8_t out[HASH_MAX])
{
    uint8_t inner[HASH_MAX];
    bool ok =
        digest(k->ctx, (struct piece){k->inner, k->block}, pieces, count, inner) &&
        digest(k->ctx, (struct piece){k->outer, k->block}, &(struct piece){inner, k->len}, 1, out);
    OPENSSL_cleanse(inner, sizeof inner);
    return ok;
}

/* Between two uses there is nothing in the context that was made with the key: its state is the
 * first one again, and its block is full of zeros. */
static void end(struct keyed *k)
{
    static const uint8_t zeros[BLOCK_MAX];
    if (k->ctx && EVP_DigestInit_ex2(k->ctx, NULL, NULL) == 1)
        (void)EVP_DigestUpdate(k->ctx, zeros, k->block - 1);
    OPENSSL_cleanse(k, sizeof *k);
}

enum crypto_err hmac(const struct alg_hash *alg, struct piece key, const struct piece *pieces,
                     size_t count, uint8_t out[HASH_MAX])
{
    struct keyed k;
    bool ok = begin(&k, alg, key) && mac(&k, pieces, count, out);
    end(&k);
    return ok ? CRYPTO_OK : CRYPTO_FAILED;
}

/* RFC 7296 2.13: T1 = prf(K, S | 0x01), Tn = prf(K, Tn-1 | S | n) */
enum crypto_err prf_plus(const struct alg_hash *prf, struct piece key, const struct piece *seed,
                         size_t count, uint8_t *out, size_t len)
{
    struct piece pieces[SEED_PIECES + 2];
    struct keyed k;
    uint8_t t[HASH_MAX], number = 0;
    if (count > SEED_PIECES || len > 255 * prf->len)
        return CRYPTO_FAILED;
    bool ok = begin(&k, prf, key);
    for (size_t done = 0; done < len && ok;) {
        size_t n = len - done < prf->len ? len - done : prf->len;
        pieces[0] = (struct piece){t, number ? prf->len : 0};
        memcpy(pieces + 1, seed, count * sizeof *seed);
        pieces[count + 1] = (struct piece){&number, 1};
        number++;
        ok = mac(&k, pieces, count + 2, t);
        if (ok)
            memcpy(out + done, t, n);
        done += n;
    }
    end(&k);
    OPENSSL_cleanse(t, sizeof t);
    if (!ok)
        OPENSSL_cleanse(out, len);
    return ok ? CRYPTO_OK : CRYPTO_FAILED;
}
