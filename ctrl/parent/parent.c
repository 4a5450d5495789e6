/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing of what needs root, in the order in which it is needed. See parent.h. */
#include "ctrl/parent/parent.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctrl/log/log.h"
#include "ctrl/privilege/harden.h"

int parent_fail(const struct parent *p, int status, const char *fmt, ...)
{
    char text[800];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    log_info("%s", text);
    if (p->options->log)
        fprintf(stderr, "espalierd: %s\n", text);
    return status;
}

/* ---------------------------------------------------------------- what the card asks for */

static bool nexthop_take(void *user, const struct espl_addr *dst, espl_mac mac)
{
    struct parent *p = user;
    return nexthops_take(p->hops, dst, mac);
}

static void nexthop_release(void *user, const struct espl_addr *dst)
{
    struct parent *p = user;
    nexthops_release(p->hops, dst);
}

static uint32_t wan_mtu(void *user)
{
    const struct parent *p = user;
    return net_link(p->net, NET_WAN)->mtu;
}

static void nexthop_changed(void *user, const struct espl_addr *dst, const espl_mac mac)
{
    struct parent *p = user;
    enum dp_err err = p->dp && !p->card_gone ? card_dp_nexthop(p->dp, dst, mac) : DP_OK;
    if (err == DP_GONE)
        parent_card_gone(p, p->dp->ops->error(p->dp));
    else if (err != DP_OK)
        log_info("next hop: %s", p->dp->ops->error(p->dp));
}

void parent_card_gone(struct parent *p, const char *why)
{
    if (!p->card_gone)
        (void)parent_fail(p, EXIT_FAILED, "the card is gone: %s",
                          why && *why ? why : "it does not answer");
    p->card_gone = true;
}

/* ---------------------------------------------------------------- opening */

static int open_card(struct parent *p)
{
    char why[512] = "";
    enum espl_err err = espl_card_open(p->options->card, &p->card, why, sizeof(why));
    if (err != ESPL_OK)
        return parent_fail(p, err == ESPL_ERR_URI ? EXIT_WRONG : EXIT_FAILED,
                           "the card %s can't be used: %s", p->options->card,
                           *why ? why : espl_err_text(err));
    return 0;
}

static int open_network(struct parent *p)
{
    char why[512] = "";
    struct net_env env = tables_env;
    env.user = p;
    if (net_open(&env, p->options->wan, p->options->lan, &p->net, why, sizeof(why)) != 0 ||
        sockets_open(&p->sockets, p->options->wan, why, sizeof(why)) != 0 ||
        tables_open(p, why, sizeof(why)) != 0)
        return parent_fail(p, EXIT_FAILED, "%s", why);
    p->hops = nexthops_new(p->net, p, nexthop_changed);
    if (!p->hops)
        return parent_fail(p, EXIT_FAILED, "out of memory");
    if (net_sync(p->net) != 0)
        return parent_fail(p, EXIT_FAILED, "the kernel's addresses can't be read: %s",
                           strerror(errno));
    return p->card_gone ? EXIT_FAILED : 0;
}

static int open_dataplane(struct parent *p)
{
    const struct card_net card_net = {p, nexthop_take, nexthop_release, wan_mtu, tables_protect};
    p->dp = card_dp_new(p->card, &card_net);
    if (!p->dp)
        return parent_fail(p, EXIT_FAILED, "out of memory");
    cardevents_open(p);
    return 0;
}

/* The socket that was asked for must be had; the usual one may be another espalierd's. */
static int open_vici(struct parent *p)
{
    char why[512];
    const char *path = p->options->vici ? p->options->vici : VICI_SOCKET;
    if (vici_open(path, &p->vici, why, sizeof(why)) == 0)
        return 0;
    if (p->options->vici)
        return parent_fail(p, EXIT_FAILED, "%s", why);
    log_info("there is no control socket: %s", why);
    return 0;
}

static int open_files(struct parent *p)
{
    const struct options *o = p->options;
    if (o->events) {
        p->events = open(o->events, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
        if (p->events < 0)
            return parent_fail(p, EXIT_FAILED, "--events %s: %s", o->events, strerror(errno));
    }
    if (o->save_keys && savekeys_open(&p->save_keys, o->save_keys) != 0)
        return parent_fail(p, EXIT_FAILED, "--save-keys %s: %s", o->save_keys, strerror(errno));
    return 0;
}

int parent_open(struct parent *p)
{
    int status = open_files(p);
    status = status ? status : open_card(p);
    status = status ? status : open_network(p);
    status = status ? status : open_dataplane(p);
    status = status ? status : open_vici(p);
    if (!status && harden_privileges() != 0)
        status = parent_fail(p, EXIT_FAILED, "privileges can't be given up: %s", strerror(errno));
    p->running = status == 0;
    return status;
}

void parent_close(struct parent *p)
{
    vici_free(p->vici);
    card_dp_free(p->dp);
    nexthops_free(p->hops);
    sockets_close(&p->sockets);
    net_close(p->net);
    espl_card_close(p->card);
    if (p->events >= 0)
        close(p->events);
    savekeys_close(&p->save_keys);
    notify_close(&p->notify);
    if (p->link >= 0)
        close(p->link);
    if (p->keys >= 0)
        close(p->keys);
    if (p->door >= 0)
        close(p->door);
    if (p->queue.wake >= 0)
        close(p->queue.wake);
}

static void tell_child(void *user, const struct dp_child *child, bool out)
{
    struct parent *p = user;
    struct dp_stats s;
    char remote[INET6_ADDRSTRLEN];
    if (p->dp->ops->stats(p->dp, child, &s) != DP_OK)
        return;
    log_info("state: card: %s reqid %u spi_in 0x%08x spi_out 0x%08x%s: in %llu packets %llu bytes, "
             "out %llu packets "
             "%llu bytes",
             net_addr_text(&child->remote, remote), child->reqid, child->spi_in,
             out ? child->spi_out : 0, child->encap ? " in UDP" : "",
             (unsigned long long)s.packets_in, (unsigned long long)s.bytes_in,
             (unsigned long long)s.packets_out, (unsigned long long)s.bytes_out);
}

void parent_status(struct parent *p)
{
    if (p->dp)
        card_dp_each(p->dp, tell_child, p);
}
