/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inbound path with every kind of SA: tunnel and transport mode, IPv4 and IPv6 outside and
 * inside, UDP, tags, GMAC, extended numbers. Lengths around every border, stalls, and how fast.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/in_bench.h"

#define LIMIT 400000u

static void set_tags(unsigned seed)
{
    for (unsigned slot = 0; slot < IN_SAS; slot++) {
        in_bench.sa[slot].esp.tagged = (slot + seed) % 3 != 0;
        in_bench.sa[slot].esp.tci = (uint16_t)(0xe000 | slot * 51);
    }
}

static void test_lengths(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 3; seed++) {
        in_bench_restart();
        set_tags(seed);
        for (unsigned slot = 0; slot < IN_SAS; slot++) {
            for (unsigned len = 20 + seed; len < 200; len += 3)
                in_send_good(slot, 1 + len % 7, len);
            for (unsigned len = 1400 + seed; len < 1530; len += 9)
                in_send_good(slot, 1 + len % 7, len);
            in_bench_check(LIMIT);
        }
    }
}

static void test_jumbo(void **state)
{
    (void)state;
    in_bench_restart();
    set_tags(1);
    for (unsigned slot = 0; slot < IN_SAS; slot++) {
        for (size_t len = 8930 + slot % 5; len <= 9000; len += 5)
            in_send_good(slot, 1, len);
        in_send_good((slot * 7 + 1) % IN_SAS, 2, 20 + slot);
        in_bench_check(LIMIT);
    }
}

/* Kinds in any order behind each other, while ports pause. */
static void test_mixed(void **state)
{
    (void)state;
    for (unsigned source = 0; source <= 80; source += 40)
        for (unsigned sink = 0; sink <= 80; sink += 40) {
            in_bench_restart();
            set_tags(source + sink);
            in_bench.in.pause = source;
            in_bench.plain.pause = in_bench.host0.pause = in_bench.host1.pause = sink;
            for (unsigned i = 0; i < 600; i++) {
                uint32_t r = rng_next(&in_bench.rng);
                unsigned slot = r % IN_SAS;
                size_t len = r >> 7 & 7 ? 20 + (r >> 10) % 160 : 20 + (r >> 10) % 1600;
                if (r >> 28 == 1) { /* dropped between them */
                    size_t n = in_seal(slot, 1, len);
                    in_frame[n - 1] ^= 1;
                    in_send(in_frame, n, false, IN_DROP_AUTH);
                } else if (r >> 28 == 2) {
                    memset(in_frame, (int)r, 300);
                    memcpy(in_frame, in_cipher_mac, 6);
                    in_send(in_frame, 14 + (r >> 10) % 280, false, IN_HOST_NOT_ESP);
                } else {
                    in_send_good(slot, 1 + (r >> 25 & 7), len);
                }
            }
            in_bench_check(LIMIT);
        }
}

/* RFC 4303 2.7: padding behind the packet, which the packet's own length tells apart. */
static void test_tfc(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned slot = 0; slot < IN_SAS; slot++) {
        if (in_bench.sa[slot].esp.transport)
            continue;
        for (uint16_t tfc = 64; tfc < 700; tfc = (uint16_t)(tfc + 77)) {
            in_bench.sa[slot].esp.tfc = tfc;
            for (size_t len = 20; len < 300; len += 31)
                in_send_good(slot, 1, len);
        }
        in_bench_check(LIMIT);
    }
}

static void test_tags_of_next_hops(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned tag = 0; tag < 2; tag++) {
        for (unsigned slot = 0; slot < IN_SAS; slot++) {
            struct in_sa *sa = &in_bench.sa[slot];
            sa->esp.tagged = tag;
            sa->esp.tci = slot & 4 ? 0xa000 : 0x0123; /* priority alone, or a VLAN */
            if (sa->esp.transport)
                continue;
            for (unsigned hop = IN_TAG_HOP - 1; hop < IN_UNTAG_HOP + 11; hop++)
                in_send_good(slot, hop, 40 + slot);
            in_send_good(slot, 1, 40 + slot);
        }
        in_bench_check(LIMIT);
    }
}

/* ------------------------------------------------------------------ how fast */

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
    assert_in_range(rtl_cycles(in_bench.rtl) - start - cycles, 0, 70 + longest / 64);
    in_bench_check(LIMIT);
    return (double)beats / (double)cycles;
}

/* One kind alone, at the lengths where a slot or a beat begins. */
static void test_rates(void **state)
{
    double worst = 1;
    unsigned runs = 0;
    (void)state;
    for (unsigned slot = 0; slot < IN_SAS; slot++)
        for (size_t len = 20 + slot % 4; len < 170; len += 4) {
            if ((len + slot) % 3 && len > 90)
                continue;
            if (runs++ % 20 == 0) {
                in_bench_restart();
                set_tags(slot);
            }
            for (unsigned i = 0; i < 250; i++)
                in_send_good(slot, 1, len);
            double r = saturate(len);
            if (r <= 0.9999)
                fail_msg("slot %u, %zu bytes: %.4f beats a cycle", slot, len, r);
            worst = r < worst ? r : worst;
        }
    printf("  %u runs of one kind and length: %.4f beats a cycle or more\n", runs, worst);
}

static void test_rate_mixed(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 3; seed++) {
        in_bench_restart();
        set_tags(seed);
        for (unsigned i = 0; i < 4000; i++) {
            uint32_t r = rng_next(&in_bench.rng);
            in_send_good(r % IN_SAS, 1 + (r >> 25 & 7), 20 + (r >> 10) % 150);
        }
        double r = saturate(200);
        printf("  all kinds, 20 to 169 bytes: %.4f beats a cycle\n", r);
        assert_true(r > 0.9999);
    }
}

int main(void)
{
    in_bench_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_jumbo),
        cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_tfc),
        cmocka_unit_test(test_tags_of_next_hops),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_rate_mixed),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    in_bench_close();
    return rc;
}
