/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration payloads (RFC 7296 2.19). See configuration.h.
 *
 *   client                                                server
 *   .. CP(CFG_REQUEST: INTERNAL_IP4_ADDRESS() ..),
 *      SAi2, TSi (everything), TSr                  -->
 *                                                   <--  .. CP(CFG_REPLY: INTERNAL_IP4_ADDRESS(a),
 *                                                        INTERNAL_IP4_DNS(d) ..), SAr2, TSi (a),
 * TSr
 */
#include "ctrl/exchange/configuration.h"

#include <arpa/inet.h>
#include <string.h>

#include "ctrl/log/log.h"
#include "ctrl/sa/pool.h"
#include "ctrl/sa/text.h"
#include "ctrl/wire/cp.h"

#define V6_VALUE 17u /* an IPv6 address and a prefix length */

static void log_addr(const struct ike_sa *sa, const char *what, const struct espl_addr *a)
{
    char text[INET6_ADDRSTRLEN] = "?";
    inet_ntop(a->family == ESPL_IPV6 ? AF_INET6 : AF_INET, a->bytes, text, sizeof text);
    log_info("%s[%u]: %s %s", sa->conn->name, sa->number, what, text);
}

/* The address of an attribute; empty: any of its family. false: it has another length. */
static bool read_addr(const struct cp_attribute *a, struct espl_addr *addr)
{
    bool v6 = a->type == INTERNAL_IP6_ADDRESS || a->type == INTERNAL_IP6_DNS;
    size_t n = v6 ? 16 : 4;
    *addr = (struct espl_addr){.family = v6 ? ESPL_IPV6 : ESPL_IPV4};
    if (a->value.n == 0)
        return true;
    if (a->value.n != n && !(a->type == INTERNAL_IP6_ADDRESS && a->value.n == V6_VALUE))
        return false;
    memcpy(addr->bytes, a->value.p, n);
    return true;
}

static bool add_addr(struct espl_addr *list, size_t *count, const struct espl_addr *addr)
{
    if (*count == CONFIG_VIPS)
        return false;
    list[(*count)++] = *addr;
    return true;
}

/* -------------------------------------------------------------------------- client */

void configuration_ask(const struct ike_sa *sa, struct chain *c)
{
    struct cp cp = {.type = CFG_REQUEST};
    uint8_t values[CONFIG_VIPS][V6_VALUE];
    bool v4 = false, v6 = false;
    for (size_t i = 0; i < sa->conn->vip_count; i++) {
        const struct espl_addr *vip = &sa->conn->vips[i];
        bool six = vip->family == ESPL_IPV6;
        size_t n = addr_is_any(vip) ? 0 : six ? V6_VALUE : 4u;
        memcpy(values[i], vip->bytes, 16);
        values[i][16] = 128;
        cp_add(&cp, six ? INTERNAL_IP6_ADDRESS : INTERNAL_IP4_ADDRESS,
               (struct bytes){values[i], n});
        v4 = v4 || !six;
        v6 = v6 || six;
    }
    if (v4)
        cp_add(&cp, INTERNAL_IP4_DNS, (struct bytes){0});
    if (v6)
        cp_add(&cp, INTERNAL_IP6_DNS, (struct bytes){0});
    if (cp.count)
        cp_write(c, &cp);
}

static void take_one(struct ike_sa *sa, const struct cp_attribute *a)
{
    struct ike_manager *m = sa->m;
    struct espl_addr addr;
    bool is_addr = a->type == INTERNAL_IP4_ADDRESS || a->type == INTERNAL_IP6_ADDRESS;
    bool is_dns = a->type == INTERNAL_IP4_DNS || a->type == INTERNAL_IP6_DNS;
    if ((!is_addr && !is_dns) || !read_addr(a, &addr) || addr_is_any(&addr))
        return;
    if (!add_addr(is_dns ? sa->dns : sa->vips_own, is_dns ? &sa->dns_count : &sa->vip_owns, &addr))
        return;
    log_addr(sa, is_dns ? "the peer's name server is" : "virtual address", &addr);
    if (is_addr && m->env.vip)
        m->env.vip(m->env.user, &addr, true);
}

