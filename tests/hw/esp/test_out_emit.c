/* SPDX-License-Identifier: Apache-2.0 */
/* Slots, tag, checksum and header become one frame: every ciphertext length, every header, no gap,
 * no bubble, and begun before the tag is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/axis.h"

enum { CREDITS = 508, MAX_CT = 9008, TAG_AFTER = 6 /* out_checksum */ };

static struct rtl *rtl;
static struct axis out;
static struct rtl_port s_valid, s_sop, s_eop, s_data, t_valid, t_tag, t_sum, credit;
static struct rtl_port h_valid, h_tagged, h_encap, h_outer6, h_ct, h_end, h_header;
static int credits;

static struct packet {
    size_t ct, header, slots;
    bool tagged, encap, outer6;
    uint8_t bytes[82 + MAX_CT + 64 + 16];
} pkt;

/* What out_checksum has yet to say: tags and checksums by the cycle of their coming */
static struct late {
    bool valid;
    uint8_t tag[16], sum[2];
} late[TAG_AFTER + 1];
static unsigned now; /* of late */

/* Packet `number`: what comes out is header, ciphertext and tag one behind the other. The header
 * has one of eight lengths, and the packet the slots that the core needs for it. */
static void make(uint32_t number, size_t ct)
{
    uint32_t seed = number + 1;
    pkt.ct = ct;
    pkt.tagged = rng_next(&seed) & 1;
    pkt.encap = rng_next(&seed) & 1;
    pkt.outer6 = rng_next(&seed) & 1;
    pkt.header = 50u + (pkt.tagged ? 4 : 0) + (pkt.encap ? 8 : 0) + (pkt.outer6 ? 20 : 0);
    pkt.slots = rng_next(&seed) & 1 ? (ct + 32 + 63) / 64 : (ct + 36 + 63) / 64; /* GMAC, ESN */
    rng_fill(&seed, pkt.bytes, pkt.header + ct + 16);
}

static void cycle(void)
{
    const struct late *tag = &late[now];
    rtl_set(t_valid, tag->valid);
    if (tag->valid) {
        rtl_set_be(t_tag, tag->tag, 16);
        rtl_set_be(t_sum, tag->sum, 2);
    }
    late[now].valid = false;
    now = (now + 1) % (TAG_AFTER + 1);
    axis_drive(&out);
    rtl_settle(rtl);
    axis_sample(&out);
    credits += (int)rtl_get(credit);
    rtl_edge(rtl);
    rtl_set(s_valid, 0);
    rtl_set(h_valid, 0);
    rng_fill(&out.rng, s_data.bits, 64);
}

static void restart(unsigned pause)
{
    struct axis *const ends[] = {&out};
    axis_clear(&out);
    rtl_set(s_valid, 0);
    rtl_set(h_valid, 0);
    rtl_set(t_valid, 0);
    memset(late, 0, sizeof late);
    axis_reset(rtl, ends, 1);
    out.pause = pause;
    out.beats = 0;
    credits = CREDITS;
}

static void play_header(void)
{
    rtl_set(h_valid, 1);
    rtl_set(h_tagged, pkt.tagged);
    rtl_set(h_encap, pkt.encap);
    rtl_set(h_outer6, pkt.outer6);
    rtl_set(h_ct, pkt.ct);
    rtl_set(h_end, pkt.header + pkt.ct + 15);
    memset(h_header.bits, 0, 82);
    memcpy(h_header.bits, pkt.bytes, pkt.header);
    if (pkt.encap && pkt.outer6) /* the checksum comes with the tag */
        memset(h_header.bits + (pkt.tagged ? 64 : 60), 0, 2);
}

/* The flow never waits inside a packet, only before one. */
static void play(uint32_t number, size_t ct)
{
    make(number, ct);
    for (int i = 0; credits < (int)pkt.slots; i++) {
        assert_true(i < 100000);
        cycle();
    }
    credits -= (int)pkt.slots;
    for (size_t k = 0; k < pkt.slots; k++) {
        size_t left = ct > k * 64 ? ct - k * 64 : 0;
        memset(s_data.bits, 0, 64);
        memcpy(s_data.bits, pkt.bytes + pkt.header + k * 64, left < 64 ? left : 64);
        rtl_set(s_valid, 1);
        rtl_set(s_sop, k == 0);
        rtl_set(s_eop, k + 1 == pkt.slots);
        if (k + 1 == pkt.slots) {
            struct late *tag = &late[(now + TAG_AFTER) % (TAG_AFTER + 1)];
            tag->valid = true;
            memcpy(tag->tag, pkt.bytes + pkt.header + ct, 16);
            memcpy(tag->sum, pkt.bytes + (pkt.tagged ? 64 : 60), 2);
        }
        if (k == 0)
            play_header();
        cycle();
    }
}

