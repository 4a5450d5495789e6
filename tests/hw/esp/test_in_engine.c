/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole inbound path: ESP frames made by the OpenSSL model come in, and every frame must have its
 * one fate: the right bytes at the right port, or the right counter. Wherever something is wrong with a
 * frame, a good one follows it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/in_bench.h"

#define LIMIT 400000u

static uint8_t frame[ESP_MODEL_MAX];

/* A frame of the SA's next number around an inner packet of `len` bytes to `hop`; not sent. */
static size_t seal(unsigned slot, unsigned hop, size_t len)
{
    static uint8_t ip[PACKET_MAX];
    struct in_sa *sa = &in_bench.sa[slot];
    struct packet_spec spec = in_inner(hop, len, slot);
    size_t n = esp_model_encap(&sa->esp, ++sa->seq, ip, packet_build(&spec, ip), NULL, frame);
    assert_true(n > 0);
    return n;
}

/* A frame around any text. */
static size_t seal_text(unsigned slot, const uint8_t *text, size_t len)
{
    struct in_sa *sa = &in_bench.sa[slot];
    size_t n = esp_model_seal(&sa->esp, ++sa->seq, text, len, 0, false, frame);
    assert_true(n > 0);
    return n;
}

static size_t esp_at(unsigned slot)
{
    return PACKET_ETH + PACKET_IP4 + (in_bench.sa[slot].esp.encap ? 8u : 0u);
}

static void bad_then_good(unsigned slot, size_t len, enum in_counter fate)
{
    in_send(frame, len, false, fate);
    in_send_good(slot, 1, 60);
}

/* ------------------------------------------------------------------ what is right passes */

static void test_every_length(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned len = 20; len <= 1500; len++) {
        in_send_good(len % IN_SAS, 1 + len % 9, len);
        if (len % 300 == 0)
            in_bench_check(LIMIT);
    }
    in_bench_check(LIMIT);
}

static void test_jumbo(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned len = 8890; len <= 9004; len += 3) {
        in_send_good(len % IN_SAS, 1, len);
        in_send_good(len % IN_SAS, 2, 20 + len % 100);
    }
    in_bench_check(LIMIT);
}

static void test_pauses(void **state)
{
    (void)state;
    for (unsigned source = 0; source <= 80; source += 40)
        for (unsigned sink = 0; sink <= 80; sink += 40) {
            in_bench_restart();
            in_bench.in.pause = source;
            in_bench.plain.pause = in_bench.host0.pause = in_bench.host1.pause = sink;
            for (unsigned i = 0; i < 300; i++) {
                uint32_t r = rng_next(&in_bench.rng);
                size_t len = r % 8 == 0 ? 1400 + r / 8 % 200 : 20 + r / 8 % 160;
                if (r >> 20 & 1)
                    in_send_good(r >> 21 & 15, 1 + (r >> 25 & 7), len);
                else
                    in_send_good(3, 5, len); /* one SA, packet after packet */
                if (r >> 28 == 0) { /* something for host1 between them */
                    memset(frame, (int)r, 300);
                    memcpy(frame, in_cipher_mac, 6);
                    in_send(frame, 14 + r % 280, false, IN_HOST_NOT_ESP);
                }
            }
            in_bench_check(LIMIT);
        }
}

static void test_ethernet_padding_is_ignored(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned extra = 0; extra < 200; extra++) {
        size_t n = seal(extra % 4, 1, 20 + extra % 70);
        memset(frame + n, 0xee, extra);
        in_send_open(&in_bench.sa[extra % 4], frame, n + extra, 1, IN_TO_PLAIN);
    }
    in_bench_check(LIMIT);
}

/* ------------------------------------------------------------------ replay */

