/* SPDX-License-Identifier: Apache-2.0 */
/* SAs: identity, slots, SPIs, what the card tells of them, and refusals in words. */
#include "tests/driver/fake.h"

#include <stdio.h>
#include <string.h>

static struct fake f;

static struct espl_card *start(void)
{
    fake_init(&f);
    return fake_open(&f);
}

static void what_was_added_is_told_without_its_key(void **state)
{
    (void)state;
    struct espl_card *card = start();
    struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0xabcd0003, 77), got;
    sa.key_len = 36;
    sa.encap = true;
    sa.encap_sport = 4500;
    sa.encap_dport = 1024;
    sa.check_selector = true;
    sa.selector = (struct espl_selector){.src = p4(0x0a000000, 8),
                                         .dst = p4(0xc0a80100, 24),
                                         .proto = 6,
                                         .sport = {0, 65535},
                                         .dport = {443, 443}};
    struct espl_sa_stats stats;
    assert_ok(card, espl_sa_add(card, &sa));
    f.sa[ESPL_DIR_IN][3].stats[1] = 9;  /* SEQ_LO */
    f.sa[ESPL_DIR_IN][3].stats[4] = 2;  /* PACKETS_HI */
    f.sa[ESPL_DIR_IN][3].stats[11] = 4; /* BAD_SELECTOR */
    assert_ok(card, espl_sa_get(card, ESPL_DIR_IN, &sa.dst, sa.spi, &got, &stats));
    static const uint8_t zero[36];
    assert_memory_equal(got.key, zero, sizeof zero);
    assert_int_equal(got.key_len, 36);
    assert_int_equal(got.dir, ESPL_DIR_IN);
    assert_int_equal(got.spi, sa.spi);
    assert_memory_equal(&got.src, &sa.src, sizeof sa.src);
    assert_memory_equal(&got.dst, &sa.dst, sizeof sa.dst);
    assert_int_equal(got.reqid, 77);
    assert_true(got.encap);
    assert_int_equal(got.encap_sport, 4500);
    assert_int_equal(got.encap_dport, 1024);
    assert_int_equal(got.replay_window, 64);
    assert_int_equal(got.ttl, 64);
    assert_true(got.check_selector);
    assert_memory_equal(&got.selector.src.addr, &sa.selector.src.addr, sizeof sa.selector.src.addr);
    assert_int_equal(got.selector.src.len, 8);
    assert_memory_equal(&got.selector.dst.addr, &sa.selector.dst.addr, sizeof sa.selector.dst.addr);
    assert_int_equal(got.selector.dst.len, 24);
    assert_int_equal(got.selector.dport.first, 443);
    assert_int_equal(got.selector.sport.last, 65535);
    assert_true(stats.seq == 9 && stats.packets == 2ull << 32 && stats.bad_selector == 4);
    espl_card_close(card);
}

static void the_outer_header_is_as_the_sa_says(void **state)
{
    (void)state;
    struct espl_card *card = start();
    struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 0), got;
    struct espl_sa_stats stats;
    for (unsigned how = 0; how < 12; how++, sa.spi++) {
        sa.df = how % 3 == 0 ? ESPL_DF_COPY : how % 3 == 1 ? ESPL_DF_CLEAR : ESPL_DF_SET;
        sa.ecn_off = how / 3 & 1;
        sa.dscp_set = how / 6;
        sa.dscp = 63;
        assert_ok(card, espl_sa_add(card, &sa));
        assert_ok(card, espl_sa_get(card, ESPL_DIR_OUT, &sa.dst, sa.spi, &got, &stats));
        assert_int_equal(got.df, sa.df);
        assert_int_equal(got.ecn_off, sa.ecn_off);
        assert_int_equal(got.dscp_set, sa.dscp_set);
        assert_int_equal(got.dscp, sa.dscp_set ? 63 : 0);
    }
    sa.dscp = 64;
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_INVALID);
    assert_string_equal(espl_card_error(card), "dscp: 64 is more than 63");
    sa.dscp = 0;
    sa.df = (enum espl_df)3;
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_INVALID);
    assert_string_equal(espl_card_error(card), "df: neither copy, clear nor set");
    sa = sample_sa(ESPL_DIR_IN, 0x1001, 0);
    sa.df = ESPL_DF_SET;
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_INVALID);
    assert_string_equal(espl_card_error(card), "dscp, df, flow label: for outbound SAs only");
    espl_card_close(card);
}

