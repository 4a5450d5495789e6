/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole engine, as a host and two networks see it: SAs by the mailbox, packets against the
 * OpenSSL model, the ways of every other frame, bad input, deletion and reset under traffic; and in
 * every test that each frame is accounted for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/engine.h"

#define PEER_NET 0x0a020000u /* 10.2.0.0/16: behind the peer */
#define PEER_HOST 0x0a020001u
#define LAN_HOST 0x0a010001u

static struct host *const host = &engine.host;

static uint64_t counter(unsigned c)
{
    return host_counter(host, c);
}

static void policy(uint32_t row, enum espl_map_action action, uint32_t slot, uint32_t dst,
                   unsigned len)
{
    uint32_t w[ESPL_POLICY_ENTRY_WORDS];
    engine_policy_entry(action, slot, dst, len, w);
    assert_int_equal(host_op(host, ESPL_OP_POLICY_SET, row, w, ESPL_POLICY_ENTRY_WORDS), 0);
}

/* The next frame of a port is `len` bytes `want`, followed by nothing but Ethernet padding. */
static void expect(enum engine_port port, const uint8_t *want, size_t len)
{
    struct frame *f = engine_take(port);
    if (!f)
        fail_msg("no frame at port %d", port);
    if (f->len < len || memcmp(f->data, want, len) != 0)
        fail_msg("another frame at port %d (%zu bytes, expected %zu)", port, f->len, len);
    for (size_t i = len; i < f->len; i++)
        assert_int_equal(f->data[i], 0);
    frame_free(f);
}

/* The next frame of a port is this packet after this Ethernet header's addresses. */
static void expect_ip(enum engine_port port, const uint8_t *dst, const uint8_t *src,
                      const uint8_t *ip, size_t len)
{
    uint8_t frame[PACKET_MAX];
    expect(port, frame, packet_frame(dst, src, ip, len, 0, frame));
}

static void expect_nothing(void)
{
    for (int p = 0; p < ENGINE_PORTS; p++)
        assert_int_equal(engine_waiting(p), 0);
}

static void test_identity(void **state)
{
    (void)state;
    engine_restart();
    assert_int_equal(host_rd(host, ESPL_REG_MAGIC), ESPL_MAGIC_VALUE);
    assert_int_equal(host_rd(host, ESPL_REG_MAP_SUM), ESPL_MAP_SUM_VALUE);
    assert_int_equal(host_rd(host, ESPL_REG_CAP_SA), 4096u << 16 | 4096u);
    assert_int_equal(host_rd(host, ESPL_REG_CAP_POLICY), 1024u << 16 | 512u);
    assert_int_equal(host_rd(host, ESPL_REG_CAP_NEIGH), 1024u << 16 | 1024u);
    assert_int_equal(host_rd(host, ESPL_REG_CAP_SIZE), 4096u << 16 | 9018u);
    assert_int_equal(host_rd(host, ESPL_REG_CAP_ALG), 15);
    assert_int_equal(host_rd(host, ESPL_REG_CAP_MODE),
                     ESPL_CAP_MODE_TUNNEL_MASK | ESPL_CAP_MODE_TRANSPORT_MASK |
                         ESPL_CAP_MODE_ENCAP_MASK | ESPL_CAP_MODE_IPV4_MASK |
                         ESPL_CAP_MODE_IPV6_MASK | ESPL_CAP_MODE_ESN_MASK |
                         ESPL_CAP_MODE_LIFETIMES_MASK | ESPL_CAP_MODE_EVENTS_MASK |
                         ESPL_CAP_MODE_OUTER_MASK | ESPL_CAP_MODE_TFC_MASK |
                         ESPL_CAP_MODE_VLAN_MASK | ESPL_CAP_MODE_UPDATE_MASK |
                         ESPL_CAP_MODE_PARITY_MASK);
    assert_int_equal(rtl_get(rtl_port(engine.rtl, "irq")), 0);
}

