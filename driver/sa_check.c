/* SPDX-License-Identifier: Apache-2.0 */
/* What an SA asks for that the library can refuse by itself, before the card is touched. */
#include "driver/handle.h"

static bool has(const struct espl_card *card, uint32_t mask)
{
    return card->caps.mode & mask;
}

static enum espl_err check_key(struct espl_card *card, const struct espl_sa *sa)
{
    const uint32_t alg = card->caps.alg;
    bool long_key = sa->key_len == 36, gmac = sa->alg == ESPL_GMAC;
    uint32_t mask = gmac ? long_key ? ESPL_CAP_ALG_GMAC_256_MASK : ESPL_CAP_ALG_GMAC_128_MASK
                    : long_key ? ESPL_CAP_ALG_GCM16_256_MASK
                               : ESPL_CAP_ALG_GCM16_128_MASK;

    if (sa->alg != ESPL_GCM16 && sa->alg != ESPL_GMAC)
        return espl_fail(card, ESPL_ERR_INVALID, "alg: neither AES-GCM-16 nor AES-GMAC");
    if (sa->key_len == 28)
        return espl_fail(card, ESPL_ERR_INVALID,
                         "key: AES-192 is not on this card; it has AES-128 and AES-256");
    if (sa->key_len != 20 && sa->key_len != 36)
        return espl_fail(card, ESPL_ERR_INVALID,
                         "key: %zu bytes; it must be 20 or 36 (AES key, then the 4-byte salt)",
                         sa->key_len);
    if (!(alg & mask))
        return espl_fail(card, ESPL_ERR_INVALID, "alg: this card has no %s with %d-bit keys",
                         gmac ? "AES-GMAC" : "AES-GCM-16", long_key ? 256 : 128);
    return ESPL_OK;
}

static enum espl_err check_mode(struct espl_card *card, const struct espl_sa *sa)
{
    if (sa->mode != ESPL_TUNNEL && sa->mode != ESPL_TRANSPORT)
        return espl_fail(card, ESPL_ERR_INVALID, "mode: neither tunnel nor transport");
    if (sa->mode == ESPL_TRANSPORT && !has(card, ESPL_CAP_MODE_TRANSPORT_MASK))
        return espl_fail(card, ESPL_ERR_INVALID, "mode: this card has no transport mode");
    if ((sa->src.family != ESPL_IPV4 && sa->src.family != ESPL_IPV6) ||
        sa->src.family != sa->dst.family)
        return espl_fail(card, ESPL_ERR_INVALID, "src, dst: not of one address family");
    if (sa->encap && !has(card, ESPL_CAP_MODE_ENCAP_MASK))
        return espl_fail(card, ESPL_ERR_INVALID, "encap: this card has no ESP in UDP");
    if (sa->esn && !has(card, ESPL_CAP_MODE_ESN_MASK))
        return espl_fail(card, ESPL_ERR_INVALID, "esn: this card has no extended sequence numbers");
    if (sa->replay_window > 1u << 15)
        return espl_fail(card, ESPL_ERR_INVALID, "replay_window: %u is more than this card's %u",
                         sa->replay_window, card->caps.max_window);
    return ESPL_OK;
}

/* What outbound SAs say of the outer header. */
static enum espl_err check_outer(struct espl_card *card, const struct espl_sa *sa)
{
    bool in = sa->dir == ESPL_DIR_IN;

    if (in && (sa->dscp_set || sa->df != ESPL_DF_COPY || sa->flow_zero))
        return espl_fail(card, ESPL_ERR_INVALID, "dscp, df, flow label: for outbound SAs only");
    if (!in && sa->decap_dscp)
        return espl_fail(card, ESPL_ERR_INVALID, "decap-dscp: for inbound SAs only");
    if ((sa->dscp_set || sa->df != ESPL_DF_COPY || sa->ecn_off) &&
        !has(card, ESPL_CAP_MODE_OUTER_MASK))
        return espl_fail(card, ESPL_ERR_INVALID, "dscp, df, ecn: this card copies them");
    if (sa->dscp > 63)
        return espl_fail(card, ESPL_ERR_INVALID, "dscp: %u is more than 63", sa->dscp);
    if (sa->df != ESPL_DF_COPY && sa->df != ESPL_DF_CLEAR && sa->df != ESPL_DF_SET)
        return espl_fail(card, ESPL_ERR_INVALID, "df: neither copy, clear nor set");
    return ESPL_OK;
}

static enum espl_err check_padding(struct espl_card *card, const struct espl_sa *sa)
{
    if (sa->tfc && !has(card, ESPL_CAP_MODE_TFC_MASK))
        return espl_fail(card, ESPL_ERR_INVALID, "tfcpad: this card has no TFC padding");
    if (sa->tfc && (sa->dir == ESPL_DIR_IN || sa->mode != ESPL_TUNNEL))
        return espl_fail(card, ESPL_ERR_INVALID,
                         "tfcpad: for outbound SAs in tunnel mode (RFC 4303 2.7)");
    if (sa->csum_delta &&
        (sa->dir == ESPL_DIR_OUT || sa->mode != ESPL_TRANSPORT || !sa->encap))
        return espl_fail(card, ESPL_ERR_INVALID,
                         "csum_delta: for inbound SAs in transport mode with encapsulation");
    return ESPL_OK;
}

static enum espl_err check_limits(struct espl_card *card, const struct espl_limits *l)
{
    if (!l->soft_packets && !l->hard_packets && !l->soft_bytes && !l->hard_bytes)
        return ESPL_OK;
    if (!has(card, ESPL_CAP_MODE_LIFETIMES_MASK))
        return espl_fail(card, ESPL_ERR_INVALID, "limit: this card has no lifetimes");
    if ((l->hard_packets && l->soft_packets > l->hard_packets) ||
        (l->hard_bytes && l->soft_bytes > l->hard_bytes))
        return espl_fail(card, ESPL_ERR_INVALID, "limit: a soft limit is beyond its hard one");
    return ESPL_OK;
}

enum espl_err espl_sa_check(struct espl_card *card, const struct espl_sa *sa, bool with_key)
{
    if (sa->dir != ESPL_DIR_OUT && sa->dir != ESPL_DIR_IN)
        return espl_fail(card, ESPL_ERR_INVALID, "dir: neither in nor out");
    enum espl_err err = with_key ? check_key(card, sa) : ESPL_OK;
    if (!err)
        err = check_mode(card, sa);
    if (!err)
        err = check_outer(card, sa);
    if (!err)
        err = check_padding(card, sa);
    if (!err)
        err = check_limits(card, &sa->limits);
    if (!err && sa->check_selector)
        err = espl_selector_check(card, &sa->selector);
    return err;
}
