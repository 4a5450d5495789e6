/* SPDX-License-Identifier: Apache-2.0 */
/* IPv6 outside, inside, and both; and a card that has it not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "ctrl/sa/state.h"
#include "tests/ctrl/exchange/lab.h"

static struct lab lab;

#define OUTER6_A "local_addrs = 2001:db8:99::1\n remote_addrs = 2001:db8:99::2\n"
#define OUTER6_B "local_addrs = 2001:db8:99::2\n remote_addrs = 2001:db8:99::1\n"
#define INNER6_A "local_ts = 2001:db8:1::/64\n remote_ts = 2001:db8:2::/64"
#define INNER6_B "local_ts = 2001:db8:2::/64\n remote_ts = 2001:db8:1::/64"

static void begin(const struct lab_conf *a, const struct lab_conf *b, bool card)
{
    lab_init(&lab, a, b);
    for (unsigned i = 0; i < 2; i++)
        lab.side[i].m->caps.ipv6 = card;
}

static void inside_is_ipv6(void)
{
    for (unsigned i = 0; i < 2; i++) {
        lab.side[i].out.src =
            (struct espl_prefix){{ESPL_IPV6, {0x20, 1, 0xd, 0xb8, 0, (uint8_t)(i + 1)}}, 64};
        lab.side[i].out.dst =
            (struct espl_prefix){{ESPL_IPV6, {0x20, 1, 0xd, 0xb8, 0, (uint8_t)(2 - i)}}, 64};
    }
}

static void through_its_life(enum espl_family outer)
{
    lab_up(&lab);
    assert_int_equal(fakedp_policy(&lab.side[0].dp, &lab.side[0].out)->child.remote.family, outer);
    lab.traffic = true;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ike_manager_rekey_child(lab.side[i].m, "net"), 0);
        assert_true(lab_until(&lab, IKE_EVENT_CHILD_REKEYED, i + 1, 5000));
        lab_run(&lab, 10000);
        lab_assert_tunnel(&lab);
    }
    assert_int_equal(lab.esp_refused, 0);
    ike_manager_terminate(lab.side[1].m, "net");
    lab_run(&lab, 60000);
    assert_int_equal(ike_manager_count(lab.side[0].m), 0);
    lab_free(&lab);
}

static void test_ipv4_in_ipv6(void **state)
{
    const struct lab_conf a = {.conn = OUTER6_A}, b = {.conn = OUTER6_B};
    (void)state;
    begin(&a, &b, true);
    through_its_life(ESPL_IPV6);
}

static void test_ipv6_in_ipv6(void **state)
{
    const struct lab_conf a = {.conn = OUTER6_A, .child = INNER6_A},
                          b = {.conn = OUTER6_B, .child = INNER6_B};
    (void)state;
    begin(&a, &b, true);
    inside_is_ipv6();
    through_its_life(ESPL_IPV6);
}

static void test_ipv6_in_ipv4(void **state)
{
    const struct lab_conf a = {.child = INNER6_A}, b = {.child = INNER6_B};
    (void)state;
    begin(&a, &b, true);
    inside_is_ipv6();
    through_its_life(ESPL_IPV4);
}

/* encap = yes: hashes over IPv6 addresses, ESP in UDP; fragments of 1280 bytes have 20 less in
 * them. */
static void test_encapsulated(void **state)
{
    const struct lab_conf a = {.conn = OUTER6_A "encap = yes", .fragment_size = 300},
                          b = {.conn = OUTER6_B, .fragment_size = 300};
    (void)state;
    begin(&a, &b, true);
    lab_up(&lab);
    assert_true(fakedp_policy(&lab.side[1].dp, &lab.side[1].out)->child.encap);
    lab_free(&lab);
}

static void fails(const struct lab_conf *a, const struct lab_conf *b, unsigned without,
                  const char *why)
{
    begin(a, b, true);
    lab.side[without].m->caps.ipv6 = false;
    assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
    lab_run(&lab, 300000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 1);
    assert_string_equal(lab.side[0].last[IKE_EVENT_FAILED], why);
    assert_int_equal(ike_manager_count(lab.side[0].m) + ike_manager_count(lab.side[1].m), 0);
    lab_free(&lab);
}

static void test_card_without_it(void **state)
{
    const struct lab_conf a = {.conn = OUTER6_A}, b = {.conn = OUTER6_B},
                          inner_a = {.child = INNER6_A}, inner_b = {.child = INNER6_B};
    (void)state;
    fails(&a, &b, 1, "NO_PROPOSAL_CHOSEN");
    fails(&a, &b, 0, "no IKE_AUTH request could be made");
    fails(&inner_a, &inner_b, 1, "TS_UNACCEPTABLE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ipv4_in_ipv6),    cmocka_unit_test(test_ipv6_in_ipv6),
        cmocka_unit_test(test_ipv6_in_ipv4),    cmocka_unit_test(test_encapsulated),
        cmocka_unit_test(test_card_without_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
