/* SPDX-License-Identifier: Apache-2.0 */
/* What the user wants up, and when to try again what is not. */
#ifndef CTRL_SA_WANT_H
#define CTRL_SA_WANT_H

#include "ctrl/sa/state.h"

/* One want for every pair of selectors of every child of every connection. false: no memory. */
bool want_init(struct ike_manager *m);
/* Those of one child; false: no memory, and none was added. */
bool want_add_child(struct ike_manager *m, const struct config_conn *conn,
                    const struct config_child *child);
void want_remove_child(struct ike_manager *m, const struct config_child *child);
/* Frees what is retired and needed by no SA any more. */
void want_sweep(struct ike_manager *m);
void want_clear(struct ike_manager *m);
/* The want that a CHILD_SA with this peer is for: the one that names the peer before the one that
 * names none. NULL: there is none. */
struct want *want_find(struct ike_manager *m, const struct config_child *child, unsigned pair,
                       const struct espl_addr *peer);
/* Is an IKE_SA of its connection with that peer one for it? */
bool want_fits(const struct want *w, const struct espl_addr *peer);
/* The wants of a child for one peer, made when they are not there; they leave from `local`, family
 * 0: whatever address. false: no memory. */
bool want_for_peer(struct ike_manager *m, const struct config_conn *conn,
                   const struct config_child *child, const struct espl_addr *local,
                   const struct espl_addr *remote);
/* From now on, without delay and with all tries. */
void want_set(struct ike_manager *m, struct want *w);
/* One try more that failed: again after a pause, twice as long each time up to a minute, until
 * keyingtries are used up; then IKE_EVENT_FAILED. NULL is fine. */
void want_failed(struct ike_manager *m, struct want *w, const char *why);
void want_done(struct want *w); /* it is up. NULL is fine. */
bool want_is_up(const struct ike_manager *m, const struct want *w);
bool want_in_progress(const struct ike_manager *m, const struct want *w);
/* Begins what is wanted, not up, not in progress and due: of all of them when m->wants_at has come,
 * and of one connection after something happened to it. */
typedef bool (*want_fn)(struct ike_manager *m, struct want *w); /* false: not in this turn */
void want_look_all(struct ike_manager *m, want_fn begin);
void want_look_conn(struct ike_manager *m, const struct config_conn *conn, want_fn begin);

#endif
