/* SPDX-License-Identifier: Apache-2.0 */
/* A plain array: a LAN has some hundreds of neighbours, and they change seldom. */
#include "ctrl/net/table.h"

#include <stdlib.h>
#include <string.h>

bool net_addr_equal(const struct espl_addr *a, const struct espl_addr *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool net_prefix_has(const struct espl_prefix *prefix, const struct espl_addr *addr)
{
    if (prefix->addr.family != addr->family)
        return false;
    for (unsigned bit = 0; bit < prefix->len && bit < 128; bit++)
        if ((prefix->addr.bytes[bit / 8] ^ addr->bytes[bit / 8]) & (0x80u >> (bit % 8)))
            return false;
    return true;
}

struct net_entry *net_table_find(const struct net_table *t, int ifindex,
                                 const struct espl_addr *addr)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->entries[i].ifindex == ifindex && net_addr_equal(&t->entries[i].addr, addr))
            return &t->entries[i];
    return NULL;
}

struct net_entry *net_table_add(struct net_table *t, int ifindex, const struct espl_addr *addr,
                                bool *is_new)
{
    struct net_entry *e = net_table_find(t, ifindex, addr);
    *is_new = e == NULL;
    if (e)
        return e;
    if (t->count == t->room) {
        size_t room = t->room ? 2 * t->room : 64;
        struct net_entry *more = realloc(t->entries, room * sizeof(*more));
        if (!more)
            return NULL;
        t->entries = more;
        t->room = room;
    }
    e = &t->entries[t->count++];
    *e = (struct net_entry){.ifindex = ifindex, .addr = *addr};
    return e;
}

void net_table_remove(struct net_table *t, struct net_entry *entry)
{
    *entry = t->entries[--t->count];
}

void net_table_clear(struct net_table *t)
{
    free(t->entries);
    *t = (struct net_table){0};
}
