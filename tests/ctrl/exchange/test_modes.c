/* SPDX-License-Identifier: Apache-2.0 */
/* Ways to set up and keep SAs beside the usual: childless, transport mode, reauthentication, unique
 * identities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "ctrl/exchange/control.h"
#include "ctrl/sa/state.h"
#include "tests/ctrl/exchange/lab.h"

static struct lab lab;

static unsigned events(enum ike_event_kind kind)
{
    return lab.side[0].events[kind] + lab.side[1].events[kind];
}

/* ---------------------------------------------------------------- childless (RFC 6023) */

static void test_childless_first(void **state)
{
    static const char *const words[] = {"childless = prefer", "childless = force"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct lab_conf a = {.conn = words[i]};
        lab_init(&lab, &a, NULL);
        lab_up(&lab);
        assert_int_equal(lab.side[0].sent, 3); /* IKE_SA_INIT, IKE_AUTH, CREATE_CHILD_SA */
        assert_int_equal(ike_manager_count(lab.side[0].m), 1);
        lab_free(&lab);
    }
}

static void test_childless_peer_can_not(void **state)
{
    const struct lab_conf prefer = {.conn = "childless = prefer"},
                          force = {.conn = "childless = force"},
                          never = {.conn = "childless = never"};
    (void)state;
    lab_init(&lab, &prefer, &never);
    lab_up(&lab);
    assert_int_equal(lab.side[0].sent, 2);
    lab_free(&lab);
    lab_init(&lab, &force, &never);
    assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
    lab_run(&lab, 60000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 1);
    assert_int_equal(ike_manager_count(lab.side[0].m), 0);
    lab_free(&lab);
}

/* What the other side insists on is answered by an IKE_SA alone, and then comes as a request of its
 * own. */
static void test_childless_forced_by_responder(void **state)
{
    const struct lab_conf a = {.conn = "keyingtries = 0"}, b = {.conn = "childless = force"};
    (void)state;
    lab_init(&lab, &a, &b);
    assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
    lab_run(&lab, 20000);
    lab_assert_tunnel(&lab);
    assert_int_equal(ike_manager_count(lab.side[0].m), 1);
    lab_free(&lab);
}

static void test_ike_sa_for_itself(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    struct ike_manager *m = lab.side[0].m;
    assert_int_equal(ike_manager_bare_progress(m, "net"), IKE_PROGRESS_FAILED);
    assert_int_equal(ike_manager_bare_progress(m, "other"), IKE_PROGRESS_UNKNOWN);
    assert_int_equal(ike_manager_initiate_bare(m, "net"), 0);
    assert_int_equal(ike_manager_bare_progress(m, "net"), IKE_PROGRESS_BUSY);
    lab_run(&lab, 60000);
    assert_int_equal(ike_manager_bare_progress(m, "net"), IKE_PROGRESS_UP);
    assert_int_equal(events(IKE_EVENT_IKE_UP), 2);
    assert_int_equal(fakedp_count(&lab.side[0].dp), 0);
    assert_int_equal(ike_manager_initiate_bare(m, "net"), 0); /* it is there */
    lab_up(&lab);                                             /* a CHILD_SA rides on it */
    assert_int_equal(ike_manager_count(m), 1);
    assert_int_equal(events(IKE_EVENT_IKE_UP), 2);
    lab_free(&lab);
    const struct lab_conf never = {.conn = "childless = never"};
    lab_init(&lab, NULL, &never);
    assert_int_equal(ike_manager_initiate_bare(lab.side[0].m, "net"), 0);
    lab_run(&lab, 60000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 1);
    assert_int_equal(ike_manager_bare_progress(lab.side[0].m, "net"), IKE_PROGRESS_FAILED);
    lab_free(&lab);
}

/* ---------------------------------------------------------------- transport mode */

#define HOSTS "local_ts = dynamic\n remote_ts = dynamic\n mode = transport"