static void outbound(size_t key_len, bool encap, uint32_t slot)
{
    static const size_t lens[] = {20,  28,  40,  46,   47,   62,   63,   64,   65,   100, 127,
                                  128, 129, 576, 1000, 1414, 1446, 1500, 4000, 8999, 9000};
    struct esp_model_sa sa = engine_sa(slot, key_len, encap, 0x1000 + slot);
    uint8_t frame[PACKET_MAX], want[ESP_MODEL_MAX];

    engine_restart();
    assert_int_equal(engine_sa_add(&sa, false, slot), 0);
    policy(7, ESPL_ACTION_PROTECT, slot, PEER_NET, 16);
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++)
        engine_send(ENGINE_PLAIN, frame, engine_frame(PEER_HOST, lens[i], (uint32_t)i, frame));
    engine_drain();
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        engine_frame(PEER_HOST, lens[i], (uint32_t)i, frame);
        size_t n = esp_model_encap(&sa, i + 1, frame + PACKET_ETH, lens[i], NULL, want);
        expect(ENGINE_CIPHER, want, n);
    }
    expect_nothing();
    assert_int_equal(counter(ESPL_CNT_OUT_ENCRYPTED), sizeof lens / sizeof *lens);
    engine_account();
    assert_int_equal(host_op(host, ESPL_OP_SA_OUT_GET, slot, NULL, 0), 0);
    host_answer(host);
    assert_int_equal(host->rsp[ESPL_SA_INFO_SPI], sa.spi);
    assert_int_equal(host->rsp[ESPL_SA_INFO_SEQ_LO], sizeof lens / sizeof *lens);
    assert_int_equal(host->rsp[ESPL_SA_INFO_PACKETS_LO], sizeof lens / sizeof *lens);
}

/* DSCP, DF and ECN of the outer header as the mailbox wrote them, and told again. */
static void test_outer_header(void **state)
{
    (void)state;
    uint8_t frame[PACKET_MAX], want[ESP_MODEL_MAX];
    engine_restart();
    for (uint32_t slot = 0; slot < 16; slot++) {
        struct esp_model_sa sa = engine_sa(slot, 16, slot & 1, 0x1000 + slot);
        sa.dscp_set = slot & 1;
        sa.df_set = slot & 2;
        sa.df = slot & 4;
        sa.ecn_off = slot & 8;
        sa.dscp = (uint8_t)(63 - 4 * slot);
        assert_int_equal(engine_sa_add(&sa, false, slot), 0);
        policy(7, ESPL_ACTION_PROTECT, slot, PEER_NET, 16);
        for (uint8_t i = 0; i < 4; i++) {
            size_t n = engine_frame(PEER_HOST, 100, i, frame);
            frame[PACKET_ETH + 1] = (uint8_t)(0xa8 | i);
            frame[PACKET_ETH + 6] = i & 1 ? 0x40 : 0;
            packet_ip_checksum(frame + PACKET_ETH);
            engine_send(ENGINE_PLAIN, frame, n);
            engine_drain();
            n = esp_model_encap(&sa, i + 1u, frame + PACKET_ETH, 100, NULL, want);
            expect(ENGINE_CIPHER, want, n);
        }
        uint32_t w[ESPL_SA_ENTRY_WORDS];
        engine_sa_entry(&sa, false, w);
        assert_int_equal(host_op(host, ESPL_OP_SA_OUT_GET, slot, NULL, 0), 0);
        host_answer(host);
        assert_int_equal(host->rsp[ESPL_SA_INFO_FLAGS], w[ESPL_SA_ENTRY_FLAGS]);
    }
    expect_nothing();
    engine_account();
}

static void test_outbound(void **state)
{
    (void)state;
    outbound(16, false, 0);
    outbound(32, false, 1023);
    outbound(16, true, 5);
    outbound(32, true, 6);
}

