/* SPDX-License-Identifier: Apache-2.0 */
/* Key exchange, PRF, AUTH and message protection against published vectors, and what must be
 * refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>

#include "ctrl/crypto/keys.h"
#include "ctrl/wire/ike.h"

static size_t hex(const char *text, uint8_t *out)
{
    size_t n = 0;
    for (; text[0] && text[1]; text += 2) {
        unsigned v = 0;
        for (int i = 0; i < 2; i++)
            v = v << 4 | (unsigned)(text[i] <= '9' ? text[i] - '0' : (text[i] | 32) - 'a' + 10);
        out[n++] = (uint8_t)v;
    }
    return n;
}

/* RFC 4231: HMAC-SHA-256, -384, -512 */
static void test_hmac(void **state)
{
    (void)state;
    static const struct {
        unsigned prf;
        const char *key, *data, *mac;
    } vectors[] = {
        {PRF_HMAC_SHA2_256, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {PRF_HMAC_SHA2_384, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
         "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b"
         "2fa9cb6"},
        {PRF_HMAC_SHA2_512, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
         "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274ea"
         "ea3f4e4"
         "be9d914eeb61f1702e696c203a126854"},
        {PRF_HMAC_SHA2_256, "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint8_t key[64], data[64], mac[64], out[HASH_MAX];
        size_t k = hex(vectors[i].key, key), d = hex(vectors[i].data, data),
               m = hex(vectors[i].mac, mac);
        /* in two pieces, as IKE does */
        const struct piece pieces[] = {{data, 3}, {data + 3, d - 3}};
        assert_int_equal(hmac(alg_prf(vectors[i].prf), (struct piece){key, k}, pieces, 2, out),
                         CRYPTO_OK);
        assert_int_equal(alg_prf(vectors[i].prf)->len, m);
        assert_memory_equal(out, mac, m);
    }
}

/* Keys and texts around a block's borders, one after the other on the same kept digests. */
static void test_hmac_lengths(void **state)
{
    uint8_t key[300], text[300], out[HASH_MAX], expected[HASH_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = (uint8_t)(i * 7);
        text[i] = (uint8_t)(i * 11);
    }
    for (size_t k = 0; k < sizeof key; k += k < 60 || k > 135 ? 13 : 1)
        for (unsigned prf = PRF_HMAC_SHA2_256; prf <= PRF_HMAC_SHA2_512; prf++) {
            const struct alg_hash *alg = alg_prf(prf);
            const struct piece pieces[] = {{text, k / 3}, {NULL, 0}, {text + k / 3, k - k / 3}};
            size_t len = 0;
            assert_int_equal(hmac(alg, (struct piece){key, k}, pieces, 3, out), CRYPTO_OK);
            assert_non_null(EVP_Q_mac(NULL, "HMAC", NULL, alg->openssl, NULL, key, k, text, k,
                                      expected, sizeof expected, &len));
            assert_int_equal(len, alg->len);
            assert_memory_equal(out, expected, len);
        }
}

/* prf+ is the expansion of HKDF (RFC 5869 2.3) with the seed as info: OpenSSL has that one. */
static void test_prf_plus(void **state)
{
    (void)state;
    for (unsigned prf = PRF_HMAC_SHA2_256; prf <= PRF_HMAC_SHA2_512; prf++)
        for (size_t len = 1; len <= 300; len += 23) {
            uint8_t key[48], seed[80], out[300], expected[300];
            memset(key, 0xa5, sizeof key);
            memset(seed, 0x5a, sizeof seed);
            const struct piece pieces[] = {{seed, 32}, {NULL, 0}, {seed + 32, 48}};
            assert_int_equal(
                prf_plus(alg_prf(prf), (struct piece){key, sizeof key}, pieces, 3, out, len),
                CRYPTO_OK);
            EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
            EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
            int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
            char digest[16];
            strcpy(digest, alg_prf(prf)->openssl);
            const OSSL_PARAM params[] = {
                OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key, sizeof key),
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, seed, sizeof seed),
                OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
                OSSL_PARAM_construct_end(),
            };
            assert_int_equal(EVP_KDF_derive(ctx, expected, len, params), 1);
            assert_memory_equal(out, expected, len);
            EVP_KDF_CTX_free(ctx);
            EVP_KDF_free(kdf);
        }
}

