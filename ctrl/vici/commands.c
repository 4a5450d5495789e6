/* SPDX-License-Identifier: Apache-2.0 */
/* The table of VICI's commands. What swanctl can ask for and is not here is answered, by name. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctrl/vici/commands.h"

static bool refuse_one(struct vici_request *r, const char *what)
{
    return vici_refuse(r, "%s is not supported by espalierd", what);
}

#define NOT_SUPPORTED(function, what)                                                              \
    static bool function(struct vici_request *r)                                                   \
    {                                                                                              \
        return refuse_one(r, what);                                                                \
    }
/* clang-format off */
NOT_SUPPORTED(no_redirect, "redirecting peers")
NOT_SUPPORTED(no_token, "a key on a token")
NOT_SUPPORTED(no_counters, "counting IKE messages")
/* clang-format on */

static const struct vici_command commands[] = {
    {"version", vici_version},
    {"stats", vici_stats},
    {"reload-settings", vici_reload_settings},
    {"get-algorithms", vici_get_algorithms},
    {"list-sas", vici_list_sas},
    {"list-conns", vici_list_conns},
    {"list-policies", vici_list_policies},
    {"list-certs", vici_list_certs},
    {"list-authorities", vici_list_authorities},
    {"get-conns", vici_get_conns},
    {"get-shared", vici_get_shared},
    {"get-keys", vici_get_keys},
    {"get-authorities", vici_get_authorities},
    {"get-pools", vici_get_pools},
    {"initiate", vici_initiate},
    {"terminate", vici_terminate},
    {"rekey", vici_rekey},
    {"load-conn", vici_load_conn},
    {"unload-conn", vici_unload_conn},
    {"load-shared", vici_load_shared},
    {"unload-shared", vici_unload_shared},
    {"clear-creds", vici_clear_creds},
    {"flush-certs", vici_flush_certs},
    {"redirect", no_redirect},
    {"install", vici_install},
    {"uninstall", vici_uninstall},
    {"load-cert", vici_load_cert},
    {"load-key", vici_load_key},
    {"unload-key", vici_unload_key},
    {"load-token", no_token},
    {"load-authority", vici_load_authority},
    {"unload-authority", vici_unload_authority},
    {"load-pool", vici_load_pool},
    {"unload-pool", vici_unload_pool},
    {"get-counters", no_counters},
    {"reset-counters", no_counters},
};

const struct vici_command *vici_command(const char *name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

bool vici_refuse(struct vici_request *r, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    vici_add(&r->out, "success", "no");
    vici_add(&r->out, "errmsg", "%s", text);
    return true;
}

bool vici_succeed(struct vici_request *r)
{
    vici_add(&r->out, "success", "yes");
    return true;
}
