/* SPDX-License-Identifier: Apache-2.0 */
/* The tables as the outbound engine sees them: policies, SAs, powers of H, next hops (out_bench.h).
 */
#include "tests/lib/out_bench.h"

#include <string.h>

enum { POLICY_MAX = 32 };

static struct {
    struct rtl_port lk_valid, lk_family, lk_src, lk_dst, lk_proto, lk_sport, lk_dport;
    struct rtl_port lk_opaque, r_opaque, r_valid, r_hit, r_action, r_slot_ok, r_slot, r_shape;
    struct rtl_port r_row, r_serial, r_bad;
    struct rtl_port sa_en, sa_slot, sa_ok, sa_spi, sa_salt, sa_key, sa_key256, sa_src, sa_dst;
    struct rtl_port sa_family, sa_esn, sa_encap, sa_sport, sa_dport, sa_nexthop, sa_ttl, sa_outer;
    struct rtl_port sa_transport, sa_gmac, sa_limits, sa_bad;
    struct rtl_port hp_en, hp_slot, hp_data, nh_en, nh_index, nh_ok, nh_mac, nh_vlan_set, nh_vlan;
} p;

/* A read under way: asked a cycle ago, two cycles ago, and three. */
struct read {
    bool valid;
    unsigned row;
};
static struct read sa_read[3], nh_read[3], hp_read[3];
static struct {
    bool valid, opaque, known;
    uint8_t policy, slot;
} policy_read[POLICY_MAX];

void out_tables_open(struct rtl *rtl)
{
    p.lk_valid = rtl_port(rtl, "policy_lk_valid");
    p.lk_family = rtl_port(rtl, "policy_lk_family");
    p.lk_src = rtl_port(rtl, "policy_lk_src");
    p.lk_dst = rtl_port(rtl, "policy_lk_dst");
    p.lk_proto = rtl_port(rtl, "policy_lk_proto");
    p.lk_sport = rtl_port(rtl, "policy_lk_sport");
    p.lk_dport = rtl_port(rtl, "policy_lk_dport");
    p.lk_opaque = rtl_port(rtl, "policy_lk_opaque");
    p.r_opaque = rtl_port(rtl, "policy_r_opaque");
    p.r_valid = rtl_port(rtl, "policy_r_valid");
    p.r_hit = rtl_port(rtl, "policy_r_hit");
    p.r_action = rtl_port(rtl, "policy_r_action");
    p.r_slot_ok = rtl_port(rtl, "policy_r_slot_ok");
    p.r_slot = rtl_port(rtl, "policy_r_slot");
    p.r_shape = rtl_port(rtl, "policy_r_shape");
    p.sa_bad = rtl_port(rtl, "sa_rd_bad");
    p.r_bad = rtl_port(rtl, "policy_r_bad");
    p.r_row = rtl_port(rtl, "policy_r_row");
    p.r_serial = rtl_port(rtl, "policy_r_serial");
    p.sa_transport = rtl_port(rtl, "sa_rd_transport");
    p.sa_gmac = rtl_port(rtl, "sa_rd_gmac");
    p.nh_vlan_set = rtl_port(rtl, "nh_rd_vlan_set");
    p.nh_vlan = rtl_port(rtl, "nh_rd_vlan");
    p.sa_en = rtl_port(rtl, "sa_rd_en");
    p.sa_slot = rtl_port(rtl, "sa_rd_slot");
    p.sa_ok = rtl_port(rtl, "sa_rd_ok");
    p.sa_spi = rtl_port(rtl, "sa_rd_spi");
    p.sa_salt = rtl_port(rtl, "sa_rd_salt");
    p.sa_key = rtl_port(rtl, "sa_rd_key");
    p.sa_key256 = rtl_port(rtl, "sa_rd_key256");
    p.sa_src = rtl_port(rtl, "sa_rd_src");
    p.sa_dst = rtl_port(rtl, "sa_rd_dst");
    p.sa_family = rtl_port(rtl, "sa_rd_family");
    p.sa_esn = rtl_port(rtl, "sa_rd_esn");
    p.sa_encap = rtl_port(rtl, "sa_rd_encap");
    p.sa_sport = rtl_port(rtl, "sa_rd_sport");
    p.sa_dport = rtl_port(rtl, "sa_rd_dport");
    p.sa_nexthop = rtl_port(rtl, "sa_rd_nexthop");
    p.sa_ttl = rtl_port(rtl, "sa_rd_ttl");
    p.sa_outer = rtl_port(rtl, "sa_rd_outer");
    p.sa_limits = rtl_port(rtl, "sa_rd_limits");
    p.hp_en = rtl_port(rtl, "hp_en");
    p.hp_slot = rtl_port(rtl, "hp_slot");
    p.hp_data = rtl_port(rtl, "hp_data");
    p.nh_en = rtl_port(rtl, "nh_rd_en");
    p.nh_index = rtl_port(rtl, "nh_rd_index");
    p.nh_ok = rtl_port(rtl, "nh_rd_ok");
    p.nh_mac = rtl_port(rtl, "nh_rd_mac");
}

