/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CHILD_SAs into a card whose library is replaced: which calls are made, in which order, and that a
 * failing one leaves nothing behind.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ctrl/dataplane/card.h"
#include "driver/regs.h"

/* ---------------------------------------------------------------- the library's place */

static char calls[2048];
static int fail_at; /* the Nth call fails, 0: none */
static enum espl_err fail_with;
static struct espl_sa last[2];
static struct espl_policy last_policy;

__attribute__((format(printf, 1, 2))) static enum espl_err call(const char *fmt, ...)
{
    size_t len = strlen(calls);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(calls + len, sizeof(calls) - len, fmt, ap);
    va_end(ap);
    if (fail_at > 0 && --fail_at == 0) {
        strcat(calls, "!");
        return fail_with;
    }
    strcat(calls, " ");
    return ESPL_OK;
}

static const char *made_up_reason = "spi: the card says no";

const char *espl_card_error(const struct espl_card *card)
{
    (void)card;
    return made_up_reason;
}

const char *espl_err_text(enum espl_err err)
{
    (void)err;
    return "an error";
}

enum espl_err espl_card_caps(struct espl_card *card, struct espl_caps *caps)
{
    (void)card;
    *caps = (struct espl_caps){.alg = ESPL_CAP_ALG_GCM16_256_MASK,
                               .mode = ESPL_CAP_MODE_TUNNEL_MASK | ESPL_CAP_MODE_ENCAP_MASK,
                               .max_window = 64};
    return call("caps");
}

enum espl_err espl_sa_spi(struct espl_card *card, uint32_t *spi)
{
    (void)card;
    *spi = 0xc0000001;
    return call("spi");
}

void espl_sa_spi_free(struct espl_card *card, uint32_t spi)
{
    (void)card;
    assert_int_equal(call("spi_free:%x", spi), ESPL_OK);
}

enum espl_err espl_sa_add(struct espl_card *card, const struct espl_sa *sa)
{
    (void)card;
    last[sa->dir] = *sa;
    return call("sa_add:%s:%x", sa->dir == ESPL_DIR_IN ? "in" : "out", sa->spi);
}

enum espl_err espl_sa_delete(struct espl_card *card, enum espl_dir dir, const struct espl_addr *dst,
                             uint32_t spi)
{
    (void)card;
    assert_int_equal(dst->bytes[3], dir == ESPL_DIR_IN ? 1 : 2);
    return call("sa_del:%s:%x", dir == ESPL_DIR_IN ? "in" : "out", spi);
}

enum espl_err espl_sa_get(struct espl_card *card, enum espl_dir dir, const struct espl_addr *dst,
                          uint32_t spi, struct espl_sa *sa, struct espl_sa_stats *stats)
{
    (void)card;
    (void)dst;
    memset(sa, 0, sizeof(*sa));
    memset(stats, 0, sizeof(*stats));
    stats->packets = dir == ESPL_DIR_IN ? 11 : 22;
    stats->bytes = dir == ESPL_DIR_IN ? 1100 : 2200;
    return call("sa_get:%s:%x", dir == ESPL_DIR_IN ? "in" : "out", spi);
}

enum espl_err espl_sa_set_nexthop(struct espl_card *card, const struct espl_addr *dst, uint32_t spi,
                                  const espl_mac mac)
{
    (void)card;
    (void)dst;
    return call("hop:%x:%02x", spi, mac[5]);
}

enum espl_err espl_policy_add(struct espl_card *card, const struct espl_policy *policy)
{
    (void)card;
    last_policy = *policy;
    return call("policy_add:%u:/%u", policy->reqid, policy->selector.dst.len);
}

enum espl_err espl_policy_delete(struct espl_card *card, const struct espl_selector *selector)
{
    (void)card;
    return call("policy_del:/%u", selector->dst.len);
}

/* ---------------------------------------------------------------- the network's place */

static int followed;

static bool take(void *user, const struct espl_addr *dst, espl_mac mac)
{
    (void)dst;
    followed++;
    memcpy(mac, "\x02\0\0\0\0\x42", 6);
    return *(const bool *)user;
}

static void release(void *user, const struct espl_addr *dst)
{
    (void)user;
    (void)dst;
    followed--;
}

static uint32_t mtu(void *user)
{
    (void)user;
    return 1500;
}

