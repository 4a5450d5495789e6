/* SPDX-License-Identifier: Apache-2.0 */
/* Protecting a message, and taking the protection off. See sk.h. */
#include "ctrl/wire/sk.h"

#include <string.h>

/* RFC 5282 5.1: no payloads before SK */
#define AAD_LEN (IKE_HEADER_LEN + IKE_PAYLOAD_HEADER_LEN)

size_t sk_seal(struct cipher_key *key, const struct ike_header *h, const struct chain *c,
               uint8_t *out, size_t cap)
{
    size_t block = cipher_block_len(key), text = c->w.len + 1;
    size_t pad = (block - text % block) % block;
    size_t len = AAD_LEN + cipher_iv_len(key) + text + pad + cipher_icv_len(key);
    struct ike_header full = *h;
    struct wr w = wr_over(out, cap);

    full.next = PAYLOAD_SK;
    full.length = (uint32_t)len;
    header_write(&w, &full);
    wr_u8(&w, c->first);
    wr_u8(&w, 0);
    wr_u16(&w, (unsigned)(len - IKE_HEADER_LEN));
    for (size_t i = 0; i < cipher_iv_len(key); i++)
        wr_u8(&w, 0);
    wr_bytes(&w, c->w.data, c->w.len);
    for (size_t i = 0; i < pad; i++)
        wr_u8(&w, 0);
    wr_u8(&w, (unsigned)pad);
    if (w.bad || c->w.bad || len > cap || len > IKE_MESSAGE_MAX)
        return 0;
    return cipher_seal(key, out, AAD_LEN, text + pad) == CRYPTO_OK ? len : 0;
}

enum wire_err sk_open(const struct cipher_key *key, struct message *msg, uint8_t *text,
                      bool *authentic)
{
    const struct payload *sk = message_find(msg, PAYLOAD_SK);
    size_t text_len;
    *authentic = false;
    if (!sk)
        return WIRE_SYNTAX;
    size_t aad_len = (size_t)(sk->body - msg->raw);
    uint8_t first = sk->next;
    if (cipher_open(key, msg->raw, aad_len, msg->raw_len, text, &text_len) != CRYPTO_OK)
        return WIRE_SYNTAX;
    *authentic = true;
    size_t pad = text_len ? text[text_len - 1] : 0;
    if (text_len < pad + 1)
        return WIRE_SYNTAX;
    return message_parse_inner(msg, first, text, text_len - pad - 1);
}
