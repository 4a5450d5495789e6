/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SA's life in the whole engine: limits met to the packet and to the byte and told in the event
 * queue, its sequence numbers' third quarter aside; and changes under saturated traffic, which take
 * effect between two packets, lose none, and leave no cycle of the cipher port unused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/engine.h"

#define PEER_NET 0x0a020000u
#define PEER_HOST 0x0a020305u
#define LAN_HOST 0x0a030201u

static struct host *const host = &engine.host;

static uint64_t counter(unsigned i)
{
    host_cycles(host, 300); /* the counters' walk */
    return host_counter(host, i);
}

static bool irq(void)
{
    return rtl_get(rtl_port(engine.rtl, "irq"));
}

struct event {
    uint32_t kind, in, slot, spi;
    uint64_t detail;
};

/* The next event that the host has not read; the queue moves on. */
static struct event next_event(void)
{
    uint32_t tail = host_rd(host, ESPL_REG_EVENT_TAIL), w[ESPL_EVENT_ENTRY_WORDS];
    assert_true(host_rd(host, ESPL_REG_EVENT_HEAD) - tail - 1 < 16);
    for (uint32_t i = 0; i < ESPL_EVENT_ENTRY_WORDS; i++)
        w[i] = host_rd(host, ESPL_REG_EVENTS + 16 * (tail % 16) + 4 * i);
    host_wr(host, ESPL_REG_EVENT_TAIL, tail + 1);
    host_cycles(host, 10);
    return (struct event){w[0] & 0xff, w[0] >> 8 & 0xff, w[0] >> 16, w[1],
                          (uint64_t)w[2] << 32 | w[3]};
}

static void expect_event(uint32_t kind, bool in, uint32_t slot, uint32_t spi, uint64_t detail)
{
    struct event e = next_event();
    if (e.kind != kind || e.in != in || e.slot != slot || e.spi != spi || e.detail != detail)
        fail_msg("event %u of %s slot %u spi %x detail %llu; expected %u, slot %u, detail %llu",
                 e.kind, e.in ? "in" : "out", e.slot, e.spi, (unsigned long long)e.detail, kind,
                 slot, (unsigned long long)detail);
}

static void no_event(void)
{
    host_cycles(host, 100);
    assert_int_equal(host_rd(host, ESPL_REG_EVENT_HEAD), host_rd(host, ESPL_REG_EVENT_TAIL));
    assert_false(irq());
}

static void begin(void)
{
    engine_restart();
    host_wr(host, ESPL_REG_EVENT_CONTROL, ESPL_EVENT_CONTROL_IRQ_MASK);
    no_event();
}

static void protect(uint32_t row, uint32_t slot, uint32_t dst, unsigned len)
{
    uint32_t w[ESPL_POLICY_ENTRY_WORDS];
    engine_policy_entry(ESPL_ACTION_PROTECT, slot, dst, len, w);
    assert_int_equal(host_op(host, ESPL_OP_POLICY_SET, row, w, ESPL_POLICY_ENTRY_WORDS), 0);
}

/* soft, hard packets, soft, hard bytes */
static void install(const struct esp_model_sa *sa, bool in, uint32_t slot, const uint32_t limits[4])
{
    uint32_t w[ESPL_SA_ENTRY_WORDS];
    engine_sa_entry(sa, in, w);
    for (unsigned i = 0; i < 4; i++)
        w[ESPL_SA_ENTRY_SOFT_PACKETS_LO + 2 * i] = limits[i];
    assert_int_equal(host_op(host, in ? ESPL_OP_SA_IN_ADD : ESPL_OP_SA_OUT_ADD, slot, w,
                             ESPL_SA_ENTRY_WORDS),
                     0);
}

static uint32_t info(bool in, uint32_t slot, unsigned word)
{
    assert_int_equal(host_op(host, ESPL_OP_SA_OUT_GET + in, slot, NULL, 0), 0);
    host_answer(host);
    return host->rsp[word];
}

