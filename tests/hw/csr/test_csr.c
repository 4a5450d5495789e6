/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The register page and the mailbox, as the host meets them: every reason code, the order in which
 * an SA comes and goes, the answers, resets; and after every operation that no word of the page
 * shows a bit of a key. This side plays the tables and the stages that hold an SA's dynamic state.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/host.h"

#define SLOTS 1024u
#define CELLS 8192u /* of neighbours, and of exact policies */
#define HOPS 1024u
#define ROWS 512u
#define CAPS 0x9edu /* CAP_MODE of this model: no IPv6, transport mode, TFC, tags (tests/tests.mk) */

static struct rtl *rtl;
static struct host host;
static struct rtl_port swept, policy_set, policy_clear, policy_act, policy_done;
static struct rtl_port strobe[13];
static const char *const strobe_names[13] = {
    "sa_out_add", "sa_out_retire", "sa_out_wipe", "sa_out_pw_we", "sa_in_add", "sa_in_retire",
    "sa_in_wipe", "sa_in_pw_we",   "out_clear",   "in_clear",     "neigh_we",
    "sa_out_update", "sa_in_update",
};
enum {
    OUT_ADD,
    OUT_RETIRE,
    OUT_WIPE,
    OUT_POWER,
    IN_ADD,
    IN_RETIRE,
    IN_WIPE,
    IN_POWER,
    OUT_CLEAR,
    IN_CLEAR,
    NEIGH_WE,
    OUT_UPDATE,
    IN_UPDATE,
    STROBES = 13
};
static struct rtl_port query[2], ack[2], clear[2], entry;
static uint64_t first[13], last[13]; /* cycles in which a strobe was seen */
static unsigned times[13];
static unsigned policy_wait; /* cycles until policy_done */

static void tables(void *user)
{
    (void)user;
    for (int i = 0; i < STROBES; i++) {
        if (!rtl_get(strobe[i]))
            continue;
        if (!times[i]++)
            first[i] = rtl_cycles(rtl);
        last[i] = rtl_cycles(rtl);
    }
    for (int d = 0; d < 2; d++) /* answers two cycles late */
        rtl_set(ack[d], (rtl_get(query[d]) || rtl_get(clear[d])) && rtl_cycles(rtl) % 3 == 0);
    bool asked = rtl_get(policy_set) || rtl_get(policy_clear) || rtl_get(policy_act);
    policy_wait = asked ? policy_wait + 1 : 0;
    rtl_set(policy_done, policy_wait == 20);
}

static void restart(void)
{
    memset(times, 0, sizeof times);
    rtl_set(swept, 1);
    axis_reset(rtl, NULL, 0);
    host_wait_ready(&host);
}

/* What a key looks like in the request: no value that anything else has. */
#define KEY_WORD(i) (0x9e3779b9u * (uint32_t)((i) + 1))
#define SALT 0x5a175a17u

static void good_sa(uint32_t w[ESPL_SA_ENTRY_WORDS], uint32_t spi)
{
    memset(w, 0, ESPL_SA_ENTRY_WORDS * sizeof *w);
    w[ESPL_SA_ENTRY_FLAGS] = ESPL_ALG_GCM16_256 | ESPL_SA_ENTRY_FLAGS_ENCAP_MASK;
    w[ESPL_SA_ENTRY_SPI] = spi;
    w[ESPL_SA_ENTRY_SALT] = SALT;
    for (int i = 0; i < 8; i++)
        w[ESPL_SA_ENTRY_KEY + i] = KEY_WORD(i);
    w[ESPL_SA_ENTRY_SRC] = 0xc0000201;
    w[ESPL_SA_ENTRY_DST] = 0xc6336401;
    w[ESPL_SA_ENTRY_ENCAP] = 0x11941194;
    w[ESPL_SA_ENTRY_ROUTE] = 64u << 16 | 1023;
    w[ESPL_SA_ENTRY_SIZES] = 64u << 16 | 1400;
    w[ESPL_SA_ENTRY_SEL_SRC] = 0x0a010000;
    w[ESPL_SA_ENTRY_SEL_DST] = 0x0a020000;
    w[ESPL_SA_ENTRY_SEL] = 17u << 16 | 16u << 8 | 32u;
    w[ESPL_SA_ENTRY_SEL_SPORT] = 0xffff0000;
    w[ESPL_SA_ENTRY_SEL_DPORT] = 0x11941194;
    w[ESPL_SA_ENTRY_REQID] = 0x11223344;
    w[ESPL_SA_ENTRY_SERIAL] = 0x55667788;
    w[ESPL_SA_ENTRY_SOFT_PACKETS_HI] = w[ESPL_SA_ENTRY_HARD_PACKETS_HI] = 0x11;
    w[ESPL_SA_ENTRY_SOFT_PACKETS_LO] = 0x7000;
    w[ESPL_SA_ENTRY_HARD_PACKETS_LO] = 0x7001;
    w[ESPL_SA_ENTRY_SOFT_BYTES_LO] = w[ESPL_SA_ENTRY_HARD_BYTES_LO] = 0x8000;
}

/* Invariant 5: no word of the whole page shows a word of the key or the salt, in either byte order.
 */
static void no_key_in_page(void)
{
    for (uint32_t off = 0; off < ESPL_PAGE_BYTES; off += 4) {
        uint32_t v = host_rd(&host, off);
        if (off >= ESPL_REG_MBOX_REQ && off < ESPL_REG_MBOX_REQ + 4 * ESPL_MBOX_REQ_WORDS)
            assert_int_equal(v, 0);
        assert_true(v != SALT && v != __builtin_bswap32(SALT));
        for (int i = 0; i < 8; i++)
            assert_true(v != KEY_WORD(i) && v != __builtin_bswap32(KEY_WORD(i)));
    }
}

static void expect(uint32_t op, uint32_t index, const uint32_t *w, size_t n, uint32_t reason,
                   uint32_t detail)
{
    uint32_t changes = host_rd(&host, ESPL_REG_CHANGES);
    uint32_t got = host_op(&host, op, index, w, n);
    if (got != reason || host.detail != detail)
        fail_msg("operation %02x on %u: reason %02x detail %x, expected %02x %x", op, index, got,
                 host.detail, reason, detail);
    if (reason != ESPL_REASON_OK)
        assert_int_equal(host_rd(&host, ESPL_REG_CHANGES), changes);
    for (unsigned i = 0; i < entry.width / 8; i++) /* the request is forgotten inside too */
        assert_int_equal(entry.bits[i], 0);
}

