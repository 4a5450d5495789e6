/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's texts and tags are OpenSSL's, NIST's and McGrew's: at every length, for packets back
 * to back with a key each, 128 and 256 bits, GCM and GMAC mixed. test_gcm_core-decrypt.c runs the
 * same on the other direction, where the text is ciphertext; test_gcm_core-gmac.c NIST's vectors
 * of GMAC.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/model/gcm.h"
#include "tests/lib/axis.h"
#include "tests/lib/gcm_core.h"
#include "tests/lib/nist_gcm.h"
#include "tests/vectors/esp_gcm.h"

#ifndef DECRYPT
#define DECRYPT false
#endif

#define BATCH 400

static struct gcm_core *core;
static uint8_t texts[BATCH][GCM_MAX], outs[BATCH][GCM_MAX], want[GCM_MAX];
static struct gcm_packet packets[BATCH];
static uint32_t seed = 1;

static void make(unsigned n, size_t len)
{
    struct gcm_packet *p = &packets[n];
    p->key_len = rng_next(&seed) & 1 ? 16 : 32;
    p->aad_len = rng_next(&seed) & 1 ? 8 : 12;
    p->gmac = rng_next(&seed) % 3 == 0;
    p->slot = (n * 37) % 1024;
    p->text = texts[n];
    p->out = outs[n];
    p->len = len;
    rng_fill(&seed, p->key, sizeof p->key);
    rng_fill(&seed, p->nonce, sizeof p->nonce);
    rng_fill(&seed, p->aad, sizeof p->aad);
    rng_fill(&seed, texts[n], len);
}

static void run(unsigned n, unsigned gap)
{
    gcm_core_run(core, packets, n, gap, rng_next(&seed));
    for (unsigned i = 0; i < n; i++) {
        uint8_t tag[16];
        gcm_core_expect(&packets[i], DECRYPT, want, tag);
        if (memcmp(want, packets[i].out, packets[i].len) != 0)
            fail_msg("text of packet %u, %zu bytes", i, packets[i].len);
        if (memcmp(tag, packets[i].tag, 16) != 0)
            fail_msg("tag of packet %u, %zu bytes", i, packets[i].len);
    }
}

static void test_each_length_alone(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 300; len++)
        for (unsigned form = 0; form < 4; form++) {
            make(0, len);
            packets[0].aad_len = form & 1 ? 8 : 12;
            packets[0].gmac = form & 2;
            run(1, 0);
        }
}

/* The counter's carries, both ends of the sum's way around, and the longest there is */
static void test_long_packets(void **state)
{
    (void)state;
    static const size_t lens[] = {1446, 1500, 2031, 2032, 4063, 4064, 4065, 8999, 9000, 9018, 16320,
                                  16383};
    const unsigned count = sizeof lens / sizeof *lens;
    for (unsigned i = 0; i < 4 * count; i++) {
        make(i, lens[i % count]);
        packets[i].aad_len = i / count & 1 ? 8 : 12;
        packets[i].gmac = i / count & 2;
    }
    run(4 * count, 0);
}

static void test_lengths_up_and_down_back_to_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 301; i++)
        make(i, i);
    run(301, 0);
    for (unsigned i = 0; i < 301; i++)
        make(i, 300 - i);
    run(301, 0);
}

static void test_random_lengths_and_gaps(void **state)
{
    (void)state;
    static const unsigned gaps[] = {0, 0, 20, 50, 90};
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned i = 0; i < BATCH; i++) {
            uint32_t r = rng_next(&seed);
            make(i, r % 8 == 0 ? r / 8 % 3000 : r / 8 % 200);
        }
        run(BATCH, gaps[round]);
    }
}

/* One bit of the text, the AAD, the nonce or the key: another tag. Of the AAD the core takes 8 or
 * 12 bytes, so the other 4 must not matter. */
