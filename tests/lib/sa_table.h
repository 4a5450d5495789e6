/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both SA tables (hw/sa/) must do, told by the fields they show. A field that is read must be
 * what the entry said; of a slot without an SA all fields are zero.
 */
#ifndef TESTS_LIB_SA_TABLE_H
#define TESTS_LIB_SA_TABLE_H

#include "driver/regs.h"
#include "tests/lib/axis.h"

#define SA_TABLE_WORDS ESPL_SA_ENTRY_RESERVED
#define SA_TABLE_SLOTS 1024u

struct sa_field {
    const char *port;
    unsigned word, bit,
        width; /* of the entry; from 128 bits on: words, first one most significant */
};

void sa_table_open(void);
void sa_table_close(void);
void sa_table_restart(void);                                        /* rst, until swept */
void sa_table_entry(uint32_t seed, uint32_t entry[SA_TABLE_WORDS]); /* random, in every bit */
/* add, retire or wipe; entry: NULL keeps the one before. */
void sa_table_strobe(const char *name, uint32_t slot, const uint32_t *entry);
/* Reads by port rd or ck and compares; entry: NULL means that all must be zero. */
void sa_table_expect(const char *port, uint32_t slot, bool ok, const struct sa_field *fields,
                     size_t n, const uint32_t *entry);
void sa_table_expect_powers(uint32_t slot, uint32_t seed); /* seed 0: all zero */
void sa_table_write_powers(uint32_t slot, uint32_t seed);

void sa_table_check_fields(const char *port, const struct sa_field *fields, size_t n);
void sa_table_check_life(const struct sa_field *fields, size_t n);
/* `update` changes the fields that it may, and leaves the kept ones. */
void sa_table_check_update(const char *port, const struct sa_field *fields, size_t n,
                           const struct sa_field *kept, size_t kept_n);
/* Each of the first `bits` bits of a row in `memory` is wrong once, when read by `port`: told once,
 * and there is no SA and no key any more. */
void sa_table_check_parity(const char *port, const char *memory, unsigned bits,
                           const struct sa_field *rd, size_t n);
void sa_table_check_busy_parity(const struct sa_field *rd, size_t n);
void sa_table_check_reset(const char *port, const struct sa_field *fields, size_t n);

#endif
