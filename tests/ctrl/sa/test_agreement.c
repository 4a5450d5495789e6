/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing among proposals, and narrowing traffic selectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "ctrl/sa/narrow.h"
#include "ctrl/sa/offer.h"
#include "ctrl/wire/ike.h"

static const struct config_conn mixed = {
    .proposals = {{.encr = {{ENCR_AES_GCM_16, 256}, {ENCR_AES_CBC, 256}},
                   .encr_count = 2,
                   .prf = {PRF_HMAC_SHA2_384, PRF_HMAC_SHA2_256},
                   .prf_count = 2,
                   .integ = {AUTH_HMAC_SHA2_256_128},
                   .integ_count = 1,
                   .ke = {KE_ECP384, KE_X25519},
                   .ke_count = 2}},
    .proposal_count = 1,
};

static void test_aead_stands_apart(void **state)
{
    (void)state;
    struct sa_payload offer;
    offer_ike(&mixed, 0, &offer);
    assert_int_equal(offer.count, 2); /* RFC 5282 8 */
    assert_int_equal(offer.proposals[0].count, 1 + 2 + 2);
    assert_int_equal(offer.proposals[1].count, 1 + 2 + 1 + 2);
    assert_int_equal(offer_group(&offer), KE_ECP384);
    assert_true(offer_has_group(&offer, KE_X25519));
    assert_false(offer_has_group(&offer, KE_MODP2048));
}

static struct sa_payload theirs(uint16_t encr, uint16_t bits, uint16_t integ, uint16_t ke)
{
    struct sa_payload sa = {.count = 1};
    struct proposal *p = &sa.proposals[0];
    *p = (struct proposal){.number = 7, .protocol = PROTO_IKE};
    p->transforms[p->count++] =
        (struct transform){.type = TRANSFORM_ENCR, .id = encr, .key_bits = bits};
    p->transforms[p->count++] = (struct transform){.type = TRANSFORM_PRF, .id = PRF_HMAC_SHA2_256};
    if (integ != 0xffff)
        p->transforms[p->count++] = (struct transform){.type = TRANSFORM_INTEG, .id = integ};
    p->transforms[p->count++] = (struct transform){.type = TRANSFORM_KE, .id = ke};
    return sa;
}

static bool takes(struct sa_payload t, struct suite *suite)
{
    struct sa_payload ours;
    struct proposal answer;
    offer_ike(&mixed, 0, &ours);
    bool taken = offer_choose(&ours, &t, false, suite, &answer);
    if (taken)
        assert_int_equal(answer.number, 7);
    return taken;
}

static void test_choice(void **state)
{
    (void)state;
    struct suite s;
    assert_true(takes(theirs(ENCR_AES_GCM_16, 256, 0xffff, KE_X25519), &s));
    assert_true(s.key_bits == 256 && s.prf == PRF_HMAC_SHA2_256 && s.integ == 0 &&
                s.ke == KE_X25519);
    assert_true(
        takes(theirs(ENCR_AES_GCM_16, 256, 0, KE_X25519), &s)); /* integrity NONE, said aloud */
    assert_true(takes(theirs(ENCR_AES_CBC, 256, AUTH_HMAC_SHA2_256_128, KE_ECP384), &s));
    assert_int_equal(s.integ, AUTH_HMAC_SHA2_256_128);
    assert_false(takes(theirs(ENCR_AES_CBC, 256, 0xffff, KE_ECP384), &s)); /* without integrity */
    assert_false(takes(theirs(ENCR_AES_GCM_16, 256, AUTH_HMAC_SHA2_256_128, KE_ECP384), &s));
    assert_false(takes(theirs(ENCR_AES_GCM_16, 128, 0xffff, KE_ECP384), &s));
    assert_false(takes(theirs(ENCR_AES_GCM_16, 0, 0xffff, KE_ECP384), &s));
    assert_false(takes(theirs(ENCR_AES_GCM_16, 256, 0xffff, KE_MODP2048), &s));
    struct sa_payload t = theirs(ENCR_AES_GCM_16, 256, 0xffff, KE_X25519);
    t.proposals[0].transforms[0].unusable = true; /* RFC 7296 3.3.6 */
    assert_false(takes(t, &s));
    t = theirs(ENCR_AES_GCM_16, 256, 0xffff, KE_X25519);
    t.proposals[0].transforms[t.proposals[0].count++] = (struct transform){.type = 6, .id = 1};
    assert_false(takes(t, &s));
}

/* An answer that widens the offer, or chooses twice, is none. */
static void test_answer(void **state)
{
    (void)state;
    struct sa_payload ours, t = theirs(ENCR_AES_GCM_16, 256, 0xffff, KE_X25519);
    struct suite s;
    uint64_t spi;
    offer_ike(&mixed, 0, &ours);
    assert_true(offer_accepts(&ours, &t, false, &s, &spi));
    t.proposals[0].transforms[t.proposals[0].count++] =
        (struct transform){.type = TRANSFORM_KE, .id = KE_ECP384};
    assert_false(offer_accepts(&ours, &t, false, &s, &spi));
    t = theirs(ENCR_AES_GCM_16, 256, 0xffff, KE_X25519);
    t.proposals[1] = t.proposals[0];
    t.count = 2;
    assert_false(offer_accepts(&ours, &t, false, &s, &spi));
}

