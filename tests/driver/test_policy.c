/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies as rows and exact cells: after every single operation of the card, a packet meets the
 * policy it met before the call or the one it meets after it, whatever had to move. The model is a
 * list sorted by priority, among equals by age.
 */
#include "tests/driver/fake.h"

#include <stdlib.h>
#include <string.h>

static struct fake f;

/* ------------------------------------------------------------------ the model */

#define MODEL_MAX (FAKE_POLICIES + FAKE_EXACT)

struct model {
    struct espl_policy p[MODEL_MAX]; /* in the order in which they decide */
    size_t count;
};

static bool in_prefix(const struct espl_prefix *p, uint32_t host)
{
    const uint8_t *b = p->addr.bytes;
    uint32_t addr = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    return p->len == 0 || (addr ^ host) >> (32 - p->len) == 0;
}

struct packet {
    uint32_t src, dst;
    uint8_t proto;
    uint16_t sport, dport;
};

/* The priority's owner: its reqid, which is unique here; 0: none. */
static uint32_t model_hit(const struct model *m, const struct packet *k)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct espl_selector *s = &m->p[i].selector;
        if (in_prefix(&s->src, k->src) && in_prefix(&s->dst, k->dst) &&
            (!s->proto || s->proto == k->proto) && k->sport >= s->sport.first &&
            k->sport <= s->sport.last && k->dport >= s->dport.first && k->dport <= s->dport.last)
            return m->p[i].reqid;
    }
    return 0;
}

static void model_add(struct model *m, const struct espl_policy *p)
{
    size_t at = 0;
    while (at < m->count && m->p[at].priority <= p->priority)
        at++;
    memmove(m->p + at + 1, m->p + at, (m->count - at) * sizeof *m->p);
    m->p[at] = *p;
    m->count++;
}

static void model_delete(struct model *m, size_t at)
{
    memmove(m->p + at, m->p + at + 1, (m->count - at - 1) * sizeof *m->p);
    m->count--;
}

/* ------------------------------------------------------------------ the card, at every moment */

static uint32_t seed = 1;

static uint32_t rnd(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static struct packet random_packet(void)
{
    return (struct packet){0x0a000000 | rnd(4) << 8 | rnd(4), 0x0a010000 | rnd(4) << 8 | rnd(4),
                           rnd(2) ? 6 : 17, (uint16_t)rnd(16), (uint16_t)rnd(16)};
}

struct moment {
    struct model before, after;
    unsigned looks;
};

static uint32_t card_hit(const struct packet *k)
{
    int row = fake_policy_hit(&f, k->src, k->dst, k->proto, k->sport, k->dport);
    return row < 0 ? 0 : f.policy[row][ESPL_POLICY_ENTRY_REQID];
}

static void look(struct fake *card, void *user)
{
    struct moment *m = user;
    (void)card;
    for (int i = 0; i < 40; i++) {
        const struct packet k = random_packet();
        uint32_t got = card_hit(&k);
        if (got != model_hit(&m->before, &k))
            assert_int_equal(got, model_hit(&m->after, &k));
        m->looks++;
    }
}

static struct espl_policy random_policy(uint32_t reqid)
{
    struct espl_policy p = sample_policy(0x0a000000, 0x0a010000, 16, reqid);
    if (rnd(3) == 0) { /* one destination: an exact cell, while there is room */
        p.selector.src = p4((0x0a000000 | rnd(4) << 8) & ~(uint32_t)0 << 8, 24);
        p.selector.dst = p4(0x0a010000 | rnd(4) << 8 | rnd(4), 32);
        p.priority = rnd(4);
        return p;
    }
    uint8_t len = (uint8_t)(22 + 2 * rnd(4));
    p.selector.src = p4((0x0a000000 | rnd(4) << 8) & ~(uint32_t)0 << (32 - 24), 24);
    p.selector.dst = p4((0x0a010000 | rnd(4) << 8 | (len > 24 ? rnd(4) << (32 - len) : 0)) &
                            ~(uint32_t)0 << (32 - len),
                        len);
    if (rnd(2)) {
        p.selector.proto = rnd(2) ? 6 : 17;
        uint16_t first = (uint16_t)rnd(14);
        p.selector.dport = (struct espl_ports){first, (uint16_t)(first + rnd(3))};
    }
    p.priority = rnd(4);
    return p;
}

static bool same_selector(const struct model *m, const struct espl_policy *p)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct espl_selector *a = &m->p[i].selector, *b = &p->selector;
        if (!memcmp(a->src.addr.bytes, b->src.addr.bytes, 16) &&
            !memcmp(a->dst.addr.bytes, b->dst.addr.bytes, 16) && a->src.len == b->src.len &&
            a->dst.len == b->dst.len && a->proto == b->proto && a->dport.first == b->dport.first &&
            a->dport.last == b->dport.last)
            return true;
    }
    return false;
}