/* Extended numbers, both ways; a window of 4,096, as the mailbox sets it and tells it again. */
static void test_esn(void **state)
{
    (void)state;
    struct esp_model_sa sa = engine_sa(9, 32, false, 0xc0de0009);
    uint8_t frame[PACKET_MAX], esp[ESP_MODEL_MAX];
    uint32_t w[ESPL_SA_ENTRY_WORDS];
    const uint64_t border = UINT64_C(1) << 32;
    const uint64_t seqs[] = {border - 10, border + 10, border - 4000, border + 11, border - 5};
    enum { N = sizeof seqs / sizeof *seqs };

    sa.esn = true;
    engine_restart();
    assert_int_equal(engine_sa_add(&sa, false, 9), 0);
    policy(7, ESPL_ACTION_PROTECT, 9, PEER_NET, 16);
    engine_send(ENGINE_PLAIN, frame, engine_frame(PEER_HOST, 333, 1, frame));
    engine_drain();
    expect(ENGINE_CIPHER, esp, esp_model_encap(&sa, 1, frame + PACKET_ETH, 333, NULL, esp));

    memcpy(sa.src_mac, engine_wan_mac, 6);
    memcpy(sa.dst_mac, engine_cipher_mac, 6);
    engine_sa_entry(&sa, true, w);
    w[ESPL_SA_ENTRY_SIZES] = 0;
    assert_int_equal(host_op(host, ESPL_OP_SA_IN_ADD, 9, w, ESPL_SA_ENTRY_WORDS),
                     ESPL_REASON_WINDOW); /* RFC 4303 3.3.3: no ESN without a window */
    w[ESPL_SA_ENTRY_SIZES] = 4096u << ESPL_SA_ENTRY_SIZES_WINDOW_SHIFT;
    assert_int_equal(host_op(host, ESPL_OP_SA_IN_ADD, 9, w, ESPL_SA_ENTRY_WORDS), 0);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < N; i++) {
            engine_frame(LAN_HOST, 90 + i, i, frame);
            engine_send(ENGINE_CIPHER, esp,
                        esp_model_encap(&sa, seqs[i], frame + PACKET_ETH, 90 + i, NULL, esp));
            engine_drain();
        }
    assert_int_equal(counter(ESPL_CNT_IN_DECRYPTED), N);
    assert_int_equal(counter(ESPL_CNT_IN_DROP_REPLAY), N);
    assert_int_equal(host_op(host, ESPL_OP_SA_IN_GET, 9, NULL, 0), 0);
    host_answer(host);
    assert_int_equal(host->rsp[ESPL_SA_INFO_SEQ_HI], 1);
    assert_int_equal(host->rsp[ESPL_SA_INFO_SEQ_LO], 11);
    assert_int_equal(host->rsp[ESPL_SA_INFO_WINDOW_HI], 0);
    assert_int_equal(host->rsp[ESPL_SA_INFO_WINDOW_LO], 3u | 1u << 16 | 1u << 21);
    assert_true(host->rsp[ESPL_SA_INFO_FLAGS] & ESPL_SA_ENTRY_FLAGS_ESN_MASK);
    assert_int_equal(host->rsp[ESPL_SA_INFO_SIZES] >> 16, 4096);
    engine_account();
    while (engine_waiting(ENGINE_PLAIN))
        frame_free(engine_take(ENGINE_PLAIN));
}

/* Ten packets from the peer; where they leave: by the neighbour table, by the SA's next hop, to the
 * host. */
static void test_inbound(void **state)
{
    (void)state;
    struct esp_model_sa sa = engine_sa(3, 32, true, 0xc0de0003);
    uint8_t frame[PACKET_MAX], esp[ESP_MODEL_MAX];
    static const uint8_t near_mac[6] = {0x02, 0, 0, 0, 0x02, 0x77};
    uint32_t w[ESPL_NEXTHOP_ENTRY_WORDS];

    engine_restart();
    memcpy(sa.src_mac, engine_wan_mac, 6);
    memcpy(sa.dst_mac, engine_cipher_mac, 6);
    assert_int_equal(engine_sa_add(&sa, true, 3), 0);
    engine_mac_entry(near_mac, w);
    assert_int_equal(host_op(host, ESPL_OP_NEXTHOP_SET, 900, w, 4), 0);
    engine_neigh_set(LAN_HOST, 900, 1);
    engine_neigh_set(LAN_HOST + 1, 0, 0);
    for (uint32_t i = 0; i < 9; i++) {
        size_t len = 20 + i * 171;
        engine_frame(LAN_HOST + i % 3, len, i, frame);
        size_t n = esp_model_encap(&sa, i + 1, frame + PACKET_ETH, len, NULL, esp);
        engine_send(ENGINE_CIPHER, esp, n);
    }
    engine_drain();
    for (uint32_t i = 0; i < 9; i++) {
        size_t len = 20 + i * 171;
        uint8_t *ip = frame + PACKET_ETH;
        engine_frame(LAN_HOST + i % 3, len, i, frame);
        packet_forward(ip); /* the model's encap does it, as the peer does */
        if (i % 3 == 1) {
            expect_ip(ENGINE_HOST0, engine_plain_mac, engine_own_mac, ip, len);
            continue;
        }
        packet_forward(ip);
        expect_ip(ENGINE_PLAIN, i % 3 ? engine_lan_mac : near_mac, engine_plain_mac, ip, len);
    }
    expect_nothing();
    assert_int_equal(counter(ESPL_CNT_IN_DECRYPTED), 9);
    assert_int_equal(counter(ESPL_CNT_IN_INNER_HOST_ROUTE), 3);
    engine_account();
}

