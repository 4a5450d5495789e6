/* SPDX-License-Identifier: Apache-2.0 */
/* Good frames pass unchanged and without gaps; bad, runt and oversize ones are counted and leave no
 * trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/axis.h"

enum { MAX_FRAME = 9018, MIN_FRAME = 14, LONGEST = 40000 };

static struct rtl *rtl;
static struct axis in, out;
static struct axis *const ends[] = {&in, &out};
static struct rtl_port enable, cnt_rx, cnt_rx_len, cnt_error, cnt_runt, cnt_oversize;
static uint64_t rx, rx_bytes, errors, runts, oversizes;
static uint8_t buf[LONGEST];
static uint32_t rng = 0x1234567;

static void cycle(void)
{
    axis_cycle(rtl, ends, 2);
    rtl_settle(rtl);
    rx += rtl_get(cnt_rx);
    rx_bytes += rtl_get(cnt_rx) ? rtl_get(cnt_rx_len) : 0;
    errors += rtl_get(cnt_error);
    runts += rtl_get(cnt_runt);
    oversizes += rtl_get(cnt_oversize);
}

static void restart(unsigned source_pause, unsigned sink_pause)
{
    axis_clear(&in);
    axis_clear(&out);
    rtl_set(enable, 1);
    axis_reset(rtl, ends, 2);
    in.pause = source_pause;
    out.pause = sink_pause;
    out.beats = 0;
    rx = rx_bytes = errors = runts = oversizes = 0;
}

/* A frame whose bytes follow from its seed, so that what comes out can be judged alone. */
static void make(uint32_t seed, size_t len)
{
    rng_fill(&seed, buf, len);
}

static void drain(void)
{
    for (uint64_t quiet = 0; quiet < 400; quiet++) {
        uint64_t beats = in.beats + out.beats;
        cycle();
        if (in.beats + out.beats != beats || !axis_idle(&in))
            quiet = 0;
    }
}

static void expect(uint32_t seed, size_t len)
{
    struct frame *f = axis_receive(&out);
    assert_non_null(f);
    make(seed, len);
    assert_int_equal(f->len, len);
    assert_memory_equal(f->data, buf, len);
    frame_free(f);
}

static size_t any_length(void)
{
    static const size_t borders[] = {1,    13,   14,   15,   63,   64,   65,   127,   128,    129,
                                     1500, 9017, 9018, 9019, 9024, 9025, 9100, 33000, LONGEST};
    uint32_t r = rng_next(&rng);
    return r % 3 ? 1 + (r >> 8) % 300 : borders[(r >> 8) % (sizeof borders / sizeof *borders)];
}

static void test_only_good_frames_pass(void **state)
{
    (void)state;
    enum { N = 400 };
    static const unsigned pauses[][2] = {{0, 0}, {50, 0}, {0, 50}, {30, 30}, {0, 90}};
    for (size_t p = 0; p < sizeof pauses / sizeof *pauses; p++) {
        size_t len[N];
        bool bad[N];
        uint64_t good = 0, good_bytes = 0, e = 0, r = 0, o = 0;
        restart(pauses[p][0], pauses[p][1]);
        for (uint32_t i = 0; i < N; i++) {
            len[i] = any_length();
            bad[i] = rng_next(&rng) % 5 == 0;
            make(i + 1, len[i]);
            (bad[i] ? axis_send_bad : axis_send)(&in, buf, len[i]);
            if (len[i] > MAX_FRAME && (!bad[i] || len[i] > (MAX_FRAME + 63) / 64 * 64))
                o++;
            else if (bad[i])
                e++;
            else if (len[i] < MIN_FRAME)
                r++;
            else
                good++, good_bytes += len[i];
        }
        drain();
        for (uint32_t i = 0; i < N; i++)
            if (!bad[i] && len[i] >= MIN_FRAME && len[i] <= MAX_FRAME)
                expect(i + 1, len[i]);
        assert_null(axis_receive(&out));
        assert_int_equal(rx, good);
        assert_int_equal(rx_bytes, good_bytes);
        assert_int_equal(errors, e);
        assert_int_equal(runts, r);
        assert_int_equal(oversizes, o);
    }
}

