/* SPDX-License-Identifier: Apache-2.0 */
/* The queue neither loses nor invents words, at every mix of pauses, and moves one a cycle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/lib/axis.h"

static struct rtl *rtl;
static struct rtl_port s_data, s_valid, s_ready, m_data, m_valid, m_ready, level;

static void reset(void)
{
    rtl_set(s_valid, 0);
    rtl_set(m_ready, 0);
    axis_reset(rtl, NULL, 0);
}

/* Push and pop `words` numbered words with the given chances; returns the cycles it took. */
static uint64_t run(unsigned words, unsigned push_pct, unsigned pop_pct, uint32_t seed)
{
    unsigned sent = 0, got = 0;
    uint64_t start = rtl_cycles(rtl);
    while (got < words) {
        assert_true(rtl_cycles(rtl) - start < 100u * words + 100);
        if (!rtl_get(s_valid) && sent < words && rng_next(&seed) % 100 < push_pct)
            rtl_set(s_valid, 1);
        rtl_set(s_data, (uint8_t)(sent * 7u));
        rtl_set(m_ready, rng_next(&seed) % 100 < pop_pct);
        rtl_settle(rtl);
        assert_int_equal(rtl_get(level), sent - got);
        if (rtl_get(m_valid) && rtl_get(m_ready)) {
            assert_true(got < sent);
            assert_int_equal(rtl_get(m_data), (uint8_t)(got * 7u));
            got++;
        }
        bool taken = rtl_get(s_valid) && rtl_get(s_ready);
        rtl_edge(rtl);
        if (taken) {
            sent++;
            rtl_set(s_valid, 0);
        }
    }
    return rtl_cycles(rtl) - start;
}

static void test_order_under_all_pauses(void **state)
{
    (void)state;
    for (unsigned push = 10; push <= 100; push += 30)
        for (unsigned pop = 10; pop <= 100; pop += 30) {
            reset();
            run(500, push, pop, push * 131u + pop);
        }
}

static void test_one_word_a_cycle(void **state)
{
    (void)state;
    reset();
    assert_true(run(1000, 100, 100, 1) <= 1000 + 4);
}

static void test_full_refuses(void **state)
{
    (void)state;
    reset();
    rtl_set(s_valid, 1);
    for (int i = 0; i < 40; i++) {
        rtl_settle(rtl);
        rtl_edge(rtl);
    }
    rtl_settle(rtl);
    assert_int_equal(rtl_get(level), 16);
    assert_int_equal(rtl_get(s_ready), 0);
}

int main(void)
{
    rtl = rtl_new(NULL);
    s_data = rtl_port(rtl, "s_data");
    s_valid = rtl_port(rtl, "s_valid");
    s_ready = rtl_port(rtl, "s_ready");
    m_data = rtl_port(rtl, "m_data");
    m_valid = rtl_port(rtl, "m_valid");
    m_ready = rtl_port(rtl, "m_ready");
    level = rtl_port(rtl, "level");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_under_all_pauses),
        cmocka_unit_test(test_one_word_a_cycle),
        cmocka_unit_test(test_full_refuses),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    rtl_free(rtl);
    return rc;
}
