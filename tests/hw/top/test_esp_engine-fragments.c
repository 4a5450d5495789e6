/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole engine and fragments from the LAN (RFC 4301 7): what the mailbox wrote of a policy's
 * ports decides whether the engine or the host judges them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/engine.h"

enum { PORT = 5000, LEN = 700, FIRST = 0x2000, MIDDLE = 0x2055, LAST = 0x00aa };
#define NET 0x0a020000u       /* 10.2.0.0/16: rows that look at ports and one that does not */
#define OTHER_NET 0x0a030000u /* 10.3.0.0/16: a row for everything */

static struct host *const host = &engine.host;
static struct esp_model_sa sa[2];
static uint64_t seq[2];

/* Row `row` protects `dst`/16 with the SA in `slot`: of one protocol, or of one port too. */
static void policy(uint32_t row, uint32_t slot, uint32_t dst, uint8_t proto, uint16_t port)
{
    uint32_t w[ESPL_POLICY_ENTRY_WORDS];
    engine_policy_entry(ESPL_ACTION_PROTECT, slot, dst, 16, w);
    if (proto)
        w[ESPL_POLICY_ENTRY_PROTO] = proto | 0xff00u;
    if (port)
        w[ESPL_POLICY_ENTRY_DPORT] = port | (uint32_t)port << 16;
    assert_int_equal(host_op(host, ESPL_OP_POLICY_SET, row, w, ESPL_POLICY_ENTRY_WORDS), 0);
}

static void start(void)
{
    engine_restart();
    for (uint32_t i = 0; i < 2; i++) {
        sa[i] = engine_sa(i, 32, false, 0x1000 + i);
        seq[i] = 0;
        assert_int_equal(engine_sa_add(&sa[i], false, i), 0);
    }
    policy(3, 0, NET, 17, PORT);
    policy(4, 0, NET, 6, 0);
    policy(9, 1, OTHER_NET, 0, 0);
}

static size_t build(uint32_t net, uint8_t proto, uint16_t port, uint16_t part, uint8_t *frame)
{
    uint8_t ip[PACKET_MAX];
    struct packet_spec spec = {.src = 0x0a010001,
                               .dst = net + 1,
                               .proto = proto,
                               .sport = 4000,
                               .dport = port,
                               .fragment = part,
                               .id = 77,
                               .len = LEN,
                               .seed = part};
    return packet_frame(engine_plain_mac, engine_lan_mac, ip, packet_build(&spec, ip), 60, frame);
}

/* Sends one; it must leave encrypted by the SA in `slot`, or for the host (-1). */
static void judge(uint32_t net, uint8_t proto, uint16_t port, uint16_t part, int slot)
{
    uint8_t frame[PACKET_MAX + 64], want[ESP_MODEL_MAX];
    size_t n = build(net, proto, port, part, frame), want_len = n;
    engine_send(ENGINE_PLAIN, frame, n);
    engine_drain();
    if (slot >= 0)
        want_len = esp_model_encap(&sa[slot], ++seq[slot], frame + PACKET_ETH, LEN, NULL, want);
    struct frame *f = engine_take(slot < 0 ? ENGINE_HOST0 : ENGINE_CIPHER);
    assert_non_null(f);
    assert_int_equal(f->len, want_len);
    assert_memory_equal(f->data, slot < 0 ? frame : want, want_len);
    frame_free(f);
    for (int p = 0; p < ENGINE_PORTS; p++)
        assert_int_equal(engine_waiting(p), 0);
}

static void test_who_judges(void **state)
{
    (void)state;
    start();
    judge(NET, 17, PORT, 0, 0);
    judge(NET, 17, PORT, FIRST, 0);      /* has its ports */
    judge(NET, 17, PORT + 1, FIRST, -1); /* and by them no policy */
    judge(NET, 17, PORT, MIDDLE, -1);    /* nobody knows */
    judge(NET, 17, PORT, LAST, -1);
    judge(NET, 6, PORT, MIDDLE, 0); /* the row before is not for TCP, whatever its ports */
    judge(NET, 6, PORT, LAST, 0);
    judge(OTHER_NET, 17, PORT, FIRST, 1);
    judge(OTHER_NET, 17, PORT, MIDDLE, 1);
    judge(OTHER_NET, 1, 0, LAST, 1);
    assert_int_equal(host_counter(host, ESPL_CNT_OUT_HOST_FRAGMENT), 2);
    assert_int_equal(host_counter(host, ESPL_CNT_OUT_HOST_NO_POLICY), 1);
    assert_int_equal(host_counter(host, ESPL_CNT_OUT_ENCRYPTED), 7);
    engine_account();
}

/* A change of the action (a rekey) leaves what the row compares; a new row takes it anew. */
static void test_rows_that_change(void **state)
{
    (void)state;
    uint32_t w[ESPL_POLICY_ENTRY_WORDS];
    start();
    engine_policy_entry(ESPL_ACTION_PROTECT, 1, 0, 0, w);
    assert_int_equal(host_op(host, ESPL_OP_POLICY_ACTION, 3, w, ESPL_POLICY_ENTRY_WORDS), 0);
    judge(NET, 17, PORT, FIRST, 1);
    judge(NET, 17, PORT, LAST, -1);
    assert_int_equal(host_op(host, ESPL_OP_POLICY_ACTION, 4, w, ESPL_POLICY_ENTRY_WORDS), 0);
    judge(NET, 6, PORT, LAST, 1);
    policy(3, 0, NET, 17, 0);
    judge(NET, 17, PORT, LAST, 0);
    policy(3, 1, NET, 17, PORT);
    judge(NET, 17, PORT, LAST, -1);
    assert_int_equal(host_op(host, ESPL_OP_POLICY_CLEAR, 3, NULL, 0), 0);
    policy(200, 0, NET, 0, 0);
    judge(NET, 17, PORT, LAST, 0);
    assert_int_equal(host_counter(host, ESPL_CNT_OUT_HOST_FRAGMENT), 2);
    engine_account();
}

/* What the gateway's kernel sends through the engine: never back to it. */
static void test_from_the_host(void **state)
{
    (void)state;
    uint8_t frame[PACKET_MAX + 64], want[ESP_MODEL_MAX];
    start();
    for (uint16_t ports = 0; ports < 2; ports++) {
        size_t n = build(ports ? NET : OTHER_NET, 17, PORT, LAST, frame);
        memcpy(frame, engine_own_mac, 6);
        engine_send(ENGINE_HOST0, frame, n);
    }
    engine_drain();
    build(OTHER_NET, 17, PORT, LAST, frame);
    size_t n = esp_model_encap(&sa[1], ++seq[1], frame + PACKET_ETH, LEN, NULL, want);
    struct frame *f = engine_take(ENGINE_CIPHER);
    assert_non_null(f);
    assert_int_equal(f->len, n);
    assert_memory_equal(f->data, want, n);
    frame_free(f);
    for (int p = 0; p < ENGINE_PORTS; p++)
        assert_int_equal(engine_waiting(p), 0);
    assert_int_equal(host_counter(host, ESPL_CNT_OUT_DROP_LOOP), 1);
    engine_account();
}

int main(void)
{
    engine_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_judges),
        cmocka_unit_test(test_rows_that_change),
        cmocka_unit_test(test_from_the_host),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    engine_close();
    return rc;
}
