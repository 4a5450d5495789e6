/* SPDX-License-Identifier: Apache-2.0 */
/* Many strangers begin at once: those who hide behind others' addresses cost nothing, those who are
 * there come in, however many share an address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/want.h"
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
    assert_in_range(lab.side[1].m->half_open, 0, 511); /* no cookies any more */
    lab_run(&lab, 100000);
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
    lab_run(&lab, 31000); /* few may stay longer */
    assert_int_equal(lab.side[1].m->half_open, 511);
    lab_run(&lab, 140000);
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

/* ---------------------------------------------------------------- our own */

#define MANY 200

static char *many_connections(void)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    fprintf(f, "connections {\n");
    for (unsigned i = 0; i < MANY; i++)
        fprintf(f,
                "c%u {\n remote_addrs = 10.99.0.2\n local {\n auth = psk\n }\n remote {\n auth = "
                "psk\n }\n children {\n net {\n start_action = start\n }\n }\n}\n",
                i);
    fprintf(f, "}\n");
    assert_int_equal(fclose(f), 0);
    return text;
}

/* What is wanted begins four at a time, 128 wait for an answer, and each begins once. */
static void test_our_own_take_turns(void **state)
{
    char *more = many_connections();
    const struct lab_conf a = {.more = more};
    (void)state;
    lab_init(&lab, &a, NULL);
    free(more);
    lab.cut[1] = true;
    struct lab_side *s = &lab.side[0];
    ike_manager_start(s->m);
    assert_int_equal(s->sent, BEGINNING_TURN);
    while (ike_manager_deadline(s->m) <= lab.now) {
        unsigned before = s->sent;
        ike_manager_tick(s->m);
        assert_int_equal(s->sent, before + BEGINNING_TURN);
    }
    assert_int_equal(s->sent, BEGINNING_MAX);
    lab_run(&lab, 5000); /* sent again after 4 s: nobody waits for these any more */
    assert_int_equal(ike_manager_count(s->m), MANY);
    assert_int_equal(s->sent, MANY + BEGINNING_MAX);
    lab_free(&lab);
}

/* The child at which a pass has to wait goes away with its configuration. */
static void test_what_has_to_wait_goes_away(void **state)
{
    char *more = many_connections();
    const struct lab_conf a = {.more = more};
    (void)state;
    lab_init(&lab, &a, NULL);
    free(more);
    lab.cut[1] = true;
    struct ike_manager *m = lab.side[0].m;
    ike_manager_start(m);
    assert_non_null(m->wants_next);
    const struct want *next = m->wants_next->next;
    want_remove_child(m, m->wants_next->child);
    assert_ptr_equal(m->wants_next, next);
    lab_run(&lab, 5000);
    assert_null(m->wants_next);
    assert_int_equal(ike_manager_count(m), MANY - 1);
    lab_free(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spoofed_requests),
        cmocka_unit_test(test_2000_clients_behind_one_nat),
        cmocka_unit_test(test_one_address_takes_not_everything),
        cmocka_unit_test(test_cookie_of_others),
        cmocka_unit_test(test_our_own_take_turns),
        cmocka_unit_test(test_what_has_to_wait_goes_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