static void test_replay(void **state)
{
    static uint8_t kept[200][ESP_MODEL_MAX];
    size_t len[200];
    (void)state;

    in_bench_restart();
    for (unsigned i = 1; i < 200; i++) {
        len[i] = seal(5, 1, 40 + i);
        memcpy(kept[i], frame, len[i]);
    }
    /* 100 first; then what is inside its window, backwards; each once more; and what is outside */
    for (unsigned i = 100; i >= 37; i--)
        in_send_open(&in_bench.sa[5], kept[i], len[i], 1, IN_TO_PLAIN);
    for (unsigned i = 1; i <= 100; i++)
        in_send(kept[i], len[i], false, IN_DROP_REPLAY);
    for (unsigned i = 102; i < 200; i += 2) {
        in_send_open(&in_bench.sa[5], kept[i], len[i], 1, IN_TO_PLAIN);
        in_send(kept[i], len[i], false, IN_DROP_REPLAY);
        in_send_open(&in_bench.sa[5], kept[i - 1], len[i - 1], 1, IN_TO_PLAIN);
        in_send(kept[i - 1], len[i - 1], false, IN_DROP_REPLAY);
    }
    in_bench_check(LIMIT);
    in_bench_config("cfg_query", 5);
    assert_int_equal(rtl_get(rtl_port(in_bench.rtl, "cfg_seq")), 198);
    assert_int_equal(rtl_get(rtl_port(in_bench.rtl, "cfg_packets")), 64 + 98);
    assert_int_equal(rtl_get(rtl_port(in_bench.rtl, "cfg_replayed")), 100 + 98);
    assert_true(rtl_get(rtl_port(in_bench.rtl, "cfg_window")) == ~UINT64_C(0));
}

/* RFC 4303 3.4.3: a forged number far ahead does not move the window. */
static void test_forged_number(void **state)
{
    (void)state;
    in_bench_restart();
    size_t n = seal(0, 1, 100);
    put32(frame + esp_at(0) + 4, 0x7fffffff);
    in_send(frame, n, false, IN_DROP_AUTH);
    for (unsigned i = 0; i < 80; i++)
        in_send_good(0, 1, 100);
    in_bench_check(LIMIT);
    in_bench_config("cfg_query", 0);
    assert_int_equal(rtl_get(rtl_port(in_bench.rtl, "cfg_seq")), 81);
    assert_int_equal(rtl_get(rtl_port(in_bench.rtl, "cfg_auth_failed")), 1);
}

/* ------------------------------------------------------------------ what is wrong does not */

static void test_every_byte_tampered(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned slot = 0; slot < 4; slot++) {
        size_t n = seal(slot, 1, 131);
        for (size_t at = esp_at(slot); at < n; at++) {
            n = seal(slot, 1, 131);
            frame[at] ^= (uint8_t)(1u << at % 8);
            bool spi = at < esp_at(slot) + 4;
            bad_then_good(slot, n, spi ? IN_DROP_NO_SA : IN_DROP_AUTH);
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
    }
    in_bench_check(LIMIT);
}

static void test_truncated(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned slot = 0; slot < 4; slot += 2) {
        size_t n = seal(slot, 1, 200), esp_len = n - esp_at(slot);
        for (size_t len = PACKET_ETH; len < n; len++) { /* the headers promise more */
            seal(slot, 1, 200);
            bool judged = len >= (slot ? 42u : 34u);
            bad_then_good(slot, len, judged ? IN_DROP_MALFORMED : IN_HOST_NOT_ESP);
        }
        for (size_t cut = 1; cut < esp_len; cut++) { /* the headers know */
            struct packet_spec spec = in_inner(1, 200, 1);
            struct esp_model_wrong wrong = {.cut = cut};
            bool bad = cut % 4 || esp_len - cut < 36;
            in_send_packet(slot, &spec, &wrong, bad ? IN_DROP_MALFORMED : IN_DROP_AUTH);
            in_send_good(slot, 1, 20 + cut % 100);
        }
        in_bench_check(LIMIT);
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
        n = esp_model_encap(&sa->esp, ++sa->seq, ip, n, &wrong, frame);
        in_send_open(sa, frame, n, 1, IN_TO_PLAIN);
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
            n = seal_text(i % 4, text, n);
            bad_then_good(i % 4, n, IN_DROP_PADDING);
            if (i % 64 == 63)
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
        size_t n = seal_text(1, text, len);
        bad_then_good(1, n, IN_DROP_PADDING);
    }
    in_bench_check(LIMIT);
}