static void test_page(void **state)
{
    (void)state;
    restart();
    assert_int_equal(host_rd(&host, ESPL_REG_MAGIC), ESPL_MAGIC_VALUE);
    assert_int_equal(host_rd(&host, ESPL_REG_VERSION), ESPL_VERSION_VALUE);
    assert_int_equal(host_rd(&host, ESPL_REG_MAP_SUM), ESPL_MAP_SUM_VALUE);
    assert_int_equal(host_rd(&host, ESPL_REG_CLOCK_KHZ), 250000);
    host_wr(&host, ESPL_REG_TOKEN, 0xabcdef01);
    assert_int_equal(host_rd(&host, ESPL_REG_TOKEN), 0xabcdef01);
    assert_int_equal(host_wr_strobes(&host, ESPL_REG_TOKEN, 0, 0x7),
                     2); /* part of a word: SLVERR */
    assert_int_equal(host_rd(&host, ESPL_REG_TOKEN), 0xabcdef01);
    for (uint32_t off = 0; off < ESPL_PAGE_BYTES; off += 4) { /* reads have no effect */
        uint32_t v = host_rd(&host, off);
        assert_int_equal(host_rd(&host, off), v);
    }
    static const uint32_t constant[] = {ESPL_REG_MAGIC,      ESPL_REG_VERSION, ESPL_REG_MAP_SUM,
                                        ESPL_REG_GENERATION, ESPL_REG_CHANGES, ESPL_REG_CAP_SA,
                                        ESPL_REG_CAP_MODE,   ESPL_REG_STATUS,  ESPL_REG_MBOX_DONE,
                                        ESPL_REG_MBOX_RSP,   ESPL_REG_COUNTERS};
    for (size_t i = 0; i < sizeof constant / sizeof *constant; i++) {
        uint32_t v = host_rd(&host, constant[i]);
        host_wr(&host, constant[i], ~v);
        assert_int_equal(host_rd(&host, constant[i]), v);
    }
}

struct spoil {
    uint32_t word, value; /* replaces the good entry's word */
    uint32_t reason, detail;
    bool out, in; /* which direction refuses it; the other takes it */
};

static const struct spoil spoils[] = {
    {ESPL_SA_ENTRY_FLAGS, 0x802 | 0x100, ESPL_REASON_RESERVED, 0, true, true},
    {ESPL_SA_ENTRY_FLAGS, 0x10000002 | 0x100, ESPL_REASON_RESERVED, 0, true, true},
    {ESPL_SA_ENTRY_FLAGS, 0x8002 | 0x100, ESPL_REASON_RESERVED, 0, true, true},
    {ESPL_SA_ENTRY_ROUTE, 0x01400001, ESPL_REASON_RESERVED, ESPL_SA_ENTRY_ROUTE, true, true},
    {ESPL_SA_ENTRY_SEL, 0x01000000, ESPL_REASON_RESERVED, ESPL_SA_ENTRY_SEL, true, true},
    {ESPL_SA_ENTRY_RESERVED, 1, ESPL_REASON_RESERVED, ESPL_SA_ENTRY_RESERVED, true, true},
    {58, 0x80000000, ESPL_REASON_RESERVED, 58, true, true},
    {ESPL_SA_ENTRY_SPI, 0, ESPL_REASON_SPI, 0, true, true},
    {ESPL_SA_ENTRY_SPI, 255, ESPL_REASON_SPI, 0, true, true},
    {ESPL_SA_ENTRY_SPI, 0xc0de0008, ESPL_REASON_SPI_SLOT, SLOTS, false, true},
    {ESPL_SA_ENTRY_FLAGS, 0x100, ESPL_REASON_ALG, 3, true, true},
    {ESPL_SA_ENTRY_FLAGS, 0x103, ESPL_REASON_ALG, 3, true, true},
    {ESPL_SA_ENTRY_FLAGS, 0x101, ESPL_REASON_KEY, 0, true, true},
    {ESPL_SA_ENTRY_FLAGS, 0x112, ESPL_REASON_MODE, CAPS, true, true},
    {ESPL_SA_ENTRY_FLAGS, 0x142, ESPL_REASON_FAMILY, CAPS, true, true},
    {ESPL_SA_ENTRY_FLAGS, 0x182, ESPL_REASON_FAMILY, CAPS, true, true},
    {ESPL_SA_ENTRY_FLAGS, 0x002, ESPL_REASON_ENCAP, 0, true, true},
    {ESPL_SA_ENTRY_ENCAP, 0x00001194, ESPL_REASON_ENCAP, 0, true, false},
    {ESPL_SA_ENTRY_ENCAP, 0x11940000, ESPL_REASON_ENCAP, 0, true, false},
    {ESPL_SA_ENTRY_SIZES, 65u << 16 | 1400, ESPL_REASON_WINDOW, 4096, false, true},
    {ESPL_SA_ENTRY_SIZES, 1u << 16 | 1400, ESPL_REASON_WINDOW, 4096, false, true},
    {ESPL_SA_ENTRY_SIZES, 32u << 16 | 1400, ESPL_REASON_WINDOW, 4096, false, true},
    {ESPL_SA_ENTRY_SIZES, 192u << 16 | 1400, ESPL_REASON_WINDOW, 4096, false, true},
    {ESPL_SA_ENTRY_SIZES, 4095u << 16 | 1400, ESPL_REASON_WINDOW, 4096, false, true},
    {ESPL_SA_ENTRY_SIZES, 8192u << 16 | 1400, ESPL_REASON_WINDOW, 4096, false, true},
    {ESPL_SA_ENTRY_SIZES, 0x8000u << 16 | 1400, ESPL_REASON_WINDOW, 4096, false, true},
    {ESPL_SA_ENTRY_ROUTE, 64u << 16 | HOPS, ESPL_REASON_NEXTHOP, HOPS, true, true},
    {ESPL_SA_ENTRY_SIZES, 64u << 16 | 67, ESPL_REASON_MTU, 9000, true, false},
    {ESPL_SA_ENTRY_SIZES, 64u << 16 | 9001, ESPL_REASON_MTU, 9000, true, false},
    {ESPL_SA_ENTRY_SEL, 33, ESPL_REASON_SELECTOR, 0, true, true},
    {ESPL_SA_ENTRY_SEL, 33u << 8, ESPL_REASON_SELECTOR, 0, true, true},
    {ESPL_SA_ENTRY_SEL_SPORT, 0x00010002, ESPL_REASON_SELECTOR, 0, true, true},
    {ESPL_SA_ENTRY_SEL_DPORT, 0x00000001, ESPL_REASON_SELECTOR, 0, true, true},
    {ESPL_SA_ENTRY_SEL_SRC + 1, 1, ESPL_REASON_SELECTOR, 0, true, true},
    {ESPL_SA_ENTRY_SEL_DST + 3, 1, ESPL_REASON_SELECTOR, 0, true, true},
    {ESPL_SA_ENTRY_SRC, 0, ESPL_REASON_ADDRESS, 0, true, true},
    {ESPL_SA_ENTRY_DST, 0, ESPL_REASON_ADDRESS, 0, true, true},
    {ESPL_SA_ENTRY_SRC + 3, 9, ESPL_REASON_ADDRESS, 0, true, true},
    {ESPL_SA_ENTRY_DST + 1, 9, ESPL_REASON_ADDRESS, 0, true, true},
    {ESPL_SA_ENTRY_SOFT_PACKETS_HI, 0x12, ESPL_REASON_LIFETIME, 0, true, true},
    {ESPL_SA_ENTRY_SOFT_BYTES_LO, 0x8001, ESPL_REASON_LIFETIME, 0, true, true},
    {ESPL_SA_ENTRY_EXTRA, 100, ESPL_REASON_TFC, 0, true, true},
    {ESPL_SA_ENTRY_EXTRA, 1u << 16, ESPL_REASON_CSUM, 0, true, true},
};

