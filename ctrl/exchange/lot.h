/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams that were waiting together are taken together: what their IKE_AUTHs need of pre-shared
 * keys goes to the signer in one question. Where many tunnels begin at once, the way to it and back
 * would cost more than what it computes.
 *
 *   datagram, datagram, ..    IKE_AUTH up to its AUTH, and no further
 *   lot_end                   one question, one answer; then each goes on as if it had just come
 *
 * The lot never outlives a turn of the loop: between lot_begin and lot_end only datagrams come.
 * What has no answer, or another one is needed after all, is asked for by itself.
 */
#ifndef CTRL_EXCHANGE_LOT_H
#define CTRL_EXCHANGE_LOT_H

#include "ctrl/sa/state.h"

void lot_begin(struct ike_manager *m);
/* Is a lot open, and may its secret be asked for in it? With a PPK the keys are others later. */
bool lot_takes(const struct ike_manager *m, const struct config_conn *conn);
/* octets: what AUTH of the initiator covers, and of the responder if that is known. false: no room.
 */
bool lot_add(struct ike_sa *sa, const struct config_conn *conn, const struct config_id *own,
             const struct config_id *peer, const struct piece octets[2]);
bool lot_full(const struct ike_manager *m);
void lot_end(struct ike_manager *m);

#endif