static void test_frames_for_others(void **state)
{
    (void)state;
    struct esp_model_sa sa = engine_sa(9, 16, false, 0x9999);
    uint8_t frame[PACKET_MAX], want[ESP_MODEL_MAX];
    uint32_t rng = 4;

    engine_restart();
    assert_int_equal(engine_sa_add(&sa, false, 9), 0);
    policy(0, ESPL_ACTION_BYPASS, 0, PEER_HOST + 1, 32);
    policy(1, ESPL_ACTION_DISCARD, 0, PEER_HOST + 2, 32);
    policy(2, ESPL_ACTION_PROTECT, UINT32_MAX, PEER_HOST + 3, 32);
    policy(3, ESPL_ACTION_PROTECT, 9, PEER_NET, 16);

    /* host0 and host1 to their ports, as they are */
    rng_fill(&rng, frame, 300);
    frame[0] = 0xfe;
    engine_send(ENGINE_HOST0, frame, 300);
    engine_send(ENGINE_HOST1, frame, 299);
    engine_drain();
    expect(ENGINE_PLAIN, frame, 300);
    expect(ENGINE_CIPHER, frame, 299);

    /* ARP from both networks to the host: to all, and to the port's own address */
    frame[12] = 0x08;
    frame[13] = 0x06;
    for (int own = 0; own < 2; own++) {
        memset(frame, 0xff, 6);
        if (own)
            memcpy(frame, engine_plain_mac, 6);
        engine_send(ENGINE_PLAIN, frame, 60);
        engine_drain();
        expect(ENGINE_HOST0, frame, 60);
        if (own)
            memcpy(frame, engine_cipher_mac, 6);
        engine_send(ENGINE_CIPHER, frame, 61);
        engine_drain();
        expect(ENGINE_HOST1, frame, 61);
    }
    assert_int_equal(counter(ESPL_CNT_OUT_HOST_MAC), 1);
    assert_int_equal(counter(ESPL_CNT_OUT_HOST_NOT_IP), 1);
    assert_int_equal(counter(ESPL_CNT_IN_HOST_MAC), 1);
    assert_int_equal(counter(ESPL_CNT_IN_HOST_NOT_ESP), 1);

    /* bypass, discard, no SA, no policy */
    for (uint32_t i = 1; i <= 3; i++)
        engine_send(ENGINE_PLAIN, frame, engine_frame(PEER_HOST + i, 100, i, frame));
    engine_send(ENGINE_PLAIN, frame, engine_frame(0x0a030001, 100, 4, frame));
    engine_drain();
    expect(ENGINE_HOST0, frame, (engine_frame(PEER_HOST + 1, 100, 1, frame)));
    expect(ENGINE_HOST0, frame, (engine_frame(0x0a030001, 100, 4, frame)));
    assert_int_equal(counter(ESPL_CNT_OUT_HOST_BYPASS), 1);
    assert_int_equal(counter(ESPL_CNT_OUT_DROP_DISCARD), 1);
    assert_int_equal(counter(ESPL_CNT_OUT_DROP_NO_SA), 1);
    assert_int_equal(counter(ESPL_CNT_OUT_HOST_NO_POLICY), 1);

    /* from host0 through the engine's own MAC */
    size_t n = engine_frame(PEER_HOST, 333, 5, frame);
    memcpy(frame, engine_own_mac, 6);
    engine_send(ENGINE_HOST0, frame, n);
    engine_drain();
    n = esp_model_encap(&sa, 1, frame + PACKET_ETH, 333, NULL, want);
    expect(ENGINE_CIPHER, want, n);
    expect_nothing();
    engine_account();
}

enum bad {
    BAD_TAG,
    BAD_TEXT,
    BAD_SEQ,
    BAD_REPLAY,
    BAD_PADDING,
    BAD_NEXT,
    BAD_DUMMY, /* not bad, but nobody gets it (RFC 4303 2.6) */
    BAD_CUT,
    BAD_SPI,
    BAD_KINDS
};

