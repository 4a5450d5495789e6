/* SPDX-License-Identifier: Apache-2.0 */
/* What an IKE_SA remembers from IKE_SA_INIT until both sides have proved who they are, and no
 * longer. */
#ifndef CTRL_SA_AUTH_STATE_H
#define CTRL_SA_AUTH_STATE_H

#include "ctrl/sa/state.h"

#define AUTH_CAS 32 /* most CAs taken from the peer's CERTREQ */

struct eap;

enum auth_stage {
    AUTH_FIRST, /* the first request is to be answered */
    AUTH_EAP,   /* the responder has proved itself, EAP goes on */
    AUTH_LAST,  /* EAP is over: AUTH with its key remains */
};

struct auth_state {
    enum auth_stage stage;
    unsigned peer_hashes; /* SIGNATURE_HASH_ALGORITHMS, as SIGN_HASH_BIT; 0: it sent none */
    bool cert_asked;      /* CERTREQ */
    uint8_t cas[AUTH_CAS][SIGN_KEYID_LEN];
    size_t cas_count;
    bool peer_ppk; /* USE_PPK */
    bool ppk_used; /* the keys are mixed with it; what they were before: */
    struct secret plain_d, plain_pi, plain_pr;
    /* AUTH with a pre-shared key that the signer was asked for before it is needed: the responder's
     * with the initiator's, and that one, once, with others' (exchange/lot.h). What this side will
     * write, or expects; of which connection, NULL: none. */
    const struct config_conn *foreseen, *foreseen_initiator;
    uint8_t foreseen_mac[HASH_MAX], foreseen_initiator_mac[HASH_MAX];
    uint8_t peer_id[4 + 256]; /* body of its ID payload, once it was seen */
    size_t peer_id_len;
    struct message *first; /* owned; responder with EAP: what the last response answers */
    struct message *held;  /* owned; waits for what is being fetched */
    struct eap *eap;       /* owned */
};

/* Made when it is first asked for; NULL: no memory. */
struct auth_state *auth_state(struct ike_sa *sa);
void auth_state_free(struct auth_state *a); /* wiped; NULL is fine */

/* A copy on the heap with its payloads (not `raw`); NULL: no memory. */
struct message *message_copy(const struct message *msg);
void message_free(struct message *copy); /* wiped; NULL is fine */

#endif