/* What the card has not is neither offered nor taken. */
static void test_card_decides(void **state)
{
    (void)state;
    const struct config_child child = {
        .proposals = {{.encr = {{ENCR_AES_GCM_16, 256}, {ENCR_AES_GCM_16, 128}}, .encr_count = 2}},
        .proposal_count = 1};
    struct dp_caps caps = {.gcm128 = true};
    struct sa_payload offer;
    offer_esp(&child, &caps, 1, true, &offer);
    assert_int_equal(offer.proposals[0].count, 2);
    assert_int_equal(offer.proposals[0].transforms[0].key_bits, 128);
    assert_int_equal(offer.proposals[0].transforms[1].type, TRANSFORM_ESN);
    assert_int_equal(offer.proposals[0].transforms[1].id, 0);
    caps.gcm128 = false;
    offer_esp(&child, &caps, 1, true, &offer);
    assert_int_equal(offer.count, 0);
}

/* Extended numbers: offered and taken when asked for, when the card has them and a window goes with
 * them; the peer that does not speak of them has none (RFC 7296 3.3.2, 3.3.3). */
static void test_esn(void **state)
{
    (void)state;
    struct config_child child = {
        .proposals = {{.encr = {{ENCR_AES_GCM_16, 256}}, .encr_count = 1,
                       .esn = {1, 0}, .esn_count = 2}},
        .proposal_count = 1, .replay_window = 32};
    struct dp_caps caps = {.gcm256 = true, .esn = true};
    struct sa_payload ours, theirs = {.count = 1};
    struct proposal answer;
    struct suite s;
    theirs.proposals[0] = (struct proposal){.number = 1, .protocol = PROTO_ESP, .spi = 9,
                                            .spi_len = 4, .count = 3};
    struct transform *t = theirs.proposals[0].transforms;
    t[0] = (struct transform){.type = TRANSFORM_ENCR, .id = ENCR_AES_GCM_16, .key_bits = 256};
    t[1] = (struct transform){.type = TRANSFORM_ESN, .id = 0};
    t[2] = (struct transform){.type = TRANSFORM_ESN, .id = 1};
    offer_esp(&child, &caps, 1, false, &ours);
    assert_int_equal(ours.proposals[0].count, 3);
    assert_true(offer_choose(&ours, &theirs, true, &s, &answer) && s.esn == 1);
    child.proposals[0].esn[0] = 0;
    child.proposals[0].esn[1] = 1; /* ours decides which of both */
    offer_esp(&child, &caps, 1, false, &ours);
    assert_true(offer_choose(&ours, &theirs, true, &s, &answer) && s.esn == 0);
    theirs.proposals[0].count = 1; /* says nothing */
    assert_true(offer_choose(&ours, &theirs, true, &s, &answer) && s.esn == 0);
    child.proposals[0].esn[0] = 1;
    child.proposals[0].esn_count = 1; /* nothing but extended ones */
    offer_esp(&child, &caps, 1, false, &ours);
    assert_false(offer_choose(&ours, &theirs, true, &s, &answer));
    theirs.proposals[0].count = 2;
    assert_false(offer_choose(&ours, &theirs, true, &s, &answer));
    theirs.proposals[0].count = 3;
    assert_true(offer_choose(&ours, &theirs, true, &s, &answer) && s.esn == 1);
    child.replay_window = 0;
    offer_esp(&child, &caps, 1, false, &ours);
    assert_int_equal(ours.count, 0);
    child.replay_window = 32;
    caps.esn = false;
    offer_esp(&child, &caps, 1, false, &ours);
    assert_int_equal(ours.count, 0);
    child.proposals[0].esn_count = 0; /* as noesn */
    caps.esn = true;
    offer_esp(&child, &caps, 1, false, &ours);
    assert_true(offer_choose(&ours, &theirs, true, &s, &answer) && s.esn == 0);
}

static struct ts range(uint8_t a, uint8_t b, uint8_t c, uint8_t from, uint8_t to)
{
    return (struct ts){ESPL_IPV4, 0, 0, UINT16_MAX, {a, b, c, from}, {a, b, c, to}};
}

static struct espl_selector net(uint8_t a, uint8_t b, uint8_t len)
{
    return (struct espl_selector){.src = {{ESPL_IPV4, {a, b}}, len}, .sport = {0, UINT16_MAX}};
}

