/* SPDX-License-Identifier: Apache-2.0 */
/* What does not agree, does not answer, is refused or is broken: each ends as it should, nothing is
 * left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/sa/state.h"
#include "ctrl/wire/ike.h"
#include "tests/ctrl/exchange/lab.h"

static struct lab lab;

static void assert_nothing_left(void)
{
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ike_manager_count(lab.side[i].m), 0);
        assert_int_equal(fakedp_count(&lab.side[i].dp), 0);
        assert_int_equal(lab.side[i].events[IKE_EVENT_CHILD_UP],
                         lab.side[i].events[IKE_EVENT_CHILD_DOWN]);
        assert_true(ike_manager_deadline(lab.side[i].m) == UINT64_MAX);
    }
}

/* A's only try fails, with these words. */
static void fails(const struct lab_conf *a, const struct lab_conf *b, const char *why)
{
    lab_init(&lab, a, b);
    assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
    lab_run(&lab, 300000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 1);
    assert_string_equal(lab.side[0].last[IKE_EVENT_FAILED], why);
    assert_nothing_left();
    lab_free(&lab);
}

static void test_wrong_secret(void **state)
{
    (void)state;
    const struct lab_conf b = {
        .secrets = "secrets { ike-1 { id-1 = a.example\n id-2 = b.example\n secret = sunshine } }"};
    fails(NULL, &b, "AUTHENTICATION_FAILED");
}

static void test_no_secret(void **state)
{
    (void)state;
    const struct lab_conf b = {
        .secrets = "secrets { ike-1 { id-1 = c.example\n id-2 = d.example\n secret = sunshine } }"};
    fails(NULL, &b, "AUTHENTICATION_FAILED");
}

static void test_no_common_ike_proposal(void **state)
{
    (void)state;
    const struct lab_conf a = {.proposals = "aes128gcm16-prfsha256-x25519"};
    fails(&a, NULL, "NO_PROPOSAL_CHOSEN");
}

static void test_no_common_esp_proposal(void **state)
{
    (void)state;
    const struct lab_conf a = {.child = "esp_proposals = aes128gcm16"};
    fails(&a, NULL, "NO_PROPOSAL_CHOSEN");
}

static void test_no_common_selector(void **state)
{
    (void)state;
    const struct lab_conf b = {.child = "local_ts = 10.3.0.0/24"};
    fails(NULL, &b, "TS_UNACCEPTABLE");
}

/* B protects less than A asks for: A takes what B leaves. */
static void test_narrowing(void **state)
{
    (void)state;
    const struct lab_conf b = {.child = "local_ts = 10.2.0.64/26"};
    lab_init(&lab, NULL, &b);
    lab.side[0].out.dst = lab.side[1].out.src =
        (struct espl_prefix){{ESPL_IPV4, {10, 2, 0, 64}}, 26};
    lab_up(&lab);
    lab_free(&lab);
}

/* A has two local networks: two CHILD_SAs, for the card judges by one pair of prefixes. */
static void test_two_selectors(void **state)
{
    (void)state;
    const struct lab_conf a = {.child = "local_ts = 10.1.0.0/24, 10.7.0.0/16"};
    const struct lab_conf b = {.child = "remote_ts = 10.1.0.0/24, 10.7.0.0/16"};
    lab_init(&lab, &a, &b);
    lab_up(&lab);
    lab_run(&lab, 5000);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(lab.side[i].events[IKE_EVENT_CHILD_UP], 2);
        assert_int_equal(ike_manager_count(lab.side[i].m), 1);
        assert_int_equal(fakedp_count(&lab.side[i].dp), 2);
    }
    lab.side[0].out.src = lab.side[1].out.dst = (struct espl_prefix){{ESPL_IPV4, {10, 7}}, 16};
    lab_assert_tunnel(&lab);
    lab_free(&lab);
}

static void test_invalid_ke(void **state)
{
    (void)state;
    const struct lab_conf a = {.proposals = "aes256gcm16-prfsha384-ecp256-ecp384"};
    lab_init(&lab, &a, NULL);
    lab_up(&lab);
    assert_int_equal(lab.side[0].sent, 3);
    assert_int_equal(ike_manager_count(lab.side[1].m), 1);
    lab_free(&lab);
}

