/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inbound path and the SA's selector (RFC 4301 5.2 step 4): addresses, protocol and ports of
 * the packet inside, IPv4 and IPv6, tunnel and transport mode. What can't be seen is allowed by
 * "any" alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/in_bench.h"

#define LIMIT 400000u

enum { SLOT_4 = 1, SLOT_4IN6 = 16, SLOT_T4 = 33, SLOT_T6 = 49, SLOT_6 = 65, SLOT_6IN6 = 80 };

static const struct in_selector any = {.check = true, .sport_last = 0xffff, .dport_last = 0xffff};

/* One packet of this SA under this selector. */
static void judge(unsigned slot, const struct in_selector *sel, const struct packet_spec *spec,
                  bool allowed)
{
    static uint8_t ip[PACKET_MAX];
    struct in_sa *sa = &in_bench.sa[slot];
    sa->sel = *sel;
    sa->sel.v6 ^= sa->inner6; /* as the SA, unless a case turns it */
    if (allowed) {
        size_t len = packet_build(spec, ip);
        len = esp_model_encap(&sa->esp, ++sa->seq, ip, len, NULL, in_frame);
        in_send_open(sa, in_frame, len, sa->esp.transport ? in_sa_hop(slot) : 1, IN_TO_PLAIN);
    } else {
        in_send_packet(slot, spec, NULL, IN_DROP_SELECTOR);
    }
    in_bench_check(LIMIT);
}

static void flip(uint8_t addr[16], unsigned bit)
{
    addr[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
}

/* Every prefix length, with a bit that differs inside or outside of it. */
static void test_prefixes(void **state)
{
    static const unsigned slots[] = {SLOT_4, SLOT_4IN6, SLOT_T4, SLOT_T6, SLOT_6,
                                     SLOT_6IN6};
    (void)state;
    in_bench_restart();
    for (size_t k = 0; k < sizeof slots / sizeof *slots; k++) {
        unsigned slot = slots[k], bits = in_bench.sa[slot].inner6 ? 128 : 32;
        for (unsigned len = 0; len <= bits; len++)
            for (unsigned i = 0; i < 6; i++) {
                /* the last bit of the prefix, the first behind it, any */
                unsigned bit = i < 2 ? len + i - 1 : (len * 37 + i * 53) % bits;
                struct packet_spec p = in_spec(slot, 1, 60, bit);
                struct in_selector s = any;
                bool src = (len + i) & 1;
                if (bit >= bits)
                    continue;
                s.src = p.src ^ (bit < 32 ? 0x80000000u >> bit : 0);
                s.dst = p.dst ^ (bit < 32 ? 0x80000000u >> bit : 0);
                memcpy(s.src6, p.src6, 16);
                memcpy(s.dst6, p.dst6, 16);
                flip(s.src6, bit);
                flip(s.dst6, bit);
                s.src_len = (uint8_t)(src ? len : 0);
                s.dst_len = (uint8_t)(src ? 0 : len);
                judge(slot, &s, &p, bit >= len);
            }
    }
}

#define CASE(slot, ok, ...) \
    do { \
        struct in_selector s = any; \
        struct packet_spec p = in_spec(slot, 1, 80, 1); \
        __VA_ARGS__; \
        judge(slot, &s, &p, ok); \
    } while (0)

/* Protocol and ports, which are in the text in transport mode too. */
static void test_ports(void **state)
{
    static const unsigned slots[] = {SLOT_4, SLOT_4IN6, SLOT_T4, SLOT_T6, SLOT_6,
                                     SLOT_6IN6};
    (void)state;
    in_bench_restart();
    for (size_t k = 0; k < sizeof slots / sizeof *slots; k++) {
        unsigned n = slots[k];
        bool v6 = in_bench.sa[n].inner6;
        uint8_t icmp = v6 ? 58 : 1;
        uint16_t echo = v6 ? 0x8000 : 0x0800;
        CASE(n, true, s.proto = 17);
        CASE(n, false, s.proto = 6);
        CASE(n, false, s.v6 = true); /* the other family */
        CASE(n, true, s.v6 = true; s.check = false);
        CASE(n, true, s.sport_first = s.sport_last = 1000);
        CASE(n, false, s.sport_first = 1001);
        CASE(n, false, s.sport_last = 999);
        CASE(n, true, s.dport_first = 2000; s.dport_last = 2001);
        CASE(n, false, s.dport_first = 2001);
        CASE(n, false, s.dport_last = 1999);
        CASE(n, true, p.proto = 50);
        CASE(n, false, p.proto = 50; s.dport_first = 1);
        CASE(n, false, p.proto = 50; s.sport_first = 1);
        CASE(n, true, p.proto = icmp; s.sport_first = s.sport_last = echo);
        CASE(n, false, p.proto = icmp; s.sport_first = s.sport_last = 0);
        CASE(n, true, p.proto = icmp; s.sport_first = echo; s.dport_last = 0); /* no second half */
        CASE(n, true, p.proto = 6; s.proto = 6; s.sport_first = s.sport_last = 1000);
        for (uint8_t proto = 0; proto < 255; proto++) { /* 59 would be a dummy packet */
            bool ports = proto == 6 || proto == 17 || proto == 33 || proto == 132 || proto == 136;
            bool hidden = v6 && (proto == 0 || proto == 43 || proto == 44 || proto == 60 ||
                                 proto == 139 || proto == 140);
            if (proto == 59 && in_bench.sa[n].esp.transport)
                continue;
            CASE(n, true, p.proto = proto);
            CASE(n, !hidden || !proto, p.proto = proto; s.proto = proto);
            if (!ports && proto != icmp)
                CASE(n, false, p.proto = proto; s.sport_last = 0xfffe);
        }
        /* too short for ports */
        for (size_t more = 0; more < 8; more++)
            CASE(n, more >= 4, p.len = (v6 ? 40 : 20) + more; s.sport_first = s.sport_last = 1000);
    }
}

static void test_ipv4_options_and_fragments(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned k = 0; k < 2; k++) {
        unsigned n = k ? SLOT_4IN6 : SLOT_4;
        for (uint8_t options = 4; options <= 40; options = (uint8_t)(options + 4)) {
            CASE(n, true, p.options = options; s.dport_first = s.dport_last = 2000);
            CASE(n, false, p.options = options; s.dport_first = s.dport_last = 1999);
        }
        CASE(n, true, p.fragment = 0x0010);                       /* a later one has no ports */
        CASE(n, false, p.fragment = 0x0010; s.sport_last = 0xfffe);
        CASE(n, true, p.fragment = 0x2010; s.proto = 17);
        CASE(n, false, p.fragment = 0x0010; s.proto = 6);
        CASE(n, false, p.fragment = 0x2001; s.dport_first = 1);
        CASE(n, true, p.fragment = 0x2000; s.dport_first = s.dport_last = 2000); /* the first has */
        CASE(n, false, p.fragment = 0x2000; s.dport_first = s.dport_last = 1999);
        CASE(n, false, p.fragment = 0x2000; p.len = 20; s.dport_first = 1); /* cut before them */
        CASE(n, true, p.fragment = 0x2000; p.proto = 1; s.sport_first = s.sport_last = 0x0800);
        CASE(n, false, p.fragment = 0x00b9; p.proto = 1; s.sport_first = s.sport_last = 0x0800);
        CASE(n, true, p.fragment = 0x00b9; p.proto = 1; s.proto = 1);
    }
}