/* The largest inner packet for an outer one of 1,500 bytes: RFC 4303 2, RFC 3948 2.1. */
static void mtu_by_default(void **state)
{
    (void)state;
    struct espl_card *card = start();
    struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 0), got;
    struct espl_sa_stats stats;
    assert_ok(card, espl_sa_add(card, &sa));
    assert_ok(card, espl_sa_get(card, ESPL_DIR_OUT, &sa.dst, sa.spi, &got, &stats));
    assert_int_equal(got.mtu, 1446);
    sa.spi++;
    sa.encap = true;
    sa.encap_sport = sa.encap_dport = 4500;
    assert_ok(card, espl_sa_add(card, &sa));
    assert_ok(card, espl_sa_get(card, ESPL_DIR_OUT, &sa.dst, sa.spi, &got, &stats));
    assert_int_equal(got.mtu, 1438);
    espl_card_close(card);
}

static void identity_and_full_tables(void **state)
{
    (void)state;
    struct espl_card *card = start();
    struct espl_sa in = sample_sa(ESPL_DIR_IN, 0x1001, 0), out = sample_sa(ESPL_DIR_OUT, 0x1001, 0);
    assert_ok(card, espl_sa_add(card, &in));
    assert_err(card, espl_sa_add(card, &in), ESPL_ERR_EXISTS);
    assert_string_equal(espl_card_error(card), "spi: the inbound SA 0x00001001 exists");
    in.spi = 0x2001;
    assert_err(card, espl_sa_add(card, &in), ESPL_ERR_FULL);
    assert_string_equal(espl_card_error(card),
                        "spi: 0x00002001 needs inbound slot 1 of 16, which 0x00001001 holds");
    assert_ok(card, espl_sa_add(card, &out)); /* the other way is another SA */
    assert_err(card, espl_sa_add(card, &out), ESPL_ERR_EXISTS);
    assert_string_equal(espl_card_error(card),
                        "spi: the outbound SA 0x00001001 to 192.0.2.2 exists");
    out.dst = v4(0xc0000203); /* another peer may choose the same SPI */
    assert_ok(card, espl_sa_add(card, &out));
    for (uint32_t i = 0; i < FAKE_SA - 2; i++) {
        out.spi = 0x3000 + i;
        assert_ok(card, espl_sa_add(card, &out));
    }
    out.spi = 0x4000;
    assert_err(card, espl_sa_add(card, &out), ESPL_ERR_FULL);
    assert_string_equal(espl_card_error(card), "all 16 outbound SAs of the card are in use");
    assert_err(card, espl_sa_delete(card, ESPL_DIR_OUT, &out.dst, 0x4000), ESPL_ERR_NOT_FOUND);
    assert_string_equal(espl_card_error(card), "spi: no outbound SA 0x00004000 to 192.0.2.3");
    assert_ok(card, espl_sa_flush(card));
    for (uint32_t i = 0; i < FAKE_SA; i++)
        assert_false(f.sa[0][i].used || f.sa[1][i].used);
    for (uint32_t i = 0; i < FAKE_CELLS; i++)
        assert_int_equal(f.neigh[i][0],
                         0); /* the rows for their outer destinations went with them */
    assert_ok(card, espl_sa_add(card, &out));
    espl_card_close(card);
}

