/* SPDX-License-Identifier: Apache-2.0 */
/* The inbound engine on a bench (see in_bench.h). */
#include "tests/lib/in_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NEIGH_LATENCY 6 /* hw/lookup/neigh_table.v */

struct in_bench in_bench;

const uint8_t in_plain_mac[6] = {0x02, 0, 0, 0, 0, 0x11};
const uint8_t in_cipher_mac[6] = {0x02, 0, 0, 0, 0, 0x12};
const uint8_t in_engine_mac[6] = {0x02, 0, 0, 0, 0, 0x13};

const char *const in_counter_names[IN_COUNTERS] = {
    "cnt_in_decrypted", "cnt_in_host_mac", "cnt_in_host_not_esp", "cnt_in_host_fragment",
    "cnt_in_host_options", "cnt_in_host_ike", "cnt_in_host_spi", "cnt_in_drop_keepalive",
    "cnt_in_drop_no_sa", "cnt_in_drop_malformed", "cnt_in_drop_auth", "cnt_in_drop_replay",
    "cnt_in_drop_padding",
    "cnt_in_drop_selector", "cnt_in_drop_inner", "cnt_in_drop_dummy", "cnt_in_drop_loop",
    "cnt_in_table_errors", "cnt_in_inner_host_route", "cnt_in_inner_host_ttl",
};

/* A read under way: the cycles since it was asked are its place in the list. */
struct read {
    bool valid, family;
    uint32_t row;
    uint8_t addr[16];
};
static struct read rd[3], ck[3], hp[2], nh[2], lk[NEIGH_LATENCY];
static struct rtl_port counter[IN_COUNTERS], decrypted_len, from_host, ev_valid;
static struct rtl_port rd_en, rd_slot, ck_en, ck_slot, hp_en, hp_slot;
static struct rtl_port lk_valid, lk_family, lk_addr, nh_en, nh_index;

static struct rtl_port port(const char *name)
{
    return rtl_port(in_bench.rtl, name);
}

static void set(const char *name, uint64_t value)
{
    rtl_set(port(name), value);
}

/* ------------------------------------------------------------------ tables */

static void set_addr(const char *name, bool v6, uint32_t addr, const uint8_t addr6[16])
{
    uint8_t bytes[16] = {0};
    put32(bytes, addr);
    rtl_set_be(port(name), v6 ? addr6 : bytes, sizeof bytes);
}

static const struct in_sa *row_of(uint32_t slot)
{
    static const struct in_sa none;
    return slot < IN_SAS ? &in_bench.sa[slot] : &none;
}

static void answer_rd(uint32_t slot)
{
    const struct in_sa *sa = row_of(slot);
    set("sa_rd_ok", sa->ok);
    set("sa_rd_spi", sa->esp.spi);
    rtl_set_be(port("sa_rd_salt"), sa->esp.salt, 4);
    rtl_set_be(port("sa_rd_key"), sa->esp.key, 32);
    set("sa_rd_key256", sa->esp.key_len == 32);
    set_addr("sa_rd_dst", sa->esp.v6, sa->esp.dst, sa->esp.dst6);
    set("sa_rd_family", sa->esp.v6);
    set("sa_rd_esn", sa->esp.esn);
    set("sa_rd_gmac", sa->esp.gmac);
}

static void answer_ck(uint32_t slot)
{
    const struct in_sa *sa = row_of(slot);
    set("sa_ck_ok", sa->ok);
    set("sa_ck_blocks", sa->window / 64u);
    rtl_set_be(port("sa_ck_limits"), sa->limits, sizeof sa->limits);
    set("sa_ck_nexthop", sa->nexthop);
    set("sa_ck_sel_check", sa->sel.check);
    set("sa_ck_transport", sa->esp.transport);
    set("sa_ck_ecn_off", sa->esp.ecn_off);
    set("sa_ck_decap_dscp", sa->esp.decap_dscp);
    set("sa_ck_csum_delta", sa->esp.csum_delta);
    set("sa_ck_sel_family", sa->sel.v6);
    set_addr("sa_ck_sel_src", sa->sel.v6, sa->sel.src, sa->sel.src6);
    set_addr("sa_ck_sel_dst", sa->sel.v6, sa->sel.dst, sa->sel.dst6);
    set("sa_ck_sel_src_len", sa->sel.src_len);
    set("sa_ck_sel_dst_len", sa->sel.dst_len);
    set("sa_ck_sel_proto", sa->sel.proto);
    set("sa_ck_sel_sport_first", sa->sel.sport_first);
    set("sa_ck_sel_sport_last", sa->sel.sport_last);
    set("sa_ck_sel_dport_first", sa->sel.dport_first);
    set("sa_ck_sel_dport_last", sa->sel.dport_last);
}

static void answer_hp(uint32_t slot)
{
    struct rtl_port p = port("hp_data");
    for (unsigned n = 0; n < 16; n++)
        for (unsigned i = 0; i < 16; i++)
            p.bits[16 * n + 15 - i] = row_of(slot)->powers[n][i];
}

