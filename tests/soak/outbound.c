/* SPDX-License-Identifier: Apache-2.0 */
/* Frames from the LAN and from host0 (see soak.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/soak/soak.h"

#define BYPASS_HOST  0x0a050001u
#define DISCARD_HOST 0x0a050002u
#define NO_SA_HOST   0x0a050003u
#define STRANGER     0x0a060001u
#define LAN_HOST     0x0a010001u

static uint8_t frame[ESP_MODEL_MAX], ip[PACKET_MAX];

void soak_send(enum engine_port from, const uint8_t *data, size_t len)
{
    axis_send(&engine.in[from], data, len);
    soak.sent++;
    soak.want[ESPL_CNT_PLAIN_RX_FRAMES + 4 * from]++;
}

/* Most are short; some as long as the card takes */
static size_t any_length(size_t least)
{
    uint32_t kind = soak_random(20);
    size_t most = kind == 0 ? FLOW_MAX_LEN : kind < 9 ? 1500 : 200;
    return least + soak_random((uint32_t)(most - least + 1));
}

static struct soak_flow *any_flow(void)
{
    for (unsigned tries = 0; tries < 100; tries++) {
        struct soak_flow *s = &soak.flow[soak_random(SOAK_FLOWS)];
        if (s->alive)
            return s;
    }
    return NULL;
}

/* A flow's packet with all that a header may say */
static size_t any_packet(struct soak_flow *s, uint8_t ttl)
{
    static const uint8_t protos[] = {17, 17, 6, 1, 89};
    struct packet_spec spec = flow_spec(&s->f, false, any_length(flow_least(&s->f)), soak.rng);
    spec.proto = protos[soak_random(5)];
    if (spec.v6 && spec.proto == 1)
        spec.proto = 58;
    spec.tos = (uint8_t)soak_random(256);
    spec.ttl = ttl;
    spec.df = soak_chance(50);
    spec.id = (uint16_t)rng_next(&soak.rng);
    spec.flow = soak_random(1u << 20);
    return packet_build(&spec, ip);
}

/* To be encrypted; from host0 by way of the engine's own address */
static void protect(enum engine_port from)
{
    struct soak_flow *s = any_flow();
    if (!s)
        return;
    size_t len = any_packet(s, (uint8_t)(2 + soak_random(254)));
    int tci = soak.caps.mode & ESPL_CAP_MODE_VLAN_MASK && soak_chance(10)
                  ? (int)(soak_random(0xfff0) | 1)
                  : -1;
    size_t n = packet_frame(from == ENGINE_HOST0 ? engine_own_mac : engine_plain_mac,
                            engine_lan_mac, ip, len, 60, frame);
    bool too_long = len > (s->kind.mtu ? s->kind.mtu : FLOW_MAX_LEN);
    if (n + PACKET_VLAN > soak.caps.max_frame)
        tci = -1;
    if (tci >= 0)
        n = packet_tag(frame, n, (uint16_t)tci);
    if (too_long && from == ENGINE_HOST0)
        return; /* would go round in a circle, and is dropped: a test of its own */
    if (too_long) {
        soak.want[ESPL_CNT_OUT_HOST_MTU]++;
        expect_frame(ENGINE_HOST0, from, frame, n);
    } else {
        soak.want[ESPL_CNT_OUT_ENCRYPTED]++;
        expect_sealed(from, s, ip, len, tci);
    }
    soak_send(from, frame, n);
}

/* A packet of no flow: what becomes of it is in `counter` */
static void to_host(uint32_t dst, unsigned counter, bool dropped)
{
    struct packet_spec spec = {.src = LAN_HOST,
                               .dst = dst,
                               .proto = 17,
                               .sport = 1,
                               .dport = 2,
                               .len = any_length(PACKET_IP4),
                               .seed = soak.rng};
    size_t n = packet_frame(engine_plain_mac, engine_lan_mac, ip, packet_build(&spec, ip), 60,
                            frame);
    soak.want[counter]++;
    if (!dropped)
        expect_frame(ENGINE_HOST0, ENGINE_PLAIN, frame, n);
    soak_send(ENGINE_PLAIN, frame, n);
}

