/* SPDX-License-Identifier: Apache-2.0 */
/* Fragments that wait for others. What they may cost is bounded before a byte is kept: 64 of them,
 * 16 KB in sum, and only of the one message whose turn it is. See fragments.h. */
#include "ctrl/sa/fragments.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "ctrl/log/log.h"

void fragments_drop(struct ike_sa *sa)
{
    struct reassembly *r = sa->reassembly;
    if (!r)
        return;
    for (size_t i = 0; i < r->total; i++) {
        if (r->parts[i].text)
            OPENSSL_cleanse(r->parts[i].text, r->parts[i].len);
        free(r->parts[i].text);
    }
    free(r);
    sa->reassembly = NULL;
}

static bool same_message(const struct reassembly *r, const struct ike_header *h)
{
    return r->id == h->id && r->exchange == h->exchange &&
           r->response == ((h->flags & IKE_FLAG_RESPONSE) != 0);
}

/* The place for this fragment; NULL: it is to be ignored. */
static struct reassembly *place(struct ike_sa *sa, const struct ike_header *h,
                                const struct fragment *f)
{
    struct reassembly *r = sa->reassembly;
    if (f->total > FRAGMENTS_MAX) {
        log_peer("%s[%u]: a message in %u fragments is ignored", sa->conn->name, sa->number,
                 f->total);
        return NULL;
    }
    /* RFC 7383 2.6: more fragments than before: the sender has made smaller ones; fewer: it is old
     */
    if (r && same_message(r, h) && f->total < r->total)
        return NULL;
    if (!r || !same_message(r, h) || f->total > r->total) {
        fragments_drop(sa);
        r = sa->reassembly = calloc(1, sizeof *r);
        if (!r)
            return NULL;
        r->id = h->id;
        r->exchange = h->exchange;
        r->response = h->flags & IKE_FLAG_RESPONSE;
        r->total = f->total;
    }
    return r;
}

static bool keep(struct reassembly *r, const struct fragment *f, const uint8_t *part)
{
    size_t i = f->number - 1u;
    if (r->parts[i].text)
        return false; /* it came before */
    if (r->bytes + f->len > IKE_MESSAGE_MAX || !(r->parts[i].text = malloc(f->len ? f->len : 1)))
        return false;
    if (f->len)
        memcpy(r->parts[i].text, part, f->len);
    r->parts[i].len = f->len;
    r->bytes += f->len;
    r->have++;
    if (f->number == 1)
        r->first = f->first;
    return true;
}

bool fragments_take(struct ike_sa *sa, const struct ike_header *h, const struct fragment *f,
                    const uint8_t *part, uint8_t *text, size_t *len, uint8_t *first)
{
    struct reassembly *r = place(sa, h, f);
    if (!r || !keep(r, f, part) || r->have < r->total)
        return false;
    *len = 0;
    *first = r->first;
    for (size_t i = 0; i < r->total; i++) {
        memcpy(text + *len, r->parts[i].text, r->parts[i].len);
        *len += r->parts[i].len;
    }
    fragments_drop(sa);
    return true;
}
