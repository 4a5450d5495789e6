/* SPDX-License-Identifier: Apache-2.0 */
/* pools.<name>: the addresses that a server gives to its clients, and what it tells them beside. */
#include <stdlib.h>
#include <string.h>

#include "ctrl/config/reader.h"
#include "ctrl/wire/ike.h"

#define POOL_MAX (UINT64_C(1) << 31) /* addresses that are counted of a pool */

/* Low 64 bits of an address, as a number. */
static uint64_t low_bits(const struct espl_addr *a)
{
    size_t len = a->family == ESPL_IPV4 ? 4 : 16;
    uint64_t n = 0;
    for (size_t i = len > 8 ? len - 8 : 0; i < len; i++)
        n = n << 8 | a->bytes[i];
    return n;
}

/* "10.3.0.10-10.3.0.20"; *size 0: it is none. */
static void read_range(const char *text, struct espl_addr *first, uint64_t *size)
{
    char from[64];
    struct espl_addr last;
    const char *dash = strchr(text, '-');
    size_t len = (size_t)(dash - text);
    *size = 0;
    if (len >= sizeof(from))
        return;
    memcpy(from, text, len);
    from[len] = '\0';
    if (!value_addr(from, first) || !value_addr(dash + 1, &last) || first->family != last.family ||
        (first->family == ESPL_IPV6 && memcmp(first->bytes, last.bytes, 8) != 0) ||
        low_bits(&last) < low_bits(first))
        return;
    *size = low_bits(&last) - low_bits(first) + 1;
}

/* "10.3.0.0/24": without the network's and the broadcast address, or from the address that stands
 * there. "2001:db8::/112": without the anycast address of routers (RFC 4291 2.6.1). */
static void read_net(const char *text, struct espl_addr *first, uint64_t *size)
{
    struct espl_prefix net;
    char addr[64];
    size_t len = strcspn(text, "/");
    *size = 0;
    if (len >= sizeof(addr) || !value_prefix(text, &net))
        return;
    memcpy(addr, text, len);
    addr[len] = '\0';
    if (!value_addr(addr, first))
        return;
    unsigned host = (first->family == ESPL_IPV4 ? 32u : 128u) - net.len;
    uint64_t whole = host >= 63 ? UINT64_C(1) << 63 : UINT64_C(1) << host;
    uint64_t skipped = low_bits(first) - low_bits(&net.addr);
    if (skipped == 0 && host >= 2) {
        skipped = 1;
        first->bytes[first->family == ESPL_IPV4 ? 3 : 15] |= 1;
    }
    *size = whole - skipped - (first->family == ESPL_IPV4 && host >= 2 ? 1 : 0);
}

static int read_addrs(struct reader *r, const struct setting *s, void *into)
{
    struct config_pool *p = into;
    if (strchr(s->value, '-'))
        read_range(s->value, &p->first, &p->size);
    else
        read_net(s->value, &p->first, &p->size);
    if (p->size == 0)
        return reader_complain(r, s,
                               "%s is neither a network (10.3.0.0/24) nor a range "
                               "(10.3.0.10-10.3.0.20)",
                               s->value);
    if (p->size > POOL_MAX)
        p->size = POOL_MAX;
    free(p->text);
    p->text = strdup(s->value);
    return p->text ? 0 : reader_complain(r, s, "out of memory");
}

/* The attribute of a word for IPv4 and IPv6; 0: there is none. */
struct attr_types {
    uint16_t v4, v6;
    bool nets;
};
struct attr_reader {
    struct config_pool *pool;
    struct attr_types types;
};

