/* SPDX-License-Identifier: Apache-2.0 */
/* A tunnel comes up, is rekeyed by either side and by both at once, and goes down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "ctrl/wire/ike.h"
#include "tests/ctrl/exchange/lab.h"

static struct lab lab;

static void test_up_and_down(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab_up(&lab);
    assert_int_equal(ike_manager_count(lab.side[0].m), 1);
    assert_int_equal(ike_manager_count(lab.side[1].m), 1);
    assert_int_equal(fakedp_count(&lab.side[0].dp), 1);
    assert_int_equal(fakedp_count(&lab.side[1].dp), 1);
    assert_string_equal(lab.side[0].proposal, "aes256gcm16");
    assert_false(fakedp_policy(&lab.side[0].dp, &lab.side[0].out)->child.encap);
    assert_int_equal(lab.side[0].sent, 2);
    assert_int_equal(lab.side[1].sent, 2);
    assert_int_equal(ike_manager_terminate(lab.side[0].m, "net"), 0);
    lab_run(&lab, 60000);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ike_manager_count(lab.side[i].m), 0);
        assert_int_equal(fakedp_count(&lab.side[i].dp), 0);
        assert_int_equal(lab.side[i].events[IKE_EVENT_IKE_DOWN], 1);
        assert_int_equal(lab.side[i].events[IKE_EVENT_CHILD_DOWN], 1);
        assert_true(ike_manager_deadline(lab.side[i].m) == UINT64_MAX);
    }
    lab_free(&lab);
}

static void test_shutdown_of_responder(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab_up(&lab);
    ike_manager_shutdown(lab.side[1].m);
    lab_run(&lab, 60000);
    assert_int_equal(ike_manager_count(lab.side[0].m) + ike_manager_count(lab.side[1].m), 0);
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_DOWN], 1);
    lab_free(&lab);
}

/* One suite of every kind, as both sides' only proposal. */
static void test_suites(void **state)
{
    (void)state;
    static const char *const ike[] = {
        "aes128gcm16-prfsha256-x25519", "aes256gcm16-prfsha512-ecp521",
        "aes128-sha256-modp2048",       "aes256-sha384-ecp256",
        "aes128-sha512-ecp384",         "aes256-sha512-prfsha256-x25519",
        "chacha20poly1305-prfsha256-x25519", "aes256-sha256-modp3072", "aes128gcm16-prfsha384-modp4096"};
    for (size_t i = 0; i < sizeof ike / sizeof *ike; i++) {
        const struct lab_conf c = {.proposals = ike[i],
                                   .child = i % 2 ? "esp_proposals = aes128gcm16"
                                                  : "esp_proposals = aes256gcm16-x25519"};
        lab_init(&lab, &c, &c);
        lab_up(&lab);
        assert_string_equal(lab.side[1].proposal, i % 2 ? "aes128gcm16" : "aes256gcm16");
        assert_int_equal(ike_manager_rekey_child(lab.side[1].m, "net"), 0);
        assert_true(lab_until(&lab, IKE_EVENT_CHILD_REKEYED, 1, 5000));
        lab_assert_tunnel(&lab);
        lab_free(&lab);
    }
}

/* After a rekeying: one pair of SAs each once the old ones are gone; nothing was
 * refused meanwhile. */
static void check_rekeyed(void)
{
    lab_run(&lab, 15000);
    lab_assert_tunnel(&lab);
    assert_int_equal(fakedp_count(&lab.side[0].dp), 1);
    assert_int_equal(fakedp_count(&lab.side[1].dp), 1);
    assert_int_equal(lab.esp_refused, 0);
    assert_true(lab.esp_sent > 1000);
    assert_int_equal(
        lab.side[0].events[IKE_EVENT_CHILD_DOWN] + lab.side[1].events[IKE_EVENT_CHILD_DOWN], 0);
}

