/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The classes of bugs behind CVEs of strongSwan and libreswan that a datagram of IKE can reach: before
 * and after somebody has authenticated. docs/cve-classes.md says which test is for which.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "ctrl/sa/state.h"
#include "ctrl/wire/proposal.h"
#include "ctrl/wire/sk.h"
#include "tests/ctrl/exchange/lab.h"

static struct lab lab;
static const struct endpoint at_a = {{ESPL_IPV4, {10, 99, 0, 1}}, 500},
                             at_b = {{ESPL_IPV4, {10, 99, 0, 2}}, 500};
static unsigned answers; /* of B */

static bool count_answers(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    (void)l;
    (void)len;
    answers += from == 1 && (data[19] & IKE_FLAG_RESPONSE);
    return true;
}

static bool lose_auth(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    (void)l;
    (void)len;
    return from != 0 || data[18] != IKE_AUTH;
}

/* B gets a chain of payloads from one who has A's keys. */
static void send_as_a(const struct chain *c, unsigned exchange, uint32_t id)
{
    uint8_t out[IKE_MESSAGE_MAX];
    struct ike_sa *sa = lab.side[0].m->sas;
    const struct ike_header h = {.spi_i = sa->spi_own,
                                 .spi_r = sa->spi_peer,
                                 .exchange = (uint8_t)exchange,
                                 .flags = IKE_FLAG_INITIATOR,
                                 .id = id};
    size_t len = sk_seal(&sa->keys.from_i, &h, c, out, sizeof out);
    assert_true(len > 0);
    answers = 0;
    lab_inject(&lab, 1, &at_a, &at_b, out, len);
    lab_run(&lab, 12);
}

/* A payload of whatever bytes. */
static void raw(struct chain *c, unsigned type, const uint8_t *data, size_t len)
{
    size_t at = chain_open(c, type);
    wr_bytes(&c->w, data, len);
    chain_close(c, at);
}

static void up_again(void)
{
    ike_manager_terminate(lab.side[0].m, "net");
    ike_manager_terminate(lab.side[1].m, "net");
    lab_run(&lab, 200000);
    assert_int_equal(fakedp_count(&lab.side[1].dp), 0);
    ike_manager_initiate(lab.side[0].m, "net", "net");
    lab_run(&lab, 1000);
    lab_assert_tunnel(&lab);
}

/* An SA payload that a CREATE_CHILD_SA may have; transforms left out make it one that it may not. */
static void write_sa(struct chain *c, uint8_t protocol, const struct transform *t, size_t count)
{
    struct sa_payload sa = {.count = 1};
    sa.proposals[0] = (struct proposal){.number = 1, .protocol = protocol, .count = count};
    sa.proposals[0].spi = protocol == PROTO_ESP ? 0x12345678 : 0;
    sa.proposals[0].spi_len = protocol == PROTO_ESP ? 4 : 0;
    memcpy(sa.proposals[0].transforms, t, count * sizeof *t);
    sa_write(c, &sa);
}

static const struct transform esp[] = {{.type = TRANSFORM_ENCR, .id = ENCR_AES_GCM_16, .key_bits = 256},
                                       {.type = TRANSFORM_ESN}};
static const struct bytes nonce = {(const uint8_t *)"thirty-two bytes that nobody has", 32};

/* ---------------------------------------------------------------- before anybody is authenticated */

/* CVE-2019-12312: who has only agreed on keys asks for what is of an IKE_SA that is up. */
static void exchanges_before_auth(void **state)
{
    static const unsigned early[] = {INFORMATIONAL, CREATE_CHILD_SA};
    uint8_t body[512];
    struct chain c;
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab.tap = lose_auth;
    ike_manager_initiate(lab.side[0].m, "net", "net");
    lab_run(&lab, 100);
    assert_int_equal(lab.side[1].m->sas->state, IKE_HALF_OPEN);
    lab.tap = count_answers;
    for (unsigned i = 0; i < 12; i++) {
        const uint32_t spi = 0x1000;
        chain_begin(&c, body, sizeof body);
        if (i / 2 == 1)
            delete_write_ike(&c);
        if (i / 2 == 2)
            delete_write_esp(&c, &spi, 1);
        if (i / 2 == 3)
            notify_write_esp(&c, REKEY_SA, spi);
        if (i / 2 == 4)
            notify_write(&c, UPDATE_SA_ADDRESSES, (struct bytes){0});
        if (i / 2 == 5)
            write_sa(&c, PROTO_ESP, esp, 2);
        send_as_a(&c, early[i % 2], 1);
        assert_int_equal(answers, 0);
        assert_int_equal(lab.side[1].m->sas->state, IKE_HALF_OPEN);
    }
    lab_run(&lab, 10000); /* A asks again, and is let in */
    lab_assert_tunnel(&lab);
    lab_free(&lab);
}

