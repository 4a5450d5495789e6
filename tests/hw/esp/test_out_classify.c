/* SPDX-License-Identifier: Apache-2.0 */
/* Every reason of the first outbound stage, in its order, with its counter and its verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/out_bench.h"

/* The policy's latency here; and when the verdict is there, whatever the frame's length */
enum { ANSWER = 4, SOON = 2 + 16 + ANSWER, SLOT = 0x155, ANY = 0xffff };

static struct rtl *rtl;
static struct axis in;
static struct rtl_port from_host, lk_valid, lk_opaque, r_valid, r_hit, r_opaque, r_action,
    r_slot_ok, r_bad;
static struct rtl_port r_slot, r_shape;
static struct rtl_port m_valid, m_ready, m_last, v_valid, v_ready, v_host, v_protect, v_slot, v_len;
static struct rtl_port v_family, v_tagged, v_transport, v_long_aad, v_text, v_slots, v_beats, v_cycles;
static struct rtl_port plain_set, counter[OUT_COUNTERS];
static uint64_t count[OUT_COUNTERS];

/* What the policy answers; `ports`: with a row that compares them */
static const struct answer {
    uint8_t hit, action, slot_ok;
    uint16_t mtu;
    bool ports;
    bool transport, long_aad; /* the SA's shape, with mtu */
    uint16_t tfc;
    bool bad;                 /* parity */
} miss = {.action = 2, .slot_ok = 1, .mtu = ANY, .ports = true},
  discard = {.hit = 1}, bypass = {.hit = 1, .action = 1},
  protect = {.hit = 1, .action = 2, .slot_ok = 1, .mtu = 1400},
  no_sa = {.hit = 1, .action = 2},
  reserved = {.hit = 1, .action = 3, .slot_ok = 1, .mtu = ANY},
  discard_ports = {.hit = 1, .ports = true},
  bypass_ports = {.hit = 1, .action = 1, .ports = true},
  protect_ports = {.hit = 1, .action = 2, .slot_ok = 1, .mtu = 1400, .ports = true},
  no_sa_ports = {.hit = 1, .action = 2, .ports = true},
  transport = {.hit = 1, .action = 2, .slot_ok = 1, .mtu = 1400, .transport = true},
  gmac_esn = {.hit = 1, .action = 2, .slot_ok = 1, .mtu = 1400, .long_aad = true},
  transport_gmac_esn = {.hit = 1, .action = 2, .slot_ok = 1, .mtu = 1400, .transport = true,
                        .long_aad = true},
  tfc_short = {.hit = 1, .action = 2, .slot_ok = 1, .mtu = 1400, .tfc = 70},
  tfc_long = {.hit = 1, .action = 2, .slot_ok = 1, .mtu = 1400, .tfc = 1400},
  tfc_gmac_esn = {.hit = 1, .action = 2, .slot_ok = 1, .mtu = 1400, .tfc = 555, .long_aad = true},
  bad_protect = {.hit = 1, .action = 2, .slot_ok = 1, .mtu = 1400, .bad = true},
  bad_bypass = {.hit = 1, .action = 1, .bad = true}, bad_miss = {.bad = true};

/* A frame: a good one, with what is changed. */
struct given {
    const uint8_t *mac;  /* NULL: plain's */
    bool host, any_mac;  /* from host0; the port has no address */
    uint16_t type;       /* 0: IPv4, or IPv6 with v6 */
    uint16_t tci;        /* not 0: tagged */
    bool v6;
    uint8_t ext[3];      /* extension headers, 255: hop-by-hop options */
    uint8_t icmp;        /* type of an ICMP message */
    uint16_t src6, dst6; /* first half word of an address, 0: 2001 */
    uint8_t proto;       /* 0: UDP */
    uint8_t version_ihl; /* 0: right */
    uint16_t len, total; /* of the packet, 0: 100; in its header, 0: right, 0xfff0: zero */
    uint16_t cut;        /* the frame is this long, 0: as it should be */
    uint16_t fragment;
    uint8_t options, ttl;        /* ttl 0: 64; 255: zero */
    uint8_t flip;                /* bit of the header turned after the checksum, 1.. */
    const struct answer *answer; /* NULL: protect */
    enum out_counter want;       /* OUT_ENCRYPTED: protect, which this stage does not count */
};

