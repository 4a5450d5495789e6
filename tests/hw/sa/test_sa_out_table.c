/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An outbound SA in its table: every field of the entry where the datapath looks for it, read after
 * two cycles; retired without a key; wiped without powers; nothing left after a reset. Any wrong bit
 * destroys the SA.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "driver/regs.h"
#include "tests/lib/sa_table.h"

static const struct sa_field fields[] = {
    {"rd_spi", ESPL_SA_ENTRY_SPI, 0, 32},      {"rd_salt", ESPL_SA_ENTRY_SALT, 0, 32},
    {"rd_src", ESPL_SA_ENTRY_SRC, 0, 128},     {"rd_dst", ESPL_SA_ENTRY_DST, 0, 128},
    {"rd_key", ESPL_SA_ENTRY_KEY, 0, 256},     {"rd_family", ESPL_SA_ENTRY_FLAGS, 6, 1},
    {"rd_esn", ESPL_SA_ENTRY_FLAGS, 10, 1},
    {"rd_encap", ESPL_SA_ENTRY_FLAGS, 8, 1},   {"rd_sport", ESPL_SA_ENTRY_ENCAP, 0, 16},
    {"rd_dport", ESPL_SA_ENTRY_ENCAP, 16, 16}, {"rd_nexthop", ESPL_SA_ENTRY_ROUTE, 0, 16},
    {"rd_ttl", ESPL_SA_ENTRY_ROUTE, 16, 8},   {"rd_outer", ESPL_SA_ENTRY_FLAGS, 16, 11},
    {"rd_limits", ESPL_SA_ENTRY_SOFT_PACKETS_HI, 0, 256},
};

static void test_fields(void **state)
{
    (void)state;
    sa_table_check_fields("rd", fields, sizeof fields / sizeof *fields);
}

static void test_life(void **state)
{
    (void)state;
    sa_table_check_life(fields, sizeof fields / sizeof *fields);
}

/* Key, salt, SPI and ESN stay (the flags' other bits are in the fields). */
static void test_update(void **state)
{
    (void)state;
    static const struct sa_field kept[] = {{"rd_spi", ESPL_SA_ENTRY_SPI, 0, 32},
                                           {"rd_salt", ESPL_SA_ENTRY_SALT, 0, 32},
                                           {"rd_key", ESPL_SA_ENTRY_KEY, 0, 256},
                                           {"rd_esn", ESPL_SA_ENTRY_FLAGS, 10, 1}};
    struct sa_field others[sizeof fields / sizeof *fields];
    size_t n = 0;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        bool stays = false;
        for (size_t k = 0; k < sizeof kept / sizeof *kept; k++)
            stays |= strcmp(fields[i].port, kept[k].port) == 0;
        if (!stays)
            others[n++] = fields[i];
    }
    sa_table_check_update("rd", others, n, kept, sizeof kept / sizeof *kept);
}

static void test_parity(void **state)
{
    (void)state;
    size_t n = sizeof fields / sizeof *fields;
    sa_table_check_parity("rd", "keys", 324 + 2, fields, n);
    sa_table_check_parity("rd", "headers", 326 + 2, fields, n);
    sa_table_check_parity("rd", "lifetimes", 256 + 2, fields, n);
    sa_table_check_parity("hp", "powers.powers", 2048 + 16, fields, n);
    sa_table_check_busy_parity(fields, n);
}

static void test_reset(void **state)
{
    (void)state;
    sa_table_check_reset("rd", fields, sizeof fields / sizeof *fields);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_update),
        cmocka_unit_test(test_parity),
        cmocka_unit_test(test_reset),
    };
    sa_table_open();
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    sa_table_close();
    return rc;
}
