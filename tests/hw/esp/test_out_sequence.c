/* SPDX-License-Identifier: Apache-2.0 */
/* Every SA's numbers rise by one, however its packets follow each other, end at SEQ_LAST, or with
 * ESN at 2^64 - 1, and begin anew only when cleared. The model is built with SEQ_LAST = 3000, and
 * for test_out_sequence-esn with numbers that begin below 2^64 (tests/tests.mk). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/axis.h"

#ifndef ESN
#define ESN false
#define SEQ_START UINT64_C(0)
#define SEQ_LAST UINT64_C(3000)
#endif

enum { SLOTS = 8, LATENCY = 3 };

static struct rtl *rtl;
static struct rtl_port s_valid, s_slot, s_len, s_esn, s_ok, m_valid, m_end, m_seq;
static struct rtl_port cfg_clear, cfg_query, cfg_slot, cfg_ack, cfg_seq, cfg_packets, cfg_bytes;

static struct {
    uint64_t seq, bytes;
} model[SLOTS];

/* What went in, by the cycles since: [0] is this cycle's. */
static struct packet {
    bool valid, ok;
    unsigned slot, len;
} way[LATENCY + 1];

static void step(const struct packet *in)
{
    memmove(way + 1, way, sizeof way - sizeof *way);
    memset(way, 0, sizeof *way);
    if (in)
        way[0] = *in;
    rtl_set(s_valid, way[0].valid);
    rtl_set(s_slot, way[0].slot);
    rtl_set(s_len, way[0].len);
    rtl_set(s_esn, ESN);
    rtl_set(s_ok, way[2].ok);
    rtl_settle(rtl);

    const struct packet *out = &way[LATENCY];
    assert_int_equal(rtl_get(m_valid), out->valid);
    if (out->valid) {
        bool end = model[out->slot].seq == SEQ_LAST;
        assert_int_equal(rtl_get(m_end), end);
        if (out->ok && !end) {
            model[out->slot].seq++;
            model[out->slot].bytes += out->len;
            assert_true(rtl_get(m_seq) == model[out->slot].seq);
        }
    }
    rtl_edge(rtl);
}

static void configure(struct rtl_port request, unsigned slot)
{
    rtl_set(cfg_slot, slot);
    rtl_set(request, 1);
    for (int i = 0; !rtl_get(cfg_ack); i++) {
        assert_true(i < 20);
        step(NULL);
    }
    step(NULL);
    rtl_set(request, 0);
}

static void clear(unsigned slot)
{
    configure(cfg_clear, slot);
    model[slot].seq = SEQ_START;
    model[slot].bytes = 0;
}

static void check(unsigned slot)
{
    configure(cfg_query, slot);
    assert_true(rtl_get(cfg_seq) == model[slot].seq);
    assert_int_equal(rtl_get(cfg_packets), model[slot].seq - SEQ_START);
    assert_int_equal(rtl_get(cfg_bytes), model[slot].bytes);
}

static void restart(void)
{
    memset(way, 0, sizeof way);
    rtl_set(s_valid, 0);
    rtl_set(cfg_clear, 0);
    rtl_set(cfg_query, 0);
    axis_reset(rtl, NULL, 0);
    for (unsigned slot = 0; slot < SLOTS; slot++)
        clear(slot);
}

static void test_numbers_rise_whatever_the_order(void **state)
{
    (void)state;
    uint32_t rng = 5;
    for (unsigned slots = 1; slots <= SLOTS; slots++)
        for (unsigned gap = 0; gap <= 60; gap += 20) {
            restart();
            for (int i = 0; i < 3000; i++) {
                uint32_t r = rng_next(&rng);
                struct packet in = {.valid = r % 100 >= gap,
                                    .ok = r >> 8 & 7,
                                    .slot = (r >> 12) % slots,
                                    .len = 20 + (r >> 16) % 9000};
                step(&in);
            }
            for (int i = 0; i < LATENCY; i++)
                step(NULL);
            for (unsigned slot = 0; slot < SLOTS; slot++)
                check(slot);
        }
}

static void test_numbers_end(void **state)
{
    (void)state;
    restart();
    for (uint64_t i = 0; i < SEQ_LAST - SEQ_START + 100; i++)
        step(&(struct packet){.valid = true, .ok = true, .slot = 1, .len = 20});
    for (int i = 0; i < LATENCY; i++)
        step(NULL);
    check(1);
    assert_true(model[1].seq == SEQ_LAST);
    check(2);
    clear(1);
    step(&(struct packet){.valid = true, .ok = true, .slot = 1, .len = 20});
    for (int i = 0; i < LATENCY; i++)
        step(NULL);
    assert_true(model[1].seq == SEQ_START + 1);
    check(1);
}

static void test_packets_go_before_questions(void **state)
{
    (void)state;
    restart();
    rtl_set(cfg_slot, 3);
    rtl_set(cfg_query, 1);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(rtl_get(cfg_ack), 0);
        step(&(struct packet){.valid = true, .ok = true, .slot = 3, .len = 100});
    }
    /* the answer has the packets that were just before it, still on their way to the memory */
    configure(cfg_query, 3);
    assert_true(rtl_get(cfg_seq) == SEQ_START + 50);
    assert_int_equal(rtl_get(cfg_bytes), 5000);
}

int main(void)
{
    rtl = rtl_new(NULL);
    s_valid = rtl_port(rtl, "s_valid");
    s_slot = rtl_port(rtl, "s_slot");
    s_len = rtl_port(rtl, "s_len");
    s_esn = rtl_port(rtl, "s_esn");
    s_ok = rtl_port(rtl, "s_ok");
    m_valid = rtl_port(rtl, "m_valid");
    m_end = rtl_port(rtl, "m_end");
    m_seq = rtl_port(rtl, "m_seq");
    cfg_clear = rtl_port(rtl, "cfg_clear");
    cfg_query = rtl_port(rtl, "cfg_query");
    cfg_slot = rtl_port(rtl, "cfg_slot");
    cfg_ack = rtl_port(rtl, "cfg_ack");
    cfg_seq = rtl_port(rtl, "cfg_seq");
    cfg_packets = rtl_port(rtl, "cfg_packets");
    cfg_bytes = rtl_port(rtl, "cfg_bytes");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_rise_whatever_the_order),
        cmocka_unit_test(test_numbers_end),
        cmocka_unit_test(test_packets_go_before_questions),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    rtl_free(rtl);
    return rc;
}
