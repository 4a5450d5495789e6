/* SPDX-License-Identifier: Apache-2.0 */
/* The TS payloads (RFC 7296 3.13): traffic selectors as ranges of addresses and ports. */
#ifndef CTRL_WIRE_SELECTOR_H
#define CTRL_WIRE_SELECTOR_H

#include "ctrl/wire/message.h"
#include "driver/card.h"

#define TS_MAX 16

struct ts {
    enum espl_family family;
    uint8_t proto; /* 0 = any */
    uint16_t port_first, port_last;
    uint8_t first[16], last[16]; /* addresses, as many bytes as the family has */
};

struct ts_payload {
    struct ts ts[TS_MAX];
    size_t count;
};

/* Selectors of unknown types and beyond the table's size are checked, then left out: the peer is
 * told by what is answered (RFC 7296 2.9). */
WIRE_MUST enum wire_err ts_parse(const struct payload *p, struct ts_payload *ts);
void ts_write(struct chain *c, unsigned payload, const struct ts *ts, size_t count);

#endif
