/* SPDX-License-Identifier: Apache-2.0 */
/* One question to the signer for all IKE_SAs that datagrams of one turn were for. See lot.h. */
#include "ctrl/exchange/lot.h"

#include <string.h>

#include "ctrl/exchange/exchange.h"
#include "ctrl/sa/auth_state.h"
#include "ctrl/sa/registry.h"
#include "ctrl/signer/signer.h"

_Static_assert(LOT_MAX == SIGNER_LOT, "each question has a place on both sides");

void lot_begin(struct ike_manager *m)
{
    m->lot.open = true;
}

bool lot_takes(const struct ike_manager *m, const struct config_conn *conn)
{
    return m->lot.open && m->lot.count < LOT_MAX && !conn->ppk_id;
}

bool lot_full(const struct ike_manager *m)
{
    return m->lot.count == LOT_MAX;
}

bool lot_add(struct ike_sa *sa, const struct config_conn *conn, const struct config_id *own,
             const struct config_id *peer, const struct piece octets[2])
{
    struct lot *lot = &sa->m->lot;
    if (!signer_lot_add(sa->m->env.signer, own, peer, sa->suite.prf, octets, octets[1].n ? 2 : 1))
        return false;
    lot->waits[lot->count].spi = sa->spi_own;
    lot->waits[lot->count++].conn = conn;
    return true;
}

/* The answer for the Nth. */
static void take(void *user, size_t n, const uint8_t (*macs)[HASH_MAX], size_t count)
{
    const struct ike_manager *m = user;
    struct ike_sa *sa = registry_own(m, m->lot.waits[n].spi);
    struct auth_state *a = sa ? sa->auth : NULL;
    if (!a)
        return;
    a->foreseen_initiator = m->lot.waits[n].conn;
    memcpy(a->foreseen_initiator_mac, macs[0], HASH_MAX);
    a->foreseen = count > 1 ? a->foreseen_initiator : NULL;
    if (a->foreseen)
        memcpy(a->foreseen_mac, macs[1], HASH_MAX);
}

void lot_end(struct ike_manager *m)
{
    struct lot *lot = &m->lot;
    lot->open = false; /* who goes on asks at once */
    signer_lot_ask(m->env.signer, take, m);
    for (size_t i = 0; i < lot->count; i++) {
        struct ike_sa *sa = registry_own(m, lot->waits[i].spi);
        if (sa)
            auth_go_on(sa);
    }
    lot->count = 0;
}
