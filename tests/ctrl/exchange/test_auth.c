/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two managers prove who they are, by certificates, by EAP, with a PPK; what is wrong with a proof
 * is noticed by the other side, and revocation information is waited for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/crypto/sigalg.h"
#include "ctrl/sa/auth_state.h"
#include "ctrl/signer/link.h"
#include "ctrl/trust/trust.h"
#include "ctrl/wire/ike.h"
#include "ctrl/wire/sk.h"
#include "tests/ctrl/exchange/lab_pki.h"

static struct lab lab;
static struct lab_pki pki;

static const char *const local[] = {"id = a.example", "id = b.example"};

static void make(const char *kind, const char *crl)
{
    lab_pki_make(&pki, kind, crl);
}

static void begin(const struct lab_conf *a, const struct lab_conf *b)
{
    lab_init(&lab, a, b);
    lab_pki_equip(&pki, &lab);
}

static struct lab_conf pubkey(unsigned side)
{
    return (struct lab_conf){.local = local[side], .remote = local[!side]};
}

static void end(void)
{
    lab_free(&lab);
    pki_free();
}

/* A's only try fails, and B is not up either. */
static void fails(void)
{
    assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
    lab_run(&lab, 300000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 1);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ike_manager_count(lab.side[i].m), 0);
        assert_int_equal(lab.side[i].events[IKE_EVENT_CHILD_UP],
                         lab.side[i].events[IKE_EVENT_CHILD_DOWN]);
    }
    end();
}

static void every_kind_of_key(void **state)
{
    static const char *const kinds[] = {"RSA:2048", "EC:P-256", "EC:P-384", "EC:P-521", "ED25519"};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct lab_conf a = pubkey(0), b = pubkey(1);
        make(kinds[i], NULL);
        begin(&a, &b);
        lab_up(&lab);
        for (unsigned j = 0; j < 2; j++) /* what only IKE_AUTH needs is gone */
            assert_null(lab.side[j].m->sas->auth);
        end();
    }
}

/* By its subject, without saying who it is; and by a pattern. */
static void by_subject(void **state)
{
    const struct lab_conf a = {.local = "id = \"C=CH, CN=a.example\"", .remote = "id = *.example"};
    const struct lab_conf b = {.local = local[1], .remote = "id = \"C=CH, CN=*\""};
    (void)state;
    make("EC:P-256", NULL);
    begin(&a, &b);
    lab_up(&lab);
    end();
}

static void another_name(void **state)
{
    const struct lab_conf a = pubkey(0), b = {.local = local[1], .remote = "id = c.example"};
    (void)state;
    make("EC:P-256", NULL);
    begin(&a, &b);
    fails();
}

/* B's certificate is right, and somebody else has its key. */
static void another_key(void **state)
{
    const struct pki_cert mallory = {.name = "b.example"};
    const struct lab_conf a = pubkey(0), b = pubkey(1);
    (void)state;
    make("EC:P-256", NULL);
    EVP_PKEY *key = pki_key("EC:P-256");
    pki.certs[1] = pki_cert(key, &mallory, NULL, NULL); /* signed by himself */
    pki.keys[1] = key;
    begin(&a, &b);
    fails();
}

static void a_secret_where_a_signature_is_wanted(void **state)
{
    const struct lab_conf a = {.local = "auth = psk\n id = a.example", .remote = local[1]},
                          b = pubkey(1);
    (void)state;
    make("EC:P-256", NULL);
    begin(&a, &b);
    fails();
}

static void weaker_than_the_rule(void **state)
{
    const struct lab_conf a = pubkey(0),
                          b = {.local = local[1], .remote = "auth = rsa-3072\n id = a.example"};
    (void)state;
    make("RSA:2048", NULL);
    begin(&a, &b);
    fails();
}

/* ---------------------------------------------------------------- revocation */

static unsigned fetches[2], numbers[2];

static bool fetch(struct lab *l, unsigned side, unsigned number, const char *url,
                  const uint8_t *post, size_t len)
{
    (void)l;
    assert_string_equal(url, "http://crl.example/ca.crl");
    assert_true(!post && !len);
    fetches[side]++;
    numbers[side] = number;
    return true;
}

static void deliver(unsigned side, X509 *revoked)
{
    struct config_blob *b = pki_crl(pki.root, pki.root_key, revoked, false);
    ike_manager_fetched(lab.side[side].m, numbers[side], b->data, b->len);
    config_blobs_free(b);
}

