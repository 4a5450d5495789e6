/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the library: the card handle, and the steps every public call is made of.
 *
 * The card's tables are the truth; the handle keeps a copy of what it needs of them (shadow.c). The
 * copy is right while the register CHANGES stands where this handle left it, and is read anew when
 * another program has changed a table. A call is: espl_begin (lock, is the card still there),
 * mailbox operations, espl_end.
 */
#ifndef ESPALIER_HANDLE_H
#define ESPALIER_HANDLE_H

#include "driver/bus/bus.h"
#include "driver/card.h"
#include "driver/regs.h"

#define ESPL_NO_SLOT UINT32_MAX /* policy_entry.sa_slot: no SA yet */
#define ESPL_TEXT_ERROR 512
#define ESPL_LOOK_MS 20u /* between two looks at a card that cannot interrupt */
#define ESPL_TEXT_ADDR 64 /* characters of an address or prefix with its end */

struct espl_shadow_sa {
    bool used;
    uint16_t nexthop; /* row */
    uint32_t spi, reqid, serial;
    struct espl_addr src, dst;
};

struct espl_shadow_row { /* of the policy table, or an exact policy's cell */
    uint32_t words[ESPL_POLICY_ENTRY_WORDS];
};

struct espl_shadow_cell { /* of the neighbour table */
    bool used, cipher;
    uint16_t nexthop;
    struct espl_addr addr;
};

struct espl_hop { /* where frames go */
    espl_mac mac;
    struct espl_vlan vlan;
};

struct espl_shadow_hop { /* next hop */
    bool used;           /* a MAC is set */
    bool cipher;         /* belongs to one cipher neighbour alone */
    uint32_t refs;       /* SAs and neighbour cells that point here */
    struct espl_hop to;
};

struct espl_shadow {
    bool sas_known, policies_known, neighs_known;
    struct espl_shadow_sa *sa[2]; /* owned; by enum espl_dir, a slot each */
    uint32_t *spi_kept;           /* owned; by inbound slot: the SPI espl_sa_spi gave away, or 0 */
    uint32_t *by_reqid; /* owned; room for a list of outbound slots (sa_bind.c) */
    struct espl_shadow_row *policy; /* owned; the rows, then the exact cells */
    struct espl_shadow_cell *cell;  /* owned */
    struct espl_shadow_hop *hop;    /* owned */
};

struct espl_card {
    const struct espl_bus_ops *ops;
    struct espl_bus *bus; /* owned */
    struct espl_caps caps;
    uint32_t neigh_buckets, exact_buckets; /* of four cells, in one of the two banks */
    uint32_t token, generation, changes, tag;
    bool lost; /* reset by somebody else; until espl_card_reset */
    uint32_t reason, detail;
    struct {
        bool on;
        uint32_t generation; /* the card's, when they were begun */
        uint32_t next, lost; /* the event this handle reads next; the card's EVENT_LOST */
    } events;
    struct espl_shadow shadow;
    char error[ESPL_TEXT_ERROR];
};

/* ------------------------------------------------------------------ error.c */

