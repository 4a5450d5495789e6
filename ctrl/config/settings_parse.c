/* SPDX-License-Identifier: Apache-2.0 */
/* The text of swanctl.conf into its tree: characters, names, values, sections, includes. */
#include "ctrl/config/settings.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/config/files.h"

#define NAME_BYTES 256
#define DEPTH 16u   /* sections in sections */
#define INCLUDES 8u /* files in files */

struct text {
    struct settings *settings;
    const char *file;
    const char *begin, *at, *end;
    unsigned line, depth, includes;
    const struct settings_scan *scan; /* NULL: sections and settings are made */
    const char *top;                  /* of a scan: the outermost section */
    char *why;
    size_t why_len;
};

__attribute__((format(printf, 3, 4))) static int complain(struct text *t, unsigned line,
                                                          const char *fmt, ...)
{
    int n = snprintf(t->why, t->why_len, "%s:%u: ", t->file, line);
    va_list ap;
    va_start(ap, fmt);
    if (n > 0 && (size_t)n < t->why_len)
        (void)vsnprintf(t->why + n, t->why_len - (size_t)n, fmt, ap);
    va_end(ap);
    return -1;
}

/* ---------------------------------------------------------------- characters */

static int
peek(const struct text *t) /* '\0' at the end: a NUL byte in the file was refused before */
{
    return t->at < t->end ? (unsigned char)*t->at : '\0';
}

static void advance(struct text *t)
{
    if (t->at < t->end)
        t->line += *t->at++ == '\n';
}

static void skip_blanks(struct text *t)
{
    while (peek(t) == ' ' || peek(t) == '\t' || peek(t) == '\r')
        advance(t);
}

static size_t offset(const struct text *t)
{
    return (size_t)(t->at - t->begin);
}

/* A comment. */
static void skip_line(struct text *t)
{
    size_t from = t->scan ? offset(t) : 0;
    while (peek(t) && peek(t) != '\n')
        advance(t);
    if (t->scan)
        t->scan->comment(t->scan->user, from, offset(t));
}

/* Blanks, ends of lines, comments. */
static void skip_space(struct text *t)
{
    for (;;) {
        skip_blanks(t);
        if (peek(t) == '#')
            skip_line(t);
        else if (peek(t) == '\n')
            advance(t);
        else
            return;
    }
}

/* ---------------------------------------------------------------- words */

static int parse_name(struct text *t, char name[NAME_BYTES])
{
    size_t len = 0;
    while (peek(t) && !strchr(" \t\r\n.,:{}=\"#", peek(t))) {
        if (len + 1 >= NAME_BYTES)
            return complain(t, t->line, "a name is longer than %d bytes", NAME_BYTES - 1);
        name[len++] = (char)peek(t);
        advance(t);
    }
    name[len] = '\0';
    return len > 0 ? 0 : complain(t, t->line, "a name was expected before \"%c\"", peek(t));
}

struct value {
    char text[SETTINGS_VALUE];
    size_t len;
};

static int append(struct text *t, struct value *v, char c)
{
    if (v->len + 1 >= sizeof(v->text))
        return complain(t, t->line, "a value is longer than %zu bytes", sizeof(v->text) - 1);
    v->text[v->len++] = c;
    v->text[v->len] = '\0';
    return 0;
}

static int parse_quoted(struct text *t, struct value *v)
{
    unsigned begun = t->line;
    for (advance(t); peek(t) != '"'; advance(t)) {
        int c = peek(t);
        if (c == '\\') {
            advance(t);
            c = peek(t);
            if (c == '\n') /* continued on the next line */
                continue;
            const char *escape = c ? strchr("n\nr\rt\tb\bf\f", c) : NULL;
            if (escape && c >= 'a')
                c = escape[1];
        }
        if (!c)
            return complain(t, begun, "a quoted string is not closed");
        if (append(t, v, (char)c) != 0)
            return -1;
    }
    advance(t);
    return 0;
}

