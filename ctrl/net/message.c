/* SPDX-License-Identifier: Apache-2.0 */
/* rtnetlink(7) messages to and from plain structures. */
#include "ctrl/net/message.h"

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#define NUD_USABLE (NUD_PERMANENT | NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE)

#define NET_RTPROT 0xe5 /* who made a route: this daemon, `proto 229` in `ip route` */

/* The attributes this daemon looks at have types below this; later ones are skipped. */
#define ATTRS 64

static int store(const struct nlattr *attr, void *data)
{
    const struct nlattr **tb = data;
    uint16_t type = mnl_attr_get_type(attr);
    if (type < ATTRS)
        tb[type] = attr;
    return MNL_CB_OK;
}

static bool parse(const struct nlmsghdr *msg, size_t header, const struct nlattr *tb[ATTRS])
{
    memset(tb, 0, ATTRS * sizeof(*tb));
    return mnl_nlmsg_get_payload_len(msg) >= header &&
           mnl_attr_parse(msg, (unsigned)header, store, tb) >= 0;
}

static bool get_mac(const struct nlattr *attr, espl_mac mac)
{
    if (!attr || mnl_attr_get_payload_len(attr) != sizeof(espl_mac))
        return false;
    memcpy(mac, mnl_attr_get_payload(attr), sizeof(espl_mac));
    return true;
}

static bool get_addr(const struct nlattr *attr, int family, struct espl_addr *addr)
{
    size_t len = family == AF_INET ? 4 : 16;
    memset(addr, 0, sizeof(*addr));
    if (!attr || (family != AF_INET && family != AF_INET6) || mnl_attr_get_payload_len(attr) != len)
        return false;
    addr->family = family == AF_INET ? ESPL_IPV4 : ESPL_IPV6;
    memcpy(addr->bytes, mnl_attr_get_payload(attr), len);
    return true;
}

bool net_read_link(const struct nlmsghdr *msg, struct net_link *link)
{
    const struct nlattr *tb[ATTRS];
    if (!parse(msg, sizeof(struct ifinfomsg), tb))
        return false;
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(msg);
    memset(link, 0, sizeof(*link));
    link->ifindex = info->ifi_index;
    if (!tb[IFLA_IFNAME] || mnl_attr_validate(tb[IFLA_IFNAME], MNL_TYPE_NUL_STRING) < 0 ||
        mnl_attr_get_payload_len(tb[IFLA_IFNAME]) > sizeof(link->name))
        return false;
    memcpy(link->name, mnl_attr_get_str(tb[IFLA_IFNAME]),
           mnl_attr_get_payload_len(tb[IFLA_IFNAME]));
    if (tb[IFLA_MTU] && mnl_attr_validate(tb[IFLA_MTU], MNL_TYPE_U32) >= 0)
        link->mtu = mnl_attr_get_u32(tb[IFLA_MTU]);
    return get_mac(tb[IFLA_ADDRESS], link->mac);
}

bool net_read_neigh(const struct nlmsghdr *msg, struct net_neigh_msg *neigh)
{
    const struct nlattr *tb[ATTRS];
    if (!parse(msg, sizeof(struct ndmsg), tb))
        return false;
    const struct ndmsg *nd = mnl_nlmsg_get_payload(msg);
    memset(neigh, 0, sizeof(*neigh));
    neigh->ifindex = nd->ndm_ifindex;
    if (nd->ndm_flags & NTF_PROXY || !get_addr(tb[NDA_DST], nd->ndm_family, &neigh->addr))
        return false;
    neigh->usable = msg->nlmsg_type == RTM_NEWNEIGH && (nd->ndm_state & NUD_USABLE) &&
                    get_mac(tb[NDA_LLADDR], neigh->mac);
    return true;
}

bool net_read_addr(const struct nlmsghdr *msg, struct net_addr_msg *addr)
{
    const struct nlattr *tb[ATTRS];
    if (!parse(msg, sizeof(struct ifaddrmsg), tb))
        return false;
    const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(msg);
    addr->ifindex = (int)ifa->ifa_index;
    /* IFA_ADDRESS is the other end on a point-to-point link */
    return get_addr(tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS], ifa->ifa_family, &addr->addr);
}

bool net_read_route(const struct nlmsghdr *msg, const struct espl_addr *dst,
                    struct net_route *route)
{
    const struct nlattr *tb[ATTRS];
    if (msg->nlmsg_type != RTM_NEWROUTE || !parse(msg, sizeof(struct rtmsg), tb))
        return false;
    const struct rtmsg *rt = mnl_nlmsg_get_payload(msg);
    memset(route, 0, sizeof(*route));
    if (rt->rtm_type != RTN_UNICAST || !tb[RTA_OIF] ||
        mnl_attr_validate(tb[RTA_OIF], MNL_TYPE_U32) < 0)
        return false;
    route->ifindex = (int)mnl_attr_get_u32(tb[RTA_OIF]);
    if (!get_addr(tb[RTA_GATEWAY], rt->rtm_family, &route->gateway))
        route->gateway = *dst;
    (void)get_addr(tb[RTA_PREFSRC], rt->rtm_family, &route->source);
    return true;
}

struct nlmsghdr *net_ask_dump(void *buf, uint16_t type)
{
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    msg->nlmsg_type = type;
    msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    if (type == RTM_GETLINK) {
        struct ifinfomsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
        info->ifi_family = AF_UNSPEC;
    } else if (type == RTM_GETNEIGH) {
        struct ndmsg *nd = mnl_nlmsg_put_extra_header(msg, sizeof(*nd));
        nd->ndm_family = AF_UNSPEC;
    } else {
        struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(msg, sizeof(*ifa));
        ifa->ifa_family = AF_UNSPEC;
    }
    return msg;
}

