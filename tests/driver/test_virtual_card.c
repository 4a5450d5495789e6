/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library on the engine itself: espsim as a process, its register page over the socket. What
 * the tables in memory of the other tests answer, the engine answers too.
 */
#include "tests/driver/fake.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64], path[96], uri[104];
static pid_t process;
static struct espl_card *card;

static int start(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/espl_virtual_card.XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    (void)snprintf(path, sizeof path, "%s/card", dir);
    (void)snprintf(uri, sizeof uri, "sim:%s", path);
    process = fork();
    if (process == 0) {
        (void)!freopen("/dev/null", "w", stderr);
        execl("build/espsim", "espsim", "run", "--socket", path, "--plain", "none", "--cipher",
              "none", "--host0", "none", "--host1", "none", (char *)NULL);
        _exit(127);
    }
    char why[256] = "";
    for (int tries = 0; tries < 200; tries++) { /* 20 s for a busy machine */
        if (espl_card_open(uri, &card, why, sizeof why) == ESPL_OK)
            return 0;
        usleep(100000);
    }
    print_message("%s\n", why);
    return -1;
}

static int stop(void **state)
{
    (void)state;
    int status;
    espl_card_close(card);
    kill(process, SIGTERM);
    bool ended = waitpid(process, &status, 0) == process;
    unlink(path);
    rmdir(dir);
    return ended ? 0 : -1;
}

/* ------------------------------------------------------------------ SAs and policies */

static void sas_come_back_as_they_were_written(void **state)
{
    (void)state;
    struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0xabcd0003, 77), got;
    struct espl_sa_stats stats;
    sa.key_len = 36;
    sa.encap = true;
    sa.encap_sport = 4500;
    sa.encap_dport = 1024;
    sa.check_selector = true;
    sa.selector = (struct espl_selector){.src = p4(0x0a000000, 8),
                                         .dst = p4(0xc0a80100, 24),
                                         .proto = 6,
                                         .sport = {0, 65535},
                                         .dport = {443, 443}};
    assert_ok(card, espl_sa_add(card, &sa));
    assert_ok(card, espl_sa_get(card, ESPL_DIR_IN, &sa.dst, sa.spi, &got, &stats));
    static const uint8_t zero[36];
    assert_memory_equal(got.key, zero, sizeof zero);
    assert_true(got.key_len == 36 && got.reqid == 77 && got.encap && got.replay_window == 64);
    assert_true(got.encap_sport == 4500 && got.encap_dport == 1024 && got.ttl == 64);
    assert_memory_equal(&got.src, &sa.src, sizeof sa.src);
    assert_memory_equal(&got.dst, &sa.dst, sizeof sa.dst);
    assert_true(got.check_selector && got.selector.proto == 6);
    assert_memory_equal(&got.selector.dst.addr, &sa.selector.dst.addr, sizeof sa.selector.dst.addr);
    assert_true(got.selector.dport.first == 443 && got.selector.src.len == 8);
    assert_true(stats.seq == 0 && stats.packets == 0 && stats.bytes == 0);
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_EXISTS);
    assert_ok(card, espl_sa_delete(card, ESPL_DIR_IN, &sa.dst, sa.spi));
    assert_err(card, espl_sa_get(card, ESPL_DIR_IN, &sa.dst, sa.spi, &got, &stats),
               ESPL_ERR_NOT_FOUND);
}

struct seen {
    uint32_t policies, spi[8];
    uint32_t priority[8];
};

static bool see_policy(void *user, const struct espl_policy *policy, uint32_t spi)
{
    struct seen *s = user;
    s->spi[s->policies] = spi;
    s->priority[s->policies++] = policy->priority;
    return s->policies < 8;
}

