/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that cross (RFC 7296 2.25): each side begins something at the same moment. A test for
 * every sentence of 2.25.1 and 2.25.2, by what the one answers who is already at something else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "ctrl/exchange/control.h"
#include "ctrl/sa/child_sa.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/narrow.h"
#include "ctrl/wire/proposal.h"
#include "ctrl/wire/sk.h"
#include "tests/ctrl/exchange/lab.h"

static struct lab lab;

/* The first response of A, as it went out. */
static struct {
    unsigned exchange, error;
    bool deletes, has_sa;
    unsigned count;
} seen;

static struct ike_sa *sa_of(unsigned side)
{
    struct ike_sa *sa = lab.side[side].m->sas;
    while (sa && sa->state == IKE_CLOSED)
        sa = sa->next;
    return sa;
}

static bool watch(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    static uint8_t text[IKE_MESSAGE_MAX];
    struct message msg;
    struct notify n;
    bool authentic;
    (void)l;
    if (from != 0 || message_parse(&msg, data, *len) != WIRE_OK ||
        !(msg.header.flags & IKE_FLAG_RESPONSE))
        return true;
    const struct ike_sa *sa = lab.side[0].m->sas;
    while (sa && sa->spi_own != msg.header.spi_i && sa->spi_own != msg.header.spi_r)
        sa = sa->next;
    assert_non_null(sa);
    const struct cipher_key *key = sa->initiator ? &sa->keys.from_i : &sa->keys.from_r;
    assert_int_equal(sk_open(key, &msg, text, &authentic), WIRE_OK);
    if (seen.count++)
        return true;
    seen.exchange = msg.header.exchange;
    seen.error = notify_error(&msg, &n);
    seen.deletes = message_find(&msg, PAYLOAD_DELETE) != NULL;
    seen.has_sa = message_find(&msg, PAYLOAD_SA) != NULL;
    return true;
}

/* ---------------------------------------------------------------- what a side begins */

static void nothing(unsigned side)
{
    (void)side;
}

static void rekey_child(unsigned side)
{
    (void)ike_manager_rekey_child(lab.side[side].m, "net");
}

static void rekey_ike(unsigned side)
{
    const struct ike_choice all = {.ike = "net"};
    (void)ike_manager_rekey(lab.side[side].m, &all);
}

static void close_child(unsigned side)
{
    const struct ike_choice child = {.child = "net"};
    struct ike_ids ids;
    assert_true(ike_manager_end(lab.side[side].m, &child, false, &ids));
    ike_ids_clear(&ids);
}

static void close_ike(unsigned side)
{
    assert_int_equal(ike_manager_terminate(lab.side[side].m, "net"), 0);
}

static void create_child(unsigned side)
{
    assert_int_equal(ike_manager_initiate(lab.side[side].m, "net", "second"), 0);
}

/* The CHILD_SA is gone on this side, and nobody was told. */
static void forget_child(unsigned side)
{
    struct ike_sa *sa = sa_of(side);
    child_remove(sa, sa->children);
}

typedef void (*act)(unsigned side);

#define SECOND                                                                                     \
    "}\n second {\n local_ts = 10.9.0.0/16\n remote_ts = 10.9.0.0/16\n esp_proposals = "           \
    "aes256gcm16"

/* A is at one thing, and B's request for another arrives before B has heard of it. */
static void cross(act a, act b)
{
    static const struct lab_conf c = {.child = "esp_proposals = aes256gcm16\n" SECOND};
    lab_init(&lab, &c, &c);
    lab_up(&lab);
    memset(&seen, 0, sizeof seen);
    lab.tap = watch;
    lab.delay_min = lab.delay_max = 50;
    a(0);
    b(1);
    lab_run(&lab, 90);
    assert_int_equal(seen.count, 1);
}

/* Ends in peace: at the same tunnel on both sides (or on neither), without a second IKE_SA. */
static void settle(bool tunnel)
{
    lab_run(&lab, 60000);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ike_manager_count(lab.side[i].m), ike_manager_count(lab.side[!i].m));
        assert_true(ike_manager_count(lab.side[i].m) <= 1);
        assert_int_equal(fakedp_count(&lab.side[i].dp), fakedp_count(&lab.side[!i].dp));
    }
    if (tunnel)
        lab_assert_tunnel(&lab);
    else
        assert_null(fakedp_policy(&lab.side[0].dp, &lab.side[0].out));
    lab_free(&lab);
}