static void test_inner(void **state)
{
    static uint8_t text[PACKET_MAX];
    (void)state;
    in_bench_restart();
    for (unsigned kind = 0; kind < 9; kind++)
        for (size_t len = 20; len < 300; len += 52) {
            size_t n = text_of(len, 2, text);
            switch (kind) {
            case 0: text[n - 1] = 59; break; /* a dummy packet (RFC 4303 2.6) */
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
            n = seal_text(kind % 4, text, n);
            bad_then_good(kind % 4, n, IN_DROP_INNER);
        }
    in_bench_check(LIMIT);
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
            n = esp_model_encap(&sa->esp, ++sa->seq, ip, n, NULL, frame);
            in_send_open(sa, frame, n, 1, IN_TO_PLAIN);
        }
    /* RFC 4303 2.7: more payload than the inner packet says is padding of another kind */
    for (unsigned more = 0; more < 100; more += 4) {
        size_t n = text_of(62, 0, text);
        memmove(text + 62 + more, text + 62, n - 62);
        memset(text + 62, 0x77, more);
        n = seal_text(2, text, n + more);
        in_send_open(&in_bench.sa[2], frame, n, 1, IN_TO_PLAIN);
    }
    in_bench_check(LIMIT);
}

static void test_no_sa(void **state)
{
    (void)state;
    in_bench_restart();
    in_bench.sa[6].ok = false;
    for (unsigned i = 0; i < 40; i++) {
        size_t n = seal(6, 1, 40 + 9 * i);
        bad_then_good(7, n, IN_DROP_NO_SA);
        n = seal(7, 1, 80);
        put32(frame + esp_at(7), i); /* RFC 4303 2.1: reserved */
        if (i || !in_bench.sa[7].esp.encap)
            bad_then_good(7, n, IN_DROP_NO_SA);
        n = seal(4, 1, 80);
        put32(frame + PACKET_ETH + 16, in_bench.sa[5].esp.dst); /* another outer destination */
        packet_ip_checksum(frame + PACKET_ETH);
        bad_then_good(4, n, IN_DROP_NO_SA);
        n = seal(4, 1, 80);
        put32(frame + esp_at(4), in_bench.sa[4].esp.spi ^ 1u << (10 + i % 22));
        bad_then_good(4, n, IN_DROP_NO_SA);
    }
    in_bench_check(LIMIT);
}

/* An SA that is deleted while its packets are under way: each is dropped or delivered, and counted. */
static void test_deleted_under_traffic(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned i = 0; i < 200; i++)
        seal(8, 1, 90), axis_send(&in_bench.in, frame, seal(8, 1, 90));
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

struct selector_case {
    struct in_selector sel;
    struct packet_spec spec;
    bool allowed;
};

static void test_selectors(void **state)
{
    (void)state;
    const struct in_selector any = {.check = true, .sport_last = 0xffff, .dport_last = 0xffff};
    struct selector_case list[200];
    size_t n = 0;
    in_bench_restart();
    for (unsigned len = 0; len <= 32; len++)
        for (unsigned bit = 0; bit < 32; bit += 1 + (len % 3) * 5) { /* a bit inside or outside */
            struct in_selector s = any;
            struct packet_spec p = in_inner(1, 60, bit);
            s.src = p.src ^ (0x80000000u >> bit);
            s.src_len = (uint8_t)len;
            bool ok = bit >= len;
            if (bit & 1) {
                s.dst = p.dst ^ (0x80000000u >> bit);
                s.dst_len = (uint8_t)len;
                s.src_len = 0;
            }
            if (n < 150)
                list[n++] = (struct selector_case){s, p, ok};
        }
#define CASE(ok, ...) \
    do { \
        struct in_selector s = any; \
        struct packet_spec p = in_inner(1, 60, 1); \
        __VA_ARGS__; \
        list[n++] = (struct selector_case){s, p, ok}; \
    } while (0)
    CASE(true, s.proto = 17);
    CASE(false, s.proto = 6);
    CASE(true, s.sport_first = s.sport_last = 1000);
    CASE(false, s.sport_first = 1001);
    CASE(false, s.sport_last = 999);
    CASE(true, s.dport_first = 2000; s.dport_last = 2001);
    CASE(false, s.dport_first = 2001);
    CASE(false, s.dport_last = 1999);
    CASE(true, s.dport_first = s.dport_last = 2000; p.options = 8; p.len = 80);
    CASE(false, s.dport_first = s.dport_last = 1999; p.options = 8; p.len = 80);
    CASE(true, p.fragment = 0x0010);                        /* a later fragment has no ports */
    CASE(false, p.fragment = 0x0010; s.sport_last = 0xfffe);
    CASE(true, p.proto = 50);
    CASE(false, p.proto = 50; s.dport_first = 1);
    CASE(true, p.proto = 1; s.sport_first = s.sport_last = 0x0800);  /* echo request */
    CASE(false, p.proto = 1; s.sport_first = s.sport_last = 0x0000);
    CASE(true, p.proto = 6; s.sport_first = s.sport_last = 1000);
    CASE(false, p.len = 22; s.sport_first = s.sport_last = 1000);    /* too short for ports */
    CASE(true, s.src = 1; s.src_len = 32; s.check = false);
#undef CASE
    for (size_t i = 0; i < n; i++) {
        in_bench.sa[1].sel = list[i].sel;
        if (list[i].allowed) {
            static uint8_t ip[PACKET_MAX];
            struct in_sa *sa = &in_bench.sa[1];
            size_t len = packet_build(&list[i].spec, ip);
            len = esp_model_encap(&sa->esp, ++sa->seq, ip, len, NULL, frame);
            in_send_open(sa, frame, len, 1, IN_TO_PLAIN);
        } else {
            in_send_packet(1, &list[i].spec, NULL, IN_DROP_SELECTOR);
        }
        in_bench_check(LIMIT);
    }
}

