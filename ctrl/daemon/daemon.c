/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing of espalierd's parts, in the order in which they need each other. */
#include "ctrl/daemon/daemon.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "ctrl/daemon/harden.h"
#include "ctrl/exchange/reconfigure.h"
#include "ctrl/log/log.h"

enum { EXIT_FAILED = 1, EXIT_WRONG = 2 };

/* To the log, and to the terminal when the log is elsewhere. */
__attribute__((format(printf, 3, 4))) static int fail(const struct daemon *d, int status,
                                                      const char *fmt, ...)
{
    char text[800];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    log_info("%s", text);
    if (d->options->log)
        fprintf(stderr, "espalierd: %s\n", text);
    return status;
}

/* ---------------------------------------------------------------- what IKE and the card ask for */

static uint64_t now_ms(void *user)
{
    struct timespec t;
    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

static void send_message(void *user, const struct endpoint *src, const struct endpoint *dst,
                         const uint8_t *data, size_t len)
{
    struct daemon *d = user;
    sockets_send(&d->sockets, src, dst, data, len);
}

static bool source_address(void *user, const struct espl_addr *remote, struct espl_addr *local)
{
    struct daemon *d = user;
    struct net_route route;
    if (!net_route(d->net, remote, &route) || !route.source.family)
        return false;
    *local = route.source;
    return true;
}

static size_t own_addresses(void *user, struct espl_addr *list, size_t max)
{
    const struct daemon *d = user;
    return net_addresses(d->net, NET_WAN, list, max);
}

static void virtual_address(void *user, const struct espl_addr *addr, bool add)
{
    struct daemon *d = user;
    char text[INET6_ADDRSTRLEN];
    if (net_vip(d->net, addr, add) != 0 && (add || errno != EADDRNOTAVAIL))
        log_errno("the virtual address %s can't be %s %s", net_addr_text(addr, text),
                  add ? "put on" : "taken off", d->options->lan);
}

static bool fetch(void *user, unsigned number, const char *url, const uint8_t *post, size_t len)
{
    struct daemon *d = user;
    return d->fetcher && fetcher_begin(d->fetcher, number, url, post, len);
}

static void keys(void *user, const char *file, const char *line)
{
    struct daemon *d = user;
    savekeys_line(&d->save_keys, file, line);
}

static bool nexthop_take(void *user, const struct espl_addr *dst, espl_mac mac)
{
    struct daemon *d = user;
    return nexthops_take(d->hops, dst, mac);
}

static void nexthop_release(void *user, const struct espl_addr *dst)
{
    struct daemon *d = user;
    nexthops_release(d->hops, dst);
}

static uint32_t wan_mtu(void *user)
{
    const struct daemon *d = user;
    return net_link(d->net, NET_WAN)->mtu;
}

static void nexthop_changed(void *user, const struct espl_addr *dst, const espl_mac mac)
{
    struct daemon *d = user;
    enum dp_err err = d->dp && !d->card_gone ? card_dp_nexthop(d->dp, dst, mac) : DP_OK;
    if (err == DP_GONE)
        daemon_card_gone(d, d->dp->ops->error(d->dp));
    else if (err != DP_OK)
        log_info("next hop: %s", d->dp->ops->error(d->dp));
}

void daemon_card_gone(struct daemon *d, const char *why)
{
    if (!d->card_gone)
        (void)fail(d, EXIT_FAILED, "the card is gone: %s",
                   why && *why ? why : "it does not answer");
    d->card_gone = true;
}

/* ---------------------------------------------------------------- opening */

static int open_card(struct daemon *d)
{
    char why[512] = "";
    enum espl_err err = espl_card_open(d->options->card, &d->card, why, sizeof(why));
    if (err != ESPL_OK)
        return fail(d, err == ESPL_ERR_URI ? EXIT_WRONG : EXIT_FAILED,
                    "the card %s can't be used: %s", d->options->card,
                    *why ? why : espl_err_text(err));
    return 0;
}

static int open_network(struct daemon *d)
{
    char why[512] = "";
    struct net_env env = tables_env;
    env.user = d;
    if (net_open(&env, d->options->wan, d->options->lan, &d->net, why, sizeof(why)) != 0 ||
        sockets_open(&d->sockets, d->options->wan, why, sizeof(why)) != 0 ||
        tables_open(d, why, sizeof(why)) != 0)
        return fail(d, EXIT_FAILED, "%s", why);
    d->hops = nexthops_new(d->net, d, nexthop_changed);
    if (!d->hops)
        return fail(d, EXIT_FAILED, "out of memory");
    if (net_sync(d->net) != 0)
        return fail(d, EXIT_FAILED, "the kernel's addresses can't be read: %s", strerror(errno));
    return d->card_gone ? EXIT_FAILED : 0;
}

static int open_ike(struct daemon *d)
{
    const struct card_net card_net = {d, nexthop_take, nexthop_release, wan_mtu, tables_protect};
    const struct ike_env env = {.user = d,
                                .signer = d->signer,
                                .fetch = fetch,
                                .now_ms = now_ms,
                                .send = send_message,
                                .event = daemon_event,
                                .source = source_address,
                                .addresses = own_addresses,
                                .vip = virtual_address,
                                .keys = d->options->save_keys ? keys : NULL,
                                .fragment_size = d->options->fragment_size};
    d->dp = card_dp_new(d->card, &card_net);
    d->ike = d->dp ? ike_manager_new(d->config, d->dp, &env) : NULL;
    if (!d->ike)
        return fail(d, EXIT_FAILED, "out of memory");
    cardevents_open(d);
    return 0;
}

/* The socket that was asked for must be had; the usual one may be another espalierd's. */
static int open_vici(struct daemon *d)
{
    char why[512];
    const char *path = d->options->vici ? d->options->vici : VICI_SOCKET;
    if (vici_open(path, &d->vici, why, sizeof(why)) == 0)
        return 0;
    if (d->options->vici)
        return fail(d, EXIT_FAILED, "%s", why);
    log_info("there is no control socket: %s", why);
    return 0;
}

int daemon_open(struct daemon *d, const struct options *options)
{
    char why[512];
    memset(d, 0, sizeof(*d));
    d->options = options;
    d->save_keys.folder = -1;
    notify_open(&d->notify);
    if (harden_secrets() != 0)
        return fail(d, EXIT_FAILED, "core dumps can't be switched off: %s", strerror(errno));
    /* before there is a file, a socket or a secret that it would inherit */
    if (!(d->signer = signer_start()))
        return fail(d, EXIT_FAILED, "the signer can't be started: %s", strerror(errno));
    if (config_load(options->config, &d->config, why, sizeof(why)) != 0)
        return fail(d, EXIT_WRONG, "%s", why);
    if (options->events && !(d->events = fopen(options->events, "ae")))
        return fail(d, EXIT_FAILED, "--events %s: %s", options->events, strerror(errno));
    if (options->save_keys && savekeys_open(&d->save_keys, options->save_keys) != 0)
        return fail(d, EXIT_FAILED, "--save-keys %s: %s", options->save_keys, strerror(errno));
    int status = open_card(d);
    if (!status)
        status = open_network(d);
    if (!status)
        status = open_ike(d);
    if (!status)
        status = open_vici(d);
    if (!status && harden_privileges() != 0)
        status = fail(d, EXIT_FAILED, "privileges can't be given up: %s", strerror(errno));
    return status;
}

void daemon_close(struct daemon *d)
{
    vici_free(d->vici);
    ike_manager_free(d->ike);
    card_dp_free(d->dp);
    nexthops_free(d->hops);
    sockets_close(&d->sockets);
    net_close(d->net);
    espl_card_close(d->card);
    if (d->events && fclose(d->events) != 0)
        log_errno("--events");
    savekeys_close(&d->save_keys);
    notify_close(&d->notify);
    live_clear(&d->live);
    config_unref(d->config);
    signer_free(d->signer);
}

/* ---------------------------------------------------------------- signals */

void daemon_reload(struct daemon *d)
{
    char why[512];
    struct config *config;
    if (config_load(d->options->config, &config, why, sizeof(why)) != 0) {
        log_info("the configuration stays as it was: %s", why);
        return;
    }
    bool whole = ike_manager_configure(d->ike, config);
    config_unref(config);
    log_info("the configuration was read again%s", whole ? "" : ", but for a part of it");
}

static void tell_child(void *user, const struct dp_child *child, bool out)
{
    struct daemon *d = user;
    struct dp_stats s;
    char remote[INET6_ADDRSTRLEN];
    if (d->dp->ops->stats(d->dp, child, &s) != DP_OK)
        return;
    log_info("state: card: %s reqid %u spi_in 0x%08x spi_out 0x%08x%s: in %llu packets %llu bytes, "
             "out %llu packets "
             "%llu bytes",
             net_addr_text(&child->remote, remote), child->reqid, child->spi_in,
             out ? child->spi_out : 0, child->encap ? " in UDP" : "",
             (unsigned long long)s.packets_in, (unsigned long long)s.bytes_in,
             (unsigned long long)s.packets_out, (unsigned long long)s.bytes_out);
}

void daemon_status(struct daemon *d)
{
    log_info("state: %zu IKE_SAs", ike_manager_count(d->ike));
    for (const struct live_sa *sa = d->live.sas; sa; sa = sa->next)
        log_info("state: %s%s%s: %s", sa->conn, *sa->child ? "." : "", sa->child, sa->text);
    card_dp_each(d->dp, tell_child, d);
}
