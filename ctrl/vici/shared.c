/* SPDX-License-Identifier: Apache-2.0 */
/* load-shared, unload-shared, clear-creds: the signer has the secret already, here it is said whose
 * it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ctrl/config/settings.h"
#include "ctrl/exchange/credentials.h"
#include "ctrl/signer/signer.h"
#include "ctrl/vici/commands.h"

/* The number under which the signer holds it has come in its place. */
static bool put_secret(struct section *into, const char *number)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%c%s", SECRET_HELD, number);
    return settings_set(into, "secret", text, NULL, 0) == 0;
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

/* XAUTH is EAP's older sister in swanctl.conf: the same secrets. */
static const char *kind_of(const char *type)
{
    return strcasecmp(type, "ike") == 0                                     ? "ike"
           : strcasecmp(type, "eap") == 0 || strcasecmp(type, "xauth") == 0 ? "eap"
           : strcasecmp(type, "ppk") == 0                                   ? "ppk"
                                                                            : NULL;
}

/* secrets.ike, eap or ppk of one shared key. false: refused. */
static bool read_shared(struct vici_request *r, struct settings *settings)
{
    char type[16], data[16];
    const char *kind = vici_text(r->message, "type", type, sizeof(type)) ? kind_of(type) : NULL;
    if (!kind) {
        vici_refuse(r, "type: secrets of other types than IKE, EAP and PPK are not supported by "
                       "espalierd");
        return false;
    }
    if (!vici_text(r->message, "data", data, sizeof(data)) || !*data) {
        vici_refuse(r, "data: it is missing, or longer than %d bytes", SIGNER_SHARED_MAX);
        return false;
    }
    struct section *secrets = settings_section(&settings->root, "secrets", NULL, 0);
    struct section *ike = secrets ? settings_section(secrets, kind, NULL, 0) : NULL;
    if (!ike || !put_secret(ike, data)) {
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
    return ike_manager_load_secret(r->vici->env.ike, secret)
               ? vici_succeed(r)
               : vici_refuse(r, "the signer can't take it");
}

bool vici_load_shared(struct vici_request *r)
{
    struct settings *settings = calloc(1, sizeof(*settings));
    struct config *config = NULL;
    if (!settings)
        return vici_refuse(r, "out of memory");
    if (read_shared(r, settings) && (config = vici_config_of(r, settings)))
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
    credentials_clear(r->vici->env.ike);
    return vici_succeed(r);
}
