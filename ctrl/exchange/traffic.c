/* SPDX-License-Identifier: Apache-2.0 */
/* Selectors and modes of CHILD_SAs. See traffic.h. */
#include "ctrl/exchange/traffic.h"

#include <string.h>

#include "ctrl/log/log.h"
#include "ctrl/sa/text.h"

struct ts_hosts traffic_hosts(const struct ike_sa *sa)
{
    return (struct ts_hosts){.own = sa->vip_owns ? sa->vips_own : &sa->local.addr,
                             .peer = sa->vip_peers ? sa->vips_peer : &sa->peer.addr,
                             .owns = sa->vip_owns ? sa->vip_owns : 1,
                             .peers = sa->vip_peers ? sa->vip_peers : 1};
}

const char *traffic_lacks(const struct ike_sa *sa)
{
    if (sa->encap && !sa->m->caps.encap)
        return "the card has no ESP in UDP";
    if (sa->peer.addr.family == ESPL_IPV6 && !sa->m->caps.ipv6)
        return "the card has no IPv6";
    return NULL;
}

void traffic_offer_again(struct ike_sa *sa, const struct config_child *conf, unsigned pair)
{
    const struct ts_hosts hosts = traffic_hosts(sa);
    narrow_offer(conf, pair, &hosts, &sa->pending.local, &sa->pending.remote);
}

/* The selectors of the old SA are offered again (RFC 7296 2.9.2). Before a virtual address is known
 * it is everything (2.19). */
const char *traffic_offer(struct ike_sa *sa, const struct config_child *conf, unsigned pair,
                          const struct child_sa *old)
{
    struct pending *p = &sa->pending;
    traffic_offer_again(sa, conf, pair);
    if (old) {
        const struct espl_selector *s = &old->dp.ts_out;
        p->local = narrow_range(&s->src, s->proto, s->sport);
        p->remote = narrow_range(&s->dst, s->proto, s->dport);
    } else if (sa->conn->vip_count && !sa->vip_owns && !conf->local_ts_count) {
        p->local = narrow_all(conf->remote_ts_count ? p->remote.family : sa->conn->vips[0].family);
    }
    if (p->local.family == ESPL_IPV6 && !sa->m->caps.ipv6)
        return "the card has no IPv6";
    return traffic_lacks(sa);
}

void traffic_within_card(const struct ike_sa *sa, struct ts_payload *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++)
        if (p->ts[i].family != ESPL_IPV6 || sa->m->caps.ipv6)
            p->ts[kept++] = p->ts[i];
    p->count = kept;
}

bool traffic_more(const struct ts_payload *offered, const struct ts *chosen)
{
    size_t n = chosen->family == ESPL_IPV6 ? 16 : 4;
    for (size_t i = 0; i < offered->count; i++) {
        const struct ts *ts = &offered->ts[i];
        if (ts->family != chosen->family || memcmp(ts->first, chosen->first, n) < 0 ||
            memcmp(ts->last, chosen->last, n) > 0)
            return true;
    }
    return false;
}

static bool is_host(const struct ts *ts, const struct espl_addr *addr)
{
    size_t n = addr_len(addr);
    return ts->family == addr->family && memcmp(ts->first, addr->bytes, n) == 0 &&
           memcmp(ts->last, addr->bytes, n) == 0;
}

/* Every selector is about the same one address. */
static bool one_host(const struct ts_payload *p, struct espl_addr *addr)
{
    if (p->count == 0)
        return false;
    *addr = (struct espl_addr){.family = p->ts[0].family};
    memcpy(addr->bytes, p->ts[0].first, addr_len(addr));
    for (size_t i = 0; i < p->count; i++)
        if (!is_host(&p->ts[i], addr))
            return false;
    return true;
}

static void put_host(struct ts_payload *p, const struct espl_addr *addr)
{
    for (size_t i = 0; i < p->count; i++) {
        memcpy(p->ts[i].first, addr->bytes, sizeof p->ts[i].first);
        memcpy(p->ts[i].last, addr->bytes, sizeof p->ts[i].last);
    }
}

bool traffic_undo_nat(const struct ike_sa *sa, struct ts_payload *local, struct ts_payload *remote,
                      struct traffic_real *real)
{
    if ((!sa->nat_local && !sa->nat_peer) || !one_host(local, &real->local) ||
        !one_host(remote, &real->remote) || real->local.family != sa->local.addr.family ||
        real->remote.family != sa->peer.addr.family)
        return false;
    if (sa->nat_local)
        put_host(local, &sa->local.addr);
    if (sa->nat_peer)
        put_host(remote, &sa->peer.addr);
    return true;
}

uint16_t traffic_csum_delta(const struct ike_sa *sa, const struct traffic_real *real)
{
    const struct espl_addr *was[] = {&real->remote, &real->local},
                           *is[] = {&sa->peer.addr, &sa->local.addr};
    uint32_t sum = 0;
    for (size_t i = 0; i < 2; i++)
        if (was[i]->family == is[i]->family && !addr_equal(was[i], is[i]))
            sum += espl_csum_delta(was[i], is[i]);
    return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

bool traffic_transport(const struct ike_sa *sa, const struct config_child *conf,
                       const struct ts *local, const struct ts *remote)
{
    const char *why = !sa->m->caps.transport ? "the card has it not"
                      : !is_host(local, &sa->local.addr) || !is_host(remote, &sa->peer.addr)
                          ? "its selectors are more than the two hosts"
                          : NULL;
    if (conf->mode != CONFIG_MODE_TRANSPORT)
        return false;
    if (why)
        log_info("%s[%u]: %s: tunnel instead of transport mode: %s", sa->conn->name, sa->number,
                 conf->name, why);
    return !why;
}