/* Both sides wait for it, once each, while requests are repeated; then they go on. */
static void revocation_is_waited_for(void **state)
{
    const struct lab_conf a = {.local = local[0], .remote = "id = b.example\n revocation = strict"},
                          b = {.local = local[1], .remote = "id = a.example\n revocation = strict"};
    (void)state;
    make("EC:P-256", "http://crl.example/ca.crl");
    begin(&a, &b);
    lab.fetch = fetch;
    fetches[0] = fetches[1] = 0;
    ike_manager_initiate(lab.side[0].m, "net", "net");
    lab_run(&lab, 15000); /* A repeats its request */
    assert_int_equal(fetches[0], 0);
    assert_int_equal(fetches[1], 1);
    assert_int_equal(lab.side[1].events[IKE_EVENT_IKE_UP], 0);
    deliver(1, NULL);
    assert_int_equal(lab.side[1].events[IKE_EVENT_IKE_UP], 1);
    lab_run(&lab, 5000);
    assert_int_equal(fetches[0], 1);
    assert_int_equal(lab.side[0].events[IKE_EVENT_IKE_UP], 0);
    deliver(0, NULL);
    assert_int_equal(lab.side[0].events[IKE_EVENT_IKE_UP], 1);
    lab_run(&lab, 1000);
    lab_assert_tunnel(&lab);
    assert_int_equal(fetches[0] + fetches[1], 2);
    end();
}

static void revoked_while_waiting(void **state)
{
    const struct lab_conf a = pubkey(0), b = pubkey(1);
    (void)state;
    make("EC:P-256", "http://crl.example/ca.crl");
    begin(&a, &b);
    lab.fetch = fetch;
    fetches[0] = fetches[1] = 0;
    ike_manager_initiate(lab.side[0].m, "net", "net");
    lab_run(&lab, 1000);
    assert_int_equal(fetches[1], 1);
    deliver(1, pki.certs[0]);
    lab_run(&lab, 300000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 1);
    assert_string_equal(lab.side[0].last[IKE_EVENT_FAILED], "AUTHENTICATION_FAILED");
    assert_int_equal(lab.side[1].events[IKE_EVENT_IKE_UP], 0);
    end();
}

/* An SA that ends while it waits leaves nothing behind for the answer that comes later. */
static void the_end_while_waiting(void **state)
{
    const struct lab_conf a = pubkey(0), b = pubkey(1);
    (void)state;
    make("EC:P-256", "http://crl.example/ca.crl");
    begin(&a, &b);
    lab.fetch = fetch;
    ike_manager_initiate(lab.side[0].m, "net", "net");
    lab_run(&lab, 300000);
    assert_int_equal(ike_manager_count(lab.side[1].m), 0);
    deliver(1, NULL);
    lab_run(&lab, 1000);
    assert_int_equal(ike_manager_count(lab.side[1].m), 0);
    end();
}

/* The payload of this type gets another body. */
static void rewrite(struct cipher_key *key, uint8_t *data, size_t *len, unsigned type,
                    struct bytes body)
{
    uint8_t text[IKE_MESSAGE_MAX], buf[IKE_MESSAGE_MAX];
    struct message msg;
    struct chain c;
    bool authentic;
    if (message_parse(&msg, data, *len) != WIRE_OK ||
        sk_open(key, &msg, text, &authentic) != WIRE_OK)
        return;
    chain_begin(&c, buf, sizeof buf);
    for (size_t i = 0; i < msg.count; i++) {
        const struct payload *p = &msg.payloads[i];
        size_t at = chain_open(&c, p->type);
        wr_bytes(&c.w, p->type == type ? body.p : p->body, p->type == type ? body.n : p->len);
        chain_close(&c, at);
    }
    *len = sk_seal(key, &msg.header, &c, data, IKE_MESSAGE_MAX);
}

/* A signature of the right form that is nobody's. */
static bool spoil_auth(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    uint8_t auth[4 + 256] = {AUTH_METHOD_DIGITAL};
    const struct sign_scheme s = {AUTH_METHOD_DIGITAL, SIGN_ECDSA, SIGN_SHA256, false};
    struct ike_sa *sa = l->side[0].m->sas;
    size_t n = sigalg_write(&s, auth + 4, 256);
    assert_int_equal(n, 13);
    if (from == 0 && data[18] == IKE_AUTH && sa)
        rewrite(&sa->keys.from_i, data, len, PAYLOAD_AUTH, (struct bytes){auth, 4 + n + 72});
    return true;
}

/* CVE-2022-40617: who shows somebody else's certificate, which is trusted, makes nobody fetch. */
static void nothing_is_fetched_before_auth(void **state)
{
    const struct lab_conf a = pubkey(0), b = pubkey(1);
    (void)state;
    make("EC:P-256", "http://crl.example/ca.crl");
    begin(&a, &b);
    lab.fetch = fetch;
    lab.tap = spoil_auth;
    fetches[0] = fetches[1] = 0;
    ike_manager_initiate(lab.side[0].m, "net", "net");
    lab_run(&lab, 300000);
    assert_int_equal(fetches[0] + fetches[1], 0);
    assert_int_equal(lab.side[1].events[IKE_EVENT_IKE_UP], 0);
    end();
}

