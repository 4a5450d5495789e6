/* SPDX-License-Identifier: Apache-2.0 */
/* connections.<name>.vips and .pools: addresses that a client asks for, and that a server gives. */
#include <stdlib.h>
#include <string.h>

#include "ctrl/config/reader.h"

static int add_vip(struct reader *r, const struct setting *s, const char *item, void *into)
{
    struct config_conn *c = into;
    struct espl_addr *vip = &c->vips[c->vip_count];
    if (c->vip_count == CONFIG_VIPS)
        return reader_complain(r, s, "has more than %d addresses", CONFIG_VIPS);
    if (strcmp(item, "%config") == 0 || strcmp(item, "%config4") == 0)
        *vip = (struct espl_addr){.family = ESPL_IPV4};
    else if (strcmp(item, "%config6") == 0)
        *vip = (struct espl_addr){.family = ESPL_IPV6};
    else if (!value_addr(item, vip))
        return reader_complain(r, s, "%s is not an IP address (0.0.0.0 or :: is any)", item);
    c->vip_count++;
    return 0;
}

int read_vips(struct reader *r, const struct setting *s, void *conn)
{
    return read_list(r, s, conn, add_vip);
}

static int add_pool(struct reader *r, const struct setting *s, const char *item, void *into)
{
    struct config_conn *c = into;
    if (c->pool_count == CONFIG_POOLS)
        return reader_complain(r, s, "has more than %d pools", CONFIG_POOLS);
    if (!(c->pools[c->pool_count] = strdup(item)))
        return reader_complain(r, s, "out of memory");
    c->pool_count++;
    return 0;
}

int read_conn_pools(struct reader *r, const struct setting *s, void *conn)
{
    return read_list(r, s, conn, add_pool);
}