/* The route's call stands in the trace of the card's. */
static void protect(void *user, const struct dp_child *child, uint16_t inner, bool add)
{
    int keep = fail_at;
    (void)user;
    fail_at = 0; /* it can't fail */
    assert_int_equal(
        call("route_%s:%u:/%u", add ? "add" : "del", inner, child->ts_out.dst.len), ESPL_OK);
    fail_at = keep;
}

static bool mac_known;
static struct dataplane *dp;

static int set_up(void **state)
{
    (void)state;
    const struct card_net net = {&mac_known, take, release, mtu, protect};
    calls[0] = '\0';
    fail_at = 0;
    followed = 0;
    mac_known = true;
    dp = card_dp_new(NULL, &net);
    return dp ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    card_dp_free(dp);
    assert_int_equal(followed, 0);
    return 0;
}

static void expect(const char *trace)
{
    assert_string_equal(calls, trace);
    calls[0] = '\0';
}

static struct dp_child child(uint32_t n, uint8_t prefix)
{
    struct dp_child c = {.reqid = 7,
                         .spi_in = 0xa0 + n,
                         .spi_out = 0xb0 + n,
                         .local = {ESPL_IPV4, {192, 0, 2, 1}},
                         .remote = {ESPL_IPV4, {192, 0, 2, 2}},
                         .encap = true,
                         .local_port = 4500,
                         .remote_port = 1024,
                         .replay_window = 32,
                         .esn = true,
                         .key_len = 36};
    memset(c.key_in, 0x11, sizeof(c.key_in));
    memset(c.key_out, 0x22, sizeof(c.key_out));
    c.ts_out.dst = (struct espl_prefix){{ESPL_IPV4, {10, 2, 0, 0}}, prefix};
    c.ts_out.src = (struct espl_prefix){{ESPL_IPV4, {10, 1, 0, 0}}, 24};
    c.ts_in.src = c.ts_out.dst;
    c.ts_in.dst = c.ts_out.src;
    return c;
}

/* ---------------------------------------------------------------- tests */

static void what_is_installed(void **state)
{
    (void)state;
    struct dp_child c = child(1, 24);
    assert_int_equal(dp->ops->install_in(dp, &c), DP_OK);
    assert_int_equal(dp->ops->install_out(dp, &c), DP_OK);
    expect("sa_add:in:a1 sa_add:out:b1 policy_add:7:/24 route_add:1438:/24 ");

    const struct espl_sa *in = &last[ESPL_DIR_IN], *out = &last[ESPL_DIR_OUT];
    assert_memory_equal(in->key, c.key_in, 36);
    assert_memory_equal(out->key, c.key_out, 36);
    assert_int_equal(in->key_len, 36);
    assert_int_equal(in->src.bytes[3], 2);
    assert_int_equal(in->dst.bytes[3], 1);
    assert_int_equal(in->encap_sport, 1024);
    assert_int_equal(in->encap_dport, 4500);
    assert_int_equal(out->encap_sport, 4500);
    assert_int_equal(out->encap_dport, 1024);
    assert_int_equal(in->replay_window, 32);
    assert_true(in->esn);
    assert_true(in->check_selector);
    assert_int_equal(in->selector.src.addr.bytes[1], 2);
    assert_int_equal(out->mtu, 1438);
    assert_true(out->has_nexthop);
    assert_int_equal(out->nexthop[5], 0x42);
    assert_int_equal(last_policy.action, ESPL_PROTECT);
    assert_int_equal(last_policy.selector.src.addr.bytes[1], 1);

    struct dp_stats stats;
    assert_int_equal(dp->ops->stats(dp, &c, &stats), DP_OK);
    assert_int_equal(stats.packets_in, 11);
    assert_int_equal(stats.bytes_out, 2200);
    calls[0] = '\0';
    assert_int_equal(dp->ops->remove(dp, &c), DP_OK);
    expect("policy_del:/24 route_del:0:/24 sa_del:out:b1 sa_del:in:a1 ");
    assert_int_equal(dp->ops->remove(dp, &c), DP_REFUSED);
    assert_int_equal(dp->ops->stats(dp, &c, &stats), DP_REFUSED);
    expect("");
}

