/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole inbound path: ESP frames made by the OpenSSL model come in, and every one must have its
 * one fate: the right bytes at the right port, or the right counter. And how fast it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/in_bench.h"

#define LIMIT 400000u

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

/* A tunnel's packet to HOST in the net of HOP, or outside of all nets; it must leave by `hop`, or go
 * to host0. */
static void send_to(unsigned slot, unsigned net, uint8_t ttl, unsigned hop, enum in_counter why)
{
    static uint8_t ip[PACKET_MAX];
    struct in_sa *sa = &in_bench.sa[slot];
    struct packet_spec spec = in_spec(slot, net & 0xff, 100, net);
    spec.dst += (net & ~0xffu) << 8;
    spec.dst6[11] = (uint8_t)(net >> 8); /* beside the hop in both */
    spec.ttl = ttl;
    size_t n = packet_build(&spec, ip);
    n = esp_model_encap(&sa->esp, ++sa->seq, ip, n, NULL, in_frame);
    in_send_open(sa, in_frame, n, hop, why);
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
                if (r % 16 == 3)
                    send_to(r >> 20 & 1 ? 2 : 66, 200, 64, 0, IN_INNER_HOST_ROUTE); /* to the gateway */
                else if (r >> 20 & 1)
                    in_send_good(r >> 21 & 15, 1 + (r >> 25 & 7), len);
                else
                    in_send_good(3, 5, len); /* one SA, packet after packet */
                if (r >> 28 == 0) { /* something for host1 between them */
                    memset(in_frame, (int)r, 300);
                    memcpy(in_frame, in_cipher_mac, 6);
                    in_send(in_frame, 14 + r % 280, false, IN_HOST_NOT_ESP);
                }
            }
            in_bench_check(LIMIT);
        }
}

static void test_reset_under_traffic(void **state)
{
    (void)state;
    for (unsigned cycles = 0; cycles < 200; cycles += 7) {
        in_bench_restart();
        for (unsigned i = 0; i < 20; i++)
            in_send_good(i % IN_SAS, 1, 20 + 70 * i);
        for (unsigned i = 0; i < cycles; i++)
            in_bench_cycle();
        in_bench_restart();
        for (unsigned i = 0; i < 20; i++)
            in_send_good(i % IN_SAS, 2, 30 + 60 * i);
        in_bench_check(LIMIT);
    }
}

static void test_ethernet_padding_is_ignored(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned extra = 0; extra < 200; extra++) {
        size_t n = in_seal(extra % 4, 1, 20 + extra % 70);
        memset(in_frame + n, 0xee, extra);
        in_send_open(&in_bench.sa[extra % 4], in_frame, n + extra, 1, IN_TO_PLAIN);
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
        len[i] = in_seal(5, 1, 40 + i);
        memcpy(kept[i], in_frame, len[i]);
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

/* What a packet of SA 5 with this number must become. */
static void send_number(uint64_t seq, enum in_counter fate)
{
    in_bench.sa[5].seq = seq - 1;
    size_t n = in_seal(5, 1, 30 + seq % 200);
    if (fate == IN_TO_PLAIN)
        in_send_open(&in_bench.sa[5], in_frame, n, 1, fate);
    else
        in_send(in_frame, n, false, fate);
}

static void test_window_sizes(void **state)
{
    (void)state;
    for (unsigned window = 64; window <= 4096; window *= 2)
        for (unsigned top = 10000; top < 10064; top += 21) {
            in_bench_restart();
            in_bench.sa[5].window = (uint16_t)window;
            send_number(top, IN_TO_PLAIN);
            send_number(top - window, IN_DROP_REPLAY);
            send_number(top - window + 1, IN_TO_PLAIN);
            send_number(top - window + 1, IN_DROP_REPLAY);
            send_number(top - window / 2, IN_TO_PLAIN);
            send_number(top + 1, IN_TO_PLAIN);
            send_number(top - window + 1, IN_DROP_REPLAY);
            send_number(top - window / 2, IN_DROP_REPLAY);
            send_number(top - window + 2, IN_TO_PLAIN);
            in_bench_check(LIMIT);
        }
}

/* RFC 4303 appendix A: the high half of a number is not on the wire. Over the border of 32 bits and
 * back behind it as far as the window reaches; each number once; nothing that was sealed with
 * another high half, or with none. */
static void test_esn(void **state)
{
    (void)state;
    for (unsigned window = 64; window <= 4096; window *= 8) {
        in_bench_restart();
        in_bench.sa[5].window = (uint16_t)window;
        in_bench.sa[5].esp.esn = true;
        uint64_t border = UINT64_C(1) << 32;
        send_number(1, IN_TO_PLAIN);
        send_number(UINT64_C(0x7fffffff), IN_TO_PLAIN); /* as far as it goes in one step */
        in_bench_check(LIMIT);
        send_number(border - 2 * window, IN_TO_PLAIN);
        in_bench_check(LIMIT);
        for (unsigned i = 0; i < 5; i++, border += UINT64_C(1) << 32) {
            for (uint64_t s = border - 9; s < border + 9; s++)
                send_number(s ^ 1, IN_TO_PLAIN);
            in_bench_check(LIMIT); /* a guess is as new as the packets that were judged */
            for (uint64_t s = border - 8; s < border + 8; s++)
                send_number(s, IN_DROP_REPLAY);
            send_number(border - window / 2, IN_TO_PLAIN); /* behind the border */
            send_number(border - window / 2, IN_DROP_REPLAY);
            send_number(border + window + 100, IN_TO_PLAIN);
            in_bench_check(LIMIT);
            /* behind the window: the number 2^32 later is meant, and its tag is another */
            send_number(border - 4, IN_DROP_AUTH);
            send_number(border + 77 + (UINT64_C(1) << 33), IN_DROP_AUTH);
            in_bench.sa[5].esp.esn = false;
            send_number(border + window + 101, IN_DROP_AUTH);
            in_bench.sa[5].esp.esn = true;
            in_bench_check(LIMIT);
            in_bench_config("cfg_query", 5);
            assert_true(rtl_get(rtl_port(in_bench.rtl, "cfg_seq")) == border + window + 100);
            send_number(border + UINT64_C(0xffff0000), IN_TO_PLAIN);
            in_bench_check(LIMIT);
        }
    }
}

/* RFC 4303 3.4.3: a forged number far ahead does not move the window. */
static void test_forged_number(void **state)
{
    (void)state;
    in_bench_restart();
    size_t n = in_seal(0, 1, 100);
    put32(in_frame + in_esp_at(0) + 4, 0x7fffffff);
    in_send(in_frame, n, false, IN_DROP_AUTH);
    for (unsigned i = 0; i < 80; i++)
        in_send_good(0, 1, 100);
    in_bench_check(LIMIT);
    in_bench_config("cfg_query", 0);
    assert_int_equal(rtl_get(rtl_port(in_bench.rtl, "cfg_seq")), 81);
    assert_int_equal(rtl_get(rtl_port(in_bench.rtl, "cfg_auth_failed")), 1);
}

/* ------------------------------------------------------------------ where it goes */

static void test_routes(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned slot = 0; slot < IN_SAS; slot++) {
        if (in_bench.sa[slot].esp.transport)
            continue;
        in_bench.sa[slot].esp.tagged = slot & 2; /* the host gets the tag, too */
        in_bench.sa[slot].esp.tci = 0x2321;
        send_to(slot, 7, 64, 7, IN_TO_PLAIN);             /* a neighbour */
        send_to(slot, 0x107, 64, 40, IN_TO_PLAIN);        /* the SA's default next hop */
        send_to(slot, 200, 64, 0, IN_INNER_HOST_ROUTE);   /* the gateway's own address */
        send_to(slot, IN_EMPTY_HOP, 64, 0, IN_INNER_HOST_ROUTE); /* a next hop that is empty */
        in_bench_check(LIMIT);
        in_bench.sa[slot].nexthop = 0;
        send_to(slot, 0x107, 64, 0, IN_INNER_HOST_ROUTE); /* nobody knows */
        in_bench_check(LIMIT);
        for (uint8_t ttl = 2; ttl <= 5; ttl++) { /* the model takes one off before it encrypts */
            send_to(slot, 7, ttl, 7, ttl == 2 ? IN_INNER_HOST_TTL : IN_TO_PLAIN);
            send_to(slot, 200, ttl, 0, IN_INNER_HOST_ROUTE);
        }
        in_bench_check(LIMIT);
    }
}