static void spis_are_unique_and_installable(void **state)
{
    (void)state;
    struct espl_card *card = start();
    uint32_t spi[FAKE_SA], more, slots = 0;
    for (size_t i = 0; i < FAKE_SA; i++) {
        assert_ok(card, espl_sa_spi(card, &spi[i]));
        assert_true(spi[i] >= 256);
        assert_false(slots & 1u << spi[i] % FAKE_SA);
        slots |= 1u << spi[i] % FAKE_SA;
    }
    assert_err(card, espl_sa_spi(card, &more), ESPL_ERR_FULL);
    struct espl_sa other = sample_sa(ESPL_DIR_IN, spi[0] ^ 0x10000, 0);
    assert_err(card, espl_sa_add(card, &other), ESPL_ERR_FULL); /* the slot is promised */
    espl_sa_spi_free(card, spi[0] ^ 0x10000);                   /* not the one that was given */
    assert_err(card, espl_sa_spi(card, &more), ESPL_ERR_FULL);
    espl_sa_spi_free(card, spi[0]);
    assert_ok(card, espl_sa_add(card, &other));
    for (size_t i = 1; i < FAKE_SA; i++) {
        const struct espl_sa sa = sample_sa(ESPL_DIR_IN, spi[i], 0);
        assert_ok(card, espl_sa_add(card, &sa));
    }
    espl_card_close(card);
}

/* ------------------------------------------------------------------ policies follow the newest SA
 */

static uint32_t slot_of_policy(void)
{
    return fake_first_policy(&f)[ESPL_POLICY_ENTRY_SA_SLOT];
}

static uint32_t spi_of_policy(void)
{
    return f.sa[ESPL_DIR_OUT][slot_of_policy()].w[ESPL_SA_ENTRY_SPI];
}

static void the_newest_sa_of_the_reqid_protects(void **state)
{
    (void)state;
    struct espl_card *card = start();
    const struct espl_policy policy = sample_policy(0x0a010000, 0x0a020000, 16, 7);
    struct espl_sa a = sample_sa(ESPL_DIR_OUT, 0x1001, 7), b = sample_sa(ESPL_DIR_OUT, 0x1002, 7),
                   other = sample_sa(ESPL_DIR_OUT, 0x1003, 8);
    assert_ok(card, espl_policy_add(card, &policy));
    assert_int_equal(slot_of_policy(), 0xffffffff);
    assert_ok(card, espl_sa_add(card, &a));
    assert_int_equal(spi_of_policy(), 0x1001);
    assert_ok(card, espl_sa_add(card, &b));
    assert_int_equal(spi_of_policy(), 0x1002);
    assert_ok(card, espl_sa_add(card, &other));
    assert_int_equal(spi_of_policy(), 0x1002);
    assert_ok(card, espl_sa_delete(card, ESPL_DIR_OUT, &b.dst, b.spi));
    assert_int_equal(spi_of_policy(), 0x1001);
    b.spi = 0x1004; /* takes the slot that became free, and is the newest all the same */
    assert_ok(card, espl_sa_add(card, &b));
    assert_int_equal(spi_of_policy(), 0x1004);
    assert_ok(card, espl_sa_delete(card, ESPL_DIR_OUT, &a.dst, a.spi));
    assert_int_equal(spi_of_policy(), 0x1004);
    assert_ok(card, espl_sa_delete(card, ESPL_DIR_OUT, &b.dst, b.spi));
    assert_int_equal(slot_of_policy(), 0xffffffff);
    espl_card_close(card);
}

static void without_a_reqid_the_template_tells(void **state)
{
    (void)state;
    struct espl_card *card = start();
    struct espl_policy policy = sample_policy(0x0a010000, 0x0a020000, 16, 0);
    struct espl_sa a = sample_sa(ESPL_DIR_OUT, 0x1001, 7);
    a.dst = v4(0xc0000299);
    assert_ok(card, espl_policy_add(card, &policy));
    assert_ok(card, espl_sa_add(card, &a));
    assert_int_equal(slot_of_policy(), 0xffffffff);
    a.dst = policy.tmpl_dst;
    assert_ok(card, espl_sa_add(card, &a));
    assert_int_equal(slot_of_policy(), 1);
    espl_card_close(card);
}

