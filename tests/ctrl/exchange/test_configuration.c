/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual addresses (RFC 7296 2.19): asked for, given, kept, given back; and who gets none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "ctrl/sa/pool.h"
#include "ctrl/wire/cp.h"
#include "tests/ctrl/exchange/lab.h"

static struct lab lab;

#define ROAD "pools { road { addrs = 10.9.0.0/29\n dns = 10.9.0.53, 2001:db8:9::53 }\n"
#define SIX "six { addrs = 2001:db8:9::/120 }\n"
#define CLIENT .child = "local_ts = dynamic"
#define SERVER .child = "remote_ts = dynamic", .conn = "pools = road"

static const struct lab_conf client = {CLIENT, .conn = "vips = 0.0.0.0"};
static const struct lab_conf server = {SERVER, .more = ROAD "}"};

/* A's traffic comes from this host. */
static void from_host(uint8_t last)
{
    const struct espl_prefix host = {{ESPL_IPV4, {10, 9, 0, last}}, 32};
    lab.side[0].out.src = lab.side[1].out.dst = host;
}

static size_t online(void)
{
    return pool_online(lab.side[1].m->pools);
}

static void test_given_and_given_back(void **state)
{
    (void)state;
    lab_init(&lab, &client, &server);
    from_host(1);
    for (unsigned round = 1; round <= 3; round++) {
        assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
        assert_true(lab_until(&lab, IKE_EVENT_CHILD_UP, round, 5000));
        lab_assert_tunnel(&lab);
        assert_int_equal(lab.side[0].vip_count, 1);
        assert_memory_equal(lab.side[0].vips[0].bytes, ((uint8_t[]){10, 9, 0, 1}), 4);
        assert_int_equal(online(), 1);
        ike_manager_terminate(lab.side[round % 2].m, "net");
        lab_run(&lab, 60000);
        assert_int_equal(lab.side[0].vip_count, 0);
        assert_int_equal(online(), 0);
    }
    lab_free(&lab);
}

/* The address lives as long as the IKE_SA does, under whatever SPIs. */
static void test_through_rekeyings(void **state)
{
    const struct lab_conf a = {.child = "local_ts = dynamic\n rekey_time = 60s",
                               .conn = "vips = 0.0.0.0\n rekey_time = 100s\n rand_time = 0"};
    (void)state;
    lab_init(&lab, &a, &server);
    from_host(1);
    lab_up(&lab);
    lab_run(&lab, 1000000);
    assert_true(lab.side[0].events[IKE_EVENT_IKE_REKEYED] > 5);
    assert_true(lab.side[0].events[IKE_EVENT_CHILD_REKEYED] > 5);
    lab_assert_tunnel(&lab);
    assert_int_equal(lab.side[0].vip_count, 1);
    assert_int_equal(online(), 1);
    lab_free(&lab);
}

static void test_both_families(void **state)
{
    const struct lab_conf a = {.child =
                                   "local_ts = dynamic\n remote_ts = 10.2.0.0/24, 2001:db8:2::/64",
                               .conn = "vips = 0.0.0.0, ::"};
    const struct lab_conf b = {.child =
                                   "remote_ts = dynamic\n local_ts = 10.2.0.0/24, 2001:db8:2::/64",
                               .conn = "pools = road, six",
                               .more = ROAD SIX "}"};
    (void)state;
    lab_init(&lab, &a, &b);
    lab.side[0].dp.caps.ipv6 = lab.side[1].dp.caps.ipv6 = true;
    lab.side[0].m->caps.ipv6 = lab.side[1].m->caps.ipv6 = true;
    from_host(1);
    lab_up(&lab);
    lab_run(&lab, 10000);
    assert_int_equal(lab.side[0].vip_count, 2);
    assert_int_equal(lab.side[1].events[IKE_EVENT_CHILD_UP], 2);
    struct espl_selector six = {.sport = {0, UINT16_MAX}, .dport = {0, UINT16_MAX}};
    six.src = (struct espl_prefix){{ESPL_IPV6, {0x20, 1, 0xd, 0xb8, 0, 9, [15] = 1}}, 128};
    six.dst = (struct espl_prefix){{ESPL_IPV6, {0x20, 1, 0xd, 0xb8, 0, 2}}, 64};
    assert_non_null(fakedp_policy(&lab.side[0].dp, &six));
    lab_free(&lab);
}

static void fails(const struct lab_conf *a, const struct lab_conf *b, const char *why)
{
    lab_init(&lab, a, b);
    assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
    lab_run(&lab, 300000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 1);
    assert_string_equal(lab.side[0].last[IKE_EVENT_FAILED], why);
    assert_int_equal(ike_manager_count(lab.side[0].m) + ike_manager_count(lab.side[1].m), 0);
    lab_free(&lab);
}

static void test_who_gets_none(void **state)
{
    const struct lab_conf silent = {SERVER, .more = "pools { road { addrs = 2001:db8::/120 } }"};
    const struct lab_conf stranger = {SERVER, .more = "pools { other { addrs = 10.9.0.0/24 } }"};
    const struct lab_conf plain = {.child = "remote_ts = 10.9.0.0/24"};
    (void)state;
    fails(&client, &silent, "INTERNAL_ADDRESS_FAILURE");
    fails(&client, &stranger, "INTERNAL_ADDRESS_FAILURE");
    fails(&client, &plain, "INTERNAL_ADDRESS_FAILURE");
    fails(&(struct lab_conf){CLIENT}, &server, "FAILED_CP_REQUIRED");
}