static void rekey_by(unsigned side, const char *child)
{
    const struct lab_conf c = {.child = child};
    lab_init(&lab, &c, &c);
    lab.delay_min = 1;
    lab.delay_max = 200; /* ESP overtakes IKE and the other way round */
    lab_up(&lab);
    lab.traffic = true;
    lab_run(&lab, 500);
    uint32_t old = fakedp_policy(&lab.side[0].dp, &lab.side[0].out)->child.spi_out;
    for (unsigned i = 1; i <= 5; i++) {
        assert_int_equal(ike_manager_rekey_child(lab.side[side].m, "net"), 0);
        assert_true(lab_until(&lab, IKE_EVENT_CHILD_REKEYED, i, 5000));
        uint32_t fresh = fakedp_policy(&lab.side[0].dp, &lab.side[0].out)->child.spi_out;
        assert_int_not_equal(fresh, old);
        old = fresh;
        check_rekeyed();
    }
    lab_free(&lab);
}

static void test_rekey_by_initiator(void **state)
{
    (void)state;
    rekey_by(0, NULL);
}

static void test_rekey_by_responder(void **state)
{
    (void)state;
    rekey_by(1, NULL);
}

static void test_rekey_with_pfs(void **state)
{
    (void)state;
    rekey_by(0, "esp_proposals = aes256gcm16-ecp384");
    rekey_by(1, "esp_proposals = aes128gcm16-modp2048");
}

/* The responder may not have the initiator's first group: INVALID_KE_PAYLOAD within
 * CREATE_CHILD_SA. */
static void test_rekey_other_group(void **state)
{
    (void)state;
    const struct lab_conf a = {.child = "esp_proposals = aes256gcm16-ecp256-x25519"};
    const struct lab_conf b = {.child = "esp_proposals = aes256gcm16-x25519"};
    lab_init(&lab, &a, &b);
    lab_up(&lab);
    lab.traffic = true;
    assert_int_equal(ike_manager_rekey_child(lab.side[0].m, "net"), 0);
    assert_true(lab_until(&lab, IKE_EVENT_CHILD_REKEYED, 1, 5000));
    check_rekeyed();
    lab_free(&lab);
}

/* RFC 7296 2.8.1, with every order in which requests and responses can cross. */
static void test_rekey_by_both(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        lab_init(&lab, NULL, NULL);
        lab.seed = seed * 2654435761u | 1;
        lab.delay_min = 1;
        lab.delay_max = 300;
        lab_up(&lab);
        if (seed % 2) {
            lab.loss = 20;
            lab.dup = 20;
        }
        lab.traffic = true;
        assert_int_equal(ike_manager_rekey_child(lab.side[0].m, "net"), 0);
        lab_run(&lab, seed % 50);
        assert_int_equal(ike_manager_rekey_child(lab.side[1].m, "net"), 0);
        lab_run(&lab, 200000);
        check_rekeyed();
        lab_free(&lab);
    }
}

static void test_rekey_by_time(void **state)
{
    (void)state;
    const struct lab_conf c = {
        .child = "esp_proposals = aes256gcm16\n rekey_time = 60s\n life_time = 80s",
        .conn = "rekey_time = 100s\n over_time = 20s\n rand_time = 0s"};
    lab_init(&lab, &c, &c);
    lab_up(&lab);
    lab.traffic = true;
    lab_run(&lab, 1200u * 1000);
    lab_assert_tunnel(&lab);
    assert_int_equal(lab.esp_refused, 0);
    assert_true(lab.side[0].events[IKE_EVENT_CHILD_REKEYED] >= 18);
    assert_int_equal(
        lab.side[0].events[IKE_EVENT_CHILD_DOWN] + lab.side[0].events[IKE_EVENT_IKE_DOWN], 0);
    assert_int_equal(
        lab.side[1].events[IKE_EVENT_CHILD_DOWN] + lab.side[1].events[IKE_EVENT_IKE_DOWN], 0);
    assert_true(ike_manager_count(lab.side[0].m) <= 2);
    assert_true(fakedp_count(&lab.side[0].dp) <= 3);
    lab_free(&lab);
}

