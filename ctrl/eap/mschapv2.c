/* SPDX-License-Identifier: Apache-2.0 */
/* The packets of EAP-MSCHAPv2, in both directions. See packet.h. */
#include <string.h>

#include "ctrl/eap/packet.h"

#define CHAP_HEADER 4u

bool chap_read(struct rd data, struct chap *c)
{
    size_t all = rd_left(&data);
    *c = (struct chap){.op = rd_u8(&data)};
    if (all == 1) /* a client's Success or Failure */
        return c->op == CHAP_SUCCESS || c->op == CHAP_FAILURE;
    c->id = rd_u8(&data);
    size_t len = rd_u16(&data);
    if (data.bad || len != all)
        return false;
    c->data = rd_sub(&data, all - CHAP_HEADER);
    return !data.bad;
}

size_t chap_write_begin(struct wr *w, unsigned op, uint8_t id)
{
    size_t at = w->len;
    wr_u8(w, op);
    wr_u8(w, id);
    wr_u16(w, 0);
    return at;
}

void chap_write_end(struct wr *w, size_t at)
{
    wr_patch_u16(w, at + 2, w->len - at);
}

const char *chap_user(const char *name)
{
    const char *backslash = strrchr(name, '\\');
    return backslash ? backslash + 1 : name;
}

bool chap_name(struct rd *data, char name[EAP_NAME])
{
    size_t n = rd_left(data);
    const uint8_t *p = rd_take(data, n);
    name[0] = '\0';
    if (data->bad || n >= EAP_NAME || (n && memchr(p, '\0', n)))
        return false;
    if (n)
        memcpy(name, p, n);
    name[n] = '\0';
    return true;
}
