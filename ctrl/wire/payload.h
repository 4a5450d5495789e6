/* SPDX-License-Identifier: Apache-2.0 */
/* The short payloads: KE (RFC 7296 3.4), ID (3.5), AUTH (3.8), Nonce (3.9), Notify (3.10), Delete
 * (3.11). */
#ifndef CTRL_WIRE_PAYLOAD_H
#define CTRL_WIRE_PAYLOAD_H

#include "ctrl/wire/message.h"

struct bytes {
    const uint8_t *p;
    size_t n;
};

struct ke {
    uint16_t group;
    struct bytes data;
};

struct id {
    uint8_t type;
    struct bytes data;
    struct bytes body; /* the whole payload body: what AUTH covers (RFC 7296 2.15) */
};

struct auth {
    uint8_t method;
    struct bytes data;
};

struct notify {
    uint8_t protocol;
    uint16_t type;
    struct bytes spi, data;
};

#define DELETE_SPIS 64 /* most SPIs taken from one Delete payload */

struct delete
{
    uint8_t protocol;
    uint32_t spis[DELETE_SPIS]; /* of AH and ESP; IKE has none */
    size_t count;
};

WIRE_MUST enum wire_err ke_parse(const struct payload *p, struct ke *ke);
WIRE_MUST enum wire_err id_parse(const struct payload *p, struct id *id);
WIRE_MUST enum wire_err auth_parse(const struct payload *p, struct auth *auth);
WIRE_MUST enum wire_err nonce_parse(const struct payload *p, struct bytes *nonce);
WIRE_MUST enum wire_err notify_parse(const struct payload *p, struct notify *n);
WIRE_MUST enum wire_err delete_parse(const struct payload *p, struct delete *d);

/* The first notify of that type. false: none, or malformed. */
bool notify_find(const struct message *msg, unsigned type, struct notify *n);
/* The first error notify (RFC 7296 3.10.1); NOTIFY_NONE: none. */
unsigned notify_error(const struct message *msg, struct notify *n);

void ke_write(struct chain *c, uint16_t group, struct bytes data);
void id_write(struct chain *c, unsigned payload, uint8_t type, struct bytes data);
void auth_write(struct chain *c, uint8_t method, struct bytes data);
void nonce_write(struct chain *c, struct bytes nonce);
void notify_write(struct chain *c, unsigned type, struct bytes data);
/* A notify about an ESP SA. */
void notify_write_esp(struct chain *c, unsigned type, uint32_t spi);
void delete_write_ike(struct chain *c);
void delete_write_esp(struct chain *c, const uint32_t *spis, size_t count);

#endif
