/* SPDX-License-Identifier: Apache-2.0 */
/* MOBIKE (RFC 4555): an IKE_SA and its CHILD_SAs follow a host from address to address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "ctrl/exchange/mobike.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/wire/sk.h"
#include "tests/ctrl/exchange/lab.h"

static struct lab lab;

#define ROAMS "local_addrs = %any\n remote_addrs = 10.99.0.2"
static const struct lab_conf roamer = {.conn = ROAMS},
                             gateway = {.conn = "local_addrs = %any\n remote_addrs = %any"};

static struct espl_addr host(uint8_t last)
{
    return (struct espl_addr){ESPL_IPV4, {10, 99, 0, last}};
}

static void move(unsigned side, uint8_t last)
{
    lab.side[side].addr = host(last);
    ike_manager_paths(lab.side[side].m);
}

static const struct dp_child *policy(unsigned side)
{
    const struct fakedp_sa *sa = fakedp_policy(&lab.side[side].dp, &lab.side[side].out);
    assert_non_null(sa);
    return &sa->child;
}

static void begin(const struct lab_conf *a, const struct lab_conf *b)
{
    lab_init(&lab, a, b);
    lab.deaf = true;
    lab_up(&lab);
}

/* The tunnel is between these two, on both sides; nothing else is left. */
static void assert_between(uint8_t a, uint8_t b)
{
    lab_assert_tunnel(&lab);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(policy(i)->local.bytes[3], i ? b : a);
        assert_int_equal(policy(i)->remote.bytes[3], i ? a : b);
        assert_int_equal(fakedp_count(&lab.side[i].dp), 1);
        assert_int_equal(ike_manager_count(lab.side[i].m), 1);
        assert_int_equal(lab.side[i].events[IKE_EVENT_CHILD_DOWN], 0);
        assert_int_equal(lab.side[i].events[IKE_EVENT_IKE_DOWN], 0);
    }
}

static void test_host_moves(void **state)
{
    (void)state;
    begin(&roamer, &gateway);
    for (uint8_t to = 7; to < 12; to++) {
        uint8_t key[36];
        memcpy(key, policy(0)->key_out, sizeof key);
        move(0, to);
        lab_run(&lab, 20000);
        assert_between(to, 2);
        assert_memory_not_equal(key, policy(0)->key_out, sizeof key);
        assert_int_equal(lab.side[0].events[IKE_EVENT_IKE_UPDATED], to - 6);
        assert_int_equal(lab.side[1].events[IKE_EVENT_IKE_UPDATED], to - 6);
    }
    lab_free(&lab);
}

/* ESP that is sent after both sides know arrives; a rekeyed IKE_SA can still move. */
static void test_moves_under_traffic(void **state)
{
    const struct lab_conf a = {.conn = ROAMS "\n rekey_time = 30s\n rand_time = 0"};
    (void)state;
    begin(&a, &gateway);
    lab.traffic = true;
    for (uint8_t to = 7; to < 12; to++) {
        lab_run(&lab, 45000);
        move(0, to);
    }
    lab_run(&lab, 15000);
    lab.traffic = false;
    lab_run(&lab, 20000);
    assert_between(11, 2);
    assert_int_equal(lab.esp_refused, 0);
    assert_true(lab.side[0].events[IKE_EVENT_IKE_REKEYED] >= 5);
    lab_free(&lab);
}

/* RFC 4555 3.5: a request in flight goes on from the new address; several moves before an answer.
 */
static void test_moves_with_a_request_in_flight(void **state)
{
    (void)state;
    begin(&roamer, &gateway);
    assert_int_equal(ike_manager_rekey_child(lab.side[0].m, "net"), 0);
    move(0, 7);
    lab_run(&lab, 3);
    move(0, 8);
    lab_run(&lab, 4);
    move(0, 9);
    lab_run(&lab, 40000);
    assert_between(9, 2);
    lab_free(&lab);
}

static void test_bad_network(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 30; seed++) {
        begin(&roamer, &gateway);
        lab.seed = seed * 2246822519u | 1;
        lab.loss = lab.dup = 20;
        lab.delay_min = 1;
        lab.delay_max = 1000;
        for (uint8_t to = 7; to < 10; to++) {
            move(0, to);
            lab_run(&lab, lab_random(&lab) % 20000);
        }
        lab_run(&lab, 400000);
        assert_between(9, 2);
        lab_free(&lab);
    }
}

/* The gateway's address dies; it had told of another one. */
static void test_other_address_of_the_peer(void **state)
{
    const struct lab_conf a = {.conn = ROAMS "\n dpd_delay = 10s"};
    (void)state;
    lab_init(&lab, &a, &gateway);
    lab.deaf = true;
    lab.side[1].others[0] = host(8);
    lab.side[1].other_count = 1;
    lab_up(&lab);
    assert_int_equal(lab.side[0].m->sas->peer_addr_count, 1);
    lab.side[1].addr = host(8);
    lab.side[1].other_count = 0;
    lab_run(&lab, 120000);
    assert_between(1, 8);
    lab_free(&lab);
}

