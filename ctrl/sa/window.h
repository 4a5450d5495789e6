/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The window of one: message ids, the request in flight and its retransmissions, the last response
 * kept for the peer's retransmissions (RFC 7296 2.1-2.3).
 */
#ifndef CTRL_SA_WINDOW_H
#define CTRL_SA_WINDOW_H

#include "ctrl/sa/state.h"

#define RETRANSMIT_FIRST_MS 4000u /* then 1.8 times as long each time */
#define RETRANSMIT_TRIES 5u /* after the first transmission; then the peer is taken for dead */
#define RETRANSMIT_ALL_MS 165060u /* from the first transmission to that */

/* Send what pending.task is about. The first is IKE_SA_INIT, in the clear. false: nothing
 * was sent. */
bool window_request_clear(struct ike_sa *sa, const struct chain *c);
bool window_request(struct ike_sa *sa, unsigned exchange, const struct chain *c);
/* Answer msg; the response is kept. */
bool window_respond_clear(struct ike_sa *sa, const struct message *msg, const struct chain *c);
bool window_respond(struct ike_sa *sa, const struct message *msg, const struct chain *c);
/* The response once more. */
void window_repeat_response(struct ike_sa *sa);
/* pending.next_at has come. false: that was the last try. */
bool window_retransmit(struct ike_sa *sa);
/* Nothing is in flight any more: frees the packet, wipes the key pair, gives the reserved
 * SPI back. */
void window_done(struct ike_sa *sa);

/* A request, or its fragments, to where the peer is. */
void window_send(const struct ike_sa *sa, const uint8_t *data, size_t len);

#endif
