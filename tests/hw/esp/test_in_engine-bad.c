/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inbound path and ESP with something wrong: each kind has its own counter, nothing of it
 * leaves the engine, and a good packet after it passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/in_bench.h"

#define LIMIT 400000u

static void test_every_byte_tampered(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned slot = 0; slot < IN_SAS; slot += slot < 4 ? 1 : 7) {
        size_t n = in_seal(slot, 1, 131);
        for (size_t at = in_esp_at(slot); at < n; at++) {
            n = in_seal(slot, 1, 131);
            in_frame[at] ^= (uint8_t)(1u << at % 8);
            bool spi = at < in_esp_at(slot) + 4;
            in_bad_then_good(slot, n, spi ? IN_DROP_NO_SA : IN_DROP_AUTH);
        }
        in_bench_check(LIMIT);
    }
}

static void test_every_icv_bit(void **state)
{
    (void)state;
    in_bench_restart();
    for (uint32_t bit = 1; bit <= 128; bit++) {
        struct packet_spec spec = in_inner(1, 20 + bit, bit);
        struct esp_model_wrong wrong = {.tag_bit = bit};
        in_send_packet(bit % 4, &spec, &wrong, IN_DROP_AUTH);
        in_send_good(bit % 4, 1, 20 + bit);
        unsigned slot = 4 + bit * 5 % (IN_SAS - 4);
        spec = in_spec(slot, 1, 40 + bit, bit);
        in_send_packet(slot, &spec, &wrong, IN_DROP_AUTH);
        in_send_good(slot, 1, 20 + bit);
    }
    in_bench_check(LIMIT);
}

/* Cut at every byte: the headers promise more, or they know. */
static void truncated(unsigned slot)
{
    size_t n = in_seal(slot, 1, 200), esp_len = n - in_esp_at(slot);
    size_t ip_at = in_ip_at(slot), encap = in_bench.sa[slot].esp.encap ? 8 : 0;
    size_t judged = in_esp_at(slot);
    assert_true(judged - ip_at - encap == (in_bench.sa[slot].esp.v6 ? 40 : 20));
    for (size_t len = PACKET_ETH; len < n; len++) {
        in_seal(slot, 1, 200);
        in_bad_then_good(slot, len, len >= judged ? IN_DROP_MALFORMED : IN_HOST_NOT_ESP);
    }
    for (size_t cut = 1; cut < esp_len; cut++) {
        struct packet_spec spec = in_spec(slot, 1, 200, 1);
        struct esp_model_wrong wrong = {.cut = cut};
        bool bad = cut % 4 || esp_len - cut < 36;
        in_send_packet(slot, &spec, &wrong, bad ? IN_DROP_MALFORMED : IN_DROP_AUTH);
        in_send_good(slot, 1, 20 + cut % 100);
    }
    in_bench_check(LIMIT);
}

static void test_truncated(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned tag = 0; tag < 2; tag++)
        for (unsigned slot = 0; slot < IN_SAS; slot += slot & 2 ? 14 : 2) {
            in_bench.sa[slot].esp.tagged = tag;
            in_bench.sa[slot].esp.tci = 0x2123;
            truncated(slot);
        }
}

static void test_padding(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned more = 0; more <= 252; more += 4) {
        struct packet_spec spec = in_inner(1, 22 + more % 77, more);
        struct esp_model_wrong wrong = {.more_padding = (uint8_t)more};
        static uint8_t ip[PACKET_MAX];
        struct in_sa *sa = &in_bench.sa[more / 4 % 4];
        size_t n = packet_build(&spec, ip);
        n = esp_model_encap(&sa->esp, ++sa->seq, ip, n, &wrong, in_frame);
        in_send_open(sa, in_frame, n, 1, IN_TO_PLAIN);
        if ((22 + more % 77 + 2) % 4 == 0 && !more)
            continue;
        wrong.padding = true;
        in_send_packet(1, &spec, &wrong, IN_DROP_PADDING);
    }
    in_bench_check(LIMIT);
}

/* A text of an inner packet and `pad` bytes of right padding; returns its length. */
static size_t text_of(size_t ip_len, unsigned pad, uint8_t *text)
{
    struct packet_spec spec = in_inner(1, ip_len, pad);
    size_t n = packet_build(&spec, text);
    for (unsigned i = 0; i < pad; i++)
        text[n++] = (uint8_t)(i + 1);
    text[n++] = (uint8_t)pad;
    text[n++] = 4;
    return n;
}