static void test_sa_refused_by_every_field(void **state)
{
    (void)state;
    uint32_t w[ESPL_SA_ENTRY_WORDS];
    restart();
    for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++) {
        const struct spoil *s = &spoils[i];
        for (uint32_t in = 0; in < 2; in++) {
            if (!(in ? s->in : s->out))
                continue;
            good_sa(w, 0xc0de0007);
            w[s->word] = s->value;
            expect(ESPL_OP_SA_OUT_ADD + in, 7, w, ESPL_SA_ENTRY_WORDS, s->reason, s->detail);
            expect(ESPL_OP_SA_OUT_GET + in, 7, NULL, 0, ESPL_REASON_SLOT_EMPTY, 0);
        }
    }
    for (int i = 0; i < 8; i++)
        assert_int_equal(times[i], 0); /* nothing was written */
    no_key_in_page();
}

static void test_sa_taken_where_only_the_other_way_refuses(void **state)
{
    (void)state;
    uint32_t w[ESPL_SA_ENTRY_WORDS];
    restart();
    for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++) {
        const struct spoil *s = &spoils[i];
        uint32_t in = !s->in;
        if (s->in == s->out)
            continue;
        in = s->out; /* refused outbound: taken inbound */
        good_sa(w, 0xc0de0007);
        w[s->word] = s->value;
        expect(ESPL_OP_SA_OUT_ADD + in, 7, w, ESPL_SA_ENTRY_WORDS, 0, 0);
        expect(ESPL_OP_SA_OUT_DEL + in, 7, NULL, 0, 0, 0);
    }
}

