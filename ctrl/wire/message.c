/* SPDX-License-Identifier: Apache-2.0 */
/* First step of a received message, last of a sent one: header and payload chain. See message.h. */
#include "ctrl/wire/message.h"

#define CRITICAL 0x80u

static bool known(unsigned type)
{
    return (type >= PAYLOAD_SA && type <= PAYLOAD_EAP) || type == PAYLOAD_SKF;
}

/* RFC 7296 3.2: walk the chain; every payload's length covers its own generic header. */
static enum wire_err parse_chain(struct message *msg, unsigned type, struct rd *r)
{
    msg->count = 0;
    while (type != PAYLOAD_NONE) {
        unsigned next = rd_u8(r), flags = rd_u8(r);
        size_t len = rd_u16(r);
        if (r->bad || len < IKE_PAYLOAD_HEADER_LEN)
            return WIRE_SYNTAX;
        len -= IKE_PAYLOAD_HEADER_LEN;
        const uint8_t *body = rd_take(r, len);
        if (!body)
            return WIRE_SYNTAX;
        if (known(type)) {
            if (msg->count == MESSAGE_PAYLOADS)
                return WIRE_SYNTAX;
            msg->payloads[msg->count++] = (struct payload){
                .type = (uint8_t)type, .next = (uint8_t)next, .body = body, .len = len};
        } else if (flags & CRITICAL) {
            /* RFC 7296 2.5: the bit counts only for types that are not understood */
            msg->critical = (uint8_t)type;
            return WIRE_CRITICAL;
        }
        /* RFC 7296 3.14, RFC 7383 2.5: SK and SKF are the last; Next Payload is the first inside */
        type = type == PAYLOAD_SK || type == PAYLOAD_SKF ? PAYLOAD_NONE : next;
    }
    return rd_left(r) == 0 ? WIRE_OK : WIRE_SYNTAX;
}

enum wire_err message_parse(struct message *msg, const uint8_t *data, size_t len)
{
    struct rd r = rd_over(data, len);
    struct ike_header *h = &msg->header;
    h->spi_i = rd_u64(&r);
    h->spi_r = rd_u64(&r);
    h->next = rd_u8(&r);
    h->version = rd_u8(&r);
    h->exchange = rd_u8(&r);
    h->flags = rd_u8(&r);
    h->id = rd_u32(&r);
    h->length = rd_u32(&r);
    msg->raw = data;
    msg->raw_len = len;
    msg->count = 0;
    if (r.bad || h->version >> 4 < IKE_VERSION >> 4)
        return WIRE_SYNTAX;
    if (h->version >> 4 > IKE_VERSION >> 4)
        return WIRE_VERSION;
    if (h->length != len || len > IKE_MESSAGE_MAX || h->spi_i == 0)
        return WIRE_SYNTAX;
    return parse_chain(msg, h->next, &r);
}

enum wire_err message_parse_inner(struct message *msg, uint8_t first, const uint8_t *data,
                                  size_t len)
{
    struct rd r = rd_over(data, len);
    return parse_chain(msg, first, &r);
}

const struct payload *message_find(const struct message *msg, unsigned type)
{
    for (size_t i = 0; i < msg->count; i++)
        if (msg->payloads[i].type == type)
            return &msg->payloads[i];
    return NULL;
}

uint64_t message_payload_mask(const struct message *msg)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < msg->count; i++)
        mask |= PAYLOAD_BIT(msg->payloads[i].type);
    return mask;
}

void chain_begin(struct chain *c, uint8_t *buf, size_t cap)
{
    *c = (struct chain){.w = wr_over(buf, cap), .first = PAYLOAD_NONE};
}

size_t chain_open(struct chain *c, unsigned type)
{
    size_t at = c->w.len;
    if (at == 0)
        c->first = (uint8_t)type;
    else
        wr_patch_u8(&c->w, c->next_at, type);
    c->next_at = at;
    wr_u32(&c->w, 0); /* next payload, flags, length: filled in later */
    return at;
}

void chain_close(struct chain *c, size_t at)
{
    wr_patch_u16(&c->w, at + 2, c->w.len - at);
}

void header_write(struct wr *w, const struct ike_header *h)
{
    wr_u64(w, h->spi_i);
    wr_u64(w, h->spi_r);
    wr_u8(w, h->next);
    wr_u8(w, IKE_VERSION);
    wr_u8(w, h->exchange);
    wr_u8(w, h->flags);
    wr_u32(w, h->id);
    wr_u32(w, h->length);
}

size_t message_write(const struct ike_header *h, const struct chain *c, uint8_t *out, size_t cap)
{
    struct ike_header full = *h;
    struct wr w = wr_over(out, cap);
    full.next = c->first;
    full.length = (uint32_t)(IKE_HEADER_LEN + c->w.len);
    header_write(&w, &full);
    wr_bytes(&w, c->w.data, c->w.len);
    return w.bad || c->w.bad ? 0 : w.len;
}