static void noise(struct rtl_port port)
{
    for (unsigned i = 0; i < (port.width + 7) / 8; i++)
        port.bits[i] = (uint8_t)(rng_next(&out_bench.rng) >> 9);
    if (port.width & 7)
        port.bits[port.width / 8] &= (uint8_t)((1u << (port.width & 7)) - 1);
}

static void set_address(struct rtl_port port, const struct esp_model_sa *esp, uint32_t address,
                        const uint8_t address6[16])
{
    uint8_t bytes[16] = {0};
    put32(bytes, address);
    rtl_set_be(port, esp->v6 ? address6 : bytes, 16);
}

static void answer_sa(void)
{
    const struct out_sa *sa = &out_bench.sa[sa_read[1].row % OUT_SLOTS];
    uint8_t key[32] = {0};

    noise(p.sa_bad);
    if (sa_read[2].valid)
        rtl_set(p.sa_bad, out_bench.sa[sa_read[2].row % OUT_SLOTS].bad);
    if (!sa_read[1].valid) { /* what nobody asked for is anything */
        noise(p.sa_ok), noise(p.sa_spi), noise(p.sa_key), noise(p.sa_nexthop), noise(p.sa_dst);
        noise(p.sa_outer), noise(p.sa_transport), noise(p.sa_gmac), noise(p.sa_family);
        noise(p.sa_limits);
        return;
    }
    memcpy(key, sa->esp.key, sa->esp.key_len);
    rtl_set(p.sa_ok, sa->ok);
    rtl_set(p.sa_spi, sa->esp.spi);
    rtl_set_be(p.sa_salt, sa->esp.salt, 4);
    rtl_set_be(p.sa_key, key, 32);
    rtl_set(p.sa_key256, sa->esp.key_len == 32);
    set_address(p.sa_src, &sa->esp, sa->esp.src, sa->esp.src6);
    set_address(p.sa_dst, &sa->esp, sa->esp.dst, sa->esp.dst6);
    rtl_set(p.sa_family, sa->esp.v6);
    rtl_set(p.sa_transport, sa->esp.transport);
    rtl_set(p.sa_gmac, sa->esp.gmac);
    rtl_set(p.sa_esn, sa->esp.esn);
    rtl_set(p.sa_encap, sa->esp.encap);
    rtl_set(p.sa_sport, sa->esp.sport);
    rtl_set(p.sa_dport, sa->esp.dport);
    rtl_set(p.sa_nexthop, sa->nexthop);
    rtl_set(p.sa_ttl, sa->esp.ttl);
    rtl_set_be(p.sa_limits, sa->limits, sizeof sa->limits);
    rtl_set(p.sa_outer, (uint64_t)(sa->esp.dscp | sa->esp.dscp_set << 6 | sa->esp.df << 7 |
                                   sa->esp.df_set << 8 | sa->esp.ecn_off << 9 |
                                   sa->esp.flow_zero << 10));
}

static void answer_nexthop(void)
{
    unsigned row = nh_read[1].row;

    noise(p.nh_ok), noise(p.nh_mac), noise(p.nh_vlan_set), noise(p.nh_vlan);
    if (!nh_read[1].valid)
        return;
    rtl_set(p.nh_ok, row >= 1 && row <= OUT_SLOTS);
    if (row >= 1 && row <= OUT_SLOTS) {
        rtl_set_be(p.nh_mac, out_bench.sa[row - 1].esp.dst_mac, 6);
        rtl_set(p.nh_vlan_set, out_bench.sa[row - 1].vlan_set);
        rtl_set(p.nh_vlan, out_bench.sa[row - 1].vlan);
    }
}

