/* SPDX-License-Identifier: Apache-2.0 */
/* The whole engine on a bench (see engine.h). */
#include "tests/lib/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct engine engine;

const uint8_t engine_plain_mac[6] = {0x02, 0, 0, 0, 0x01, 0x01};
const uint8_t engine_cipher_mac[6] = {0x02, 0, 0, 0, 0x01, 0x02};
const uint8_t engine_own_mac[6] = {0x02, 0, 0, 0, 0x01, 0x03};
const uint8_t engine_lan_mac[6] = {0x02, 0, 0, 0, 0x02, 0x01};
const uint8_t engine_wan_mac[6] = {0x02, 0, 0, 0, 0x02, 0x02};

static const char *const in_names[] = {"s_axis_plain", "s_axis_cipher", "s_axis_host0",
                                       "s_axis_host1"};
static const char *const out_names[] = {"m_axis_plain", "m_axis_cipher", "m_axis_host0",
                                        "m_axis_host1"};

void engine_open(void)
{
    engine.rtl = rtl_new(NULL);
    assert_non_null(engine.rtl);
    for (int i = 0; i < ENGINE_PORTS; i++) {
        axis_source_init(&engine.in[i], engine.rtl, in_names[i]);
        axis_sink_init(&engine.out[i], engine.rtl, out_names[i]);
        engine.streams[i] = &engine.in[i];
        engine.streams[ENGINE_PORTS + i] = &engine.out[i];
    }
    host_init(&engine.host, engine.rtl, engine.streams, 2 * ENGINE_PORTS);
}

void engine_close(void)
{
    for (int i = 0; i < 2 * ENGINE_PORTS; i++)
        axis_clear(engine.streams[i]);
    rtl_free(engine.rtl);
}

void engine_pauses(unsigned percent_in, unsigned percent_out)
{
    for (int i = 0; i < ENGINE_PORTS; i++) {
        engine.in[i].pause = percent_in;
        engine.out[i].pause = percent_out;
    }
}

void engine_mac_entry(const uint8_t mac[6], uint32_t words[ESPL_NEXTHOP_ENTRY_WORDS])
{
    memset(words, 0, ESPL_NEXTHOP_ENTRY_WORDS * sizeof *words);
    words[ESPL_NEXTHOP_ENTRY_MAC_HI] = ESPL_NEXTHOP_ENTRY_MAC_HI_USED_MASK | get16(mac);
    words[ESPL_NEXTHOP_ENTRY_MAC_LO] = get32(mac + 2);
}

static void must(uint32_t op, uint32_t index, const uint32_t *words, size_t count)
{
    uint32_t reason = host_op(&engine.host, op, index, words, count);
    if (reason != ESPL_REASON_OK)
        fail_msg("operation %02x on %u: reason %02x, detail %u", op, index, reason,
                 engine.host.detail);
}

void engine_setup(void)
{
    uint32_t w[ESPL_NEXTHOP_ENTRY_WORDS];
    engine_mac_entry(engine_plain_mac, w);
    must(ESPL_OP_PORT_SET, 0, w, 4);
    engine_mac_entry(engine_cipher_mac, w);
    must(ESPL_OP_PORT_SET, 1, w, 4);
    engine_mac_entry(engine_own_mac, w);
    must(ESPL_OP_PORT_SET, 2, w, 4);
    engine_mac_entry(engine_lan_mac, w);
    must(ESPL_OP_NEXTHOP_SET, ENGINE_HOP_LAN, w, 4);
    engine_mac_entry(engine_wan_mac, w);
    must(ESPL_OP_NEXTHOP_SET, ENGINE_HOP_WAN, w, 4);
}

void engine_restart(void)
{
    for (int i = 0; i < 2 * ENGINE_PORTS; i++)
        axis_clear(engine.streams[i]);
    engine_pauses(0, 0);
    engine.sent = 0;
    axis_reset(engine.rtl, engine.streams, 2 * ENGINE_PORTS);
    host_wait_ready(&engine.host);
    engine_setup();
}

void engine_send(enum engine_port port, const uint8_t *frame, size_t len)
{
    axis_send(&engine.in[port], frame, len);
    engine.sent++;
}

void engine_drain(void)
{
    uint64_t quiet = 0, beats = 0, start = rtl_cycles(engine.rtl);
    while (quiet < 400) {
        uint64_t now = 0;
        host_cycle(&engine.host);
        for (int i = 0; i < 2 * ENGINE_PORTS; i++)
            now += engine.streams[i]->beats;
        bool idle = true;
        for (int i = 0; i < ENGINE_PORTS; i++)
            idle = idle && axis_idle(&engine.in[i]);
        quiet = idle && now == beats ? quiet + 1 : 0;
        beats = now;
        assert_true(rtl_cycles(engine.rtl) - start < 2000000);
    }
}