/* ------------------------------------------------------------------ where it goes */

static void send_to(uint32_t dst, uint8_t ttl, unsigned hop, enum in_counter why)
{
    static uint8_t ip[PACKET_MAX];
    struct in_sa *sa = &in_bench.sa[2];
    struct packet_spec spec = in_inner(1, 100, dst);
    spec.dst = dst;
    spec.ttl = ttl;
    size_t n = packet_build(&spec, ip);
    n = esp_model_encap(&sa->esp, ++sa->seq, ip, n, NULL, frame);
    in_send_open(sa, frame, n, hop, why);
}

static void test_routes(void **state)
{
    (void)state;
    in_bench_restart();
    send_to(0x0a010705, 64, 7, IN_TO_PLAIN);             /* a neighbour */
    send_to(0x0a02ff01, 64, 40, IN_TO_PLAIN);            /* the SA's default next hop */
    send_to(0x0a01c801, 64, 0, IN_INNER_HOST_ROUTE);     /* the gateway's own address */
    send_to(0x0a016305, 64, 0, IN_INNER_HOST_ROUTE);     /* a next hop that is empty */
    in_bench_check(LIMIT);
    in_bench.sa[2].nexthop = 0;
    send_to(0x0a02ff01, 64, 0, IN_INNER_HOST_ROUTE);     /* nobody knows */
    in_bench_check(LIMIT);
    for (uint8_t ttl = 2; ttl <= 5; ttl++) { /* the model takes one off before it encrypts */
        send_to(0x0a010705, ttl, 7, ttl == 2 ? IN_INNER_HOST_TTL : IN_TO_PLAIN);
        send_to(0x0a01c801, ttl, 0, IN_INNER_HOST_ROUTE);
    }
    in_bench_check(LIMIT);
}

static void test_ecn(void **state)
{
    static uint8_t ip[PACKET_MAX];
    static struct esp_model_opened opened;
    (void)state;
    in_bench_restart();
    for (unsigned i = 0; i < 16; i++) { /* RFC 6040 4.2, all of figure 4 */
        struct in_sa *sa = &in_bench.sa[i % 4];
        struct packet_spec spec = in_inner(1, 77 + i, i);
        spec.tos = (uint8_t)(0xb8 | (i & 3));
        size_t n = packet_build(&spec, ip);
        n = esp_model_encap(&sa->esp, ++sa->seq, ip, n, NULL, frame);
        frame[PACKET_ETH + 1] = (uint8_t)(0x48 | i >> 2);
        packet_ip_checksum(frame + PACKET_ETH);
        assert_int_equal(esp_model_open(&sa->esp, frame, n, &opened), ESP_MODEL_OK);
        if (esp_model_deliver(&opened, ip))
            in_send_open(sa, frame, n, 1, IN_TO_PLAIN);
        else
            in_send(frame, n, false, IN_DROP_INNER);
    }
    in_bench_check(LIMIT);
    in_bench.sa[0].nexthop = 0;
}

