/* SPDX-License-Identifier: Apache-2.0 */
/* IKE_SAs: made, found, ended; and the queue of what they have yet to ask the peer. */
#ifndef CTRL_SA_IKE_SA_H
#define CTRL_SA_IKE_SA_H

#include "ctrl/sa/state.h"

#define HALF_OPEN_MS 30000u /* a responder's SA that nobody authenticates; few may stay longer */
/* Half-open IKE_SAs from which on cookies are demanded: what begins at once after a power cut is not
 * made to ask twice. An attacker gets that many key exchanges in 30 s for nothing, no more. */
#define COOKIE_THRESHOLD 512u
/* Of ours that begin at once; the others wait for answers. As many as a peer's socket holds with the
 * buffer that Linux gives it: what is lost there comes again only after 4 s. */
#define BEGINNING_MAX 128u
/* Of these, in one turn: what peers have answered meanwhile comes first. Else this side would have
 * done its part of the work for all of them before the peer has, and wait for it at the end. */
#define BEGINNING_TURN 4u
#define CLOSED_LINGER_MS 30000u /* how long a closed IKE_SA answers retransmissions */

/* With a fresh SPI, in the manager's list. NULL: no memory or no randomness. */
struct ike_sa *ike_sa_new(struct ike_manager *m, const struct config_conn *conn, bool initiator,
                          enum ike_state state, const struct endpoint *local,
                          const struct endpoint *peer);
/* Children leave the data plane without an event; keys are wiped. */
void ike_sa_free(struct ike_sa *sa);
/* It was answered, or sent again: the next one may begin. */
void ike_sa_begun(struct ike_sa *sa);
/* How many are half open from there: other addresses may share it. */
uint16_t *half_open_from(struct ike_manager *m, const struct espl_addr *addr);
struct ike_sa *ike_sa_find(const struct ike_manager *m, uint64_t spi_own);

/* IKE_AUTH has shown that another connection is meant. */
void ike_sa_set_conn(struct ike_sa *sa, const struct config_conn *conn);

enum ike_end {
    IKE_END_DELETED, /* somebody wanted it so: its CHILD_SAs are not wanted any more */
    IKE_END_DEAD,    /* the peer does not answer: wanted CHILD_SAs are set up anew */
    IKE_END_FAILED,  /* it never came up: the want that began it counts a failed try */
    IKE_END_MOVED,   /* replaced: no event */
};
/* Its children go down, and it answers only retransmissions; the manager frees it later. */
void ike_sa_close(struct ike_sa *sa, enum ike_end end, const char *why);
void ike_sa_up(struct ike_sa *sa); /* authenticated: state, clocks, log, event */
/* It has taken over what lives in `old`: the event. */
void ike_sa_rekeyed(struct ike_sa *sa, const struct ike_sa *old);
void ike_sa_updated(struct ike_sa *sa); /* it is spoken between other endpoints: the event */
void ike_sa_start_clocks(struct ike_sa *sa);
void ike_sa_forget_init(struct ike_sa *sa); /* what only AUTH needs */

/* Queue a task unless the same is queued or in flight. first: before all others. */
bool task_add(struct ike_sa *sa, const struct task *task, bool first);
void task_drop_all(struct ike_sa *sa);

#endif
