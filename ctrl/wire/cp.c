/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration payloads to and from tables. See cp.h. */
#include "ctrl/wire/cp.h"

#define ATTR_RESERVED 0x8000u

enum wire_err cp_parse(const struct payload *p, struct cp *cp)
{
    struct rd r = rd_over(p->body, p->len);
    cp->type = rd_u8(&r);
    cp->count = 0;
    rd_take(&r, 3);
    while (rd_left(&r) > 0) {
        unsigned type = rd_u16(&r) & ~ATTR_RESERVED; /* the bit is to be ignored */
        size_t len = rd_u16(&r);
        cp_add(cp, type, (struct bytes){rd_take(&r, len), len});
    }
    return r.bad ? WIRE_SYNTAX : WIRE_OK;
}

void cp_add(struct cp *cp, unsigned type, struct bytes value)
{
    if (cp->count < CP_ATTRS)
        cp->attrs[cp->count++] = (struct cp_attribute){(uint16_t)type, value};
}

void cp_write(struct chain *c, const struct cp *cp)
{
    size_t at = chain_open(c, PAYLOAD_CP);
    wr_u32(&c->w, (uint32_t)cp->type << 24);
    for (size_t i = 0; i < cp->count; i++) {
        wr_u16(&c->w, cp->attrs[i].type);
        wr_u16(&c->w, (unsigned)cp->attrs[i].value.n);
        wr_bytes(&c->w, cp->attrs[i].value.p, cp->attrs[i].value.n);
    }
    chain_close(c, at);
}
