/* SPDX-License-Identifier: Apache-2.0 */
/* Every SA's numbers rise by one, however its packets follow each other, end at SEQ_LAST, or with
 * ESN at 2^64 - 1, or where its lifetime ends, to the packet and to the byte, and begin anew only
 * when cleared; and what is told of it. The model is built with SEQ_LAST = 3000, and for
 * test_out_sequence-esn with numbers that begin below 2^64 (tests/tests.mk). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/events.h"

#ifndef ESN
#define ESN false
#define SEQ_START UINT64_C(0)
#define SEQ_LAST UINT64_C(3000)
#define SEQ_NEAR UINT64_C(2250)
#endif

enum { SLOTS = 8, LATENCY = 3 };

static struct rtl *rtl;
static struct rtl_port s_valid, s_slot, s_len, s_esn, s_spi, s_limits, s_ok;
static struct rtl_port m_valid, m_end, m_over, m_seq;
static struct rtl_port cfg_clear, cfg_query, cfg_slot, cfg_ack, cfg_seq, cfg_packets, cfg_bytes;

struct limits {
    uint64_t soft_packets, hard_packets, soft_bytes, hard_bytes; /* 0: none */
};

static struct {
    uint64_t seq, bytes;
    bool told_end, told_packets, told_bytes;
} model[SLOTS];

/* What went in, by the cycles since: [0] is this cycle's. */
static struct packet {
    bool valid, ok;
    unsigned slot, len;
    struct limits limits;
} way[LATENCY + 1];

static struct events events;

static uint32_t spi_of(unsigned slot)
{
    return 0xc0de0000u + 7 * slot;
}

static void tell(unsigned kind, unsigned slot, uint64_t detail)
{
    events_expect(&events, kind, slot, spi_of(slot), detail);
}

/* RFC 4301 4.4.2.1 and RFC 4303 3.3.3: is it sent, and what is told. */
static bool decide(const struct packet *p, bool *end)
{
    uint64_t packets = model[p->slot].seq - SEQ_START, bytes = model[p->slot].bytes;
    const struct limits *l = &p->limits;
    *end = model[p->slot].seq == SEQ_LAST;
    if (*end) {
        if (!model[p->slot].told_end)
            tell(ESPL_EVENT_SEQ_END, p->slot, model[p->slot].seq);
        model[p->slot].told_end = true;
        return false;
    }
    if (l->hard_packets && packets >= l->hard_packets) {
        if (!model[p->slot].told_packets)
            tell(ESPL_EVENT_HARD_PACKETS, p->slot, packets);
        model[p->slot].told_packets = true;
        return false;
    }
    if (l->hard_bytes && bytes + p->len > l->hard_bytes) {
        if (!model[p->slot].told_bytes)
            tell(ESPL_EVENT_HARD_BYTES, p->slot, bytes);
        model[p->slot].told_bytes = true;
        return false;
    }
    model[p->slot].told_packets = false; /* a limit that was moved may be met again */
    if (packets + 1 == l->soft_packets)
        tell(ESPL_EVENT_SOFT_PACKETS, p->slot, packets + 1);
    if (bytes < l->soft_bytes && bytes + p->len >= l->soft_bytes)
        tell(ESPL_EVENT_SOFT_BYTES, p->slot, bytes + p->len);
    if (model[p->slot].seq + 1 == SEQ_NEAR)
        tell(ESPL_EVENT_SEQ_NEAR, p->slot, SEQ_NEAR);
    model[p->slot].seq++;
    model[p->slot].bytes += p->len;
    return true;
}

static void set_limits(const struct limits *l)
{
    const uint64_t parts[4] = {l->soft_packets, l->hard_packets, l->soft_bytes, l->hard_bytes};
    uint8_t bytes[32];
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(parts[i / 8] >> (56 - 8 * (i % 8)));
    rtl_set_be(s_limits, bytes, sizeof bytes);
}

static void step(const struct packet *in)
{
    memmove(way + 1, way, sizeof way - sizeof *way);
    memset(way, 0, sizeof *way);
    if (in)
        way[0] = *in;
    rtl_set(s_valid, way[0].valid);
    rtl_set(s_slot, way[0].slot);
    rtl_set(s_spi, spi_of(way[0].slot));
    rtl_set(s_len, way[0].len);
    rtl_set(s_esn, ESN);
    set_limits(&way[0].limits);
    rtl_set(s_ok, way[2].ok);
    rtl_settle(rtl);

    const struct packet *out = &way[LATENCY];
    assert_int_equal(rtl_get(m_valid), out->valid);
    events_sample(&events);
    if (out->valid && out->ok) {
        bool end, sent = decide(out, &end);
        assert_int_equal(rtl_get(m_end), end);
        assert_int_equal(rtl_get(m_over), !end && !sent);
        if (sent)
            assert_true(rtl_get(m_seq) == model[out->slot].seq);
    }
    rtl_edge(rtl);
}

