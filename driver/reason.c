/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The card's refusal in words: which field, its value, and the limit. The values come from the
 * entry that was written; a key word is never among them.
 */
#include "driver/handle.h"

#include <stdio.h>

struct refusal {
    char *text;
    size_t len;
    const struct espl_card *card;
    enum espl_map_op op;
    uint32_t index, detail;
    const uint32_t *entry;
    size_t count;
};

#define SAY(r, ...) ((void)snprintf((r)->text, (r)->len, __VA_ARGS__))

static uint32_t word(const struct refusal *r, size_t n)
{
    return n < r->count ? r->entry[n] : 0;
}

static const char *table_name(enum espl_map_op op)
{
    switch (op & 0xf0) {
    case 0x10:
        return op & 1 ? "inbound SA slot" : "outbound SA slot";
    case 0x20:
        return "policy row";
    case 0x30:
        return "neighbour cell";
    case 0x40:
        return "next hop";
    case 0x60:
        return "exact policy cell";
    default:
        return "port";
    }
}

static void say_alg(struct refusal *r)
{
    uint32_t alg = ESPL_GET(word(r, ESPL_SA_ENTRY_FLAGS), ESPL_SA_ENTRY_FLAGS_ALG);
    const char *name = alg == ESPL_ALG_GCM16_128   ? "AES-GCM-16 with a 128-bit key"
                       : alg == ESPL_ALG_GCM16_256 ? "AES-GCM-16 with a 256-bit key"
                                                   : "an unknown algorithm";
    bool has_128 = r->detail & ESPL_CAP_ALG_GCM16_128_MASK,
         has_256 = r->detail & ESPL_CAP_ALG_GCM16_256_MASK;
    SAY(r, "alg: %s is not among this card's algorithms (AES-GCM-16 with %s)", name,
        has_128 && has_256 ? "128 and 256 bits"
        : has_128          ? "128 bits"
        : has_256          ? "256 bits"
                           : "no key at all");
}

/* The longest prefix of the selector's family. */
static uint32_t most_of(const struct refusal *r)
{
    return word(r, ESPL_SA_ENTRY_FLAGS) & ESPL_SA_ENTRY_FLAGS_SEL_FAMILY_MASK ? 128 : 32;
}

static bool words_1_to_3(const struct refusal *r, size_t at)
{
    return most_of(r) == 32 && (word(r, at + 1) | word(r, at + 2) | word(r, at + 3));
}

static void say_selector(struct refusal *r)
{
    uint32_t sel = word(r, ESPL_SA_ENTRY_SEL);
    uint32_t sport = word(r, ESPL_SA_ENTRY_SEL_SPORT), dport = word(r, ESPL_SA_ENTRY_SEL_DPORT);
    uint32_t most = most_of(r);
    if (ESPL_GET(sel, ESPL_SA_ENTRY_SEL_SRC_LEN) > most)
        SAY(r, "sel src: prefix length %u is more than %u",
            ESPL_GET(sel, ESPL_SA_ENTRY_SEL_SRC_LEN), most);
    else if (ESPL_GET(sel, ESPL_SA_ENTRY_SEL_DST_LEN) > most)
        SAY(r, "sel dst: prefix length %u is more than %u",
            ESPL_GET(sel, ESPL_SA_ENTRY_SEL_DST_LEN), most);
    else if (words_1_to_3(r, ESPL_SA_ENTRY_SEL_SRC) || words_1_to_3(r, ESPL_SA_ENTRY_SEL_DST))
        SAY(r, "sel: src or dst is not an IPv4 address");
    else
        SAY(r, "sel: the port ranges %u-%u and %u-%u must not end before they start",
            ESPL_GET(sport, ESPL_SA_ENTRY_SEL_SPORT_FIRST),
            ESPL_GET(sport, ESPL_SA_ENTRY_SEL_SPORT_LAST),
            ESPL_GET(dport, ESPL_SA_ENTRY_SEL_DPORT_FIRST),
            ESPL_GET(dport, ESPL_SA_ENTRY_SEL_DPORT_LAST));
}

