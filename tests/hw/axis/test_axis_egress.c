/* SPDX-License-Identifier: Apache-2.0 */
/* A slow host costs whole frames, counted, and never anybody else's time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/lib/axis.h"

static struct rtl *rtl;
static struct axis in, out;
static struct axis *const ends[] = {&in, &out};
static struct rtl_port flush, cnt_tx, cnt_tx_len, cnt_drop_full;
static uint64_t tx, tx_bytes, drops;
static uint8_t buf[16384];

static void cycle(void)
{
    axis_cycle(rtl, ends, 2);
    rtl_settle(rtl);
    tx += rtl_get(cnt_tx);
    tx_bytes += rtl_get(cnt_tx) ? rtl_get(cnt_tx_len) : 0;
    drops += rtl_get(cnt_drop_full);
}

static void restart(unsigned source_pause, unsigned sink_pause)
{
    axis_clear(&in);
    axis_clear(&out);
    rtl_set(flush, 0);
    axis_reset(rtl, ends, 2);
    in.pause = source_pause;
    out.pause = sink_pause;
    in.stalls = tx = tx_bytes = drops = 0;
}

/* The first four bytes are the frame's number, the rest follows from it. */
static void make(uint32_t number, size_t len)
{
    uint32_t seed = number + 1;
    rng_fill(&seed, buf, len);
    for (int i = 0; i < 4; i++)
        buf[i] = (uint8_t)(number >> (8 * i));
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

static size_t length_of(uint32_t number)
{
    uint32_t seed = number * 2654435761u + 1;
    return 14 + rng_next(&seed) % (number % 10 ? 300 : 9000);
}

static void test_frames_are_whole_or_counted(void **state)
{
    (void)state;
    static const unsigned pauses[][2] = {{0, 0}, {60, 0}, {0, 50}, {40, 50}, {0, 95}};
    for (size_t p = 0; p < sizeof pauses / sizeof *pauses; p++) {
        enum { N = 1500 };
        restart(pauses[p][0], pauses[p][1]);
        for (uint32_t i = 0; i < N; i++) {
            make(i, length_of(i));
            axis_send(&in, buf, length_of(i));
        }
        drain();
        assert_int_equal(in.stalls, 0);
        struct frame *f;
        uint64_t got = 0, bytes = 0;
        uint32_t next = 0;
        while ((f = axis_receive(&out)) != NULL) {
            uint32_t number = (uint32_t)(f->data[0] | f->data[1] << 8 | f->data[2] << 16);
            assert_true(number >= next && number < N);
            next = number + 1;
            make(number, length_of(number));
            assert_int_equal(f->len, length_of(number));
            assert_memory_equal(f->data, buf, f->len);
            if (pauses[p][1] == 0)
                assert_int_equal(f->last_cycle - f->first_cycle + 1, (f->len + 63) / 64);
            got++, bytes += f->len;
            frame_free(f);
        }
        assert_int_equal(got, tx);
        assert_int_equal(bytes, tx_bytes);
        assert_int_equal(got + drops, N);
        assert_int_equal(drops != 0, pauses[p][1] > pauses[p][0]);
    }
}

static void test_flush_forgets_only_the_frame_being_written(void **state)
{
    (void)state;
    for (unsigned cut = 0; cut < 12; cut++) {
        restart(0, 100);
        make(1, 200); /* 4 beats, then 8 */
        axis_send(&in, buf, 200);
        make(2, 512);
        axis_send(&in, buf, 512);
        for (unsigned i = 0; i < cut; i++)
            cycle();
        axis_clear(&in); /* the stages before are being reset */
        rtl_set(in.tvalid, 0);
        rtl_set(flush, 1);
        cycle();
        rtl_set(flush, 0);
        make(3, 70);
        axis_send(&in, buf, 70);
        out.pause = 0;
        drain();
        unsigned whole = cut >= 5 ? 1 : 0; /* the beat in the input register is lost */
        assert_int_equal(tx, whole + 1);
        for (uint32_t number = whole ? 1 : 3; number <= 3; number += 2) {
            struct frame *f = axis_receive(&out);
            assert_non_null(f);
            make(number, number == 1 ? 200 : 70);
            assert_int_equal(f->len, number == 1 ? 200 : 70);
            assert_memory_equal(f->data, buf, f->len);
            frame_free(f);
        }
        assert_null(axis_receive(&out));
        assert_int_equal(drops, 0);
    }
}

int main(void)
{
    rtl = rtl_new(NULL);
    axis_source_init(&in, rtl, "s_axis");
    axis_sink_init(&out, rtl, "m_axis");
    flush = rtl_port(rtl, "flush");
    cnt_tx = rtl_port(rtl, "cnt_tx");
    cnt_tx_len = rtl_port(rtl, "cnt_tx_len");
    cnt_drop_full = rtl_port(rtl, "cnt_drop_full");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_are_whole_or_counted),
        cmocka_unit_test(test_flush_forgets_only_the_frame_being_written),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    axis_clear(&in);
    axis_clear(&out);
    rtl_free(rtl);
    return rc;
}