/* A key pair with a given private value; for EC OpenSSL computes the point. */
static struct dh given(unsigned group, const char *private_hex)
{
    struct dh dh = {.group = alg_group(group)};
    uint8_t priv[66], point[140];
    size_t n = hex(private_hex, priv), point_len;
    if (group == KE_X25519) {
        dh.key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, priv, n);
        return dh;
    }
    int nid = group == KE_ECP256   ? NID_X9_62_prime256v1
              : group == KE_ECP384 ? NID_secp384r1
                                   : NID_secp521r1;
    EC_GROUP *ec = EC_GROUP_new_by_curve_name(nid);
    EC_POINT *p = EC_POINT_new(ec);
    BIGNUM *d = BN_bin2bn(priv, (int)n, NULL);
    assert_int_equal(EC_POINT_mul(ec, p, d, NULL, NULL, NULL), 1);
    point_len = EC_POINT_point2oct(ec, p, POINT_CONVERSION_UNCOMPRESSED, point, sizeof point, NULL);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, dh.group->group, 0);
    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, d);
    OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, point_len);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &dh.key, EVP_PKEY_KEYPAIR, params), 1);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    BN_free(d);
    EC_POINT_free(p);
    EC_GROUP_free(ec);
    return dh;
}

/* RFC 5903 8.1, 8.2: the initiator's private and public value, the responder's public value, the
 * secret */
static const struct {
    unsigned group;
    const char *priv, *pub, *peer, *secret;
} dh_vectors[] = {
    {KE_ECP256, "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
     "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C37725811805271A0461CDB8252D61F1C456FA3E"
     "59AB1F45B33ACCF5F58389E"
     "0577B8990BB3",
     "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF6356FBF3CA366CC23E8157854C13C58"
     "D6AAC23F046ADA30F8353E7"
     "4F33039872AB",
     "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE"},
    {KE_ECP384,
     "099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655E35B538041E649EE3FAEF896783AB"
     "194",
     "667842D7D180AC2CDE6F74F37551F55755C7645C20EF73E31634FE72B4C55EE6DE3AC808ACB4BDB4C88732AEE95F4"
     "1AA9482ED1FC0EEB9CAFC49"
     "84625CCFC23F65032149E0E144ADA024181535A0F38EEB9FCFF3C2C947DAE69B4C634573A81C",
     "E558DBEF53EECDE3D3FCCFC1AEA08A89A987475D12FD950D83CFA41732BC509D0D1AC43A0336DEF96FDA41D0774A3"
     "571DCFBEC7AACF31964721"
     "69E838430367F66EEBE3C6E70C416DD5F0C68759DD1FFF83FA40142209DFF5EAAD96DB9E6386C",
     "11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4D603135569B9E9D09CF5D4A270F59"
     "746"},
};

static void test_ecp_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof dh_vectors / sizeof *dh_vectors; i++) {
        uint8_t expected[256], peer[256], out[DH_PUBLIC_MAX];
        struct dh_secret shared;
        struct dh dh = given(dh_vectors[i].group, dh_vectors[i].priv);
        size_t n = hex(dh_vectors[i].pub, expected);
        assert_int_equal(dh_public(&dh, out), CRYPTO_OK);
        assert_int_equal(n, dh.group->public_len);
        assert_memory_equal(out, expected, n);
        size_t p = hex(dh_vectors[i].peer, peer);
        n = hex(dh_vectors[i].secret, expected);
        assert_int_equal(dh_shared(&dh, peer, p, &shared), CRYPTO_OK);
        assert_int_equal(shared.len, n);
        assert_memory_equal(shared.data, expected, n);
        peer[5] ^= 1; /* not on the curve */
        assert_int_equal(dh_shared(&dh, peer, p, &shared), CRYPTO_INVALID);
        assert_int_equal(shared.len, 0);
        dh_clear(&dh);
    }
}

