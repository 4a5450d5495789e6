/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The replay window against its definition (RFC 4303 3.4.3) over sets of numbers: a number is taken
 * when it is not 0, was not taken before, and is not a window or more behind the highest. Random
 * histories of a few SAs, each with a window of its own, with packets in every cycle, so that each
 * meets the ones just before it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/model/packet.h"
#include "tests/lib/events.h"

#define SLOTS 1024u
#define SHOWN 64u   /* numbers that a query shows */
#define LATENCY 4u  /* cycles to the verdict */
#define SAS 4u      /* of the tests */
#define HISTORY 40000u
#define QUIET 256u  /* cycles between wrong tags that are told (VFLAGS_in_replay, tests/tests.mk) */

struct sa {
    uint32_t window; /* packets, 0: none */
    uint64_t top;
    uint64_t *taken; /* owned: the numbers that were taken, in order */
    size_t count;
    uint64_t packets, bytes;
    uint32_t auth_failed, replayed, bad_padding, bad_selector;
    bool told_packets, told_bytes;
};

struct limits {
    uint64_t soft_packets, hard_packets, soft_bytes, hard_bytes; /* 0: none */
};

struct packet {
    unsigned slot;
    uint64_t seq;
    bool sa_ok, tag_ok, pad_ok, dummy, inner_ok, sel_ok, info;
    unsigned len;
    struct limits limits;
};

enum verdict { PASS, NO_SA, AUTH, REPLAY, PADDING, INNER, SELECTOR, LIFETIME, DUMMY, VERDICTS };
static const char *const counters[VERDICTS] = {
    "cnt_in_decrypted",    "cnt_in_drop_no_sa", "cnt_in_drop_auth",     "cnt_in_drop_replay",
    "cnt_in_drop_padding", "cnt_in_drop_inner", "cnt_in_drop_selector", "cnt_in_drop_lifetime",
    "cnt_in_drop_dummy",
};

static struct rtl *rtl;
static struct sa sas[SLOTS];
static uint32_t rng;
static struct events events;
static uint64_t late[5], late_seen[5]; /* IN_LATE_64 and on */
static uint64_t told_auth;            /* the cycle in which a wrong tag was told of, or 0 */

static struct rtl_port port(const char *name)
{
    return rtl_port(rtl, name);
}

static bool was_taken(const struct sa *sa, uint64_t seq)
{
    for (size_t i = sa->count; i-- > 0;)
        if (sa->taken[i] == seq)
            return true;
    return false;
}

static bool fresh(const struct sa *sa, uint64_t seq)
{
    return seq != 0 && (seq > sa->top || (sa->top - seq < sa->window && !was_taken(sa, seq)));
}

static uint32_t spi_of(unsigned slot)
{
    return 0xabcd0000u | slot;
}

static void tell(unsigned kind, unsigned slot, uint64_t detail)
{
    events_expect(&events, kind, slot, spi_of(slot), detail);
}

/* An SA's first wrong tag is told of, and then one of all SAs when it has been quiet. */
static enum verdict wrong_tag(struct sa *sa, unsigned slot)
{
    uint64_t now = rtl_cycles(rtl);
    if (sa->auth_failed++ == 0 || !told_auth || now - told_auth > QUIET) {
        tell(ESPL_EVENT_AUTH, slot, 0);
        told_auth = now;
    }
    return AUTH;
}

static void count_late(const struct sa *sa, uint64_t seq)
{
    uint64_t behind = sa->top < sa->window ? 0 : sa->top - sa->window;
    if (seq > behind)
        return;
    unsigned range = 0;
    while (range < 4 && behind - seq >= (UINT64_C(64) << 2 * range))
        range++;
    late[range]++;
}