/* 10.1.HOP.x and 2001:db8:1::HOP:x to HOP */
static bool neighbour(const struct read *r, unsigned *hop)
{
    static const uint8_t net4[2] = {10, 1}, net6[12] = {0x20, 0x01, 0x0d, 0xb8, 0, 1};
    *hop = r->addr[r->family ? 13 : 2];
    if (r->family ? memcmp(r->addr, net6, 12) != 0 : memcmp(r->addr, net4, 2) != 0)
        return false;
    if (*hop >= 100 && *hop != 200)
        return false;
    if (*hop == 200)
        *hop = 0;
    return true;
}

static void answer_neighbour(const struct read *r)
{
    unsigned hop = 0;
    set("neigh_r_valid", r->valid);
    if (!r->valid)
        return;
    set("neigh_r_hit", neighbour(r, &hop));
    set("neigh_r_nexthop", hop);
}

static void answer_hop(uint32_t index)
{
    uint8_t mac[6];
    in_hop_mac(index, mac);
    set("nh_rd_ok", index != 0 && index != IN_EMPTY_HOP);
    rtl_set_be(port("nh_rd_mac"), mac, 6);
    set("nh_rd_vlan_set", index >= IN_TAG_HOP && index < IN_UNTAG_HOP + 10);
    set("nh_rd_vlan", index >= IN_UNTAG_HOP ? 0xa000 : 0x6000 | index);
}

/* Answers whose time has come, before the cycle. */
static void tables_drive(void)
{
    if (rd[1].valid)
        answer_rd(rd[1].row);
    if (ck[1].valid)
        answer_ck(ck[1].row);
    set("sa_rd_bad", rd[2].valid && row_of(rd[2].row)->rd_bad); /* a cycle later */
    set("sa_ck_bad", ck[2].valid && row_of(ck[2].row)->ck_bad);
    if (hp[1].valid)
        answer_hp(hp[1].row);
    if (nh[1].valid)
        answer_hop(nh[1].row);
    answer_neighbour(&lk[NEIGH_LATENCY - 1]);
}

static void shift(struct read *list, size_t n, struct rtl_port en, uint32_t row)
{
    memmove(list + 1, list, (n - 1) * sizeof *list);
    list[0] = (struct read){.valid = rtl_get(en) != 0, .row = row};
}

static void tables_sample(void)
{
    shift(rd, 3, rd_en, (uint32_t)rtl_get(rd_slot));
    shift(ck, 3, ck_en, (uint32_t)rtl_get(ck_slot));
    shift(hp, 2, hp_en, (uint32_t)rtl_get(hp_slot));
    shift(nh, 2, nh_en, (uint32_t)rtl_get(nh_index));
    shift(lk, NEIGH_LATENCY, lk_valid, 0);
    if (lk[0].valid) {
        lk[0].family = rtl_get(lk_family) != 0;
        rtl_get_be(lk_addr, lk[0].addr, sizeof lk[0].addr);
    }
}

/* ------------------------------------------------------------------ the bench */

void in_bench_cycle(void)
{
    struct axis *const ends[] = {&in_bench.in, &in_bench.plain, &in_bench.host0, &in_bench.host1};
    for (size_t i = 0; i < 4; i++)
        axis_drive(ends[i]);
    rtl_set(from_host, in_bench.in.head && in_bench.in.head->bad);
    tables_drive();
    rtl_settle(in_bench.rtl);
    for (size_t i = 0; i < IN_COUNTERS; i++)
        in_bench.count[i] += rtl_get(counter[i]);
    if (rtl_get(counter[IN_DECRYPTED]))
        in_bench.bytes += rtl_get(decrypted_len);
    if (rtl_get(ev_valid)) {
        in_bench.events++;
        in_bench.event_kind = (uint32_t)rtl_get(port("ev_kind"));
        in_bench.event_slot = (uint32_t)rtl_get(port("ev_slot"));
        in_bench.event_spi = (uint32_t)rtl_get(port("ev_spi"));
    }
    tables_sample();
    for (size_t i = 0; i < 4; i++)
        axis_sample(ends[i]);
    rtl_edge(in_bench.rtl);
}

void in_bench_config(const char *what, unsigned slot)
{
    set("cfg_slot", slot);
    set(what, 1);
    for (unsigned n = 0; !rtl_get(port("cfg_ack")); n++) {
        assert_true(n < 1000);
        in_bench_cycle();
        rtl_settle(in_bench.rtl);
    }
    in_bench_cycle();
    set(what, 0);
    in_bench_cycle();
}

/* 2001:db8:1::HOP:x, as the neighbour table knows it */
static void set_addr6(uint8_t addr[16], unsigned hop, unsigned x)
{
    memcpy(addr, (const uint8_t[16]){0x20, 0x01, 0x0d, 0xb8, 0, 1}, 16);
    addr[13] = (uint8_t)hop;
    addr[15] = (uint8_t)x;
}

