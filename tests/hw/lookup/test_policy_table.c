/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SPD against a list: random rows that overlap, exact policies with several of one destination,
 * packets near them, rows and cells written and taken out while packets are looked up. The first
 * matching row and the matching cells are compared by their order. An answer must be that of the
 * list before a change, during it (the row is out) or after it, in this order. Some packets do not
 * show their ports: they meet the first row that some ports could meet, and are told when it asks
 * for any.
 *
 * A wrong bit in any memory that a packet's lookup reads is told, until the row or cell is written
 * anew; what rows are found by heals by itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/axis.h"

#define ROWS 512u
#define BUCKETS 1024u
#define PLACES 4u
#define CELLS (2 * BUCKETS * PLACES)
#define EXACT_ROW 0x8000u /* r_row of cell 0 */
#define KEY_BYTES 33u     /* source, destination, protocol; family and ports apart */
#define DST_AT 16u
#define PROTO_AT 32u

struct key {
    uint8_t family; /* 0 or 1 */
    uint8_t bytes[KEY_BYTES];
    uint16_t sport, dport;
    bool opaque; /* no ports to be seen, whatever they are */
};

struct range {
    uint16_t first, last;
};

struct rule {
    bool used;
    uint8_t family, value[KEY_BYTES], mask[KEY_BYTES];
    struct range sport, dport;
    uint32_t priority, serial;
    uint8_t action, slot_ok;
    uint16_t slot;
};

struct answer {
    bool hit, opaque;
    uint8_t action, slot_ok;
    uint16_t slot, row;
    uint32_t serial, shape;
};

#define PENDING 64u
static struct rtl *rtl;
static struct {
    struct rtl_port lk_valid, lk_family, lk_src, lk_dst, lk_proto, lk_sport, lk_dport;
    struct rtl_port lk_opaque, r_opaque, r_valid, r_hit, r_action, r_slot_ok, r_slot, r_shape;
    struct rtl_port r_row, r_serial, r_bad, swept;
    struct rtl_port row_set, row_clear, row_act, row, value, mask, action, slot_ok, slot, row_done;
    struct rtl_port cell_set, cell_act, cell_at, cell_used, sport, dport, order;
    struct rtl_port shape_we, shape_slot, shape;
} p;
static struct rule rules[ROWS + CELLS]; /* rows, then cells */
static unsigned cells[64], cell_count;  /* those that were ever written */
static uint32_t shapes[1024], next_serial;
static uint32_t rng;

/* Lookups under way, with the answers that are right for each */
static struct {
    struct answer may[3];
    bool possible[3];
    unsigned change; /* number of the change it belongs to */
} pending[PENDING];
static unsigned asked, answered;
static unsigned seen[3]; /* how often an answer was the old, the in-between, the new one */
static unsigned blind;   /* how often it was that ports would have been needed */
static unsigned exact;   /* how often a cell was the answer */
static bool faulty;      /* a wrong bit has been planted */

/* The change under way: rule `at` will be `next`; a row is out until then */
enum how { SET, CLEAR, ACT };
static bool changing;
static enum how doing;
static unsigned at, changes;
static struct rule next;
static unsigned phase, phase_of; /* the furthest variant met, in this change */

static bool in(struct range r, uint16_t port)
{
    return port >= r.first && port <= r.last;
}

static bool any(struct range r)
{
    return r.first == 0 && r.last == 0xffff;
}

static bool matches(const struct rule *r, const struct key *k)
{
    if (!r->used || r->family != k->family)
        return false;
    for (unsigned i = 0; i < KEY_BYTES; i++)
        if ((r->value[i] ^ k->bytes[i]) & r->mask[i])
            return false;
    return k->opaque || (in(r->sport, k->sport) && in(r->dport, k->dport));
}

static bool below(const struct rule *a, const struct rule *b)
{
    return a->priority != b->priority ? a->priority < b->priority : a->serial < b->serial;
}

/* The rule `n` as this variant has it: 0 before the change, 1 during it, 2 after it. */
static const struct rule *rule(unsigned n, int variant)
{
    static const struct rule none;
    if (!changing || n != at || variant == 0)
        return &rules[n];
    return variant == 1 ? &none : &next;
}

