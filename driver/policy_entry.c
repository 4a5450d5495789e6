/* SPDX-License-Identifier: Apache-2.0 */
/* A policy as the words the card keeps of it (espalier.rdl, policy_entry), and back. */
#include "driver/handle.h"

#include <string.h>

static void put_mask(uint32_t words[4], uint8_t len)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned bits = len > 32 * i ? len - 32 * i : 0;
        words[i] = bits >= 32 ? UINT32_MAX : bits ? ~(UINT32_MAX >> bits) : 0;
    }
}

static uint8_t mask_length(const uint32_t mask[4])
{
    unsigned bits = 0;
    while (bits < 128 && mask[bits / 32] & (0x80000000u >> bits % 32))
        bits++;
    return (uint8_t)bits;
}

void espl_policy_pack(struct espl_card *card, const struct espl_policy *policy, uint32_t serial,
                      uint32_t w[ESPL_POLICY_ENTRY_WORDS])
{
    const struct espl_selector *sel = &policy->selector;
    memset(w, 0, ESPL_POLICY_ENTRY_WORDS * sizeof *w);
    bool v6 = sel->dst.addr.family == ESPL_IPV6;
    w[ESPL_POLICY_ENTRY_FLAGS] =
        ESPL_PUT(policy->action, ESPL_POLICY_ENTRY_FLAGS_ACTION) |
        ESPL_PUT(v6 ? ESPL_FAMILY_IPV6 : ESPL_FAMILY_IPV4, ESPL_POLICY_ENTRY_FLAGS_FAMILY);
    espl_addr_put(w + ESPL_POLICY_ENTRY_SRC_VALUE, &sel->src.addr);
    put_mask(w + ESPL_POLICY_ENTRY_SRC_MASK, sel->src.len);
    espl_addr_put(w + ESPL_POLICY_ENTRY_DST_VALUE, &sel->dst.addr);
    put_mask(w + ESPL_POLICY_ENTRY_DST_MASK, sel->dst.len);
    w[ESPL_POLICY_ENTRY_PROTO] = ESPL_PUT(sel->proto, ESPL_POLICY_ENTRY_PROTO_VALUE) |
                                 ESPL_PUT(sel->proto ? 0xff : 0, ESPL_POLICY_ENTRY_PROTO_MASK);
    w[ESPL_POLICY_ENTRY_SPORT] = ESPL_PUT(sel->sport.first, ESPL_POLICY_ENTRY_SPORT_FIRST) |
                                 ESPL_PUT(sel->sport.last, ESPL_POLICY_ENTRY_SPORT_LAST);
    w[ESPL_POLICY_ENTRY_DPORT] = ESPL_PUT(sel->dport.first, ESPL_POLICY_ENTRY_DPORT_FIRST) |
                                 ESPL_PUT(sel->dport.last, ESPL_POLICY_ENTRY_DPORT_LAST);
    w[ESPL_POLICY_ENTRY_PRIORITY] = policy->priority;
    w[ESPL_POLICY_ENTRY_SERIAL] = serial;
    if (policy->action != ESPL_PROTECT)
        return;
    w[ESPL_POLICY_ENTRY_FLAGS] |=
        ESPL_PUT(policy->mode == ESPL_TRANSPORT, ESPL_POLICY_ENTRY_FLAGS_TRANSPORT);
    w[ESPL_POLICY_ENTRY_REQID] = policy->reqid;
    espl_addr_put(w + ESPL_POLICY_ENTRY_TMPL_SRC, &policy->tmpl_src);
    espl_addr_put(w + ESPL_POLICY_ENTRY_TMPL_DST, &policy->tmpl_dst);
    w[ESPL_POLICY_ENTRY_SA_SLOT] = espl_bind_slot(card, w, ESPL_NO_SLOT);
}

static struct espl_ports take_ports(uint32_t word)
{
    return (struct espl_ports){(uint16_t)ESPL_GET(word, ESPL_POLICY_ENTRY_SPORT_FIRST),
                               (uint16_t)ESPL_GET(word, ESPL_POLICY_ENTRY_SPORT_LAST)};
}

static enum espl_family family_of(const uint32_t w[ESPL_POLICY_ENTRY_WORDS])
{
    return w[ESPL_POLICY_ENTRY_FLAGS] & ESPL_POLICY_ENTRY_FLAGS_FAMILY_MASK ? ESPL_IPV6 : ESPL_IPV4;
}

void espl_policy_unpack(const uint32_t w[ESPL_POLICY_ENTRY_WORDS], struct espl_policy *policy)
{
    enum espl_family family = family_of(w);
    const uint32_t *ts = w + ESPL_POLICY_ENTRY_TMPL_SRC, *td = w + ESPL_POLICY_ENTRY_TMPL_DST;
    *policy = (struct espl_policy){
        .selector = {.src = {espl_addr_take(family, w + ESPL_POLICY_ENTRY_SRC_VALUE),
                             mask_length(w + ESPL_POLICY_ENTRY_SRC_MASK)},
                     .dst = {espl_addr_take(family, w + ESPL_POLICY_ENTRY_DST_VALUE),
                             mask_length(w + ESPL_POLICY_ENTRY_DST_MASK)},
                     .proto = (uint8_t)ESPL_GET(w[ESPL_POLICY_ENTRY_PROTO],
                                                ESPL_POLICY_ENTRY_PROTO_VALUE),
                     .sport = take_ports(w[ESPL_POLICY_ENTRY_SPORT]),
                     .dport = take_ports(w[ESPL_POLICY_ENTRY_DPORT])},
        .action =
            (enum espl_action)ESPL_GET(w[ESPL_POLICY_ENTRY_FLAGS], ESPL_POLICY_ENTRY_FLAGS_ACTION),
        .priority = w[ESPL_POLICY_ENTRY_PRIORITY],
        .reqid = w[ESPL_POLICY_ENTRY_REQID],
        .mode = w[ESPL_POLICY_ENTRY_FLAGS] & ESPL_POLICY_ENTRY_FLAGS_TRANSPORT_MASK ? ESPL_TRANSPORT
                                                                                    : ESPL_TUNNEL,
        /* an IPv4 address has words 1 to 3 zero; that of a template is known by it */
        .tmpl_src = espl_addr_take(ts[1] | ts[2] | ts[3] ? ESPL_IPV6 : ESPL_IPV4, ts),
        .tmpl_dst = espl_addr_take(td[1] | td[2] | td[3] ? ESPL_IPV6 : ESPL_IPV4, td),
    };
}

bool espl_policy_exact(const uint32_t w[ESPL_POLICY_ENTRY_WORDS])
{
    const uint32_t any_port = ESPL_POLICY_ENTRY_SPORT_LAST_MASK;
    return mask_length(w + ESPL_POLICY_ENTRY_DST_MASK) == espl_family_bits(family_of(w)) &&
           w[ESPL_POLICY_ENTRY_PROTO] == 0 && w[ESPL_POLICY_ENTRY_SPORT] == any_port &&
           w[ESPL_POLICY_ENTRY_DPORT] == any_port;
}