static void answered_with_error(unsigned error)
{
    assert_int_equal(seen.exchange, CREATE_CHILD_SA);
    assert_int_equal(seen.error, error);
    assert_false(seen.has_sa);
}

static void answered_with_sa(void)
{
    assert_int_equal(seen.error, NOTIFY_NONE);
    assert_true(seen.has_sa);
}

static void answered_delete(bool deletes)
{
    assert_int_equal(seen.exchange, INFORMATIONAL);
    assert_int_equal(seen.error, NOTIFY_NONE);
    assert_int_equal(seen.deletes, deletes);
}

/* ---------------------------------------------------------------- 2.25.1 */

static void rekey_child_that_is_being_closed(void **state)
{
    (void)state;
    cross(close_child, rekey_child);
    answered_with_error(TEMPORARY_FAILURE);
    settle(false);
}

static void rekey_child_that_is_being_rekeyed(void **state)
{
    (void)state;
    cross(rekey_child, rekey_child);
    answered_with_sa();
    settle(true);
}

static void rekey_child_that_does_not_exist(void **state)
{
    (void)state;
    cross(forget_child, rekey_child);
    answered_with_error(CHILD_SA_NOT_FOUND);
    settle(true); /* A wants it, and sets it up anew */
}

static void close_child_that_is_being_closed(void **state)
{
    (void)state;
    cross(close_child, close_child);
    answered_delete(false);
    settle(false);
}

static void close_child_that_is_being_rekeyed(void **state)
{
    (void)state;
    cross(rekey_child, close_child);
    answered_delete(true);
    settle(false);
}

static void close_child_that_does_not_exist(void **state)
{
    (void)state;
    cross(forget_child, close_child);
    answered_delete(false);
    settle(true);
}

static void rekey_ike_while_child_is_created(void **state)
{
    (void)state;
    cross(create_child, rekey_ike);
    answered_with_error(TEMPORARY_FAILURE);
    settle(true);
}

static void rekey_ike_while_child_is_rekeyed(void **state)
{
    (void)state;
    cross(rekey_child, rekey_ike);
    answered_with_error(TEMPORARY_FAILURE);
    settle(true);
}

static void rekey_ike_while_child_is_closed(void **state)
{
    (void)state;
    cross(close_child, rekey_ike);
    answered_with_error(TEMPORARY_FAILURE);
    settle(false);
}

/* ---------------------------------------------------------------- 2.25.2 */

static void rekey_ike_that_is_being_rekeyed(void **state)
{
    (void)state;
    cross(rekey_ike, rekey_ike);
    answered_with_sa();
    settle(true);
}

static void rekey_ike_that_is_being_closed(void **state)
{
    (void)state;
    cross(close_ike, rekey_ike);
    answered_with_error(TEMPORARY_FAILURE);
    settle(false);
}

/* The one who rekeys forgets about it. */
static void close_ike_that_is_being_rekeyed(void **state)
{
    (void)state;
    cross(rekey_ike, close_ike);
    answered_delete(false);
    settle(false);
}

static void close_ike_that_is_being_closed(void **state)
{
    (void)state;
    cross(close_ike, close_ike);
    answered_delete(false);
    settle(false);
}

static void create_child_while_ike_is_rekeyed(void **state)
{
    (void)state;
    cross(rekey_ike, create_child);
    answered_with_error(TEMPORARY_FAILURE);
    settle(true);
}

static void rekey_child_while_ike_is_rekeyed(void **state)
{
    (void)state;
    cross(rekey_ike, rekey_child);
    answered_with_error(TEMPORARY_FAILURE);
    settle(true);
}

static void close_child_while_ike_is_rekeyed(void **state)
{
    (void)state;
    cross(rekey_ike, close_child);
    answered_delete(true);
    settle(false);
}

/* B makes the new pair, and deletes it before A has heard of it. */
static void delete_overtakes_the_answer(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab_up(&lab);
    lab.cut[1] = true;
    rekey_child(0);
    lab_run(&lab, 100);
    lab.cut[1] = false;
    close_child(1);
    lab_run(&lab, 400000); /* A asks again, and gets the answer of then */
    assert_int_equal(fakedp_count(&lab.side[0].dp), fakedp_count(&lab.side[1].dp));
    lab_free(&lab);
}

/* What charon does: B rekeys the new pair before A has heard that there is one. It may not be told that
 * there is none: it would drop its half. */
