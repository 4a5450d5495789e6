/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The replay window against its definition (RFC 4303 3.4.3) over sets of numbers: a number is taken
 * when it is not 0, was not taken before, and is not 64 or more behind the highest. Random
 * histories of a few SAs with packets in every cycle, so that each meets the ones just before it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/axis.h"

#define SLOTS 1024u
#define WINDOW 64u
#define HISTORY 40000u

struct sa {
    uint32_t top;
    uint32_t *taken; /* owned: the numbers that were taken, in order */
    size_t count;
    uint64_t packets, bytes;
    uint32_t auth_failed, replayed, bad_padding, bad_selector;
};

struct packet {
    unsigned slot;
    uint32_t seq;
    bool check, sa_ok, tag_ok, pad_ok, inner_ok, sel_ok, info;
    unsigned len;
};

enum verdict { PASS, NO_SA, AUTH, REPLAY, PADDING, INNER, SELECTOR, VERDICTS };
static const char *const counters[VERDICTS] = {
    "cnt_in_decrypted",    "cnt_in_drop_no_sa", "cnt_in_drop_auth",     "cnt_in_drop_replay",
    "cnt_in_drop_padding", "cnt_in_drop_inner", "cnt_in_drop_selector",
};

static struct rtl *rtl;
static struct sa sas[SLOTS];
static uint32_t rng;

static struct rtl_port port(const char *name)
{
    return rtl_port(rtl, name);
}

static bool was_taken(const struct sa *sa, uint32_t seq)
{
    for (size_t i = sa->count; i-- > 0;)
        if (sa->taken[i] == seq)
            return true;
    return false;
}

static bool fresh(const struct sa *sa, uint32_t seq)
{
    return seq != 0 && (seq > sa->top || (sa->top - seq < WINDOW && !was_taken(sa, seq)));
}

static enum verdict judge(struct sa *sa, const struct packet *p)
{
    if (!p->sa_ok)
        return NO_SA;
    if (!p->tag_ok)
        return sa->auth_failed++, AUTH;
    if (p->check && !fresh(sa, p->seq))
        return sa->replayed++, REPLAY;
    if (p->seq > sa->top)
        sa->top = p->seq;
    if (sa->count < HISTORY)
        sa->taken[sa->count++] = p->seq;
    if (!p->pad_ok)
        return sa->bad_padding++, PADDING;
    if (!p->inner_ok)
        return INNER;
    if (!p->sel_ok)
        return sa->bad_selector++, SELECTOR;
    sa->packets++;
    sa->bytes += p->len;
    return PASS;
}

static void drive(const struct packet *p)
{
    rtl_set(port("s_valid"), p != NULL);
    if (!p)
        return;
    rtl_set(port("s_slot"), p->slot);
    rtl_set(port("s_seq"), p->seq);
    rtl_set(port("s_check"), p->check);
    rtl_set(port("s_sa_ok"), p->sa_ok);
    rtl_set(port("s_tag_ok"), p->tag_ok);
    rtl_set(port("s_pad_ok"), p->pad_ok);
    rtl_set(port("s_inner_ok"), p->inner_ok);
    rtl_set(port("s_sel_ok"), p->sel_ok);
    rtl_set(port("s_len"), p->len);
    rtl_set(port("s_info"), p->info);
}

static struct packet pending[4]; /* what is in the pipe, and what must come of it */
static enum verdict expected[4];
static bool present[4];

static void check_output(void)
{
    assert_int_equal(rtl_get(port("m_valid")), present[3]);
    for (unsigned v = 0; v < VERDICTS; v++)
        if (rtl_get(port(counters[v])) != (present[3] && v == expected[3]))
            fail_msg("%s, seq %u", counters[v], pending[3].seq);
    if (present[3]) {
        assert_int_equal(rtl_get(port("m_pass")), expected[3] == PASS);
        assert_int_equal(rtl_get(port("m_info")), pending[3].info);
        assert_int_equal(rtl_get(port("cnt_in_decrypted_len")), pending[3].len);
    }
}

/* One cycle; p may be NULL. Every packet's verdict is checked 3 cycles later. */
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
    for (int i = 3; i > 0; i--) {
        present[i] = present[i - 1];
        pending[i] = pending[i - 1];
        expected[i] = expected[i - 1];
    }
    rtl_edge(rtl);
}