static void expect_info(const uint32_t *w, bool in)
{
    host_answer(&host);
    static const struct {
        unsigned info, entry, count;
    } same[] = {
        {ESPL_SA_INFO_FLAGS, ESPL_SA_ENTRY_FLAGS, 1},
        {ESPL_SA_INFO_SPI, ESPL_SA_ENTRY_SPI, 1},
        {ESPL_SA_INFO_SRC, ESPL_SA_ENTRY_SRC, 4},
        {ESPL_SA_INFO_DST, ESPL_SA_ENTRY_DST, 4},
        {ESPL_SA_INFO_ENCAP, ESPL_SA_ENTRY_ENCAP, 1},
        {ESPL_SA_INFO_ROUTE, ESPL_SA_ENTRY_ROUTE, 1},
        {ESPL_SA_INFO_SIZES, ESPL_SA_ENTRY_SIZES, 1},
        {ESPL_SA_INFO_SEL_SRC, ESPL_SA_ENTRY_SEL_SRC, 4},
        {ESPL_SA_INFO_SEL_DST, ESPL_SA_ENTRY_SEL_DST, 4},
        {ESPL_SA_INFO_SEL, ESPL_SA_ENTRY_SEL, 1},
        {ESPL_SA_INFO_SEL_SPORT, ESPL_SA_ENTRY_SEL_SPORT, 1},
        {ESPL_SA_INFO_SEL_DPORT, ESPL_SA_ENTRY_SEL_DPORT, 1},
        {ESPL_SA_INFO_REQID, ESPL_SA_ENTRY_REQID, 1},
        {ESPL_SA_INFO_SERIAL, ESPL_SA_ENTRY_SERIAL, 1},
        {ESPL_SA_INFO_SOFT_PACKETS_HI, ESPL_SA_ENTRY_SOFT_PACKETS_HI, 8},
        {ESPL_SA_INFO_EXTRA, ESPL_SA_ENTRY_EXTRA, 1},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        for (unsigned k = 0; k < same[i].count; k++)
            assert_int_equal(host.rsp[same[i].info + k], w[same[i].entry + k]);
    for (unsigned k = ESPL_SA_INFO_SEQ_HI; k <= ESPL_SA_INFO_BAD_SELECTOR; k++)
        assert_int_equal(host.rsp[k], (in ? 0x1000000u : 0x2000000u) + k - ESPL_SA_INFO_SEQ_HI);
    for (unsigned k = ESPL_SA_INFO_WORDS; k < ESPL_MBOX_RSP_WORDS; k++)
        assert_int_equal(host.rsp[k], 0);
}

static void sa_life(bool in)
{
    uint32_t w[ESPL_SA_ENTRY_WORDS], dir = in, spi = 0xc0de0000 | 7;
    int add = in ? IN_ADD : OUT_ADD;
    restart();
    good_sa(w, spi);
    uint32_t tag = host_ring(&host, ESPL_OP_SA_OUT_ADD + dir, 7, w, ESPL_SA_ENTRY_WORDS);
    for (uint32_t i = 0; host_rd(&host, ESPL_REG_MBOX_DONE) != tag; i++) { /* while it runs, too */
        assert_int_equal(host_rd(&host, ESPL_REG_MBOX_REQ + i * 4 % (4 * ESPL_MBOX_REQ_WORDS)), 0);
        assert_int_equal(host_rd(&host, ESPL_REG_MBOX_RSP + i * 4 % (4 * ESPL_MBOX_RSP_WORDS)), 0);
    }
    assert_int_equal(host_wait(&host, tag), 0);
    /* state anew, then the powers, and valid last and once */
    assert_int_equal(times[add], 1);
    assert_int_equal(times[add + OUT_POWER], 16);
    assert_true(times[OUT_CLEAR + dir] > 0);
    assert_true(last[OUT_CLEAR + dir] < first[add + OUT_POWER]);
    assert_true(last[add + OUT_POWER] < first[add]);
    assert_int_equal(times[in ? OUT_ADD : IN_ADD] + times[(in ? OUT_ADD : IN_ADD) + OUT_POWER], 0);
    no_key_in_page();
    expect(ESPL_OP_SA_OUT_ADD + dir, 7, w, ESPL_SA_ENTRY_WORDS, ESPL_REASON_SLOT_BUSY, spi);
    expect(ESPL_OP_SA_OUT_GET + dir, 7, NULL, 0, 0, 0);
    expect_info(w, in);
    no_key_in_page();

    /* listing */
    good_sa(w, 0xc0de0000 | 1023);
    expect(ESPL_OP_SA_OUT_ADD + dir, 1023, w, ESPL_SA_ENTRY_WORDS, 0, 0);
    expect(ESPL_OP_SA_OUT_NEXT + dir, 0, NULL, 0, 0, 7);
    expect(ESPL_OP_SA_OUT_NEXT + dir, 7, NULL, 0, 0, 7);
    expect(ESPL_OP_SA_OUT_NEXT + dir, 8, NULL, 0, 0, 1023);
    expect_info(w, in);
    expect(ESPL_OP_SA_OUT_NEXT + dir, 1024, NULL, 0, 0, SLOTS);
    host_answer(&host);
    for (unsigned k = 0; k < ESPL_MBOX_RSP_WORDS; k++)
        assert_int_equal(host.rsp[k], 0);
    expect(ESPL_OP_SA_OUT_NEXT + !dir, 0, NULL, 0, 0, SLOTS);

    /* deleted: invalid at once, wiped when its last packets have left */
    expect(ESPL_OP_SA_OUT_DEL + dir, 7, NULL, 0, 0, 0);
    assert_int_equal(times[add + OUT_RETIRE], 1);
    assert_int_equal(times[add + OUT_WIPE], 1);
    assert_true(first[add + OUT_WIPE] - first[add + OUT_RETIRE] >= 1024);
    expect(ESPL_OP_SA_OUT_DEL + dir, 7, NULL, 0, ESPL_REASON_SLOT_EMPTY, 0);
    expect(ESPL_OP_SA_OUT_GET + dir, 7, NULL, 0, ESPL_REASON_SLOT_EMPTY, 0);
    host_answer(&host);
    for (unsigned k = 0; k < ESPL_MBOX_RSP_WORDS; k++)
        assert_int_equal(host.rsp[k], 0);
    no_key_in_page();
}

static void test_sa_life(void **state)
{
    (void)state;
    sa_life(false);
    sa_life(true);
}

/* What an update may not touch is kept, and is not looked at; the rest is checked as ever. */
static void sa_update(bool in)
{
    uint32_t w[ESPL_SA_ENTRY_WORDS], now[ESPL_SA_ENTRY_WORDS], dir = in, spi = 0xc0de0007;
    int add = in ? IN_ADD : OUT_ADD;
    restart();
    good_sa(w, spi);
    w[ESPL_SA_ENTRY_FLAGS] |= ESPL_SA_ENTRY_FLAGS_ESN_MASK;
    expect(ESPL_OP_SA_OUT_UPDATE + dir, 7, NULL, 0, ESPL_REASON_SLOT_EMPTY, 0);
    expect(ESPL_OP_SA_OUT_ADD + dir, 7, w, ESPL_SA_ENTRY_WORDS, 0, 0);

    memcpy(now, w, sizeof now);
    memset(now + ESPL_SA_ENTRY_SPI, 0, 4 * (ESPL_SA_ENTRY_SRC - ESPL_SA_ENTRY_SPI));
    for (unsigned k = ESPL_SA_ENTRY_SPI; k < ESPL_SA_ENTRY_SRC; k++) { /* no SPI, salt, key */
        now[k] = 1;
        expect(ESPL_OP_SA_OUT_UPDATE + dir, 7, now, ESPL_SA_ENTRY_WORDS, ESPL_REASON_RESERVED, k);
        now[k] = 0;
    }
    for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++) {
        const struct spoil *s = &spoils[i];
        bool kept = s->reason == ESPL_REASON_SPI || s->reason == ESPL_REASON_SPI_SLOT ||
                    s->reason == ESPL_REASON_ALG || s->reason == ESPL_REASON_KEY ||
                    s->reason == ESPL_REASON_WINDOW;
        if (kept || !(in ? s->in : s->out))
            continue;
        uint32_t was = now[s->word];
        now[s->word] = s->value;
        expect(ESPL_OP_SA_OUT_UPDATE + dir, 7, now, ESPL_SA_ENTRY_WORDS, s->reason, s->detail);
        now[s->word] = was;
    }
    assert_int_equal(times[in ? IN_UPDATE : OUT_UPDATE], 0);
    expect(ESPL_OP_SA_OUT_GET + dir, 7, NULL, 0, 0, 0);
    expect_info(w, in);

    memset(times, 0, sizeof times);
    now[ESPL_SA_ENTRY_FLAGS] = ESPL_SA_ENTRY_FLAGS_DF_MASK | ESPL_SA_ENTRY_FLAGS_DF_SET_MASK;
    now[ESPL_SA_ENTRY_ENCAP] = 0;
    now[ESPL_SA_ENTRY_DST] = 0xc6336455;
    now[ESPL_SA_ENTRY_SIZES] = 1300;
    now[ESPL_SA_ENTRY_HARD_PACKETS_LO] = 0x7777;
    expect(ESPL_OP_SA_OUT_UPDATE + dir, 7, now, ESPL_SA_ENTRY_WORDS, 0, 0);
    assert_int_equal(times[in ? IN_UPDATE : OUT_UPDATE], 1);
    for (int i = add; i < add + 4; i++)
        assert_int_equal(times[i], 0); /* its key and powers stay */
    assert_int_equal(times[OUT_CLEAR] + times[IN_CLEAR], 0);
    now[ESPL_SA_ENTRY_SPI] = spi;
    now[ESPL_SA_ENTRY_FLAGS] |= ESPL_ALG_GCM16_256 | ESPL_SA_ENTRY_FLAGS_ESN_MASK;
    if (in)
        now[ESPL_SA_ENTRY_SIZES] |= w[ESPL_SA_ENTRY_SIZES] & 0xffff0000u;
    expect(ESPL_OP_SA_OUT_GET + dir, 7, NULL, 0, 0, 0);
    expect_info(now, in);
    no_key_in_page();
}

