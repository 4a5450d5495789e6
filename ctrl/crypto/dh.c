/* SPDX-License-Identifier: Apache-2.0 */
/* Key pairs of a KE exchange, and what both sides get from them. See dh.h. */
#include "ctrl/crypto/dh.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/dh.h>

#include "ctrl/wire/ike.h"

#define UNCOMPRESSED 0x04

static EVP_PKEY_CTX *new_generator(const struct alg_group *group)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, group->type, NULL);
    bool ok = ctx && EVP_PKEY_keygen_init(ctx) == 1;
    if (ok && group->group) {
        char name[16] = "";
        strncpy(name, group->group, sizeof name - 1);
        const OSSL_PARAM params[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
            OSSL_PARAM_construct_end(),
        };
        ok = EVP_PKEY_CTX_set_params(ctx, params) == 1;
    }
    if (!ok) {
        EVP_PKEY_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

/* OpenSSL finds an algorithm and a group by name: once is enough. It holds no key; never freed. */
static EVP_PKEY_CTX *generator(const struct alg_group *group)
{
    static EVP_PKEY_CTX *kept[ALG_GROUPS];
    EVP_PKEY_CTX **at = &kept[alg_group_at(group)];
    if (!*at)
        *at = new_generator(group);
    return *at;
}

enum crypto_err dh_init(struct dh *dh, unsigned group)
{
    *dh = (struct dh){.group = alg_group(group)};
    if (!dh->group)
        return CRYPTO_UNSUPPORTED;
    EVP_PKEY_CTX *ctx = generator(dh->group);
    bool ok = ctx && EVP_PKEY_generate(ctx, &dh->key) == 1;
    if (!ok)
        dh_clear(dh);
    return ok ? CRYPTO_OK : CRYPTO_FAILED;
}

void dh_clear(struct dh *dh)
{
    EVP_PKEY_free(dh->key); /* OpenSSL wipes the private value */
    *dh = (struct dh){0};
}

/* RFC 5903 7: x and y without the octet that tells the point's form */
static size_t point_prefix(const struct dh *dh)
{
    return strcmp(dh->group->type, "EC") == 0 ? 1 : 0;
}

enum crypto_err dh_public(const struct dh *dh, uint8_t out[DH_PUBLIC_MAX])
{
    unsigned char *encoded = NULL;
    size_t prefix = point_prefix(dh);
    size_t len = EVP_PKEY_get1_encoded_public_key(dh->key, &encoded);
    bool ok = len == dh->group->public_len + prefix && (!prefix || encoded[0] == UNCOMPRESSED);
    if (ok)
        memcpy(out, encoded + prefix, len - prefix);
    OPENSSL_free(encoded);
    return ok ? CRYPTO_OK : CRYPTO_FAILED;
}

/* RFC 6989 2.1, 2.3: between 1 and p - 1, or a point on the curve. That is what OpenSSL's quick
 * check is; the whole one would raise it to the group's order, which takes longer than the exchange
 * and says nothing more: p is a safe prime, and these curves have a cofactor of 1. Any 32 octets
 * are a value of X25519 (RFC 7748 5). */
static bool valid(const struct dh *dh, EVP_PKEY *peer)
{
    if (dh->group->id == KE_X25519)
        return true;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, peer, NULL);
    bool ok = ctx && EVP_PKEY_public_check_quick(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

/* One for each group, in which the next peer's value takes the place of the last one's: OpenSSL finds
 * the type of a new one by walking through all names it knows. Nothing secret; never freed. */
static EVP_PKEY *peer_place(const struct dh *dh)
{
    static EVP_PKEY *kept[ALG_GROUPS];
    EVP_PKEY **at = &kept[alg_group_at(dh->group)];
    if (!*at) {
        EVP_PKEY *key = EVP_PKEY_new();
        if (key && EVP_PKEY_copy_parameters(key, dh->key) == 1)
            *at = key;
        else
            EVP_PKEY_free(key);
    }
    return *at;
}

/* NULL: it is none. Until the next call. */
static EVP_PKEY *peer_key(const struct dh *dh, const uint8_t *peer, size_t len)
{
    uint8_t encoded[DH_PUBLIC_MAX + 1] = {UNCOMPRESSED};
    size_t prefix = point_prefix(dh);
    if (len != dh->group->public_len)
        return NULL;
    memcpy(encoded + prefix, peer, len);
    EVP_PKEY *key = peer_place(dh);
    bool ok = key && EVP_PKEY_set1_encoded_public_key(key, encoded, len + prefix) == 1 &&
              valid(dh, key);
    return ok ? key : NULL;
}

/* RFC 7748 6.1, RFC 8031 2.3: a small-order public value gives all zeros */
static bool all_zero(const struct dh_secret *s)
{
    static const uint8_t zero[DH_SECRET_MAX];
    return crypto_equal(s->data, zero, s->len);
}

void dh_secret_clear(struct dh_secret *s)
{
    OPENSSL_cleanse(s, sizeof *s);
}

enum crypto_err dh_shared(const struct dh *dh, const uint8_t *peer, size_t len,
                          struct dh_secret *out)
{
    enum crypto_err err = CRYPTO_FAILED;
    EVP_PKEY_CTX *ctx = NULL;
    out->len = 0;
    EVP_PKEY *theirs = peer_key(dh, peer, len);
    if (!theirs)
        return CRYPTO_INVALID;
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, dh->key, NULL);
    if (!ctx || EVP_PKEY_derive_init(ctx) != 1)
        goto out;
    /* RFC 7296 2.14: g^ir is padded to the length of the modulus */
    if (strcmp(dh->group->type, "DH") == 0 && EVP_PKEY_CTX_set_dh_pad(ctx, 1) != 1)
        goto out;
    size_t n = DH_SECRET_MAX;
    if (EVP_PKEY_derive_set_peer_ex(ctx, theirs, 0) != 1 || /* 0: we have looked at it */
        EVP_PKEY_derive(ctx, out->data, &n) != 1) {
        err = CRYPTO_INVALID;
        goto out;
    }
    out->len = n;
    if (n == dh->group->shared_len)
        err = all_zero(out) ? CRYPTO_INVALID : CRYPTO_OK;
out:
    EVP_PKEY_CTX_free(ctx);
    if (err != CRYPTO_OK)
        dh_secret_clear(out);
    return err;
}
