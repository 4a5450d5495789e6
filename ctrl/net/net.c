/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's links, addresses, neighbours and routes: read once, then followed. */
#include "ctrl/net/net.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "ctrl/net/message.h"
#include "ctrl/net/table.h"

#define DUMPS 40 /* of a table, until nothing changes meanwhile; with ever longer pauses */

struct net {
    struct net_env env;
    struct mnl_socket *events; /* owned; groups, never blocks */
    struct mnl_socket *asks;   /* owned; questions, answered within two seconds */
    uint32_t seq;
    struct net_link links[2];
    struct net_table neighbours, addresses;
    struct espl_addr engine[2]; /* IPv4, IPv6; family 0: not set */
    bool moved;              /* tell so when the messages at hand are read */
};

/* ---------------------------------------------------------------- one message */

static void on_link(struct net *net, const struct nlmsghdr *msg)
{
    struct net_link link;
    bool read = net_read_link(msg, &link);
    for (int side = NET_WAN; side <= NET_LAN; side++) {
        if (link.ifindex == 0 || link.ifindex != net->links[side].ifindex)
            continue;
        if (msg->nlmsg_type == RTM_DELLINK) {
            net->env.link(net->env.user, (enum net_side)side, NULL);
        } else if (read && (link.mtu != net->links[side].mtu ||
                            memcmp(link.mac, net->links[side].mac, sizeof(espl_mac)) != 0)) {
            net->links[side] = link;
            net->env.link(net->env.user, (enum net_side)side, &net->links[side]);
        }
    }
}

static bool side_of(const struct net *net, int ifindex, enum net_side *side)
{
    *side = ifindex == net->links[NET_LAN].ifindex ? NET_LAN : NET_WAN;
    return ifindex == net->links[*side].ifindex;
}

static void neighbour_gone(struct net *net, enum net_side side, struct net_entry *e)
{
    struct espl_addr addr = e->addr;
    net_table_remove(&net->neighbours, e);
    net->moved |= side == NET_WAN;
    net->env.neighbour(net->env.user, side, &addr, NULL);
}

static void on_neighbour(struct net *net, const struct nlmsghdr *msg)
{
    struct net_neigh_msg n;
    enum net_side side;
    bool is_new = false;
    if (!net_read_neigh(msg, &n) || !side_of(net, n.ifindex, &side))
        return;
    struct net_entry *e = n.usable ? net_table_add(&net->neighbours, n.ifindex, &n.addr, &is_new)
                                   : net_table_find(&net->neighbours, n.ifindex, &n.addr);
    if (!e)
        return;
    e->seen = true;
    if (!n.usable) {
        neighbour_gone(net, side, e);
    } else if (is_new || memcmp(e->mac, n.mac, sizeof(espl_mac)) != 0) {
        memcpy(e->mac, n.mac, sizeof(espl_mac));
        net->moved |= side == NET_WAN;
        net->env.neighbour(net->env.user, side, &n.addr, n.mac);
    }
}

/* The same address may stand on two links: it is told once, and gone with the last of them. */
static bool owned_elsewhere(const struct net *net, int ifindex, const struct espl_addr *addr)
{
    for (size_t i = 0; i < net->addresses.count; i++)
        if (net->addresses.entries[i].ifindex != ifindex &&
            net_addr_equal(&net->addresses.entries[i].addr, addr))
            return true;
    return false;
}

static void address_gone(struct net *net, struct net_entry *e)
{
    struct net_entry old = *e;
    net_table_remove(&net->addresses, e);
    if (!owned_elsewhere(net, old.ifindex, &old.addr))
        net->env.address(net->env.user, &old.addr, false);
}

static void on_address(struct net *net, const struct nlmsghdr *msg)
{
    struct net_addr_msg a;
    bool is_new = false;
    if (!net_read_addr(msg, &a))
        return;
    net->moved = true;
    if (msg->nlmsg_type == RTM_DELADDR) {
        struct net_entry *e = net_table_find(&net->addresses, a.ifindex, &a.addr);
        if (e)
            address_gone(net, e);
        return;
    }
    struct net_entry *e = net_table_add(&net->addresses, a.ifindex, &a.addr, &is_new);
    if (!e)
        return;
    e->seen = true;
    if (is_new && !owned_elsewhere(net, a.ifindex, &a.addr))
        net->env.address(net->env.user, &a.addr, true);
}

