/* SPDX-License-Identifier: Apache-2.0 */
/* Traps: policies in the card that wait for a packet, and then for an SA (start_action = trap). */
#ifndef CTRL_SA_TRAP_H
#define CTRL_SA_TRAP_H

#include "ctrl/sa/state.h"

/* Idempotent. false: the data plane refused, or has no traps; the log says why. */
bool trap_set(struct ike_manager *m, struct want *w);
void trap_unset(struct ike_manager *m, struct want *w);
/* The want whose trap has that reqid, or selector. NULL: none. */
struct want *trap_of_reqid(const struct ike_manager *m, uint32_t reqid);
const struct want *trap_of_selector(const struct ike_manager *m, const struct espl_selector *out);
/* A CHILD_SA went down: by close_action, or dpd_action when the peer is dead. */
void trap_after(const struct ike_sa *sa, const struct child_sa *child);

#endif