static struct answer oracle(const struct key *k, int variant)
{
    const struct rule *best = NULL;
    unsigned place = 0;
    for (unsigned i = 0; i < ROWS && !best; i++)
        if (matches(rule(i, variant), k))
            best = rule(i, variant), place = i;
    for (unsigned i = 0; i < cell_count; i++) {
        const struct rule *r = rule(cells[i], variant);
        if (matches(r, k) && (!best || below(r, best)))
            best = r, place = cells[i] - ROWS + EXACT_ROW;
    }
    if (!best)
        return (struct answer){0};
    bool opaque = k->opaque && !(any(best->sport) && any(best->dport));
    return (struct answer){true,       opaque,          best->action, best->slot_ok,
                           best->slot, (uint16_t)place, best->serial, shapes[best->slot]};
}

static bool same(const struct answer *a, const struct answer *b)
{
    return a->hit == b->hit &&
           (!a->hit || (a->opaque == b->opaque && a->action == b->action &&
                        a->slot_ok == b->slot_ok && a->slot == b->slot && a->row == b->row &&
                        a->serial == b->serial && a->shape == b->shape));
}

static void ask(const struct key *k)
{
    rtl_set(p.lk_valid, 1);
    rtl_set(p.lk_family, k->family);
    rtl_set_be(p.lk_src, k->bytes, 16);
    rtl_set_be(p.lk_dst, k->bytes + 16, 16);
    rtl_set(p.lk_proto, k->bytes[PROTO_AT]);
    rtl_set(p.lk_sport, k->sport);
    rtl_set(p.lk_dport, k->dport);
    rtl_set(p.lk_opaque, k->opaque);
    pending[asked % PENDING].change = changes;
    for (int v = 0; v < 3; v++) {
        pending[asked % PENDING].may[v] = oracle(k, v);
        /* an action changes without the row being out; a row is not written when it is cleared */
        pending[asked % PENDING].possible[v] =
            v == 0 || (changing && (v == 1 ? at < ROWS && doing != ACT
                                           : doing != CLEAR || at >= ROWS));
    }
    asked++;
}

static void check(void)
{
    if (!rtl_get(p.r_valid))
        return;
    assert_true(answered < asked);
    struct answer got = {rtl_get(p.r_hit),
                         rtl_get(p.r_opaque),
                         (uint8_t)rtl_get(p.r_action),
                         (uint8_t)rtl_get(p.r_slot_ok),
                         (uint16_t)rtl_get(p.r_slot),
                         (uint16_t)rtl_get(p.r_row),
                         (uint32_t)rtl_get(p.r_serial),
                         (uint32_t)rtl_get(p.r_shape)};
    assert_true(faulty || !rtl_get(p.r_bad));
    const bool *possible = pending[answered % PENDING].possible;
    const struct answer *may = pending[answered % PENDING].may;
    if (phase_of != pending[answered % PENDING].change)
        phase = 0;
    phase_of = pending[answered % PENDING].change;
    for (unsigned v = phase; v < 3; v++) {
        if (possible[v] && same(&got, &may[v])) {
            phase = v;
            seen[v]++;
            blind += got.hit && got.opaque;
            exact += got.hit && got.row >= EXACT_ROW;
            answered++;
            return;
        }
    }
    fail_msg("lookup %u: hit %d row %x action %u slot %u; before the change hit %d row %x action %u"
             " slot %u", answered, got.hit, got.row, got.action, got.slot, may[0].hit, may[0].row,
             may[0].action, may[0].slot);
}

static struct range random_range(void)
{
    struct range r = {(uint16_t)rng_next(&rng), (uint16_t)rng_next(&rng)};
    unsigned kind = rng_next(&rng) % 6;
    if (kind == 0)
        return (struct range){0, 0xffff};
    if (kind == 1) /* within one high byte */
        r.last = (uint16_t)((r.first & 0xff00) | (r.last & 0xff));
    if (kind == 2) /* in two that follow each other */
        r.last = (uint16_t)((r.first + 0x100) & 0xff00);
    if (kind == 3)
        r.last = r.first;
    return r.first <= r.last ? r : (struct range){r.last, r.first};
}