static int on_message(const struct nlmsghdr *msg, void *user)
{
    struct net *net = user;
    switch (msg->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: on_link(net, msg); break;
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH: on_neighbour(net, msg); break;
    case RTM_NEWADDR:
    case RTM_DELADDR: on_address(net, msg); break;
    case RTM_NEWROUTE:
    case RTM_DELROUTE: net->moved = true; break;
    default: break;
    }
    return MNL_CB_OK;
}

static void tell_moved(struct net *net)
{
    if (net->moved) {
        net->moved = false;
        net->env.moved(net->env.user);
    }
}

int net_input(struct net *net)
{
    static uint8_t buf[32768];
    for (;;) {
        ssize_t n = mnl_socket_recvfrom(net->events, buf, sizeof(buf));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == ENOBUFS) /* the kernel had more to say than there was room for */
            return net_sync(net);
        if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            return -1;
        if (n <= 0)
            break;
        (void)mnl_cb_run(buf, (size_t)n, 0, 0, on_message, net);
    }
    tell_moved(net);
    return 0;
}

/* ---------------------------------------------------------------- questions */

/* A dump during which something changed may lack what was there all the time: the kernel says so
 * in the rest of it. That is read, too, where libmnl would stop: only then there can be another. */
static bool take_torn(void *buf, size_t len)
{
    struct nlmsghdr *msg = buf;
    bool torn = false;
    for (int left = (int)len; mnl_nlmsg_ok(msg, left); msg = mnl_nlmsg_next(msg, &left)) {
        torn = torn || msg->nlmsg_flags & NLM_F_DUMP_INTR;
        msg->nlmsg_flags &= (uint16_t)~NLM_F_DUMP_INTR;
    }
    return torn;
}

