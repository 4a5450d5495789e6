/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of a replay. A capture knows nothing of neighbours, so an SA for which the
 * lines name no next hop gets a default one: outbound as a neighbour on cipher, inbound with the
 * SA.
 */
#include "sim/replay/defaults.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/card.h"
#include "driver/espctl/command.h"
#include "sim/card/bus_local.h"

/* Locally administered: no vendor's address (IEEE 802 8.2.2) */
static const espl_mac lan_hop = {0x02, 0, 0, 0, 0, 0x01};
static const espl_mac wan_hop = {0x02, 0, 0, 0, 0, 0x02};

struct missing {            /* outer destinations without a neighbour */
    struct espl_addr *addr; /* owned */
    size_t count, room;
    bool no_memory;
};

static bool same(const struct espl_addr *a, const struct espl_addr *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static bool collect(void *user, const struct espl_sa *sa, const struct espl_sa_stats *stats)
{
    struct missing *m = user;
    struct espl_addr *grown;

    (void)stats;
    if (sa->dir != ESPL_DIR_OUT)
        return true;
    for (size_t i = 0; i < m->count; i++)
        if (same(&m->addr[i], &sa->dst))
            return true;
    if (m->count == m->room) {
        m->room = m->room ? 2 * m->room : 16;
        grown = realloc(m->addr, m->room * sizeof *grown);
        m->no_memory = !grown;
        if (!grown)
            return false;
        m->addr = grown;
    }
    m->addr[m->count++] = sa->dst;
    return true;
}

static bool strike(void *user, const struct espl_neigh *neigh)
{
    struct missing *m = user;

    for (size_t i = 0; neigh->dev == ESPL_PORT_CIPHER && i < m->count; i++)
        if (same(&m->addr[i], &neigh->addr))
            m->addr[i--] = m->addr[--m->count];
    return true;
}

static enum espl_err add_next_hops(struct espl_card *card)
{
    struct missing m = {0};
    enum espl_err err = espl_sa_each(card, collect, &m);

    if (!err && m.no_memory)
        err = ESPL_ERR_NO_MEMORY;
    if (!err)
        err = espl_neigh_each(card, strike, &m);
    for (size_t i = 0; !err && i < m.count; i++) {
        struct espl_neigh neigh = {.addr = m.addr[i], .dev = ESPL_PORT_CIPHER};
        memcpy(neigh.mac, wan_hop, sizeof neigh.mac);
        err = espl_neigh_add(card, &neigh);
    }
    free(m.addr);
    return err;
}

static bool obey(struct espl_card *card, FILE *lines, const char *path, char *why, size_t why_len)
{
    struct espctl ctl = {.card = card, .out = stdout, .nexthop = lan_hop};
    enum espl_err err;

    if (espctl_batch(&ctl, lines, path, false) != 0) {
        snprintf(why, why_len, "%s", ctl.why);
        return false;
    }
    err = add_next_hops(card);
    if (err)
        snprintf(why, why_len, "default next hops: %s", espl_card_error(card));
    return !err;
}

bool replay_configure(struct sim_card *card, const char *path, char *why, size_t why_len)
{
    struct espl_bus *bus;
    struct espl_card *handle = NULL;
    FILE *lines = fopen(path, "r");
    bool ok = false;

    if (!lines) {
        snprintf(why, why_len, "%s: %s", path, strerror(errno));
        return false;
    }
    bus = sim_bus_local_new(card);
    if (!bus)
        snprintf(why, why_len, "out of memory");
    else if (espl_card_open_bus(&sim_bus_local, bus, &handle, why, why_len) == ESPL_OK)
        ok = obey(handle, lines, path, why, why_len);
    espl_card_close(handle);
    fclose(lines);
    return ok;
}
