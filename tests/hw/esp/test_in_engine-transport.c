/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inbound path in transport mode (RFC 4303 3.1.1): the IP header that came is the one that
 * leaves, without ESP; behind a NAT, with a TCP or UDP checksum that is right again (RFC 3948
 * 3.1.2).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/in_bench.h"

#define LIMIT 400000u
#define FIRST (16u * IN_TRANSPORT4)
#define LAST (16u * IN_TRANSPORT6 + 15u)

static uint8_t ip[PACKET_MAX];

/* The packet in `ip`, of this SA, to the next hop of its destination or to host0. */
static void send_ip(unsigned slot, size_t len, enum in_counter why)
{
    struct in_sa *sa = &in_bench.sa[slot];
    size_t n = esp_model_encap(&sa->esp, ++sa->seq, ip, len, NULL, in_frame);
    in_send_open(sa, in_frame, n, in_sa_hop(slot), why);
}

static void test_header_is_kept(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned slot = FIRST; slot <= LAST; slot++) {
        for (unsigned i = 0; i < 60; i++) {
            uint32_t r = rng_next(&in_bench.rng);
            struct packet_spec spec = in_spec(slot, 1, 20 + r % 150, r);
            spec.tos = (uint8_t)(r >> 8);
            spec.ttl = (uint8_t)(1 + (r >> 16) % 3); /* nobody takes one off here */
            spec.id = (uint16_t)(r >> 3);
            spec.df = r >> 31;
            spec.flow = r >> 12;
            spec.proto = (uint8_t[]){6, 17, 47, 4, 41, 132, 1, 58}[r >> 5 & 7];
            in_bench.sa[slot].esp.tagged = i & 1;
            in_bench.sa[slot].esp.tci = (uint16_t)r;
            send_ip(slot, packet_build(&spec, ip), IN_TO_PLAIN);
        }
        in_bench_check(LIMIT);
    }
}

/* From no payload at all on, with every amount of padding. */
static void test_short(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned slot = FIRST; slot <= LAST; slot++)
        for (size_t more = 0; more < 70; more++) {
            struct packet_spec spec = in_spec(slot, 1, 0, 3);
            spec.len = (spec.v6 ? PACKET_IP6 : PACKET_IP4) + more;
            spec.proto = more & 1 ? 6 : 17;
            send_ip(slot, packet_build(&spec, ip), IN_TO_PLAIN);
        }
    in_bench_check(LIMIT);
}

static void test_to_the_gateway(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned slot = FIRST; slot <= LAST; slot++) {
        struct in_sa *sa = &in_bench.sa[slot];
        sa->esp.dst = 0x0a01c801;
        sa->esp.dst6[13] = 200;
        for (size_t len = 40; len < 240; len += 9) {
            struct packet_spec spec = in_spec(slot, 1, len, (uint32_t)len);
            send_ip(slot, packet_build(&spec, ip), IN_INNER_HOST_ROUTE);
        }
    }
    in_bench_check(LIMIT);
}

/* A NAT on the way gave the packet another source: what is delivered is right again, as TCP and UDP
 * see it, and a UDP checksum of zero stays zero. */
static void behind_nat(unsigned slot, uint8_t proto, size_t len, bool none)
{
    static struct esp_model_opened opened;
    struct in_sa *sa = &in_bench.sa[slot];
    struct packet_spec spec = in_spec(slot, 1, len, rng_next(&in_bench.rng));
    bool v6 = spec.v6;
    size_t head = v6 ? PACKET_IP6 : PACKET_IP4, n;
    uint8_t *outer = in_frame + in_ip_at(slot);
    uint32_t before, after;

    spec.proto = proto;
    n = packet_build(&spec, ip);
    if (none)
        put16(ip + head + 6, 0);
    n = esp_model_encap(&sa->esp, ++sa->seq, ip, n, NULL, in_frame);
    before = inet_sum(0, outer + (v6 ? 8 : 12), v6 ? 16 : 4);
    rng_fill(&in_bench.rng, outer + (v6 ? 16 : 13), 3);
    packet_ip_checksum(outer);
    after = inet_sum(0, outer + (v6 ? 8 : 12), v6 ? 16 : 4);
    sa->esp.csum_delta = (uint16_t)~inet_fold((uint16_t)~inet_fold(before) + inet_fold(after));
    in_send_open(sa, in_frame, n, in_sa_hop(slot), IN_TO_PLAIN);
    assert_int_equal(esp_model_open(&sa->esp, in_frame, n, &opened), ESP_MODEL_OK);
    if (!none || !v6) /* RFC 8200 8.1: there must be one */
        assert_true(packet_valid(opened.ip, opened.len));
    if (none)
        assert_int_equal(get16(opened.ip + head + 6), 0);
    in_bench_check(LIMIT);
}

static void test_behind_nat(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned slot = FIRST; slot <= LAST; slot++) {
        if (!in_bench.sa[slot].esp.encap)
            continue;
        for (unsigned i = 0; i < 12; i++) {
            size_t len = 60 + i * 13;
            in_bench.sa[slot].esp.tagged = i & 1;
            behind_nat(slot, 17, len, false);
            behind_nat(slot, 6, len, false);
            behind_nat(slot, 17, len, true);
            behind_nat(slot, 47, len, false); /* no checksum that covers the addresses */
        }
    }
}

/* Where one's complement has two zeros, and where the header is cut before its checksum. */
static void test_checksum_borders(void **state)
{
    static const uint16_t delta[] = {0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff};
    static const uint16_t field[] = {0, 1, 0x7fff, 0x8001, 0xfffe, 0xffff};
    (void)state;
    in_bench_restart();
    for (size_t d = 0; d < 6; d++)
        for (size_t f = 0; f < 6; f++)
            for (unsigned slot = FIRST + 2; slot <= LAST; slot += 5) {
                struct packet_spec spec = in_spec(slot, 1, 100, 9);
                size_t head = spec.v6 ? PACKET_IP6 : PACKET_IP4;
                in_bench.sa[slot].esp.csum_delta = in_bench.sa[slot].esp.encap ? delta[d] : 0;
                spec.proto = (d + f) % 2 ? 6 : 17;
                size_t n = packet_build(&spec, ip);
                put16(ip + head + (spec.proto == 6 ? 16 : 6), field[f]);
                send_ip(slot, n, IN_TO_PLAIN);
                for (size_t more = 6; more < 20; more++) {
                    spec.len = head + more;
                    send_ip(slot, packet_build(&spec, ip), IN_TO_PLAIN);
                }
                in_bench_check(LIMIT);
            }
}

int main(void)
{
    in_bench_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_is_kept),
        cmocka_unit_test(test_short),
        cmocka_unit_test(test_to_the_gateway),
        cmocka_unit_test(test_behind_nat),
        cmocka_unit_test(test_checksum_borders),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    in_bench_close();
    return rc;
}
