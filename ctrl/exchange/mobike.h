/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MOBIKE (RFC 4555): the IKE_SA moves to other addresses. Who set it up decides where to; the other
 * side follows, and makes sure that it is heard there. CHILD_SAs move by being rekeyed.
 */
#ifndef CTRL_EXCHANGE_MOBIKE_H
#define CTRL_EXCHANGE_MOBIKE_H

#include "ctrl/sa/state.h"

/* In IKE_AUTH: MOBIKE_SUPPORTED, and our other addresses (3.3, 3.4). */
void mobike_offer(const struct ike_sa *sa, struct chain *c);
/* The peer's; sa->mobike when both sides have it. */
void mobike_read(struct ike_sa *sa, const struct message *msg);

/* Routes, or (addresses) the host's addresses changed: is there a better path? Begins to move, or
 * tells who decides. */
void mobike_look(struct ike_sa *sa, bool addresses);
/* Behind a NAT, and not known where the peer sees this side: it is asked at once, for later. */
bool mobike_unmapped(const struct ike_sa *sa);
/* The peer does not answer: another of its addresses, in turn. */
void mobike_try_next(struct ike_sa *sa);

/* RFC 4555 3.9, 4.2.6: the sender allows no NAT, and there is one: the datagram does not come from where
 * it says, or not to where. */
bool mobike_unexpected_nat(const struct message *msg, const struct endpoint *local,
                           const struct endpoint *peer);

/* INFORMATIONAL: TASK_DPD, TASK_MOVE, TASK_PROBE, TASK_ADDRESSES. false: not made. */
bool mobike_start(struct ike_sa *sa, struct chain *c);
void mobike_response(struct ike_sa *sa, const struct task *task, const struct message *msg);
/* What a request says of addresses; writes into the answer. */
void mobike_request(struct ike_sa *sa, const struct message *msg, struct chain *c);

/* It is spoken between other endpoints now: the event, and every CHILD_SA is rekeyed. */
void ike_sa_moved(struct ike_sa *sa);

#endif