static void test_limits_outbound(void **state)
{
    (void)state;
    const struct esp_model_sa sa = engine_sa(3, 32, false, 0x3003);
    uint8_t frame[PACKET_MAX], want[ESP_MODEL_MAX];
    begin();
    install(&sa, false, 3, (const uint32_t[4]){40, 100, 5000, 0});
    protect(0, 3, PEER_NET, 16);
    size_t n = engine_frame(PEER_HOST, 100, 1, frame);
    for (int i = 0; i < 130; i++)
        engine_send(ENGINE_PLAIN, frame, n);
    engine_drain();
    assert_true(irq());
    expect_event(ESPL_EVENT_SOFT_PACKETS, false, 3, sa.spi, 40);
    expect_event(ESPL_EVENT_SOFT_BYTES, false, 3, sa.spi, 5000);
    assert_true(irq());
    expect_event(ESPL_EVENT_HARD_PACKETS, false, 3, sa.spi, 100);
    no_event();
    assert_int_equal(engine_waiting(ENGINE_CIPHER), 100);
    for (uint64_t i = 1; i <= 100; i++) { /* each of them right, and numbered without a gap */
        struct frame *f = engine_take(ENGINE_CIPHER);
        assert_int_equal(f->len, esp_model_encap(&sa, i, frame + PACKET_ETH, 100, NULL, want));
        assert_memory_equal(f->data, want, f->len);
        frame_free(f);
    }
    assert_int_equal(counter(ESPL_CNT_OUT_DROP_LIFETIME), 30);
    assert_int_equal(info(false, 3, ESPL_SA_INFO_PACKETS_LO), 100);
    assert_int_equal(info(false, 3, ESPL_SA_INFO_HARD_PACKETS_LO), 100);
    engine_account();

    /* more life by an update: the numbers go on */
    uint32_t w[ESPL_SA_ENTRY_WORDS];
    engine_sa_entry(&sa, false, w);
    memset(w + ESPL_SA_ENTRY_SPI, 0, 4 * (ESPL_SA_ENTRY_SRC - ESPL_SA_ENTRY_SPI));
    w[ESPL_SA_ENTRY_HARD_BYTES_LO] = 10250;
    assert_int_equal(host_op(host, ESPL_OP_SA_OUT_UPDATE, 3, w, ESPL_SA_ENTRY_WORDS), 0);
    for (int i = 0; i < 5; i++)
        engine_send(ENGINE_PLAIN, frame, n);
    engine_drain();
    assert_int_equal(engine_waiting(ENGINE_CIPHER), 2);
    expect_event(ESPL_EVENT_HARD_BYTES, false, 3, sa.spi, 10200);
    no_event();
    n = engine_frame(PEER_HOST, 50, 1, frame); /* what still fits */
    engine_send(ENGINE_PLAIN, frame, n);
    engine_send(ENGINE_PLAIN, frame, n);
    engine_drain();
    assert_int_equal(engine_waiting(ENGINE_CIPHER), 3);
    assert_int_equal(info(false, 3, ESPL_SA_INFO_BYTES_LO), 10250);
    assert_int_equal(info(false, 3, ESPL_SA_INFO_SEQ_LO), 103);
    no_event();
}