static void build_header(const struct given *g, uint8_t *ip)
{
    if (g->version_ihl)
        ip[0] = g->version_ihl;
    if (g->total)
        put16(ip + (g->v6 ? 4 : 2), g->total == 0xfff0 ? 0 : g->total);
    if (g->ttl == 255)
        ip[g->v6 ? 7 : 8] = 0;
    if (g->icmp)
        ip[g->v6 ? PACKET_IP6 : PACKET_IP4] = g->icmp;
    if (g->v6)
        return;
    if ((ip[0] & 15) >= 5)
        packet_ip_checksum(ip);
    if (g->flip)
        ip[(g->flip - 1) / 8] ^= (uint8_t)(0x80u >> (g->flip - 1) % 8);
}

static size_t build(const struct given *g, uint8_t *frame)
{
    uint8_t ip[PACKET_MAX];
    struct packet_spec spec = {
        .src = 0x0a010001,
        .dst = 0x0a020002,
        .v6 = g->v6,
        .src6 = {g->src6 ? (uint8_t)(g->src6 >> 8) : 0x20, g->src6 ? (uint8_t)g->src6 : 1, [15] = 7},
        .dst6 = {g->dst6 ? (uint8_t)(g->dst6 >> 8) : 0x20, g->dst6 ? (uint8_t)g->dst6 : 1, [15] = 9},
        .proto = g->proto ? g->proto : 17,
        .sport = 1,
        .dport = 2,
        .ttl = g->ttl ? g->ttl : 64,
        .fragment = g->fragment,
        .options = g->options,
        .len = g->len ? g->len : 100,
    };
    size_t len;

    for (; spec.ext_len < 3 && g->ext[spec.ext_len]; spec.ext_len++)
        spec.ext[spec.ext_len] = g->ext[spec.ext_len] == 255 ? 0 : g->ext[spec.ext_len];
    len = packet_build(&spec, ip);
    build_header(g, ip);
    len = packet_frame(g->mac ? g->mac : out_plain_mac, out_peer_mac, ip, len, 60, frame);
    put16(frame + 12, g->type ? g->type : g->v6 ? 0x86dd : 0x0800);
    if (g->tci)
        len = packet_tag(frame, len, g->tci);
    return g->cut ? g->cut : len;
}

static void cycle(const struct answer *answer)
{
    static bool asked[ANSWER], opaque[ANSWER];
    struct axis *const list[] = {&in};

    axis_drive(list[0]);
    rtl_set(r_valid, asked[ANSWER - 1]);
    rtl_set(r_hit, answer->hit);
    rtl_set(r_opaque, opaque[ANSWER - 1] && answer->ports);
    rtl_set(r_action, answer->action);
    rtl_set(r_slot_ok, answer->slot_ok);
    rtl_set(r_bad, answer->bad);
    rtl_set(r_slot, SLOT);
    rtl_set(r_shape, (uint64_t)answer->tfc << 18 | (uint64_t)answer->long_aad << 17 |
                         (uint64_t)answer->transport << 16 | answer->mtu);
    rtl_settle(rtl);
    axis_sample(list[0]);
    memmove(asked + 1, asked, sizeof asked - sizeof *asked);
    memmove(opaque + 1, opaque, sizeof opaque - sizeof *opaque);
    asked[0] = rtl_get(lk_valid);
    opaque[0] = rtl_get(lk_opaque);
    for (unsigned i = 1; i < OUT_COUNTERS; i++)
        if (i != OUT_DROP_NO_NEXTHOP && i != OUT_DROP_SEQ_END && i != OUT_DROP_LIFETIME)
            count[i] += rtl_get(counter[i]);
    rtl_edge(rtl);
}

/* What out_verdict says of a packet to protect: RFC 4303 2.4 and 2.7, and GHASH's blocks. */
static void judge_sizes(const struct given *g, const struct answer *answer, const uint8_t *ip,
                        size_t n)
{
    size_t len = packet_len(ip) - (!answer->transport ? 0 : g->v6 ? 40 : 20);
    size_t text = len < answer->tfc ? answer->tfc : len, ct = (text + 2 + 3) / 4 * 4;
    size_t blocks = answer->long_aad ? (20 + ct + 15) / 16 + 1 : 1 + (ct + 15) / 16 + 1;
    size_t slots = (blocks + 3) / 4, beats = (n + 63) / 64;

    assert_int_equal(rtl_get(v_slot), SLOT);
    assert_int_equal(rtl_get(v_len), len);
    assert_int_equal(rtl_get(v_text), text + 1);
    assert_int_equal(rtl_get(v_slots), slots - 1);
    assert_int_equal(rtl_get(v_cycles) + 1, beats > slots ? beats : slots);
    assert_int_equal(rtl_get(v_family), g->v6);
    assert_int_equal(rtl_get(v_tagged), g->tci != 0);
    assert_int_equal(rtl_get(v_transport), answer->transport);
    assert_int_equal(rtl_get(v_long_aad), answer->long_aad);
}