/* RFC 4301 4.4.2.1: is it within the hard limits, and does it reach a soft one? */
static enum verdict live(struct sa *sa, const struct packet *p)
{
    const struct limits *l = &p->limits;
    if (l->hard_packets && sa->packets >= l->hard_packets) {
        if (!sa->told_packets)
            tell(ESPL_EVENT_HARD_PACKETS, p->slot, sa->packets);
        sa->told_packets = true;
        return LIFETIME;
    }
    if (l->hard_bytes && sa->bytes + p->len > l->hard_bytes) {
        if (!sa->told_bytes)
            tell(ESPL_EVENT_HARD_BYTES, p->slot, sa->bytes);
        sa->told_bytes = true;
        return LIFETIME;
    }
    sa->told_packets = false; /* a limit that was moved may be met again */
    if (sa->packets + 1 == l->soft_packets)
        tell(ESPL_EVENT_SOFT_PACKETS, p->slot, sa->packets + 1);
    if (sa->bytes < l->soft_bytes && sa->bytes + p->len >= l->soft_bytes)
        tell(ESPL_EVENT_SOFT_BYTES, p->slot, sa->bytes + p->len);
    sa->packets++;
    sa->bytes += p->len;
    return PASS;
}

static enum verdict judge(struct sa *sa, const struct packet *p)
{
    if (!p->sa_ok)
        return NO_SA;
    if (!p->tag_ok)
        return wrong_tag(sa, p->slot);
    if (sa->window && !fresh(sa, p->seq)) {
        count_late(sa, p->seq);
        return sa->replayed++, REPLAY;
    }
    if (p->seq > sa->top)
        sa->top = p->seq;
    if (sa->count < HISTORY)
        sa->taken[sa->count++] = p->seq;
    if (!p->pad_ok)
        return sa->bad_padding++, PADDING;
    if (p->dummy)
        return DUMMY;
    if (!p->inner_ok)
        return INNER;
    if (!p->sel_ok)
        return sa->bad_selector++, SELECTOR;
    return live(sa, p);
}

static void set_limits(const struct limits *l)
{
    uint8_t bytes[32];
    put64(bytes, l->soft_packets);
    put64(bytes + 8, l->hard_packets);
    put64(bytes + 16, l->soft_bytes);
    put64(bytes + 24, l->hard_bytes);
    rtl_set_be(port("s_limits"), bytes, sizeof bytes);
}

static void drive(const struct packet *p)
{
    rtl_set(port("s_valid"), p != NULL);
    if (!p)
        return;
    rtl_set(port("s_slot"), p->slot);
    rtl_set(port("s_spi"), spi_of(p->slot));
    set_limits(&p->limits);
    rtl_set(port("s_seq"), p->seq);
    rtl_set(port("s_blocks"), sas[p->slot].window / 64);
    rtl_set(port("s_sa_ok"), p->sa_ok);
    rtl_set(port("s_tag_ok"), p->tag_ok);
    rtl_set(port("s_pad_ok"), p->pad_ok);
    rtl_set(port("s_dummy"), p->dummy);
    rtl_set(port("s_inner_ok"), p->inner_ok);
    rtl_set(port("s_sel_ok"), p->sel_ok);
    rtl_set(port("s_len"), p->len);
    rtl_set(port("s_info"), p->info);
}

static struct packet pending[LATENCY + 1]; /* what is in the pipe, and what must come of it */
static enum verdict expected[LATENCY + 1];
static bool present[LATENCY + 1];

static void check_output(void)
{
    assert_int_equal(rtl_get(port("m_valid")), present[LATENCY]);
    for (unsigned v = 0; v < VERDICTS; v++)
        if (rtl_get(port(counters[v])) != (present[LATENCY] && v == expected[LATENCY]))
            fail_msg("%s, seq %llx", counters[v], (unsigned long long)pending[LATENCY].seq);
    if (present[LATENCY]) {
        assert_int_equal(rtl_get(port("m_pass")), expected[LATENCY] == PASS);
        assert_int_equal(rtl_get(port("m_info")), pending[LATENCY].info);
        assert_int_equal(rtl_get(port("cnt_in_decrypted_len")), pending[LATENCY].len);
    }
}

/* One cycle; p may be NULL. Every packet's verdict is checked LATENCY cycles later. */
static void cycle(const struct packet *p)
{
    drive(p);
    rtl_settle(rtl);
    present[0] = p != NULL;
    if (p) {
        pending[0] = *p;
        expected[0] = judge(&sas[p->slot], p);
    }
    check_output();
    events_sample(&events);
    for (unsigned i = 0; i < 5; i++)
        late_seen[i] += rtl_get(port("cnt_in_late")) >> i & 1;
    for (unsigned i = LATENCY; i > 0; i--) {
        present[i] = present[i - 1];
        pending[i] = pending[i - 1];
        expected[i] = expected[i - 1];
    }
    rtl_edge(rtl);
}