/* POLICY_ACTION refused: the SA is taken out again, and the old one goes on. */
static void an_sa_its_policy_cannot_take_is_taken_back(void **state)
{
    (void)state;
    struct espl_card *card = start();
    const struct espl_policy policy = sample_policy(0x0a010000, 0x0a020000, 16, 7);
    struct espl_sa a = sample_sa(ESPL_DIR_OUT, 0x1001, 7), b = sample_sa(ESPL_DIR_OUT, 0x1002, 7);
    assert_ok(card, espl_policy_add(card, &policy));
    assert_ok(card, espl_sa_add(card, &a));
    f.refuse_op = ESPL_OP_POLICY_ACTION;
    f.refuse_reason = ESPL_REASON_POLICY_SA;
    assert_err(card, espl_sa_add(card, &b), ESPL_ERR_REFUSED);
    assert_int_equal(espl_card_reason(card), ESPL_REASON_POLICY_SA);
    assert_int_equal(spi_of_policy(), 0x1001);
    assert_false(f.sa[ESPL_DIR_OUT][1].used);
    espl_card_close(card);
}

/* ------------------------------------------------------------------ refusals */

static void invalid_before_the_card_is_touched(void **state)
{
    (void)state;
    struct espl_card *card = start();
    const struct espl_sa good = sample_sa(ESPL_DIR_IN, 0x1001, 0);
    struct espl_sa sa = good;
    sa.key_len = 24;
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_INVALID);
    assert_string_equal(espl_card_error(card),
                        "key: 24 bytes; it must be 20 or 36 (AES key, then the 4-byte salt)");
    sa = good;
    sa.replay_window = 70000;
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_INVALID);
    assert_string_equal(espl_card_error(card), "replay_window: 70000 is more than this card's 64");
    sa = good;
    sa.esn = true; /* the fake card has none */
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_INVALID);
    assert_string_equal(espl_card_error(card), "esn: this card has no extended sequence numbers");
    sa = good;
    sa.src.family = ESPL_IPV6;
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_INVALID);
    assert_string_equal(espl_card_error(card), "src, dst: not of one address family");
    sa = good;
    sa.check_selector = true;
    sa.selector = (struct espl_selector){
        .src = p4(0x0a000000, 33), .dst = p4(0, 0), .sport = {0, 65535}, .dport = {0, 65535}};
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_INVALID);
    assert_string_equal(espl_card_error(card), "sel src: prefix length 33 is more than 32");
    sa.selector.src = p4(0x0a000001, 8);
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_INVALID);
    assert_string_equal(espl_card_error(card), "sel src: 10.0.0.1/8 has bits beyond its prefix");
    sa.selector.src = p4(0x0a000000, 8);
    sa.selector.dport = (struct espl_ports){9, 8};
    sa.selector.proto = 6;
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_INVALID);
    assert_string_equal(espl_card_error(card), "sel dport: 9-8 ends before it starts");
    sa.selector.dport = (struct espl_ports){8, 9};
    sa.selector.proto = 0;
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_INVALID);
    assert_string_equal(espl_card_error(card), "sel dport: 8-9 needs a proto");
    assert_int_equal(f.operations, 0);
    espl_card_close(card);
}

static void refusals_name_field_value_and_limit(void **state)
{
    (void)state;
    struct espl_card *card = start();
    struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0x1001, 0);
    sa.replay_window = 8192;
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_REFUSED);
    assert_int_equal(espl_card_reason(card), ESPL_REASON_WINDOW);
    assert_string_equal(espl_card_error(card), "replay_window: 8192 is more than this card's 64");
    sa = sample_sa(ESPL_DIR_IN, 200, 0);
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_REFUSED);
    assert_string_equal(espl_card_error(card),
                        "spi: 0x000000c8 is reserved (0 to 255; RFC 4303 2.1)");
    sa = sample_sa(ESPL_DIR_OUT, 0x1001, 0);
    sa.mtu = 60;
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_REFUSED);
    assert_string_equal(espl_card_error(card), "mtu: 60 is less than 68");
    sa.mtu = 9100;
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_REFUSED);
    assert_string_equal(espl_card_error(card), "mtu: 9100 is more than this card's 9004");
    sa.mtu = 0;
    sa.encap = true;
    sa.encap_sport = 4500;
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_REFUSED);
    assert_string_equal(
        espl_card_error(card),
        "encap: UDP ports 4500 and 0: both are set with encapsulation, none without");
    sa = sample_sa(ESPL_DIR_OUT, 0x1001, 0);
    sa.key_len = 36;
    f.alg = ESPL_CAP_ALG_GCM16_128_MASK;
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_REFUSED);
    assert_string_equal(espl_card_error(card), "alg: AES-GCM-16 with a 256-bit key is not among "
                                               "this card's algorithms (AES-GCM-16 with 128 bits)");
    sa = sample_sa(ESPL_DIR_OUT, 0x1001, 0);
    sa.src = v4(0);
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_REFUSED);
    assert_string_equal(
        espl_card_error(card),
        "src, dst: 0.0.0.0 and 192.0.2.2: an address is unspecified, or not one of its family");
    for (uint32_t i = 0; i < FAKE_CELLS; i++)
        assert_int_equal(f.neigh[i][0], 0); /* nothing was left of what came before the refusal */
    espl_card_close(card);
}