/* CVE-2022-40617: whose certificate is not trusted makes nobody fetch. */
static void nothing_is_fetched_before_trust(void **state)
{
    const struct lab_conf a = pubkey(0), b = pubkey(1);
    const struct pki_cert fake = {.name = "a.example", .crl = "http://10.0.0.1/inside"};
    (void)state;
    make("EC:P-256", NULL);
    EVP_PKEY *mallory = pki_key("EC:P-256");
    pki.certs[0] = pki_cert(mallory, &fake, NULL, NULL);
    pki.keys[0] = mallory;
    begin(&a, &b);
    lab.fetch = fetch; /* would fail on another address */
    fetches[0] = fetches[1] = 0;
    ike_manager_initiate(lab.side[0].m, "net", "net");
    lab_run(&lab, 300000);
    assert_int_equal(fetches[0] + fetches[1], 0);
    assert_int_equal(lab.side[1].events[IKE_EVENT_IKE_UP], 0);
    end();
}

/* ---------------------------------------------------------------- pre-shared keys */

static bool (*lab_tap)(struct lab *l, unsigned from, uint8_t *data, size_t *len);
static unsigned spoiled;
static struct bytes spoiled_body;

/* How often each side asked its signer until the tunnel was up, or did not come. */
static void questions(const struct lab_conf *a, bool up, unsigned asked[2])
{
    uint32_t before[2];
    lab_init(&lab, a, NULL);
    lab.tap = lab_tap;
    for (unsigned i = 0; i < 2; i++)
        before[i] = lab.side[i].signer->number;
    assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
    lab_run(&lab, 2000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_UP], up);
    for (unsigned i = 0; i < 2; i++)
        asked[i] = lab.side[i].signer->number - before[i];
    lab_free(&lab);
}

/* Both AUTHs come of one question, where the responder's name is known before it says it. */
static void secrets_of_both_at_once(void **state)
{
    const struct lab_conf pattern = {.remote = "auth = psk\n id = *.example",
                                     .secrets = "secrets { ike-1 { secret = moonshine } }"};
    unsigned asked[2];
    (void)state;
    lab_tap = NULL;
    questions(NULL, true, asked);
    assert_int_equal(asked[0], 1);
    assert_int_equal(asked[1], 1);
    questions(&pattern, true, asked);
    assert_int_equal(asked[0], 2);
    assert_int_equal(asked[1], 1);
}

/* B's answer says something else in this payload. */
static bool spoil_answer(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    struct ike_sa *sa = l->side[0].m->sas;
    if (from == 1 && data[18] == IKE_AUTH && sa)
        rewrite(&sa->keys.from_r, data, len, spoiled, spoiled_body);
    return true;
}

/* The AUTH that was foreseen is for the ID that was foreseen, every byte of it, and for no other
 * data. */