/* Without a NAT: IKE has its ports, ESP has none. */
static void no_ports_without_encapsulation(void **state)
{
    (void)state;
    struct dp_child c = child(1, 24);
    c.encap = false;
    c.local_port = c.remote_port = 500;
    assert_int_equal(dp->ops->install_in(dp, &c) | dp->ops->install_out(dp, &c), DP_OK);
    for (int dir = 0; dir < 2; dir++)
        assert_int_equal(last[dir].encap_sport | last[dir].encap_dport, 0);
    assert_int_equal(dp->ops->remove(dp, &c), DP_OK);
    calls[0] = '\0';
}

/* A rekey: the new SA pair first, one policy all the time, the old pair last. */
static void make_before_break(void **state)
{
    (void)state;
    struct dp_child a = child(1, 24), b = child(2, 24);
    assert_int_equal(dp->ops->install_in(dp, &a) | dp->ops->install_out(dp, &a), DP_OK);
    calls[0] = '\0';
    assert_int_equal(dp->ops->install_in(dp, &b), DP_OK);
    assert_int_equal(dp->ops->install_out(dp, &b), DP_OK);
    assert_int_equal(dp->ops->remove(dp, &a), DP_OK);
    expect("sa_add:in:a2 sa_add:out:b2 sa_del:out:b1 sa_del:in:a1 ");
    assert_int_equal(dp->ops->remove(dp, &b), DP_OK);
    expect("policy_del:/24 route_del:0:/24 sa_del:out:b2 sa_del:in:a2 ");
}

/* The peer narrows the selectors of the new pair: its policy comes, the old one goes with the old
 * pair. */
static void another_selector_after_a_rekey(void **state)
{
    (void)state;
    struct dp_child a = child(1, 16), b = child(2, 24);
    assert_int_equal(dp->ops->install_in(dp, &a) | dp->ops->install_out(dp, &a), DP_OK);
    calls[0] = '\0';
    assert_int_equal(dp->ops->install_in(dp, &b) | dp->ops->install_out(dp, &b), DP_OK);
    assert_int_equal(dp->ops->remove(dp, &a), DP_OK);
    expect("sa_add:in:a2 sa_add:out:b2 policy_add:7:/24 route_add:1438:/24 "
           "policy_del:/16 route_del:0:/16 sa_del:out:b1 sa_del:in:a1 ");
    assert_int_equal(dp->ops->remove(dp, &b), DP_OK);
}

/* An inbound SA whose peer never answered. */
static void half_a_child(void **state)
{
    (void)state;
    struct dp_child a = child(1, 24);
    assert_int_equal(dp->ops->install_in(dp, &a), DP_OK);
    assert_int_equal(dp->ops->remove(dp, &a), DP_OK);
    expect("sa_add:in:a1 sa_del:in:a1 ");
}

static void a_refusal_leaves_nothing(void **state)
{
    (void)state;
    struct dp_child a = child(1, 24);
    fail_with = ESPL_ERR_REFUSED;
    fail_at = 1;
    assert_int_equal(dp->ops->install_in(dp, &a), DP_REFUSED);
    assert_string_equal(dp->ops->error(dp), "spi: the card says no");
    expect("sa_add:in:a1!");
    fail_at = 1;
    assert_int_equal(dp->ops->install_out(dp, &a), DP_REFUSED);
    expect("sa_add:out:b1!");
    assert_int_equal(followed, 0);
    fail_with = ESPL_ERR_EXISTS;
    fail_at = 2;
    assert_int_equal(dp->ops->install_out(dp, &a), DP_REFUSED);
    expect("sa_add:out:b1 policy_add:7:/24!sa_del:out:b1 ");
    assert_int_equal(followed, 0);
    assert_int_equal(dp->ops->remove(dp, &a), DP_REFUSED);
    expect("");
}

static void a_card_that_is_gone(void **state)
{
    (void)state;
    static const enum espl_err gone[] = {ESPL_ERR_DEAD, ESPL_ERR_TIMEOUT, ESPL_ERR_RESET};
    struct dp_child a = child(1, 24);
    struct dp_caps caps;
    uint32_t spi;
    for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++) {
        fail_with = gone[i];
        fail_at = 1;
        assert_int_equal(dp->ops->caps(dp, &caps), DP_GONE);
        fail_at = 1;
        assert_int_equal(dp->ops->alloc_spi(dp, &spi), DP_GONE);
        fail_at = 1;
        assert_int_equal(dp->ops->install_in(dp, &a), DP_GONE);
        assert_int_equal(dp->ops->install_in(dp, &a) | dp->ops->install_out(dp, &a), DP_OK);
        calls[0] = '\0';
        fail_at = 2;
        assert_int_equal(dp->ops->remove(dp, &a), DP_GONE); /* and the rest was tried */
        expect("policy_del:/24 route_del:0:/24 sa_del:out:b1!sa_del:in:a1 ");
    }
}

