/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams that are taken together: the signer is asked once for many IKE_AUTHs, and what becomes
 * of each is what would have become of it alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ctrl/sa/state.h"
#include "ctrl/signer/link.h"
#include "ctrl/wire/sk.h"
#include "tests/ctrl/exchange/lab.h"

#define TUNNELS 40u
#define WRONG 7u /* the one whose secret is another on each side */
#define PROPOSAL "version = 2\n proposals = aes128gcm16-prfsha256-x25519\n"

static struct lab lab;
static uint32_t asked_before[2];

static void begin(const struct lab_conf *a, const struct lab_conf *b)
{
    lab_init(&lab, a, b);
    lab.lots = true;
    lab.delay_min = lab.delay_max = 5;
    for (unsigned i = 0; i < 2; i++)
        asked_before[i] = lab.side[i].signer->number;
}

static unsigned asked(unsigned side)
{
    return lab.side[side].signer->number - asked_before[side];
}

/* ---------------------------------------------------------------- many at once */

static const char *tunnels_of_a(void)
{
    static char text[TUNNELS * 512];
    size_t len = (size_t)snprintf(text, sizeof text, "connections {\n");
    for (unsigned i = 0; i < TUNNELS; i++)
        len += (size_t)snprintf(
            text + len, sizeof text - len,
            "c%u { " PROPOSAL "local_addrs = 10.99.0.1\n remote_addrs = 10.99.0.2\n"
            "local { auth = psk\n id = c%u.example\n }\n remote { auth = psk\n id = b.example\n }\n"
            "children { net { local_ts = 10.7.%u.0/24\n remote_ts = 10.2.0.0/24\n } } }\n",
            i, i, i);
    assert_true(len + 2 < sizeof text);
    strcpy(text + len, "}\n");
    return text;
}

/* Two lots, for there are more than one holds: two questions a side, and the wrong one is alone in
 * being wrong. */
static void few_questions_for_many(void **state)
{
    const struct lab_conf a = {.more = tunnels_of_a(),
                               .secrets = "secrets { ike-1 { secret = moonshine }\n"
                                          "ike-7 { id-1 = c7.example\n secret = sunshine } }"};
    const struct lab_conf b = {
        .secrets = "secrets { ike-1 { secret = moonshine } }",
        .more = "connections { many { " PROPOSAL "local_addrs = 10.99.0.2\n"
                "local { auth = psk\n id = b.example\n }\n remote { auth = psk\n }\n"
                "children { net { local_ts = 10.2.0.0/24\n remote_ts = 10.7.0.0/16\n } } } }\n"};
    char name[16];
    (void)state;
    begin(&a, &b);
    for (unsigned i = 0; i < TUNNELS; i++) {
        snprintf(name, sizeof name, "c%u", i);
        assert_int_equal(ike_manager_initiate(lab.side[0].m, name, "net"), 0);
    }
    lab_run(&lab, 1000);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(lab.side[i].events[IKE_EVENT_CHILD_UP], TUNNELS - 1);
        assert_int_equal(asked(i), 2);
    }
    assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 1);
    assert_string_equal(lab.side[0].last[IKE_EVENT_FAILED], "AUTHENTICATION_FAILED");
    lab_free(&lab);
}

/* ---------------------------------------------------------------- each as if alone */

/* Every datagram comes twice, and both are in the same lot: the second one finds that the first one
 * waits. */
static void repeated_in_the_lot(void **state)
{
    (void)state;
    begin(NULL, NULL);
    lab.dup = 100;
    lab_up(&lab);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(asked(i), 1);
        assert_int_equal(lab.side[i].events[IKE_EVENT_IKE_UP], 1);
    }
    lab_free(&lab);
}

/* With a PPK the keys are others when the peer has named it: nothing is asked ahead. */
static void ppk_in_the_lot(void **state)
{
    const struct lab_conf c = {.conn = "ppk_id = vault\n ppk_required = yes",
                               .secrets = "secrets { ike-1 { secret = moonshine }\n"
                                          "ppk-1 { id-1 = vault\n secret = \"post quantum\" } }"};
    (void)state;
    begin(&c, &c);
    lab_up(&lab);
    lab_free(&lab);
}

/* The signer ends before it has answered: that side authenticates nobody, and both let go. */
static void no_signer(void **state)
{
    (void)state;
    for (unsigned side = 0; side < 2; side++) {
        begin(NULL, NULL);
        lab.side[side].signer->gone = true;
        assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
        lab_run(&lab, 300000);
        assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 1);
        assert_string_equal(lab.side[0].last[IKE_EVENT_FAILED],
                            side ? "AUTHENTICATION_FAILED" : "no IKE_AUTH request could be made");
        for (unsigned i = 0; i < 2; i++) {
            assert_int_equal(lab.side[i].events[IKE_EVENT_IKE_UP], 0);
            assert_int_equal(ike_manager_count(lab.side[i].m), 0);
        }
        lab_free(&lab);
    }
}

/* Behind A's request another one with its message id, whose payloads make no sense. */
static bool two_requests(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    struct ike_sa *sa = l->side[0].m->sas;
    uint8_t body[8], out[256];
    struct message msg;
    struct chain c;
    if (from != 0 || data[18] != IKE_AUTH || !sa || message_parse(&msg, data, *len) != WIRE_OK)
        return true;
    lab_inject(l, 1, &sa->local, &sa->peer, data, *len);
    chain_begin(&c, body, sizeof body);
    size_t at = chain_open(&c, PAYLOAD_IDI);
    chain_close(&c, at);
    wr_patch_u16(&c.w, 2, 1); /* a payload shorter than its header */
    size_t n = sk_seal(&sa->keys.from_i, &msg.header, &c, out, sizeof out);
    assert_true(n > 0);
    lab_inject(l, 1, &sa->local, &sa->peer, out, n);
    return false;
}

/* B's IKE_SA ends while the signer is to be asked for it: the answer is for nobody. */
static void the_end_in_the_lot(void **state)
{
    (void)state;
    begin(NULL, NULL);
    lab.tap = two_requests;
    assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
    lab_run(&lab, 300000);
    assert_int_equal(asked(1), 1);
    assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 1);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(lab.side[i].events[IKE_EVENT_IKE_UP], 0);
        assert_int_equal(ike_manager_count(lab.side[i].m), 0);
    }
    lab_free(&lab);
}

/* A bad network, and the tunnel comes up as ever. */
static void lots_on_a_bad_network(void **state)
{
    unsigned up = 0;
    (void)state;
    for (unsigned seed = 1; seed <= 50; seed++) {
        begin(NULL, NULL);
        lab.seed = seed;
        lab.loss = lab.dup = 20;
        assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
        lab_run(&lab, 300000);
        if (lab.side[0].events[IKE_EVENT_FAILED] == 0) {
            lab_assert_tunnel(&lab);
            up++;
        }
        lab_free(&lab);
    }
    assert_true(up >= 48);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_questions_for_many), cmocka_unit_test(repeated_in_the_lot),
        cmocka_unit_test(ppk_in_the_lot),         cmocka_unit_test(no_signer),
        cmocka_unit_test(the_end_in_the_lot),     cmocka_unit_test(lots_on_a_bad_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
