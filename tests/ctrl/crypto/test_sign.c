/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures in AUTH: every scheme against OpenSSL's own verification, and the forgeries that
 * others have taken: each regression is named after its class.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include <openssl/rsa.h>

#include "ctrl/crypto/sigalg.h"
#include "ctrl/crypto/sign.h"
#include "ctrl/wire/ike.h"
#include "tests/ctrl/trust/pki.h"

static const struct piece octets = {(const uint8_t *)"what both sides have sent", 25};
static const struct piece others = {(const uint8_t *)"what somebody else sent  ", 25};

static int clean(void **state)
{
    (void)state;
    pki_free();
    return 0;
}

/* Signed, verified; and not with another text, a changed or cut signature, another method or key.
 */
static void check(EVP_PKEY *key, const struct sign_scheme *s)
{
    uint8_t auth[SIGN_MAX];
    size_t len;
    struct sign_scheme found;
    assert_int_equal(sign_make(key, s, octets, auth, &len), CRYPTO_OK);
    assert_int_equal(sign_check(key, s->method, (struct piece){auth, len}, octets, &found),
                     CRYPTO_OK);
    assert_int_equal(found.key, s->key);
    assert_int_equal(found.hash, s->hash);
    assert_int_equal(found.pss, s->pss);
    assert_int_equal(sign_check(key, s->method, (struct piece){auth, len}, others, &found),
                     CRYPTO_INVALID);
    assert_int_equal(sign_check(key, s->method, (struct piece){auth, len - 1}, octets, &found),
                     CRYPTO_INVALID);
    assert_int_not_equal(sign_check(key, 3, (struct piece){auth, len}, octets, &found), CRYPTO_OK);
    for (size_t i = 0; i < len; i += i < 80 ? 1 : 17) {
        auth[i] ^= 1;
        assert_int_not_equal(sign_check(key, s->method, (struct piece){auth, len}, octets, &found),
                             CRYPTO_OK);
        auth[i] ^= 1;
    }
}