/* RFC 7748 5.2, and values of small order, which give zero (6.1) */
static void test_x25519(void **state)
{
    (void)state;
    uint8_t u[32], expected[32];
    struct dh_secret shared;
    struct dh dh =
        given(KE_X25519, "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c", u);
    hex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552", expected);
    assert_int_equal(dh_shared(&dh, u, sizeof u, &shared), CRYPTO_OK);
    assert_int_equal(shared.len, 32);
    assert_memory_equal(shared.data, expected, 32);
    for (uint8_t small = 0; small <= 1; small++) {
        memset(u, 0, sizeof u);
        u[0] = small;
        assert_int_equal(dh_shared(&dh, u, sizeof u, &shared), CRYPTO_INVALID);
        assert_int_equal(shared.len, 0);
    }
    dh_clear(&dh);
}

/* Both sides of every group get the same, of the right length; values of a wrong length are
 * refused. */
static void test_groups_agree(void **state)
{
    (void)state;
    static const unsigned groups[] = {KE_MODP2048, KE_ECP256, KE_ECP384, KE_ECP521, KE_X25519};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        struct dh a, b;
        uint8_t pa[DH_PUBLIC_MAX], pb[DH_PUBLIC_MAX];
        struct dh_secret sa, sb;
        assert_int_equal(dh_init(&a, groups[i]), CRYPTO_OK);
        assert_int_equal(dh_init(&b, groups[i]), CRYPTO_OK);
        assert_int_equal(dh_public(&a, pa), CRYPTO_OK);
        assert_int_equal(dh_public(&b, pb), CRYPTO_OK);
        assert_memory_not_equal(pa, pb, a.group->public_len);
        assert_int_equal(dh_shared(&a, pb, a.group->public_len, &sa), CRYPTO_OK);
        assert_int_equal(dh_shared(&b, pa, a.group->public_len, &sb), CRYPTO_OK);
        assert_int_equal(sa.len, a.group->shared_len);
        assert_memory_equal(sa.data, sb.data, sa.len);
        for (size_t len = 0; len < a.group->public_len; len += 31)
            assert_int_equal(dh_shared(&a, pb, len, &sa), CRYPTO_INVALID);
        dh_clear(&a);
        dh_clear(&b);
    }
    struct dh none;
    assert_int_equal(dh_init(&none, 2), CRYPTO_UNSUPPORTED);
}

/* RFC 6989 2.1: 1 < y < p - 1 */
static void test_modp_range(void **state)
{
    (void)state;
    struct dh dh;
    struct dh_secret shared;
    uint8_t y[256];
    BIGNUM *p = BN_get_rfc3526_prime_2048(NULL);
    assert_int_equal(dh_init(&dh, KE_MODP2048), CRYPTO_OK);
    for (int i = 0; i < 4; i++) { /* 0, 1, p - 1, p */
        BIGNUM *v = i < 2 ? BN_new() : BN_dup(p);
        assert_int_equal(i < 2 ? BN_set_word(v, (BN_ULONG)i) : i == 2 ? BN_sub_word(v, 1) : 1, 1);
        assert_int_equal(BN_bn2binpad(v, y, sizeof y), sizeof y);
        assert_int_equal(dh_shared(&dh, y, sizeof y, &shared), CRYPTO_INVALID);
        BN_free(v);
    }
    BN_free(p);
    dh_clear(&dh);
}

static struct cipher_key key_of(unsigned encr, unsigned bits, unsigned integ)
{
    struct cipher_key k = {.encr = alg_encr(encr, bits), .integ = alg_integ(integ)};
    k.enc.len = k.encr->key_len;
    memset(k.enc.data, 0x42, k.enc.len);
    k.auth.len = k.integ ? k.integ->len : 0;
    memset(k.auth.data, 0x17, k.auth.len);
    return k;
}

