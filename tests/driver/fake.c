/* SPDX-License-Identifier: Apache-2.0 */
/* The page of fake.h. Tables and refusals as espalier.rdl says; nothing of the library is used. */
#include "tests/driver/fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct espl_bus {
    struct fake *f;
};

#define AT(f, reg) ((f)->page[(reg) / 4])
#define USED_POLICY ESPL_POLICY_ENTRY_FLAGS_USED_MASK
#define USED_NEIGH ESPL_NEIGH_ENTRY_FLAGS_USED_MASK
#define USED_HOP ESPL_NEXTHOP_ENTRY_MAC_HI_USED_MASK

/* ------------------------------------------------------------------ operations */

struct answer {
    uint32_t reason, detail;
    bool changed;
};

static struct answer refuse(uint32_t reason, uint32_t detail)
{
    return (struct answer){reason, detail, false};
}

static struct answer changed(void)
{
    return (struct answer){ESPL_REASON_OK, 0, true};
}

static struct answer sa_add(struct fake *f, int dir, uint32_t slot, const uint32_t *req)
{
    uint32_t window = req[ESPL_SA_ENTRY_SIZES] >> 16, mtu = req[ESPL_SA_ENTRY_SIZES] & 0xffff;
    struct fake_sa *sa = &f->sa[dir][slot];
    if (sa->used)
        return refuse(ESPL_REASON_SLOT_BUSY, sa->w[ESPL_SA_ENTRY_SPI]);
    if (req[ESPL_SA_ENTRY_SPI] < 256)
        return refuse(ESPL_REASON_SPI, 0);
    if (dir == ESPL_DIR_IN && (req[ESPL_SA_ENTRY_SPI] & (FAKE_SA - 1)) != slot)
        return refuse(ESPL_REASON_SPI_SLOT, FAKE_SA);
    if (!(f->alg >> ((req[0] & 0xf) - 1) & 1))
        return refuse(ESPL_REASON_ALG, f->alg);
    if (req[0] & ESPL_SA_ENTRY_FLAGS_OUTER_FAMILY_MASK)
        return refuse(ESPL_REASON_FAMILY, f->mode);
    bool encap = req[0] & ESPL_SA_ENTRY_FLAGS_ENCAP_MASK,
         both = req[ESPL_SA_ENTRY_ENCAP] >> 16 && req[ESPL_SA_ENTRY_ENCAP] & 0xffff;
    if (encap ? !both : req[ESPL_SA_ENTRY_ENCAP] != 0)
        return refuse(ESPL_REASON_ENCAP, 0);
    bool esn = req[0] & ESPL_SA_ENTRY_FLAGS_ESN_MASK;
    if (dir == ESPL_DIR_IN && (window > FAKE_WINDOW || window % 64 || (window & (window - 1)) ||
                               (esn && !window)))
        return refuse(ESPL_REASON_WINDOW, FAKE_WINDOW);
    if (mtu < 68 || mtu > 9004)
        return refuse(ESPL_REASON_MTU, 9004);
    if (!req[ESPL_SA_ENTRY_SRC] || !req[ESPL_SA_ENTRY_DST])
        return refuse(ESPL_REASON_ADDRESS, 0);
    sa->used = true;
    memcpy(sa->w, req, sizeof sa->w);
    memset(sa->stats, 0, sizeof sa->stats);
    return changed();
}

/* The words of an SA that stay: SPI, salt, key, and of the flags algorithm and esn. */
static struct answer sa_update(struct fake *f, int dir, uint32_t slot, const uint32_t *req)
{
    struct fake_sa *sa = &f->sa[dir][slot];
    const uint32_t kept = ESPL_SA_ENTRY_FLAGS_ALG_MASK | ESPL_SA_ENTRY_FLAGS_ESN_MASK;
    if (!sa->used)
        return refuse(ESPL_REASON_SLOT_EMPTY, 0);
    for (uint32_t i = ESPL_SA_ENTRY_SPI; i < ESPL_SA_ENTRY_SRC; i++)
        if (req[i])
            return refuse(ESPL_REASON_RESERVED, i);
    sa->w[0] = (sa->w[0] & kept) | (req[0] & ~kept);
    memcpy(sa->w + ESPL_SA_ENTRY_SRC, req + ESPL_SA_ENTRY_SRC,
           4 * (ESPL_SA_ENTRY_RESERVED - ESPL_SA_ENTRY_SRC));
    return changed();
}

