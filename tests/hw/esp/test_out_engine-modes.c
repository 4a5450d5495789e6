/* SPDX-License-Identifier: Apache-2.0 */
/* Plain to cipher in every mode: tunnel and transport, IPv4 and IPv6 inside and outside, in UDP or
 * not, encrypted or authenticated only, with and without ESN, TFC padding and tags. Every frame is,
 * to the byte, the one OpenSSL makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/out_bench.h"

static uint8_t frame[PACKET_MAX + 64];

/* SA `slot` in one of 32 shapes; beside it a next hop that keeps, sets or takes away the tag, and
 * in tunnel mode TFC padding, the outer header's flags. */
static void shape(unsigned slot, unsigned n, bool pads)
{
    static const uint16_t tfc[] = {0, 41, 100, 603, 1400, 301, 62, 64};
    struct out_sa *sa = &out_bench.sa[slot];

    sa->esp.v6 = n & 1;
    sa->esp.transport = n & 2;
    sa->esp.encap = n & 4;
    sa->esp.sport = sa->esp.encap ? 4500 : 0;
    sa->esp.dport = sa->esp.encap ? (uint16_t)(40000 + slot) : 0;
    sa->esp.gmac = n & 8;
    sa->esp.esn = n & 16;
    sa->esp.tfc = pads && !sa->esp.transport ? tfc[(slot + n / 16) % 8] : 0;
    sa->esp.flow_zero = slot % 3 == 1;
    sa->esp.ecn_off = slot % 5 == 2;
    sa->esp.dscp_set = slot % 4 == 3;
    sa->esp.dscp = (uint8_t)(slot * 5 & 63);
    sa->vlan_set = slot % 4 >= 2;
    sa->vlan = slot % 8 >= 6 ? 0xe000 : (uint16_t)(slot * 2741 | 1); /* VID 0: none */
}

static void shapes(unsigned half, bool pads)
{
    out_bench_restart();
    for (unsigned slot = 0; slot < OUT_SLOTS; slot++)
        shape(slot, half * OUT_SLOTS + slot, pads);
}

static void send(unsigned slot, size_t len, uint32_t seed)
{
    axis_send(&out_bench.in, frame, out_bench_any(slot, len, seed, frame));
}

static void expect(unsigned slot, size_t len, uint32_t seed)
{
    out_bench_any(slot, len, seed, frame);
    out_bench_expect(slot, frame);
}

static size_t length_of(unsigned i)
{
    static const size_t jumbo[] = {1499, 1500, 1501, 4000, 4095, 4096, 8999, 9000};
    enum { SHORT = 330 };
    return i < SHORT ? 40 + i : i < SHORT + 8 ? jumbo[i - SHORT] : 0;
}

static void test_every_length_in_every_mode(void **state)
{
    (void)state;
    for (unsigned half = 0; half < 4; half++) {
        uint64_t packets = 0, bytes = 0;
        shapes(half & 1, half & 2);
        for (unsigned i = 0; length_of(i); i++)
            for (unsigned slot = 0; slot < OUT_SLOTS; slot++)
                send(slot, length_of(i), i * 31 + slot);
        out_bench_drain(1000000);
        for (unsigned i = 0; length_of(i); i++)
            for (unsigned slot = 0; slot < OUT_SLOTS; slot++) {
                const struct esp_model_sa *esp = &out_bench.sa[slot].esp;
                expect(slot, length_of(i), i * 31 + slot);
                packets++;
                bytes += length_of(i) - (!esp->transport ? 0 : esp->v6 ? 40 : 20);
            }
        assert_null(axis_receive(&out_bench.cipher));
        assert_null(axis_receive(&out_bench.host));
        assert_int_equal(out_bench.count[OUT_ENCRYPTED], packets);
        assert_int_equal(out_bench.encrypted_bytes, bytes); /* what lifetimes count, too */
    }
}

/* Any SA behind any other, with gaps and stalls anywhere, and frames longer than their packets. */
static void test_mixed_under_all_pauses(void **state)
{
    (void)state;
    static const unsigned pauses[][2] = {{0, 0}, {60, 0}, {0, 60}, {40, 40}, {0, 95}};
    enum { N = 1500 };

    for (unsigned run = 0; run < 10; run++)
        for (unsigned turn = 0; turn < 2; turn++) {
            uint32_t rng = run + 77;
            if (turn == 0) {
                shapes(run & 1, true);
                out_bench.in.pause = pauses[run / 2][0];
                out_bench.cipher.pause = pauses[run / 2][1];
            }
            for (uint32_t i = 0; i < N; i++) {
                unsigned slot = rng_next(&rng) % OUT_SLOTS;
                size_t len = 40 + rng_next(&rng) % (i % 50 ? 200 : 1600);
                size_t n = out_bench_any(slot, len, i, frame);
                if (i % 7 == 0) { /* behind the packet: never to be seen again */
                    memset(frame + n, 0xee, 150);
                    n += rng_next(&rng) % 150;
                }
                if (turn == 0)
                    axis_send(&out_bench.in, frame, n);
                else
                    out_bench_expect(slot, frame);
            }
            if (turn == 0)
                out_bench_drain(1000000);
        }
}

