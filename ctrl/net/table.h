/* SPDX-License-Identifier: Apache-2.0 */
/* The neighbours and addresses that were told, so that only changes are told again. */
#ifndef CTRL_NET_TABLE_H
#define CTRL_NET_TABLE_H

#include "ctrl/net/net.h"

struct net_entry {
    int ifindex;
    struct espl_addr addr;
    espl_mac mac; /* addresses have none */
    bool seen;    /* in the dump that is being read */
};

struct net_table {
    struct net_entry *entries; /* owned */
    size_t count, room;
};

struct net_entry *net_table_find(const struct net_table *t, int ifindex,
                                 const struct espl_addr *addr);
/* The entry, made when there was none; *is_new tells. NULL: no memory. */
struct net_entry *net_table_add(struct net_table *t, int ifindex, const struct espl_addr *addr,
                                bool *is_new);
void net_table_remove(struct net_table *t,
                      struct net_entry *entry); /* moves the last entry to its place */
void net_table_clear(struct net_table *t);

#endif
