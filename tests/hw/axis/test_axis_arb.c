/* SPDX-License-Identifier: Apache-2.0 */
/* Two streams become one: frames whole and in order, in turn, without a bubble. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/lib/axis.h"

static struct rtl *rtl;
static struct axis in[2], out;
static struct axis *const ends[] = {&in[0], &in[1], &out};
static struct rtl_port from;
static uint8_t buf[2048];
static int froms[4096]; /* of each frame that came out */
static size_t n_froms;

static void cycle(void)
{
    for (int i = 0; i < 3; i++)
        axis_drive(ends[i]);
    rtl_settle(rtl);
    for (int i = 0; i < 3; i++)
        axis_sample(ends[i]);
    if (rtl_get(out.tvalid) && rtl_get(out.tready) && rtl_get(out.tlast))
        froms[n_froms++] = (int)rtl_get(from);
    rtl_edge(rtl);
}

static void restart(unsigned source0, unsigned source1, unsigned sink)
{
    for (int i = 0; i < 3; i++)
        axis_clear(ends[i]);
    axis_reset(rtl, ends, 3);
    in[0].pause = source0;
    in[1].pause = source1;
    out.pause = sink;
    in[0].beats = in[1].beats = out.beats = 0;
    n_froms = 0;
}

static size_t make(unsigned input, uint32_t number)
{
    uint32_t seed = number * 2 + input + 1;
    size_t len = 14 + rng_next(&seed) % 400;
    rng_fill(&seed, buf, len);
    return len;
}

static void run(uint32_t frames)
{
    for (uint32_t i = 0; i < frames; i++)
        for (unsigned s = 0; s < 2; s++) {
            size_t len = make(s, i);
            axis_send(&in[s], buf, len);
        }
    for (uint64_t limit = 0; n_froms < 2 * frames; limit++) {
        assert_true(limit < 100000);
        cycle();
    }
    uint32_t next[2] = {0, 0};
    for (size_t i = 0; i < n_froms; i++) {
        struct frame *f = axis_receive(&out);
        assert_non_null(f);
        size_t len = make((unsigned)froms[i], next[froms[i]]++);
        assert_int_equal(f->len, len);
        assert_memory_equal(f->data, buf, len);
        frame_free(f);
    }
    assert_int_equal(next[0], frames);
    assert_int_equal(next[1], frames);
}

static void test_whole_and_in_order_under_all_pauses(void **state)
{
    (void)state;
    for (unsigned a = 0; a <= 80; a += 40)
        for (unsigned b = 0; b <= 80; b += 40)
            for (unsigned c = 0; c <= 80; c += 40) {
                restart(a, b, c);
                run(200);
            }
}

static void test_in_turn_and_without_a_bubble(void **state)
{
    (void)state;
    restart(0, 0, 0);
    uint64_t start = rtl_cycles(rtl);
    run(500);
    assert_int_equal(rtl_cycles(rtl) - start, out.beats + 1); /* its one cycle of latency */
    for (size_t i = 1; i < n_froms; i++)
        assert_int_not_equal(froms[i], froms[i - 1]);
}

int main(void)
{
    rtl = rtl_new(NULL);
    axis_source_init(&in[0], rtl, "s0_axis");
    axis_source_init(&in[1], rtl, "s1_axis");
    axis_sink_init(&out, rtl, "m_axis");
    from = rtl_port(rtl, "m_from");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_and_in_order_under_all_pauses),
        cmocka_unit_test(test_in_turn_and_without_a_bubble),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    for (int i = 0; i < 3; i++)
        axis_clear(ends[i]);
    rtl_free(rtl);
    return rc;
}
