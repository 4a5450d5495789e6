/* SPDX-License-Identifier: Apache-2.0 */
/* The judge of a card that has everything: what it takes, and what stays wrong all the same. The
 * model's CAP_ALG and CAP_MODE are full (tests/tests.mk). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/host.h"

#define ALGS 15u
#define MODES 0x1fffu
#define SLOT 7u

static struct rtl *rtl;
static struct host host;
static struct rtl_port query[2], ack[2], clear[2];

static void tables(void *user)
{
    (void)user;
    for (int d = 0; d < 2; d++)
        rtl_set(ack[d], rtl_get(query[d]) || rtl_get(clear[d]));
}

static void restart(void)
{
    rtl_set(rtl_port(rtl, "swept"), 1);
    axis_reset(rtl, NULL, 0);
    host_wait_ready(&host);
}

static void good_sa(uint32_t w[ESPL_SA_ENTRY_WORDS])
{
    memset(w, 0, ESPL_SA_ENTRY_WORDS * sizeof *w);
    w[ESPL_SA_ENTRY_FLAGS] = ESPL_ALG_GCM16_128;
    w[ESPL_SA_ENTRY_SPI] = 0xc0de0000u | SLOT;
    w[ESPL_SA_ENTRY_KEY] = 1;
    w[ESPL_SA_ENTRY_SRC] = 0xc0000201;
    w[ESPL_SA_ENTRY_DST] = 0xc6336401;
    w[ESPL_SA_ENTRY_SIZES] = 64u << 16 | 1400;
    w[ESPL_SA_ENTRY_SEL_SPORT] = w[ESPL_SA_ENTRY_SEL_DPORT] = 0xffff0000;
}

#define TRANSPORT (ESPL_MODE_TRANSPORT << ESPL_SA_ENTRY_FLAGS_MODE_SHIFT)
#define V6 ESPL_SA_ENTRY_FLAGS_OUTER_FAMILY_MASK
#define ENCAP ESPL_SA_ENTRY_FLAGS_ENCAP_MASK
#define NOT (-1) /* not tried in this direction */

struct change {
    uint32_t flags; /* of the SA */
    unsigned word;  /* and one word more; 0: none */
    uint32_t value;
    int out, in;     /* enum espl_map_reason */
    uint32_t detail; /* of both */
};

static const struct change changes[] = {
    {ESPL_ALG_GCM16_256, ESPL_SA_ENTRY_KEY + 7, 9, 0, 0, 0},
    {ESPL_ALG_GMAC_128, 0, 0, 0, 0, 0},
    {ESPL_ALG_GMAC_128, ESPL_SA_ENTRY_KEY + 4, 9, ESPL_REASON_KEY, ESPL_REASON_KEY, 0},
    {ESPL_ALG_GMAC_256, ESPL_SA_ENTRY_KEY + 4, 9, 0, 0, 0},
    {0, 0, 0, ESPL_REASON_ALG, ESPL_REASON_ALG, ALGS},
    {5, 0, 0, ESPL_REASON_ALG, ESPL_REASON_ALG, ALGS},
    {ESPL_ALG_GCM16_128 | TRANSPORT, 0, 0, 0, 0, 0},
    {ESPL_ALG_GCM16_128 | 2 * TRANSPORT, 0, 0, ESPL_REASON_MODE, ESPL_REASON_MODE, MODES},
    {ESPL_ALG_GCM16_128 | 3 * TRANSPORT, 0, 0, ESPL_REASON_MODE, ESPL_REASON_MODE, MODES},
    {ESPL_ALG_GCM16_128 | V6, ESPL_SA_ENTRY_DST + 3, 9, 0, 0, 0},
    {ESPL_ALG_GCM16_128, ESPL_SA_ENTRY_DST + 3, 9, ESPL_REASON_ADDRESS, ESPL_REASON_ADDRESS, 0},
    {ESPL_ALG_GCM16_128 | ESPL_SA_ENTRY_FLAGS_SEL_FAMILY_MASK, ESPL_SA_ENTRY_SEL, 128u << 8 | 128,
     0, 0, 0},
    {ESPL_ALG_GCM16_128 | ESPL_SA_ENTRY_FLAGS_SEL_FAMILY_MASK, ESPL_SA_ENTRY_SEL, 129,
     ESPL_REASON_SELECTOR, ESPL_REASON_SELECTOR, 0},
    {ESPL_ALG_GCM16_128 | ESPL_SA_ENTRY_FLAGS_DECAP_DSCP_MASK |
         ESPL_SA_ENTRY_FLAGS_FLOW_ZERO_MASK,
     0, 0, 0, 0, 0},
    {ESPL_ALG_GCM16_128, ESPL_SA_ENTRY_EXTRA, 1400, 0, ESPL_REASON_TFC, 0},
    {ESPL_ALG_GCM16_128, ESPL_SA_ENTRY_EXTRA, 1401, ESPL_REASON_TFC, ESPL_REASON_TFC, 0},
    {ESPL_ALG_GCM16_128 | TRANSPORT, ESPL_SA_ENTRY_EXTRA, 100, ESPL_REASON_TFC, ESPL_REASON_TFC,
     0},
    {ESPL_ALG_GCM16_128 | TRANSPORT | ENCAP, ESPL_SA_ENTRY_EXTRA, 0xffff0000, NOT, 0, 0},
    {ESPL_ALG_GCM16_128 | TRANSPORT, ESPL_SA_ENTRY_EXTRA, 0xffff0000, ESPL_REASON_CSUM,
     ESPL_REASON_CSUM, 0},
    {ESPL_ALG_GCM16_128 | ENCAP, ESPL_SA_ENTRY_EXTRA, 0x10000, NOT, ESPL_REASON_CSUM, 0},
    {ESPL_ALG_GCM16_128, ESPL_SA_ENTRY_SOFT_PACKETS_LO, 5, 0, 0, 0}, /* without a hard one */
};

