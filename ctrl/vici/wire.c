/* SPDX-License-Identifier: Apache-2.0 */
/* Segments, packets and message elements of VICI. See wire.h. */
#include "ctrl/vici/wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/wire/cursor.h"

/* ---------------------------------------------------------------- reading */

/* A length byte, and so many bytes of text without NUL. false: not there. */
static bool read_name(struct rd *r, char name[VICI_NAME])
{
    size_t len = rd_u8(r);
    const uint8_t *p = rd_take(r, len);
    if (r->bad || len == 0 || memchr(p, '\0', len))
        return false;
    memcpy(name, p, len);
    name[len] = '\0';
    return true;
}

static bool read_value(struct rd *r, struct vici_element *e)
{
    e->len = rd_u16(r);
    e->value = rd_take(r, e->len);
    return !r->bad;
}

/* false: malformed */
static bool read_element(struct rd *r, struct vici_element *e)
{
    e->value = NULL;
    e->len = 0;
    e->name[0] = '\0';
    e->kind = VICI_END;
    if (rd_left(r) == 0)
        return !r->bad;
    unsigned kind = rd_u8(r);
    e->kind = (enum vici_kind)kind;
    switch (kind) {
    case VICI_SECTION_START:
    case VICI_LIST_START:
        return read_name(r, e->name);
    case VICI_KEY_VALUE:
        return read_name(r, e->name) && read_value(r, e);
    case VICI_LIST_ITEM:
        return read_value(r, e);
    case VICI_SECTION_END:
    case VICI_LIST_END:
        return true;
    default:
        return false;
    }
}

/* Whole elements, lists of items only, and every section and list closed. */
static bool check(const struct vici_message *m)
{
    struct rd r = rd_over(m->data, m->len);
    struct vici_element e;
    unsigned depth = 0;
    bool list = false;
    while (read_element(&r, &e)) {
        if (e.kind == VICI_END)
            return depth == 0 && !list;
        if (list != (e.kind == VICI_LIST_ITEM || e.kind == VICI_LIST_END))
            return false;
        if (e.kind == VICI_LIST_START || e.kind == VICI_LIST_END)
            list = !list;
        if (e.kind == VICI_SECTION_START && ++depth > VICI_DEPTH)
            return false;
        if (e.kind == VICI_SECTION_END && depth-- == 0)
            return false;
    }
    return false;
}

static bool has_name(unsigned type)
{
    return type == VICI_CMD_REQUEST || type == VICI_EVENT_REGISTER ||
           type == VICI_EVENT_UNREGISTER || type == VICI_EVENT;
}

bool vici_packet_read(const uint8_t *data, size_t len, struct vici_packet *packet)
{
    struct rd r = rd_over(data, len);
    unsigned type = rd_u8(&r);
    packet->type = (enum vici_type)type;
    packet->name[0] = '\0';
    if (r.bad || type > VICI_EVENT || (has_name(type) && !read_name(&r, packet->name)))
        return false;
    packet->message = (struct vici_message){data + r.pos, rd_left(&r)};
    return check(&packet->message);
}

struct vici_walk vici_walk(const struct vici_message *message)
{
    return (struct vici_walk){*message, 0};
}

void vici_next(struct vici_walk *walk, struct vici_element *e)
{
    struct rd r = rd_over(walk->message.data, walk->message.len);
    r.pos = walk->at;
    if (!read_element(&r, e))
        e->kind = VICI_END;
    walk->at = r.pos;
}

bool vici_value(const struct vici_message *message, const char *name, struct vici_element *e)
{
    struct vici_walk walk = vici_walk(message);
    unsigned depth = 0;
    for (vici_next(&walk, e); e->kind != VICI_END; vici_next(&walk, e)) {
        depth += e->kind == VICI_SECTION_START;
        depth -= e->kind == VICI_SECTION_END;
        if (depth == 0 && e->kind == VICI_KEY_VALUE && strcmp(e->name, name) == 0)
            return true;
    }
    return false;
}

