/* SPDX-License-Identifier: Apache-2.0 */
/* The SK payload (RFC 7296 3.14, RFC 5282): the protected part of every message
 * after IKE_SA_INIT. */
#ifndef CTRL_WIRE_SK_H
#define CTRL_WIRE_SK_H

#include "ctrl/crypto/cipher.h"
#include "ctrl/wire/message.h"

/* Header and chain become a protected message in out. Returns its length; 0: does not fit, or
 * OpenSSL failed. */
size_t sk_seal(struct cipher_key *key, const struct ike_header *h, const struct chain *c,
               uint8_t *out, size_t cap);

/* Verify and decrypt msg's SK payload into text (at least msg->raw_len bytes; stays in use), then
 * put the payloads inside in msg's table. *authentic: the sender has the key, whatever
 * the result. */
WIRE_MUST enum wire_err sk_open(const struct cipher_key *key, struct message *msg, uint8_t *text,
                                bool *authentic);

#endif