static void test_narrowing(void **state)
{
    (void)state;
    static const struct {
        uint8_t from, to;
        const char *result; /* of 10.1.0.0/24 on our side; NULL: nothing in common */
    } cases[] = {{0, 255, "10.1.0.0/24"}, {64, 127, "10.1.0.64/26"}, {7, 7, "10.1.0.7/32"},
                 {1, 254, "10.1.0.1/32"}, {2, 255, "10.1.0.2/31"},   {128, 200, "10.1.0.128/26"}};
    const struct espl_addr own = {ESPL_IPV4, {1}}, peer = {ESPL_IPV4, {2}};
    const struct ts_hosts hosts = {&own, &peer, 1, 1};
    struct config_child child = {.local_ts = {net(10, 1, 24)},
                                 .local_ts_count = 1,
                                 .remote_ts = {net(10, 2, 16)},
                                 .remote_ts_count = 1};
    struct ts l, r;
    unsigned pair;
    char text[TS_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ts_payload local = {{range(10, 1, 0, cases[i].from, cases[i].to)}, 1};
        const struct ts_payload remote = {{range(10, 2, 5, 0, 255)}, 1};
        assert_true(narrow_choose(&child, &hosts, &local, &remote, &l, &r, &pair));
        narrow_text(&l, text);
        assert_string_equal(text, cases[i].result);
        narrow_text(&r, text);
        assert_string_equal(text, "10.2.5.0/24");
    }
    /* the widest of several; the packet that began it (RFC 7296 2.9) lies in it */
    const struct ts_payload local = {
        {range(10, 1, 0, 9, 9), range(10, 1, 0, 0, 255), range(10, 1, 1, 0, 255)}, 3};
    const struct ts_payload remote = {{range(10, 2, 0, 9, 9), range(10, 2, 0, 0, 255)}, 2};
    assert_true(narrow_choose(&child, &hosts, &local, &remote, &l, &r, &pair));
    narrow_text(&l, text);
    assert_string_equal(text, "10.1.0.0/24");
    const struct ts_payload elsewhere = {{range(10, 9, 0, 0, 255)}, 1};
    assert_false(narrow_choose(&child, &hosts, &elsewhere, &remote, &l, &r, &pair));
    assert_false(narrow_choose(&child, &hosts, &local, &elsewhere, &l, &r, &pair));
}

static void test_protocols_and_ports(void **state)
{
    (void)state;
    const struct espl_addr own = {ESPL_IPV4, {1}}, peer = {ESPL_IPV4, {2}};
    const struct ts_hosts hosts = {&own, &peer, 1, 1};
    struct config_child child = {.local_ts = {net(10, 1, 24)},
                                 .local_ts_count = 1,
                                 .remote_ts = {net(10, 2, 24)},
                                 .remote_ts_count = 1};
    struct ts_payload local = {{range(10, 1, 0, 0, 255)}, 1},
                      remote = {{range(10, 2, 0, 0, 255)}, 1};
    struct ts l, r;
    unsigned pair;
    local.ts[0].proto = 6;
    local.ts[0].port_first = 80;
    local.ts[0].port_last = 90;
    child.local_ts[0].sport = (struct espl_ports){85, 100};
    child.local_ts[0].proto = 6;
    assert_true(narrow_choose(&child, &hosts, &local, &remote, &l, &r, &pair));
    struct espl_selector s = narrow_selector(&l, &r);
    assert_true(s.proto == 6 && s.sport.first == 85 && s.sport.last == 90 &&
                s.dport.last == UINT16_MAX);
    remote.ts[0].proto = 17; /* TCP here, UDP there */
    assert_false(narrow_choose(&child, &hosts, &local, &remote, &l, &r, &pair));
}

/* Without configured selectors: the addresses of the IKE_SA. */
static void test_dynamic(void **state)
{
    (void)state;
    const struct espl_addr own = {ESPL_IPV4, {10, 0, 0, 1}}, peer = {ESPL_IPV4, {10, 0, 0, 2}};
    const struct ts_hosts hosts = {&own, &peer, 1, 1};
    const struct config_child child = {.name = NULL};
    const struct ts_payload all = {{{ESPL_IPV4, 0, 0, UINT16_MAX, {0}, {255, 255, 255, 255}}}, 1};
    struct ts l, r;
    unsigned pair;
    char text[TS_TEXT];
    assert_true(narrow_choose(&child, &hosts, &all, &all, &l, &r, &pair));
    narrow_text(&l, text);
    assert_string_equal(text, "10.0.0.1/32");
    narrow_text(&r, text);
    assert_string_equal(text, "10.0.0.2/32");
    assert_false(
        narrow_accept(&l, &l, &(struct ts_payload){{range(10, 9, 0, 0, 9)}, 1}, &all, &l, &r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aead_stands_apart),
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_card_decides),
        cmocka_unit_test(test_esn),
        cmocka_unit_test(test_narrowing),
        cmocka_unit_test(test_protocols_and_ports),
        cmocka_unit_test(test_dynamic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
