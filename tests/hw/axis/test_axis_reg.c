/* SPDX-License-Identifier: Apache-2.0 */
/* The register slice changes nothing, at every mix of pauses, and moves a beat a cycle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/lib/axis.h"

static struct rtl *rtl;
static struct axis in, out;
static struct axis *const ends[] = {&in, &out};
static uint8_t buf[2048];

static size_t make(uint32_t number)
{
    uint32_t seed = number + 1;
    size_t len = 1 + rng_next(&seed) % 400;
    rng_fill(&seed, buf, len);
    return len;
}

static void test_same_frames_under_all_pauses(void **state)
{
    (void)state;
    enum { N = 300 };
    for (unsigned a = 0; a <= 90; a += 30)
        for (unsigned b = 0; b <= 90; b += 30) {
            axis_clear(&in);
            axis_clear(&out);
            axis_reset(rtl, ends, 2);
            in.pause = a;
            out.pause = b;
            for (uint32_t i = 0; i < N; i++) {
                size_t len = make(i);
                axis_send(&in, buf, len);
            }
            uint64_t start = rtl_cycles(rtl), beats = out.beats;
            for (uint32_t i = 0; i < N; i++) {
                struct frame *f;
                while ((f = axis_receive(&out)) == NULL) {
                    assert_true(rtl_cycles(rtl) - start < 100000);
                    axis_cycle(rtl, ends, 2);
                }
                size_t len = make(i);
                assert_int_equal(f->len, len);
                assert_memory_equal(f->data, buf, len);
                frame_free(f);
            }
            if (a + b == 0)
                assert_int_equal(rtl_cycles(rtl) - start, out.beats - beats + 1);
        }
}

int main(void)
{
    rtl = rtl_new(NULL);
    axis_source_init(&in, rtl, "s_axis");
    axis_sink_init(&out, rtl, "m_axis");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_frames_under_all_pauses),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    axis_clear(&in);
    axis_clear(&out);
    rtl_free(rtl);
    return rc;
}