/* RFC 4555 3.6: addresses that came later are told, and only then. */
static void test_gateway_tells_its_addresses(void **state)
{
    (void)state;
    begin(&roamer, &gateway);
    unsigned before = lab.side[1].sent;
    ike_manager_paths(lab.side[1].m); /* only routes changed */
    lab_run(&lab, 5000);
    assert_int_equal(lab.side[1].sent, before);
    lab.side[1].others[0] = host(8);
    lab.side[1].others[1] = (struct espl_addr){ESPL_IPV6, {0x20, 1, [15] = 2}};
    lab.side[1].other_count = 2;
    ike_manager_paths(lab.side[1].m);
    lab_run(&lab, 5000);
    const struct ike_sa *sa = lab.side[0].m->sas;
    assert_int_equal(sa->peer_addr_count, 2);
    assert_memory_equal(sa->peer_addrs[0].bytes, host(8).bytes, 4);
    assert_int_equal(sa->peer_addrs[1].family, ESPL_IPV6);
    lab.side[1].other_count = 0;
    ike_manager_paths(lab.side[1].m);
    lab_run(&lab, 5000);
    assert_int_equal(sa->peer_addr_count, 0);
    assert_between(1, 2);
    lab_free(&lab);
}

static void test_moves_behind_a_nat(void **state)
{
    (void)state;
    begin(&roamer, &gateway);
    assert_false(policy(0)->encap);
    lab.deaf = false; /* the NAT gives every datagram to A */
    lab.nat = true;
    lab.nat_shift = 1000;
    move(0, 7);
    lab_run(&lab, 20000);
    lab_assert_tunnel(&lab);
    for (unsigned i = 0; i < 2; i++)
        assert_true(policy(i)->encap);
    assert_int_equal(policy(1)->remote.bytes[3], 9);
    assert_int_equal(policy(1)->remote_port, 5500);
    assert_true(lab.side[0].m->sas->nat_local);
    lab_free(&lab);
}

/* RFC 4555 3.8: the NAT forgets; A finds out when it asks whether B is there, and tells it. */
static void test_nat_forgets(void **state)
{
    const struct lab_conf a = {.conn = ROAMS "\n dpd_delay = 10s"};
    (void)state;
    lab_init(&lab, &a, &gateway);
    lab.nat = true;
    lab_up(&lab);
    for (uint16_t shift = 0; shift < 3; shift++) {
        lab.nat_shift = shift;
        lab_run(&lab, 40000);
        lab_assert_tunnel(&lab);
        assert_int_equal(policy(1)->remote_port, 4500 + shift);
        assert_int_equal(lab.side[0].events[IKE_EVENT_IKE_DOWN], 0);
        assert_int_equal(fakedp_count(&lab.side[1].dp), 1);
    }
    assert_int_equal(lab.side[0].events[IKE_EVENT_IKE_UPDATED], 2);
    lab_free(&lab);
}

static void test_one_side_has_it_not(void **state)
{
    const struct lab_conf a = {.conn = ROAMS "\n mobike = no"},
                          b = {.conn = "local_addrs = %any\n remote_addrs = %any\n mobike = no"},
                          pinned = {.conn = "local_addrs = 10.99.0.1"};
    const struct lab_conf *const rows[][2] = {{&a, &gateway}, {&roamer, &b}, {&pinned, &gateway}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        lab_init(&lab, rows[i][0], rows[i][1]);
        lab_up(&lab);
        unsigned before = lab.side[0].sent;
        move(0, 7);
        lab_run(&lab, 60000);
        assert_int_equal(lab.side[0].sent, before);
        assert_int_equal(lab.side[0].events[IKE_EVENT_IKE_UPDATED], 0);
        lab_free(&lab);
    }
}

/* ---------------------------------------------------------------- one who has A's keys */

static void send_as_a(uint8_t from, void (*write)(struct chain *c))
{
    struct ike_sa *sa = lab.side[0].m->sas;
    const struct endpoint a = {host(from), 4500}, b = {host(2), 4500};
    const struct ike_header h = {.spi_i = sa->spi_own,
                                 .spi_r = sa->spi_peer,
                                 .exchange = INFORMATIONAL,
                                 .flags = IKE_FLAG_INITIATOR,
                                 .id = sa->next_out++};
    uint8_t body[256], out[512];
    struct chain c;
    chain_begin(&c, body, sizeof body);
    write(&c);
    size_t len = sk_seal(&sa->keys.from_i, &h, &c, out, sizeof out);
    lab_inject(&lab, 1, &a, &b, out, len);
    lab_run(&lab, 12);
}

static void update(struct chain *c)
{
    notify_write(c, UPDATE_SA_ADDRESSES, (struct bytes){0});
}

static void update_without_nats(struct chain *c)
{
    static const uint8_t wrong[12] = {10, 99, 0, 1, 10, 99, 0, 2, 0x11, 0x94, 0x11, 0x94};
    update(c);
    notify_write(c, NO_NATS_ALLOWED, (struct bytes){wrong, sizeof wrong});
}