/* Remembers the sentence and returns err. Never pass key material. */
enum espl_err espl_fail(struct espl_card *card, enum espl_err err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* For a failure of the bus itself while doing `what`. */
enum espl_err espl_fail_bus(struct espl_card *card, enum espl_err err, const char *what);

/* A failure's words, kept while what was half done is taken back. */
struct espl_told {
    uint32_t reason;
    char error[ESPL_TEXT_ERROR];
};
struct espl_told espl_told(const struct espl_card *card);
void espl_told_again(struct espl_card *card, const struct espl_told *told);

/* ------------------------------------------------------------------ card.c */

/* Words of the page from MAGIC to CHANGES, read as one burst. */
enum {
    ESPL_HEAD_MAGIC,
    ESPL_HEAD_VERSION,
    ESPL_HEAD_MAP_SUM,
    ESPL_HEAD_GENERATION,
    ESPL_HEAD_TOKEN,
    ESPL_HEAD_CLOCK,
    ESPL_HEAD_CHANGES,
    ESPL_HEAD_WORDS
};
_Static_assert(ESPL_REG_CHANGES - ESPL_REG_MAGIC == 4 * ESPL_HEAD_CHANGES, "the head is one burst");
ESPL_MUST enum espl_err espl_read_head(struct espl_card *card, uint32_t head[ESPL_HEAD_WORDS]);
ESPL_MUST enum espl_err espl_lock(struct espl_card *card);  /* until espl_end */
ESPL_MUST enum espl_err espl_begin(struct espl_card *card); /* on success the card is locked */
ESPL_MUST enum espl_err espl_look(struct espl_card *card);  /* as espl_begin, without the lock */
void espl_end(struct espl_card *card);
uint64_t espl_now_ms(void); /* monotonic */

/* ------------------------------------------------------------------ mailbox.c */

/* Does one operation: entry (count words, may be 0) in, answer (answer_count words, may be 0) out.
 * card->detail is the card's DETAIL. REFUSED: nothing was changed, the error is told. */
ESPL_MUST enum espl_err espl_mailbox(struct espl_card *card, enum espl_map_op op, uint32_t index,
                                     const uint32_t *entry, size_t count, uint32_t *answer,
                                     size_t answer_count);

/* reason.c: the card's refusal as a sentence that names the field, the value and the limit. */
void espl_reason_text(char *text, size_t len, const struct espl_card *card, enum espl_map_op op,
                      uint32_t index, const uint32_t *entry, size_t count);

/* ------------------------------------------------------------------ words.c */

#define ESPL_GET(word, field) (((word)&field##_MASK) >> field##_SHIFT)
#define ESPL_PUT(value, field) (((uint32_t)(value) << field##_SHIFT) & field##_MASK)

void espl_addr_put(uint32_t words[4], const struct espl_addr *addr);
struct espl_addr espl_addr_take(enum espl_family family, const uint32_t words[4]);
bool espl_addr_same(const struct espl_addr *a, const struct espl_addr *b);
bool espl_addr_unspecified(const struct espl_addr *addr);
void espl_mac_put(uint32_t words[2], const espl_mac mac); /* sets no flag */
void espl_mac_take(espl_mac mac, const uint32_t words[2]);
uint8_t espl_family_bits(enum espl_family family); /* 32 or 128 */
const char *espl_addr_text(char text[ESPL_TEXT_ADDR], const struct espl_addr *addr);
/* Is the selector one the card can hold? Else INVALID with the field's name. */
ESPL_MUST enum espl_err espl_selector_check(struct espl_card *card,
                                            const struct espl_selector *sel);
bool espl_selector_same(const struct espl_selector *a, const struct espl_selector *b);

/* ------------------------------------------------------------------ shadow.c */

ESPL_MUST enum espl_err espl_shadow_init(struct espl_card *card); /* NO_MEMORY */
void espl_shadow_clear(struct espl_card *card);
void espl_shadow_forget(struct espl_card *card); /* what was read; not the reserved SPIs */
ESPL_MUST enum espl_err espl_shadow_sas(struct espl_card *card);
ESPL_MUST enum espl_err espl_shadow_policies(struct espl_card *card);
ESPL_MUST enum espl_err espl_shadow_neighs(struct espl_card *card); /* next hops and SAs too */

/* ------------------------------------------------------------------ sa_hop.c */

/* The row for sa's next hop; it has one reference more when espl_sa_hop_refer says so. */
ESPL_MUST enum espl_err espl_sa_hop(struct espl_card *card, const struct espl_sa *sa, uint16_t *hop);
void espl_sa_hop_refer(struct espl_card *card, uint16_t hop, int change);
/* An SA to dst has left the row: a failure here costs a row, not a packet. */
void espl_sa_hop_drop(struct espl_card *card, enum espl_dir dir, const struct espl_addr *dst,
                      uint16_t hop);

/* ------------------------------------------------------------------ sa_check.c, sa_entry.c */

/* with_key: algorithm and key are judged too */
ESPL_MUST enum espl_err espl_sa_check(struct espl_card *card, const struct espl_sa *sa,
                                      bool with_key);
void espl_sa_pack(uint32_t words[ESPL_SA_ENTRY_WORDS], const struct espl_sa *sa, uint16_t nexthop,
                  uint32_t serial);
void espl_sa_unpack(struct espl_sa *sa, struct espl_sa_stats *stats, enum espl_dir dir,
                    const uint32_t info[ESPL_SA_INFO_WORDS]);

/* ------------------------------------------------------------------ sa.c */

/* The slot of an SA; NOT_FOUND when there is none. */
ESPL_MUST enum espl_err espl_sa_find(struct espl_card *card, enum espl_dir dir,
                                     const struct espl_addr *dst, uint32_t spi, uint32_t *slot);

/* ------------------------------------------------------------------ sa_bind.c */

/* Points every PROTECT row at the newest SA it may use, as the shadow has it; SA `except` does not
 * count. */
ESPL_MUST enum espl_err espl_bind(struct espl_card *card, uint32_t except);
/* The slot the policy of these words should use, or ESPL_NO_SLOT. */
uint32_t espl_bind_slot(const struct espl_card *card, const uint32_t words[ESPL_POLICY_ENTRY_WORDS],
                        uint32_t except);

/* ------------------------------------------------------------------ policy_rows.c */

/* A policy's place: a row of the table, or from caps.policies on an exact cell. */
uint32_t espl_rows(const struct espl_card *card); /* all places */
bool espl_row_used(const struct espl_shadow_row *row);
ESPL_MUST enum espl_err espl_row_set(struct espl_card *card, uint32_t row,
                                     const uint32_t words[ESPL_POLICY_ENTRY_WORDS]);
ESPL_MUST enum espl_err espl_row_clear(struct espl_card *card, uint32_t row);
/* Another SA for the same policy, between two packets. */
ESPL_MUST enum espl_err espl_row_sa(struct espl_card *card, uint32_t row, uint32_t slot);
/* Finds or makes a free place for this policy. A row is behind every row of this or a lower
 * priority. */
ESPL_MUST enum espl_err espl_rows_room(struct espl_card *card,
                                       const uint32_t words[ESPL_POLICY_ENTRY_WORDS],
                                       uint32_t *row);

/* ------------------------------------------------------------------ policy_entry.c */

/* The words of a policy; its SA is the newest that it may use. */
void espl_policy_pack(struct espl_card *card, const struct espl_policy *policy, uint32_t serial,
                      uint32_t words[ESPL_POLICY_ENTRY_WORDS]);
void espl_policy_unpack(const uint32_t words[ESPL_POLICY_ENTRY_WORDS], struct espl_policy *policy);
/* Can it be an exact policy: one destination address, any protocol, any ports? */
bool espl_policy_exact(const uint32_t words[ESPL_POLICY_ENTRY_WORDS]);

/* ------------------------------------------------------------------ cells.c */

#define ESPL_PLACES 4u /* cells of a bucket */

struct espl_cells {
    uint32_t buckets; /* in each of two banks */
    /* The address of a cell's entry; false: the cell is free. */
    bool (*addr)(const struct espl_card *card, uint32_t at, struct espl_addr *addr);
    /* Copies an entry to a free cell, in the card. */
    enum espl_err (*move)(struct espl_card *card, uint32_t from, uint32_t to);
};

uint32_t espl_crc32c(const uint8_t *bytes,
                     size_t len); /* reflected, seed all ones, no final inversion */
/* The first cell of an address's bucket in a bank. */
uint32_t espl_bucket(uint32_t buckets, const struct espl_addr *addr, unsigned bank);
/* A cell for a new entry of this address; what stood in it has been copied elsewhere. FULL is not
 * told. */
ESPL_MUST enum espl_err espl_cells_room(struct espl_card *card, const struct espl_cells *table,
                                        const struct espl_addr *addr, uint32_t *at);

/* ------------------------------------------------------------------ neigh_cells.c */

/* The cell of an address, or UINT32_MAX. */
uint32_t espl_cell_find(const struct espl_card *card, const struct espl_addr *addr, bool cipher);
/* Writes a cell for a new address, moving others to their other bucket where needed. */
ESPL_MUST enum espl_err espl_cell_insert(struct espl_card *card,
                                         const struct espl_shadow_cell *cell);
ESPL_MUST enum espl_err espl_cell_set(struct espl_card *card, uint32_t index,
                                      const struct espl_shadow_cell *cell);
ESPL_MUST enum espl_err espl_cell_clear(struct espl_card *card, uint32_t index);

/* ------------------------------------------------------------------ nexthop.c */

/* A row for this MAC and tag that others may share; the row counts no reference yet. */
ESPL_MUST enum espl_err espl_hop_shared(struct espl_card *card, const struct espl_hop *to,
                                        uint16_t *row);
/* A row nobody uses; not written. */
ESPL_MUST enum espl_err espl_hop_free_row(struct espl_card *card, uint16_t *row);
ESPL_MUST enum espl_err espl_hop_set(struct espl_card *card, uint16_t row,
                                     const struct espl_hop *to);
/* Between it and the words of an entry. */
void espl_hop_put(uint32_t words[ESPL_NEXTHOP_ENTRY_WORDS], const struct espl_hop *to);
struct espl_hop espl_hop_take(const uint32_t words[ESPL_NEXTHOP_ENTRY_WORDS]);
/* Empties the row when nothing points to it any more. */
ESPL_MUST enum espl_err espl_hop_tidy(struct espl_card *card, uint16_t row);
/* The row outbound SAs to dst use: that of its cipher neighbour, which is made without a MAC when
 * needed. */
ESPL_MUST enum espl_err espl_hop_outer(struct espl_card *card, const struct espl_addr *dst,
                                       uint16_t *row);
/* Takes back what espl_hop_outer made for dst when no SA came of it, or its last SA went. */
ESPL_MUST enum espl_err espl_hop_outer_drop(struct espl_card *card, const struct espl_addr *dst);
/* neigh.c: the cipher neighbour of dst gets this MAC and tag. */
ESPL_MUST enum espl_err espl_neigh_outer(struct espl_card *card, const struct espl_addr *dst,
                                         const struct espl_hop *to);

#endif