static void judge(const struct given *g)
{
    const struct answer *answer = g->answer ? g->answer : &protect;
    uint64_t want[OUT_COUNTERS] = {0};
    uint8_t frame[PACKET_MAX + 64];
    size_t n = build(g, frame), beats = 0;

    memset(count, 0, sizeof count);
    want[g->want] = g->want != OUT_ENCRYPTED;
    rtl_set(plain_set, !g->any_mac);
    rtl_set(from_host, g->host);
    axis_send(&in, frame, n);
    rtl_set(m_ready, 0);
    rtl_set(v_ready, 0);
    for (int i = 0; !rtl_get(v_valid); i++) {
        assert_true(i < SOON);
        cycle(answer);
    }
    assert_int_equal(rtl_get(v_protect), g->want == OUT_ENCRYPTED);
    assert_int_equal(rtl_get(v_host), g->want >= OUT_HOST_MAC && g->want <= OUT_HOST_MTU);
    assert_int_equal(rtl_get(v_beats), (n - 1) / 64);
    if (g->want == OUT_ENCRYPTED)
        judge_sizes(g, answer, out_bench_ip(frame), n);
    rtl_set(v_ready, 1);
    cycle(answer);
    rtl_set(v_ready, 0);
    rtl_set(m_ready, 1);
    for (bool last = false; !last; beats++) {
        rtl_settle(rtl);
        assert_true(rtl_get(m_valid)); /* all of it, a beat a cycle */
        last = rtl_get(m_last);
        cycle(answer);
    }
    assert_int_equal(beats, (n + 63) / 64);
    rtl_set(m_ready, 0);
    cycle(answer);
    assert_false(rtl_get(v_valid) || rtl_get(m_valid));
    assert_memory_equal(count, want, sizeof want);
}

static void judge_all(const struct given *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        judge(&cases[i]);
    /* What came from the host is never handed back to it; its drops keep their reason. */
    for (size_t i = 0; i < n; i++) {
        struct given g = cases[i];
        g.host = true;
        if (g.want == OUT_HOST_MAC)
            continue;
        if (g.want > OUT_HOST_MAC && g.want <= OUT_HOST_MTU)
            g.want = OUT_DROP_LOOP;
        judge(&g);
    }
}

static const uint8_t other[6] = {0x02, 0, 0, 0, 0, 0x11},
                     broadcast[6] = {255, 255, 255, 255, 255, 255},
                     group[6] = {1, 0, 0x5e, 0, 0, 5}, group6[6] = {0x33, 0x33, 0, 0, 0, 1};