static void rekey_overtakes_the_answer(void **state)
{
    uint8_t body[256], out[512];
    struct chain c;
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab_up(&lab);
    lab.cut[1] = true;
    rekey_child(0);
    lab_run(&lab, 100);
    lab.cut[1] = false;
    const struct ike_sa *sa = sa_of(1);
    const struct child_sa *made = sa->children;
    while (made && !made->out_waits)
        made = made->next;
    assert_non_null(made);
    const struct ike_header h = {
        .spi_i = sa->spi_peer, .spi_r = sa->spi_own, .exchange = CREATE_CHILD_SA, .id = sa->next_out};
    chain_begin(&c, body, sizeof body);
    notify_write_esp(&c, REKEY_SA, made->dp.spi_in);
    for (size_t i = 0; i < 2; i++) { /* what else there has to be is not looked at */
        const struct ts all = narrow_all(ESPL_IPV4);
        ts_write(&c, i ? PAYLOAD_TSR : PAYLOAD_TSI, &all, 1);
    }
    sa_write(&c, &(struct sa_payload){
                     .count = 1,
                     .proposals[0] = {.number = 1,
                                      .protocol = PROTO_ESP,
                                      .spi = 4096,
                                      .spi_len = 4,
                                      .count = 1,
                                      .transforms[0] = {TRANSFORM_ENCR, ENCR_AES_GCM_16, 256}}});
    nonce_write(&c, (struct bytes){(const uint8_t *)"a nonce of sixteen", 16});
    size_t len = sk_seal(&sa_of(1)->keys.from_r, &h, &c, out, sizeof out);
    memset(&seen, 0, sizeof seen);
    lab.tap = watch;
    lab_inject(&lab, 0, &sa->local, &sa->peer, out, len);
    lab_run(&lab, 50);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.error, TEMPORARY_FAILURE);
    sa_of(1)->next_out++; /* B's double asked in its place */
    settle(true);
}

/* ---------------------------------------------------------------- all of them, at any moment */

static void everything_at_any_moment(void **state)
{
    static const act acts[] = {nothing, rekey_child, rekey_ike, close_child, create_child};
    const size_t n = sizeof acts / sizeof *acts;
    (void)state;
    for (uint32_t seed = 1; seed <= 150; seed++) {
        const struct lab_conf c = {.child = "esp_proposals = aes256gcm16\n" SECOND,
                                   .conn = "keyingtries = 0"};
        lab_init(&lab, &c, &c);
        lab_up(&lab);
        lab.seed = seed * 2654435761u | 1;
        lab.delay_min = 1;
        lab.delay_max = 200;
        if (seed % 3 == 0)
            lab.loss = lab.dup = 10;
        for (unsigned i = 0; i < 2; i++) {
            act what = acts[lab_random(&lab) % n];
            const struct ike_sa *sa = sa_of(i);
            if (sa && sa->state == IKE_UP && sa->children && sa->children->state == CHILD_UP)
                what(i);
            lab_run(&lab, lab_random(&lab) % 150);
        }
        lab.loss = lab.dup = 0;
        lab_run(&lab, 400000);
        for (unsigned i = 0; i < 2; i++) {
            assert_int_equal(fakedp_count(&lab.side[i].dp), fakedp_count(&lab.side[!i].dp));
            assert_int_equal(ike_manager_count(lab.side[i].m), 1);
        }
        lab_free(&lab);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rekey_child_that_is_being_closed),
        cmocka_unit_test(rekey_child_that_is_being_rekeyed),
        cmocka_unit_test(rekey_child_that_does_not_exist),
        cmocka_unit_test(close_child_that_is_being_closed),
        cmocka_unit_test(close_child_that_is_being_rekeyed),
        cmocka_unit_test(close_child_that_does_not_exist),
        cmocka_unit_test(rekey_ike_while_child_is_created),
        cmocka_unit_test(rekey_ike_while_child_is_rekeyed),
        cmocka_unit_test(rekey_ike_while_child_is_closed),
        cmocka_unit_test(rekey_ike_that_is_being_rekeyed),
        cmocka_unit_test(rekey_ike_that_is_being_closed),
        cmocka_unit_test(close_ike_that_is_being_rekeyed),
        cmocka_unit_test(close_ike_that_is_being_closed),
        cmocka_unit_test(create_child_while_ike_is_rekeyed),
        cmocka_unit_test(rekey_child_while_ike_is_rekeyed),
        cmocka_unit_test(close_child_while_ike_is_rekeyed),
        cmocka_unit_test(delete_overtakes_the_answer),
        cmocka_unit_test(rekey_overtakes_the_answer),
        cmocka_unit_test(everything_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