static void test_sa_update(void **state)
{
    (void)state;
    sa_update(false);
    sa_update(true);
}

static void test_indices_and_operations(void **state)
{
    (void)state;
    static const struct {
        uint32_t op, rows;
    } last_row[] = {
        {ESPL_OP_SA_OUT_ADD, SLOTS},   {ESPL_OP_SA_IN_ADD, SLOTS},   {ESPL_OP_SA_OUT_DEL, SLOTS},
        {ESPL_OP_SA_IN_DEL, SLOTS},    {ESPL_OP_SA_OUT_GET, SLOTS},  {ESPL_OP_SA_IN_GET, SLOTS},
        {ESPL_OP_POLICY_SET, ROWS},    {ESPL_OP_POLICY_CLEAR, ROWS}, {ESPL_OP_POLICY_GET, ROWS},
        {ESPL_OP_POLICY_ACTION, ROWS}, {ESPL_OP_NEIGH_SET, CELLS},   {ESPL_OP_NEIGH_CLEAR, CELLS},
        {ESPL_OP_NEIGH_GET, CELLS},    {ESPL_OP_NEXTHOP_SET, HOPS},  {ESPL_OP_NEXTHOP_CLEAR, HOPS},
        {ESPL_OP_NEXTHOP_GET, HOPS},   {ESPL_OP_PORT_SET, 3},        {ESPL_OP_PORT_GET, 3},
        {ESPL_OP_EXACT_SET, CELLS},    {ESPL_OP_EXACT_CLEAR, CELLS}, {ESPL_OP_EXACT_GET, CELLS},
        {ESPL_OP_EXACT_ACTION, CELLS}, {ESPL_OP_SA_OUT_UPDATE, SLOTS}, {ESPL_OP_SA_IN_UPDATE, SLOTS},
    };
    restart();
    for (size_t i = 0; i < sizeof last_row / sizeof *last_row; i++) {
        expect(last_row[i].op, last_row[i].rows, NULL, 0, ESPL_REASON_INDEX, last_row[i].rows);
        expect(last_row[i].op, 0x80000001, NULL, 0, ESPL_REASON_INDEX, last_row[i].rows);
        expect(last_row[i].op, 0x00010001, NULL, 0, ESPL_REASON_INDEX, last_row[i].rows);
    }
    expect(ESPL_OP_NEXTHOP_SET, 0, NULL, 0, ESPL_REASON_INDEX, HOPS);
    expect(ESPL_OP_NEXTHOP_CLEAR, 0, NULL, 0, ESPL_REASON_INDEX, HOPS);
    expect(ESPL_OP_NOP, 0xffffffff, NULL, 0, 0, 0);
    unsigned known = 0;
    for (uint32_t op = 0; op < 256; op++)
        known += host_op(&host, op, 0xffffffff, NULL, 0) != ESPL_REASON_OP;
    assert_int_equal(known,
                     1 + sizeof last_row / sizeof *last_row + 6); /* NOP, those, the listings */
}

static void good_policy(uint32_t w[ESPL_POLICY_ENTRY_WORDS])
{
    for (uint32_t i = 0; i < ESPL_POLICY_ENTRY_WORDS; i++)
        w[i] = 0x01010101u * (i + 1);
    w[ESPL_POLICY_ENTRY_FLAGS] = ESPL_ACTION_PROTECT;
    w[ESPL_POLICY_ENTRY_SA_SLOT] = 77;
    for (int i = 1; i < 4; i++)
        w[ESPL_POLICY_ENTRY_SRC_VALUE + i] = w[ESPL_POLICY_ENTRY_DST_VALUE + i] = 0;
    w[ESPL_POLICY_ENTRY_PROTO] = 0xff11;
    w[ESPL_POLICY_ENTRY_SPORT] = 0x12341234;
    w[ESPL_POLICY_ENTRY_DPORT] = 0x12351234;
}

