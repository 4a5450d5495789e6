/* SPDX-License-Identifier: Apache-2.0 */
/* Signing octets, and verifying, as AUTH payloads carry it. See sign.h and sigalg.h. */
#include "ctrl/crypto/sign.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "ctrl/crypto/sigalg.h"
#include "ctrl/wire/ike.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192

unsigned sign_key_type(const EVP_PKEY *key)
{
    int bits = key ? EVP_PKEY_get_bits(key) : 0;
    switch (key ? EVP_PKEY_get_base_id(key) : 0) {
    case EVP_PKEY_RSA:
        return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX ? SIGN_RSA : 0;
    case EVP_PKEY_EC:
        return sigalg_curve(key) ? SIGN_ECDSA : 0;
    case EVP_PKEY_ED25519:
        return SIGN_ED25519;
    default:
        return 0;
    }
}

const char *sign_key_word(unsigned type)
{
    return type == SIGN_RSA       ? "RSA"
           : type == SIGN_ECDSA   ? "ECDSA"
           : type == SIGN_ED25519 ? "ED25519"
                                  : "unsupported";
}

bool sign_keyid(const EVP_PKEY *key, uint8_t id[SIGN_KEYID_LEN])
{
    X509_PUBKEY *spki = NULL;
    const unsigned char *bits;
    int len;
    bool ok = X509_PUBKEY_set(&spki, (EVP_PKEY *)(uintptr_t)key) == 1 &&
              X509_PUBKEY_get0_param(NULL, &bits, &len, NULL, spki) == 1 &&
              EVP_Digest(bits, (size_t)len, id, NULL, EVP_sha1(), NULL) == 1;
    X509_PUBKEY_free(spki);
    return ok;
}

/* ---------------------------------------------------------------- which scheme */

bool sign_allowed(const struct sign_rule *rule, const struct sign_scheme *s, const EVP_PKEY *key)
{
    int bits = EVP_PKEY_get_bits(key);
    if (rule->keys && !(rule->keys & s->key))
        return false;
    if (rule->hashes && s->hash != SIGN_IDENTITY && !(rule->hashes & SIGN_HASH_BIT(s->hash)))
        return false;
    return (s->key != SIGN_RSA || ((s->pss || !rule->pss) && bits >= rule->rsa_bits)) &&
           (s->key != SIGN_ECDSA || bits >= rule->ecdsa_bits);
}

/* RFC 7296 3.8, RFC 4754: for a peer that does not know RFC 7427 */
static bool choose_classic(const EVP_PKEY *key, const struct sign_rule *rule, struct sign_scheme *s)
{
    const struct sigalg_curve *curve = sigalg_curve(key);
    *s = (struct sign_scheme){.key = (uint8_t)sign_key_type(key)};
    if (s->key == SIGN_RSA) {
        s->method = AUTH_METHOD_RSA;
        s->hash = rule->hashes ? SIGN_SHA256 : SIGN_SHA1; /* 3.8: "SHOULD use SHA-1" */
    } else if (s->key == SIGN_ECDSA) {
        s->method = curve->method;
        s->hash = curve->hash;
    }
    return s->method && sign_allowed(rule, s, key);
}

bool sign_choose(const EVP_PKEY *key, unsigned peer_hashes, const struct sign_rule *rule,
                 struct sign_scheme *s)
{
    static const uint8_t by_strength[] = {SIGN_SHA256, SIGN_SHA384, SIGN_SHA512};
    const struct sigalg_curve *curve = sigalg_curve(key);
    if (!(peer_hashes & SIGN_HASHES))
        return choose_classic(key, rule, s);
    *s = (struct sign_scheme){.method = AUTH_METHOD_DIGITAL, .key = (uint8_t)sign_key_type(key)};
    s->pss = s->key == SIGN_RSA && rule->pss;
    if (s->key == SIGN_ED25519) { /* RFC 8420 2: only when the peer knows "Identity" */
        s->hash = SIGN_IDENTITY;
        return (peer_hashes & SIGN_HASH_BIT(SIGN_IDENTITY)) && sign_allowed(rule, s, key);
    }
    s->hash = curve ? curve->hash : SIGN_SHA256;
    if (s->key && (peer_hashes & SIGN_HASH_BIT(s->hash)) && sign_allowed(rule, s, key))
        return true;
    for (size_t i = 0; s->key && i < sizeof by_strength; i++) {
        s->hash = by_strength[i];
        if ((peer_hashes & SIGN_HASH_BIT(s->hash)) && sign_allowed(rule, s, key))
            return true;
    }
    return false;
}

/* ---------------------------------------------------------------- OpenSSL's part */