/* RFC 7296 leaves the times to us: 4 s, then 1.8 times as long each time, five times. */
static void test_retransmission_times(void **state)
{
    (void)state;
    static const uint64_t times[] = {0, 4000, 11200, 24160, 47488, 89478};
    lab_init(&lab, NULL, NULL);
    lab.cut[0] = true;
    uint64_t start = lab.now;
    assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
    lab_run(&lab, 165059);
    assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 0);
    lab_run(&lab, 1);
    assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 1);
    assert_int_equal(lab.side[0].sent, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(lab.side[0].sent_at[i] - start, times[i]);
    assert_nothing_left();
    lab_free(&lab);
}

static unsigned to_lose;

static bool lose_ike_auth(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    (void)l;
    (void)len;
    if (from != 0 || data[18] != IKE_AUTH || !to_lose)
        return true;
    to_lose--;
    return false;
}

/* B had forgotten the half-open IKE_SA after 30 s, and A sent the rest to nobody. */
static void test_ike_auth_lost_but_for_the_last(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab.tap = lose_ike_auth;
    to_lose = 5;
    assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
    assert_true(lab_until(&lab, IKE_EVENT_CHILD_UP, 1, 90000));
    assert_int_equal(to_lose, 0);
    lab_assert_tunnel(&lab);
    assert_int_equal(ike_manager_count(lab.side[1].m), 1);
    assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 0);
    lab_free(&lab);
}

static bool repeat_init_later(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    const struct endpoint a = {{ESPL_IPV4, {10, 99, 0, 1}}, 500},
                          b = {{ESPL_IPV4, {10, 99, 0, 2}}, 500};
    if (from == 0 && data[18] == IKE_SA_INIT) {
        l->delay_min = l->delay_max = 500;
        lab_inject(l, 1, &a, &b, data, *len);
        l->delay_min = l->delay_max = 5;
    }
    return true;
}

/* B had begun another IKE_SA with it: a key exchange for nobody, and half open until its time was
 * over. */
static void test_copy_of_an_init_that_comes_late(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab.tap = repeat_init_later;
    lab_up(&lab);
    assert_int_equal(lab.side[1].sent, 2);
    assert_int_equal(lab.side[1].m->half_open, 0);
    assert_int_equal(ike_manager_count(lab.side[1].m), 1);
    lab_free(&lab);
}

/* A had no turn for five minutes: what it then sends again is given its time to be answered. It had
 * sent all its tries at once, and taken B for dead. */
static void test_retransmissions_of_a_process_that_stood_still(void **state)
{
    const struct lab_conf a = {.conn = "dpd_delay = 10s"};
    (void)state;
    lab_init(&lab, &a, NULL);
    lab_up(&lab);
    lab.cut[0] = true;
    unsigned before = lab.side[0].sent;
    lab_run(&lab, 12000);
    assert_int_equal(lab.side[0].sent, before + 1);
    lab.now += 300000;
    lab.cut[0] = false;
    lab_run(&lab, 5000);
    assert_int_equal(lab.side[0].sent, before + 2);
    assert_int_equal(lab.side[0].events[IKE_EVENT_IKE_DOWN], 0);
    lab_assert_tunnel(&lab);
    lab_free(&lab);
}

/* Pauses of 1, 2, 4 s between tries; after keyingtries it is over. */
static void test_keyingtries(void **state)
{
    (void)state;
    const struct lab_conf a = {.proposals = "aes128gcm16-prfsha256-x25519",
                               .conn = "keyingtries = 4"};
    lab_init(&lab, &a, NULL);
    ike_manager_initiate(lab.side[0].m, "net", "net");
    lab_run(&lab, 60000);
    assert_int_equal(lab.side[0].sent, 4);
    assert_in_range(lab.side[0].sent_at[1] - lab.side[0].sent_at[0], 1000, 1100);
    assert_in_range(lab.side[0].sent_at[2] - lab.side[0].sent_at[1], 2000, 2100);
    assert_in_range(lab.side[0].sent_at[3] - lab.side[0].sent_at[2], 4000, 4100);
    assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 1);
    assert_nothing_left();
    lab_free(&lab);
}