/* The newest numbers below `top` that were taken. */
static uint64_t newest(const struct sa *sa, uint64_t top)
{
    uint64_t window = 0;
    for (unsigned n = 0; n < SHOWN && n <= top; n++)
        if (was_taken(sa, top - n))
            window |= UINT64_C(1) << n;
    return window;
}

/* sa: as it was when it was asked; what its packets took since may show, but for the top's
 * block. */
static void check_answer(const struct sa *sa, const struct sa *since)
{
    uint64_t shown = rtl_get(port("cfg_window")), then = newest(sa, sa->top);
    uint64_t block = UINT64_MAX >> (63 - sa->top % 64);
    bool far = since->top / 64 - sa->top / 64 >= 64; /* it has moved over the older block's word */
    assert_true(rtl_get(port("cfg_seq")) == sa->top);
    assert_true((shown & block) == (then & block));
    assert_true((shown & ~newest(since, sa->top)) == 0);
    assert_true(far || (then & ~shown) == 0);
    assert_int_equal(rtl_get(port("cfg_packets")), sa->packets);
    assert_int_equal(rtl_get(port("cfg_bytes")), sa->bytes);
    assert_int_equal(rtl_get(port("cfg_auth_failed")), sa->auth_failed);
    assert_int_equal(rtl_get(port("cfg_replayed")), sa->replayed);
    assert_int_equal(rtl_get(port("cfg_bad_padding")), sa->bad_padding);
    assert_int_equal(rtl_get(port("cfg_bad_selector")), sa->bad_selector);
}

/* Ask for a slot while packets go on with the given chance; make() gives them. */
static void config(const char *what, unsigned slot, unsigned busy_pct,
                   void (*make)(struct packet *))
{
    struct sa then = {0};
    bool taken = false;
    bool query = strcmp(what, "cfg_query") == 0;

    rtl_set(port("cfg_slot"), slot);
    rtl_set(port(what), 1);
    for (unsigned n = 0;; n++) {
        struct packet p;
        bool go = make && rng_next(&rng) % 100 < busy_pct;
        assert_true(n < 2000);
        if (!go && !taken) { /* the first cycle without a packet is the mailbox's */
            taken = true;
            then = sas[slot];
            if (!query)
                sas[slot] = (struct sa){.taken = then.taken, .window = then.window};
        }
        if (go)
            make(&p);
        cycle(go ? &p : NULL);
        rtl_settle(rtl);
        if (rtl_get(port("cfg_ack")))
            break;
    }
    cycle(NULL); /* the requester sees cfg_ack with this one's edge */
    rtl_set(port(what), 0);
    if (query)
        check_answer(&then, &sas[slot]); /* the list of numbers has only grown */
}

static void reset(void)
{
    drive(NULL);
    rtl_set(port("cfg_clear"), 0);
    rtl_set(port("cfg_query"), 0);
    rtl_set(port("at_en"), 0);
    memset(present, 0, sizeof present);
    memset(late, 0, sizeof late);
    memset(late_seen, 0, sizeof late_seen);
    events_forget(&events);
    told_auth = 0;
    axis_reset(rtl, NULL, 0);
}

static void setup_slots(unsigned slots)
{
    reset();
    for (unsigned i = 0; i < slots; i++)
        config("cfg_clear", i, 0, NULL);
}

static struct packet good(unsigned slot, uint64_t seq)
{
    return (struct packet){.slot = slot, .seq = seq, .sa_ok = true, .tag_ok = true,
                           .pad_ok = true, .inner_ok = true, .sel_ok = true, .len = 100};
}