/* Sends `msg` and gives every answer to `each`. -1: errno; EINTR: a dump that is to be repeated. */
static int ask(struct net *net, struct nlmsghdr *msg, mnl_cb_t each, void *user)
{
    uint8_t buf[32768];
    unsigned port = mnl_socket_get_portid(net->asks);
    msg->nlmsg_seq = ++net->seq;
    if (mnl_socket_sendto(net->asks, msg, msg->nlmsg_len) < 0)
        return -1;
    bool dump = (msg->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP, ack = msg->nlmsg_flags & NLM_F_ACK;
    bool torn = false;
    for (;;) {
        ssize_t n = mnl_socket_recvfrom(net->asks, buf, sizeof(buf));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        /* an answer to a question whose time was up is not this one's */
        if (((const struct nlmsghdr *)(const void *)buf)->nlmsg_seq != net->seq)
            continue;
        torn = (dump && take_torn(buf, (size_t)n)) || torn;
        int rc = mnl_cb_run(buf, (size_t)n, net->seq, port, each, user);
        if (rc < 0)
            return -1;
        if (rc == MNL_CB_STOP || (!dump && !ack)) {
            errno = EINTR;
            return torn ? -1 : 0;
        }
    }
}

static int dump(struct net *net, uint16_t type, mnl_cb_t each, void *user)
{
    int rc = -1;
    for (long i = 0; i < DUMPS; i++) { /* what is gone meanwhile comes as an event */
        uint8_t buf[512] = {0};        /* attributes are padded */
        rc = ask(net, net_ask_dump(buf, type), each, user);
        if (rc == 0 || errno != EINTR)
            break;
        (void)nanosleep(&(struct timespec){.tv_nsec = i * 1000000}, NULL);
        errno = EINTR;
    }
    return rc;
}

static void forget_unseen(struct net *net)
{
    enum net_side side;
    for (size_t i = 0; i < net->neighbours.count;) {
        struct net_entry *e = &net->neighbours.entries[i];
        if (e->seen || !side_of(net, e->ifindex, &side))
            i++;
        else
            neighbour_gone(net, side, e);
    }
    for (size_t i = 0; i < net->addresses.count;) {
        if (net->addresses.entries[i].seen)
            i++;
        else
            address_gone(net, &net->addresses.entries[i]);
    }
}

int net_sync(struct net *net)
{
    for (size_t i = 0; i < net->neighbours.count; i++)
        net->neighbours.entries[i].seen = false;
    for (size_t i = 0; i < net->addresses.count; i++)
        net->addresses.entries[i].seen = false;
    if (dump(net, RTM_GETLINK, on_message, net) != 0 ||
        dump(net, RTM_GETADDR, on_message, net) != 0 ||
        dump(net, RTM_GETNEIGH, on_message, net) != 0)
        return -1;
    forget_unseen(net);
    net->moved = true;
    tell_moved(net);
    return 0;
}

struct route_answer {
    const struct espl_addr *dst;
    struct net_route *route;
    bool found;
};

static int on_route(const struct nlmsghdr *msg, void *user)
{
    struct route_answer *a = user;
    a->found = net_read_route(msg, a->dst, a->route);
    return MNL_CB_OK;
}

bool net_route(struct net *net, const struct espl_addr *dst, struct net_route *route)
{
    uint8_t buf[512] = {0}; /* attributes are padded */
    struct route_answer a = {dst, route, false};
    return ask(net, net_ask_route(buf, dst), on_route, &a) == 0 && a.found;
}

static int ignore(const struct nlmsghdr *msg, void *user)
{
    (void)msg;
    (void)user;
    return MNL_CB_OK;
}

void net_probe(struct net *net, enum net_side side, const struct espl_addr *addr)
{
    uint8_t buf[512] = {0}; /* attributes are padded */
    (void)ask(net, net_ask_probe(buf, net->links[side].ifindex, addr), ignore, NULL);
}

bool net_neighbour(const struct net *net, enum net_side side, const struct espl_addr *addr,
                   espl_mac mac)
{
    const struct net_entry *e = net_table_find(&net->neighbours, net->links[side].ifindex, addr);
    if (e)
        memcpy(mac, e->mac, sizeof(espl_mac));
    return e != NULL;
}

/* ---------------------------------------------------------------- the engine */

static bool link_local(const struct espl_addr *a)
{
    return a->family == ESPL_IPV4 ? a->bytes[0] == 169 && a->bytes[1] == 254
                                  : a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

int net_engine_set(struct net *net, const espl_mac mac)
{
    uint8_t buf[512] = {0}; /* attributes are padded */
    /* RFC 3927 2.1: not the first and the last 256 addresses; RFC 4291 appendix A */
    const struct espl_addr four = {ESPL_IPV4, {169, 254, (uint8_t)(1 + mac[4] % 254), mac[5]}};
    const struct espl_addr six = {ESPL_IPV6,
                                  {0xfe, 0x80, 0, 0, 0, 0, 0, 0, (uint8_t)(mac[0] ^ 2), mac[1], mac[2], 0xff,
                                   0xfe, mac[3], mac[4], mac[5]}};
    int lan = net->links[NET_LAN].ifindex;
    memset(net->engine, 0, sizeof(net->engine));
    if (ask(net, net_ask_permanent(buf, lan, &four, mac), ignore, NULL) != 0)
        return -1;
    net->engine[0] = four;
    memset(buf, 0, sizeof(buf));
    if (ask(net, net_ask_permanent(buf, lan, &six, mac), ignore, NULL) == 0)
        net->engine[1] = six; /* else the host does without IPv6 there */
    return 0;
}

int net_engine_route(struct net *net, const struct espl_prefix *dst,
                     const struct espl_prefix *inside, uint32_t mtu, bool add)
{
    uint8_t buf[512] = {0}; /* attributes are padded */
    struct net_new_route route = {.dst = *dst,
                                  .gateway = net->engine[dst->addr.family == ESPL_IPV6],
                                  .ifindex = net->links[NET_LAN].ifindex,
                                  .mtu = mtu};
    if (!route.gateway.family) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    for (size_t i = 0; add && i < net->addresses.count && !route.source.family; i++) {
        const struct espl_addr *own = &net->addresses.entries[i].addr;
        if (net_prefix_has(inside, own) && !link_local(own) && own->bytes[0] != 127)
            route.source = *own;
    }
    return ask(net, net_ask_new_route(buf, &route, add), ignore, NULL);
}

size_t net_addresses(const struct net *net, enum net_side side, struct espl_addr *list, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < net->addresses.count && n < max; i++)
        if (net->addresses.entries[i].ifindex == net->links[side].ifindex &&
            !link_local(&net->addresses.entries[i].addr))
            list[n++] = net->addresses.entries[i].addr;
    return n;
}

int net_vip(struct net *net, const struct espl_addr *addr, bool add)
{
    uint8_t buf[512] = {0}; /* attributes are padded */
    if (ask(net, net_ask_address(buf, net->links[NET_LAN].ifindex, addr, add), ignore, NULL) != 0)
        return -1;
    return net_input(net);
}

/* ---------------------------------------------------------------- life */

struct link_search {
    struct net *net;
    const char *names[2];
};

static int on_link_found(const struct nlmsghdr *msg, void *user)
{
    struct link_search *s = user;
    struct net_link link;
    if (!net_read_link(msg, &link))
        return MNL_CB_OK;
    for (int side = NET_WAN; side <= NET_LAN; side++)
        if (strcmp(link.name, s->names[side]) == 0)
            s->net->links[side] = link;
    return MNL_CB_OK;
}

static struct mnl_socket *open_events(void)
{
    static const int groups[] = {RTNLGRP_LINK,        RTNLGRP_NEIGH,      RTNLGRP_IPV4_IFADDR,
                                 RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE};
    struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (!s || mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0) {
        if (s)
            mnl_socket_close(s);
        return NULL;
    }
    for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
        int group = groups[i];
        if (mnl_socket_setsockopt(s, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0) {
            mnl_socket_close(s);
            return NULL;
        }
    }
    return s;
}

static struct mnl_socket *open_asks(void)
{
    const struct timeval limit = {.tv_sec = 2};
    struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (s && mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) >= 0 &&
        setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0)
        return s;
    if (s)
        mnl_socket_close(s);
    return NULL;
}

