/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings format of swanctl.conf: sections in braces, `key = value` lines, # comments, quoted
 * strings, `include GLOB`, and `section : base.section { }`, which takes from its bases what it
 * does not say itself. Only the form: what the words mean is conn.c's and secret.c's.
 */
#ifndef CTRL_SETTINGS_H
#define CTRL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#define SETTINGS_VALUE 16384 /* bytes of the longest value, with its NUL: certificates, by VICI */

struct setting {
    char *key;   /* owned */
    char *value; /* owned, wiped: it may be a secret */
    const char *file; /* NULL: from no file, as below */
    unsigned line;
    struct setting *next;
};

struct section {
    char *name; /* owned */
    const char *file;
    unsigned line;
    struct setting *settings; /* in file order */
    struct section *sections;
    char *bases;                                            /* owned; "a, b.c" or NULL */
    bool is_base;                                           /* named by another section */
    enum { SECTION_RAW, SECTION_BUSY, SECTION_DONE } state; /* of taking over from the bases */
    struct section *next;
};

struct settings_file; /* names of the files read, for messages */

struct settings {
    struct section root;
    struct settings_file *files; /* owned */
};

/* 0, or -1 with `why` = "FILE:LINE: sentence". */
int settings_load(const char *path, struct settings **settings, char *why, size_t why_len);
void settings_free(struct settings *settings); /* wipes every value; NULL is fine */

/* settings.c, for parse.c and inherit.c. NULL: no memory. */
struct section *settings_section(struct section *parent, const char *name, const char *file,
                                 unsigned line);
const struct section *settings_find_section(const struct section *parent, const char *name);
struct setting *settings_find(const struct section *section, const char *key);
int settings_set(struct section *section, const char *key, const char *value, const char *file,
                 unsigned line);
const char *settings_file_name(struct settings *settings,
                               const char *name); /* a copy that lives as long */

/* inherit.c */
int settings_inherit(struct settings *settings, char *why, size_t why_len);
/* settings_parse.c: the text of one file into `into` */
int settings_parse_file(struct settings *settings, struct section *into, const char *path,
                        char *why, size_t why_len);

/* Who wants to know where values and comments stand in a text, in the order in which they do: bytes
 * from .. to - 1. Nothing else is made of it, and what it includes is not looked at. */
struct settings_scan {
    void *user;
    /* top: the outermost section, "" in none; NULL, or what is wrong */
    const char *(*value)(void *user, const char *top, const char *key, const char *value,
                         size_t from, size_t to);
    void (*comment)(void *user, size_t from, size_t to);
};
/* name: of the file, for `why`. */
int settings_scan(const char *name, const char *text, size_t len, const struct settings_scan *scan,
                  char *why, size_t why_len);

#endif
