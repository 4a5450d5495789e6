/* SPDX-License-Identifier: Apache-2.0 */
/* The event queue as programs read it: whose an event is, several readers, slow ones, resets. */
#include "tests/driver/fake.h"

#include <string.h>

#define PAGE(off) f.page[(off) / 4]
#define RING 16u

static struct fake f;

/* The card puts an event into its ring. */
static void happens(uint32_t kind, bool in, uint32_t slot, uint32_t spi, uint64_t detail)
{
    uint32_t *entry = &PAGE(ESPL_REG_EVENTS + 16 * (PAGE(ESPL_REG_EVENT_HEAD) % RING));
    entry[ESPL_EVENT_ENTRY_WHAT] = kind | (uint32_t)in << 8 | slot << 16;
    entry[ESPL_EVENT_ENTRY_SPI] = spi;
    entry[ESPL_EVENT_ENTRY_DETAIL_HI] = (uint32_t)(detail >> 32);
    entry[ESPL_EVENT_ENTRY_DETAIL_LO] = (uint32_t)detail;
    PAGE(ESPL_REG_EVENT_HEAD)++;
}

static struct espl_card *open_card(void)
{
    fake_init(&f);
    f.mode |= ESPL_CAP_MODE_EVENTS_MASK;
    return fake_open(&f);
}

static struct espl_event next(struct espl_card *card)
{
    struct espl_event e;
    assert_ok(card, espl_event_wait(card, 0, &e));
    return e;
}

static void none(struct espl_card *card)
{
    struct espl_event e;
    assert_err(card, espl_event_wait(card, 0, &e), ESPL_ERR_TIMEOUT);
}

static void an_event_tells_whose_it_is(void **state)
{
    (void)state;
    struct espl_card *card = open_card();
    struct espl_sa out = sample_sa(ESPL_DIR_OUT, 0x1001, 7), in = sample_sa(ESPL_DIR_IN, 0x2003, 8);
    struct espl_policy policy = sample_policy(0x0a010000, 0x0a020000, 16, 9);
    assert_ok(card, espl_events_start(card));
    assert_int_equal(PAGE(ESPL_REG_EVENT_CONTROL), ESPL_EVENT_CONTROL_IRQ_MASK);
    none(card);
    assert_ok(card, espl_sa_add(card, &out));
    assert_ok(card, espl_sa_add(card, &in));
    happens(ESPL_EVENT_SOFT_BYTES, false, 0, 0x1001, UINT64_C(0x123456789a));
    happens(ESPL_EVENT_AUTH, true, 3, 0x2003, 0);
    happens(ESPL_EVENT_NO_SA, true, 0, 0xdeadbeef, 0);

    struct espl_event e = next(card);
    assert_int_equal(e.kind, ESPL_EV_SOFT_BYTES);
    assert_int_equal(e.dir, ESPL_DIR_OUT);
    assert_true(e.known && !e.is_policy && !e.missed);
    assert_int_equal(e.spi, 0x1001);
    assert_int_equal(e.reqid, 7);
    assert_true(e.count == UINT64_C(0x123456789a));
    assert_memory_equal(&e.dst, &out.dst, sizeof e.dst);
    assert_memory_equal(&e.src, &out.src, sizeof e.src);
    e = next(card);
    assert_int_equal(e.kind, ESPL_EV_AUTH);
    assert_int_equal(e.dir, ESPL_DIR_IN);
    assert_int_equal(e.reqid, 8);
    e = next(card);
    assert_int_equal(e.kind, ESPL_EV_NO_SA);
    assert_int_equal(e.spi, 0xdeadbeef);
    assert_false(e.known);
    none(card);

    assert_ok(card, espl_sa_delete(card, ESPL_DIR_IN, &in.dst, in.spi));
    happens(ESPL_EVENT_HARD_PACKETS, true, 3, 0x2003, 100); /* of an SA that has gone since */
    happens(ESPL_EVENT_HARD_PACKETS, false, 0, 0x9999, 100); /* the slot holds another by now */
    e = next(card);
    assert_int_equal(e.count, 100);
    assert_false(e.known);
    assert_false(next(card).known);

    assert_ok(card, espl_policy_add(card, &policy));
    uint32_t *row = fake_first_policy(&f);
    uint32_t place = (uint32_t)(row - f.policy[0]) / ESPL_POLICY_ENTRY_WORDS;
    happens(ESPL_EVENT_ACQUIRE, false, place, row[ESPL_POLICY_ENTRY_SERIAL], 0);
    happens(ESPL_EVENT_ACQUIRE, false, place, row[ESPL_POLICY_ENTRY_SERIAL] + 1, 0);
    happens(ESPL_EVENT_TABLE_ERROR, false, place, 0, 1);
    happens(ESPL_EVENT_TABLE_ERROR, false, 0, 0x1001, 0);
    e = next(card);
    assert_true(e.is_policy && e.known);
    assert_int_equal(e.reqid, 9);
    assert_memory_equal(e.selector.dst.addr.bytes, policy.selector.dst.addr.bytes, 16);
    assert_int_equal(e.selector.dst.len, policy.selector.dst.len);
    e = next(card);
    assert_true(e.is_policy && !e.known);
    e = next(card);
    assert_true(e.is_policy && e.known && e.count == 0);
    e = next(card);
    assert_true(!e.is_policy && e.known && e.reqid == 7);
    espl_card_close(card);
}

static void what_nobody_has_read_is_told(void **state)
{
    (void)state;
    struct espl_card *card = open_card();
    for (uint32_t i = 0; i < 5; i++)
        happens(ESPL_EVENT_NO_SA, true, 0, i, 0);
    PAGE(ESPL_REG_EVENT_TAIL) = 2; /* by a program that has ended */
    for (uint32_t i = 2; i < 5; i++) {
        assert_int_equal(next(card).spi, i);
        assert_int_equal(PAGE(ESPL_REG_EVENT_TAIL), i + 1);
    }
    none(card);
    espl_card_close(card);
}

