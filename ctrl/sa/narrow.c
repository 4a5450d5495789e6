/* SPDX-License-Identifier: Apache-2.0 */
/* Agreeing on what a CHILD_SA carries. See narrow.h. */
#include "ctrl/sa/narrow.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static unsigned bits_of(enum espl_family family)
{
    return family == ESPL_IPV6 ? 128 : 32;
}

static bool bit(const uint8_t *addr, unsigned i)
{
    return addr[i / 8] >> (7 - i % 8) & 1;
}

/* The last address of the prefix of `len` bits that starts at `first`. */
static void prefix_last(const uint8_t *first, unsigned len, unsigned bits, uint8_t *last)
{
    memcpy(last, first, bits / 8);
    for (unsigned i = len; i < bits; i++)
        last[i / 8] = (uint8_t)(last[i / 8] | 1u << (7 - i % 8));
}

/* The widest prefix that begins where the range does and stays within it. */
static unsigned prefix_of(const struct ts *ts)
{
    unsigned bits = bits_of(ts->family), len = bits;
    uint8_t last[sizeof ts->first]; /* of the prefix one bit wider */
    memcpy(last, ts->first, sizeof last);
    for (; len > 0 && !bit(ts->first, len - 1); len--) {
        last[(len - 1) / 8] = (uint8_t)(last[(len - 1) / 8] | 1u << (7 - (len - 1) % 8));
        if (memcmp(last, ts->last, bits / 8) > 0)
            break;
    }
    return len;
}

struct ts narrow_range(const struct espl_prefix *prefix, uint8_t proto, struct espl_ports ports)
{
    unsigned bits = bits_of(prefix->addr.family);
    struct ts ts = {.family = prefix->addr.family, .proto = proto};
    ts.port_first = ports.first;
    ts.port_last = ports.last;
    memcpy(ts.first, prefix->addr.bytes, bits / 8);
    for (unsigned i = prefix->len; i < bits; i++)
        ts.first[i / 8] = (uint8_t)(ts.first[i / 8] & ~(1u << (7 - i % 8)));
    prefix_last(ts.first, prefix->len, bits, ts.last);
    return ts;
}

struct ts narrow_all(enum espl_family family)
{
    const struct espl_prefix all = {.addr = {.family = family}};
    return narrow_range(&all, 0, (struct espl_ports){0, UINT16_MAX});
}

static struct ts configured(const struct espl_selector *s)
{
    return narrow_range(&s->src, s->proto, s->sport);
}

static struct ts host(const struct espl_addr *addr)
{
    const struct espl_prefix one = {*addr, (uint8_t)bits_of(addr->family)};
    return narrow_range(&one, 0, (struct espl_ports){0, UINT16_MAX});
}

static struct ts host_of_family(const struct espl_addr *list, size_t count, enum espl_family family)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].family == family)
            return host(&list[i]);
    return host(&list[0]);
}

void narrow_offer(const struct config_child *child, unsigned pair, const struct ts_hosts *hosts,
                  struct ts *local, struct ts *remote)
{
    const struct espl_selector *l = child->local_ts_count ? &child->local_ts[pair / CONFIG_TS]
                                                          : NULL,
                               *r = child->remote_ts_count ? &child->remote_ts[pair % CONFIG_TS]
                                                           : NULL;
    enum espl_family family = r   ? r->src.addr.family
                              : l ? l->src.addr.family
                                  : hosts->own[0].family;
    *local = l ? configured(l) : host_of_family(hosts->own, hosts->owns, family);
    *remote = r ? configured(r) : host_of_family(hosts->peer, hosts->peers, family);
}

/* RFC 7296 2.9: what is in both, cut down to a prefix */
static bool intersect(const struct ts *a, const struct ts *b, struct ts *out)
{
    if (a->family != b->family || (a->proto && b->proto && a->proto != b->proto))
        return false;
    size_t n = bits_of(a->family) / 8;
    *out = *a;
    out->proto = a->proto ? a->proto : b->proto;
    out->port_first = a->port_first > b->port_first ? a->port_first : b->port_first;
    out->port_last = a->port_last < b->port_last ? a->port_last : b->port_last;
    if (memcmp(b->first, a->first, n) > 0)
        memcpy(out->first, b->first, n);
    if (memcmp(b->last, a->last, n) < 0)
        memcpy(out->last, b->last, n);
    if (memcmp(out->first, out->last, n) > 0 || out->port_first > out->port_last)
        return false;
    uint8_t last[16];
    prefix_last(out->first, prefix_of(out), bits_of(out->family), last);
    memcpy(out->last, last, n);
    return true;
}

static bool contains(const struct ts *outer, const struct ts *inner)
{
    size_t n = bits_of(outer->family) / 8;
    return outer->family == inner->family && (!outer->proto || outer->proto == inner->proto) &&
           memcmp(outer->first, inner->first, n) <= 0 && memcmp(outer->last, inner->last, n) >= 0 &&
           outer->port_first <= inner->port_first && outer->port_last >= inner->port_last;
}

