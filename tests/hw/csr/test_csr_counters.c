/* SPDX-License-Identifier: Apache-2.0 */
/* Every event is counted once, however many come at a time; totals are 64 bits; a reset clears
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "driver/regs.h"
#include "tests/lib/axis.h"

#define N ESPL_CNT_SPAN
#define BYTE_COUNTERS 10

static struct rtl *rtl;
static struct rtl_port event_one, event_len, rd_en, rd_word, rd_data, swept;
static uint64_t model[N];
static uint32_t rng = 5;

/* in the order of event_len */
static const unsigned byte_counters[BYTE_COUNTERS] = {
    ESPL_CNT_PLAIN_RX_BYTES,     ESPL_CNT_PLAIN_TX_BYTES, ESPL_CNT_CIPHER_RX_BYTES,
    ESPL_CNT_CIPHER_TX_BYTES,    ESPL_CNT_HOST0_RX_BYTES, ESPL_CNT_HOST0_TX_BYTES,
    ESPL_CNT_HOST1_RX_BYTES,     ESPL_CNT_HOST1_TX_BYTES, ESPL_CNT_OUT_ENCRYPTED_BYTES,
    ESPL_CNT_IN_DECRYPTED_BYTES,
};

static void set_bits(struct rtl_port p, unsigned at, unsigned n, unsigned value)
{
    for (unsigned i = 0; i < n; i++, at++)
        p.bits[at / 8] =
            (uint8_t)((p.bits[at / 8] & ~(1u << at % 8)) | (value >> i & 1u) << at % 8);
}

static void cycle(unsigned percent)
{
    for (unsigned i = 0; i < N; i++) {
        bool one = rng_next(&rng) % 100 < percent;
        uint64_t amount = one;
        set_bits(event_one, i, 1, one);
        for (unsigned b = 0; b < BYTE_COUNTERS; b++)
            if (byte_counters[b] == i) {
                unsigned len = rng_next(&rng) % (percent == 100 ? 16384 : 9080);
                set_bits(event_len, 14 * b, 14, len);
                amount = one ? len : 0;
            }
        model[i] += amount;
    }
    rtl_settle(rtl);
    rtl_edge(rtl);
}

static uint32_t word(unsigned n)
{
    rtl_set(rd_en, 1);
    rtl_set(rd_word, n);
    for (int i = 0; i < 2; i++) {
        rtl_settle(rtl);
        rtl_edge(rtl);
        rtl_set(rd_en, 0);
    }
    rtl_settle(rtl);
    return (uint32_t)rtl_get(rd_data);
}

static void compare(void)
{
    memset(event_one.bits, 0, 12);
    for (int i = 0; i < 140; i++) {
        rtl_settle(rtl);
        rtl_edge(rtl);
    }
    for (unsigned i = 0; i < N; i++)
        assert_int_equal((uint64_t)word(2 * i + 1) << 32 | word(2 * i), model[i]);
}

static void restart(void)
{
    memset(event_one.bits, 0, 12);
    memset(model, 0, sizeof model);
    axis_reset(rtl, NULL, 0);
    for (int i = 0; !rtl_get(swept); i++) {
        assert_true(i < 200);
        rtl_settle(rtl);
        rtl_edge(rtl);
    }
}

static void test_every_event_counts(void **state)
{
    (void)state;
    restart();
    compare(); /* all zero */
    for (unsigned percent = 1; percent <= 100; percent += 33) {
        for (int i = 0; i < 700; i++)
            cycle(percent);
        compare();
        for (int i = 0; i < 300; i++) /* with rests between, of any length */
            cycle(i % 7 ? 0 : percent);
        compare();
    }
    restart();
    compare();
}

static void test_more_than_32_bits(void **state)
{
    (void)state;
    restart();
    while (model[ESPL_CNT_PLAIN_RX_BYTES] < UINT64_C(0x180000000))
        for (int i = 0; i < 1000; i++) { /* the longest frame a port can name, in every cycle */
            set_bits(event_one, ESPL_CNT_PLAIN_RX_BYTES, 1, 1);
            set_bits(event_len, 0, 14, 16383);
            model[ESPL_CNT_PLAIN_RX_BYTES] += 16383;
            rtl_settle(rtl);
            rtl_edge(rtl);
        }
    compare();
}

int main(void)
{
    rtl = rtl_new(NULL);
    event_one = rtl_port(rtl, "event_one");
    event_len = rtl_port(rtl, "event_len");
    rd_en = rtl_port(rtl, "rd_en");
    rd_word = rtl_port(rtl, "rd_word");
    rd_data = rtl_port(rtl, "rd_data");
    swept = rtl_port(rtl, "swept");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_event_counts),
        cmocka_unit_test(test_more_than_32_bits),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    rtl_free(rtl);
    return rc;
}