static void say_address(struct refusal *r)
{
    bool v6 = word(r, ESPL_SA_ENTRY_FLAGS) & ESPL_SA_ENTRY_FLAGS_OUTER_FAMILY_MASK;
    enum espl_family family = v6 ? ESPL_IPV6 : ESPL_IPV4;
    char src[ESPL_TEXT_ADDR] = "?", dst[ESPL_TEXT_ADDR] = "?";
    if (r->count >= ESPL_SA_ENTRY_WORDS) {
        struct espl_addr a = espl_addr_take(family, r->entry + ESPL_SA_ENTRY_SRC);
        struct espl_addr b = espl_addr_take(family, r->entry + ESPL_SA_ENTRY_DST);
        espl_addr_text(src, &a);
        espl_addr_text(dst, &b);
    }
    SAY(r, "src, dst: %s and %s: an address is unspecified, or not one of its family", src, dst);
}

static void say_other_address(struct refusal *r)
{
    if (r->op == ESPL_OP_POLICY_SET || r->op == ESPL_OP_EXACT_SET)
        SAY(r, "sel: src or dst is not an address of its family");
    else
        SAY(r, "addr: not an address of its family");
}

static void say_mtu(struct refusal *r)
{
    uint32_t mtu = ESPL_GET(word(r, ESPL_SA_ENTRY_SIZES), ESPL_SA_ENTRY_SIZES_MTU);
    if (mtu < 68) /* RFC 791: every IPv4 link carries 68 bytes */
        SAY(r, "mtu: %u is less than 68", mtu);
    else
        SAY(r, "mtu: %u is more than this card's %u", mtu, r->detail);
}

static void say_window(struct refusal *r)
{
    uint32_t window = ESPL_GET(word(r, ESPL_SA_ENTRY_SIZES), ESPL_SA_ENTRY_SIZES_WINDOW);
    if (window > r->detail)
        SAY(r, "replay_window: %u is more than this card's %u", window, r->detail);
    else
        SAY(r, window ? "replay_window: %u is not a power of two from 64 to %u"
                      : "replay_window: %u cannot be with extended sequence numbers (64 to %u can)",
            window, r->detail);
}

static void say_ports(struct refusal *r)
{
    uint32_t sport = word(r, ESPL_POLICY_ENTRY_SPORT), dport = word(r, ESPL_POLICY_ENTRY_DPORT);
    SAY(r, "sport, dport: of %u-%u and %u-%u one ends before it starts",
        ESPL_GET(sport, ESPL_POLICY_ENTRY_SPORT_FIRST),
        ESPL_GET(sport, ESPL_POLICY_ENTRY_SPORT_LAST),
        ESPL_GET(dport, ESPL_POLICY_ENTRY_DPORT_FIRST),
        ESPL_GET(dport, ESPL_POLICY_ENTRY_DPORT_LAST));
}

static void say_mac(struct refusal *r)
{
    espl_mac mac;
    const uint32_t words[2] = {word(r, 0), word(r, 1)};
    espl_mac_take(mac, words);
    SAY(r, "mac: %02x:%02x:%02x:%02x:%02x:%02x is zero or a group address", mac[0], mac[1], mac[2],
        mac[3], mac[4], mac[5]);
}

/* What an entry says of an SA. */
static bool say_sa(struct refusal *r, uint32_t reason)
{
    uint32_t encap = word(r, ESPL_SA_ENTRY_ENCAP), spi = word(r, ESPL_SA_ENTRY_SPI);
    switch (reason) {
    case ESPL_REASON_SLOT_BUSY:
        return SAY(r, "spi: %s %u holds the SA 0x%08x", table_name(r->op), r->index, r->detail),
               true;
    case ESPL_REASON_SLOT_EMPTY:
        return SAY(r, "spi: %s %u holds no SA", table_name(r->op), r->index), true;
    case ESPL_REASON_SPI:
        return SAY(r, "spi: 0x%08x is reserved (0 to 255; RFC 4303 2.1)", spi), true;
    case ESPL_REASON_SPI_SLOT:
        return SAY(r, "spi: 0x%08x does not belong to slot %u of %u", spi, r->index, r->detail),
               true;
    case ESPL_REASON_ALG:
        return say_alg(r), true;
    case ESPL_REASON_KEY:
        return SAY(r, "key: a 128-bit key must leave words 4 to 7 zero"), true;
    case ESPL_REASON_ENCAP:
        return SAY(r, "encap: UDP ports %u and %u: both are set with encapsulation, none without",
                   ESPL_GET(encap, ESPL_SA_ENTRY_ENCAP_SPORT),
                   ESPL_GET(encap, ESPL_SA_ENTRY_ENCAP_DPORT)),
               true;
    case ESPL_REASON_WINDOW:
        return say_window(r), true;
    case ESPL_REASON_MTU:
        return say_mtu(r), true;
    case ESPL_REASON_SELECTOR:
        return say_selector(r), true;
    case ESPL_REASON_LIFETIME:
        return SAY(r, "limit: a soft limit is beyond its hard one"), true;
    case ESPL_REASON_TFC:
        return SAY(r, "tfcpad: %u is beyond the SA's MTU of %u, or the SA is not in tunnel mode",
                   ESPL_GET(word(r, ESPL_SA_ENTRY_EXTRA), ESPL_SA_ENTRY_EXTRA_TFC),
                   ESPL_GET(word(r, ESPL_SA_ENTRY_SIZES), ESPL_SA_ENTRY_SIZES_MTU)),
               true;
    case ESPL_REASON_CSUM:
        return SAY(r, "csum_delta: only inbound in transport mode with encapsulation"), true;
    default:
        return false;
    }
}