static void nothing(struct chain *c)
{
    (void)c;
}

/* A NAT where there must be none: refused, and nothing moves. */
static void test_unexpected_nat(void **state)
{
    (void)state;
    begin(&roamer, &gateway);
    send_as_a(7, update_without_nats);
    assert_int_equal(lab.side[1].m->sas->peer.addr.bytes[3], 1);
    assert_int_equal(lab.side[1].events[IKE_EVENT_IKE_UPDATED], 0);
    send_as_a(1, update_without_nats);
    lab_run(&lab, 10000);
    assert_between(1, 2);
    lab_free(&lab);
}

/* RFC 4555 3.9: A says from the first message on where it is; a NAT makes that untrue. */
static bool no_nats(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    static const uint8_t said[12] = {10, 99, 0, 1, 10, 99, 0, 2, 500 >> 8, 500 & 255, 500 >> 8, 500 & 255};
    uint8_t buf[IKE_MESSAGE_MAX];
    struct message msg;
    struct chain c;
    (void)l;
    if (from != 0 || data[18] != IKE_SA_INIT)
        return true;
    assert_int_equal(message_parse(&msg, data, *len), WIRE_OK);
    chain_begin(&c, buf, sizeof buf);
    for (size_t i = 0; i < msg.count; i++) {
        size_t at = chain_open(&c, msg.payloads[i].type);
        wr_bytes(&c.w, msg.payloads[i].body, msg.payloads[i].len);
        chain_close(&c, at);
    }
    notify_write(&c, NO_NATS_ALLOWED, (struct bytes){said, sizeof said});
    *len = message_write(&msg.header, &c, data, IKE_MESSAGE_MAX);
    return true;
}

static void test_no_nats_allowed(void **state)
{
    (void)state;
    for (unsigned nat = 0; nat < 2; nat++) {
        lab_init(&lab, &roamer, &gateway);
        lab.tap = no_nats;
        lab.nat = nat;
        assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
        lab_run(&lab, 3000);
        /* without a NAT it is answered; then AUTH fails, for A knows nothing of what its tap wrote */
        assert_string_equal(lab.side[0].last[IKE_EVENT_FAILED],
                            nat ? "UNEXPECTED_NAT_DETECTED" : "AUTHENTICATION_FAILED");
        assert_int_equal(ike_manager_count(lab.side[1].m), 0);
        lab_free(&lab);
    }
}

/* RFC 4555 3.7: somebody who replays A's path to elsewhere is asked whether it is there. */
static void test_nobody_there(void **state)
{
    (void)state;
    begin(&roamer, &gateway);
    send_as_a(77, update);
    assert_int_equal(lab.side[1].m->sas->peer.addr.bytes[3], 77);
    lab_run(&lab, 400000);
    assert_int_equal(ike_manager_count(lab.side[1].m), 0);
    assert_int_equal(fakedp_count(&lab.side[1].dp), 0);
    lab_free(&lab);
}

/* RFC 7296 2.11: the answer goes where the request came from; that moves nothing. */
static void test_answer_goes_back(void **state)
{
    (void)state;
    begin(&roamer, &gateway);
    unsigned before = lab.side[1].sent;
    send_as_a(77, nothing);
    assert_int_equal(lab.side[1].sent, before + 1);
    assert_int_equal(lab.side[1].m->sas->came_peer.addr.bytes[3], 77);
    assert_int_equal(lab.side[1].m->sas->peer.addr.bytes[3], 1);
    lab_free(&lab);
}

/* A, who decides, is not moved by B. */
static void test_gateway_may_not_move(void **state)
{
    struct chain c;
    uint8_t body[64], out[256];
    (void)state;
    begin(&roamer, &gateway);
    struct ike_sa *sa = lab.side[1].m->sas;
    const struct ike_header h = {.spi_i = sa->spi_peer,
                                 .spi_r = sa->spi_own,
                                 .exchange = INFORMATIONAL,
                                 .id = sa->next_out++};
    chain_begin(&c, body, sizeof body);
    update(&c);
    size_t len = sk_seal(&sa->keys.from_r, &h, &c, out, sizeof out);
    lab_inject(&lab, 0, &(struct endpoint){host(44), 4500}, &(struct endpoint){host(1), 4500}, out,
               len);
    lab_run(&lab, 5000);
    assert_between(1, 2);
    lab_free(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host_moves),
        cmocka_unit_test(test_moves_under_traffic),
        cmocka_unit_test(test_moves_with_a_request_in_flight),
        cmocka_unit_test(test_bad_network),
        cmocka_unit_test(test_other_address_of_the_peer),
        cmocka_unit_test(test_gateway_tells_its_addresses),
        cmocka_unit_test(test_moves_behind_a_nat),
        cmocka_unit_test(test_nat_forgets),
        cmocka_unit_test(test_one_side_has_it_not),
        cmocka_unit_test(test_unexpected_nat),
        cmocka_unit_test(test_no_nats_allowed),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_answer_goes_back),
        cmocka_unit_test(test_gateway_may_not_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