bool vici_text(const struct vici_message *message, const char *name, char *text, size_t size)
{
    struct vici_element e;
    text[0] = '\0';
    if (!vici_value(message, name, &e))
        return true;
    if (e.len >= size || (e.len && memchr(e.value, '\0', e.len)))
        return false;
    if (e.len)
        memcpy(text, e.value, e.len);
    text[e.len] = '\0';
    return true;
}

/* ---------------------------------------------------------------- writing */

static void put(struct vici_out *o, const void *data, size_t len)
{
    if (o->bad || len > VICI_HEADER + VICI_SEGMENT_MAX - o->len) {
        o->bad = true;
        return;
    }
    if (o->len + len > o->cap) {
        size_t cap = o->cap ? o->cap : 256;
        while (cap < o->len + len)
            cap *= 2;
        uint8_t *grown = malloc(cap);
        if (!grown) {
            o->bad = true;
            return;
        }
        if (o->len)
            memcpy(grown, o->data, o->len);
        free(o->data);
        o->data = grown;
        o->cap = cap;
    }
    if (len)
        memcpy(o->data + o->len, data, len);
    o->len += len;
}

static void put_name(struct vici_out *o, const char *name)
{
    size_t len = strlen(name);
    const uint8_t byte = (uint8_t)len;
    if (len == 0 || len >= VICI_NAME)
        o->bad = true;
    put(o, &byte, 1);
    put(o, name, len);
}

static void put_value(struct vici_out *o, const void *value, size_t len)
{
    const uint8_t bytes[2] = {(uint8_t)(len >> 8), (uint8_t)len};
    if (len > UINT16_MAX)
        o->bad = true;
    put(o, bytes, sizeof(bytes));
    put(o, value, len);
}

static void put_kind(struct vici_out *o, enum vici_kind kind)
{
    const uint8_t byte = (uint8_t)kind;
    put(o, &byte, 1);
}

void vici_out_begin(struct vici_out *o, enum vici_type type, const char *name)
{
    const uint8_t head[VICI_HEADER + 1] = {[VICI_HEADER] = (uint8_t)type};
    *o = (struct vici_out){.data = NULL};
    put(o, head, sizeof(head));
    if (name)
        put_name(o, name);
}

bool vici_out_end(struct vici_out *o)
{
    if (o->bad) {
        vici_out_free(o);
        return false;
    }
    struct wr w = wr_over(o->data, VICI_HEADER);
    wr_u32(&w, (uint32_t)(o->len - VICI_HEADER));
    return true;
}

void vici_out_free(struct vici_out *o)
{
    free(o->data);
    *o = (struct vici_out){.bad = true};
}

void vici_section(struct vici_out *o, const char *name)
{
    put_kind(o, VICI_SECTION_START);
    put_name(o, name);
}

void vici_section_end(struct vici_out *o)
{
    put_kind(o, VICI_SECTION_END);
}

void vici_list(struct vici_out *o, const char *name)
{
    put_kind(o, VICI_LIST_START);
    put_name(o, name);
}

void vici_put_item(struct vici_out *o, const void *value, size_t len)
{
    put_kind(o, VICI_LIST_ITEM);
    put_value(o, value, len);
}

void vici_item(struct vici_out *o, const char *text)
{
    vici_put_item(o, text, strlen(text));
}

void vici_list_end(struct vici_out *o)
{
    put_kind(o, VICI_LIST_END);
}

void vici_put(struct vici_out *o, const char *name, const void *value, size_t len)
{
    put_kind(o, VICI_KEY_VALUE);
    put_name(o, name);
    put_value(o, value, len);
}

void vici_add(struct vici_out *o, const char *name, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof(text))
        n = n < 0 ? 0 : (int)sizeof(text) - 1;
    vici_put(o, name, text, (size_t)n);
}
