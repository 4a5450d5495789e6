/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of settings on its way to the process that reads it: in the place of every secret stands
 * the number under which it is held, and no comment is left. What is no text of settings does not
 * go on at all. See vault.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "ctrl/config/config.h"
#include "ctrl/config/settings.h"
#include "ctrl/signer/vault.h"

struct hiding {
    struct vault *v;
    const char *text;
    size_t copied; /* of it */
    struct files_text *out;
    size_t room;
    bool bad; /* memory */
};

static void put(struct hiding *h, const char *p, size_t n)
{
    if (h->bad || !h->out->data || h->room - h->out->len < n) {
        size_t room = h->room + n + h->room / 2 + 4096;
        char *grown = h->bad ? NULL : realloc(h->out->data, room);
        h->bad = !grown;
        if (h->bad)
            return;
        h->out->data = grown;
        h->room = room;
    }
    if (n)
        memcpy(h->out->data + h->out->len, p, n);
    h->out->len += n;
}

/* What stands before the place goes on; what stands there does not. */
static void leave_out(struct hiding *h, size_t from, size_t to)
{
    put(h, h->text + h->copied, from - h->copied);
    h->copied = to;
}

static void comment(void *user, size_t from, size_t to)
{
    leave_out(user, from, to);
}

/* Whatever is called a secret, wherever, for sections take from each other; and all that stands in
 * `secrets` but for what must be read there. */
static bool is_secret(const char *top, const char *key)
{
    return strcmp(key, "secret") == 0 ||
           (strcmp(top, "secrets") == 0 && strncmp(key, "id", 2) != 0 && strcmp(key, "file") != 0);
}

/* The number, or what makes its reader say what is wrong with it: 0x and 0s with nothing behind.
 * false: there is no room to hold it. */
static bool put_held(struct hiding *h, const char *value)
{
    char number[16];
    struct config_secret secret = {.data = NULL};
    bool good = !config_secret_decode(&secret, value);
    uint32_t held =
        good ? held_put(&h->v->held, HELD_FILES, (struct piece){secret.data, secret.len}) : 0;
    int n = snprintf(number, sizeof number, "%c%u", SECRET_HELD, held);
    bool wrong = secret.data && !good;
    put(h, wrong ? value : number, wrong ? 2 : (size_t)n);
    if (secret.data)
        OPENSSL_cleanse(secret.data, strlen(value));
    free(secret.data);
    return held || wrong;
}

/* It may stand on several lines: as many are left, so that lines have the numbers they had. */
static const char *value(void *user, const char *top, const char *key, const char *text,
                         size_t from, size_t to)
{
    struct hiding *h = user;
    const char *at = h->text + from, *end = h->text + to;
    if (!*text || !is_secret(top, key))
        return NULL;
    leave_out(h, from, to);
    if (!put_held(h, text))
        return "there is no room for so many secrets";
    for (; (at = memchr(at, '\n', (size_t)(end - at))); at++)
        put(h, "\n", 1);
    return NULL;
}

/* Into v->text, or what is wrong with it into its `why`. false: no memory */
static bool hide(struct vault *v, const char *name, const struct files_text *raw)
{
    struct files_text *out = &v->text;
    struct hiding h = {.v = v, .text = raw->data, .out = out};
    const struct settings_scan scan = {&h, value, comment};
    if (settings_scan(name, raw->data, raw->len, &scan, out->why, sizeof out->why) == 0)
        leave_out(&h, raw->len, raw->len);
    return !h.bad;
}

static void put_text(struct wr *out, enum signer_text what, const void *p, size_t n)
{
    wr_u8(out, what);
    put_bytes(out, p, n);
}

static void put_part(struct vault *v, struct wr *out)
{
    size_t left = v->text.len - v->text_at, room = out->cap - out->len - 5, /* of put_text */
        n = left < room ? left : room;
    put_text(out, n < left ? TEXT_MORE : TEXT_LAST, v->text.data + v->text_at, n);
    v->text_at += n;
    if (n == left)
        files_text_clear(&v->text);
}

static void put_errno(struct wr *out, int err)
{
    uint8_t number[4];
    struct wr w = wr_over(number, sizeof number);
    wr_u32(&w, (uint32_t)err);
    put_text(out, TEXT_UNREADABLE, number, w.len);
}

/* A new file. false: it is answered what is wrong. */
static bool begin(struct vault *v, int fd, const char *name, struct wr *out)
{
    struct files_text raw = {.data = NULL};
    bool read = files_text_read(fd, &raw) == 0;
    int err = read ? 0 : errno;
    if (read && !hide(v, name, &raw))
        err = ENOMEM;
    files_text_clear(&raw);
    if (err)
        put_errno(out, err);
    else if (*v->text.why)
        put_text(out, TEXT_WRONG, v->text.why, strlen(v->text.why));
    else
        return true;
    files_text_clear(&v->text);
    return false;
}

enum signer_err vault_text(struct vault *v, struct rd *r, struct wr *out)
{
    char name[2048];
    uint32_t ticket = rd_u32(r);
    get_text(r, name, sizeof name);
    if (r->bad || (!ticket && !v->text.data))
        return SIGNER_FAILED;
    if (ticket) {
        files_text_clear(&v->text);
        v->text_at = 0;
        int fd = vault_claim(v, ticket);
        if (fd < 0)
            return SIGNER_NO_KEY;
        if (!begin(v, fd, name, out))
            return SIGNER_OK;
    }
    put_part(v, out);
    return SIGNER_OK;
}