/* ------------------------------------------------------------------ what is not for the engine */

/* A frame to the cipher port that is not ESP. */
static size_t other(const struct packet_spec *spec)
{
    static uint8_t ip[PACKET_MAX];
    size_t n = packet_build(spec, ip);
    return packet_frame(in_cipher_mac, (const uint8_t[6]){2, 2, 2, 2, 2, 2}, ip, n, 60, frame);
}

static void send_other(size_t len, enum in_counter fate)
{
    in_send(frame, len, false, fate);
    memcpy(frame, in_engine_mac, 6); /* from host1, it may not go back */
    in_send(frame, len, true, fate >= IN_HOST_MAC && fate <= IN_HOST_IKE ? IN_DROP_LOOP : fate);
    in_send_good(0, 1, 60);
}

static void test_not_for_the_engine(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned kind = 0; kind < 17; kind++) {
        struct packet_spec s = in_inner(1, 90, kind);
        enum in_counter fate = IN_HOST_NOT_ESP;
        size_t n = other(&s);
        switch (kind) {
        case 0: break; /* some UDP */
        case 1: s.proto = 6; n = other(&s); break;
        case 2: s.proto = 1; n = other(&s); break;
        case 3: s.proto = 51; n = other(&s); break; /* AH */
        case 4: put16(frame + 12, 0x0806); break;
        case 5: put16(frame + 12, 0x86dd); break;
        case 6: put16(frame + 12, 0x8100); break;
        case 7: s.dport = 500; n = other(&s); fate = IN_HOST_IKE; break;
        case 8: s.dport = 4500; n = other(&s); put32(frame + 42, 0); fate = IN_HOST_IKE; break;
        case 9: s.proto = 50; n = other(&s); frame[24] ^= 1; break; /* checksum */
        case 10: s.proto = 50; s.options = 4; n = other(&s); fate = IN_HOST_OPTIONS; break;
        case 11: s.proto = 50; s.fragment = 0x2000; n = other(&s); fate = IN_HOST_FRAGMENT; break;
        case 12: s.proto = 50; s.fragment = 0x0003; n = other(&s); fate = IN_HOST_FRAGMENT; break;
        case 13: s.proto = 17; s.fragment = 0x1fff; n = other(&s); fate = IN_HOST_FRAGMENT; break;
        case 14: frame[14] = 0x55; break;
        case 15: frame[14] = 0x44; break;
        default: s.len = 9000; n = other(&s); break;
        }
        send_other(n, fate);
        in_bench_check(LIMIT);
    }
}

static void test_keepalive(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned len = 0; len < 12; len++) { /* UDP 4500 with so many bytes of 0xff, or of 0 */
        struct packet_spec s = in_inner(1, 28 + len, len);
        s.dport = 4500;
        size_t n = other(&s);
        memset(frame + 42, 0xff, len);
        send_other(n, len == 1 ? IN_DROP_KEEPALIVE : IN_DROP_MALFORMED);
        n = other(&s);
        memset(frame + 42, 0, len);
        send_other(n, len >= 4 ? IN_HOST_IKE : IN_DROP_MALFORMED);
    }
    in_bench_check(LIMIT);
}

static void test_udp_length(void **state)
{
    (void)state;
    in_bench_restart();
    size_t n = seal(2, 1, 100);
    size_t udp = get16(frame + 38);
    for (size_t len = 0; len < udp + 40; len++) {
        n = seal(2, 1, 100);
        put16(frame + 38, (uint16_t)len);
        if (len == udp)
            in_send_open(&in_bench.sa[2], frame, n, 1, IN_TO_PLAIN);
        else if (len > udp || len < 8 + 36 || len % 4)
            bad_then_good(2, n, IN_DROP_MALFORMED);
        else
            bad_then_good(2, n, IN_DROP_AUTH);
    }
    in_bench_check(LIMIT);
}

