/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a command as values: numbers, addresses, prefixes, MACs, ports, keys. */
#include "driver/espctl/args.h"
#include "driver/espctl/objects.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int espctl_fail(struct espctl *ctl, const char *fmt, ...)
{
    va_list list;
    va_start(list, fmt);
    (void)vsnprintf(ctl->why, sizeof ctl->why, fmt, list); /* a longer sentence is cut */
    va_end(list);
    return -1;
}

int espctl_fail_card(struct espctl *ctl, enum espl_err err)
{
    const char *text = espl_card_error(ctl->card);
    return espctl_fail(ctl, "%s", *text ? text : espl_err_text(err));
}

bool args_more(const struct args *args)
{
    return args->count > 0;
}

char *args_peek(const struct args *args)
{
    return args->count > 0 ? args->word[0] : NULL;
}

bool args_take(struct args *args, const char *word)
{
    if (args->count == 0 || strcmp(args->word[0], word) != 0)
        return false;
    args->word++;
    args->count--;
    return true;
}

int args_value(struct args *args, const char *of, char **value)
{
    if (args->count == 0)
        return espctl_fail(args->ctl, "%s: a value is missing", of);
    *value = args->word[0];
    args->word++;
    args->count--;
    return 0;
}

int args_unknown(struct args *args)
{
    return espctl_fail(args->ctl, "%s: \"%s\" is not supported", args->what, args->word[0]);
}

/* A number in C's notation, whole: 1 when text is none. */
static int number(const char *text, uint64_t most, uint64_t *value)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 0);
    if (errno || *end || end == text || *text == '-' || *text == '+' || n > most)
        return 1;
    *value = n;
    return 0;
}

int args_long_number(struct args *args, const char *of, uint64_t most, uint64_t *value)
{
    char *text;
    if (args_value(args, of, &text))
        return -1;
    if (number(text, most, value))
        return espctl_fail(args->ctl, "%s: \"%s\" is not a number from 0 to %" PRIu64, of, text,
                           most);
    return 0;
}

int args_number(struct args *args, const char *of, uint32_t most, uint32_t *value)
{
    uint64_t n;
    if (args_long_number(args, of, most, &n))
        return -1;
    *value = (uint32_t)n;
    return 0;
}

static bool addr_of(const char *text, struct espl_addr *addr)
{
    memset(addr, 0, sizeof *addr);
    addr->family = ESPL_IPV4;
    if (inet_pton(AF_INET, text, addr->bytes) == 1)
        return true;
    addr->family = ESPL_IPV6;
    return inet_pton(AF_INET6, text, addr->bytes) == 1;
}

int args_addr(struct args *args, const char *of, struct espl_addr *addr)
{
    char *text;
    if (args_value(args, of, &text))
        return -1;
    if (!addr_of(text, addr))
        return espctl_fail(args->ctl, "%s: \"%s\" is not an address", of, text);
    return 0;
}

int args_prefix(struct args *args, const char *of, struct espl_prefix *prefix)
{
    char *text;
    if (args_value(args, of, &text))
        return -1;
    *prefix = (struct espl_prefix){.addr.family = ESPL_IPV4};
    if (strcmp(text, "any") == 0 || strcmp(text, "default") == 0)
        return 0;
    char copy[64];
    size_t len = strcspn(text, "/");
    if (len >= sizeof copy)
        return espctl_fail(args->ctl, "%s: \"%s\" is not a prefix", of, text);
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (!addr_of(copy, &prefix->addr))
        return espctl_fail(args->ctl, "%s: \"%s\" is not an address or prefix", of, text);
    uint32_t most = prefix->addr.family == ESPL_IPV6 ? 128 : 32;
    uint64_t bits = most;
    if (text[len] == '/' && number(text + len + 1, most, &bits))
        return espctl_fail(args->ctl, "%s: \"%s\": the prefix length is not a number from 0 to %u",
                           of, text, most);
    prefix->len = (uint8_t)bits;
    return 0;
}

int args_mac(struct args *args, const char *of, espl_mac mac)
{
    char *text;
    if (args_value(args, of, &text))
        return -1;
    unsigned b[6];
    int end = 0;
    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &end) !=
            6 ||
        text[end])
        return espctl_fail(args->ctl, "%s: \"%s\" is not a MAC address", of, text);
    for (size_t i = 0; i < 6; i++)
        mac[i] = (uint8_t)b[i];
    return 0;
}