/* Only what was delivered counts (invariant 3): not wrong tags, not replays. */
static void test_limits_inbound(void **state)
{
    (void)state;
    struct esp_model_sa sa = engine_sa(4, 16, true, 0x4004);
    uint8_t frame[PACKET_MAX], esp[ESP_MODEL_MAX];
    const struct esp_model_wrong wrong_tag = {.tag_bit = 5};
    uint64_t seq = 0;
    begin();
    memcpy(sa.dst_mac, engine_cipher_mac, 6);
    install(&sa, true, 4, (const uint32_t[4]){20, 50, 0, 0});
    engine_frame(LAN_HOST, 120, 1, frame);
    for (int i = 0; i < 70; i++) {
        const uint8_t *ip = frame + PACKET_ETH;
        size_t n = esp_model_encap(&sa, seq + 1, ip, 120, &wrong_tag, esp);
        engine_send(ENGINE_CIPHER, esp, n);
        n = esp_model_encap(&sa, ++seq, ip, 120, NULL, esp);
        engine_send(ENGINE_CIPHER, esp, n);
        engine_send(ENGINE_CIPHER, esp, n); /* the same number again */
    }
    engine_drain();
    assert_int_equal(engine_waiting(ENGINE_PLAIN), 50);
    expect_event(ESPL_EVENT_AUTH, true, 4, sa.spi, 0); /* the first of 70, the others limited */
    expect_event(ESPL_EVENT_SOFT_PACKETS, true, 4, sa.spi, 20);
    expect_event(ESPL_EVENT_HARD_PACKETS, true, 4, sa.spi, 50);
    no_event();
    assert_int_equal(counter(ESPL_CNT_IN_DROP_AUTH), 70);
    assert_int_equal(counter(ESPL_CNT_IN_DROP_REPLAY), 70);
    assert_int_equal(counter(ESPL_CNT_IN_DROP_LIFETIME), 20);
    assert_int_equal(info(true, 4, ESPL_SA_INFO_PACKETS_LO), 50);
    engine_account();
}

/* More than the queue holds, unread: they wait, and what finds no room is counted. */
static void test_a_full_queue(void **state)
{
    (void)state;
    enum { SAS = 60 };
    uint8_t frame[PACKET_MAX];
    begin();
    for (uint32_t i = 0; i < SAS; i++) {
        const struct esp_model_sa sa = engine_sa(i, 16, false, 0x6000 + i);
        install(&sa, false, i, (const uint32_t[4]){1, 0, 0, 0});
        protect(i, i, PEER_NET + (i << 8), 24);
    }
    for (uint32_t i = 0; i < SAS; i++)
        engine_send(ENGINE_PLAIN, frame, engine_frame(PEER_NET + (i << 8) + 1, 60, i, frame));
    engine_drain();
    assert_int_equal(host_rd(host, ESPL_REG_EVENT_HEAD), 16);
    uint32_t lost = host_rd(host, ESPL_REG_EVENT_LOST), told = 0, at = 0;
    assert_true(lost > 0 && lost < SAS - 16);
    while (host_rd(host, ESPL_REG_EVENT_HEAD) != host_rd(host, ESPL_REG_EVENT_TAIL)) {
        struct event e = next_event();
        assert_true(e.kind == ESPL_EVENT_SOFT_PACKETS && !e.in && e.detail == 1);
        assert_true(e.slot >= at && e.slot < SAS && e.spi == 0x6000 + e.slot); /* in their order */
        at = e.slot + 1;
        told++;
    }
    assert_int_equal(told + lost, SAS);
    no_event();
    host_reset(host);
    assert_int_equal(host_rd(host, ESPL_REG_EVENT_HEAD), 0);
    assert_int_equal(host_rd(host, ESPL_REG_EVENT_LOST), 0);
}

/* ------------------------------------------------------------------ under traffic */

enum { PACKETS = 4000, LEN = 90 };

static void saturate(void)
{
    uint8_t frame[PACKET_MAX];
    size_t n = engine_frame(PEER_HOST, LEN, 1, frame);
    for (int i = 0; i < PACKETS; i++)
        engine_send(ENGINE_PLAIN, frame, n);
    host_cycles(host, 400); /* until they leave */
}

/* What left since the call before, in beats; the port never waits, so each cycle is one. */
static void no_cycle_unused(uint64_t beats, uint64_t cycles)
{
    uint64_t now = engine.out[ENGINE_CIPHER].beats;
    assert_false(axis_idle(&engine.in[ENGINE_PLAIN])); /* or this tests nothing */
    assert_int_equal(now - beats, rtl_cycles(engine.rtl) - cycles);
}

