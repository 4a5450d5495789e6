/* SPDX-License-Identifier: Apache-2.0 */
/* Plain to cipher, the whole path: every frame that comes out is, to the byte, the one OpenSSL
 * makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/out_bench.h"

/* The model is built with SEQ_LAST = 3000 (tests/tests.mk), so that the end of an SA can be seen.
 */
enum { SEQ_LAST = 3000 };

static uint8_t frame[PACKET_MAX + 64];

static void test_every_length(void **state)
{
    (void)state;
    static const size_t jumbo[] = {1501, 2000, 4095, 4096, 4097, 8190, 8999, 9000};
    enum { SHORT = 1500 - 20 + 1, N = SHORT + sizeof jumbo / sizeof *jumbo };
    uint64_t bytes = 0;

    out_bench_restart();
    for (unsigned round = 0; round < 2; round++) { /* the other half of the SAs the second time */
        for (uint32_t i = 0; i < N; i++) {
            size_t len = i < SHORT ? 20 + i : jumbo[i - SHORT];
            size_t n = out_bench_frame(OUT_PROTECT, (i * 5 + round) % OUT_SLOTS, len, i, frame);
            axis_send(&out_bench.in, frame, n);
            bytes += len;
        }
        out_bench_drain(200000);
        for (uint32_t i = 0; i < N; i++) {
            size_t len = i < SHORT ? 20 + i : jumbo[i - SHORT];
            out_bench_frame(OUT_PROTECT, (i * 5 + round) % OUT_SLOTS, len, i, frame);
            out_bench_expect((i * 5 + round) % OUT_SLOTS, frame);
        }
    }
    assert_null(axis_receive(&out_bench.cipher));
    assert_null(axis_receive(&out_bench.host));
    assert_int_equal(out_bench.count[OUT_ENCRYPTED], 2 * N);
    assert_int_equal(out_bench.encrypted_bytes, bytes);
}

/* A frame of the mixture: what it is follows from its number. */
static size_t mixed(uint32_t number, enum out_policy *policy, unsigned *slot)
{
    uint32_t seed = number + 1, r = rng_next(&seed), s = rng_next(&seed);

    *policy = r % 8 < 4    ? OUT_PROTECT
              : r % 8 == 4 ? OUT_BYPASS
              : r % 8 == 5 ? OUT_DISCARD
              : r % 8 == 6 ? OUT_MISS
                           : OUT_PROTECT_NO_SA;
    *slot = s % 3 ? 3 : s / 3 % OUT_SLOTS; /* often the same SA again */
    return out_bench_frame(*policy, *slot, 20 + (s >> 8) % (number % 40 ? 300 : 8980), number,
                           frame);
}

static void check_mixed(uint32_t frames)
{
    uint64_t want[OUT_COUNTERS] = {0};

    for (uint32_t i = 0; i < frames; i++) {
        enum out_policy policy;
        unsigned slot;
        size_t n = mixed(i, &policy, &slot);
        want[policy == OUT_PROTECT   ? OUT_ENCRYPTED
             : policy == OUT_BYPASS  ? OUT_HOST_BYPASS
             : policy == OUT_DISCARD ? OUT_DROP_DISCARD
             : policy == OUT_MISS    ? OUT_HOST_NO_POLICY
                                     : OUT_DROP_NO_SA]++;
        if (policy == OUT_PROTECT)
            out_bench_expect(slot, frame);
        if (policy == OUT_BYPASS || policy == OUT_MISS) {
            struct frame *f = axis_receive(&out_bench.host);
            assert_non_null(f);
            assert_int_equal(f->len, n);
            assert_memory_equal(f->data, frame, n);
            frame_free(f);
        }
    }
    assert_null(axis_receive(&out_bench.cipher));
    assert_null(axis_receive(&out_bench.host));
    assert_memory_equal(out_bench.count, want, sizeof want);
}

