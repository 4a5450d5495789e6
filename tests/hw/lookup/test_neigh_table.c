/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The neighbour table: found in any of the eight cells that its CRC-32C says, compared whole, a cell
 * changed between two lookups. The CRC is checked against the check value of its definition first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/axis.h"

#define BUCKETS 1024u
#define PLACES 4u
#define CELLS (2 * BUCKETS * PLACES)
#define LATENCY 6u

struct cell {
    bool used;
    uint8_t family, addr[16];
    uint16_t nexthop;
};

static struct rtl *rtl;
static struct rtl_port lk_valid, lk_family, lk_addr, r_valid, r_hit, r_nexthop, swept;
static struct rtl_port wr_en, wr_cell, wr_used, wr_family, wr_addr, wr_nexthop;
static struct cell cells[CELLS];
static struct {
    bool valid, hit;
    uint16_t nexthop;
} expected[LATENCY];
static uint64_t cycles;

static uint32_t crc32c(const uint8_t *bytes, size_t len)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    return crc;
}

/* The nth of an address's eight cells. */
static uint32_t place(const uint8_t addr[16], unsigned n)
{
    uint32_t crc = crc32c(addr, 16), bank = n / PLACES;
    return (bank * BUCKETS + (bank ? crc >> 16 : crc) % BUCKETS) * PLACES + n % PLACES;
}

static void cycle(void)
{
    unsigned at = (unsigned)(cycles++ % LATENCY);
    rtl_settle(rtl);
    assert_int_equal(rtl_get(r_valid), expected[at].valid);
    if (expected[at].valid) {
        assert_int_equal(rtl_get(r_hit), expected[at].hit);
        if (expected[at].hit)
            assert_int_equal(rtl_get(r_nexthop), expected[at].nexthop);
    }
    expected[at].valid = rtl_get(lk_valid);
    if (expected[at].valid) {
        uint8_t addr[16];
        uint8_t family = (uint8_t)rtl_get(lk_family);
        rtl_get_be(lk_addr, addr, 16);
        expected[at].hit = false;
        for (unsigned n = 0; n < 2 * PLACES; n++) {
            const struct cell *c = &cells[place(addr, n)];
            if (c->used && c->family == family && memcmp(c->addr, addr, 16) == 0) {
                expected[at].hit = true;
                expected[at].nexthop = c->nexthop;
            }
        }
    }
    rtl_edge(rtl);
    rtl_set(lk_valid, 0);
    rtl_set(wr_en, 0);
}

static void rest(void)
{
    for (unsigned i = 0; i < 2 * LATENCY; i++)
        cycle();
}

static void set_cell(uint32_t index, const struct cell *c)
{
    rtl_set(wr_en, 1);
    rtl_set(wr_cell, index);
    rtl_set(wr_used, c->used);
    rtl_set(wr_family, c->family);
    rtl_set_be(wr_addr, c->addr, 16);
    rtl_set(wr_nexthop, c->nexthop);
    cells[index] = *c;
    cycle();
}

static void look(uint8_t family, const uint8_t addr[16])
{
    rtl_set(lk_valid, 1);
    rtl_set(lk_family, family);
    rtl_set_be(lk_addr, addr, 16);
    cycle();
}

static void restart(void)
{
    rtl_set(lk_valid, 0);
    rtl_set(wr_en, 0);
    memset(cells, 0, sizeof cells);
    memset(expected, 0, sizeof expected);
    axis_reset(rtl, NULL, 0);
    for (unsigned i = 0; !rtl_get(swept); i++) {
        assert_true(i < CELLS);
        cycle();
    }
}

static void test_crc(void **state)
{
    (void)state;
    /* RFC 3720 B.4's check value, before the final inversion */
    assert_int_equal(crc32c((const uint8_t *)"123456789", 9), ~UINT32_C(0xe3069283));
}

static void test_found_in_every_place(void **state)
{
    (void)state;
    uint32_t rng = 3;
    restart();
    struct cell all[700];
    for (unsigned i = 0; i < 700; i++) {
        struct cell *c = &all[i];
        memset(c, 0, sizeof *c);
        c->used = true;
        c->family = i & 1;
        rng_fill(&rng, c->addr, c->family ? 16 : 4);
        c->nexthop = (uint16_t)rng_next(&rng);
        uint32_t at = place(c->addr, i >> 1 & 7);
        if (!cells[at].used)
            set_cell(at, c);
    }
    rest();
    for (unsigned i = 0; i < 20000;
         i++) { /* one a cycle: those there, near ones, the other family */
        struct cell c = all[rng_next(&rng) % 700];
        unsigned kind = rng_next(&rng) % 4;
        if (kind == 1)
            c.addr[rng_next(&rng) % 16] ^= (uint8_t)(1u << rng_next(&rng) % 8);
        look(kind == 2 ? !c.family : c.family, c.addr);
    }
    rest();
}

/* The same cell, with and without an address and with a new next hop, while it is asked for. */
static void test_change_between_lookups(void **state)
{
    (void)state;
    struct cell c = {.used = true, .addr = {10, 1, 0, 1}, .nexthop = 1};
    restart();
    for (unsigned i = 0; i < 50; i++) {
        const struct cell none = {0};
        c.used = i % 3 != 2;
        c.nexthop++;
        rest(); /* the model knows no half-way: what is asked is answered before the change */
        if (i)
            set_cell(place(c.addr, (i - 1) & 7), &none);
        set_cell(place(c.addr, i & 7), &c);
        for (unsigned k = 0; k < i; k++)
            look(0, c.addr);
    }
    rest();
}

static void test_reset_sweeps(void **state)
{
    (void)state;
    struct cell c = {.used = true, .nexthop = 9};
    restart();
    for (unsigned i = 0; i < CELLS; i++) {
        c.addr[0] = (uint8_t)(i >> 8);
        c.addr[1] = (uint8_t)i;
        if (!cells[place(c.addr, i & 7)].used)
            set_cell(place(c.addr, i & 7), &c);
    }
    restart();
    for (unsigned i = 0; i < CELLS; i++) {
        c.addr[0] = (uint8_t)(i >> 8);
        c.addr[1] = (uint8_t)i;
        look(0, c.addr);
    }
    rest();
}

int main(void)
{
    rtl = rtl_new(NULL);
    lk_valid = rtl_port(rtl, "lk_valid");
    lk_family = rtl_port(rtl, "lk_family");
    lk_addr = rtl_port(rtl, "lk_addr");
    r_valid = rtl_port(rtl, "r_valid");
    r_hit = rtl_port(rtl, "r_hit");
    r_nexthop = rtl_port(rtl, "r_nexthop");
    swept = rtl_port(rtl, "swept");
    wr_en = rtl_port(rtl, "wr_en");
    wr_cell = rtl_port(rtl, "wr_cell");
    wr_used = rtl_port(rtl, "wr_used");
    wr_family = rtl_port(rtl, "wr_family");
    wr_addr = rtl_port(rtl, "wr_addr");
    wr_nexthop = rtl_port(rtl, "wr_nexthop");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc),
        cmocka_unit_test(test_found_in_every_place),
        cmocka_unit_test(test_change_between_lookups),
        cmocka_unit_test(test_reset_sweeps),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    rtl_free(rtl);
    return rc;
}
