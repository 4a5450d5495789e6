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
    in_send(in_frame, len, true, fate >= IN_HOST_MAC && fate <= IN_HOST_SPI ? IN_DROP_LOOP : fate);
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

/* What stands in front of ESP in IPv6 (RFC 8200 4): ESP and UDP are looked at, extension headers
 * and everything else are the host's. */
static void test_next_headers(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned tag = 0; tag < 2; tag++)
        for (unsigned next = 0; next < 256; next++) {
            unsigned slot = 16 + 4 * (next % 3);
            in_bench.sa[slot].esp.tagged = tag;
            size_t n = in_seal(slot, 1, 60 + next % 50);
            in_frame[in_ip_at(slot) + 6] = (uint8_t)next;
            if (next == 50)
                in_send_open(&in_bench.sa[slot], in_frame, n, 1, IN_TO_PLAIN);
            else if (next == 44)
                send_other(n, IN_HOST_FRAGMENT);
            else if (next == 0 || next == 43 || next == 60 || next == 135 || next == 139 ||
                     next == 140)
                send_other(n, IN_HOST_OPTIONS);
            else
                send_other(n, IN_HOST_NOT_ESP);
            if (next % 64 == 63)
                in_bench_check(LIMIT);
        }
    in_bench_check(LIMIT);
    for (unsigned version = 0; version < 16; version++) { /* the type says one, the packet another */
        size_t n = in_seal(16, 1, 100);
        in_frame[in_ip_at(16)] = (uint8_t)(version << 4 | 5);
        if (version != 6)
            send_other(n, IN_HOST_NOT_ESP);
        n = in_seal(0, 1, 100);
        in_frame[PACKET_ETH] = (uint8_t)(version << 4 | 5);
        packet_ip_checksum(in_frame + PACKET_ETH);
        if (version != 4)
            send_other(n, IN_HOST_NOT_ESP);
    }
    in_bench_check(LIMIT);
}

/* One 802.1Q tag is looked behind, whatever its VID; two, or an S-tag, are the host's. */
static void test_tags(void **state)
{
    static const uint16_t tci[] = {0, 1, 0x0fff, 0xe000, 0xffff};
    (void)state;
    in_bench_restart();
    for (unsigned slot = 0; slot < IN_SAS; slot += 5) {
        struct in_sa *sa = &in_bench.sa[slot];
        sa->esp.tagged = true;
        for (size_t i = 0; i < sizeof tci / sizeof *tci; i++) {
            sa->esp.tci = tci[i];
            in_send_good(slot, 1, 50 + slot);
        }
        size_t n = in_seal(slot, 1, 70);
        n = packet_tag(in_frame, n, 7);
        send_other(n, IN_HOST_NOT_ESP);
        n = in_seal(slot, 1, 70);
        put16(in_frame + 12, 0x88a8); /* IEEE 802.1ad */
        send_other(n, IN_HOST_NOT_ESP);
    }
    in_bench_check(LIMIT);
}

/* A UDP packet to port 4500 (or any) with `len` bytes in it, all `fill`; its length. */
static size_t natt(bool v6, bool tag, uint16_t dport, size_t len, int fill)
{
    struct packet_spec s = in_spec(v6 ? 80 : 0, 1, (v6 ? 48 : 28) + len, (uint32_t)len);
    s.dport = dport;
    size_t n = in_other(&s);
    memset(in_frame + PACKET_ETH + (v6 ? 48 : 28), fill, len);
    return tag ? packet_tag(in_frame, n, 0x123) : n;
}

static void test_keepalive(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned kind = 0; kind < 4; kind++) {
        bool v6 = kind & 1, tag = kind & 2;
        for (unsigned len = 0; len < 12; len++) { /* so many bytes of 0xff, or of 0 */
            send_other(natt(v6, tag, 4500, len, 0xff),
                       len == 1 ? IN_DROP_KEEPALIVE : IN_DROP_MALFORMED);
            send_other(natt(v6, tag, 4500, len, 0), len >= 4 ? IN_HOST_IKE : IN_DROP_MALFORMED);
            send_other(natt(v6, tag, 500, len, 0xff), IN_HOST_IKE);
            send_other(natt(v6, tag, 4501, len, 0xff), IN_HOST_NOT_ESP);
        }
        in_bench_check(LIMIT);
    }
}

/* Every length that the UDP header, and every one that the IP header can claim. */
static void test_claimed_lengths(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned slot = 0; slot < IN_SAS; slot += slot % 16 ? 14 : 2) {
        struct in_sa *sa = &in_bench.sa[slot];
        bool v6 = sa->esp.v6;
        unsigned hop = sa->esp.transport ? in_sa_hop(slot) : 1;
        sa->esp.tagged = slot & 16;
        size_t n = in_seal(slot, 1, 100), head = v6 ? 40 : 20, encap = sa->esp.encap ? 8 : 0;
        uint8_t *ip = in_frame + in_ip_at(slot), *udp = ip + head;
        size_t body = n - in_ip_at(slot) - head;
        for (size_t len = 0; encap && len < body + 40; len++) {
            n = in_seal(slot, 1, 100);
            put16(udp + 4, (uint16_t)len);
            if (len == body)
                in_send_open(sa, in_frame, n, hop, IN_TO_PLAIN);
            else
                in_bad_then_good(slot, n, len > body || len < 8 + 36 || len % 4 ? IN_DROP_MALFORMED
                                                                               : IN_DROP_AUTH);
        }
        for (size_t len = 0; len < body + 40; len++) {
            n = in_seal(slot, 1, 100);
            put16(ip + (v6 ? 4 : 2), (uint16_t)(v6 ? len : head + len));
            packet_ip_checksum(ip);
            if (len == body)
                in_send_open(sa, in_frame, n, hop, IN_TO_PLAIN);
            else if (encap)
                in_bad_then_good(slot, n, len < 8 ? IN_HOST_NOT_ESP : IN_DROP_MALFORMED);
            else
                in_bad_then_good(slot, n, len > body || len < 36 || len % 4 ? IN_DROP_MALFORMED
                                                                           : IN_DROP_AUTH);
        }
        in_bench_check(LIMIT);
    }
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
        cmocka_unit_test(test_next_headers),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_keepalive),
        cmocka_unit_test(test_claimed_lengths),
        cmocka_unit_test(test_mac),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    in_bench_close();
    return rc;
}
