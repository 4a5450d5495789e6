/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's neighbours and addresses into the card's tables (docs/architecture.md, "Next hops"):
 * an inner destination that is a LAN neighbour leaves by plain; one that is the host's own goes to
 * host0.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctrl/parent/parent.h"
#include "ctrl/log/log.h"
#include "driver/regs.h"

/* Loopback and link-local addresses are nobody's inner destination. */
static bool matters(const struct parent *p, const struct espl_addr *addr)
{
    const uint8_t *b = addr->bytes;
    if (addr->family == ESPL_IPV4)
        return b[0] != 127 && !(b[0] == 169 && b[1] == 254) && b[0] < 224;
    static const uint8_t loopback[16] = {[15] = 1};
    return p->has_ipv6 && !(b[0] == 0xfe && (b[1] & 0xc0) == 0x80) && b[0] != 0xff &&
           memcmp(b, loopback, sizeof(loopback)) != 0;
}

static void failed(struct parent *p, const struct espl_addr *addr, enum espl_err err)
{
    char text[INET6_ADDRSTRLEN];
    if (err == ESPL_ERR_DEAD || err == ESPL_ERR_RESET)
        parent_card_gone(p, espl_card_error(p->card));
    else if (err != ESPL_OK) /* that flow takes the kernel's way */
        log_peer("neighbour %s: %s", net_addr_text(addr, text), espl_card_error(p->card));
}

static void put(struct parent *p, const struct espl_addr *addr, const uint8_t *mac, bool local)
{
    struct espl_neigh n = {.addr = *addr, .dev = ESPL_PORT_PLAIN, .local = local};
    memcpy(n.mac, mac, sizeof(n.mac));
    failed(p, addr, espl_neigh_add(p->card, &n));
}

static void take(struct parent *p, const struct espl_addr *addr)
{
    enum espl_err err = espl_neigh_delete(p->card, addr, ESPL_PORT_PLAIN);
    failed(p, addr, err == ESPL_ERR_NOT_FOUND ? ESPL_OK : err);
}

static void on_neighbour(void *user, enum net_side side, const struct espl_addr *addr,
                         const uint8_t *mac)
{
    struct parent *p = user;
    char text[INET6_ADDRSTRLEN];
    if (side != NET_LAN || !matters(p, addr) || p->card_gone)
        return;
    log_debug("neighbour %s %s", net_addr_text(addr, text),
              mac ? "is reached through plain" : "is gone");
    if (mac)
        put(p, addr, mac, false);
    else
        take(p, addr);
}

static void on_address(void *user, const struct espl_addr *addr, bool present)
{
    struct parent *p = user;
    char text[INET6_ADDRSTRLEN];
    p->paths_changed = true;
    if (!matters(p, addr) || p->card_gone)
        return;
    log_debug("address %s is %s", net_addr_text(addr, text),
              present ? "the host's" : "the host's no more");
    if (present)
        put(p, addr, net_link(p->net, NET_LAN)->mac, true);
    else
        take(p, addr);
}

/* A neighbour that exists on the card only: locally administered, unlike both netdevs. */
static void engine_mac(const espl_mac lan, const espl_mac wan, espl_mac mac)
{
    memcpy(mac, lan, sizeof(espl_mac));
    mac[0] = (uint8_t)((mac[0] | 0x02u) & 0xfeu) ^ 0x04u;
    if (memcmp(mac, wan, sizeof(espl_mac)) == 0)
        mac[0] ^= 0x08u;
}

static enum espl_err set_port_macs(struct parent *p)
{
    espl_mac engine;
    const struct net_link *lan = net_link(p->net, NET_LAN), *wan = net_link(p->net, NET_WAN);
    engine_mac(lan->mac, wan->mac, engine);
    enum espl_err err = espl_port_set_mac(p->card, ESPL_PORT_PLAIN, lan->mac);
    if (err == ESPL_OK)
        err = espl_port_set_mac(p->card, ESPL_PORT_CIPHER, wan->mac);
    if (err == ESPL_OK)
        err = espl_port_set_mac(p->card, ESPL_PORT_ENGINE, engine);
    if (err == ESPL_OK && !p->options->no_routes && net_engine_set(p->net, engine) != 0)
        log_errno("the engine can't be made a neighbour on %s", p->options->lan);
    return err;
}

static void on_link(void *user, enum net_side side, const struct net_link *link)
{
    struct parent *p = user;
    const char *name = side == NET_LAN ? p->options->lan : p->options->wan;
    if (!link) {
        log_info("the netdev %s is gone", name);
        p->netdev_gone = true;
        return;
    }
    log_info("the netdev %s changed: MTU %u", name, link->mtu);
    if (!p->card_gone && set_port_macs(p) != ESPL_OK)
        log_info("the card's MAC addresses: %s", espl_card_error(p->card));
}

static void on_moved(void *user)
{
    struct parent *p = user;
    if (p->hops)
        nexthops_update(p->hops);
    p->paths_changed = true; /* loop.c tells, when this is done with */
}

/* Why no route is made for a policy, or NULL. */
static const char *no_route(const struct parent *p, const struct dp_child *child)
{
    const struct espl_selector *ts = &child->ts_out;
    if (p->options->no_routes)
        return "--no-routes";
    if (ts->proto || ts->sport.first || ts->sport.last != 65535 || ts->dport.first ||
        ts->dport.last != 65535)
        return "only a part of the traffic is protected";
    if (net_prefix_has(&ts->dst, &child->remote))
        return "the peer itself is in that network";
    return NULL;
}

void tables_protect(void *user, const struct dp_child *child, uint16_t mtu, bool add)
{
    struct parent *p = user;
    const struct espl_prefix *dst = &child->ts_out.dst;
    char text[INET6_ADDRSTRLEN];
    const char *why_not = no_route(p, child);
    net_addr_text(&dst->addr, text);
    if (why_not) {
        if (add)
            log_debug("no route to %s/%u through the engine: %s", text, dst->len, why_not);
        return;
    }
    if (net_engine_route(p->net, dst, &child->ts_out.src, mtu, add) == 0)
        log_debug("the route to %s/%u through the engine is %s", text, dst->len,
                  add ? "made" : "gone");
    else if (add && errno == EEXIST)
        log_info("the route to %s/%u that exists stays as it is", text, dst->len);
    else if (errno != ESRCH) /* it is gone, or was never ours */
        log_errno("the route to %s/%u through the engine", text, dst->len);
}

const struct net_env tables_env = {
    .neighbour = on_neighbour,
    .address = on_address,
    .link = on_link,
    .moved = on_moved,
};

int tables_open(struct parent *p, char *why, size_t why_len)
{
    struct espl_caps caps;
    enum espl_err err = espl_card_caps(p->card, &caps);
    /* what an earlier run left behind belongs to no IKE_SA */
    if (err == ESPL_OK)
        err = espl_sa_flush(p->card);
    if (err == ESPL_OK)
        err = espl_policy_flush(p->card);
    if (err == ESPL_OK)
        err = espl_neigh_flush(p->card);
    if (err == ESPL_OK)
        err = set_port_macs(p);
    if (err != ESPL_OK) {
        (void)snprintf(why, why_len, "the card %s: %s", p->options->card, espl_card_error(p->card));
        return -1;
    }
    p->has_ipv6 = caps.mode & ESPL_CAP_MODE_IPV6_MASK;
    return 0;
}