static void test_every_kind_of_sa(void **state)
{
    (void)state;
    uint32_t w[ESPL_SA_ENTRY_WORDS];
    restart();
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        for (uint32_t in = 0; in < 2; in++) {
            const struct change *c = &changes[i];
            int want = in ? c->in : c->out;
            if (want == NOT)
                continue;
            good_sa(w);
            w[ESPL_SA_ENTRY_FLAGS] = c->flags;
            if (c->word)
                w[c->word] = c->value;
            uint32_t got = host_op(&host, ESPL_OP_SA_OUT_ADD + in, SLOT, w, ESPL_SA_ENTRY_WORDS);
            if (got != (uint32_t)want || (want && host.detail != c->detail))
                fail_msg("change %zu, %s: reason %02x detail %x", i, in ? "in" : "out", got,
                         host.detail);
            if (got == 0)
                assert_int_equal(host_op(&host, ESPL_OP_SA_OUT_DEL + in, SLOT, NULL, 0), 0);
        }
}

/* The sizes of packets under way follow from the mode. */
static void test_the_mode_is_for_life(void **state)
{
    (void)state;
    uint32_t w[ESPL_SA_ENTRY_WORDS];
    restart();
    for (uint32_t in = 0; in < 2; in++)
        for (uint32_t mode = 0; mode < 2; mode++) {
            good_sa(w);
            w[ESPL_SA_ENTRY_FLAGS] |= mode * TRANSPORT;
            assert_int_equal(
                host_op(&host, ESPL_OP_SA_OUT_ADD + in, SLOT, w, ESPL_SA_ENTRY_WORDS), 0);
            memset(w + ESPL_SA_ENTRY_SPI, 0, 4 * (ESPL_SA_ENTRY_SRC - ESPL_SA_ENTRY_SPI));
            assert_int_equal(
                host_op(&host, ESPL_OP_SA_OUT_UPDATE + in, SLOT, w, ESPL_SA_ENTRY_WORDS), 0);
            w[ESPL_SA_ENTRY_FLAGS] ^= TRANSPORT;
            assert_int_equal(
                host_op(&host, ESPL_OP_SA_OUT_UPDATE + in, SLOT, w, ESPL_SA_ENTRY_WORDS),
                ESPL_REASON_MODE);
            assert_int_equal(host_op(&host, ESPL_OP_SA_OUT_DEL + in, SLOT, NULL, 0), 0);
        }
}

static void test_tags_of_next_hops(void **state)
{
    (void)state;
    static const struct {
        uint32_t hi, tci, reason;
    } hops[] = {
        {0x30002, 0x0007, 0},
        {0x30002, 0xe000, 0}, /* untagged */
        {0x30002, 0xeffe, 0},
        {0x30002, 0x0fff, ESPL_REASON_VLAN},
        {0x10002, 0x0007, ESPL_REASON_VLAN},
        {0x30002, 0x10007, ESPL_REASON_RESERVED},
        {0x10002, 0, 0},
    };
    restart();
    for (size_t i = 0; i < sizeof hops / sizeof *hops; i++) {
        const uint32_t w[4] = {hops[i].hi, 0x03040506, hops[i].tci, 0};
        assert_int_equal(host_op(&host, ESPL_OP_NEXTHOP_SET, 5, w, 4), hops[i].reason);
        if (hops[i].reason)
            continue;
        assert_int_equal(host_op(&host, ESPL_OP_NEXTHOP_GET, 5, NULL, 0), 0);
        host_answer(&host);
        assert_memory_equal(host.rsp, w, sizeof w);
    }
}

int main(void)
{
    static const char *const names[2][3] = {{"out_query", "out_ack", "out_clear"},
                                            {"in_query", "in_ack", "in_clear"}};
    rtl = rtl_new(NULL);
    host_init(&host, rtl, NULL, 0);
    host.before_edge = tables;
    for (int d = 0; d < 2; d++) {
        query[d] = rtl_port(rtl, names[d][0]);
        ack[d] = rtl_port(rtl, names[d][1]);
        clear[d] = rtl_port(rtl, names[d][2]);
    }
    memset(rtl_port(rtl, "event_one").bits, 0, (ESPL_CNT_SPAN + 7) / 8);
    rtl_set(rtl_port(rtl, "out_ev_valid"), 0);
    rtl_set(rtl_port(rtl, "in_ev_valid"), 0);
    rtl_set(rtl_port(rtl, "policy_done"), 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_of_sa),
        cmocka_unit_test(test_the_mode_is_for_life),
        cmocka_unit_test(test_tags_of_next_hops),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    rtl_free(rtl);
    return rc;
}