struct frame *engine_take(enum engine_port port)
{
    return axis_receive(&engine.out[port]);
}

size_t engine_waiting(enum engine_port port)
{
    size_t n = 0;
    for (const struct frame *f = engine.out[port].head; f; f = f->next)
        n++;
    return n;
}

static uint32_t algorithm(const struct esp_model_sa *sa)
{
    if (sa->gmac)
        return sa->key_len == 16 ? ESPL_ALG_GMAC_128 : ESPL_ALG_GMAC_256;
    return sa->key_len == 16 ? ESPL_ALG_GCM16_128 : ESPL_ALG_GCM16_256;
}

static void outer_addresses(const struct esp_model_sa *sa, uint32_t words[ESPL_SA_ENTRY_WORDS])
{
    words[ESPL_SA_ENTRY_SRC] = sa->src;
    words[ESPL_SA_ENTRY_DST] = sa->dst;
    if (!sa->v6)
        return;
    words[ESPL_SA_ENTRY_FLAGS] |= ESPL_SA_ENTRY_FLAGS_OUTER_FAMILY_MASK;
    for (size_t i = 0; i < 4; i++) {
        words[ESPL_SA_ENTRY_SRC + i] = get32(sa->src6 + 4 * i);
        words[ESPL_SA_ENTRY_DST + i] = get32(sa->dst6 + 4 * i);
    }
}

void engine_sa_entry(const struct esp_model_sa *sa, bool in, uint32_t words[ESPL_SA_ENTRY_WORDS])
{
    memset(words, 0, ESPL_SA_ENTRY_WORDS * sizeof *words);
    words[ESPL_SA_ENTRY_FLAGS] = algorithm(sa) |
                                 (sa->transport ? (uint32_t)ESPL_MODE_TRANSPORT
                                                      << ESPL_SA_ENTRY_FLAGS_MODE_SHIFT
                                                : 0u) |
                                 (sa->flow_zero ? ESPL_SA_ENTRY_FLAGS_FLOW_ZERO_MASK : 0u) |
                                 (sa->decap_dscp ? ESPL_SA_ENTRY_FLAGS_DECAP_DSCP_MASK : 0u) |
                                 (sa->encap ? ESPL_SA_ENTRY_FLAGS_ENCAP_MASK : 0u) |
                                 (sa->esn ? ESPL_SA_ENTRY_FLAGS_ESN_MASK : 0u) |
                                 ((uint32_t)sa->dscp << ESPL_SA_ENTRY_FLAGS_DSCP_SHIFT) |
                                 (sa->dscp_set ? ESPL_SA_ENTRY_FLAGS_DSCP_SET_MASK : 0u) |
                                 (sa->df ? ESPL_SA_ENTRY_FLAGS_DF_MASK : 0u) |
                                 (sa->df_set ? ESPL_SA_ENTRY_FLAGS_DF_SET_MASK : 0u) |
                                 (sa->ecn_off ? ESPL_SA_ENTRY_FLAGS_ECN_OFF_MASK : 0u);
    words[ESPL_SA_ENTRY_SPI] = sa->spi;
    words[ESPL_SA_ENTRY_SALT] = get32(sa->salt);
    for (size_t i = 0; i < sa->key_len / 4; i++)
        words[ESPL_SA_ENTRY_KEY + i] = get32(sa->key + 4 * i);
    outer_addresses(sa, words);
    words[ESPL_SA_ENTRY_EXTRA] = in ? (uint32_t)sa->csum_delta << ESPL_SA_ENTRY_EXTRA_CSUM_DELTA_SHIFT
                                    : sa->tfc;
    words[ESPL_SA_ENTRY_ENCAP] = (uint32_t)sa->dport << 16 | sa->sport;
    words[ESPL_SA_ENTRY_ROUTE] =
        (uint32_t)sa->ttl << ESPL_SA_ENTRY_ROUTE_TTL_SHIFT | (in ? ENGINE_HOP_LAN : ENGINE_HOP_WAN);
    words[ESPL_SA_ENTRY_SIZES] = in ? 64u << ESPL_SA_ENTRY_SIZES_WINDOW_SHIFT : 9000u;
    words[ESPL_SA_ENTRY_SEL_SPORT] = 0xffff0000u;
    words[ESPL_SA_ENTRY_SEL_DPORT] = 0xffff0000u;
}

uint32_t engine_sa_add(const struct esp_model_sa *sa, bool in, uint32_t slot)
{
    uint32_t w[ESPL_SA_ENTRY_WORDS];
    engine_sa_entry(sa, in, w);
    return host_op(&engine.host, in ? ESPL_OP_SA_IN_ADD : ESPL_OP_SA_OUT_ADD, slot, w,
                   ESPL_SA_ENTRY_WORDS);
}

