/* SPDX-License-Identifier: Apache-2.0 */
/* start_action, dpd_action and close_action = trap: a policy waits for a packet, then for an SA. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ctrl/exchange/control.h"
#include "ctrl/sa/state.h"
#include "tests/ctrl/exchange/lab.h"

static struct lab lab;
static struct fakedp *const dp = &lab.side[0].dp;

static void acquire(void)
{
    assert_int_equal(dp->trap_count, 1);
    ike_manager_acquire(lab.side[0].m, dp->traps[0].reqid);
}

static void begin(const char *words, const char *conn)
{
    const struct lab_conf a = {.child = words, .conn = conn};
    lab_init(&lab, &a, NULL);
    ike_manager_start(lab.side[0].m);
}

static void test_packet_brings_it_up(void **state)
{
    (void)state;
    begin("start_action = trap", NULL);
    lab_run(&lab, 60000);
    assert_int_equal(lab.side[0].sent, 0);
    assert_true(fakedp_selector_equal(&dp->traps[0].ts_out, &lab.side[0].out));
    ike_manager_acquire(lab.side[0].m, 77); /* of nobody */
    ike_manager_acquire(lab.side[0].m, 0);
    acquire();
    acquire();
    assert_true(lab_until(&lab, IKE_EVENT_CHILD_UP, 1, 5000));
    acquire();
    lab_run(&lab, 5000);
    lab_assert_tunnel(&lab);
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_UP], 1);
    /* the SAs have the trap's reqid: they use its policy */
    assert_int_equal(fakedp_policy(dp, &lab.side[0].out)->child.reqid, dp->traps[0].reqid);
    ike_manager_terminate(lab.side[0].m, "net");
    lab_run(&lab, 60000);
    acquire(); /* the trap outlives the SAs */
    lab_run(&lab, 5000);
    lab_assert_tunnel(&lab);
    lab_free(&lab);
}

static void test_trap_and_start(void **state)
{
    (void)state;
    begin("start_action = trap|start", NULL);
    lab_run(&lab, 5000);
    lab_assert_tunnel(&lab);
    assert_int_equal(dp->trap_count, 1);
    lab_free(&lab);
}

/* Packets go on while the peer is silent: they do not make it be asked more often. */
static void test_packets_for_a_silent_peer(void **state)
{
    (void)state;
    begin("start_action = trap", "keyingtries = 0");
    lab.cut[0] = true;
    for (unsigned i = 0; i < 400; i++) {
        acquire();
        lab_run(&lab, 100);
    }
    assert_in_range(lab.side[0].sent, 3, 5);
    lab_free(&lab);
}

static void test_close_action(void **state)
{
    static const struct {
        const char *words;
        bool trap, dead;
    } rows[] = {{"close_action = trap", true, false},
                {"close_action = none\n dpd_action = trap", false, false},
                {"dpd_action = trap", true, true},
                {"close_action = trap\n dpd_action = clear", false, true}};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const struct lab_conf a = {.child = rows[i].words,
                                   .conn = "dpd_delay = 10s\n keyingtries = 1"};
        const struct ike_choice child = {.child = "net"};
        struct ike_ids ids;
        lab_init(&lab, &a, NULL);
        lab_up(&lab);
        assert_int_equal(dp->trap_count, 0);
        lab.cut[1] = rows[i].dead;
        if (!rows[i].dead) {
            assert_true(ike_manager_end(lab.side[1].m, &child, false, &ids));
            ike_ids_clear(&ids);
        }
        lab_run(&lab, 400000);
        assert_int_equal(dp->trap_count, rows[i].trap);
        lab.cut[1] = false;
        lab_free(&lab);
    }
}

static void test_refused(void **state)
{
    (void)state;
    const struct lab_conf a = {.child = "start_action = trap"};
    lab_init(&lab, &a, NULL);
    dp->fail_at = 1;
    ike_manager_start(lab.side[0].m);
    assert_int_equal(dp->trap_count, 0);
    lab_free(&lab);
}

/* Lifetimes that the card counts: at the soft one it is rekeyed, at the hard one it is set up anew.
 */
static void test_lifetimes_of_the_card(void **state)
{
    const struct lab_conf a = {
        .child = "rekey_packets = 1000\n rand_packets = 1\n rekey_bytes = 1m\n rand_bytes = 100k"};
    (void)state;
    lab_init(&lab, &a, NULL);
    lab_up(&lab);
    const struct dp_child *c = &fakedp_policy(dp, &lab.side[0].out)->child;
    assert_int_equal(c->limits.soft_packets, 1000);
    assert_int_equal(c->limits.hard_packets, 1100);
    assert_in_range(c->limits.soft_bytes, (1 << 20) - 102400, 1 << 20);
    uint32_t spi = c->spi_out;
    ike_manager_expires(lab.side[0].m, true, 0xffffffff, false); /* of nobody */
    ike_manager_expires(lab.side[0].m, false, spi, false);
    ike_manager_expires(lab.side[0].m, false, spi, false);
    lab_run(&lab, 20000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_REKEYED], 1);
    lab_assert_tunnel(&lab);
    spi = fakedp_policy(dp, &lab.side[0].out)->child.spi_in;
    ike_manager_expires(lab.side[0].m, true, spi, true);
    lab_run(&lab, 20000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_DOWN], 1);
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_UP], 2);
    lab_assert_tunnel(&lab);
    lab_free(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packet_brings_it_up),
        cmocka_unit_test(test_trap_and_start),
        cmocka_unit_test(test_packets_for_a_silent_peer),
        cmocka_unit_test(test_close_action),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_lifetimes_of_the_card),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
