/* SPDX-License-Identifier: Apache-2.0 */
/* Protecting a message, and taking the protection off. See sk.h. */
#include "ctrl/wire/sk.h"

#include <string.h>

#define FRAGMENT_LEN 4u /* number and total */

/* What stands before the IV, all of it authenticated (RFC 5282 5.1, RFC 7383 2.5). */
struct head {
    uint8_t first;
    uint16_t number, total; /* 0: SK */
};

static size_t head_len(const struct head *head)
{
    return IKE_HEADER_LEN + IKE_PAYLOAD_HEADER_LEN + (head->total ? FRAGMENT_LEN : 0);
}

/* One message around `text`. Returns its length; 0: does not fit, or OpenSSL failed. */
static size_t seal(struct cipher_key *key, const struct ike_header *h, const struct head *head,
                   const uint8_t *text, size_t text_len, uint8_t *out, size_t cap)
{
    size_t block = cipher_block_len(key);
    size_t pad = (block - (text_len + 1) % block) % block;
    size_t len = head_len(head) + cipher_iv_len(key) + text_len + pad + 1 + cipher_icv_len(key);
    struct ike_header full = *h;
    struct wr w = wr_over(out, cap);

    full.next = head->total ? PAYLOAD_SKF : PAYLOAD_SK;
    full.length = (uint32_t)len;
    header_write(&w, &full);
    wr_u8(&w, head->first);
    wr_u8(&w, 0);
    wr_u16(&w, (unsigned)(len - IKE_HEADER_LEN));
    if (head->total) {
        wr_u16(&w, head->number);
        wr_u16(&w, head->total);
    }
    for (size_t i = 0; i < cipher_iv_len(key); i++)
        wr_u8(&w, 0);
    wr_bytes(&w, text, text_len);
    for (size_t i = 0; i < pad; i++)
        wr_u8(&w, 0);
    wr_u8(&w, (unsigned)pad);
    if (w.bad || len > cap || len > IKE_MESSAGE_MAX)
        return 0;
    return cipher_seal(key, out, head_len(head), text_len + pad + 1) == CRYPTO_OK ? len : 0;
}

size_t sk_seal(struct cipher_key *key, const struct ike_header *h, const struct chain *c,
               uint8_t *out, size_t cap)
{
    const struct head head = {.first = c->first};
    return c->w.bad ? 0 : seal(key, h, &head, c->w.data, c->w.len, out, cap);
}

size_t sk_seal_fragments(struct cipher_key *key, const struct ike_header *h, const struct chain *c,
                         size_t limit, uint8_t *out, size_t cap)
{
    struct head head = {.first = c->first, .total = 1};
    size_t fixed = head_len(&head) + cipher_iv_len(key) + cipher_icv_len(key);
    size_t block = cipher_block_len(key), done = 0;
    if (c->w.bad || limit < fixed + block)
        return 0;
    size_t part = (limit - fixed) / block * block - 1; /* the last byte tells the padding */
    size_t total = (c->w.len + part - 1) / part;
    if (part == 0 || total > FRAGMENTS_MAX)
        return 0;
    head.total = (uint16_t)total;
    for (size_t at = 0; at < c->w.len; at += part) {
        head.number++;
        size_t n = c->w.len - at < part ? c->w.len - at : part;
        size_t len = seal(key, h, &head, c->w.data + at, n, out + done, cap - done);
        if (!len)
            return 0;
        done += len;
        head.first = PAYLOAD_NONE; /* RFC 7383 2.5: of the first fragment only */
    }
    return done;
}

enum wire_err sk_open_fragment(const struct cipher_key *key, const struct message *msg,
                               uint8_t *text, struct fragment *f)
{
    const struct payload *skf = message_find(msg, PAYLOAD_SKF);
    if (!skf)
        return WIRE_SYNTAX;
    struct rd r = rd_over(skf->body, skf->len);
    f->first = skf->next;
    f->number = rd_u16(&r);
    f->total = rd_u16(&r);
    size_t aad_len = (size_t)(skf->body - msg->raw) + FRAGMENT_LEN;
    if (r.bad || f->number == 0 || f->number > f->total || /* RFC 7383 2.6 */
        cipher_open(key, msg->raw, aad_len, msg->raw_len, text, &f->len) != CRYPTO_OK)
        return WIRE_SYNTAX;
    size_t pad = f->len ? text[f->len - 1] : 0;
    if (f->len < pad + 1)
        return WIRE_SYNTAX;
    f->len -= pad + 1;
    return WIRE_OK;
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
