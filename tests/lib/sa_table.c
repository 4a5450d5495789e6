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

static unsigned errors; /* err_valid seen, and the slot of the last one */
static uint64_t error_slot;

static void cycle(void)
{
    rtl_settle(rtl);
    if (rtl_get(rtl_port(rtl, "err_valid"))) {
        errors++;
        error_slot = rtl_get(rtl_port(rtl, "err_slot"));
    }
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
    static const char *const quiet[] = {"rd_en", "ck_en", "hp_en", "lost",  "add",
                                        "update", "retire", "wipe", "pw_we"};
    struct rtl_port port;
    for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++)
        if (rtl_find(rtl, quiet[i], &port)) /* not every table has all */
            rtl_set(port, 0);
    errors = 0;
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
    cycle();
    rtl_settle(rtl);
    assert_int_equal(rtl_get(find(port, "_bad")), 0);
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

/* ------------------------------------------------------------------ update, and parity */

void sa_table_check_update(const char *port, const struct sa_field *fields, size_t n,
                           const struct sa_field *kept, size_t kept_n)
{
    uint32_t entry[SA_TABLE_WORDS], changed[SA_TABLE_WORDS];
    sa_table_restart();
    sa_table_entry(5, entry);
    sa_table_entry(8, changed);
    changed[0] = (changed[0] & ~0xfu) | (entry[0] & 0xf); /* the algorithm stays */
    sa_table_strobe("add", 3, entry);
    sa_table_strobe("update", 3, changed);
    sa_table_expect(port, 3, true, fields, n, changed);
    sa_table_expect(port, 3, true, kept, kept_n, entry);
    sa_table_strobe("retire", 3, NULL);
    sa_table_strobe("wipe", 3, NULL);
    sa_table_strobe("update", 4, changed); /* makes no SA where there is none */
    sa_table_expect("rd", 4, false, NULL, 0, NULL);
}

static void flip(const char *memory, unsigned slot, unsigned bit)
{
    struct rtl_memory m;
    char name[64];
    int len = snprintf(name, sizeof name, "%s.rows", memory);
    assert_true(len > 0 && (size_t)len < sizeof name);
    if (!rtl_memory(rtl, name, &m))
        fail_msg("the model has no memory %s", name);
    assert_int_equal(m.rows, SA_TABLE_SLOTS);
    m.bits[slot * m.stride + bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* What the table tells 3 cycles after a read. */
static bool bad(const char *port, unsigned slot)
{
    rtl_set(find(port, "_en"), 1);
    rtl_set(find(port, "_slot"), slot);
    cycle();
    rtl_set(find(port, "_en"), 0);
    cycle();
    cycle();
    rtl_settle(rtl);
    return rtl_get(find(port, "_bad"));
}

static void install(unsigned slot)
{
    uint32_t entry[SA_TABLE_WORDS];
    sa_table_strobe("retire", slot, NULL);
    sa_table_strobe("wipe", slot, NULL);
    sa_table_write_powers(slot, slot + 1);
    sa_table_entry(slot, entry);
    sa_table_strobe("add", slot, entry);
}

void sa_table_check_parity(const char *port, const char *memory, unsigned bits,
                           const struct sa_field *rd, size_t n)
{
    uint32_t entry[SA_TABLE_WORDS];
    sa_table_restart();
    install(9);
    for (unsigned bit = 0; bit < bits; bit++) {
        unsigned slot = 10 + bit % 7;
        install(slot);
        assert_false(bad(port, slot));
        errors = 0;
        flip(memory, slot, bit);
        assert_true(bad(port, slot));
        for (int i = 0; i < 6; i++)
            cycle();
        assert_int_equal(errors, 1);
        assert_int_equal(error_slot, slot);
        (void)bad(port, slot); /* met again: not told again */
        for (int i = 0; i < 6; i++)
            cycle();
        assert_int_equal(errors, 1);
        sa_table_expect("rd", slot, false, rd, n, NULL);
        sa_table_entry(9, entry);
        sa_table_expect("rd", 9, true, rd, n, entry);
    }
}

/* The same error met by packets back to back, while the mailbox writes another slot all the time. */
void sa_table_check_busy_parity(const struct sa_field *rd, size_t n)
{
    uint32_t entry[SA_TABLE_WORDS];
    sa_table_restart();
    install(9);
    install(10);
    flip("keys", 9, 100);
    sa_table_entry(10, entry);
    memcpy(rtl_port(rtl, "entry").bits, entry, sizeof entry);
    rtl_set(rtl_port(rtl, "slot"), 10);
    rtl_set(rtl_port(rtl, "update"), 1);
    rtl_set(rtl_port(rtl, "rd_en"), 1);
    rtl_set(rtl_port(rtl, "rd_slot"), 9);
    for (int i = 0; i < 20; i++)
        cycle();
    assert_int_equal(errors, 0);
    rtl_set(rtl_port(rtl, "update"), 0);
    for (int i = 0; i < 20; i++)
        cycle();
    assert_int_equal(errors, 1);
    rtl_set(rtl_port(rtl, "rd_en"), 0);
    sa_table_expect("rd", 9, false, rd, n, NULL);
    sa_table_expect("rd", 10, true, rd, n, entry);
}
