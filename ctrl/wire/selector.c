/* SPDX-License-Identifier: Apache-2.0 */
/* TS payloads to and from ranges. See selector.h. */
#include "ctrl/wire/selector.h"

#include <string.h>

#define TS_HEADER 4u
#define TS_FIXED 8u /* type, protocol, length, two ports */

static size_t addr_len(enum espl_family family)
{
    return family == ESPL_IPV6 ? 16 : 4;
}

static enum wire_err parse_range(struct rd *r, unsigned type, unsigned proto, struct ts *ts)
{
    *ts = (struct ts){.family = type == TS_IPV6_ADDR_RANGE ? ESPL_IPV6 : ESPL_IPV4};
    size_t n = addr_len(ts->family);
    ts->proto = (uint8_t)proto;
    ts->port_first = rd_u16(r);
    ts->port_last = rd_u16(r);
    const uint8_t *first = rd_take(r, n), *last = rd_take(r, n);
    if (r->bad || rd_left(r) != 0 || memcmp(first, last, n) > 0)
        return WIRE_SYNTAX;
    memcpy(ts->first, first, n);
    memcpy(ts->last, last, n);
    return WIRE_OK;
}

enum wire_err ts_parse(const struct payload *p, struct ts_payload *out)
{
    struct rd r = rd_over(p->body, p->len);
    size_t count = rd_u8(&r);
    rd_take(&r, TS_HEADER - 1);
    out->count = 0;
    if (r.bad || count == 0)
        return WIRE_SYNTAX;
    for (size_t i = 0; i < count; i++) {
        unsigned type = rd_u8(&r), proto = rd_u8(&r);
        size_t len = rd_u16(&r);
        if (r.bad || len < TS_FIXED)
            return WIRE_SYNTAX;
        struct rd body = rd_sub(&r, len - 4);
        struct ts ts;
        if (body.bad)
            return WIRE_SYNTAX;
        if (type != TS_IPV4_ADDR_RANGE && type != TS_IPV6_ADDR_RANGE)
            continue;
        if (parse_range(&body, type, proto, &ts) != WIRE_OK)
            return WIRE_SYNTAX;
        /* OPAQUE (first 65535, last 0) selects packets without ports: nothing the card can match */
        if (ts.port_first <= ts.port_last && out->count < TS_MAX)
            out->ts[out->count++] = ts;
    }
    return rd_left(&r) == 0 ? WIRE_OK : WIRE_SYNTAX;
}

void ts_write(struct chain *c, unsigned payload, const struct ts *ts, size_t count)
{
    size_t at = chain_open(c, payload);
    wr_u32(&c->w, (uint32_t)count << 24);
    for (size_t i = 0; i < count; i++) {
        size_t n = addr_len(ts[i].family);
        wr_u8(&c->w, ts[i].family == ESPL_IPV6 ? TS_IPV6_ADDR_RANGE : TS_IPV4_ADDR_RANGE);
        wr_u8(&c->w, ts[i].proto);
        wr_u16(&c->w, (unsigned)(TS_FIXED + 2 * n));
        wr_u16(&c->w, ts[i].port_first);
        wr_u16(&c->w, ts[i].port_last);
        wr_bytes(&c->w, ts[i].first, n);
        wr_bytes(&c->w, ts[i].last, n);
    }
    chain_close(c, at);
}
