/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message's frame: the IKE header (RFC 7296 3.1) and the chain of payloads (3.2), parsed into a
 * small table of type and place, and composed. What is inside a payload is for payload.h,
 * proposal.h and selector.h; the protected part is for sk.h.
 */
#ifndef CTRL_WIRE_MESSAGE_H
#define CTRL_WIRE_MESSAGE_H

#include "ctrl/wire/cursor.h"
#include "ctrl/wire/ike.h"

enum wire_err {
    WIRE_OK = 0,
    WIRE_SYNTAX,   /* lengths that do not add up, or values the RFC forbids */
    WIRE_VERSION,  /* a major version above 2: the header was read, nothing else */
    WIRE_CRITICAL, /* an unknown payload with the critical bit: message.critical is its type */
};

#define WIRE_MUST __attribute__((warn_unused_result))

struct ike_header {
    uint64_t spi_i, spi_r;
    uint8_t next, version, exchange, flags;
    uint32_t id;
    uint32_t length;
};

struct payload {
    uint8_t type, next;  /* next: of an SK payload, its first inner payload */
    const uint8_t *body; /* after the generic header */
    size_t len;
};

#define MESSAGE_PAYLOADS 64

struct message {
    struct ike_header header;
    const uint8_t *raw; /* the whole datagram */
    size_t raw_len;
    struct payload payloads[MESSAGE_PAYLOADS]; /* in order, unknown ones left out */
    size_t count;
    uint8_t critical;
};

/* Header and outer chain. The table points into data, which must stay. */
WIRE_MUST enum wire_err message_parse(struct message *msg, const uint8_t *data, size_t len);
/* The chain inside an SK payload takes the place of the outer one. */
WIRE_MUST enum wire_err message_parse_inner(struct message *msg, uint8_t first, const uint8_t *data,
                                            size_t len);
/* The first payload of that type; NULL: none. */
const struct payload *message_find(const struct message *msg, unsigned type);
/* Are all payloads of this mask there? PAYLOAD_BIT(PAYLOAD_SA) | ... */
#define PAYLOAD_BIT(type) (UINT64_C(1) << (type))
uint64_t message_payload_mask(const struct message *msg);

/* A chain under construction: the bytes of all payloads, and the type of the first. */
struct chain {
    struct wr w;
    uint8_t first;
    size_t next_at; /* where the type of the payload to come has to be written */
};

void chain_begin(struct chain *c, uint8_t *buf, size_t cap);
/* Between open and close the body is written to c->w. */
size_t chain_open(struct chain *c, unsigned type);
void chain_close(struct chain *c, size_t at);

void header_write(struct wr *w, const struct ike_header *h);
/* A message without protection. Returns its length, 0: does not fit. */
size_t message_write(const struct ike_header *h, const struct chain *c, uint8_t *out, size_t cap);

#endif
