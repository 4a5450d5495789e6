/* SPDX-License-Identifier: Apache-2.0 */
/* swanctl.conf as a whole: its four top sections, and the life of what it says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/config/reader.h"

static void config_free(struct config *config)
{
    while (config->conns) {
        struct config_conn *next = config->conns->next;
        config_conn_free(config->conns);
        config->conns = next;
    }
    while (config->pools) {
        struct config_pool *next = config->pools->next;
        config_pool_free(config->pools);
        config->pools = next;
    }
    while (config->secrets) {
        struct config_secret *next = config->secrets->next;
        config_secret_free(config->secrets);
        config->secrets = next;
    }
    while (config->creds) {
        struct config_cred *next = config->creds->next;
        config_cred_free(config->creds);
        config->creds = next;
    }
    while (config->authorities) {
        struct config_authority *next = config->authorities->next;
        config_authority_free(config->authorities);
        config->authorities = next;
    }
    free(config);
}

struct config *config_ref(struct config *config)
{
    config->refs++;
    return config;
}

void config_unref(struct config *config)
{
    if (config && --config->refs == 0)
        config_free(config);
}

static int read_top(struct reader *r, const struct section *root)
{
    if (root->settings)
        return reader_complain(r, root->settings, "is not a word of swanctl.conf");
    for (const struct section *s = root->sections; s; s = s->next) {
        size_t mark = reader_enter(r, s->name);
        int rc = 0;
        if (strcmp(s->name, "connections") == 0)
            rc = read_connections(r, s);
        else if (strcmp(s->name, "secrets") == 0)
            rc = read_secrets(r, s);
        else if (strcmp(s->name, "pools") == 0)
            rc = read_pools(r, s);
        else if (strcmp(s->name, "authorities") == 0)
            rc = read_authorities(r, s);
        else if (!s->is_base) /* a section that others take from may have any name */
            rc = reader_complain_section(r, s, "is not a section of swanctl.conf");
        if (rc != 0)
            return -1;
        reader_leave(r, mark);
    }
    return 0;
}

/* dir NULL: there are no files. */
static int read_all(const struct settings *settings, const char *dir, struct config **out,
                    char *why, size_t why_len)
{
    struct reader r = {.dir = dir, .why = why, .why_len = why_len};
    *out = NULL;
    r.config = calloc(1, sizeof(*r.config));
    if (!r.config) {
        (void)snprintf(why, why_len, "out of memory");
        return -1;
    }
    r.config->refs = 1;
    if (read_top(&r, &settings->root) != 0 || (dir && read_folders(&r, &settings->root) != 0)) {
        config_unref(r.config);
        return -1;
    }
    *out = r.config;
    return 0;
}

int config_of_settings(const struct settings *settings, struct config **out, char *why,
                       size_t why_len)
{
    return read_all(settings, NULL, out, why, why_len);
}

int config_load(const char *path, struct config **out, char *why, size_t why_len)
{
    struct settings *settings;
    const char *slash = strrchr(path, '/');
    *out = NULL;
    if (settings_load(path, &settings, why, why_len) != 0)
        return -1;
    char *dir = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
    int rc = -1;
    if (dir)
        rc = read_all(settings, dir, out, why, why_len);
    else
        (void)snprintf(why, why_len, "out of memory");
    free(dir);
    settings_free(settings);
    return rc;
}
