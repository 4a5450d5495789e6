/* SPDX-License-Identifier: Apache-2.0 */
/* An SA as the words of the mailbox: what the card takes (sa_entry) and what it tells (sa_info). */
#include "driver/handle.h"

#include <string.h>

/* What the network between the gateways carries, unless the caller knows better. */
#define OUTER_MTU 1500u
#define DEFAULT_TTL 64u /* RFC 1700 */

/*
 * The largest inner packet whose outer packet has OUTER_MTU bytes: outer header, UDP (RFC 3948),
 * ESP header, IV, then the inner packet padded with its 2-byte trailer to 4 bytes, then the ICV
 * (RFC 4303 2). In transport mode the one IP header is inside and outside.
 */
static uint16_t default_mtu(const struct espl_sa *sa)
{
    unsigned head = sa->dst.family == ESPL_IPV6 ? 40 : 20;
    unsigned room = OUTER_MTU - head - (sa->encap ? 8 : 0) - 8 - 8 - 16;
    return (uint16_t)((room & ~3u) - 2 + (sa->mode == ESPL_TRANSPORT ? head : 0));
}

/* The card's windows are powers of two; a larger one than asked for is as safe. */
static uint32_t window_of(const struct espl_sa *sa)
{
    uint32_t window = 64;
    if (sa->dir == ESPL_DIR_OUT || !sa->replay_window)
        return sa->replay_window;
    while (window < sa->replay_window && window < 1u << 15)
        window *= 2;
    return window;
}

static void put_key(uint32_t words[ESPL_SA_ENTRY_WORDS], const struct espl_sa *sa)
{
    size_t key_words = (sa->key_len - 4) / 4;
    for (size_t i = 0; i <= key_words; i++) { /* the salt comes last */
        const uint8_t *b = sa->key + 4 * i;
        uint32_t w = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
        words[i < key_words ? ESPL_SA_ENTRY_KEY + i : ESPL_SA_ENTRY_SALT] = w;
    }
}

static uint32_t alg_of(const struct espl_sa *sa)
{
    bool long_key = sa->key_len == 36;
    if (sa->alg == ESPL_GMAC)
        return long_key ? ESPL_ALG_GMAC_256 : ESPL_ALG_GMAC_128;
    return long_key ? ESPL_ALG_GCM16_256 : ESPL_ALG_GCM16_128;
}

static void put_wide(uint32_t *words, size_t hi, uint64_t value)
{
    words[hi] = (uint32_t)(value >> 32);
    words[hi + 1] = (uint32_t)value;
}

static void put_selector(uint32_t words[ESPL_SA_ENTRY_WORDS], const struct espl_selector *sel)
{
    espl_addr_put(words + ESPL_SA_ENTRY_SEL_SRC, &sel->src.addr);
    espl_addr_put(words + ESPL_SA_ENTRY_SEL_DST, &sel->dst.addr);
    words[ESPL_SA_ENTRY_SEL] = ESPL_PUT(sel->src.len, ESPL_SA_ENTRY_SEL_SRC_LEN) |
                               ESPL_PUT(sel->dst.len, ESPL_SA_ENTRY_SEL_DST_LEN) |
                               ESPL_PUT(sel->proto, ESPL_SA_ENTRY_SEL_PROTO);
    words[ESPL_SA_ENTRY_SEL_SPORT] = ESPL_PUT(sel->sport.first, ESPL_SA_ENTRY_SEL_SPORT_FIRST) |
                                     ESPL_PUT(sel->sport.last, ESPL_SA_ENTRY_SEL_SPORT_LAST);
    words[ESPL_SA_ENTRY_SEL_DPORT] = ESPL_PUT(sel->dport.first, ESPL_SA_ENTRY_SEL_DPORT_FIRST) |
                                     ESPL_PUT(sel->dport.last, ESPL_SA_ENTRY_SEL_DPORT_LAST);
}