/* Up to the end of the line, a comment or a closing brace; blanks at its ends don't count. */
static int parse_value(struct text *t, struct value *v)
{
    size_t keep = 0; /* length without the blanks at the end */
    v->len = 0;
    v->text[0] = '\0';
    skip_blanks(t);
    while (peek(t) && !strchr("\n#}", peek(t))) {
        if (peek(t) == '{')
            return complain(t, t->line, "{ in a value must be quoted");
        if (peek(t) == '"') {
            if (parse_quoted(t, v) != 0)
                return -1;
            keep = v->len;
            continue;
        }
        bool blank = peek(t) == ' ' || peek(t) == '\t' || peek(t) == '\r';
        if (peek(t) == '\\' && t->at + 1 < t->end && t->at[1] == '\n') {
            advance(t);
            advance(t);
            skip_blanks(t);
            if (append(t, v, ' ') != 0)
                return -1;
            continue;
        }
        if (append(t, v, (char)peek(t)) != 0)
            return -1;
        if (!blank)
            keep = v->len;
        advance(t);
    }
    v->len = keep;
    v->text[keep] = '\0';
    return 0;
}

/* ---------------------------------------------------------------- statements */

static int parse_body(struct text *t, struct section *into);
static int parse_path(struct text *from, struct settings *settings, struct section *into,
                      const char *path, char *why, size_t why_len);

struct include {
    struct text *from;
    struct section *into;
};

static int parse_found(void *user, const char *path)
{
    const struct include *i = user;
    struct text *t = i->from;
    return parse_path(t, t->settings, i->into, path, t->why, t->why_len);
}

static int parse_include(struct text *t, struct section *into)
{
    struct value v;
    char pattern[2 * SETTINGS_VALUE];
    unsigned line = t->line;
    struct include include = {t, into};
    if (parse_value(t, &v) != 0)
        return -1;
    if (t->scan) /* that file is one of its own */
        return 0;
    const char *slash = strrchr(t->file, '/');
    int dir = v.text[0] == '/' || !slash ? 0 : (int)(slash - t->file) + 1;
    int n = snprintf(pattern, sizeof(pattern), "%.*s%s", dir, t->file, v.text);
    if (n < 0 || (size_t)n >= sizeof(pattern))
        return complain(t, line, "include: the path is too long");
    if (t->includes >= INCLUDES)
        return complain(t, line, "include: more than %u files deep", INCLUDES);
    /* as with `include conf.d/` and a star: nothing there is fine */
    int rc = files_glob(pattern, parse_found, &include);
    if (rc == FILES_UNREADABLE)
        return complain(t, line, "include: %s can't be read", pattern);
    return rc;
}

/* After `name :` up to the brace: the bases, kept as text for inherit.c. */
static int parse_bases(struct text *t, struct section *s, const char *name)
{
    char bases[SETTINGS_VALUE];
    size_t len = 0;
    advance(t);
    while (peek(t) && !strchr("{}=\"#\n:", peek(t))) {
        if (len + 1 >= sizeof(bases))
            return complain(t, t->line, "%s: too many sections to take from", name);
        bases[len++] = (char)(peek(t) == '\r' ? ' ' : peek(t));
        advance(t);
    }
    bases[len] = '\0';
    if (strspn(bases, " \t,") == len)
        return complain(t, t->line, "%s: the name of a section was expected after :", name);
    free(s->bases);
    s->bases = strdup(bases);
    return s->bases ? 0 : complain(t, t->line, "out of memory");
}

static int parse_section(struct text *t, struct section *parent, const char *name, unsigned line)
{
    struct section *s = t->scan ? parent : settings_section(parent, name, t->file, line);
    if (t->scan && t->depth == 0)
        t->top = name;
    if (!s)
        return complain(t, line, "out of memory");
    if (peek(t) == ':' && parse_bases(t, s, name) != 0)
        return -1;
    skip_space(t);
    if (peek(t) != '{')
        return complain(t, t->line, "%s: { was expected", name);
    if (t->depth >= DEPTH)
        return complain(t, line, "%s: more than %u sections deep", name, DEPTH);
    advance(t);
    t->depth++;
    if (parse_body(t, s) != 0)
        return -1;
    if (peek(t) != '}')
        return complain(t, line, "%s: the section is not closed", name);
    advance(t);
    t->depth--;
    return 0;
}

