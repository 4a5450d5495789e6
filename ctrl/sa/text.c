/* SPDX-License-Identifier: Apache-2.0 */
/* Words for the log, and identities. See text.h. */
#include "ctrl/sa/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

size_t addr_len(const struct espl_addr *a)
{
    return a->family == ESPL_IPV6 ? 16 : 4;
}

static void addr_text(const struct espl_addr *a, char text[INET6_ADDRSTRLEN])
{
    if (!inet_ntop(a->family == ESPL_IPV6 ? AF_INET6 : AF_INET, a->bytes, text, INET6_ADDRSTRLEN))
        text[0] = '\0';
}

struct endpoint_text endpoint_text(const struct endpoint *e)
{
    struct endpoint_text t;
    char addr[INET6_ADDRSTRLEN];
    addr_text(&e->addr, addr);
    if (snprintf(t.s, sizeof t.s, "%s[%u]", addr, e->port) < 0)
        t.s[0] = '\0';
    return t;
}

bool addr_equal(const struct espl_addr *a, const struct espl_addr *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, addr_len(a)) == 0;
}

bool addr_is_any(const struct espl_addr *a)
{
    static const uint8_t zero[16];
    return a->family == 0 || memcmp(a->bytes, zero, addr_len(a)) == 0;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
    return addr_equal(&a->addr, &b->addr) && a->port == b->port;
}

void identity_of_addr(const struct espl_addr *addr, struct config_id *id)
{
    *id = (struct config_id){.type = addr->family == ESPL_IPV6 ? ID_IPV6_ADDR : ID_IPV4_ADDR,
                             .len = addr_len(addr)};
    memcpy(id->data, addr->bytes, id->len);
    addr_text(addr, id->text);
}

/* FQDN and mail addresses are text already (but not to be trusted: the log masks what is not
 * printable); what is left is shown in hexadecimal, its beginning. */
static void identity_text(struct config_id *id)
{
    static const char digits[] = "0123456789abcdef";
    if (id->type == ID_FQDN || id->type == ID_RFC822_ADDR) {
        memcpy(id->text, id->data, id->len);
        id->text[id->len] = '\0';
        return;
    }
    size_t n = id->len < 32 ? id->len : 32, at = 0;
    for (size_t i = 0; i < n; i++) {
        id->text[at++] = digits[id->data[i] >> 4];
        id->text[at++] = digits[id->data[i] & 15];
    }
    id->text[at] = '\0';
}

void identity_of_wire(const struct id *wire, struct config_id *id)
{
    struct espl_addr addr = {.family = wire->type == ID_IPV6_ADDR ? ESPL_IPV6 : ESPL_IPV4};
    if (wire->type == ID_IPV4_ADDR || wire->type == ID_IPV6_ADDR) {
        memcpy(addr.bytes, wire->data.p, addr_len(&addr)); /* id_parse checked the length */
        identity_of_addr(&addr, id);
        return;
    }
    if (wire->type == ID_DER_ASN1_DN && config_id_of_dn(wire->data.p, wire->data.n, id))
        return;
    *id = (struct config_id){.type = wire->type, .len = wire->data.n}; /* <= 256: id_parse */
    memcpy(id->data, wire->data.p, wire->data.n);
    identity_text(id);
}