static void next_hops(void **state)
{
    (void)state;
    struct dp_child a = child(1, 24);
    const espl_mac mac = {2, 0, 0, 0, 0, 0x99};
    mac_known = false;
    assert_int_equal(dp->ops->install_out(dp, &a), DP_OK);
    assert_false(last[ESPL_DIR_OUT].has_nexthop);
    assert_int_equal(followed, 1);
    calls[0] = '\0';
    assert_int_equal(card_dp_nexthop(dp, &a.remote, mac), DP_OK);
    expect("hop:b1:99 ");
    assert_int_equal(card_dp_nexthop(dp, &a.local, mac), DP_OK);
    expect("");
}

static uint32_t priority_of(const struct dp_child *c)
{
    assert_int_equal(dp->ops->install_out(dp, c), DP_OK);
    assert_int_equal(dp->ops->remove(dp, c), DP_OK);
    return last_policy.priority;
}

static void the_narrower_policy_goes_first(void **state)
{
    (void)state;
    struct dp_child c = child(1, 16);
    c.ts_out.sport = c.ts_out.dport = (struct espl_ports){0, 65535};
    uint32_t wide = priority_of(&c), next;
    c.ts_out.dst.len = 24;
    assert_true((next = priority_of(&c)) < wide);
    c.ts_out.proto = 6;
    assert_true(priority_of(&c) < next);
    next = last_policy.priority;
    c.ts_out.dport = (struct espl_ports){443, 443};
    assert_true(priority_of(&c) < next);
    next = last_policy.priority;
    c.ts_out.dst.len = 25; /* a longer prefix counts more than any port */
    c.ts_out.proto = 0;
    c.ts_out.dport = (struct espl_ports){0, 65535};
    assert_true(priority_of(&c) < next);
    calls[0] = '\0';
}

static void capabilities_and_spis(void **state)
{
    (void)state;
    struct dp_caps caps;
    uint32_t spi;
    assert_int_equal(dp->ops->caps(dp, &caps), DP_OK);
    assert_true(caps.gcm256 && caps.tunnel && caps.encap);
    assert_false(caps.gcm128 || caps.esn || caps.transport || caps.ipv6);
    assert_int_equal(caps.max_window, 64);
    assert_int_equal(dp->ops->alloc_spi(dp, &spi), DP_OK);
    dp->ops->release_spi(dp, spi);
    expect("caps spi spi_free:c0000001 ");
}

/* RFC 4303 and RFC 4106 by hand: what the outer packet of a full inner one is. */
static void the_largest_inner_packet(void **state)
{
    (void)state;
    static const struct {
        uint32_t outer;
        enum espl_family family;
        bool encap;
    } cases[] = {{1500, ESPL_IPV4, true}, {1500, ESPL_IPV4, false}, {1500, ESPL_IPV6, false},
                 {9000, ESPL_IPV4, true}, {1499, ESPL_IPV4, true},  {1280, ESPL_IPV6, true}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        uint32_t inner = card_inner_mtu(cases[i].outer, cases[i].family, cases[i].encap);
        for (uint32_t n = inner; n <= inner + 1; n++) {
            uint32_t padded = (n + 2 + 3) / 4 * 4;
            uint32_t outer = (cases[i].family == ESPL_IPV4 ? 20u : 40u) +
                             (cases[i].encap ? 8u : 0u) + 16u + padded + 16u;
            assert_int_equal(outer <= cases[i].outer, n == inner);
        }
    }
    assert_int_equal(card_inner_mtu(60, ESPL_IPV4, true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_installed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_ports_without_encapsulation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(make_before_break, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_selector_after_a_rekey, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_a_child, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refusal_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_card_that_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(next_hops, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_narrower_policy_goes_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(capabilities_and_spis, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_largest_inner_packet, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