/* false: a sentence says what is wrong */
static bool take_value(struct text *t, struct section *into, const char *name, unsigned line,
                       const struct value *v, const char *from)
{
    const struct settings_scan *scan = t->scan;
    const char *wrong = NULL;
    if (scan)
        wrong = scan->value(scan->user, t->depth ? t->top : "", name, v->text,
                            (size_t)(from - t->begin), offset(t));
    else if (settings_set(into, name, v->text, t->file, line) != 0)
        wrong = "out of memory";
    return !wrong || complain(t, line, "%s", wrong) == 0;
}

static int parse_setting(struct text *t, struct section *into, const char *name, unsigned line)
{
    struct value v;
    advance(t);
    skip_blanks(t);
    const char *from = t->at;
    bool good = parse_value(t, &v) == 0 && take_value(t, into, name, line, &v, from);
    OPENSSL_cleanse(&v, sizeof(v));
    return good ? 0 : -1;
}

static int parse_statement(struct text *t, struct section *into)
{
    char name[NAME_BYTES];
    unsigned line = t->line;
    if (parse_name(t, name) != 0)
        return -1;
    skip_blanks(t);
    if (peek(t) == '=')
        return parse_setting(t, into, name, line);
    if (strcmp(name, "include") == 0 && peek(t) && !strchr("\n#{}:", peek(t)))
        return parse_include(t, into);
    if (peek(t) == '\n' || peek(t) == '#')
        skip_space(t); /* the brace may stand on the next line */
    if (peek(t) == '{' || peek(t) == ':')
        return parse_section(t, into, name, line);
    return complain(t, line, "%s: = and a value or { was expected after it", name);
}

/* Up to the brace that closes `into`, or the end of the text. */
static int parse_body(struct text *t, struct section *into)
{
    for (;;) {
        skip_space(t);
        if (!peek(t) || peek(t) == '}')
            return 0;
        if (parse_statement(t, into) != 0)
            return -1;
    }
}

/* ---------------------------------------------------------------- files */

static int parse_text(struct text *t, struct section *into)
{
    const char *nul = memchr(t->at, '\0', (size_t)(t->end - t->at));
    if (nul) {
        while (t->at < nul)
            advance(t);
        return complain(t, t->line, "a NUL byte: this is no text file");
    }
    if (parse_body(t, into) != 0)
        return -1;
    return peek(t) == '}' ? complain(t, t->line, "} closes no section") : 0;
}

static int parse_path(struct text *from, struct settings *settings, struct section *into,
                      const char *path, char *why, size_t why_len)
{
    struct text t = {.settings = settings, .line = 1, .why = why, .why_len = why_len};
    struct files_text file = {.data = NULL};
    int rc = -1;
    if (from) {
        t.depth = from->depth;
        t.includes = from->includes + 1;
    }
    t.file = settings_file_name(settings, path);
    if (!t.file) {
        t.file = path;
        return complain(&t, 1, "out of memory");
    }
    if (files_text(path, &file) == 0) {
        if (*file.why) {
            (void)snprintf(why, why_len, "%s", file.why);
        } else {
            t.at = file.data;
            t.end = file.data + file.len;
            rc = parse_text(&t, into);
        }
    } else if (errno == EFBIG) {
        complain(&t, 1, "is longer than %u bytes", FILES_TEXT - 1);
    } else if (errno == ENOMEM) {
        complain(&t, 1, "out of memory");
    } else {
        complain(&t, 1, "can't be read: %s", strerror(errno));
    }
    files_text_clear(&file);
    return rc;
}

int settings_parse_file(struct settings *settings, struct section *into, const char *path,
                        char *why, size_t why_len)
{
    return parse_path(NULL, settings, into, path, why, why_len);
}

int settings_scan(const char *name, const char *data, size_t len, const struct settings_scan *scan,
                  char *why, size_t why_len)
{
    struct settings none = {.files = NULL};
    struct text t = {.settings = &none,
                     .file = name,
                     .begin = data,
                     .at = data,
                     .end = data + len,
                     .line = 1,
                     .scan = scan,
                     .why = why,
                     .why_len = why_len};
    int rc = parse_text(&t, &none.root);
    free(none.root.bases);
    return rc;
}
