/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator asks of SAs that are there: chosen by name or number, looked at, rekeyed, ended.
 */
#ifndef CTRL_EXCHANGE_CONTROL_H
#define CTRL_EXCHANGE_CONTROL_H

#include "ctrl/sa/state.h"

/* All that is said must fit; what is empty or 0 fits everything. */
struct ike_choice {
    const char *ike, *child; /* names as in swanctl.conf; NULL or "" */
    unsigned ike_id, child_id;
};

bool ike_choice_child(const struct ike_choice *choice); /* it is about CHILD_SAs */
bool ike_chosen(const struct ike_choice *choice, const struct ike_sa *sa);
bool child_chosen(const struct ike_choice *choice, const struct ike_sa *sa,
                  const struct child_sa *child);

/* Numbers of IKE_SAs, or of CHILD_SAs. */
struct ike_ids {
    unsigned *ids; /* owned */
    size_t count;
    bool children;
};
void ike_ids_clear(struct ike_ids *ids);
/* How many of them are still up or being deleted. */
size_t ike_ids_left(const struct ike_manager *m, const struct ike_ids *ids);

/* Begins to rekey what is chosen; how many SAs that are. */
size_t ike_manager_rekey(struct ike_manager *m, const struct ike_choice *choice);
/* Begins to reauthenticate those of the chosen IKE_SAs that this side set up; how many. */
size_t ike_manager_reauth(struct ike_manager *m, const struct ike_choice *choice);
/* Begins to delete what is chosen, and nobody wants it any more; force: without waiting for the
 * peer. false: no memory, and nothing was begun. */
bool ike_manager_end(struct ike_manager *m, const struct ike_choice *choice, bool force,
                     struct ike_ids *ids);

/* One of them, without what follows at once from it: the caller calls ike_manager_tick. */
void ike_end(struct ike_sa *sa, bool force);
void child_end(struct ike_sa *sa, struct child_sa *child);

enum ike_progress {
    IKE_PROGRESS_UNKNOWN, /* no such child */
    IKE_PROGRESS_UP,      /* all its CHILD_SAs */
    IKE_PROGRESS_BUSY,
    IKE_PROGRESS_FAILED, /* not up, and not tried any more */
};
/* peer: the one that ike_manager_initiate_to was given, NULL: none was. */
enum ike_progress ike_manager_progress(const struct ike_manager *m, const char *conn,
                                       const char *child, const struct espl_addr *peer);
/* As ike_manager_initiate, to this peer, whatever the connection's remote address is; local of
 * family 0: from whatever address. -1: no such child, or no memory. */
int ike_manager_initiate_to(struct ike_manager *m, const char *conn, const char *child,
                            const struct espl_addr *local, const struct espl_addr *peer);
/* An IKE_SA for itself (RFC 6023), unless there is one. -1: no such connection, no remote address,
 * or no memory. */
int ike_manager_initiate_bare(struct ike_manager *m, const char *conn);
enum ike_progress ike_manager_bare_progress(const struct ike_manager *m, const char *conn);
/* The connection that has this child, the first one when `ike` is empty. NULL: none. */
const struct config_conn *ike_manager_conn_of(const struct ike_manager *m, const char *ike,
                                              const char *child);

/* All the IKE_SAs there are, closed ones left out. NULL: the end. */
const struct ike_sa *ike_manager_first(const struct ike_manager *m);
const struct ike_sa *ike_manager_next(const struct ike_sa *sa);

#endif