/* A thousand additions and deletions, watched after each of their operations. */
static void no_packet_ever_meets_a_third_policy(void **state)
{
    (void)state;
    static struct moment m;
    fake_init(&f);
    struct espl_card *card = fake_open(&f);
    unsigned added = 0, full = 0, cells = 0;
    f.user = &m;
    for (uint32_t step = 1; step <= 1000; step++) {
        m.before = m.after;
        if (m.after.count && (m.after.count > MODEL_MAX - 2 || rnd(3) == 0)) {
            size_t at = rnd((uint32_t)m.after.count);
            const struct espl_selector sel = m.after.p[at].selector;
            model_delete(&m.after, at);
            f.hook = look;
            assert_ok(card, espl_policy_delete(card, &sel));
        } else {
            const struct espl_policy p = random_policy(step);
            bool exists = same_selector(&m.after, &p);
            if (!exists)
                model_add(&m.after, &p);
            f.hook = look;
            enum espl_err err = espl_policy_add(card, &p);
            if (err == ESPL_ERR_FULL) {
                full++;
                m.after = m.before;
            } else {
                assert_int_equal(err, exists ? ESPL_ERR_EXISTS : ESPL_OK);
                added += !err;
            }
        }
        f.hook = NULL;
        for (uint32_t i = 0; i < FAKE_EXACT; i++)
            cells += f.policy[FAKE_POLICIES + i][0] != 0;
        m.before = m.after;
        look(&f, &m); /* at rest there is only one answer */
    }
    assert_true(added > 300 && full > 0 && cells > 100 && m.looks > 20000);
    espl_card_close(card);
}

/* ------------------------------------------------------------------ listing, limits */

struct list {
    struct espl_policy p[8];
    uint32_t spi[8];
    size_t count;
};

static bool keep(void *user, const struct espl_policy *policy, uint32_t spi)
{
    struct list *l = user;
    l->p[l->count] = *policy;
    l->spi[l->count++] = spi;
    return l->count < 8;
}

static void port_ranges_come_back_whole(void **state)
{
    (void)state;
    fake_init(&f);
    struct espl_card *card = fake_open(&f);
    struct espl_policy p = sample_policy(0x0a010000, 0x0a020000, 16, 5);
    p.selector.proto = 6;
    p.selector.dport = (struct espl_ports){1000, 1023};
    p.selector.sport = (struct espl_ports){1, 3};
    p.priority = 4000000000u;
    assert_ok(card, espl_policy_add(card, &p));
    struct list l = {.count = 0};
    assert_ok(card, espl_policy_each(card, keep, &l));
    assert_int_equal(l.count, 1);
    assert_int_equal(l.spi[0], 0);
    assert_int_equal(l.p[0].selector.dport.first, 1000);
    assert_int_equal(l.p[0].selector.dport.last, 1023);
    assert_int_equal(l.p[0].selector.sport.first, 1);
    assert_int_equal(l.p[0].selector.sport.last, 3);
    assert_int_equal(l.p[0].selector.src.len, 16);
    assert_int_equal(l.p[0].priority, 4000000000u);
    assert_int_equal(l.p[0].reqid, 5);
    assert_memory_equal(&l.p[0].tmpl_dst, &p.tmpl_dst, sizeof p.tmpl_dst);
    assert_int_equal(fake_policy_hit(&f, 0x0a010001, 0x0a020001, 6, 4, 1000), -1);
    assert_int_not_equal(fake_policy_hit(&f, 0x0a010001, 0x0a020001, 6, 3, 1023), -1);
    assert_ok(card, espl_policy_flush(card));
    l.count = 0;
    assert_ok(card, espl_policy_each(card, keep, &l));
    assert_int_equal(l.count, 0);
    assert_err(card, espl_policy_delete(card, &p.selector), ESPL_ERR_NOT_FOUND);
    espl_card_close(card);
}