void espl_reason_text(char *text, size_t len, const struct espl_card *card, enum espl_map_op op,
                      uint32_t index, const uint32_t *entry, size_t count)
{
    struct refusal r = {text, len, card, op, index, card->detail, entry, count};
    uint32_t hop = op == ESPL_OP_NEIGH_SET
                       ? word(&r, ESPL_NEIGH_ENTRY_NEXTHOP)
                       : ESPL_GET(word(&r, ESPL_SA_ENTRY_ROUTE), ESPL_SA_ENTRY_ROUTE_NEXTHOP);
    if (say_sa(&r, card->reason))
        return;
    switch (card->reason) {
    case ESPL_REASON_OP:
        SAY(&r, "op: this card has no operation 0x%02x", (unsigned)op);
        break;
    case ESPL_REASON_INDEX:
        SAY(&r, "index: %s %u is beyond this card's %u", table_name(op), index, r.detail);
        break;
    case ESPL_REASON_RESERVED:
        SAY(&r, "entry: word %u, or a bit of it, is reserved and must be zero", r.detail);
        break;
    case ESPL_REASON_NOT_READY:
        SAY(&r, "the card is still clearing its tables after a reset");
        break;
    case ESPL_REASON_EMPTY:
        SAY(&r, "index: %s %u is not in use", table_name(op), index);
        break;
    case ESPL_REASON_ADDRESS:
        if (op == ESPL_OP_SA_OUT_ADD || op == ESPL_OP_SA_IN_ADD)
            say_address(&r);
        else
            say_other_address(&r);
        break;
    case ESPL_REASON_MODE:
        SAY(&r, "mode: this card has%s%s only",
            r.detail & ESPL_CAP_MODE_TUNNEL_MASK ? " tunnel" : "",
            r.detail & ESPL_CAP_MODE_TRANSPORT_MASK ? " transport" : "");
        break;
    case ESPL_REASON_FAMILY:
        SAY(&r, "family: this card has%s%s only", r.detail & ESPL_CAP_MODE_IPV4_MASK ? " IPv4" : "",
            r.detail & ESPL_CAP_MODE_IPV6_MASK ? " IPv6" : "");
        break;
    case ESPL_REASON_NEXTHOP:
        SAY(&r, "nexthop: %u is beyond this card's %u", hop, r.detail);
        break;
    case ESPL_REASON_ACTION:
        SAY(&r, "action: %u is not among discard, bypass, protect",
            ESPL_GET(word(&r, ESPL_POLICY_ENTRY_FLAGS), ESPL_POLICY_ENTRY_FLAGS_ACTION));
        break;
    case ESPL_REASON_POLICY_SA:
        SAY(&r, "sa_slot: %u is beyond this card's %u, or set for another action than protect",
            word(&r, ESPL_POLICY_ENTRY_SA_SLOT), r.detail);
        break;
    case ESPL_REASON_PORTS:
        say_ports(&r);
        break;
    case ESPL_REASON_EXACT:
        SAY(&r, "sel: an exact policy has one destination address, any protocol and ports");
        break;
    case ESPL_REASON_MAC:
        say_mac(&r);
        break;
    case ESPL_REASON_VLAN:
        SAY(&r, "vlan: VID %u is no VLAN, or a tag stands there without being set",
            word(&r, ESPL_NEXTHOP_ENTRY_VLAN) & 0xfff);
        break;
    default:
        SAY(&r, "the card refused the entry with the unknown reason 0x%02x (detail 0x%08x)",
            card->reason, r.detail);
    }
}
