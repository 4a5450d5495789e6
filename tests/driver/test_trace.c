/* SPDX-License-Identifier: Apache-2.0 */
/* The order and the content of every register access: what a card would see on its bus. */
#include "tests/driver/fake.h"

#include <stdio.h>
#include <string.h>

static struct fake f;

static struct espl_card *start(void)
{
    fake_init(&f);
    struct espl_card *card = fake_open(&f);
    f.tracing = true;
    return card;
}

static void expect(const char *text)
{
    assert_string_equal(f.trace, text);
    f.traced = 0;
    f.trace[0] = '\0';
}

/* Identity, then capabilities, then readiness, then the mark, then identity again. */
static void opening(void **state)
{
    (void)state;
    fake_init(&f);
    f.tracing = true;
    f.page[ESPL_REG_TOKEN / 4] = 0x55; /* somebody was here before */
    struct espl_card *card = fake_open(&f);
    expect("R 000 7\nR 020 6\nR 044 1\nR 00c 1\nR 010 1\nR 000 7\n");
    espl_card_close(card);
    expect("");
}

static void alive_is_one_burst(void **state)
{
    (void)state;
    struct espl_card *card = start();
    assert_ok(card, espl_card_alive(card));
    expect("R 000 7\n");
    espl_card_close(card);
}

/* Lists the empty tables once, then entry, operation with doorbell, poll. */
static void adding_an_inbound_sa(void **state)
{
    (void)state;
    struct espl_card *card = start();
    struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0xc0de0005, 9);
    sa.key_len = 36;
    sa.encap = true;
    sa.encap_sport = 4500;
    sa.encap_dport = 4501;
    sa.check_selector = true;
    sa.selector = (struct espl_selector){.src = p4(0x0a000000, 8),
                                         .dst = p4(0xac100000, 12),
                                         .proto = 17,
                                         .sport = {1, 2},
                                         .dport = {3, 4}};
    assert_ok(card, espl_sa_add(card, &sa));
    expect("R 000 7\n"
           "W 080 3 1c 0 TAG\nR 08c 3\nR 200 47\n"
           "W 080 3 1d 0 TAG\nR 08c 3\nR 200 47\n"
           "W 100 59 302 c0de0005 c0c1c2c3" /* flags, SPI, salt */
           " a0a1a2a3 a4a5a6a7 a8a9aaab acadaeaf b0b1b2b3 b4b5b6b7 b8b9babb bcbdbebf" /* key */
           " c0000201 0 0 0 c0000202 0 0 0"                                           /* src, dst */
           " 11951194 400000 40059e"                          /* ports, TTL 64, window 64 and MTU */
           " a000000 0 0 0 ac100000 0 0 0 110c08 20001 40003" /* selector */
           " 9 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n" /* reqid, serial, reserved */
           "W 080 3 11 5 TAG\nR 08c 3\n");
    /* The tables are known now: a second one is only its entry. */
    sa.spi = 0xc0de0006;
    assert_ok(card, espl_sa_add(card, &sa));
    const char *second = strstr(f.trace, "W 080");
    assert_true(strncmp(f.trace, "R 000 7\nW 100 59 ", 17) == 0);
    assert_string_equal(second, "W 080 3 11 6 TAG\nR 08c 3\n");
    espl_card_close(card);
}

/* A 128-bit key leaves words 4 to 7 zero, and its salt is behind it. */
static void a_short_key_in_its_words(void **state)
{
    (void)state;
    struct espl_card *card = start();
    const struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0x1001, 0);
    assert_ok(card, espl_sa_add(card, &sa));
    assert_non_null(
        strstr(f.trace,
               "W 100 59 1 1001 b0b1b2b3 a0a1a2a3 a4a5a6a7 a8a9aaab acadaeaf 0 0 0 0 c0000201 0"));
    espl_card_close(card);
}

/* The cell that holds the outer destination's row comes before the SA, the policy's turn after it.
 */
