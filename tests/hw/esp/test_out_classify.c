/* SPDX-License-Identifier: Apache-2.0 */
/* Every reason of the first outbound stage, in its order, with its counter and its verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/out_bench.h"

enum { ANSWER = 4, SLOT = 0x155, ANY = 0xffff };

static struct rtl *rtl;
static struct axis in;
static struct rtl_port from_host, lk_valid, lk_opaque, r_valid, r_hit, r_opaque, r_action,
    r_slot_ok;
static struct rtl_port r_slot, r_shape;
static struct rtl_port m_valid, m_ready, m_last, v_valid, v_ready, v_host, v_protect, v_slot, v_len;
static struct rtl_port v_slots, v_beats, v_most, plain_set, counter[OUT_COUNTERS];
static uint64_t count[OUT_COUNTERS];

/* What the policy answers; `ports`: with a row that compares them */
static const struct answer {
    uint8_t hit, action, slot_ok;
    uint16_t mtu;
    bool ports;
} miss = {0, 2, 1, ANY, true}, discard = {1, 0, 0, 0, false}, bypass = {1, 1, 0, 0, false},
  protect = {1, 2, 1, 1400, false}, no_sa = {1, 2, 0, 0, false}, reserved = {1, 3, 1, ANY, false},
  discard_ports = {1, 0, 0, 0, true}, bypass_ports = {1, 1, 0, 0, true},
  protect_ports = {1, 2, 1, 1400, true}, no_sa_ports = {1, 2, 0, 0, true};

/* A frame: a good one, with what is changed. */
struct given {
    const uint8_t *mac;  /* NULL: plain's */
    bool host, any_mac;  /* from host0; the port has no address */
    uint16_t type;       /* 0: IPv4 */
    uint8_t proto;       /* 0: UDP */
    uint8_t version_ihl; /* 0: right */
    uint16_t len, total; /* of the packet, 0: 100; in its header, 0: right */
    uint16_t cut;        /* the frame is this long, 0: as it should be */
    uint16_t fragment;
    uint8_t options, ttl;        /* ttl 0: 64; 255: zero */
    uint8_t flip;                /* bit of the header turned after the checksum, 1.. */
    const struct answer *answer; /* NULL: protect */
    enum out_counter want;       /* OUT_ENCRYPTED: protect, which this stage does not count */
};

static size_t build(const struct given *g, uint8_t *frame)
{
    uint8_t ip[PACKET_MAX];
    struct packet_spec spec = {
        .src = 0x0a010001,
        .dst = 0x0a020002,
        .proto = g->proto ? g->proto : 17,
        .sport = 1,
        .dport = 2,
        .ttl = g->ttl ? g->ttl : 64,
        .fragment = g->fragment,
        .options = g->options,
        .len = g->len ? g->len : 100,
    };
    size_t len = packet_build(&spec, ip);

    if (g->version_ihl)
        ip[0] = g->version_ihl;
    if (g->total)
        put16(ip + 2, g->total);
    if (g->ttl == 255)
        ip[8] = 0;
    if ((ip[0] & 15) >= 5)
        packet_ip_checksum(ip);
    if (g->flip)
        ip[(g->flip - 1) / 8] ^= (uint8_t)(0x80u >> (g->flip - 1) % 8);
    len = packet_frame(g->mac ? g->mac : out_plain_mac, out_peer_mac, ip, len, 60, frame);
    if (g->type)
        put16(frame + 12, g->type);
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
    rtl_set(r_slot, SLOT);
    rtl_set(r_shape, answer->mtu);
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
        assert_true(i < 300);
        cycle(answer);
    }
    assert_true(axis_idle(&in)); /* never before the frame is there whole */
    assert_int_equal(rtl_get(v_protect), g->want == OUT_ENCRYPTED);
    assert_int_equal(rtl_get(v_host), g->want >= OUT_HOST_MAC && g->want <= OUT_HOST_MTU);
    assert_int_equal(rtl_get(v_beats), (n - 1) / 64);
    if (g->want == OUT_ENCRYPTED) {
        assert_int_equal(rtl_get(v_slot), SLOT);
        size_t ct = (get16(frame + 16) + 2u + 3) / 4 * 4, blocks = (ct + 15) / 16 + 2;
        assert_int_equal(rtl_get(v_len), get16(frame + 16));
        assert_int_equal(rtl_get(v_slots), (blocks + 3) / 4 - 1);
        assert_int_equal(rtl_get(v_most) + 1,
                         (n + 63) / 64 > (blocks + 3) / 4 ? (n + 63) / 64 : (blocks + 3) / 4);
    }
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

static const uint8_t other[6] = {0x02, 0, 0, 0, 0, 0x11},
                     broadcast[6] = {255, 255, 255, 255, 255, 255},
                     group[6] = {1, 0, 0x5e, 0, 0, 5};

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
        {.type = 0x86dd, .version_ihl = 0x60, .want = OUT_HOST_NOT_IP},
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
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        judge(&cases[i]);
    /* What came from the host is never handed back to it; its drops keep their reason. */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct given g = cases[i];
        g.host = true;
        if (g.want == OUT_HOST_MAC)
            continue;
        if (g.want > OUT_HOST_MAC && g.want <= OUT_HOST_MTU)
            g.want = OUT_DROP_LOOP;
        judge(&g);
    }
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
    v_slots = rtl_port(rtl, "v_slots");
    v_beats = rtl_port(rtl, "v_beats");
    v_most = rtl_port(rtl, "v_most");
    plain_set = rtl_port(rtl, "plain_mac_set");
    rtl_set(rtl_port(rtl, "engine_mac_set"), 1);
    rtl_set_be(rtl_port(rtl, "plain_mac"), out_plain_mac, 6);
    rtl_set_be(rtl_port(rtl, "engine_mac"), out_engine_mac, 6);
    struct axis *const ends[] = {&in};
    axis_reset(rtl, ends, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_reason),
        cmocka_unit_test(test_every_flipped_bit_of_a_header),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    axis_clear(&in);
    rtl_free(rtl);
    return rc;
}
