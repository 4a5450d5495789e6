/* SPDX-License-Identifier: Apache-2.0 */
/* Single values of swanctl.conf: yes and no, times, numbers, addresses, traffic selectors. */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/config/reader.h"

bool value_bool(const char *text, bool *out)
{
    static const char *const yes[] = {"yes", "true", "enabled", "1"};
    static const char *const no[] = {"no", "false", "disabled", "0"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

/* The digits at the start; false when there are none or they exceed max. */
static bool digits(const char **text, uint32_t max, uint32_t *out)
{
    uint64_t n = 0;
    const char *at = *text;
    for (; *at >= '0' && *at <= '9'; at++) {
        n = n * 10u + (uint64_t)(*at - '0');
        if (n > max)
            return false;
    }
    if (at == *text)
        return false;
    *text = at;
    *out = (uint32_t)n;
    return true;
}

bool value_number(const char *text, uint32_t max, uint32_t *out)
{
    return digits(&text, max, out) && *text == '\0';
}

bool value_time(const char *text, uint32_t *seconds)
{
    uint32_t n, unit;
    if (!digits(&text, UINT32_MAX / 2, &n))
        return false;
    switch (*text) {
    case '\0':
    case 's': unit = 1; break;
    case 'm': unit = 60; break;
    case 'h': unit = 3600; break;
    case 'd': unit = 86400; break;
    default: return false;
    }
    if ((*text && text[1]) || n > UINT32_MAX / 4 / unit)
        return false;
    *seconds = n * unit;
    return true;
}

bool value_count(const char *text, uint64_t *out)
{
    uint64_t n = 0;
    const char *at = text;
    unsigned shift = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (n > UINT64_MAX / 16)
            return false;
        n = n * 10u + (uint64_t)(*at - '0');
    }
    if (at == text)
        return false;
    switch (*at) {
    case 'k': case 'K': shift = 10; at++; break;
    case 'm': case 'M': shift = 20; at++; break;
    case 'g': case 'G': shift = 30; at++; break;
    default: break;
    }
    if (*at || n >> (63 - shift))
        return false;
    *out = n << shift;
    return true;
}

bool value_addr(const char *text, struct espl_addr *addr)
{
    memset(addr, 0, sizeof(*addr));
    if (inet_pton(AF_INET, text, addr->bytes) == 1)
        addr->family = ESPL_IPV4;
    else if (inet_pton(AF_INET6, text, addr->bytes) == 1)
        addr->family = ESPL_IPV6;
    else
        return false;
    return true;
}

bool value_prefix(const char *text, struct espl_prefix *prefix)
{
    char addr[INET6_ADDRSTRLEN];
    size_t len = strcspn(text, "/");
    if (len >= sizeof(addr))
        return false;
    memcpy(addr, text, len);
    addr[len] = '\0';
    if (!value_addr(addr, &prefix->addr))
        return false;
    uint32_t bits = prefix->addr.family == ESPL_IPV4 ? 32 : 128;
    if (text[len] == '/' && !value_number(text + len + 1, bits, &bits))
        return false;
    prefix->len = (uint8_t)bits;
    for (uint32_t i = bits; i < sizeof(prefix->addr.bytes) * 8; i++) /* host bits don't count */
        prefix->addr.bytes[i / 8] &= (uint8_t) ~(0x80u >> (i % 8));
    return true;
}

static bool proto_number(const char *text, uint8_t *proto)
{
    static const struct {
        const char *name;
        uint8_t number;
    } known[] = {{"any", 0},  {"icmp", 1},       {"tcp", 6},   {"udp", 17},
                 {"gre", 47}, {"ipv6-icmp", 58}, {"sctp", 132}};
    uint32_t n;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strcmp(known[i].name, text) == 0) {
            *proto = known[i].number;
            return true;
        }
    }
    const struct protoent *p = getprotobyname(text);
    if (p && p->p_proto >= 0 && p->p_proto <= 255) {
        *proto = (uint8_t)p->p_proto;
        return true;
    }
    if (!value_number(text, 255, &n))
        return false;
    *proto = (uint8_t)n;
    return true;
}

static bool has_ports(uint8_t proto)
{
    return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP ||
           proto == IPPROTO_DCCP || proto == IPPROTO_UDPLITE;
}

static bool port_range(const char *text, uint8_t proto, struct espl_ports *ports)
{
    uint32_t first, last;
    const char *at = text;
    if (strcmp(text, "any") == 0 || strcmp(text, "%any") == 0)
        return true;
    if (digits(&at, UINT16_MAX, &first)) {
        last = first;
        if (*at == '-' && !value_number(at + 1, UINT16_MAX, &last))
            return false;
        if ((*at && *at != '-') || last < first)
            return false;
    } else {
        const struct servent *s = getservbyname(text, proto == IPPROTO_UDP ? "udp" : "tcp");
        if (!s)
            return false;
        first = last = ntohs((uint16_t)s->s_port);
    }
    *ports = (struct espl_ports){(uint16_t)first, (uint16_t)last};
    return true;
}

const char *value_selector(const char *text, struct espl_selector *selector)
{
    char copy[256];
    *selector = (struct espl_selector){.sport = {0, 65535}, .dport = {0, 65535}};
    if (strlen(text) >= sizeof(copy))
        return "is too long";
    strcpy(copy, text);
    char *bracket = strchr(copy, '['), *slash = NULL;
    if (bracket) {
        char *end = strchr(bracket, ']');
        if (!end || end[1])
            return "has a [ without ] at its end";
        *end = '\0';
        *bracket++ = '\0';
        if ((slash = strchr(bracket, '/')))
            *slash++ = '\0';
        if (!proto_number(bracket, &selector->proto))
            return "names an unknown protocol";
        if (slash && !port_range(slash, selector->proto, &selector->sport))
            return "names no port or range of ports (as 443 or 1000-2000)";
        if (selector->sport.last - selector->sport.first != 65535 && !has_ports(selector->proto))
            return "names ports of a protocol that has none";
    }
    if (!value_prefix(copy, &selector->src))
        return "is not a network (as 10.1.0.0/24)";
    return NULL;
}