static void last_hop(void)
{
    struct soak_flow *s = any_flow();
    if (!s)
        return;
    size_t len = any_packet(s, 1);
    if (len > 1400 || s->kind.mtu || s->kind.transport)
        return; /* other reasons come first */
    size_t n = packet_frame(engine_plain_mac, engine_lan_mac, ip, len, 60, frame);
    soak.want[ESPL_CNT_OUT_HOST_TTL]++;
    expect_frame(ENGINE_HOST0, ENGINE_PLAIN, frame, n);
    soak_send(ENGINE_PLAIN, frame, n);
}

static void bad_checksum(void)
{
    struct soak_flow *s = any_flow();
    if (!s || s->kind.inner_v6)
        return;
    size_t n = packet_frame(engine_plain_mac, engine_lan_mac, ip, any_packet(s, 64), 60, frame);
    frame[PACKET_ETH + 10 + soak_random(2)] ^= (uint8_t)(1u << soak_random(8));
    soak.want[ESPL_CNT_OUT_DROP_BAD_HEADER]++;
    soak_send(ENGINE_PLAIN, frame, n);
}

/* Not IP, or for another address: to the host as it is */
static void not_for_us(bool arp)
{
    size_t n = 60 + soak_random(1400);
    rng_fill(&soak.rng, frame, n);
    memcpy(frame, engine_plain_mac, 6);
    memcpy(frame + 6, engine_lan_mac, 6);
    put16(frame + 12, arp ? 0x0806 : 0x0800);
    if (!arp)
        frame[5] ^= 0x40;
    soak.want[arp ? ESPL_CNT_OUT_HOST_NOT_IP : ESPL_CNT_OUT_HOST_MAC]++;
    expect_frame(ENGINE_HOST0, ENGINE_PLAIN, frame, n);
    soak_send(ENGINE_PLAIN, frame, n);
}

/* The kernel's own frames pass */
static void pass(void)
{
    size_t n = 60 + soak_random(1400);
    rng_fill(&soak.rng, frame, n);
    frame[0] = 0x52;
    expect_frame(ENGINE_PLAIN, ENGINE_HOST0, frame, n);
    soak_send(ENGINE_HOST0, frame, n);
}

/* The MAC says it is bad; too short to be one; too long */
static void broken(enum engine_port from)
{
    static uint8_t big[9400];
    uint32_t what = soak_random(3);
    unsigned counter = ESPL_CNT_PLAIN_DROP_ERROR + 3 * (unsigned)from + what;
    rng_fill(&soak.rng, big, 100);
    if (what == 0)
        axis_send_bad(&engine.in[from], big, 14 + soak_random(1500));
    else
        axis_send(&engine.in[from], big, what == 1 ? 1 + soak_random(13) : 9100 + soak_random(300));
    soak.want[counter]++;
    soak.sent++;
}

void outbound_make(enum engine_port from)
{
    uint32_t what = soak_random(100);
    if (what == 0) {
        broken(from);
    } else if (from == ENGINE_HOST0) {
        if (what < 50)
            pass();
        else
            protect(from);
    } else if (what < 85) {
        protect(from);
    } else if (what < 87) {
        to_host(BYPASS_HOST, ESPL_CNT_OUT_HOST_BYPASS, false);
    } else if (what < 89) {
        to_host(DISCARD_HOST, ESPL_CNT_OUT_DROP_DISCARD, true);
    } else if (what < 91) {
        to_host(NO_SA_HOST, ESPL_CNT_OUT_DROP_NO_SA, true);
    } else if (what < 93) {
        to_host(STRANGER, ESPL_CNT_OUT_HOST_NO_POLICY, false);
    } else if (what < 95) {
        last_hop();
    } else if (what < 97) {
        bad_checksum();
    } else {
        not_for_us(what < 99);
    }
}

static void install(uint32_t dst, enum espl_action action)
{
    struct espl_policy p = {.action = action};
    p.selector.src.addr.family = p.selector.dst.addr.family = ESPL_IPV4;
    p.selector.dst.len = 32;
    p.selector.sport.last = p.selector.dport.last = UINT16_MAX;
    put32(p.selector.dst.addr.bytes, dst);
    p.reqid = action == ESPL_PROTECT ? 0xffff : 0;
    p.tmpl_src.family = p.tmpl_dst.family = ESPL_IPV4;
    flow_must(soak.card, espl_policy_add(soak.card, &p), "policy");
}

void outbound_policies(void)
{
    install(BYPASS_HOST, ESPL_BYPASS);
    install(DISCARD_HOST, ESPL_DISCARD);
    install(NO_SA_HOST, ESPL_PROTECT);
}
