/* SPDX-License-Identifier: Apache-2.0 */
/* The sum of four products is that of SP 800-38D's bitwise definition, for each pair of bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/model/gcm.h"
#include "tests/lib/axis.h"

#define LATENCY 3u

static struct rtl *rtl;
static struct rtl_port rst, s_valid, s_a, s_b, m_valid, m_z;

struct operands {
    uint8_t a[4][16], b[4][16];
};

static void definition(const struct operands *o, uint8_t z[16])
{
    memset(z, 0, 16);
    for (unsigned i = 0; i < 4; i++) {
        uint8_t product[16];
        gcm_multiply(o->a[i], o->b[i], product);
        for (unsigned j = 0; j < 16; j++)
            z[j] ^= product[j];
    }
}

static void lanes(struct rtl_port port, const uint8_t element[4][16])
{
    uint8_t wide[64];
    for (unsigned i = 0; i < 4; i++)
        memcpy(wide + 16 * i, element[3 - i], 16);
    rtl_set_be(port, wide, sizeof wide);
}

/* Operands of cycle n from `make` (false: a gap), results LATENCY later; nothing moves in a gap */
static void run(unsigned cycles, bool (*make)(unsigned n, struct operands *o))
{
    struct operands o;
    uint8_t want[LATENCY + 1][16] = {{0}}, got[16];
    bool due[LATENCY + 1] = {false};
    rtl_set(s_valid, 0);
    rtl_set(rst, 1);
    rtl_settle(rtl);
    rtl_edge(rtl);
    rtl_edge(rtl);
    rtl_set(rst, 0);
    for (unsigned n = 0; n < cycles + LATENCY; n++) {
        memmove(want[1], want[0], sizeof want - sizeof *want);
        memmove(due + 1, due, sizeof due - sizeof *due);
        due[0] = n < cycles && make(n, &o);
        rtl_set(s_valid, due[0]);
        if (due[0]) {
            lanes(s_a, (const uint8_t (*)[16])o.a);
            lanes(s_b, (const uint8_t (*)[16])o.b);
            definition(&o, want[0]);
        }
        rtl_settle(rtl);
        assert_int_equal(rtl_get(m_valid), due[LATENCY]);
        if (due[LATENCY]) {
            rtl_get_be(m_z, got, 16);
            assert_memory_equal(got, want[LATENCY], 16);
        }
        rtl_edge(rtl);
    }
}

/* x^i * x^j in the lane that the cycle says, zero in the others: a fault in one bit shows alone */
static bool bits(unsigned n, struct operands *o)
{
    unsigned i = n / 512, j = n / 4 % 128, lane = n % 4;
    memset(o, 0, sizeof *o);
    o->a[lane][i / 8] = (uint8_t)(0x80 >> i % 8);
    o->b[lane][j / 8] = (uint8_t)(0x80 >> j % 8);
    return true;
}

static uint32_t seed = 3;

static bool any(unsigned n, struct operands *o)
{
    rng_fill(&seed, o, sizeof *o);
    return n % 7 != 3 && rng_next(&seed) % 5 != 0;
}

static void test_each_pair_of_bits_in_each_lane(void **state)
{
    (void)state;
    run(128 * 128 * 4, bits);
}

static void test_random_elements_and_gaps(void **state)
{
    (void)state;
    run(20000, any);
}

int main(void)
{
    rtl = rtl_new(NULL);
    rst = rtl_port(rtl, "rst");
    s_valid = rtl_port(rtl, "s_valid");
    s_a = rtl_port(rtl, "s_a");
    s_b = rtl_port(rtl, "s_b");
    m_valid = rtl_port(rtl, "m_valid");
    m_z = rtl_port(rtl, "m_z");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_pair_of_bits_in_each_lane),
        cmocka_unit_test(test_random_elements_and_gaps),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    rtl_free(rtl);
    return rc;
}
