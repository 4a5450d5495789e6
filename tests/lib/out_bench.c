/* SPDX-License-Identifier: Apache-2.0 */
/* The outbound engine on a bench (see out_bench.h). */
#include "tests/lib/out_bench.h"

#include "driver/regs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { CFG_LIMIT = 1000 };

struct out_bench out_bench;

const uint8_t out_plain_mac[6] = {0x02, 0, 0, 0, 0, 1}, out_engine_mac[6] = {0x02, 0, 0, 0, 0, 2},
              out_cipher_mac[6] = {0x02, 0, 0, 0, 0, 3}, out_peer_mac[6] = {0x02, 0, 0, 0, 0, 9};

static const char *const counter_names[OUT_COUNTERS] = {
    "cnt_out_encrypted",       "cnt_out_host_mac",        "cnt_out_host_not_ip",
    "cnt_out_host_no_policy",  "cnt_out_host_bypass",     "cnt_out_host_fragment",
    "cnt_out_host_options",    "cnt_out_host_ttl",        "cnt_out_host_mtu",
    "cnt_out_drop_discard",    "cnt_out_drop_bad_header", "cnt_out_drop_no_sa",
    "cnt_out_drop_no_nexthop", "cnt_out_drop_seq_end",    "cnt_out_drop_loop",
    "cnt_out_table_errors",    "cnt_out_drop_lifetime",
};

static struct {
    struct rtl_port from_host, encrypted_len, counter[OUT_COUNTERS];
    struct rtl_port ev_valid, ev_kind, ev_slot, ev_spi;
    struct rtl_port clear, query, cfg_slot, ack, cfg_seq, cfg_packets, cfg_bytes;
} p;

const char *out_counter_name(enum out_counter counter)
{
    return counter_names[counter];
}

void out_bench_open(void)
{
    struct rtl *rtl = out_bench.rtl = rtl_new(NULL);

    axis_source_init(&out_bench.in, rtl, "s_axis");
    axis_sink_init(&out_bench.cipher, rtl, "m_axis_cipher");
    axis_sink_init(&out_bench.host, rtl, "m_axis_host");
    out_tables_open(rtl);
    p.from_host = rtl_port(rtl, "s_from_host");
    p.encrypted_len = rtl_port(rtl, "cnt_out_encrypted_len");
    p.ev_valid = rtl_port(rtl, "ev_valid");
    p.ev_kind = rtl_port(rtl, "ev_kind");
    p.ev_slot = rtl_port(rtl, "ev_slot");
    p.ev_spi = rtl_port(rtl, "ev_spi");
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
    rng_fill(&out_bench.rng, sa->esp.src6, 16);
    rng_fill(&out_bench.rng, sa->esp.dst6, 16);
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
        ends[i]->whole = true; /* as axis_ingress gives frames out */
        ends[i]->beats = ends[i]->stalls = 0;
    }
    out_tables_forget();
    rtl_set(p.clear, 0);
    rtl_set(p.query, 0);
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
    out_bench.events = 0;
}

void out_bench_cycle(void)
{
    struct axis *const ends[] = {&out_bench.in, &out_bench.cipher, &out_bench.host};

    for (unsigned i = 0; i < 3; i++)
        axis_drive(ends[i]);
    rtl_set(p.from_host, out_bench.in.head && out_bench.in.head->len > 11 &&
                             out_bench.in.head->data[11] == OUT_HOST_MAC_END);
    out_tables_answer();
    rtl_settle(out_bench.rtl);
    for (unsigned i = 0; i < 3; i++)
        axis_sample(ends[i]);
    out_tables_ask();
    for (unsigned i = 0; i < OUT_COUNTERS; i++)
        out_bench.count[i] += rtl_get(p.counter[i]);
    if (rtl_get(p.counter[OUT_ENCRYPTED]))
        out_bench.encrypted_bytes += rtl_get(p.encrypted_len);
    if (rtl_get(p.ev_valid) && rtl_get(p.ev_kind) == ESPL_EVENT_ACQUIRE) {
        out_bench.events++;
        out_bench.event_row = (uint16_t)rtl_get(p.ev_slot);
        out_bench.event_serial = (uint32_t)rtl_get(p.ev_spi);
    }
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

static struct packet_spec spec_of(enum out_policy policy, unsigned slot, size_t len, uint32_t seed)
{
    struct packet_spec spec = {
        .src = 0x0a010000u + seed % 65536,
        .dst = 0x0a020000u + (uint32_t)policy * 256 + slot,
        .src6 = {0x20, 1, 0x0d, 0xb8, 0, 1, [12] = (uint8_t)(seed >> 8), [15] = (uint8_t)seed},
        .dst6 = {0x20, 1, 0x0d, 0xb8, 0, 2, [14] = (uint8_t)policy, [15] = (uint8_t)slot},
        .flow = seed * 77773 & 0xfffff,
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
    return spec;
}

static size_t build(struct packet_spec *spec, uint8_t *frame)
{
    uint8_t ip[PACKET_MAX];

    if (spec->len < (spec->v6 ? PACKET_IP6 : PACKET_IP4) + 20)
        spec->proto = 253;
    assert_int_equal(packet_build(spec, ip), spec->len);
    return packet_frame(out_plain_mac, out_peer_mac, ip, spec->len, 60, frame);
}

size_t out_bench_frame(enum out_policy policy, unsigned slot, size_t len, uint32_t seed,
                       uint8_t *frame)
{
    struct packet_spec spec = spec_of(policy, slot, len, seed);
    return build(&spec, frame);
}

size_t out_bench_frame6(enum out_policy policy, unsigned slot, size_t len, uint32_t seed,
                        uint8_t *frame)
{
    struct packet_spec spec = spec_of(policy, slot, len, seed);
    spec.v6 = true;
    return build(&spec, frame);
}

size_t out_bench_any(unsigned slot, size_t len, uint32_t seed, uint8_t *frame)
{
    const struct esp_model_sa *esp = &out_bench.sa[slot].esp;
    bool v6 = esp->transport ? esp->v6 : seed >> 2 & 1;
    size_t n = v6 ? out_bench_frame6(OUT_PROTECT, slot, len, seed, frame)
                  : out_bench_frame(OUT_PROTECT, slot, len, seed, frame);
    return seed % 5 < 2 ? packet_tag(frame, n, (uint16_t)(seed * 4057)) : n;
}

const uint8_t *out_bench_ip(const uint8_t *frame)
{
    return frame + PACKET_ETH + (get16(frame + 12) == 0x8100 ? PACKET_VLAN : 0);
}

/* The tag a frame leaves with: the next hop's word, or as it came. */
static void set_tag(struct out_sa *sa, const uint8_t *frame)
{
    sa->esp.tagged = get16(frame + 12) == 0x8100;
    sa->esp.tci = get16(frame + 14);
    if (sa->vlan_set) {
        sa->esp.tagged = (sa->vlan & 0xfff) != 0;
        sa->esp.tci = sa->vlan;
    }
}

void out_bench_expect(unsigned slot, const uint8_t *frame)
{
    static uint8_t want[ESP_MODEL_MAX];
    struct out_sa *sa = &out_bench.sa[slot];
    const uint8_t *ip = out_bench_ip(frame);
    struct frame *f = axis_receive(&out_bench.cipher);
    size_t len;

    set_tag(sa, frame);
    len = esp_model_encap(&sa->esp, ++sa->seq, ip, packet_len(ip), NULL, want);
    assert_non_null(f);
    assert_int_equal(f->len, len);
    assert_memory_equal(f->data, want, len);
    frame_free(f);
}