static void every_reader_has_every_event(void **state)
{
    (void)state;
    struct espl_card *a = open_card(), *b = fake_open(&f);
    assert_ok(a, espl_events_start(a));
    assert_ok(b, espl_events_start(b));
    for (uint32_t i = 0; i < 40; i++) {
        happens(ESPL_EVENT_NO_SA, true, 0, i, 0);
        assert_int_equal(next(a).spi, i);
        if (i % 4 == 3) /* b is behind, and never moves the tail back */
            for (uint32_t k = i - 3; k <= i; k++) {
                assert_int_equal(next(b).spi, k);
                assert_int_equal(PAGE(ESPL_REG_EVENT_TAIL), i + 1);
            }
    }
    none(a);
    none(b);
    espl_card_close(a);
    espl_card_close(b);
}

static void who_is_too_slow_learns_how_many(void **state)
{
    (void)state;
    struct espl_card *a = open_card(), *b = fake_open(&f);
    assert_ok(a, espl_events_start(a));
    assert_ok(b, espl_events_start(b));
    for (uint32_t i = 0; i < 30; i++) {
        happens(ESPL_EVENT_NO_SA, true, 0, i, 0);
        (void)next(a);
    }
    struct espl_event e = next(b);
    assert_int_equal(e.missed, 30 - RING);
    assert_int_equal(e.spi, 30 - RING);
    PAGE(ESPL_REG_EVENT_LOST) = 3; /* the card had no room */
    e = next(b);
    assert_int_equal(e.missed, 3);
    assert_int_equal(next(b).missed, 0);
    espl_card_close(a);
    espl_card_close(b);
}

/* The numbers of events go round. */
static void after_two_to_the_32(void **state)
{
    (void)state;
    struct espl_card *card = open_card();
    PAGE(ESPL_REG_EVENT_HEAD) = PAGE(ESPL_REG_EVENT_TAIL) = UINT32_MAX - 2;
    assert_ok(card, espl_events_start(card));
    for (uint32_t i = 0; i < 8; i++)
        happens(ESPL_EVENT_NO_SA, true, 0, i, 0);
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(next(card).spi, i);
    assert_int_equal(PAGE(ESPL_REG_EVENT_TAIL), PAGE(ESPL_REG_EVENT_HEAD));
    espl_card_close(card);
}

static void a_reset_begins_anew(void **state)
{
    (void)state;
    struct espl_event e;
    struct espl_card *card = open_card();
    happens(ESPL_EVENT_NO_SA, true, 0, 1, 0);
    (void)next(card);
    fake_reset(&f);
    PAGE(ESPL_REG_EVENT_HEAD) = PAGE(ESPL_REG_EVENT_TAIL) = PAGE(ESPL_REG_EVENT_CONTROL) = 0;
    assert_err(card, espl_event_wait(card, 0, &e), ESPL_ERR_RESET);
    assert_ok(card, espl_card_reset(card));
    happens(ESPL_EVENT_NO_SA, true, 0, 2, 0);
    assert_int_equal(next(card).spi, 2);
    assert_int_equal(PAGE(ESPL_REG_EVENT_CONTROL), ESPL_EVENT_CONTROL_IRQ_MASK);
    espl_card_close(card);
}

static void without_a_queue(void **state)
{
    (void)state;
    fake_init(&f);
    struct espl_card *card = fake_open(&f);
    assert_err(card, espl_events_start(card), ESPL_ERR_INVALID);
    espl_card_close(card);
}

static void the_nth_access_fails(void **state)
{
    (void)state;
    struct espl_event e;
    bool failed = true;
    for (unsigned n = 1; failed; n++) {
        assert_true(n < 400);
        struct espl_card *card = open_card();
        struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 7);
        assert_ok(card, espl_sa_add(card, &sa));
        happens(ESPL_EVENT_SOFT_PACKETS, false, 0, 0x1001, 5);
        f.accesses = 0;
        f.fail_at = n;
        f.fail_with = n % 2 ? ESPL_ERR_DEAD : ESPL_ERR_TIMEOUT;
        enum espl_err err = espl_event_wait(card, 0, &e);
        failed = f.accesses >= n;
        if (failed && err != f.fail_with)
            fail_msg("access %u: %s", n, espl_err_text(err));
        if (!failed)
            assert_true(err == ESPL_OK && e.count == 5);
        assert_true(espl_card_error(card)[0] != '\0' || !failed);
        assert_int_equal(f.locks, 0);
        espl_card_close(card);
    }
}

static void every_kind_has_a_name(void **state)
{
    (void)state;
    for (int kind = ESPL_EV_SOFT_PACKETS; kind <= ESPL_EV_TABLE_ERROR; kind++)
        assert_string_not_equal(espl_event_name((enum espl_event_kind)kind), "unknown");
    assert_string_equal(espl_event_name((enum espl_event_kind)0), "unknown");
    assert_string_equal(espl_event_name((enum espl_event_kind)99), "unknown");
    assert_int_equal(ESPL_EV_TABLE_ERROR, ESPL_EVENT_TABLE_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_tells_whose_it_is),
        cmocka_unit_test(what_nobody_has_read_is_told),
        cmocka_unit_test(every_reader_has_every_event),
        cmocka_unit_test(who_is_too_slow_learns_how_many),
        cmocka_unit_test(after_two_to_the_32),
        cmocka_unit_test(a_reset_begins_anew),
        cmocka_unit_test(without_a_queue),
        cmocka_unit_test(the_nth_access_fails),
        cmocka_unit_test(every_kind_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
