/* SPDX-License-Identifier: Apache-2.0 */
/* Between the library's types and the words of entries: addresses, MACs, selectors. */
#include "driver/handle.h"

#include <arpa/inet.h>
#include <string.h>

void espl_addr_put(uint32_t words[4], const struct espl_addr *addr)
{
    for (size_t i = 0; i < 4; i++) {
        const uint8_t *b = addr->bytes + 4 * i;
        words[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    }
}

struct espl_addr espl_addr_take(enum espl_family family, const uint32_t words[4])
{
    struct espl_addr addr = {.family = family};
    for (size_t i = 0; i < 16; i++)
        addr.bytes[i] = (uint8_t)(words[i / 4] >> (24 - 8 * (i % 4)));
    return addr;
}

bool espl_addr_same(const struct espl_addr *a, const struct espl_addr *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool espl_addr_unspecified(const struct espl_addr *addr)
{
    static const uint8_t zero[16];
    return memcmp(addr->bytes, zero, sizeof zero) == 0;
}

uint16_t espl_csum_delta(const struct espl_addr *was, const struct espl_addr *is)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < 16; i += 2) {
        sum += (uint32_t)(was->bytes[i] << 8 | was->bytes[i + 1]);
        sum += 0xffffu ^ (uint32_t)(is->bytes[i] << 8 | is->bytes[i + 1]);
    }
    while (sum >> 16) /* RFC 1071 */
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

void espl_mac_put(uint32_t words[2], const espl_mac mac)
{
    words[0] = (uint32_t)mac[0] << 8 | mac[1];
    words[1] = (uint32_t)mac[2] << 24 | (uint32_t)mac[3] << 16 | (uint32_t)mac[4] << 8 | mac[5];
}

void espl_mac_take(espl_mac mac, const uint32_t words[2])
{
    mac[0] = (uint8_t)(words[0] >> 8);
    mac[1] = (uint8_t)words[0];
    for (size_t i = 0; i < 4; i++)
        mac[2 + i] = (uint8_t)(words[1] >> (24 - 8 * i));
}

uint8_t espl_family_bits(enum espl_family family)
{
    return family == ESPL_IPV6 ? 128 : 32;
}

const char *espl_addr_text(char text[ESPL_TEXT_ADDR], const struct espl_addr *addr)
{
    if (!inet_ntop(addr->family == ESPL_IPV6 ? AF_INET6 : AF_INET, addr->bytes, text,
                   ESPL_TEXT_ADDR))
        text[0] = '\0'; /* cannot happen: the room is enough */
    return text;
}

/* Has the address bits beyond its prefix? They would be ignored without a word. */
static bool host_bits(const struct espl_prefix *prefix)
{
    for (unsigned bit = prefix->len; bit < 128; bit++)
        if (prefix->addr.bytes[bit / 8] & (0x80u >> bit % 8))
            return true;
    return false;
}

static enum espl_err check_prefix(struct espl_card *card, const char *name,
                                  const struct espl_prefix *prefix)
{
    char text[ESPL_TEXT_ADDR];
    if (prefix->addr.family != ESPL_IPV4 && prefix->addr.family != ESPL_IPV6)
        return espl_fail(card, ESPL_ERR_INVALID, "%s: no such address family", name);
    if (prefix->len > espl_family_bits(prefix->addr.family))
        return espl_fail(card, ESPL_ERR_INVALID, "%s: prefix length %u is more than %u", name,
                         prefix->len, espl_family_bits(prefix->addr.family));
    if (host_bits(prefix))
        return espl_fail(card, ESPL_ERR_INVALID, "%s: %s/%u has bits beyond its prefix", name,
                         espl_addr_text(text, &prefix->addr), prefix->len);
    return ESPL_OK;
}

static bool any_ports(struct espl_ports p)
{
    return p.first == 0 && p.last == UINT16_MAX;
}

static enum espl_err check_ports(struct espl_card *card, const char *name,
                                 const struct espl_selector *sel, struct espl_ports ports)
{
    if (ports.first > ports.last)
        return espl_fail(card, ESPL_ERR_INVALID, "%s: %u-%u ends before it starts", name,
                         ports.first, ports.last);
    if (sel->proto == 0 && !any_ports(ports))
        return espl_fail(card, ESPL_ERR_INVALID, "%s: %u-%u needs a proto", name, ports.first,
                         ports.last);
    return ESPL_OK;
}

enum espl_err espl_selector_check(struct espl_card *card, const struct espl_selector *sel)
{
    enum espl_err err = check_prefix(card, "sel src", &sel->src);
    if (!err)
        err = check_prefix(card, "sel dst", &sel->dst);
    if (!err && sel->src.addr.family != sel->dst.addr.family)
        err =
            espl_fail(card, ESPL_ERR_INVALID, "sel: src and dst are of different address families");
    if (!err)
        err = check_ports(card, "sel sport", sel, sel->sport);
    return err ? err : check_ports(card, "sel dport", sel, sel->dport);
}

static bool prefix_same(const struct espl_prefix *a, const struct espl_prefix *b)
{
    return a->len == b->len && espl_addr_same(&a->addr, &b->addr);
}

bool espl_selector_same(const struct espl_selector *a, const struct espl_selector *b)
{
    return prefix_same(&a->src, &b->src) && prefix_same(&a->dst, &b->dst) && a->proto == b->proto &&
           a->sport.first == b->sport.first && a->sport.last == b->sport.last &&
           a->dport.first == b->dport.first && a->dport.last == b->dport.last;
}