/* CVE-2020-1763, CVE-2022-23094: messages of every exchange that belong to nothing, IKEv1's too. */
static void messages_without_state(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab_up(&lab);
    lab.tap = count_answers;
    for (unsigned i = 0; i < 1024; i++) {
        uint8_t msg[64] = {[0] = 1, [8] = (uint8_t)(i & 1), [16] = (uint8_t)(i >> 1 & 63), [27] = 64, [31] = 36};
        msg[17] = i & 2 ? IKE_VERSION : 0x10; /* CVE-2023-30570, -38711, 2024-3652: not spoken at all */
        msg[18] = (uint8_t)(i & 2 ? IKE_AUTH + i % 3 : i % 40);
        msg[19] = (uint8_t)(i >> 4 & 0x38);
        answers = 0;
        lab_inject(&lab, 1, &at_a, &at_b, msg, sizeof msg);
        lab_run(&lab, 11);
        assert_int_equal(answers, 0);
    }
    assert_int_equal(ike_manager_count(lab.side[1].m), 1);
    lab_assert_tunnel(&lab);
    lab_free(&lab);
}

static const struct transform ike[] = {{.type = TRANSFORM_ENCR, .id = ENCR_AES_GCM_16, .key_bits = 256},
                                       {.type = TRANSFORM_PRF, .id = PRF_HMAC_SHA2_384},
                                       {.type = TRANSFORM_KE, .id = KE_ECP384}};

static void init_as_a(const struct transform *t, size_t count, const struct bytes *key, unsigned n)
{
    static uint8_t body[IKE_MESSAGE_MAX], out[IKE_MESSAGE_MAX];
    struct chain c;
    const struct ike_header h = {.spi_i = 0xabc00 + n, .exchange = IKE_SA_INIT, .flags = IKE_FLAG_INITIATOR};
    chain_begin(&c, body, sizeof body);
    write_sa(&c, PROTO_IKE, t, count);
    if (key)
        ke_write(&c, KE_ECP384, *key);
    nonce_write(&c, nonce);
    size_t len = message_write(&h, &c, out, sizeof out);
    assert_true(len > 0);
    lab_inject(&lab, 1, &at_a, &at_b, out, len);
    lab_run(&lab, 12);
    assert_int_equal(ike_manager_count(lab.side[1].m), 0);
}

/* CVE-2023-41913: public values of any size but the right one; none at all. */
static void key_exchange_of_any_size(void **state)
{
    static const size_t sizes[] = {0, 1, 47, 48, 95, 97, 128, 512, 513, 4000};
    static uint8_t zeros[4000];
    (void)state;
    lab_init(&lab, NULL, NULL);
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
        init_as_a(ike, 3, &(struct bytes){zeros, sizes[i]}, i);
    init_as_a(ike, 3, &(struct bytes){zeros, 96}, 98); /* no point of the curve: RFC 6989 */
    init_as_a(ike, 3, NULL, 99);
    lab_up(&lab);
    lab.tap = count_answers;
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        static uint8_t body[IKE_MESSAGE_MAX];
        struct chain c;
        chain_begin(&c, body, sizeof body);
        write_sa(&c, PROTO_IKE, ike, 3);
        nonce_write(&c, nonce);
        ke_write(&c, KE_ECP384, (struct bytes){zeros, sizes[i]});
        send_as_a(&c, CREATE_CHILD_SA, lab.side[1].m->sas->next_in);
        lab.side[0].m->sas->next_out = lab.side[1].m->sas->next_in;
        assert_int_equal(answers, 1);
        assert_int_equal(ike_manager_count(lab.side[1].m), 1);
    }
    lab_assert_tunnel(&lab);
    lab_free(&lab);
}