static void test_every_reason(void **state)
{
    (void)state;
    static const struct given cases[] = {
        {.want = OUT_ENCRYPTED},
        {.len = 20, .want = OUT_ENCRYPTED},
        {.len = 1400, .want = OUT_ENCRYPTED},
        {.mac = out_engine_mac, .want = OUT_ENCRYPTED},
        {.mac = other, .host = true, .want = OUT_ENCRYPTED},
        {.mac = other, .any_mac = true, .want = OUT_ENCRYPTED},
        {.mac = other, .want = OUT_HOST_MAC},
        {.mac = broadcast, .want = OUT_HOST_MAC},
        {.mac = broadcast, .any_mac = true, .want = OUT_HOST_MAC},
        {.len = 20, .cut = 300, .want = OUT_ENCRYPTED},
        {.mac = group, .want = OUT_HOST_MAC},
        {.mac = other, .type = 0x0806, .answer = &discard, .want = OUT_HOST_MAC},
        {.type = 0x0806, .want = OUT_HOST_NOT_IP},
        {.type = 0x8100, .want = OUT_HOST_NOT_IP},
        {.type = 0x86dd, .want = OUT_DROP_BAD_HEADER},
        {.type = 0x88a8, .want = OUT_HOST_NOT_IP},
        {.type = 0x0806, .cut = 14, .want = OUT_HOST_NOT_IP},
        {.cut = 14, .want = OUT_DROP_BAD_HEADER},
        {.cut = 33, .want = OUT_DROP_BAD_HEADER},
        {.len = 20, .cut = 34, .want = OUT_ENCRYPTED},
        {.len = 100, .cut = 113, .want = OUT_DROP_BAD_HEADER},
        {.len = 100, .cut = 114, .want = OUT_ENCRYPTED},
        {.len = 100, .total = 60, .want = OUT_ENCRYPTED},
        {.version_ihl = 0x65, .want = OUT_DROP_BAD_HEADER},
        {.version_ihl = 0x55, .want = OUT_DROP_BAD_HEADER},
        {.version_ihl = 0x44, .want = OUT_DROP_BAD_HEADER},
        {.version_ihl = 0x40, .want = OUT_DROP_BAD_HEADER},
        {.total = 19, .want = OUT_DROP_BAD_HEADER},
        {.options = 8, .total = 27, .want = OUT_DROP_BAD_HEADER},
        {.total = 101, .want = OUT_DROP_BAD_HEADER},
        {.total = 0xffff, .want = OUT_DROP_BAD_HEADER},
        {.total = 0x4064, .want = OUT_DROP_BAD_HEADER},
        /* fragments: like any packet, when the policy asks for no ports */
        {.fragment = 0x2000, .want = OUT_ENCRYPTED},
        {.fragment = 0x2001, .want = OUT_ENCRYPTED},
        {.fragment = 0x1fff, .want = OUT_ENCRYPTED},
        {.fragment = 0x1fff, .options = 4, .want = OUT_HOST_OPTIONS},
        {.fragment = 0x0001, .answer = &discard, .want = OUT_DROP_DISCARD},
        {.fragment = 0x0001, .answer = &bypass, .want = OUT_HOST_BYPASS},
        {.fragment = 0x0001, .answer = &miss, .want = OUT_HOST_NO_POLICY},
        {.fragment = 0x0001, .answer = &no_sa, .want = OUT_DROP_NO_SA},
        {.fragment = 0x0001, .len = 1401, .want = OUT_HOST_MTU},
        {.fragment = 0x2001, .ttl = 1, .want = OUT_HOST_TTL},
        /* when it asks for ports, the first one has them, and the others can't be judged */
        {.fragment = 0x2000, .answer = &protect_ports, .want = OUT_ENCRYPTED},
        {.fragment = 0x2000, .answer = &discard_ports, .want = OUT_DROP_DISCARD},
        {.fragment = 0x0001, .answer = &protect_ports, .want = OUT_HOST_FRAGMENT},
        {.fragment = 0x2001, .answer = &protect_ports, .want = OUT_HOST_FRAGMENT},
        {.fragment = 0x1000, .answer = &protect_ports, .want = OUT_HOST_FRAGMENT},
        {.fragment = 0x0001, .answer = &discard_ports, .want = OUT_HOST_FRAGMENT},
        {.fragment = 0x0001, .answer = &bypass_ports, .want = OUT_HOST_FRAGMENT},
        {.fragment = 0x0001, .answer = &no_sa_ports, .want = OUT_HOST_FRAGMENT},
        {.fragment = 0x0001, .answer = &protect_ports, .ttl = 1, .want = OUT_HOST_FRAGMENT},
        {.fragment = 0x2000, .answer = &protect_ports, .len = 23, .want = OUT_HOST_FRAGMENT},
        {.fragment = 0x2000, .answer = &protect_ports, .len = 24, .want = OUT_ENCRYPTED},
        {.answer = &protect_ports, .len = 23, .want = OUT_ENCRYPTED},
        /* ICMP's type and code are ports; a protocol without ports has none in any fragment */
        {.proto = 1, .fragment = 0x0001, .answer = &protect_ports, .want = OUT_HOST_FRAGMENT},
        {.proto = 1, .fragment = 0x2000, .answer = &protect_ports, .want = OUT_ENCRYPTED},
        {.proto = 6, .fragment = 0x0001, .answer = &protect_ports, .want = OUT_HOST_FRAGMENT},
        {.proto = 132, .fragment = 0x0001, .answer = &protect_ports, .want = OUT_HOST_FRAGMENT},
        {.proto = 47, .fragment = 0x0001, .answer = &protect_ports, .want = OUT_ENCRYPTED},
        {.fragment = 0x4000, .answer = &protect_ports, .want = OUT_ENCRYPTED}, /* DF */
        {.fragment = 0x8000, .answer = &protect_ports, .want = OUT_ENCRYPTED}, /* reserved */
        {.options = 4, .want = OUT_HOST_OPTIONS},
        {.options = 40, .answer = &discard, .want = OUT_HOST_OPTIONS},
        {.answer = &miss, .want = OUT_HOST_NO_POLICY},
        {.answer = &bypass, .want = OUT_HOST_BYPASS},
        {.answer = &bypass, .ttl = 1, .want = OUT_HOST_BYPASS},
        {.answer = &discard, .want = OUT_DROP_DISCARD},
        {.answer = &reserved, .want = OUT_DROP_DISCARD},
        {.ttl = 1, .want = OUT_HOST_TTL},
        {.ttl = 255, .want = OUT_HOST_TTL},
        {.ttl = 2, .want = OUT_ENCRYPTED},
        {.ttl = 1, .answer = &no_sa, .want = OUT_HOST_TTL},
        {.answer = &no_sa, .want = OUT_DROP_NO_SA},
        {.len = 1401, .want = OUT_HOST_MTU},
        {.len = 9000, .want = OUT_HOST_MTU},
        {.len = 1401, .ttl = 1, .want = OUT_HOST_TTL},
        {.answer = &bad_protect, .want = OUT_TABLE_ERRORS},
        {.answer = &bad_bypass, .want = OUT_TABLE_ERRORS},
        {.answer = &bad_miss, .want = OUT_TABLE_ERRORS},
        {.answer = &bad_bypass, .options = 4, .want = OUT_HOST_OPTIONS},
    };
    judge_all(cases, sizeof cases / sizeof *cases);
}