static void test_policies(void **state)
{
    (void)state;
    static const struct spoil bad[] = {
        {ESPL_POLICY_ENTRY_FLAGS, 0x22, ESPL_REASON_RESERVED, 0, true, true},
        {ESPL_POLICY_ENTRY_PROTO, 0x10000, ESPL_REASON_RESERVED, ESPL_POLICY_ENTRY_PROTO, true,
         true},
        {40, 1, ESPL_REASON_RESERVED, 40, true, true},
        {ESPL_POLICY_ENTRY_FLAGS, 6, ESPL_REASON_FAMILY, CAPS, true, false},
        {ESPL_POLICY_ENTRY_FLAGS, 3, ESPL_REASON_ACTION, 0, true, true},
        {ESPL_POLICY_ENTRY_SA_SLOT, SLOTS, ESPL_REASON_POLICY_SA, SLOTS, true, true},
        {ESPL_POLICY_ENTRY_FLAGS, ESPL_ACTION_BYPASS, ESPL_REASON_POLICY_SA, SLOTS, true, true},
        {ESPL_POLICY_ENTRY_SRC_VALUE + 2, 1, ESPL_REASON_ADDRESS, 0, true, false},
        {ESPL_POLICY_ENTRY_SPORT, 0x12341235, ESPL_REASON_PORTS, 0, true, false},
        {ESPL_POLICY_ENTRY_DPORT, 0x0000ffff, ESPL_REASON_PORTS, 0, true, false},
    };
    uint32_t w[ESPL_MBOX_REQ_WORDS] = {0};
    restart();
    expect(ESPL_OP_POLICY_ACTION, 5, w, 2, ESPL_REASON_EMPTY, 0);
    good_policy(w);
    expect(ESPL_OP_POLICY_SET, 5, w, ESPL_POLICY_ENTRY_WORDS, 0, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        memset(w, 0, sizeof w);
        good_policy(w);
        w[bad[i].word] = bad[i].value;
        if (bad[i].out)
            expect(ESPL_OP_POLICY_SET, 6, w, 41, bad[i].reason, bad[i].detail);
        if (bad[i].in)
            expect(ESPL_OP_POLICY_ACTION, 5, w, 41, bad[i].reason, bad[i].detail);
    }
    good_policy(w);
    expect(ESPL_OP_POLICY_GET, 5, NULL, 0, 0, 0);
    host_answer(&host);
    assert_int_equal(host.rsp[0], w[0] | ESPL_POLICY_ENTRY_FLAGS_USED_MASK);
    assert_memory_equal(host.rsp + 1, w + 1, 4 * (ESPL_POLICY_ENTRY_WORDS - 1));
    uint32_t other[2] = {ESPL_ACTION_PROTECT, 0xffffffff};
    expect(ESPL_OP_POLICY_ACTION, 5, other, 2, 0, 0);
    expect(ESPL_OP_POLICY_NEXT, 0, NULL, 0, 0, 5);
    host_answer(&host);
    assert_int_equal(host.rsp[ESPL_POLICY_ENTRY_SA_SLOT], 0xffffffff);
    assert_memory_equal(host.rsp + 2, w + 2, 4 * (ESPL_POLICY_ENTRY_WORDS - 2));
    expect(ESPL_OP_POLICY_CLEAR, 5, NULL, 0, 0, 0);
    expect(ESPL_OP_POLICY_NEXT, 0, NULL, 0, 0, ROWS);
    expect(ESPL_OP_POLICY_GET, 5, NULL, 0, 0, 0);
    host_answer(&host);
    assert_int_equal(host.rsp[0] | host.rsp[ESPL_POLICY_ENTRY_DST_VALUE], 0);
}

static void good_exact(uint32_t w[ESPL_POLICY_ENTRY_WORDS])
{
    good_policy(w);
    w[ESPL_POLICY_ENTRY_PROTO] = 0;
    w[ESPL_POLICY_ENTRY_SPORT] = w[ESPL_POLICY_ENTRY_DPORT] = 0xffff0000;
    memset(w + ESPL_POLICY_ENTRY_SRC_MASK, 0, 16);
    memset(w + ESPL_POLICY_ENTRY_DST_MASK, 0, 16);
    w[ESPL_POLICY_ENTRY_SRC_MASK] = 0xffffe000;
    w[ESPL_POLICY_ENTRY_DST_MASK] = 0xffffffff;
}

/* One destination, any protocol and ports, a source prefix; and all that a policy must be. */
static void test_exact_policies(void **state)
{
    (void)state;
    static const struct spoil bad[] = {
        {ESPL_POLICY_ENTRY_FLAGS, 0x22, ESPL_REASON_RESERVED, 0, true, true},
        {ESPL_POLICY_ENTRY_FLAGS, 3, ESPL_REASON_ACTION, 0, true, true},
        {ESPL_POLICY_ENTRY_SA_SLOT, SLOTS, ESPL_REASON_POLICY_SA, SLOTS, true, true},
        {ESPL_POLICY_ENTRY_DST_VALUE + 1, 1, ESPL_REASON_ADDRESS, 0, true, false},
        {ESPL_POLICY_ENTRY_DPORT, 0x00000001, ESPL_REASON_PORTS, 0, true, false},
        {ESPL_POLICY_ENTRY_DPORT, 0xffff0001, ESPL_REASON_EXACT, 0, true, false},
        {ESPL_POLICY_ENTRY_SPORT, 0xfffe0000, ESPL_REASON_EXACT, 0, true, false},
        {ESPL_POLICY_ENTRY_PROTO, 0x0100, ESPL_REASON_EXACT, 0, true, false},
        {ESPL_POLICY_ENTRY_DST_MASK, 0xfffffffe, ESPL_REASON_EXACT, 0, true, false},
        {ESPL_POLICY_ENTRY_SRC_MASK, 0xff00ff00, ESPL_REASON_EXACT, 0, true, false},
        {ESPL_POLICY_ENTRY_SRC_MASK, 0x7fffffff, ESPL_REASON_EXACT, 0, true, false},
        {ESPL_POLICY_ENTRY_SRC_MASK + 1, 0x80000000, ESPL_REASON_EXACT, 0, true, false},
        {ESPL_POLICY_ENTRY_SRC_MASK + 3, 1, ESPL_REASON_EXACT, 0, true, false},
    };
    uint32_t w[ESPL_MBOX_REQ_WORDS] = {0};
    restart();
    expect(ESPL_OP_EXACT_ACTION, 5, w, 2, ESPL_REASON_EMPTY, 0);
    good_exact(w);
    expect(ESPL_OP_EXACT_SET, CELLS - 1, w, ESPL_POLICY_ENTRY_WORDS, 0, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        memset(w, 0, sizeof w);
        good_exact(w);
        w[bad[i].word] = bad[i].value;
        if (bad[i].out)
            expect(ESPL_OP_EXACT_SET, 6, w, 41, bad[i].reason, bad[i].detail);
        if (bad[i].in)
            expect(ESPL_OP_EXACT_ACTION, CELLS - 1, w, 41, bad[i].reason, bad[i].detail);
    }
    good_exact(w);
    expect(ESPL_OP_EXACT_NEXT, 1, NULL, 0, 0, CELLS - 1);
    host_answer(&host);
    assert_int_equal(host.rsp[0], w[0] | ESPL_POLICY_ENTRY_FLAGS_USED_MASK);
    assert_memory_equal(host.rsp + 1, w + 1, 4 * (ESPL_POLICY_ENTRY_WORDS - 1));
    uint32_t other[2] = {ESPL_ACTION_PROTECT, 0xffffffff};
    expect(ESPL_OP_EXACT_ACTION, CELLS - 1, other, 2, 0, 0);
    expect(ESPL_OP_EXACT_GET, CELLS - 1, NULL, 0, 0, 0);
    host_answer(&host);
    assert_int_equal(host.rsp[ESPL_POLICY_ENTRY_SA_SLOT], 0xffffffff);
    assert_memory_equal(host.rsp + 2, w + 2, 4 * (ESPL_POLICY_ENTRY_WORDS - 2));
    expect(ESPL_OP_EXACT_CLEAR, CELLS - 1, NULL, 0, 0, 0);
    expect(ESPL_OP_EXACT_NEXT, 0, NULL, 0, 0, CELLS);
}

