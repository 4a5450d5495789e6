/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inbound path and frames that are not ESP, not ours, or not quite: who gets them, and what is
 * counted. From host1 none of them may go back there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/in_bench.h"

#define LIMIT 400000u

static void send_other(size_t len, enum in_counter fate)
{
    in_send(in_frame, len, false, fate);
    memcpy(in_frame, in_engine_mac, 6); /* from host1, it may not go back */
    in_send(in_frame, len, true, fate >= IN_HOST_MAC && fate <= IN_HOST_IKE ? IN_DROP_LOOP : fate);
    in_send_good(0, 1, 60);
}

static void test_not_for_the_engine(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned kind = 0; kind < 17; kind++) {
        struct packet_spec s = in_inner(1, 90, kind);
        enum in_counter fate = IN_HOST_NOT_ESP;
        size_t n = in_other(&s);
        switch (kind) {
        case 0: break; /* some UDP */
        case 1: put16(in_frame + 12, 0x0806); break;
        case 2: put16(in_frame + 12, 0x86dd); break;
        case 3: put16(in_frame + 12, 0x8100); break;
        case 4: in_frame[14] = 0x55; break;
        case 5: in_frame[14] = 0x44; break;
        case 6: s.proto = 6; break;
        case 7: s.proto = 1; break;
        case 8: s.proto = 51; break; /* AH */
        case 9: s.len = 9000; break;
        case 10: s.proto = 50; break; /* and a wrong checksum */
        case 11: s.dport = 500; fate = IN_HOST_IKE; break;
        case 12: s.dport = 4500; fate = IN_HOST_IKE; break; /* and the non-ESP marker */
        case 13: s.proto = 50; s.options = 4; fate = IN_HOST_OPTIONS; break;
        case 14: s.proto = 50; s.fragment = 0x2000; fate = IN_HOST_FRAGMENT; break;
        case 15: s.proto = 50; s.fragment = 0x0003; fate = IN_HOST_FRAGMENT; break;
        default: s.fragment = 0x1fff; fate = IN_HOST_FRAGMENT; break;
        }
        if (kind > 5)
            n = in_other(&s);
        if (kind == 10)
            in_frame[24] ^= 1;
        if (kind == 12)
            put32(in_frame + 42, 0);
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
        size_t n = in_other(&s);
        memset(in_frame + 42, 0xff, len);
        send_other(n, len == 1 ? IN_DROP_KEEPALIVE : IN_DROP_MALFORMED);
        n = in_other(&s);
        memset(in_frame + 42, 0, len);
        send_other(n, len >= 4 ? IN_HOST_IKE : IN_DROP_MALFORMED);
    }
    in_bench_check(LIMIT);
}

static void test_udp_length(void **state)
{
    (void)state;
    in_bench_restart();
    size_t n = in_seal(2, 1, 100);
    size_t udp = get16(in_frame + 38);
    for (size_t len = 0; len < udp + 40; len++) {
        n = in_seal(2, 1, 100);
        put16(in_frame + 38, (uint16_t)len);
        if (len == udp)
            in_send_open(&in_bench.sa[2], in_frame, n, 1, IN_TO_PLAIN);
        else if (len > udp || len < 8 + 36 || len % 4)
            in_bad_then_good(2, n, IN_DROP_MALFORMED);
        else
            in_bad_then_good(2, n, IN_DROP_AUTH);
    }
    in_bench_check(LIMIT);
}

static void test_mac(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned bit = 0; bit < 48; bit++) {
        size_t n = in_seal(0, 1, 100);
        in_frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
        bool engine = memcmp(in_frame, in_engine_mac, 6) == 0;
        if (engine)
            in_send_open(&in_bench.sa[0], in_frame, n, 1, IN_TO_PLAIN);
        else
            in_bad_then_good(0, n, IN_HOST_MAC);
    }
    size_t n = in_seal(0, 1, 100);
    memcpy(in_frame, in_engine_mac, 6); /* from host1, with the engine's MAC */
    in_send_open(&in_bench.sa[0], in_frame, n, 1, IN_TO_PLAIN);
    in_bench.in.tail->bad = true;
    in_bench_check(LIMIT);

    rtl_set(rtl_port(in_bench.rtl, "cipher_mac_set"), 0); /* then any is ours, but not a group's */
    n = in_seal(0, 1, 100);
    memcpy(in_frame, (const uint8_t[6]){2, 9, 9, 9, 9, 9}, 6);
    in_send_open(&in_bench.sa[0], in_frame, n, 1, IN_TO_PLAIN);
    n = in_seal(0, 1, 100);
    in_frame[0] |= 1;
    in_bad_then_good(0, n, IN_HOST_MAC);
    in_bench_check(LIMIT);
}

int main(void)
{
    in_bench_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_for_the_engine),
        cmocka_unit_test(test_keepalive),
        cmocka_unit_test(test_udp_length),
        cmocka_unit_test(test_mac),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    in_bench_close();
    return rc;
}
