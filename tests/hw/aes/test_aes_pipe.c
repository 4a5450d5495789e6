/* SPDX-License-Identifier: Apache-2.0 */
/* Four blocks of a counter a cycle, a key of either size each cycle: FIPS-197's and OpenSSL's values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/model/gcm.h"
#include "tests/lib/axis.h"

#define LATENCY 15u
#define LANES   4u

static struct rtl *rtl;
static struct rtl_port rst, s_valid, s_front, s_back, s_key, s_key256, m_valid, m_block;
static uint32_t seed = 1;

struct input {
    bool valid;
    uint8_t key[32];
    size_t key_len;
    uint8_t block[LANES][16], want[LANES][16];
};

/* A 128-bit key goes with noise in the half it leaves free */
static void drive(const struct input *in)
{
    uint8_t key[32], back[2 * LANES];
    rng_fill(&seed, key, sizeof key);
    memcpy(key, in->key, in->key_len);
    for (unsigned i = 0; i < LANES; i++)
        memcpy(back + 2 * i, in->block[LANES - 1 - i] + 14, 2);
    rtl_set(s_valid, in->valid);
    rtl_set_be(s_key, key, 32);
    rtl_set(s_key256, in->key_len == 32);
    rtl_set_be(s_front, in->block[0], 14);
    rtl_set_be(s_back, back, sizeof back);
}

static void run(struct input *in, unsigned n)
{
    rtl_set(s_valid, 0);
    rtl_set(rst, 1);
    rtl_settle(rtl);
    rtl_edge(rtl);
    rtl_edge(rtl);
    rtl_set(rst, 0);
    for (unsigned t = 0; t < n + LATENCY; t++) {
        if (t < n)
            drive(&in[t]);
        else
            rtl_set(s_valid, 0);
        rtl_settle(rtl);
        bool due = t >= LATENCY && in[t - LATENCY].valid;
        assert_int_equal(rtl_get(m_valid), due);
        uint8_t blocks[16 * LANES];
        rtl_get_be(m_block, blocks, sizeof blocks);
        for (unsigned i = 0; due && i < LANES; i++)
            assert_memory_equal(blocks + 16 * (LANES - 1 - i), in[t - LATENCY].want[i], 16);
        rtl_edge(rtl);
    }
}

/* FIPS-197 appendices B, C.1 and C.3; the bytes of the last two count up */
static void test_fips197(void **state)
{
    (void)state;
    static const uint8_t b_key[16] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                                      0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
    static const uint8_t b_in[16] = {0x32, 0x43, 0xf6, 0xa8, 0x88, 0x5a, 0x30, 0x8d,
                                     0x31, 0x31, 0x98, 0xa2, 0xe0, 0x37, 0x07, 0x34};
    static const uint8_t b_out[16] = {0x39, 0x25, 0x84, 0x1d, 0x02, 0xdc, 0x09, 0xfb,
                                      0xdc, 0x11, 0x85, 0x97, 0x19, 0x6a, 0x0b, 0x32};
    static const uint8_t c1_out[16] = {0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
                                       0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a};
    static const uint8_t c3_out[16] = {0x8e, 0xa2, 0xb7, 0xca, 0x51, 0x67, 0x45, 0xbf,
                                       0xea, 0xfc, 0x49, 0x90, 0x4b, 0x49, 0x60, 0x89};
    struct input in[3];
    memset(in, 0, sizeof in);
    for (unsigned n = 0; n < 3; n++) {
        in[n].valid = true;
        in[n].key_len = n == 2 ? 32 : 16;
        for (unsigned i = 0; i < 32; i++)
            in[n].key[i] = (uint8_t)i;
        for (unsigned lane = 0; lane < LANES; lane++) {
            for (unsigned i = 0; i < 16; i++)
                in[n].block[lane][i] = (uint8_t)(i * 0x11);
            memcpy(in[n].want[lane], n == 2 ? c3_out : n == 1 ? c1_out : b_out, 16);
            if (n == 0)
                memcpy(in[0].block[lane], b_in, 16);
        }
    }
    memcpy(in[0].key, b_key, 16);
    run(in, 3);
}

static void test_random_keys_sizes_and_gaps(void **state)
{
    (void)state;
    static struct input in[4000];
    const unsigned n = sizeof in / sizeof *in;
    for (unsigned t = 0; t < n; t++) {
        in[t].valid = t < n / 2 || rng_next(&seed) % 3 != 0;
        in[t].key_len = rng_next(&seed) & 1 ? 16 : 32;
        rng_fill(&seed, in[t].key, sizeof in[t].key);
        rng_fill(&seed, in[t].block, sizeof in[t].block);
        for (unsigned i = 1; i < LANES; i++)
            memcpy(in[t].block[i], in[t].block[0], 14);
        for (unsigned i = 0; i < LANES; i++)
            assert_true(gcm_aes_block(in[t].key, in[t].key_len, in[t].block[i], in[t].want[i]));
    }
    run(in, n);
}

int main(void)
{
    rtl = rtl_new(NULL);
    rst = rtl_port(rtl, "rst");
    s_valid = rtl_port(rtl, "s_valid");
    s_front = rtl_port(rtl, "s_front");
    s_back = rtl_port(rtl, "s_back");
    s_key = rtl_port(rtl, "s_key");
    s_key256 = rtl_port(rtl, "s_key256");
    m_valid = rtl_port(rtl, "m_valid");
    m_block = rtl_port(rtl, "m_block");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fips197),
        cmocka_unit_test(test_random_keys_sizes_and_gaps),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    rtl_free(rtl);
    return rc;
}
