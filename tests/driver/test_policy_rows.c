/* SPDX-License-Identifier: Apache-2.0 */
/* Port ranges as rows of value and mask: each port of the range in one row, and no other port in
 * any. */
#include "tests/driver/fake.h"

#include "driver/handle.h"

/* Pieces follow each other without gap or overlap, each is aligned to its size, and no two could be
 * one. */
static void check_range(uint32_t first, uint32_t last)
{
    struct espl_port_piece p[ESPL_PORT_PIECES];
    size_t n = espl_ports_split((struct espl_ports){(uint16_t)first, (uint16_t)last}, p);
    assert_true(n >= 1 && n <= ESPL_PORT_PIECES);
    uint32_t at = first, before = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t size = 0x10000u - p[i].mask;
        assert_int_equal(size & (size - 1), 0);
        assert_int_equal(p[i].value % size, 0);
        assert_int_equal(p[i].value, at);
        assert_false(size == before &&
                     p[i].value / size % 2 == 1); /* would merge with the one before */
        before = size;
        at += size;
    }
    assert_int_equal(at, last + 1);
}

static void every_range_of_low_high_and_middle_ports(void **state)
{
    (void)state;
    static const uint32_t bases[] = {0, 0x7f80, 0xff00};
    for (size_t b = 0; b < 3; b++)
        for (uint32_t first = 0; first < 256; first++)
            for (uint32_t last = first; last < 256; last++)
                check_range(bases[b] + first, bases[b] + last);
}

static void every_range_from_and_to_an_end(void **state)
{
    (void)state;
    for (uint32_t port = 0; port < 0x10000; port++) {
        check_range(0, port);
        check_range(port, 0xffff);
        check_range(port, port);
        if (port >= 1 && port <= 0xfffe) {
            check_range(1, port);
            check_range(port, 0xfffe);
        }
    }
}

static void every_port_is_in_one_piece(void **state)
{
    (void)state;
    static const struct espl_ports ranges[] = {{0, 65535}, {1, 65534},   {1024, 65535},
                                               {80, 80},   {1000, 2000}, {33434, 33534}};
    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
        struct espl_port_piece p[ESPL_PORT_PIECES];
        size_t n = espl_ports_split(ranges[r], p);
        for (uint32_t port = 0; port < 0x10000; port++) {
            int hits = 0;
            for (size_t i = 0; i < n; i++)
                hits += !((port ^ p[i].value) & p[i].mask);
            assert_int_equal(hits, port >= ranges[r].first && port <= ranges[r].last);
        }
    }
}

static void the_worst_range_fits(void **state)
{
    (void)state;
    struct espl_port_piece p[ESPL_PORT_PIECES];
    assert_int_equal(espl_ports_split((struct espl_ports){1, 65534}, p), ESPL_PORT_PIECES);
    assert_int_equal(espl_ports_split((struct espl_ports){0, 65535}, p), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_range_of_low_high_and_middle_ports),
        cmocka_unit_test(every_range_from_and_to_an_end),
        cmocka_unit_test(every_port_is_in_one_piece),
        cmocka_unit_test(the_worst_range_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
