/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration payload (RFC 7296 3.15): a type and a list of attributes. */
#ifndef CTRL_WIRE_CP_H
#define CTRL_WIRE_CP_H

#include "ctrl/wire/payload.h"

#define CP_ATTRS 48

struct cp_attribute {
    uint16_t type;
    struct bytes value;
};

struct cp {
    uint8_t type; /* enum cp_type */
    struct cp_attribute attrs[CP_ATTRS];
    size_t count;
};

/* Attributes beyond the table's size are checked, then left out. */
WIRE_MUST enum wire_err cp_parse(const struct payload *p, struct cp *cp);
void cp_add(struct cp *cp, unsigned type, struct bytes value); /* the bytes must stay */
void cp_write(struct chain *c, const struct cp *cp);

#endif