static void test_all_verdicts_under_all_pauses(void **state)
{
    (void)state;
    static const unsigned pauses[][3] = {{0, 0, 0},    {50, 0, 0}, {0, 50, 0}, {0, 0, 80},
                                         {30, 30, 30}, {0, 95, 0}, {0, 80, 95}};
    enum { N = 600 };

    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        out_bench_restart();
        out_bench.in.pause = pauses[i][0];
        out_bench.cipher.pause = pauses[i][1];
        out_bench.host.pause = pauses[i][2];
        out_bench.policy_latency = 2 + (unsigned)i * 4;
        for (uint32_t k = 0; k < N; k++) {
            enum out_policy policy;
            unsigned slot;
            size_t n = mixed(k, &policy, &slot);
            axis_send(&out_bench.in, frame, n);
        }
        out_bench_drain(400000);
        check_mixed(N);
    }
}

static void test_a_stopped_port_stops_only_itself(void **state)
{
    (void)state;
    out_bench_restart();
    out_bench.cipher.pause = 100;
    for (uint32_t i = 0; i < 1500; i++)
        axis_send(&out_bench.in, frame, out_bench_frame(OUT_PROTECT, i % OUT_SLOTS, 600, i, frame));
    for (int i = 0; i < 20000; i++)
        out_bench_cycle();
    assert_false(axis_idle(&out_bench.in));
    assert_int_equal(out_bench.cipher.beats, 0);
    out_bench.cipher.pause = 0;
    out_bench_drain(100000);
    for (uint32_t i = 0; i < 1500; i++) {
        out_bench_frame(OUT_PROTECT, i % OUT_SLOTS, 600, i, frame);
        out_bench_expect(i % OUT_SLOTS, frame);
    }
    assert_int_equal(out_bench.count[OUT_ENCRYPTED], 1500);
}

/* Beats on cipher over cycles while packets are always waiting, once a few are. */
static void utilisation(const char *what, size_t low, size_t high, unsigned slots)
{
    enum { N = 1200, WARM = 100 };
    uint64_t start, beats, cycles;

    out_bench_restart();
    for (uint32_t i = 0; i < N; i++)
        axis_send(
            &out_bench.in, frame,
            out_bench_frame(OUT_PROTECT, i % slots, low + i * 37 % (high - low + 1), i, frame));
    while (out_bench.count[OUT_ENCRYPTED] < WARM)
        out_bench_cycle();
    start = rtl_cycles(out_bench.rtl);
    beats = out_bench.cipher.beats;
    while (out_bench.count[OUT_ENCRYPTED] < N)
        out_bench_cycle();
    beats = out_bench.cipher.beats - beats;
    cycles = rtl_cycles(out_bench.rtl) - start;
    printf("    %-28s %llu beats in %llu cycles\n", what, (unsigned long long)beats,
           (unsigned long long)cycles);
    assert_int_equal(beats, cycles);
    out_bench_drain(10000);
}

static void test_no_bubble_on_cipher(void **state)
{
    (void)state;
    utilisation("64-byte packets, 1 SA", 64, 64, 1);
    utilisation("64-byte packets, 16 SAs", 64, 64, 16);
    utilisation("20-byte packets, 16 SAs", 20, 20, 16);
    utilisation("46-byte packets, 1 SA", 46, 46, 1);
    utilisation("1446-byte packets, 16 SAs", 1446, 1446, 16);
    utilisation("20..256 bytes, 16 SAs", 20, 256, 16);
    utilisation("20..1500 bytes, 3 SAs", 20, 1500, 3);
}

static void test_numbers_end_and_begin_anew(void **state)
{
    (void)state;
    uint64_t seq, packets, bytes;

    out_bench_restart();
    for (uint32_t i = 0; i < SEQ_LAST + 5; i++)
        axis_send(&out_bench.in, frame, out_bench_frame(OUT_PROTECT, 4, 40, i, frame));
    out_bench_drain(100000);
    for (uint32_t i = 0; i < SEQ_LAST; i++) {
        out_bench_frame(OUT_PROTECT, 4, 40, i, frame);
        out_bench_expect(4, frame);
    }
    assert_null(axis_receive(&out_bench.cipher));
    assert_int_equal(out_bench.count[OUT_DROP_SEQ_END], 5);
    out_bench_query(4, &seq, &packets, &bytes);
    assert_int_equal(seq, SEQ_LAST);
    assert_int_equal(packets, SEQ_LAST);
    assert_int_equal(bytes, SEQ_LAST * 40);
    out_bench_clear(4);
    axis_send(&out_bench.in, frame, out_bench_frame(OUT_PROTECT, 4, 100, 1, frame));
    out_bench_drain(10000);
    out_bench_expect(4, frame);
}

