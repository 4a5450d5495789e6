/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual addresses, in IKE_AUTH (RFC 7296 2.19, 3.15): a client asks, a server gives. */
#ifndef CTRL_EXCHANGE_CONFIGURATION_H
#define CTRL_EXCHANGE_CONFIGURATION_H

#include "ctrl/sa/state.h"

/* Client: what conn->vips asks for; nothing when that is nothing. */
void configuration_ask(const struct ike_sa *sa, struct chain *c);
/* Client: the answer: addresses are the IKE_SA's, and the host's. false: none was given, though one
 * was asked for. */
bool configuration_take(struct ike_sa *sa, const struct message *msg);
/* Server: gives what is asked for, and writes it. NOTIFY_NONE, or the error to answer with. */
unsigned configuration_give(struct ike_sa *sa, const struct message *msg, struct chain *c);
/* The IKE_SA ends: what it gave is free, what it was given is the host's no more. */
void configuration_end(struct ike_sa *sa);

#endif
