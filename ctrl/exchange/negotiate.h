/* SPDX-License-Identifier: Apache-2.0 */
/* A CHILD_SA's negotiation, the same in IKE_AUTH and in CREATE_CHILD_SA: SA, TSi, TSr, and in the
 * latter nonces and KE (RFC 7296 1.2, 1.3.1, 1.3.3). */
#ifndef CTRL_EXCHANGE_NEGOTIATE_H
#define CTRL_EXCHANGE_NEGOTIATE_H

#include "ctrl/sa/state.h"
#include "ctrl/wire/proposal.h"

/* Initiator: what is offered. In CREATE_CHILD_SA with a nonce (pending.ni), and KE when the offer
 * has groups. old: the CHILD_SA that is rekeyed, or NULL. false: nothing to offer, or no SPI to be
 * had. */
bool negotiate_offer(struct ike_sa *sa, const struct config_child *conf, unsigned pair,
                     const struct child_sa *old, struct chain *c);

struct negotiation {
    const struct config_child *conf; /* responder: only this one; NULL: whichever fits */
    unsigned pair;                   /* initiator */
    uint32_t replaces;               /* inbound SPI of the CHILD_SA that is rekeyed; 0: none */
    bool in_auth;                    /* IKE_AUTH: nonces of IKE_SA_INIT, no KE */
    struct child_sa *child;          /* the result, installed, in sa's list; NULL on failure */
    uint16_t group;                  /* with INVALID_KE_PAYLOAD: the one to take */
    bool keep_out;                   /* initiator: make keys and nonces, install nothing (2.8.1) */
    struct nonce lowest;
    uint32_t spi_out;                /* initiator: what the peer chose */
};

/* Responder: choose, install, write the answer's payloads. Returns NOTIFY_NONE, or the error to
 * answer with; then nothing was written or installed. */
unsigned negotiate_answer(struct ike_sa *sa, const struct message *msg, struct negotiation *n,
                          struct chain *c);
/* Initiator: judge the answer, install. An error means that the peer has a CHILD_SA that we have
 * not. */
unsigned negotiate_accept(struct ike_sa *sa, const struct message *msg, struct negotiation *n);

#endif
