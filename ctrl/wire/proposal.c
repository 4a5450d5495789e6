/* SPDX-License-Identifier: Apache-2.0 */
/* SA payloads to and from tables. See proposal.h. */
#include "ctrl/wire/proposal.h"

#define MORE_PROPOSALS 2u
#define MORE_TRANSFORMS 3u
#define PROPOSAL_HEADER 8u
#define TRANSFORM_HEADER 8u
#define ATTRIBUTE_TV 0x8000u
#define ATTRIBUTE_KEY_LENGTH 14u

/* RFC 7296 3.3.5 */
static enum wire_err parse_attributes(struct rd *r, struct transform *t)
{
    while (rd_left(r) > 0) {
        unsigned type = rd_u16(r), value = rd_u16(r);
        if (type == (ATTRIBUTE_TV | ATTRIBUTE_KEY_LENGTH)) {
            t->key_bits = (uint16_t)value;
            continue;
        }
        t->unusable = true;
        if (!(type & ATTRIBUTE_TV))
            rd_take(r, value);
    }
    return r->bad ? WIRE_SYNTAX : WIRE_OK;
}

/* RFC 7296 3.3.2 */
static enum wire_err parse_transform(struct rd *r, bool last, struct transform *t)
{
    unsigned more = rd_u8(r);
    rd_u8(r);
    size_t len = rd_u16(r);
    if (r->bad || len < TRANSFORM_HEADER || more != (last ? 0 : MORE_TRANSFORMS))
        return WIRE_SYNTAX;
    *t = (struct transform){.type = rd_u8(r)};
    rd_u8(r);
    t->id = rd_u16(r);
    struct rd attributes = rd_sub(r, len - TRANSFORM_HEADER);
    return attributes.bad ? WIRE_SYNTAX : parse_attributes(&attributes, t);
}

static enum wire_err parse_spi(struct rd *r, struct proposal *p)
{
    switch (p->spi_len) {
    case 0:
        break;
    case 4:
        p->spi = rd_u32(r);
        break;
    case 8:
        p->spi = rd_u64(r);
        break;
    default:
        return WIRE_SYNTAX;
    }
    return r->bad ? WIRE_SYNTAX : WIRE_OK;
}

/* RFC 7296 3.3.1 */
static enum wire_err parse_proposal(struct rd *r, struct proposal *p, bool *last)
{
    unsigned more = rd_u8(r);
    rd_u8(r);
    size_t len = rd_u16(r);
    if (r->bad || len < PROPOSAL_HEADER || (more != 0 && more != MORE_PROPOSALS))
        return WIRE_SYNTAX;
    *last = more == 0;
    struct rd body = rd_sub(r, len - 4);
    *p = (struct proposal){
        .number = rd_u8(&body), .protocol = rd_u8(&body), .spi_len = rd_u8(&body)};
    size_t transforms = rd_u8(&body);
    if (body.bad || parse_spi(&body, p) != WIRE_OK)
        return WIRE_SYNTAX;
    for (size_t i = 0; i < transforms; i++) {
        struct transform t;
        if (parse_transform(&body, i + 1 == transforms, &t) != WIRE_OK)
            return WIRE_SYNTAX;
        if (p->count < PROPOSAL_TRANSFORMS)
            p->transforms[p->count++] = t;
    }
    return rd_left(&body) == 0 ? WIRE_OK : WIRE_SYNTAX;
}

enum wire_err sa_parse(const struct payload *payload, struct sa_payload *sa)
{
    struct rd r = rd_over(payload->body, payload->len);
    struct proposal surplus;
    bool last = false;
    sa->count = 0;
    while (!last) {
        struct proposal *p = sa->count < SA_PROPOSALS ? &sa->proposals[sa->count] : &surplus;
        enum wire_err err = parse_proposal(&r, p, &last);
        if (err != WIRE_OK)
            return err;
        if (p != &surplus)
            sa->count++;
    }
    return rd_left(&r) == 0 ? WIRE_OK : WIRE_SYNTAX;
}

static void write_transform(struct wr *w, const struct transform *t, bool last)
{
    wr_u8(w, last ? 0 : MORE_TRANSFORMS);
    wr_u8(w, 0);
    wr_u16(w, TRANSFORM_HEADER + (t->key_bits ? 4 : 0));
    wr_u8(w, t->type);
    wr_u8(w, 0);
    wr_u16(w, t->id);
    if (t->key_bits) {
        wr_u16(w, ATTRIBUTE_TV | ATTRIBUTE_KEY_LENGTH);
        wr_u16(w, t->key_bits);
    }
}

static void write_proposal(struct wr *w, const struct proposal *p, bool last)
{
    size_t at = w->len;
    wr_u8(w, last ? 0 : MORE_PROPOSALS);
    wr_u8(w, 0);
    wr_u16(w, 0);
    wr_u8(w, p->number);
    wr_u8(w, p->protocol);
    wr_u8(w, p->spi_len);
    wr_u8(w, (unsigned)p->count);
    if (p->spi_len == 4)
        wr_u32(w, (uint32_t)p->spi);
    else if (p->spi_len == 8)
        wr_u64(w, p->spi);
    for (size_t i = 0; i < p->count; i++)
        write_transform(w, &p->transforms[i], i + 1 == p->count);
    wr_patch_u16(w, at + 2, w->len - at);
}

void sa_write(struct chain *c, const struct sa_payload *sa)
{
    size_t at = chain_open(c, PAYLOAD_SA);
    for (size_t i = 0; i < sa->count; i++)
        write_proposal(&c->w, &sa->proposals[i], i + 1 == sa->count);
    chain_close(c, at);
}