/* Every bit of a protected message counts, and so does its length; two messages never have
 * one IV. */
static void test_protection(void **state)
{
    (void)state;
    static const unsigned kinds[][3] = {{ENCR_AES_GCM_16, 128, 0},
                                        {ENCR_AES_GCM_16, 256, 0},
                                        {ENCR_AES_CBC, 128, AUTH_HMAC_SHA2_256_128},
                                        {ENCR_AES_CBC, 192, AUTH_HMAC_SHA2_384_192},
                                        {ENCR_AES_CBC, 256, AUTH_HMAC_SHA2_512_256}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct cipher_key k = key_of(kinds[i][0], kinds[i][1], kinds[i][2]);
        uint8_t msg[200], other[200], text[200];
        size_t aad = 32, iv = cipher_iv_len(&k), len = 48,
               total = aad + iv + len + cipher_icv_len(&k), n;
        for (size_t j = 0; j < sizeof msg; j++)
            msg[j] = other[j] = (uint8_t)j;
        assert_int_equal(cipher_seal(&k, msg, aad, len), CRYPTO_OK);
        assert_int_equal(cipher_seal(&k, other, aad, len), CRYPTO_OK);
        assert_memory_not_equal(msg + aad, other + aad, iv);
        assert_int_equal(cipher_open(&k, msg, aad, total, text, &n), CRYPTO_OK);
        assert_int_equal(n, len);
        for (size_t j = 0; j < len; j++)
            assert_int_equal(text[j], (uint8_t)(aad + iv + j));
        for (size_t bit = 0; bit < total * 8; bit++) {
            msg[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(cipher_open(&k, msg, aad, total, text, &n), CRYPTO_INVALID);
            assert_int_equal(n, 0);
            msg[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t l = 0; l < total; l++)
            assert_int_equal(cipher_open(&k, msg, aad, l, text, &n), CRYPTO_INVALID);
    }
}

/* RFC 5282: the nonce is salt and IV, checked by OpenSSL alone */
static void test_gcm_layout(void **state)
{
    (void)state;
    struct cipher_key k = key_of(ENCR_AES_GCM_16, 256, 0);
    uint8_t msg[32 + 8 + 20 + 16], nonce[12], text[20];
    int n;
    memset(msg, 0x33, sizeof msg);
    memset(k.enc.data + 32, 0x99, 4);
    k.sealed = 0x0102030405060708;
    assert_int_equal(cipher_seal(&k, msg, 32, 20), CRYPTO_OK);
    const uint8_t iv[] = {1, 2, 3, 4, 5, 6, 7, 8};
    assert_memory_equal(msg + 32, iv, 8);
    memset(nonce, 0x99, 4);
    memcpy(nonce + 4, iv, 8);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    assert_int_equal(EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, k.enc.data, nonce), 1);
    assert_int_equal(EVP_DecryptUpdate(ctx, NULL, &n, msg, 32), 1);
    assert_int_equal(EVP_DecryptUpdate(ctx, text, &n, msg + 40, 20), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, msg + 60), 1);
    assert_int_equal(EVP_DecryptFinal_ex(ctx, text, &n), 1);
    EVP_CIPHER_CTX_free(ctx);
    k.sealed = UINT64_MAX; /* the IVs are used up */
    assert_int_equal(cipher_seal(&k, msg, 32, 20), CRYPTO_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hmac),         cmocka_unit_test(test_prf_plus),
        cmocka_unit_test(test_hmac_lengths),
        cmocka_unit_test(test_ecp_vectors),  cmocka_unit_test(test_x25519),
        cmocka_unit_test(test_groups_agree), cmocka_unit_test(test_modp_range),
        cmocka_unit_test(test_protection),   cmocka_unit_test(test_gcm_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
