/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `section : base, other.base { }`: a section takes from its bases, first one first, the settings
 * and sections it does not have itself. After this step nobody needs to know about bases any more.
 */
#include "ctrl/config/settings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES 256

struct inherit {
    struct settings *settings;
    char *why;
    size_t why_len;
};

__attribute__((format(printf, 3, 4))) static int
complain(struct inherit *in, const struct section *s, const char *fmt, ...)
{
    int n = snprintf(in->why, in->why_len, "%s:%u: ", s->file, s->line);
    va_list ap;
    va_start(ap, fmt);
    if (n > 0 && (size_t)n < in->why_len)
        (void)vsnprintf(in->why + n, in->why_len - (size_t)n, fmt, ap);
    va_end(ap);
    return -1;
}

/* -1: no memory */
static int take_over(struct section *to, const struct section *from)
{
    for (const struct setting *s = from->settings; s; s = s->next)
        if (!settings_find(to, s->key) && settings_set(to, s->key, s->value, s->file, s->line) != 0)
            return -1;
    for (const struct section *s = from->sections; s; s = s->next) {
        struct section *sub = settings_section(to, s->name, s->file, s->line);
        if (!sub || sub == s || take_over(sub, s) != 0)
            return -1;
        sub->state = SECTION_DONE;
    }
    return 0;
}

/* "a.b.c" from the root on; NULL: no such section */
static struct section *find_path(struct settings *settings, const char *path)
{
    struct section *s = &settings->root;
    while (s && *path) {
        char name[NAME_BYTES];
        size_t len = strcspn(path, ".");
        if (len == 0 || len >= sizeof(name))
            return NULL;
        memcpy(name, path, len);
        name[len] = '\0';
        struct section *sub = s->sections;
        while (sub && strcmp(sub->name, name) != 0)
            sub = sub->next;
        if (sub)
            sub->is_base = true;
        s = sub;
        path += len;
        path += *path == '.';
    }
    return s;
}

static int resolve(struct inherit *in, struct section *s);

static int take_base(struct inherit *in, struct section *s, const char *path)
{
    struct section *base = find_path(in->settings, path);
    if (!base || base == &in->settings->root)
        return complain(in, s, "%s: there is no section %s to take from", s->name, path);
    if (base->state == SECTION_BUSY)
        return complain(in, s, "%s: takes from %s, which takes from it or holds it", s->name, path);
    if (resolve(in, base) != 0)
        return -1;
    return take_over(s, base) == 0 ? 0 : complain(in, s, "out of memory");
}

static int resolve(struct inherit *in, struct section *s)
{
    if (s->state == SECTION_DONE)
        return 0;
    s->state = SECTION_BUSY;
    for (struct section *sub = s->sections; sub; sub = sub->next)
        if (resolve(in, sub) != 0)
            return -1;
    for (const char *at = s->bases ? s->bases : ""; *at;) {
        char path[NAME_BYTES];
        at += strspn(at, ", \t");
        size_t len = strcspn(at, ", \t");
        if (len == 0)
            break;
        if (len >= sizeof(path))
            return complain(in, s, "%s: the name of a section to take from is too long", s->name);
        memcpy(path, at, len);
        path[len] = '\0';
        if (take_base(in, s, path) != 0)
            return -1;
        at += len;
    }
    s->state = SECTION_DONE;
    return 0;
}

int settings_inherit(struct settings *settings, char *why, size_t why_len)
{
    struct inherit in = {settings, why, why_len};
    return resolve(&in, &settings->root);
}
