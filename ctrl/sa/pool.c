/* SPDX-License-Identifier: Apache-2.0 */
/* Leases of virtual addresses. See pool.h. */
#include "ctrl/sa/pool.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "ctrl/sa/text.h"

/* ---------------------------------------------------------------- addresses by number */

struct espl_addr pool_addr(const struct pool *pool, uint64_t index)
{
    struct espl_addr a = pool->conf->first;
    for (size_t i = addr_len(&a); i-- > 0 && index;) {
        index += a.bytes[i];
        a.bytes[i] = (uint8_t)index;
        index >>= 8;
    }
    return a;
}

static struct lease *lease_at(const struct pool *pool, const struct espl_addr *addr)
{
    for (struct lease *l = pool->leases; l; l = l->next) {
        const struct espl_addr a = pool_addr(pool, l->index);
        if (addr_equal(&a, addr))
            return l;
    }
    return NULL;
}

/* ---------------------------------------------------------------- who */

static bool hash_of(const struct config_id *id, uint8_t who[POOL_WHO])
{
    uint8_t full[EVP_MAX_MD_SIZE], text[1 + sizeof id->data];
    text[0] = id->type;
    memcpy(text + 1, id->data, id->len);
    if (EVP_Digest(text, 1 + id->len, full, NULL, EVP_sha256(), NULL) != 1)
        return false;
    memcpy(who, full, POOL_WHO);
    return true;
}

static void rename_lease(struct lease *l, const uint8_t who[POOL_WHO], const char *text)
{
    memcpy(l->who, who, POOL_WHO);
    free(l->text);
    l->text = strdup(text); /* without memory it is shown without */
    l->users = 1;
}

static struct lease *new_lease(struct pool *pool)
{
    struct lease **end = &pool->leases, *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    while (*end)
        end = &(*end)->next;
    *end = l;
    l->index = pool->fresh++;
    return l;
}

/* Its own of before; the same once more when it asks for it by address (it reauthenticates); one
 * that nobody ever had; one that somebody had. */
static struct lease *choose(struct pool *pool, const uint8_t who[POOL_WHO],
                            const struct espl_addr *wanted)
{
    struct lease *idle = NULL;
    for (struct lease *l = pool->leases; l; l = l->next) {
        const struct espl_addr a = pool_addr(pool, l->index);
        bool own = memcmp(l->who, who, POOL_WHO) == 0;
        if (own && (l->users == 0 || addr_equal(&a, wanted)))
            return l;
        if (l->users == 0 && !idle)
            idle = l;
    }
    if (pool->fresh < pool->conf->size)
        return new_lease(pool);
    return idle;
}

static bool of_conn(const struct pool *pool, const struct config_conn *conn, size_t i,
                    enum espl_family family)
{
    return !pool->retired && pool->conf->first.family == family &&
           strcmp(pool->conf->name, conn->pools[i]) == 0;
}

bool pool_take(struct ike_manager *m, const struct config_conn *conn, const struct config_id *id,
               const struct espl_addr *wanted, struct espl_addr *got)
{
    uint8_t who[POOL_WHO];
    if (!hash_of(id, who))
        return false;
    for (size_t i = 0; i < conn->pool_count; i++)
        for (struct pool *p = m->pools; p; p = p->next) {
            struct lease *l = of_conn(p, conn, i, wanted->family) ? choose(p, who, wanted) : NULL;
            if (!l)
                continue;
            if (l->users && memcmp(l->who, who, POOL_WHO) == 0)
                l->users++;
            else
                rename_lease(l, who, id->text);
            *got = pool_addr(p, l->index);
            return true;
        }
    return false;
}

const struct pool *pool_of(const struct ike_manager *m, const struct config_conn *conn,
                           const struct espl_addr *addr)
{
    for (size_t i = 0; i < conn->pool_count; i++)
        for (const struct pool *p = m->pools; p; p = p->next)
            if (of_conn(p, conn, i, addr->family) && lease_at(p, addr))
                return p;
    return NULL;
}

size_t pool_online(const struct pool *pool)
{
    size_t n = 0;
    for (const struct lease *l = pool->leases; l; l = l->next)
        n += l->users > 0;
    return n;
}

/* ---------------------------------------------------------------- life */

static void pool_free(struct pool *pool)
{
    while (pool->leases) {
        struct lease *l = pool->leases;
        pool->leases = l->next;
        free(l->text);
        free(l);
    }
    if (pool->conf)
        config_pool_free(pool->conf);
    free(pool);
}

/* Pools that are retired and unused go. */
static void sweep(struct ike_manager *m)
{
    for (struct pool **at = &m->pools; *at;) {
        struct pool *p = *at;
        if (!p->retired || pool_online(p)) {
            at = &p->next;
            continue;
        }
        *at = p->next;
        pool_free(p);
    }
}

void pool_release(struct ike_manager *m, const struct espl_addr *addr)
{
    for (struct pool *p = m->pools; p; p = p->next) {
        struct lease *l = lease_at(p, addr);
        if (!l || !l->users)
            continue;
        l->users--;
        sweep(m);
        return;
    }
}

static struct pool *find(struct ike_manager *m, const char *name)
{
    struct pool *p = m->pools;
    while (p && (p->retired || strcmp(p->conf->name, name) != 0))
        p = p->next;
    return p;
}

bool pool_load(struct ike_manager *m, struct config_pool *conf)
{
    struct pool *old = find(m, conf->name), *p;
    if (old && config_pool_equal(old->conf, conf)) {
        config_pool_free(conf);
        return true;
    }
    if (!(p = calloc(1, sizeof *p)))
        return false;
    p->conf = conf;
    conf->next = NULL;
    p->next = m->pools;
    m->pools = p;
    if (old)
        old->retired = true;
    sweep(m);
    return true;
}

bool pool_unload(struct ike_manager *m, const char *name)
{
    struct pool *p = find(m, name);
    if (!p)
        return false;
    p->retired = true;
    sweep(m);
    return true;
}

void pool_clear(struct ike_manager *m)
{
    while (m->pools) {
        struct pool *p = m->pools;
        m->pools = p->next;
        pool_free(p);
    }
}