/* RFC 6040 4.2, all of figure 4; the inner DSCP kept, or that of the outer header. */
static void test_ecn_and_dscp(void **state)
{
    static uint8_t ip[PACKET_MAX];
    static struct esp_model_opened opened;
    (void)state;
    in_bench_restart();
    for (unsigned slot = 0; slot < IN_SAS; slot++) {
        struct in_sa *sa = &in_bench.sa[slot];
        sa->esp.decap_dscp = slot & 1;
        sa->esp.ecn_off = slot & 4;
        for (unsigned i = 0; i < 16; i++) {
            struct packet_spec spec = in_spec(slot, 1, 77 + i, i);
            spec.tos = (uint8_t)(0xb8 | (i & 3));
            size_t n = packet_build(&spec, ip);
            n = esp_model_encap(&sa->esp, ++sa->seq, ip, n, NULL, in_frame);
            packet_set_tos(in_frame + in_ip_at(slot), (uint8_t)((0x49 * slot & 0xfc) | i >> 2));
            assert_int_equal(esp_model_open(&sa->esp, in_frame, n, &opened), ESP_MODEL_OK);
            if (esp_model_deliver(&opened, ip))
                in_send_open(sa, in_frame, n, sa->esp.transport ? in_sa_hop(slot) : 1, IN_TO_PLAIN);
            else
                in_send(in_frame, n, false, IN_DROP_INNER);
        }
        in_bench_check(LIMIT);
    }
}

/* ------------------------------------------------------------------ how fast */

/* Saturates the input with what was queued. Returns beats / cycles of the cipher bus; what the
 * engine had not done by then it must do within its latency, or its FIFOs have hidden bubbles. */
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
        printf("  inner %4zu bytes: %.4f beats a cycle with all SAs, %.4f with one\n", lens[i], many,
               one);
        assert_true(many > 0.9999 && one > 0.9999);
    }
}

static void test_rate_to_host(void **state)
{
    (void)state;
    in_bench_restart();
    struct packet_spec s = in_inner(1, 46, 1);
    size_t n = in_other(&s);
    for (unsigned i = 0; i < 2000; i++)
        in_send(in_frame, n, false, IN_HOST_NOT_ESP);
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
        cmocka_unit_test(test_reset_under_traffic),
        cmocka_unit_test(test_ethernet_padding_is_ignored),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_window_sizes),
        cmocka_unit_test(test_esn),
        cmocka_unit_test(test_forged_number),
        cmocka_unit_test(test_routes),
        cmocka_unit_test(test_ecn_and_dscp),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_rate_to_host),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    in_bench_close();
    return rc;
}
