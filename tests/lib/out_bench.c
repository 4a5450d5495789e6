/* SPDX-License-Identifier: Apache-2.0 */
/* The outbound engine on a bench (see out_bench.h). */
#include "tests/lib/out_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { POLICY_MAX = 32, CFG_LIMIT = 1000 };

struct out_bench out_bench;

const uint8_t out_plain_mac[6] = {0x02, 0, 0, 0, 0, 1}, out_engine_mac[6] = {0x02, 0, 0, 0, 0, 2},
              out_cipher_mac[6] = {0x02, 0, 0, 0, 0, 3}, out_peer_mac[6] = {0x02, 0, 0, 0, 0, 9};

static const char *const counter_names[OUT_COUNTERS] = {
    "cnt_out_encrypted",       "cnt_out_host_mac",        "cnt_out_host_not_ip",
    "cnt_out_host_no_policy",  "cnt_out_host_bypass",     "cnt_out_host_fragment",
    "cnt_out_host_options",    "cnt_out_host_ttl",        "cnt_out_host_mtu",
    "cnt_out_drop_discard",    "cnt_out_drop_bad_header", "cnt_out_drop_no_sa",
    "cnt_out_drop_no_nexthop", "cnt_out_drop_seq_end",    "cnt_out_drop_loop",
};

static struct {
    struct rtl_port from_host, encrypted_len, counter[OUT_COUNTERS];
    struct rtl_port lk_valid, lk_family, lk_src, lk_dst, lk_proto, lk_sport, lk_dport;
    struct rtl_port r_valid, r_hit, r_action, r_slot_ok, r_slot, r_mtu;
    struct rtl_port sa_en, sa_slot, sa_ok, sa_spi, sa_salt, sa_key, sa_key256, sa_src, sa_dst;
    struct rtl_port sa_family, sa_encap, sa_sport, sa_dport, sa_nexthop, sa_ttl;
    struct rtl_port hp_en, hp_slot, hp_data, nh_en, nh_index, nh_ok, nh_mac;
    struct rtl_port clear, query, cfg_slot, ack, cfg_seq, cfg_packets, cfg_bytes;
} p;

/* A read under way: asked a cycle ago, and two cycles ago. */
struct read {
    bool valid;
    unsigned row;
};
static struct read sa_read[2], nh_read[2], hp_read[2];
static struct {
    bool valid;
    uint8_t dst[4];
} policy_read[POLICY_MAX];

const char *out_counter_name(enum out_counter counter)
{
    return counter_names[counter];
}

static void find_tables(struct rtl *rtl)
{
    p.lk_valid = rtl_port(rtl, "policy_lk_valid");
    p.lk_family = rtl_port(rtl, "policy_lk_family");
    p.lk_src = rtl_port(rtl, "policy_lk_src");
    p.lk_dst = rtl_port(rtl, "policy_lk_dst");
    p.lk_proto = rtl_port(rtl, "policy_lk_proto");
    p.lk_sport = rtl_port(rtl, "policy_lk_sport");
    p.lk_dport = rtl_port(rtl, "policy_lk_dport");
    p.r_valid = rtl_port(rtl, "policy_r_valid");
    p.r_hit = rtl_port(rtl, "policy_r_hit");
    p.r_action = rtl_port(rtl, "policy_r_action");
    p.r_slot_ok = rtl_port(rtl, "policy_r_slot_ok");
    p.r_slot = rtl_port(rtl, "policy_r_slot");
    p.r_mtu = rtl_port(rtl, "policy_r_mtu");
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
    p.sa_encap = rtl_port(rtl, "sa_rd_encap");
    p.sa_sport = rtl_port(rtl, "sa_rd_sport");
    p.sa_dport = rtl_port(rtl, "sa_rd_dport");
    p.sa_nexthop = rtl_port(rtl, "sa_rd_nexthop");
    p.sa_ttl = rtl_port(rtl, "sa_rd_ttl");
    p.hp_en = rtl_port(rtl, "hp_en");
    p.hp_slot = rtl_port(rtl, "hp_slot");
    p.hp_data = rtl_port(rtl, "hp_data");
    p.nh_en = rtl_port(rtl, "nh_rd_en");
    p.nh_index = rtl_port(rtl, "nh_rd_index");
    p.nh_ok = rtl_port(rtl, "nh_rd_ok");
    p.nh_mac = rtl_port(rtl, "nh_rd_mac");
}

