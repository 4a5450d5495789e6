/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrong bits in the memories of the whole engine: the packet that meets one is dropped and counted,
 * the SA is gone with its key, the host is told once and can install it anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/engine.h"

#define PEER_NET 0x0a020000u
#define PEER_HOST 0x0a020001u
#define LAN_HOST 0x0a010001u
#define SLOT 0x5a7u
#define LEN 300u

static struct host *const host = &engine.host;
static uint32_t events; /* read so far */

static void flip(const char *memory, size_t row, unsigned bit)
{
    struct rtl_memory m;
    if (!rtl_memory(engine.rtl, memory, &m))
        fail_msg("the model has no memory %s", memory);
    assert_true(row < m.rows);
    m.bits[row * m.stride + bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* Exactly one TABLE_ERROR has come, and it is this; packets without an SA, and wrong tags, are told of
 * as well. */
static void expect_event(bool inbound, uint32_t slot, uint32_t detail)
{
    host_cycles(host, 100);
    uint32_t head = host_rd(host, ESPL_REG_EVENT_HEAD), found = 0;
    for (; events != head; events++) {
        uint32_t at = ESPL_REG_EVENTS + 16 * (events % 16), what = host_rd(host, at);
        if ((what & 0xff) != ESPL_EVENT_TABLE_ERROR)
            continue;
        found++;
        assert_int_equal(what, ESPL_EVENT_TABLE_ERROR | (uint32_t)inbound << 8 | slot << 16);
        assert_int_equal(host_rd(host, at + 12), detail);
    }
    assert_int_equal(found, 1);
    host_wr(host, ESPL_REG_EVENT_TAIL, events);
}

static void restart(void)
{
    engine_restart();
    events = 0;
}

static struct esp_model_sa sa_of(uint32_t seed)
{
    struct esp_model_sa sa = engine_sa(seed, 32, false, 0xc0de0000 | SLOT);
    memcpy(sa.dst_mac, engine_cipher_mac, 6);
    return sa;
}

/* A packet each way; does it come out? */
static bool out_passes(void)
{
    uint8_t frame[PACKET_MAX];
    engine_send(ENGINE_PLAIN, frame, engine_frame(PEER_HOST, LEN, 1, frame));
    engine_drain();
    struct frame *f = engine_take(ENGINE_CIPHER);
    bool passed = f != NULL;
    frame_free(f);
    return passed;
}

static bool in_passes(const struct esp_model_sa *sa, uint64_t seq)
{
    uint8_t frame[PACKET_MAX], esp[ESP_MODEL_MAX];
    engine_frame(LAN_HOST, LEN, 1, frame);
    engine_send(ENGINE_CIPHER, esp,
                esp_model_encap(sa, seq, frame + PACKET_ETH, LEN, NULL, esp));
    engine_drain();
    struct frame *f = engine_take(ENGINE_PLAIN);
    bool passed = f != NULL;
    frame_free(f);
    return passed;
}

static void reinstall(const struct esp_model_sa *sa, bool in)
{
    assert_int_equal(host_op(host, in ? ESPL_OP_SA_IN_DEL : ESPL_OP_SA_OUT_DEL, SLOT, NULL, 0), 0);
    assert_int_equal(engine_sa_add(sa, in, SLOT), 0);
}

static void policy(enum espl_map_op op, uint32_t row, unsigned len)
{
    uint32_t w[ESPL_POLICY_ENTRY_WORDS];
    engine_policy_entry(ESPL_ACTION_PROTECT, SLOT, len == 32 ? PEER_HOST : PEER_NET, len, w);
    assert_int_equal(host_op(host, op, row, w, ESPL_POLICY_ENTRY_WORDS), 0);
}

static void test_outbound_rows(void **state)
{
    (void)state;
    static const struct {
        const char *memory;
        unsigned bit;
    } rows[] = {{"sas.keys.rows", 0},     {"sas.keys.rows", 100},  {"sas.keys.rows", 323},
                {"sas.headers.rows", 50}, {"sas.headers.rows", 327}, {"sas.lifetimes.rows", 200},
                {"policies.shapes.rows", 3}, {"policies.shapes.rows", 20}};
    const struct esp_model_sa sa = sa_of(1);
    restart();
    assert_int_equal(engine_sa_add(&sa, false, SLOT), 0);
    policy(ESPL_OP_POLICY_SET, 7, 16);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[64];
        assert_true(snprintf(name, sizeof name, "outbound.%s", rows[i].memory) > 0);
        assert_true(out_passes());
        flip(name, SLOT, rows[i].bit);
        assert_false(out_passes());
        expect_event(false, SLOT, 0);
        assert_int_equal(host_counter(host, ESPL_CNT_OUT_TABLE_ERRORS), i + 1);
        uint64_t before = host_counter(host, ESPL_CNT_OUT_DROP_NO_SA);
        if (strstr(name, "shapes") == NULL) /* whose bit is still wrong */
            assert_false(out_passes());
        host_cycles(host, 300);
        assert_int_equal(host_counter(host, ESPL_CNT_OUT_DROP_NO_SA),
                         before + (strstr(name, "shapes") == NULL));
        reinstall(&sa, false);
    }
    assert_true(out_passes());
    engine_account();
}

/* A wrong power of H: a wrong tag, and no SA any more. */
static void test_outbound_powers(void **state)
{
    (void)state;
    const struct esp_model_sa sa = sa_of(2);
    uint8_t frame[PACKET_MAX], want[ESP_MODEL_MAX];
    restart();
    assert_int_equal(engine_sa_add(&sa, false, SLOT), 0);
    policy(ESPL_OP_POLICY_SET, 7, 16);
    flip("outbound.sas.powers.powers.rows", SLOT, 3);
    engine_send(ENGINE_PLAIN, frame, engine_frame(PEER_HOST, LEN, 1, frame));
    engine_drain();
    struct frame *f = engine_take(ENGINE_CIPHER);
    size_t n = esp_model_encap(&sa, 1, frame + PACKET_ETH, LEN, NULL, want);
    assert_non_null(f);
    assert_int_equal(f->len, n);
    assert_memory_equal(f->data + PACKET_ETH, want + PACKET_ETH, n - 16 - PACKET_ETH);
    assert_memory_not_equal(f->data + n - 16, want + n - 16, 16);
    frame_free(f);
    expect_event(false, SLOT, 0);
    assert_false(out_passes());
    engine_account();
}

static void test_inbound_rows(void **state)
{
    (void)state;
    static const struct {
        const char *memory;
        unsigned bit;
        bool late; /* read after decryption */
    } rows[] = {{"keys.rows", 5, false},    {"keys.rows", 325, false},  {"headers.rows", 129, false},
                {"windows.rows", 8, true},  {"windows.rows", 7, true}, {"checks.rows", 80, true},
                {"checks.rows", 640, true}};
    const struct esp_model_sa sa = sa_of(3);
    uint64_t seq = 1, errors = 0;
    restart();
    assert_int_equal(engine_sa_add(&sa, true, SLOT), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[64];
        assert_true(snprintf(name, sizeof name, "inbound.sas.%s", rows[i].memory) > 0);
        assert_true(in_passes(&sa, seq++));
        flip(name, SLOT, rows[i].bit);
        assert_false(in_passes(&sa, seq++));
        expect_event(true, SLOT, 0);
        host_cycles(host, 300);
        errors++;
        assert_int_equal(host_counter(host, ESPL_CNT_IN_TABLE_ERRORS), errors);
        assert_false(in_passes(&sa, seq++));
        host_cycles(host, 300);
        assert_int_equal(host_counter(host, ESPL_CNT_IN_DROP_NO_SA), errors);
        reinstall(&sa, true);
        seq = 1;
    }
    /* a wrong power is a wrong tag */
    flip("inbound.sas.powers.powers.rows", SLOT, 128 * 15 + 3);
    flip("inbound.sas.powers.powers.rows", SLOT, 3);
    assert_false(in_passes(&sa, 1));
    expect_event(true, SLOT, 0);
    assert_int_equal(host_counter(host, ESPL_CNT_IN_DROP_AUTH), 1);
    assert_false(in_passes(&sa, 2));
    engine_account();
}

/* Rows and cells: wrong until written anew. The memories that find rows heal. */
static void test_policies(void **state)
{
    (void)state;
    const struct esp_model_sa sa = sa_of(4);
    restart();
    assert_int_equal(engine_sa_add(&sa, false, SLOT), 0);
    policy(ESPL_OP_POLICY_SET, 70, 16);
    assert_true(out_passes());
    flip("policies.actions.rows", 70, 1);
    assert_false(out_passes());
    expect_event(false, 70, 1);
    assert_false(out_passes()); /* told of once in a while */
    policy(ESPL_OP_POLICY_SET, 70, 16);
    assert_true(out_passes());

    for (unsigned at = 0; at < 512; at++)
        flip("finder.tile[0].search.column[2].rows", at, 65 + 6);
    host_cycles(host, 70000); /* the next one is told */
    assert_false(out_passes());
    host_cycles(host, 5000);
    assert_true(out_passes());
    expect_event(false, 70, 2);

    uint32_t cell = engine_neigh_cell(PEER_HOST, 1); /* the same hash */
    policy(ESPL_OP_EXACT_SET, cell, 32);
    assert_int_equal(host_op(host, ESPL_OP_POLICY_CLEAR, 70, NULL, 0), 0);
    assert_true(out_passes());
    host_cycles(host, 70000);
    char name[64];
    assert_true(snprintf(name, sizeof name, "exact.cells.place[%u].cells.rows",
                         4 + cell % 4) > 0);
    flip(name, cell / 4 % 1024, 345);
    assert_false(out_passes());
    assert_int_equal(host_op(host, ESPL_OP_EXACT_CLEAR, cell, NULL, 0), 0);
    policy(ESPL_OP_EXACT_SET, cell, 32);
    assert_true(out_passes());
    assert_int_equal(host_counter(host, ESPL_CNT_OUT_TABLE_ERRORS), 4);
    engine_account();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outbound_rows),
        cmocka_unit_test(test_outbound_powers),
        cmocka_unit_test(test_inbound_rows),
        cmocka_unit_test(test_policies),
    };
    engine_open();
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    engine_close();
    return rc;
}