static void transport(const struct lab_conf *a, const struct lab_conf *b, bool card,
                      enum dp_mode mode)
{
    lab_init(&lab, a, b);
    lab.side[0].m->caps.transport = true;
    lab.side[1].m->caps.transport = card;
    for (unsigned i = 0; i < 2; i++)
        lab.side[i].out =
            (struct espl_selector){.src = {{ESPL_IPV4, {10, 99, 0, (uint8_t)(i + 1)}}, 32},
                                   .dst = {{ESPL_IPV4, {10, 99, 0, (uint8_t)(2 - i)}}, 32},
                                   .sport = {0, UINT16_MAX},
                                   .dport = {0, UINT16_MAX}};
    lab_up(&lab);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 2; i++)
            assert_int_equal(fakedp_policy(&lab.side[i].dp, &lab.side[i].out)->child.mode, mode);
        assert_int_equal(ike_manager_rekey_child(lab.side[round].m, "net"), 0);
        lab_run(&lab, 20000);
        lab_assert_tunnel(&lab);
    }
    lab_free(&lab);
}

static void test_transport_mode(void **state)
{
    const struct lab_conf both = {.child = HOSTS}, encap = {.child = HOSTS, .conn = "encap = yes"};
    const struct lab_conf tunnel = {.child = "local_ts = dynamic\n remote_ts = dynamic"};
    (void)state;
    transport(&both, &both, true, DP_TRANSPORT);
    transport(&both, &both, false, DP_TUNNEL); /* B's card has it not */
    transport(&both, &tunnel, true, DP_TUNNEL);
    transport(&tunnel, &both, true, DP_TUNNEL);
    transport(&encap, &both, true, DP_TRANSPORT); /* as if behind a NAT */
}

/* RFC 1071, over an address and the rest of what is summed up. */
static uint16_t checksum(const struct espl_addr *src, const struct espl_addr *dst, uint32_t rest)
{
    uint32_t sum = rest;
    for (size_t i = 0; i < 4; i += 2)
        sum += (uint32_t)(src->bytes[i] << 8 | src->bytes[i + 1]) +
               (uint32_t)(dst->bytes[i] << 8 | dst->bytes[i + 1]);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* RFC 7296 2.23.1: A is behind a NAT. Each side's selectors are of what it sees, and a checksum that
 * the other made of what that one sees is put right. */
static void test_transport_mode_behind_a_nat(void **state)
{
    const struct lab_conf a = {.child = HOSTS}, b = {.child = HOSTS, .conn = "remote_addrs = %any"};
    const struct espl_addr inner = {ESPL_IPV4, {10, 99, 0, 1}}, outer = {ESPL_IPV4, {10, 99, 0, 9}},
                           server = {ESPL_IPV4, {10, 99, 0, 2}};
    (void)state;
    lab_init(&lab, &a, &b);
    lab.nat = true;
    lab.nat_shift = 7;
    lab.side[0].m->caps.transport = lab.side[1].m->caps.transport = true;
    assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
    assert_true(lab_until(&lab, IKE_EVENT_CHILD_UP, 1, 60000));
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 2; i++) {
            const struct espl_addr *here = i ? &server : &inner, *there = i ? &outer : &server;
            const struct child_sa *child = lab.side[i].m->sas->children;
            while (child && (child->state != CHILD_UP || child->replaced))
                child = child->next;
            assert_non_null(child);
            const struct dp_child *dp = &child->dp;
            assert_int_equal(dp->mode, DP_TRANSPORT);
            assert_true(dp->encap);
            assert_memory_equal(&dp->ts_out.src.addr, here, sizeof *here);
            assert_memory_equal(&dp->ts_out.dst.addr, there, sizeof *there);
            assert_int_equal(dp->ts_out.src.len + dp->ts_out.dst.len, 64);
            /* as the peer made it, and as this side sees the packet */
            uint16_t made = i ? checksum(&inner, &server, 0x1234) : checksum(&server, &outer, 0x1234),
                     seen = checksum(there, here, 0x1234);
            uint32_t now = (uint32_t)made + dp->csum_delta;
            assert_int_equal((uint16_t)(now + (now >> 16)), seen);
            assert_int_not_equal(made, seen);
        }
        assert_int_equal(ike_manager_rekey_child(lab.side[round % 2].m, "net"), 0);
        lab_run(&lab, 20000);
    }
    lab_free(&lab);
}

