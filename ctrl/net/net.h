/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel knows of the two netdevs, followed by rtnetlink: links, addresses, neighbours,
 * routes. The card's tables are kept true with it. All calls are from the main loop; a question to
 * the kernel is answered at once or fails within two seconds.
 */
#ifndef CTRL_NET_H
#define CTRL_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/card.h"

enum net_side { NET_WAN, NET_LAN };

struct net_link {
    char name[16];
    int ifindex;
    espl_mac mac;
    uint32_t mtu; /* bytes of IP packet */
};

struct net_route {
    struct espl_addr gateway; /* the destination itself when it is on the link */
    struct espl_addr source;  /* family 0: the kernel did not say */
    int ifindex;
};

struct net_env {
    void *user;
    /* A neighbour has a usable MAC address, or (NULL) has none any more. */
    void (*neighbour)(void *user, enum net_side side, const struct espl_addr *addr,
                      const uint8_t *mac);
    /* The host owns an address, or owns it no more. */
    void (*address)(void *user, const struct espl_addr *addr, bool present);
    /* The MAC or the MTU of a netdev changed; NULL: it is gone. */
    void (*link)(void *user, enum net_side side, const struct net_link *link);
    /* Routes, or neighbours on the WAN, changed: a next hop may be another one now. */
    void (*moved)(void *user);
};

struct net;

/* Finds the two netdevs; tells nothing yet. 0, or -1 with a sentence in `why` (256 bytes). */
int net_open(const struct net_env *env, const char *wan, const char *lan, struct net **net,
             char *why, size_t why_len);
void net_close(struct net *net); /* NULL is fine */
/* Tells everything there is through env. Again after the kernel said that it lost messages. -1:
 * errno. */
int net_sync(struct net *net);
int net_fd(const struct net *net);
/* Reads what is there. -1: errno; the descriptor is of no use any more. */
int net_input(struct net *net);

const struct net_link *net_link(const struct net *net, enum net_side side);
/* Which way `dst` is reached. false: no route. */
bool net_route(struct net *net, const struct espl_addr *dst, struct net_route *route);
/* The MAC address of a neighbour that has one. */
bool net_neighbour(const struct net *net, enum net_side side, const struct espl_addr *addr,
                   espl_mac mac);
/* Asks the kernel to find out a neighbour's MAC address, or to make sure of it; it comes as an
 * event. */
void net_probe(struct net *net, enum net_side side, const struct espl_addr *addr);

/*
 * The engine as the kernel sees it: a neighbour on the LAN netdev, at link-local addresses made of
 * its MAC address. A route through it means "through IPsec": for what the host itself sends, and
 * for what the card leaves to the kernel to fragment, or to answer with "fragmentation needed".
 */
/* -1: errno. Where the netdev has no IPv6 the engine has none either. */
int net_engine_set(struct net *net, const espl_mac mac);
/* Route dst through the engine, packets of `mtu` bytes at most; the source of what the host sends
 * is its own address within `inside`, if it has one there. A route to dst that exists stays as it
 * is. -1: errno. */
int net_engine_route(struct net *net, const struct espl_prefix *dst,
                     const struct espl_prefix *inside, uint32_t mtu, bool add);

/* The host's addresses on that netdev, link-local ones left out; how many. */
size_t net_addresses(const struct net *net, enum net_side side, struct espl_addr *list, size_t max);
/* A virtual address (RFC 7296 2.19) on the LAN netdev; what was told of it before is told when this
 * returns. -1: errno. */
int net_vip(struct net *net, const struct espl_addr *addr, bool add);

bool net_prefix_has(const struct espl_prefix *prefix, const struct espl_addr *addr);
bool net_addr_equal(const struct espl_addr *a, const struct espl_addr *b);
/* For messages; buf of INET6_ADDRSTRLEN. */
const char *net_addr_text(const struct espl_addr *addr, char *buf);

#endif
