/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a card: its identity, its capabilities, and noticing that somebody has reset it. */
#include "tests/driver/fake.h"

#include <stdio.h>
#include <string.h>

#define AT(f, reg) ((f)->page[(reg) / 4])

static void open_fails(struct fake *f, enum espl_err wanted, const char *text)
{
    struct espl_card *card = (struct espl_card *)1;
    char why[256] = "";
    assert_int_equal(espl_card_open_bus(&fake_ops, fake_bus(f), &card, why, sizeof why), wanted);
    assert_null(card);
    assert_string_equal(why, text);
    assert_int_equal(f->locks, 0);
}

static void what_is_no_card_is_refused(void **state)
{
    (void)state;
    struct fake f;
    fake_init(&f);
    AT(&f, ESPL_REG_MAGIC) = 0x12345678;
    open_fails(&f, ESPL_ERR_NOT_CARD, "magic: 0x12345678 is not an Espalier card's 0x4553504c");
    AT(&f, ESPL_REG_MAGIC) = 0xffffffff;
    open_fails(
        &f, ESPL_ERR_DEAD,
        "the card is gone: its registers read as all ones (off the bus, or its bitstream was "
        "loaded and the machine needs a warm reboot)");
    fake_init(&f);
    AT(&f, ESPL_REG_CAP_SA) = 12u << 16 | 16;
    open_fails(&f, ESPL_ERR_NOT_CARD,
               "capabilities: 12 inbound SAs, 128 neighbours, 64 next hops make no sense");
}

static void another_map_is_refused_with_both_sums(void **state)
{
    (void)state;
    struct fake f;
    fake_init(&f);
    f.sum_delta = 1;
    char text[128];
    (void)snprintf(text, sizeof text, "map: built for map 0x%08x, the card has 0x%08x",
                   ESPL_MAP_SUM_VALUE, ESPL_MAP_SUM_VALUE + 1);
    open_fails(&f, ESPL_ERR_MAP, text);
}

static void a_card_that_never_gets_ready_is_given_up(void **state)
{
    (void)state;
    struct fake f;
    fake_init(&f);
    f.never_ready = true;
    open_fails(&f, ESPL_ERR_TIMEOUT, "the card did not clear its tables within 5000 ms");
}

static void capabilities_are_the_cards(void **state)
{
    (void)state;
    struct fake f;
    fake_init(&f);
    struct espl_card *card = fake_open(&f);
    struct espl_caps caps;
    assert_ok(card, espl_card_caps(card, &caps));
    assert_int_equal(caps.sa_out, 16);
    assert_int_equal(caps.sa_in, 16);
    assert_int_equal(caps.policies, 32);
    assert_int_equal(caps.neighbours, 128);
    assert_int_equal(caps.nexthops, 64);
    assert_int_equal(caps.max_frame, 9018);
    assert_int_equal(caps.max_window, 64);
    assert_int_equal(caps.clock_khz, 250000);
    assert_int_equal(espl_card_fd(card), -1);
    espl_card_close(card);
    espl_card_close(NULL);
}

static void a_reset_by_another_is_noticed_and_stays(void **state)
{
    (void)state;
    struct fake f;
    fake_init(&f);
    struct espl_card *a = fake_open(&f), *b = fake_open(&f);
    assert_ok(a, espl_card_alive(a));
    assert_ok(b, espl_card_alive(b));
    assert_ok(a, espl_card_reset(a));
    assert_ok(a, espl_card_alive(a));
    assert_err(b, espl_card_alive(b), ESPL_ERR_RESET);
    assert_string_equal(espl_card_error(b),
                        "the card was reset by another program: its SAs are gone");
    assert_err(b, espl_sa_flush(b), ESPL_ERR_RESET);
    assert_ok(b, espl_card_reset(b)); /* b takes the card over */
    assert_ok(b, espl_card_alive(b));
    assert_err(a, espl_card_alive(a), ESPL_ERR_RESET);
    espl_card_close(a);
    espl_card_close(b);
}

/* A power cycle starts GENERATION anew; only the token tells. */
static void a_power_cycle_is_noticed(void **state)
{
    (void)state;
    struct fake f;
    fake_init(&f);
    struct espl_card *card = fake_open(&f);
    assert_true(AT(&f, ESPL_REG_TOKEN) != 0);
    AT(&f, ESPL_REG_TOKEN) = 0;
    assert_err(card, espl_card_alive(card), ESPL_ERR_RESET);
    espl_card_close(card);
}

static void a_dead_mailbox_ends_with_its_deadline(void **state)
{
    (void)state;
    struct fake f;
    fake_init(&f);
    struct espl_card *card = fake_open(&f);
    f.deaf = true;
    const struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0x1001, 1);
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_TIMEOUT);
    assert_string_equal(espl_card_error(card), "mailbox: the card did not answer in time");
    f.deaf = false;
    assert_ok(card, espl_sa_add(card, &sa));
    espl_card_close(card);
}

#define NO_URI "not a card's URI (" ESPL_URI_FORMS ")"

static void uris_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *why;
        enum espl_err err;
    } bad[] = {
        {"", ": " NO_URI, ESPL_ERR_URI},
        {"sim", "sim: " NO_URI, ESPL_ERR_URI},
        {"simx:/a", "simx:/a: " NO_URI, ESPL_ERR_URI},
        {"sim:", "sim:: the socket's path must have 1 to 107 characters", ESPL_ERR_URI},
        {"sim:/no/such/socket", "sim:/no/such/socket: No such file or directory", ESPL_ERR_OPEN},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct espl_card *card = (struct espl_card *)1;
        char why[256];
        assert_int_equal(espl_card_open(bad[i].uri, &card, why, sizeof why), bad[i].err);
        assert_string_equal(why, bad[i].why);
        assert_null(card);
    }
}

static void counters_have_names_and_values(void **state)
{
    (void)state;
    struct fake f;
    fake_init(&f);
    struct espl_card *card = fake_open(&f);
    AT(&f, ESPL_REG_COUNTERS + 8 * ESPL_CNT_IN_DROP_AUTH) = 5;
    AT(&f, ESPL_REG_COUNTERS + 8 * ESPL_CNT_OUT_ENCRYPTED) =
        0xfffffffe; /* about to wrap: read twice */
    AT(&f, ESPL_REG_COUNTERS + 8 * ESPL_CNT_OUT_ENCRYPTED + 4) = 3;
    uint64_t values[ESPL_COUNTERS_MAX];
    assert_ok(card, espl_counters(card, values));
    size_t seen = 0;
    for (size_t i = 0; i < espl_counter_count(); i++) {
        const char *name = espl_counter_name(i);
        uint64_t want = !strcmp(name, "in_drop_auth")    ? 5
                        : !strcmp(name, "out_encrypted") ? 0x3fffffffeull
                                                         : 0;
        assert_true(values[i] == want);
        seen += want != 0;
    }
    assert_int_equal(seen, 2);
    assert_null(espl_counter_name(espl_counter_count()));
    espl_card_close(card);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_card_is_refused),
        cmocka_unit_test(another_map_is_refused_with_both_sums),
        cmocka_unit_test(a_card_that_never_gets_ready_is_given_up),
        cmocka_unit_test(capabilities_are_the_cards),
        cmocka_unit_test(a_reset_by_another_is_noticed_and_stays),
        cmocka_unit_test(a_power_cycle_is_noticed),
        cmocka_unit_test(a_dead_mailbox_ends_with_its_deadline),
        cmocka_unit_test(uris_are_checked),
        cmocka_unit_test(counters_have_names_and_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
