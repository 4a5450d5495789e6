/* SPDX-License-Identifier: Apache-2.0 */
/* A datagram's way to the exchange it belongs to. */
#ifndef CTRL_EXCHANGE_RECEIVE_H
#define CTRL_EXCHANGE_RECEIVE_H

#include "ctrl/sa/state.h"

/* Parse, find the IKE_SA, verify, check the message id, and run the transition. */
void receive(struct ike_manager *m, const struct endpoint *local, const struct endpoint *peer,
             const uint8_t *data, size_t len);

#endif
