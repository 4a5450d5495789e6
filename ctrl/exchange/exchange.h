/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the exchanges have in common: a table of transitions each, and how they are begun. A message
 * is taken by the first transition that fits its exchange, its direction and the state of the
 * IKE_SA; what fits none is dropped.
 */
#ifndef CTRL_EXCHANGE_H
#define CTRL_EXCHANGE_H

#include "ctrl/sa/state.h"
#include "ctrl/wire/proposal.h"

struct transition {
    unsigned states; /* in which it is taken: bits of enum ike_state */
    uint8_t exchange;
    bool response;
    uint64_t need; /* payloads without which the message is INVALID_SYNTAX: PAYLOAD_BIT() | .. */
    void (*run)(struct ike_sa *sa, const struct message *msg);
    unsigned then; /* the states it may leave behind */
};

/* Each ends with an entry without run. */
extern const struct transition init_transitions[], auth_transitions[], create_child_transitions[],
    informational_transitions[];

/* IKE_SA_INIT has no IKE_SA yet on the responder's side. */
void init_request(struct ike_manager *m, const struct endpoint *local, const struct endpoint *peer,
                  const struct message *msg);
/* Begin an exchange; pending.task says which. false: nothing was sent. */
bool init_start(struct ike_sa *sa);
bool auth_start(struct ike_sa *sa);
void auth_resume(struct ike_manager *m); /* something was fetched: who waits for it goes on */
void auth_go_on(struct ike_sa *sa);      /* what it waited for is there, or will never be */
bool create_child_start(struct ike_sa *sa); /* TASK_CREATE_CHILD, TASK_REKEY_CHILD */
bool rekey_ike_start(struct ike_sa *sa);
bool informational_start(struct ike_sa *sa); /* TASK_DELETE_*, TASK_DPD, and MOBIKE's */

/* The parts of CREATE_CHILD_SA that rekey the IKE_SA itself. */
void rekey_ike_request(struct ike_sa *sa, const struct message *msg,
                       const struct sa_payload *theirs);
void rekey_ike_response(struct ike_sa *sa, const struct message *msg);
/* Our rekeying came to nothing: the children go where the peer's rekeying moved them, if it did. */
void rekey_ike_yield(struct ike_sa *sa);

/* Clocks: retransmit, rekey, expire, watch the peer; then send what is queued. */
void timers_run(struct ike_sa *sa);
uint64_t timers_deadline(const struct ike_sa *sa);
void tasks_run(struct ike_sa *sa);

/* Sets up an IKE_SA for this want, or (NULL) for none. NULL, or why it can't be. */
const char *connect_peer(struct ike_manager *m, const struct config_conn *conn, struct want *w);

/* May this connection be spoken between these addresses? */
bool conn_fits(const struct config_conn *conn, const struct endpoint *local,
               const struct endpoint *peer);
/* Begin to delete it, now when nothing is in flight, else as the next thing. */
void delete_ike(struct ike_sa *sa);
/* We set it up, and nobody wants it any more: no CHILD_SA, no task, no want left. Then
 * delete it. */
void delete_ike_if_idle(struct ike_sa *sa);

/* A protected response that is one notify. */
void respond_notify(struct ike_sa *sa, const struct message *msg, unsigned type, struct bytes data);

#endif