static void answer_powers(void)
{
    if (!hp_read[1].valid)
        return;
    for (unsigned n = 0; n < 16; n++)
        for (unsigned i = 0; i < 16; i++)
            p.hp_data.bits[n * 16 + i] = out_bench.sa[hp_read[1].row % OUT_SLOTS].powers[n][15 - i];
}

static uint32_t shape_of(const struct out_sa *sa)
{
    if (sa->other_shape)
        return sa->shape;
    return (uint32_t)sa->esp.tfc << 18 | (uint32_t)(sa->esp.gmac && sa->esp.esn) << 17 |
           (uint32_t)sa->esp.transport << 16 | sa->mtu;
}

static void answer_policy(void)
{
    unsigned at = out_bench.policy_latency - 1;
    enum out_policy policy = policy_read[at].policy;
    bool protects = policy == OUT_PROTECT || policy == OUT_PORTS;

    rtl_set(p.r_valid, policy_read[at].valid);
    noise(p.r_hit), noise(p.r_opaque), noise(p.r_action), noise(p.r_slot_ok), noise(p.r_slot),
        noise(p.r_shape), noise(p.r_row), noise(p.r_serial), noise(p.r_bad);
    if (!policy_read[at].valid || !policy_read[at].known)
        return;
    rtl_set(p.r_bad, out_bench.sa[policy_read[at].slot % OUT_SLOTS].bad_policy);
    if (rtl_get(p.r_bad)) /* then nothing else is true */
        return;
    rtl_set(p.r_hit, policy != OUT_MISS);
    rtl_set(p.r_opaque, policy_read[at].opaque && policy == OUT_PORTS);
    rtl_set(p.r_action, policy == OUT_DISCARD ? 0 : policy == OUT_BYPASS ? 1 : 2);
    rtl_set(p.r_slot_ok, protects);
    rtl_set(p.r_row, OUT_ROW(policy));
    rtl_set(p.r_serial, OUT_SERIAL(policy));
    if (protects) {
        rtl_set(p.r_slot, policy_read[at].slot);
        rtl_set(p.r_shape, shape_of(&out_bench.sa[policy_read[at].slot % OUT_SLOTS]));
    }
}

static void ask(struct read list[3], struct rtl_port en, struct rtl_port row)
{
    list[2] = list[1];
    list[1] = list[0];
    list[0].valid = rtl_get(en);
    list[0].row = (unsigned)rtl_get(row);
}

static void ask_policy(void)
{
    memmove(policy_read + 1, policy_read, sizeof policy_read - sizeof *policy_read);
    policy_read[0].valid = rtl_get(p.lk_valid);
    if (!policy_read[0].valid)
        return;
    rtl_get_be(p.lk_src, out_bench.lookup.src, 16);
    rtl_get_be(p.lk_dst, out_bench.lookup.dst, 16);
    out_bench.lookup.proto = (uint8_t)rtl_get(p.lk_proto);
    out_bench.lookup.sport = (uint16_t)rtl_get(p.lk_sport);
    out_bench.lookup.dport = (uint16_t)rtl_get(p.lk_dport);
    out_bench.lookup.family = (uint8_t)rtl_get(p.lk_family);
    out_bench.lookup.opaque = rtl_get(p.lk_opaque);
    const uint8_t *dst = out_bench.lookup.dst;
    policy_read[0].known = out_bench.lookup.family ? dst[0] == 0x20 && dst[5] == 2
                                                   : dst[0] == 10 && dst[1] == 2;
    policy_read[0].policy = dst[out_bench.lookup.family ? 14 : 2];
    policy_read[0].slot = dst[out_bench.lookup.family ? 15 : 3];
    policy_read[0].opaque = out_bench.lookup.opaque;
}

void out_tables_forget(void)
{
    memset(sa_read, 0, sizeof sa_read);
    memset(nh_read, 0, sizeof nh_read);
    memset(hp_read, 0, sizeof hp_read);
    memset(policy_read, 0, sizeof policy_read);
    rtl_set(p.r_valid, 0);
}

void out_tables_answer(void)
{
    answer_sa();
    answer_nexthop();
    answer_powers();
    answer_policy();
}

void out_tables_ask(void)
{
    ask(sa_read, p.sa_en, p.sa_slot);
    ask(nh_read, p.nh_en, p.nh_index);
    ask(hp_read, p.hp_en, p.hp_slot);
    ask_policy();
}