static void random_rule(struct rule *r)
{
    memset(r, 0, sizeof *r);
    r->used = true;
    r->family = rng_next(&rng) & 1;
    rng_fill(&rng, r->value, KEY_BYTES);
    /* few bits decide, so that rules overlap */
    for (unsigned i = 0; i < KEY_BYTES; i++)
        r->mask[i] = (uint8_t)(rng_next(&rng) & rng_next(&rng) & rng_next(&rng) & rng_next(&rng));
    if (rng_next(&rng) % 4 == 0)
        memset(r->mask, 0xff, rng_next(&rng) % KEY_BYTES);
    r->sport = r->dport = (struct range){0, 0xffff};
    if (rng_next(&rng) & 1) {
        r->sport = random_range();
        r->dport = random_range();
    }
    r->priority = rng_next(&rng) % 4 ? rng_next(&rng) % 4 : rng_next(&rng);
    r->serial = ++next_serial;
    r->action = (uint8_t)(rng_next(&rng) % 3);
    r->slot_ok = rng_next(&rng) & 1;
    r->slot = rng_next(&rng) % 1024;
}

/* One destination out of few; any source prefix. */
static void random_exact(struct rule *r)
{
    random_rule(r);
    r->sport = r->dport = (struct range){0, 0xffff};
    for (unsigned i = 0; i < 16; i++)
        r->value[DST_AT + i] = (uint8_t)(rng % 5 * 37 + i);
    memset(r->mask, 0, KEY_BYTES);
    memset(r->mask + DST_AT, 0xff, 16);
    unsigned len = rng_next(&rng) % 4 ? rng_next(&rng) % 6 : rng_next(&rng) % 129;
    for (unsigned bit = 0; bit < len; bit++)
        r->mask[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
}

static uint16_t port_near(struct range r)
{
    static const int near[] = {0, 0, 1, -1, 256, -256};
    unsigned n = rng_next(&rng);
    uint16_t end = n & 8 ? r.first : r.last;
    return n & 16 ? (uint16_t)(r.first + (n >> 5) % (1u + r.last - r.first))
                  : (uint16_t)(end + near[n % 6]);
}

/* A packet near some rule: matches it, or misses by one bit or port. */
static struct key random_key(void)
{
    struct key k;
    const struct rule *r = changing && rng_next(&rng) & 1 ? &next : &rules[rng_next(&rng) % ROWS];
    if (cell_count && rng_next(&rng) % 3 == 0)
        r = &rules[cells[rng_next(&rng) % cell_count]];
    k.family = r->family;
    rng_fill(&rng, k.bytes, KEY_BYTES);
    for (unsigned i = 0; i < KEY_BYTES; i++)
        k.bytes[i] = (uint8_t)((k.bytes[i] & ~r->mask[i]) | (r->value[i] & r->mask[i]));
    if (rng_next(&rng) % 3 == 0)
        k.bytes[rng_next(&rng) % KEY_BYTES] ^= (uint8_t)(1u << rng_next(&rng) % 8);
    k.sport = port_near(r->sport);
    k.dport = port_near(r->dport);
    k.opaque = rng_next(&rng) % 4 == 0;
    return k;
}

static void cycle(bool look)
{
    rtl_set(p.lk_valid, 0);
    if (look) {
        struct key k = random_key();
        ask(&k);
    }
    rtl_settle(rtl);
    check();
    rtl_edge(rtl);
    rtl_set(p.shape_we, 0);
}

static void drain(void)
{
    for (int i = 0; i < 32; i++)
        cycle(false);
    assert_int_equal(asked, answered);
}

static void rule_value(const struct rule *r)
{
    uint8_t bytes[KEY_BYTES + 1];
    memcpy(bytes + 1, r->value, KEY_BYTES);
    bytes[0] = r->family;
    rtl_set_be(p.value, bytes, KEY_BYTES + 1);
    memcpy(bytes + 1, r->mask, KEY_BYTES);
    bytes[0] = 1;
    rtl_set_be(p.mask, bytes, KEY_BYTES + 1);
    rtl_set(p.sport, (uint32_t)r->sport.last << 16 | r->sport.first);
    rtl_set(p.dport, (uint32_t)r->dport.last << 16 | r->dport.first);
    rtl_set(p.order, (uint64_t)r->priority << 32 | r->serial);
    rtl_set(p.action, r->action);
    rtl_set(p.slot_ok, r->slot_ok);
    rtl_set(p.slot, r->slot);
}

static struct rtl_port strobe_of(enum how how, unsigned n)
{
    if (n >= ROWS)
        return how == ACT ? p.cell_act : p.cell_set;
    return how == SET ? p.row_set : how == CLEAR ? p.row_clear : p.row_act;
}

static void begin_change(enum how how, unsigned n, const struct rule *r)
{
    static const struct rule none;
    at = n;
    next = *r;
    changing = true;
    doing = how;
    changes++;
    rtl_set(p.row, n);
    rtl_set(p.cell_at, n - ROWS);
    rtl_set(p.cell_used, how == SET);
    rule_value(r);
    if (how == ACT) { /* which comes alone: the policy keeps what it compares */
        rule_value(&none);
        rtl_set(p.action, r->action);
        rtl_set(p.slot_ok, r->slot_ok);
        rtl_set(p.slot, r->slot);
    }
    if (n < ROWS)
        return;
    bool known = false;
    for (unsigned i = 0; i < cell_count; i++)
        known |= cells[i] == n;
    if (!known)
        cells[cell_count++] = n;
}

/* One change of the host's, with a lookup in `busy` of 100 cycles; returns the cycles it took. */
static unsigned change(enum how how, unsigned n, const struct rule *r, unsigned busy)
{
    struct rtl_port strobe = strobe_of(how, n);
    unsigned cycles = 0;
    begin_change(how, n, r);
    rtl_set(strobe, 1);
    for (bool done = false; !done; cycles++) {
        assert_true(cycles < 1200);
        rtl_set(p.lk_valid, 0);
        if (rng_next(&rng) % 100 < busy) {
            struct key k = random_key();
            ask(&k);
        }
        rtl_settle(rtl);
        done = n >= ROWS || rtl_get(p.row_done);
        check();
        rtl_edge(rtl);
    }
    rtl_set(strobe, 0);
    for (int i = 0; i < 12; i++) /* what was asked before the end of the change may see either */
        cycle(true);
    drain();
    rules[n] = *r;
    changing = false;
    changes++;
    return cycles;
}

static void restart(void)
{
    rtl_set(p.lk_valid, 0);
    rtl_set(p.row_set, 0);
    rtl_set(p.row_clear, 0);
    rtl_set(p.row_act, 0);
    rtl_set(p.shape_we, 0);
    rtl_set(p.cell_set, 0);
    rtl_set(p.cell_act, 0);
    axis_reset(rtl, NULL, 0);
    memset(rules, 0, sizeof rules);
    memset(seen, 0, sizeof seen);
    asked = answered = blind = exact = cell_count = next_serial = 0;
    changing = false;
    changes = phase = phase_of = 0;
    rng = 7;
    for (unsigned i = 0; i < 1024; i++) {
        shapes[i] = i * 0x01010061;
        rtl_set(p.shape_we, 1);
        rtl_set(p.shape_slot, i);
        rtl_set(p.shape, shapes[i]);
        cycle(false);
    }
    for (unsigned i = 0; !rtl_get(p.swept); i++) {
        assert_true(i < 8 * ROWS);
        cycle(false);
    }
}

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

/* The rule's number of one of the eight cells of an exact policy. */
static unsigned cell_of(const struct rule *r, unsigned n)
{
    uint32_t crc = crc32c(r->value + DST_AT, 16), bank = n / PLACES;
    return ROWS + (bank * BUCKETS + (bank ? crc >> 16 : crc) % BUCKETS) * PLACES + n % PLACES;
}

static void test_empty_matches_nothing(void **state)
{
    (void)state;
    restart();
    for (int i = 0; i < 500; i++)
        cycle(true);
    drain();
}

static void test_random_rules(void **state)
{
    (void)state;
    restart();
    for (unsigned n = 0; n < 150; n++) {
        struct rule r;
        random_rule(&r);
        change(SET, n < 100 ? rng_next(&rng) % ROWS : n % 2 ? 0 : ROWS - 1, &r, 0);
    }
    for (unsigned n = 0; n < 40; n++) {
        struct rule r;
        random_exact(&r);
        change(SET, cell_of(&r, n % 8), &r, 0);
    }
    unsigned hits = asked;
    exact = 0;
    for (int i = 0; i < 20000; i++)
        cycle(rng_next(&rng) % 4 != 0);
    drain();
    assert_true(answered - hits > 10000);
    assert_true(blind > 200 && exact > 1000);
}

static void test_one_lookup_a_cycle(void **state)
{
    (void)state;
    restart();
    for (int i = 0; i < 1000; i++)
        cycle(true);
    assert_true(asked - answered <= 12);
    drain();
}

static void test_changes_under_lookups(void **state)
{
    (void)state;
    restart();
    for (unsigned n = 0; n < 60; n++) {
        struct rule r;
        random_rule(&r);
        change(SET, n * 8 + n % 8, &r, 50);
    }
    memset(seen, 0, sizeof seen);
    for (unsigned n = 0; n < 60; n++) {
        unsigned row = rng_next(&rng) % 60;
        struct rule r = rules[row * 8 + row % 8];
        row = row * 8 + row % 8;
        switch (n % 3) {
        case 0:
            random_rule(&r);
            assert_true(change(SET, row, &r, 100) < 540);
            break;
        case 1:
            r.action ^= 1;
            r.slot = (uint16_t)(r.slot + 1) % 1024;
            assert_int_equal(change(ACT, row, &r, 100), 1);
            break;
        default:
            r.used = false;
            assert_int_equal(change(CLEAR, row, &r, 100), 1);
            break;
        }
    }
    assert_true(seen[0] > 0 && seen[1] > 0 && seen[2] > 0); /* each was met */
}

/* Cells that are written over, emptied and bound to another SA, under lookups: never a mixture. */
static void test_cells_change_under_lookups(void **state)
{
    (void)state;
    restart();
    for (unsigned n = 0; n < 20; n++) {
        struct rule r;
        random_rule(&r);
        change(SET, n, &r, 0);
    }
    for (unsigned n = 0; n < 400; n++) {
        struct rule r;
        random_exact(&r);
        unsigned cell = cell_of(&r, rng_next(&rng) % 8);
        if (n % 3 && rules[cell].used) {
            r = rules[cell];
            r.used = n % 3 == 1;
            r.action ^= 1;
            r.slot = (uint16_t)(r.slot + 1) % 1024;
        }
        change(!r.used ? CLEAR : n % 3 && rules[cell].used ? ACT : SET, cell, &r, 100);
    }
    assert_true(exact > 500 && seen[2] > 0);
}

/* ------------------------------------------------------------------ parity */

static void flip(const char *memory, size_t row, unsigned bit)
{
    struct rtl_memory m;
    if (!rtl_memory(rtl, memory, &m))
        fail_msg("the model has no memory %s", memory);
    assert_true(row < m.rows);
    m.bits[row * m.stride + bit / 8] ^= (uint8_t)(1u << bit % 8);
}

enum { FINE = -1, BY_SHAPE, BY_POLICY, BY_COLUMN }; /* r_bad_kind */

/* What one packet, alone, is told. */
static int badness(const struct key *k)
{
    ask(k);
    answered = asked; /* it is judged here */
    rtl_settle(rtl);
    rtl_edge(rtl);
    rtl_set(p.lk_valid, 0);
    for (int i = 0; i < 20; i++) {
        rtl_settle(rtl);
        if (rtl_get(p.r_valid)) {
            const struct answer want = oracle(k, 0);
            int kind = rtl_get(p.r_bad) ? (int)rtl_get(rtl_port(rtl, "r_bad_kind")) : FINE;
            assert_int_equal(rtl_get(p.r_hit), want.hit);
            if (kind == FINE) {
                assert_int_equal(rtl_get(p.r_row), want.row);
                assert_int_equal(rtl_get(p.r_slot), want.slot);
            }
            rtl_edge(rtl);
            return kind;
        }
        rtl_edge(rtl);
    }
    fail_msg("no answer");
    return FINE;
}

/* A row that the key meets, below a cell that it does not, and the other way round. */
static struct key parity_scene(unsigned row, struct rule *r, struct rule *x)
{
    struct key k = {.sport = 1000, .dport = 443};
    restart();
    random_exact(x);
    x->family = 0;
    x->priority = 9;
    x->slot_ok = 1;
    memset(x->mask, 0, 16);
    change(SET, cell_of(x, 5), x, 0);
    memset(r, 0, sizeof *r);
    *r = (struct rule){.used = true, .sport = {1, 2000}, .dport = {443, 443}, .priority = 8,
                       .serial = 77, .action = 2, .slot_ok = 1, .slot = 300};
    change(SET, row, r, 0);
    memcpy(k.bytes + DST_AT, x->value + DST_AT, 16);
    assert_int_equal(badness(&k), FINE);
    return k;
}

static void test_wrong_columns_heal(void **state)
{
    (void)state;
    static const unsigned columns[] = {0, 7, 29, 30, 31, 32, 33, 37};
    static const unsigned bits[] = {0, 64, 65 + 6, 65 + 64, 519};
    struct rule r, x;
    struct key k = parity_scene(70, &r, &x);
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        for (size_t b = 0; b < sizeof bits / sizeof *bits; b++) {
            char name[64];
            assert_true(snprintf(name, sizeof name, "finder.tile[%u].search.column[%u].rows",
                                 bits[b] / 260 * 4, columns[c]) > 0);
            for (unsigned at_ = 0; at_ < 512; at_++) /* whichever the key reads */
                flip(name, at_, bits[b] % 260);
            ask(&k); /* the row may seem not to match: only that it is told counts */
            answered = asked;
            bool told = false;
            for (unsigned i = 0; i < 8 * ROWS + 40; i++) {
                rtl_settle(rtl);
                told |= rtl_get(p.r_valid) && rtl_get(p.r_bad) &&
                        rtl_get(rtl_port(rtl, "r_bad_kind")) == BY_COLUMN;
                rtl_edge(rtl);
                rtl_set(p.lk_valid, 0);
            }
            assert_true(told);
            assert_int_equal(badness(&k), FINE);
        }
}

/* The copy is wrong: rows written beside it keep the parity wrong, in the columns too. */
static void test_a_wrong_copy_is_never_made_right(void **state)
{
    (void)state;
    struct rule r, x;
    struct key k = parity_scene(70, &r, &x);
    for (unsigned at_ = 0; at_ < 512; at_++)
        flip("finder.column[3].copy", 512 + at_, 5); /* rows 64 to 127 */
    assert_int_equal(badness(&k), FINE);
    struct rule other = r;
    other.priority = 20;
    other.serial = 78;
    faulty = true;
    change(SET, 90, &other, 0);
    faulty = false;
    assert_int_equal(badness(&k), BY_COLUMN);
    for (unsigned i = 0; i < 8 * ROWS + 40; i++)
        cycle(false);
    assert_int_equal(badness(&k), BY_COLUMN);
}

static void test_wrong_rows_stay_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *memory;
        unsigned bits;
    } memories[] = {{"infos.rows", 65 + 1}, {"policy_table.actions.rows", 13 + 1}};
    struct rule r, x;
    struct key k = parity_scene(70, &r, &x);
    for (size_t m = 0; m < 2; m++)
        for (unsigned bit = 0; bit < memories[m].bits; bit++) {
            flip(memories[m].memory, 70, bit);
            assert_int_equal(badness(&k), BY_POLICY);
            assert_int_equal(badness(&k), BY_POLICY);
            change(SET, 70, &r, 0);
            assert_int_equal(badness(&k), FINE);
        }
    flip("shapes.rows", r.slot, 12);
    assert_int_equal(badness(&k), BY_SHAPE);
    rtl_set(p.shape_we, 1);
    rtl_set(p.shape_slot, r.slot);
    rtl_set(p.shape, shapes[r.slot]);
    cycle(false);
    assert_int_equal(badness(&k), FINE);
}

