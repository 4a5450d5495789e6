/* SPDX-License-Identifier: Apache-2.0 */
/* Messages and payloads: what is written is read again; cut or changed anywhere, nothing is
 * overrun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "ctrl/wire/payload.h"
#include "ctrl/wire/proposal.h"
#include "ctrl/wire/selector.h"

static uint32_t seed = 88172645u;

static uint32_t rnd(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static const struct ts two_ts[] = {
    {ESPL_IPV4, 6, 80, 443, {10, 1, 0, 0}, {10, 1, 0, 255}},
    {ESPL_IPV6, 0, 0, UINT16_MAX, {0x20, 1}, {0x20, 1, 0xff}},
};

static void fill(struct sa_payload *sa)
{
    *sa = (struct sa_payload){.count = 2};
    sa->proposals[0] = (struct proposal){
        .number = 1, .protocol = PROTO_ESP, .spi = 0xc0de0001, .spi_len = 4, .count = 2};
    sa->proposals[0].transforms[0] =
        (struct transform){.type = TRANSFORM_ENCR, .id = ENCR_AES_GCM_16, .key_bits = 256};
    sa->proposals[0].transforms[1] = (struct transform){.type = TRANSFORM_ESN};
    sa->proposals[1] = (struct proposal){
        .number = 2, .protocol = PROTO_IKE, .spi = 0x0102030405060708, .spi_len = 8, .count = 1};
    sa->proposals[1].transforms[0] = (struct transform){.type = TRANSFORM_KE, .id = KE_X25519};
}

/* One payload of each kind. */
static size_t compose(uint8_t *out, size_t cap)
{
    static const uint8_t data[] = "0123456789abcdef0123456789abcdef";
    const struct ike_header h = {.spi_i = 1, .exchange = IKE_SA_INIT, .flags = IKE_FLAG_INITIATOR};
    const struct bytes b = {data, 32}, four = {data, 4};
    const uint32_t spis[] = {0x11223344, 0x55667788};
    uint8_t body[2048];
    struct sa_payload sa;
    struct chain c;
    fill(&sa);
    chain_begin(&c, body, sizeof body);
    sa_write(&c, &sa);
    ke_write(&c, KE_X25519, b);
    nonce_write(&c, b);
    id_write(&c, PAYLOAD_IDI, ID_IPV4_ADDR, four);
    auth_write(&c, AUTH_METHOD_PSK, b);
    notify_write(&c, COOKIE, b);
    notify_write_esp(&c, REKEY_SA, 0xdeadbeef);
    delete_write_esp(&c, spis, 2);
    delete_write_ike(&c);
    ts_write(&c, PAYLOAD_TSI, two_ts, 2);
    return message_write(&h, &c, out, cap);
}

static void test_round_trip(void **state)
{
    (void)state;
    uint8_t buf[2048];
    struct message m;
    struct sa_payload sa;
    struct ke ke;
    struct bytes nonce;
    struct id id;
    struct auth auth;
    struct notify n;
    struct delete d;
    struct ts_payload ts;
    size_t len = compose(buf, sizeof buf);
    assert_int_equal(message_parse(&m, buf, len), WIRE_OK);
    assert_int_equal(m.count, 10);
    assert_int_equal(sa_parse(message_find(&m, PAYLOAD_SA), &sa), WIRE_OK);
    assert_int_equal(sa.count, 2);
    assert_true(sa.proposals[0].spi == 0xc0de0001 && sa.proposals[1].spi == 0x0102030405060708);
    assert_int_equal(sa.proposals[0].transforms[0].key_bits, 256);
    assert_int_equal(ke_parse(message_find(&m, PAYLOAD_KE), &ke), WIRE_OK);
    assert_true(ke.group == KE_X25519 && ke.data.n == 32);
    assert_int_equal(nonce_parse(message_find(&m, PAYLOAD_NONCE), &nonce), WIRE_OK);
    assert_int_equal(id_parse(message_find(&m, PAYLOAD_IDI), &id), WIRE_OK);
    assert_true(id.type == ID_IPV4_ADDR && id.data.n == 4 && id.body.n == 8);
    assert_int_equal(auth_parse(message_find(&m, PAYLOAD_AUTH), &auth), WIRE_OK);
    assert_int_equal(auth.method, AUTH_METHOD_PSK);
    assert_true(notify_find(&m, REKEY_SA, &n) && n.protocol == PROTO_ESP && n.spi.n == 4);
    assert_int_equal(notify_error(&m, &n), NOTIFY_NONE);
    assert_int_equal(delete_parse(&m.payloads[7], &d), WIRE_OK);
    assert_true(d.count == 2 && d.spis[1] == 0x55667788);
    assert_int_equal(delete_parse(&m.payloads[8], &d), WIRE_OK);
    assert_true(d.protocol == PROTO_IKE && d.count == 0);
    assert_int_equal(ts_parse(message_find(&m, PAYLOAD_TSI), &ts), WIRE_OK);
    assert_true(ts.count == 2 && ts.ts[0].port_last == 443 && ts.ts[1].family == ESPL_IPV6);
    assert_int_equal(ts.ts[0].last[3], 255);
}

