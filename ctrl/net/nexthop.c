/* SPDX-License-Identifier: Apache-2.0 */
/* Where frames to a peer go: looked up when an SA needs it, and after every change in the kernel.
 */
#include "ctrl/net/nexthop.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/log/log.h"

struct hop {
    struct espl_addr dst, gateway; /* gateway's family 0: no way there */
    bool known;
    espl_mac mac;
    unsigned users;
    struct hop *next;
};

struct nexthops {
    struct net *net;
    void *user;
    void (*changed)(void *user, const struct espl_addr *dst, const espl_mac mac);
    struct hop *hops; /* owned */
};

struct nexthops *nexthops_new(struct net *net, void *user,
                              void (*changed)(void *user, const struct espl_addr *dst,
                                              const espl_mac mac))
{
    struct nexthops *set = calloc(1, sizeof(*set));
    if (set)
        *set = (struct nexthops){.net = net, .user = user, .changed = changed};
    return set;
}

void nexthops_free(struct nexthops *set)
{
    while (set && set->hops) {
        struct hop *next = set->hops->next;
        free(set->hops);
        set->hops = next;
    }
    free(set);
}

static struct hop **find(struct nexthops *set, const struct espl_addr *dst)
{
    struct hop **h = &set->hops;
    while (*h && !net_addr_equal(&(*h)->dst, dst))
        h = &(*h)->next;
    return h;
}

/* True: the MAC address is known, and another one than before. */
static bool look(struct nexthops *set, struct hop *h)
{
    struct net_route route;
    espl_mac mac;
    char dst[INET6_ADDRSTRLEN], gateway[INET6_ADDRSTRLEN];
    if (!net_route(set->net, &h->dst, &route) ||
        route.ifindex != net_link(set->net, NET_WAN)->ifindex) {
        if (h->gateway.family || h->users == 0)
            log_info("no route to %s through the WAN netdev", net_addr_text(&h->dst, dst));
        h->gateway = (struct espl_addr){0};
        return false;
    }
    bool moved = !net_addr_equal(&h->gateway, &route.gateway);
    h->gateway = route.gateway;
    if (!net_neighbour(set->net, NET_WAN, &h->gateway, mac)) {
        if (moved || h->known)
            net_probe(set->net, NET_WAN, &h->gateway);
        return false;
    }
    if (h->known && memcmp(h->mac, mac, sizeof(espl_mac)) == 0)
        return false;
    memcpy(h->mac, mac, sizeof(espl_mac));
    h->known = true;
    log_info("the way to %s is %s, %02x:%02x:%02x:%02x:%02x:%02x", net_addr_text(&h->dst, dst),
             net_addr_text(&h->gateway, gateway), mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    return true;
}

bool nexthops_take(struct nexthops *set, const struct espl_addr *dst, espl_mac mac)
{
    struct hop **at = find(set, dst);
    if (!*at) {
        *at = calloc(1, sizeof(**at));
        if (!*at)
            return false;
        (*at)->dst = *dst;
        (void)look(set, *at);
    }
    (*at)->users++;
    if ((*at)->known)
        memcpy(mac, (*at)->mac, sizeof(espl_mac));
    return (*at)->known;
}

void nexthops_release(struct nexthops *set, const struct espl_addr *dst)
{
    struct hop **at = find(set, dst);
    if (!*at || --(*at)->users > 0)
        return;
    struct hop *gone = *at;
    *at = gone->next;
    free(gone);
}

void nexthops_update(struct nexthops *set)
{
    for (struct hop *h = set->hops; h; h = h->next)
        if (look(set, h))
            set->changed(set->user, &h->dst, h->mac);
}

void nexthops_probe(struct nexthops *set)
{
    for (struct hop *h = set->hops; h; h = h->next)
        if (h->gateway.family)
            net_probe(set->net, NET_WAN, &h->gateway);
}