static const unsigned bad_counter[BAD_KINDS] = {
    [BAD_TAG] = ESPL_CNT_IN_DROP_AUTH,        [BAD_TEXT] = ESPL_CNT_IN_DROP_AUTH,
    [BAD_SEQ] = ESPL_CNT_IN_DROP_AUTH,        [BAD_REPLAY] = ESPL_CNT_IN_DROP_REPLAY,
    [BAD_PADDING] = ESPL_CNT_IN_DROP_PADDING, [BAD_NEXT] = ESPL_CNT_IN_DROP_INNER,
    [BAD_DUMMY] = ESPL_CNT_IN_DROP_DUMMY,     [BAD_CUT] = ESPL_CNT_IN_DROP_MALFORMED,
    [BAD_SPI] = ESPL_CNT_IN_DROP_NO_SA,
};

static size_t bad_frame(struct esp_model_sa sa, enum bad kind, uint64_t seq, const uint8_t *ip,
                        size_t len, uint8_t *esp)
{
    struct esp_model_wrong wrong = {.tag_bit = kind == BAD_TAG ? 77 : 0,
                                    .text_bit = kind == BAD_TEXT ? 200 : 0,
                                    .seq = kind == BAD_SEQ,
                                    .padding = kind == BAD_PADDING,
                                    .next_header = kind == BAD_NEXT     ? 99
                                                   : kind == BAD_DUMMY ? 59
                                                                       : 0,
                                    .cut = kind == BAD_CUT ? 3 : 0};
    if (kind == BAD_SPI)
        sa.spi += 4096; /* the same slot, another SPI */
    return esp_model_encap(&sa, kind == BAD_REPLAY ? 1 : seq, ip, len, &wrong, esp);
}

/* Each kind of bad packet is dropped by its own counter, and the next good one passes. */
static void test_bad_then_good(void **state)
{
    (void)state;
    struct esp_model_sa sa = engine_sa(11, 16, false, 0xc000000b);
    uint8_t frame[PACKET_MAX], esp[ESP_MODEL_MAX];
    uint8_t *ip = frame + PACKET_ETH;
    uint64_t seq = 1;

    engine_restart();
    memcpy(sa.dst_mac, engine_cipher_mac, 6);
    assert_int_equal(engine_sa_add(&sa, true, 11), 0);
    engine_frame(LAN_HOST, 201, 1, frame);
    engine_send(ENGINE_CIPHER, esp, esp_model_encap(&sa, seq++, ip, 201, NULL, esp));
    for (int kind = 0; kind < BAD_KINDS; kind++) {
        uint64_t before = counter(bad_counter[kind]);
        engine_send(ENGINE_CIPHER, esp, bad_frame(sa, kind, seq++, ip, 201, esp));
        engine_send(ENGINE_CIPHER, esp, esp_model_encap(&sa, seq++, ip, 201, NULL, esp));
        engine_drain();
        assert_int_equal(counter(bad_counter[kind]), before + 1);
        assert_int_equal(engine_waiting(ENGINE_PLAIN), 2 + kind);
    }
    assert_int_equal(counter(ESPL_CNT_IN_DECRYPTED), 1 + BAD_KINDS);
    assert_int_equal(engine_waiting(ENGINE_HOST1) + engine_waiting(ENGINE_HOST0), 0);

    /* at the port: marked bad, a runt, too long; on every port */
    uint8_t big[9200] = {0x02};
    for (int p = 0; p < ENGINE_PORTS; p++) {
        axis_send_bad(&engine.in[p], big, 100);
        axis_send(&engine.in[p], big, 13);
        axis_send(&engine.in[p], big, sizeof big);
        engine.sent += 3;
        engine_drain();
        for (unsigned c = 0; c < 3; c++)
            assert_int_equal(counter(ESPL_CNT_PLAIN_DROP_ERROR + 3 * (unsigned)p + c), 1);
    }
    engine_account();
}