void espl_sa_pack(uint32_t words[ESPL_SA_ENTRY_WORDS], const struct espl_sa *sa, uint16_t nexthop,
                  uint32_t serial)
{
    memset(words, 0, ESPL_SA_ENTRY_WORDS * sizeof *words);
    bool v6 = sa->dst.family == ESPL_IPV6;
    bool sel_v6 = sa->check_selector && sa->selector.dst.addr.family == ESPL_IPV6;
    words[ESPL_SA_ENTRY_FLAGS] =
        ESPL_PUT(alg_of(sa), ESPL_SA_ENTRY_FLAGS_ALG) |
        ESPL_PUT(sa->mode == ESPL_TRANSPORT ? ESPL_MODE_TRANSPORT : ESPL_MODE_TUNNEL,
                 ESPL_SA_ENTRY_FLAGS_MODE) |
        ESPL_PUT(v6 ? ESPL_FAMILY_IPV6 : ESPL_FAMILY_IPV4, ESPL_SA_ENTRY_FLAGS_OUTER_FAMILY) |
        ESPL_PUT(sel_v6 ? ESPL_FAMILY_IPV6 : ESPL_FAMILY_IPV4, ESPL_SA_ENTRY_FLAGS_SEL_FAMILY) |
        ESPL_PUT(sa->encap, ESPL_SA_ENTRY_FLAGS_ENCAP) |
        ESPL_PUT(sa->esn, ESPL_SA_ENTRY_FLAGS_ESN) |
        ESPL_PUT(sa->check_selector, ESPL_SA_ENTRY_FLAGS_SEL_CHECK) |
        ESPL_PUT(sa->dscp_set ? sa->dscp : 0, ESPL_SA_ENTRY_FLAGS_DSCP) |
        ESPL_PUT(sa->dscp_set, ESPL_SA_ENTRY_FLAGS_DSCP_SET) |
        ESPL_PUT(sa->df == ESPL_DF_SET, ESPL_SA_ENTRY_FLAGS_DF) |
        ESPL_PUT(sa->df != ESPL_DF_COPY, ESPL_SA_ENTRY_FLAGS_DF_SET) |
        ESPL_PUT(sa->ecn_off, ESPL_SA_ENTRY_FLAGS_ECN_OFF) |
        ESPL_PUT(sa->flow_zero, ESPL_SA_ENTRY_FLAGS_FLOW_ZERO) |
        ESPL_PUT(sa->decap_dscp, ESPL_SA_ENTRY_FLAGS_DECAP_DSCP);
    words[ESPL_SA_ENTRY_SPI] = sa->spi;
    put_key(words, sa);
    espl_addr_put(words + ESPL_SA_ENTRY_SRC, &sa->src);
    espl_addr_put(words + ESPL_SA_ENTRY_DST, &sa->dst);
    words[ESPL_SA_ENTRY_ENCAP] = ESPL_PUT(sa->encap_sport, ESPL_SA_ENTRY_ENCAP_SPORT) |
                                 ESPL_PUT(sa->encap_dport, ESPL_SA_ENTRY_ENCAP_DPORT);
    words[ESPL_SA_ENTRY_ROUTE] = ESPL_PUT(nexthop, ESPL_SA_ENTRY_ROUTE_NEXTHOP) |
                                 ESPL_PUT(sa->ttl ? sa->ttl : DEFAULT_TTL, ESPL_SA_ENTRY_ROUTE_TTL);
    words[ESPL_SA_ENTRY_SIZES] =
        ESPL_PUT(sa->mtu ? sa->mtu : default_mtu(sa), ESPL_SA_ENTRY_SIZES_MTU) |
        ESPL_PUT(window_of(sa), ESPL_SA_ENTRY_SIZES_WINDOW);
    if (sa->check_selector)
        put_selector(words, &sa->selector);
    words[ESPL_SA_ENTRY_REQID] = sa->reqid;
    words[ESPL_SA_ENTRY_SERIAL] = serial;
    put_wide(words, ESPL_SA_ENTRY_SOFT_PACKETS_HI, sa->limits.soft_packets);
    put_wide(words, ESPL_SA_ENTRY_HARD_PACKETS_HI, sa->limits.hard_packets);
    put_wide(words, ESPL_SA_ENTRY_SOFT_BYTES_HI, sa->limits.soft_bytes);
    put_wide(words, ESPL_SA_ENTRY_HARD_BYTES_HI, sa->limits.hard_bytes);
    words[ESPL_SA_ENTRY_EXTRA] = ESPL_PUT(sa->tfc, ESPL_SA_ENTRY_EXTRA_TFC) |
                                 ESPL_PUT(sa->csum_delta, ESPL_SA_ENTRY_EXTRA_CSUM_DELTA);
}

static void take_selector(struct espl_selector *sel, enum espl_family family, const uint32_t *w)
{
    uint32_t bits = w[ESPL_SA_INFO_SEL], sport = w[ESPL_SA_INFO_SEL_SPORT],
             dport = w[ESPL_SA_INFO_SEL_DPORT];
    sel->src.addr = espl_addr_take(family, w + ESPL_SA_INFO_SEL_SRC);
    sel->dst.addr = espl_addr_take(family, w + ESPL_SA_INFO_SEL_DST);
    sel->src.len = (uint8_t)ESPL_GET(bits, ESPL_SA_ENTRY_SEL_SRC_LEN);
    sel->dst.len = (uint8_t)ESPL_GET(bits, ESPL_SA_ENTRY_SEL_DST_LEN);
    sel->proto = (uint8_t)ESPL_GET(bits, ESPL_SA_ENTRY_SEL_PROTO);
    sel->sport.first = (uint16_t)ESPL_GET(sport, ESPL_SA_ENTRY_SEL_SPORT_FIRST);
    sel->sport.last = (uint16_t)ESPL_GET(sport, ESPL_SA_ENTRY_SEL_SPORT_LAST);
    sel->dport.first = (uint16_t)ESPL_GET(dport, ESPL_SA_ENTRY_SEL_DPORT_FIRST);
    sel->dport.last = (uint16_t)ESPL_GET(dport, ESPL_SA_ENTRY_SEL_DPORT_LAST);
}

static uint64_t wide(const uint32_t *w, size_t hi)
{
    return (uint64_t)w[hi] << 32 | w[hi + 1];
}