static void every_scheme(void **state)
{
    static const struct {
        const char *key;
        struct sign_scheme s;
    } all[] = {
        {"RSA:2048", {AUTH_METHOD_DIGITAL, SIGN_RSA, SIGN_SHA256, false}},
        {"RSA:2048", {AUTH_METHOD_DIGITAL, SIGN_RSA, SIGN_SHA512, false}},
        {"RSA:2048", {AUTH_METHOD_DIGITAL, SIGN_RSA, SIGN_SHA256, true}},
        {"RSA:2048", {AUTH_METHOD_DIGITAL, SIGN_RSA, SIGN_SHA384, true}},
        {"RSA:2048", {AUTH_METHOD_DIGITAL, SIGN_RSA, SIGN_SHA512, true}},
        {"RSA:3072", {AUTH_METHOD_RSA, SIGN_RSA, SIGN_SHA1, false}},
        {"RSA:3072", {AUTH_METHOD_RSA, SIGN_RSA, SIGN_SHA256, false}},
        {"EC:P-256", {AUTH_METHOD_DIGITAL, SIGN_ECDSA, SIGN_SHA256, false}},
        {"EC:P-256", {AUTH_METHOD_DIGITAL, SIGN_ECDSA, SIGN_SHA512, false}},
        {"EC:P-384", {AUTH_METHOD_DIGITAL, SIGN_ECDSA, SIGN_SHA384, false}},
        {"EC:P-521", {AUTH_METHOD_DIGITAL, SIGN_ECDSA, SIGN_SHA512, false}},
        {"EC:P-256", {AUTH_METHOD_ECDSA256, SIGN_ECDSA, SIGN_SHA256, false}},
        {"EC:P-384", {AUTH_METHOD_ECDSA384, SIGN_ECDSA, SIGN_SHA384, false}},
        {"EC:P-521", {AUTH_METHOD_ECDSA521, SIGN_ECDSA, SIGN_SHA512, false}},
        {"ED25519", {AUTH_METHOD_DIGITAL, SIGN_ED25519, SIGN_IDENTITY, false}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        check(pki_key(all[i].key), &all[i].s);
}

/* What is chosen for a peer that knows these hashes. */
static void chosen(EVP_PKEY *key, unsigned hashes, const struct sign_rule *rule, int method,
                   int hash)
{
    struct sign_scheme s;
    bool ok = sign_choose(key, hashes, rule, &s);
    assert_int_equal(ok, method != 0);
    if (ok) {
        assert_int_equal(s.method, method);
        assert_int_equal(s.hash, hash);
    }
}

static void choices(void **state)
{
    const struct sign_rule any = {.keys = 0}, sha512 = {.hashes = SIGN_HASH_BIT(SIGN_SHA512)},
                           pss = {.keys = SIGN_RSA, .pss = true},
                           big = {.keys = SIGN_RSA, .rsa_bits = 3072};
    EVP_PKEY *rsa = pki_key("RSA:2048"), *p384 = pki_key("EC:P-384"), *ed = pki_key("ED25519");
    (void)state;
    chosen(rsa, 0, &any, AUTH_METHOD_RSA, SIGN_SHA1);
    chosen(rsa, SIGN_HASHES, &any, AUTH_METHOD_DIGITAL, SIGN_SHA256);
    chosen(rsa, SIGN_HASHES, &sha512, AUTH_METHOD_DIGITAL, SIGN_SHA512);
    chosen(rsa, SIGN_HASH_BIT(SIGN_SHA384), &any, AUTH_METHOD_DIGITAL, SIGN_SHA384);
    chosen(rsa, SIGN_HASH_BIT(SIGN_SHA384), &sha512, 0, 0);
    chosen(rsa, SIGN_HASHES, &pss, AUTH_METHOD_DIGITAL, SIGN_SHA256);
    chosen(rsa, 0, &pss, 0, 0);
    chosen(rsa, SIGN_HASHES, &big, 0, 0);
    chosen(p384, SIGN_HASHES, &any, AUTH_METHOD_DIGITAL, SIGN_SHA384);
    chosen(p384, 0, &any, AUTH_METHOD_ECDSA384, SIGN_SHA384);
    chosen(p384, SIGN_HASHES, &pss, 0, 0);
    chosen(ed, SIGN_HASHES, &sha512, AUTH_METHOD_DIGITAL, SIGN_IDENTITY);
    chosen(ed, SIGN_HASH_BIT(SIGN_SHA256), &any, 0, 0);
    chosen(ed, 0, &any, 0, 0);
}

static void keys_that_are_not_taken(void **state)
{
    (void)state;
    assert_int_equal(sign_key_type(pki_key("RSA:1024")), 0);
    assert_int_equal(sign_key_type(pki_key("EC:P-224")), 0);
    assert_int_equal(sign_key_type(pki_key("X25519")), 0);
    assert_int_equal(sign_key_type(NULL), 0);
}

/* ---------------------------------------------------------------- forgeries */

/* RSA's bare operation on a whole block that we make up, as a forger with e = 3 could. */
static void sign_block(EVP_PKEY *key, const uint8_t block[256], uint8_t sig[256])
{
    size_t len = 256;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
    assert_int_equal(EVP_PKEY_sign(ctx, sig, &len, block, 256), 1);
    EVP_PKEY_CTX_free(ctx);
}

/* 00 01 FF .. FF 00 DigestInfo, with `garbage` bytes behind it; hash_len of the digest is kept. */
static void pkcs1_block(uint8_t block[256], size_t garbage, size_t hash_len, bool with_null)
{
    static const uint8_t info[] = {0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1,
                                   0x65, 3,    4,    2,    1, 5, 0,    4,    32};
    uint8_t head[19], digest[32];
    size_t head_len = sizeof info;
    memcpy(head, info, sizeof info);
    if (!with_null) { /* AlgorithmIdentifier without parameters */
        memmove(head + 15, head + 17, 2);
        head_len -= 2;
        head[1] -= 2;
        head[3] -= 2;
    }
    head[head_len - 1] = (uint8_t)hash_len;
    head[1] = (uint8_t)(head[1] - (32 - hash_len));
    EVP_Digest(octets.p, octets.n, digest, NULL, EVP_sha256(), NULL);
    size_t at = 256 - garbage - hash_len - head_len;
    memset(block, 0xff, 256);
    block[0] = 0;
    block[1] = 1;
    block[at - 1] = 0;
    memcpy(block + at, head, head_len);
    memcpy(block + at + head_len, digest, hash_len);
    memset(block + 256 - garbage, 0x41, garbage);
}

static enum crypto_err check_block(EVP_PKEY *key, const uint8_t block[256], bool digital)
{
    uint8_t auth[16 + 256] = {0};
    struct sign_scheme s = {AUTH_METHOD_DIGITAL, SIGN_RSA, SIGN_SHA256, false};
    size_t at = 0;
    if (digital) {
        uint8_t alg[256];
        at = sigalg_write(&s, alg, sizeof alg);
        assert_int_equal(at, 16);
        memcpy(auth, alg, at);
    }
    sign_block(key, block, auth + at);
    return sign_check(key, digital ? AUTH_METHOD_DIGITAL : AUTH_METHOD_RSA,
                      (struct piece){auth, at + 256}, octets, &s);
}

/* CVE-2018-16151, CVE-2018-16152, CVE-2026-50721: padding, parameters and what is behind the digest
 * are compared, not parsed. */
static void lenient_pkcs1(void **state)
{
    EVP_PKEY *key = pki_key("RSA:2048");
    uint8_t block[256];
    (void)state;
    for (int digital = 0; digital < 2; digital++) {
        pkcs1_block(block, 0, 32, true);
        assert_int_equal(check_block(key, block, digital), CRYPTO_OK); /* the test's own proof */
        for (size_t garbage = 1; garbage < 180; garbage += 13) {
            pkcs1_block(block, garbage, 32, true);
            assert_int_equal(check_block(key, block, digital), CRYPTO_INVALID);
        }
        pkcs1_block(block, 0, 32, false);
        assert_int_equal(check_block(key, block, digital), CRYPTO_INVALID);
        for (size_t i = 2; i < 200; i += 9) { /* padding that is not FF */
            pkcs1_block(block, 0, 32, true);
            block[i] = 0x17;
            assert_int_equal(check_block(key, block, digital), CRYPTO_INVALID);
        }
    }
}

/* CVE-2026-50722: a DigestInfo with a hash that is too short */
static void short_digestinfo(void **state)
{
    EVP_PKEY *key = pki_key("RSA:2048");
    uint8_t block[256];
    (void)state;
    for (size_t len = 0; len < 32; len++)
        for (int digital = 0; digital < 2; digital++) {
            pkcs1_block(block, 0, len, true);
            assert_int_equal(check_block(key, block, digital), CRYPTO_INVALID);
        }
}

/* CVE-2018-6459, CVE-2021-41990: PSS whose parameters are absent, or in part, or of other salts */
static void pss_parameters_absent(void **state)
{
    static const uint8_t none[] = {13, 0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 10};
    static const uint8_t empty[] = {15,   0x30, 13, 6, 9, 0x2a, 0x86, 0x48,
                                    0x86, 0xf7, 13, 1, 1, 10,   0x30, 0};
    static const uint8_t null[] = {15,   0x30, 13, 6, 9, 0x2a, 0x86, 0x48,
                                   0x86, 0xf7, 13, 1, 1, 10,   5,    0};
    const struct piece heads[] = {{none, sizeof none}, {empty, sizeof empty}, {null, sizeof null}};
    EVP_PKEY *key = pki_key("RSA:2048");
    struct sign_scheme s = {AUTH_METHOD_DIGITAL, SIGN_RSA, SIGN_SHA256, true};
    uint8_t good[SIGN_MAX], auth[SIGN_MAX];
    size_t len;
    (void)state;
    assert_int_equal(sign_make(key, &s, octets, good, &len), CRYPTO_OK);
    size_t head = good[0] + 1u;
    for (size_t i = 0; i < 3; i++) {
        memcpy(auth, heads[i].p, heads[i].n);
        memcpy(auth + heads[i].n, good + head, len - head);
        assert_int_equal(sign_check(key, AUTH_METHOD_DIGITAL,
                                    (struct piece){auth, heads[i].n + len - head}, octets, &s),
                         CRYPTO_INVALID);
    }
    for (size_t i = 0; i < head; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(auth, good, len);
            auth[i] = (uint8_t)(auth[i] ^ 1u << bit);
            assert_int_not_equal(
                sign_check(key, AUTH_METHOD_DIGITAL, (struct piece){auth, len}, octets, &s),
                CRYPTO_OK);
        }
}

/* AlgorithmIdentifiers cut short, of nothing, of everything. */
static void auth_data_cut_short(void **state)
{
    EVP_PKEY *key = pki_key("EC:P-256");
    const struct sign_scheme s = {AUTH_METHOD_DIGITAL, SIGN_ECDSA, SIGN_SHA256, false};
    struct sign_scheme found;
    uint8_t auth[SIGN_MAX];
    size_t len;
    (void)state;
    assert_int_equal(sign_make(key, &s, octets, auth, &len), CRYPTO_OK);
    for (size_t n = 0; n < len; n++)
        assert_int_equal(
            sign_check(key, AUTH_METHOD_DIGITAL, (struct piece){auth, n}, octets, &found),
            CRYPTO_INVALID);
    auth[0] = 255;
    assert_int_equal(
        sign_check(key, AUTH_METHOD_DIGITAL, (struct piece){auth, len}, octets, &found),
        CRYPTO_INVALID);
    for (uint8_t method = AUTH_METHOD_ECDSA256; method <= AUTH_METHOD_ECDSA521; method++)
        assert_int_equal(sign_check(key, method, (struct piece){auth, 63}, octets, &found),
                         CRYPTO_INVALID);
    memset(auth, 0, 64); /* r = s = 0: CVE-2022-21449's class */
    assert_int_equal(
        sign_check(key, AUTH_METHOD_ECDSA256, (struct piece){auth, 64}, octets, &found),
        CRYPTO_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_scheme, clean),
        cmocka_unit_test_teardown(choices, clean),
        cmocka_unit_test_teardown(keys_that_are_not_taken, clean),
        cmocka_unit_test_teardown(lenient_pkcs1, clean),
        cmocka_unit_test_teardown(short_digestinfo, clean),
        cmocka_unit_test_teardown(pss_parameters_absent, clean),
        cmocka_unit_test_teardown(auth_data_cut_short, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
