/* SPDX-License-Identifier: Apache-2.0 */
/* Pools of virtual addresses: who has which, and who had it (RFC 7296 2.19). A client gets the
 * address again that it had, as long as nobody else needed it. */
#ifndef CTRL_SA_POOL_H
#define CTRL_SA_POOL_H

#include "ctrl/sa/state.h"

#define POOL_WHO 16 /* bytes of a hash of the identity */

struct lease {
    struct lease *next;
    uint8_t who[POOL_WHO];
    char *text; /* owned: the identity, for people */
    uint64_t index;
    unsigned users; /* IKE_SAs; 0: kept for the next time */
};

struct pool {
    struct pool *next;
    struct config_pool *conf; /* owned */
    struct lease *leases;     /* owned, oldest first */
    uint64_t fresh;           /* the first address that nobody ever had */
    bool retired;             /* replaced or unloaded: goes with its last user */
};

/* An address of that family for this client, from the connection's pools. wanted: what it asks for
 * (all zero: any). false: there is none. */
bool pool_take(struct ike_manager *m, const struct config_conn *conn, const struct config_id *who,
               const struct espl_addr *wanted, struct espl_addr *got);
void pool_release(struct ike_manager *m, const struct espl_addr *addr);
/* The pool that an address of a connection came from, for its attributes. NULL: none. */
const struct pool *pool_of(const struct ike_manager *m, const struct config_conn *conn,
                           const struct espl_addr *addr);
struct espl_addr pool_addr(const struct pool *pool, uint64_t index);
size_t pool_online(const struct pool *pool);

/* Becomes the manager's, in the place of the one with its name. What is the same stays, with its
 * leases. false: no memory, and it is still the caller's. */
bool pool_load(struct ike_manager *m, struct config_pool *conf);
bool pool_unload(struct ike_manager *m, const char *name); /* false: no such one */
void pool_clear(struct ike_manager *m);

#endif
