/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inbound path and SPIs that no SA has: dropped, counted, and told of at most once in 2^20
 * cycles; but those from 256 to 65535 belong to the kernel's SAs and go to host1. And SAs whose row
 * can't be believed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/in_bench.h"

#define LIMIT 400000u
#define QUIET (1u << 20) /* cycles */

static void send_spi(unsigned slot, uint32_t spi, bool from_host1, enum in_counter fate)
{
    size_t n = in_seal(slot, 1, 60 + slot);
    put32(in_frame + in_esp_at(slot), spi);
    in_send(in_frame, n, from_host1, fate);
    in_send_good(slot, 1, 60);
}

static void test_spis_of_the_kernel(void **state)
{
    static const uint32_t kernel[] = {256, 257, 1024, 0x8000, 0xffff};
    static const uint32_t nobody[] = {1, 255, 0x10000, 0x10100, 0xc0de03ff, 0xffffffff};
    (void)state;
    in_bench_restart();
    for (unsigned slot = 0; slot < IN_SAS; slot += 3) {
        in_bench.sa[slot].esp.tagged = slot & 1;
        for (size_t i = 0; i < sizeof kernel / sizeof *kernel; i++) {
            send_spi(slot, kernel[i], false, IN_HOST_SPI);
            send_spi(slot, kernel[i], true, IN_DROP_NO_SA); /* it would go back where it came from */
        }
        for (size_t i = 0; i < sizeof nobody / sizeof *nobody; i++)
            send_spi(slot, nobody[i], false, IN_DROP_NO_SA);
        in_bench_check(LIMIT);
    }
    /* an SA of the card's may have such an SPI: then it is the card's */
    for (unsigned slot = 0; slot < IN_SAS; slot++) {
        in_bench.sa[slot].esp.spi = 0x4000 | slot;
        in_send_good(slot, 1, 100);
    }
    in_bench_check(LIMIT);
}

/* An SPI that is somebody's, on a frame to another address or of the other family. */
static void test_another_address(void **state)
{
    (void)state;
    in_bench_restart();
    for (unsigned slot = 0; slot < IN_SAS; slot++) {
        const struct esp_model_sa *sa = &in_bench.sa[slot].esp;
        bool v6 = sa->v6;
        for (unsigned byte = 0; byte < (v6 ? 16 : 4); byte++) {
            size_t n = in_seal(slot, 1, 60);
            uint8_t *ip = in_frame + in_ip_at(slot);
            ip[(v6 ? 24 : 16) + byte] ^= (uint8_t)(1u << slot % 8);
            packet_ip_checksum(ip);
            in_bad_then_good(slot, n, IN_DROP_NO_SA);
        }
        send_spi(slot, in_bench.sa[v6 ? 0 : 16].esp.spi, false, IN_DROP_NO_SA);
    }
    in_bench_check(LIMIT);
}

/* As many as come, also when host1 stalls: the room they were given in the hold FIFO comes back. */
static void test_many(void **state)
{
    (void)state;
    in_bench_restart();
    in_bench.host1.pause = 50;
    for (unsigned i = 0; i < 400; i++)
        send_spi(i % IN_SAS, i & 1 ? 0x1234 : 0x12345678, false, i & 1 ? IN_HOST_SPI : IN_DROP_NO_SA);
    in_send_good(0, 1, 8900);
    in_bench_check(LIMIT);
}

/* A row with a parity error, at either reading: nothing that it says is believed. */
static void test_wrong_rows(void **state)
{
    (void)state;
    for (unsigned when = 0; when < 3; when++) {
        in_bench_restart();
        for (unsigned i = 0; i < 60; i++) {
            unsigned slot = 3 + i % 6;
            in_bench.sa[slot].rd_bad = when != 1 && slot % 2;
            in_bench.sa[slot].ck_bad = when != 0 && slot % 2;
        }
        for (unsigned i = 0; i < 300; i++) {
            unsigned slot = 3 + i % 6;
            size_t n = in_seal(slot, 1, 40 + i);
            if (slot % 2)
                in_send(in_frame, n, false, IN_TABLE_ERRORS);
            else
                in_send_good(slot, 1, 40 + i);
            if (when != 1 && i % 5 == 0) { /* another SPI: what is wrong may be the row's */
                in_seal(3, 1, 64);
                put32(in_frame + in_esp_at(3), i & 1 ? 0x403 : 0xc0dd0003);
                in_send(in_frame, in_esp_at(3) + 16 + 68 + 16, false, IN_TABLE_ERRORS);
            }
        }
        in_send_good(0, 1, 8900);
        in_bench_check(LIMIT);
    }
}

static void wait_cycles(unsigned n)
{
    while (n--)
        in_bench_cycle();
}

static void test_events(void **state)
{
    (void)state;
    in_bench_restart();
    uint64_t before = in_bench.events;
    for (unsigned i = 0; i < 100; i++)
        send_spi(i % IN_SAS, 0xabcd0000 + i, false, IN_DROP_NO_SA);
    in_bench_check(LIMIT);
    assert_int_equal(in_bench.events, before + 1);
    assert_int_equal(in_bench.event_kind, 0x08);
    assert_int_equal(in_bench.event_slot, 0);
    assert_int_equal(in_bench.event_spi, 0xabcd0000);
    wait_cycles(QUIET / 2);
    send_spi(0, 0xabcd1000, false, IN_DROP_NO_SA);
    in_bench_check(LIMIT);
    assert_int_equal(in_bench.events, before + 1);
    wait_cycles(QUIET / 2);
    assert_int_equal(in_bench.events, before + 1); /* nothing is told that did not happen */
    send_spi(5, 0xabcd2000, false, IN_DROP_NO_SA);
    send_spi(5, 0xabcd3000, false, IN_DROP_NO_SA);
    send_spi(5, 0x2000, false, IN_HOST_SPI);
    in_bench_check(LIMIT);
    assert_int_equal(in_bench.events, before + 2);
    assert_int_equal(in_bench.event_spi, 0xabcd2000);
}

int main(void)
{
    in_bench_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spis_of_the_kernel),
        cmocka_unit_test(test_another_address),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_wrong_rows),
        cmocka_unit_test(test_events),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    in_bench_close();
    return rc;
}
