/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An inbound SA in its table, read at issue and again after decryption: every field where the
 * datapath looks for it. A retired SA has no key any more, but its checks until it is wiped;
 * nothing is left after a reset. Any wrong bit destroys the SA.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "driver/regs.h"
#include "tests/lib/sa_table.h"

static const struct sa_field issue[] = {
    {"rd_spi", ESPL_SA_ENTRY_SPI, 0, 32},     {"rd_salt", ESPL_SA_ENTRY_SALT, 0, 32},
    {"rd_key", ESPL_SA_ENTRY_KEY, 0, 256},    {"rd_dst", ESPL_SA_ENTRY_DST, 0, 128},
    {"rd_family", ESPL_SA_ENTRY_FLAGS, 6, 1}, {"rd_esn", ESPL_SA_ENTRY_FLAGS, 10, 1},
};

static const struct sa_field checks[] = {
    {"ck_blocks", ESPL_SA_ENTRY_SIZES, 22, 7},
    {"ck_nexthop", ESPL_SA_ENTRY_ROUTE, 0, 16},
    {"ck_sel_check", ESPL_SA_ENTRY_FLAGS, 9, 1},
    {"ck_sel_family", ESPL_SA_ENTRY_FLAGS, 7, 1},
    {"ck_sel_src", ESPL_SA_ENTRY_SEL_SRC, 0, 128},
    {"ck_sel_dst", ESPL_SA_ENTRY_SEL_DST, 0, 128},
    {"ck_sel_src_len", ESPL_SA_ENTRY_SEL, 0, 8},
    {"ck_sel_dst_len", ESPL_SA_ENTRY_SEL, 8, 8},
    {"ck_sel_proto", ESPL_SA_ENTRY_SEL, 16, 8},
    {"ck_sel_sport_first", ESPL_SA_ENTRY_SEL_SPORT, 0, 16},
    {"ck_sel_sport_last", ESPL_SA_ENTRY_SEL_SPORT, 16, 16},
    {"ck_sel_dport_first", ESPL_SA_ENTRY_SEL_DPORT, 0, 16},
    {"ck_sel_dport_last", ESPL_SA_ENTRY_SEL_DPORT, 16, 16},
};
#define ISSUE (sizeof issue / sizeof *issue)
#define CHECKS (sizeof checks / sizeof *checks)

static void test_fields(void **state)
{
    (void)state;
    sa_table_check_fields("rd", issue, ISSUE);
    sa_table_check_fields("ck", checks, CHECKS);
}

static void test_life(void **state)
{
    (void)state;
    sa_table_check_life(issue, ISSUE);
}

static void test_checks_stay_until_wiped(void **state)
{
    (void)state;
    uint32_t entry[SA_TABLE_WORDS];
    sa_table_restart();
    sa_table_entry(5, entry);
    sa_table_strobe("add", 5, entry);
    sa_table_strobe("retire", 5, NULL);
    sa_table_expect("rd", 5, false, issue, ISSUE, NULL);
    sa_table_expect("ck", 5, true, checks, CHECKS, entry);
    sa_table_strobe("wipe", 5, NULL);
    sa_table_expect("ck", 5, false, checks, CHECKS, NULL);
}

/* The window stays too. */
static void test_update(void **state)
{
    (void)state;
    static const struct sa_field rd_kept[] = {{"rd_spi", ESPL_SA_ENTRY_SPI, 0, 32},
                                              {"rd_salt", ESPL_SA_ENTRY_SALT, 0, 32},
                                              {"rd_key", ESPL_SA_ENTRY_KEY, 0, 256},
                                              {"rd_esn", ESPL_SA_ENTRY_FLAGS, 10, 1}};
    static const struct sa_field rd[] = {{"rd_dst", ESPL_SA_ENTRY_DST, 0, 128},
                                         {"rd_family", ESPL_SA_ENTRY_FLAGS, 6, 1}};
    sa_table_check_update("rd", rd, 2, rd_kept, 4);
    sa_table_check_update("ck", checks + 1, CHECKS - 1, checks, 1); /* the first is the window */
}

static void test_parity(void **state)
{
    (void)state;
    sa_table_check_parity("rd", "keys", 324 + 2, issue, ISSUE);
    sa_table_check_parity("rd", "headers", 129 + 1, issue, ISSUE);
    sa_table_check_parity("ck", "windows", 8 + 1, issue, ISSUE);
    sa_table_check_parity("ck", "checks", 637 + 4, issue, ISSUE);
    sa_table_check_parity("hp", "powers.powers", 2048 + 16, issue, ISSUE);
    sa_table_check_busy_parity(issue, ISSUE);
}

static void test_reset(void **state)
{
    (void)state;
    sa_table_check_reset("rd", issue, ISSUE);
    sa_table_check_reset("ck", checks, CHECKS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_update),
        cmocka_unit_test(test_parity),
        cmocka_unit_test(test_checks_stay_until_wiped),
        cmocka_unit_test(test_reset),
    };
    sa_table_open();
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    sa_table_close();
    return rc;
}