/* Around the top, the window's border, and the borders of blocks and of what is kept of them. */
static uint64_t random_seq(const struct sa *sa)
{
    uint32_t r = rng_next(&rng);
    uint64_t top = sa->top, window = sa->window;
    switch (r % 20) {
    case 0: return top;
    case 1: return top - window + 1;
    case 2: return top - window;
    case 3: return top + window - 1 + r / 32 % 3; /* passes all but one, all, all */
    case 4: return top + 1 + r / 32 % 200;
    case 5: return r % 64 < 32 ? 0 : 1;
    case 6: return (r >> 10) % 256 ? top + 1 : top + (UINT64_C(1) << (r >> 5) % 40);
    case 7: return top + 4096 - 130 + (r >> 8) % 260;
    case 8: return top - 4096 - 130 + (r >> 8) % 260;
    case 9: return top - (r >> 8) % (2 * window + 1);
    case 10: return top - (r >> 8) % (window + 80);
    case 11: return (top - (r >> 8) % (window + 80)) & ~UINT64_C(63);
    case 12: case 13: case 14: return top - (r >> 8) % 80;
    default: return top + 1 + (r >> 8) % 5;
    }
}

static void random_packet(struct packet *p)
{
    *p = good(rng_next(&rng) % SAS, 0);
    if (rng_next(&rng) % 4 == 0) /* now and then one SA for a while */
        p->slot = rng >> 8 & 1;
    p->seq = random_seq(&sas[p->slot]);
    if (p->seq >> 63) /* below 0 */
        p->seq = rng_next(&rng) % 80;
    p->len = rng_next(&rng) % 16384;
    p->info = rng_next(&rng) & 1;
    p->sa_ok = rng_next(&rng) % 64 != 0;
    p->tag_ok = rng_next(&rng) % 8 != 0;
    p->pad_ok = rng_next(&rng) % 16 != 0;
    p->dummy = rng_next(&rng) % 16 == 0;
    p->inner_ok = rng_next(&rng) % 16 != 0;
    p->sel_ok = rng_next(&rng) % 16 != 0;
}

static void set_windows(uint32_t window)
{
    for (unsigned slot = 0; slot < SAS; slot++)
        sas[slot].window = window;
}

static const uint32_t windows[] = {64, 128, 256, 512, 1024, 2048, 4096};
#define WINDOWS (sizeof windows / sizeof *windows)

/* Everything has been told. */
static void settle(void)
{
    for (unsigned i = 0; i < 100; i++)
        cycle(NULL);
    events_check(&events);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(late_seen[i], late[i]);
}

static void random_histories(unsigned first)
{
    for (unsigned slot = 0; slot < SAS; slot++)
        sas[slot].window = windows[(first + slot) % WINDOWS];
    setup_slots(SAS);
    for (unsigned run = 0; run < 24; run++) {
        unsigned pct = run % 4 == 0 ? 100 : 25 * (run % 4);
        for (unsigned i = 0; i < 700; i++) {
            struct packet p;
            random_packet(&p);
            cycle(rng_next(&rng) % 100 < pct ? &p : NULL);
        }
        for (unsigned slot = 0; slot < SAS; slot++)
            config("cfg_query", slot, 60, random_packet);
        if (run % 6 == 5)
            config("cfg_clear", run / 6 % SAS, 60, random_packet);
    }
    settle();
    for (unsigned i = 0; i < 3; i++)
        assert_true(late[i] > 0);
}

static void test_random_histories(void **state)
{
    (void)state;
    for (unsigned first = 0; first < WINDOWS; first++)
        random_histories(first);
}

/* RFC 4303 appendix A: with 64-bit numbers nothing happens at a multiple of 2^32. */
static void test_over_the_32_bit_border(void **state)
{
    (void)state;
    for (size_t w = 0; w < WINDOWS; w++) {
        set_windows(windows[w]);
        setup_slots(SAS);
        for (unsigned slot = 0; slot < SAS; slot++) {
            struct packet p = good(slot, ((uint64_t)(slot + 1) << 32) - 300);
            cycle(&p);
        }
        for (unsigned i = 0; i < 6000; i++) {
            struct packet p;
            random_packet(&p);
            cycle(&p);
        }
        for (unsigned slot = 0; slot < SAS; slot++)
            config("cfg_query", slot, 0, NULL);
    }
}