static void check_answer(const struct sa *sa)
{
    uint64_t window = 0;
    for (unsigned n = 0; n < WINDOW && n <= sa->top; n++)
        if (was_taken(sa, sa->top - n))
            window |= UINT64_C(1) << n;
    assert_int_equal(rtl_get(port("cfg_seq")), sa->top);
    assert_true(rtl_get(port("cfg_window")) == window);
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

    rtl_set(port("cfg_slot"), slot);
    rtl_set(port(what), 1);
    for (unsigned n = 0;; n++) {
        struct packet p;
        bool go = make && rng_next(&rng) % 100 < busy_pct;
        assert_true(n < 2000);
        if (!go && !taken) { /* the first cycle without a packet is the mailbox's */
            taken = true;
            then = sas[slot];
            if (strcmp(what, "cfg_clear") == 0) {
                uint32_t *keep = sas[slot].taken;
                memset(&sas[slot], 0, sizeof sas[slot]);
                sas[slot].taken = keep;
            } else {
                then.taken = malloc(sizeof(uint32_t) * (then.count + 1));
                assert_non_null(then.taken);
                memcpy(then.taken, sas[slot].taken, sizeof(uint32_t) * then.count);
            }
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
    if (strcmp(what, "cfg_query") == 0) {
        check_answer(&then);
        free(then.taken);
    }
}

static void reset(void)
{
    drive(NULL);
    rtl_set(port("cfg_clear"), 0);
    rtl_set(port("cfg_query"), 0);
    memset(present, 0, sizeof present);
    axis_reset(rtl, NULL, 0);
}

static void setup_slots(unsigned slots)
{
    reset();
    for (unsigned i = 0; i < slots; i++)
        config("cfg_clear", i, 0, NULL);
}

static struct packet good(unsigned slot, uint32_t seq)
{
    return (struct packet){.slot = slot, .seq = seq, .check = true, .sa_ok = true, .tag_ok = true,
                           .pad_ok = true, .inner_ok = true, .sel_ok = true, .len = 100};
}

static uint32_t random_seq(uint32_t top)
{
    uint32_t r = rng_next(&rng);
    switch (r % 16) {
    case 0: return top;
    case 1: return top - 63;
    case 2: return top - 64;
    case 3: return top + 63 + r / 16 % 3; /* clears all but one, all, all */
    case 4: return top + 1 + r / 16 % 200;
    case 5: return r % 32 < 16 ? 0 : 1;
    case 6: return (r >> 8) % 512 ? top + 1 : top + (1u << (r >> 4) % 28);
    case 7: case 8: case 9: return top - (r >> 8) % 80;
    default: return top + 1 + (r >> 8) % 5;
    }
}

static void random_packet(struct packet *p)
{
    *p = good(rng_next(&rng) % 3, 0);
    p->seq = random_seq(sas[p->slot].top);
    p->len = rng_next(&rng) % 16384;
    p->info = rng_next(&rng) & 1;
    p->sa_ok = rng_next(&rng) % 64 != 0;
    p->tag_ok = rng_next(&rng) % 8 != 0;
    p->pad_ok = rng_next(&rng) % 16 != 0;
    p->inner_ok = rng_next(&rng) % 16 != 0;
    p->sel_ok = rng_next(&rng) % 16 != 0;
}

static void test_random_histories(void **state)
{
    (void)state;
    setup_slots(3);
    for (unsigned run = 0; run < 40; run++) {
        unsigned pct = run % 4 == 0 ? 100 : 25 * (run % 4);
        for (unsigned i = 0; i < 700; i++) {
            struct packet p;
            random_packet(&p);
            cycle(rng_next(&rng) % 100 < pct ? &p : NULL);
        }
        for (unsigned slot = 0; slot < 3; slot++)
            config("cfg_query", slot, 60, random_packet);
        if (run % 5 == 4)
            config("cfg_clear", run % 3, 60, random_packet);
    }
}

static void test_every_step(void **state)
{
    (void)state;
    /* from every place in a block, every step forwards to 130 and every one backwards */
    for (uint32_t from = 1000; from < 1064; from++)
        for (uint32_t step = 0; step <= 130; step += step < 60 ? 7 : 1) {
            setup_slots(1);
            for (uint32_t s = from - 63; s <= from; s += 2) {
                struct packet p = good(0, s);
                cycle(&p);
            }
            struct packet p = good(0, from + step);
            cycle(&p);
            for (uint32_t s = from + step - 66; s <= from + step; s++) {
                p = good(0, s);
                cycle(&p);
            }
            for (int i = 0; i < 4; i++)
                cycle(NULL);
        }
}

static void test_ends_of_the_numbers(void **state)
{
    (void)state;
    static const uint32_t seqs[] = {0, 1, 1, 64, 1, 65, 2, 2, 1, 0, 0xffffffc0u, 0xffffffffu,
                                    0xffffffc0u, 0xffffffbfu, 0xffffffc1u, 0, 0xffffffffu, 1};
    setup_slots(1);
    for (size_t i = 0; i < sizeof seqs / sizeof *seqs; i++) {
        struct packet p = good(0, seqs[i]);
        cycle(&p);
    }
    config("cfg_query", 0, 0, NULL);
    assert_int_equal(rtl_get(port("cfg_seq")), 0xffffffffu);
}

/* RFC 4303 3.4.3: nothing moves the window but a right tag. */
static void test_wrong_tag_moves_nothing(void **state)
{
    (void)state;
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
    setup_slots(1);
    for (unsigned i = 0; i < 200; i++) {
        struct packet p = good(0, i % 3 ? 5000 - i * 20 : 5000);
        p.check = false;
        cycle(&p);
        assert_int_equal(expected[1], PASS);
    }
    for (int i = 0; i < 4; i++)
        cycle(NULL);
}

int main(void)
{
    rtl = rtl_new(NULL);
    rng = 2026;
    for (unsigned i = 0; i < SLOTS; i++)
        sas[i].taken = i < 3 ? malloc(sizeof(uint32_t) * HISTORY) : NULL;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_histories),
        cmocka_unit_test(test_every_step),
        cmocka_unit_test(test_ends_of_the_numbers),
        cmocka_unit_test(test_wrong_tag_moves_nothing),
        cmocka_unit_test(test_without_window),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    for (unsigned i = 0; i < SLOTS; i++)
        free(sas[i].taken);
    rtl_free(rtl);
    return rc;
}
