/* SPDX-License-Identifier: Apache-2.0 */
/* The SA tables (see sa_table.h). */
#include "tests/lib/sa_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct rtl *rtl;

static struct rtl_port find(const char *prefix, const char *suffix)
{
    char name[64];
    int n = snprintf(name, sizeof name, "%s%s", prefix, suffix);
    assert_true(n > 0 && (size_t)n < sizeof name);
    return rtl_port(rtl, name);
}

static void cycle(void)
{
    rtl_settle(rtl);
    rtl_edge(rtl);
}

void sa_table_open(void)
{
    rtl = rtl_new(NULL);
    assert_non_null(rtl);
}

void sa_table_close(void)
{
    rtl_free(rtl);
}

void sa_table_restart(void)
{
    static const char *const quiet[] = {"rd_en", "hp_en", "add", "retire", "wipe", "pw_we"};
    for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++)
        rtl_set(rtl_port(rtl, quiet[i]), 0);
    axis_reset(rtl, NULL, 0);
    for (unsigned i = 0; !rtl_get(rtl_port(rtl, "swept")); i++) {
        assert_true(i < 2 * SA_TABLE_SLOTS);
        cycle();
    }
}

void sa_table_entry(uint32_t seed, uint32_t entry[SA_TABLE_WORDS])
{
    uint32_t rng = seed * 2654435761u + 1;
    rng_fill(&rng, entry, SA_TABLE_WORDS * sizeof *entry);
    entry[0] = (entry[0] & ~0xfu) | (1 + seed % 2); /* an algorithm */
}

void sa_table_strobe(const char *name, uint32_t slot, const uint32_t *entry)
{
    struct rtl_port strobe = rtl_port(rtl, name);
    if (entry)
        memcpy(rtl_port(rtl, "entry").bits, entry, SA_TABLE_WORDS * sizeof *entry);
    rtl_set(rtl_port(rtl, "slot"), slot);
    rtl_set(strobe, 1);
    cycle();
    rtl_set(strobe, 0);
}

/* The field as the port shows it: least significant byte first. */
static void wanted(const struct sa_field *f, const uint32_t *entry, uint8_t bytes[32])
{
    memset(bytes, 0, 32);
    if (f->width >= 128) {
        for (unsigned i = 0; i < f->width / 32; i++)
            memcpy(bytes + 4 * i, &entry[f->word + f->width / 32 - 1 - i], 4);
        return;
    }
    uint64_t v = entry[f->word] >> f->bit & ((UINT64_C(1) << f->width) - 1);
    memcpy(bytes, &v, 8);
}

void sa_table_expect(const char *port, uint32_t slot, bool ok, const struct sa_field *fields,
                     size_t n, const uint32_t *entry)
{
    rtl_set(find(port, "_en"), 1);
    rtl_set(find(port, "_slot"), slot);
    cycle();
    rtl_set(find(port, "_en"), 0);
    cycle();
    rtl_settle(rtl);
    assert_int_equal(rtl_get(find(port, "_ok")), ok);
    for (size_t i = 0; i < n; i++) {
        struct rtl_port p = rtl_port(rtl, fields[i].port);
        uint8_t bytes[32] = {0};
        assert_int_equal(p.width, fields[i].width);
        if (entry)
            wanted(&fields[i], entry, bytes);
        if (memcmp(p.bits, bytes, (p.width + 7) / 8) != 0)
            fail_msg("slot %u: %s is another", slot, fields[i].port);
    }
    if (strcmp(port, "rd") == 0)
        assert_int_equal(rtl_get(rtl_port(rtl, "rd_key256")), entry && (entry[0] & 0xf) == 2);
}

static void power(uint32_t seed, unsigned n, uint8_t bytes[16])
{
    uint32_t rng = seed * 97 + n + 1;
    memset(bytes, 0, 16);
    if (seed)
        rng_fill(&rng, bytes, 16);
}

void sa_table_write_powers(uint32_t slot, uint32_t seed)
{
    for (unsigned n = 0; n < 16; n++) {
        power(seed, n, rtl_port(rtl, "pw_power").bits);
        rtl_set(rtl_port(rtl, "pw_idx"), n);
        sa_table_strobe("pw_we", slot, NULL);
    }
}

void sa_table_expect_powers(uint32_t slot, uint32_t seed)
{
    rtl_set(rtl_port(rtl, "hp_en"), 1);
    rtl_set(rtl_port(rtl, "hp_slot"), slot);
    cycle();
    rtl_set(rtl_port(rtl, "hp_en"), 0);
    cycle();
    rtl_settle(rtl);
    for (unsigned n = 0; n < 16; n++) {
        uint8_t bytes[16];
        power(seed, n, bytes);
        assert_memory_equal(rtl_port(rtl, "hp_data").bits + 16 * n, bytes, 16);
    }
}

void sa_table_check_fields(const char *port, const struct sa_field *fields, size_t n)
{
    uint32_t entry[SA_TABLE_WORDS];
    sa_table_restart();
    for (uint32_t slot = 0; slot < SA_TABLE_SLOTS; slot++) {
        sa_table_entry(slot, entry);
        sa_table_strobe("add", slot, entry);
    }
    for (uint32_t slot = 0; slot < SA_TABLE_SLOTS; slot++) {
        sa_table_entry(slot, entry);
        sa_table_expect(port, slot, true, fields, n, entry);
    }
}

void sa_table_check_life(const struct sa_field *fields, size_t n)
{
    uint32_t entry[SA_TABLE_WORDS], neighbour[SA_TABLE_WORDS];
    sa_table_restart();
    sa_table_entry(77, entry);
    sa_table_entry(78, neighbour);
    sa_table_write_powers(9, 77);
    sa_table_write_powers(10, 78);
    sa_table_expect("rd", 9, false, fields, n, NULL); /* not before it is added */
    sa_table_strobe("add", 10, neighbour);
    sa_table_strobe("add", 9, entry);
    sa_table_expect("rd", 9, true, fields, n, entry);
    sa_table_expect_powers(9, 77);
    sa_table_strobe("retire", 9, NULL);
    sa_table_expect("rd", 9, false, fields, n, NULL);
    sa_table_expect_powers(9, 77); /* for the packets under way */
    sa_table_strobe("wipe", 9, NULL);
    sa_table_expect_powers(9, 0);
    sa_table_expect("rd", 10, true, fields, n, neighbour);
    sa_table_expect_powers(10, 78);
}

void sa_table_check_reset(const char *port, const struct sa_field *fields, size_t n)
{
    uint32_t entry[SA_TABLE_WORDS];
    sa_table_restart();
    for (uint32_t slot = 0; slot < SA_TABLE_SLOTS; slot++) {
        sa_table_entry(slot, entry);
        sa_table_write_powers(slot, slot + 1);
        sa_table_strobe("add", slot, entry);
    }
    sa_table_restart();
    for (uint32_t slot = 0; slot < SA_TABLE_SLOTS; slot++) {
        sa_table_expect(port, slot, false, fields, n, NULL);
        sa_table_expect_powers(slot, 0);
    }
}
