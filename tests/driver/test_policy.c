/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies as rows: after every single operation of the card, a packet meets the policy it met
 * before the call or the one it meets after it, whatever rows had to move. The model is a list
 * sorted by priority.
 */
#include "tests/driver/fake.h"

#include <stdlib.h>
#include <string.h>

static struct fake f;

/* ------------------------------------------------------------------ the model */

#define MODEL_MAX 32

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
    unsigned added = 0, full = 0;
    f.user = &m;
    for (uint32_t step = 1; step <= 1000; step++) {
        m.before = m.after;
        if (m.after.count && (m.after.count > 26 || rnd(3) == 0)) {
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
        m.before = m.after;
        look(&f, &m); /* at rest there is only one answer */
    }
    assert_true(added > 300 && full > 0 && m.looks > 20000);
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
    p.selector.dport = (struct espl_ports){1, 65534};
    p.selector.sport = (struct espl_ports){1, 65534};
    assert_err(card, espl_policy_add(card, &p), ESPL_ERR_FULL);
    assert_string_equal(
        espl_card_error(card),
        "the policy needs 900 rows (port ranges are split), 28 of the card's 32 are free");
    assert_ok(card, espl_policy_flush(card));
    l.count = 0;
    assert_ok(card, espl_policy_each(card, keep, &l));
    assert_int_equal(l.count, 0);
    assert_err(card, espl_policy_delete(card, &p.selector), ESPL_ERR_NOT_FOUND);
    espl_card_close(card);
}

/* The fifth row is refused: the four before it go again. */
static unsigned sets;

static void refuse_the_fifth(struct fake *card, void *user)
{
    (void)user;
    if (++sets == 4 + 3) { /* three listings came first */
        card->refuse_op = ESPL_OP_POLICY_SET;
        card->refuse_reason = ESPL_REASON_ACTION;
    }
}

static void a_policy_is_there_whole_or_not_at_all(void **state)
{
    (void)state;
    fake_init(&f);
    struct espl_card *card = fake_open(&f);
    struct espl_policy p = sample_policy(0x0a010000, 0x0a020000, 16, 5);
    p.selector.proto = 17;
    p.selector.dport = (struct espl_ports){1, 1022};
    f.hook = refuse_the_fifth;
    sets = 0;
    assert_err(card, espl_policy_add(card, &p), ESPL_ERR_REFUSED);
    assert_string_equal(espl_card_error(card), "action: 2 is not among discard, bypass, protect");
    for (uint32_t i = 0; i < FAKE_POLICIES; i++)
        assert_int_equal(f.policy[i][0], 0);
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
        cmocka_unit_test(a_policy_is_there_whole_or_not_at_all),
        cmocka_unit_test(what_no_policy_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
