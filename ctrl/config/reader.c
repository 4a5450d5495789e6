/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a section by its table of words, and says where and why something is wrong. */
#include "ctrl/config/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 5, 0))) static void complain(struct reader *r, const char *file,
                                                           unsigned line, const char *word,
                                                           const char *fmt, va_list ap)
{
    int n = file ? snprintf(r->why, r->why_len, "%s:%u: ", file, line) : 0;
    if (n >= 0 && (size_t)n < r->why_len) {
        int more = snprintf(r->why + n, r->why_len - (size_t)n, "%s%s%s: ", r->path,
                            *r->path && *word ? "." : "", word);
        n = more < 0 ? more : n + more;
    }
    if (n > 0 && (size_t)n < r->why_len)
        (void)vsnprintf(r->why + n, r->why_len - (size_t)n, fmt, ap);
}

int reader_complain(struct reader *r, const struct setting *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    complain(r, s->file, s->line, s->key, fmt, ap);
    va_end(ap);
    return -1;
}

int reader_complain_section(struct reader *r, const struct section *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    complain(r, s->file, s->line, "", fmt, ap);
    va_end(ap);
    return -1;
}

size_t reader_enter(struct reader *r, const char *name)
{
    size_t mark = strlen(r->path);
    (void)snprintf(r->path + mark, sizeof(r->path) - mark, "%s%s", mark ? "." : "", name);
    return mark;
}

void reader_leave(struct reader *r, size_t mark)
{
    r->path[mark] = '\0';
}

/* yes and true, 0 and 0s mean the same */
static bool same_value(const char *a, const char *b)
{
    bool x, y;
    uint32_t s, t;
    return strcmp(a, b) == 0 || (value_bool(a, &x) && value_bool(b, &y) && x == y) ||
           (value_time(a, &s) && value_time(b, &t) && s == t);
}

/* One of a few words. */
static int read_word(struct reader *r, const struct setting *s, const struct word_value *words,
                     unsigned *out)
{
    char all[128] = "";
    size_t len = 0;
    for (const struct word_value *w = words; w->word; w++) {
        if (strcmp(w->word, s->value) == 0) {
            *out = w->value;
            return 0;
        }
        int n = snprintf(all + len, sizeof(all) - len, "%s%s", len ? ", " : "", w->word);
        len += n > 0 && (size_t)n < sizeof(all) - len ? (size_t)n : 0;
    }
    return reader_complain(r, s, "%s is not supported here; it may be %s", s->value, all);
}

static int read_key(struct reader *r, const struct setting *s, const struct key *k, void *into)
{
    unsigned char *field = (unsigned char *)into + k->offset;
    uint32_t number;
    switch (k->kind) {
    case KEY_UNSUPPORTED:
        return reader_complain(r, s, "is not supported here");
    case KEY_ONLY:
        if (!same_value(s->value, k->only))
            return reader_complain(r, s, "%s is not supported here; write %s = %s", s->value,
                                   k->name, k->only);
        return 0;
    case KEY_CALL:
        return k->call(r, s, into);
    case KEY_TIME:
        if (!value_time(s->value, (uint32_t *)(void *)field))
            return reader_complain(r, s, "%s is not a time (as 90, 90s, 30m, 4h, 1d)", s->value);
        return 0;
    case KEY_NUMBER:
        if (!value_number(s->value, UINT32_MAX - 1, (uint32_t *)(void *)field))
            return reader_complain(r, s, "%s is not a number", s->value);
        return 0;
    case KEY_COUNT:
        if (!value_count(s->value, (uint64_t *)(void *)field))
            return reader_complain(r, s, "%s is not a number (as 1000000, 500m, 20g)", s->value);
        return 0;
    case KEY_PORT:
        if (!value_number(s->value, UINT16_MAX, &number) || number == 0)
            return reader_complain(r, s, "%s is not a port", s->value);
        *(uint16_t *)(void *)field = (uint16_t)number;
        return 0;
    case KEY_BOOL:
        if (!value_bool(s->value, (bool *)field))
            return reader_complain(r, s, "%s is neither yes nor no", s->value);
        return 0;
    case KEY_WORD:
        return read_word(r, s, k->words, (unsigned *)(void *)field);
    }
    return -1;
}

int read_keys(struct reader *r, const struct section *section, const struct key *keys, size_t count,
              void *into)
{
    for (const struct setting *s = section->settings; s; s = s->next) {
        size_t i = 0;
        while (i < count && strcmp(keys[i].name, s->key) != 0)
            i++;
        if (i == count)
            return reader_complain(r, s, "is not a word of swanctl.conf");
        /* an empty value takes back what a base section says */
        if (*s->value && read_key(r, s, &keys[i], into) != 0)
            return -1;
    }
    return 0;
}

int read_list(struct reader *r, const struct setting *s, void *into,
              int (*each)(struct reader *r, const struct setting *s, const char *item, void *into))
{
    for (const char *at = s->value;;) {
        char item[SETTINGS_VALUE];
        at += strspn(at, " \t");
        size_t len = strcspn(at, ","), keep = len;
        while (keep > 0 && strchr(" \t", at[keep - 1]))
            keep--;
        if (keep == 0)
            return reader_complain(r, s, "an item of the list is empty");
        memcpy(item, at, keep);
        item[keep] = '\0';
        if (each(r, s, item, into) != 0)
            return -1;
        at += len;
        if (*at++ == '\0')
            return 0;
    }
}