void engine_policy_entry(enum espl_map_action action, uint32_t slot, uint32_t dst, unsigned len,
                         uint32_t words[ESPL_POLICY_ENTRY_WORDS])
{
    memset(words, 0, ESPL_POLICY_ENTRY_WORDS * sizeof *words);
    words[ESPL_POLICY_ENTRY_FLAGS] = action;
    words[ESPL_POLICY_ENTRY_SA_SLOT] = action == ESPL_ACTION_PROTECT ? slot : 0;
    words[ESPL_POLICY_ENTRY_DST_VALUE] = dst;
    words[ESPL_POLICY_ENTRY_DST_MASK] = len ? UINT32_MAX << (32 - len) : 0;
    words[ESPL_POLICY_ENTRY_SPORT] = words[ESPL_POLICY_ENTRY_DPORT] = 0xffff0000;
}

uint32_t engine_neigh_cell(uint32_t addr, unsigned bank)
{
    uint32_t crc = UINT32_MAX;
    uint8_t bytes[16] = {0};
    put32(bytes, addr);
    for (int i = 0; i < 16; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    return (bank * 1024 + (bank ? crc >> 16 : crc) % 1024) * 4 + addr % 4; /* any place will do */
}

void engine_neigh_set(uint32_t addr, uint32_t nexthop, unsigned bank)
{
    uint32_t w[ESPL_NEIGH_ENTRY_WORDS] = {0};
    w[ESPL_NEIGH_ENTRY_ADDR] = addr;
    w[ESPL_NEIGH_ENTRY_NEXTHOP] = nexthop;
    must(ESPL_OP_NEIGH_SET, engine_neigh_cell(addr, bank), w, ESPL_NEIGH_ENTRY_WORDS);
}

struct esp_model_sa engine_sa(uint32_t seed, size_t key_len, bool encap, uint32_t spi)
{
    struct esp_model_sa sa = {.key_len = key_len,
                              .spi = spi,
                              .encap = encap,
                              .ttl = 64,
                              .src = 0xc0000201,
                              .dst = 0xc6336401};
    uint32_t rng = seed * 2654435761u + 1;
    rng_fill(&rng, sa.key, key_len);
    rng_fill(&rng, sa.salt, sizeof sa.salt);
    if (encap)
        sa.sport = sa.dport = 4500;
    memcpy(sa.src_mac, engine_cipher_mac, 6);
    memcpy(sa.dst_mac, engine_wan_mac, 6);
    return sa;
}

size_t engine_frame(uint32_t dst, size_t len, uint32_t seed, uint8_t *frame)
{
    uint8_t ip[PACKET_MAX];
    struct packet_spec spec = {.src = 0x0a010001,
                               .dst = dst,
                               .proto = 17,
                               .sport = 1000,
                               .dport = 2000,
                               .len = len,
                               .seed = seed,
                               .id = (uint16_t)seed};
    size_t n = packet_build(&spec, ip);
    return packet_frame(engine_plain_mac, engine_lan_mac, ip, n, 60, frame);
}

static uint64_t sum(unsigned first, unsigned last)
{
    uint64_t s = 0;
    for (unsigned i = first; i <= last; i++)
        s += host_counter(&engine.host, i);
    return s;
}

void engine_account(void)
{
    host_cycles(&engine.host, 300); /* the counters' walk */
    uint64_t rx = 0, tx = 0;
    for (unsigned p = 0; p < 4; p++) {
        rx += host_counter(&engine.host, ESPL_CNT_PLAIN_RX_FRAMES + 4 * p);
        tx += host_counter(&engine.host, ESPL_CNT_PLAIN_TX_FRAMES + 4 * p);
    }
    uint64_t refused = sum(ESPL_CNT_PLAIN_DROP_ERROR, ESPL_CNT_HOST1_DROP_OVERSIZE);
    uint64_t dropped = sum(ESPL_CNT_HOST0_DROP_FULL, ESPL_CNT_HOST1_DROP_FULL) +
                       sum(ESPL_CNT_OUT_DROP_DISCARD, ESPL_CNT_OUT_TABLE_ERRORS) +
                       sum(ESPL_CNT_IN_DROP_KEEPALIVE, ESPL_CNT_IN_DROP_LOOP) +
                       sum(ESPL_CNT_IN_DROP_LIFETIME, ESPL_CNT_IN_TABLE_ERRORS);
    if (rx + refused != engine.sent || rx != tx + dropped)
        fail_msg("%llu sent; %llu in, %llu refused; %llu out, %llu dropped",
                 (unsigned long long)engine.sent, (unsigned long long)rx,
                 (unsigned long long)refused, (unsigned long long)tx, (unsigned long long)dropped);
}