static void test_every_reason_of_ipv6(void **state)
{
    (void)state;
    static const struct given cases[] = {
        {.v6 = true, .want = OUT_ENCRYPTED},
        {.v6 = true, .len = 40, .want = OUT_ENCRYPTED},
        {.v6 = true, .len = 1400, .want = OUT_ENCRYPTED},
        {.v6 = true, .len = 1401, .want = OUT_HOST_MTU},
        {.v6 = true, .mac = other, .want = OUT_HOST_MAC},
        {.v6 = true, .mac = group6, .want = OUT_HOST_MAC},
        {.v6 = true, .type = 0x0800, .want = OUT_DROP_BAD_HEADER},
        {.v6 = true, .version_ihl = 0x50, .want = OUT_DROP_BAD_HEADER},
        {.v6 = true, .version_ihl = 0x45, .want = OUT_DROP_BAD_HEADER},
        /* cut short, and payload lengths that lie, or that a jumbogram has (RFC 2675) */
        {.v6 = true, .cut = 14, .want = OUT_DROP_BAD_HEADER},
        {.v6 = true, .len = 40, .cut = 53, .want = OUT_DROP_BAD_HEADER},
        {.v6 = true, .len = 40, .cut = 54, .want = OUT_ENCRYPTED},
        {.v6 = true, .len = 100, .cut = 113, .want = OUT_DROP_BAD_HEADER},
        {.v6 = true, .len = 100, .cut = 114, .want = OUT_ENCRYPTED},
        {.v6 = true, .total = 61, .want = OUT_DROP_BAD_HEADER},
        {.v6 = true, .total = 0xffff, .want = OUT_DROP_BAD_HEADER},
        {.v6 = true, .total = 0xffd8, .want = OUT_DROP_BAD_HEADER}, /* 40 more are 2^16 */
        {.v6 = true, .total = 0x4000, .want = OUT_DROP_BAD_HEADER},
        {.v6 = true, .total = 0xfff0, .want = OUT_ENCRYPTED},
        {.v6 = true, .total = 0xfff0, .ext = {255}, .want = OUT_HOST_OPTIONS},
        {.v6 = true, .total = 20, .want = OUT_ENCRYPTED},
        /* extension headers, in front of a fragment header, behind it, and by themselves */
        {.v6 = true, .ext = {255}, .want = OUT_HOST_OPTIONS},
        {.v6 = true, .ext = {43}, .want = OUT_HOST_OPTIONS},
        {.v6 = true, .ext = {60}, .want = OUT_HOST_OPTIONS},
        {.v6 = true, .ext = {255, 44}, .want = OUT_HOST_OPTIONS},
        {.v6 = true, .ext = {44, 60}, .want = OUT_HOST_OPTIONS},
        {.v6 = true, .ext = {44, 44}, .want = OUT_HOST_OPTIONS},
        {.v6 = true, .ext = {44, 60}, .fragment = 8, .want = OUT_HOST_OPTIONS},
        {.v6 = true, .ext = {60}, .answer = &discard, .want = OUT_HOST_OPTIONS},
        {.v6 = true, .proto = 135, .want = OUT_HOST_OPTIONS},
        {.v6 = true, .proto = 139, .want = OUT_HOST_OPTIONS},
        {.v6 = true, .proto = 140, .want = OUT_HOST_OPTIONS},
        {.v6 = true, .proto = 59, .want = OUT_ENCRYPTED},
        {.v6 = true, .proto = 50, .want = OUT_ENCRYPTED},
        /* fragments, as with IPv4; an atomic one (RFC 6946) is a whole packet */
        {.v6 = true, .ext = {44}, .want = OUT_ENCRYPTED},
        {.v6 = true, .ext = {44}, .fragment = 1, .want = OUT_ENCRYPTED},
        {.v6 = true, .ext = {44}, .fragment = 0x0ff8, .want = OUT_ENCRYPTED},
        {.v6 = true, .ext = {44}, .answer = &protect_ports, .want = OUT_ENCRYPTED},
        {.v6 = true, .ext = {44}, .fragment = 1, .answer = &protect_ports, .want = OUT_ENCRYPTED},
        {.v6 = true, .ext = {44}, .fragment = 8, .answer = &protect_ports, .want = OUT_HOST_FRAGMENT},
        {.v6 = true, .ext = {44}, .fragment = 9, .answer = &protect_ports, .want = OUT_HOST_FRAGMENT},
        {.v6 = true, .ext = {44}, .fragment = 0x8000, .answer = &protect_ports,
         .want = OUT_HOST_FRAGMENT},
        {.v6 = true, .ext = {44}, .fragment = 6, .answer = &protect_ports, .want = OUT_ENCRYPTED},
        {.v6 = true, .ext = {44}, .fragment = 8, .proto = 58, .answer = &protect_ports,
         .want = OUT_HOST_FRAGMENT},
        {.v6 = true, .ext = {44}, .fragment = 8, .proto = 1, .answer = &protect_ports,
         .want = OUT_ENCRYPTED},
        {.v6 = true, .ext = {44}, .fragment = 1, .len = 51, .answer = &protect_ports,
         .want = OUT_HOST_FRAGMENT},
        {.v6 = true, .ext = {44}, .fragment = 1, .len = 52, .answer = &protect_ports,
         .want = OUT_ENCRYPTED},
        {.v6 = true, .ext = {44}, .total = 7, .want = OUT_DROP_BAD_HEADER},
        {.v6 = true, .ext = {44}, .total = 8, .want = OUT_ENCRYPTED},
        /* RFC 4861, 4291 2.5.6: what is of the link goes the way that ARP goes */
        {.v6 = true, .proto = 58, .icmp = 128, .want = OUT_ENCRYPTED},
        {.v6 = true, .proto = 58, .icmp = 132, .want = OUT_ENCRYPTED},
        {.v6 = true, .proto = 58, .icmp = 133, .want = OUT_HOST_NOT_IP},
        {.v6 = true, .proto = 58, .icmp = 135, .want = OUT_HOST_NOT_IP},
        {.v6 = true, .proto = 58, .icmp = 136, .answer = &discard, .want = OUT_HOST_NOT_IP},
        {.v6 = true, .proto = 58, .icmp = 137, .want = OUT_HOST_NOT_IP},
        {.v6 = true, .proto = 58, .icmp = 138, .want = OUT_ENCRYPTED},
        {.v6 = true, .proto = 6, .icmp = 135, .want = OUT_ENCRYPTED},
        {.v6 = true, .src6 = 0xfe80, .want = OUT_HOST_NOT_IP},
        {.v6 = true, .dst6 = 0xfe80, .want = OUT_HOST_NOT_IP},
        {.v6 = true, .dst6 = 0xfebf, .want = OUT_HOST_NOT_IP},
        {.v6 = true, .dst6 = 0xfec0, .want = OUT_ENCRYPTED},
        {.v6 = true, .dst6 = 0xfd00, .want = OUT_ENCRYPTED},
        {.proto = 58, .icmp = 135, .want = OUT_ENCRYPTED}, /* nothing in IPv4 */
        /* hop limits and policies */
        {.v6 = true, .ttl = 1, .want = OUT_HOST_TTL},
        {.v6 = true, .ttl = 255, .want = OUT_HOST_TTL},
        {.v6 = true, .ttl = 2, .want = OUT_ENCRYPTED},
        {.v6 = true, .answer = &miss, .want = OUT_HOST_NO_POLICY},
        {.v6 = true, .answer = &bypass, .want = OUT_HOST_BYPASS},
        {.v6 = true, .answer = &discard, .want = OUT_DROP_DISCARD},
        {.v6 = true, .answer = &no_sa, .want = OUT_DROP_NO_SA},
    };
    judge_all(cases, sizeof cases / sizeof *cases);
}

