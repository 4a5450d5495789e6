/* SPDX-License-Identifier: Apache-2.0 */
/* Identities as swanctl.conf writes them (RFC 7296 3.5 types). */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ctrl/config/dn.h"
#include "ctrl/config/reader.h"
#include "ctrl/wire/ike.h"


static bool set(struct config_id *id, uint8_t type, const void *data, size_t len)
{
    if (len == 0 || len > sizeof(id->data))
        return false;
    id->type = type;
    memcpy(id->data, data, len);
    id->len = len;
    return true;
}

static bool set_text(struct config_id *id, uint8_t type, const char *text)
{
    return set(id, type, text, strlen(text));
}

static bool set_addr(struct config_id *id, const char *text, enum espl_family family)
{
    struct espl_addr addr;
    if (!value_addr(text, &addr) || addr.family != family)
        return false;
    return set(id, family == ESPL_IPV4 ? ID_IPV4_ADDR : ID_IPV6_ADDR, addr.bytes,
               family == ESPL_IPV4 ? 4 : 16);
}

static bool set_hex(struct config_id *id, const char *text)
{
    uint8_t bytes[sizeof(id->data)];
    size_t len = strlen(text);
    if (len % 2 || len / 2 > sizeof(bytes))
        return false;
    for (size_t i = 0; i < len / 2; i++) {
        unsigned byte;
        if (strspn(text + 2 * i, "0123456789abcdefABCDEF") < 2 ||
            sscanf(text + 2 * i, "%2x", &byte) != 1)
            return false;
        bytes[i] = (uint8_t)byte;
    }
    return set(id, ID_KEY_ID, bytes, len / 2);
}

/* "fqdn:moon.example": the type is said. *known tells whether the text had such a prefix. */
static bool set_typed(struct config_id *id, const char *text, bool *known)
{
    static const struct {
        const char *prefix;
        uint8_t type;
    } types[] = {{"ipv4:", ID_IPV4_ADDR},       {"ipv6:", ID_IPV6_ADDR},    {"fqdn:", ID_FQDN},
                 {"dns:", ID_FQDN},        {"email:", ID_RFC822_ADDR}, {"rfc822:", ID_RFC822_ADDR},
                 {"userfqdn:", ID_RFC822_ADDR}, {"keyid:", ID_KEY_ID}};
    *known = true;
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        size_t len = strlen(types[i].prefix);
        if (strncasecmp(text, types[i].prefix, len) != 0)
            continue;
        if (types[i].type == ID_IPV4_ADDR || types[i].type == ID_IPV6_ADDR)
            return set_addr(id, text + len, types[i].type == ID_IPV4_ADDR ? ESPL_IPV4 : ESPL_IPV6);
        return set_text(id, types[i].type, text + len);
    }
    *known = false;
    return false;
}

static bool is_any(const char *text)
{
    return !*text || strcmp(text, "%any") == 0 || strcmp(text, "%any6") == 0 ||
           strcmp(text, "*") == 0 || strcmp(text, "0.0.0.0") == 0 || strcmp(text, "::") == 0;
}

bool config_id_parse(const char *text, struct config_id *id)
{
    bool known;
    memset(id, 0, sizeof(*id));
    int n = snprintf(id->text, sizeof(id->text), "%s", *text ? text : "%any");
    if (n < 0 || (size_t)n >= sizeof(id->text))
        return false;
    if (is_any(text))
        return true;
    if (set_typed(id, text, &known) || known)
        return id->type != 0;
    if (strchr(text, '='))
        return dn_parse(text, id);
    if (strncmp(text, "@#", 2) == 0)
        return set_hex(id, text + 2);
    if (strncmp(text, "@@", 2) == 0)
        return set_text(id, ID_RFC822_ADDR, text + 2);
    if (*text == '@')
        return set_text(id, ID_FQDN, text + 1);
    if (strchr(text, '@'))
        return set_text(id, ID_RFC822_ADDR, text);
    if (set_addr(id, text, ESPL_IPV4) || set_addr(id, text, ESPL_IPV6))
        return true;
    return set_text(id, strchr(text, ':') ? ID_KEY_ID : ID_FQDN, text);
}

/* RFC 7296 3.5: names of hosts and mailboxes in any case, DNs as RFC 5280 says, the rest byte by
 * byte. */
bool config_id_equal(const struct config_id *a, const struct config_id *b)
{
    if (a->type != b->type)
        return false;
    if (a->type == ID_DER_ASN1_DN)
        return dn_equal(a, b);
    if (a->len != b->len)
        return false;
    if (a->type == ID_FQDN || a->type == ID_RFC822_ADDR)
        return strncasecmp((const char *)a->data, (const char *)b->data, a->len) == 0;
    return memcmp(a->data, b->data, a->len) == 0;
}

/* FNV-1a. */
uint64_t config_id_hash(const struct config_id *id, uint64_t seed)
{
    const uint64_t prime = UINT64_C(1099511628211);
    uint64_t h = (seed ^ id->type) * prime;
    bool text = id->type == ID_FQDN || id->type == ID_RFC822_ADDR;
    if (id->type == ID_DER_ASN1_DN)
        return (h ^ dn_hash(id)) * prime;
    for (size_t i = 0; i < id->len; i++)
        h = (h ^ (text ? (uint64_t)tolower(id->data[i]) : id->data[i])) * prime;
    return h;
}

/* "*.example", "*@example": whatever ends so, and is longer. */
static bool suffix_fits(const struct config_id *pattern, const struct config_id *id)
{
    size_t len = pattern->len - 1;
    return (pattern->type == ID_FQDN || pattern->type == ID_RFC822_ADDR) &&
           pattern->data[0] == '*' && id->len > len &&
           strncasecmp((const char *)pattern->data + 1, (const char *)id->data + id->len - len,
                       len) == 0;
}

bool config_id_fits(const struct config_id *pattern, const struct config_id *id)
{
    if (pattern->type == 0)
        return true;
    if (pattern->type != id->type || pattern->len == 0)
        return false;
    return config_id_equal(pattern, id) || suffix_fits(pattern, id) ||
           (pattern->type == ID_DER_ASN1_DN && dn_fits(pattern, id));
}

bool config_id_is_pattern(const struct config_id *id)
{
    if (id->type == ID_DER_ASN1_DN)
        return dn_is_pattern(id);
    return (id->type == ID_FQDN || id->type == ID_RFC822_ADDR) && id->len && id->data[0] == '*';
}
