/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load-*, unload-*, clear-creds. A message becomes the same tree of settings that swanctl.conf's
 * text becomes, and is read by the same tables (ctrl/config): there is one meaning of every word.
 */
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ctrl/config/settings.h"
#include "ctrl/exchange/reconfigure.h"
#include "ctrl/vici/commands.h"

#define SHARED_MAX ((SETTINGS_VALUE - 3) / 2) /* bytes, as 0x and hexadecimal */

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

/* Appends to b->value, after a comma when it is not the first. */
static bool append(struct build *b, const char *key, const struct vici_element *e)
{
    if ((e->len && memchr(e->value, '\0', e->len)) || b->len + e->len + 3 > sizeof(b->value))
        return refuse(b, key,
                      "the value is too long, or is no text (keys and certificates "
                      "are not supported by espalierd)");
    if (b->len > 0) {
        memcpy(b->value + b->len, ", ", 2);
        b->len += 2;
    }
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
    if (e->len && memchr(e->value, ',', e->len))
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

/* Reads settings by ctrl/config. NULL: refused. */
static struct config *read_config(struct vici_request *r, const struct settings *settings)
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
        config = read_config(r, settings);
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

/* ---------------------------------------------------------------- secrets */

/* The bytes as 0x and hexadecimal: swanctl has decoded them, and they may be anything. */
static bool put_secret(struct section *into, const struct vici_element *data)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 + 2 * SHARED_MAX + 1] = "0x";
    for (size_t i = 0; i < data->len; i++) {
        text[2 + 2 * i] = digits[data->value[i] >> 4];
        text[3 + 2 * i] = digits[data->value[i] & 15];
    }
    text[2 + 2 * data->len] = '\0';
    bool good = settings_set(into, "secret", text, NULL, 0) == 0;
    OPENSSL_cleanse(text, sizeof(text));
    return good;
}

/* owners: whose secret it is. false: refused. */
static bool put_owners(struct vici_request *r, struct section *into)
{
    struct vici_walk walk = vici_walk(r->message);
    struct vici_element e;
    unsigned n = 0;
    bool owners = false;
    for (vici_next(&walk, &e); e.kind != VICI_END; vici_next(&walk, &e)) {
        char key[16], id[VICI_NAME];
        if (e.kind == VICI_LIST_START)
            owners = strcmp(e.name, "owners") == 0;
        if (e.kind != VICI_LIST_ITEM || !owners)
            continue;
        if (e.len == 0 || e.len >= sizeof(id) || memchr(e.value, '\0', e.len)) {
            vici_refuse(r, "owners: an identity is empty or too long");
            return false;
        }
        memcpy(id, e.value, e.len);
        id[e.len] = '\0';
        (void)snprintf(key, sizeof(key), "id-%u", ++n);
        if (settings_set(into, key, id, NULL, 0) != 0) {
            vici_refuse(r, "out of memory");
            return false;
        }
    }
    return true;
}

/* secrets.ike of one shared key. false: refused. */
static bool read_shared(struct vici_request *r, struct settings *settings)
{
    char type[16];
    struct vici_element data;
    if (!vici_text(r->message, "type", type, sizeof(type)) || strcasecmp(type, "ike") != 0) {
        vici_refuse(r, "type: secrets of other types than IKE are not supported by espalierd");
        return false;
    }
    if (!vici_value(r->message, "data", &data) || data.len == 0 || data.len > SHARED_MAX) {
        vici_refuse(r, "data: it is missing, or longer than %d bytes", SHARED_MAX);
        return false;
    }
    struct section *secrets = settings_section(&settings->root, "secrets", NULL, 0);
    struct section *ike = secrets ? settings_section(secrets, "ike", NULL, 0) : NULL;
    if (!ike || !put_secret(ike, &data)) {
        vici_refuse(r, "out of memory");
        return false;
    }
    return put_owners(r, ike);
}

/* Under the name that the client gave; without one, under no name that it could give. */
static bool take_secret(struct vici_request *r, struct config *config)
{
    struct config_secret *secret = config->secrets;
    char id[VICI_NAME];
    if (!vici_text(r->message, "id", id, sizeof(id)))
        return vici_refuse(r, "id: it is too long");
    char *name = strdup(id);
    if (!name)
        return vici_refuse(r, "out of memory");
    config->secrets = secret->next;
    free(secret->name);
    secret->name = name;
    ike_manager_load_secret(r->vici->env.ike, secret);
    return vici_succeed(r);
}

bool vici_load_shared(struct vici_request *r)
{
    struct settings *settings = calloc(1, sizeof(*settings));
    struct config *config = NULL;
    if (!settings)
        return vici_refuse(r, "out of memory");
    if (read_shared(r, settings) && (config = read_config(r, settings)))
        take_secret(r, config);
    config_unref(config);
    settings_free(settings);
    return true;
}

bool vici_unload_shared(struct vici_request *r)
{
    char id[VICI_NAME];
    if (!vici_text(r->message, "id", id, sizeof(id)) || !*id ||
        !ike_manager_unload_secret(r->vici->env.ike, id))
        return vici_refuse(r, "there is no secret of that id");
    return vici_succeed(r);
}

bool vici_clear_creds(struct vici_request *r)
{
    ike_manager_clear_secrets(r->vici->env.ike);
    return vici_succeed(r);
}
