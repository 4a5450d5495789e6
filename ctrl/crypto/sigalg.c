/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AlgorithmIdentifiers are compared with the only encodings that DER allows; RSASSA-PSS, whose
 * parameters have some freedom, is parsed and must then encode to the same bytes. See sigalg.h.
 */
#include "ctrl/crypto/sigalg.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "ctrl/wire/ike.h"

#define LENGTH(table) (sizeof(table) / sizeof *(table))

static const struct sigalg_curve curves[] = {
    {NID_X9_62_prime256v1, AUTH_METHOD_ECDSA256, SIGN_SHA256, 32},
    {NID_secp384r1, AUTH_METHOD_ECDSA384, SIGN_SHA384, 48},
    {NID_secp521r1, AUTH_METHOD_ECDSA521, SIGN_SHA512, 66},
};

const struct sigalg_curve *sigalg_curve(const EVP_PKEY *key)
{
    char name[64];
    size_t len;
    if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
        EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, &len) !=
            1)
        return NULL;
    int nid = OBJ_sn2nid(name);
    for (size_t i = 0; i < LENGTH(curves); i++)
        if (curves[i].nid == nid)
            return &curves[i];
    return NULL;
}

static const struct hash {
    uint8_t id;
    int nid, size;
    const char *name;
} hashes[] = {
    {SIGN_SHA1, NID_sha1, 20, "SHA1"},
    {SIGN_SHA256, NID_sha256, 32, "SHA2-256"},
    {SIGN_SHA384, NID_sha384, 48, "SHA2-384"},
    {SIGN_SHA512, NID_sha512, 64, "SHA2-512"},
};

static const struct hash *find_hash(unsigned id, int nid)
{
    for (size_t i = 0; i < LENGTH(hashes); i++)
        if (hashes[i].id == id || hashes[i].nid == nid)
            return &hashes[i];
    return NULL;
}

const char *sigalg_hash_name(unsigned id)
{
    const struct hash *h = find_hash(id, -1);
    return h ? h->name : NULL;
}

/* ---------------------------------------------------------------- fixed encodings */

/* RFC 7427 A.1 (with NULL), A.3 (without parameters); RFC 8420 3 */
#define OID_RSA(n) 0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, n, 5, 0
#define OID_ECDSA(n) 0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, n

static const struct fixed {
    uint8_t key, hash, len;
    uint8_t der[16];
} fixed[] = {
    {SIGN_RSA, SIGN_SHA256, 15, {OID_RSA(11)}},
    {SIGN_RSA, SIGN_SHA384, 15, {OID_RSA(12)}},
    {SIGN_RSA, SIGN_SHA512, 15, {OID_RSA(13)}},
    {SIGN_ECDSA, SIGN_SHA256, 12, {OID_ECDSA(2)}},
    {SIGN_ECDSA, SIGN_SHA384, 12, {OID_ECDSA(3)}},
    {SIGN_ECDSA, SIGN_SHA512, 12, {OID_ECDSA(4)}},
    {SIGN_ED25519, SIGN_IDENTITY, 7, {0x30, 5, 6, 3, 0x2b, 101, 112}},
};

/* ---------------------------------------------------------------- RSASSA-PSS (RFC 4055 3.1) */

static X509_ALGOR *hash_algor(int nid)
{
    X509_ALGOR *a = X509_ALGOR_new();
    if (a && X509_ALGOR_set0(a, OBJ_nid2obj(nid), V_ASN1_NULL, NULL) == 1)
        return a;
    X509_ALGOR_free(a);
    return NULL;
}

/* `inner` as DER, the parameter of an algorithm. */
static bool set_sequence(X509_ALGOR *into, int nid, const ASN1_ITEM *item, void *inner)
{
    ASN1_STRING *packed = NULL;
    bool ok = ASN1_item_pack(inner, item, &packed) &&
              X509_ALGOR_set0(into, OBJ_nid2obj(nid), V_ASN1_SEQUENCE, packed) == 1;
    if (!ok)
        ASN1_STRING_free(packed);
    return ok;
}

/* The hash, MGF1 with the same hash, a salt as long as the hash; all said. */
static size_t pss_write(const struct hash *h, uint8_t *out, size_t cap)
{
    RSA_PSS_PARAMS *pss = RSA_PSS_PARAMS_new();
    X509_ALGOR *algor = X509_ALGOR_new();
    uint8_t *at = out;
    int len = 0;
    bool ok = pss && algor && (pss->hashAlgorithm = hash_algor(h->nid)) &&
              (pss->maskGenAlgorithm = X509_ALGOR_new()) &&
              (pss->saltLength = ASN1_INTEGER_new()) &&
              ASN1_INTEGER_set(pss->saltLength, h->size) == 1 &&
              set_sequence(pss->maskGenAlgorithm, NID_mgf1, ASN1_ITEM_rptr(X509_ALGOR),
                           pss->hashAlgorithm) &&
              set_sequence(algor, NID_rsassaPss, ASN1_ITEM_rptr(RSA_PSS_PARAMS), pss);
    if (ok)
        len = i2d_X509_ALGOR(algor, NULL);
    len = len > 0 && (size_t)len <= cap ? i2d_X509_ALGOR(algor, &at) : 0;
    RSA_PSS_PARAMS_free(pss);
    X509_ALGOR_free(algor);
    return len > 0 ? (size_t)len : 0;
}

/* RFC 4055 2.1: NULL and nothing mean the same as a hash's parameters */
static const struct hash *hash_of(const X509_ALGOR *a)
{
    const ASN1_OBJECT *oid;
    int type;
    if (!a)
        return NULL;
    X509_ALGOR_get0(&oid, &type, NULL, a);
    return type == V_ASN1_NULL || type == V_ASN1_UNDEF ? find_hash(0, OBJ_obj2nid(oid)) : NULL;
}