static int add_attr(struct reader *r, const struct setting *s, const char *item, void *into)
{
    const struct attr_reader *in = into;
    struct config_pool *p = in->pool;
    struct espl_prefix net;
    if (p->attr_count == CONFIG_ATTRS)
        return reader_complain(r, s, "the pool has more than %d attributes", CONFIG_ATTRS);
    if (!value_prefix(item, &net) || (!in->types.nets && strchr(item, '/')))
        return reader_complain(r, s, "%s is not an IP %s", item,
                               in->types.nets ? "network" : "address");
    bool v4 = net.addr.family == ESPL_IPV4;
    struct config_attr *a = &p->attrs[p->attr_count];
    *a = (struct config_attr){.type = v4 ? in->types.v4 : in->types.v6, .len = v4 ? 4 : 16};
    if (a->type == 0)
        return reader_complain(r, s, "%s: there is no such attribute for IPv6", item);
    memcpy(a->data, net.addr.bytes, a->len);
    if (in->types.nets && v4) { /* RFC 7296 3.15.1: an address and a netmask, or a prefix length */
        uint32_t mask = net.len ? UINT32_MAX << (32 - net.len) : 0;
        for (unsigned i = 0; i < 4; i++)
            a->data[a->len++] = (uint8_t)(mask >> (24 - 8 * i));
    } else if (in->types.nets) {
        a->data[a->len++] = net.len;
    }
    p->attr_count++;
    return 0;
}

static int read_attrs(struct reader *r, const struct setting *s, void *into,
                      struct attr_types types)
{
    struct attr_reader in = {into, types};
    return read_list(r, s, &in, add_attr);
}

static int read_dns(struct reader *r, const struct setting *s, void *into)
{
    return read_attrs(r, s, into, (struct attr_types){INTERNAL_IP4_DNS, INTERNAL_IP6_DNS, false});
}

static int read_nbns(struct reader *r, const struct setting *s, void *into)
{
    return read_attrs(r, s, into, (struct attr_types){INTERNAL_IP4_NBNS, 0, false});
}

static int read_dhcp(struct reader *r, const struct setting *s, void *into)
{
    return read_attrs(r, s, into, (struct attr_types){INTERNAL_IP4_DHCP, INTERNAL_IP6_DHCP, false});
}

static int read_netmask(struct reader *r, const struct setting *s, void *into)
{
    return read_attrs(r, s, into, (struct attr_types){INTERNAL_IP4_NETMASK, 0, false});
}

static int read_subnet(struct reader *r, const struct setting *s, void *into)
{
    return read_attrs(r, s, into,
                      (struct attr_types){INTERNAL_IP4_SUBNET, INTERNAL_IP6_SUBNET, true});
}

static const struct key pool_keys[] = {
    KEY_WITH("addrs", read_addrs),
    KEY_WITH("dns", read_dns),
    KEY_WITH("nbns", read_nbns),
    KEY_WITH("dhcp", read_dhcp),
    KEY_WITH("netmask", read_netmask),
    KEY_WITH("subnet", read_subnet),
    KEY_NOT("server"),
    KEY_NOT("split_include"),
    KEY_NOT("split_exclude"),
};

void config_pool_free(struct config_pool *pool)
{
    free(pool->name);
    free(pool->text);
    free(pool);
}

int read_pools(struct reader *r, const struct section *section)
{
    struct config_pool **end = &r->config->pools;
    if (section->settings)
        return reader_complain(r, section->settings, "is not a word of swanctl.conf");
    for (const struct section *s = section->sections; s; s = s->next) {
        size_t mark = reader_enter(r, s->name);
        struct config_pool *p = calloc(1, sizeof(*p));
        if (!p || !(p->name = strdup(s->name))) {
            free(p);
            return reader_complain_section(r, s, "out of memory");
        }
        *end = p;
        end = &p->next;
        if (read_keys(r, s, pool_keys, sizeof(pool_keys) / sizeof(*pool_keys), p) != 0)
            return -1;
        if (s->sections || p->size == 0)
            return reader_complain_section(
                r, s, s->sections ? "has sections, which a pool has not" : "addrs is missing");
        reader_leave(r, mark);
    }
    return 0;
}