static void test_dead_peer(void **state)
{
    (void)state;
    const struct lab_conf c = {.conn = "dpd_delay = 10s"},
                          a = {.conn = "dpd_delay = 10s\n keyingtries = 0"};
    lab_init(&lab, &a, &c);
    lab_up(&lab);
    unsigned quiet = lab.side[0].sent;
    lab.traffic = true; /* ESP that comes in is a sign of life: nobody asks */
    lab_run(&lab, 60000);
    assert_int_equal(lab.side[0].sent, quiet);
    lab.traffic = false; /* now there are questions and answers */
    lab_run(&lab, 60000);
    assert_true(lab.side[0].sent + lab.side[1].sent > 2 * quiet + 6);
    assert_int_equal(lab.side[0].events[IKE_EVENT_IKE_DOWN], 0);
    lab.cut[1] = true; /* B falls silent */
    lab_run(&lab, 10000 + 165060 + 10000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_IKE_DOWN], 1);
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_DOWN], 1);
    lab.cut[1] = false; /* and comes back: A, which wants the CHILD_SA, sets it up anew */
    lab_run(&lab, 400000);
    lab_assert_tunnel(&lab);
    assert_int_equal(ike_manager_count(lab.side[0].m), 1);
    assert_int_equal(ike_manager_count(lab.side[1].m), 1);
    lab_free(&lab);
}

/* ------------------------------------------------------------------ floods, NAT */

static uint8_t kept[IKE_MESSAGE_MAX];
static size_t kept_len;

static bool keep_first(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    (void)l;
    if (from != 0 || kept_len)
        return true;
    memcpy(kept, data, *len);
    kept_len = *len;
    return false;
}

/* Whoever begins many IKE_SAs keeps others out no longer than it takes to show a cookie. */
static void test_cookies(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    kept_len = 0;
    lab.tap = keep_first;
    ike_manager_initiate(lab.side[0].m, "net", "net");
    assert_true(kept_len > 0);
    for (unsigned i = 0; i < 700; i++) {
        const struct endpoint src = {{ESPL_IPV4, {10, 99, 0, 1}}, (uint16_t)(10000 + i)};
        const struct endpoint dst = {{ESPL_IPV4, {10, 99, 0, 2}}, 500};
        kept[0] = (uint8_t)i;
        kept[1] = (uint8_t)(0xe0 + i / 256);
        lab_inject(&lab, 1, &src, &dst, kept, kept_len);
        if (i % 32 == 0)
            lab_run(&lab, 20);
    }
    lab_run(&lab, 2000);
    assert_int_equal(ike_manager_count(lab.side[1].m), 512);
    assert_true(lab_until(&lab, IKE_EVENT_CHILD_UP, 1, 20000));
    assert_int_equal(lab.side[0].sent, 4); /* lost, again, with the cookie, IKE_AUTH */
    lab_run(&lab, 170000);
    assert_int_equal(ike_manager_count(lab.side[1].m), 1);
    lab_free(&lab);
}

static void test_nat(void **state)
{
    (void)state;
    const struct lab_conf b = {.conn = "remote_addrs = %any"};
    lab_init(&lab, NULL, &b);
    lab.nat = true;
    lab.nat_shift = 7;
    lab_up(&lab);
    const struct dp_child *at_b = &fakedp_policy(&lab.side[1].dp, &lab.side[1].out)->child;
    assert_true(at_b->encap);
    assert_int_equal(at_b->local_port, 4500);
    assert_int_equal(at_b->remote_port, 4507);
    assert_int_equal(at_b->remote.bytes[3], 9);
    assert_true(fakedp_policy(&lab.side[0].dp, &lab.side[0].out)->child.encap);
    /* the NAT forgets and chooses another port: B follows the first request, and rekeys to it */
    lab.nat_shift = 9;
    assert_int_equal(ike_manager_rekey_child(lab.side[0].m, "net"), 0);
    lab_run(&lab, 20000);
    lab_assert_tunnel(&lab);
    assert_int_equal(fakedp_policy(&lab.side[1].dp, &lab.side[1].out)->child.remote_port, 4509);
    lab_free(&lab);
}

static void test_forced_encapsulation(void **state)
{
    (void)state;
    const struct lab_conf a = {.conn = "encap = yes"};
    for (unsigned i = 0; i < 2; i++) {
        lab_init(&lab, i ? NULL : &a, i ? &a : NULL);
        lab_up(&lab);
        for (unsigned j = 0; j < 2; j++) {
            const struct dp_child *c = &fakedp_policy(&lab.side[j].dp, &lab.side[j].out)->child;
            assert_true(c->encap);
            assert_int_equal(c->local_port, 4500);
            assert_int_equal(c->remote_port, 4500);
        }
        lab_free(&lab);
    }
}