static void test_delete_under_traffic(void **state)
{
    (void)state;
    struct esp_model_sa sa = engine_sa(20, 32, true, 0x2020);
    uint8_t frame[PACKET_MAX], want[ESP_MODEL_MAX];

    engine_restart();
    assert_int_equal(engine_sa_add(&sa, false, 20), 0);
    policy(511, ESPL_ACTION_PROTECT, 20, PEER_NET, 16);
    size_t n = engine_frame(PEER_HOST, 120, 1, frame);
    for (int i = 0; i < 2000; i++)
        engine_send(ENGINE_PLAIN, frame, n);
    host_cycles(host, 500);
    assert_int_equal(host_op(host, ESPL_OP_SA_OUT_DEL, 20, NULL, 0), 0);
    assert_false(axis_idle(&engine.in[ENGINE_PLAIN])); /* or this tests nothing */
    uint64_t done = engine.out[ENGINE_CIPHER].beats;
    engine_drain();
    assert_int_equal(engine.out[ENGINE_CIPHER].beats, done); /* nothing after the answer */
    uint64_t encrypted = counter(ESPL_CNT_OUT_ENCRYPTED);
    assert_int_equal(encrypted + counter(ESPL_CNT_OUT_DROP_NO_SA), 2000);
    assert_int_equal(engine_waiting(ENGINE_CIPHER), encrypted);
    for (uint64_t i = 0; i < encrypted; i++) /* each of them whole and right */
        expect(ENGINE_CIPHER, want,
               esp_model_encap(&sa, i + 1, frame + PACKET_ETH, 120, NULL, want));
    engine_account();
    assert_int_equal(host_op(host, ESPL_OP_SA_OUT_GET, 20, NULL, 0), ESPL_REASON_SLOT_EMPTY);
}

/* A policy changes from one SA to another between two packets: none is lost, each is right. */
static void test_rekey_under_traffic(void **state)
{
    (void)state;
    struct esp_model_sa sa[2] = {engine_sa(1, 16, true, 0x1001), engine_sa(2, 32, true, 0x1002)};
    uint8_t frame[PACKET_MAX], want[ESP_MODEL_MAX];
    uint32_t w[ESPL_POLICY_ENTRY_WORDS];
    uint64_t seq[2] = {0, 0};

    engine_restart();
    assert_int_equal(engine_sa_add(&sa[0], false, 1), 0);
    policy(3, ESPL_ACTION_PROTECT, 1, PEER_NET, 16);
    size_t n = engine_frame(PEER_HOST, 90, 1, frame);
    for (int i = 0; i < 1500; i++)
        engine_send(ENGINE_PLAIN, frame, n);
    assert_int_equal(engine_sa_add(&sa[1], false, 2), 0);
    engine_policy_entry(ESPL_ACTION_PROTECT, 2, 0, 0, w);
    assert_int_equal(host_op(host, ESPL_OP_POLICY_ACTION, 3, w, 2), 0);
    assert_false(axis_idle(&engine.in[ENGINE_PLAIN]));
    engine_drain();
    assert_int_equal(engine_waiting(ENGINE_CIPHER), 1500);
    for (int i = 0; i < 1500; i++) {
        const struct frame *f = engine.out[ENGINE_CIPHER].head;
        int which = get32(f->data + PACKET_ETH + 28) == sa[1].spi;
        assert_true(which || seq[1] == 0); /* never back */
        size_t len = esp_model_encap(&sa[which], ++seq[which], frame + PACKET_ETH, 90, NULL, want);
        expect(ENGINE_CIPHER, want, len);
    }
    assert_true(seq[0] > 0 && seq[1] > 0);
    engine_account();
}