static void test_a_packet_without_sa_or_next_hop_takes_no_number(void **state)
{
    (void)state;
    static const struct {
        bool ok, bad, bad_policy;
        uint16_t nexthop;
        enum out_counter counter;
    } rows[] = {
        {false, false, false, 3, OUT_DROP_NO_SA},
        {false, false, false, 0, OUT_DROP_NO_SA},
        {true, false, false, 0, OUT_DROP_NO_NEXTHOP},
        {true, false, false, OUT_EMPTY_HOP, OUT_DROP_NO_NEXTHOP},
        {true, true, false, 3, OUT_TABLE_ERRORS}, /* parity */
        {false, true, false, 0, OUT_TABLE_ERRORS},
        {true, false, true, 3, OUT_TABLE_ERRORS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        out_bench_restart();
        out_bench.sa[2].ok = rows[i].ok;
        out_bench.sa[2].bad = rows[i].bad;
        out_bench.sa[2].bad_policy = rows[i].bad_policy;
        out_bench.sa[2].nexthop = rows[i].nexthop;
        for (uint32_t k = 0; k < 700; k++) /* more slots than there are credits */
            axis_send(&out_bench.in, frame,
                      out_bench_frame(OUT_PROTECT, k % 7 ? 2 : 5, 20 + k, k, frame));
        out_bench_drain(100000);
        for (uint32_t k = 0; k < 700; k += 7) {
            out_bench_frame(OUT_PROTECT, 5, 20 + k, k, frame);
            out_bench_expect(5, frame);
        }
        assert_null(axis_receive(&out_bench.cipher));
        assert_int_equal(out_bench.count[rows[i].counter], 600);
        assert_int_equal(out_bench.count[OUT_ENCRYPTED], 100);
        out_bench.sa[2].ok = true;
        out_bench.sa[2].bad = out_bench.sa[2].bad_policy = false;
        out_bench.sa[2].nexthop = 3;
        axis_send(&out_bench.in, frame, out_bench_frame(OUT_PROTECT, 2, 80, 1, frame));
        out_bench_drain(10000);
        out_bench_expect(2, frame); /* number 1 */
    }
}

/* A frame may be longer than its packet: more beats than slots, and what is behind goes nowhere. */
static void test_ethernet_padding_of_any_length(void **state)
{
    (void)state;
    static const size_t padded[] = {60, 64, 65, 128, 129, 192, 193, 300, 1514, 9018};
    enum { N = 600 };
    out_bench_restart();
    for (unsigned turn = 0; turn < 2; turn++)
        for (uint32_t i = 0; i < N; i++) {
            size_t len = 20 + i % 130, n = out_bench_frame(OUT_PROTECT, i % 5, len, i, frame);
            size_t whole = padded[i % (sizeof padded / sizeof *padded)];
            if (i % 3 == 0 && n < whole) {
                rng_fill(&out_bench.rng, frame + n, whole - n);
                n = whole;
            }
            if (turn == 0)
                axis_send(&out_bench.in, frame, n);
            else
                out_bench_expect(i % 5, frame);
            if (turn == 0 && i == N - 1)
                out_bench_drain(100000);
        }
    assert_null(axis_receive(&out_bench.cipher));
    assert_int_equal(out_bench.count[OUT_ENCRYPTED], N);
}

static void test_reset_under_traffic(void **state)
{
    (void)state;
    for (unsigned cut = 1; cut < 400; cut += 13) {
        out_bench_restart();
        out_bench.cipher.pause = cut % 3 * 40;
        for (uint32_t i = 0; i < 60; i++) {
            enum out_policy policy;
            unsigned slot;
            size_t n = mixed(cut * 64 + i, &policy, &slot);
            axis_send(&out_bench.in, frame, n);
        }
        for (unsigned i = 0; i < cut; i++)
            out_bench_cycle();
        out_bench_restart(); /* with new keys: nothing of the old ones may come out */
        for (uint32_t i = 0; i < 60; i++) {
            enum out_policy policy;
            unsigned slot;
            size_t n = mixed(i, &policy, &slot);
            axis_send(&out_bench.in, frame, n);
        }
        out_bench_drain(100000);
        check_mixed(60);
    }
}

static void test_lookup_asks_for_the_packet(void **state)
{
    (void)state;
    static const struct {
        uint8_t proto;
        size_t len;
        uint16_t sport, dport, fragment;
        bool opaque; /* then the ports may be anything */
    } cases[] = {
        {6, 60, 5001, 443, 0, false},      {17, 60, 5001, 443, 0, false},
        {132, 60, 0, 0, 0, false},         {50, 60, 0, 0, 0, false},
        {1, 60, 0x0800, 0, 0, false},      {17, 24, 5001, 443, 0, false},
        {17, 23, 0, 0, 0, false},          {6, 20, 0, 0, 0, false},
        {6, 60, 5001, 443, 0x2000, false}, {17, 60, 5001, 443, 0x6000, false},
        {1, 60, 0x0800, 0, 0x2000, false}, {17, 24, 5001, 443, 0x2000, false},
        {17, 23, 0, 0, 0x2000, true},      {17, 60, 0, 0, 0x2001, true},
        {1, 60, 0, 0, 0x0001, true},       {6, 60, 0, 0, 0x1000, true},
        {50, 60, 0, 0, 0x2001, false},     {47, 60, 0, 0, 0x2000, false},
    };
    static const uint8_t zero[12];

    out_bench_restart();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t ip[PACKET_MAX];
        struct packet_spec spec = {.src = 0x0a010203,
                                   .dst = 0x0a020003,
                                   .proto = cases[i].proto,
                                   .sport = 5001,
                                   .dport = 443,
                                   .fragment = cases[i].fragment,
                                   .len = cases[i].len};
        packet_build(&spec, ip);
        put16(ip + 2, (uint16_t)cases[i].len);
        packet_ip_checksum(ip);
        if (cases[i].proto == 132)
            memset(ip + 20, 0, 4);
        axis_send(&out_bench.in, frame,
                  packet_frame(out_plain_mac, out_peer_mac, ip, cases[i].len, 60, frame));
        out_bench_drain(10000);
        assert_int_equal(get32(out_bench.lookup.src), 0x0a010203);
        assert_int_equal(get32(out_bench.lookup.dst), 0x0a020003);
        assert_memory_equal(out_bench.lookup.src + 4, zero, 12);
        assert_memory_equal(out_bench.lookup.dst + 4, zero, 12);
        assert_int_equal(out_bench.lookup.family, 0);
        assert_int_equal(out_bench.lookup.proto, cases[i].proto);
        assert_int_equal(out_bench.lookup.opaque, cases[i].opaque);
        if (cases[i].opaque)
            continue;
        assert_int_equal(out_bench.lookup.sport, cases[i].sport);
        assert_int_equal(out_bench.lookup.dport, cases[i].dport);
    }
}

