/* SPDX-License-Identifier: Apache-2.0 */
/* H and its powers are OpenSSL's, at either key size, and no register keeps them after `done`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/model/gcm.h"
#include "tests/lib/axis.h"

struct sa_key {
    uint8_t key[32];
    size_t len; /* 16 or 32 */
};

static struct rtl *rtl;
static struct rtl_port rst, start, key, key256, we, idx, power, done;

static void cycle(void)
{
    rtl_edge(rtl);
    rtl_settle(rtl);
}

static void reset(void)
{
    rtl_set(start, 0);
    rtl_set(rst, 1);
    rtl_settle(rtl);
    cycle();
    cycle();
    rtl_set(rst, 0);
    cycle();
    assert_int_equal(rtl_get(done), 0);
    cycle();
}

static void give(const struct sa_key *k, uint32_t *seed)
{
    uint8_t wide[32];
    rng_fill(seed, wide, sizeof wide);
    memcpy(wide, k->key, k->len);
    rtl_set_be(key, wide, 32);
    rtl_set(key256, k->len == 32);
    rtl_set(start, 1);
    rtl_settle(rtl);
    cycle();
    rtl_set(start, 0);
    rng_fill(seed, wide, sizeof wide); /* the key is taken with start and needed no longer */
    rtl_set_be(key, wide, 32);
    rtl_set(key256, rng_next(seed) & 1);
    rtl_settle(rtl);
}

static void derive(const struct sa_key *k, uint32_t *seed)
{
    uint8_t want[16][16], got[16], zero[16] = {0};
    unsigned strobes = 0;
    assert_true(gcm_h_powers(k->key, k->len, want));
    uint64_t begin = rtl_cycles(rtl);
    give(k, seed);
    while (!rtl_get(done)) {
        assert_true(rtl_cycles(rtl) - begin < 300);
        if (rtl_get(we)) {
            assert_int_equal(rtl_get(idx), strobes);
            assert_true(strobes < 16);
            rtl_get_be(power, got, 16);
            assert_memory_equal(got, want[strobes], 16);
            strobes++;
        }
        cycle();
    }
    assert_int_equal(strobes, 16);
    assert_int_equal(rtl_cycles(rtl) - begin, k->len == 32 ? 272 : 269);
    rtl_get_be(power, got, 16);
    assert_memory_equal(got, zero, 16);
    cycle();
    assert_int_equal(rtl_get(done), 0);
}

static void test_powers(void **state)
{
    (void)state;
    uint32_t seed = 11;
    reset();
    for (int i = 0; i < 200; i++) {
        struct sa_key k = {.len = rng_next(&seed) & 1 ? 16 : 32};
        rng_fill(&seed, k.key, sizeof k.key);
        derive(&k, &seed);
    }
}

/* SP 800-38D's test cases 2 and 14 (McGrew and Viega): H of the all-zero keys */
static void test_published_h(void **state)
{
    (void)state;
    static const uint8_t h128[16] = {0x66, 0xe9, 0x4b, 0xd4, 0xef, 0x8a, 0x2c, 0x3b,
                                     0x88, 0x4c, 0xfa, 0x59, 0xca, 0x34, 0x2b, 0x2e};
    static const uint8_t h256[16] = {0xdc, 0x95, 0xc0, 0x78, 0xa2, 0x40, 0x89, 0x89,
                                     0xad, 0x48, 0xa2, 0x14, 0x92, 0x84, 0x20, 0x87};
    uint32_t seed = 12;
    reset();
    for (int wide = 0; wide < 2; wide++) {
        struct sa_key k = {.len = wide ? 32 : 16};
        uint8_t got[16];
        give(&k, &seed);
        while (!rtl_get(we))
            cycle();
        rtl_get_be(power, got, 16);
        assert_memory_equal(got, wide ? h256 : h128, 16);
        while (!rtl_get(done))
            cycle();
    }
}

/* A reset in the middle, at every point, neither announces anything nor harms the next run */
static void test_reset_in_the_middle(void **state)
{
    (void)state;
    uint32_t seed = 13;
    for (unsigned after = 0; after < 276; after += 5) {
        struct sa_key k = {.len = after & 1 ? 16 : 32};
        rng_fill(&seed, k.key, sizeof k.key);
        reset();
        give(&k, &seed);
        for (unsigned i = 0; i < after; i++)
            cycle();
        reset();
        uint8_t got[16], zero[16] = {0};
        rtl_get_be(power, got, 16);
        assert_memory_equal(got, zero, 16);
        derive(&k, &seed);
    }
}

int main(void)
{
    rtl = rtl_new(NULL);
    rst = rtl_port(rtl, "rst");
    start = rtl_port(rtl, "start");
    key = rtl_port(rtl, "key");
    key256 = rtl_port(rtl, "key256");
    we = rtl_port(rtl, "we");
    idx = rtl_port(rtl, "idx");
    power = rtl_port(rtl, "power");
    done = rtl_port(rtl, "done");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_powers),
        cmocka_unit_test(test_published_h),
        cmocka_unit_test(test_reset_in_the_middle),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    rtl_free(rtl);
    return rc;
}