void out_bench_open(void)
{
    struct rtl *rtl = out_bench.rtl = rtl_new(NULL);

    axis_source_init(&out_bench.in, rtl, "s_axis");
    axis_sink_init(&out_bench.cipher, rtl, "m_axis_cipher");
    axis_sink_init(&out_bench.host, rtl, "m_axis_host");
    find_tables(rtl);
    p.from_host = rtl_port(rtl, "s_from_host");
    p.encrypted_len = rtl_port(rtl, "cnt_out_encrypted_len");
    p.clear = rtl_port(rtl, "cfg_clear");
    p.query = rtl_port(rtl, "cfg_query");
    p.cfg_slot = rtl_port(rtl, "cfg_slot");
    p.ack = rtl_port(rtl, "cfg_ack");
    p.cfg_seq = rtl_port(rtl, "cfg_seq");
    p.cfg_packets = rtl_port(rtl, "cfg_packets");
    p.cfg_bytes = rtl_port(rtl, "cfg_bytes");
    for (unsigned i = 0; i < OUT_COUNTERS; i++)
        p.counter[i] = rtl_port(rtl, counter_names[i]);
    out_bench.rng = 0x2545f491u;
}

void out_bench_close(void)
{
    axis_clear(&out_bench.in);
    axis_clear(&out_bench.cipher);
    axis_clear(&out_bench.host);
    rtl_free(out_bench.rtl);
}

static void make_sa(unsigned slot)
{
    struct out_sa *sa = &out_bench.sa[slot];

    memset(sa, 0, sizeof *sa);
    sa->ok = true;
    sa->nexthop = (uint16_t)(slot + 1);
    sa->mtu = 9000;
    sa->esp.key_len = slot & 1 ? 32 : 16;
    rng_fill(&out_bench.rng, sa->esp.key, sa->esp.key_len);
    rng_fill(&out_bench.rng, sa->esp.salt, 4);
    sa->esp.spi = 0x1000u + rng_next(&out_bench.rng) % 0xffff0000u;
    sa->esp.src = 0xc0000201u;
    sa->esp.dst = 0xc6336400u + slot;
    sa->esp.encap = slot >> 1 & 1;
    sa->esp.sport = sa->esp.encap ? 4500 : 0;
    sa->esp.dport = sa->esp.encap ? (uint16_t)(4500 + slot) : 0;
    sa->esp.ttl = (uint8_t)(64 + slot);
    memcpy(sa->esp.src_mac, out_cipher_mac, 6);
    memcpy(sa->esp.dst_mac, out_peer_mac, 6);
    sa->esp.dst_mac[4] = (uint8_t)slot;
    assert_true(gcm_h_powers(sa->esp.key, sa->esp.key_len, sa->powers));
}

void out_bench_restart(void)
{
    struct axis *const ends[] = {&out_bench.in, &out_bench.cipher, &out_bench.host};
    struct rtl *rtl = out_bench.rtl;

    for (unsigned i = 0; i < 3; i++) {
        axis_clear(ends[i]);
        ends[i]->pause = 0;
        ends[i]->beats = ends[i]->stalls = 0;
    }
    memset(sa_read, 0, sizeof sa_read);
    memset(nh_read, 0, sizeof nh_read);
    memset(hp_read, 0, sizeof hp_read);
    memset(policy_read, 0, sizeof policy_read);
    rtl_set(p.clear, 0);
    rtl_set(p.query, 0);
    rtl_set(p.r_valid, 0);
    rtl_set(rtl_port(rtl, "plain_mac_set"), 1);
    rtl_set(rtl_port(rtl, "engine_mac_set"), 1);
    rtl_set_be(rtl_port(rtl, "plain_mac"), out_plain_mac, 6);
    rtl_set_be(rtl_port(rtl, "engine_mac"), out_engine_mac, 6);
    rtl_set_be(rtl_port(rtl, "cipher_mac"), out_cipher_mac, 6);
    axis_reset(rtl, ends, 3);
    out_bench.policy_latency = 10;
    for (unsigned slot = 0; slot < OUT_SLOTS; slot++) {
        make_sa(slot);
        out_bench_clear(slot);
    }
    memset(out_bench.count, 0, sizeof out_bench.count);
    out_bench.encrypted_bytes = 0;
}