/* RFC 791, 8200, 768, 4303 by hand: the places and the sums, without the model. */
static uint32_t sum_of(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i += 2)
        sum += (uint32_t)p[i] << 8 | (i + 1 < n ? p[i + 1] : 0u);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void check_udp(const struct esp_model_sa *esp, const uint8_t *ip, const uint8_t *udp,
                      size_t len)
{
    assert_int_equal(udp[0] << 8 | udp[1], esp->sport);
    assert_int_equal(udp[2] << 8 | udp[3], esp->dport);
    assert_int_equal(udp[4] << 8 | udp[5], len);
    if (ip[0] >> 4 == 4) {
        assert_int_equal(udp[6] | udp[7], 0);
        return;
    }
    assert_int_not_equal(udp[6] | udp[7], 0);
    uint32_t sum = sum_of(ip + 8, 32) + (uint32_t)len + 17 + sum_of(udp, len);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    assert_int_equal(sum, 0xffff);
}

static void check_header(unsigned slot, const uint8_t *in, const struct frame *out)
{
    const struct esp_model_sa *esp = &out_bench.sa[slot].esp;
    const uint8_t *inner = out_bench_ip(in), *ip = out_bench_ip(out->data);
    bool in6 = inner[0] >> 4 == 6, out6 = esp->transport ? in6 : esp->v6;
    size_t left = out->len - (size_t)(ip - out->data), head = out6 ? 40 : 20;
    uint8_t tos = in6 ? (uint8_t)(inner[0] << 4 | inner[1] >> 4) : inner[1];

    assert_int_equal(get16(ip - 2), out6 ? 0x86dd : 0x0800);
    if (out6) {
        assert_int_equal(ip[4] << 8 | ip[5], left - 40);
        assert_int_equal(ip[6], esp->encap ? 17 : 50);
        assert_int_equal(ip[7], esp->transport ? inner[7] : esp->ttl);
        assert_memory_equal(ip + 8, esp->transport ? inner + 8 : esp->src6, 16);
        assert_memory_equal(ip + 24, esp->transport ? inner + 24 : esp->dst6, 16);
        if (!esp->transport)
            assert_int_equal(get32(ip) & 0xfffff,
                             esp->flow_zero || !in6 ? 0 : get32(inner) & 0xfffff);
    } else {
        assert_int_equal(ip[0], 0x45);
        assert_int_equal(ip[2] << 8 | ip[3], left);
        assert_int_equal(sum_of(ip, 20), 0xffff);
        assert_int_equal(ip[8], esp->transport ? inner[8] : esp->ttl);
        assert_int_equal(ip[9], esp->encap ? 17 : 50);
        assert_int_equal(ip[6], esp->transport ? inner[6] : in6 ? 0x40 : inner[6] & 0x40);
    }
    if (esp->transport)
        assert_int_equal(out6 ? get32(ip) : ip[1], out6 ? get32(inner) : inner[1]);
    if (!esp->transport && !esp->dscp_set && !esp->ecn_off)
        assert_int_equal(out6 ? (get32(ip) >> 20 & 0xff) : ip[1], tos);
    if (esp->encap)
        check_udp(esp, ip, ip + head, left - head);
    assert_int_equal(get32(ip + head + (esp->encap ? 8 : 0)), esp->spi);
}

static void test_headers_by_hand(void **state)
{
    (void)state;
    for (unsigned half = 0; half < 2; half++)
        for (unsigned turn = 0; turn < 2; turn++) {
            if (turn == 0)
                shapes(half, true);
            for (uint32_t i = 0; i < 800; i++) {
                size_t n = out_bench_any(i % OUT_SLOTS, 40 + i % 170, i, frame);
                if (turn == 0) {
                    axis_send(&out_bench.in, frame, n);
                } else {
                    struct frame *f = axis_receive(&out_bench.cipher);
                    assert_non_null(f);
                    check_header(i % OUT_SLOTS, frame, f);
                    frame_free(f);
                }
            }
            if (turn == 0)
                out_bench_drain(100000);
        }
}