/* Every number of a window, one hole in it, from its oldest: exactly that one is taken. */
static void test_whole_window(void **state)
{
    (void)state;
    for (size_t w = 0; w < WINDOWS; w++) {
        uint64_t window = windows[w], top = 20000 + 13 * w, hole = top - window + 1 + 17 * w;
        set_windows(windows[w]);
        setup_slots(1);
        for (uint64_t s = top - window - 70; s <= top; s++) {
            struct packet p = good(0, s);
            if (s != hole)
                cycle(&p);
        }
        for (uint64_t s = top - window - 70; s <= top; s++) {
            struct packet p = good(0, s);
            cycle(&p);
            assert_int_equal(expected[1], s == hole ? PASS : REPLAY);
        }
        for (unsigned i = 0; i < LATENCY; i++)
            cycle(NULL);
    }
}

static void test_every_step(void **state)
{
    (void)state;
    /* from every place in a block, every step forwards to 130 and every one backwards */
    set_windows(64);
    for (uint64_t from = 1000; from < 1064; from++)
        for (uint64_t step = 0; step <= 130; step += step < 60 ? 7 : 1) {
            setup_slots(1);
            for (uint64_t s = from - 63; s <= from; s += 2) {
                struct packet p = good(0, s);
                cycle(&p);
            }
            struct packet p = good(0, from + step);
            cycle(&p);
            for (uint64_t s = from + step - 66; s <= from + step; s++) {
                p = good(0, s);
                cycle(&p);
            }
            for (unsigned i = 0; i < LATENCY; i++)
                cycle(NULL);
        }
}

static void test_ends_of_the_numbers(void **state)
{
    (void)state;
    static const uint64_t seqs[] = {0, 1, 1, 64, 1, 65, 2, 2, 1, 0, 0xffffffc0u, 0xffffffffu,
                                    0xffffffc0u, 0xffffffbfu, 0xffffffc1u, 0, 0xffffffffu, 1,
                                    UINT64_MAX - 63, UINT64_MAX, UINT64_MAX - 63, UINT64_MAX - 64,
                                    UINT64_MAX - 1, UINT64_MAX, 0, 0xffffffffu};
    for (size_t w = 0; w < WINDOWS; w++) {
        set_windows(windows[w]);
        setup_slots(1);
        for (size_t i = 0; i < sizeof seqs / sizeof *seqs; i++) {
            struct packet p = good(0, seqs[i]);
            cycle(&p);
        }
        config("cfg_query", 0, 0, NULL);
        assert_true(rtl_get(port("cfg_seq")) == UINT64_MAX);
    }
}

/* RFC 4303 3.4.3: nothing moves the window but a right tag. */
static void test_wrong_tag_moves_nothing(void **state)
{
    (void)state;
    set_windows(64);
    setup_slots(1);
    struct packet p = good(0, 0x7fffffff);
    p.tag_ok = false;
    cycle(&p);
    p = good(0, 1);
    cycle(&p);
    assert_int_equal(expected[1], PASS);
    config("cfg_query", 0, 0, NULL);
    assert_int_equal(rtl_get(port("cfg_seq")), 1);
    assert_int_equal(rtl_get(port("cfg_auth_failed")), 1);
}

/* Without a window nothing is refused. */
static void test_without_window(void **state)
{
    (void)state;
    set_windows(0);
    setup_slots(1);
    for (unsigned i = 0; i < 200; i++) {
        struct packet p = good(0, i % 3 ? 5000 - i * 20 : 5000);
        cycle(&p);
        assert_int_equal(expected[1], PASS);
    }
    for (unsigned i = 0; i < LATENCY; i++)
        cycle(NULL);
}

/* Limits of all kinds, near, that come with packets good and bad, in every cycle. */
static void test_lifetimes(void **state)
{
    (void)state;
    size_t told = 0;
    for (unsigned run = 0; run < 200; run++) {
        struct limits limits[SAS];
        set_windows(windows[run % WINDOWS]);
        setup_slots(SAS);
        for (unsigned slot = 0; slot < SAS; slot++) {
            uint32_t r = rng_next(&rng);
            limits[slot] = (struct limits){
                .soft_packets = r & 1 ? 1 + rng_next(&rng) % 40 : 0,
                .hard_packets = r & 2 ? 1 + rng_next(&rng) % 60 : 0,
                .soft_bytes = r & 4 ? 1 + rng_next(&rng) % 200000 : 0,
                .hard_bytes = r & 8 ? 1 + rng_next(&rng) % 400000 : 0,
            };
        }
        for (unsigned i = 0; i < 500; i++) {
            struct packet p;
            random_packet(&p);
            if (run & 1)
                p.seq = sas[p.slot].top + 1; /* no replays: more of them count */
            p.limits = limits[p.slot];
            cycle(rng_next(&rng) % 100 < 50 + run % 51 ? &p : NULL);
        }
        settle();
        told += events.count;
        for (unsigned slot = 0; slot < SAS; slot++)
            config("cfg_query", slot, 0, NULL);
    }
    assert_true(told > 1000);
}

