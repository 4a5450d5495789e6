/* SPDX-License-Identifier: Apache-2.0 */
/* rtnetlink messages to and from plain structures. */
#ifndef CTRL_NET_MESSAGE_H
#define CTRL_NET_MESSAGE_H

#include <libmnl/libmnl.h>

#include "ctrl/net/net.h"

struct net_neigh_msg {
    int ifindex;
    struct espl_addr addr;
    bool usable; /* a state in which the kernel itself would send to mac */
    espl_mac mac;
};

struct net_addr_msg {
    int ifindex;
    struct espl_addr addr;
};

/* false: not of a kind that matters here (or malformed). */
bool net_read_link(const struct nlmsghdr *msg, struct net_link *link);
bool net_read_neigh(const struct nlmsghdr *msg, struct net_neigh_msg *neigh);
bool net_read_addr(const struct nlmsghdr *msg, struct net_addr_msg *addr);
bool net_read_route(const struct nlmsghdr *msg, const struct espl_addr *dst,
                    struct net_route *route);

/* Into buf (MNL_SOCKET_BUFFER_SIZE); seq is the caller's to set. */
struct nlmsghdr *net_ask_dump(void *buf, uint16_t type);
struct nlmsghdr *net_ask_route(void *buf, const struct espl_addr *dst);
struct nlmsghdr *net_ask_probe(void *buf, int ifindex, const struct espl_addr *addr);
/* A neighbour whose MAC address nobody needs to ask for. */
struct nlmsghdr *net_ask_permanent(void *buf, int ifindex, const struct espl_addr *addr,
                                   const espl_mac mac);

/* An address of the host's own, alone in its network. */
struct nlmsghdr *net_ask_address(void *buf, int ifindex, const struct espl_addr *addr, bool add);

struct net_new_route {
    struct espl_prefix dst;
    struct espl_addr gateway; /* reached directly, whatever its address looks like */
    struct espl_addr source;  /* family 0: the kernel's choice */
    int ifindex;
    uint32_t mtu;
};
struct nlmsghdr *net_ask_new_route(void *buf, const struct net_new_route *route, bool add);

#endif