/* Until everything has been told. */
static void settle(void)
{
    for (int i = 0; i < 100; i++)
        step(NULL);
    events_check(&events);
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
    memset(&model[slot], 0, sizeof model[slot]);
    model[slot].seq = SEQ_START;
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
    events_forget(&events);
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
    settle();
    check(1);
    assert_true(model[1].seq == SEQ_LAST);
    assert_int_equal(events.count, SEQ_NEAR > SEQ_START ? 2 : 1); /* and the end, once */
    check(2);
    clear(1);
    step(&(struct packet){.valid = true, .ok = true, .slot = 1, .len = 20});
    for (int i = 0; i < LATENCY; i++)
        step(NULL);
    assert_true(model[1].seq == SEQ_START + 1);
    check(1);
}

/* Limits of all kinds, near, met in any order, by packets of one SA or of all of them in turn. */
static void test_lifetimes(void **state)
{
    (void)state;
    uint32_t rng = 11;
    for (int run = 0; run < 300; run++) {
        struct limits limits[SLOTS];
        unsigned slots = 1 + rng_next(&rng) % SLOTS, gap = rng_next(&rng) % 60;
        restart();
        for (unsigned slot = 0; slot < SLOTS; slot++) {
            uint32_t r = rng_next(&rng);
            limits[slot] = (struct limits){
                .soft_packets = r & 1 ? 1 + rng_next(&rng) % 40 : 0,
                .hard_packets = r & 2 ? 1 + rng_next(&rng) % 60 : 0,
                .soft_bytes = r & 4 ? 1 + rng_next(&rng) % 20000 : 0,
                .hard_bytes = r & 8 ? 1 + rng_next(&rng) % 40000 : 0,
            };
        }
        for (int i = 0; i < 400; i++) {
            uint32_t r = rng_next(&rng);
            unsigned slot = (r >> 12) % slots;
            struct packet in = {.valid = r % 100 >= gap,
                                .ok = r >> 8 & 7,
                                .slot = slot,
                                .len = r >> 7 & 1 ? 20 + (r >> 16) % 60 : 20 + (r >> 16) % 9000,
                                .limits = limits[slot]};
            step(&in);
        }
        settle();
        for (unsigned slot = 0; slot < SLOTS; slot++)
            check(slot);
    }
}

/* Every limit to the packet and to the byte, with packets in every cycle. */
static void test_limits_are_exact(void **state)
{
    (void)state;
    for (unsigned n = 1; n < 40; n++) {
        restart();
        for (unsigned i = 0; i < 60; i++)
            step(&(struct packet){.valid = true, .ok = true, .slot = 1, .len = 100,
                                  .limits = {.soft_packets = n, .hard_packets = n + 5}});
        settle();
        assert_int_equal(model[1].seq - SEQ_START, n + 5);
        assert_int_equal(events.count, 2);
        check(1);
        restart();
        for (unsigned i = 0; i < 60; i++)
            step(&(struct packet){.valid = true, .ok = true, .slot = 1, .len = 100,
                                  .limits = {.soft_bytes = 100 * n - n % 3,
                                             .hard_bytes = 100 * n + 500 + n % 3}});
        settle();
        assert_int_equal(model[1].bytes, 100 * n + 500);
        assert_int_equal(events.count, 2);
        check(1);
    }
}

/* SA_OUT_UPDATE between two packets: the next one meets the new limits. */
static void test_limits_change(void **state)
{
    (void)state;
    uint32_t rng = 23;
    restart();
    for (int i = 0; i < 20000; i++) {
        uint32_t r = rng_next(&rng);
        unsigned slot = (r >> 12) & 1;
        uint64_t packets = model[slot].seq - SEQ_START;
        struct packet in = {.valid = r & 3, .ok = r >> 2 & 3, .slot = slot, .len = 20 + r % 500};
        if (r >> 20 & 1)
            in.limits = (struct limits){packets + (r >> 22) % 8, packets + (r >> 25) % 8,
                                        model[slot].bytes + (r >> 21) % 2000,
                                        model[slot].bytes + (r >> 23) % 4000};
        step(&in);
        if (packets > SEQ_LAST - SEQ_START - 200)
            clear(slot);
    }
    settle();
    check(0);
    check(1);
}

/* More to tell than can wait: what is lost is counted, the rest is told in its order. */
static void test_losses_are_counted(void **state)
{
    (void)state;
    restart();
    events.losing = true;
    for (unsigned i = 0; i < 100; i++)
        step(&(struct packet){.valid = true, .ok = true, .slot = 2, .len = 100,
                              .limits = {.soft_packets = i + 1, .soft_bytes = 100 * i + 50}});
    settle();
    assert_int_equal(events.count, 200);
    assert_true(events.lost > 0 && events.came > 50);
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
    s_spi = rtl_port(rtl, "s_spi");
    s_limits = rtl_port(rtl, "s_limits");
    s_ok = rtl_port(rtl, "s_ok");
    m_valid = rtl_port(rtl, "m_valid");
    m_end = rtl_port(rtl, "m_end");
    m_over = rtl_port(rtl, "m_over");
    m_seq = rtl_port(rtl, "m_seq");
    events_init(&events, rtl);
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
        cmocka_unit_test(test_lifetimes),
        cmocka_unit_test(test_limits_are_exact),
        cmocka_unit_test(test_limits_change),
        cmocka_unit_test(test_losses_are_counted),
        cmocka_unit_test(test_packets_go_before_questions),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    rtl_free(rtl);
    return rc;
}
