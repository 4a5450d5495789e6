/* SPDX-License-Identifier: Apache-2.0 */
/* One payload of a message, to and from its meaning. See payload.h. */
#include "ctrl/wire/payload.h"

static struct bytes rest(struct rd *r)
{
    size_t n = rd_left(r);
    return (struct bytes){.p = rd_take(r, n), .n = n};
}

enum wire_err ke_parse(const struct payload *p, struct ke *ke)
{
    struct rd r = rd_over(p->body, p->len);
    ke->group = rd_u16(&r);
    rd_u16(&r);
    ke->data = rest(&r);
    return r.bad || ke->data.n == 0 ? WIRE_SYNTAX : WIRE_OK;
}

enum wire_err id_parse(const struct payload *p, struct id *id)
{
    struct rd r = rd_over(p->body, p->len);
    id->body = (struct bytes){.p = p->body, .n = p->len};
    id->type = rd_u8(&r);
    rd_take(&r, 3);
    id->data = rest(&r);
    if (r.bad || id->type == 0 || id->data.n > 256)
        return WIRE_SYNTAX;
    if ((id->type == ID_IPV4_ADDR && id->data.n != 4) ||
        (id->type == ID_IPV6_ADDR && id->data.n != 16))
        return WIRE_SYNTAX;
    return WIRE_OK;
}

enum wire_err auth_parse(const struct payload *p, struct auth *auth)
{
    struct rd r = rd_over(p->body, p->len);
    auth->method = rd_u8(&r);
    rd_take(&r, 3);
    auth->data = rest(&r);
    return r.bad || auth->data.n == 0 ? WIRE_SYNTAX : WIRE_OK;
}

enum wire_err nonce_parse(const struct payload *p, struct bytes *nonce)
{
    /* RFC 7296 3.9: 16 to 256 octets */
    if (p->len < IKE_NONCE_MIN || p->len > IKE_NONCE_MAX)
        return WIRE_SYNTAX;
    *nonce = (struct bytes){.p = p->body, .n = p->len};
    return WIRE_OK;
}

enum wire_err notify_parse(const struct payload *p, struct notify *n)
{
    struct rd r = rd_over(p->body, p->len);
    n->protocol = rd_u8(&r);
    n->spi.n = rd_u8(&r);
    n->type = rd_u16(&r);
    n->spi.p = rd_take(&r, n->spi.n);
    n->data = rest(&r);
    return r.bad ? WIRE_SYNTAX : WIRE_OK;
}

enum wire_err delete_parse(const struct payload *p, struct delete *d)
{
    struct rd r = rd_over(p->body, p->len);
    d->protocol = rd_u8(&r);
    size_t spi_size = rd_u8(&r), count = rd_u16(&r);
    d->count = 0;
    if (r.bad || rd_left(&r) != spi_size * count)
        return WIRE_SYNTAX;
    switch (d->protocol) {
    case PROTO_IKE: /* RFC 7296 3.11: it deletes the IKE_SA it travels in */
        return spi_size == 0 && count == 0 ? WIRE_OK : WIRE_SYNTAX;
    case PROTO_AH:
    case PROTO_ESP:
        if (spi_size != 4)
            return WIRE_SYNTAX;
        while (d->count < count && d->count < DELETE_SPIS)
            d->spis[d->count++] = rd_u32(&r);
        return WIRE_OK;
    default:
        return WIRE_SYNTAX;
    }
}

bool notify_find(const struct message *msg, unsigned type, struct notify *n)
{
    for (size_t i = 0; i < msg->count; i++)
        if (msg->payloads[i].type == PAYLOAD_NOTIFY &&
            notify_parse(&msg->payloads[i], n) == WIRE_OK && n->type == type)
            return true;
    return false;
}

unsigned notify_error(const struct message *msg, struct notify *n)
{
    for (size_t i = 0; i < msg->count; i++)
        if (msg->payloads[i].type == PAYLOAD_NOTIFY &&
            notify_parse(&msg->payloads[i], n) == WIRE_OK && n->type < NOTIFY_FIRST_STATUS)
            return n->type;
    return NOTIFY_NONE;
}

void ke_write(struct chain *c, uint16_t group, struct bytes data)
{
    size_t at = chain_open(c, PAYLOAD_KE);
    wr_u16(&c->w, group);
    wr_u16(&c->w, 0);
    wr_bytes(&c->w, data.p, data.n);
    chain_close(c, at);
}

void id_write(struct chain *c, unsigned payload, uint8_t type, struct bytes data)
{
    size_t at = chain_open(c, payload);
    wr_u32(&c->w, (uint32_t)type << 24);
    wr_bytes(&c->w, data.p, data.n);
    chain_close(c, at);
}

void auth_write(struct chain *c, uint8_t method, struct bytes data)
{
    size_t at = chain_open(c, PAYLOAD_AUTH);
    wr_u32(&c->w, (uint32_t)method << 24);
    wr_bytes(&c->w, data.p, data.n);
    chain_close(c, at);
}

void nonce_write(struct chain *c, struct bytes nonce)
{
    size_t at = chain_open(c, PAYLOAD_NONCE);
    wr_bytes(&c->w, nonce.p, nonce.n);
    chain_close(c, at);
}

void notify_write(struct chain *c, unsigned type, struct bytes data)
{
    size_t at = chain_open(c, PAYLOAD_NOTIFY);
    wr_u16(&c->w, 0); /* RFC 7296 3.10: no SPI: protocol 0, SPI size 0 */
    wr_u16(&c->w, type);
    wr_bytes(&c->w, data.p, data.n);
    chain_close(c, at);
}

void notify_write_esp(struct chain *c, unsigned type, uint32_t spi)
{
    size_t at = chain_open(c, PAYLOAD_NOTIFY);
    wr_u8(&c->w, PROTO_ESP);
    wr_u8(&c->w, 4);
    wr_u16(&c->w, type);
    wr_u32(&c->w, spi);
    chain_close(c, at);
}

void delete_write_ike(struct chain *c)
{
    size_t at = chain_open(c, PAYLOAD_DELETE);
    wr_u8(&c->w, PROTO_IKE);
    wr_u8(&c->w, 0);
    wr_u16(&c->w, 0);
    chain_close(c, at);
}

void delete_write_esp(struct chain *c, const uint32_t *spis, size_t count)
{
    size_t at = chain_open(c, PAYLOAD_DELETE);
    wr_u8(&c->w, PROTO_ESP);
    wr_u8(&c->w, 4);
    wr_u16(&c->w, (unsigned)count);
    for (size_t i = 0; i < count; i++)
        wr_u32(&c->w, spis[i]);
    chain_close(c, at);
}
