/* SPDX-License-Identifier: Apache-2.0 */
/* Many strangers begin at once: those who hide behind others' addresses cost nothing, those who are
 * there come in, however many share an address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "ctrl/sa/ike_sa.h"
#include "ctrl/wire/payload.h"
#include "tests/ctrl/exchange/lab.h"

static struct lab lab;
static const struct lab_conf fast = {.proposals = "aes128gcm16-prfsha256-x25519"};
static const struct lab_conf open_to_all = {.proposals = "aes128gcm16-prfsha256-x25519",
                                            .conn = "remote_addrs = %any"};
static const struct endpoint gateway = {{ESPL_IPV4, {10, 99, 0, 2}}, 500};

static uint8_t init[IKE_MESSAGE_MAX]; /* A's request */
static size_t init_len;
static uint8_t cookie[IKE_COOKIE_MAX]; /* of B's last answer; cookie_len 0: it was none */
static size_t cookie_len;
static unsigned answers;
static bool pass; /* A's own datagrams travel, and what is for it */

static bool catch (struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    struct message msg;
    struct notify n;
    (void)l;
    if (from == 0 && !init_len) {
        memcpy(init, data, *len);
        init_len = *len;
    }
    if (from == 1 && message_parse(&msg, data, *len) == WIRE_OK) {
        answers++;
        cookie_len = 0;
        if (notify_find(&msg, COOKIE, &n)) {
            cookie_len = n.data.n;
            memcpy(cookie, n.data.p, n.data.n);
        }
    }
    return pass && (from == 0 || data[0] != 0xee);
}

static void begin(void)
{
    lab_init(&lab, &fast, &open_to_all);
    lab.tap = catch;
    init_len = cookie_len = 0;
    answers = 0;
    pass = false;
    ike_manager_initiate(lab.side[0].m, "net", "net");
    assert_true(init_len > 0);
}

/* Stranger number `who`, from there; with the cookie that is in `cookie`, unless cookie_len is 0.
 */
static void stranger(uint32_t who, const struct endpoint *from)
{
    uint8_t out[IKE_MESSAGE_MAX];
    struct wr w = wr_over(out, sizeof out);
    size_t front = cookie_len ? 8 + cookie_len : 0;
    wr_bytes(&w, init, IKE_HEADER_LEN);
    if (front) {
        wr_u8(&w, init[16]);
        wr_u8(&w, 0);
        wr_u16(&w, (unsigned)front);
        wr_u16(&w, 0);
        wr_u16(&w, COOKIE);
        wr_bytes(&w, cookie, cookie_len);
        wr_patch_u8(&w, 16, PAYLOAD_NOTIFY);
    }
    wr_bytes(&w, init + IKE_HEADER_LEN, init_len - IKE_HEADER_LEN);
    wr_patch_u32(&w, 0, 0xee000000u);
    wr_patch_u32(&w, 4, who);
    wr_patch_u32(&w, 24, w.len);
    ike_manager_input(lab.side[1].m, &gateway, from, out, w.len);
}

/* One who is there: asks, shows the cookie if one is wanted. true: it has an answer with an SA. */
static bool client(uint32_t who, const struct endpoint *from)
{
    unsigned before = answers;
    cookie_len = 0;
    stranger(who, from);
    if (cookie_len) {
        before++;
        stranger(who, from);
    }
    return answers == before + 1 && cookie_len == 0;
}

static void test_spoofed_requests(void **state)
{
    (void)state;
    begin();
    for (uint32_t i = 0; i < 100000; i++) {
        const struct endpoint from = {
            {ESPL_IPV4,
             {(uint8_t)(1 + i % 200), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}},
            500};
        cookie_len = 0;
        stranger(i, &from);
        if (i == 50000) { /* in the middle of it somebody who means it */
            pass = true;
            ike_manager_terminate(lab.side[0].m, "net");
            ike_manager_initiate(lab.side[0].m, "net", "net");
            lab_run(&lab, 2000);
            lab_assert_tunnel(&lab);
        }
    }
    assert_int_equal(lab.side[1].m->half_open, 512);
    lab_run(&lab, 70000);
    assert_int_equal(ike_manager_count(lab.side[1].m), 1);
    assert_int_equal(lab.side[1].m->half_open, 0);
    lab_free(&lab);
}

static void test_2000_clients_behind_one_nat(void **state)
{
    (void)state;
    begin();
    for (uint32_t i = 0; i < 2000; i++) {
        const struct endpoint from = {{ESPL_IPV4, {192, 0, 2, 77}}, (uint16_t)(1024 + i)};
        assert_true(client(i, &from));
    }
    assert_int_equal(lab.side[1].m->half_open, 2000);
    lab_run(&lab, 70000);
    assert_int_equal(lab.side[1].m->half_open, 0);
    lab_free(&lab);
}

/* Somebody with one true address and all the cookies: there is room left for others. */
static void test_one_address_takes_not_everything(void **state)
{
    unsigned in = 0;
    (void)state;
    begin();
    for (uint32_t i = 0; i < 4500; i++) {
        const struct endpoint from = {{ESPL_IPV4, {192, 0, 2, 77}}, (uint16_t)(1024 + i)};
        in += client(i, &from);
    }
    assert_int_equal(in, 4096);
    for (uint32_t i = 0; i < 50; i++) {
        const struct endpoint from = {{ESPL_IPV4, {198, 51, 100, (uint8_t)i}}, 500};
        assert_true(client(10000 + i, &from));
    }
    lab_free(&lab);
}

/* A cookie is for one address, one SPI and one nonce, and for two minutes. */
static void test_cookie_of_others(void **state)
{
    const struct endpoint from = {{ESPL_IPV4, {192, 0, 2, 77}}, 500},
                          other = {{ESPL_IPV4, {192, 0, 2, 78}}, 500};
    (void)state;
    begin();
    for (uint32_t i = 0; i < 512; i++)
        assert_true(client(i, &from));
    cookie_len = 0;
    stranger(1000, &from);
    assert_int_equal(cookie_len > 0, 1);
    uint8_t mine[IKE_COOKIE_MAX];
    size_t len = cookie_len;
    memcpy(mine, cookie, len);
    stranger(1000, &other);
    assert_int_equal(cookie_len, len); /* asked for another one */
    memcpy(cookie, mine, len);
    stranger(1001, &from);
    assert_int_equal(cookie_len, len);
    memcpy(cookie, mine, len);
    stranger(1000, &from);
    assert_int_equal(cookie_len, 0);
    assert_int_equal(lab.side[1].m->half_open, 513);
    lab_free(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spoofed_requests),
        cmocka_unit_test(test_2000_clients_behind_one_nat),
        cmocka_unit_test(test_one_address_takes_not_everything),
        cmocka_unit_test(test_cookie_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