static const struct hash *mgf_hash(const X509_ALGOR *mgf)
{
    const ASN1_OBJECT *oid;
    const void *value;
    int type;
    if (!mgf)
        return NULL;
    X509_ALGOR_get0(&oid, &type, &value, mgf);
    if (OBJ_obj2nid(oid) != NID_mgf1 || type != V_ASN1_SEQUENCE)
        return NULL;
    X509_ALGOR *inner = ASN1_item_unpack(value, ASN1_ITEM_rptr(X509_ALGOR));
    const struct hash *h = hash_of(inner);
    X509_ALGOR_free(inner);
    return h;
}

/* What is left out means SHA-1 (RFC 4055 3.1), which is not taken; so all of it must be there. */
static const struct hash *pss_hash(const RSA_PSS_PARAMS *pss)
{
    const struct hash *h = hash_of(pss->hashAlgorithm);
    bool ok = h && h->id != SIGN_SHA1 && mgf_hash(pss->maskGenAlgorithm) == h && pss->saltLength &&
              ASN1_INTEGER_get(pss->saltLength) == h->size &&
              (!pss->trailerField || ASN1_INTEGER_get(pss->trailerField) == 1);
    return ok ? h : NULL;
}

static bool encodes_to(const X509_ALGOR *algor, const uint8_t *der, size_t len)
{
    uint8_t *again = NULL;
    int n = i2d_X509_ALGOR(algor, &again);
    bool same = n > 0 && (size_t)n == len && memcmp(again, der, len) == 0;
    OPENSSL_free(again);
    return same;
}

static bool pss_read(const uint8_t *der, size_t len, struct sign_scheme *s)
{
    const unsigned char *at = der;
    const ASN1_OBJECT *oid;
    const void *value;
    const struct hash *h = NULL;
    int type;
    X509_ALGOR *algor = d2i_X509_ALGOR(NULL, &at, (long)len);
    if (!algor || !encodes_to(algor, der, len))
        goto out;
    X509_ALGOR_get0(&oid, &type, &value, algor);
    if (OBJ_obj2nid(oid) == NID_rsassaPss && type == V_ASN1_SEQUENCE) {
        RSA_PSS_PARAMS *pss = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
        h = pss ? pss_hash(pss) : NULL;
        RSA_PSS_PARAMS_free(pss);
    }
    if (h)
        *s = (struct sign_scheme){AUTH_METHOD_DIGITAL, SIGN_RSA, h->id, true};
out:
    X509_ALGOR_free(algor);
    return h != NULL;
}

/* ---------------------------------------------------------------- both */

size_t sigalg_write(const struct sign_scheme *s, uint8_t *out, size_t cap)
{
    const struct hash *h = find_hash(s->hash, -1);
    size_t len = 0;
    if (cap < 256)
        return 0;
    if (s->pss && s->key == SIGN_RSA && h && h->id != SIGN_SHA1)
        len = pss_write(h, out + 1, 255);
    for (size_t i = 0; !s->pss && i < LENGTH(fixed); i++)
        if (fixed[i].key == s->key && fixed[i].hash == s->hash)
            memcpy(out + 1, fixed[i].der, len = fixed[i].len);
    out[0] = (uint8_t)len;
    return len ? len + 1 : 0;
}

bool sigalg_read(struct piece auth, struct sign_scheme *s, struct piece *signature)
{
    size_t len = auth.n ? auth.p[0] : 0;
    if (len == 0 || len + 1 >= auth.n)
        return false;
    *signature = (struct piece){auth.p + 1 + len, auth.n - 1 - len};
    for (size_t i = 0; i < LENGTH(fixed); i++)
        if (fixed[i].len == len && memcmp(fixed[i].der, auth.p + 1, len) == 0) {
            *s = (struct sign_scheme){AUTH_METHOD_DIGITAL, fixed[i].key, fixed[i].hash, false};
            return true;
        }
    return pss_read(auth.p + 1, len, s);
}

/* ---------------------------------------------------------------- ECDSA */

enum crypto_err sigalg_ecdsa_to_raw(const struct sigalg_curve *curve, uint8_t *sig, size_t *len)
{
    const unsigned char *at = sig;
    ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &at, (long)*len);
    int n = (int)curve->len;
    bool ok = s && BN_bn2binpad(ECDSA_SIG_get0_r(s), sig, n) == n &&
              BN_bn2binpad(ECDSA_SIG_get0_s(s), sig + n, n) == n;
    ECDSA_SIG_free(s);
    *len = 2 * curve->len;
    return ok ? CRYPTO_OK : CRYPTO_FAILED;
}

bool sigalg_ecdsa_from_raw(const struct sigalg_curve *curve, struct piece raw,
                           uint8_t der[SIGALG_ECDSA_MAX], size_t *len)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = NULL, *s = NULL;
    unsigned char *at = der;
    int n = 0;
    if (sig && raw.n == 2 * curve->len) {
        r = BN_bin2bn(raw.p, (int)curve->len, NULL);
        s = BN_bin2bn(raw.p + curve->len, (int)curve->len, NULL);
    }
    if (r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
        r = s = NULL;
        n = i2d_ECDSA_SIG(sig, NULL);
        n = n > 0 && n <= SIGALG_ECDSA_MAX ? i2d_ECDSA_SIG(sig, &at) : 0;
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    *len = n > 0 ? (size_t)n : 0;
    return n > 0;
}