static void test_tags(void **state)
{
    (void)state;
    static const struct given cases[] = {
        {.tci = 0x0123, .want = OUT_ENCRYPTED},
        {.tci = 0xe000, .want = OUT_ENCRYPTED}, /* priority only */
        {.tci = 0x0123, .v6 = true, .want = OUT_ENCRYPTED},
        {.tci = 0x0123, .v6 = true, .ext = {44}, .len = 52, .answer = &protect_ports,
         .want = OUT_ENCRYPTED},
        {.tci = 0x0123, .v6 = true, .ext = {44}, .fragment = 8, .answer = &protect_ports,
         .want = OUT_HOST_FRAGMENT},
        {.tci = 5, .type = 0x0806, .want = OUT_HOST_NOT_IP},
        {.tci = 5, .type = 0x8100, .want = OUT_HOST_NOT_IP}, /* a second tag */
        {.tci = 5, .type = 0x88a8, .want = OUT_HOST_NOT_IP},
        {.tci = 5, .mac = other, .want = OUT_HOST_MAC},
        {.tci = 5, .cut = 14, .want = OUT_HOST_NOT_IP},
        {.tci = 5, .cut = 17, .want = OUT_HOST_NOT_IP},
        {.tci = 5, .cut = 18, .want = OUT_DROP_BAD_HEADER},
        {.tci = 5, .len = 20, .cut = 37, .want = OUT_DROP_BAD_HEADER},
        {.tci = 5, .len = 20, .cut = 38, .want = OUT_ENCRYPTED},
        {.tci = 5, .len = 100, .cut = 117, .want = OUT_DROP_BAD_HEADER},
        {.tci = 5, .len = 100, .cut = 118, .want = OUT_ENCRYPTED},
        {.tci = 5, .v6 = true, .len = 40, .cut = 57, .want = OUT_DROP_BAD_HEADER},
        {.tci = 5, .v6 = true, .len = 40, .cut = 58, .want = OUT_ENCRYPTED},
        {.tci = 5, .total = 101, .want = OUT_DROP_BAD_HEADER},
        {.tci = 5, .ttl = 1, .want = OUT_HOST_TTL},
        {.tci = 5, .options = 4, .want = OUT_HOST_OPTIONS},
        {.tci = 5, .flip = 90, .want = OUT_DROP_BAD_HEADER},
        {.tci = 5, .len = 1400, .want = OUT_ENCRYPTED},
        {.tci = 5, .len = 1401, .want = OUT_HOST_MTU},
    };
    judge_all(cases, sizeof cases / sizeof *cases);
}