static struct answer sa_get(struct fake *f, int dir, uint32_t slot)
{
    const struct fake_sa *sa = &f->sa[dir][slot];
    uint32_t *rsp = &AT(f, ESPL_REG_MBOX_RSP);
    if (!sa->used)
        return refuse(ESPL_REASON_SLOT_EMPTY, 0);
    rsp[ESPL_SA_INFO_FLAGS] = sa->w[ESPL_SA_ENTRY_FLAGS];
    rsp[ESPL_SA_INFO_SPI] = sa->w[ESPL_SA_ENTRY_SPI];
    memcpy(rsp + ESPL_SA_INFO_SRC, sa->w + ESPL_SA_ENTRY_SRC, 16);
    memcpy(rsp + ESPL_SA_INFO_DST, sa->w + ESPL_SA_ENTRY_DST, 16);
    rsp[ESPL_SA_INFO_ENCAP] = sa->w[ESPL_SA_ENTRY_ENCAP];
    rsp[ESPL_SA_INFO_ROUTE] = sa->w[ESPL_SA_ENTRY_ROUTE];
    rsp[ESPL_SA_INFO_SIZES] = sa->w[ESPL_SA_ENTRY_SIZES];
    memcpy(rsp + ESPL_SA_INFO_SEQ_HI, sa->stats,
           4 * (ESPL_SA_INFO_BAD_SELECTOR - ESPL_SA_INFO_SEQ_HI + 1));
    memcpy(rsp + ESPL_SA_INFO_SEL_SRC, sa->w + ESPL_SA_ENTRY_SEL_SRC, 16);
    memcpy(rsp + ESPL_SA_INFO_SEL_DST, sa->w + ESPL_SA_ENTRY_SEL_DST, 16);
    rsp[ESPL_SA_INFO_SEL] = sa->w[ESPL_SA_ENTRY_SEL];
    rsp[ESPL_SA_INFO_SEL_SPORT] = sa->w[ESPL_SA_ENTRY_SEL_SPORT];
    rsp[ESPL_SA_INFO_SEL_DPORT] = sa->w[ESPL_SA_ENTRY_SEL_DPORT];
    rsp[ESPL_SA_INFO_REQID] = sa->w[ESPL_SA_ENTRY_REQID];
    rsp[ESPL_SA_INFO_SERIAL] = sa->w[ESPL_SA_ENTRY_SERIAL];
    memcpy(rsp + ESPL_SA_INFO_SOFT_PACKETS_HI, sa->w + ESPL_SA_ENTRY_SOFT_PACKETS_HI, 4 * 9);
    return refuse(ESPL_REASON_OK, slot);
}

/* A row of a simple table: where it is, its words, the rows of the table and the mark of a row in
 * use. */
struct row {
    uint32_t *w;
    size_t words;
    uint32_t rows, used;
};

static struct row row_of(struct fake *f, uint32_t op, uint32_t index)
{
    switch (op & 0xf0) {
    case 0x20:
        return (struct row){index < f->policies ? f->policy[index] : NULL, ESPL_POLICY_ENTRY_WORDS,
                            f->policies, USED_POLICY};
    case 0x60:
        return (struct row){index < 8 * f->exact_buckets ? f->policy[FAKE_POLICIES + index] : NULL,
                            ESPL_POLICY_ENTRY_WORDS, 8 * f->exact_buckets, USED_POLICY};
    case 0x30:
        return (struct row){index < FAKE_CELLS ? f->neigh[index] : NULL, ESPL_NEIGH_ENTRY_WORDS,
                            FAKE_CELLS, USED_NEIGH};
    case 0x40:
        return (struct row){index < FAKE_HOPS ? f->hop[index] : NULL, ESPL_NEXTHOP_ENTRY_WORDS,
                            FAKE_HOPS, USED_HOP};
    default:
        return (struct row){index < 3 ? f->port[index] : NULL, ESPL_PORT_ENTRY_WORDS, 3, 0};
    }
}