/* RFC 4301 5.1.2.1, 8.1, RFC 6040 4.1: every way to make the outer TOS and DF, of every inner one.
 */
static void test_outer_header(void **state)
{
    (void)state;
    uint8_t ip[PACKET_MAX];
    for (unsigned how = 0; how < 32; how++) {
        out_bench_restart();
        for (unsigned turn = 0; turn < 2; turn++) {
            for (unsigned slot = 0; slot < OUT_SLOTS && !turn; slot++) {
                struct esp_model_sa *sa = &out_bench.sa[slot].esp;
                sa->dscp_set = how & 1;
                sa->df_set = how & 2;
                sa->df = how & 4;
                sa->ecn_off = how & 8;
                sa->dscp = how & 16 ? (uint8_t)(63 - slot) : (uint8_t)(slot * 3);
            }
            for (unsigned i = 0; i < 128; i++) {
                struct packet_spec spec = {.src = 0x0a010001,
                                           .dst = 0x0a020200 | i % OUT_SLOTS,
                                           .proto = 17,
                                           .tos = (uint8_t)(i * 37),
                                           .df = i & 64,
                                           .len = 100 + i};
                size_t n = packet_build(&spec, ip);
                n = packet_frame(out_plain_mac, out_peer_mac, ip, n, 60, frame);
                if (turn == 0)
                    axis_send(&out_bench.in, frame, n);
                else
                    out_bench_expect(i % OUT_SLOTS, frame);
            }
            if (turn == 0)
                out_bench_drain(10000);
        }
    }
}