/* Networks are not what two hosts say to each other. */
static void test_transport_mode_of_networks(void **state)
{
    const struct lab_conf c = {.child = "mode = transport"};
    (void)state;
    lab_init(&lab, &c, &c);
    lab.side[0].m->caps.transport = lab.side[1].m->caps.transport = true;
    lab_up(&lab);
    assert_int_equal(fakedp_policy(&lab.side[0].dp, &lab.side[0].out)->child.mode, DP_TUNNEL);
    lab_free(&lab);
}

/* ---------------------------------------------------------------- reauthentication */

static void assert_reauthenticated(unsigned times)
{
    assert_int_equal(lab.side[0].events[IKE_EVENT_IKE_UP], times + 1);
    assert_int_equal(lab.side[1].events[IKE_EVENT_IKE_UP], times + 1);
    assert_int_equal(ike_manager_count(lab.side[0].m), 1);
    assert_int_equal(ike_manager_count(lab.side[1].m), 1);
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_DOWN], 0);
    assert_int_equal(lab.esp_refused, 0);
    lab_assert_tunnel(&lab);
}

/* Two CHILD_SAs go over, under traffic, without a moment in which a packet is refused. */
static void test_reauth_by_time(void **state)
{
    const struct lab_conf a = {.child =
                                   "local_ts = 10.1.0.0/24, 10.7.0.0/16\n start_action = start",
                               .conn = "reauth_time = 60s\n rand_time = 0"};
    const struct lab_conf b = {.child = "remote_ts = 10.1.0.0/24, 10.7.0.0/16"};
    (void)state;
    lab_init(&lab, &a, &b);
    ike_manager_start(lab.side[0].m);
    lab_run(&lab, 5000);
    lab.traffic = true;
    lab_run(&lab, 205000);
    lab.traffic = false;
    lab_run(&lab, 20000);
    assert_reauthenticated(3);
    assert_int_equal(fakedp_count(&lab.side[0].dp), 2);
    assert_int_equal(fakedp_count(&lab.side[1].dp), 2);
    lab_free(&lab);
}

/* RFC 4478: the responder says how long it believes; rekeying does not make that longer. */
static void test_reauth_asked_for_by_responder(void **state)
{
    const struct lab_conf a = {.conn = "rekey_time = 30s\n rand_time = 0s"},
                          b = {.conn = "reauth_time = 100s"};
    (void)state;
    lab_init(&lab, &a, &b);
    lab_up(&lab);
    lab.traffic = true;
    lab_run(&lab, 100000);
    lab.traffic = false;
    lab_run(&lab, 2000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_IKE_UP], 2);
    assert_int_equal(lab.esp_refused, 0);
    lab_assert_tunnel(&lab);
    lab_free(&lab);
}

static void test_reauth_by_operator(void **state)
{
    const struct lab_conf a = {.conn = "vips = 0.0.0.0", .child = "local_ts = dynamic"};
    const struct lab_conf b = {.conn = "pools = p",
                               .child = "remote_ts = dynamic",
                               .more = "pools { p { addrs = 10.9.0.5 } }"};
    const struct ike_choice all = {.ike = "net"};
    (void)state;
    lab_init(&lab, &a, &b);
    lab.side[0].out.src = lab.side[1].out.dst =
        (struct espl_prefix){{ESPL_IPV4, {10, 9, 0, 5}}, 32};
    lab_up(&lab);
    assert_int_equal(ike_manager_reauth(lab.side[1].m, &all), 0); /* it did not begin */
    assert_int_equal(ike_manager_reauth(lab.side[0].m, &all), 1);
    lab.traffic = true;
    lab_run(&lab, 10000);
    lab.traffic = false;
    lab_run(&lab, 10000);
    assert_reauthenticated(1);
    assert_int_equal(lab.side[0].vip_count, 1);
    lab_free(&lab);
}

