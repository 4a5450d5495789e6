/* SPDX-License-Identifier: Apache-2.0 */
/* Reauthentication (RFC 7296 2.8.3): another IKE_SA, from IKE_SA_INIT on, takes the place of one,
 * make before break. */
#ifndef CTRL_EXCHANGE_REAUTH_H
#define CTRL_EXCHANGE_REAUTH_H

#include "ctrl/sa/state.h"

/* Begins it. Of the side that set the IKE_SA up; false: it can't, and nothing was begun. */
bool reauth_start(struct ike_sa *sa);
/* The new IKE_SA is up, with its first CHILD_SA (NULL: with none): the others follow, then the old
 * one ends. */
void reauth_done(struct ike_sa *sa, const struct want *first);
/* TASK_RETIRE: all that follows has been tried. */
void reauth_retire(struct ike_sa *sa);

#endif