void espl_sa_unpack(struct espl_sa *sa, struct espl_sa_stats *stats, enum espl_dir dir,
                    const uint32_t w[ESPL_SA_INFO_WORDS])
{
    uint32_t flags = w[ESPL_SA_INFO_FLAGS], extra = w[ESPL_SA_INFO_EXTRA];
    uint32_t alg = ESPL_GET(flags, ESPL_SA_ENTRY_FLAGS_ALG);
    bool transport = ESPL_GET(flags, ESPL_SA_ENTRY_FLAGS_MODE) == ESPL_MODE_TRANSPORT;
    enum espl_family family = flags & ESPL_SA_ENTRY_FLAGS_OUTER_FAMILY_MASK ? ESPL_IPV6 : ESPL_IPV4;
    *sa = (struct espl_sa){
        .dir = dir,
        .spi = w[ESPL_SA_INFO_SPI],
        .src = espl_addr_take(family, w + ESPL_SA_INFO_SRC),
        .dst = espl_addr_take(family, w + ESPL_SA_INFO_DST),
        .mode = transport ? ESPL_TRANSPORT : ESPL_TUNNEL,
        .alg = alg == ESPL_ALG_GMAC_128 || alg == ESPL_ALG_GMAC_256 ? ESPL_GMAC : ESPL_GCM16,
        .key_len = alg == ESPL_ALG_GCM16_256 || alg == ESPL_ALG_GMAC_256 ? 36 : 20,
        .reqid = w[ESPL_SA_INFO_REQID],
        .encap = flags & ESPL_SA_ENTRY_FLAGS_ENCAP_MASK,
        .encap_sport = (uint16_t)ESPL_GET(w[ESPL_SA_INFO_ENCAP], ESPL_SA_ENTRY_ENCAP_SPORT),
        .encap_dport = (uint16_t)ESPL_GET(w[ESPL_SA_INFO_ENCAP], ESPL_SA_ENTRY_ENCAP_DPORT),
        .replay_window = ESPL_GET(w[ESPL_SA_INFO_SIZES], ESPL_SA_ENTRY_SIZES_WINDOW),
        .esn = flags & ESPL_SA_ENTRY_FLAGS_ESN_MASK,
        .mtu = (uint16_t)ESPL_GET(w[ESPL_SA_INFO_SIZES], ESPL_SA_ENTRY_SIZES_MTU),
        .ttl = (uint8_t)ESPL_GET(w[ESPL_SA_INFO_ROUTE], ESPL_SA_ENTRY_ROUTE_TTL),
        .check_selector = flags & ESPL_SA_ENTRY_FLAGS_SEL_CHECK_MASK,
        .dscp_set = flags & ESPL_SA_ENTRY_FLAGS_DSCP_SET_MASK,
        .dscp = (uint8_t)ESPL_GET(flags, ESPL_SA_ENTRY_FLAGS_DSCP),
        .df = !(flags & ESPL_SA_ENTRY_FLAGS_DF_SET_MASK) ? ESPL_DF_COPY
              : flags & ESPL_SA_ENTRY_FLAGS_DF_MASK      ? ESPL_DF_SET
                                                         : ESPL_DF_CLEAR,
        .ecn_off = flags & ESPL_SA_ENTRY_FLAGS_ECN_OFF_MASK,
        .flow_zero = flags & ESPL_SA_ENTRY_FLAGS_FLOW_ZERO_MASK,
        .decap_dscp = flags & ESPL_SA_ENTRY_FLAGS_DECAP_DSCP_MASK,
        .tfc = (uint16_t)ESPL_GET(extra, ESPL_SA_ENTRY_EXTRA_TFC),
        .csum_delta = (uint16_t)ESPL_GET(extra, ESPL_SA_ENTRY_EXTRA_CSUM_DELTA),
        .limits = {.soft_packets = wide(w, ESPL_SA_INFO_SOFT_PACKETS_HI),
                   .hard_packets = wide(w, ESPL_SA_INFO_HARD_PACKETS_HI),
                   .soft_bytes = wide(w, ESPL_SA_INFO_SOFT_BYTES_HI),
                   .hard_bytes = wide(w, ESPL_SA_INFO_HARD_BYTES_HI)},
    };
    if (sa->check_selector)
        take_selector(&sa->selector,
                      flags & ESPL_SA_ENTRY_FLAGS_SEL_FAMILY_MASK ? ESPL_IPV6 : ESPL_IPV4, w);
    *stats = (struct espl_sa_stats){
        .seq = wide(w, ESPL_SA_INFO_SEQ_HI),
        .window = wide(w, ESPL_SA_INFO_WINDOW_HI),
        .packets = wide(w, ESPL_SA_INFO_PACKETS_HI),
        .bytes = wide(w, ESPL_SA_INFO_BYTES_HI),
        .auth_failed = w[ESPL_SA_INFO_AUTH_FAILED],
        .replayed = w[ESPL_SA_INFO_REPLAYED],
        .bad_padding = w[ESPL_SA_INFO_BAD_PADDING],
        .bad_selector = w[ESPL_SA_INFO_BAD_SELECTOR],
    };
}
