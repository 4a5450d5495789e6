/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load-conn, unload-conn; and for all of load-*: a message becomes the same tree of settings that swanctl.conf's
 * text becomes, and is read by the same tables (ctrl/config): there is one meaning of every word.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/config/settings.h"
#include "ctrl/exchange/reconfigure.h"
#include "ctrl/vici/commands.h"

/* ---------------------------------------------------------------- a message as settings */

struct build {
    struct vici_request *r;
    struct vici_walk walk;
    char list[VICI_NAME]; /* the list being read */
    char value[SETTINGS_VALUE];
    size_t len;
    bool refused;
};

static bool refuse(struct build *b, const char *key, const char *what)
{
    if (!b->refused)
        vici_refuse(b->r, "%s: %s", key, what);
    b->refused = true;
    return false;
}

/* What is no text: swanctl sends the files themselves. */
static bool is_blob(const char *key)
{
    return strcmp(key, "certs") == 0 || strcmp(key, "cacerts") == 0 ||
           strcmp(key, "pubkeys") == 0 || strcmp(key, "cacert") == 0;
}

/* As "0s" and base64, which ctrl/config reads where the name of a file may stand, too. */
static bool append_blob(struct build *b, const char *key, const struct vici_element *e)
{
    if (b->len + 2 + (e->len + 2) / 3 * 4 + 1 > sizeof(b->value) || e->len == 0)
        return refuse(b, key, "it is empty, or all of them are too long together");
    memcpy(b->value + b->len, "0s", 2);
    int n = EVP_EncodeBlock((unsigned char *)b->value + b->len + 2, e->value, (int)e->len);
    b->len += 2 + (size_t)n;
    return true;
}

/* Appends to b->value, after a comma when it is not the first. */
static bool append(struct build *b, const char *key, const struct vici_element *e)
{
    bool blob = is_blob(key);
    if ((!blob && e->len && memchr(e->value, '\0', e->len)) || e->len > sizeof(b->value) ||
        b->len + e->len + 3 > sizeof(b->value))
        return refuse(b, key, "the value is too long, or is no text");
    if (b->len > 0) {
        memcpy(b->value + b->len, ", ", 2);
        b->len += 2;
    }
    if (blob)
        return append_blob(b, key, e);
    if (e->len)
        memcpy(b->value + b->len, e->value, e->len);
    b->len += e->len;
    b->value[b->len] = '\0';
    return true;
}

static bool set(struct build *b, struct section *into, const char *key)
{
    if (settings_set(into, key, b->value, NULL, 0) != 0)
        return refuse(b, key, "out of memory");
    return true;
}

static bool item(struct build *b, const struct vici_element *e)
{
    if (!is_blob(b->list) && e->len && memchr(e->value, ',', e->len))
        return refuse(b, b->list, "an item of the list has a comma in it");
    return append(b, b->list, e);
}

/* What stands in one section, up to its end. */
static bool read_section(struct build *b, struct section *into)
{
    struct vici_element e;
    for (vici_next(&b->walk, &e); e.kind != VICI_END && e.kind != VICI_SECTION_END;
         vici_next(&b->walk, &e)) {
        struct section *sub;
        switch (e.kind) {
        case VICI_SECTION_START:
            sub = settings_section(into, e.name, NULL, 0);
            if (!sub)
                return refuse(b, e.name, "out of memory");
            if (!read_section(b, sub)) /* VICI_DEPTH bounds the recursion */
                return false;
            break;
        case VICI_LIST_START:
            memcpy(b->list, e.name, sizeof(b->list));
            b->len = 0;
            b->value[0] = '\0';
            break;
        case VICI_LIST_ITEM:
            if (!item(b, &e))
                return false;
            break;
        case VICI_LIST_END:
            if (!set(b, into, b->list))
                return false;
            break;
        case VICI_KEY_VALUE:
            b->len = 0;
            b->value[0] = '\0';
            if (!append(b, e.name, &e) || !set(b, into, e.name))
                return false;
            break;
        default:
            break;
        }
    }
    return true;
}

struct config *vici_config_of(struct vici_request *r, const struct settings *settings)
{
    char why[512] = "";
    struct config *config;
    if (config_of_settings(settings, &config, why, sizeof(why)) == 0)
        return config;
    vici_refuse(r, "%s", why);
    return NULL;
}

/* ---------------------------------------------------------------- connections */

/* The message is a section for everything that stands in `top` of swanctl.conf. */
struct config *vici_read_config(struct vici_request *r, const char *top)
{
    struct settings *settings = calloc(1, sizeof(*settings));
    struct build b = {.r = r, .walk = vici_walk(r->message)};
    struct section *into = settings ? settings_section(&settings->root, top, NULL, 0) : NULL;
    struct config *config = NULL;
    if (!into)
        refuse(&b, top, "out of memory");
    else if (read_section(&b, into))
        config = vici_config_of(r, settings);
    settings_free(settings);
    return config;
}

static bool take_connections(struct vici_request *r, struct config *config)
{
    while (config->conns) {
        struct config_conn *conn = config->conns;
        config->conns = conn->next;
        conn->next = NULL;
        if (ike_manager_load_conn(r->vici->env.ike, conn))
            continue;
        vici_refuse(r, "%s: out of memory", conn->name);
        config_conn_free(conn);
        return true;
    }
    return vici_succeed(r);
}

bool vici_load_conn(struct vici_request *r)
{
    struct config *config = vici_read_config(r, "connections");
    if (config)
        take_connections(r, config);
    r->vici->env.settle(r->vici->env.user);
    config_unref(config);
    return true;
}

bool vici_unload_conn(struct vici_request *r)
{
    char name[VICI_NAME];
    bool good = vici_text(r->message, "name", name, sizeof(name));
    if (!good || !ike_manager_unload_conn(r->vici->env.ike, name))
        return vici_refuse(r, "there is no connection %s", good ? name : "with so long a name");
    r->vici->env.settle(r->vici->env.user);
    return vici_succeed(r);
}
