/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for a file of settings that the signer has read: part after part. See signer.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/config/files.h"
#include "ctrl/signer/link.h"

/* 0: more of it is to come; 1: it is whole; -1: errno. */
static int take_part(struct files_text *text, unsigned what, struct piece part)
{
    struct rd r = rd_over(part.p, part.n);
    if (what == TEXT_UNREADABLE) {
        errno = (int)rd_u32(&r);
        return -1;
    }
    if (what == TEXT_WRONG) {
        (void)snprintf(text->why, sizeof text->why, "%.*s", (int)part.n, (const char *)part.p);
        return 1;
    }
    if (part.n > FILES_TEXT * 4u - text->len) {
        errno = EFBIG;
        return -1;
    }
    char *grown = realloc(text->data, text->len + part.n + 1);
    if (!grown)
        return -1;
    text->data = grown;
    memcpy(grown + text->len, part.p, part.n);
    text->len += part.n;
    return what == TEXT_LAST;
}

int signer_text(struct signer *s, uint32_t ticket, const char *name, struct files_text *text)
{
    int whole = 0;
    for (; whole == 0; ticket = 0) {
        struct piece part;
        unsigned what;
        errno = EIO;
        if (link_text(s, ticket, name, &what, &part) != SIGNER_OK)
            whole = -1;
        else
            whole = take_part(text, what, part);
    }
    if (whole < 0)
        files_text_clear(text);
    return whole < 0 ? -1 : 0;
}
