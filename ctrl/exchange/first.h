/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What IKE_AUTH carries beside the proof of who speaks (auth.c): the first CHILD_SA, and what both
 * sides tell each other once. Of several IKE_AUTH exchanges (EAP) the request is the first message,
 * the answer the last one.
 */
#ifndef CTRL_EXCHANGE_FIRST_H
#define CTRL_EXCHANGE_FIRST_H

#include "ctrl/sa/state.h"

/* Initiator: behind IDi, IDr and AUTH of the first request. false: nothing to offer. */
bool first_offer(struct ike_sa *sa, struct chain *c);
/* Initiator: the peer has proven itself, msg is the last response: the IKE_SA is up, and its first
 * CHILD_SA, or the want is told why not. */
void first_accept(struct ike_sa *sa, const struct message *msg);

/* Responder: the peer has proven itself; msg is the request that first_offer made. Writes what goes
 * behind our AUTH. *child: NULL when there is none. */
void first_answer(struct ike_sa *sa, const struct message *msg, struct chain *c,
                  struct child_sa **child);
/* Responder: the answer is on its way: the IKE_SA is up, and child, unless it is NULL. */
void first_up(struct ike_sa *sa, struct child_sa *child);

#endif