/* Of a wrong cell nobody knows whether it was the packet's, so any of the eight counts. */
static void test_wrong_cells_stay_wrong(void **state)
{
    (void)state;
    struct rule r, x;
    struct key k = parity_scene(70, &r, &x);
    for (unsigned n = 0; n < 8; n++)
        for (unsigned bit = 0; bit < 346 + 2; bit += 1 + n) {
            char name[64];
            unsigned cell = cell_of(&x, n);
            struct rule was = rules[cell];
            if (bit % 23 == 0)
                assert_true(snprintf(name, sizeof name, "exact.place[%u].actions.rows", n) > 0);
            else
                assert_true(snprintf(name, sizeof name, "cells.place[%u].cells.rows", n) > 0);
            flip(name, (cell - ROWS) / PLACES % BUCKETS, bit % 23 == 0 ? bit % 14 : bit);
            assert_int_equal(badness(&k), BY_POLICY);
            change(was.used ? SET : CLEAR, cell, &was, 0);
            assert_int_equal(badness(&k), FINE);
        }
}

int main(void)
{
    rtl = rtl_new(NULL);
    p.lk_valid = rtl_port(rtl, "lk_valid");
    p.lk_family = rtl_port(rtl, "lk_family");
    p.lk_src = rtl_port(rtl, "lk_src");
    p.lk_dst = rtl_port(rtl, "lk_dst");
    p.lk_proto = rtl_port(rtl, "lk_proto");
    p.lk_sport = rtl_port(rtl, "lk_sport");
    p.lk_dport = rtl_port(rtl, "lk_dport");
    p.lk_opaque = rtl_port(rtl, "lk_opaque");
    p.r_opaque = rtl_port(rtl, "r_opaque");
    p.r_valid = rtl_port(rtl, "r_valid");
    p.r_hit = rtl_port(rtl, "r_hit");
    p.r_action = rtl_port(rtl, "r_action");
    p.r_slot_ok = rtl_port(rtl, "r_slot_ok");
    p.r_slot = rtl_port(rtl, "r_slot");
    p.r_shape = rtl_port(rtl, "r_shape");
    p.r_row = rtl_port(rtl, "r_row");
    p.r_serial = rtl_port(rtl, "r_serial");
    p.r_bad = rtl_port(rtl, "r_bad");
    p.swept = rtl_port(rtl, "swept");
    p.cell_set = rtl_port(rtl, "cell_set");
    p.cell_act = rtl_port(rtl, "cell_act");
    p.cell_at = rtl_port(rtl, "cell_at");
    p.cell_used = rtl_port(rtl, "cell_used");
    p.sport = rtl_port(rtl, "sport");
    p.dport = rtl_port(rtl, "dport");
    p.order = rtl_port(rtl, "order");
    p.row_set = rtl_port(rtl, "row_set");
    p.row_clear = rtl_port(rtl, "row_clear");
    p.row_act = rtl_port(rtl, "row_act");
    p.row = rtl_port(rtl, "row");
    p.value = rtl_port(rtl, "value");
    p.mask = rtl_port(rtl, "mask");
    p.action = rtl_port(rtl, "action");
    p.slot_ok = rtl_port(rtl, "slot_ok");
    p.slot = rtl_port(rtl, "slot");
    p.row_done = rtl_port(rtl, "row_done");
    p.shape_we = rtl_port(rtl, "shape_we");
    p.shape_slot = rtl_port(rtl, "shape_slot");
    p.shape = rtl_port(rtl, "shape");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_matches_nothing),
        cmocka_unit_test(test_random_rules),
        cmocka_unit_test(test_one_lookup_a_cycle),
        cmocka_unit_test(test_changes_under_lookups),
        cmocka_unit_test(test_cells_change_under_lookups),
        cmocka_unit_test(test_wrong_columns_heal),
        cmocka_unit_test(test_a_wrong_copy_is_never_made_right),
        cmocka_unit_test(test_wrong_rows_stay_wrong),
        cmocka_unit_test(test_wrong_cells_stay_wrong),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    rtl_free(rtl);
    return rc;
}
