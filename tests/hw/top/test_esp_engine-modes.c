/* SPDX-License-Identifier: Apache-2.0 */
/* Every mode through the mailbox and both directions: what an SA's entry says is what its packets
 * become, to the byte the model's; and sent back to cipher, where an SA with the same key waits, they
 * are the packets that came, one hop further. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/engine.h"

enum { SAS = 64, ROUNDS = 4 };

static const uint8_t net6[16] = {0x20, 1, 0x0d, 0xb8, 0, 2},
                     host6[16] = {0x20, 1, 0x0d, 0xb8, 0, 1, [15] = 1};
static struct esp_model_sa sas[SAS];

/* SA n of all combinations; of the tunnels every other one pads. */
static struct esp_model_sa make(uint32_t n)
{
    struct esp_model_sa sa = engine_sa(n + 1, n & 1 ? 16 : 32, n & 2, 0xabcd0000u | n);
    uint32_t rng = n + 99;

    sa.v6 = n & 4;
    sa.transport = n & 8;
    sa.gmac = n & 16;
    sa.esn = n & 32;
    sa.tfc = !sa.transport && n & 1 ? (uint16_t)(150 + n) : 0;
    sa.flow_zero = n % 3 == 0;
    rng_fill(&rng, sa.src6, 16);
    rng_fill(&rng, sa.dst6, 16);
    if (sa.transport) { /* the packets' own addresses */
        sa.src = 0x0a010001;
        sa.dst = 0x0a020000u | n;
        memcpy(sa.src6, host6, 16);
        memcpy(sa.dst6, net6, 16);
        sa.dst6[15] = (uint8_t)n;
    }
    return sa;
}

/* Destination n of a family has row 2n or 2n + 1. */
static void protect(uint32_t n, bool v6)
{
    uint32_t w[ESPL_POLICY_ENTRY_WORDS];
    engine_policy_entry(ESPL_ACTION_PROTECT, n, v6 ? 0 : 0x0a020000u | n, v6 ? 0 : 32, w);
    for (unsigned i = 0; v6 && i < 4; i++) {
        w[ESPL_POLICY_ENTRY_DST_VALUE + i] = get32(net6 + 4 * i) | (i == 3 ? n : 0);
        w[ESPL_POLICY_ENTRY_DST_MASK + i] = UINT32_MAX;
    }
    w[ESPL_POLICY_ENTRY_FLAGS] |= v6 ? ESPL_POLICY_ENTRY_FLAGS_FAMILY_MASK : 0u;
    assert_int_equal(host_op(&engine.host, ESPL_OP_POLICY_SET, 2 * n + v6, w,
                             ESPL_POLICY_ENTRY_WORDS),
                     ESPL_REASON_OK);
}

static size_t packet(uint32_t n, uint32_t round, uint8_t *ip)
{
    struct packet_spec spec = {.v6 = sas[n].transport ? sas[n].v6 : round & 1,
                               .src = 0x0a010001,
                               .dst = 0x0a020000u | n,
                               .flow = n * 1111 + round,
                               .proto = round & 2 ? 6 : 17,
                               .sport = 1000,
                               .dport = 2000,
                               .tos = (uint8_t)(round * 41 & 0xfc),
                               .len = 60 + (n * 37 + round * 101) % 400,
                               .seed = n * 7 + round};
    memcpy(spec.src6, host6, 16);
    memcpy(spec.dst6, net6, 16);
    spec.dst6[15] = (uint8_t)n;
    return packet_build(&spec, ip);
}

static void expect(uint32_t n, enum engine_port port, const uint8_t *want, size_t len)
{
    struct frame *f = engine_take(port);
    if (!f)
        fail_msg("SA %u: no frame at port %d", n, port);
    assert_int_equal(f->len, len);
    assert_memory_equal(f->data, want, len);
    frame_free(f);
}

static void hop(uint32_t row, const uint8_t mac[6], bool set, uint32_t tci)
{
    uint32_t w[ESPL_NEXTHOP_ENTRY_WORDS];
    engine_mac_entry(mac, w);
    w[ESPL_NEXTHOP_ENTRY_MAC_HI] |= set ? ESPL_NEXTHOP_ENTRY_MAC_HI_VLAN_SET_MASK : 0u;
    w[ESPL_NEXTHOP_ENTRY_VLAN] = tci;
    assert_int_equal(host_op(&engine.host, ESPL_OP_NEXTHOP_SET, row, w, ESPL_NEXTHOP_ENTRY_WORDS),
                     ESPL_REASON_OK);
}

/* The frame of SA n's packet: out as the model makes it, and the same back in. */
static void there_and_back(uint32_t n, uint32_t round, bool tagged, uint16_t tci, bool set,
                           uint16_t set_tci)
{
    static uint8_t ip[PACKET_MAX], frame[PACKET_MAX + 64], esp[ESP_MODEL_MAX], out[PACKET_MAX];
    struct esp_model_sa *sa = &sas[n];
    struct esp_model_opened opened;
    size_t len = packet(n, round, ip), esp_len;

    len = packet_frame(engine_plain_mac, engine_lan_mac, ip, len, 60, frame);
    engine_send(ENGINE_PLAIN, frame, tagged ? packet_tag(frame, len, tci) : len);
    engine_drain();
    sa->tagged = set ? (set_tci & 0xfff) != 0 : tagged;
    sa->tci = set ? set_tci : tci;
    memcpy(sa->dst_mac, engine_wan_mac, 6);
    esp_len = esp_model_encap(sa, round + 1, ip, packet_len(ip), NULL, esp);
    expect(n, ENGINE_CIPHER, esp, esp_len);

    assert_int_equal(esp_model_open(sa, esp, esp_len, &opened), ESP_MODEL_OK);
    assert_true(esp_model_deliver(&opened, out));
    memcpy(esp, engine_cipher_mac, 6);
    engine_send(ENGINE_CIPHER, esp, esp_len);
    engine_drain();
    len = packet_frame(engine_lan_mac, engine_plain_mac, out, packet_len(out), 0, frame);
    if (sa->tagged)
        len = packet_tag(frame, len, sa->tci);
    expect(n, ENGINE_PLAIN, frame, len);
}

static void test_every_mode_there_and_back(void **state)
{
    (void)state;
    engine_restart();
    for (uint32_t n = 0; n < SAS; n++) {
        sas[n] = make(n);
        for (unsigned in = 0; in < 2; in++)
            assert_int_equal(engine_sa_add(&sas[n], in, n), ESPL_REASON_OK);
        for (unsigned v6 = 0; v6 < 2; v6++)
            protect(n, v6);
    }
    for (uint32_t round = 0; round < ROUNDS; round++) {
        static const uint16_t set_tci[ROUNDS] = {0, 0x2005, 0xe000, 0};
        bool set = round == 1 || round == 2; /* a tag, and none */
        hop(ENGINE_HOP_WAN, engine_wan_mac, set, set_tci[round]);
        for (uint32_t n = 0; n < SAS; n++)
            there_and_back(n, round, round & 1, (uint16_t)(0x6000 | (n + 1)), set, set_tci[round]);
    }
    assert_int_equal(host_counter(&engine.host, ESPL_CNT_OUT_ENCRYPTED), SAS * ROUNDS);
    assert_int_equal(host_counter(&engine.host, ESPL_CNT_IN_DECRYPTED), SAS * ROUNDS);
    engine_account();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_mode_there_and_back)};
    engine_open();
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    engine_close();
    return rc;
}