/* A datagram in `parts` of 1,480 bytes, part `n` of it, as a host on the LAN sends it. */
static size_t fragment(enum out_policy policy, unsigned slot, unsigned n, unsigned parts)
{
    uint8_t ip[PACKET_MAX];
    struct packet_spec spec = {.src = 0x0a010001,
                               .dst = 0x0a020000u | (uint32_t)policy << 8 | slot,
                               .proto = 17,
                               .sport = 4000,
                               .dport = 5000,
                               .id = (uint16_t)(slot * 77),
                               .fragment = (uint16_t)((n + 1 < parts ? 0x2000 : 0) | n * 185),
                               .len = n + 1 < parts ? 1500 : 20 + 53 * parts,
                               .seed = n};
    return packet_frame(out_plain_mac, out_peer_mac, ip, packet_build(&spec, ip), 60, frame);
}

/* RFC 4301 7: fragments are packets to a policy without ports, each encrypted by itself, in its
 * order among the others; a policy with ports sees those of the first one only. */
static void test_fragments(void **state)
{
    (void)state;
    enum { N = 200 };

    out_bench_restart();
    for (unsigned turn = 0; turn < 2; turn++) {
        for (unsigned i = 0; i < N; i++) {
            unsigned parts = 2 + i % 4, slot = i % OUT_SLOTS;
            enum out_policy policy = i % 3 ? OUT_PROTECT : OUT_PORTS;
            for (unsigned n = 0; n < parts; n++) {
                size_t len = fragment(policy, slot, n, parts);
                if (turn == 0) {
                    axis_send(&out_bench.in, frame, len);
                } else if (policy == OUT_PROTECT || n == 0) {
                    out_bench_expect(slot, frame);
                } else {
                    struct frame *f = axis_receive(&out_bench.host);
                    assert_non_null(f);
                    assert_int_equal(f->len, len);
                    assert_memory_equal(f->data, frame, len);
                    frame_free(f);
                    out_bench.count[OUT_HOST_FRAGMENT]--;
                }
            }
        }
        if (turn == 0)
            out_bench_drain(100000);
    }
    assert_null(axis_receive(&out_bench.cipher));
    assert_null(axis_receive(&out_bench.host));
    assert_int_equal(out_bench.count[OUT_HOST_FRAGMENT], 0);
}

/* What the kernel cut to the SA's MTU and sends through the engine goes on; what only it could
 * judge does not go round. */
static void test_fragments_of_the_host(void **state)
{
    (void)state;
    out_bench_restart();
    for (unsigned n = 0; n < 3; n++) {
        for (unsigned ports = 0; ports < 2; ports++) {
            size_t len = fragment(ports ? OUT_PORTS : OUT_PROTECT, 5, n, 3);
            frame[11] = OUT_HOST_MAC_END;
            axis_send(&out_bench.in, frame, len);
        }
    }
    out_bench_drain(10000);
    for (unsigned n = 0; n < 3; n++) {
        for (unsigned ports = 0; ports < (n ? 1 : 2); ports++) {
            fragment(ports ? OUT_PORTS : OUT_PROTECT, 5, n, 3);
            out_bench_expect(5, frame);
        }
    }
    assert_null(axis_receive(&out_bench.cipher));
    assert_null(axis_receive(&out_bench.host));
    assert_int_equal(out_bench.count[OUT_ENCRYPTED], 4);
    assert_int_equal(out_bench.count[OUT_DROP_LOOP], 2);
}

int main(void)
{
    out_bench_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_all_verdicts_under_all_pauses),
        cmocka_unit_test(test_a_stopped_port_stops_only_itself),
        cmocka_unit_test(test_no_bubble_on_cipher),
        cmocka_unit_test(test_numbers_end_and_begin_anew),
        cmocka_unit_test(test_a_packet_without_sa_or_next_hop_takes_no_number),
        cmocka_unit_test(test_ethernet_padding_of_any_length),
        cmocka_unit_test(test_reset_under_traffic),
        cmocka_unit_test(test_lookup_asks_for_the_packet),
        cmocka_unit_test(test_outer_header),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_fragments_of_the_host),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    out_bench_close();
    return rc;
}