bool configuration_take(struct ike_sa *sa, const struct message *msg)
{
    const struct payload *p = message_find(msg, PAYLOAD_CP);
    struct cp cp;
    if (sa->conn->vip_count == 0)
        return true; /* RFC 7296 2.19: what was not asked for is ignored */
    if (p && cp_parse(p, &cp) == WIRE_OK && cp.type == CFG_REPLY)
        for (size_t i = 0; i < cp.count; i++)
            take_one(sa, &cp.attrs[i]);
    return sa->vip_owns > 0;
}

/* -------------------------------------------------------------------------- server */

/* The pools' attributes that go with the address just given, each type once. */
static void add_attributes(const struct ike_sa *sa, const struct espl_addr *addr, struct cp *cp)
{
    const struct pool *pool = pool_of(sa->m, sa->conn, addr);
    for (size_t i = 0; pool && i < pool->conf->attr_count; i++) {
        const struct config_attr *a = &pool->conf->attrs[i];
        cp_add(cp, a->type, (struct bytes){a->data, a->len});
    }
}

unsigned configuration_give(struct ike_sa *sa, const struct message *msg, struct chain *c)
{
    const struct payload *p = message_find(msg, PAYLOAD_CP);
    struct cp asked = {.count = 0}, reply = {.type = CFG_REPLY};
    uint8_t values[CONFIG_VIPS][V6_VALUE];
    bool wants = false;
    if (p && (cp_parse(p, &asked) != WIRE_OK || asked.type != CFG_REQUEST))
        asked.count = 0;
    for (size_t i = 0; i < asked.count; i++) {
        struct espl_addr wanted, addr;
        bool v6 = asked.attrs[i].type == INTERNAL_IP6_ADDRESS;
        size_t n = sa->vip_peers;
        if ((!v6 && asked.attrs[i].type != INTERNAL_IP4_ADDRESS) || n == CONFIG_VIPS ||
            !read_addr(&asked.attrs[i], &wanted))
            continue;
        wants = true;
        if (!pool_take(sa->m, sa->conn, &sa->id_peer, &wanted, &addr))
            continue;
        sa->vips_peer[sa->vip_peers++] = addr;
        log_addr(sa, "the peer gets the virtual address", &addr);
        memcpy(values[n], addr.bytes, 16);
        values[n][16] = 128;
        cp_add(&reply, v6 ? INTERNAL_IP6_ADDRESS : INTERNAL_IP4_ADDRESS,
               (struct bytes){values[n], v6 ? V6_VALUE : 4u});
        add_attributes(sa, &addr, &reply);
    }
    if (sa->vip_peers)
        cp_write(c, &reply);
    else if (wants)
        return INTERNAL_ADDRESS_FAILURE; /* RFC 7296 3.15.4 */
    else if (sa->conn->pool_count)
        return FAILED_CP_REQUIRED; /* RFC 7296 2.19 */
    return NOTIFY_NONE;
}

void configuration_end(struct ike_sa *sa)
{
    struct ike_manager *m = sa->m;
    for (size_t i = 0; i < sa->vip_peers; i++)
        pool_release(m, &sa->vips_peer[i]);
    for (size_t i = 0; i < sa->vip_owns; i++) {
        bool shared = false; /* by the IKE_SA that reauthenticated this one */
        for (const struct ike_sa *o = m->sas; o; o = o->next)
            for (size_t j = 0; o != sa && j < o->vip_owns; j++)
                shared = shared || addr_equal(&o->vips_own[j], &sa->vips_own[i]);
        if (m->env.vip && !shared)
            m->env.vip(m->env.user, &sa->vips_own[i], false);
    }
    sa->vip_peers = sa->vip_owns = sa->dns_count = 0;
}
