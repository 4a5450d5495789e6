/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of questions and answers. See wire.h. */
#include "ctrl/signer/wire.h"

#include <string.h>

void put_bytes(struct wr *w, const void *p, size_t n)
{
    wr_u32(w, (uint32_t)n);
    wr_bytes(w, p, n);
}

struct piece get_bytes(struct rd *r)
{
    size_t n = rd_u32(r);
    return (struct piece){rd_take(r, n), r->bad ? 0 : n};
}

void put_id(struct wr *w, const struct config_id *id)
{
    wr_u8(w, id->type);
    put_bytes(w, id->data, id->len);
}

void get_id(struct rd *r, struct config_id *id)
{
    *id = (struct config_id){.type = rd_u8(r)};
    struct piece data = get_bytes(r);
    if (data.n > sizeof id->data) {
        r->bad = true;
        return;
    }
    if (data.n)
        memcpy(id->data, data.p, data.n);
    id->len = data.n;
}

void get_text(struct rd *r, char *text, size_t size)
{
    struct piece data = get_bytes(r);
    text[0] = '\0';
    if (data.n >= size || (data.n && memchr(data.p, '\0', data.n))) {
        r->bad = true;
        return;
    }
    if (data.n)
        memcpy(text, data.p, data.n);
    text[data.n] = '\0';
}