static void noise(struct rtl_port port)
{
    for (unsigned i = 0; i < (port.width + 7) / 8; i++)
        port.bits[i] = (uint8_t)(rng_next(&out_bench.rng) >> 9);
    if (port.width & 7)
        port.bits[port.width / 8] &= (uint8_t)((1u << (port.width & 7)) - 1);
}

static void set_address(struct rtl_port port, uint32_t address)
{
    uint8_t bytes[16] = {0};
    put32(bytes, address);
    rtl_set_be(port, bytes, 16);
}

static void answer_sa(void)
{
    const struct out_sa *sa = &out_bench.sa[sa_read[1].row % OUT_SLOTS];
    uint8_t key[32] = {0};

    if (!sa_read[1].valid) { /* what nobody asked for is anything */
        noise(p.sa_ok), noise(p.sa_spi), noise(p.sa_key), noise(p.sa_nexthop), noise(p.sa_dst);
        return;
    }
    memcpy(key, sa->esp.key, sa->esp.key_len);
    rtl_set(p.sa_ok, sa->ok);
    rtl_set(p.sa_spi, sa->esp.spi);
    rtl_set_be(p.sa_salt, sa->esp.salt, 4);
    rtl_set_be(p.sa_key, key, 32);
    rtl_set(p.sa_key256, sa->esp.key_len == 32);
    set_address(p.sa_src, sa->esp.src);
    set_address(p.sa_dst, sa->esp.dst);
    rtl_set(p.sa_family, 0);
    rtl_set(p.sa_encap, sa->esp.encap);
    rtl_set(p.sa_sport, sa->esp.sport);
    rtl_set(p.sa_dport, sa->esp.dport);
    rtl_set(p.sa_nexthop, sa->nexthop);
    rtl_set(p.sa_ttl, sa->esp.ttl);
}

static void answer_nexthop(void)
{
    unsigned row = nh_read[1].row;

    noise(p.nh_ok), noise(p.nh_mac);
    if (!nh_read[1].valid)
        return;
    rtl_set(p.nh_ok, row >= 1 && row <= OUT_SLOTS);
    if (row >= 1 && row <= OUT_SLOTS)
        rtl_set_be(p.nh_mac, out_bench.sa[row - 1].esp.dst_mac, 6);
}

static void answer_powers(void)
{
    if (!hp_read[1].valid)
        return;
    for (unsigned n = 0; n < 16; n++)
        for (unsigned i = 0; i < 16; i++)
            p.hp_data.bits[n * 16 + i] = out_bench.sa[hp_read[1].row % OUT_SLOTS].powers[n][15 - i];
}

static void answer_policy(void)
{
    const uint8_t *dst = policy_read[out_bench.policy_latency - 1].dst;
    enum out_policy policy = dst[2];

    rtl_set(p.r_valid, policy_read[out_bench.policy_latency - 1].valid);
    noise(p.r_hit), noise(p.r_action), noise(p.r_slot_ok), noise(p.r_slot), noise(p.r_mtu);
    if (!policy_read[out_bench.policy_latency - 1].valid || dst[0] != 10 || dst[1] != 2)
        return;
    rtl_set(p.r_hit, policy != OUT_MISS);
    rtl_set(p.r_action, policy == OUT_DISCARD ? 0 : policy == OUT_BYPASS ? 1 : 2);
    rtl_set(p.r_slot_ok, policy == OUT_PROTECT);
    if (policy == OUT_PROTECT) {
        rtl_set(p.r_slot, dst[3]);
        rtl_set(p.r_mtu, out_bench.sa[dst[3] % OUT_SLOTS].mtu);
    }
}

static void ask(struct read list[2], struct rtl_port en, struct rtl_port row)
{
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
    memcpy(policy_read[0].dst, out_bench.lookup.dst, 4);
}

