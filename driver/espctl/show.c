/* SPDX-License-Identifier: Apache-2.0 */
/* How values are written, in text and in JSON alike. */
#include "driver/espctl/objects.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

bool same_addr(const struct espl_addr *a, const struct espl_addr *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

const char *show_addr(char text[SHOW_TEXT], const struct espl_addr *addr)
{
    if (!inet_ntop(addr->family == ESPL_IPV6 ? AF_INET6 : AF_INET, addr->bytes, text, SHOW_TEXT))
        text[0] = '\0'; /* cannot happen: the room is enough */
    return text;
}

const char *show_prefix(char text[SHOW_TEXT], const struct espl_prefix *prefix)
{
    char addr[SHOW_TEXT];
    (void)snprintf(text, SHOW_TEXT, "%.46s/%u", show_addr(addr, &prefix->addr), prefix->len);
    return text;
}

const char *show_mac(char text[SHOW_TEXT], const espl_mac mac)
{
    (void)snprintf(text, SHOW_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                   mac[4], mac[5]);
    return text;
}

const char *show_mode(enum espl_sa_mode mode)
{
    return mode == ESPL_TRANSPORT ? "transport" : "tunnel";
}

const char *show_vlan(char text[SHOW_TEXT], const struct espl_vlan *vlan)
{
    unsigned vid = vlan->tci & 0xfffu;
    if (!vlan->set)
        text[0] = '\0';
    else if (vid)
        (void)snprintf(text, SHOW_TEXT, " vlan %u", vid);
    else
        (void)snprintf(text, SHOW_TEXT, " vlan untagged");
    return text;
}

const char *show_spi(char text[SHOW_TEXT], uint32_t spi)
{
    (void)snprintf(text, SHOW_TEXT, "0x%08x", spi);
    return text;
}

const char *show_port(enum espl_port port)
{
    switch (port) {
    case ESPL_PORT_PLAIN:
        return "plain";
    case ESPL_PORT_CIPHER:
        return "cipher";
    case ESPL_PORT_ENGINE:
        return "engine";
    }
    return "?";
}

void show_time(FILE *out)
{
    struct timespec now;
    struct tm local;
    char text[SHOW_TEXT];
    clock_gettime(CLOCK_REALTIME, &now);
    if (localtime_r(&now.tv_sec, &local) && strftime(text, sizeof text, "%FT%T", &local))
        (void)fprintf(out, "Timestamp: %s.%06ld\n", text, now.tv_nsec / 1000);
}

int show_json(struct espctl *ctl, json_t *root)
{
    if (!root)
        return espctl_fail(ctl, "out of memory");
    int bad = json_dumpf(root, ctl->out, ctl->pretty ? JSON_INDENT(4) : JSON_COMPACT);
    json_decref(root);
    if (bad || fputc('\n', ctl->out) == EOF)
        return espctl_fail(ctl, "the output cannot be written");
    return 0;
}
