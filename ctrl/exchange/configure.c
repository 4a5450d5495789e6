/* SPDX-License-Identifier: Apache-2.0 */
/* A whole configuration in the place of another, connection by connection. See reconfigure.h. */
#include <string.h>

#include "ctrl/exchange/credentials.h"
#include "ctrl/exchange/reconfigure.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/pool.h"

static bool has(const struct config *config, const char *name)
{
    const struct config_conn *c = config->conns;
    while (c && strcmp(c->name, name) != 0)
        c = c->next;
    return c != NULL;
}

/* The first connection that is not in `config`; NULL: there is none. */
static const struct config_conn *stranger(const struct ike_manager *m, const struct config *config)
{
    const struct config_conn *c = m->config->conns;
    while (c && (c->retired || has(config, c->name)))
        c = c->next;
    return c;
}

static bool has_pool(const struct config *config, const char *name)
{
    const struct config_pool *p = config->pools;
    while (p && strcmp(p->name, name) != 0)
        p = p->next;
    return p != NULL;
}

static bool replace_pools(struct ike_manager *m, struct config *config)
{
    for (struct pool *p = m->pools, *next; p; p = next) {
        next = p->next;
        if (!p->retired && !has_pool(config, p->conf->name))
            (void)pool_unload(m, p->conf->name);
    }
    while (config->pools) {
        struct config_pool *pool = config->pools;
        config->pools = pool->next;
        if (!pool_load(m, pool)) {
            log_info("pool %s: out of memory; it stays as it was", pool->name);
            config_pool_free(pool);
            return false;
        }
    }
    return true;
}

bool ike_manager_configure(struct ike_manager *m, struct config *config)
{
    bool whole = true;
    const struct config_conn *gone;
    credentials_clear(m); /* before what needs them is set up */
    credentials_take(m, config);
    whole = replace_pools(m, config);
    while ((gone = stranger(m, config)))
        if (!ike_manager_unload_conn(m, gone->name))
            return false;
    while (config->conns) {
        struct config_conn *conn = config->conns;
        config->conns = conn->next;
        conn->next = NULL;
        if (ike_manager_load_conn(m, conn))
            continue;
        log_info("%s: out of memory; it stays as it was", conn->name);
        config_conn_free(conn);
        whole = false;
    }
    return whole;
}