static void policies_keep_their_order_and_follow_rekeys(void **state)
{
    (void)state;
    static const uint32_t priorities[] = {300, 100, 200, 50};
    for (uint32_t i = 0; i < 4; i++) {
        struct espl_policy p = sample_policy(0x0a010000, 0x0a020000 + (i << 16), 16, 7);
        p.priority = priorities[i];
        p.selector.proto = 17;
        p.selector.dport = (struct espl_ports){(uint16_t)(10 * i + 1), (uint16_t)(10 * i + 9)};
        assert_ok(card, espl_policy_add(card, &p));
        assert_err(card, espl_policy_add(card, &p), ESPL_ERR_EXISTS);
    }
    struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 7);
    for (uint32_t generation = 0; generation < 3; generation++) {
        struct seen s = {0};
        assert_ok(card, espl_sa_add(card, &sa));
        if (generation)
            assert_ok(card, espl_sa_delete(card, ESPL_DIR_OUT, &sa.dst, sa.spi - 1));
        assert_ok(card, espl_policy_each(card, see_policy, &s));
        assert_int_equal(s.policies, 4);
        for (uint32_t i = 0; i < 4; i++) {
            assert_int_equal(s.spi[i], sa.spi);
            assert_true(i == 0 || s.priority[i] > s.priority[i - 1]);
        }
        sa.spi++;
    }
    struct seen s = {0};
    assert_ok(card, espl_sa_flush(card));
    assert_ok(card, espl_policy_each(card, see_policy, &s));
    assert_true(s.policies == 4 && s.spi[0] == 0);
    assert_ok(card, espl_policy_flush(card));
}

/* ------------------------------------------------------------------ neighbours */

static bool count(void *user, const struct espl_neigh *neigh)
{
    (void)neigh;
    ++*(uint32_t *)user;
    return true;
}

static void neighbours_move_between_the_banks(void **state)
{
    (void)state;
    const uint32_t many = 400;
    for (uint32_t i = 0; i < many; i++) {
        const struct espl_neigh n = {.addr = v4(0x0a000000 + i * 7),
                                     .dev = ESPL_PORT_PLAIN,
                                     .mac = {2, 0, 0, 0, 0, (uint8_t)(i % 5)}};
        assert_ok(card, espl_neigh_add(card, &n));
    }
    const struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 7);
    const struct espl_neigh outer = {
        .addr = sa.dst, .dev = ESPL_PORT_CIPHER, .mac = {2, 0, 0, 0, 1, 1}};
    struct espl_sa got;
    struct espl_sa_stats stats;
    assert_ok(card, espl_sa_add(card, &sa)); /* before its neighbour is known */
    assert_ok(card, espl_neigh_add(card, &outer));
    assert_ok(card, espl_sa_get(card, ESPL_DIR_OUT, &sa.dst, sa.spi, &got, &stats));
    assert_true(got.has_nexthop && memcmp(got.nexthop, outer.mac, 6) == 0);
    struct espl_card *other; /* reads all of it from the card */
    char why[256];
    assert_int_equal(espl_card_open(uri, &other, why, sizeof why), ESPL_OK);
    uint32_t counted = 0;
    assert_ok(other, espl_neigh_each(other, count, &counted));
    assert_int_equal(counted, many + 1);
    for (uint32_t i = 0; i < many; i++) {
        const struct espl_addr addr = v4(0x0a000000 + i * 7);
        assert_ok(other, espl_neigh_delete(other, &addr, ESPL_PORT_PLAIN));
    }
    assert_ok(other, espl_sa_flush(other));
    assert_ok(card, espl_neigh_flush(card));
    counted = 0;
    assert_ok(card, espl_neigh_each(card, count, &counted));
    assert_int_equal(counted, 0);
    espl_card_close(other);
}

/* ------------------------------------------------------------------ refusals */

static void refused(const struct espl_sa *sa, enum espl_map_reason reason, const char *text)
{
    assert_err(card, espl_sa_add(card, sa), ESPL_ERR_REFUSED);
    assert_int_equal(espl_card_reason(card), reason);
    assert_string_equal(espl_card_error(card), text);
}

/* Any window that fits: the next power of two from 64 up. */
static void windows_are_rounded_up(void **state)
{
    (void)state;
    static const uint32_t asked[] = {0, 1, 32, 64, 65, 1000, 2048, 4095, 4096};
    static const uint32_t given[] = {0, 64, 64, 64, 128, 1024, 2048, 4096, 4096};
    for (uint32_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0xabcd0100 + i, 7), got;
        struct espl_sa_stats stats;
        sa.replay_window = asked[i];
        sa.esn = i > 1;
        assert_ok(card, espl_sa_add(card, &sa));
        assert_ok(card, espl_sa_get(card, ESPL_DIR_IN, &sa.dst, sa.spi, &got, &stats));
        assert_int_equal(got.replay_window, given[i]);
        assert_int_equal(got.esn, sa.esn);
        assert_ok(card, espl_sa_delete(card, ESPL_DIR_IN, &sa.dst, sa.spi));
    }
}