/* However many ports: one row. The last one is told how many there are. */
static void a_policy_is_one_row(void **state)
{
    (void)state;
    fake_init(&f);
    struct espl_card *card = fake_open(&f);
    struct espl_policy p = sample_policy(0x0a010000, 0x0a020000, 16, 5);
    p.selector.proto = 17;
    p.selector.sport = (struct espl_ports){1, 65534};
    for (uint16_t n = 0; n < FAKE_POLICIES; n++) {
        p.selector.dport = (struct espl_ports){(uint16_t)(n + 1), 65534};
        assert_ok(card, espl_policy_add(card, &p));
    }
    p.selector.dport = (struct espl_ports){1, 65535};
    assert_err(card, espl_policy_add(card, &p), ESPL_ERR_FULL);
    assert_string_equal(espl_card_error(card), "all 32 policies of the card are in use");
    espl_card_close(card);
}

/* What the card refuses is not there, and the refusal's words are still told. */
static void a_refused_policy_is_not_there(void **state)
{
    (void)state;
    fake_init(&f);
    struct espl_card *card = fake_open(&f);
    struct espl_policy p = sample_policy(0x0a010000, 0x0a020000, 16, 5);
    f.refuse_op = ESPL_OP_POLICY_SET;
    f.refuse_reason = ESPL_REASON_ACTION;
    assert_err(card, espl_policy_add(card, &p), ESPL_ERR_REFUSED);
    assert_string_equal(espl_card_error(card), "action: 2 is not among discard, bypass, protect");
    f.refuse_reason = ESPL_REASON_PORTS;
    assert_err(card, espl_policy_add(card, &p), ESPL_ERR_REFUSED);
    assert_string_equal(espl_card_error(card),
                        "sport, dport: of 0-65535 and 0-65535 one ends before it starts");
    f.refuse_op = ESPL_OP_EXACT_SET;
    f.refuse_reason = ESPL_REASON_EXACT;
    p.selector.dst = p4(0x0a020001, 32);
    assert_err(card, espl_policy_add(card, &p), ESPL_ERR_REFUSED);
    assert_string_equal(espl_card_error(card),
                        "sel: an exact policy has one destination address, any protocol and ports");
    for (uint32_t i = 0; i < FAKE_POLICIES + FAKE_EXACT; i++)
        assert_int_equal(f.policy[i][0], 0);
    espl_card_close(card);
}

static uint32_t exact_used(void)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < FAKE_EXACT; i++)
        n += f.policy[FAKE_POLICIES + i][0] != 0;
    return n;
}