static void test_neighbours_hops_and_ports(void **state)
{
    (void)state;
    uint32_t neigh[ESPL_NEIGH_ENTRY_WORDS] = {0, 0x0a010001, 0, 0, 0, 1023, 0, 0};
    uint32_t mac[4] = {0x10002, 0x03040506, 0, 0};
    restart();
    expect(ESPL_OP_NEIGH_SET, CELLS - 1, neigh, 8, 0, 0);
    assert_int_equal(times[NEIGH_WE], 1);
    expect(ESPL_OP_NEIGH_NEXT, 0, NULL, 0, 0, CELLS - 1);
    host_answer(&host);
    assert_int_equal(host.rsp[0], ESPL_NEIGH_ENTRY_FLAGS_USED_MASK);
    assert_memory_equal(host.rsp + 1, neigh + 1, 20);
    neigh[0] = 8;
    expect(ESPL_OP_NEIGH_SET, 1, neigh, 8, ESPL_REASON_RESERVED, 0);
    neigh[0] = 1;
    expect(ESPL_OP_NEIGH_SET, 1, neigh, 8, ESPL_REASON_FAMILY, CAPS);
    neigh[0] = ESPL_NEIGH_ENTRY_FLAGS_DEV_MASK;
    neigh[2] = 1;
    expect(ESPL_OP_NEIGH_SET, 1, neigh, 8, ESPL_REASON_ADDRESS, 0);
    neigh[1] = neigh[2] = 0;
    expect(ESPL_OP_NEIGH_SET, 1, neigh, 8, ESPL_REASON_ADDRESS, 0);
    neigh[1] = 1;
    neigh[5] = HOPS;
    expect(ESPL_OP_NEIGH_SET, 1, neigh, 8, ESPL_REASON_NEXTHOP, HOPS);
    neigh[5] = 0x10000;
    expect(ESPL_OP_NEIGH_SET, 1, neigh, 8, ESPL_REASON_NEXTHOP, HOPS);
    expect(ESPL_OP_NEIGH_CLEAR, CELLS - 1, NULL, 0, 0, 0);
    expect(ESPL_OP_NEIGH_NEXT, 0, NULL, 0, 0, CELLS);

    expect(ESPL_OP_NEXTHOP_SET, 1023, mac, 4, 0, 0);
    expect(ESPL_OP_NEXTHOP_NEXT, 0, NULL, 0, 0, 1023);
    host_answer(&host);
    assert_memory_equal(host.rsp, mac, 8);
    expect(ESPL_OP_NEXTHOP_CLEAR, 1023, NULL, 0, 0, 0);
    expect(ESPL_OP_NEXTHOP_NEXT, 1, NULL, 0, 0, HOPS);
    for (uint32_t op = ESPL_OP_NEXTHOP_SET; op <= ESPL_OP_PORT_SET; op += 0x10) {
        uint32_t bad[4] = {0x10000, 0, 0, 0};
        expect(op, 1, bad, 4, ESPL_REASON_MAC, 0);
        bad[0] = 0x10102; /* the group bit of byte 0 */
        expect(op, 1, bad, 4, ESPL_REASON_MAC, 0);
        bad[0] = 0x50002;
        expect(op, 1, bad, 4, ESPL_REASON_RESERVED, 0);
        bad[0] = 0x30002; /* tags are not what this model has */
        expect(op, 1, bad, 4, op == ESPL_OP_PORT_SET ? ESPL_REASON_RESERVED : ESPL_REASON_VLAN, 0);
        bad[0] = 0x10002;
        bad[3] = 1;
        expect(op, 1, bad, 4, ESPL_REASON_RESERVED, 3);
    }
    expect(ESPL_OP_PORT_SET, 2, mac, 4, 0, 0);
    expect(ESPL_OP_PORT_GET, 2, NULL, 0, 0, 0);
    host_answer(&host);
    assert_memory_equal(host.rsp, mac, 16);
    assert_int_equal(rtl_get(rtl_port(rtl, "engine_mac")), UINT64_C(0x1000203040506));
    mac[0] = 2; /* an address, and none */
    expect(ESPL_OP_PORT_SET, 2, mac, 4, ESPL_REASON_MAC, 0);
    mac[0] = mac[1] = 0;
    expect(ESPL_OP_PORT_SET, 2, mac, 4, 0, 0);
    assert_int_equal(rtl_get(rtl_port(rtl, "engine_mac")), 0);
}