static struct config_id name(const char *text)
{
    struct config_id id;
    assert_true(config_id_parse(text, &id));
    return id;
}

/* Six addresses: each client its own, again its own, and the seventh that of one who left. */
static void test_leases(void **state)
{
    const struct espl_addr any = {.family = ESPL_IPV4}, any6 = {.family = ESPL_IPV6};
    struct espl_addr got[7], again;
    char text[32];
    (void)state;
    lab_init(&lab, &client, &server);
    struct ike_manager *m = lab.side[1].m;
    const struct config_conn *conn = m->config->conns;
    for (unsigned i = 0; i < 6; i++) {
        snprintf(text, sizeof text, "c%u.example", i);
        const struct config_id id = name(text);
        assert_true(pool_take(m, conn, &id, &any, &got[i]));
        assert_int_equal(got[i].bytes[3], i + 1);
    }
    const struct config_id two = name("c2.example"), seven = name("c7.example");
    assert_false(pool_take(m, conn, &seven, &any, &again));
    assert_false(pool_take(m, conn, &two, &any, &again)); /* a second session, and no address */
    assert_false(pool_take(m, conn, &two, &any6, &again));
    assert_true(pool_take(m, conn, &two, &got[2], &again)); /* it reauthenticates */
    assert_int_equal(again.bytes[3], 3);
    pool_release(m, &again);
    assert_int_equal(online(), 6);
    pool_release(m, &got[2]);
    pool_release(m, &got[4]);
    assert_int_equal(online(), 4);
    const struct config_id four = name("c4.example");
    assert_true(pool_take(m, conn, &four, &any, &again));
    assert_int_equal(again.bytes[3], 5);
    assert_true(pool_take(m, conn, &seven, &any, &again));
    assert_int_equal(again.bytes[3], 3);
    assert_false(pool_take(m, conn, &two, &any, &again));
    lab_free(&lab);
}

static struct config_pool *pool_conf(const char *pool_name, uint8_t third)
{
    struct config_pool *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->name = strdup(pool_name);
    p->text = strdup("test");
    p->first = (struct espl_addr){ESPL_IPV4, {10, 9, third, 250}};
    p->size = 20;
    return p;
}

/* Another pool of that name: who has an address keeps it, who comes gets one of the new. */
static void test_pool_changes(void **state)
{
    (void)state;
    lab_init(&lab, &client, &server);
    from_host(1);
    lab_up(&lab);
    struct ike_manager *m = lab.side[1].m;
    assert_true(pool_load(m, pool_conf("road", 7)));
    assert_non_null(m->pools->next);
    assert_true(pool_load(m, pool_conf("road", 7))); /* the same: nothing changes */
    assert_null(m->pools->next->next);
    const struct espl_addr any = {.family = ESPL_IPV4};
    struct espl_addr got;
    for (unsigned i = 0; i < 7; i++) {
        char text[32];
        snprintf(text, sizeof text, "x%u.example", i);
        const struct config_id id = name(text);
        assert_true(pool_take(m, m->config->conns, &id, &any, &got));
    }
    assert_memory_equal(got.bytes, ((uint8_t[]){10, 9, 8, 0}), 4); /* the carry */
    lab_assert_tunnel(&lab);
    ike_manager_terminate(lab.side[0].m, "net");
    lab_run(&lab, 60000);
    assert_null(m->pools->next); /* the old one went with its last lease */
    assert_true(pool_unload(m, "road"));
    assert_false(pool_unload(m, "road"));
    lab_free(&lab);
}

static void test_payload(void **state)
{
    const uint8_t right[] = {2, 0, 0, 0, 0x80, 1, 0, 4, 10, 9, 0, 1, 0, 3, 0, 0, 0x70, 1, 0, 1, 5};
    struct cp cp;
    (void)state;
    for (size_t len = 0; len <= sizeof right; len++) {
        uint8_t *copy = malloc(len ? len : 1);
        memcpy(copy, right, len);
        const struct payload p = {.type = PAYLOAD_CP, .body = copy, .len = len};
        enum wire_err err = cp_parse(&p, &cp);
        bool whole = len == 4 || len == 12 || len == 16 || len == sizeof right;
        assert_int_equal(err, whole ? WIRE_OK : WIRE_SYNTAX);
        free(copy);
    }
    const struct payload p = {.type = PAYLOAD_CP, .body = right, .len = sizeof right};
    assert_int_equal(cp_parse(&p, &cp), WIRE_OK);
    assert_int_equal(cp.type, CFG_REPLY);
    assert_int_equal(cp.count, 3);
    assert_int_equal(cp.attrs[0].type, INTERNAL_IP4_ADDRESS); /* the reserved bit is nothing */
    assert_int_equal(cp.attrs[0].value.n, 4);
    uint8_t buf[64];
    struct chain c;
    chain_begin(&c, buf, sizeof buf);
    cp_write(&c, &cp);
    assert_int_equal(c.w.len, 4 + sizeof right);
    assert_memory_equal(buf + 4 + 5, right + 5, sizeof right - 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_given_and_given_back),
        cmocka_unit_test(test_through_rekeyings),
        cmocka_unit_test(test_both_families),
        cmocka_unit_test(test_who_gets_none),
        cmocka_unit_test(test_leases),
        cmocka_unit_test(test_pool_changes),
        cmocka_unit_test(test_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