static struct answer set_row(struct fake *f, uint32_t op, struct row r, const uint32_t *req)
{
    if (op == ESPL_OP_NEIGH_SET && req[ESPL_NEIGH_ENTRY_NEXTHOP] >= FAKE_HOPS)
        return refuse(ESPL_REASON_NEXTHOP, FAKE_HOPS);
    if ((op == ESPL_OP_NEXTHOP_SET || op == ESPL_OP_PORT_SET) &&
        (!(req[0] & 0xffff || req[1]) || req[0] & 0x100))
        return refuse(ESPL_REASON_MAC, 0);
    if ((op == ESPL_OP_POLICY_SET || op == ESPL_OP_EXACT_SET) &&
        req[0] & ESPL_POLICY_ENTRY_FLAGS_FAMILY_MASK)
        return refuse(ESPL_REASON_FAMILY, f->mode);
    if (op == ESPL_OP_EXACT_SET &&
        (req[ESPL_POLICY_ENTRY_DST_MASK] != UINT32_MAX || req[ESPL_POLICY_ENTRY_PROTO] ||
         req[ESPL_POLICY_ENTRY_SPORT] != 0xffff0000 || req[ESPL_POLICY_ENTRY_DPORT] != 0xffff0000))
        return refuse(ESPL_REASON_EXACT, 0);
    if (op != ESPL_OP_PORT_SET && req[0] & r.used)
        return refuse(ESPL_REASON_RESERVED, 0);
    memcpy(r.w, req, 4 * r.words);
    r.w[0] |= r.used;
    return changed();
}

static struct answer simple_op(struct fake *f, uint32_t op, uint32_t index, const uint32_t *req)
{
    uint32_t *rsp = &AT(f, ESPL_REG_MBOX_RSP);
    struct row r = row_of(f, op, index);
    if (op == ESPL_OP_POLICY_NEXT || op == ESPL_OP_NEIGH_NEXT || op == ESPL_OP_NEXTHOP_NEXT ||
        op == ESPL_OP_EXACT_NEXT) {
        for (; index < r.rows; index++) {
            r = row_of(f, op, index);
            if (!(r.w[0] & r.used))
                continue;
            memcpy(rsp, r.w, 4 * r.words);
            return refuse(ESPL_REASON_OK, index);
        }
        return refuse(ESPL_REASON_OK, r.rows);
    }
    if (!r.w)
        return refuse(ESPL_REASON_INDEX, r.rows);
    switch (op) {
    case ESPL_OP_POLICY_SET:
    case ESPL_OP_EXACT_SET:
    case ESPL_OP_NEIGH_SET:
    case ESPL_OP_NEXTHOP_SET:
    case ESPL_OP_PORT_SET:
        return set_row(f, op, r, req);
    case ESPL_OP_POLICY_CLEAR:
    case ESPL_OP_EXACT_CLEAR:
    case ESPL_OP_NEIGH_CLEAR:
    case ESPL_OP_NEXTHOP_CLEAR:
        memset(r.w, 0, 4 * r.words);
        return changed();
    case ESPL_OP_POLICY_ACTION:
    case ESPL_OP_EXACT_ACTION:
        r.w[0] = (r.w[0] & ~3u) | (req[0] & 3);
        r.w[ESPL_POLICY_ENTRY_SA_SLOT] = req[1];
        return changed();
    case ESPL_OP_POLICY_GET:
    case ESPL_OP_EXACT_GET:
    case ESPL_OP_NEIGH_GET:
    case ESPL_OP_NEXTHOP_GET:
    case ESPL_OP_PORT_GET:
        memcpy(rsp, r.w, 4 * r.words);
        return refuse(ESPL_REASON_OK, index);
    default:
        return refuse(ESPL_REASON_OP, 0);
    }
}

static struct answer sa_op(struct fake *f, uint32_t op, uint32_t index, const uint32_t *req)
{
    int dir = op & 1 ? ESPL_DIR_IN : ESPL_DIR_OUT;
    if ((op & 0xfe) == ESPL_OP_SA_OUT_NEXT) {
        while (index < FAKE_SA && !f->sa[dir][index].used)
            index++;
        return index < FAKE_SA ? sa_get(f, dir, index) : refuse(ESPL_REASON_OK, FAKE_SA);
    }
    if (index >= FAKE_SA)
        return refuse(ESPL_REASON_INDEX, FAKE_SA);
    switch (op & 0xfe) {
    case ESPL_OP_SA_OUT_ADD:
        return sa_add(f, dir, index, req);
    case ESPL_OP_SA_OUT_DEL:
        if (!f->sa[dir][index].used)
            return refuse(ESPL_REASON_SLOT_EMPTY, 0);
        memset(&f->sa[dir][index], 0, sizeof f->sa[dir][index]);
        return changed();
    case ESPL_OP_SA_OUT_UPDATE:
        return sa_update(f, dir, index, req);
    case ESPL_OP_SA_OUT_GET:
        return sa_get(f, dir, index);
    default:
        return refuse(ESPL_REASON_OP, 0);
    }
}

