/* SPDX-License-Identifier: Apache-2.0 */
/* Plain to cipher over the border of 32 bits: with ESN the numbers go on, the high half in the AAD
 * and in the IV (RFC 4106 3.1, 5); without, they end there (RFC 4303 3.3.3). The model is built
 * with first numbers below 2^32 (tests/tests.mk). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/out_bench.h"

#define SEQ_START UINT64_C(0xffffffc0)
enum { LEFT = 63, FRAMES = 200 }; /* numbers up to 2^32 - 1 */

static uint8_t frame[PACKET_MAX + 64];

static void send(unsigned slot, uint32_t number)
{
    size_t n = out_bench_frame(OUT_PROTECT, slot, 20 + number * 7 % 300, number, frame);
    axis_send(&out_bench.in, frame, n);
}

static void check(unsigned slot, uint32_t number)
{
    out_bench_frame(OUT_PROTECT, slot, 20 + number * 7 % 300, number, frame);
    out_bench_expect(slot, frame);
}

static void test_border(void **state)
{
    (void)state;
    uint64_t seq, packets, bytes;
    for (unsigned pause = 0; pause < 2; pause++) {
        out_bench_restart();
        out_bench.in.pause = out_bench.cipher.pause = pause * 30;
        for (unsigned slot = 0; slot < OUT_SLOTS; slot++) {
            out_bench.sa[slot].esp.esn = slot % 4 < 2;
            out_bench.sa[slot].seq = SEQ_START;
        }
        for (uint32_t i = 0; i < FRAMES; i++) /* back to back, and in turn */
            send(i % 4, i);
        for (uint32_t i = 0; i < FRAMES; i++)
            send(i % 50 < 25 ? 4 : 6, i);
        out_bench_drain(100000);
        unsigned plain[8] = {0}, ended = 0;
        for (uint32_t i = 0; i < 2 * FRAMES; i++) {
            unsigned slot = i < FRAMES ? i % 4 : i % FRAMES % 50 < 25 ? 4 : 6;
            if (out_bench.sa[slot].esp.esn || plain[slot]++ < LEFT)
                check(slot, i % FRAMES);
            else
                ended++;
        }
        assert_null(axis_receive(&out_bench.cipher));
        assert_true(ended > 30);
        assert_int_equal(out_bench.count[OUT_DROP_SEQ_END], ended);
        assert_int_equal(out_bench.count[OUT_ENCRYPTED], 2 * FRAMES - ended);
        out_bench_query(4, &seq, &packets, &bytes);
        assert_true(seq == SEQ_START + 100 && seq >> 32 == 1 && packets == 100);
        out_bench_query(6, &seq, &packets, &bytes);
        assert_true(seq == UINT32_MAX && packets == LEFT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_border)};
    out_bench_open();
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    out_bench_close();
    return rc;
}
