/* SPDX-License-Identifier: Apache-2.0 */
/* Two handles on one card, each changing it behind the other's back: the card is what both believe.
 */
#include "tests/driver/fake.h"

#include <string.h>

static struct fake f;

static void a_policy_of_one_follows_the_sa_of_the_other(void **state)
{
    (void)state;
    fake_init(&f);
    struct espl_card *a = fake_open(&f), *b = fake_open(&f);
    const struct espl_policy p = sample_policy(0x0a010000, 0x0a020000, 16, 7);
    struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 7);
    assert_ok(a, espl_sa_flush(a)); /* both have looked at the empty card */
    assert_ok(b, espl_sa_flush(b));
    assert_ok(a, espl_policy_add(a, &p));
    assert_ok(b, espl_sa_add(b, &sa));
    assert_int_equal(fake_first_policy(&f)[ESPL_POLICY_ENTRY_SA_SLOT], 0);
    assert_err(a, espl_sa_add(a, &sa), ESPL_ERR_EXISTS);
    sa.spi++;
    assert_ok(a, espl_sa_add(a, &sa)); /* newer than b's: the serial is on the card */
    assert_int_equal(fake_first_policy(&f)[ESPL_POLICY_ENTRY_SA_SLOT], 1);
    assert_ok(b, espl_sa_delete(b, ESPL_DIR_OUT, &sa.dst, sa.spi));
    assert_int_equal(fake_first_policy(&f)[ESPL_POLICY_ENTRY_SA_SLOT], 0);
    assert_err(b, espl_policy_add(b, &p), ESPL_ERR_EXISTS);
    assert_ok(b, espl_policy_delete(b, &p.selector));
    assert_err(a, espl_policy_delete(a, &p.selector), ESPL_ERR_NOT_FOUND);
    espl_card_close(a);
    espl_card_close(b);
}

static void neighbours_and_next_hops_are_shared(void **state)
{
    (void)state;
    fake_init(&f);
    struct espl_card *a = fake_open(&f), *b = fake_open(&f);
    struct espl_neigh n = {
        .addr = v4(0xc0000202), .dev = ESPL_PORT_CIPHER, .mac = {2, 0, 0, 0, 0, 1}};
    const struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 7);
    struct espl_sa got;
    struct espl_sa_stats stats;
    assert_ok(a, espl_neigh_flush(a));
    assert_ok(b, espl_neigh_add(b, &n));
    assert_ok(a, espl_sa_add(a, &sa));
    assert_ok(b, espl_sa_get(b, ESPL_DIR_OUT, &sa.dst, sa.spi, &got, &stats));
    assert_true(got.has_nexthop);
    n.mac[5] = 2;
    assert_ok(b, espl_neigh_add(b, &n));
    assert_ok(a, espl_sa_get(a, ESPL_DIR_OUT, &sa.dst, sa.spi, &got, &stats));
    assert_int_equal(got.nexthop[5], 2);
    for (uint32_t i = 0; i < 20; i++) { /* in turn, each through its own handle */
        struct espl_card *card = i % 2 ? a : b;
        const struct espl_neigh inner = {
            .addr = v4(0x0a000000 + i), .dev = ESPL_PORT_PLAIN, .mac = {2, 0, 0, 0, 0, 9}};
        assert_ok(card, espl_neigh_add(card, &inner));
    }
    for (uint32_t i = 0; i < 20; i++) {
        struct espl_addr addr = v4(0x0a000000 + i);
        assert_true(fake_neigh_hit(&f, &addr) > 0);
    }
    assert_ok(a, espl_sa_flush(a));
    assert_ok(b, espl_neigh_flush(b));
    for (uint32_t i = 0; i < FAKE_HOPS; i++)
        assert_int_equal(f.hop[i][0], 0);
    espl_card_close(a);
    espl_card_close(b);
}

/* While nobody else changes anything, a call costs no listing. */
static void a_quiet_card_is_not_read_anew(void **state)
{
    (void)state;
    fake_init(&f);
    struct espl_card *a = fake_open(&f), *b = fake_open(&f);
    struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0x1001, 7);
    assert_ok(a, espl_sa_add(a, &sa));
    unsigned before = f.operations;
    sa.spi++;
    assert_ok(a, espl_sa_add(a, &sa));
    assert_int_equal(f.operations, before + 1);
    assert_ok(b, espl_sa_delete(b, ESPL_DIR_IN, &sa.dst, sa.spi));
    before = f.operations;
    assert_ok(a, espl_sa_add(a, &sa)); /* b was here */
    assert_true(f.operations > before + 1);
    espl_card_close(a);
    espl_card_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_of_one_follows_the_sa_of_the_other),
        cmocka_unit_test(neighbours_and_next_hops_are_shared),
        cmocka_unit_test(a_quiet_card_is_not_read_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
