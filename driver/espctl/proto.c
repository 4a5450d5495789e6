/* SPDX-License-Identifier: Apache-2.0 */
/* Names of IP protocols: those of /etc/protocols, and the usual ones where there is no such file
 * (an initramfs, a small container). */
#include "driver/espctl/objects.h"

#include <netdb.h>
#include <string.h>

static const struct {
    const char *name;
    uint8_t number;
} usual[] = {{"icmp", 1}, {"tcp", 6}, {"udp", 17},       {"gre", 47},
             {"esp", 50}, {"ah", 51}, {"ipv6-icmp", 58}, {"sctp", 132}};

bool proto_number(const char *name, uint8_t *number)
{
    const struct protoent *known = getprotobyname(name);
    if (known && known->p_proto >= 0 && known->p_proto <= 255) {
        *number = (uint8_t)known->p_proto;
        return true;
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        if (strcmp(usual[i].name, name) == 0) {
            *number = usual[i].number;
            return true;
        }
    }
    return false;
}

const char *show_proto(char text[SHOW_TEXT], uint8_t proto)
{
    const struct protoent *known = getprotobynumber(proto);
    const char *name = known ? known->p_name : NULL;
    for (size_t i = 0; !name && i < sizeof usual / sizeof *usual; i++)
        if (usual[i].number == proto)
            name = usual[i].name;
    if (name)
        (void)snprintf(text, SHOW_TEXT, "%s", name);
    else
        (void)snprintf(text, SHOW_TEXT, "%u", proto);
    return text;
}