static void ring(struct fake *f)
{
    uint32_t op = AT(f, ESPL_REG_MBOX_OP), index = AT(f, ESPL_REG_MBOX_INDEX);
    uint32_t *req = &AT(f, ESPL_REG_MBOX_REQ);
    struct answer a;
    if (f->deaf)
        return;
    memset(&AT(f, ESPL_REG_MBOX_RSP), 0, 4 * ESPL_MBOX_RSP_WORDS);
    if (f->refuse_op && op == (uint32_t)f->refuse_op)
        a = refuse(f->refuse_reason, 7);
    else
        a = (op & 0xf0) == 0x10 ? sa_op(f, op, index, req) : simple_op(f, op, index, req);
    memset(req, 0, 4 * ESPL_MBOX_REQ_WORDS);
    AT(f, ESPL_REG_MBOX_REASON) = a.reason;
    AT(f, ESPL_REG_MBOX_DETAIL) = a.detail;
    AT(f, ESPL_REG_CHANGES) += a.changed;
    AT(f, ESPL_REG_MBOX_DONE) = AT(f, ESPL_REG_MBOX_DOORBELL);
    f->operations++;
    if (f->hook)
        f->hook(f, f->user);
}

void fake_reset(struct fake *f)
{
    memset(f->sa, 0, sizeof f->sa);
    memset(f->policy, 0, sizeof f->policy);
    memset(f->neigh, 0, sizeof f->neigh);
    memset(f->hop, 0, sizeof f->hop);
    memset(f->port, 0, sizeof f->port);
    AT(f, ESPL_REG_GENERATION)++;
    AT(f, ESPL_REG_CHANGES)++;
    AT(f, ESPL_REG_TOKEN) = 0;
}

/* ------------------------------------------------------------------ the page */

void fake_init(struct fake *f)
{
    memset(f, 0, sizeof *f);
    f->policies = FAKE_POLICIES;
    f->exact_buckets = FAKE_EXACT_BUCKETS;
    f->alg = ESPL_CAP_ALG_GCM16_128_MASK | ESPL_CAP_ALG_GCM16_256_MASK;
    f->mode = ESPL_CAP_MODE_TUNNEL_MASK | ESPL_CAP_MODE_ENCAP_MASK | ESPL_CAP_MODE_IPV4_MASK |
              ESPL_CAP_MODE_OUTER_MASK;
    AT(f, ESPL_REG_MAGIC) = ESPL_MAGIC_VALUE;
    AT(f, ESPL_REG_VERSION) = 1;
    AT(f, ESPL_REG_CLOCK_KHZ) = 250000;
    AT(f, ESPL_REG_CAP_SA) = FAKE_SA << 16 | FAKE_SA;
    AT(f, ESPL_REG_CAP_NEIGH) = FAKE_HOPS << 16 | FAKE_NEIGH_BUCKETS;
    AT(f, ESPL_REG_CAP_SIZE) = FAKE_WINDOW << 16 | 9018;
}

void fake_read(struct fake *f, uint32_t off, uint32_t *words, size_t count)
{
    AT(f, ESPL_REG_MAP_SUM) = ESPL_MAP_SUM_VALUE + f->sum_delta;
    AT(f, ESPL_REG_STATUS) = f->never_ready ? 0 : ESPL_STATUS_READY_MASK;
    AT(f, ESPL_REG_CAP_POLICY) = f->exact_buckets << 16 | f->policies;
    AT(f, ESPL_REG_CAP_ALG) = f->alg;
    AT(f, ESPL_REG_CAP_MODE) = f->mode;
    for (size_t i = 0; i < count; i++) {
        uint32_t at = off + 4 * (uint32_t)i;
        bool write_only =
            at >= ESPL_REG_MBOX_REQ && at < ESPL_REG_MBOX_REQ + 4 * ESPL_MBOX_REQ_WORDS;
        words[i] = write_only ? 0 : f->page[at / 4];
    }
}

void fake_write(struct fake *f, uint32_t off, const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t at = off + 4 * (uint32_t)i;
        if (at == ESPL_REG_CONTROL) {
            if (words[i] & ESPL_CONTROL_RESET_MASK)
                fake_reset(f);
            continue;
        }
        f->page[at / 4] = words[i];
        if (at == ESPL_REG_MBOX_DOORBELL)
            ring(f);
    }
}

/* ------------------------------------------------------------------ the bus */