static void the_engine_says_which_field(void **state)
{
    (void)state;
    struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0x1001, 0);
    sa.replay_window = 8192;
    refused(&sa, ESPL_REASON_WINDOW, "replay_window: 8192 is more than this card's 4096");
    sa.replay_window = 0;
    sa.esn = true;
    refused(&sa, ESPL_REASON_WINDOW,
            "replay_window: 0 cannot be with extended sequence numbers (64 to 4096 can)");
    sa = sample_sa(ESPL_DIR_OUT, 255, 0);
    refused(&sa, ESPL_REASON_SPI, "spi: 0x000000ff is reserved (0 to 255; RFC 4303 2.1)");
    sa = sample_sa(ESPL_DIR_OUT, 0x1001, 0);
    sa.mtu = 67;
    refused(&sa, ESPL_REASON_MTU, "mtu: 67 is less than 68");
    sa.mtu = 0;
    sa.encap = true;
    sa.encap_dport = 4500;
    refused(&sa, ESPL_REASON_ENCAP,
            "encap: UDP ports 0 and 4500: both are set with encapsulation, none without");
    sa = sample_sa(ESPL_DIR_OUT, 0x1001, 0);
    sa.dst = v4(0);
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_REFUSED); /* by its neighbour's cell first */
    assert_int_equal(espl_card_reason(card), ESPL_REASON_ADDRESS);
    const struct espl_neigh group = {.addr = v4(0x0a000001), .mac = {1, 0, 0, 0, 0, 1}};
    assert_err(card, espl_neigh_add(card, &group), ESPL_ERR_REFUSED);
    assert_string_equal(espl_card_error(card), "mac: 01:00:00:00:00:01 is zero or a group address");
    uint32_t counted = 0;
    assert_ok(card, espl_neigh_each(card, count, &counted));
    assert_int_equal(counted, 0);
}

/* ------------------------------------------------------------------ reset and death */

static void a_reset_empties_the_card(void **state)
{
    (void)state;
    struct espl_card *other;
    char why[256];
    const struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0x1001, 7);
    const espl_mac mac = {2, 1, 2, 3, 4, 5};
    espl_mac got;
    bool set;
    assert_int_equal(espl_card_open(uri, &other, why, sizeof why), ESPL_OK);
    assert_ok(card, espl_sa_add(card, &sa));
    assert_ok(card, espl_port_set_mac(card, ESPL_PORT_CIPHER, mac));
    assert_ok(card, espl_port_get_mac(card, ESPL_PORT_CIPHER, &set, got));
    assert_true(set && memcmp(got, mac, 6) == 0);
    assert_ok(card, espl_card_reset(card));
    assert_err(card, espl_sa_delete(card, ESPL_DIR_IN, &sa.dst, sa.spi), ESPL_ERR_NOT_FOUND);
    assert_err(other, espl_card_alive(other), ESPL_ERR_RESET);
    assert_ok(card, espl_sa_add(card, &sa));
    espl_card_close(other);
}

static void a_killed_process_is_noticed(void **state)
{
    (void)state;
    kill(process, SIGKILL);
    for (int tries = 0; tries < 100 && espl_card_alive(card) == ESPL_OK; tries++)
        usleep(10000);
    assert_err(card, espl_card_alive(card), ESPL_ERR_DEAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sas_come_back_as_they_were_written),
        cmocka_unit_test(policies_keep_their_order_and_follow_rekeys),
        cmocka_unit_test(neighbours_move_between_the_banks),
        cmocka_unit_test(windows_are_rounded_up),
        cmocka_unit_test(the_engine_says_which_field),
        cmocka_unit_test(a_reset_empties_the_card),
        cmocka_unit_test(a_killed_process_is_noticed),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