static void test_mac(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned bit = 0; bit < 48; bit++) {
        size_t n = seal(0, 1, 100);
        frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
        bool engine = memcmp(frame, in_engine_mac, 6) == 0;
        if (engine)
            in_send_open(&in_bench.sa[0], frame, n, 1, IN_TO_PLAIN);
        else
            bad_then_good(0, n, IN_HOST_MAC);
    }
    size_t n = seal(0, 1, 100);
    memcpy(frame, in_engine_mac, 6); /* from host1, with the engine's MAC */
    in_send_open(&in_bench.sa[0], frame, n, 1, IN_TO_PLAIN);
    in_bench.in.tail->bad = true;
    in_bench_check(LIMIT);

    rtl_set(rtl_port(in_bench.rtl, "cipher_mac_set"), 0); /* then any is ours, but not a group's */
    n = seal(0, 1, 100);
    memcpy(frame, (const uint8_t[6]){2, 9, 9, 9, 9, 9}, 6);
    in_send_open(&in_bench.sa[0], frame, n, 1, IN_TO_PLAIN);
    n = seal(0, 1, 100);
    frame[0] |= 1;
    bad_then_good(0, n, IN_HOST_MAC);
    in_bench_check(LIMIT);
}

/* ------------------------------------------------------------------ how fast */

/* Saturates the input with what was queued. Returns beats / cycles of the cipher bus; what the engine
 * had not done by then it must do within its latency, or the FIFOs would have hidden bubbles. */
static double saturate(size_t longest)
{
    uint64_t start = rtl_cycles(in_bench.rtl), beats = in_bench.in.beats, cycles, fates = 0;
    while (!axis_idle(&in_bench.in))
        in_bench_cycle();
    cycles = rtl_cycles(in_bench.rtl) - start;
    beats = in_bench.in.beats - beats;
    while (fates < in_bench.sent) {
        in_bench_cycle();
        fates = 0;
        for (int i = 0; i < IN_FATES; i++)
            fates += in_bench.count[i];
    }
    assert_in_range(rtl_cycles(in_bench.rtl) - start - cycles, 0, 60 + longest / 64);
    in_bench_check(LIMIT);
    return (double)beats / (double)cycles;
}

static double rate(size_t len, unsigned frames, bool one_sa)
{
    in_bench_restart();
    for (unsigned i = 0; i < frames; i++)
        in_send_good(one_sa ? 0 : i % IN_SAS, 1, len);
    return saturate(len);
}

static void test_rates(void **state)
{
    static const size_t lens[] = {20, 36, 64, 65, 78, 100, 129, 576, 1446, 9000};
    (void)state;
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        unsigned frames = lens[i] < 200 ? 1500 : lens[i] < 2000 ? 300 : 60;
        double many = rate(lens[i], frames, false), one = rate(lens[i], frames, true);
        printf("  inner %4zu bytes: %.4f beats a cycle with 16 SAs, %.4f with one\n", lens[i], many,
               one);
        assert_true(many > 0.9999 && one > 0.9999);
    }
}

static void test_rate_to_host(void **state)
{
    (void)state;
    in_bench_restart();
    struct packet_spec s = in_inner(1, 46, 1);
    size_t n = other(&s);
    for (unsigned i = 0; i < 2000; i++)
        in_send(frame, n, false, IN_HOST_NOT_ESP);
    double r = saturate(n);
    printf("  60 byte frames to host1: %.4f beats a cycle\n", r);
    assert_true(r > 0.9999);
}

int main(void)
{
    in_bench_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_jumbo),
        cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_ethernet_padding_is_ignored),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_forged_number),
        cmocka_unit_test(test_every_byte_tampered),
        cmocka_unit_test(test_every_icv_bit),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_every_padding_byte),
        cmocka_unit_test(test_pad_length_beyond_the_packet),
        cmocka_unit_test(test_inner),
        cmocka_unit_test(test_inner_options_and_tfc),
        cmocka_unit_test(test_no_sa),
        cmocka_unit_test(test_deleted_under_traffic),
        cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_routes),
        cmocka_unit_test(test_ecn),
        cmocka_unit_test(test_not_for_the_engine),
        cmocka_unit_test(test_keepalive),
        cmocka_unit_test(test_udp_length),
        cmocka_unit_test(test_mac),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_rate_to_host),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    in_bench_close();
    return rc;
}