/* One address each: cells first, and rows when these are full. Each is found and given back. */
static void one_destination_takes_a_cell(void **state)
{
    (void)state;
    fake_init(&f);
    struct espl_card *card = fake_open(&f);
    uint32_t count = 0;
    enum espl_err err = ESPL_OK;
    while (!err) {
        struct espl_policy p = sample_policy(0x0a000000, 0x0a010000, 8, count + 1);
        p.selector.dst = p4(0x0a010000 + count * 5, 32);
        err = espl_policy_add(card, &p);
        count += !err;
    }
    assert_int_equal(err, ESPL_ERR_FULL);
    assert_true(exact_used() > FAKE_EXACT * 3 / 4);
    assert_int_equal(count, exact_used() + FAKE_POLICIES);
    for (uint32_t i = 0; i < count; i++) {
        const struct packet k = {0x0a000001, 0x0a010000 + i * 5, 6, 1, 1};
        assert_int_equal(card_hit(&k), i + 1);
    }
    struct espl_selector sel = sample_policy(0x0a000000, 0x0a010000, 8, 1).selector;
    for (uint32_t i = 0; i < count; i++) {
        sel.dst = p4(0x0a010000 + i * 5, 32);
        assert_ok(card, espl_policy_delete(card, &sel));
    }
    for (uint32_t i = 0; i < FAKE_POLICIES + FAKE_EXACT; i++)
        assert_int_equal(f.policy[i][0], 0);
    espl_card_close(card);
}

/* Which of the two decides is the priority's matter, and a rekey reaches both. */
static void a_row_and_a_cell_compare_priorities(void **state)
{
    (void)state;
    fake_init(&f);
    struct espl_card *card = fake_open(&f);
    struct espl_policy row = sample_policy(0x0a000000, 0x0a010000, 16, 7),
                       one = sample_policy(0x0a000000, 0x0a010000, 16, 8);
    const struct packet k = {0x0a000001, 0x0a010001, 6, 1, 1};
    one.selector.dst = p4(0x0a010001, 32);
    row.priority = 5;
    for (one.priority = 4; one.priority <= 6; one.priority++) {
        assert_ok(card, espl_policy_add(card, &row));
        assert_ok(card, espl_policy_add(card, &one));
        assert_int_equal(exact_used(), 1);
        assert_int_equal(card_hit(&k), one.priority < 5 ? 8 : 7); /* the older of equals */
        assert_ok(card, espl_policy_flush(card));
    }
    one.priority = 5;
    assert_ok(card, espl_policy_add(card, &one));
    assert_ok(card, espl_policy_add(card, &row));
    assert_int_equal(card_hit(&k), 8);
    struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 8);
    assert_ok(card, espl_sa_add(card, &sa));
    int at = fake_policy_hit(&f, k.src, k.dst, k.proto, k.sport, k.dport);
    assert_int_equal(f.policy[at][ESPL_POLICY_ENTRY_SA_SLOT], 0);
    assert_ok(card, espl_sa_delete(card, ESPL_DIR_OUT, &sa.dst, sa.spi));
    assert_int_equal(f.policy[at][ESPL_POLICY_ENTRY_SA_SLOT], 0xffffffff);
    espl_card_close(card);
}

static void what_no_policy_can_be(void **state)
{
    (void)state;
    fake_init(&f);
    struct espl_card *card = fake_open(&f);
    struct espl_policy p = sample_policy(0x0a010000, 0x0a020000, 16, 0);
    p.tmpl_dst = v4(0);
    assert_err(card, espl_policy_add(card, &p), ESPL_ERR_INVALID);
    assert_string_equal(espl_card_error(card),
                        "tmpl: neither reqid nor addresses say which SA protects");
    p = sample_policy(0x0a010000, 0x0a020000, 16, 1);
    p.selector.dst.addr.family = ESPL_IPV6;
    assert_err(card, espl_policy_add(card, &p), ESPL_ERR_INVALID);
    assert_string_equal(espl_card_error(card),
                        "sel: src and dst are of different address families");
    p.selector.src.addr.family = ESPL_IPV6;
    assert_err(card, espl_policy_add(card, &p), ESPL_ERR_REFUSED);
    assert_string_equal(espl_card_error(card), "family: this card has IPv4 only");
    espl_card_close(card);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_packet_ever_meets_a_third_policy),
        cmocka_unit_test(port_ranges_come_back_whole),
        cmocka_unit_test(a_policy_is_one_row),
        cmocka_unit_test(a_refused_policy_is_not_there),
        cmocka_unit_test(one_destination_takes_a_cell),
        cmocka_unit_test(a_row_and_a_cell_compare_priorities),
        cmocka_unit_test(what_no_policy_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