/* CVE-2018-10811, and a proposal without a key exchange: what an IKE_SA can't do without is left out, or
 * is something that nobody has. */
static void proposals_that_lack_something(void **state)
{
    static uint8_t zeros[96];
    const struct bytes key = {zeros, sizeof zeros};
    (void)state;
    lab_init(&lab, NULL, NULL);
    for (unsigned i = 0; i < 3; i++) {
        struct transform t[3];
        size_t n = 0;
        for (unsigned j = 0; j < 3; j++)
            if (j != i)
                t[n++] = ike[j];
        init_as_a(t, n, &key, 2 * i);
        memcpy(t, ike, sizeof t);
        t[i].id = i == 1 ? 1 : 999; /* PRF_HMAC_MD5; numbers that mean nothing */
        init_as_a(t, 3, &key, 2 * i + 1);
    }
    lab_free(&lab);
}

/* ---------------------------------------------------------------- by one who is authenticated */

/* CVE-2023-38710: REKEY_SA for every protocol, with an SPI of every length. */
static void rekey_of_another_protocol(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab_up(&lab);
    lab.tap = count_answers;
    for (unsigned i = 0; i < 256 * 3; i++) {
        const struct child_sa *child = lab.side[1].m->sas->children;
        uint8_t body[512], rekey[12] = {(uint8_t)(i / 3), (uint8_t)(i % 3 * 4), REKEY_SA >> 8, REKEY_SA & 255};
        const struct ts ts = {ESPL_IPV4, 0, 0, UINT16_MAX, {10, 1}, {10, 1, 0, 255}};
        struct chain c;
        if (i / 3 == PROTO_ESP && i % 3 == 1)
            continue; /* that would be right */
        for (unsigned j = 0; j < 4; j++)
            rekey[4 + j] = (uint8_t)(child->dp.spi_out >> (24 - 8 * j));
        chain_begin(&c, body, sizeof body);
        raw(&c, PAYLOAD_NOTIFY, rekey, 4 + i % 3 * 4);
        write_sa(&c, PROTO_ESP, esp, 2);
        nonce_write(&c, nonce);
        ts_write(&c, PAYLOAD_TSI, &ts, 1);
        ts_write(&c, PAYLOAD_TSR, &ts, 1);
        send_as_a(&c, CREATE_CHILD_SA, lab.side[1].m->sas->next_in);
        assert_int_equal(answers, 1);
        if (lab.side[1].m->sas->state != IKE_UP)
            up_again();
        lab.side[0].m->sas->next_out = lab.side[1].m->sas->next_in;
        assert_false(lab.side[1].m->sas->children->out_waits); /* nothing was rekeyed */
    }
    lab_free(&lab);
}

/* CVE-2023-23009: selectors whose type, length or count is not what it must be. */
static void selectors_that_make_no_sense(void **state)
{
    const uint8_t right[24] = {1, 0, 0, 0, 7, 0, 0, 16, 0, 0, 255, 255, 10, 1, 0, 0, 10, 1, 0, 255};
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab_up(&lab);
    lab.tap = count_answers;
    for (unsigned at = 0; at < 8; at++)
        for (unsigned value = 0; value < 256; value += at == 4 ? 1 : 5) {
            uint8_t body[512], wrong[24];
            struct chain c;
            memcpy(wrong, right, sizeof wrong);
            wrong[at] = (uint8_t)value;
            chain_begin(&c, body, sizeof body);
            write_sa(&c, PROTO_ESP, esp, 2);
            nonce_write(&c, nonce);
            raw(&c, PAYLOAD_TSI, wrong, value % 3 ? 20 : 24); /* and what is behind the last one */
            raw(&c, PAYLOAD_TSR, wrong, 20);
            send_as_a(&c, CREATE_CHILD_SA, lab.side[1].m->sas->next_in);
            assert_int_equal(answers, 1);
            if (lab.side[1].m->sas->state != IKE_UP)
                up_again();
            lab.side[0].m->sas->next_out = lab.side[1].m->sas->next_in;
        }
    up_again();
    lab_free(&lab);
}