/* B restarted: A's next IKE_SA says INITIAL_CONTACT, or B's does; the old one does not stay. */
static void test_peer_restarts(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab_up(&lab);
    struct lab_side *a = &lab.side[0];
    lab.cut[0] = lab.cut[1] = true;
    ike_manager_terminate(a->m, "net"); /* A forgets; B hears nothing of it */
    lab_run(&lab, 200000);
    assert_int_equal(ike_manager_count(a->m), 0);
    assert_int_equal(ike_manager_count(lab.side[1].m), 1);
    lab.cut[0] = lab.cut[1] = false;
    ike_manager_initiate(a->m, "net", "net");
    lab_run(&lab, 5000);
    lab_assert_tunnel(&lab);
    assert_int_equal(ike_manager_count(lab.side[1].m), 1);
    assert_int_equal(fakedp_count(&lab.side[1].dp), 1);
    lab_free(&lab);
}

/* ------------------------------------------------------------------ the data plane refuses */

static void test_dataplane_refuses(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 24; n++) {
        const struct lab_conf c = {.conn = "keyingtries = 0"};
        lab_init(&lab, &c, &c);
        lab.side[n % 2].dp.fail_at = (n + 1) / 2;
        ike_manager_initiate(lab.side[0].m, "net", "net");
        lab_run(&lab, 30000);
        for (unsigned i = 0; i < 2; i++) {
            ike_manager_rekey_child(lab.side[i].m, "net");
            lab_run(&lab, 60000);
        }
        lab_assert_tunnel(&lab);
        assert_int_equal(fakedp_count(&lab.side[0].dp), 1);
        assert_int_equal(fakedp_count(&lab.side[1].dp), 1);
        lab_free(&lab);
    }
}

/* ------------------------------------------------------------------ broken datagrams */

static bool flip(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    (void)from;
    if (lab_random(l) % 100 < 25)
        data[lab_random(l) % *len] ^= (uint8_t)(1u << lab_random(l) % 8);
    if (lab_random(l) % 100 < 5)
        *len = lab_random(l) % *len;
    return *len > 0;
}

static void test_bits_flipped(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 30; seed++) {
        const struct lab_conf c = {.conn = "keyingtries = 0\n dpd_delay = 20s"};
        lab_init(&lab, &c, &c);
        lab.seed = seed * 2654435761u | 1;
        lab.tap = flip;
        ike_manager_initiate(lab.side[0].m, "net", "net");
        lab_run(&lab, 400000);
        ike_manager_rekey_child(lab.side[seed % 2].m, "net");
        lab_run(&lab, 100000);
        lab.tap = NULL;
        lab_run(&lab, 300000);
        lab_assert_tunnel(&lab);
        lab_free(&lab);
    }
}

static struct {
    uint8_t data[IKE_MESSAGE_MAX];
    size_t len;
    unsigned from;
} heard[32];
static size_t heard_count;

static bool listen_in(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    (void)l;
    if (heard_count < 32) {
        memcpy(heard[heard_count].data, data, *len);
        heard[heard_count].len = *len;
        heard[heard_count++].from = from;
    }
    return true;
}

/* Every message of a session cut at every byte, and whole once more, while the tunnel is up. */
static void test_truncated_everywhere(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    heard_count = 0;
    lab.tap = listen_in;
    lab_up(&lab);
    ike_manager_rekey_child(lab.side[0].m, "net");
    lab_run(&lab, 20000);
    assert_true(heard_count >= 8);
    lab.tap = NULL;
    unsigned events[2] = {lab.side[0].events[IKE_EVENT_CHILD_DOWN],
                          lab.side[1].events[IKE_EVENT_CHILD_DOWN]};
    for (size_t i = 0; i < heard_count; i++)
        for (size_t len = 0; len <= heard[i].len; len++) {
            const struct endpoint a = {{ESPL_IPV4, {10, 99, 0, 1}}, 500},
                                  b = {{ESPL_IPV4, {10, 99, 0, 2}}, 500};
            lab_inject(&lab, !heard[i].from, heard[i].from ? &b : &a, heard[i].from ? &a : &b,
                       heard[i].data, len);
            lab_run(&lab, 11);
        }
    lab_run(&lab, 60000);
    lab_assert_tunnel(&lab);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(lab.side[i].events[IKE_EVENT_CHILD_DOWN], events[i]);
        assert_int_equal(ike_manager_count(lab.side[i].m), 1);
    }
    lab_free(&lab);
}