/* A context that signs or verifies by this scheme. NULL: no memory. */
static EVP_MD_CTX *context(EVP_PKEY *key, const struct sign_scheme *s, bool verify)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;
    const char *hash = sigalg_hash_name(s->hash);
    bool ok = ctx && (verify ? EVP_DigestVerifyInit_ex(ctx, &pctx, hash, NULL, NULL, key, NULL)
                             : EVP_DigestSignInit_ex(ctx, &pctx, hash, NULL, NULL, key, NULL)) == 1;
    if (ok && s->key == SIGN_RSA)
        ok = EVP_PKEY_CTX_set_rsa_padding(pctx,
                                          s->pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1;
    if (ok && s->pss)
        ok = EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md_name(pctx, hash, NULL) == 1;
    if (!ok) {
        EVP_MD_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

static enum crypto_err sign(EVP_PKEY *key, const struct sign_scheme *s, struct piece octets,
                            uint8_t *out, size_t *len)
{
    EVP_MD_CTX *ctx = context(key, s, false);
    bool ok = ctx && EVP_DigestSign(ctx, out, len, octets.p, octets.n) == 1;
    EVP_MD_CTX_free(ctx);
    return ok ? CRYPTO_OK : CRYPTO_FAILED;
}

static enum crypto_err verify(EVP_PKEY *key, const struct sign_scheme *s, struct piece signature,
                              struct piece octets)
{
    EVP_MD_CTX *ctx = context(key, s, true);
    int rc = ctx ? EVP_DigestVerify(ctx, signature.p, signature.n, octets.p, octets.n) : -1;
    EVP_MD_CTX_free(ctx);
    return !ctx ? CRYPTO_FAILED : rc == 1 ? CRYPTO_OK : CRYPTO_INVALID;
}

/* ---------------------------------------------------------------- AUTH data */

enum crypto_err sign_make(EVP_PKEY *key, const struct sign_scheme *s, struct piece octets,
                          uint8_t out[SIGN_MAX], size_t *len)
{
    size_t at = 0;
    *len = 0;
    if (!s->key || sign_key_type(key) != s->key)
        return CRYPTO_UNSUPPORTED;
    if (s->method == AUTH_METHOD_DIGITAL && !(at = sigalg_write(s, out, SIGN_MAX)))
        return CRYPTO_UNSUPPORTED;
    size_t n = SIGN_MAX - at;
    enum crypto_err err = sign(key, s, octets, out + at, &n);
    if (err == CRYPTO_OK && s->key == SIGN_ECDSA && s->method != AUTH_METHOD_DIGITAL)
        err = sigalg_ecdsa_to_raw(sigalg_curve(key), out, &n);
    if (err == CRYPTO_OK)
        *len = at + n;
    return err;
}

/* RFC 7296 3.8: the hash of a method 1 signature is what its DigestInfo says; each is tried, so
 * that the DigestInfo is compared and never parsed. */
static enum crypto_err check_rsa(EVP_PKEY *key, struct piece auth, struct piece octets,
                                 struct sign_scheme *s)
{
    static const uint8_t hashes[] = {SIGN_SHA256, SIGN_SHA1, SIGN_SHA384, SIGN_SHA512};
    enum crypto_err err = CRYPTO_INVALID;
    for (size_t i = 0; i < sizeof hashes && err == CRYPTO_INVALID; i++) {
        *s = (struct sign_scheme){AUTH_METHOD_RSA, SIGN_RSA, hashes[i], false};
        err = verify(key, s, auth, octets);
    }
    return err;
}

static enum crypto_err check_ecdsa(EVP_PKEY *key, uint8_t method, struct piece auth,
                                   struct piece octets, struct sign_scheme *s)
{
    const struct sigalg_curve *curve = sigalg_curve(key);
    uint8_t der[SIGALG_ECDSA_MAX];
    size_t len;
    if (!curve || curve->method != method || !sigalg_ecdsa_from_raw(curve, auth, der, &len))
        return CRYPTO_INVALID;
    *s = (struct sign_scheme){method, SIGN_ECDSA, curve->hash, false};
    return verify(key, s, (struct piece){der, len}, octets);
}

enum crypto_err sign_check(EVP_PKEY *key, uint8_t method, struct piece auth, struct piece octets,
                           struct sign_scheme *s)
{
    unsigned type = sign_key_type(key);
    struct piece signature;
    if (!type)
        return CRYPTO_UNSUPPORTED;
    switch (method) {
    case AUTH_METHOD_RSA:
        return type == SIGN_RSA ? check_rsa(key, auth, octets, s) : CRYPTO_INVALID;
    case AUTH_METHOD_ECDSA256:
    case AUTH_METHOD_ECDSA384:
    case AUTH_METHOD_ECDSA521:
        return type == SIGN_ECDSA ? check_ecdsa(key, method, auth, octets, s) : CRYPTO_INVALID;
    case AUTH_METHOD_DIGITAL:
        if (!sigalg_read(auth, s, &signature) || s->key != type)
            return CRYPTO_INVALID;
        return verify(key, s, signature, octets);
    default:
        return CRYPTO_UNSUPPORTED;
    }
}