static void a_foreseen_answer_is_compared(void **state)
{
    static const uint8_t mac[4 + 48] = {AUTH_METHOD_PSK},
                         id[] = {ID_FQDN, 0, 0, 1, 'b', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e'};
    unsigned asked[2];
    (void)state;
    lab_tap = spoil_answer;
    spoiled = PAYLOAD_AUTH;
    spoiled_body = (struct bytes){mac, sizeof mac};
    questions(NULL, false, asked);
    assert_int_equal(asked[0], 1);
    spoiled = PAYLOAD_IDR;
    spoiled_body = (struct bytes){id, sizeof id};
    questions(NULL, false, asked);
    assert_int_equal(asked[0], 2);
}

/* ---------------------------------------------------------------- EAP */

#define EAP_SECRET "secrets { eap-1 { id = carol\n secret = \"pass word\" } }"
static const char eap_client[] = "auth = eap-mschapv2\n id = a.example\n eap_id = carol";
static const char eap_peer[] = "auth = eap-mschapv2\n id = a.example\n eap_id = %any";

static void eap(void **state)
{
    const struct lab_conf a = {.local = eap_client, .remote = local[1], .secrets = EAP_SECRET},
                          b = {.local = local[1],
                               .remote = eap_peer,
                               .secrets = EAP_SECRET,
                               .conn = "send_cert = always"};
    (void)state;
    make("EC:P-256", NULL);
    begin(&a, &b);
    lab_up(&lab);
    assert_int_equal(lab.side[0].sent, 6); /* INIT, and five IKE_AUTH */
    ike_manager_rekey_child(lab.side[1].m, "net");
    assert_true(lab_until(&lab, IKE_EVENT_CHILD_REKEYED, 1, 5000));
    end();
}

static void eap_with_loss(void **state)
{
    const struct lab_conf a = {.local = eap_client, .remote = local[1], .secrets = EAP_SECRET},
                          b = {.local = local[1], .remote = eap_peer, .secrets = EAP_SECRET};
    (void)state;
    make("EC:P-256", NULL);
    for (unsigned seed = 1; seed <= 10; seed++) {
        begin(&a, &b);
        lab.seed = seed * 7919;
        lab.loss = lab.dup = 20;
        ike_manager_initiate(lab.side[0].m, "net", "net");
        lab_until(&lab, IKE_EVENT_CHILD_UP, 1, 100000);
        lab.loss = lab.dup = 0;
        if (lab.side[0].events[IKE_EVENT_CHILD_UP])
            lab_assert_tunnel(&lab);
        lab_free(&lab);
    }
    pki_free();
}

static void eap_wrong_password(void **state)
{
    const struct lab_conf a = {.local = eap_client,
                               .remote = local[1],
                               .secrets = "secrets { eap-1 { id = carol\n secret = guess } }"},
                          b = {.local = local[1], .remote = eap_peer, .secrets = EAP_SECRET};
    (void)state;
    make("EC:P-256", NULL);
    begin(&a, &b);
    fails();
}

/* CVE-2021-45079 once more, on the wire: B sends EAP-Success for its first packet. */
static bool early_success(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    static const struct bytes success = {(const uint8_t *)"\3\0\0\4", 4};
    struct ike_sa *sa = l->side[1].m->sas;
    if (from == 1 && data[18] == IKE_AUTH && sa)
        rewrite(&sa->keys.from_r, data, len, PAYLOAD_EAP, success);
    return true;
}

static void early_eap_success(void **state)
{
    const struct lab_conf a = {.local = eap_client, .remote = local[1], .secrets = EAP_SECRET},
                          b = {.local = local[1], .remote = eap_peer, .secrets = EAP_SECRET};
    (void)state;
    make("EC:P-256", NULL);
    begin(&a, &b);
    lab.tap = early_success;
    fails();
}

/* ---------------------------------------------------------------- PPK */

#define IKE_SECRET "ike-1 { secret = moonshine }\n"
#define WITH_PPK "secrets { " IKE_SECRET " ppk-1 { id = vault\n secret = deep } }"
#define WITHOUT "secrets { " IKE_SECRET " }"

static void ppk(const char *conn_a, const char *conn_b, const char *b_secrets, bool up)
{
    const struct lab_conf a = {.conn = conn_a, .secrets = WITH_PPK},
                          b = {.conn = conn_b, .secrets = b_secrets};
    lab_init(&lab, &a, &b);
    ike_manager_initiate(lab.side[0].m, "net", "net");
    lab_run(&lab, 1000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_UP], up);
    if (up) {
        lab_assert_tunnel(&lab); /* the keys come from SK_d: so both mixed it, or neither did */
        ike_manager_rekey_child(lab.side[1].m, "net");
        assert_true(lab_until(&lab, IKE_EVENT_CHILD_REKEYED, 1, 5000));
    }
    lab_run(&lab, 300000);
    lab_free(&lab);
}

static void ppks(void **state)
{
    static const char may[] = "ppk_id = vault", must[] = "ppk_id = vault\n ppk_required = yes";
    (void)state;
    ppk(may, may, WITH_PPK, true);
    ppk(must, must, WITH_PPK, true);
    ppk(may, NULL, WITHOUT, true);
    ppk(must, NULL, WITHOUT, false);
    ppk(NULL, must, WITH_PPK, false);
    ppk(NULL, may, WITH_PPK, true);
    ppk(may, may, WITHOUT, true); /* B is to have it, and has not */
    ppk(must, may, WITHOUT, false);
    ppk(may, "ppk_id = other", WITH_PPK, true);
    /* another value: AUTH is wrong */
    ppk(may, may, "secrets { " IKE_SECRET " ppk-1 { id = vault\n secret = shallow } }", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_key),
        cmocka_unit_test(by_subject),
        cmocka_unit_test(another_name),
        cmocka_unit_test(another_key),
        cmocka_unit_test(a_secret_where_a_signature_is_wanted),
        cmocka_unit_test(weaker_than_the_rule),
        cmocka_unit_test(revocation_is_waited_for),
        cmocka_unit_test(revoked_while_waiting),
        cmocka_unit_test(the_end_while_waiting),
        cmocka_unit_test(secrets_of_both_at_once),
        cmocka_unit_test(a_foreseen_answer_is_compared),
        cmocka_unit_test(nothing_is_fetched_before_trust),
        cmocka_unit_test(nothing_is_fetched_before_auth),
        cmocka_unit_test(eap),
        cmocka_unit_test(eap_with_loss),
        cmocka_unit_test(eap_wrong_password),
        cmocka_unit_test(early_eap_success),
        cmocka_unit_test(ppks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
