/* SPDX-License-Identifier: Apache-2.0 */
/* A slow host costs whole frames, counted, and never anybody else's time; two streams share the way out
 * in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/lib/axis.h"

static struct rtl *rtl;
static struct axis in[2], out;
static struct axis *const ends[] = {&in[0], &in[1], &out};
static struct rtl_port flush, cnt_tx, cnt_tx_len, cnt_drop_full;
static uint64_t tx, tx_bytes, drops;
static uint8_t buf[16384];

static void cycle(void)
{
    axis_cycle(rtl, ends, 3);
    rtl_settle(rtl);
    tx += rtl_get(cnt_tx);
    tx_bytes += rtl_get(cnt_tx) ? rtl_get(cnt_tx_len) : 0;
    drops += rtl_get(cnt_drop_full);
}

static void restart(unsigned source_pause, unsigned sink_pause)
{
    for (int i = 0; i < 3; i++)
        axis_clear(ends[i]);
    rtl_set(flush, 0);
    axis_reset(rtl, ends, 3);
    cycle(); /* nobody is ready before it */
    in[0].pause = in[1].pause = source_pause;
    out.pause = sink_pause;
    in[0].stalls = in[1].stalls = in[0].beats = in[1].beats = out.beats = 0;
    tx = tx_bytes = drops = 0;
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
        uint64_t beats = in[0].beats + in[1].beats + out.beats;
        cycle();
        if (in[0].beats + in[1].beats + out.beats != beats || !axis_idle(&in[0]) ||
            !axis_idle(&in[1]))
            quiet = 0;
    }
}

static size_t length_of(uint32_t number)
{
    uint32_t seed = number * 2654435761u + 1;
    return 14 + rng_next(&seed) % (number % 10 ? 300 : 9000);
}

/* Frame i comes by input i & 1, or all of them by one. */
static void send_all(uint32_t frames, unsigned inputs)
{
    for (uint32_t i = 0; i < frames; i++) {
        make(i, length_of(i));
        axis_send(&in[inputs == 3 ? i & 1 : inputs - 1], buf, length_of(i));
    }
}

/* Each input's frames in order, none changed; how many. */
static uint64_t check_all(uint32_t frames, unsigned inputs, bool gapless)
{
    uint32_t next[2] = {0, 0};
    uint64_t got = 0, bytes = 0;
    for (struct frame *f; (f = axis_receive(&out)) != NULL; frame_free(f), got++) {
        uint32_t number = (uint32_t)(f->data[0] | f->data[1] << 8 | f->data[2] << 16);
        uint32_t *at = &next[inputs == 3 ? number & 1 : 0];
        assert_true(number >= *at && number < frames);
        *at = number + 1;
        make(number, length_of(number));
        assert_int_equal(f->len, length_of(number));
        assert_memory_equal(f->data, buf, f->len);
        if (gapless)
            assert_int_equal(f->last_cycle - f->first_cycle + 1, (f->len + 63) / 64);
        bytes += f->len;
    }
    assert_int_equal(got, tx);
    assert_int_equal(bytes, tx_bytes);
    return got;
}

static void test_frames_are_whole_or_counted(void **state)
{
    (void)state;
    static const unsigned pauses[][2] = {{0, 0}, {60, 0}, {0, 50}, {40, 50}, {0, 95}};
    enum { N = 1000 };
    for (unsigned inputs = 1; inputs <= 3; inputs++)
        for (size_t p = 0; p < sizeof pauses / sizeof *pauses; p++) {
            restart(pauses[p][0], pauses[p][1]);
            send_all(N, inputs);
            drain();
            if (inputs < 3) /* the second input had to be given the turn */
                assert_int_equal(in[0].stalls + in[1].stalls, inputs - 1);
            uint64_t got = check_all(N, inputs, pauses[p][1] == 0);
            assert_int_equal(got + drops, N);
            if (inputs < 3 || pauses[p][0] == 0)
                assert_int_equal(drops != 0, pauses[p][1] > pauses[p][0]);
        }
}

static void test_two_in_turn_without_a_bubble(void **state)
{
    (void)state;
    enum { N = 400 };
    restart(0, 0);
    uint64_t start = rtl_cycles(rtl);
    send_all(N, 3);
    while (!axis_idle(&in[0]) && !axis_idle(&in[1]))
        cycle();
    assert_int_equal(in[0].beats + in[1].beats, rtl_cycles(rtl) - start);
    drain();
    uint32_t turn = 0;
    for (struct frame *f; turn < N / 2 && (f = axis_receive(&out)) != NULL; turn++) {
        assert_int_equal(f->data[0] & 1, turn & 1);
        frame_free(f);
    }
    assert_int_equal(turn, N / 2);
}

static void test_flush_forgets_only_the_frame_being_written(void **state)
{
    (void)state;
    for (unsigned cut = 0; cut < 12; cut++) {
        restart(0, 100);
        make(1, 200); /* 4 beats, then 8 */
        axis_send(&in[0], buf, 200);
        make(2, 512);
        axis_send(&in[0], buf, 512);
        for (unsigned i = 0; i < cut; i++)
            cycle();
        axis_clear(&in[0]); /* the stages before are being reset */
        rtl_set(in[0].tvalid, 0);
        rtl_set(flush, 1);
        cycle();
        rtl_set(flush, 0);
        make(3, 70);
        axis_send(&in[0], buf, 70);
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
    axis_source_init(&in[0], rtl, "s0_axis");
    axis_source_init(&in[1], rtl, "s1_axis");
    axis_sink_init(&out, rtl, "m_axis");
    flush = rtl_port(rtl, "flush");
    cnt_tx = rtl_port(rtl, "cnt_tx");
    cnt_tx_len = rtl_port(rtl, "cnt_tx_len");
    cnt_drop_full = rtl_port(rtl, "cnt_drop_full");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_are_whole_or_counted),
        cmocka_unit_test(test_two_in_turn_without_a_bubble),
        cmocka_unit_test(test_flush_forgets_only_the_frame_being_written),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    for (int i = 0; i < 3; i++)
        axis_clear(ends[i]);
    rtl_free(rtl);
    return rc;
}