static void test_any_flipped_bit_changes_the_tag(void **state)
{
    (void)state;
    for (unsigned form = 0; form < 8; form++) {
        unsigned size = 1 + 12 * (form / 2);
        make(0, size);
        packets[0].aad_len = form & 1 ? 8 : 12;
        packets[0].gmac = (form ^ form >> 2) & 2;
        unsigned n = 1, aad_bits = 8 * (unsigned)packets[0].aad_len;
        for (unsigned bit = 0; bit < 8 * size && n < BATCH; bit++, n++) {
            packets[n] = packets[0];
            packets[n].text = texts[n];
            packets[n].out = outs[n];
            packets[n].slot = n;
            memcpy(texts[n], texts[0], size);
            texts[n][bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (unsigned bit = 0; bit < aad_bits && n < BATCH; bit++, n++) {
            packets[n] = packets[0];
            packets[n].out = outs[n];
            packets[n].slot = n;
            packets[n].aad[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        packets[0].slot = 0;
        run(n, 10);
        for (unsigned i = 1; i < n; i++)
            assert_memory_not_equal(packets[i].tag, packets[0].tag, 16);
    }
}

static size_t unhex(const char *s, uint8_t *out)
{
    size_t n = 0;
    for (; s[2 * n]; n++) {
        char pair[3] = {s[2 * n], s[2 * n + 1], 0};
        out[n] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return n;
}

static void test_mcgrew_esp_packets(void **state)
{
    (void)state;
    const unsigned count = sizeof esp_gcm_vectors / sizeof *esp_gcm_vectors;
    static uint8_t other[BATCH][256], tag[BATCH][16];
    assert_true(count >= 10 && count <= BATCH);
    for (unsigned i = 0; i < count; i++) {
        const struct esp_gcm_vector *v = &esp_gcm_vectors[i];
        struct gcm_packet *p = &packets[i];
        make(i, 0);
        p->gmac = false;
        p->key_len = unhex(v->key, p->key);
        p->aad_len = unhex(v->aad, p->aad);
        unhex(v->salt, p->nonce);
        unhex(v->iv, p->nonce + 4);
        p->len = unhex(DECRYPT ? v->ciphertext : v->plaintext, texts[i]);
        unhex(DECRYPT ? v->plaintext : v->ciphertext, other[i]);
        unhex(v->icv, tag[i]);
    }
    gcm_core_run(core, packets, count, 0, 5);
    for (unsigned i = 0; i < count; i++) {
        assert_memory_equal(packets[i].out, other[i], packets[i].len);
        assert_memory_equal(packets[i].tag, tag[i], 16);
    }
    print_message("           %u packets\n", count);
}

/*
 * NIST's records have 0, 128 or more bits of AAD and the core takes 64 or 96. By SP 800-38D 6.4 two
 * tags of one text that differ in a single block A of AAD differ by (A ^ A') * H^(n+2), and by the
 * difference of the lengths times H. With no AAD at all, A is zero: GHASH starts from there.
 */
static bool nist_packet(unsigned n, const struct nist_gcm *r)
{
    struct gcm_packet *p = &packets[n];
    if (r->iv.len != 12 || (r->key.len != 16 && r->key.len != 32))
        return false;
    make(n, 0);
    p->gmac = false;
    p->key_len = r->key.len;
    memcpy(p->key, r->key.bytes, r->key.len);
    memcpy(p->nonce, r->iv.bytes, 12);
    p->aad_len = r->aad.len == 0 ? 8 : 12;
    memset(p->aad, 0, sizeof p->aad);
    if (r->aad.len != 0)
        memcpy(p->aad, r->aad.bytes, 12);
    p->len = r->ct.len;
    memcpy(texts[n], DECRYPT || r->fail ? r->ct.bytes : r->pt.bytes, p->len);
    return true;
}

static void nist_tag(const struct gcm_packet *p, const struct nist_gcm *r, uint8_t tag[16])
{
    uint8_t h[16][16], aad[16] = {0}, lengths[16] = {0};
    assert_true(gcm_h_powers(p->key, p->key_len, h));
    memcpy(aad, r->aad.bytes, r->aad.len);
    for (unsigned i = 0; i < p->aad_len; i++)
        aad[i] ^= p->aad[i];
    lengths[7] = (uint8_t)(8 * r->aad.len ^ 8 * p->aad_len);
    gcm_multiply(aad, h[(p->len + 15) / 16 + 1], aad);
    gcm_multiply(lengths, h[0], lengths);
    for (unsigned i = 0; i < 16; i++)
        tag[i] = p->tag[i] ^ aad[i] ^ lengths[i];
}

struct nist_count {
    unsigned texts, tags, wrong;
};

static void nist_check(unsigned n, const struct nist_gcm *r, struct nist_count *count)
{
    const struct gcm_packet *p = &packets[n];
    uint8_t tag[16];
    if (!r->fail) {
        assert_memory_equal(p->out, DECRYPT ? r->pt.bytes : r->ct.bytes, p->len);
        count->texts++;
    }
    if (r->aad.len != 0 && r->aad.len != 16)
        return;
    nist_tag(p, r, tag);
    if (r->fail)
        assert_memory_not_equal(tag, r->tag.bytes, r->tag.len);
    else
        assert_memory_equal(tag, r->tag.bytes, r->tag.len);
    count->tags += !r->fail;
    count->wrong += r->fail;
}

static void test_nist(void **state)
{
    (void)state;
    static const char *const files[] = {
        NIST_GCM_DIR "gcmEncryptExtIV128.rsp", NIST_GCM_DIR "gcmEncryptExtIV256.rsp",
        NIST_GCM_DIR "gcmDecrypt128.rsp",      NIST_GCM_DIR "gcmDecrypt256.rsp",
    };
    static struct nist_gcm records[BATCH];
    struct nist_count count = {0, 0, 0};
    for (unsigned i = DECRYPT ? 2 : 0; i < (DECRYPT ? 4 : 2); i++) {
        FILE *f = fopen(files[i], "r");
        if (!f)
            fail_msg("%s is missing (Debian: python3-cryptography-vectors)", files[i]);
        bool more = true;
        while (more) {
            unsigned n = 0;
            while (n < BATCH && (more = nist_gcm_next(f, &records[n])))
                n += nist_packet(n, &records[n]);
            gcm_core_run(core, packets, n, 5, rng_next(&seed));
            for (unsigned k = 0; k < n; k++)
                nist_check(k, &records[k], &count);
        }
        fclose(f);
    }
    print_message("           %u texts, %u tags, %u wrong tags\n", count.texts, count.tags,
                  count.wrong);
    assert_true(count.texts > 1000 && count.tags > 500);
    assert_true(!DECRYPT || count.wrong > 100);
}

int main(void)
{
    struct rtl *rtl = rtl_new(NULL);
    core = gcm_core_new(rtl);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_length_alone),
        cmocka_unit_test(test_long_packets),
        cmocka_unit_test(test_lengths_up_and_down_back_to_back),
        cmocka_unit_test(test_random_lengths_and_gaps),
        cmocka_unit_test(test_any_flipped_bit_changes_the_tag),
        cmocka_unit_test(test_mcgrew_esp_packets),
        cmocka_unit_test(test_nist),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    gcm_core_free(core);
    rtl_free(rtl);
    return rc;
}