static void trace(struct fake *f, char kind, uint32_t off, const uint32_t *words, size_t count)
{
    if (!f->tracing)
        return;
    f->traced += (size_t)snprintf(f->trace + f->traced, FAKE_TRACE - f->traced, "%c %03x %zu", kind,
                                  off, count);
    for (size_t i = 0; kind == 'W' && i < count; i++) {
        bool tag = off + 4 * i == ESPL_REG_MBOX_DOORBELL;
        f->traced +=
            tag ? (size_t)snprintf(f->trace + f->traced, FAKE_TRACE - f->traced, " TAG")
                : (size_t)snprintf(f->trace + f->traced, FAKE_TRACE - f->traced, " %x", words[i]);
    }
    f->traced += (size_t)snprintf(f->trace + f->traced, FAKE_TRACE - f->traced, "\n");
    assert_true(f->traced < FAKE_TRACE - 1024);
}

static enum espl_err access_fails(struct fake *f)
{
    f->accesses++;
    if (!f->fail_at)
        return ESPL_OK;
    return f->accesses == f->fail_at || (f->fail_on && f->accesses > f->fail_at) ? f->fail_with
                                                                                 : ESPL_OK;
}

static enum espl_err bus_read(struct espl_bus *bus, uint32_t off, uint32_t *words, size_t count)
{
    enum espl_err err = access_fails(bus->f);
    assert_int_equal(off % 4, 0);
    assert_true(bus->f->locks == 1 || off == ESPL_REG_MAGIC || off == ESPL_REG_EVENT_HEAD ||
                off >= ESPL_REG_EVENTS);
    trace(bus->f, 'R', off, NULL, count);
    if (!err)
        fake_read(bus->f, off, words, count);
    return err;
}

static enum espl_err bus_write(struct espl_bus *bus, uint32_t off, const uint32_t *words,
                               size_t count)
{
    enum espl_err err = access_fails(bus->f);
    assert_int_equal(off % 4, 0);
    assert_true(bus->f->locks == 1);
    trace(bus->f, 'W', off, words, count);
    if (!err)
        fake_write(bus->f, off, words, count);
    return err;
}

static enum espl_err bus_rd32(struct espl_bus *bus, uint32_t off, uint32_t *value)
{
    return bus_read(bus, off, value, 1);
}

static enum espl_err bus_wr32(struct espl_bus *bus, uint32_t off, uint32_t value)
{
    return bus_write(bus, off, &value, 1);
}

static enum espl_err bus_lock(struct espl_bus *bus)
{
    enum espl_err err = access_fails(bus->f);
    assert_int_equal(bus->f->locks, 0);
    bus->f->locks = err ? 0 : 1;
    return err;
}

static void bus_unlock(struct espl_bus *bus)
{
    assert_int_equal(bus->f->locks, 1);
    bus->f->locks = 0;
}

static void bus_close(struct espl_bus *bus)
{
    free(bus);
}

const struct espl_bus_ops fake_ops = {
    .scheme = "fake",
    .close = bus_close,
    .rd32 = bus_rd32,
    .wr32 = bus_wr32,
    .write = bus_write,
    .read = bus_read,
    .lock = bus_lock,
    .unlock = bus_unlock,
};

struct espl_bus *fake_bus(struct fake *f)
{
    struct espl_bus *bus = malloc(sizeof *bus);
    assert_non_null(bus);
    bus->f = f;
    return bus;
}

struct espl_card *fake_open(struct fake *f)
{
    struct espl_card *card;
    char why[256] = "";
    if (espl_card_open_bus(&fake_ops, fake_bus(f), &card, why, sizeof why))
        fail_msg("open: %s", why);
    return card;
}

/* ------------------------------------------------------------------ lookups, and samples */

static uint32_t crc32c(uint32_t crc, const uint8_t *p, size_t n)
{
    while (n--) {
        crc ^= *p++;
        for (int i = 0; i < 8; i++)
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
    }
    return crc;
}

/* The nth of the eight cells an address may be in. */
static uint32_t cell_of(const struct espl_addr *addr, uint32_t buckets, uint32_t n)
{
    uint32_t hash = crc32c(0xffffffff, addr->bytes, 16), bank = n / 4;
    return (bank * buckets + (bank ? hash >> 16 : hash) % buckets) * 4 + n % 4;
}

static bool in_range(uint16_t port, uint32_t range)
{
    return port >= (range & 0xffff) && port <= range >> 16;
}