void out_bench_cycle(void)
{
    struct axis *const ends[] = {&out_bench.in, &out_bench.cipher, &out_bench.host};

    for (unsigned i = 0; i < 3; i++)
        axis_drive(ends[i]);
    rtl_set(p.from_host, out_bench.in.head && out_bench.in.head->len > 11 &&
                             out_bench.in.head->data[11] == OUT_HOST_MAC_END);
    answer_sa();
    answer_nexthop();
    answer_powers();
    answer_policy();
    rtl_settle(out_bench.rtl);
    for (unsigned i = 0; i < 3; i++)
        axis_sample(ends[i]);
    ask(sa_read, p.sa_en, p.sa_slot);
    ask(nh_read, p.nh_en, p.nh_index);
    ask(hp_read, p.hp_en, p.hp_slot);
    ask_policy();
    for (unsigned i = 0; i < OUT_COUNTERS; i++)
        out_bench.count[i] += rtl_get(p.counter[i]);
    if (rtl_get(p.counter[OUT_ENCRYPTED]))
        out_bench.encrypted_bytes += rtl_get(p.encrypted_len);
    rtl_edge(out_bench.rtl);
}

void out_bench_drain(uint64_t limit)
{
    for (uint64_t i = 0, quiet = 0; quiet < 400; i++, quiet++) {
        uint64_t beats = out_bench.in.beats + out_bench.cipher.beats + out_bench.host.beats;
        assert_true(i < limit);
        out_bench_cycle();
        if (out_bench.in.beats + out_bench.cipher.beats + out_bench.host.beats != beats ||
            !axis_idle(&out_bench.in))
            quiet = 0;
    }
}

static void configure(struct rtl_port request, unsigned slot)
{
    unsigned cycles = 0;

    rtl_set(p.cfg_slot, slot);
    rtl_set(request, 1);
    do {
        assert_true(cycles++ < CFG_LIMIT);
        out_bench_cycle();
    } while (!rtl_get(p.ack)); /* a register: what the edge left */
    out_bench_cycle();
    rtl_set(request, 0);
}

void out_bench_clear(unsigned slot)
{
    configure(p.clear, slot);
    out_bench.sa[slot].seq = 0;
}

void out_bench_query(unsigned slot, uint64_t *seq, uint64_t *packets, uint64_t *bytes)
{
    configure(p.query, slot);
    *seq = rtl_get(p.cfg_seq);
    *packets = rtl_get(p.cfg_packets);
    *bytes = rtl_get(p.cfg_bytes);
}

size_t out_bench_frame(enum out_policy policy, unsigned slot, size_t len, uint32_t seed,
                       uint8_t *frame)
{
    uint8_t ip[PACKET_MAX];
    struct packet_spec spec = {
        .src = 0x0a010000u + seed % 65536,
        .dst = 0x0a020000u + (uint32_t)policy * 256 + slot,
        .proto = seed % 3 == 0   ? 17
                 : seed % 3 == 1 ? 6
                                 : 253,
        .sport = (uint16_t)(1024 + seed),
        .dport = 53,
        .tos = (uint8_t)(seed * 7),
        .ttl = (uint8_t)(2 + seed % 254),
        .df = seed & 1,
        .id = (uint16_t)(seed * 3),
        .len = len,
        .seed = seed,
    };

    if (len < PACKET_IP4 + 20)
        spec.proto = 253;
    assert_int_equal(packet_build(&spec, ip), len);
    return packet_frame(out_plain_mac, out_peer_mac, ip, len, 60, frame);
}

void out_bench_expect(unsigned slot, const uint8_t *frame)
{
    static uint8_t want[ESP_MODEL_MAX];
    struct out_sa *sa = &out_bench.sa[slot];
    const uint8_t *ip = frame + PACKET_ETH;
    size_t len = esp_model_encap(&sa->esp, ++sa->seq, ip, get16(ip + 2), NULL, want);
    struct frame *f = axis_receive(&out_bench.cipher);

    assert_non_null(f);
    assert_int_equal(f->len, len);
    assert_memory_equal(f->data, want, len);
    frame_free(f);
}