static void test_busy_hears_nothing(void **state)
{
    (void)state;
    uint32_t w[ESPL_SA_ENTRY_WORDS];
    restart();
    good_sa(w, 0xc0de0007);
    uint32_t tag = host_ring(&host, ESPL_OP_SA_OUT_ADD, 7, w, ESPL_SA_ENTRY_WORDS);
    assert_int_equal(host_rd(&host, ESPL_REG_STATUS), 3);
    host_wr(&host, ESPL_REG_MBOX_REQ, 0xffffffff); /* would be a reserved bit */
    host_wr(&host, ESPL_REG_MBOX_OP, ESPL_OP_SA_OUT_DEL);
    host_wr(&host, ESPL_REG_MBOX_INDEX, 9);
    host_wr(&host, ESPL_REG_MBOX_DOORBELL, tag + 100);
    assert_int_equal(host_wait(&host, tag), 0);
    assert_int_equal(host_rd(&host, ESPL_REG_STATUS), 1);
    host_cycles(&host, 3000);
    assert_int_equal(host_rd(&host, ESPL_REG_MBOX_DONE), tag);
    expect(ESPL_OP_SA_OUT_NEXT, 0, NULL, 0, 0, 7);
    expect(ESPL_OP_SA_OUT_NEXT, 8, NULL, 0, 0, SLOTS);
    /* what was written while busy is not in the next request */
    expect(ESPL_OP_PORT_SET, 0, NULL, 0, 0, 0);
}

static void test_reset_forgets_everything(void **state)
{
    (void)state;
    uint32_t w[ESPL_SA_ENTRY_WORDS];
    restart();
    good_sa(w, 0xc0de0007);
    expect(ESPL_OP_SA_IN_ADD, 7, w, ESPL_SA_ENTRY_WORDS, 0, 0);
    expect(ESPL_OP_SA_IN_GET, 7, NULL, 0, 0, 0);
    host_wr(&host, ESPL_REG_TOKEN, 1);
    /* in the middle of an installation, with half of another request written: not in one cycle of
     * it */
    for (uint64_t wait = 1; wait < 500; wait += 83) {
        uint32_t generation = host_rd(&host, ESPL_REG_GENERATION);
        uint32_t changes = host_rd(&host, ESPL_REG_CHANGES);
        good_sa(w, 0xc0de0008);
        host_ring(&host, ESPL_OP_SA_OUT_ADD, 8, w, ESPL_SA_ENTRY_WORDS);
        host_cycles(&host, wait);
        rtl_set(swept, 0);
        host_wr(&host, ESPL_REG_CONTROL, ESPL_CONTROL_RESET_MASK);
        host_cycles(&host, 3000);
        assert_int_equal(host_rd(&host, ESPL_REG_STATUS), 0);
        assert_int_equal(host_op(&host, ESPL_OP_NOP, 0, NULL, 0), ESPL_REASON_NOT_READY);
        assert_int_equal(host_op(&host, ESPL_OP_SA_OUT_GET, 8, NULL, 0), ESPL_REASON_NOT_READY);
        no_key_in_page();
        rtl_set(swept, 1);
        host_wait_ready(&host);
        assert_int_equal(host_rd(&host, ESPL_REG_TOKEN), 0);
        assert_int_equal(host_rd(&host, ESPL_REG_GENERATION), generation + 1);
        assert_true(host_rd(&host, ESPL_REG_CHANGES) != changes);
        expect(ESPL_OP_SA_IN_NEXT, 0, NULL, 0, 0, SLOTS);
        expect(ESPL_OP_SA_OUT_NEXT, 0, NULL, 0, 0, SLOTS);
    }
    /* a request that was written but not rung does not survive either */
    host_wr(&host, ESPL_REG_MBOX_REQ, 0xffffffff);
    host_reset(&host);
    expect(ESPL_OP_PORT_SET, 0, NULL, 0, 0, 0);
    restart();
    assert_int_equal(host_rd(&host, ESPL_REG_GENERATION), 0);
}

static void find_ports(void)
{
    swept = rtl_port(rtl, "swept");
    policy_set = rtl_port(rtl, "policy_set");
    policy_clear = rtl_port(rtl, "policy_clear");
    policy_act = rtl_port(rtl, "policy_act");
    policy_done = rtl_port(rtl, "policy_done");
    entry = rtl_port(rtl, "entry");
    for (int i = 0; i < STROBES; i++)
        strobe[i] = rtl_port(rtl, strobe_names[i]);
    for (int d = 0; d < 2; d++) {
        static const char *const names[2][4] = {{"out_query", "out_ack", "out_clear", "out_state"},
                                                {"in_query", "in_ack", "in_clear", "in_state"}};
        query[d] = rtl_port(rtl, names[d][0]);
        ack[d] = rtl_port(rtl, names[d][1]);
        clear[d] = rtl_port(rtl, names[d][2]);
        struct rtl_port words = rtl_port(rtl, names[d][3]);
        for (uint32_t k = 0; k < words.width / 32; k++) {
            uint32_t v = (d ? 0x1000000u : 0x2000000u) + k;
            memcpy(words.bits + 4 * k, &v, 4);
        }
    }
}

int main(void)
{
    rtl = rtl_new(NULL);
    host_init(&host, rtl, NULL, 0);
    host.before_edge = tables;
    find_ports();
    memset(rtl_port(rtl, "event_one").bits, 0, 12);
    rtl_set(rtl_port(rtl, "out_ev_valid"), 0);
    rtl_set(rtl_port(rtl, "in_ev_valid"), 0);
    rtl_set(rtl_port(rtl, "out_ev_lost"), 0);
    rtl_set(rtl_port(rtl, "in_ev_lost"), 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_sa_refused_by_every_field),
        cmocka_unit_test(test_sa_taken_where_only_the_other_way_refuses),
        cmocka_unit_test(test_sa_life),
        cmocka_unit_test(test_sa_update),
        cmocka_unit_test(test_indices_and_operations),
        cmocka_unit_test(test_policies),
        cmocka_unit_test(test_exact_policies),
        cmocka_unit_test(test_neighbours_hops_and_ports),
        cmocka_unit_test(test_busy_hears_nothing),
        cmocka_unit_test(test_reset_forgets_everything),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    rtl_free(rtl);
    return rc;
}
