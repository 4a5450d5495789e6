/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every access of a long day fails once, alone and with all after it, as a dead card and as a deaf
 * one: the failing call says so, nothing leaks, and with the card back the handle and the card
 * agree.
 */
#include "tests/driver/fake.h"

#include <string.h>

static struct fake f;

/* ------------------------------------------------------------------ a day */

static enum espl_err install(struct espl_card *card)
{
    struct espl_policy p = sample_policy(0x0a010000, 0x0a020000, 16, 7);
    p.selector.proto = 17;
    p.selector.dport = (struct espl_ports){5, 9};
    struct espl_sa out = sample_sa(ESPL_DIR_OUT, 0x1001, 7), in = sample_sa(ESPL_DIR_IN, 0, 7);
    const struct espl_neigh outer = {
        .addr = v4(0xc0000202), .dev = ESPL_PORT_CIPHER, .mac = {2, 0, 0, 0, 0, 1}};
    const struct espl_neigh inner = {
        .addr = v4(0x0a010001), .dev = ESPL_PORT_PLAIN, .mac = {2, 0, 0, 0, 0, 2}};
    enum espl_err err = espl_policy_add(card, &p);
    if (!err)
        err = espl_neigh_add(card, &outer);
    if (!err)
        err = espl_neigh_add(card, &inner);
    if (!err)
        err = espl_sa_spi(card, &in.spi);
    if (!err)
        err = espl_sa_add(card, &in);
    if (!err)
        err = espl_sa_add(card, &out);
    out.spi++; /* rekey */
    if (!err)
        err = espl_sa_add(card, &out);
    if (!err)
        err = espl_sa_delete(card, ESPL_DIR_OUT, &out.dst, out.spi - 1);
    p.selector.dport = (struct espl_ports){80, 80};
    p.priority = 0;
    return err ? err : espl_policy_add(card, &p);
}

static bool any_sa(void *user, const struct espl_sa *sa, const struct espl_sa_stats *stats)
{
    (void)user;
    (void)sa;
    (void)stats;
    return true;
}

static bool any_policy(void *user, const struct espl_policy *policy, uint32_t spi)
{
    (void)user;
    (void)policy;
    (void)spi;
    return true;
}

static bool any_neigh(void *user, const struct espl_neigh *neigh)
{
    (void)user;
    (void)neigh;
    return true;
}

static enum espl_err look_and_leave(struct espl_card *card)
{
    uint64_t values[ESPL_COUNTERS_MAX];
    enum espl_err err = espl_sa_each(card, any_sa, NULL);
    if (!err)
        err = espl_policy_each(card, any_policy, NULL);
    if (!err)
        err = espl_neigh_each(card, any_neigh, NULL);
    if (!err)
        err = espl_counters(card, values);
    if (!err)
        err = espl_sa_flush(card);
    if (!err)
        err = espl_policy_flush(card);
    return err ? err : espl_neigh_flush(card);
}

/* ------------------------------------------------------------------ what must hold */

static void every_row_points_to_an_sa_that_is_there(void)
{
    for (uint32_t i = 0; i < FAKE_POLICIES + FAKE_EXACT; i++) {
        uint32_t slot = f.policy[i][ESPL_POLICY_ENTRY_SA_SLOT];
        if (f.policy[i][0] && slot != 0xffffffff)
            assert_true(slot < FAKE_SA && f.sa[ESPL_DIR_OUT][slot].used);
    }
}

/* The handle that lived through the failure can empty the card. */
static void the_handle_knows_the_card(struct espl_card *card)
{
    assert_ok(card, look_and_leave(card));
    for (uint32_t i = 0; i < FAKE_SA; i++)
        assert_false(f.sa[0][i].used || f.sa[1][i].used);
    for (uint32_t i = 0; i < FAKE_POLICIES + FAKE_EXACT; i++)
        assert_int_equal(f.policy[i][0], 0);
    for (uint32_t i = 0; i < FAKE_CELLS; i++)
        assert_int_equal(f.neigh[i][0], 0);
    const struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x7001, 7);
    assert_ok(card, espl_sa_add(card, &sa));
    assert_ok(card, espl_sa_delete(card, ESPL_DIR_OUT, &sa.dst, sa.spi));
}

static void one_failure(unsigned at, bool on, enum espl_err with, unsigned *total)
{
    fake_init(&f);
    struct espl_card *card = NULL;
    char why[256] = "";
    f.fail_at = at;
    f.fail_on = on;
    f.fail_with = with;
    enum espl_err err = espl_card_open_bus(&fake_ops, fake_bus(&f), &card, why, sizeof why);
    bool opened = !err;
    if (!err)
        err = install(card);
    if (!err)
        err = look_and_leave(card);
    *total = f.accesses;
    assert_int_equal(f.locks, 0);
    if (at && at <= f.accesses)
        assert_int_equal(err, with);
    else
        assert_int_equal(err, ESPL_OK);
    if (err)
        assert_true(strlen(opened ? espl_card_error(card) : why) > 10);
    if (opened) {
        if (!on)
            every_row_points_to_an_sa_that_is_there();
        f.fail_at = 0;
        the_handle_knows_the_card(card);
    }
    espl_card_close(card);
}

static void every_access(bool on, enum espl_err with)
{
    unsigned total, last;
    one_failure(0, on, with, &total);
    assert_true(total > 150);
    for (unsigned at = 1; at <= total; at++)
        one_failure(at, on, with, &last);
}

static void each_access_fails_dead_for_good(void **state)
{
    (void)state;
    every_access(true, ESPL_ERR_DEAD);
}

static void each_access_fails_dead_once(void **state)
{
    (void)state;
    every_access(false, ESPL_ERR_DEAD);
}

static void each_access_times_out_once(void **state)
{
    (void)state;
    every_access(false, ESPL_ERR_TIMEOUT);
}

/* The card reads all ones from some moment on, as PCIe does when it falls off the bus. */
static unsigned ones_after;

static void to_ones(struct fake *card, void *user)
{
    (void)user;
    if (card->operations == ones_after)
        memset(card->page, 0xff, sizeof card->page);
}

static void all_ones_is_a_dead_card(void **state)
{
    (void)state;
    fake_init(&f);
    struct espl_card *whole = fake_open(&f);
    assert_ok(whole, install(whole));
    espl_card_close(whole);
    unsigned operations = f.operations;
    for (ones_after = 1; ones_after < operations; ones_after++) {
        fake_init(&f);
        struct espl_card *card = fake_open(&f);
        f.hook = to_ones;
        assert_err(card, install(card), ESPL_ERR_DEAD);
        assert_err(card, espl_card_alive(card), ESPL_ERR_DEAD);
        espl_card_close(card);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_access_fails_dead_for_good),
        cmocka_unit_test(each_access_fails_dead_once),
        cmocka_unit_test(each_access_times_out_once),
        cmocka_unit_test(all_ones_is_a_dead_card),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