static void test_every_padding_byte(void **state)
{
    static uint8_t text[PACKET_MAX];
    (void)state;
    in_bench_restart();
    static const unsigned pads[] = {3, 63, 64, 130, 255};
    for (size_t p = 0; p < sizeof pads / sizeof *pads; p++)
        for (unsigned i = 0; i < pads[p]; i++) {
            size_t ip_len = 20 + (-(pads[p] + 2 + 20) & 3u) + 4 * (i % 20);
            size_t n = text_of(ip_len, pads[p], text);
            text[ip_len + i] ^= (uint8_t)(1u << i % 8);
            n = in_seal_text(i % 4, text, n);
            in_bad_then_good(i % 4, n, IN_DROP_PADDING);
            if (i % 64 == 63)
                in_bench_check(LIMIT);
        }
    in_bench_check(LIMIT);
}

/* Bytes that count up, but not from 1. */
static void test_padding_from_elsewhere(void **state)
{
    static uint8_t text[PACKET_MAX];
    (void)state;
    in_bench_restart();
    for (unsigned pad = 1; pad <= 255; pad++) {
        size_t ip_len = 20 + (-(pad + 2 + 20) & 3u);
        size_t n = text_of(ip_len, pad, text);
        for (unsigned i = 0; i < pad; i++)
            text[ip_len + i] = (uint8_t)(i + 1 + (pad & 1 ? 1 : 255));
        n = in_seal_text(pad % 4, text, n);
        in_bad_then_good(pad % 4, n, IN_DROP_PADDING);
        if (pad % 64 == 63)
            in_bench_check(LIMIT);
    }
    in_bench_check(LIMIT);
}

static void test_pad_length_beyond_the_packet(void **state)
{
    static uint8_t text[PACKET_MAX];
    (void)state;
    in_bench_restart();
    for (unsigned len = 4; len <= 256; len += 4) {
        memset(text, 0, sizeof text);
        for (unsigned i = 0; i < len - 2; i++)
            text[i] = (uint8_t)(i + 1 + (255 - (len - 2))); /* a run that would end in 255 */
        text[len - 2] = 255;
        text[len - 1] = 4;
        size_t n = in_seal_text(1, text, len);
        in_bad_then_good(1, n, IN_DROP_PADDING);
    }
    in_bench_check(LIMIT);
}

static void test_inner(void **state)
{
    static uint8_t text[PACKET_MAX];
    (void)state;
    in_bench_restart();
    for (unsigned kind = 1; kind < 9; kind++)
        for (size_t len = 20; len < 300; len += 52) {
            size_t n = text_of(len, 2, text);
            switch (kind) {
            case 1: text[n - 1] = 41; break;
            case 2: text[n - 1] = 17; break;
            case 3: text[0] = 0x65; break;
            case 4: text[0] = 0x44; break;
            case 5: put16(text + 2, (uint16_t)(len + 1)); break;
            case 6: put16(text + 2, 19); break;
            case 7: put16(text + 10, (uint16_t)(get16(text + 10) + 1)); break;
            default: put16(text + 2, 0xffff); break;
            }
            if (kind >= 3 && kind != 7)
                packet_ip_checksum(text);
            n = in_seal_text(kind % 4, text, n);
            in_bad_then_good(kind % 4, n, IN_DROP_INNER);
        }
    in_bench_check(LIMIT);
}

/* IPv6 inside that is none, or says it is longer than it is. */
static void test_inner6(void **state)
{
    static uint8_t text[PACKET_MAX];
    (void)state;
    in_bench_restart();
    for (unsigned slot = 16 * IN_6IN4; slot < 16 * IN_6IN6 + 16; slot++)
        for (unsigned kind = 0; kind < 8; kind++) {
            struct packet_spec spec = in_spec(slot, 1, 42 + 4 * slot, kind);
            size_t n = packet_build(&spec, text);
            text[n] = 0;
            text[n + 1] = 41;
            switch (kind) {
            case 0: text[n + 1] = 4; break;
            case 1: text[n + 1] = 58; break;
            case 2: text[0] ^= 0x20; break; /* version 4 */
            case 3: text[0] ^= 0x10; break;
            case 4: put16(text + 4, (uint16_t)(n - 40 + 1)); break;
            case 5: put16(text + 4, 0xffff); break;
            case 6: put16(text + 4, 0xffff - 39); break; /* 65536 with the header */
            default: /* shorter than a header */
                put16(text + 4, 0);
                n = 38;
                text[n] = 0;
                text[n + 1] = 41;
                break;
            }
            n = in_seal_text(slot, text, n + 2);
            in_bad_then_good(slot, n, IN_DROP_INNER);
            in_bench_check(LIMIT);
        }
}

/* RFC 4303 2.6: next header 59 is dropped without a word, whatever the rest is; it was received,
 * though, and is once only. */