/* Both sides rekey the IKE_SA at the same moment, again and again. */
static void test_rekey_ike_by_both(void **state)
{
    (void)state;
    const struct lab_conf c = {.conn = "rekey_time = 30s\n over_time = 20s\n rand_time = 0s"};
    for (uint32_t seed = 1; seed <= 10; seed++) {
        lab_init(&lab, &c, &c);
        lab.seed = seed * 2654435761u | 1;
        lab.delay_min = 1;
        lab.delay_max = 100;
        lab_up(&lab);
        lab.traffic = true;
        lab_run(&lab, 300000);
        lab_assert_tunnel(&lab);
        assert_int_equal(lab.esp_refused, 0);
        assert_int_equal(
            lab.side[0].events[IKE_EVENT_CHILD_DOWN] + lab.side[1].events[IKE_EVENT_CHILD_DOWN], 0);
        assert_int_equal(
            lab.side[0].events[IKE_EVENT_IKE_DOWN] + lab.side[1].events[IKE_EVENT_IKE_DOWN], 0);
        ike_manager_terminate(lab.side[0].m, "net");
        lab_run(&lab, 400000);
        assert_int_equal(ike_manager_count(lab.side[0].m) + ike_manager_count(lab.side[1].m), 0);
        lab_free(&lab);
    }
}

/* Both sides begin at once: two IKE_SAs, perhaps, but no fight between them. */
static void test_both_start(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 30; seed++) {
        const struct lab_conf c = {.child = "esp_proposals = aes256gcm16\n start_action = start",
                                   .conn = "dpd_delay = 30s\n keyingtries = 0"};
        lab_init(&lab, &c, &c);
        lab.seed = seed * 2654435761u | 1;
        lab.delay_min = 1;
        lab.delay_max = 50;
        ike_manager_start(lab.side[0].m);
        lab_run(&lab, seed);
        ike_manager_start(lab.side[1].m);
        lab_run(&lab, 10000);
        lab_assert_tunnel(&lab);
        lab.traffic = true;
        unsigned ups = lab.side[0].events[IKE_EVENT_CHILD_UP];
        lab_run(&lab, 300000);
        assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_UP], ups);
        assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_DOWN], 0);
        assert_int_equal(lab.side[1].events[IKE_EVENT_CHILD_DOWN], 0);
        assert_int_equal(lab.esp_refused, 0);
        lab_free(&lab);
    }
}

static void test_bad_network(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 40; seed++) {
        const struct lab_conf c = {.conn = "keyingtries = 0"};
        lab_init(&lab, &c, &c);
        lab.seed = seed * 2246822519u | 1;
        lab.loss = lab.dup = 20;
        lab.delay_min = 1;
        lab.delay_max = 3000;
        assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
        lab_run(&lab, 400000);
        lab_assert_tunnel(&lab);
        assert_int_equal(ike_manager_count(lab.side[0].m), 1);
        ike_manager_terminate(lab.side[1].m, "net");
        lab_run(&lab, 400000);
        assert_int_equal(ike_manager_count(lab.side[0].m) + ike_manager_count(lab.side[1].m), 0);
        assert_int_equal(fakedp_count(&lab.side[0].dp) + fakedp_count(&lab.side[1].dp), 0);
        lab_free(&lab);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_up_and_down),
        cmocka_unit_test(test_shutdown_of_responder),
        cmocka_unit_test(test_suites),
        cmocka_unit_test(test_rekey_by_initiator),
        cmocka_unit_test(test_rekey_by_responder),
        cmocka_unit_test(test_rekey_with_pfs),
        cmocka_unit_test(test_rekey_other_group),
        cmocka_unit_test(test_rekey_by_both),
        cmocka_unit_test(test_rekey_by_time),
        cmocka_unit_test(test_rekey_ike_by_both),
        cmocka_unit_test(test_bad_network),
        cmocka_unit_test(test_both_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