static void an_outbound_sa_then_its_policy(void **state)
{
    (void)state;
    struct espl_card *card = start();
    const struct espl_policy policy = sample_policy(0x0a010000, 0x0a020000, 16, 7);
    assert_ok(card, espl_policy_add(card, &policy));
    expect("R 000 7\n"
           "W 080 3 2a 0 TAG\nR 08c 3\nR 200 32\n"
           "W 080 3 6a 0 TAG\nR 08c 3\nR 200 32\n"
           "W 080 3 1c 0 TAG\nR 08c 3\nR 200 47\n"
           "W 080 3 1d 0 TAG\nR 08c 3\nR 200 47\n"
           "W 100 32 2 ffffffff a010000 0 0 0 ffff0000 0 0 0 a020000 0 0 0 ffff0000 0 0 0 0"
           " ffff0000 ffff0000 0 1 7 c0000201 0 0 0 c0000202 0 0 0\n"
           "W 080 3 20 3 TAG\nR 08c 3\n"); /* with some room before it */
    const struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 7);
    assert_ok(card, espl_sa_add(card, &sa));
    const char *at = f.trace;
    static const char *const order[] = {
        /* neighbours and next hops are listed */
        "R 000 7\nW 080 3 3a 0 TAG\nR 08c 3\nR 200 8\nW 080 3 4a 0 TAG\nR 08c 3\nR 200 4\n",
        /* dev cipher, next hop 1 */
        "W 100 8 4 c0000202 0 0 0 1 0 0\nW 080 3 30 ",
        /* the SA, then row 3 of the policies to its slot */
        "W 100 59 1 1001 ",
        "W 080 3 10 0 TAG\nR 08c 3\nW 100 2 2 0\nW 080 3 23 3 TAG\nR 08c 3\n",
    };
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        at = strstr(at, order[i]);
        assert_non_null(at);
        at += strlen(order[i]);
    }
    assert_string_equal(at, "");
    f.traced = 0;
    assert_ok(card, espl_sa_delete(card, ESPL_DIR_OUT, &sa.dst, sa.spi));
    static const char off[] = "R 000 7\nW 100 2 2 ffffffff\nW 080 3 23 3 TAG\nR 08c 3\n"
                              "W 080 3 12 0 TAG\nR 08c 3\nW 080 3 31 ";
    assert_true(strncmp(f.trace, off, strlen(off)) ==
                0); /* off the policy, then the SA, then the cell */
    espl_card_close(card);
}

static void counters_are_three_bursts(void **state)
{
    (void)state;
    struct espl_card *card = start();
    uint64_t values[ESPL_COUNTERS_MAX];
    assert_ok(card, espl_counters(card, values));
    char text[128];
    int rest = 2 * ESPL_CNT_SPAN - 128;
    assert_true(rest > 0 && rest <= 64);
    (void)snprintf(text, sizeof text, "R 000 7\nR 400 64\nR 500 64\nR 600 %d\n", rest);
    expect(text);
    espl_card_close(card);
}

/* After a failure inside an operation the entry, which may hold a key, is overwritten. */
static void no_key_stays_behind_a_failure(void **state)
{
    (void)state;
    struct espl_card *card = start();
    struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0x1001, 0);
    assert_ok(card, espl_sa_add(card, &sa));
    f.traced = 0;
    sa.spi = 0x1002;
    f.fail_at = f.accesses + 4; /* lock, identity, entry, doorbell */
    f.fail_with = ESPL_ERR_TIMEOUT;
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_TIMEOUT);
    const char *zeros = strstr(f.trace + 20, "W 100 59 0 0 0 0 ");
    assert_non_null(zeros);
    assert_int_equal(strspn(zeros + 8, " 0"), 2 * 59);
    for (uint32_t i = 0; i < ESPL_MBOX_REQ_WORDS; i++)
        assert_int_equal(f.page[ESPL_REG_MBOX_REQ / 4 + i], 0);
    espl_card_close(card);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening),
        cmocka_unit_test(alive_is_one_burst),
        cmocka_unit_test(adding_an_inbound_sa),
        cmocka_unit_test(a_short_key_in_its_words),
        cmocka_unit_test(an_outbound_sa_then_its_policy),
        cmocka_unit_test(counters_are_three_bursts),
        cmocka_unit_test(no_key_stays_behind_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