int net_open(const struct net_env *env, const char *wan, const char *lan, struct net **out,
             char *why, size_t why_len)
{
    *out = NULL;
    struct net *net = calloc(1, sizeof(*net));
    if (!net) {
        (void)snprintf(why, why_len, "out of memory");
        return -1;
    }
    net->env = *env;
    net->events = open_events();
    net->asks = net->events ? open_asks() : NULL;
    struct link_search search = {net, {wan, lan}};
    if (!net->asks || dump(net, RTM_GETLINK, on_link_found, &search) != 0) {
        (void)snprintf(why, why_len, "the kernel does not answer by netlink: %s", strerror(errno));
        goto fail;
    }
    for (int side = NET_WAN; side <= NET_LAN; side++) {
        if (net->links[side].ifindex == 0) {
            (void)snprintf(why, why_len, "%s %s: there is no such Ethernet netdev",
                           side == NET_WAN ? "--wan" : "--lan", search.names[side]);
            goto fail;
        }
    }
    *out = net;
    return 0;
fail:
    net_close(net);
    return -1;
}

void net_close(struct net *net)
{
    if (!net)
        return;
    if (net->events)
        mnl_socket_close(net->events);
    if (net->asks)
        mnl_socket_close(net->asks);
    net_table_clear(&net->neighbours);
    net_table_clear(&net->addresses);
    free(net);
}

int net_fd(const struct net *net)
{
    return mnl_socket_get_fd(net->events);
}

const struct net_link *net_link(const struct net *net, enum net_side side)
{
    return &net->links[side];
}
