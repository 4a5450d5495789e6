/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Nth allocation, the Nth random draw or the Nth call to the card fails, on either side, while a
 * tunnel comes up, is rekeyed and goes down: by pre-shared keys, by certificates, by EAP. Nothing may
 * leak, nothing may stay half installed, and when all is well again the tunnel comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>

#include "tests/ctrl/exchange/lab_pki.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
bool __real_random_bytes(uint8_t *buf, size_t len);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
bool __wrap_random_bytes(uint8_t *buf, size_t len);

enum fault { ALLOCATION, DRAW, CARD };
static enum fault fault;
static unsigned countdown; /* 0: none fails */

static bool fails(enum fault kind)
{
    return kind == fault && countdown && --countdown == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails(ALLOCATION) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails(ALLOCATION) ? NULL : __real_calloc(n, size);
}

bool __wrap_random_bytes(uint8_t *buf, size_t len)
{
    return !fails(DRAW) && __real_random_bytes(buf, len);
}

static struct lab lab;
static bool lots;
static struct lab_pki pki;

#define CONN "keyingtries = 0\n dpd_delay = 20s"
#define EAP_SECRET "secrets { eap-1 { id = carol\n secret = \"pass word\" } }"
static const struct lab_conf by_secret[2] = {{.conn = CONN}, {.conn = CONN}};
static const struct lab_conf by_certificate[2] = {
    {.conn = CONN, .local = "id = a.example", .remote = "id = b.example"},
    {.conn = CONN, .local = "id = b.example", .remote = "id = a.example"}};
static const struct lab_conf by_eap[2] = {{.conn = CONN,
                                           .local = "auth = eap-mschapv2\n id = a.example\n eap_id = carol",
                                           .remote = "id = b.example",
                                           .secrets = EAP_SECRET},
                                          {.conn = CONN "\n send_cert = always",
                                           .local = "id = b.example",
                                           .remote = "auth = eap-mschapv2\n id = a.example\n eap_id = %any",
                                           .secrets = EAP_SECRET}};

/* false: fewer than n of them are needed for the whole of it. */
static bool through_life(const struct lab_conf conf[2], bool certificates, unsigned n)
{
    struct fakedp *card;
    lab_init(&lab, &conf[0], &conf[1]);
    lab.lots = lots;
    if (certificates)
        lab_pki_equip(&pki, &lab);
    card = &lab.side[n % 2].dp;
    card->fail_at = fault == CARD ? card->calls + (n + 1) / 2 : 0;
    countdown = n;
    ike_manager_initiate(lab.side[0].m, "net", "net");
    lab_run(&lab, 30000);
    for (unsigned i = 0; i < 2; i++) {
        ike_manager_rekey_child(lab.side[i].m, "net");
        lab_run(&lab, 30000);
    }
    bool reached = fault == CARD ? card->calls >= card->fail_at : countdown == 0;
    countdown = 0;
    /* it finds its way by itself; what the other side deleted has to be asked for */
    lab_run(&lab, 400000);
    ike_manager_initiate(lab.side[0].m, "net", "net");
    lab_run(&lab, 5000);
    lab_assert_tunnel(&lab);
    assert_int_equal(fakedp_count(&lab.side[0].dp), fakedp_count(&lab.side[1].dp));
    ike_manager_terminate(lab.side[0].m, "net");
    ike_manager_terminate(lab.side[1].m, "net");
    lab_run(&lab, 400000);
    assert_int_equal(ike_manager_count(lab.side[0].m) + ike_manager_count(lab.side[1].m), 0);
    lab_free(&lab);
    return reached;
}

static void every(enum fault kind, const struct lab_conf conf[2], bool certificates)
{
    unsigned n = 1;
    fault = kind;
    if (certificates)
        lab_pki_make(&pki, "EC:P-256", NULL);
    while (through_life(conf, certificates, n))
        assert_true(n++ < 1000);
    assert_true(n > 8); /* there was something that could fail */
    pki_free();
}

#define TEST(name, kind, conf, certificates)                                                       \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        every(kind, conf, certificates);                                                           \
    }
TEST(allocations_with_a_secret, ALLOCATION, by_secret, false)
TEST(allocations_with_certificates, ALLOCATION, by_certificate, true)
TEST(allocations_with_eap, ALLOCATION, by_eap, true)
TEST(draws_with_a_secret, DRAW, by_secret, false)
TEST(draws_with_certificates, DRAW, by_certificate, true)
TEST(draws_with_eap, DRAW, by_eap, true)
TEST(card_with_a_secret, CARD, by_secret, false)
TEST(card_with_certificates, CARD, by_certificate, true)
TEST(card_with_eap, CARD, by_eap, true)

/* And where the signer is asked for several IKE_SAs at once. */
static void allocations_in_lots(void **state)
{
    (void)state;
    lots = true;
    every(ALLOCATION, by_secret, false);
    lots = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_with_a_secret),
        cmocka_unit_test(allocations_with_certificates),
        cmocka_unit_test(allocations_with_eap),
        cmocka_unit_test(allocations_in_lots),
        cmocka_unit_test(draws_with_a_secret),
        cmocka_unit_test(draws_with_certificates),
        cmocka_unit_test(draws_with_eap),
        cmocka_unit_test(card_with_a_secret),
        cmocka_unit_test(card_with_certificates),
        cmocka_unit_test(card_with_eap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
