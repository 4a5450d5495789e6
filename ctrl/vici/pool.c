/* SPDX-License-Identifier: Apache-2.0 */
/* load-pool, unload-pool, get-pools: virtual addresses, and who has them. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "ctrl/net/net.h"
#include "ctrl/sa/pool.h"
#include "ctrl/vici/commands.h"

bool vici_load_pool(struct vici_request *r)
{
    struct config *config = vici_read_config(r, "pools");
    bool good = true;
    while (config && config->pools && good) {
        struct config_pool *pool = config->pools;
        config->pools = pool->next;
        good = pool_load(r->vici->env.ike, pool);
        if (!good)
            config_pool_free(pool);
    }
    if (config)
        (void)(good ? vici_succeed(r) : vici_refuse(r, "out of memory"));
    config_unref(config);
    return true;
}

bool vici_unload_pool(struct vici_request *r)
{
    char name[VICI_NAME];
    bool good = vici_text(r->message, "name", name, sizeof(name));
    if (!good || !pool_unload(r->vici->env.ike, name))
        return vici_refuse(r, "there is no pool %s", good ? name : "with so long a name");
    return vici_succeed(r);
}

static void put_leases(struct vici_out *o, const struct pool *pool)
{
    char text[INET6_ADDRSTRLEN], number[16];
    unsigned n = 0;
    vici_section(o, "leases");
    for (const struct lease *l = pool->leases; l; l = l->next) {
        const struct espl_addr addr = pool_addr(pool, l->index);
        (void)snprintf(number, sizeof(number), "%u", n++);
        vici_section(o, number);
        vici_add(o, "address", "%s", net_addr_text(&addr, text));
        vici_add(o, "identity", "%s", l->text ? l->text : "");
        vici_add(o, "status", "%s", l->users ? "online" : "offline");
        vici_section_end(o);
    }
    vici_section_end(o);
}

bool vici_get_pools(struct vici_request *r)
{
    char name[VICI_NAME], leases[8], text[INET6_ADDRSTRLEN];
    if (!vici_text(r->message, "name", name, sizeof(name)) ||
        !vici_text(r->message, "leases", leases, sizeof(leases)))
        return vici_refuse(r, "name or leases is too long");
    for (const struct pool *p = r->vici->env.ike->pools; p; p = p->next) {
        size_t all = 0, online = pool_online(p);
        if (p->retired || (*name && strcmp(name, p->conf->name) != 0))
            continue;
        for (const struct lease *l = p->leases; l; l = l->next)
            all++;
        vici_section(&r->out, p->conf->name);
        vici_add(&r->out, "base", "%s", net_addr_text(&p->conf->first, text));
        vici_add(&r->out, "size", "%llu", (unsigned long long)p->conf->size);
        vici_add(&r->out, "online", "%zu", online);
        vici_add(&r->out, "offline", "%zu", all - online);
        if (strcmp(leases, "yes") == 0)
            put_leases(&r->out, p);
        vici_section_end(&r->out);
    }
    return true;
}
