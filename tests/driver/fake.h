/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card's page as a few tables in memory, written from espalier.rdl, for tests of the library's
 * logic: it keeps a trace of all accesses, fails the Nth one, and calls a hook after every mailbox
 * operation. The engine's own page is tested in tests/hw and through espsim.
 */
#ifndef TESTS_DRIVER_FAKE_H
#define TESTS_DRIVER_FAKE_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "driver/bus/bus.h"
#include "driver/regs.h"

#define FAKE_SA 16u
#define FAKE_POLICIES 32u
#define FAKE_EXACT_BUCKETS 2u /* in each of two banks */
#define FAKE_EXACT (8 * FAKE_EXACT_BUCKETS)
#define FAKE_NEIGH_BUCKETS 16u
#define FAKE_CELLS (8 * FAKE_NEIGH_BUCKETS)
#define FAKE_HOPS 64u
#define FAKE_WINDOW 64u
#define FAKE_TRACE 65536u

struct fake_sa {
    bool used;
    uint32_t w[ESPL_SA_ENTRY_WORDS];
    uint32_t stats[15]; /* from SEQ_HI to BAD_SELECTOR and one spare */
};

struct fake {
    uint32_t page[ESPL_PAGE_BYTES / 4];
    uint32_t sum_delta;            /* added to the map's checksum */
    struct fake_sa sa[2][FAKE_SA]; /* by enum espl_dir */
    /* rows, then exact cells */
    uint32_t policy[FAKE_POLICIES + FAKE_EXACT][ESPL_POLICY_ENTRY_WORDS];
    uint32_t neigh[FAKE_CELLS][ESPL_NEIGH_ENTRY_WORDS];
    uint32_t hop[FAKE_HOPS][ESPL_NEXTHOP_ENTRY_WORDS];
    uint32_t port[3][ESPL_PORT_ENTRY_WORDS];
    uint32_t policies; /* rows this card has, at most FAKE_POLICIES */
    uint32_t exact_buckets; /* at most FAKE_EXACT_BUCKETS */
    uint32_t alg, mode;
    unsigned operations;
    bool deaf; /* the doorbell is not answered */
    bool never_ready;
    int refuse_op; /* this operation is refused with refuse_reason; 0: none */
    uint32_t refuse_reason;

    unsigned accesses, fail_at; /* the fail_at-th access fails, 1 the first; 0: none */
    bool fail_on;               /* and all after it */
    enum espl_err fail_with;
    unsigned locks; /* held now */

    bool tracing;
    char trace[FAKE_TRACE];
    size_t traced;

    void (*hook)(struct fake *f, void *user); /* after every mailbox operation */
    void *user;
};

extern const struct espl_bus_ops fake_ops;

void fake_init(struct fake *f);
struct espl_bus *fake_bus(struct fake *f); /* malloc'ed, for espl_card_open_bus */
struct espl_card *fake_open(struct fake *f);
void fake_reset(struct fake *f); /* as another program's CONTROL.reset */
/* The page behind another bus: a read or write of whole words. */
void fake_read(struct fake *f, uint32_t off, uint32_t *words, size_t count);
void fake_write(struct fake *f, uint32_t off, const uint32_t *words, size_t count);

/* The place in `policy` of what a packet hits, or -1. Addresses are IPv4 in host order. */
int fake_policy_hit(const struct fake *f, uint32_t src, uint32_t dst, uint8_t proto, uint16_t sport,
                    uint16_t dport);
uint32_t *
fake_first_policy(struct fake *f); /* the words of the first row in use, or of the last row */
/* The next hop of an inner destination, or -1. */
int fake_neigh_hit(const struct fake *f, const struct espl_addr *addr);

struct espl_addr v4(uint32_t host);
struct espl_prefix p4(uint32_t host, uint8_t len);
struct espl_sa sample_sa(enum espl_dir dir, uint32_t spi, uint32_t reqid);
struct espl_policy sample_policy(uint32_t src, uint32_t dst, uint8_t len, uint32_t reqid);

#define assert_err(card, call, wanted)                                                             \
    do {                                                                                           \
        enum espl_err err_ = (call);                                                               \
        if (err_ != (wanted))                                                                      \
            fail_msg("%s: %s (%d): %s", #call, espl_err_text(err_), (int)err_,                     \
                     espl_card_error(card));                                                       \
    } while (0)
#define assert_ok(card, call) assert_err(card, call, ESPL_OK)

#endif