/* The peer is silent for the new IKE_SA: the old one goes on, and it is tried again. */
static bool lose_init(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    (void)l;
    (void)from;
    (void)len;
    return data[18] != 34; /* IKE_SA_INIT */
}

static void test_reauth_fails(void **state)
{
    const struct lab_conf a = {.conn = "reauth_time = 60s\n rand_time = 0"};
    (void)state;
    lab_init(&lab, &a, NULL);
    lab_up(&lab);
    lab.tap = lose_init;
    lab_run(&lab, 400000);
    lab_assert_tunnel(&lab);
    assert_int_equal(events(IKE_EVENT_CHILD_DOWN) + events(IKE_EVENT_FAILED), 0);
    lab.tap = NULL;
    lab_run(&lab, 400000);
    lab_assert_tunnel(&lab);
    assert_true(lab.side[0].events[IKE_EVENT_IKE_UP] > 2);
    assert_int_equal(events(IKE_EVENT_CHILD_DOWN) - lab.side[1].events[IKE_EVENT_CHILD_DOWN], 0);
    lab_free(&lab);
}

/* ---------------------------------------------------------------- unique */

/* A loses its memory and comes again: what B does with what it has. */
static unsigned again(const char *word)
{
    const struct lab_conf b = {.conn = word};
    lab_init(&lab, NULL, &b);
    lab_up(&lab);
    lab.cut[0] = lab.cut[1] = true;
    ike_manager_terminate(lab.side[0].m, "net");
    lab_run(&lab, 200000); /* A gives up; B does not know */
    lab.cut[0] = lab.cut[1] = false;
    assert_int_equal(ike_manager_count(lab.side[0].m), 0);
    assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
    lab_run(&lab, 20000);
    unsigned n = (unsigned)ike_manager_count(lab.side[1].m);
    if (lab.side[0].events[IKE_EVENT_CHILD_UP] == 2)
        lab_assert_tunnel(&lab);
    lab_free(&lab);
    return n;
}

static void test_unique(void **state)
{
    (void)state;
    assert_int_equal(again("unique = no"), 1); /* by INITIAL_CONTACT */
    assert_int_equal(again("unique = never"), 2);
    assert_int_equal(again("unique = replace"), 1);
    assert_int_equal(again("unique = keep"), 1);
}

/* RFC 7296 2.3: a peer that takes several requests at once gets them one by one all the same, and
 * what it sends beyond ours is not taken. */
static void test_window_size(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab_up(&lab);
    struct ike_sa *sa = lab.side[0].m->sas;
    unsigned before = lab.side[1].sent;
    sa->next_out += 1; /* the request after the next one */
    assert_int_equal(ike_manager_rekey_child(lab.side[0].m, "net"), 0);
    lab_run(&lab, 3000);
    assert_int_equal(lab.side[1].sent, before);
    lab_free(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_childless_first),
        cmocka_unit_test(test_childless_peer_can_not),
        cmocka_unit_test(test_childless_forced_by_responder),
        cmocka_unit_test(test_ike_sa_for_itself),
        cmocka_unit_test(test_transport_mode),
        cmocka_unit_test(test_transport_mode_behind_a_nat),
        cmocka_unit_test(test_transport_mode_of_networks),
        cmocka_unit_test(test_reauth_by_time),
        cmocka_unit_test(test_reauth_asked_for_by_responder),
        cmocka_unit_test(test_reauth_by_operator),
        cmocka_unit_test(test_reauth_fails),
        cmocka_unit_test(test_unique),
        cmocka_unit_test(test_window_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