/* What distinguishes the kinds. */
static void set_kind(unsigned slot, struct in_sa *sa)
{
    unsigned kind = slot / 16;
    if (kind == IN_4IN4)
        return;
    sa->esp.gmac = slot & 8;
    sa->esp.esn = slot & 4;
    sa->esp.v6 = kind == IN_4IN6 || kind == IN_6IN6 || kind == IN_TRANSPORT6;
    sa->esp.transport = kind == IN_TRANSPORT4 || kind == IN_TRANSPORT6;
    sa->inner6 = kind == IN_6IN4 || kind == IN_6IN6 || kind == IN_TRANSPORT6;
    set_addr6(sa->esp.src6, 100, slot);
    set_addr6(sa->esp.dst6, in_sa_hop(slot), slot);
    if (sa->esp.transport)
        sa->esp.dst = 0x0a010000 | in_sa_hop(slot) << 8 | slot;
}

static void make_sa(unsigned slot)
{
    struct in_sa *sa = &in_bench.sa[slot];
    memset(sa, 0, sizeof *sa);
    sa->ok = true;
    sa->window = 64;
    sa->nexthop = 40;
    sa->esp.key_len = slot & 1 ? 16 : 32;
    rng_fill(&in_bench.rng, sa->esp.key, sa->esp.key_len);
    rng_fill(&in_bench.rng, sa->esp.salt, 4);
    sa->esp.spi = 0xc0de0000u | slot;
    sa->esp.src = 0xc6336401;
    sa->esp.dst = 0xcb007100 + slot;
    sa->esp.encap = slot & 2;
    sa->esp.sport = (uint16_t)(40000 + slot);
    sa->esp.dport = 4500;
    sa->esp.ttl = 60;
    memcpy(sa->esp.dst_mac, in_cipher_mac, 6);
    memcpy(sa->esp.src_mac, (const uint8_t[6]){0x02, 0xbb, 0, 0, 0, 1}, 6);
    set_kind(slot, sa);
    assert_true(gcm_h_powers(sa->esp.key, sa->esp.key_len, sa->powers));
}

void in_bench_restart(void)
{
    struct axis *ends[] = {&in_bench.in, &in_bench.plain, &in_bench.host0, &in_bench.host1};
    for (size_t i = 0; i < 4; i++) {
        axis_clear(ends[i]);
        ends[i]->pause = 0;
    }
    in_bench.in.whole = true;
    memset(rd, 0, sizeof rd);
    memset(ck, 0, sizeof ck);
    memset(hp, 0, sizeof hp);
    memset(nh, 0, sizeof nh);
    memset(lk, 0, sizeof lk);
    rtl_set_be(port("plain_mac"), in_plain_mac, 6);
    rtl_set_be(port("cipher_mac"), in_cipher_mac, 6);
    rtl_set_be(port("engine_mac"), in_engine_mac, 6);
    set("cipher_mac_set", 1);
    set("engine_mac_set", 1);
    set("cfg_clear", 0);
    set("cfg_query", 0);
    set("neigh_r_valid", 0);
    axis_reset(in_bench.rtl, ends, 4);
    in_bench.rng = 7;
    for (unsigned i = 0; i < IN_SAS; i++) {
        make_sa(i);
        in_bench_config("cfg_clear", i);
    }
    in_forget();
}

void in_bench_open(void)
{
    in_bench.rtl = rtl_new(NULL);
    assert_non_null(in_bench.rtl);
    axis_source_init(&in_bench.in, in_bench.rtl, "s_axis");
    axis_sink_init(&in_bench.plain, in_bench.rtl, "m_axis_plain");
    axis_sink_init(&in_bench.host0, in_bench.rtl, "m_axis_host0");
    axis_sink_init(&in_bench.host1, in_bench.rtl, "m_axis_host1");
    for (size_t i = 0; i < IN_COUNTERS; i++)
        counter[i] = port(in_counter_names[i]);
    decrypted_len = port("cnt_in_decrypted_len");
    from_host = port("s_from_host");
    ev_valid = port("ev_valid");
    rd_en = port("sa_rd_en");
    rd_slot = port("sa_rd_slot");
    ck_en = port("sa_ck_en");
    ck_slot = port("sa_ck_slot");
    hp_en = port("hp_en");
    hp_slot = port("hp_slot");
    lk_valid = port("neigh_lk_valid");
    lk_family = port("neigh_lk_family");
    lk_addr = port("neigh_lk_addr");
    nh_en = port("nh_rd_en");
    nh_index = port("nh_rd_index");
}

void in_bench_close(void)
{
    axis_clear(&in_bench.in);
    axis_clear(&in_bench.plain);
    axis_clear(&in_bench.host0);
    axis_clear(&in_bench.host1);
    in_forget();
    rtl_free(in_bench.rtl);
}