/* All of them, whole: the first `first` as sa[0] makes them, the rest as sa[1] does. */
static void expect_both(const struct esp_model_sa sa[2], bool renumbered)
{
    uint8_t frame[PACKET_MAX], want[2][ESP_MODEL_MAX];
    uint64_t of[2] = {0, 0}, seq[2] = {0, 0};
    engine_frame(PEER_HOST, LEN, 1, frame);
    assert_int_equal(engine_waiting(ENGINE_CIPHER), PACKETS);
    for (uint64_t i = 1; i <= PACKETS; i++) {
        struct frame *f = engine_take(ENGINE_CIPHER);
        size_t n[2];
        for (int s = 0; s < 2; s++)
            n[s] = esp_model_encap(&sa[s], renumbered ? seq[s] + 1 : i, frame + PACKET_ETH, LEN,
                                   NULL, want[s]);
        int which = of[1] || f->len != n[0] || memcmp(f->data, want[0], n[0]) != 0;
        if (f->len != n[which] || memcmp(f->data, want[which], n[which]) != 0)
            fail_msg("packet %llu is neither the old one nor the new one", (unsigned long long)i);
        of[which]++;
        seq[which]++;
        frame_free(f);
    }
    assert_true(of[0] > 0 && of[1] > 0);
    engine_account();
}

/* SA_OUT_UPDATE: other addresses, DSCP, ports' encapsulation and next hop, all at once or not. */
static void test_update_under_traffic(void **state)
{
    (void)state;
    struct esp_model_sa sa[2] = {engine_sa(5, 16, false, 0x5005), engine_sa(5, 16, true, 0x5005)};
    uint32_t w[ESPL_SA_ENTRY_WORDS];
    sa[1].src = 0xc0000299;
    sa[1].dst = 0xc6336477;
    sa[1].dscp_set = true;
    sa[1].dscp = 46;
    sa[1].ttl = 77;
    memcpy(sa[1].dst_mac, engine_lan_mac, 6);
    engine_restart();
    assert_int_equal(engine_sa_add(&sa[0], false, 5), 0);
    protect(0, 5, PEER_NET, 16);
    saturate();
    uint64_t beats = engine.out[ENGINE_CIPHER].beats, cycles = rtl_cycles(engine.rtl);
    engine_sa_entry(&sa[1], false, w);
    memset(w + ESPL_SA_ENTRY_SPI, 0, 4 * (ESPL_SA_ENTRY_SRC - ESPL_SA_ENTRY_SPI));
    w[ESPL_SA_ENTRY_ROUTE] = (w[ESPL_SA_ENTRY_ROUTE] & ~0xffffu) | ENGINE_HOP_LAN;
    assert_int_equal(host_op(host, ESPL_OP_SA_OUT_UPDATE, 5, w, ESPL_SA_ENTRY_WORDS), 0);
    no_cycle_unused(beats, cycles);
    engine_drain();
    expect_both(sa, false);
}

/* POLICY_ACTION: another SA, as in a rekey. */
static void test_rekey_without_a_gap(void **state)
{
    (void)state;
    const struct esp_model_sa sa[2] = {engine_sa(6, 16, false, 0x6006),
                                       engine_sa(7, 32, false, 0x7007)};
    uint32_t w[ESPL_POLICY_ENTRY_WORDS];
    engine_restart();
    assert_int_equal(engine_sa_add(&sa[0], false, 6), 0);
    assert_int_equal(engine_sa_add(&sa[1], false, 7), 0);
    protect(0, 6, PEER_NET, 16);
    saturate();
    uint64_t beats = engine.out[ENGINE_CIPHER].beats, cycles = rtl_cycles(engine.rtl);
    engine_policy_entry(ESPL_ACTION_PROTECT, 7, 0, 0, w);
    assert_int_equal(host_op(host, ESPL_OP_POLICY_ACTION, 0, w, 2), 0);
    no_cycle_unused(beats, cycles);
    engine_drain();
    expect_both(sa, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits_outbound),      cmocka_unit_test(test_limits_inbound),
        cmocka_unit_test(test_a_full_queue),         cmocka_unit_test(test_update_under_traffic),
        cmocka_unit_test(test_rekey_without_a_gap),
    };
    engine_open();
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    engine_close();
    return rc;
}