/* All parsers over all payloads, whatever type they say they are. */
static void parse_all(const uint8_t *data, size_t len)
{
    struct message m;
    if (message_parse(&m, data, len) != WIRE_OK)
        return;
    for (size_t i = 0; i < m.count; i++) {
        const struct payload *p = &m.payloads[i];
        struct sa_payload sa;
        struct ke ke;
        struct bytes nonce;
        struct id id;
        struct auth auth;
        struct notify n;
        struct delete d;
        struct ts_payload ts;
        int ok = 0;
        ok += sa_parse(p, &sa) == WIRE_OK;
        ok += ke_parse(p, &ke) == WIRE_OK;
        ok += id_parse(p, &id) == WIRE_OK;
        ok += auth_parse(p, &auth) == WIRE_OK;
        ok += nonce_parse(p, &nonce) == WIRE_OK;
        ok += notify_parse(p, &n) == WIRE_OK;
        ok += delete_parse(p, &d) == WIRE_OK;
        ok += ts_parse(p, &ts) == WIRE_OK;
        assert_in_range(ok, 0, 8);
    }
}

/* Each copy has its own allocation, so that a read beyond it is seen. */
static void parse_copy(const uint8_t *data, size_t len, int fix_length)
{
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, data, len);
    if (fix_length && len >= IKE_HEADER_LEN) {
        copy[26] = (uint8_t)(len >> 8);
        copy[27] = (uint8_t)len;
    }
    parse_all(copy, len);
    free(copy);
}

static void test_truncated(void **state)
{
    (void)state;
    uint8_t buf[2048];
    struct message m;
    size_t len = compose(buf, sizeof buf);
    for (size_t n = 0; n < len; n++) {
        assert_int_not_equal(message_parse(&m, buf, n), WIRE_OK);
        parse_copy(buf, n, 0);
        parse_copy(buf, n, 1);
    }
}

static void test_mutated(void **state)
{
    (void)state;
    uint8_t good[2048], buf[2048];
    size_t len = compose(good, sizeof good);
    for (size_t at = 0; at < len; at++)
        for (size_t v = 0; v < 256; v += 1 + at % 5) {
            memcpy(buf, good, len);
            buf[at] = (uint8_t)v;
            parse_copy(buf, len, 1);
        }
    for (unsigned i = 0; i < 20000; i++) {
        memcpy(buf, good, len);
        for (unsigned j = 0; j < 1 + i % 8; j++)
            buf[rnd() % len] = (uint8_t)(rnd() % 4 ? rnd() : 0);
        parse_copy(buf, len - rnd() % 8, 1);
    }
}

/* RFC 7296 2.5 */
static void test_unknown_payloads(void **state)
{
    (void)state;
    uint8_t buf[] = {0, 0, 0, 0, 0, 0, 0, 1,  0,  0, 0, 0, 0, 0, 0, 0, 200, 0x20, 34, 8,
                     0, 0, 0, 0, 0, 0, 0, 40, 43, 0, 0, 8, 1, 2, 3, 4, 0,   0,    0,  4};
    struct message m;
    assert_int_equal(message_parse(&m, buf, sizeof buf), WIRE_OK);
    assert_int_equal(m.count, 1);
    assert_int_equal(m.payloads[0].type, PAYLOAD_VENDOR);
    buf[29] = 0x80;
    assert_int_equal(message_parse(&m, buf, sizeof buf), WIRE_CRITICAL);
    assert_int_equal(m.critical, 200);
    buf[16] = PAYLOAD_NOTIFY; /* critical, but known */
    assert_int_equal(message_parse(&m, buf, sizeof buf), WIRE_OK);
    buf[17] = 0x30;
    assert_int_equal(message_parse(&m, buf, sizeof buf), WIRE_VERSION);
    buf[17] = 0x10;
    assert_int_equal(message_parse(&m, buf, sizeof buf), WIRE_SYNTAX);
}

/* More payloads than the table holds: refused, not written beyond it. */
static void test_many_payloads(void **state)
{
    (void)state;
    static uint8_t buf[IKE_HEADER_LEN + 4 * 300];
    for (unsigned count = MESSAGE_PAYLOADS - 1; count <= 300; count += count < 70 ? 1 : 77) {
        size_t len = IKE_HEADER_LEN + 4u * count;
        struct message m;
        memset(buf, 0, sizeof buf);
        buf[7] = 1;
        buf[16] = PAYLOAD_VENDOR;
        buf[17] = IKE_VERSION;
        buf[26] = (uint8_t)(len >> 8);
        buf[27] = (uint8_t)len;
        for (unsigned i = 0; i < count; i++) {
            buf[IKE_HEADER_LEN + 4 * i] = i + 1 < count ? PAYLOAD_VENDOR : PAYLOAD_NONE;
            buf[IKE_HEADER_LEN + 4 * i + 3] = 4;
        }
        assert_int_equal(message_parse(&m, buf, len),
                         count <= MESSAGE_PAYLOADS ? WIRE_OK : WIRE_SYNTAX);
    }
}

static void test_writer_bounds(void **state)
{
    (void)state;
    uint8_t whole[2048];
    size_t len = compose(whole, sizeof whole);
    for (size_t cap = 0; cap < len; cap++) {
        uint8_t *out = malloc(cap ? cap : 1);
        assert_non_null(out);
        assert_int_equal(compose(out, cap), 0);
        free(out);
    }
    struct wr w = wr_over(whole, 4);
    wr_u32(&w, 1);
    wr_u8(&w, 1);
    assert_true(w.bad);
    w = wr_over(whole, 4);
    wr_u16(&w, 7);
    wr_patch_u16(&w, 0, 65536); /* a length that does not fit its field */
    assert_true(w.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_mutated),       cmocka_unit_test(test_unknown_payloads),
        cmocka_unit_test(test_many_payloads), cmocka_unit_test(test_writer_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