/* CVE-2023-38712: one SA deleted again and again, in one payload and in several, its IKE_SA, too. */
static void delete_repeated(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        uint8_t body[2048];
        struct chain c;
        lab_init(&lab, NULL, NULL);
        lab_up(&lab);
        lab.tap = count_answers;
        const struct child_sa *child = lab.side[1].m->sas->children;
        uint32_t spis[16];
        for (unsigned i = 0; i < 16; i++)
            spis[i] = child->dp.spi_out;
        chain_begin(&c, body, sizeof body);
        for (unsigned i = 0; i < 4; i++)
            delete_write_esp(&c, spis, round == 0 ? 16 : 1);
        for (unsigned i = 0; round == 2 && i < 3; i++)
            delete_write_ike(&c);
        send_as_a(&c, INFORMATIONAL, lab.side[1].m->sas->next_in);
        assert_int_equal(answers, 1);
        assert_int_equal(lab.side[1].events[IKE_EVENT_CHILD_DOWN], 1);
        assert_int_equal(lab.side[1].events[IKE_EVENT_IKE_DOWN], round == 2);
        lab_free(&lab);
    }
}

/* CVE-2026-35328, -35330, -35333: what is counted by its own length has none: no loop that never ends. */
static void lists_of_nothing(void **state)
{
    static const unsigned types[] = {PAYLOAD_SA, PAYLOAD_TSI, PAYLOAD_CP, PAYLOAD_NOTIFY, PAYLOAD_DELETE, PAYLOAD_EAP};
    static const uint8_t zeros[600];
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab_up(&lab);
    lab.tap = count_answers;
    for (unsigned i = 0; i < sizeof types / sizeof *types; i++)
        for (size_t len = 0; len <= 600; len += len < 40 ? 1 : 70) {
            static uint8_t body[2048];
            struct chain c;
            chain_begin(&c, body, sizeof body);
            if (types[i] != PAYLOAD_SA)
                write_sa(&c, PROTO_ESP, esp, 2);
            nonce_write(&c, nonce);
            raw(&c, types[i], zeros, len);
            raw(&c, PAYLOAD_TSR, zeros, len);
            send_as_a(&c, i % 2 ? INFORMATIONAL : CREATE_CHILD_SA, lab.side[1].m->sas->next_in);
            assert_int_equal(answers, 1);
            if (lab.side[1].m->sas->state != IKE_UP)
                up_again();
            lab.side[0].m->sas->next_out = lab.side[1].m->sas->next_in;
        }
    lab_free(&lab);
}

/* CVE-2019-10155: an INFORMATIONAL that nobody with the keys has made ends nothing. */
static void informational_without_integrity(void **state)
{
    uint8_t body[64], out[256];
    struct chain c;
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab_up(&lab);
    lab.tap = count_answers;
    struct ike_sa *sa = lab.side[0].m->sas;
    const struct ike_header h = {.spi_i = sa->spi_own,
                                 .spi_r = sa->spi_peer,
                                 .exchange = INFORMATIONAL,
                                 .flags = IKE_FLAG_INITIATOR,
                                 .id = sa->next_out};
    chain_begin(&c, body, sizeof body);
    delete_write_ike(&c);
    size_t len = sk_seal(&sa->keys.from_i, &h, &c, out, sizeof out);
    for (size_t at = 16; at < len; at++) {
        uint8_t wrong[256];
        memcpy(wrong, out, len);
        wrong[at] ^= 1;
        answers = 0;
        lab_inject(&lab, 1, &at_a, &at_b, wrong, len);
        lab_run(&lab, 11);
        assert_int_equal(answers, 0);
    }
    len = message_write(&h, &c, out, sizeof out); /* and in the clear */
    lab_inject(&lab, 1, &at_a, &at_b, out, len);
    lab_run(&lab, 11);
    assert_int_equal(answers, 0);
    lab_assert_tunnel(&lab);
    lab_free(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchanges_before_auth),
        cmocka_unit_test(messages_without_state),
        cmocka_unit_test(key_exchange_of_any_size),
        cmocka_unit_test(proposals_that_lack_something),
        cmocka_unit_test(rekey_of_another_protocol),
        cmocka_unit_test(selectors_that_make_no_sense),
        cmocka_unit_test(delete_repeated),
        cmocka_unit_test(lists_of_nothing),
        cmocka_unit_test(informational_without_integrity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