static void test_noise(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab_up(&lab);
    const struct endpoint a = {{ESPL_IPV4, {10, 99, 0, 1}}, 500},
                          b = {{ESPL_IPV4, {10, 99, 0, 2}}, 500};
    for (unsigned i = 0; i < 3000; i++) {
        uint8_t data[200];
        size_t len = lab_random(&lab) % sizeof data;
        for (size_t j = 0; j < len; j++)
            data[j] = (uint8_t)lab_random(&lab);
        if (len > 28 && i % 2) { /* with a header that is right so far */
            data[17] = IKE_VERSION;
            data[18] = (uint8_t)(IKE_SA_INIT + lab_random(&lab) % 4);
            memset(data + 24, 0, 3);
            data[27] = (uint8_t)len;
        }
        lab_inject(&lab, i & 1, i & 1 ? &a : &b, i & 1 ? &b : &a, data, len);
        lab_run(&lab, 11);
    }
    lab_assert_tunnel(&lab);
    lab_free(&lab);
}

/* RFC 7296 2.5: a major version of the future, and a critical payload nobody knows */
static void test_unreadable_is_answered(void **state)
{
    (void)state;
    static const struct {
        uint8_t version, critical;
        unsigned notify;
    } cases[] = {
        {0x30, 0, INVALID_MAJOR_VERSION}, {0x20, 0x80, UNSUPPORTED_CRITICAL_PAYLOAD}, {0x20, 0, 0}};
    for (size_t i = 0; i < 3; i++) {
        const struct endpoint a = {{ESPL_IPV4, {10, 99, 0, 1}}, 500},
                              b = {{ESPL_IPV4, {10, 99, 0, 2}}, 500};
        uint8_t msg[36] = {[7] = 9,
                           [16] = 200,
                           [17] = cases[i].version,
                           [18] = IKE_SA_INIT,
                           [19] = IKE_FLAG_INITIATOR,
                           [27] = 36,
                           [29] = cases[i].critical,
                           [31] = 8};
        lab_init(&lab, NULL, NULL);
        heard_count = 0;
        lab.tap = listen_in;
        lab_inject(&lab, 1, &a, &b, msg, sizeof msg);
        lab_run(&lab, 1000);
        assert_int_equal(heard_count, cases[i].notify ? 1 : 0);
        if (heard_count) {
            assert_int_equal(heard[0].data[7], 9);
            assert_int_equal(heard[0].data[19], IKE_FLAG_RESPONSE);
            assert_int_equal(heard[0].data[34] << 8 | heard[0].data[35], cases[i].notify);
        }
        assert_int_equal(ike_manager_count(lab.side[1].m), 0);
        lab_free(&lab);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_secret),
        cmocka_unit_test(test_no_secret),
        cmocka_unit_test(test_no_common_ike_proposal),
        cmocka_unit_test(test_no_common_esp_proposal),
        cmocka_unit_test(test_no_common_selector),
        cmocka_unit_test(test_narrowing),
        cmocka_unit_test(test_two_selectors),
        cmocka_unit_test(test_invalid_ke),
        cmocka_unit_test(test_retransmission_times),
        cmocka_unit_test(test_ike_auth_lost_but_for_the_last),
        cmocka_unit_test(test_copy_of_an_init_that_comes_late),
        cmocka_unit_test(test_retransmissions_of_a_process_that_stood_still),
        cmocka_unit_test(test_keyingtries),
        cmocka_unit_test(test_dead_peer),
        cmocka_unit_test(test_cookies),
        cmocka_unit_test(test_nat),
        cmocka_unit_test(test_forced_encapsulation),
        cmocka_unit_test(test_peer_restarts),
        cmocka_unit_test(test_dataplane_refuses),
        cmocka_unit_test(test_bits_flipped),
        cmocka_unit_test(test_truncated_everywhere),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_unreadable_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
