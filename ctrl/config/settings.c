/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of sections and settings that swanctl.conf's text becomes. */
#include "ctrl/config/settings.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings_file {
    struct settings_file *next;
    char name[];
};

const char *settings_file_name(struct settings *settings, const char *name)
{
    size_t len = strlen(name) + 1;
    struct settings_file *file = malloc(sizeof(*file) + len);
    if (!file)
        return NULL;
    memcpy(file->name, name, len);
    file->next = settings->files;
    settings->files = file;
    return file->name;
}

static void value_free(char *value)
{
    if (value)
        OPENSSL_cleanse(value, strlen(value));
    free(value);
}

static void section_clear(struct section *s)
{
    while (s->settings) {
        struct setting *next = s->settings->next;
        free(s->settings->key);
        value_free(s->settings->value);
        free(s->settings);
        s->settings = next;
    }
    while (s->sections) {
        struct section *next = s->sections->next;
        section_clear(s->sections);
        free(s->sections);
        s->sections = next;
    }
    free(s->name);
    free(s->bases);
}

void settings_free(struct settings *settings)
{
    if (!settings)
        return;
    section_clear(&settings->root);
    while (settings->files) {
        struct settings_file *next = settings->files->next;
        free(settings->files);
        settings->files = next;
    }
    free(settings);
}

const struct section *settings_find_section(const struct section *parent, const char *name)
{
    const struct section *s = parent->sections;
    while (s && strcmp(s->name, name) != 0)
        s = s->next;
    return s;
}

struct section *settings_section(struct section *parent, const char *name, const char *file,
                                 unsigned line)
{
    struct section **end = &parent->sections;
    for (; *end; end = &(*end)->next)
        if (strcmp((*end)->name, name) == 0)
            return *end; /* said in two places: one section */
    struct section *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->name = strdup(name);
    if (!s->name) {
        free(s);
        return NULL;
    }
    s->file = file;
    s->line = line;
    *end = s;
    return s;
}

struct setting *settings_find(const struct section *section, const char *key)
{
    struct setting *s = section->settings;
    while (s && strcmp(s->key, key) != 0)
        s = s->next;
    return s;
}

int settings_set(struct section *section, const char *key, const char *value, const char *file,
                 unsigned line)
{
    char *copy = strdup(value);
    struct setting *s = settings_find(section, key);
    if (copy && !s) {
        struct setting **end = &section->settings;
        while (*end)
            end = &(*end)->next;
        s = calloc(1, sizeof(*s));
        if (s && !(s->key = strdup(key))) {
            free(s);
            s = NULL;
        }
        if (s)
            *end = s;
    }
    if (!copy || !s) {
        value_free(copy);
        return -1;
    }
    value_free(s->value); /* the later value counts */
    s->value = copy;
    s->file = file;
    s->line = line;
    return 0;
}

int settings_load(const char *path, struct settings **out, char *why, size_t why_len)
{
    *out = NULL;
    struct settings *settings = calloc(1, sizeof(*settings));
    if (!settings) {
        (void)snprintf(why, why_len, "%s:1: out of memory", path);
        return -1;
    }
    if (settings_parse_file(settings, &settings->root, path, why, why_len) != 0 ||
        settings_inherit(settings, why, why_len) != 0) {
        settings_free(settings);
        return -1;
    }
    *out = settings;
    return 0;
}