/* How much two selectors leave out: fewer prefix bits first, then any protocol, then more ports. */
static uint64_t tightness(const struct ts *l, const struct ts *r)
{
    unsigned ports = (unsigned)(UINT16_MAX - (l->port_last - l->port_first)) +
                     (unsigned)(UINT16_MAX - (r->port_last - r->port_first));
    return (uint64_t)(prefix_of(l) + prefix_of(r)) << 32 | (uint64_t)(l->proto != 0) << 24 | ports;
}

#define WITHOUT_FIRST (UINT64_C(1) << 48) /* behind all that holds the first selectors */

/* One configured pair against all that the peer sent; *best is the rank to beat. */
static bool better(const struct ts *own_l, const struct ts *own_r, const struct ts_payload *local,
                   const struct ts_payload *remote, uint64_t *best, struct ts *chosen_l,
                   struct ts *chosen_r)
{
    bool found = false;
    for (size_t i = 0; i < local->count; i++)
        for (size_t j = 0; j < remote->count; j++) {
            struct ts l, r;
            if (!intersect(own_l, &local->ts[i], &l) || !intersect(own_r, &remote->ts[j], &r) ||
                l.family != r.family || (l.proto && r.proto && l.proto != r.proto))
                continue;
            l.proto = r.proto = l.proto ? l.proto : r.proto;
            bool first = contains(&l, &local->ts[0]) && contains(&r, &remote->ts[0]);
            uint64_t rank = tightness(&l, &r) + (first ? 0 : WITHOUT_FIRST);
            if (rank >= *best)
                continue;
            *best = rank;
            *chosen_l = l;
            *chosen_r = r;
            found = true;
        }
    return found;
}

/* A side's own selectors: what is configured, or its hosts. */
static struct ts side(const struct espl_selector *list, size_t count, const struct espl_addr *hosts,
                      size_t i)
{
    return count ? configured(&list[i]) : host(&hosts[i]);
}

bool narrow_choose(const struct config_child *child, const struct ts_hosts *hosts,
                   const struct ts_payload *local, const struct ts_payload *remote,
                   struct ts *chosen_local, struct ts *chosen_remote, unsigned *pair)
{
    size_t locals = child->local_ts_count ? child->local_ts_count : hosts->owns;
    size_t remotes = child->remote_ts_count ? child->remote_ts_count : hosts->peers;
    uint64_t best = UINT64_MAX;
    for (size_t i = 0; i < locals; i++)
        for (size_t j = 0; j < remotes; j++) {
            struct ts l = side(child->local_ts, child->local_ts_count, hosts->own, i),
                      r = side(child->remote_ts, child->remote_ts_count, hosts->peer, j);
            if (better(&l, &r, local, remote, &best, chosen_local, chosen_remote))
                *pair = (unsigned)((child->local_ts_count ? i : 0) * CONFIG_TS +
                                   (child->remote_ts_count ? j : 0));
        }
    return best != UINT64_MAX;
}

bool narrow_accept(const struct ts *offered_local, const struct ts *offered_remote,
                   const struct ts_payload *local, const struct ts_payload *remote,
                   struct ts *chosen_local, struct ts *chosen_remote)
{
    uint64_t best = UINT64_MAX;
    return better(offered_local, offered_remote, local, remote, &best, chosen_local, chosen_remote);
}

static struct espl_prefix to_prefix(const struct ts *ts)
{
    struct espl_prefix p = {.addr = {.family = ts->family}, .len = (uint8_t)prefix_of(ts)};
    memcpy(p.addr.bytes, ts->first, bits_of(ts->family) / 8);
    return p;
}

struct espl_selector narrow_selector(const struct ts *src, const struct ts *dst)
{
    return (struct espl_selector){
        .src = to_prefix(src),
        .dst = to_prefix(dst),
        .proto = src->proto,
        .sport = {src->port_first, src->port_last},
        .dport = {dst->port_first, dst->port_last},
    };
}

void narrow_text(const struct ts *ts, char text[TS_TEXT])
{
    char addr[INET6_ADDRSTRLEN] = "?", ports[16] = "";
    inet_ntop(ts->family == ESPL_IPV6 ? AF_INET6 : AF_INET, ts->first, addr, sizeof addr);
    int n = 0;
    if (ts->port_first != 0 || ts->port_last != UINT16_MAX)
        n = snprintf(ports, sizeof ports, "/%u-%u", ts->port_first, ts->port_last);
    if (n >= 0 && (ts->proto || ports[0]))
        n = snprintf(text, TS_TEXT, "%s/%u[%u%s]", addr, prefix_of(ts), ts->proto, ports);
    else
        n = snprintf(text, TS_TEXT, "%s/%u", addr, prefix_of(ts));
    if (n < 0)
        text[0] = '\0';
}