/* The sizes that follow from the SA's shape, around every border of words, blocks and slots. */
static void test_sizes_of_every_shape(void **state)
{
    (void)state;
    static const struct answer *const answers[] = {&protect, &transport, &gmac_esn,
                                                   &transport_gmac_esn, &tfc_short, &tfc_long,
                                                   &tfc_gmac_esn};
    for (size_t k = 0; k < sizeof answers / sizeof *answers; k++)
        for (uint16_t len = 40; len < 240; len++)
            for (unsigned v6 = 0; v6 < 2; v6++) {
                struct given g = {.v6 = v6, .len = len, .answer = answers[k],
                                  .tci = len % 3 ? 0 : 7, .want = OUT_ENCRYPTED};
                judge(&g);
            }
    static const struct given cases[] = {
        {.answer = &transport, .ttl = 1, .want = OUT_ENCRYPTED},
        {.answer = &transport, .ttl = 255, .v6 = true, .want = OUT_ENCRYPTED},
        {.answer = &transport, .len = 1400, .want = OUT_ENCRYPTED},
        {.answer = &transport, .len = 1401, .want = OUT_HOST_MTU},
        {.answer = &tfc_long, .len = 1401, .want = OUT_HOST_MTU},
        {.answer = &tfc_long, .len = 1400, .want = OUT_ENCRYPTED},
        {.answer = &transport, .len = 20, .want = OUT_ENCRYPTED},
        {.answer = &transport, .len = 40, .v6 = true, .want = OUT_ENCRYPTED},
        /* RFC 4303 3.3.4 */
        {.answer = &transport, .fragment = 0x2000, .want = OUT_HOST_FRAGMENT},
        {.answer = &transport, .fragment = 0x0001, .want = OUT_HOST_FRAGMENT},
        {.answer = &transport, .fragment = 0x4000, .want = OUT_ENCRYPTED},
        {.answer = &transport, .v6 = true, .ext = {44}, .want = OUT_HOST_FRAGMENT},
        {.answer = &transport, .v6 = true, .ext = {44}, .fragment = 9, .want = OUT_HOST_FRAGMENT},
        {.answer = &transport, .v6 = true, .ext = {60}, .want = OUT_HOST_OPTIONS},
        {.answer = &transport, .options = 4, .want = OUT_HOST_OPTIONS},
    };
    judge_all(cases, sizeof cases / sizeof *cases);
}