static void test_reset_under_traffic(void **state)
{
    (void)state;
    struct esp_model_sa sa = engine_sa(30, 32, false, 0x1301e);
    uint8_t frame[PACKET_MAX], esp[ESP_MODEL_MAX], want[ESP_MODEL_MAX];

    engine_restart();
    assert_int_equal(engine_sa_add(&sa, false, 30), 0);
    assert_int_equal(engine_sa_add(&sa, true, 30), 0);
    policy(0, ESPL_ACTION_PROTECT, 30, PEER_NET, 16);
    host_wr(host, ESPL_REG_TOKEN, 0x1234);
    uint32_t generation = host_rd(host, ESPL_REG_GENERATION);
    uint32_t changes = host_rd(host, ESPL_REG_CHANGES);
    size_t n = engine_frame(PEER_HOST, 700, 1, frame);
    for (uint32_t i = 0; i < 50; i++) {
        engine_send(ENGINE_PLAIN, frame, n);
        engine_send(ENGINE_CIPHER, esp,
                    esp_model_encap(&sa, i + 1, frame + PACKET_ETH, 700, NULL, esp));
    }
    host_cycles(host, 333);
    host_wr(host, ESPL_REG_MBOX_REQ, 0xdeadbeef);
    host_wr(host, ESPL_REG_CONTROL, ESPL_CONTROL_RESET_MASK);
    assert_int_equal(host_rd(host, ESPL_REG_STATUS) & ESPL_STATUS_READY_MASK, 0);
    host_wait_ready(host);
    assert_int_equal(host_rd(host, ESPL_REG_TOKEN), 0);
    assert_int_equal(host_rd(host, ESPL_REG_GENERATION), generation + 1);
    assert_true(host_rd(host, ESPL_REG_CHANGES) != changes);
    engine_drain();
    for (unsigned c = 0; c < 2; c++)
        assert_int_equal(host_op(host, ESPL_OP_SA_OUT_GET + c, 30, NULL, 0),
                         ESPL_REASON_SLOT_EMPTY);
    assert_int_equal(counter(ESPL_CNT_OUT_ENCRYPTED), 0);
    assert_int_equal(counter(ESPL_CNT_IN_DECRYPTED), 0);

    /* without addresses, policies and SAs: everything goes to the host, or nowhere */
    for (int p = 0; p < ENGINE_PORTS; p++)
        for (struct frame *f; (f = engine_take(p)) != NULL;)
            frame_free(f);
    engine_send(ENGINE_PLAIN, frame, n);
    engine_send(ENGINE_CIPHER, esp, esp_model_encap(&sa, 99, frame + PACKET_ETH, 700, NULL, esp));
    engine_drain();
    expect(ENGINE_HOST0, frame, n);
    expect_nothing();

    /* and again as from the beginning: numbers start at 1 */
    engine_setup();
    assert_int_equal(engine_sa_add(&sa, false, 30), 0);
    policy(0, ESPL_ACTION_PROTECT, 30, PEER_NET, 16);
    engine_send(ENGINE_PLAIN, frame, n);
    engine_drain();
    expect(ENGINE_CIPHER, want, esp_model_encap(&sa, 1, frame + PACKET_ETH, 700, NULL, want));
    expect_nothing();
}

/* Everything at once, with pauses everywhere: nothing is lost without a reason. */
static void test_all_at_once(void **state)
{
    (void)state;
    uint8_t frame[PACKET_MAX], esp[ESP_MODEL_MAX];
    struct esp_model_sa sa[8];
    uint32_t rng = 99;

    for (unsigned pauses = 0; pauses <= 60; pauses += 30) {
        uint64_t seq[8] = {0};
        engine_restart();
        for (uint32_t i = 0; i < 8; i++) {
            sa[i] = engine_sa(i, i & 1 ? 32 : 16, i & 2, 0x4000 + i);
            assert_int_equal(engine_sa_add(&sa[i], false, i), 0);
            memcpy(sa[i].dst_mac, engine_cipher_mac, 6);
            assert_int_equal(engine_sa_add(&sa[i], true, i), 0);
            policy(10 + i, ESPL_ACTION_PROTECT, i, PEER_NET + (i << 8), 24);
        }
        engine_pauses(pauses, pauses);
        for (int i = 0; i < 1200; i++) {
            uint32_t slot = rng_next(&rng) % 10;
            size_t len = 20 + rng_next(&rng) % (i % 40 ? 400 : 8900);
            size_t n = engine_frame(PEER_NET + (slot << 8) + 1, len, rng_next(&rng), frame);
            switch (rng_next(&rng) % 4) {
            case 0:
                engine_send(ENGINE_PLAIN, frame, n);
                break;
            case 1:
                if (rng_next(&rng) & 1)
                    memcpy(frame, engine_own_mac, 6);
                engine_send(rng_next(&rng) & 1 ? ENGINE_HOST0 : ENGINE_HOST1, frame, n);
                break;
            default:
                slot %= 8;
                n = bad_frame(sa[slot], rng_next(&rng) % (2 * BAD_KINDS), ++seq[slot],
                              frame + PACKET_ETH, len, esp);
                engine_send(ENGINE_CIPHER, esp, n);
                break;
            }
        }
        engine_drain();
        engine_account();
        assert_true(counter(ESPL_CNT_OUT_ENCRYPTED) > 100);
        assert_true(counter(ESPL_CNT_IN_DECRYPTED) > 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_outbound),
        cmocka_unit_test(test_outer_header),
        cmocka_unit_test(test_esn),
        cmocka_unit_test(test_inbound),
        cmocka_unit_test(test_frames_for_others),
        cmocka_unit_test(test_bad_then_good),
        cmocka_unit_test(test_delete_under_traffic),
        cmocka_unit_test(test_rekey_under_traffic),
        cmocka_unit_test(test_reset_under_traffic),
        cmocka_unit_test(test_all_at_once),
    };
    engine_open();
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    engine_close();
    return rc;
}
