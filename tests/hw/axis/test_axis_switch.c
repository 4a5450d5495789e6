/* SPDX-License-Identifier: Apache-2.0 */
/* Each frame goes whole to the output named with its first beat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/lib/axis.h"

static struct rtl *rtl;
static struct axis in, out[2];
static struct axis *const ends[] = {&in, &out[0], &out[1]};
static struct rtl_port choice;
static uint8_t buf[2048];
static uint32_t rng = 77;

/* The choice is in the frame's first byte; with later beats the port carries noise. */
static void cycle(void)
{
    for (int i = 0; i < 3; i++)
        axis_drive(ends[i]);
    rtl_set(choice, in.offset == 0 ? in.tdata.bits[0] & 1u : rng_next(&rng) >> 7 & 1u);
    rtl_settle(rtl);
    for (int i = 0; i < 3; i++)
        axis_sample(ends[i]);
    rtl_edge(rtl);
}

static size_t make(uint32_t number)
{
    uint32_t seed = number + 1;
    size_t len = 14 + rng_next(&seed) % 400;
    rng_fill(&seed, buf, len);
    return len;
}

static void test_whole_frames_by_choice(void **state)
{
    (void)state;
    enum { N = 300 };
    for (unsigned a = 0; a <= 60; a += 30)
        for (unsigned b = 0; b <= 60; b += 30)
            for (unsigned c = 0; c <= 60; c += 30) {
                for (int i = 0; i < 3; i++)
                    axis_clear(ends[i]);
                axis_reset(rtl, ends, 3);
                in.pause = a;
                out[0].pause = b;
                out[1].pause = c;
                for (uint32_t i = 0; i < N; i++) {
                    size_t len = make(i);
                    axis_send(&in, buf, len);
                }
                uint64_t start = rtl_cycles(rtl), beats = in.beats;
                uint64_t left = out[0].beats + out[1].beats;
                while (!axis_idle(&in)) {
                    assert_true(rtl_cycles(rtl) - start < 100000);
                    cycle();
                }
                if (a + b + c == 0)
                    assert_int_equal(rtl_cycles(rtl) - start, in.beats - beats);
                while (out[0].beats + out[1].beats - left < in.beats - beats) {
                    assert_true(rtl_cycles(rtl) - start < 100000);
                    cycle();
                }
                for (uint32_t i = 0; i < N; i++) {
                    size_t len = make(i);
                    struct frame *f = axis_receive(&out[buf[0] & 1]);
                    assert_non_null(f);
                    assert_int_equal(f->len, len);
                    assert_memory_equal(f->data, buf, len);
                    frame_free(f);
                }
                assert_null(axis_receive(&out[0]));
                assert_null(axis_receive(&out[1]));
            }
}

int main(void)
{
    rtl = rtl_new(NULL);
    axis_source_init(&in, rtl, "s_axis");
    axis_sink_init(&out[0], rtl, "m0_axis");
    axis_sink_init(&out[1], rtl, "m1_axis");
    choice = rtl_port(rtl, "s_choice");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_frames_by_choice),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    for (int i = 0; i < 3; i++)
        axis_clear(ends[i]);
    rtl_free(rtl);
    return rc;
}
