/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ternary table against a list that is walked in order: random rows that overlap, packets near
 * them, rows written and taken out while packets are looked up. An answer must be that of the list
 * before a change, during it (the row is out) or after it, in this order. Some packets do not show
 * their ports: they meet the first row that some ports could meet, and are told when it asks for
 * any.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/axis.h"

#define ROWS 512u
#define KEY_BYTES 37u /* source, destination, protocol, ports; the family apart */
#define PORTS_AT 33u

struct key {
    uint8_t family; /* 0 or 1 */
    uint8_t bytes[KEY_BYTES];
    bool opaque; /* of a packet: no ports to be seen, whatever the bytes say */
};

struct rule {
    bool used;
    struct key value;
    uint8_t mask[KEY_BYTES];
    uint8_t action, slot_ok;
    uint16_t slot;
};

struct answer {
    bool hit, opaque;
    uint8_t action, slot_ok;
    uint16_t slot, mtu;
};

#define PENDING 64u
static struct rtl *rtl;
static struct {
    struct rtl_port lk_valid, lk_family, lk_src, lk_dst, lk_proto, lk_sport, lk_dport;
    struct rtl_port lk_opaque, r_opaque, r_valid, r_hit, r_action, r_slot_ok, r_slot, r_shape;
    struct rtl_port row_set, row_clear, row_act, row, value, mask, action, slot_ok, slot, row_done;
    struct rtl_port shape_we, shape_slot, shape;
} p;
static struct rule rules[ROWS];
static uint16_t mtus[1024];
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

/* The change under way: row `at` is out, and will be `next` */
enum how { SET, CLEAR, ACT };
static bool changing;
static enum how doing;
static unsigned at, changes;
static struct rule next;
static unsigned phase, phase_of; /* the furthest variant met, in this change */

static bool matches(const struct rule *r, const struct key *k)
{
    if (!r->used || r->value.family != k->family)
        return false;
    for (unsigned i = 0; i < (k->opaque ? PORTS_AT : KEY_BYTES); i++)
        if ((r->value.bytes[i] ^ k->bytes[i]) & r->mask[i])
            return false;
    return true;
}

static bool compares_ports(const struct rule *r)
{
    for (unsigned i = PORTS_AT; i < KEY_BYTES; i++)
        if (r->mask[i])
            return true;
    return false;
}

/* variant 0: the list as it was before the change; 1: without the row; 2: with the new one */
static struct answer oracle(const struct key *k, int variant)
{
    for (unsigned i = 0; i < ROWS; i++) {
        const struct rule *r = &rules[i];
        if (changing && i == at) {
            if (variant == 1)
                continue;
            if (variant == 2)
                r = &next;
        }
        if (matches(r, k)) {
            bool opaque = k->opaque && compares_ports(r);
            return (struct answer){true, opaque, r->action, r->slot_ok, r->slot, mtus[r->slot]};
        }
    }
    return (struct answer){0};
}

static bool same(const struct answer *a, const struct answer *b)
{
    return a->hit == b->hit &&
           (!a->hit || (a->opaque == b->opaque && a->action == b->action &&
                        a->slot_ok == b->slot_ok && a->slot == b->slot && a->mtu == b->mtu));
}

static void ask(const struct key *k)
{
    rtl_set(p.lk_valid, 1);
    rtl_set(p.lk_family, k->family);
    rtl_set_be(p.lk_src, k->bytes, 16);
    rtl_set_be(p.lk_dst, k->bytes + 16, 16);
    rtl_set(p.lk_proto, k->bytes[32]);
    rtl_set_be(p.lk_sport, k->bytes + 33, 2);
    rtl_set_be(p.lk_dport, k->bytes + 35, 2);
    rtl_set(p.lk_opaque, k->opaque);
    pending[asked % PENDING].change = changes;
    for (int v = 0; v < 3; v++) {
        pending[asked % PENDING].may[v] = oracle(k, v);
        /* an action changes without the row being out; a row is not written when it is cleared */
        pending[asked % PENDING].possible[v] =
            v == 0 || (changing && (v == 1 ? doing != ACT : doing != CLEAR));
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
                         (uint16_t)rtl_get(p.r_shape)};
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
            answered++;
            return;
        }
    }
    fail_msg("lookup %u: hit %d action %u slot %u; hit %d action %u slot %u before the change",
             answered, got.hit, got.action, got.slot, may[0].hit, may[0].action, may[0].slot);
}

