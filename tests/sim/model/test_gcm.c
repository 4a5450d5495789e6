/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle's cryptography against FIPS-197, draft-mcgrew-gcm-test-01, and its own two ways to a
 * tag. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/model/gcm.h"
#include "tests/sim/hex.h"
#include "tests/vectors/esp_gcm.h"

#define VECTORS (sizeof esp_gcm_vectors / sizeof *esp_gcm_vectors)

static void test_aes_fips197(void **state)
{
    static const struct {
        const char *key, *out;
    } appendix_c[] = {
        {"000102030405060708090a0b0c0d0e0f", "69c4e0d86a7b0430d8cdb78070b4c55a"},
        {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
         "8ea2b7ca516745bfeafc49904b496089"},
    };
    uint8_t key[32], in[16], want[16], out[16];

    (void)state;
    hex("00112233445566778899aabbccddeeff", in);
    for (size_t i = 0; i < 2; i++) {
        size_t key_len = hex(appendix_c[i].key, key);
        hex(appendix_c[i].out, want);
        assert_true(gcm_aes_block(key, key_len, in, out));
        assert_memory_equal(out, want, 16);
    }
    assert_false(gcm_aes_block(key, 24, in, out)); /* no AES-192 in the product */
}

struct vector {
    uint8_t key[32], nonce[12], aad[12], text[128], sealed[128], tag[16];
    size_t key_len, aad_len, len;
};

static void load(size_t i, struct vector *v)
{
    const struct esp_gcm_vector *e = &esp_gcm_vectors[i];
    v->key_len = hex(e->key, v->key);
    assert_int_equal(hex(e->salt, v->nonce), 4);
    assert_int_equal(hex(e->iv, v->nonce + 4), 8);
    v->aad_len = hex(e->aad, v->aad);
    v->len = hex(e->plaintext, v->text);
    assert_int_equal(hex(e->ciphertext, v->sealed), v->len);
    assert_int_equal(hex(e->icv, v->tag), 16);
}

static void test_published_packets(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        struct vector v;
        uint8_t out[128], tag[16];
        load(i, &v);
        assert_true(gcm_seal(v.key, v.key_len, v.nonce, v.aad, v.aad_len, v.text, v.len, out, tag));
        assert_memory_equal(out, v.sealed, v.len);
        assert_memory_equal(tag, v.tag, 16);
        assert_true(
            gcm_open(v.key, v.key_len, v.nonce, v.aad, v.aad_len, v.sealed, v.len, v.tag, out));
        assert_memory_equal(out, v.text, v.len);
    }
}

static void test_any_flipped_bit_fails(void **state)
{
    struct vector v;
    uint8_t out[128], zero[128] = {0};

    (void)state;
    load(1, &v);
    for (size_t bit = 0; bit < 128 + 8 * (v.len + v.aad_len); bit++) {
        uint8_t *p = bit < 128                   ? &v.tag[bit / 8]
                     : bit < 128 + 8 * v.aad_len ? &v.aad[bit / 8 - 16]
                                                 : &v.sealed[bit / 8 - 16 - v.aad_len];
        *p ^= (uint8_t)(1u << bit % 8);
        assert_false(
            gcm_open(v.key, v.key_len, v.nonce, v.aad, v.aad_len, v.sealed, v.len, v.tag, out));
        assert_memory_equal(out, zero, v.len);
        *p ^= (uint8_t)(1u << bit % 8);
    }
}

/* SP 800-38D 6.4 and 7.1 with the powers instead of Horner's rule, as the engine does it: block i
 * of m counts H^(m-i). */
static void ghash_tag(const struct vector *v, uint8_t tag[16])
{
    uint8_t powers[GCM_POWERS][16], blocks[GCM_POWERS][16] = {{0}}, j0[16] = {0}, mask[16], z[16];
    size_t n = 1 + (v->len + 15) / 16, m = n + 1;

    assert_true(m <= GCM_POWERS);
    memcpy(blocks[0], v->aad, v->aad_len);
    memcpy(blocks[1], v->sealed, v->len);
    blocks[n][7] = (uint8_t)(v->aad_len * 8);
    blocks[n][14] = (uint8_t)(v->len * 8 >> 8);
    blocks[n][15] = (uint8_t)(v->len * 8);
    memcpy(j0, v->nonce, 12);
    j0[15] = 1;
    assert_true(gcm_aes_block(v->key, v->key_len, j0, mask));
    assert_true(gcm_h_powers(v->key, v->key_len, powers));
    memcpy(tag, mask, 16);
    for (size_t i = 0; i < m; i++) {
        gcm_multiply(blocks[i], powers[m - 1 - i], z);
        for (size_t b = 0; b < 16; b++)
            tag[b] ^= z[b];
    }
}

static void test_powers_give_the_same_tag(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        struct vector v;
        uint8_t tag[16];
        load(i, &v);
        ghash_tag(&v, tag);
        assert_memory_equal(tag, v.tag, 16);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aes_fips197),
        cmocka_unit_test(test_published_packets),
        cmocka_unit_test(test_any_flipped_bit_fails),
        cmocka_unit_test(test_powers_give_the_same_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