static void expect(uint32_t number, size_t ct, unsigned pause)
{
    struct frame *f = axis_receive(&out);
    assert_non_null(f);
    make(number, ct);
    assert_int_equal(f->len, pkt.header + ct + 16);
    assert_memory_equal(f->data, pkt.bytes, f->len);
    if (pause == 0)
        assert_int_equal(f->last_cycle - f->first_cycle + 1, (f->len + 63) / 64);
    frame_free(f);
}

static void test_every_length(void **state)
{
    (void)state;
    for (unsigned pause = 0; pause <= 60; pause += 30)
        for (unsigned turn = 0; turn < 2; turn++) {
            uint32_t n = 0;
            restart(pause);
            for (size_t ct = 24; ct <= MAX_CT; ct += ct < 1600 ? 4 : 404)
                play(n++ * 2 + turn, ct);
            for (int i = 0; i < 2000; i++)
                cycle();
            n = 0;
            for (size_t ct = 24; ct <= MAX_CT; ct += ct < 1600 ? 4 : 404)
                expect(n++ * 2 + turn, ct, pause);
            assert_null(axis_receive(&out));
            assert_int_equal(credits, CREDITS);
        }
}

static void test_no_bubble_between_frames(void **state)
{
    (void)state;
    uint32_t rng = 3;
    size_t ct[1000];
    restart(0);
    for (uint32_t i = 0; i < 1000; i++) {
        ct[i] = 24 + rng_next(&rng) % 100 * 4;
        play(i, ct[i]);
    }
    for (int i = 0; i < 2000; i++)
        cycle();
    uint64_t last = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        assert_non_null(out.head);
        if (i > 50) /* some are waiting from here on */
            assert_int_equal(out.head->first_cycle, last + 1);
        last = out.head->last_cycle;
        expect(i, ct[i], 0);
    }
}

/* A frame leaves while its slots still come; with a checksum over it in its header it can't. */
static void test_begins_before_the_tag(void **state)
{
    (void)state;
    enum { FIRST = 12, BEHIND_TAG = 5 };
    restart(0);
    for (uint32_t n = 0; n < 60; n++) {
        size_t ct = 4 + n % 16 * 4 + n / 16 * 640;
        uint64_t begun = rtl_cycles(rtl);
        play(n, ct);
        for (int i = 0; i < 250; i++)
            cycle();
        uint64_t tag = pkt.slots - 1 + TAG_AFTER;
        assert_non_null(out.head);
        assert_int_equal(out.head->first_cycle - begun,
                         pkt.outer6 && pkt.encap && tag + BEHIND_TAG > FIRST ? tag + BEHIND_TAG
                                                                             : FIRST);
        expect(n, ct, 0);
    }
}

int main(void)
{
    rtl = rtl_new(NULL);
    axis_sink_init(&out, rtl, "m_axis");
    s_valid = rtl_port(rtl, "s_valid");
    s_sop = rtl_port(rtl, "s_sop");
    s_eop = rtl_port(rtl, "s_eop");
    s_data = rtl_port(rtl, "s_data");
    t_valid = rtl_port(rtl, "t_valid");
    t_tag = rtl_port(rtl, "t_tag");
    t_sum = rtl_port(rtl, "t_sum");
    h_tagged = rtl_port(rtl, "h_tagged");
    h_outer6 = rtl_port(rtl, "h_outer6");
    h_valid = rtl_port(rtl, "h_valid");
    h_encap = rtl_port(rtl, "h_encap");
    h_ct = rtl_port(rtl, "h_ct");
    h_end = rtl_port(rtl, "h_end");
    h_header = rtl_port(rtl, "h_header");
    credit = rtl_port(rtl, "credit");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_no_bubble_between_frames),
        cmocka_unit_test(test_begins_before_the_tag),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    axis_clear(&out);
    rtl_free(rtl);
    return rc;
}
