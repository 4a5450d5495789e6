/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VICI's bytes: a segment (length and packet) holds a packet (type, name, message), and a message
 * is a list of elements: values, lists of values, sections of elements. Numbers are big endian, all
 * values are text but for keys and certificates.
 */
#ifndef CTRL_VICI_WIRE_H
#define CTRL_VICI_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VICI_SEGMENT_MAX (512u * 1024u) /* bytes of a packet, either way */
#define VICI_HEADER 4u                  /* the length before it */
#define VICI_NAME 256u                  /* a name, with its NUL */
#define VICI_DEPTH 16u                  /* sections within sections */

enum vici_type {
    VICI_CMD_REQUEST = 0,
    VICI_CMD_RESPONSE = 1,
    VICI_CMD_UNKNOWN = 2,
    VICI_EVENT_REGISTER = 3,
    VICI_EVENT_UNREGISTER = 4,
    VICI_EVENT_CONFIRM = 5,
    VICI_EVENT_UNKNOWN = 6,
    VICI_EVENT = 7,
};

enum vici_kind {
    VICI_END = 0, /* of the message */
    VICI_SECTION_START = 1,
    VICI_SECTION_END = 2,
    VICI_KEY_VALUE = 3,
    VICI_LIST_START = 4,
    VICI_LIST_ITEM = 5,
    VICI_LIST_END = 6,
};

/* ---------------------------------------------------------------- reading */

/* A message that vici_packet_read has checked: every element is whole, and all that opens closes.
 */
struct vici_message {
    const uint8_t *data;
    size_t len;
};

struct vici_packet {
    enum vici_type type;
    char name[VICI_NAME]; /* empty for types without one */
    struct vici_message message;
};

/* The packet of one segment. false: malformed. */
bool vici_packet_read(const uint8_t *data, size_t len, struct vici_packet *packet);

struct vici_element {
    enum vici_kind kind;
    char name[VICI_NAME]; /* of sections, values and lists */
    const uint8_t *value; /* of values and items */
    size_t len;
};

struct vici_walk {
    struct vici_message message;
    size_t at;
};

struct vici_walk vici_walk(const struct vici_message *message);
/* The next element; after the last one kind is VICI_END, and it stays so. */
void vici_next(struct vici_walk *walk, struct vici_element *element);

/* The text of a value outside of any section, "" when there is none; false: it is longer than
 * `size`, or holds a NUL. */
bool vici_text(const struct vici_message *message, const char *name, char *text, size_t size);
/* A value outside of any section as it is. false: there is none. */
bool vici_value(const struct vici_message *message, const char *name, struct vici_element *found);

/* ---------------------------------------------------------------- writing */

/* A segment as it grows. What does not fit (a name, a value, VICI_SEGMENT_MAX, memory) makes it
 * `bad` for good. */
struct vici_out {
    uint8_t *data; /* owned */
    size_t len, cap;
    bool bad;
};

/* Begins with room for the length; name: NULL for types without one. */
void vici_out_begin(struct vici_out *o, enum vici_type type, const char *name);
/* Writes the length. false: bad, and freed. */
bool vici_out_end(struct vici_out *o);
void vici_out_free(struct vici_out *o);

void vici_section(struct vici_out *o, const char *name);
void vici_section_end(struct vici_out *o);
void vici_list(struct vici_out *o, const char *name);
void vici_item(struct vici_out *o, const char *text);
void vici_put_item(struct vici_out *o, const void *value, size_t len);
void vici_list_end(struct vici_out *o);
void vici_put(struct vici_out *o, const char *name, const void *value, size_t len);
void vici_add(struct vici_out *o, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