static void test_no_gap_inside_a_frame(void **state)
{
    (void)state;
    restart(70, 0);
    for (uint32_t i = 0; i < 50; i++) {
        make(i + 1, 14 + i * 40);
        axis_send(&in, buf, 14 + i * 40);
    }
    drain();
    for (uint32_t i = 0; i < 50; i++) {
        struct frame *f = axis_receive(&out);
        assert_non_null(f);
        assert_int_equal(f->last_cycle - f->first_cycle + 1, (f->len + 63) / 64);
        frame_free(f);
    }
}

static void test_one_beat_a_cycle(void **state)
{
    (void)state;
    restart(0, 0);
    make(1, 64);
    for (int i = 0; i < 1000; i++)
        axis_send(&in, buf, 64);
    uint64_t start = rtl_cycles(rtl);
    while (out.beats == 0)
        cycle();
    uint64_t first = rtl_cycles(rtl), beats = out.beats;
    assert_true(first - start < 12);
    while (!axis_idle(&in))
        cycle();
    assert_int_equal(out.beats - beats, rtl_cycles(rtl) - first);
}

static void test_nothing_is_lost_when_the_reader_stops(void **state)
{
    (void)state;
    restart(0, 100);
    for (uint32_t i = 0; i < 20; i++) {
        make(i + 1, 9018);
        axis_send(&in, buf, 9018);
    }
    for (int i = 0; i < 3000; i++)
        cycle();
    assert_false(axis_idle(&in));
    out.pause = 0;
    drain();
    for (uint32_t i = 0; i < 20; i++)
        expect(i + 1, 9018);
    assert_int_equal(rx, 20);
}

static void test_a_frame_cut_by_disable_never_comes_out(void **state)
{
    (void)state;
    for (unsigned cut = 0; cut < 12; cut++) {
        restart(0, 0);
        make(1, 500);
        axis_send(&in, buf, 500);
        make(2, 90);
        axis_send(&in, buf, 90);
        for (unsigned i = 0; i < cut; i++)
            cycle();
        rtl_set(enable, 0);
        uint64_t beats = in.beats;
        for (int i = 0; i < 20; i++)
            cycle();
        assert_int_equal(in.beats, beats);
        axis_clear(&out); /* what the stages behind, reset too, have begun */
        rtl_set(enable, 1);
        drain();
        if (cut == 0)
            expect(1, 500);
        if (cut <= 8)
            expect(2, 90);
        assert_null(axis_receive(&out));
        assert_int_equal(errors, cut != 0 && cut != 8 && cut < 10); /* 8 beats, then 2 */
    }
}

int main(void)
{
    rtl = rtl_new(NULL);
    axis_source_init(&in, rtl, "s_axis");
    axis_sink_init(&out, rtl, "m_axis");
    enable = rtl_port(rtl, "enable");
    cnt_rx = rtl_port(rtl, "cnt_rx");
    cnt_rx_len = rtl_port(rtl, "cnt_rx_len");
    cnt_error = rtl_port(rtl, "cnt_drop_error");
    cnt_runt = rtl_port(rtl, "cnt_drop_runt");
    cnt_oversize = rtl_port(rtl, "cnt_drop_oversize");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_good_frames_pass),
        cmocka_unit_test(test_no_gap_inside_a_frame),
        cmocka_unit_test(test_one_beat_a_cycle),
        cmocka_unit_test(test_nothing_is_lost_when_the_reader_stops),
        cmocka_unit_test(test_a_frame_cut_by_disable_never_comes_out),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    axis_clear(&in);
    axis_clear(&out);
    rtl_free(rtl);
    return rc;
}
