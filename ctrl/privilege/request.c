/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of requests: every one is checked for what it may be where it is read. */
#include "ctrl/privilege/request.h"

#include <string.h>

bool request_ended(const struct rd *r)
{
    return !r->bad && rd_left(r) == 0;
}

bool get_bool(struct rd *r)
{
    unsigned v = rd_u8(r);
    r->bad |= v > 1;
    return v == 1;
}

/* ---------------------------------------------------------------- text */

void put_text(struct wr *w, const char *text)
{
    size_t n = strlen(text);
    wr_u16(w, (unsigned)n);
    wr_bytes(w, (const uint8_t *)text, n);
    w->bad |= n > UINT16_MAX;
}

void get_line(struct rd *r, char *text, size_t size)
{
    size_t n = rd_u16(r);
    const uint8_t *p = rd_take(r, n);
    text[0] = '\0';
    for (size_t i = 0; p && i < n; i++)
        r->bad |= p[i] < 0x20 || p[i] == 0x7f;
    if (r->bad || n >= size) {
        r->bad = true;
        return;
    }
    if (n)
        memcpy(text, p, n);
    text[n] = '\0';
}

/* ---------------------------------------------------------------- addresses */

void put_addr(struct wr *w, const struct espl_addr *addr)
{
    wr_u8(w, addr->family);
    wr_bytes(w, addr->bytes, sizeof addr->bytes);
}

void get_addr_or_none(struct rd *r, struct espl_addr *addr)
{
    static const uint8_t zero[16];
    unsigned family = rd_u8(r);
    const uint8_t *p = rd_take(r, sizeof addr->bytes);
    size_t used = family == ESPL_IPV4 ? 4 : family == ESPL_IPV6 ? 16 : 0;
    *addr = (struct espl_addr){0};
    if (!p || (family != 0 && used == 0) || memcmp(p + used, zero, 16 - used) != 0) {
        r->bad = true;
        return;
    }
    addr->family = family;
    memcpy(addr->bytes, p, sizeof addr->bytes);
}

void get_addr(struct rd *r, struct espl_addr *addr)
{
    get_addr_or_none(r, addr);
    r->bad |= addr->family == 0;
}

static void put_prefix(struct wr *w, const struct espl_prefix *p)
{
    put_addr(w, &p->addr);
    wr_u8(w, p->len);
}

static void get_prefix(struct rd *r, struct espl_prefix *p)
{
    get_addr(r, &p->addr);
    p->len = rd_u8(r);
    r->bad |= p->len > (p->addr.family == ESPL_IPV6 ? 128 : 32);
}

static void put_ports(struct wr *w, const struct espl_ports *p)
{
    wr_u16(w, p->first);
    wr_u16(w, p->last);
}

static void get_ports(struct rd *r, struct espl_ports *p)
{
    p->first = rd_u16(r);
    p->last = rd_u16(r);
    r->bad |= p->first > p->last;
}

static void put_selector(struct wr *w, const struct espl_selector *s)
{
    put_prefix(w, &s->src);
    put_prefix(w, &s->dst);
    wr_u8(w, s->proto);
    put_ports(w, &s->sport);
    put_ports(w, &s->dport);
}

static void get_selector(struct rd *r, struct espl_selector *s)
{
    get_prefix(r, &s->src);
    get_prefix(r, &s->dst);
    s->proto = rd_u8(r);
    get_ports(r, &s->sport);
    get_ports(r, &s->dport);
    r->bad |= s->src.addr.family != s->dst.addr.family;
}

/* ---------------------------------------------------------------- the data plane */

void put_child(struct wr *w, const struct dp_child *c, const uint8_t key[36])
{
    wr_u32(w, c->reqid);
    wr_u32(w, c->spi_in);
    wr_u32(w, c->spi_out);
    put_addr(w, &c->local);
    put_addr(w, &c->remote);
    wr_u8(w, c->mode);
    wr_u8(w, c->encap);
    wr_u16(w, c->local_port);
    wr_u16(w, c->remote_port);
    wr_u16(w, c->csum_delta);
    wr_u32(w, c->replay_window);
    wr_u64(w, c->limits.soft_packets);
    wr_u64(w, c->limits.hard_packets);
    wr_u64(w, c->limits.soft_bytes);
    wr_u64(w, c->limits.hard_bytes);
    wr_u8(w, c->esn);
    put_selector(w, &c->ts_in);
    put_selector(w, &c->ts_out);
    wr_u8(w, (unsigned)c->key_len);
    wr_bytes(w, key, c->key_len);
}

void get_child(struct rd *r, struct dp_child *c, uint8_t key[36])
{
    *c = (struct dp_child){0};
    c->reqid = rd_u32(r);
    c->spi_in = rd_u32(r);
    c->spi_out = rd_u32(r);
    get_addr(r, &c->local);
    get_addr(r, &c->remote);
    unsigned mode = rd_u8(r);
    c->mode = mode == DP_TRANSPORT ? DP_TRANSPORT : DP_TUNNEL;
    c->encap = get_bool(r);
    c->local_port = rd_u16(r);
    c->remote_port = rd_u16(r);
    c->csum_delta = rd_u16(r);
    c->replay_window = rd_u32(r);
    c->limits.soft_packets = rd_u64(r);
    c->limits.hard_packets = rd_u64(r);
    c->limits.soft_bytes = rd_u64(r);
    c->limits.hard_bytes = rd_u64(r);
    c->esn = get_bool(r);
    get_selector(r, &c->ts_in);
    get_selector(r, &c->ts_out);
    c->key_len = rd_u8(r);
    const uint8_t *p = rd_take(r, c->key_len);
    /* RFC 4303 2.1: SPIs up to 255 are reserved; RFC 4106 8.1: an AES key and four bytes of salt */
    if (!p || mode > DP_TRANSPORT || c->local.family != c->remote.family || c->spi_in < 256 ||
        (c->key_len != 20 && c->key_len != 36))
        r->bad = true;
    else
        memcpy(key, p, c->key_len);
}

void put_trap(struct wr *w, const struct dp_trap *t)
{
    wr_u32(w, t->reqid);
    put_selector(w, &t->ts_out);
    put_addr(w, &t->local);
    put_addr(w, &t->remote);
}

void get_trap(struct rd *r, struct dp_trap *t)
{
    *t = (struct dp_trap){.reqid = rd_u32(r)};
    get_selector(r, &t->ts_out);
    get_addr_or_none(r, &t->local);
    get_addr_or_none(r, &t->remote);
}

void put_caps(struct wr *w, const struct dp_caps *c)
{
    const bool all[] = {c->gcm128, c->gcm256, c->esn, c->tunnel, c->transport, c->ipv6, c->encap};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        wr_u8(w, all[i]);
    wr_u32(w, c->max_window);
}

void get_caps(struct rd *r, struct dp_caps *c)
{
    bool *const all[] = {&c->gcm128,    &c->gcm256, &c->esn,  &c->tunnel,
                         &c->transport, &c->ipv6,   &c->encap};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        *all[i] = get_bool(r);
    c->max_window = rd_u32(r);
}
