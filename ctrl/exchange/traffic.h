/* SPDX-License-Identifier: Apache-2.0 */
/* What a CHILD_SA is to carry and how: its selectors and its mode, as far as the card can. */
#ifndef CTRL_EXCHANGE_TRAFFIC_H
#define CTRL_EXCHANGE_TRAFFIC_H

#include "ctrl/sa/narrow.h"
#include "ctrl/sa/state.h"

/* What `dynamic` means in this IKE_SA. */
struct ts_hosts traffic_hosts(const struct ike_sa *sa);
/* What the card has not, for every CHILD_SA of this IKE_SA; NULL: nothing. */
const char *traffic_lacks(const struct ike_sa *sa);

/* Initiator: pending.local and pending.remote. old: the CHILD_SA that is rekeyed, or NULL. NULL, or
 * what the card has not. */
const char *traffic_offer(struct ike_sa *sa, const struct config_child *conf, unsigned pair,
                          const struct child_sa *old);
/* The same with the virtual addresses that the answer brought. */
void traffic_offer_again(struct ike_sa *sa, const struct config_child *conf, unsigned pair);

/* Responder: without the selectors that the card cannot match. */
void traffic_within_card(const struct ike_sa *sa, struct ts_payload *ts);
/* Responder: is there more in the offer than was chosen? */
bool traffic_more(const struct ts_payload *offered, const struct ts *chosen);
/* RFC 7296 2.23.1: behind a NAT the peer's selectors for transport mode have the addresses as it sees
 * them: they become those that this side sees. real: what the peer's checksums are made of. false:
 * there is no NAT, or the selectors are not of two hosts; nothing was changed. */
struct traffic_real {
    struct espl_addr local, remote;
};
bool traffic_undo_nat(const struct ike_sa *sa, struct ts_payload *local, struct ts_payload *remote,
                      struct traffic_real *real);
/* For the inbound SA (RFC 3948 3.1.2); 0: the checksums are right as they come. */
uint16_t traffic_csum_delta(const struct ike_sa *sa, const struct traffic_real *real);
/* Is it transport mode, when both sides want it? Only between the two hosts
 * that speak IKE. */
bool traffic_transport(const struct ike_sa *sa, const struct config_child *conf,
                       const struct ts *local, const struct ts *remote);

#endif