static void test_ipv6_extensions(void **state)
{
    static const uint8_t ext[] = {0, 43, 60};
    (void)state;
    in_bench_restart();
    unsigned n = SLOT_6;
    for (size_t i = 0; i < 2 * sizeof ext; i++) {
        n = i & 1 ? SLOT_6IN6 : SLOT_6;
        CASE(n, true, p.ext_len = 1; p.ext[0] = ext[i / 2]);
        CASE(n, false, p.ext_len = 1; p.ext[0] = ext[i / 2]; s.proto = 17);
        CASE(n, false, p.ext_len = 1; p.ext[0] = ext[i / 2]; s.dport_first = s.dport_last = 2000);
        /* behind a fragment header: hidden like in front of it */
        CASE(n, true, p.ext_len = 2; p.ext[0] = 44; p.ext[1] = ext[i / 2]);
        CASE(n, false, p.ext_len = 2; p.ext[0] = 44; p.ext[1] = ext[i / 2]; s.proto = 17);
        CASE(n, false, p.ext_len = 2; p.ext[0] = ext[i / 2]; p.ext[1] = 44; s.proto = 17);
    }
#define FRAGMENT p.ext_len = 1, p.ext[0] = 44
    CASE(n, true, FRAGMENT; s.proto = 17; s.dport_first = s.dport_last = 2000);
    CASE(n, false, FRAGMENT; s.dport_first = s.dport_last = 1999);
    CASE(n, true, FRAGMENT; p.fragment = 1; s.sport_first = s.sport_last = 1000); /* more follow */
    CASE(n, true, FRAGMENT; p.fragment = 8; s.proto = 17);
    CASE(n, false, FRAGMENT; p.fragment = 8; s.proto = 6);
    CASE(n, false, FRAGMENT; p.fragment = 8; s.sport_first = 1);
    CASE(n, false, FRAGMENT; p.fragment = 0xfff8; s.dport_first = 1);
    CASE(n, true, FRAGMENT; p.proto = 58; s.proto = 58; s.sport_first = s.sport_last = 0x8000);
    CASE(n, false, FRAGMENT; p.len = 51; s.dport_first = 1); /* cut before the ports */
    CASE(n, true, FRAGMENT; p.len = 52; s.dport_first = s.dport_last = 2000);
}

int main(void)
{
    in_bench_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_ipv4_options_and_fragments),
        cmocka_unit_test(test_ipv6_extensions),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    in_bench_close();
    return rc;
}