static void test_dummy(void **state)
{
    static uint8_t text[PACKET_MAX];
    (void)state;
    in_bench_restart();
    for (unsigned slot = 0; slot < IN_SAS; slot++) {
        for (size_t len = 4; len < 200; len += 28) {
            rng_fill(&in_bench.rng, text, len);
            text[len - 2] = 0;
            text[len - 1] = 59;
            size_t n = in_seal_text(slot, text, len);
            in_send(in_frame, n, false, IN_DROP_DUMMY);
            in_send(in_frame, n, false, IN_DROP_REPLAY);
            in_frame[n - 1] ^= 1;
            in_bad_then_good(slot, n, IN_DROP_AUTH);
        }
        in_bench_check(LIMIT);
    }
}

static void test_inner_options_and_tfc(void **state)
{
    static uint8_t ip[PACKET_MAX], text[PACKET_MAX];
    (void)state;
    in_bench_restart();
    for (uint8_t options = 0; options <= 40; options = (uint8_t)(options + 4))
        for (unsigned len = 70; len < 200; len += 20) {
            struct packet_spec spec = in_inner(1, len, len);
            spec.options = options;
            size_t n = packet_build(&spec, ip);
            struct in_sa *sa = &in_bench.sa[options / 4 % 4];
            n = esp_model_encap(&sa->esp, ++sa->seq, ip, n, NULL, in_frame);
            in_send_open(sa, in_frame, n, 1, IN_TO_PLAIN);
        }
    /* RFC 4303 2.7: more payload than the inner packet says is padding of another kind */
    for (unsigned more = 0; more < 100; more += 4) {
        size_t n = text_of(62, 0, text);
        memmove(text + 62 + more, text + 62, n - 62);
        memset(text + 62, 0x77, more);
        n = in_seal_text(2, text, n + more);
        in_send_open(&in_bench.sa[2], in_frame, n, 1, IN_TO_PLAIN);
    }
    in_bench_check(LIMIT);
}

static void test_no_sa(void **state)
{
    (void)state;
    in_bench_restart();
    in_bench.sa[6].ok = false;
    for (unsigned i = 0; i < 40; i++) {
        size_t n = in_seal(6, 1, 40 + 9 * i);
        in_bad_then_good(7, n, IN_DROP_NO_SA);
        n = in_seal(7, 1, 80);
        put32(in_frame + in_esp_at(7), i); /* RFC 4303 2.1: reserved */
        if (i || !in_bench.sa[7].esp.encap)
            in_bad_then_good(7, n, IN_DROP_NO_SA);
        n = in_seal(4, 1, 80);
        put32(in_frame + PACKET_ETH + 16, in_bench.sa[5].esp.dst); /* another outer destination */
        packet_ip_checksum(in_frame + PACKET_ETH);
        in_bad_then_good(4, n, IN_DROP_NO_SA);
        n = in_seal(4, 1, 80);
        put32(in_frame + in_esp_at(4), in_bench.sa[4].esp.spi ^ 1u << (10 + i % 22));
        in_bad_then_good(4, n, IN_DROP_NO_SA);
    }
    in_bench_check(LIMIT);
    for (unsigned i = 0; i < 300; i++) { /* more than the engine has room for: it comes back */
        size_t n = in_seal(6, 1, 300);
        in_send(in_frame, n, false, IN_DROP_NO_SA);
    }
    in_send_good(7, 1, 1400);
    in_bench_check(LIMIT);
}

/* An SA that is deleted while its packets are under way: each has its fate and is counted. */
static void test_deleted_under_traffic(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned i = 0; i < 200; i++)
        in_seal(8, 1, 90), axis_send(&in_bench.in, in_frame, in_seal(8, 1, 90));
    for (unsigned i = 0; i < 250; i++)
        in_bench_cycle();
    in_bench.sa[8].ok = false;
    uint64_t before = in_bench.count[IN_DROP_NO_SA];
    for (unsigned i = 0; i < 2000; i++)
        in_bench_cycle();
    assert_int_equal(before, 0);
    assert_true(in_bench.count[IN_DECRYPTED] > 40);
    assert_int_equal(in_bench.count[IN_DECRYPTED] + in_bench.count[IN_DROP_NO_SA], 200);
}

int main(void)
{
    in_bench_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_tampered),
        cmocka_unit_test(test_every_icv_bit),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_every_padding_byte),
        cmocka_unit_test(test_padding_from_elsewhere),
        cmocka_unit_test(test_pad_length_beyond_the_packet),
        cmocka_unit_test(test_inner),
        cmocka_unit_test(test_inner6),
        cmocka_unit_test(test_dummy),
        cmocka_unit_test(test_inner_options_and_tfc),
        cmocka_unit_test(test_no_sa),
        cmocka_unit_test(test_deleted_under_traffic),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    in_bench_close();
    return rc;
}