static size_t addr_len(const struct espl_addr *addr)
{
    return addr->family == ESPL_IPV4 ? 4 : 16;
}

struct nlmsghdr *net_ask_route(void *buf, const struct espl_addr *dst)
{
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    msg->nlmsg_type = RTM_GETROUTE;
    msg->nlmsg_flags = NLM_F_REQUEST;
    struct rtmsg *rt = mnl_nlmsg_put_extra_header(msg, sizeof(*rt));
    rt->rtm_family = dst->family == ESPL_IPV4 ? AF_INET : AF_INET6;
    rt->rtm_dst_len = (unsigned char)(8 * addr_len(dst));
    mnl_attr_put(msg, RTA_DST, addr_len(dst), dst->bytes);
    return msg;
}

/* NTF_USE: as if the kernel itself had something to send there, so it asks, or asks again. */
struct nlmsghdr *net_ask_probe(void *buf, int ifindex, const struct espl_addr *addr)
{
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    msg->nlmsg_type = RTM_NEWNEIGH;
    msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK;
    struct ndmsg *nd = mnl_nlmsg_put_extra_header(msg, sizeof(*nd));
    nd->ndm_family = addr->family == ESPL_IPV4 ? AF_INET : AF_INET6;
    nd->ndm_ifindex = ifindex;
    nd->ndm_flags = NTF_USE;
    nd->ndm_state = NUD_NONE;
    mnl_attr_put(msg, NDA_DST, addr_len(addr), addr->bytes);
    return msg;
}

struct nlmsghdr *net_ask_permanent(void *buf, int ifindex, const struct espl_addr *addr,
                                   const espl_mac mac)
{
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    msg->nlmsg_type = RTM_NEWNEIGH;
    msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK;
    struct ndmsg *nd = mnl_nlmsg_put_extra_header(msg, sizeof(*nd));
    nd->ndm_family = addr->family == ESPL_IPV4 ? AF_INET : AF_INET6;
    nd->ndm_ifindex = ifindex;
    nd->ndm_state = NUD_PERMANENT;
    mnl_attr_put(msg, NDA_DST, addr_len(addr), addr->bytes);
    mnl_attr_put(msg, NDA_LLADDR, sizeof(espl_mac), mac);
    return msg;
}

struct nlmsghdr *net_ask_address(void *buf, int ifindex, const struct espl_addr *addr, bool add)
{
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    msg->nlmsg_type = add ? RTM_NEWADDR : RTM_DELADDR;
    msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    if (add)
        msg->nlmsg_flags |= NLM_F_CREATE | NLM_F_REPLACE;
    struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(msg, sizeof(*ifa));
    ifa->ifa_family = addr->family == ESPL_IPV4 ? AF_INET : AF_INET6;
    ifa->ifa_prefixlen = (unsigned char)(8 * addr_len(addr));
    ifa->ifa_index = (unsigned)ifindex;
    if (addr->family == ESPL_IPV6) /* nobody else can have it: no need to ask first */
        ifa->ifa_flags = IFA_F_NODAD;
    mnl_attr_put(msg, IFA_LOCAL, addr_len(addr), addr->bytes);
    mnl_attr_put(msg, IFA_ADDRESS, addr_len(addr), addr->bytes);
    return msg;
}

struct nlmsghdr *net_ask_new_route(void *buf, const struct net_new_route *route, bool add)
{
    struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
    msg->nlmsg_type = add ? RTM_NEWROUTE : RTM_DELROUTE;
    msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    if (add)
        msg->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL; /* an administrator's route stays */
    struct rtmsg *rt = mnl_nlmsg_put_extra_header(msg, sizeof(*rt));
    rt->rtm_family = route->dst.addr.family == ESPL_IPV4 ? AF_INET : AF_INET6;
    rt->rtm_dst_len = route->dst.len;
    rt->rtm_table = RT_TABLE_MAIN;
    rt->rtm_protocol = NET_RTPROT;
    rt->rtm_scope = RT_SCOPE_UNIVERSE;
    rt->rtm_type = RTN_UNICAST;
    rt->rtm_flags = RTNH_F_ONLINK;
    mnl_attr_put(msg, RTA_DST, addr_len(&route->dst.addr), route->dst.addr.bytes);
    mnl_attr_put(msg, RTA_GATEWAY, addr_len(&route->gateway), route->gateway.bytes);
    mnl_attr_put_u32(msg, RTA_OIF, (uint32_t)route->ifindex);
    if (route->source.family)
        mnl_attr_put(msg, RTA_PREFSRC, addr_len(&route->source), route->source.bytes);
    if (add && route->mtu) {
        struct nlattr *metrics = mnl_attr_nest_start(msg, RTA_METRICS);
        mnl_attr_put_u32(msg, RTAX_MTU, route->mtu);
        mnl_attr_nest_end(msg, metrics);
    }
    return msg;
}

const char *net_addr_text(const struct espl_addr *addr, char *buf)
{
    if (addr->family == 0 || !inet_ntop(addr->family == ESPL_IPV4 ? AF_INET : AF_INET6, addr->bytes,
                                        buf, INET6_ADDRSTRLEN))
        strcpy(buf, "?");
    return buf;
}
