/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which IKE_SA: by its own SPI, by the peer's, by connection, by who the peer is; which one something happened to, and
 * which one has a clock that ends first. So that what a datagram costs does not grow with the
 * number of tunnels. Every IKE_SA of the manager is in here from ike_sa_new to ike_sa_free.
 */
#ifndef CTRL_SA_REGISTRY_H
#define CTRL_SA_REGISTRY_H

#include "ctrl/sa/state.h"

/* In all lists. false: no memory, and in none. */
bool registry_add(struct ike_sa *sa);
void registry_remove(struct ike_sa *sa);
void registry_clear(struct ike_manager *m); /* the memory, when no IKE_SA is left */

/* Its own SPI, its connection, the peer's SPI (for IKE_SA_INIT that comes again) are others now. */
void registry_set_spi(struct ike_sa *sa, uint64_t spi_own);
void registry_set_conn(struct ike_sa *sa, const struct config_conn *conn);
void registry_set_peer(struct ike_sa *sa, uint64_t spi_peer);
/* The peer is authenticated: its id_peer stays. Before, an IKE_SA is not found by it. */
void registry_set_id(struct ike_sa *sa);

/* The first one with that key; NULL: there is none. */
struct ike_sa *registry_own(const struct ike_manager *m, uint64_t spi_own);
struct ike_sa *registry_peer(const struct ike_manager *m, uint64_t spi_peer);
struct ike_sa *registry_next_peer(const struct ike_sa *sa); /* with the same SPI of the peer */
struct ike_sa *registry_conn(const struct ike_manager *m, const struct config_conn *conn);
struct ike_sa *registry_next_conn(const struct ike_sa *sa); /* of the same connection */
struct ike_sa *registry_id(const struct ike_manager *m, const struct config_id *id);
struct ike_sa *registry_next_id(const struct ike_sa *sa); /* of the same peer */

/* Something happened to it: it is looked at before the manager's turn is over. */
void ike_sa_touch(struct ike_sa *sa);
struct ike_sa *registry_touched(struct ike_manager *m); /* takes one; NULL: there is none */

/* When it wants its turn. */
void registry_set_deadline(struct ike_sa *sa, uint64_t deadline);
struct ike_sa *registry_soonest(const struct ike_manager *m); /* NULL: there is none */

#endif