static void test_every_flipped_bit_of_a_header(void **state)
{
    (void)state;
    for (uint8_t bit = 1; bit <= 160; bit++) {
        struct given g = {.flip = bit, .want = OUT_DROP_BAD_HEADER};
        if (bit == 5 || bit == 7) /* 4d, 47: a header with options, which the host checks */
            g.want = OUT_HOST_OPTIONS;
        judge(&g);
    }
}

int main(void)
{
    rtl = rtl_new(NULL);
    axis_source_init(&in, rtl, "s_axis");
    for (unsigned i = 1; i < OUT_COUNTERS; i++)
        if (i != OUT_DROP_NO_NEXTHOP && i != OUT_DROP_SEQ_END && i != OUT_DROP_LIFETIME)
            counter[i] = rtl_port(rtl, out_counter_name(i));
    from_host = rtl_port(rtl, "s_from_host");
    lk_valid = rtl_port(rtl, "lk_valid");
    lk_opaque = rtl_port(rtl, "lk_opaque");
    r_valid = rtl_port(rtl, "r_valid");
    r_hit = rtl_port(rtl, "r_hit");
    r_opaque = rtl_port(rtl, "r_opaque");
    r_action = rtl_port(rtl, "r_action");
    r_slot_ok = rtl_port(rtl, "r_slot_ok");
    r_bad = rtl_port(rtl, "r_bad");
    r_slot = rtl_port(rtl, "r_slot");
    r_shape = rtl_port(rtl, "r_shape");
    m_valid = rtl_port(rtl, "m_valid");
    m_ready = rtl_port(rtl, "m_ready");
    m_last = rtl_port(rtl, "m_last");
    v_valid = rtl_port(rtl, "v_valid");
    v_ready = rtl_port(rtl, "v_ready");
    v_host = rtl_port(rtl, "v_host");
    v_protect = rtl_port(rtl, "v_protect");
    v_slot = rtl_port(rtl, "v_slot");
    v_len = rtl_port(rtl, "v_len");
    v_family = rtl_port(rtl, "v_family");
    v_tagged = rtl_port(rtl, "v_tagged");
    v_transport = rtl_port(rtl, "v_transport");
    v_long_aad = rtl_port(rtl, "v_long_aad");
    v_text = rtl_port(rtl, "v_text");
    v_slots = rtl_port(rtl, "v_slots");
    v_beats = rtl_port(rtl, "v_beats");
    v_cycles = rtl_port(rtl, "v_cycles");
    plain_set = rtl_port(rtl, "plain_mac_set");
    rtl_set(rtl_port(rtl, "engine_mac_set"), 1);
    rtl_set_be(rtl_port(rtl, "plain_mac"), out_plain_mac, 6);
    rtl_set_be(rtl_port(rtl, "engine_mac"), out_engine_mac, 6);
    struct axis *const ends[] = {&in};
    axis_reset(rtl, ends, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_reason),
        cmocka_unit_test(test_every_reason_of_ipv6),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_sizes_of_every_shape),
        cmocka_unit_test(test_every_flipped_bit_of_a_header),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    axis_clear(&in);
    rtl_free(rtl);
    return rc;
}