/* Every reason of the map makes a sentence of its own, on every operation, and none holds the key.
 */
static void every_reason_has_words(void **state)
{
    (void)state;
    struct espl_card *card = start();
    static const uint32_t reasons[] = {
#define CODE(code, text) code,
        ESPL_REASONS(CODE)
#undef CODE
    };
    f.refuse_op = ESPL_OP_SA_IN_ADD;
    for (size_t i = 1; i < sizeof reasons / sizeof *reasons; i++) {
        const struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0x1001, 0);
        f.refuse_reason = reasons[i];
        assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_REFUSED);
        assert_int_equal(espl_card_reason(card), reasons[i]);
        assert_true(strlen(espl_card_error(card)) > 10);
        assert_null(strstr(espl_card_error(card), "unknown reason"));
        assert_null(strstr(espl_card_error(card), "a0a1"));
    }
    f.refuse_reason = 0xee;
    const struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0x1001, 0);
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_REFUSED);
    assert_string_equal(
        espl_card_error(card),
        "the card refused the entry with the unknown reason 0xee (detail 0x00000007)");
    espl_card_close(card);
}

/* ------------------------------------------------------------------ listing */

struct seen {
    struct espl_card *card;
    uint32_t count, stop_at;
    bool delete_it;
};

static bool see(void *user, const struct espl_sa *sa, const struct espl_sa_stats *stats)
{
    struct seen *s = user;
    (void)stats;
    s->count++;
    if (s->delete_it)
        assert_ok(s->card, espl_sa_delete(s->card, sa->dir, &sa->dst, sa->spi));
    return s->count != s->stop_at;
}

static void listing_may_stop_and_may_change_the_table(void **state)
{
    (void)state;
    struct espl_card *card = start();
    for (uint32_t i = 0; i < 6; i++) {
        const struct espl_sa sa = sample_sa(i % 2 ? ESPL_DIR_IN : ESPL_DIR_OUT, 0x1000 + i, i);
        assert_ok(card, espl_sa_add(card, &sa));
    }
    struct seen s = {.card = card, .stop_at = 4};
    assert_ok(card, espl_sa_each(card, see, &s));
    assert_int_equal(s.count, 4);
    s = (struct seen){.card = card, .delete_it = true};
    assert_ok(card, espl_sa_each(card, see, &s));
    assert_int_equal(s.count, 6);
    s = (struct seen){.card = card};
    assert_ok(card, espl_sa_each(card, see, &s));
    assert_int_equal(s.count, 0);
    espl_card_close(card);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_told_without_its_key),
        cmocka_unit_test(the_outer_header_is_as_the_sa_says),
        cmocka_unit_test(mtu_by_default),
        cmocka_unit_test(identity_and_full_tables),
        cmocka_unit_test(spis_are_unique_and_installable),
        cmocka_unit_test(the_newest_sa_of_the_reqid_protects),
        cmocka_unit_test(without_a_reqid_the_template_tells),
        cmocka_unit_test(an_sa_its_policy_cannot_take_is_taken_back),
        cmocka_unit_test(invalid_before_the_card_is_touched),
        cmocka_unit_test(refusals_name_field_value_and_limit),
        cmocka_unit_test(every_reason_has_words),
        cmocka_unit_test(listing_may_stop_and_may_change_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