static void random_rule(struct rule *r)
{
    memset(r, 0, sizeof *r);
    r->used = true;
    r->value.family = rng_next(&rng) & 1;
    rng_fill(&rng, r->value.bytes, KEY_BYTES);
    /* few bits decide, so that rules overlap */
    for (unsigned i = 0; i < KEY_BYTES; i++)
        r->mask[i] = (uint8_t)(rng_next(&rng) & rng_next(&rng) & rng_next(&rng) & rng_next(&rng));
    if (rng_next(&rng) % 4 == 0)
        memset(r->mask, 0xff, rng_next(&rng) % KEY_BYTES);
    if (rng_next(&rng) & 1)
        memset(r->mask + PORTS_AT, 0, KEY_BYTES - PORTS_AT);
    r->action = (uint8_t)(rng_next(&rng) % 3);
    r->slot_ok = rng_next(&rng) & 1;
    r->slot = rng_next(&rng) % 1024;
}

/* A packet near some rule: matches it, or misses by one bit. */
static struct key random_key(void)
{
    struct key k;
    const struct rule *r = changing && rng_next(&rng) & 1 ? &next : &rules[rng_next(&rng) % ROWS];
    k.family = r->value.family;
    rng_fill(&rng, k.bytes, KEY_BYTES);
    for (unsigned i = 0; i < KEY_BYTES; i++)
        k.bytes[i] = (uint8_t)((k.bytes[i] & ~r->mask[i]) | (r->value.bytes[i] & r->mask[i]));
    if (rng_next(&rng) % 3 == 0)
        k.bytes[rng_next(&rng) % KEY_BYTES] ^= (uint8_t)(1u << rng_next(&rng) % 8);
    k.opaque = rng_next(&rng) % 4 == 0;
    if (k.opaque && rng_next(&rng) & 1) /* such a packet's ports may be any bytes */
        rng_fill(&rng, k.bytes + PORTS_AT, KEY_BYTES - PORTS_AT);
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

static void row_value(const struct rule *r)
{
    uint8_t bytes[KEY_BYTES + 1];
    memcpy(bytes + 1, r->value.bytes, KEY_BYTES);
    bytes[0] = r->value.family;
    rtl_set_be(p.value, bytes, KEY_BYTES + 1);
    memcpy(bytes + 1, r->mask, KEY_BYTES);
    bytes[0] = 1;
    rtl_set_be(p.mask, bytes, KEY_BYTES + 1);
    rtl_set(p.action, r->action);
    rtl_set(p.slot_ok, r->slot_ok);
    rtl_set(p.slot, r->slot);
}

/* One change of the host's, with a lookup in `busy` of 100 cycles; returns the cycles it took. */
static unsigned change(enum how how, unsigned row, const struct rule *r, unsigned busy)
{
    struct rtl_port strobe = how == SET ? p.row_set : how == CLEAR ? p.row_clear : p.row_act;
    unsigned cycles = 0;
    at = row;
    next = *r;
    changing = true;
    doing = how;
    changes++;
    rtl_set(p.row, row);
    row_value(r);
    if (how == ACT) { /* which comes alone: the row keeps what it compares */
        rtl_set_be(p.value, (const uint8_t[KEY_BYTES + 1]){0}, KEY_BYTES + 1);
        rtl_set_be(p.mask, (const uint8_t[KEY_BYTES + 1]){0}, KEY_BYTES + 1);
    }
    rtl_set(strobe, 1);
    for (bool done = false; !done; cycles++) {
        assert_true(cycles < 1200);
        rtl_set(p.lk_valid, 0);
        if (rng_next(&rng) % 100 < busy) {
            struct key k = random_key();
            ask(&k);
        }
        rtl_settle(rtl);
        done = rtl_get(p.row_done);
        check();
        rtl_edge(rtl);
    }
    rtl_set(strobe, 0);
    for (int i = 0; i < 12; i++) /* what was asked before the end of the change may see either */
        cycle(true);
    drain();
    rules[row] = *r;
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
    axis_reset(rtl, NULL, 0);
    memset(rules, 0, sizeof rules);
    memset(seen, 0, sizeof seen);
    asked = answered = blind = 0;
    changing = false;
    changes = phase = phase_of = 0;
    rng = 7;
    for (unsigned i = 0; i < 1024; i++) {
        mtus[i] = (uint16_t)(i * 61);
        rtl_set(p.shape_we, 1);
        rtl_set(p.shape_slot, i);
        rtl_set(p.shape, mtus[i]);
        cycle(false);
    }
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
    unsigned hits = asked;
    for (int i = 0; i < 20000; i++)
        cycle(rng_next(&rng) % 4 != 0);
    drain();
    assert_true(answered - hits > 10000);
    assert_true(blind > 200);
}

static void test_one_lookup_a_cycle(void **state)
{
    (void)state;
    restart();
    for (int i = 0; i < 1000; i++)
        cycle(true);
    assert_true(asked - answered <= 10);
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
            assert_true(change(SET, row, &r, 100) < 1100);
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
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    rtl_free(rtl);
    return rc;
}