/* To the packet and to the byte; what is not delivered does not count (invariant 3). */
static void test_limits_are_exact(void **state)
{
    (void)state;
    set_windows(64);
    for (unsigned n = 1; n < 30; n++) {
        setup_slots(1);
        unsigned passed = 0, over = 0;
        for (uint64_t s = 1; s <= 100; s++) {
            struct packet p = good(0, s);
            p.tag_ok = s % 7 != 0;
            p.limits = n & 1 ? (struct limits){.soft_packets = n, .hard_packets = n + 5}
                             : (struct limits){.soft_bytes = 100 * n - 1, .hard_bytes = 100 * n + 599};
            cycle(&p);
            passed += expected[1] == PASS;
            over += expected[1] == LIFETIME;
        }
        settle();
        assert_int_equal(passed, n + 5);
        assert_int_equal(passed + over, 100 - 100 / 7);
        config("cfg_query", 0, 0, NULL);
        assert_int_equal(rtl_get(port("cfg_packets")), n + 5);
    }
}

/* Every border of the histogram. */
static void test_how_late(void **state)
{
    (void)state;
    static const uint64_t by[] = {1, 64, 65, 256, 257, 1024, 1025, 4096, 4097, 100000};
    set_windows(128);
    setup_slots(1);
    struct packet p = good(0, 1000000);
    cycle(&p);
    for (size_t i = 0; i < sizeof by / sizeof *by; i++) {
        p = good(0, 1000000 - 128 - by[i] + 1);
        cycle(&p);
        assert_int_equal(expected[1], REPLAY);
    }
    p = good(0, 1000000); /* a replay, but not late */
    cycle(&p);
    settle();
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(late_seen[i], 2);
}

/* What in_lookup is told: the highest number behind the window, which is 0 at first. */
static void test_behind(void **state)
{
    (void)state;
    for (size_t w = 0; w < WINDOWS; w++) {
        const uint64_t tops[] = {1, windows[w], windows[w] + 1, UINT64_C(0x100000005)};
        set_windows(windows[w]);
        setup_slots(2);
        for (size_t i = 0; i < sizeof tops / sizeof *tops; i++) {
            struct packet p = good(1, tops[i]);
            cycle(&p);
            for (unsigned n = 0; n < LATENCY + 1; n++)
                cycle(NULL);
            rtl_set(port("at_en"), 1);
            rtl_set(port("at_slot"), 1);
            cycle(NULL);
            rtl_set(port("at_en"), 0);
            cycle(NULL);
            rtl_settle(rtl);
            assert_true(rtl_get(port("at_behind")) ==
                        (tops[i] < windows[w] ? 0 : tops[i] - windows[w]));
        }
    }
}

int main(void)
{
    rtl = rtl_new(NULL);
    rng = 2026;
    events_init(&events, rtl);
    for (unsigned i = 0; i < SLOTS; i++)
        sas[i].taken = i < SAS ? malloc(sizeof *sas[i].taken * HISTORY) : NULL;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_histories),
        cmocka_unit_test(test_over_the_32_bit_border),
        cmocka_unit_test(test_whole_window),
        cmocka_unit_test(test_every_step),
        cmocka_unit_test(test_ends_of_the_numbers),
        cmocka_unit_test(test_wrong_tag_moves_nothing),
        cmocka_unit_test(test_without_window),
        cmocka_unit_test(test_behind),
        cmocka_unit_test(test_lifetimes),
        cmocka_unit_test(test_limits_are_exact),
        cmocka_unit_test(test_how_late),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    for (unsigned i = 0; i < SLOTS; i++)
        free(sas[i].taken);
    rtl_free(rtl);
    return rc;
}