static bool matches(const uint32_t *w, uint32_t src, uint32_t dst, uint8_t proto, uint16_t sport,
                    uint16_t dport)
{
    return w[0] & USED_POLICY &&
           !((src ^ w[ESPL_POLICY_ENTRY_SRC_VALUE]) & w[ESPL_POLICY_ENTRY_SRC_MASK]) &&
           !((dst ^ w[ESPL_POLICY_ENTRY_DST_VALUE]) & w[ESPL_POLICY_ENTRY_DST_MASK]) &&
           !((proto ^ w[ESPL_POLICY_ENTRY_PROTO]) & (w[ESPL_POLICY_ENTRY_PROTO] >> 8) & 0xff) &&
           in_range(sport, w[ESPL_POLICY_ENTRY_SPORT]) &&
           in_range(dport, w[ESPL_POLICY_ENTRY_DPORT]);
}

static bool below(const uint32_t *a, const uint32_t *b)
{
    uint32_t pa = a[ESPL_POLICY_ENTRY_PRIORITY], pb = b[ESPL_POLICY_ENTRY_PRIORITY];
    return pa != pb ? pa < pb : a[ESPL_POLICY_ENTRY_SERIAL] < b[ESPL_POLICY_ENTRY_SERIAL];
}

int fake_policy_hit(const struct fake *f, uint32_t src, uint32_t dst, uint8_t proto, uint16_t sport,
                    uint16_t dport)
{
    int hit = -1;
    for (uint32_t i = 0; i < f->policies && hit < 0; i++)
        if (matches(f->policy[i], src, dst, proto, sport, dport))
            hit = (int)i;
    const struct espl_addr addr = v4(dst);
    for (uint32_t n = 0; n < 8 && f->exact_buckets; n++) {
        uint32_t i = FAKE_POLICIES + cell_of(&addr, f->exact_buckets, n);
        if (matches(f->policy[i], src, dst, proto, sport, dport) &&
            (hit < 0 || below(f->policy[i], f->policy[hit])))
            hit = (int)i;
    }
    return hit;
}

uint32_t *fake_first_policy(struct fake *f)
{
    uint32_t row = 0;
    while (row + 1 < FAKE_POLICIES + FAKE_EXACT && !(f->policy[row][0] & USED_POLICY))
        row++;
    return f->policy[row];
}

int fake_neigh_hit(const struct fake *f, const struct espl_addr *addr)
{
    for (uint32_t n = 0; n < 8; n++) {
        const uint32_t *w = f->neigh[cell_of(addr, FAKE_NEIGH_BUCKETS, n)];
        bool same = w[0] & USED_NEIGH && !(w[0] & ESPL_NEIGH_ENTRY_FLAGS_DEV_MASK);
        for (size_t i = 0; i < 16; i++)
            same = same && (uint8_t)(w[ESPL_NEIGH_ENTRY_ADDR + i / 4] >> (24 - 8 * (i % 4))) ==
                               addr->bytes[i];
        if (same)
            return (int)w[ESPL_NEIGH_ENTRY_NEXTHOP];
    }
    return -1;
}

struct espl_addr v4(uint32_t host)
{
    struct espl_addr a = {.family = ESPL_IPV4};
    for (int i = 0; i < 4; i++)
        a.bytes[i] = (uint8_t)(host >> (24 - 8 * i));
    return a;
}

struct espl_prefix p4(uint32_t host, uint8_t len)
{
    return (struct espl_prefix){v4(host), len};
}

struct espl_sa sample_sa(enum espl_dir dir, uint32_t spi, uint32_t reqid)
{
    struct espl_sa sa = {.dir = dir,
                         .spi = spi,
                         .src = v4(0xc0000201),
                         .dst = v4(0xc0000202),
                         .alg = ESPL_GCM16,
                         .key_len = 20,
                         .reqid = reqid,
                         .replay_window = dir == ESPL_DIR_IN ? 64 : 0};
    for (size_t i = 0; i < sizeof sa.key; i++)
        sa.key[i] = (uint8_t)(0xa0 + i);
    return sa;
}

struct espl_policy sample_policy(uint32_t src, uint32_t dst, uint8_t len, uint32_t reqid)
{
    return (struct espl_policy){.selector = {.src = p4(src, len),
                                             .dst = p4(dst, len),
                                             .sport = {0, 65535},
                                             .dport = {0, 65535}},
                                .action = ESPL_PROTECT,
                                .reqid = reqid,
                                .tmpl_src = v4(0xc0000201),
                                .tmpl_dst = v4(0xc0000202)};
}