/* RFC 4303 2.7, with ENCR_NULL, where it can be seen: the trailer, and zeros before it. */
static void test_tfc_padding_is_zero(void **state)
{
    (void)state;
    shapes(0, false);
    for (unsigned slot = 8; slot < 16; slot++)
        out_bench.sa[slot].esp.tfc = (uint16_t)(200 + slot * 37);
    for (unsigned turn = 0; turn < 2; turn++) {
        for (uint32_t i = 0; i < 600; i++) {
            unsigned slot = i & 1 ? 8 + (i / 2 & 5) : 1; /* tunnel; others between */
            size_t len = 40 + i % 300, n = out_bench_any(slot, len, i, frame);
            memset(frame + n, 0x55, 40);
            if (turn == 0) {
                axis_send(&out_bench.in, frame, n + 40);
                continue;
            }
            struct frame *f = axis_receive(&out_bench.cipher);
            size_t tfc = out_bench.sa[slot].esp.tfc, text = len < tfc ? tfc : len;
            assert_non_null(f);
            if (slot >= 8) {
                const uint8_t *end = f->data + f->len - 16, *start;
                size_t pad = end[-2], ct = text + pad + 2;
                assert_true(pad < 4 && ct % 4 == 0);
                assert_int_equal(end[-1], packet_is_v6(out_bench_ip(frame)) ? 41 : 4);
                for (size_t k = 0; k < pad; k++)
                    assert_int_equal(end[-2 - (long)pad + (long)k], k + 1);
                start = end - ct;
                for (size_t k = len; k < text; k++)
                    assert_int_equal(start[k], 0);
            }
            frame_free(f);
        }
        if (turn == 0)
            out_bench_drain(100000);
    }
}

/* Beats on cipher over cycles, from the time on when frames are always waiting. */
static void saturate(unsigned n, size_t low, size_t high, uint64_t *beats, uint64_t *cycles)
{
    enum { N = 260, WARM = 60 };
    uint64_t first = 0, last = 0;

    out_bench_restart();
    for (unsigned slot = 0; slot < OUT_SLOTS; slot++)
        shape(slot, n == 32 ? slot * 7 % 32 : n, n == 32);
    for (uint32_t i = 0; i < N; i++)
        send(i % OUT_SLOTS, low + i * 37 % (high - low + 1), i);
    out_bench_drain(100000);
    for (uint32_t i = 0; i < N; i++) {
        struct frame *f = axis_receive(&out_bench.cipher);
        assert_non_null(f);
        if (i == WARM)
            first = f->first_cycle;
        if (i >= WARM)
            *beats += (f->len + 63) / 64;
        last = f->last_cycle;
        frame_free(f);
    }
    *cycles += last - first + 1;
}

static void test_no_bubble_in_any_mode(void **state)
{
    (void)state;
    for (unsigned n = 0; n <= 32; n++) {
        uint64_t beats = 0, cycles = 0;
        for (size_t len = 40; len < 240; len += n == 32 ? 1 : 9)
            saturate(n, len, len, &beats, &cycles);
        saturate(n, 40, 1500, &beats, &cycles);
        if (n == 32)
            printf("    all modes mixed    %llu beats in %llu cycles\n", (unsigned long long)beats,
                   (unsigned long long)cycles);
        else
            printf("    %-9s outer IPv%d%s%s%s %llu beats in %llu cycles\n",
                   n & 2 ? "transport" : "tunnel", n & 1 ? 6 : 4, n & 4 ? " UDP" : "",
                   n & 8 ? " GMAC" : "", n & 16 ? " ESN" : "", (unsigned long long)beats,
                   (unsigned long long)cycles);
        assert_int_equal(beats, cycles);
    }
}

