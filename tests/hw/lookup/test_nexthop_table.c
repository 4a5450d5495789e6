/* SPDX-License-Identifier: Apache-2.0 */
/* Next hops: what was set is read two cycles later, what was not, or lies beyond the table, is not
 * ok. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/axis.h"

#define ROWS 1024u

static struct rtl *rtl;
static struct rtl_port rd_en, rd_index, rd_ok, rd_mac, rd_vlan_set, rd_vlan;
static struct rtl_port wr_en, wr_row, wr_used, wr_mac, wr_vlan_set, wr_vlan, swept;

static void cycle(void)
{
    rtl_settle(rtl);
    rtl_edge(rtl);
    rtl_set(rd_en, 0);
    rtl_set(wr_en, 0);
}

static void restart(void)
{
    rtl_set(rd_en, 0);
    rtl_set(wr_en, 0);
    axis_reset(rtl, NULL, 0);
    for (unsigned i = 0; !rtl_get(swept); i++) {
        assert_true(i < 2 * ROWS);
        cycle();
    }
}

static uint64_t mac_of(uint32_t row)
{
    return UINT64_C(0x020000000000) | row * UINT64_C(2654435761) % 0xffffffff;
}

/* Every row has another tag, and every other one says that it is to be set. */
static uint64_t vlan_of(uint64_t mac)
{
    return mac * 40503 % 0xffff;
}

static void expect_row(uint64_t mac)
{
    assert_int_equal(rtl_get(rd_ok), 1);
    assert_int_equal(rtl_get(rd_mac), mac);
    assert_int_equal(rtl_get(rd_vlan_set), mac & 1);
    assert_int_equal(rtl_get(rd_vlan), vlan_of(mac));
}

static void write_row(uint32_t row, bool used, uint64_t mac)
{
    rtl_set(wr_en, 1);
    rtl_set(wr_row, row);
    rtl_set(wr_used, used);
    rtl_set(wr_mac, mac);
    rtl_set(wr_vlan_set, mac & 1);
    rtl_set(wr_vlan, vlan_of(mac));
    cycle();
}

static void expect(uint32_t index, bool ok, uint64_t mac)
{
    rtl_set(rd_en, 1);
    rtl_set(rd_index, index);
    cycle();
    cycle();
    rtl_settle(rtl);
    if (ok)
        expect_row(mac);
    else
        assert_int_equal(rtl_get(rd_ok), 0);
}

static void test_set_clear_and_beyond(void **state)
{
    (void)state;
    restart();
    for (uint32_t i = 0; i < ROWS; i++)
        expect(i, false, 0);
    for (uint32_t i = 1; i < ROWS; i += 3)
        write_row(i, true, mac_of(i));
    for (uint32_t i = 0; i < ROWS; i++)
        expect(i, i % 3 == 1, mac_of(i));
    expect(ROWS + 1, false, 0); /* row 1 is set */
    expect(0x8000 + 1, false, 0);
    write_row(4, false, mac_of(4));
    expect(4, false, 0);
    write_row(7, true, 1);
    expect(7, true, 1);
    restart();
    for (uint32_t i = 0; i < ROWS; i++)
        expect(i, false, 0);
}

static void test_one_a_cycle(void **state)
{
    (void)state;
    restart();
    for (uint32_t i = 1; i < ROWS; i++)
        write_row(i, true, mac_of(i));
    for (uint32_t i = 1; i < ROWS + 2; i++) {
        rtl_set(rd_en, i < ROWS);
        rtl_set(rd_index, i < ROWS ? i : 0);
        rtl_settle(rtl);
        if (i > 2)
            expect_row(mac_of(i - 2));
        rtl_edge(rtl);
    }
}

int main(void)
{
    rtl = rtl_new(NULL);
    rd_en = rtl_port(rtl, "rd_en");
    rd_index = rtl_port(rtl, "rd_index");
    rd_ok = rtl_port(rtl, "rd_ok");
    rd_mac = rtl_port(rtl, "rd_mac");
    rd_vlan_set = rtl_port(rtl, "rd_vlan_set");
    rd_vlan = rtl_port(rtl, "rd_vlan");
    wr_vlan_set = rtl_port(rtl, "wr_vlan_set");
    wr_vlan = rtl_port(rtl, "wr_vlan");
    wr_en = rtl_port(rtl, "wr_en");
    wr_row = rtl_port(rtl, "wr_row");
    wr_used = rtl_port(rtl, "wr_used");
    wr_mac = rtl_port(rtl, "wr_mac");
    swept = rtl_port(rtl, "swept");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_clear_and_beyond),
        cmocka_unit_test(test_one_a_cycle),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    rtl_free(rtl);
    return rc;
}
