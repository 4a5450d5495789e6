/* SPDX-License-Identifier: Apache-2.0 */
/* Between IKE_AUTH with one request (auth.c) and with several, for EAP (auth_eap.c). */
#ifndef CTRL_EXCHANGE_AUTH_H
#define CTRL_EXCHANGE_AUTH_H

#include "ctrl/sa/auth_state.h"

/* Initiator: the peer believes that the IKE_SA is up: tell it otherwise. */
void auth_refuse(struct ike_sa *sa, const char *why);
/* Responder: AUTHENTICATION_FAILED, and the end. */
void auth_fail(struct ike_sa *sa, const struct message *msg);
void auth_write_own(struct ike_sa *sa, struct chain *c);

/* Initiator: the responder has proved itself in msg, and now wants EAP. */
void auth_eap_start(struct ike_sa *sa, const struct message *msg);
void auth_eap_response(struct ike_sa *sa, const struct message *msg);
/* Responder: msg has no AUTH, and sa's connection wants EAP. */
void auth_eap_begin(struct ike_sa *sa, const struct message *msg);
void auth_eap_request(struct ike_sa *sa, const struct message *msg);

#endif
