/* SPDX-License-Identifier: Apache-2.0 */
/* The SK payload (RFC 7296 3.14, RFC 5282): the protected part of every message
 * after IKE_SA_INIT; and SKF, a fragment of it (RFC 7383). */
#ifndef CTRL_WIRE_SK_H
#define CTRL_WIRE_SK_H

#include "ctrl/crypto/cipher.h"
#include "ctrl/wire/message.h"

/* Header and chain become a protected message in out. Returns its length; 0: does not fit, or
 * OpenSSL failed. */
size_t sk_seal(struct cipher_key *key, const struct ike_header *h, const struct chain *c,
               uint8_t *out, size_t cap);

/* The same in fragments of at most `limit` bytes of IKE message, one behind the other: each is a
 * message that says its own length. Returns all their length; 0: as above, or too many. */
size_t sk_seal_fragments(struct cipher_key *key, const struct ike_header *h, const struct chain *c,
                         size_t limit, uint8_t *out, size_t cap);

struct fragment {
    uint16_t number, total; /* from 1 */
    uint8_t first;          /* of number 1: the type of the first payload */
    size_t len;             /* of its text */
};
/* Verify and decrypt msg's SKF payload into text (at least msg->raw_len bytes); not WIRE_OK: it is
 * not authentic, or makes no sense. */
WIRE_MUST enum wire_err sk_open_fragment(const struct cipher_key *key, const struct message *msg,
                                         uint8_t *text, struct fragment *f);

/* Verify and decrypt msg's SK payload into text (at least msg->raw_len bytes; stays in use), then
 * put the payloads inside in msg's table. *authentic: the sender has the key, whatever
 * the result. */
WIRE_MUST enum wire_err sk_open(const struct cipher_key *key, struct message *msg, uint8_t *text,
                                bool *authentic);

#endif