int args_mode(struct args *args, const char *of, enum espl_sa_mode *mode)
{
    char *text;
    if (args_value(args, of, &text))
        return -1;
    if (strcmp(text, "tunnel") != 0 && strcmp(text, "transport") != 0)
        return espctl_fail(args->ctl,
                           "%s: \"%s\" is not on this card; it has tunnel and transport", of, text);
    *mode = text[1] == 'u' ? ESPL_TUNNEL : ESPL_TRANSPORT;
    return 0;
}

int args_vlan(struct args *args, struct espl_vlan *vlan)
{
    uint32_t vid;
    vlan->set = true;
    vlan->tci = 0;
    if (args_take(args, "untagged"))
        return 0;
    if (args_number(args, "vlan", 4094, &vid))
        return -1;
    vlan->tci = (uint16_t)vid;
    return vid ? 0 : espctl_fail(args->ctl, "vlan: 0 is no VLAN; say untagged");
}

int args_proto(struct args *args, const char *of, uint8_t *proto)
{
    char *text;
    if (args_value(args, of, &text))
        return -1;
    uint64_t n = 0;
    if (strcmp(text, "any") != 0 && number(text, 255, &n)) {
        if (!proto_number(text, proto))
            return espctl_fail(args->ctl, "%s: \"%s\" is not a protocol", of, text);
        return 0;
    }
    *proto = (uint8_t)n;
    return 0;
}

int args_ports(struct args *args, const char *of, struct espl_ports *ports)
{
    char *text, copy[8];
    if (args_value(args, of, &text))
        return -1;
    uint64_t first, last;
    size_t len = strcspn(text, "-");
    if (len >= sizeof copy)
        return espctl_fail(args->ctl, "%s: \"%s\" is not a port or range of ports", of, text);
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (number(copy, UINT16_MAX, &first) ||
        number(text[len] ? text + len + 1 : copy, UINT16_MAX, &last))
        return espctl_fail(args->ctl, "%s: \"%s\" is not a port or range of ports", of, text);
    *ports = (struct espl_ports){(uint16_t)first, (uint16_t)last};
    return 0;
}

int args_port_name(struct args *args, const char *of, enum espl_port *port)
{
    static const char *const names[] = {
        [ESPL_PORT_PLAIN] = "plain", [ESPL_PORT_CIPHER] = "cipher", [ESPL_PORT_ENGINE] = "engine"};
    char *text;
    if (args_value(args, of, &text))
        return -1;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) {
            *port = (enum espl_port)i;
            return 0;
        }
    }
    return espctl_fail(args->ctl, "%s: \"%s\" is not a port of the card (plain, cipher, engine)",
                       of, text);
}

int args_dir(struct args *args, enum espl_dir *dir)
{
    char *text;
    if (args_value(args, "dir", &text))
        return -1;
    if (strcmp(text, "out") != 0 && strcmp(text, "in") != 0)
        return espctl_fail(args->ctl, "dir: \"%s\" is neither in nor out", text);
    *dir = strcmp(text, "in") == 0 ? ESPL_DIR_IN : ESPL_DIR_OUT;
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Bytes of the key, -1: not in this notation, -2: too long. */
static int hex_bytes(const char *text, uint8_t *key, size_t room)
{
    size_t digits = strlen(text);
    if (digits < 4 || digits % 2 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
        return -1;
    if ((digits - 2) / 2 > room)
        return -2;
    for (size_t i = 2; i < digits; i += 2) {
        int hi = hex_digit(text[i]), lo = hex_digit(text[i + 1]);
        if (hi < 0 || lo < 0)
            return -1;
        key[i / 2 - 1] = (uint8_t)(hi * 16 + lo);
    }
    return (int)(digits - 2) / 2;
}

int args_key(struct args *args, const char *of, uint8_t *key, size_t room, size_t *len)
{
    char *text;
    if (args_value(args, of, &text))
        return -1;
    size_t digits = strlen(text);
    int n = hex_bytes(text, key, room);
    explicit_bzero(text, digits); /* command lines are shown by ps, batch lines stay in memory */
    if (n == -2)
        return espctl_fail(
            args->ctl,
            "%s: the key has %zu bytes; it must have 20 or 36 (AES key, then the 4-byte salt)", of,
            (digits - 2) / 2);
    if (n < 0)
        return espctl_fail(args->ctl,
                           "%s: the key is not 0x and an even number of hexadecimal digits", of);
    *len = (size_t)n;
    return 0;
}