/* Transport mode judges no TTL, but takes no fragment (RFC 4303 3.3.4); both families. */
static void test_transport_leaves_the_header_alone(void **state)
{
    (void)state;
    shapes(0, false);
    for (unsigned v6 = 0; v6 < 2; v6++)
        for (uint8_t ttl = 1; ttl < 3; ttl++) {
            size_t n = out_bench_any(2 + v6, 100, 3, frame);
            uint8_t *ip = frame + PACKET_ETH;
            ip[v6 ? 7 : 8] = ttl;
            packet_ip_checksum(ip);
            axis_send(&out_bench.in, frame, n);
            out_bench_drain(10000);
            out_bench_expect(2 + v6, frame);
        }
    for (unsigned slot = 2; slot < 4; slot++) {
        bool v6 = slot == 3;
        uint8_t ip[PACKET_MAX];
        struct packet_spec spec = {.v6 = v6, .src = 0x0a010001, .dst = 0x0a020200 | slot,
                                   .dst6 = {0x20, 1, [5] = 2, [14] = OUT_PROTECT, [15] = (uint8_t)slot},
                                   .ext_len = 1, .ext = {44}, .fragment = v6 ? 1 : 0x2000,
                                   .proto = 253, .len = 200};
        size_t n = packet_frame(out_plain_mac, out_peer_mac, ip, packet_build(&spec, ip), 60, frame);
        axis_send(&out_bench.in, frame, n);
        out_bench_drain(10000);
        struct frame *f = axis_receive(&out_bench.host);
        assert_non_null(f);
        assert_memory_equal(f->data, frame, n);
        frame_free(f);
    }
    assert_int_equal(out_bench.count[OUT_HOST_FRAGMENT], 2);
    assert_null(axis_receive(&out_bench.cipher));
}

/* A row that was written between the policy's answer and the packet's start has another shape than
 * what the packet was queued for: it is too late for that SA, and takes no number. */
static void test_a_row_of_another_shape_is_no_sa(void **state)
{
    (void)state;
    static const uint32_t shapes_of[] = {1u << 16 | 9000, 1u << 17 | 9000, 3u << 16 | 9000};
    for (size_t k = 0; k < 3; k++) {
        shapes(0, false);
        out_bench.sa[0].other_shape = true;
        out_bench.sa[0].shape = shapes_of[k];
        for (uint32_t i = 0; i < 50; i++)
            send(i & 1, 40 + i, 0);
        out_bench_drain(10000);
        out_bench.sa[0].other_shape = false;
        send(0, 100, 0);
        out_bench_drain(10000);
        for (uint32_t i = 1; i < 50; i += 2)
            expect(1, 40 + i, 0);
        expect(0, 100, 0); /* number 1 */
        assert_int_equal(out_bench.count[OUT_DROP_NO_SA], 25);
        assert_null(axis_receive(&out_bench.cipher));
    }
    /* transport mode with addresses of the other family */
    shapes(0, false);
    axis_send(&out_bench.in, frame, out_bench_frame6(OUT_PROTECT, 2, 100, 1, frame));
    axis_send(&out_bench.in, frame, out_bench_frame(OUT_PROTECT, 3, 100, 1, frame));
    out_bench_drain(10000);
    assert_int_equal(out_bench.count[OUT_DROP_NO_SA], 2);
    assert_null(axis_receive(&out_bench.cipher));
}

/* A policy without an SA asks for one: with its row and serial, and not with every packet. */
static void test_acquire(void **state)
{
    (void)state;
    out_bench_restart();
    for (uint32_t i = 0; i < 300; i++)
        axis_send(&out_bench.in, frame,
                  i & 1 ? out_bench_frame6(OUT_PROTECT_NO_SA, 1, 60 + i, i, frame)
                        : out_bench_frame(OUT_PROTECT_NO_SA, 1, 60 + i, i, frame));
    out_bench_drain(10000);
    assert_int_equal(out_bench.count[OUT_DROP_NO_SA], 300);
    assert_true(out_bench.events <= 1); /* none when the row's memory says so after the reset */
    for (unsigned more = 1; more < 3; more++) {
        uint64_t before = out_bench.events;
        for (unsigned i = 0; i < 1u << 20; i++)
            out_bench_cycle();
        for (uint32_t i = 0; i < 100; i++)
            axis_send(&out_bench.in, frame, out_bench_frame(OUT_PROTECT_NO_SA, 1, 60, i, frame));
        out_bench_drain(10000);
        assert_int_equal(out_bench.events, before + 1);
        assert_int_equal(out_bench.event_row, OUT_ROW(OUT_PROTECT_NO_SA));
        assert_int_equal(out_bench.event_serial, OUT_SERIAL(OUT_PROTECT_NO_SA));
    }
}

int main(void)
{
    out_bench_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length_in_every_mode),
        cmocka_unit_test(test_mixed_under_all_pauses),
        cmocka_unit_test(test_headers_by_hand),
        cmocka_unit_test(test_tfc_padding_is_zero),
        cmocka_unit_test(test_no_bubble_in_any_mode),
        cmocka_unit_test(test_transport_leaves_the_header_alone),
        cmocka_unit_test(test_a_row_of_another_shape_is_no_sa),
        cmocka_unit_test(test_acquire),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    out_bench_close();
    return rc;
}
